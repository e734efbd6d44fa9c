//! The keys that sign the lab's zones: one an algorithm, which all zones that use it share.

use super::super::LabError;
use super::super::setup;
use crate::authority::key::ZoneKey;
use data_encoding::BASE64;
use hickory_proto::dnssec::crypto::{EcdsaSigningKey, Ed25519SigningKey, RsaSigningKey};
use hickory_proto::dnssec::{Algorithm, SigningKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The RSA key in PKCS #8 and base64. It is not made anew as the others are, since that takes a third of
/// a second; it protects nothing outside the lab.
pub(crate) const RSA: &str = "\
    MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDDJtxLNyl/QwiwVSh8v+CqR0xfTzjH7aXLNjSPGl\
    c4gJQnqT5KgveaEl0kvnyt0e+9KaT90XFCbYKFZ8ikY70Tll4utU5s353x+rf9ELNWAcIaR33YlTJk+ZxFQM85JusG\
    YV/W8MyvJBOjPZ/WTeqPSxGJxYA5JcEtT1hp976yYRQTfgXNTqLh8JepSRjVlt8JbeDdM589YRNn9/iMndL93lzwIi\
    +xISwibFiZUaKY3yaoCUSThhBWSmMAql44wkqx48eBv9iBpJnpew8rr5EbdmNmENLTuoZlsN4WSJjGLGFEXaE8YKqv\
    D5wTwA7v5//DBST2bkVS2zZsVtsqviN/AgMBAAECggEADCXuJAyCBncLd8FFV5wGMJ4Rm1lDepvzlyvU/ReHAxsV80\
    YY0kCcMzjIwuciEcag0DtjFvMjxB6Bt9ZBv4yp538+dlU5AD6yBq80fDS+79qvf5KgZeFxFVITL/MciJKV93wLoEYL\
    J9fsv7EFXdd/LikJJXS9n6ZsWRVjC+2tLvi6QbMXZ/fcFnmRTQ3N0Q/17g5BuAcNX0od3GtaVMz3vVvwnzXvTEnO+g\
    xehHQ9bS8dZ3Sk/g/3K9SxwoRLj/KGrJFTG6CKpOq8hhFcXfl4nja+Vspa36Yq1WYDxQAK5Yz0CIZBg1rS374+/hgM\
    TrJN9RlpZe0V9A9Wq1NLQaEn8QKBgQDjstdUR+LZm9lrl2I7bAMLgREGSP/eZod6qWxpxyI9wIgslXaO+n92pBy/5j\
    jOxuFqj9KWcNNgy/aIiZL+TlocsgtQpuk/ZERnmvxkdJWFxYdbP5GCRDL8NX4jxlEZ8yGGNF/MH7JA7YjnzUv6s8bw\
    wiCWFj68UrE97JyvPsQJiQKBgQDbaGkLkGK5y5pQMit1gaVK0d+ToeVlHmrVQ8Adv6YtaMep1EQu+Z8Oi4IzTmtEjk\
    qhLkcXuIGfDMB6kdHHmwsVBNhBKiJ86T+PRd0JbRZoz7rqGfIQaKSFYj2SsfPcxB4FSMiDai13zB+Z63EwMhewTxkn\
    RlrBt7tb6pfaPyhqxwKBgQDXVx/GGWY1Hut0kWrZf8ExdBLBuvAhSR3/p5NcRnPfquIeKAxEFCvP7E00P2qiQ/yTZw\
    lmNbXy6XJylolp8HfQg6Gn2PLmfNEkmrLv3kI6jSEB7xCR/iWp2H0/ICM7Q3EFFysyRRezx/GeJ84ffz46G53t04Pp\
    Xts5ETjtk5Ka4QKBgQCJyLPO80lMbDPoENmB3Xyz08CXsZ+hNMzaSMWo6OWutpJMcGSxK0lblPiax7BNSR5MwgcbOl\
    8MRrHJRzF6LD91X6l+orstvjyP+MuqU7sy7uDuioSdEVnf+aW5Lc964B4KK37gKBmNlb5ypoxaO9rseX/OTjxIUt1y\
    B4x9HhR/mQKBgFwoZ3iu1/pCx8gBtkYC+vtu8GXHqFyk1NjcjWhQvxmiNMmlStxqez6P0qHOSwcXbLfrCflMm6G+Up\
    r3snTeqe+haBquFSVxzIYkRD1ln6cZJa94rHXNZtvqldSzFqlQ1Lv++5SXa34QIG/9DwoGVHEFFnagNZYFWmKqkqyf\
    unpL";

/// A key of this kind, new unless it is RSA.
fn generate(kind: setup::Algorithm) -> Result<ZoneKey, LabError> {
    let key: Arc<dyn SigningKey> = match kind {
        setup::Algorithm::P256 => return Ok(ZoneKey::generate()?),
        setup::Algorithm::P384 => {
            let algorithm = Algorithm::ECDSAP384SHA384;
            let der = EcdsaSigningKey::generate_pkcs8(algorithm)?;
            Arc::new(EcdsaSigningKey::from_pkcs8(&der, algorithm)?)
        }
        setup::Algorithm::Ed25519 => {
            let der = Ed25519SigningKey::generate_pkcs8()?;
            Arc::new(Ed25519SigningKey::from_pkcs8(&der)?)
        }
        setup::Algorithm::Rsa => {
            let der = BASE64
                .decode(RSA.as_bytes())
                .map_err(|_| LabError::Der)?
                .into();
            Arc::new(RsaSigningKey::from_pkcs8(&der, Algorithm::RSASHA256)?)
        }
    };
    Ok(ZoneKey::new(key)?)
}

/// The keys, made when first asked for.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<setup::Algorithm, ZoneKey>);

impl Keys {
    /// The key of this kind.
    pub(crate) fn get(&mut self, kind: setup::Algorithm) -> Result<ZoneKey, LabError> {
        if let Some(key) = self.0.get(&kind) {
            return Ok(key.clone());
        }
        let key = generate(kind)?;
        self.0.insert(kind, key.clone());
        Ok(key)
    }
}
