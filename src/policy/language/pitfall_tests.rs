//! The traps of Rhai that policies must not fall into, each with what this engine does instead.

use crate::policy::facts_for_tests::{
    evaluated, facts, facts_with, fault_of, load, outcome_at, outcome_of, rule,
};
use crate::results::outcome::Outcome;
use serde_json::json;

fn breaks(body: &str, message: &str) {
    let finding = outcome_of(body);
    assert_eq!(finding.outcome, Outcome::Error, "{body}: {finding:?}");
    assert!(
        finding.reason.contains(message),
        "{body}: {}",
        finding.reason
    );
}

fn passes(body: &str) {
    let finding = outcome_of(body);
    assert_eq!(finding.outcome, Outcome::Pass, "{body}: {finding:?}");
}

#[test]
fn trap_1_a_fact_that_does_not_exist_is_an_error_and_never_nothing() {
    breaks(
        "require mail.dmarc.recrod != \"x\" else \"m\";",
        "there is no fact `dmarc.recrod`; did you mean `record`?",
    );
    breaks(
        "require mail.dmarc.record.testng else \"m\";",
        "did you mean `testing`?",
    );
    breaks(
        "require want.polcy == \"x\" else \"m\";",
        "did you mean `policy`?",
    );
}

#[test]
fn trap_2_members_of_literal_objects_are_checked_too() {
    breaks("let o = #{ a: 1 }; require o.b == 1 else \"m\";", "b");
    breaks("require #{ a: 1 }.b == 1 else \"m\";", "b");
}

#[test]
fn trap_3_optional_members_have_a_default_and_can_be_asked_for() {
    passes("require mail.dmarc.record.opt(\"sp\", \"none\") == \"none\" else \"m\";");
    passes("require mail.dmarc.record.opt(\"p\", \"none\") == \"quarantine\" else \"m\";");
    passes("require !mail.dmarc.record.has(\"sp\") && mail.dmarc.record.has(\"p\") else \"m\";");
    breaks(
        "require mail.dmarc.record?.sp == \"none\" else \"m\";",
        "there is no fact",
    );
}

#[test]
fn trap_4_values_of_unlike_types_are_never_compared() {
    let values = [
        "1",
        "1.5",
        "\"a\"",
        "true",
        "()",
        "[1]",
        "mail.dmarc",
        "mail.mx.receives",
    ];
    for (index, left) in values.iter().enumerate() {
        for (other, right) in values.iter().enumerate() {
            let alike = index == other || (index < 2 && other < 2);
            for by in ["==", "!=", "<", "<=", ">", ">="] {
                if alike && *left != "()" {
                    continue;
                }
                breaks(
                    &format!("require {left} {by} {right} else \"m\";"),
                    "can't compare",
                );
            }
        }
    }
    breaks(
        "require true < false else \"m\";",
        "can't compare true or false",
    );
    breaks(
        "require mail.dmarc == mail.dmarc else \"m\";",
        "can't compare an object",
    );
    breaks(
        "require mail.mx.receives == true else \"m\";",
        "read its `.value`",
    );
    breaks("if mail.dmarc.domain { }", "");
    breaks(
        "require 1 else \"m\";",
        "needs a condition that is true or false, and got a number",
    );
}

#[test]
fn trap_5_a_gap_in_double_quotes_is_a_fault_with_its_place() {
    assert_eq!(
        fault_of("require mail.mx.null_mx else \"policy is ${want.policy}\";"),
        "rules/r.rhai:4:30: double quotes do not fill in `${…}`; put the text between backticks"
    );
    let finding =
        outcome_of("require mail.mx.null_mx else `policy is ${want.policy}, limit ${want.limit}`;");
    assert_eq!(finding.reason, "policy is quarantine, limit 10");
}

#[test]
fn trap_6_facts_can_t_be_written() {
    breaks("mail.dmarc.domain = \"evil.example\";", "");
    breaks("mail[\"dmarc\"] = 1;", "");
    breaks("mail.mx.hosts[0].host = \"x\";", "");
    breaks("let m = mail.mx; m.null_mx = true;", "");
    breaks("mail = 1;", "`mail` can't be changed");
}

#[test]
fn trap_7_a_fact_is_handed_on_without_copying_it() {
    passes(
        "let same = [mail, mail, mail].map(|m| m.dmarc).filter(|d| d.domain == \"example.org\");\n\
         require same.len() == 3 else \"m\";",
    );
}

#[test]
fn trap_8_closures_read_what_is_around_them_without_a_data_race() {
    passes("require mail.mx.hosts.all(|h| mail.mx.hosts.any(|o| o.host == h.host)) else \"m\";");
    passes(
        "let hosts = mail.mx.hosts.filter(|h| h.preference > 0);\nrequire hosts.all(|h| hosts.len() == 2) else \"m\";",
    );
    passes(
        "let seen = 0; each(mail.mx.hosts, |h| { seen += 1; }); require seen == 2 else `${seen}`;",
    );
    passes(
        "let name = \"mx1\"; require mail.mx.hosts.any(|h| h.host.starts_with(name)) else \"m\";",
    );
}

