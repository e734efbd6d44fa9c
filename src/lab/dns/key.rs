//! The keys that sign the zones: one an algorithm, which all zones that use it share.

use crate::lab::LabError;
use crate::lab::setup;
use hickory_proto::dnssec::crypto::{EcdsaSigningKey, Ed25519SigningKey, RsaSigningKey};
use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{
    Algorithm, DigestType, DnsSecResult, DnssecSigner, PublicKeyBuf, SigningKey, TBS,
};
use hickory_proto::rr::Name;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a signature holds.
pub(crate) const SIGNATURE_LIFE: Duration = Duration::from_secs(14 * 86_400);

/// One key, which serves as KSK and ZSK at once.
#[derive(Clone)]
pub(crate) struct ZoneKey {
    key: Arc<dyn SigningKey>,
    dnskey: DNSKEY,
}

/// A handle on a key that several signers share.
struct Shared(Arc<dyn SigningKey>);

impl SigningKey for Shared {
    fn sign(&self, tbs: &TBS) -> DnsSecResult<Vec<u8>> {
        self.0.sign(tbs)
    }

    fn to_public_key(&self) -> DnsSecResult<PublicKeyBuf> {
        self.0.to_public_key()
    }

    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

impl ZoneKey {
    /// A new key of this kind.
    pub(crate) fn generate(kind: setup::Algorithm) -> Result<Self, LabError> {
        let key: Arc<dyn SigningKey> = match kind {
            setup::Algorithm::P256 => Arc::new(ecdsa(Algorithm::ECDSAP256SHA256)?),
            setup::Algorithm::P384 => Arc::new(ecdsa(Algorithm::ECDSAP384SHA384)?),
            setup::Algorithm::Ed25519 => {
                let der = Ed25519SigningKey::generate_pkcs8()?;
                Arc::new(Ed25519SigningKey::from_pkcs8(&der)?)
            }
            setup::Algorithm::Rsa => {
                let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
                let der = pair.serialize_der().into();
                Arc::new(RsaSigningKey::from_pkcs8(&der, Algorithm::RSASHA256)?)
            }
        };
        let dnskey = DNSKEY::from_key(&key.to_public_key()?);
        Ok(Self { key, dnskey })
    }

    /// The key as the zone publishes it.
    pub(crate) fn dnskey(&self) -> DNSKEY {
        self.dnskey.clone()
    }

    /// What the parent of a zone publishes of the key (RFC 4034 §5), with SHA-256.
    pub(crate) fn ds(&self, zone: &Name) -> Result<DS, LabError> {
        let digest = self.dnskey.to_digest(zone, DigestType::SHA256)?;
        Ok(DS::new(
            self.dnskey.calculate_key_tag()?,
            self.key.algorithm(),
            DigestType::SHA256,
            digest.as_ref().to_vec(),
        ))
    }

    /// A signer for one zone.
    pub(crate) fn signer(&self, zone: &Name) -> DnssecSigner {
        let shared = Box::new(Shared(Arc::clone(&self.key)));
        DnssecSigner::new(self.dnskey.clone(), shared, zone.clone(), SIGNATURE_LIFE)
    }
}

fn ecdsa(algorithm: Algorithm) -> Result<EcdsaSigningKey, LabError> {
    let der = EcdsaSigningKey::generate_pkcs8(algorithm)?;
    Ok(EcdsaSigningKey::from_pkcs8(&der, algorithm)?)
}

/// The keys, made when first asked for.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<setup::Algorithm, ZoneKey>);

impl Keys {
    /// Puts a key in that was made elsewhere.
    pub(crate) fn put(&mut self, kind: setup::Algorithm, key: ZoneKey) {
        self.0.insert(kind, key);
    }

    /// The key of this kind.
    pub(crate) fn get(&mut self, kind: setup::Algorithm) -> Result<ZoneKey, LabError> {
        if let Some(key) = self.0.get(&kind) {
            return Ok(key.clone());
        }
        let key = ZoneKey::generate(kind)?;
        self.0.insert(kind, key.clone());
        Ok(key)
    }
}
