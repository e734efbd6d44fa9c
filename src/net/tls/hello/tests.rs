//! Flights of every kind, whole and broken.

use super::*;
use crate::net::tcp::Metered;
use proptest::prelude::*;
use tokio::io::DuplexStream;

fn sized(bytes: usize, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[4 - bytes..], content].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &sized(3, body)].concat()
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1][..], &sized(2, content)].concat()
}

fn server_hello(version: u16, suite: u16, extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let list: Vec<u8> = extensions
        .iter()
        .flat_map(|(kind, content)| [&kind.to_be_bytes()[..], &sized(2, content)].concat())
        .collect();
    body.extend(sized(2, &list));
    message(2, &body)
}

/// A whole flight of TLS 1.2: two certificates, a staple, a key on P-256.
fn whole() -> Vec<u8> {
    let timestamps = sized(2, &[sized(2, b"one"), sized(2, b"two")].concat());
    let extensions: [(u16, &[u8]); 3] = [(0xff01, &[0]), (23, &[]), (18, &timestamps)];
    let chain = [sized(3, b"leaf"), sized(3, b"root")].concat();
    let key = [
        &[3, 0, 23][..],
        &sized(1, &[4; 65]),
        &[4, 3],
        &sized(2, &[9; 70]),
    ]
    .concat();
    [
        server_hello(0x0303, 0xc02b, &extensions),
        message(11, &sized(3, &chain)),
        message(22, &[&[1][..], &sized(3, b"staple")].concat()),
        message(12, &key),
        message(14, &[]),
    ]
    .concat()
}

#[test]
fn a_whole_flight_is_read_however_it_is_cut() {
    let messages = whole();
    for fragment in [1, 7, 100, 10_000] {
        let records: Vec<u8> = messages
            .chunks(fragment)
            .flat_map(|fragment| record(22, fragment))
            .collect();
        for portion in [1, 3, 64, 10_000] {
            let read = flight(records.chunks(portion));
            assert_eq!(read.end, End::Whole);
            let hello = read.hello.as_ref().unwrap();
            assert_eq!(hello.version, Some(TlsVersion::Tls12));
            assert_eq!((hello.suite, hello.retry), (0xc02b, false));
            assert_eq!(
                hello.extension(extension::RENEGOTIATION_INFO),
                Some(&[0][..])
            );
            assert_eq!(hello.extension(extension::SESSION_TICKET), None);
            assert_eq!(read.chain, [b"leaf", b"root"]);
            assert_eq!(read.staple, b"staple");
            assert_eq!(read.key, Some(EphemeralKey::Curve(23)));
            assert_eq!((read.scheme, read.group()), (Some(0x0403), Some(23)));
            assert_eq!(read.timestamps(), 2);
        }
    }
}

#[test]
fn a_prime_has_its_bits_and_older_versions_name_no_scheme() {
    for (version, suite, scheme) in [
        (0x0303, 0x009e, Some(0x0401)),
        (0x0301, 0x0033, None),
        (0x0303, 0x00a6, None),
    ] {
        let mut key = [sized(2, &[0x80; 128]), sized(2, &[2]), sized(2, &[5; 128])].concat();
        key.extend([4, 1, 0, 0]);
        let messages = [
            server_hello(version, suite, &[]),
            message(12, &key),
            message(14, &[]),
        ];
        let read = flight([record(22, &messages.concat()).as_slice()]);
        let name = "DH 1024".to_owned();
        assert_eq!(read.key, Some(EphemeralKey::Field { name, bits: 1024 }));
        assert_eq!((read.scheme, read.group()), (scheme, None));
        assert_eq!(read.end, End::Whole);
    }
}

#[test]
fn tls_1_3_ends_with_the_hello_which_names_the_group() {
    let extensions: [(u16, &[u8]); 2] = [(43, &[3, 4]), (51, &[0x11, 0xec])];
    let mut hello = server_hello(0x0303, 0x1301, &extensions);
    hello[6..10].copy_from_slice(&[0xcf, 0x21, 0xad, 0x74]);
    let read = flight([record(22, &hello).as_slice()]);
    let chosen = read.hello.as_ref().unwrap();
    assert_eq!(chosen.version, Some(TlsVersion::Tls13));
    assert!(!chosen.retry, "the rest of the random value is another");
    assert_eq!(read.group(), Some(0x11ec));
    assert_eq!(read.end, End::Whole);
}

