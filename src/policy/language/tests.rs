//! What the statements and observations of policies mean.

use crate::policy::facts_for_tests::{evaluated, facts, facts_with, outcome_at, outcome_of, rule};
use crate::results::outcome::Outcome;
use serde_json::json;

fn check(body: &str, outcome: Outcome, reason: &str) {
    let finding = outcome_of(body);
    assert_eq!(
        (finding.outcome, finding.reason.as_str()),
        (outcome, reason),
        "{body}"
    );
}

#[test]
fn require_ends_the_body_at_the_first_condition_that_does_not_hold() {
    check(
        "require true else \"a\";\nrequire false else \"b\";\nrequire false else \"c\";",
        Outcome::Fail,
        "b",
    );
    check(
        "if true { require false else \"a\"; }\nlet x = mail.nowhere;",
        Outcome::Fail,
        "a",
    );
    check("require true else \"a\";", Outcome::Pass, "");
    let finding = outcome_of("require true else \"a\";\n  require mail.mx.null_mx\n else \"b\";");
    assert_eq!(finding.position, "rules/r.rhai:5:11");
}

#[test]
fn a_requirement_in_a_function_of_the_file_ends_the_rule() {
    let rules = format!(
        "fn check(mail) {{ require mail.mx.null_mx else \"inside\"; }}\n{}",
        rule("r", "check(mail); require false else \"after\";")
    );
    let result = evaluated(&rules, "must(\"r\", #{});", &facts());
    assert_eq!(result.findings[0].reason, "inside");
    assert_eq!(result.findings[0].position, "rules/r.rhai:1:26");
}

#[test]
fn present_absent_and_unknown_are_three_things() {
    for (body, outcome, reason) in [
        (
            "require mail.dmarc.record.present else \"m\";",
            Outcome::Pass,
            "",
        ),
        (
            "require mail.tls_rpt.record.present else \"none\";",
            Outcome::Fail,
            "none",
        ),
        (
            "require mail.tls_rpt.record.absent else \"m\";",
            Outcome::Pass,
            "",
        ),
        (
            "require mail.spf.record.present else \"m\";",
            Outcome::Unknown,
            "servfail (the resolver failed)",
        ),
        (
            "require mail.spf.record.absent else \"m\";",
            Outcome::Unknown,
            "servfail (the resolver failed)",
        ),
        (
            "require mail.spf.record.raw == \"\" else \"m\";",
            Outcome::Unknown,
            "servfail (the resolver failed)",
        ),
        (
            "require mail.spf.evaluation.default_result.value == \"\" else \"m\";",
            Outcome::Unknown,
            "servfail",
        ),
        (
            "require mail.tls_rpt.record.raw == \"\" else \"m\";",
            Outcome::Error,
            "read inside something absent: `tls_rpt.record`; require `.present` first",
        ),
        (
            "require mail.tls_rpt.record.value == 1 else \"m\";",
            Outcome::Error,
            "read inside something absent: `tls_rpt.record`; require `.present` first",
        ),
        (
            "require false else `it is ${mail.spf.record.raw}`;",
            Outcome::Fail,
            "it does not hold; servfail (the resolver failed)",
        ),
    ] {
        check(body, outcome, reason);
    }
}

#[test]
fn what_an_answer_says_of_itself_is_read_in_any_state() {
    check(
        "let a = mail.spf.records;\n\
         require a.state == \"unknown\" && a.cause == \"servfail\" && a.detail == \"the resolver failed\" && a.proof == \"\" else \"1\";\n\
         require a.name == \"example.org\" && a.type == \"TXT\" && a.ttl_seconds == 300 && a.aliases.is_empty() else \"2\";\n\
         require a.dnssec.state == \"insecure\" else \"3\";\n\
         require mail.tls_rpt.record.proof == \"no-data\" && mail.tls_rpt.record.cause == \"\" else \"4\";\n\
         require mail.dmarc.record.state == \"present\" && mail.dmarc.record.detail == \"\" else \"5\";",
        Outcome::Pass,
        "",
    );
}

#[test]
fn members_of_a_value_are_read_through_the_observation() {
    check(
        "require mail.dmarc.record.p == mail.dmarc.record.value.p && mail.mx.receives.value else \"1\";\n\
         require mail.mx.records.len() == 2 && mail.mx.records[1].preference == 20 else \"2\";\n\
         let sum = 0; for record in mail.mx.records { sum += record.preference; }\n\
         require sum == 30 else `${sum}`;",
        Outcome::Pass,
        "",
    );
}

