//! Zones: wildcards, which answer for names that nobody published (RFC 4592), and servers that differ.

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Data, Setup};

const fn zone(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Zone, domain, title, plays, change)
}

pub(crate) const ALL: &[Scenario] = &[
    zone(
        "wildcard-spf.test",
        "SPF text by wildcard, no DMARC",
        "`*` has an SPF record, which answers at `_dmarc` and `_smtp._tls` too: an answer there is no DMARC record (RFC 4592 §2.2.1, RFC 9989 §4.10).",
        |z| {
            z.remove("_dmarc");
            z.remove("_smtp._tls");
            z.txt("*", "v=spf1 -all");
        },
    ),
    zone(
        "wildcard-spf-unsigned.test",
        "The same in a zone without DNSSEC",
        "No signature tells that a wildcard answered; the same text at a name that nobody has does (RFC 4592 §3.3.1).",
        |z| {
            z.signing = None;
            z.remove("_dmarc");
            z.txt("*", "v=spf1 -all");
        },
    ),
    zone(
        "wildcard-dmarc.test",
        "DMARC record by wildcard",
        "The only DMARC record is the wildcard's. It has the right version tag, so receivers take it at `_dmarc` (RFC 4592 §2.2, RFC 9989 §4.10).",
        |z| {
            z.remove("_dmarc");
            z.txt(
                "*",
                "v=DMARC1; p=reject; rua=mailto:dmarc@wildcard-dmarc.test",
            );
        },
    ),
    zone(
        "servers-disagree.test",
        "Name server with an old version",
        "One of the servers has one MX record less and the serial before: whom a sender asks is chance (RFC 1034 §4.3.5). Seen with `--probe deep`.",
        |z| z.name_servers = &["ns1", "ns-stale"],
    ),
    zone(
        "servers-lame.test",
        "Name server without the zone",
        "One of the servers refuses every question about the zone that is delegated to it (RFC 9499 §7). Seen with `--probe deep`.",
        |z| z.name_servers = &["ns1", "ns-lame", "ns2"],
    ),
    zone(
        "servers-silent.test",
        "Name server that says nothing",
        "One of the servers does not answer from here: what it would say is unknown (RFC 1034 §4.3.5). Seen with `--probe deep`.",
        |z| z.name_servers = &["ns1", "ns-silent", "ns2"],
    ),
    zone(
        "servers-one.test",
        "One name server",
        "The zone stands and falls with one address; two are the least (RFC 1034 §4.1, RFC 2182 §5). Seen with `--probe deep`.",
        |z| z.name_servers = &["ns1"],
    ),
    zone(
        "wildcard-mx.test",
        "MX records by wildcard",
        "Every name below the domain that is not there takes mail, though its policies are made for the domain (RFC 4592 §2.2.1).",
        |z| z.push("*", Data::Mx(10, "mx1.mail.test.".to_owned())),
    ),
];
