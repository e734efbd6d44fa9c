//! What servers offer in TLS: old versions, weak suites, small groups, missing extensions (RFC 8996, RFC 9325).
//! Each takes TLS 1.2 or 1.3 with sound suites as well, unless its name says `only`.

use super::super::scenario::{Group, Scenario};
use super::super::server::Keys;
use super::super::setup::Setup;
use super::super::smtp::{Handshake, Posture};
use super::super::tls::hello::{SSL30, TLS10, TLS11, TLS12, TLS13};
use super::super::tls::legacy::{Extra, Legacy, Refusal};

const fn tls(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Tls, domain, title, plays, change)
}

/// Gives the one mail server this TLS.
fn offer(z: &mut Setup, legacy: &'static Legacy) {
    z.own_server().posture.handshake = Handshake::Legacy(legacy);
}

/// The same, with an RSA key.
fn offer_rsa(z: &mut Setup, legacy: &'static Legacy) {
    let server = z.own_server();
    server.posture.handshake = Handshake::Legacy(legacy);
    server.keys = Keys::Rsa;
}

/// TLS 1.2 and 1.3 with suites that nothing is wrong with.
const MODERN: Legacy = Legacy {
    versions: &[TLS12, TLS13],
    suites: &[0xc02c, 0xc02b, 0xcca9],
    ..Legacy::GOOD
};

/// TLS 1.2 and 1.3 with these suites below 1.3.
const fn suites(suites: &'static [u16]) -> Legacy {
    Legacy { suites, ..MODERN }
}

/// TLS 1.2 and 1.3, set up below 1.3 with these extensions.
const fn extras(extras: &'static [Extra]) -> Legacy {
    Legacy { extras, ..MODERN }
}

