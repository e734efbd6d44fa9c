//! Mail servers: what they make of greetings that no TLS library would write, and of those that one would.

use super::super::tls::hello::tests::{message, record};
use super::super::tls::hello::{SSL30, TLS10, TLS11, TLS12, TLS13};
use super::mail::{connect, connect_to, sockets};
use super::*;

const GROUPS: (u16, &[u8]) = (10, &[0, 8, 0, 29, 0, 23, 0, 24, 1, 1]);
const SCHEMES: (u16, &[u8]) = (13, &[0, 8, 4, 3, 8, 4, 4, 1, 2, 1]);
/// All suites that servers of the lab know, the weak ones first.
const WEAK_FIRST: &[u16] = &[
    0x0003, 0x0005, 0xc006, 0xc007, 0xc008, 0xc018, 0x0034, 0x0033, 0x002f, 0x0035, 0x009c, 0x009f,
    0xc009, 0xc00a, 0xc02f, 0xc030, 0xc02b, 0xc02c,
];

/// The greeting of a client whose newest version is this one.
fn greeting(version: u16, suites: &[u16]) -> Vec<u8> {
    let listed: (u16, &[u8]) = (43, &[2, 3, 4]);
    let no_share: (u16, &[u8]) = (51, &[0, 0]);
    match version {
        SSL30 => record(&message(version, suites, &[0], &[])),
        TLS13 => {
            let extensions = [GROUPS, SCHEMES, listed, no_share];
            record(&message(TLS12, &[0x1301, 0x1302], &[0], &extensions))
        }
        _ => record(&message(version, suites, &[1, 0], &[GROUPS, SCHEMES])),
    }
}

/// The SHA-256 of `HelloRetryRequest` that stands in the random field (RFC 8446 §4.1.3).
const RETRY: [u8; 4] = [0xcf, 0x21, 0xad, 0x74];

/// Goes on to TLS with this greeting and reads the first record: the version and suite that the server chose, the
/// group that it asks for, its alert, or that it closed.
async fn greet(mut stream: TcpStream, hello: &[u8]) -> String {
    say(&mut stream, "", "\n").await;
    let reply = say(&mut stream, "STARTTLS\r\n", "\n").await;
    assert!(reply.starts_with("220 "), "{reply}");
    stream.write_all(hello).await.unwrap();
    let mut header = [0; 5];
    if stream.read_exact(&mut header).await.is_err() {
        return "closed".to_owned();
    }
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut body).await.unwrap();
    let number = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    if header[0] == 21 {
        return format!("alert {}", body[1]);
    }
    if body[6..10] == RETRY {
        let share = body.windows(4).position(|part| part == [0, 51, 0, 2]);
        return format!("retry {}", number(share.unwrap() + 4));
    }
    let session = usize::from(body[38]);
    format!("{:04x} {:04x}", number(4), number(39 + session))
}

/// What servers say to clients of SSL 3.0, TLS 1.0, 1.1, 1.2 and 1.3. To the first rustls misses the extensions.
const VERSIONS: &[(&str, &str)] = &[
    (
        "compliant.test",
        "alert 40, alert 70, alert 70, 0303 c02b, retry 29",
    ),
    (
        "tls10-also.test",
        "alert 70, 0301 c00a, 0302 c00a, 0303 c02c, retry 29",
    ),
    (
        "tls10-only.test",
        "alert 70, 0301 c00a, 0301 c00a, 0301 c00a, alert 70",
    ),
    (
        "tls11-only.test",
        "alert 70, alert 70, 0302 c00a, 0302 c00a, alert 70",
    ),
    (
        "sslv3-also.test",
        "0300 0035, 0301 0035, 0302 0035, 0303 c030, retry 29",
    ),
    (
        "sslv3-only.test",
        "0300 0005, 0300 0005, 0300 0005, 0300 0005, alert 70",
    ),
    (
        "tls13-only.test",
        "alert 40, alert 70, alert 70, alert 70, retry 29",
    ),
    (
        "tls12-only.test",
        "alert 40, alert 70, alert 70, 0303 c02b, alert 70",
    ),
    (
        "tls-closes-at-old.test",
        "closed, closed, closed, 0303 c02c, retry 29",
    ),
];

#[tokio::test]
async fn versions_are_taken_and_refused_as_the_scenarios_say() {
    let lab = lab().await;
    for (domain, expected) in VERSIONS {
        let mut heard = Vec::new();
        for version in [SSL30, TLS10, TLS11, TLS12, TLS13] {
            let stream = connect(&lab, domain).await;
            heard.push(greet(stream, &greeting(version, WEAK_FIRST)).await);
        }
        assert_eq!(heard.join(", "), *expected, "{domain}");
    }
}

