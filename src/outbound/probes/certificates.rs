//! Which certificate each server shows.
//!
//! Where the user has certificates that public authorities vouch for, good, dane-mismatch, mta-sts-valid and the policy
//! hosts show them; without any, a private authority vouches for all of these, for labs. wrong-name and
//! mta-sts-mismatch show a trusted certificate at a host whose name it lacks: the two differ in the policy alone, and a
//! certificate of another name is what an attacker on the path can get from an authority at any time. dane-mismatch
//! shows what good shows, so that it differs in its TLSA records alone.

use super::ProbesError;
use super::plan::{mail_domain, mail_host, needs_policy, policy_host};
use super::state::State;
use crate::facts::outbound::enforcement::Posture;
use crate::facts::timestamp::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};
use webpki::EndEntityCert;

/// What other names the hosts of wrong names may have, where the first is in the certificate.
const OTHER_LABELS: [&str; 3] = ["mx", "other", "a.mx"];

/// A certificate chain and the private key of its first certificate.
#[derive(Debug)]
pub struct Identity {
    /// The chain as it is sent, the host's own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Identity {
    /// Reads a chain and a key from PEM.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let Some(own) = chain.first() else {
            return Err("no BEGIN CERTIFICATE".to_owned());
        };
        EndEntityCert::try_from(own).map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| error.to_string())?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        rustls::sign::CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider)
            .map_err(|error| error.to_string())?;
        Ok(Self { chain, key })
    }

    /// Whether the certificate is for a host of this name.
    fn is_for(&self, host: &str) -> bool {
        let own = self
            .chain
            .first()
            .and_then(|own| EndEntityCert::try_from(own).ok());
        let (Some(own), Ok(name)) = (own, ServerName::try_from(host)) else {
            return false;
        };
        own.verify_is_valid_for_subject_name(&name).is_ok()
    }
}

/// The certificates that the user has.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Those that public authorities vouch for.
    pub trusted: Vec<Identity>,
    /// One that has ended.
    pub expired: Option<Identity>,
}

/// The certificate of every server.
#[derive(Debug)]
pub struct Wardrobe {
    mail: BTreeMap<Posture, (String, Identity)>,
    policy: BTreeMap<String, Identity>,
    /// The private authority, in PEM, where the user gave no certificate.
    authority: Option<String>,
    /// SHA-256 of the public key that dane-valid shows.
    dane: Vec<u8>,
}

impl Wardrobe {
    /// Chooses and makes the certificates for the postures that are wanted; all names that the user's certificates lack
    /// are told at once.
    pub(super) fn new(
        domain: &str,
        wanted: &[Posture],
        given: Given,
        state: &State,
        now: Timestamp,
    ) -> Result<Self, ProbesError> {
        let maker = Maker::new(state, now)?;
        let authority = given.trusted.is_empty().then(|| maker.root_pem.clone());
        let dane = state.key("dane-valid")?;
        let mut wardrobe = Self {
            mail: BTreeMap::new(),
            policy: BTreeMap::new(),
            authority,
            dane: digest(&SHA256, &dane.subject_public_key_info())
                .as_ref()
                .to_vec(),
        };
        let source = Source { given, maker, dane };
        let mut lacking = Vec::new();
        for posture in wanted {
            let host = mail_host(*posture, domain);
            if let Some(identity) = source.mail(*posture, &host, domain, &mut lacking)? {
                wardrobe.mail.insert(*posture, identity);
            }
            if needs_policy(*posture) {
                let host = policy_host(&mail_domain(*posture, domain));
                if let Some(identity) = source.trusted(&host, &mut lacking)? {
                    wardrobe.policy.insert(host, identity);
                }
            }
        }
        if lacking.is_empty() {
            Ok(wardrobe)
        } else {
            Err(ProbesError::Names(lacking))
        }
    }

    /// The name of the mail server of a posture.
    pub(super) fn host(&self, posture: Posture, domain: &str) -> String {
        self.mail
            .get(&posture)
            .map_or_else(|| mail_host(posture, domain), |(host, _)| host.clone())
    }

    /// What the server of a posture shows; nothing where it offers no TLS.
    pub(super) fn shown(&self, posture: Posture) -> Option<&Identity> {
        self.mail.get(&posture).map(|(_, identity)| identity)
    }

    /// What the policy hosts show.
    pub(super) const fn policy_hosts(&self) -> &BTreeMap<String, Identity> {
        &self.policy
    }

    /// The private authority to trust, in PEM; nothing where the user's certificates are shown.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The association data of both TLSA records (RFC 6698 §2.1.4, `3 1 1`): the key of dane-valid, which dane-mismatch
    /// does not have.
    pub(super) fn association(&self) -> &[u8] {
        &self.dane
    }
}