pub(crate) const ALL: &[Scenario] = &[
    tls(
        "tls10-also.test",
        "TLS 1.0 to 1.3",
        "TLS 1.0 and 1.1 are accepted besides 1.2 and 1.3; they must not be used (RFC 8996 §4). Seen by who offers them alone.",
        |z| offer(z, &Legacy::GOOD),
    ),
    tls(
        "tls10-also-one-address.test",
        "TLS 1.0 at one address",
        "Over IPv4 only TLS 1.2 and 1.3, over IPv6 also 1.0 and 1.1 (RFC 8996 §4): the address counts.",
        |z| {
            z.own_server().posture_v6 = Some(Posture {
                handshake: Handshake::Legacy(&Legacy::GOOD),
                ..Posture::GOOD
            });
        },
    ),
    tls(
        "tls11-only.test",
        "TLS 1.1 only",
        "STARTTLS is there, but nothing above TLS 1.1, which must not be used (RFC 8996 §5). A finding about the version, not `no STARTTLS`.",
        |z| {
            const ONLY: Legacy = Legacy {
                versions: &[TLS11],
                ..Legacy::GOOD
            };
            offer(z, &ONLY);
        },
    ),
    tls(
        "sslv3-also.test",
        "SSL 3.0 to TLS 1.3",
        "SSL 3.0 is accepted besides all versions of TLS; it must not be used (RFC 7568 §3).",
        |z| {
            const ALSO: Legacy = Legacy {
                versions: &[SSL30, TLS10, TLS11, TLS12, TLS13],
                suites: &[0xc030, 0xc02f, 0xcca8, 0xc014, 0xc013, 0x0035, 0x002f],
                ..Legacy::GOOD
            };
            offer_rsa(z, &ALSO);
        },
    ),
    tls(
        "sslv3-only.test",
        "SSL 3.0 only",
        "STARTTLS is there, but nothing above SSL 3.0, with RC4 first (RFC 7568 §3, RFC 7465 §2). A finding about the version, not `no STARTTLS`.",
        |z| {
            const ONLY: Legacy = Legacy {
                versions: &[SSL30],
                suites: &[0x0005, 0x000a, 0x0035, 0x002f],
                extras: &[],
                ..Legacy::GOOD
            };
            offer_rsa(z, &ONLY);
        },
    ),
    tls(
        "tls13-only.test",
        "TLS 1.3 only",
        "Nothing below TLS 1.3: what is asked about older versions is not applicable. Some senders speak TLS 1.2 at most (RFC 9325 §3.1.1).",
        |z| z.own_server().posture.handshake = Handshake::Tls13,
    ),
    tls(
        "tls-closes-at-old.test",
        "Closes without a word at old versions",
        "TLS 1.2 and 1.3; who offers less sees the connection closed, without the alert of RFC 5246 §7.2.2, as Exchange does. Old versions are refused.",
        |z| {
            const CLOSES: Legacy = Legacy {
                refusal: Refusal::Close,
                ..MODERN
            };
            offer(z, &CLOSES);
        },
    ),
    tls(
        "tls-reset.test",
        "Connection reset at the greeting",
        "STARTTLS goes ahead and the connection is reset after the client's greeting (RFC 9293 §3.5.2). STARTTLS yes, handshake failed.",
        |z| z.own_server().posture.handshake = Handshake::Reset,
    ),
    tls(
        "tls-rc4.test",
        "RC4 behind sound suites",
        "ECDHE with RC4 is accepted from who offers nothing better; it must not be (RFC 7465 §2).",
        |z| {
            const RC4: Legacy = suites(&[0xc02c, 0xc02b, 0xcca9, 0xc007]);
            offer(z, &RC4);
        },
    ),
    tls(
        "tls-3des.test",
        "Triple DES behind sound suites",
        "ECDHE with triple DES is accepted from who offers nothing better; its blocks are short (RFC 9325 §4.1, CVE-2016-2183).",
        |z| {
            const TRIPLE: Legacy = suites(&[0xc02c, 0xc02b, 0xcca9, 0xc008]);
            offer(z, &TRIPLE);
        },
    ),
    tls(
        "tls-null.test",
        "Suite that does not encrypt",
        "A suite with NULL for a cipher is accepted; it must not be (RFC 9325 §4.1).",
        |z| {
            const NULL: Legacy = suites(&[0xc02c, 0xc02b, 0xcca9, 0xc006]);
            offer(z, &NULL);
        },
    ),
    tls(
        "tls-export.test",
        "Suites for export",
        "Keys of 40 bits and groups of 512 bits are accepted in all versions; they must not be (RFC 9325 §4.1, CVE-2015-0204, CVE-2015-4000).",
        |z| {
            const EXPORT: Legacy = Legacy {
                versions: &[TLS10, TLS11, TLS12, TLS13],
                ..suites(&[0xc030, 0xc02f, 0xcca8, 0x0014, 0x0008, 0x0003])
            };
            offer_rsa(z, &EXPORT);
        },
    ),
    tls(
        "tls-anonymous.test",
        "Suites without authentication",
        "Suites without a certificate are accepted from who offers nothing better, as Postfix does by default (RFC 9325 §4.1 forbids what RFC 7672 §8.2 lets opportunistic senders offer).",
        |z| {
            const ANONYMOUS: Legacy = suites(&[0xc02c, 0xc02b, 0xcca9, 0xc018, 0x0034, 0x003a]);
            offer(z, &ANONYMOUS);
        },
    ),
    tls(
        "tls-static-rsa-only.test",
        "Static RSA only",
        "TLS 1.2 with key exchange by the certificate's own key only: no forward secrecy (RFC 9325 §4.1). Modern senders find no suite in common.",
        |z| {
            const STATIC: Legacy = Legacy {
                versions: &[TLS12],
                ..suites(&[0x009d, 0x009c, 0x0035, 0x002f])
            };
            offer_rsa(z, &STATIC);
        },
    ),
    tls(
        "tls-dhe-1024.test",
        "Diffie-Hellman with 1024 bits",
        "DHE over a prime of 1024 bits of the server's own (RFC 9325 §4.5).",
        |z| {
            const DHE: Legacy = Legacy {
                dh_bits: 1024,
                ..suites(&[0xc030, 0xc02f, 0xcca8, 0x009f, 0x0033])
            };
            offer_rsa(z, &DHE);
        },
    ),
    tls(
        "tls-dhe-2048.test",
        "Diffie-Hellman with a group of its own",
        "DHE over a prime of 2048 bits that nobody knows (RFC 9325 §4.1, §4.5).",
        |z| {
            const DHE: Legacy = suites(&[0xc030, 0xc02f, 0xcca8, 0x009f, 0x0033]);
            offer_rsa(z, &DHE);
        },
    ),
    tls(
        "tls-ffdhe3072.test",
        "Diffie-Hellman with a named group",
        "DHE over ffdhe3072 (RFC 7919 appendix A.2), besides ECDHE.",
        |z| {
            const DHE: Legacy = Legacy {
                groups: &[29, 23, 24, 0x0101],
                ..suites(&[0xc030, 0xc02f, 0xcca8, 0x009f, 0x0033])
            };
            offer_rsa(z, &DHE);
        },
    ),
    tls(
        "tls-client-order.test",
        "The sender's order of suites decides",
        "With RC4 and triple DES among the suites, who lists these first gets them (RFC 9325 §4.2.1).",
        |z| {
            const ORDER: Legacy = Legacy {
                server_order: false,
                ..suites(&[0xc02c, 0xc02b, 0xcca9, 0xc008, 0xc007])
            };
            offer(z, &ORDER);
        },
    ),
    tls(
        "tls-no-extended-master-secret.test",
        "No extended master secret",
        "In TLS 1.2 the master secret is not bound to the handshake (RFC 7627 §4, RFC 9325 §3.5).",
        |z| {
            const NONE: Legacy = extras(&[Extra::SecureRenegotiation]);
            offer(z, &NONE);
        },
    ),
    tls(
        "tls-no-secure-renegotiation.test",
        "No secure renegotiation",
        "In TLS 1.2 the server does not know the extension (RFC 5746 §3.6, RFC 9325 §3.5).",
        |z| {
            const NONE: Legacy = extras(&[Extra::ExtendedMasterSecret]);
            offer(z, &NONE);
        },
    ),
    tls(
        "tls-compression.test",
        "Compression before encryption",
        "In TLS 1.2 the server compresses by DEFLATE (RFC 9325 §3.3, CVE-2012-4929).",
        |z| {
            const COMPRESSION: Legacy = extras(&[
                Extra::ExtendedMasterSecret,
                Extra::SecureRenegotiation,
                Extra::Compression,
            ]);
            offer(z, &COMPRESSION);
        },
    ),
    tls(
        "tls-heartbeat.test",
        "Heartbeats",
        "In TLS 1.2 the server takes heartbeats (RFC 6520 §2), which once gave away its memory (CVE-2014-0160).",
        |z| {
            const HEARTBEAT: Legacy = extras(&[
                Extra::ExtendedMasterSecret,
                Extra::SecureRenegotiation,
                Extra::Heartbeat,
            ]);
            offer(z, &HEARTBEAT);
        },
    ),
    tls(
        "tls-extensions.test",
        "Tickets, timestamps, MAC after encryption",
        "In TLS 1.2 the server gives session tickets (RFC 5077 §3.2) and certificate timestamps (RFC 6962 §3.3), and with CBC it encrypts before it authenticates (RFC 7366 §2).",
        |z| {
            const EXTENSIONS: Legacy = Legacy {
                suites: &[0xc02c, 0xc02b, 0xcca9, 0xc00a, 0xc009],
                ..extras(&[
                    Extra::ExtendedMasterSecret,
                    Extra::SecureRenegotiation,
                    Extra::SessionTicket,
                    Extra::Timestamps,
                    Extra::EncryptThenMac,
                ])
            };
            offer(z, &EXTENSIONS);
        },
    ),
    tls(
        "tls-sha1.test",
        "Key exchange signed with SHA-1",
        "In TLS 1.2 the server signs its key with SHA-1, whatever is offered; it must not (RFC 9155 §4).",
        |z| {
            const SHA1: Legacy = extras(&[
                Extra::ExtendedMasterSecret,
                Extra::SecureRenegotiation,
                Extra::Sha1,
            ]);
            offer(z, &SHA1);
        },
    ),
    tls(
        "tls-x25519.test",
        "X25519 only",
        "One key exchange group; who offers another first is asked for it (RFC 8446 §4.1.4). Good.",
        |z| z.own_server().posture.handshake = Handshake::Groups(&[29]),
    ),
    tls(
        "tls-p256.test",
        "P-256 only",
        "One key exchange group, secp256r1; who offers another first is asked for it (RFC 8446 §4.1.4). Good.",
        |z| z.own_server().posture.handshake = Handshake::Groups(&[23]),
    ),
    tls(
        "tls-p384.test",
        "P-384 only",
        "One key exchange group, secp384r1; who offers another first is asked for it (RFC 8446 §4.1.4). Good.",
        |z| z.own_server().posture.handshake = Handshake::Groups(&[24]),
    ),
    tls(
        "tls-early-data.test",
        "Early data",
        "The session tickets allow 16384 bytes of early data, which can be played to the server again (RFC 8446 §8, RFC 9325 §3.10).",
        |z| z.own_server().posture.handshake = Handshake::EarlyData(16384),
    ),
];
