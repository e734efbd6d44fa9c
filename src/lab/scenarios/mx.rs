//! Where mail goes: no MX, null MX, MX that lead nowhere, hosts that do not answer (RFC 5321 §5.1).

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Data, SHARED_MX, Setup};
use super::super::smtp::Reach;
use std::net::Ipv4Addr;

const fn mx(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Mx, domain, title, plays, change)
}

/// Leaves only what a domain without mail should have: SPF that lets nobody in and DMARC reject.
fn parked(z: &mut Setup) {
    let dmarc = format!("v=DMARC1; p=reject; rua=mailto:dmarc@{}", z.domain);
    z.no_mail();
    z.txt("@", "v=spf1 -all");
    z.txt("_dmarc", &dmarc);
}

pub(crate) const ALL: &[Scenario] = &[
    mx(
        "null-mx.test",
        "Takes no mail and says so",
        "`MX 0 .` alone: the domain accepts no mail, everything about receiving is not applicable; SPF and DMARC still are (RFC 7505 §3).",
        |z| {
            parked(z);
            z.mx(&[(0, ".")]);
        },
    )
    .giving(&[]),
    mx(
        "null-mx-and-more.test",
        "Null MX beside a real one",
        "`MX 0 .` must be the only one; what senders do differs (RFC 7505 §3). Must fail.",
        |z| z.mx(&[(0, "."), (10, SHARED_MX[0])]),
    ),
    mx(
        "no-mail.test",
        "No MX and no address",
        "There is nowhere to deliver to: receiving is not applicable (RFC 5321 §5.1). A null MX would say so at once.",
        parked,
    )
    .giving(&[]),
    mx(
        "implicit-mx.test",
        "No MX, but an address",
        "Without MX records mail goes to the domain's own address (RFC 5321 §5.1): that host must be looked at, under the domain's name.",
        |z| {
            z.mx(&[]);
            z.server("@");
            z.policy_mx = Some(&["implicit-mx.test"]);
        },
    ),
    mx(
        "mx-alias.test",
        "MX that is an alias",
        "The MX host is a CNAME, which RFC 2181 §10.3 forbids; mail mostly arrives. The fault is shown and the target looked at all the same.",
        |z| {
            z.mx(&[(10, "mx")]);
            z.cname("mx", SHARED_MX[0]);
            z.policy_mx = Some(&["mx.mx-alias.test", "mx1.mail.test"]);
        },
    ),
    mx(
        "mx-dangling.test",
        "One MX host does not exist",
        "The second host has no address: unusable, the first takes the mail (RFC 5321 §5.1).",
        |z| z.mx(&[(10, SHARED_MX[0]), (20, "gone")]),
    ),
    mx(
        "mx-all-dangling.test",
        "No MX host exists",
        "MX records are there and none of the hosts has an address: mail cannot be delivered (RFC 5321 §5.1). Must fail.",
        |z| z.mx(&[(10, "gone"), (20, "gone-too")]),
    ),
    mx(
        "mx-literal.test",
        "MX that is an address",
        "The host is the text `192.0.2.1`, a name that does not exist; an MX cannot be an address (RFC 1035 §3.3.9). Must fail.",
        |z| z.mx(&[(10, "192.0.2.1.")]),
    ),
    mx(
        "mx-private.test",
        "MX host with a private address",
        "10.0.0.25 is not reachable from outside (RFC 6890 §2.2.2). Must fail, and must not be connected to.",
        |z| {
            z.mx(&[(10, "mx1")]);
            z.push("mx1", Data::A(Ipv4Addr::new(10, 0, 0, 25)));
        },
    ),
    mx(
        "mx-unreachable.test",
        "MX host that nothing reaches",
        "No route to the host: unknown at first, never `no STARTTLS` (RFC 5321 §4.5.4.1).",
        |z| z.own_server().posture.reach = Reach::Unreachable,
    ),
    mx(
        "mx-refused.test",
        "MX host with port 25 closed",
        "The host is there and refuses connections: no mail server (RFC 5321 §3.1).",
        |z| z.own_server().posture.reach = Reach::Refused,
    ),
    mx(
        "mx-one-refused.test",
        "One of two MX hosts is closed",
        "The first host refuses connections, the second is fine: mail arrives, one server cannot be judged (RFC 5321 §5.1).",
        |z| {
            z.mx(&[(10, "mx1"), (20, "mx2")]);
            z.server("mx1").posture.reach = Reach::Refused;
            z.server("mx2");
        },
    ),
    mx(
        "mx-same-preference.test",
        "Two MX hosts side by side",
        "Both have the same preference, so that either may be taken (RFC 5321 §5.1). Must pass.",
        |z| z.mx(&[(10, SHARED_MX[0]), (10, SHARED_MX[1])]),
    ),
    mx(
        "null-mx-preference.test",
        "Null MX with a preference",
        "`MX 10 .` is a null MX that should have preference 0 (RFC 7505 §3): the domain takes no mail, the blemish is shown.",
        |z| {
            parked(z);
            z.mx(&[(10, ".")]);
        },
    )
    .giving(&[]),
    mx(
        "mx-localhost.test",
        "MX that is localhost",
        "Every sender takes `localhost` for itself (RFC 6761 §6.3), and no sender finds a server. Must fail.",
        |z| z.mx(&[(10, "localhost.")]),
    ),
    mx(
        "mx-loopback.test",
        "MX host with a loopback address",
        "127.0.0.1 is the sender itself (RFC 6890 §2.2.2). Must fail, and must not be connected to.",
        |z| {
            z.mx(&[(10, "mx1")]);
            z.push("mx1", Data::A(Ipv4Addr::LOCALHOST));
        },
    ),
    mx(
        "mx-duplicate.test",
        "MX host listed twice",
        "The same host under two preferences: the better one counts (RFC 5321 §5.1). It is visited once, and the leftover is shown.",
        |z| z.mx(&[(10, SHARED_MX[0]), (20, SHARED_MX[1]), (30, SHARED_MX[0])]),
    ),
    mx(
        "mx-many.test",
        "More MX hosts than are looked at",
        "Two servers that work and twenty names that do not exist. Only the first sixteen are looked at, and the cut is declared, not silent (RFC 5321 §5.1).",
        |z| {
            for number in 0..20 {
                let host = format!("gone-{number}.mx-many.test.");
                z.push("@", Data::Mx(30, host));
            }
        },
    ),
];