#[test]
fn known_asks_without_ending_the_rule() {
    check(
        "require !known(mail.spf.record) && !known(mail.spf.record.value) && !known(mail.spf.record.raw) else \"1\";\n\
         require known(mail.dmarc.record) && known(mail.tls_rpt.record) && known(mail.dmarc.domain) else \"2\";\n\
         if !known(mail.spf.record) { unknown(\"SPF is open\"); }\nrequire false else \"3\";",
        Outcome::Unknown,
        "SPF is open",
    );
    check(
        "require known(mail.nowhere) else \"m\";",
        Outcome::Error,
        "there is no fact `nowhere`; where it may be missing, write `.opt(\"nowhere\", …)`",
    );
}

#[test]
fn quantifiers_over_nothing_are_errors() {
    for (body, message) in [
        (
            "require mail.dkim.keys.all(|k| true) else \"m\";",
            "`all` over an empty list: say first what an empty list means",
        ),
        (
            "require mail.dkim.keys.any(|k| true) else \"m\";",
            "`any` over an empty list: say first what an empty list means",
        ),
        (
            "require [].all(|k| true) else \"m\";",
            "`all` over an empty list: say first what an empty list means",
        ),
        (
            "each(mail.dkim.keys, |k| { });",
            "`each` over an empty list: say with `when` or `each_or` what that means",
        ),
        (
            "let x = mail.dkim.keys.first();",
            "`first` of an empty list",
        ),
        (
            "let x = mail.mx.hosts[2];",
            "`mx.hosts` has no item 2: it has 2 items",
        ),
        (
            "let x = mail.mx.hosts[-1];",
            "`mx.hosts` has no item -1: it has 2 items",
        ),
        (
            "each(mail.dmarc.domain, |k| { });",
            "expected a list, got string",
        ),
        ("for x in mail.dmarc { let y = x; }", "`dmarc` is no list"),
    ] {
        check(body, Outcome::Error, message);
    }
    check(
        "require mail.dkim.keys.count(|k| true) == 0 && mail.dkim.keys.filter(|k| true).is_empty() else \"m\";",
        Outcome::Pass,
        "",
    );
    check(
        "each_or(mail.dkim.keys, |k| { require false else \"item\"; }, || { });",
        Outcome::Pass,
        "",
    );
    check(
        "each_or(mail.dkim.keys, |k| { }, || { require false else \"no key\"; });",
        Outcome::Fail,
        "no key",
    );
    check(
        "each_or(mail.mx.hosts, |h| { require h.preference > 10 else \"low\"; }, || { require false else \"none\"; });",
        Outcome::Fail,
        "mx1.example.org: low",
    );
}

#[test]
fn unknown_in_a_quantifier_is_unknown_unless_it_is_already_settled() {
    let session = "h.addresses[0].session.present";
    check(
        "require mail.mx.hosts.any(|h| h.preference == 10 || h.addresses[0].session.present) else \"m\";",
        Outcome::Pass,
        "",
    );
    for quantifier in ["any", "all", "count", "filter", "map"] {
        let finding = outcome_of(&format!(
            "let x = mail.mx.hosts.{quantifier}(|h| {session});"
        ));
        assert_eq!(finding.outcome, Outcome::Unknown, "{quantifier}");
        assert_eq!(finding.reason, "connection-timeout (no answer)");
    }
}

#[test]
fn of_items_a_failure_wins_over_the_unknown_and_that_over_passes() {
    let finding = outcome_of(
        "each(mail.mx.hosts, |h| { require h.preference < 15 else \"late\"; require h.addresses[0].session.present else \"m\"; });",
    );
    assert_eq!(finding.outcome, Outcome::Fail);
    assert_eq!(finding.reason, "mx2.example.org: late");
    let items: Vec<_> = finding
        .items
        .iter()
        .map(|item| (item.name.as_str(), item.outcome))
        .collect();
    assert_eq!(
        items,
        [
            ("mx2.example.org", Outcome::Fail),
            ("mx1.example.org", Outcome::Unknown)
        ]
    );
    check(
        "each(mail.mx.hosts, |h| { require h.preference > 0 else `p`; if h.preference == 20 { unknown(\"open\"); } });\nrequire false else \"after\";",
        Outcome::Unknown,
        "mx2.example.org: open",
    );
    check(
        "each(mail.mx.hosts, |h| { require false else `at ${h.preference}`; });",
        Outcome::Fail,
        "2 of 2: mx1.example.org: at 10; mx2.example.org: at 20",
    );
    check(
        "each(mail.mx.hosts, |h| { let x = h.nowhere; });",
        Outcome::Error,
        "there is no fact `mx.hosts[0].nowhere`; where it may be missing, write `.opt(\"nowhere\", …)`",
    );
}

