//! The lab's certification authorities: one that the client is told to trust, with an intermediate,
//! and one that it is not, and the certificates that they issue, good and bad.

use super::LabError;
pub(crate) use super::leaf::{Crl, Leaf, Order, Staple};
use super::{mark, ocsp, tls};
use crate::facts::timestamp::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData as _, RevokedCertParams,
    SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// How many certificates the longest chain has.
pub(crate) const LONG_CHAIN: usize = 100;

/// A chain with the key of its first certificate.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The private key in PKCS #8.
    pub(crate) key: Vec<u8>,
    /// The certificate of the authority that issued the first one.
    pub(crate) issuer: CertificateDer<'static>,
    /// The DER response to staple; empty for none.
    pub(crate) staple: Vec<u8>,
}

/// The authorities.
pub(crate) struct Authorities {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    evil: CertifiedIssuer<'static, KeyPair>,
    now: Timestamp,
}

impl Authorities {
    /// New authorities, in their time at `now`.
    pub(crate) fn new(now: Timestamp) -> Result<Self, LabError> {
        let root = CertifiedIssuer::self_signed(
            authority("Waxseal Lab Root", now)?,
            KeyPair::generate()?,
        )?;
        let intermediate = CertifiedIssuer::signed_by(
            authority("Waxseal Lab Intermediate", now)?,
            KeyPair::generate()?,
            &root,
        )?;
        let evil =
            CertifiedIssuer::self_signed(authority("Evil Root", now)?, KeyPair::generate()?)?;
        Ok(Self {
            root,
            intermediate,
            evil,
            now,
        })
    }