#[test]
fn trap_9_facts_larger_than_the_limits_of_lists_are_read() {
    let names: Vec<_> = (0..20_000).map(|number| format!("s{number}")).collect();
    let facts = facts_with(&[("/dkim/selectors_tried", json!(names))]);
    let finding = outcome_at(
        "require mail.dkim.selectors_tried.len() == 20000 else \"m\";\nrequire mail.dkim.selectors_tried[19999] == \"s19999\" else \"m\";",
        &facts,
    );
    assert_eq!(finding.outcome, Outcome::Pass, "{finding:?}");
}

#[test]
fn trap_10_there_is_nothing_that_waits_or_grows_without_a_limit() {
    for call in [
        "sleep(1)",
        "timestamp()",
        "[1].pad(10000000, 1)",
        "\"a\".pad(10000000, 'x')",
        "exit()",
        "parse_json(\"1\")",
    ] {
        assert!(
            fault_of(&format!("let x = {call};")).contains("there is no function"),
            "{call}"
        );
    }
}

#[test]
fn trap_11_and_15_code_from_text_other_files_endless_loops_and_catching_are_not_said() {
    for body in [
        "eval(\"1\");",
        "import \"x\" as x;",
        "try { let a = 1; } catch { }",
        "throw 1;",
        "while true { }",
        "loop { }",
        "do { } while true;",
        "export mail;",
        "print(1);",
        "debug(1);",
        "Fn(\"x\");",
        "is_def_fn(\"x\", 1);",
    ] {
        let fault = fault_of(body);
        assert!(fault.starts_with("rules/r.rhai:4:"), "{body}: {fault}");
        assert!(
            !fault.contains("there is no function")
                || body.starts_with("Fn")
                || body.starts_with("is_def"),
            "{body}: {fault}"
        );
    }
    assert_eq!(
        fault_of("eval(\"1\");"),
        "rules/r.rhai:4:1: `eval` can't be used in policies; policies have no endless loops, no catching of errors, no code from text and no other files"
    );
}

#[test]
fn trap_12_variables_of_the_file_reach_rules_as_copies() {
    let rules = format!(
        "let limit = 2; let names = [\"mx1.example.org\", \"mx2.example.org\"];\n{}{}",
        rule(
            "a",
            "limit += 40; require limit == 42 else `a: ${limit}`; require mail.mx.hosts.all(|h| h.host in names) else \"m\";"
        ),
        rule("b", "limit += 40; require limit == 42 else `b: ${limit}`;"),
    );
    let result = evaluated(
        &rules,
        "must(\"a\", #{}); must(\"b\", #{}); should(\"a\", #{});",
        &facts(),
    );
    for finding in &result.findings {
        assert_eq!(finding.outcome, Outcome::Pass, "{finding:?}");
    }
}

#[test]
fn trap_13_names_and_numbers_of_arguments_are_checked_before_any_rule_runs() {
    for (body, fault) in [
        (
            "require mail.dmarc.domain.starts_wiht(\"x\") else \"m\";",
            "rules/r.rhai:4:27: there is no function `starts_wiht`; did you mean `starts_with`?",
        ),
        (
            "require mail.dmarc.domain.starts_with() else \"m\";",
            "rules/r.rhai:4:27: `starts_with` takes 1 arguments here, and has 0; ",
        ),
        (
            "if false { each(mail.mx.hosts, |h| { nowhere(h); }); }",
            "rules/r.rhai:4:38: there is no function `nowhere`; ",
        ),
        (
            "require mial.dmarc.present else \"m\";",
            "rules/r.rhai:4:9: there is no variable `mial` here; facts are read from the first parameter of the closure, as in `mail.…`; text stands in double quotes",
        ),
    ] {
        assert_eq!(fault_of(body), fault, "{body}");
    }
}

#[test]
fn trap_14_a_message_is_made_only_where_it_is_needed() {
    passes("require !mail.mx.null_mx else mail.nowhere;");
    breaks(
        "require mail.mx.null_mx else mail.nowhere;",
        "there is no fact `nowhere`",
    );
}

#[test]
fn trap_16_membership_works_on_facts_and_on_lists() {
    passes("require \"s1\" in mail.dkim.selectors_tried else \"m\";");
    passes(
        "require !(\"s9\" in mail.dkim.selectors_tried) && \"s9\" !in mail.dkim.selectors_tried else \"m\";",
    );
    passes(
        "require mail.dmarc.domain in [\"example.org\"] && mail.dkim.selectors_tried.contains(\"s2\") else \"m\";",
    );
    passes(
        "require mail.dkim.selectors_tried == [\"s1\", \"s2\"] && mail.dkim.selectors_tried != [\"s1\"] else \"m\";",
    );
    breaks(
        "require 1 in mail.dkim.selectors_tried else \"m\";",
        "can't compare text with a number",
    );
}

