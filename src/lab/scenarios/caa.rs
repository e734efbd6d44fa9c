//! Who may issue certificates for the names of a domain (RFC 8659). The policy host of each domain has a
//! certificate of the lab's authority, which goes by `ca.mail.test` in CAA records.

use super::super::leaf::Leaf;
use super::super::scenario::{Group, Scenario};
use super::super::setup::{Data, Quirk, Setup};

const fn caa(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Caa, domain, title, plays, change)
}

/// The authority of the lab.
const OWN: &str = "ca.mail.test";

pub(crate) const ALL: &[Scenario] = &[
    caa(
        "caa-sound.test",
        "CAA names the authority in use",
        "The policy host is found by climbing to the domain, whose `issue` names the authority of its certificate (RFC 8659 §3). Must pass.",
        |z| {
            z.push("@", Data::caa(0, "issue", OWN));
            z.push("@", Data::caa(0, "issuewild", ";"));
            z.push("@", Data::caa(0, "iodef", "mailto:security@caa-sound.test"));
        },
    ),
    caa(
        "caa-other-issuer.test",
        "CAA names another authority",
        "The certificate of the policy host could not be renewed: its authority is not named (RFC 8659 §4.2).",
        |z| z.push("@", Data::caa(0, "issue", "letsencrypt.org")),
    ),
    caa(
        "caa-nobody.test",
        "CAA forbids all certificates",
        "`issue \";\"` lets nobody issue (RFC 8659 §4.2), and yet the policy host shows a certificate.",
        |z| z.push("@", Data::caa(0, "issue", ";")),
    ),
    caa(
        "caa-iodef-only.test",
        "CAA with an address for reports only",
        "Without `issue` nothing is limited (RFC 8659 §4.1): everybody may issue.",
        |z| {
            z.push(
                "@",
                Data::caa(0, "iodef", "mailto:security@caa-iodef-only.test"),
            );
        },
    ),
    caa(
        "caa-critical.test",
        "CAA with a critical property nobody knows",
        "A critical property that an authority does not know makes it refuse (RFC 8659 §4.1): no certificate can be renewed.",
        |z| {
            z.push("@", Data::caa(0, "issue", OWN));
            z.push("@", Data::caa(128, "tbs", "Unknown"));
        },
    ),
    caa(
        "caa-malformed.test",
        "CAA whose value breaks the grammar",
        "A value that does not keep to the grammar counts as one that names nobody (RFC 8659 §4.2).",
        |z| z.push("@", Data::caa(0, "issue", "https://ca.mail.test/")),
    ),
    caa(
        "caa-closer.test",
        "CAA at the host comes before CAA above it",
        "The policy host has records of its own, which count alone (RFC 8659 §3); those of the domain would forbid. Must pass.",
        |z| {
            z.push("@", Data::caa(0, "issue", ";"));
            z.push("mta-sts", Data::caa(0, "issue", OWN));
        },
    ),
    caa(
        "caa-alias.test",
        "CAA behind an alias of the host",
        "The policy host is an alias, which is followed: the records at its target count, not those above (RFC 8659 §3). Must pass.",
        |z| {
            z.push("@", Data::caa(0, "issue", ";"));
            z.cname("mta-sts", "caa-web.mail.test.");
        },
    ),
    caa(
        "caa-wildcard.test",
        "Wildcard certificate that issuewild forbids",
        "The policy host shows a wildcard certificate, and `issuewild \";\"` takes the place of `issue` for wildcards (RFC 8659 §4.3).",
        |z| {
            z.push("@", Data::caa(0, "issue", OWN));
            z.push("@", Data::caa(0, "issuewild", ";"));
            z.web_leaf = Leaf::Named(&["*.caa-wildcard.test"]);
        },
    ),
    caa(
        "caa-servfail.test",
        "CAA that cannot be looked up",
        "The question gets no answer: authorities refuse, and nothing is known of the records (RFC 8659 §3). Unknown, not a failure.",
        |z| z.quirk("mta-sts", Quirk::ServfailCaa),
    ),
];
