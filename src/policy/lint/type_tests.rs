//! What the types of facts show to be wrong in a rule, and where nothing is said.

use super::tests::{clean, faults_of, finds, in_body, told};
use crate::policy::check;
use crate::policy::facts_for_tests::{baseline, rule, source};

/// Bodies that read a fact which does not exist, and where.
const UNKNOWN: &[(&str, &str)] = &[
    ("require mail.dmarc.recrod.present else \"m\";", "recrod"),
    ("require mail.dmarc.record.testng else \"m\";", "testng"),
    (
        "require mail.dmarc.record.value.testng else \"m\";",
        "testng",
    ),
    ("require mail.dmarc.present else \"m\";", "present"),
    (
        "require mail.mx.null_mx else `${mail.mx.recrods.len()}`;",
        "recrods",
    ),
    (
        "each(mail.mx.hosts, |host| { require host.hots != \"\" else \"m\"; });",
        "hots",
    ),
    (
        "require mail.mx.hosts.all(|host| host.dan.verdict == \"valid\") else \"m\";",
        "dan.",
    ),
    (
        "require mail.mx.hosts.filter(|host| host.a.present).any(|host| host.aaa.present) else \"m\";",
        "aaa.",
    ),
    (
        "require mail.mx.hosts.map(|host| host.dane).any(|dane| dane.verdct == \"valid\") else \"m\";",
        "verdct",
    ),
    (
        "for host in mail.mx.hosts { require host.tlsaa.present else \"m\"; }",
        "tlsaa",
    ),
    (
        "for host in mail.mx.hosts { for at in host.addresses { require at.ipp != \"\" else \"m\"; } }",
        "ipp",
    ),
    (
        "require mail.mx.hosts[0].hostt != \"\" else \"m\";",
        "hostt",
    ),
    (
        "require mail.mx.hosts[0].addresses[0].sesion.present else \"m\";",
        "sesion",
    ),
    (
        "require mail[\"dmarc\"].recrod.present else \"m\";",
        "recrod",
    ),
    (
        "require mail[\"dmrc\"].record.present else \"m\";",
        "\"dmrc\"",
    ),
    (
        "let dmarc = mail.dmarc; require dmarc.recrod.present else \"m\";",
        "recrod",
    ),
    (
        "let one = if mail.mx.null_mx { mail.spf } else { return; }; require one.recrod.present else \"m\";",
        "recrod",
    ),
    (
        "let limit = 3; require mail.mx.hosts.count(|host| host.prefernce > limit) == 0 else \"m\";",
        "prefernce",
    ),
    (
        "require mail.mx.hosts.first().hostt != \"\" else \"m\";",
        "hostt",
    ),
    (
        "require mail.dmarc.record.opt(\"spp\", \"none\") != \"none\" else \"m\";",
        "\"spp\"",
    ),
    (
        "require mail.dmarc.record.has(\"spp\") else \"m\";",
        "\"spp\"",
    ),
    ("require known(mail.dmarc.recrod) else \"m\";", "recrod"),
    (
        "each_or(mail.mx.hosts, |host| { require host.host != \"\" else \"m\"; }, || { require mail.mx.nul_mx else \"m\"; });",
        "nul_mx",
    ),
    (
        "require mail.mx.records.dnssec.stat == \"secure\" else \"m\";",
        "stat ",
    ),
    (
        "require mail.mx.records.value.first().exchang != \"\" else \"m\";",
        "exchang",
    ),
];

#[test]
fn facts_that_do_not_exist_are_found_wherever_they_are_read() {
    for (body, at) in UNKNOWN {
        finds(body, "unknown-fact", at);
    }
}