#[test]
fn trap_17_overflow_and_division_by_zero_are_errors_and_whole_floats_are_numbers() {
    breaks("let x = 9223372036854775807 + 1;", "overflow");
    breaks("let x = 1 / (want.limit - 10);", "zero");
    passes(
        "require 1.0 == 1 && 1 < 1.5 && 2 >= 2.0 && round(2.4) == 2 && max(1, 2.5) == 2.5 && min(3, 2) == 2 && -want.limit == -10 else \"m\";",
    );
}

#[test]
fn a_hostile_policy_ends_as_an_error_and_the_next_rule_still_runs() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let deep_loop = (0..8).fold("n += 1;".to_owned(), |inner, level| {
        format!("for i{level} in {ten} {{ {inner} }}")
    });
    let deep_any = (0..8).fold("true".to_owned(), |inner, level| {
        format!("{ten}.count(|i{level}| {inner}) == 10")
    });
    let hostile = [
        ("recursion", "grow(1);".to_owned(), "nested too deep"),
        ("through-any", "again([1]);".to_owned(), "nested too deep"),
        (
            "operations",
            format!("let n = 0; {deep_loop}"),
            "operations",
        ),
        (
            "closures",
            format!("require {deep_any} else \"m\";"),
            "operations",
        ),
        (
            "text",
            format!("let s = \"0123456789\"; for i in {ten} {{ for j in {ten} {{ s += s; }} }}"),
            "too large",
        ),
        (
            "gaps",
            format!(
                "let s = \"0123456789\"; for i in {ten} {{ for j in {ten} {{ s = `${{s}}${{s}}`; }} }}"
            ),
            "too large",
        ),
        ("lists", "double([1], 30);".to_owned(), "too large"),
        ("maps", "square([1, 2, 3, 4], 30);".to_owned(), "too large"),
        (
            "split",
            format!(
                "let s = \"0123456789\"; for i in {ten} {{ s += s; }} let a = s.split(\"\");  let b = [a, a];"
            ),
            "too large",
        ),
    ];
    let helpers = "fn grow(x) { grow(x + 1) }\n\
        fn again(l) { l.any(|x| again(l)) }\n\
        fn double(l, n) { if n == 0 { l } else { double([l, l], n - 1) } }\n\
        fn square(l, n) { if n == 0 { l } else { square(l.map(|x| l), n - 1) } }\n";
    let mut rules = helpers.to_owned();
    let mut lines = String::new();
    for (id, body, _) in &hostile {
        rules.push_str(&rule(id, body));
        lines.extend(["must(\"", id, "\", #{}); "]);
    }
    rules.push_str(&rule("good", "require true else \"m\";"));
    lines.push_str("must(\"good\", #{});");
    let result = evaluated(&rules, &lines, &facts());
    for (finding, (id, _, message)) in result.findings.iter().zip(&hostile) {
        assert_eq!(finding.outcome, Outcome::Error, "{id}: {finding:?}");
        assert!(finding.reason.contains(message), "{id}: {}", finding.reason);
    }
    assert_eq!(result.findings.last().unwrap().outcome, Outcome::Pass);
}

#[test]
fn the_deepest_nesting_that_the_limits_allow_does_not_overflow_the_stack() {
    let deepest = (0..12).fold("l.any(|x| deep(l))".to_owned(), |inner, _| {
        format!("!({inner})")
    });
    let blocks = (0..12).fold("deeper(l)".to_owned(), |inner, _| {
        format!("if true {{ {inner} }} else {{ false }}")
    });
    let rules = [
        format!("fn deep(l) {{ {deepest} }}\nfn deeper(l) {{ {blocks} }}\n"),
        rule("expressions", "deep([1]);"),
        rule("blocks", "deeper([1]);"),
    ]
    .concat();
    let lines = "must(\"expressions\", #{}); must(\"blocks\", #{});";
    for finding in evaluated(&rules, lines, &facts()).findings {
        assert!(finding.reason.contains("nested too deep"), "{finding:?}");
    }
}

#[test]
fn an_expression_that_is_nested_too_deep_is_a_fault() {
    let deepest = (0..100).fold("true".to_owned(), |inner, _| format!("!({inner})"));
    let fault = fault_of(&format!("require {deepest} else \"m\";"));
    assert!(
        fault.contains("expression exceeds maximum complexity"),
        "{fault}"
    );
}

#[test]
fn lists_and_closures_in_variables_can_t_be_replaced_so_that_nothing_is_nested_without_a_limit() {
    breaks(
        "let l = [1]; for x in [1, 2] { l = [l]; }",
        "`l` can't be changed",
    );
    breaks(
        "let f = || 0; for x in [1, 2] { let g = f; f = || g; }",
        "`f` can't be changed",
    );
    breaks("let o = #{ a: 1 }; o.a = #{ a: 2 };", "");
}

#[test]
fn a_file_that_never_ends_while_loading_is_a_fault() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let forever = (0..8).fold("1;".to_owned(), |inner, level| {
        format!("for i{level} in {ten} {{ {inner} }}")
    });
    let faults = load(&forever, "").err().unwrap();
    assert!(faults[0].message.contains("operations"), "{faults:?}");
}