#[test]
fn what_nobody_looked_at_is_manual_and_stands_behind_failures_and_the_unknown() {
    check(
        "if mail.mx.hosts.len() > 0 { manual(\"look\"); }\nrequire false else \"after\";",
        Outcome::Manual,
        "look",
    );
    let look = "if h.preference == 20 { manual(\"look\"); }";
    for (more, outcome, reason) in [
        ("", Outcome::Manual, "mx2.example.org: look"),
        ("unknown(\"u\");", Outcome::Unknown, "mx1.example.org: u"),
        (
            "require false else \"no\";",
            Outcome::Fail,
            "mx1.example.org: no",
        ),
    ] {
        let body = format!("each(mail.mx.hosts, |h| {{ {look} {more} }});");
        check(&body, outcome, reason);
    }
    check(
        "each_or(mail.mx.hosts.filter(|h| h.preference == 7), |h| { require false else \"no\"; }, || manual(\"look\"));",
        Outcome::Manual,
        "look",
    );
}

#[test]
fn nested_items_are_named_one_behind_the_other() {
    let finding = outcome_of(
        "each(mail.mx.hosts, |h| { each(h.addresses, |a| { recommend a.scope == \"global\" else \"not global\"; require a.ip != \"192.0.2.2\" else \"bad\"; }); });",
    );
    assert_eq!(finding.reason, "mx2.example.org / 192.0.2.2: bad");
    assert_eq!(finding.items.len(), 2);
    assert_eq!(
        finding.recommendations,
        [
            "mx1.example.org / 192.0.2.1: not global",
            "mx2.example.org / 192.0.2.2: not global"
        ]
    );
    assert_eq!(finding.position, "rules/r.rhai:4:113");
}

#[test]
fn items_are_called_by_their_name_or_their_number() {
    check(
        "each([1, 2], |n| { require n > 1 else \"small\"; });",
        Outcome::Fail,
        "1: small",
    );
    check(
        "each(mail.dkim.selectors_tried, |s| { require s == \"s1\" else \"other\"; });",
        Outcome::Fail,
        "s2: other",
    );
    check(
        "each(mail.mx.records, |r| { require r.preference < 15 else \"late\"; });",
        Outcome::Fail,
        "2: late",
    );
    check(
        "each(mail.mx.hosts.filter(|h| h.preference == 20), |h| { require false else \"m\"; });",
        Outcome::Fail,
        "mx2.example.org: m",
    );
}

#[test]
fn a_reason_names_five_items_and_counts_the_rest() {
    check(
        "each([1, 2, 3, 4, 5, 6, 7], |n| { require false else \"m\"; });",
        Outcome::Fail,
        "7 of 7: 1: m; 2: m; 3: m; 4: m; 5: m; and 2 more",
    );
}

#[test]
fn recommend_notes_a_weakness_and_goes_on() {
    let finding = outcome_of(
        "recommend mail.mx.null_mx else `limit ${want.limit}`; recommend true else \"b\"; require true else \"c\";",
    );
    assert_eq!(finding.outcome, Outcome::Pass);
    assert_eq!(finding.recommendations, ["limit 10"]);
}

#[test]
fn ordered_vocabularies_are_compared_by_at_least() {
    for (value, floor, holds) in [
        ("quarantine", "quarantine", true),
        ("none", "quarantine", false),
        ("reject", "none", true),
        ("TLSv1.3", "TLSv1.2", true),
        ("SSLv3", "TLSv1.0", false),
        ("softfail", "neutral", true),
        ("pass", "fail", false),
        ("enforce", "testing", true),
        ("none", "enforce", false),
        ("good", "sufficient", true),
        ("insufficient", "phase-out", false),
    ] {
        let finding = outcome_of(&format!(
            "require \"{value}\".at_least(\"{floor}\") else \"m\";"
        ));
        assert_eq!(finding.outcome == Outcome::Pass, holds, "{value} {floor}");
    }
    let finding = outcome_of("require \"Reject\".at_least(\"none\") else \"m\";");
    assert_eq!(finding.outcome, Outcome::Error);
    assert!(finding.reason.starts_with("`Reject` and `none` do not belong to one ordered vocabulary; there are DMARC policies (none < quarantine < reject)"));
}