#[test]
fn facts_are_followed_into_helper_functions_and_back() {
    let helpers = "fn walk(mail) { mail.dmarc }\nfn tested(record) { record.testng }\n";
    let body =
        "require tested(walk(mail).record) && want.limit > 0 && want.policy != \"\" else \"m\";";
    let faults = faults_of(&format!("{helpers}{}", rule("r", body)));
    assert_eq!(told(&faults), [("unknown-fact", "testng }".to_owned())]);
    assert_eq!(faults[0].help, "did you mean `testing`?");
    assert_eq!(faults[0].message, "there is no fact `record.testng`");
    let when = rule(
        "r",
        "require want.limit > 0 && want.policy != mail.schema else \"m\";",
    )
    .replace(
        "params:",
        "when: |mail| mail.mx.recives.value, applies: \"a\", params:",
    );
    assert_eq!(told(&faults_of(&when))[0].0, "unknown-fact");
}

#[test]
fn what_observations_and_answers_have_is_no_fault() {
    for body in [
        "require mail.dmarc.record.present && mail.dmarc.record.state == \"present\" else mail.dmarc.record.detail;",
        "require mail.dmarc.record.absent || mail.dmarc.record.cause == \"\" else mail.dmarc.record.proof;",
        "require mail.mx.records.proof == \"\" || mail.mx.records.proof == \"nxdomain\" else \"m\";",
        "require mail.mx.records.name != \"\" && mail.mx.records.type == \"MX\" && mail.mx.records.aliases.is_empty() else \"m\";",
        "require mail.mx.records.len() == 1 && mail.mx.records[0].exchange != \"\" else \"m\";",
        "require mail.mx.receives.value else \"m\";",
        "require mail.dmarc.record.p == mail.dmarc.record.value.p else \"m\";",
        "for record in mail.mx.records { require record.exchange.len() > 0 else \"m\"; }",
        "require mail.zone.rrsets.filter(|set| set.dnssec.has(\"algorithm\")).count(|set| set.dnssec.algorithm == \"8\") == 0 else \"m\";",
    ] {
        clean(body);
    }
}

#[test]
fn where_a_type_cannot_be_told_nothing_is_said() {
    for body in [
        "let o = #{ a: 1 }; require o.b == 1 else \"m\";",
        "let x = [mail.dmarc, mail.spf]; require x[0].record.nowhere else \"m\";",
        "let x = mail.dmarc; x = mail.spf; require x.nowhere else \"m\";",
        "let x = if mail.mx.null_mx { mail.spf } else { mail.dmarc }; require x.evaluation.lookups > 1 else \"m\";",
        "let x = mail.dmarc.record; if x.has(\"novel\") { require x.novel == 1 else \"m\"; } require mail.spf.opt(\"type99\", 1) != \"\" else \"m\";",
    ] {
        let faults = in_body(body);
        let about_reading = ["unknown-fact", "member-of-scalar"];
        let wrong = faults.iter().filter(|fault| {
            about_reading.contains(&fault.lint) && !fault.source_line.contains("novel")
        });
        assert_eq!(wrong.count(), 0, "{body}\n{faults:#?}");
    }
}