#[test]
fn every_end_has_its_name() {
    let half = &whole()[..60];
    let warned = [record(21, &[1, 112]), record(22, &whole())].concat();
    let foreign = record(22, &server_hello(0x0302, 0x002f, &[])[..20]);
    let no_hello = record(22, &message(14, &[]));
    let unreadable = record(22, &message(2, &[3, 3, 1]));
    let cases: [(&[u8], End); 14] = [
        (b"", End::Closed),
        (&[21, 3, 1, 0, 2, 2, 70], End::Alert(70)),
        (&[21, 3, 0, 0, 2, 1, 0], End::Alert(0)),
        (&[21, 3, 1, 0, 2, 1, 112], End::Alert(112)),
        (&warned, End::Whole),
        (&record(22, half), half_closed()),
        (&foreign, half_closed()),
        (&[21, 3, 1, 0, 1, 2], End::Malformed("half an alert")),
        (b"500 what?\r\n", End::Malformed("no record of TLS")),
        (
            &[22, 2, 0],
            End::Malformed("a record of another protocol version than 3"),
        ),
        (
            &[22, 3, 1, 0xff, 0xff],
            End::Malformed("a record that is too long"),
        ),
        (
            &[23, 3, 3, 0, 1, 9],
            End::Malformed("a record of another kind than expected"),
        ),
        (
            &no_hello,
            End::Malformed("a handshake message that can't be read"),
        ),
        (
            &unreadable,
            End::Malformed("a handshake message that can't be read"),
        ),
    ];
    for (bytes, end) in cases {
        assert_eq!(flight([bytes]).end, end, "{}", bytes.escape_ascii());
    }
}

fn half_closed() -> End {
    End::Malformed("half a message and closed the connection")
}

fn hello() -> ClientHello {
    ClientHello {
        version: TlsVersion::Tls12,
        suites: vec![0xc02b],
        groups: vec![23],
        schemes: vec![0x0403],
        name: "mx.example.org".to_owned(),
    }
}

/// The flight of a server that answers with these bytes, and what the server heard behind the hello.
async fn answered(bytes: &[u8], close: bool, allowance: u64) -> (Flight, Vec<u8>) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let bytes = bytes.to_vec();
    let server = tokio::spawn(serve(far, bytes, close));
    let mut near = Metered::new(near, allowance);
    let read = exchange(&mut near, &hello(), Duration::from_millis(500))
        .await
        .unwrap();
    drop(near);
    (read, server.await.unwrap())
}

async fn serve(mut far: DuplexStream, bytes: Vec<u8>, close: bool) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut taken = vec![0; hello().record([0; 32]).len()];
    far.read_exact(&mut taken).await.unwrap();
    assert_eq!(taken[..3], [22, 3, 1]);
    let _ = far.write_all(&bytes).await;
    if !close {
        let _ = far.read_to_end(&mut heard).await;
    }
    heard
}

#[tokio::test]
async fn a_server_is_told_that_the_handshake_ends() {
    let (read, heard) = answered(&record(22, &whole()), false, 100_000).await;
    assert_eq!(read.end, End::Whole);
    assert_eq!(heard, FAREWELL);
}

#[tokio::test]
async fn silence_closing_and_floods_end_a_flight() {
    let flood: Vec<u8> = record(22, &message(0, &[])).repeat(2000);
    for (bytes, close, end) in [
        (&b""[..], false, End::TimedOut),
        (&record(22, &whole()[..50]), false, End::TimedOut),
        (b"", true, End::Closed),
        (&flood, false, End::TooLong),
    ] {
        let (read, heard) = answered(bytes, close, 10_000).await;
        assert_eq!(read.end, end);
        assert!(heard.is_empty());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_the_same_however_they_are_cut(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        portion in 1_usize..50,
        framed in any::<bool>(),
    ) {
        let bytes = if framed { record(22, &bytes) } else { bytes };
        prop_assert_eq!(flight([bytes.as_slice()]), flight(bytes.chunks(portion)));
    }

    #[test]
    fn a_spoiled_flight_is_read_the_same_however_it_is_cut(
        at in 0_usize..300,
        byte in any::<u8>(),
        portion in 1_usize..50,
    ) {
        let mut messages = whole();
        if let Some(place) = messages.get_mut(at) {
            *place = byte;
        }
        let bytes = record(22, &messages);
        prop_assert_eq!(flight([bytes.as_slice()]), flight(bytes.chunks(portion)));
    }
}
