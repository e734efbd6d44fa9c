//! Handshakes with servers of every kind.

use super::test_server::{acceptor, certified, with_key};
use super::*;
use rustls::SupportedProtocolVersion;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_rustls::TlsAcceptor;

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

fn hello(name: &str) -> Hello<'_> {
    Hello::to(name, Duration::from_secs(20))
}

async fn shake(acceptor: TlsAcceptor, name: &str) -> Result<Handshake, Failure> {
    shake_as(acceptor, hello(name)).await
}

async fn shake_as(acceptor: TlsAcceptor, hello: Hello<'_>) -> Result<Handshake, Failure> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move { acceptor.accept(far).await.map(|_| ()) });
    let shaken = handshake(Metered::new(near, 0), hello).await;
    let shaken = shaken.map(|shaken| shaken.handshake);
    let _ = server.await.unwrap();
    shaken
}

/// The failure that a server causes with these bytes after the first flight; then it keeps silent.
async fn answered(bytes: &[u8], close: bool) -> Failure {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let bytes = bytes.to_vec();
    let server = tokio::spawn(async move { silent_after(far, &bytes, close).await });
    let brief = Hello {
        within: Duration::from_millis(300),
        ..hello("mx.example.org")
    };
    let failure = handshake(Metered::new(near, 0), brief).await.unwrap_err();
    server.abort();
    failure
}

async fn silent_after(mut far: DuplexStream, bytes: &[u8], close: bool) {
    let mut taken = [0; 4096];
    let _ = far.read(&mut taken).await;
    let _ = far.write_all(bytes).await;
    if !close {
        std::future::pending::<()>().await;
    }
}

/// A server's hello of a version, in a record of its version.
fn server_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    body.extend([0, 0x00, 0x2f, 0, 0, 0]);
    let mut message = vec![2, 0, 0, u8::try_from(body.len()).unwrap()];
    message.extend(body);
    let mut record = vec![22, 3, minor, 0, u8::try_from(message.len()).unwrap()];
    record.extend(message);
    record
}

fn unknown(failure: &Failure) -> Cause {
    match failure {
        Failure::Unknown { cause, .. } => *cause,
        Failure::Absent { .. } => panic!("absent: {failure:?}"),
    }
}

#[tokio::test]
async fn what_was_agreed_is_told_by_its_registered_names() {
    let key = certified("mx.example.org");
    let leaf = key.cert[0].clone();
    let modern = shake(acceptor(Arc::clone(&key), BOTH), "mx.example.org");
    let modern = modern.await.unwrap();
    assert_eq!(modern.version, TlsVersion::Tls13);
    assert!(modern.suite.starts_with("TLS_AES_"), "{}", modern.suite);
    assert_eq!(modern.group, "X25519MLKEM768");
    assert_eq!(modern.signature_scheme, "ecdsa_secp256r1_sha256");
    assert_eq!(modern.sni, "mx.example.org");
    assert_eq!(modern.chain, [leaf]);
    assert!(modern.ocsp.is_empty());
    let older = shake(acceptor(key, &[&TLS12]), "mx.example.org").await;
    let older = older.unwrap();
    assert_eq!(older.version, TlsVersion::Tls12);
    assert!(older.suite.starts_with("TLS_ECDHE_ECDSA_"));
    assert_eq!(older.group, "x25519");
}

#[tokio::test]
async fn a_staple_comes_along() {
    let key = certified("mx.example.org");
    let mut stapled = CertifiedKey::clone(&key);
    stapled.ocsp = Some(vec![0x30, 0x03, 0x0a, 0x01, 0x03]);
    let shaken = shake(acceptor(Arc::new(stapled), BOTH), "mx.example.org").await;
    assert_eq!(shaken.unwrap().ocsp, [0x30, 0x03, 0x0a, 0x01, 0x03]);
}

#[tokio::test]
async fn a_name_that_is_no_dns_name_is_not_sent() {
    let server = acceptor(certified("mx.example.org"), BOTH);
    let shaken = shake(server, "not a name").await.unwrap();
    assert_eq!(shaken.sni, "");
}

#[tokio::test]
async fn a_server_without_the_key_of_its_certificate_fails() {
    let shown = certified("mx.example.org").cert.clone();
    let other = rcgen::KeyPair::generate().unwrap().serialize_der();
    for versions in [&[&TLS13][..], &[&TLS12][..]] {
        let server = acceptor(with_key(shown.clone(), &other), versions);
        let failure = shake(server, "mx.example.org").await.unwrap_err();
        assert_eq!(unknown(&failure), Cause::TlsProtocol, "{failure:?}");
    }
}

#[tokio::test]
async fn a_hundred_certificates_are_taken() {
    let key = certified("mx.example.org");
    let mut chain = key.cert.clone();
    chain.extend(std::iter::repeat_n(key.cert[0].clone(), 99));
    let hundred = CertifiedKey::new(chain, Arc::clone(&key.key));
    let shaken = shake(acceptor(Arc::new(hundred), BOTH), "mx.example.org").await;
    assert_eq!(shaken.unwrap().chain.len(), 100);
}