/// Bodies that take values for another kind: the lint, and where.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "require mail.schema.length > 1 else \"m\";",
        "member-of-scalar",
        "length",
    ),
    (
        "require mail.spf.evaluation.lookups.value > 1 else \"m\";",
        "member-of-scalar",
        "value",
    ),
    (
        "require mail.mx.hosts.host != \"\" else \"m\";",
        "member-of-scalar",
        "host ",
    ),
    (
        "require mail.spf.evaluation.lookups == \"7\" else \"m\";",
        "unlike-comparison",
        "==",
    ),
    (
        "require mail.schema >= 1 else \"m\";",
        "unlike-comparison",
        ">=",
    ),
    (
        "require mail.dmarc.record == \"x\" else \"m\";",
        "unlike-comparison",
        "==",
    ),
    (
        "require mail.mx.null_mx > mail.mx.implicit else \"m\";",
        "unlike-comparison",
        ">",
    ),
    (
        "require want.limit == \"10\" else \"m\";",
        "unlike-comparison",
        "==",
    ),
    (
        "require mail.dmarc.effective.policy == \"rejected\" else \"m\";",
        "unknown-word",
        "\"rejected\"",
    ),
    (
        "require \"rejct\" != mail.dmarc.effective.policy else \"m\";",
        "unknown-word",
        "\"rejct\"",
    ),
    (
        "require [\"reject\", \"nome\"].contains(mail.dmarc.effective.policy) else \"m\";",
        "unknown-word",
        "\"nome\"",
    ),
    (
        "require mail.mx.hosts.all(|host| host.dane.verdict == \"fine\") else \"m\";",
        "unknown-word",
        "\"fine\"",
    ),
    (
        "require mail.mx.records.proof != \"nxdomian\" else \"m\";",
        "unknown-word",
        "\"nxdomian\"",
    ),
    (
        "require mail.dmarc.effective.policy.at_least(\"rejct\") else \"m\";",
        "unordered-word",
        "\"rejct\"",
    ),
    (
        "require mail.dmarc.effective.policy.at_least(\"TLSv1.2\") else \"m\";",
        "unordered-word",
        "\"TLSv1.2\"",
    ),
    (
        "require mail.dmarc.record else \"m\";",
        "condition-not-boolean",
        "mail.dmarc.record",
    ),
    (
        "if mail.mx.receives { require mail.mx.null_mx else \"m\"; }",
        "condition-not-boolean",
        "mail.mx.receives",
    ),
    (
        "require !mail.spf.record || mail.mx.null_mx else \"m\";",
        "condition-not-boolean",
        "mail.spf.record",
    ),
    (
        "each(mail.dmarc.effective.policy, |one| { require one != \"\" else \"m\"; });",
        "not-a-list",
        "each",
    ),
    (
        "for one in mail.dmarc { require one != \"\" else \"m\"; }",
        "not-a-list",
        "mail.dmarc",
    ),
    (
        "require mail.spf.evaluation.lookups.starts_with(\"7\") else \"m\";",
        "wrong-type",
        "starts_with",
    ),
    (
        "require mail.mta_sts.mode.at_least(\"enforce\") else \"m\";",
        "wrong-type",
        "at_least",
    ),
    (
        "require want.lmit > 3 else \"m\";",
        "unknown-parameter",
        "lmit",
    ),
    (
        "require \"${mail.schema}\" != mail.schema else \"m\";",
        "text-not-interpolated",
        "\"${",
    ),
    (
        "require mail.schema.lenn() > 1 else \"m\";",
        "unknown-function",
        "lenn",
    ),
    (
        "require mail.schema.len(1) > 1 else \"m\";",
        "wrong-number-of-arguments",
        "len",
    ),
];

#[test]
fn values_of_the_wrong_kind_are_found() {
    for (body, lint, at) in WRONG {
        finds(body, lint, at);
    }
}

#[test]
fn a_word_of_no_order_is_found_in_the_default_of_a_parameter() {
    let text = rule(
        "r",
        "require want.limit > 0 && mail.dmarc.effective.policy.at_least(want.policy) else \"m\";",
    );
    assert!(faults_of(&text).is_empty());
    let faults = faults_of(&text.replace("\"quarantine\"", "\"quarantined\""));
    assert_eq!(told(&faults)[0].0, "unordered-word", "{faults:#?}");
    assert_eq!(faults[0].help, "did you mean `quarantine`?");
    let lines =
        baseline("must(\"r\", #{ policy: \"reject\" });\nmust(\"r\", #{ policy: \"rejct\" });");
    let set = check(&source(&[
        ("rules/r.rhai", &text),
        ("baselines/b.rhai", &lines),
    ]));
    assert_eq!(
        told(&set),
        [("unordered-word", "policy: \"rejct\" });".to_owned())]
    );
    assert_eq!(set[0].help, "did you mean `reject`?");
}
