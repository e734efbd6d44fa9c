//! Domains at which nothing is wrong, or that do without one protocol of several.

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Algorithm, Data, Denial, Setup};

const fn sound(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Sound, domain, title, plays, change)
}

/// A domain that has nothing of its own: its two mail servers are those of many others.
const fn shared(domain: &'static str) -> Scenario {
    sound(
        domain,
        "Shares its mail servers with others",
        "Nothing is wrong. Its two mail servers serve many domains; a polite checker connects to each of their addresses once for all of them (RFC 5321 §5.1 names the servers, not the domain).",
        |_| {},
    )
}

pub(crate) const ALL: &[Scenario] = &[
    sound(
        "compliant.test",
        "Everything in place, servers of its own",
        "DNSSEC, two mail servers with STARTTLS, trusted certificates, DANE with a key to roll to, SPF, DKIM, DMARC reject, MTA-STS enforce, TLS-RPT. Everything passes (RFC 7672 §2, RFC 8461 §5, RFC 9989 §4.10).",
        |z| {
            z.mx(&[(10, "mx1"), (20, "mx2")]);
            z.server("mx1");
            z.server("mx2");
            z.push("@", Data::caa(0, "issue", "ca.mail.test"));
        },
    ),
    sound(
        "news.compliant.test",
        "Sub-domain that inherits DMARC",
        "Stands in its parent's zone and has no DMARC record; the tree walk finds the parent's, and its policy holds (RFC 9989 §4.10.1). It has SPF and MX records of its own.",
        |z| {
            z.delegated = false;
            z.remove("_dmarc");
        },
    ),
    sound(
        "no-dane.test",
        "Everything but DANE",
        "The mail server has no TLSA records, which the signed zone proves. MTA-STS alone protects delivery (RFC 7672 §2.2, RFC 8461 §5).",
        |z| z.own_server().tlsa = &[],
    ),
    sound(
        "mta-sts-only.test",
        "MTA-STS without DNSSEC and DANE",
        "The zone is not signed and there are no TLSA records; MTA-STS enforces authenticated TLS without either (RFC 8461 §2).",
        |z| {
            z.signing = None;
            z.own_server().tlsa = &[];
        },
    ),
    sound(
        "dane-only.test",
        "DANE without MTA-STS",
        "No MTA-STS at all; DANE alone protects delivery, and against downgrades better (RFC 7672 §1.3).",
        |z| {
            z.remove("_mta-sts");
            z.remove("mta-sts");
            z.web = None;
        },
    ),
    sound(
        "xn--bcher-kva.test",
        "Internationalised domain name",
        "Bücher in A-labels, at which nothing is wrong. Given as U-labels it must lead to the same questions (RFC 5891 §5).",
        |_| {},
    ),
    sound(
        "dnssec-nsec3.test",
        "Denial by NSEC3 without iterations",
        "Nothing is wrong: absences are proven by NSEC3 as it should be set, no salt and no extra iterations (RFC 9276 §3.1).",
        |z| z.sign(|s| s.denial = Denial::hashed(0)),
    ),
    sound(
        "dnssec-ed25519.test",
        "Zone signed with Ed25519",
        "Nothing is wrong; the zone is secure with algorithm 15 (RFC 8080 §3).",
        |z| z.sign(|s| s.algorithm = Algorithm::Ed25519),
    ),
    sound(
        "dnssec-p384.test",
        "Zone signed with ECDSA P-384",
        "Nothing is wrong; the zone is secure with algorithm 14 (RFC 6605 §4).",
        |z| z.sign(|s| s.algorithm = Algorithm::P384),
    ),
    sound(
        "dnssec-rsa.test",
        "Zone signed with RSA and SHA-256",
        "Nothing is wrong; the zone is secure with algorithm 8 (RFC 5702 §3).",
        |z| z.sign(|s| s.algorithm = Algorithm::Rsa),
    ),
    shared("shared-1.test"),
    shared("shared-2.test"),
    shared("shared-3.test"),
    shared("shared-4.test"),
    shared("shared-5.test"),
    shared("shared-6.test"),
];