#[test]
fn text_has_the_functions_of_the_contract() {
    check(
        "let s = \" Abc-Def \";\n\
         require s.trim() == \"Abc-Def\" && s.len() == 9 && s.to_lower() == \" abc-def \" && s.to_upper().contains(\"DEF\") else \"1\";\n\
         require \"a,b\".split(\",\") == [\"a\", \"b\"] && \"abc\".sub_string(1) == \"bc\" && \"abc\".sub_string(0, 2) == \"ab\" else \"2\";\n\
         require \"a\" + \"b\" == \"ab\" && \"b\" in \"abc\" && \"abc\".starts_with(\"a\") && \"abc\".ends_with(\"c\") else \"3\";\n\
         require `${[1, \"x\"]} ${1.5} ${true} ${mail.dkim.selectors_tried}` == \"1, x 1.5 true s1, s2\" else `${[1, \"x\"]}`;",
        Outcome::Pass,
        "",
    );
}

#[test]
fn evidence_is_every_fact_that_was_read_once_and_in_order() {
    let finding = outcome_of(
        "require mail.dmarc.record.present && mail.dmarc.record.p != want.policy && mail.dmarc.record.p == \"x\" else `${mail.mx.hosts.len()}`;",
    );
    let read: Vec<_> = finding
        .evidence
        .iter()
        .map(|read| (read.pointer.as_str(), read.value.clone()))
        .collect();
    assert_eq!(
        read,
        [
            ("/dmarc/record/state", json!("present")),
            ("/dmarc/record/value/p", json!("quarantine")),
            ("/mx/hosts", json!("2 items")),
        ]
    );
    let long = facts_with(&[("/dmarc/record/value/raw", json!("ä".repeat(5000)))]);
    let finding = outcome_at(
        "require mail.dmarc.record.raw == \"\" else `is ${mail.dmarc.record.raw}`;",
        &long,
    );
    assert_eq!(
        finding.evidence[1].value.as_str().unwrap().chars().count(),
        201
    );
    assert_eq!(finding.reason.chars().count(), 1001);
}

#[test]
fn a_name_is_within_itself_and_the_names_above_it_at_label_boundaries() {
    for (name, above, within) in [
        ("mail.outlook.com", "outlook.com", true),
        ("Outlook.com.", "outlook.com", true),
        ("mail.outlook.com", "Outlook.COM.", true),
        ("evil-outlook.com", "outlook.com", false),
        ("outlook.com", "mail.outlook.com", false),
        ("outlook.com", "", false),
    ] {
        let body = format!("require \"{name}\".is_within(\"{above}\") else \"no\";");
        let passes = outcome_of(&body).outcome == Outcome::Pass;
        assert_eq!(passes, within, "{name} {above}");
    }
}

#[test]
fn a_rule_that_does_not_apply_says_to_whom_it_does() {
    let conditional = |when: &str| {
        rule("r", "require false else \"asked\";").replace(
            "params:",
            &format!("when: {when}, applies: \"to ${{policy}} domains\", params:"),
        )
    };
    for (when, outcome, reason) in [
        (
            "|mail| mail.mx.null_mx",
            Outcome::NotApplicable,
            "applies to quarantine domains",
        ),
        ("|mail, want| want.limit == 10", Outcome::Fail, "asked"),
        (
            "|mail| mail.spf.record.present",
            Outcome::Unknown,
            "servfail (the resolver failed)",
        ),
        (
            "|mail| 1",
            Outcome::Error,
            "`when` gives true or false, and gave a number",
        ),
    ] {
        let result = evaluated(&conditional(when), "must(\"r\", #{});", &facts());
        assert_eq!(
            (
                result.findings[0].outcome,
                result.findings[0].reason.as_str()
            ),
            (outcome, reason),
            "{when}"
        );
    }
}