    /// The root to trust.
    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// The root to trust, in DER.
    pub(crate) fn root(&self) -> &CertificateDer<'static> {
        self.root.der()
    }

    /// Issues what a host shows, for an ECDSA key and without a list of revocations.
    pub(crate) fn issue(&self, host: &str, leaf: Leaf, staple: Staple) -> Result<Issued, LabError> {
        self.fulfil(Order {
            host,
            leaf,
            staple,
            crl: Crl::None,
            rsa: false,
        })
    }

    /// Issues what is wanted.
    pub(crate) fn fulfil(&self, order: Order<'_>) -> Result<Issued, LabError> {
        let key = if order.rsa {
            KeyPair::try_from(&PrivatePkcs8KeyDer::from(tls::RSA_KEY))?
        } else {
            KeyPair::generate()?
        };
        let mut params = self.params(order.host, order.leaf)?;
        let url = order.crl.url().map(|url| CrlDistributionPoint {
            uris: vec![url.to_owned()],
        });
        params.crl_distribution_points = url.into_iter().collect();
        let (issuer, chain) = self.chain(order.leaf, &params, &key)?;
        let staple = match (order.staple, chain.first()) {
            (Staple::None, _) | (_, None) => Vec::new(),
            (status @ (Staple::Good | Staple::Revoked), Some(own)) => {
                let by = (self.intermediate.der(), self.intermediate.key());
                ocsp::response(by, own, status == Staple::Revoked, self.now)?
            }
        };
        Ok(Issued {
            chain,
            key: key.serialize_der(),
            issuer,
            staple,
        })
    }

    /// The certificate of the issuer, and all that is sent.
    fn chain(
        &self,
        leaf: Leaf,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> Result<(CertificateDer<'static>, Vec<CertificateDer<'static>>), LabError> {
        let (root, intermediate) = (self.root.der().clone(), self.intermediate.der().clone());
        let good = || Ok::<_, LabError>(params.signed_by(key, &self.intermediate)?.der().clone());
        let evil = self.evil.der().clone();
        Ok(match leaf {
            Leaf::SelfSigned => {
                let own = params.self_signed(key)?.der().clone();
                (own.clone(), vec![own])
            }
            Leaf::Evil => {
                let own = params.signed_by(key, &self.evil)?.der().clone();
                (evil.clone(), vec![own, evil])
            }
            Leaf::EvilDecoy => {
                let own = params.signed_by(key, &self.evil)?.der().clone();
                (evil.clone(), vec![own, filler(0, self.now)?, evil])
            }
            Leaf::Incomplete => (intermediate, vec![good()?]),
            Leaf::LongChain => {
                let mut chain = vec![good()?, intermediate.clone()];
                for number in chain.len()..LONG_CHAIN {
                    chain.push(filler(number, self.now)?);
                }
                (intermediate, chain)
            }
            Leaf::Sha1 => (intermediate.clone(), vec![by_sha1(&good()?)?, intermediate]),
            Leaf::WrongOrder => (intermediate.clone(), vec![good()?, root, intermediate]),
            Leaf::WithRoot => (intermediate.clone(), vec![good()?, intermediate, root]),
            Leaf::Good
            | Leaf::Named(_)
            | Leaf::Substring
            | Leaf::Expired
            | Leaf::NotYetValid
            | Leaf::CommonNameOnly
            | Leaf::SniDependent
            | Leaf::WithoutDigitalSignature
            | Leaf::WithoutServerAuth
            | Leaf::Authority
            | Leaf::LongLived => (intermediate.clone(), vec![good()?, intermediate]),
        })
    }

    /// The list of these serial numbers as revoked, which the next list replaces in so many days.
    pub(crate) fn revocations(&self, serials: &[Vec<u8>], days: i64) -> Result<Vec<u8>, LabError> {
        let now = OffsetDateTime::from_unix_timestamp(self.now.unix()).map_err(LabError::Time)?;
        let revoked = |serial: &Vec<u8>| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: now - Duration::days(9),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: now - Duration::days(8),
            next_update: now + Duration::days(days),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.intermediate)?.der().to_vec())
    }

    /// A mark certificate that names a domain and holds a drawing, with the intermediate, in PEM.
    pub(crate) fn mark(&self, domain: &str, drawing: &str) -> Result<String, LabError> {
        let names = vec![domain.to_owned()];
        let mut params = params(domain, names, self.now, (-10, 80))?;
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(mark::USAGE.to_vec())];
        let logotype = CustomExtension::from_oid_content(&mark::LOGOTYPE, mark::logotype(drawing));
        params.custom_extensions = vec![logotype];
        let own = params.signed_by(&KeyPair::generate()?, &self.intermediate)?;
        Ok([own.pem(), self.intermediate.pem()].concat())
    }

    fn params(&self, host: &str, leaf: Leaf) -> Result<CertificateParams, LabError> {
        let names: Vec<String> = match leaf {
            Leaf::Named(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            Leaf::Substring => vec![format!("not{host}")],
            Leaf::CommonNameOnly => Vec::new(),
            Leaf::Good
            | Leaf::Expired
            | Leaf::NotYetValid
            | Leaf::SelfSigned
            | Leaf::Incomplete
            | Leaf::Evil
            | Leaf::EvilDecoy
            | Leaf::SniDependent
            | Leaf::LongChain
            | Leaf::WithoutDigitalSignature
            | Leaf::WithoutServerAuth
            | Leaf::Authority
            | Leaf::Sha1
            | Leaf::LongLived
            | Leaf::WrongOrder
            | Leaf::WithRoot => vec![host.to_owned()],
        };
        let subject = names.first().map_or(host, String::as_str).to_owned();
        let mut params = params(&subject, names, self.now, leaf.days())?;
        params.use_authority_key_identifier_extension = leaf != Leaf::SelfSigned;
        params.key_usages = vec![if leaf == Leaf::WithoutDigitalSignature {
            KeyUsagePurpose::KeyEncipherment
        } else {
            KeyUsagePurpose::DigitalSignature
        }];
        params.extended_key_usages = vec![if leaf == Leaf::WithoutServerAuth {
            ExtendedKeyUsagePurpose::ClientAuth
        } else {
            ExtendedKeyUsagePurpose::ServerAuth
        }];
        if leaf == Leaf::Authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
        Ok(params)
    }
}

