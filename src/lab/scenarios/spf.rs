//! SPF: policies that let too many in, and records that receivers cannot use (RFC 7208).

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Data, Setup};
use std::net::Ipv4Addr;

const fn spf(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Spf, domain, title, plays, change)
}

/// A record that includes so many others, `a1` to `aN`, each with a network.
fn includes(z: &mut Setup, count: u8) {
    let terms: Vec<String> = (1..=count)
        .map(|n| format!("include:a{n}.{}", z.domain))
        .collect();
    z.txt("@", &format!("v=spf1 {} -all", terms.join(" ")));
    for n in 1..=count {
        z.txt(&format!("a{n}"), &format!("v=spf1 ip4:192.0.2.{n} -all"));
    }
}

pub(crate) const ALL: &[Scenario] = &[
    spf(
        "spf-missing.test",
        "No SPF record",
        "The domain publishes no SPF record: the result is none (RFC 7208 §2.6.1).",
        |z| z.remove_txt("@"),
    ),
    spf(
        "spf-plus-all.test",
        "SPF lets everyone in",
        "`+all` passes for every sender, which is worse than no record (RFC 7208 §5.1). Must fail.",
        |z| z.txt("@", "v=spf1 mx +all"),
    ),
    spf(
        "spf-softfail.test",
        "SPF ends in ~all",
        "Who is not listed gets softfail: a weak statement, but a policy (RFC 7208 §8.5).",
        |z| z.txt("@", "v=spf1 mx ~all"),
    ),
    spf(
        "spf-neutral.test",
        "SPF ends in ?all",
        "Who is not listed gets neutral, as if there were no record (RFC 7208 §8.2).",
        |z| z.txt("@", "v=spf1 mx ?all"),
    ),
    spf(
        "spf-no-all.test",
        "SPF without all or redirect",
        "The record just ends; who is not listed gets neutral (RFC 7208 §4.7).",
        |z| z.txt("@", "v=spf1 mx"),
    ),
    spf(
        "spf-two-records.test",
        "Two SPF records",
        "More than one record is permerror, neither the first nor the last is taken (RFC 7208 §4.5).",
        |z| z.also_txt("@", "v=spf1 ip4:192.0.2.1 -all"),
    ),
    spf(
        "spf-ten-lookups.test",
        "SPF with ten lookups",
        "Ten includes are at the limit and within it (RFC 7208 §4.6.4). Must pass.",
        |z| includes(z, 10),
    ),
    spf(
        "spf-eleven-lookups.test",
        "SPF with eleven lookups",
        "Eleven includes are one above the limit: permerror for who is matched by none of the first ten (RFC 7208 §4.6.4).",
        |z| includes(z, 11),
    ),
    spf(
        "spf-loop.test",
        "SPF that includes itself",
        "The record includes itself through another; the limit of ten lookups ends it in permerror (RFC 7208 §4.6.4).",
        |z| {
            z.txt("@", "v=spf1 include:again.spf-loop.test -all");
            z.txt("again", "v=spf1 include:spf-loop.test -all");
        },
    ),
    spf(
        "spf-include-missing.test",
        "SPF includes what is not there",
        "The included domain does not exist: permerror, not none (RFC 7208 §5.2).",
        |z| z.txt("@", "v=spf1 include:gone.spf-include-missing.test -all"),
    ),
    spf(
        "spf-redirect.test",
        "SPF by redirect",
        "The policy is the provider's, which ends in -all; that there is no `all` here is right (RFC 7208 §6.1). Must pass.",
        |z| z.txt("@", "v=spf1 redirect=_spf.provider.test"),
    ),
    spf(
        "spf-syntax.test",
        "SPF with a broken address",
        "`ip4:192.0.2.300` is no address: permerror before anything is evaluated, though `mx` stands before it (RFC 7208 §4.6).",
        |z| z.txt("@", "v=spf1 mx ip4:192.0.2.300 -all"),
    ),
    spf(
        "spf-unknown-mechanism.test",
        "SPF with a mechanism that does not exist",
        "`ipv4:` is no mechanism: permerror; an unknown modifier would be ignored (RFC 7208 §6).",
        |z| z.txt("@", "v=spf1 ipv4:192.0.2.1 moo=cow -all"),
    ),
    spf(
        "spf-temperror.test",
        "SPF includes a domain that fails",
        "The included domain answers SERVFAIL: temperror. Nobody knows whether the policy is right, so the outcome is unknown (RFC 7208 §2.6.6).",
        |z| z.txt("@", "v=spf1 include:_spf-broken.provider.test -all"),
    ),
    spf(
        "spf-void-lookups.test",
        "SPF with three void lookups",
        "Three mechanisms lead to names without records; receivers stop at the third with permerror (RFC 7208 §4.6.4).",
        |z| {
            z.txt("@", "v=spf1 a:v1.spf-void-lookups.test a:v2.spf-void-lookups.test a:v3.spf-void-lookups.test -all");
        },
    ),
    spf(
        "spf-ipv4-hosts.test",
        "SPF lists three hosts without IPv6",
        "For a sender with an IPv6 address each `a` asks for AAAA and finds nothing: the third is a permerror for all of IPv6, and for nobody else (RFC 7208 §4.6.4, §5.3).",
        |z| {
            for (name, last) in [("h1", 11), ("h2", 12), ("h3", 13)] {
                z.push(name, Data::A(Ipv4Addr::new(192, 0, 2, last)));
            }
            z.txt("@", "v=spf1 mx a:h1.spf-ipv4-hosts.test a:h2.spf-ipv4-hosts.test a:h3.spf-ipv4-hosts.test -all");
        },
    ),
    spf(
        "spf-many-servers.test",
        "SPF with an mx of eleven servers",
        "Receivers ask for the addresses of ten servers at most and answer permerror at more (RFC 7208 §4.6.4).",
        |z| {
            for n in 1..=11 {
                z.push("pool", Data::Mx(10, format!("m{n}.spf-many-servers.test.")));
            }
            z.txt("@", "v=spf1 mx:pool.spf-many-servers.test -all");
        },
    ),
    spf(
        "spf-exists-open.test",
        "SPF with an exists that always matches",
        "The name of `exists` has no macro and an address, so that the term matches every sender of the Internet (RFC 7208 §5.7). Must fail.",
        |z| z.txt("@", "v=spf1 exists:mta-sts.spf-exists-open.test -all"),
    ),
    spf(
        "spf-quoted.test",
        "SPF record in quotation marks",
        "The quotation marks were published with the text, which then is no SPF record for anyone (RFC 7208 §4.5).",
        |z| z.txt("@", "\"v=spf1 mx -all\""),
    ),
    spf(
        "spf-type-99.test",
        "A record of the type SPF beside the TXT",
        "Receivers must not ask for it; here it says something else than the policy that counts (RFC 7208 §3.1). Must pass but for a note.",
        |z| z.push("@", Data::Spf("v=spf1 +all")),
    ),
    spf(
        "spf-large-answer.test",
        "SPF among many other texts",
        "Verification tokens at the domain's own name bring the answer above 512 octets, so that it takes TCP or EDNS (RFC 7208 §3.4).",
        |z| {
            for n in 0..8 {
                z.also_txt(
                    "@",
                    &format!("service-{n}-domain-verification=1f0e3dad99908345f7439f8ffabdffc4{n}"),
                );
            }
        },
    ),
    spf(
        "spf-registrable.test",
        "SPF includes a domain that nobody holds",
        "The provider's domain has expired: whoever registers it may send for this one; until then it is a permerror (RFC 7208 §5.2, §11.4).",
        |z| z.txt("@", "v=spf1 include:_spf.expired-provider.test mx -all"),
    ),
    spf(
        "spf-wide-open.test",
        "SPF lists all of IPv4",
        "Two networks of prefix length 1 cover every IPv4 address: valid syntax, no protection (RFC 7208 §5.6).",
        |z| z.txt("@", "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"),
    ),
    spf(
        "spf-ptr.test",
        "SPF with ptr",
        "`ptr` works and should not be used: slow, unreliable, a load on reverse zones (RFC 7208 §5.5).",
        |z| z.txt("@", "v=spf1 ptr -all"),
    ),
    spf(
        "spf-macro.test",
        "SPF with a macro per sender",
        "`exists` with the sender's address is one lookup whose target nobody can ask beforehand (RFC 7208 §7.2). Must not be called broken.",
        |z| z.txt("@", "v=spf1 exists:%{ir}.%{v}.spf.spf-macro.test mx -all"),
    ),
    spf(
        "spf-split-strings.test",
        "SPF record in two strings",
        "The strings of one record are joined without a space between, here amid an address (RFC 7208 §3.3). Must pass.",
        |z| {
            z.remove_txt("@");
            let strings = [&b"v=spf1 ip4:192.0"[..], b".2.1 mx -all"];
            z.push("@", Data::Txt(strings.map(<[u8]>::to_vec).to_vec()));
        },
    ),
    spf(
        "spf-version-ten.test",
        "Something that only begins like SPF",
        "`v=spf10` is not version spf1: there is no SPF record (RFC 7208 §4.5).",
        |z| z.txt("@", "v=spf10 mx -all"),
    ),
];