#[tokio::test]
async fn only_old_versions_are_an_absence() {
    let alert = [21, 3, 1, 0, 2, 2, 70].to_vec();
    for bytes in [alert, server_hello(1), server_hello(2)] {
        let failure = answered(&bytes, false).await;
        assert!(
            matches!(
                failure,
                Failure::Absent {
                    proof: Proof::TlsVersion,
                    ..
                }
            ),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn an_alert_that_nothing_suits_is_an_absence_and_another_is_unknown() {
    let failure = answered(&[21, 3, 3, 0, 2, 2, 40], false).await;
    let detail = "the server answered with the alert handshake_failure";
    assert_eq!(failure, Failure::absent(Proof::TlsAlert, detail));
    let failure = answered(&[21, 3, 3, 0, 2, 2, 80], false).await;
    assert_eq!(failure, Failure::unknown(Cause::TlsAlert, "internal_error"));
}

#[tokio::test]
async fn a_server_with_another_kind_of_key_than_the_client_takes_is_an_absence() {
    for versions in [&[&TLS13][..], &[&TLS12][..]] {
        let key = certified("mx.example.org");
        for (keys, taken) in [(Keys::Any, true), (Keys::Ecdsa, true), (Keys::Rsa, false)] {
            let asked = Hello {
                keys,
                ..hello("mx.example.org")
            };
            let shaken = shake_as(acceptor(Arc::clone(&key), versions), asked).await;
            assert_eq!(shaken.is_ok(), taken, "{keys:?}: {shaken:?}");
            let absent = matches!(
                shaken,
                Err(Failure::Absent {
                    proof: Proof::TlsAlert,
                    ..
                })
            );
            assert_eq!(absent, !taken);
        }
    }
}

#[tokio::test]
async fn without_sni_no_name_is_said_to_have_been_sent() {
    let asked = Hello {
        sni: false,
        ..hello("mx.example.org")
    };
    let server = acceptor(certified("mx.example.org"), BOTH);
    assert_eq!(shake_as(server, asked).await.unwrap().sni, "");
}

#[tokio::test]
async fn tickets_say_how_much_early_data_they_allow() {
    for (allowed, versions, expected) in
        [(0, BOTH, 0), (16_384, BOTH, 16_384), (16_384, &[&TLS12], 0)]
    {
        let mut config =
            rustls::ServerConfig::clone(acceptor(certified("mx.example.org"), versions).config());
        config.max_early_data_size = allowed;
        let server = TlsAcceptor::from(Arc::new(config));
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let mut inside = server.accept(far).await.unwrap();
            inside.write_all(b"250 hello").await.unwrap();
            std::future::pending::<()>().await;
        });
        let mut shaken = handshake(Metered::new(near, 0), hello("mx.example.org"))
            .await
            .unwrap();
        shaken.stream.get_mut().0.allow(1024);
        let mut heard = [0; 9];
        shaken.stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(shaken.tickets.early_data(), expected);
    }
}

#[tokio::test]
async fn each_way_to_fail_has_its_cause() {
    let huge_message = [&[22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff][..]].concat();
    let endless = [22, 3, 3, 0, 4, 2, 0, 0xff, 0].repeat(10);
    let cases: [(&str, &[u8], bool, Cause); 5] = [
        ("silence", b"", false, Cause::Timeout),
        ("the end", b"", true, Cause::ConnectionClosed),
        (
            "rubbish",
            b"500 unrecognised command\r\n",
            false,
            Cause::TlsProtocol,
        ),
        ("a huge message", &huge_message, false, Cause::LimitReached),
        ("half a message", &endless, false, Cause::Timeout),
    ];
    for (what, bytes, close, cause) in cases {
        let failure = answered(bytes, close).await;
        assert_eq!(unknown(&failure), cause, "{what}: {failure:?}");
    }
}

#[tokio::test]
async fn endless_records_reach_the_limit() {
    let (near, mut far) = tokio::io::duplex(64 * 1024);
    // The beginning of a message of 65,535 bytes, in records of one byte each, again and again.
    let server = tokio::spawn(async move {
        let _ = far.write_all(&[22, 3, 3, 0, 4, 2, 0, 0xff, 0xff]).await;
        while far.write_all(&[22, 3, 3, 0, 1, 0]).await.is_ok() {}
    });
    let shaken = handshake(Metered::new(near, 0), hello("mx.example.org")).await;
    let failure = shaken.unwrap_err();
    assert_eq!(unknown(&failure), Cause::LimitReached, "{failure:?}");
    server.abort();
}

#[test]
fn warming_may_be_done_twice() {
    warm();
    warm();
}
