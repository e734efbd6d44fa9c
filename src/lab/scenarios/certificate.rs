//! Certificates of mail servers (RFC 5280, RFC 9525). The TLSA records fit each of them, so that
//! DANE with usage 3 holds where PKIX does not (RFC 7672 §3.1.1).

use super::super::ca::{Leaf, Staple};
use super::super::scenario::{Group, Scenario};
use super::super::setup::Setup;

const fn certificate(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Certificate, domain, title, plays, change)
}

fn leaf(z: &mut Setup, leaf: Leaf) {
    z.own_server().leaf = leaf;
}

pub(crate) const ALL: &[Scenario] = &[
    certificate(
        "cert-self-signed.test",
        "Self-signed certificate",
        "No authority stands behind it: senders with MTA-STS do not deliver (RFC 8461 §4.2); with DANE they do, since the TLSA record fits.",
        |z| leaf(z, Leaf::SelfSigned),
    ),
    certificate(
        "cert-wrong-name.test",
        "Certificate for another name",
        "It names `mail.elsewhere.test` only (RFC 9525 §6.3). Not authenticated for MTA-STS.",
        |z| leaf(z, Leaf::Named(&["mail.elsewhere.test"])),
    ),
    certificate(
        "cert-substring.test",
        "Certificate whose name ends like ours",
        "`notmx1.cert-substring.test` contains the host name and does not match it (RFC 9525 §6.3).",
        |z| leaf(z, Leaf::Substring),
    ),
    certificate(
        "cert-domain-name.test",
        "Certificate for the mail domain",
        "It names the domain, but what counts is the host of the MX record (RFC 8461 §4.2). Not authenticated.",
        |z| leaf(z, Leaf::Named(&["cert-domain-name.test"])),
    ),
    certificate(
        "cert-expired.test",
        "Certificate that ended ten days ago",
        "Out of its time (RFC 5280 §4.1.2.5): not authenticated for MTA-STS; with DANE usage 3 the time does not count (RFC 7672 §3.1.1).",
        |z| leaf(z, Leaf::Expired),
    ),
    certificate(
        "cert-not-yet-valid.test",
        "Certificate that begins in five days",
        "Before its time (RFC 5280 §4.1.2.5): not authenticated for MTA-STS.",
        |z| leaf(z, Leaf::NotYetValid),
    ),
    certificate(
        "cert-common-name-only.test",
        "Host name in the subject only",
        "There are no DNS names; the common name no longer counts (RFC 9525 §2).",
        |z| leaf(z, Leaf::CommonNameOnly),
    ),
    certificate(
        "cert-incomplete.test",
        "Intermediate not sent",
        "The path cannot be built from what is sent (RFC 8446 §4.4.2); some clients know the intermediate, senders need not.",
        |z| leaf(z, Leaf::Incomplete),
    ),
    certificate(
        "cert-wildcard.test",
        "Wildcard certificate",
        "`*.cert-wildcard.test` matches the host, one label (RFC 9525 §6.3). Must pass.",
        |z| leaf(z, Leaf::Named(&["*.cert-wildcard.test"])),
    ),
    certificate(
        "cert-wildcard-two-labels.test",
        "Wildcard for two labels",
        "`*.cert-wildcard-two-labels.test` does not match `mx1.eu.…`: a wildcard is one label (RFC 9525 §6.3).",
        |z| {
            z.mx(&[(10, "mx1.eu")]);
            z.server("mx1.eu").leaf = Leaf::Named(&["*.cert-wildcard-two-labels.test"]);
        },
    ),
    certificate(
        "cert-evil-root.test",
        "Certificate of an unknown authority",
        "The chain ends in a root that nobody trusts and that the server sends along (RFC 5280 §6.1). Not authenticated.",
        |z| leaf(z, Leaf::Evil),
    ),
    certificate(
        "cert-evil-decoy.test",
        "Unknown authority behind a decoy",
        "A stranger's self-signed certificate stands between leaf and untrusted root, to lead astray who only compares neighbours (RFC 5280 §6.1). Not authenticated.",
        |z| leaf(z, Leaf::EvilDecoy),
    ),
    certificate(
        "cert-sni.test",
        "Right certificate only with SNI",
        "Without the host name in SNI another certificate is shown; senders send it (RFC 8461 §4.2, RFC 7672 §8.1). Must pass.",
        |z| leaf(z, Leaf::SniDependent),
    ),
    certificate(
        "cert-stapled.test",
        "Good certificate with its statement",
        "The server staples a statement of the authority that the certificate is good (RFC 6066 §8). Must pass.",
        |z| z.own_server().staple = Staple::Good,
    ),
    certificate(
        "cert-revoked.test",
        "Certificate revoked, says its own staple",
        "The stapled statement of the authority says revoked (RFC 6960 §2.2). Must fail.",
        |z| z.own_server().staple = Staple::Revoked,
    ),
];
