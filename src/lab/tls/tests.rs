//! What the canned servers answer to greetings, byte by byte.

use super::flight::records;
use super::hello::tests::message;
use super::hello::{HANDSHAKE, Hello, SSL30, TLS10, TLS11, TLS12, TLS13};
use super::legacy::{Extra, Legacy, Refusal, Verdict};
use super::*;

/// What an answer says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    version: u16,
    suite: u16,
    compression: u8,
    extensions: BTreeMap<u16, Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    exchange: Vec<u8>,
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// Takes a block off the front whose length stands before it.
fn take<'a>(rest: &mut &'a [u8], width: usize) -> &'a [u8] {
    let length = number(&rest[..width]);
    let taken = &rest[width..width + length];
    *rest = &rest[width + length..];
    taken
}

/// Reads a first flight to its end.
fn read(flight: &[u8]) -> Heard {
    let mut messages = Vec::new();
    let mut rest = flight;
    while !rest.is_empty() {
        assert_eq!(rest[0], HANDSHAKE);
        rest = &rest[3..];
        messages.extend(take(&mut rest, 2));
    }
    let mut heard = Heard::default();
    let mut rest = messages.as_slice();
    let mut done = false;
    while let Some(kind) = rest.first().copied() {
        rest = &rest[1..];
        let mut body = take(&mut rest, 3);
        match kind {
            2 => {
                heard.version = u16::from_be_bytes([body[0], body[1]]);
                body = &body[34..];
                take(&mut body, 1);
                heard.suite = u16::from_be_bytes([body[0], body[1]]);
                heard.compression = body[2];
                body = &body[3..];
                if !body.is_empty() {
                    let mut listed = take(&mut body, 2);
                    while !listed.is_empty() {
                        let kind = u16::from_be_bytes([listed[0], listed[1]]);
                        listed = &listed[2..];
                        heard.extensions.insert(kind, take(&mut listed, 2).to_vec());
                    }
                }
            }
            11 => {
                let mut listed = take(&mut body, 3);
                while !listed.is_empty() {
                    heard.certificates.push(take(&mut listed, 3).to_vec());
                }
            }
            12 => heard.exchange = body.to_vec(),
            14 => done = true,
            other => panic!("message {other}"),
        }
    }
    assert!(done, "the flight ends with ServerHelloDone");
    heard
}

const ASKED: &[(u16, &[u8])] = &[
    (10, &[0, 4, 0, 24, 0, 23]),
    (11, &[1, 0]),
    (15, &[1]),
    (18, &[]),
    (22, &[]),
    (23, &[]),
    (35, &[]),
    (0xff01, &[0]),
];

fn greeting(version: u16, suites: &[u16], extensions: &[(u16, &[u8])]) -> Hello {
    Hello::parse(&message(version, suites, &[1, 0], extensions)).unwrap()
}

fn answer(server: &Legacy, hello: &Hello) -> Verdict {
    server.answer(hello, &[vec![1, 2, 3], vec![4, 5]])
}

fn heard(server: &Legacy, hello: &Hello) -> Heard {
    let answer = answer(server, hello);
    let Verdict::Flight(bytes) = answer else {
        panic!("{answer:?}")
    };
    read(&bytes)
}

const OLD: Legacy = Legacy {
    versions: &[SSL30, TLS10, TLS11],
    suites: &[0xc00a, 0xc009, 0xc014, 0x0035, 0x002f],
    ..Legacy::GOOD
};

#[test]
fn the_newest_version_of_both_is_taken() {
    for version in [SSL30, TLS10, TLS11] {
        let flight = answer(&OLD, &greeting(version, &[0x002f], &[]));
        let Verdict::Flight(bytes) = flight else {
            panic!("{flight:?}")
        };
        assert_eq!(bytes[1..3], version.to_be_bytes(), "of the records");
        let heard = read(&bytes);
        assert_eq!((heard.version, heard.suite), (version, 0x002f));
        assert_eq!(heard.certificates, [vec![1, 2, 3], vec![4, 5]]);
        assert!(heard.exchange.is_empty());
    }
    // Before RFC 8446 a client names its newest version; one that it never heard of is no hindrance.
    assert_eq!(heard(&OLD, &greeting(TLS12, &[0x002f], &[])).version, TLS11);
}