/// Where certificates come from.
struct Source {
    given: Given,
    maker: Maker,
    dane: KeyPair,
}

impl Source {
    /// The host and certificate of a posture; nothing where it shows none, or where one is lacking.
    fn mail(
        &self,
        posture: Posture,
        host: &str,
        domain: &str,
        lacking: &mut Vec<String>,
    ) -> Result<Option<(String, Identity)>, ProbesError> {
        let identity = match posture {
            Posture::NoStarttls => None,
            Posture::Good | Posture::DaneMismatch | Posture::MtaStsValid => {
                self.trusted(host, lacking)?
            }
            Posture::SelfSigned => Some(self.maker.self_signed(host, &KeyPair::generate()?)?),
            Posture::DaneValid => Some(self.maker.self_signed(host, &self.dane)?),
            Posture::Expired => Some(match &self.given.expired {
                Some(expired) => expired.clone(),
                None => self.maker.issue(host, (-91, -1))?,
            }),
            Posture::WrongName | Posture::MtaStsMismatch => {
                return self.misnamed(posture, domain).map(Some);
            }
        };
        Ok(identity.map(|identity| (host.to_owned(), identity)))
    }

    /// A certificate that vouches for a host.
    fn trusted(
        &self,
        host: &str,
        lacking: &mut Vec<String>,
    ) -> Result<Option<Identity>, ProbesError> {
        if self.given.trusted.is_empty() {
            return self.maker.issue(host, (-1, 90)).map(Some);
        }
        let found = self.given.trusted.iter().find(|one| one.is_for(host));
        if found.is_none() {
            lacking.push(host.to_owned());
        }
        Ok(found.cloned())
    }

    /// A trusted certificate, and a host whose name is not in it.
    fn misnamed(&self, posture: Posture, domain: &str) -> Result<(String, Identity), ProbesError> {
        let mail_domain = mail_domain(posture, domain);
        let Some(first) = self.given.trusted.first() else {
            let control = mail_host(Posture::Good, domain);
            let identity = self.maker.issue(&control, (-1, 90))?;
            return Ok((mail_host(posture, domain), identity));
        };
        let mut hosts = OTHER_LABELS
            .map(|label| format!("{label}.{mail_domain}"))
            .into_iter();
        let host = hosts.find(|host| !first.is_for(host));
        let host = host.ok_or_else(|| ProbesError::TooManyNames(mail_domain))?;
        Ok((host, first.clone()))
    }
}

/// The private authority.
struct Maker {
    root: Issuer<'static, KeyPair>,
    root_pem: String,
    now: OffsetDateTime,
}

impl Maker {
    fn new(state: &State, now: Timestamp) -> Result<Self, ProbesError> {
        let now = OffsetDateTime::from_unix_timestamp(now.unix()).map_err(ProbesError::Time)?;
        let key = state.key("authority")?;
        let root_pem = state.text("authority.pem", || {
            let mut params = params("waxseal probes", Vec::new(), now, (-1, 3650))?;
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            Ok(params.self_signed(&key)?.pem())
        })?;
        let broken = || state.broken("authority.pem");
        let root_der = CertificateDer::from_pem_slice(root_pem.as_bytes()).map_err(|_| broken())?;
        let root = Issuer::from_ca_cert_der(&root_der, key).map_err(|_| broken())?;
        Ok(Self {
            root,
            root_pem,
            now,
        })
    }

    /// A certificate from the private authority.
    fn issue(&self, host: &str, days: (i64, i64)) -> Result<Identity, ProbesError> {
        let key = KeyPair::generate()?;
        let mut params = self.leaf(host, days)?;
        params.use_authority_key_identifier_extension = true;
        let own = params.signed_by(&key, &self.root)?.der().clone();
        Ok(identity(vec![own], &key))
    }

    fn self_signed(&self, host: &str, key: &KeyPair) -> Result<Identity, ProbesError> {
        let own = self.leaf(host, (-1, 90))?.self_signed(key)?.der().clone();
        Ok(identity(vec![own], key))
    }

    fn leaf(&self, host: &str, days: (i64, i64)) -> Result<CertificateParams, ProbesError> {
        let mut params = params(host, vec![host.to_owned()], self.now, days)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(params)
    }
}

fn identity(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Identity {
    Identity {
        chain,
        key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
    }
}

/// Parameters with this subject, these names and a validity in days from now.
fn params(
    subject: &str,
    names: Vec<String>,
    now: OffsetDateTime,
    (from, until): (i64, i64),
) -> Result<CertificateParams, ProbesError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    // A common name has 64 characters at most (RFC 5280, appendix A.1).
    let subject: String = subject.chars().take(64).collect();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
    Ok(params)
}
