//! The key of a zone, which signs all of it.

use super::AuthorityError;
use data_encoding::HEXUPPER;
use hickory_proto::dnssec::crypto::EcdsaSigningKey;
use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{
    Algorithm, DigestType, DnsSecResult, DnssecSigner, PublicKeyBuf, SigningKey, TBS,
};
use hickory_proto::rr::Name;
use rustls_pki_types::PrivatePkcs8KeyDer;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a signature holds.
pub(crate) const SIGNATURE_LIFE: Duration = Duration::from_hours(336);

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

impl fmt::Debug for ZoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ZoneKey").field(&self.dnskey).finish()
    }
}

impl ZoneKey {
    /// The zone key that is made of a signing key.
    pub(crate) fn new(key: Arc<dyn SigningKey>) -> Result<Self, AuthorityError> {
        let dnskey = DNSKEY::from_key(&key.to_public_key()?);
        Ok(Self { key, dnskey })
    }

    /// A new P-256 key (RFC 6605).
    pub(crate) fn generate() -> Result<Self, AuthorityError> {
        Self::from_pkcs8(&EcdsaSigningKey::generate_pkcs8(
            Algorithm::ECDSAP256SHA256,
        )?)
    }

    /// A P-256 key from its PKCS #8 form.
    pub(crate) fn from_pkcs8(der: &PrivatePkcs8KeyDer<'_>) -> Result<Self, AuthorityError> {
        let key = EcdsaSigningKey::from_pkcs8(der, Algorithm::ECDSAP256SHA256)?;
        Self::new(Arc::new(key))
    }

    /// The key as the zone publishes it.
    pub(crate) fn dnskey(&self) -> DNSKEY {
        self.dnskey.clone()
    }

    /// What the parent of a zone publishes of the key (RFC 4034 §5).
    pub(crate) fn ds(&self, zone: &Name, kind: DigestType) -> Result<DS, AuthorityError> {
        let digest = self.dnskey.to_digest(zone, kind)?;
        Ok(DS::new(
            self.dnskey.calculate_key_tag()?,
            self.key.algorithm(),
            kind,
            digest.as_ref().to_vec(),
        ))
    }

    /// A signer for one zone.
    pub(crate) fn signer(&self, zone: &Name) -> DnssecSigner {
        let shared = Box::new(Shared(Arc::clone(&self.key)));
        DnssecSigner::new(self.dnskey.clone(), shared, zone.clone(), SIGNATURE_LIFE)
    }
}

/// A DS record in presentation form (RFC 4034 §5.3), without owner, class and type.
pub(crate) fn ds_text(ds: &DS) -> String {
    format!(
        "{} {} {} {}",
        ds.key_tag(),
        u8::from(ds.algorithm()),
        u8::from(ds.digest_type()),
        HEXUPPER.encode(ds.digest())
    )
}
