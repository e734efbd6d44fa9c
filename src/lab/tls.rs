//! TLS as the lab's servers speak it: rustls for what is sound, a few canned bytes for what rustls
//! has no part in (versions before 1.2, refusals).

use super::LabError;
use super::ca::Issued;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::PrivateKeyDer;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Suites of TLS 1.0 in the order in which the canned server likes them, and whether they take an
/// ephemeral key: ECDHE-ECDSA, ECDHE-RSA and RSA with AES-CBC or 3DES.
const OLD_SUITES: [(u16, bool); 7] = [
    (0xc00a, true),
    (0xc009, true),
    (0xc014, true),
    (0xc013, true),
    (0x0035, false),
    (0x002f, false),
    (0x000a, false),
];
const TLS10: [u8; 2] = [3, 1];
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Alert `handshake_failure` (RFC 5246 §7.2.2).
pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
/// Alert `protocol_version`.
const PROTOCOL_VERSION: u8 = 70;

/// Certificates by the name that the client asks for.
#[derive(Debug, Default)]
pub(crate) struct ByName {
    named: BTreeMap<String, Arc<CertifiedKey>>,
    default: Option<Arc<CertifiedKey>>,
}

impl ByName {
    /// Shows these certificates to who asks for the name.
    pub(crate) fn add(&mut self, name: &str, issued: Issued) -> Result<(), LabError> {
        self.named
            .insert(name.to_owned(), Arc::new(certified(issued)?));
        Ok(())
    }

    /// Shows these certificates to everyone else.
    pub(crate) fn otherwise(&mut self, issued: Issued) -> Result<(), LabError> {
        self.default = Some(Arc::new(certified(issued)?));
        Ok(())
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.named.get(name));
        named.or(self.default.as_ref()).cloned()
    }
}

fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

fn certified(issued: Issued) -> Result<CertifiedKey, LabError> {
    let key = PrivateKeyDer::Pkcs8(issued.key.into());
    let mut certified = CertifiedKey::from_der(issued.chain, key, &provider())?;
    certified.ocsp = Some(issued.staple).filter(|staple| !staple.is_empty());
    Ok(certified)
}

/// A server that shows these certificates and speaks these versions.
pub(crate) fn config(
    certificates: ByName,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ServerConfig>, LabError> {
    let config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    Ok(Arc::new(config))
}

/// What of a `ClientHello` the canned server looks at.
struct Hello {
    version: [u8; 2],
    suites: Vec<u16>,
    /// The versions of the extension `supported_versions` (RFC 8446 §4.2.1), where it is there.
    versions: Option<Vec<[u8; 2]>>,
}

impl Hello {
    fn takes_tls10(&self) -> bool {
        self.versions
            .as_ref()
            .map_or(self.version >= TLS10, |versions| versions.contains(&TLS10))
    }
}

/// Reads one record with a `ClientHello` in it (RFC 5246 §7.4.1.2).
async fn read_hello<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Hello> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).await?;
    let [.., high, low] = header;
    let mut body = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    stream.read_exact(&mut body).await?;
    parse_hello(&body).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

fn parse_hello(body: &[u8]) -> Option<Hello> {
    let version = *body.get(4..)?.first_chunk::<2>()?;
    let session = usize::from(*body.get(38)?);
    let rest = body.get(39 + session..)?;
    let length = usize::from(u16::from_be_bytes(*rest.first_chunk::<2>()?));
    let suites = rest.get(2..2 + length)?.as_chunks::<2>().0;
    let suites = suites
        .iter()
        .map(|suite| u16::from_be_bytes(*suite))
        .collect();
    let versions = rest.get(2 + length..).and_then(supported_versions);
    Some(Hello {
        version,
        suites,
        versions,
    })
}

/// The versions of extension 43, behind the compression methods that `rest` begins with.
fn supported_versions(rest: &[u8]) -> Option<Vec<[u8; 2]>> {
    let methods = usize::from(*rest.first()?);
    let mut extensions = rest.get(1 + methods + 2..)?;
    while let Some(&[kind_high, kind, high, low]) = extensions.first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = extensions.get(4..4 + length)?;
        if [kind_high, kind] == [0, 43] {
            return Some(body.get(1..)?.as_chunks::<2>().0.to_vec());
        }
        extensions = extensions.get(4 + length..)?;
    }
    None
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[kind], TLS10.as_slice(), &length, body].concat()
}

