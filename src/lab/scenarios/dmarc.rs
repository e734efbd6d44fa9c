//! DMARC: weak policies, records that do not count, and where the tree walk leads (RFC 9989).

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Quirk, Setup};

const fn dmarc(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Dmarc, domain, title, plays, change)
}

/// Publishes a record with the domain's own report address behind these tags.
fn record(z: &mut Setup, tags: &str) {
    let text = format!("{tags}; rua=mailto:dmarc@{}", z.domain);
    z.txt("_dmarc", &text);
}

pub(crate) const ALL: &[Scenario] = &[
    dmarc(
        "dmarc-missing.test",
        "No DMARC record",
        "Neither the domain nor the one above publishes a record: receivers are asked for nothing (RFC 9989 §4.10.1).",
        |z| z.remove("_dmarc"),
    ),
    dmarc(
        "dmarc-none.test",
        "DMARC that only watches",
        "`p=none` asks receivers to do nothing (RFC 9989 §4.7).",
        |z| record(z, "v=DMARC1; p=none"),
    ),
    dmarc(
        "dmarc-quarantine.test",
        "DMARC quarantine",
        "`p=quarantine`: mail that fails is suspicious, not turned away (RFC 9989 §4.7).",
        |z| record(z, "v=DMARC1; p=quarantine"),
    ),
    dmarc(
        "dmarc-spaces.test",
        "DMARC with spaces around =",
        "`p = reject` is legal; the policy is reject (RFC 9989 §4.8).",
        |z| record(z, "v=DMARC1 ; p = reject "),
    ),
    dmarc(
        "dmarc-case.test",
        "DMARC policy in mixed case",
        "`p=Reject` is the policy reject; the grammar's words know no case (RFC 9989 §4.8).",
        |z| record(z, "v=DMARC1; p=Reject"),
    ),
    dmarc(
        "dmarc-two.test",
        "Two DMARC records",
        "Both are set aside at this name, and the walk finds nothing above: no policy (RFC 9989 §4.10).",
        |z| z.also_txt("_dmarc", "v=DMARC1; p=quarantine"),
    ),
    dmarc(
        "dmarc-other-txt.test",
        "Foreign TXT beside the DMARC record",
        "A TXT record that is not DMARC is ignored, the policy is reject (RFC 9989 §4.10). Must pass.",
        |z| z.also_txt("_dmarc", "verification=0123456789abcdef"),
    ),
    dmarc(
        "dmarc-test-mode.test",
        "DMARC in test mode",
        "`p=reject; t=y`: receivers apply one level less, quarantine (RFC 9989 §4.7).",
        |z| record(z, "v=DMARC1; p=reject; t=y"),
    ),
    dmarc(
        "dmarc-no-rua.test",
        "DMARC without report address",
        "The policy is reject, but the owner sees nothing of what happens in the domain's name (RFC 9989 §4.7).",
        |z| z.txt("_dmarc", "v=DMARC1; p=reject"),
    ),
    dmarc(
        "dmarc-no-policy.test",
        "DMARC without p=, with rua=",
        "With an address for reports, a record without policy counts as `p=none` (RFC 9989 §4.10.1).",
        |z| record(z, "v=DMARC1"),
    ),
    dmarc(
        "dmarc-nothing-in-it.test",
        "DMARC without p= and rua=",
        "Without policy and address the record does not count: no policy (RFC 9989 §4.10.1).",
        |z| z.txt("_dmarc", "v=DMARC1; adkim=s"),
    ),
    dmarc(
        "dmarc-version-late.test",
        "DMARC whose version is not first",
        "`v=DMARC1` must be the first tag; else it is no DMARC record (RFC 9989 §4.7).",
        |z| z.txt("_dmarc", "p=reject; v=DMARC1"),
    ),
    dmarc(
        "dmarc-duplicate-tag.test",
        "DMARC with p= twice",
        "A tag list with a tag twice is not valid (RFC 6376 §3.2 by RFC 9989 §4.7). Must fail.",
        |z| record(z, "v=DMARC1; p=reject; p=none"),
    ),
    dmarc(
        "dmarc-weak-subdomains.test",
        "DMARC that leaves sub-domains open",
        "`sp=none`: anyone may write in the name of any sub-domain (RFC 9989 §4.7).",
        |z| record(z, "v=DMARC1; p=reject; sp=none"),
    ),
    dmarc(
        "dmarc-pct.test",
        "DMARC with a percentage",
        "`pct=20` was removed: new receivers ignore it, older ones apply the policy to a fifth (RFC 9989 §4.7, RFC 7489 §6.3).",
        |z| record(z, "v=DMARC1; p=reject; pct=20"),
    ),
    dmarc(
        "dmarc-rua-elsewhere.test",
        "Reports to another organisation that agrees",
        "The receiver of reports publishes its consent for this domain (RFC 9990 §4). Must pass.",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test",
            );
        },
    ),
    dmarc(
        "dmarc-rua-refused.test",
        "Reports to another organisation without consent",
        "`dmarc-rua-refused.test._report._dmarc.reports.test` does not exist: reporters send nothing (RFC 9990 §4).",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test",
            );
        },
    ),
    dmarc(
        "dmarc-rua-wildcard.test",
        "Reports to a collector for everybody",
        "The collector agrees by a wildcard, whose record names another address at the same domain (RFC 9990 §4, RFC 4592). Must pass.",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@collector.test",
            );
        },
    ),
    dmarc(
        "dmarc-rua-alias.test",
        "Consent to reports behind an alias",
        "The name with the consent is an alias, which is followed; a semicolon behind `v=DMARC1` changes nothing (RFC 9990 §4). Must pass.",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test",
            );
        },
    ),
    dmarc(
        "dmarc-rua-servfail.test",
        "Consent to reports that cannot be asked",
        "The servers fail for the name with the consent: whether reports are sent is unknown (RFC 9990 §4).",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test",
            );
        },
    ),
    dmarc(
        "dmarc-rua-no-mail.test",
        "Reports to a name without mail servers",
        "The address lies in the own organisation, so that no consent is needed, but its domain does not exist: reports bounce (RFC 9990 §4, RFC 5321 §5.1).",
        |z| {
            z.txt(
                "_dmarc",
                "v=DMARC1; p=reject; rua=mailto:dmarc@reports.dmarc-rua-no-mail.test",
            );
        },
    ),
    dmarc(
        "dmarc-at-apex.test",
        "DMARC record at the domain itself",
        "The record stands beside SPF and not at `_dmarc`: no receiver sees it (RFC 9989 §4.10). Must fail.",
        |z| {
            z.remove("_dmarc");
            z.also_txt(
                "@",
                "v=DMARC1; p=reject; rua=mailto:dmarc@dmarc-at-apex.test",
            );
        },
    ),
    dmarc(
        "dmarc-doubled.test",
        "DMARC record with the domain twice",
        "The editor of the zone added the domain once more: `_dmarc.dmarc-doubled.test.dmarc-doubled.test` is not looked at (RFC 9989 §4.10). Must fail.",
        |z| {
            z.remove("_dmarc");
            z.txt("_dmarc.dmarc-doubled.test", "v=DMARC1; p=reject");
        },
    ),
    dmarc(
        "dmarc-nonexistent-open.test",
        "DMARC that leaves missing sub-domains open",
        "`np=none`: anyone may write in the name of sub-domains that do not exist, to receivers that know `np` (RFC 9989 §4.7).",
        |z| record(z, "v=DMARC1; p=reject; np=none"),
    ),
    dmarc(
        "dmarc-claims-suffix.test",
        "Ordinary domain that claims to be a registry",
        "`psd=y` is for public suffixes; failure reports are then not sent either (RFC 9989 §4.7).",
        |z| {
            record(
                z,
                "v=DMARC1; p=reject; psd=y; ruf=mailto:failures@dmarc-claims-suffix.test",
            );
        },
    ),
    dmarc(
        "dmarc-alias.test",
        "DMARC record at the provider",
        "`_dmarc` is an alias of a name at the provider, which is followed (RFC 1034 §3.6.2). Must pass.",
        |z| z.cname("_dmarc", "_dmarc-of-customers.provider.test."),
    ),
    dmarc(
        "dmarc-servfail.test",
        "DMARC that cannot be asked",
        "The servers fail for `_dmarc`: unknown, not missing (RFC 9989 §4.10.1).",
        |z| z.quirk("_dmarc", Quirk::Servfail),
    ),
    dmarc(
        "agency.gov.example",
        "Policy of a public suffix",
        "No record of its own; the public suffix above says `psd=y; p=reject`, which holds, and this domain is the organisational one (RFC 9989 §4.10.2).",
        |z| z.remove("_dmarc"),
    ),
    dmarc(
        "unit.corp.example",
        "Unit that is an organisation of its own",
        "`psd=n` ends the walk here: the unit is its own organisational domain, though there is a record above (RFC 9989 §4.10.2).",
        |z| record(z, "v=DMARC1; p=quarantine; psd=n"),
    ),
    dmarc(
        "two.corp.example",
        "Two records below a record",
        "Receivers that follow RFC 9989 set both aside and take the record above; such that follow RFC 7489 §6.6.3 stop here, without a policy.",
        |z| z.also_txt("_dmarc", "v=DMARC1; p=none"),
    ),
];
