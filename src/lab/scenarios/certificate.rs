//! Certificates of mail servers (RFC 5280, RFC 9525). The TLSA records fit each of them, so that
//! DANE with usage 3 holds where PKIX does not (RFC 7672 §3.1.1).

use super::super::leaf::{Crl, Leaf, Staple};
use super::super::scenario::{Group, Scenario};
use super::super::server::Keys;
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
    certificate(
        "cert-no-signing.test",
        "Certificate whose key may not sign",
        "The key usage is keyEncipherment alone, and the handshake is signed with it (RFC 5280 §4.2.1.3).",
        |z| leaf(z, Leaf::WithoutDigitalSignature),
    ),
    certificate(
        "cert-client-only.test",
        "Certificate for clients",
        "The extended key usage is clientAuth alone (RFC 5280 §4.2.1.12). Not authenticated.",
        |z| leaf(z, Leaf::WithoutServerAuth),
    ),
    certificate(
        "cert-authority.test",
        "Certificate that may issue others",
        "The server's own certificate is one of an authority (RFC 5280 §4.2.1.9): who has its key can issue for any name.",
        |z| leaf(z, Leaf::Authority),
    ),
    certificate(
        "cert-900-days.test",
        "Certificate for 900 days",
        "Valid for much longer than authorities may issue today (CA/Browser Forum BR §6.3.2); the time itself is right (RFC 5280 §4.1.2.5).",
        |z| leaf(z, Leaf::LongLived),
    ),
    certificate(
        "cert-wrong-order.test",
        "Chain in the wrong order",
        "The root stands between leaf and intermediate; TLS 1.2 wants each to certify the one before (RFC 5246 §7.4.2), TLS 1.3 advises it (RFC 8446 §4.4.2). A path can be built.",
        |z| leaf(z, Leaf::WrongOrder),
    ),
    certificate(
        "cert-with-root.test",
        "Root sent along",
        "The root stands at the end of the chain, which is allowed and of no use (RFC 8446 §4.4.2). Must pass.",
        |z| leaf(z, Leaf::WithRoot),
    ),
    certificate(
        "cert-sha1.test",
        "Certificate signed with SHA-1",
        "Its signature is by ECDSA with SHA-1, which must not be used (RFC 9325 §4.5). Not authenticated; with DANE usage 3 no signature counts.",
        |z| leaf(z, Leaf::Sha1),
    ),
    certificate(
        "cert-rsa.test",
        "Certificate with an RSA key",
        "RSA with 2048 bits in place of ECDSA (RFC 9325 §4.5). Must pass.",
        |z| z.own_server().keys = Keys::Rsa,
    ),
    certificate(
        "cert-dual.test",
        "Certificates with RSA and ECDSA keys",
        "Which one is shown depends on what the sender takes; the TLSA records fit both (RFC 7671 §8). Must pass.",
        |z| {
            let server = z.own_server();
            server.keys = Keys::Both;
            server.tlsa = &["3 1 1 leaf", "3 1 1 rsa"];
        },
    ),
    certificate(
        "cert-dual-one-tlsa.test",
        "Two certificates, TLSA for one of them",
        "Senders that take RSA only see a certificate that no TLSA record fits (RFC 7671 §8). Must fail where both are looked at.",
        |z| z.own_server().keys = Keys::Both,
    ),
    certificate(
        "cert-two-addresses.test",
        "Another certificate at the second address",
        "IPv4 and IPv6 show different certificates for different keys, both good; TLSA names the authority (RFC 7672 §3.1.2). Must pass.",
        |z| {
            let server = z.own_server();
            server.leaf_v6 = Some(Leaf::Good);
            server.tlsa = &["2 1 1 issuer", "3 1 1 next"];
        },
    ),
    certificate(
        "cert-one-address-expired.test",
        "Expired certificate at the second address",
        "Over IPv6 the server shows a certificate that has ended (RFC 5280 §4.1.2.5). Not authenticated there; DANE does not fit there either.",
        |z| z.own_server().leaf_v6 = Some(Leaf::Expired),
    ),
    certificate(
        "cert-crl-good.test",
        "Certificate that is on no revocation list",
        "It says where revocations are listed, and it is not on that list (RFC 5280 §4.2.1.13). Must pass.",
        |z| z.own_server().crl = Crl::Good,
    ),
    certificate(
        "cert-crl-revoked.test",
        "Certificate on the revocation list",
        "It stands on the list that it points at (RFC 5280 §5.3). Must fail where lists are fetched.",
        |z| z.own_server().crl = Crl::Revoked,
    ),
    certificate(
        "cert-crl-stale.test",
        "Revocation list that was not renewed",
        "The next list was due yesterday (RFC 5280 §5.1.2.5): unknown whether it is revoked.",
        |z| z.own_server().crl = Crl::Stale,
    ),
    certificate(
        "cert-crl-gone.test",
        "Revocation list that is not there",
        "The address of the list answers 404 (RFC 5280 §4.2.1.13): unknown whether it is revoked.",
        |z| z.own_server().crl = Crl::Gone,
    ),
];