/// A length in three bytes.
fn three(length: usize) -> [u8; 3] {
    let [.., a, b, c] = length.to_be_bytes();
    [a, b, c]
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], three(body.len()).as_slice(), body].concat()
}

/// Answers any greeting with a fatal alert and closes.
pub(crate) async fn refuse<S>(stream: &mut S, alert: u8) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    read_hello(stream).await?;
    stream.write_all(&record(ALERT, &[2, alert])).await
}

/// Plays a server that knows nothing above TLS 1.0: its first flight, and then it waits until the
/// client goes. The key exchange is not real; who only looks at versions cannot tell.
pub(crate) async fn play_tls10<S>(stream: &mut S, certificate: &[u8]) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let hello = read_hello(stream).await?;
    if !hello.takes_tls10() {
        return stream
            .write_all(&record(ALERT, &[2, PROTOCOL_VERSION]))
            .await;
    }
    let suite = OLD_SUITES
        .iter()
        .find(|(suite, _)| hello.suites.contains(suite));
    let Some((suite, ephemeral)) = suite else {
        return stream
            .write_all(&record(ALERT, &[2, HANDSHAKE_FAILURE]))
            .await;
    };
    stream
        .write_all(&tls10_flight(*suite, *ephemeral, certificate))
        .await?;
    let mut sink = [0; 1024];
    while stream.read(&mut sink).await? > 0 {}
    Ok(())
}

fn tls10_flight(suite: u16, ephemeral: bool, certificate: &[u8]) -> Vec<u8> {
    let random = [0x5a; 32];
    let [high, low] = suite.to_be_bytes();
    let hello = [TLS10.as_slice(), &random, &[0, high, low, 0]].concat();
    let one = [three(certificate.len()).as_slice(), certificate].concat();
    let chain = [three(one.len()).as_slice(), &one].concat();
    let mut flight = [message(2, &hello), message(11, &chain)].concat();
    if ephemeral {
        // Named curve secp256r1 with a point, and a signature of 70 bytes.
        let exchange = [
            [3, 0, 23, 65, 4].as_slice(),
            &[0x11; 64],
            &[0, 70],
            &[0x22; 70],
        ]
        .concat();
        flight.extend(message(12, &exchange));
    }
    flight.extend(message(14, &[]));
    record(HANDSHAKE, &flight)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `ClientHello` record of this version that offers these suites.
    pub(crate) fn client_hello(version: [u8; 2], suites: &[u16]) -> Vec<u8> {
        let suites: Vec<u8> = suites
            .iter()
            .flat_map(|suite| suite.to_be_bytes())
            .collect();
        let length = u16::try_from(suites.len()).unwrap().to_be_bytes();
        let body = [&version[..], &[7; 32], &[0], &length, &suites, &[1, 0]].concat();
        record(HANDSHAKE, &message(1, &body))
    }

    async fn answer(hello: Vec<u8>) -> Vec<u8> {
        let (mut client, mut server) = tokio::io::duplex(4096);
        client.write_all(&hello).await.unwrap();
        client.shutdown().await.unwrap();
        play_tls10(&mut server, &[1, 2, 3]).await.unwrap();
        drop(server);
        let mut out = Vec::new();
        client.read_to_end(&mut out).await.unwrap();
        out
    }

    #[tokio::test]
    async fn the_old_server_takes_an_old_client() {
        let flight = answer(client_hello([3, 1], &[0x002f, 0xc009])).await;
        assert_eq!(flight[..3], [HANDSHAKE, 3, 1]);
        assert_eq!(flight[5], 2, "a ServerHello");
        assert_eq!(flight[9..11], [3, 1], "of TLS 1.0");
        assert_eq!(
            flight[44..46],
            [0xc0, 0x09],
            "with the suite that it likes better"
        );
    }

    #[tokio::test]
    async fn the_old_server_alerts_a_client_without_a_suite_in_common() {
        assert_eq!(
            answer(client_hello([3, 3], &[0x1301])).await[5..],
            [2, HANDSHAKE_FAILURE]
        );
        assert_eq!(
            answer(client_hello([3, 0], &[0x002f])).await[5..],
            [2, PROTOCOL_VERSION]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_greeting_breaks_the_reader(body: Vec<u8>) {
            let _ = parse_hello(&body);
        }
    }
}
