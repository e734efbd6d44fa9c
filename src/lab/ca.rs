//! The lab's certification authorities: one that the client is told to trust, with an intermediate,
//! and one that it is not, and the certificates that they issue, good and bad.

use super::LabError;
use super::{mark, ocsp};
use crate::facts::timestamp::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData as _,
};
use rustls_pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

/// How many certificates the longest chain has.
pub(crate) const LONG_CHAIN: usize = 100;

/// What certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// For the host, from the trusted authority, with the intermediate.
    Good,
    /// Good, but for these names.
    Named(&'static [&'static str]),
    /// Good, but for the host name with `not` glued to its front.
    Substring,
    /// Ended ten days ago.
    Expired,
    /// Begins in five days.
    NotYetValid,
    SelfSigned,
    /// The host name stands in the subject only.
    CommonNameOnly,
    /// Good, but the intermediate is not sent.
    Incomplete,
    /// From the untrusted authority, with its root.
    Evil,
    /// From the untrusted authority, with a stranger's self-signed certificate before its root.
    EvilDecoy,
    /// Good where the client sends the host name as SNI, else for another name.
    SniDependent,
    /// Good, with a hundred certificates.
    LongChain,
}

/// What revocation statement a server staples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Staple {
    None,
    Good,
    Revoked,
}

/// A chain with the key of its first certificate.
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

    /// Issues what a host shows.
    pub(crate) fn issue(&self, host: &str, leaf: Leaf, staple: Staple) -> Result<Issued, LabError> {
        let key = KeyPair::generate()?;
        let params = self.params(host, leaf)?;
        let intermediate = self.intermediate.der().clone();
        let (issuer, chain) = match leaf {
            Leaf::SelfSigned => {
                let own = params.self_signed(&key)?.der().clone();
                (own.clone(), vec![own])
            }
            Leaf::Evil => {
                let own = params.signed_by(&key, &self.evil)?.der().clone();
                (self.evil.der().clone(), vec![own, self.evil.der().clone()])
            }
            Leaf::EvilDecoy => {
                let own = params.signed_by(&key, &self.evil)?.der().clone();
                let decoy = filler(0, self.now)?;
                (
                    self.evil.der().clone(),
                    vec![own, decoy, self.evil.der().clone()],
                )
            }
            Leaf::Incomplete => (
                intermediate,
                vec![params.signed_by(&key, &self.intermediate)?.der().clone()],
            ),
            Leaf::LongChain => {
                let own = params.signed_by(&key, &self.intermediate)?.der().clone();
                let mut chain = vec![own, intermediate.clone()];
                for number in chain.len()..LONG_CHAIN {
                    chain.push(filler(number, self.now)?);
                }
                (intermediate, chain)
            }
            Leaf::Good
            | Leaf::Named(_)
            | Leaf::Substring
            | Leaf::Expired
            | Leaf::NotYetValid
            | Leaf::CommonNameOnly
            | Leaf::SniDependent => {
                let own = params.signed_by(&key, &self.intermediate)?.der().clone();
                (intermediate.clone(), vec![own, intermediate])
            }
        };
        let staple = match (staple, chain.first()) {
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
            | Leaf::LongChain => vec![host.to_owned()],
        };
        let days = match leaf {
            Leaf::Expired => (-100, -10),
            Leaf::NotYetValid => (5, 95),
            Leaf::Good
            | Leaf::Named(_)
            | Leaf::Substring
            | Leaf::SelfSigned
            | Leaf::CommonNameOnly
            | Leaf::Incomplete
            | Leaf::Evil
            | Leaf::EvilDecoy
            | Leaf::SniDependent
            | Leaf::LongChain => (-10, 80),
        };
        let subject = names.first().map_or(host, String::as_str).to_owned();
        let mut params = params(&subject, names, self.now, days)?;
        params.use_authority_key_identifier_extension = leaf != Leaf::SelfSigned;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(params)
    }
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
    use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

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
}