/// `ecdsa-with-SHA1` (RFC 5758 §3.2).
const ECDSA_SHA1: &[u8] = &[0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];

/// The certificate, marked as signed by ECDSA with SHA-1 in both places (RFC 5280 §4.1.1.2).
fn by_sha1(certificate: &CertificateDer<'_>) -> Result<CertificateDer<'static>, LabError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| LabError::Der)?;
    let body = parsed.tbs_certificate.as_ref();
    // Behind the tag stand one byte of length, or one that counts the bytes of length.
    let counted = body.get(1).map_or(0, |length| length.saturating_sub(0x80));
    let content = body.get(2 + usize::from(counted)..).ok_or(LabError::Der)?;
    let at = content
        .windows(ocsp::ECDSA_SHA256.len())
        .position(|part| part == ocsp::ECDSA_SHA256)
        .ok_or(LabError::Der)?;
    let (before, behind) = content.split_at(at);
    let behind = behind.get(ocsp::ECDSA_SHA256.len()..).unwrap_or_default();
    let body = ocsp::element(ocsp::SEQUENCE, &[before, ECDSA_SHA1, behind]);
    let signature = ocsp::element(ocsp::BITS, &[&[0], &parsed.signature_value.data]);
    Ok(ocsp::element(ocsp::SEQUENCE, &[&body, ECDSA_SHA1, &signature]).into())
}

/// The serial number of the first certificate.
pub(crate) fn serial(issued: &Issued) -> Result<Vec<u8>, LabError> {
    let own = issued.chain.first().ok_or(LabError::Der)?;
    let (_, own) = X509Certificate::from_der(own).map_err(|_| LabError::Der)?;
    Ok(own.raw_serial().to_vec())
}

/// The public key info of a key that no server shows yet.
pub(crate) fn next_key() -> Result<Vec<u8>, LabError> {
    Ok(KeyPair::generate()?.subject_public_key_info())
}

/// Parameters with this subject, these names and a validity in days from now.
fn params(
    subject: &str,
    names: Vec<String>,
    now: Timestamp,
    (from, until): (i64, i64),
) -> Result<CertificateParams, LabError> {
    let now = OffsetDateTime::from_unix_timestamp(now.unix()).map_err(LabError::Time)?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
    Ok(params)
}

