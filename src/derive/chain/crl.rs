//! What a list of revoked certificates says of a server's certificate, and whether it may be believed
//! (RFC 5280 §5, §6.3).

use super::signature;
use crate::facts::certificate::Chain;
use crate::facts::observed::{Observed, Proof};
use crate::facts::timestamp::Timestamp;
use crate::facts::tls::CrlCheck;
use crate::records::certificate::der::Signed;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};

/// Clocks of authorities may differ from ours by this many seconds.
const SKEW_SECONDS: i64 = 300;

/// Looks for the first certificate of the chain in the list that came from this address, at a moment.
///
/// Absent where what came is no list. It is valid if the issuer, which the server must have sent, signed it, and if
/// it is in its time.
pub fn crl(list: &[u8], url: &str, chain: &Chain, now: Timestamp) -> Observed<CrlCheck> {
    let Ok((_, parsed)) = CertificateRevocationList::from_der(list) else {
        return Observed::Absent {
            proof: Proof::Malformed,
            detail: format!("what came from {url} is no list of revoked certificates"),
        };
    };
    let ders: Vec<Vec<u8>> = chain
        .certificates
        .iter()
        .map(|one| STANDARD.decode(&one.der).unwrap_or_default())
        .collect();
    let read: Vec<X509Certificate<'_>> = ders
        .iter()
        .map_while(|der| X509Certificate::from_der(der).ok())
        .map(|(_, one)| one)
        .collect();
    let Some(leaf) = read.first() else {
        return Observed::absent(Proof::NoSubject);
    };
    let entry = parsed
        .iter_revoked_certificates()
        .find(|entry| entry.user_certificate == leaf.serial);
    let reason = if parsed.issuer().as_raw() != leaf.issuer().as_raw() {
        "it is the list of another authority"
    } else if !signed_by_issuer(list, leaf, &read) {
        "its signature is not that of the issuer, as far as the server sent it"
    } else {
        untimely(&parsed, now).unwrap_or_default()
    };
    Observed::present(CrlCheck {
        url: url.to_owned(),
        revoked: entry.is_some(),
        revoked_at: entry.map(|entry| Timestamp::from_unix(entry.revocation_date.timestamp())),
        why: entry.map_or_else(String::new, why),
        valid: reason.is_empty(),
        reason: reason.to_owned(),
    })
}

fn signed_by_issuer(
    list: &[u8],
    leaf: &X509Certificate<'_>,
    chain: &[X509Certificate<'_>],
) -> bool {
    let Some(signed) = Signed::read(list) else {
        return false;
    };
    chain.iter().any(|one| {
        one.subject().as_raw() == leaf.issuer().as_raw()
            && signature::made_by(&signed, one.public_key().raw)
    })
}

fn untimely(list: &CertificateRevocationList<'_>, now: Timestamp) -> Option<&'static str> {
    if list.last_update().timestamp() > now.unix().saturating_add(SKEW_SECONDS) {
        return Some("it is not yet valid");
    }
    let next = list.next_update()?.timestamp();
    (next.saturating_add(SKEW_SECONDS) < now.unix()).then_some("it is out of date")
}

/// The authority's reason by its name in RFC 5280 §5.3.1; empty where it gives none.
fn why(entry: &RevokedCertificate<'_>) -> String {
    let Some((_, code)) = entry.reason_code() else {
        return String::new();
    };
    match code.0 {
        0 => "unspecified".to_owned(),
        1 => "keyCompromise".to_owned(),
        2 => "cACompromise".to_owned(),
        3 => "affiliationChanged".to_owned(),
        4 => "superseded".to_owned(),
        5 => "cessationOfOperation".to_owned(),
        6 => "certificateHold".to_owned(),
        9 => "privilegeWithdrawn".to_owned(),
        10 => "aACompromise".to_owned(),
        other => format!("reason {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::chain::{TrustStore, judge};
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
        DnType, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
        SerialNumber, date_time_ymd,
    };

    const URL: &str = "http://crl.example.org/a.crl";

    fn now() -> Timestamp {
        Timestamp::parse("2026-06-15T00:00:00Z").unwrap()
    }

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// A chain of a server with the serial number 7 and its authority.
    fn chain(authority: &CertifiedIssuer<'_, KeyPair>) -> Chain {
        let mut params = CertificateParams::new(vec!["mx.example.org".into()]).unwrap();
        params.serial_number = Some(SerialNumber::from(7_u64));
        let leaf = params
            .signed_by(&KeyPair::generate().unwrap(), authority)
            .unwrap();
        let sent = [leaf.der().clone(), authority.der().clone()];
        judge(&sent, "mx.example.org", &TrustStore::mozilla(), now())
    }

    fn list(authority: &CertifiedIssuer<'_, KeyPair>, serial: u64, until: i32) -> Vec<u8> {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2026, 6, 2),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(authority).unwrap().der().to_vec()
    }

    fn check(list: &[u8], chain: &Chain) -> CrlCheck {
        crl(list, URL, chain, now()).value().unwrap().clone()
    }

    #[test]
    fn a_listed_certificate_is_revoked_with_time_and_reason() {
        let authority = authority();
        let seen = check(&list(&authority, 7, 2027), &chain(&authority));
        assert!(seen.revoked && seen.valid, "{seen:?}");
        assert_eq!(seen.why, "keyCompromise");
        assert_eq!(seen.revoked_at.unwrap().to_string(), "2026-06-02T00:00:00Z");
    }

    #[test]
    fn a_certificate_that_is_not_listed_is_not_revoked() {
        let authority = authority();
        let seen = check(&list(&authority, 8, 2027), &chain(&authority));
        assert!(!seen.revoked && seen.valid, "{seen:?}");
        assert!(seen.why.is_empty() && seen.revoked_at.is_none());
    }

    #[test]
    fn a_list_that_cannot_be_believed_says_why() {
        let (right, wrong) = (authority(), authority());
        let cases = [
            (list(&wrong, 7, 2027), "signature"),
            (list(&right, 7, 2027), "out of date"),
        ];
        let later = Timestamp::parse("2027-06-15T00:00:00Z").unwrap();
        for (list, reason) in cases {
            let moment = if reason == "out of date" {
                later
            } else {
                now()
            };
            let seen = crl(&list, URL, &chain(&right), moment);
            let seen = seen.value().unwrap();
            assert!(!seen.valid && seen.reason.contains(reason), "{seen:?}");
        }
        let damaged = crl(b"<html>", URL, &chain(&right), now());
        assert!(damaged.is_absent(), "{damaged:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reader(list: Vec<u8>) {
            let empty = judge(&[], "mx", &TrustStore::mozilla(), now());
            let _ = crl(&list, URL, &empty, now());
        }
    }
}
