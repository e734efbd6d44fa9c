//! The certification authorities that are trusted.

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};

/// Some authorities under a name that reports can show.
#[derive(Clone, Debug)]
pub struct TrustStore {
    name: String,
    anchors: Vec<TrustAnchor<'static>>,
}

/// Why a file of authorities can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustStoreError {
    /// The file is no PEM (RFC 7468).
    #[error("{name} is no PEM file: {reason}")]
    NotPem {
        /// The name of the store.
        name: String,
        /// What the PEM reader says.
        reason: String,
    },
    /// A certificate of the file can't be read.
    #[error("certificate {position} of {name} cannot be read: {reason}")]
    NoCertificate {
        /// The name of the store.
        name: String,
        /// Which certificate, from 1.
        position: usize,
        /// What the certificate reader says.
        reason: String,
    },
    /// There is no certificate.
    #[error("{name} holds no certificate: {reason}")]
    Empty {
        /// The name of the store.
        name: String,
        /// Why nothing is there, as far as it is known.
        reason: String,
    },
}

impl TrustStore {
    /// The authorities of Mozilla's root programme, as built in.
    pub fn mozilla() -> Self {
        Self {
            name: "mozilla".to_owned(),
            anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        }
    }

    /// The authorities that this host trusts. Those of its certificates that can't be read are left out.
    pub fn system() -> Result<Self, TrustStoreError> {
        let loaded = rustls_native_certs::load_native_certs();
        let anchors: Vec<_> = loaded.certs.iter().filter_map(anchor).collect();
        if anchors.is_empty() {
            let reason = loaded.errors.first().map(ToString::to_string);
            return Err(TrustStoreError::Empty {
                name: "the system's trust store".to_owned(),
                reason: reason.unwrap_or_else(|| "none was found".to_owned()),
            });
        }
        Ok(Self {
            name: "system".to_owned(),
            anchors,
        })
    }

    /// The certificates of a PEM file; what stands between them is not looked at.
    pub fn from_pem(name: &str, pem: &[u8]) -> Result<Self, TrustStoreError> {
        let mut anchors = Vec::new();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let certificate = certificate.map_err(|error| TrustStoreError::NotPem {
                name: name.to_owned(),
                reason: error.to_string(),
            })?;
            let anchor = webpki::anchor_from_trusted_cert(&certificate).map_err(|error| {
                TrustStoreError::NoCertificate {
                    name: name.to_owned(),
                    position: index + 1,
                    reason: error.to_string(),
                }
            })?;
            anchors.push(anchor.to_owned());
        }
        if anchors.is_empty() {
            return Err(TrustStoreError::Empty {
                name: name.to_owned(),
                reason: "no BEGIN CERTIFICATE".to_owned(),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            anchors,
        })
    }

    /// Trusts the authorities of another store as well.
    pub fn with(&mut self, other: &Self) {
        self.name = format!("{} + {}", self.name, other.name);
        self.anchors.extend(other.anchors.iter().cloned());
    }

    /// The name, such as `mozilla` or `mozilla + ca.pem`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many authorities are trusted.
    pub const fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether no authority is trusted.
    pub const fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }
}

fn anchor(certificate: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
    let anchor = webpki::anchor_from_trusted_cert(certificate).ok()?;
    Some(anchor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::test_authority::Authority;
    use super::*;

    #[test]
    fn stores_are_joined_with_their_names() {
        let mut store = TrustStore::mozilla();
        let built_in = store.len();
        assert!(built_in > 50);
        let own = TrustStore::from_pem("ca.pem", Authority::root("own").pem().as_bytes()).unwrap();
        store.with(&own);
        assert_eq!(store.name(), "mozilla + ca.pem");
        assert_eq!(store.len(), built_in + 1);
    }

    #[test]
    fn a_file_without_authorities_is_an_error_with_its_name() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let cases = [
            ("", "ca.pem holds no certificate: no BEGIN CERTIFICATE"),
            (broken, "certificate 1 of ca.pem cannot be read"),
            ("-----BEGIN CERTIFICATE-----\n", "ca.pem is no PEM file"),
        ];
        for (text, expected) in cases {
            let error = TrustStore::from_pem("ca.pem", text.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
    }
}
