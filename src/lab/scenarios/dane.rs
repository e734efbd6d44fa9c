//! DANE: records that fit, do not fit, or may not count (RFC 7671, RFC 7672).

use super::super::leaf::Leaf;
use super::super::scenario::{Group, Scenario};
use super::super::setup::{Quirk, SHARED_MX, Setup};
use super::super::smtp::StartTls;

const fn dane(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Dane, domain, title, plays, change)
}

fn tlsa(z: &mut Setup, records: &'static [&'static str]) {
    z.own_server().tlsa = records;
}

pub(crate) const ALL: &[Scenario] = &[
    dane(
        "dane-mismatch.test",
        "TLSA that fits no certificate",
        "Signed TLSA records, and none matches what the server shows: senders with DANE defer the mail (RFC 7672 §2.2). Must fail.",
        |z| tlsa(z, &["3 1 1 other"]),
    ),
    dane(
        "dane-300.test",
        "TLSA with the whole certificate",
        "`3 0 0` holds the certificate itself, which is legal (RFC 6698 §2.1). DANE is valid.",
        |z| tlsa(z, &["3 0 0 leaf", "3 1 1 next"]),
    ),
    dane(
        "dane-sha512.test",
        "TLSA with SHA-512",
        "`3 1 2` holds a longer digest; it matches (RFC 7671 §9). DANE is valid.",
        |z| tlsa(z, &["3 1 2 leaf", "3 1 2 next"]),
    ),
    dane(
        "dane-ta.test",
        "TLSA for the authority",
        "`2 1 1` names the intermediate, which the server sends; name and time count here (RFC 7672 §3.1.2). DANE is valid.",
        |z| tlsa(z, &["2 1 1 issuer", "3 1 1 next"]),
    ),
    dane(
        "dane-ta-not-sent.test",
        "TLSA for a root that is not sent",
        "`2 1 1` names the root, which is not in the chain as sent: no match (RFC 7672 §3.1.2). Must fail.",
        |z| tlsa(z, &["2 1 1 root"]),
    ),
    dane(
        "dane-ta-expired.test",
        "TLSA for the authority, leaf out of its time",
        "With usage 2 the validity of the certificate counts (RFC 7672 §3.1.2): no match.",
        |z| {
            let server = z.own_server();
            server.leaf = Leaf::Expired;
            server.tlsa = &["2 1 1 issuer"];
        },
    ),
    dane(
        "dane-insecure-mx.test",
        "DANE at the host, MX records unsigned",
        "The mail servers' zone is signed and has TLSA, the domain's is not signed: an attacker can lead elsewhere. Partial (RFC 7672 §2.2.1).",
        |z| z.signing = None,
    ),
    dane(
        "dane-usage-1.test",
        "TLSA for usage 1 only",
        "Usages 0 and 1 are not for SMTP: TLS is mandatory and nobody is authenticated (RFC 7672 §3.1.3).",
        |z| tlsa(z, &["1 1 1 leaf"]),
    ),
    dane(
        "dane-usage-1-and-3.test",
        "TLSA for usage 1 beside usage 3",
        "The record with usage 1 has no effect, the one with usage 3 matches (RFC 7672 §3.1.3). DANE is valid.",
        |z| tlsa(z, &["1 1 1 leaf", "3 1 1 leaf", "3 1 1 next"]),
    ),
    dane(
        "dane-unsigned.test",
        "TLSA in an unsigned zone",
        "Without DNSSEC the records are ignored, as if there were none (RFC 7672 §2.2).",
        |z| {
            z.signing = None;
            z.own_server();
        },
    ),
    dane(
        "dane-no-rollover.test",
        "TLSA for the current key only",
        "One record that matches: valid, but the next key change breaks delivery unless a record for it goes ahead (RFC 7671 §8.1).",
        |z| tlsa(z, &["3 1 1 leaf"]),
    ),
    dane(
        "dane-lookup-fails.test",
        "TLSA that cannot be asked",
        "The lookup answers SERVFAIL: senders with DANE must defer, so mail is late (RFC 7672 §2.1.1).",
        |z| {
            z.own_server();
            z.quirk("_25._tcp.mx1", Quirk::Servfail);
        },
    ),
    dane(
        "dane-without-starttls.test",
        "TLSA, and no STARTTLS",
        "Secure TLSA records make TLS mandatory; the server does not offer it, so senders defer (RFC 7672 §2.2).",
        |z| z.own_server().posture.starttls = StartTls::Missing,
    ),
    dane(
        "dane-one-of-two.test",
        "TLSA at one of two servers",
        "The second server has no TLSA records: mail that goes there is not protected by DANE (RFC 7672 §2.2.1).",
        |z| {
            z.mx(&[(10, "mx1"), (20, "mx2")]);
            z.server("mx1");
            z.server("mx2").tlsa = &[];
        },
    ),
    dane(
        "dane-alias.test",
        "TLSA by alias",
        "`_25._tcp.mx1` is an alias of the shared server's records, which fit another key (RFC 7671 §7). Followed, and no match.",
        |z| {
            tlsa(z, &[]);
            z.cname("_25._tcp.mx1", &format!("_25._tcp.{}", SHARED_MX[0]));
        },
    ),
];
