//! A certificate verifier that accepts and notes what it is shown, but checks that the server has the key.

use super::Keys;
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, UnparsedPublicKey,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Mutex, PoisonError};
use webpki::RawPublicKeyEntity;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

/// How rustls checks the signature of a handshake.
type Usual = fn(
    &[u8],
    &CertificateDer<'_>,
    &DigitallySignedStruct,
    &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error>;

/// What a server showed in one handshake.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// The certificates as sent, the server's own first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// The stapled OCSP response; empty where none came.
    pub(super) ocsp: Vec<u8>,
    /// How the server proved to have its key.
    pub(super) scheme: Option<SignatureScheme>,
}

/// The verifier of one handshake.
#[derive(Debug)]
pub(super) struct Recorder {
    shown: Mutex<Shown>,
    algorithms: WebPkiSupportedAlgorithms,
    keys: Keys,
}

impl Recorder {
    pub(super) fn new(algorithms: WebPkiSupportedAlgorithms, keys: Keys) -> Self {
        Self {
            shown: Mutex::default(),
            algorithms,
            keys,
        }
    }

    /// Gives out what was shown.
    pub(super) fn take(&self) -> Shown {
        std::mem::take(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Checks the signature as `usual` does, and where that fails with the bare key of the certificate: webpki
    /// refuses a certificate of version 1 or with an unknown critical extension, which is not the question here.
    fn check(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        usual: Usual,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.note(|shown| shown.scheme = Some(signed.scheme));
        if let Ok(valid) = usual(message, certificate, signed, &self.algorithms) {
            return Ok(valid);
        }
        let (_, parsed) = X509Certificate::from_der(certificate)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let key = parsed.public_key();
        if let Ok(PublicKey::RSA(rsa)) = key.parsed()
            && rsa.key_size() < 2048
        {
            return check_short(message, &key.subject_public_key.data, signed);
        }
        let spki = SubjectPublicKeyInfoDer::from(key.raw);
        let key = RawPublicKeyEntity::try_from(&spki)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let valid = self
            .algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .any(|algorithm| {
                key.verify_signature(*algorithm, message, signed.signature())
                    .is_ok()
            });
        verdict(valid)
    }
}

/// The signature of an RSA key below 2048 bits. The cryptographic library checks none of them but PKCS #1 with
/// SHA-256 and SHA-512; any other is taken unchecked, for the key is no proof of identity anyway.
fn check_short(
    message: &[u8],
    key: &[u8],
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let parameters: &'static RsaParameters = match u16::from(signed.scheme) {
        0x0401 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        0x0601 => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return Ok(HandshakeSignatureValid::assertion()),
    };
    let key = UnparsedPublicKey::new(parameters, key);
    verdict(key.verify(message, signed.signature()).is_ok())
}

fn verdict(valid: bool) -> Result<HandshakeSignatureValid, Error> {
    if valid {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(Error::InvalidCertificate(CertificateError::BadSignature))
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.note(|shown| {
            shown.chain = std::iter::once(end_entity)
                .chain(intermediates)
                .map(|certificate| certificate.clone().into_owned())
                .collect();
            shown.ocsp = ocsp.to_vec();
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, certificate, signed, verify_tls12_signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check(message, certificate, signed, verify_tls13_signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.retain(|scheme| self.keys.take(*scheme));
        schemes
    }
}