#[test]
fn what_cannot_be_agreed_on_is_refused_by_alert_or_silence() {
    let only_tls10 = Legacy {
        versions: &[TLS10],
        ..OLD
    };
    let silent = Legacy {
        refusal: Refusal::Close,
        ..only_tls10
    };
    let listed: (u16, &[u8]) = (43, &[4, 3, 4, 3, 3]);
    let too_old = greeting(SSL30, &[0x002f], &[]);
    let too_new = greeting(TLS12, &[0x002f], &[listed]);
    let no_suite = greeting(TLS12, &[0x1301, 0xc02b], &[]);
    for (hello, expected) in [
        (&too_old, PROTOCOL_VERSION),
        (&too_new, PROTOCOL_VERSION),
        (&no_suite, HANDSHAKE_FAILURE),
    ] {
        assert_eq!(answer(&only_tls10, hello), Verdict::Alert(expected));
        assert_eq!(answer(&silent, hello), Verdict::Close);
    }
    assert_eq!(alert(HANDSHAKE_FAILURE), [21, 3, 1, 0, 2, 2, 40]);
}

#[test]
fn rustls_gets_what_it_can_finish() {
    let listed: (u16, &[u8]) = (43, &[4, 3, 4, 3, 3]);
    let groups: (u16, &[u8]) = (10, &[0, 2, 0, 23]);
    let modern = greeting(TLS12, &[0x1301, 0xc02b], &[listed, groups]);
    let plain = greeting(TLS12, &[0x002f, 0xc02b], &[groups]);
    assert_eq!(answer(&Legacy::GOOD, &modern), Verdict::Sound);
    assert_eq!(answer(&Legacy::GOOD, &plain), Verdict::Sound);
    let careless = Legacy {
        versions: &[TLS12],
        extras: &[],
        ..Legacy::GOOD
    };
    assert_eq!(answer(&careless, &modern), Verdict::Sound);
    let heard = heard(&careless, &plain);
    assert_eq!((heard.version, heard.suite), (TLS12, 0xc02b));
    assert_eq!(heard.extensions, BTreeMap::new());
    let cbc = greeting(TLS12, &[0xc009], &[groups]);
    assert!(matches!(answer(&Legacy::GOOD, &cbc), Verdict::Flight(_)));
    let no_group = greeting(TLS12, &[0xc009], &[(10, &[0, 2, 0, 30])]);
    assert_eq!(
        answer(&Legacy::GOOD, &no_group),
        Verdict::Alert(HANDSHAKE_FAILURE)
    );
}

#[test]
fn the_order_of_suites_and_groups_is_that_of_who_decides() {
    let hello = greeting(TLS11, &[0x002f, 0x0035, 0xc009], ASKED);
    let ours = heard(&OLD, &hello);
    assert_eq!(ours.suite, 0xc009);
    assert_eq!(ours.exchange[..4], [3, 0, 23, 65], "the server's group");
    let theirs = Legacy {
        server_order: false,
        ..OLD
    };
    assert_eq!(heard(&theirs, &hello).suite, 0x002f);
    let hello = greeting(TLS11, &[0xc009], ASKED);
    assert_eq!(heard(&theirs, &hello).exchange[..4], [3, 0, 24, 97]);
}

#[test]
fn extensions_are_answered_as_the_data_says_and_only_when_asked_for() {
    let all = Legacy {
        extras: &[
            Extra::ExtendedMasterSecret,
            Extra::SecureRenegotiation,
            Extra::EncryptThenMac,
            Extra::Heartbeat,
            Extra::SessionTicket,
            Extra::Compression,
            Extra::Timestamps,
        ],
        ..OLD
    };
    let told = heard(&all, &greeting(TLS11, &[0xc009], ASKED));
    let kinds: Vec<u16> = told.extensions.keys().copied().collect();
    assert_eq!(kinds, [11, 15, 18, 22, 23, 35, 0xff01]);
    assert_eq!(told.compression, 1);
    let mut timestamps = told.extensions[&18].as_slice();
    let mut timestamps = take(&mut timestamps, 2);
    let lengths = [
        take(&mut timestamps, 2).len(),
        take(&mut timestamps, 2).len(),
    ];
    assert_eq!((lengths, timestamps.len()), ([117, 117], 0));

    let untold = heard(&all, &greeting(TLS11, &[0xc009], &[]));
    assert_eq!(untold.extensions, BTreeMap::new());
    // The signalling suite asks for secure renegotiation too, also in SSL 3.0 (RFC 5746 §3.3).
    let scsv = heard(&all, &greeting(SSL30, &[0x002f, 0x00ff], &[]));
    assert_eq!(scsv.extensions, BTreeMap::from([(0xff01, vec![0])]));
    let none = Legacy { extras: &[], ..OLD };
    let none = heard(&none, &greeting(TLS11, &[0x002f], ASKED));
    assert_eq!((none.compression, none.extensions), (0, BTreeMap::new()));
}

