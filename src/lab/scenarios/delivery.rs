//! Providers that deliver: what their messages show, and what they insist on at others.

use super::super::delivery::{Manner, Sender, Signing, Source};
use super::super::scenario::{Group, Scenario};
use super::super::setup::Setup;

const fn delivery(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Delivery, domain, title, plays, change).giving(&["s1", "e1"])
}

const GOOD: Sender = Sender::GOOD;

pub(crate) const ALL: &[Scenario] = &[
    delivery(
        "delivers-well.test",
        "Delivers as one should",
        "Its message comes over TLS from a listed address, signed by RSA and Ed25519 in its own name; it refuses servers that do not fit their TLSA records or MTA-STS policy (RFC 7672 §2.2, RFC 8461 §5, RFC 9989 §5.1).",
        |z| {
            z.delivers(Sender {
                probed: true,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-opportunistic.test",
        "Takes any certificate of anyone",
        "It uses TLS where it is offered and looks at no certificate, so that whoever is in between reads along (RFC 7435 §3).",
        |z| {
            z.delivers(Sender {
                manner: Manner::Opportunistic,
                probed: true,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-with-dane.test",
        "Holds others to DANE and not to MTA-STS",
        "A server that does not fit its TLSA records gets nothing, one that does not fit its policy gets the message (RFC 7672 §2.2).",
        |z| {
            z.delivers(Sender {
                manner: Manner::Dane,
                probed: true,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-to-valid-certificates.test",
        "Delivers to valid certificates only",
        "Nothing goes to a server whose certificate no public authority vouches for, DANE or not, and nothing in clear text (RFC 3207 §4.1).",
        |z| {
            z.delivers(Sender {
                manner: Manner::Validated,
                probed: true,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-in-clear.test",
        "Delivers in clear text",
        "Its servers do not use STARTTLS though it is offered: everybody on the way reads along (RFC 3207 §1).",
        |z| {
            z.delivers(Sender {
                manner: Manner::Clear,
                probed: true,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-unsigned.test",
        "Publishes keys and signs nothing",
        "The keys are published and the message has no signature; SPF alone makes DMARC pass (RFC 6376 §6.1, RFC 9989 §5.1).",
        |z| {
            z.delivers(Sender {
                signing: Signing::None,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-altered.test",
        "Changes what it has signed",
        "A footer is added behind the signature, so that the body hash differs (RFC 6376 §6.1.3). Must fail.",
        |z| {
            z.delivers(Sender {
                signing: Signing::Altered,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-from-stranger.test",
        "Delivers from an address that is not listed",
        "SPF says fail for the address that delivers; the signature carries DMARC alone (RFC 7208 §8.4).",
        |z| {
            z.delivers(Sender {
                source: Source::Stranger,
                signing: Signing::Rsa,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-softfail.test",
        "Delivers from an address that is half listed",
        "SPF says softfail for the address that delivers, which MECSA counts as valid and DMARC does not (RFC 7208 §8.5).",
        |z| {
            z.txt("@", "v=spf1 mx ~all");
            z.delivers(Sender {
                source: Source::Stranger,
                signing: Signing::Rsa,
                ..GOOD
            });
        },
    ),
    delivery(
        "delivers-unaligned.test",
        "Authenticates in the name of others",
        "SPF and DKIM pass, both in the name of another organisation: DMARC fails (RFC 9989 §4.4).",
        |z| {
            z.delivers(Sender {
                signing: Signing::As("delivers-well.test"),
                bounces: Some("delivers-well.test"),
                ..GOOD
            });
        },
    ),
];
