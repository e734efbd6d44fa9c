//! Indicators beside the mail of a domain (BIMI). What the files are worth shows with `--probe deep` only.

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Brand, Setup};

const fn bimi(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Bimi, domain, title, plays, change)
}

/// A drawing that keeps to the profile.
const SEAL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<svg version="1.2" baseProfile="tiny-ps" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>Seal</title><rect width="64" height="64" fill="#fff"/><circle cx="32" cy="32" r="24" fill="#a00"/></svg>
"##;

/// The same with a script in it.
const SCRIPT: &str = r##"<svg version="1.2" baseProfile="tiny-ps" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>Seal</title><script>alert(document.cookie)</script><circle cx="32" cy="32" r="24" fill="#a00"/></svg>
"##;

const OWN: Brand = Brand {
    drawing: SEAL,
    named: "",
};

pub(crate) const ALL: &[Scenario] = &[
    bimi(
        "bimi-sound.test",
        "Indicator with evidence",
        "A drawing of the profile and a mark certificate for the domain that holds the same drawing (RFC 9399 §4); DMARC is reject. Must pass.",
        |z| z.brand(OWN),
    ),
    bimi(
        "news.bimi-sound.test",
        "Sub-domain that inherits the indicator",
        "Has no BIMI record; that of the organizational domain holds (BIMI draft §7.2, in the manner of RFC 7489 §6.6.3). Must pass.",
        |z| z.delegated = false,
    ),
    bimi(
        "bimi-no-evidence.test",
        "Indicator without evidence",
        "The record names no evidence document, which is allowed, though large receivers then show nothing (BIMI draft §4.3; tag list by RFC 6376 §3.2).",
        |z| {
            z.brand(OWN);
            z.txt(
                "default._bimi",
                "v=BIMI1; l=https://bimi.bimi-no-evidence.test/mark.svg",
            );
        },
    ),
    bimi(
        "bimi-http.test",
        "Indicator over HTTP",
        "Only HTTPS may carry an indicator (BIMI draft §4.3; RFC 9110 §4.2.2): the record is not valid.",
        |z| {
            z.brand(OWN);
            z.txt(
                "default._bimi",
                "v=BIMI1; l=http://bimi.bimi-http.test/mark.svg",
            );
        },
    ),
    bimi(
        "bimi-declined.test",
        "Domain that wants no indicator",
        "Empty locations say that no indicator is wanted (BIMI draft §4.3.1; tag list by RFC 6376 §3.2). The record is valid, nothing else applies.",
        |z| z.txt("default._bimi", "v=BIMI1; l=; a=;"),
    ),
    bimi(
        "bimi-two.test",
        "Two BIMI records",
        "Several records are all set aside (BIMI draft §7.2, in the manner of RFC 7489 §6.6.3). Must fail.",
        |z| {
            z.brand(OWN);
            z.also_txt("default._bimi", "v=BIMI1; l=; a=;");
        },
    ),
    bimi(
        "bimi-policy-none.test",
        "Indicator though DMARC does nothing",
        "With p=none receivers do not look at BIMI (BIMI draft §7.1; RFC 7489 §6.3).",
        |z| {
            z.brand(OWN);
            z.txt(
                "_dmarc",
                "v=DMARC1; p=none; rua=mailto:dmarc@bimi-policy-none.test",
            );
        },
    ),
    bimi(
        "bimi-script.test",
        "Indicator with a script in it",
        "The drawing would run a script in the mail program, which the profile forbids (BIMI draft §7.6; RFC 6170 §5.2).",
        |z| {
            z.brand(Brand {
                drawing: SCRIPT,
                named: "",
            });
        },
    ),
    bimi(
        "bimi-foreign-mark.test",
        "Mark certificate of another domain",
        "The evidence names `elsewhere.test`: it is no evidence for this domain (RFC 9399 §4, RFC 5280 §4.2.1.6).",
        |z| {
            z.brand(Brand {
                drawing: SEAL,
                named: "elsewhere.test",
            });
        },
    ),
];