fn authority(subject: &str, now: Timestamp) -> Result<CertificateParams, LabError> {
    let mut params = params(subject, Vec::new(), now, (-500, 1500))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// A self-signed certificate that has nothing to do with the chain it stands in.
fn filler(number: usize, now: Timestamp) -> Result<CertificateDer<'static>, LabError> {
    let params = params(&format!("Stranger {number}"), Vec::new(), now, (-10, 80))?;
    Ok(params.self_signed(&KeyPair::generate()?)?.der().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::{ServerName, UnixTime};
    use std::time::Duration as Span;
    use webpki::{
        BorrowedCertRevocationList, CertRevocationList, EndEntityCert, KeyUsage,
        RevocationOptionsBuilder, anchor_from_trusted_cert,
    };

    const NOW: i64 = 1_795_000_000;

    /// What a client that trusts the root makes of a chain.
    fn verify(authorities: &Authorities, leaf: Leaf) -> Result<(), String> {
        let issued = authorities.issue("mx1.a.test", leaf, Staple::None).unwrap();
        let anchor = anchor_from_trusted_cert(authorities.root()).unwrap();
        let own = EndEntityCert::try_from(&issued.chain[0]).map_err(|e| format!("{e:?}"))?;
        let time = UnixTime::since_unix_epoch(Span::from_secs(NOW.unsigned_abs()));
        own.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &issued.chain[1..],
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map_err(|e| format!("{e:?}"))?;
        own.verify_is_valid_for_subject_name(&ServerName::try_from("mx1.a.test").unwrap())
            .map_err(|e| format!("{e:?}"))
    }

    #[test]
    fn each_kind_of_leaf_is_as_good_or_bad_as_it_says() {
        let authorities = Authorities::new(Timestamp::from_unix(NOW)).unwrap();
        let cases = [
            (Leaf::Good, ""),
            (Leaf::SniDependent, ""),
            (Leaf::LongChain, ""),
            (Leaf::WithoutDigitalSignature, ""),
            (Leaf::LongLived, ""),
            (Leaf::WrongOrder, ""),
            (Leaf::WithRoot, ""),
            (Leaf::Sha1, "UnsupportedSignatureAlgorithm"),
            (Leaf::WithoutServerAuth, "RequiredEkuNotFound"),
            (Leaf::Authority, "CaUsedAsEndEntity"),
            (Leaf::Named(&["*.a.test"]), ""),
            (Leaf::Named(&["*.test"]), "CertNotValidForName"),
            (Leaf::Substring, "CertNotValidForName"),
            (Leaf::CommonNameOnly, "CertNotValidForName"),
            (Leaf::Expired, "CertExpired"),
            (Leaf::NotYetValid, "CertNotValidYet"),
            (Leaf::SelfSigned, "UnknownIssuer"),
            (Leaf::Incomplete, "UnknownIssuer"),
            (Leaf::Evil, "UnknownIssuer"),
            (Leaf::EvilDecoy, "UnknownIssuer"),
        ];
        for (leaf, fault) in cases {
            match verify(&authorities, leaf) {
                Ok(()) => assert_eq!(fault, "", "{leaf:?}"),
                Err(error) => {
                    assert!(
                        !fault.is_empty() && error.starts_with(fault),
                        "{leaf:?}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_long_chain_is_long() {
        let authorities = Authorities::new(Timestamp::from_unix(NOW)).unwrap();
        let issued = authorities
            .issue("a.test", Leaf::LongChain, Staple::None)
            .unwrap();
        assert_eq!(issued.chain.len(), LONG_CHAIN);
    }

    /// What a client that reads the list makes of a certificate.
    fn look_up(crl: Crl, list: &[u8], authorities: &Authorities, issued: &Issued) -> String {
        let anchor = anchor_from_trusted_cert(authorities.root()).unwrap();
        let list = CertRevocationList::from(BorrowedCertRevocationList::from_der(list).unwrap());
        let lists = [&list];
        let options = RevocationOptionsBuilder::new(&lists)
            .unwrap()
            .with_depth(webpki::RevocationCheckDepth::EndEntity)
            .with_expiration_policy(webpki::ExpirationPolicy::Enforce)
            .build();
        let time = UnixTime::since_unix_epoch(Span::from_secs(NOW.unsigned_abs()));
        let own = EndEntityCert::try_from(&issued.chain[0]).unwrap();
        let anchors = [anchor];
        let result = own.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &issued.chain[1..],
            time,
            KeyUsage::server_auth(),
            Some(options),
            None,
        );
        match result {
            Ok(_) => String::new(),
            Err(error) => format!("{crl:?}: {error:?}"),
        }
    }

    #[test]
    fn lists_say_of_each_certificate_what_they_should() {
        let authorities = Authorities::new(Timestamp::from_unix(NOW)).unwrap();
        let issue = |crl| {
            let order = Order {
                host: "mx1.a.test",
                leaf: Leaf::Good,
                staple: Staple::None,
                crl,
                rsa: false,
            };
            authorities.fulfil(order).unwrap()
        };
        let revoked = issue(Crl::Revoked);
        let serials = [serial(&revoked).unwrap()];
        let list = authorities.revocations(&serials, 6).unwrap();
        let stale = authorities.revocations(&[], -1).unwrap();
        let good = issue(Crl::Good);
        let told = look_up(Crl::Good, &list, &authorities, &good);
        assert_eq!(told, "");
        let told = look_up(Crl::Revoked, &list, &authorities, &revoked);
        assert!(told.contains("CertRevoked"), "{told}");
        let told = look_up(Crl::Stale, &stale, &authorities, &good);
        assert!(told.contains("CrlExpired"), "{told}");
    }
}