#[tokio::test]
async fn weak_suites_are_taken_from_who_offers_nothing_else() {
    let lab = lab().await;
    let cases = [
        ("tls-rc4.test", 0xc007),
        ("tls-3des.test", 0xc008),
        ("tls-null.test", 0xc006),
        ("tls-export.test", 0x0003),
        ("tls-anonymous.test", 0xc018),
        ("tls-anonymous.test", 0x0034),
        ("tls-static-rsa-only.test", 0x009c),
        ("tls-dhe-1024.test", 0x009f),
        ("tls-dhe-2048.test", 0x0033),
        ("tls-ffdhe3072.test", 0x0033),
    ];
    for (domain, suite) in cases {
        let stream = connect(&lab, domain).await;
        let heard = greet(stream, &greeting(TLS12, &[suite, 0x0004])).await;
        assert_eq!(heard, format!("0303 {suite:04x}"), "{domain}");
        let stream = connect(&lab, "compliant.test").await;
        let heard = greet(stream, &greeting(TLS12, &[suite, 0x0004])).await;
        assert_eq!(heard, "alert 40", "a sound server and {suite:04x}");
    }
    for (domain, chosen) in [
        ("tls-client-order.test", 0xc007),
        ("tls-rc4.test", 0xc02c),
        ("tls-static-rsa-only.test", 0x009c),
    ] {
        let heard = greet(connect(&lab, domain).await, &greeting(TLS12, WEAK_FIRST)).await;
        assert_eq!(heard, format!("0303 {chosen:04x}"), "{domain}");
    }
}

#[tokio::test]
async fn one_group_is_asked_for_and_used() {
    let lab = lab().await;
    for (domain, group) in [
        ("tls-x25519.test", 29),
        ("tls-p256.test", 23),
        ("tls-p384.test", 24),
    ] {
        let heard = greet(connect(&lab, domain).await, &greeting(TLS13, &[])).await;
        assert_eq!(heard, format!("retry {group}"), "{domain}");
        let mut stream = connect(&lab, domain).await;
        say(&mut stream, "", "\n").await;
        say(&mut stream, "STARTTLS\r\n", "\n").await;
        let stream = handshake(&lab, stream, &format!("mx1.{domain}")).await;
        let used = stream.unwrap().get_ref().1.negotiated_key_exchange_group();
        assert_eq!(used.map(|used| u16::from(used.name())), Some(group));
    }
}

#[tokio::test]
async fn one_server_can_be_older_over_ipv6() {
    let lab = lab().await;
    let mut heard = Vec::new();
    for socket in sockets(&lab, "tls10-also-one-address.test") {
        let stream = connect_to(socket.unwrap()).await;
        heard.push(greet(stream, &greeting(TLS10, WEAK_FIRST)).await);
    }
    assert_eq!(heard, ["alert 70", "0301 c00a"]);
}

#[tokio::test]
async fn hostile_handshakes_break_off_stand_still_or_flood() {
    let lab = lab().await;
    let hello = greeting(TLS12, WEAK_FIRST);
    let reset = greet(connect(&lab, "tls-reset.test").await, &hello).await;
    assert_eq!(reset, "closed");
    for (domain, more) in [
        ("hostile-handshake-stall.test", 0),
        ("hostile-handshake-flood.test", 1 << 20),
    ] {
        let mut stream = connect(&lab, domain).await;
        say(&mut stream, "", "\n").await;
        say(&mut stream, "STARTTLS\r\n", "\n").await;
        stream.write_all(&hello).await.unwrap();
        let mut flight = [0; 51];
        stream.read_exact(&mut flight).await.unwrap();
        assert_eq!(flight[47..], [11, 0xff, 0xff, 0xff], "{domain}");
        let mut following = vec![0; 1 << 20];
        let patience = std::time::Duration::from_millis(300);
        let read = tokio::time::timeout(patience, stream.read_exact(&mut following)).await;
        assert_eq!(read.map_or(0, Result::unwrap), more, "{domain}");
    }
}

/// The first certificate that a client with these signature schemes sees.
async fn shown(lab: &Lab, socket: SocketAddr, rsa_only: bool) -> Vec<u8> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if rsa_only {
        provider.cipher_suites.retain(|suite| {
            let number = u16::from(suite.suite());
            [0xc02f, 0xc030].contains(&number)
        });
    }
    let mut stream = connect_to(socket).await;
    say(&mut stream, "", "\n").await;
    say(&mut stream, "STARTTLS\r\n", "\n").await;
    let stream = handshake_with(lab, stream, "mx1.cert-dual.test", provider).await;
    let stream = stream.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn certificates_differ_by_the_keys_that_a_client_takes() {
    let lab = lab().await;
    let [v4, v6] = sockets(&lab, "cert-dual.test").map(Option::unwrap);
    let ecdsa = shown(&lab, v4, false).await;
    let rsa = shown(&lab, v4, true).await;
    assert_ne!(ecdsa, rsa);
    assert!(rsa.len() > ecdsa.len() + 100, "the RSA key is longer");
    assert_eq!(shown(&lab, v6, false).await, ecdsa);
}