#[test]
fn finite_field_groups_are_named_or_of_the_size_that_is_wanted() {
    let dhe = |groups, dh_bits| Legacy {
        suites: &[0x0033],
        groups,
        dh_bits,
        ..Legacy::GOOD
    };
    let hello = greeting(TLS12, &[0x0033], &[]);
    let prime = |server: &Legacy| {
        let exchange = heard(server, &hello).exchange;
        let mut rest = exchange.as_slice();
        let prime = take(&mut rest, 2).to_vec();
        assert_eq!(take(&mut rest, 2), [2]);
        assert_eq!(take(&mut rest, 2).len(), prime.len());
        assert_eq!(rest[..2], [4, 1], "RSA with SHA-256");
        prime
    };
    for bits in [512, 1024, 2048] {
        let own = prime(&dhe(&[29], bits));
        assert_eq!((own.len() * 8, own[0] >> 7), (bits, 1));
        assert_ne!(own[..8], [0xff; 8]);
    }
    let named = prime(&dhe(&[29, 0x0101], 1024));
    assert_eq!(named.len() * 8, 3072);
    assert_eq!(named[..8], [0xff; 8]);
}

#[test]
fn weak_suites_have_the_flights_that_belong_to_them() {
    let server = Legacy {
        versions: &[TLS10, TLS12],
        suites: &[
            0x0034, 0x0018, 0xc018, 0x0003, 0x0014, 0x0002, 0x009c, 0xc02f,
        ],
        dh_bits: 1024,
        extras: &[Extra::Sha1],
        ..Legacy::GOOD
    };
    let told = |version, suite| heard(&server, &greeting(version, &[suite], &[]));
    for suite in [0x0034, 0x0018, 0xc018] {
        let anonymous = told(TLS10, suite);
        assert!(anonymous.certificates.is_empty() && !anonymous.exchange.is_empty());
    }
    let export = told(TLS10, 0x0003).exchange;
    assert_eq!(number(&export[..2]) * 8, 512);
    let export = told(TLS10, 0x0014).exchange;
    assert_eq!(number(&export[..2]) * 8, 512);
    assert!(told(TLS10, 0x0002).exchange.is_empty());
    // Suites with AEAD are not for TLS 1.0.
    assert_eq!(
        answer(&server, &greeting(TLS10, &[0x009c], &[])),
        Verdict::Alert(HANDSHAKE_FAILURE)
    );
    let signed = told(TLS12, 0xc02f).exchange;
    assert_eq!(signed[..4], [3, 0, 29, 32]);
    assert_eq!(signed[36..38], [2, 1], "RSA with SHA-1");
}

#[test]
fn rustls_is_set_up_as_the_data_says() {
    let names = |sound: &Sound| {
        let provider = sound.provider();
        let suites = provider.cipher_suites.iter();
        let suites = suites.filter(|suite| suite.tls13().is_none());
        let suites: Vec<u16> = suites.map(|suite| suite.suite().into()).collect();
        let groups = provider.kx_groups.iter();
        let groups: Vec<u16> = groups.map(|group| group.name().into()).collect();
        (suites, groups, sound.versions().len())
    };
    let (suites, groups, versions) = names(&Legacy::GOOD.sound());
    assert_eq!(suites, [0xc02c, 0xc02b, 0xcca9]);
    assert_eq!((groups, versions), (vec![29, 23, 24], 2));
    assert_eq!(names(&OLD.sound()), (vec![], vec![29, 23, 24], 0));
    for sound in [OLD.sound(), Legacy::GOOD.sound(), Sound::of(&[TLS13])] {
        assert!(config(ByName::default(), &sound).is_ok());
    }
}

#[test]
fn what_does_not_fit_a_record_goes_into_several() {
    let long = records(HANDSHAKE, TLS12, &vec![7; 40_000]);
    assert_eq!(long.len(), 40_000 + 3 * 5);
    assert_eq!(long[..5], [22, 3, 3, 0x40, 0]);
    assert_eq!(oversized()[..3], [22, 3, 3]);
}
