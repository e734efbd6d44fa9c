//! `waxseal policy explain`, `eval`, `profile` and `new`, as a user runs them.

use super::support::app::{App, Run};
use serde_json::Value;

/// The facts of a domain that is as good as it gets, as `collect` writes them.
const FACTS: &str = include_str!("../../policies/base.facts.json");

fn app() -> App {
    let app = App::new();
    app.file("facts.json", FACTS);
    app
}

/// The facts with one text in place of another.
fn changed(from: &str, to: &str) -> App {
    assert!(FACTS.contains(from), "{from}");
    let app = App::new();
    app.file("facts.json", FACTS.replace(from, to));
    app
}

fn explained(app: &App, arguments: &[&str]) -> Value {
    let run = app.run([&["policy", "explain", "--json"], arguments].concat());
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.out).unwrap()
}

#[track_caller]
fn says(run: &Run, code: i32, parts: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for part in parts {
        let all = format!("{}{}", run.out, run.err);
        assert!(all.contains(part), "{part} is missing in:\n{all}");
    }
}

#[test]
fn a_failed_rule_of_the_lab_is_explained_with_the_text_to_publish() {
    let run = App::new().run([
        "policy",
        "explain",
        "dmarc-policy-at-least",
        "--lab",
        "dmarc-none.test",
        "--baseline",
        "baseline",
    ]);
    says(
        &run,
        0,
        &[
            "dmarc-policy-at-least at dmarc-none.test: fail",
            "asked by  baseline (must",
            "with      policy = \"quarantine\"",
            "asked by  baseline (should",
            "with      policy = \"reject\"",
            "|mail| exists(mail)\n    = true: it applies",
            "require effective.policy.at_least(want.policy)\n           effective.policy = \"none\"\n           want.policy = \"quarantine\"",
            "/dmarc/effective/value/policy  \"none\"",
            "it passes if _dmarc.dmarc-none.test TXT is\n    v=DMARC1; p=quarantine",
            "it passes if _dmarc.dmarc-none.test TXT is\n    v=DMARC1; p=reject",
        ],
    );
}

#[test]
fn a_pass_is_explained_with_what_would_make_it_fail() {
    let app = app();
    let turn = |rule: &str| explained(&app, &[rule, "facts.json"])[0]["turn"].clone();
    let lookups = turn("spf-lookups-within-limit");
    assert_eq!(lookups["outcome"], "fail");
    assert_eq!(lookups["changes"][0]["pointer"], "/spf/evaluation/lookups");
    assert_eq!(lookups["changes"][0]["to"], 11);
    assert_eq!(lookups["observed"], false);
    let policy = turn("dmarc-policy-at-least");
    assert_eq!(policy["change"], "publish", "{policy}");
    assert!(
        policy["text"].as_str().unwrap().contains("p=none"),
        "{policy}"
    );
}

#[test]
fn items_stand_below_their_list_and_all_of_the_failing_ones_are_turned_together() {
    let run = App::new().run([
        "policy",
        "explain",
        "mx-offers-starttls",
        "--lab",
        "starttls-one-of-two.test",
    ]);
    says(
        &run,
        0,
        &[
            "  mx1.starttls-one-of-two.test: pass\n    192.0.2.",
            "at.session.starttls.present = false",
            "it passes if /mx/hosts/1/addresses/0/session/value/starttls is present, and not absent\n    and /mx/hosts/1/addresses/1/session/value/starttls is present",
        ],
    );
}

#[test]
fn what_can_t_be_explained_is_said() {
    let app = app();
    for (arguments, code, part) in [
        (
            &["no-such-rule", "facts.json"][..],
            2,
            "there is no baseline or rule `no-such-rule`",
        ),
        (&["spf-valid"], 2, "required"),
        (&["spf-valid", "gone.json"], 2, "gone.json"),
        (
            &["spf-valid", "--lab", "gone.test"],
            2,
            "there are no facts of `gone.test`",
        ),
        (
            &["spf-valid", "facts.json", "--domain", "x.test"],
            2,
            "there are those of",
        ),
        (
            &["spf-valid", "facts.json", "--baseline", "x"],
            2,
            "there is no baseline `x`",
        ),
        (
            &["spf-valid", "facts.json", "--baseline", "mecsa"],
            0,
            "none of mecsa; the defaults hold",
        ),
    ] {
        let run = app.run([&["policy", "explain"], arguments].concat());
        says(&run, code, &[part]);
    }
}

#[test]
fn text_from_strangers_reaches_no_terminal_raw() {
    let app = changed(
        "v=DMARC1; p=reject",
        "v=DMARC1; p=reject; x=\\u001b[31m\\u202e",
    );
    for arguments in [
        &["explain", "dmarc-valid", "facts.json"][..],
        &["explain", "dmarc-valid", "facts.json", "--json"],
        &["eval", "mail.dmarc", "facts.json", "--verbose"],
        &["eval", "mail.dmarc", "facts.json", "--json"],
        &["eval", "mail.dmarc.walk[0].txt.value[0]", "facts.json"],
    ] {
        let run = app.run([&["policy"], arguments].concat());
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!run.out.contains(['\u{1b}', '\u{202e}']), "{arguments:?}");
    }
}

#[test]
fn an_expression_gives_its_value_or_says_why_it_has_none() {
    let app = app();
    for (expression, code, part) in [
        ("mail.dmarc.record.p", 0, "reject\n"),
        ("mail.mx.hosts.len() + 1", 0, "3\n"),
        (
            "mail.mx.hosts.map(|host| host.host)",
            0,
            "\"mx1.example.org\",\n",
        ),
        ("mail.mx.nul_mx", 3, "1 | mail.mx.nul_mx\n  |        ^"),
        ("mail.mx.", 3, "expression:1:"),
        (
            "require mail.mx.null_mx else \"no null MX\";",
            1,
            "fails: no null MX",
        ),
        (
            "let n = 0; for a in mail.mx.hosts { for b in [1, 2] { n += 1; } } n",
            0,
            "4\n",
        ),
        ("eval(\"1\")", 3, "`eval` can't be used in policies"),
        ("fn f(n) { f(n + 1) } f(1)", 3, "nested too deep"),
    ] {
        let run = app.run(["policy", "eval", expression, "facts.json"]);
        says(&run, code, &[part]);
    }
    let run = app.run([
        "policy",
        "eval",
        "mail.mx.null_mx",
        "facts.json",
        "--verbose",
    ]);
    says(&run, 0, &["false\n  read /mx/null_mx = false"]);
    let run = app.run(["policy", "eval", "mail.mx.null_mx", "facts.json", "--json"]);
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["state"], "present");
    assert_eq!(answer["facts"][0]["pointer"], "/mx/null_mx");
}

#[test]
fn lines_of_standard_input_are_evaluated_one_by_one_without_a_prompt() {
    let lines = "mail.dmarc.record.p\n\n:facts dmarc.effective\n:facts nowhere\nmail.nowhere\n:what\n:help\n:quit\nmail.target.domain\n";
    let run = app().run_with(["policy", "eval", "facts.json"], lines);
    says(
        &run,
        0,
        &[
            "  policy                        none | quarantine | reject  For mail in the target's own name.",
            "there is no fact `nowhere`\n",
            "there is no fact `nowhere`; ",
            "there is no `:what`; `:help` shows what there is",
            ":quit         ends\n",
        ],
    );
    assert!(
        run.out
            .starts_with("reject\ndmarc.effective  observation of object")
    );
    assert!(!run.out.contains("example.org\n") && !run.out.contains("> "));
    let both = app().run(["policy", "eval", "-"]);
    says(&both, 2, &["can't both come from standard input"]);
}

#[test]
fn of_several_documents_one_is_chosen() {
    let app = App::new();
    let other = FACTS.replace("\"domain\": \"example.org\"", "\"domain\": \"example.net\"");
    app.file("facts.jsonl", [FACTS, &other].concat());
    let run = app.run(["policy", "eval", "mail.target.domain", "facts.jsonl"]);
    says(
        &run,
        0,
        &[
            "example.org\n",
            "the file has 2 documents; this is example.org",
        ],
    );
    let run = app.run([
        "policy",
        "eval",
        "mail.target.domain",
        "facts.jsonl",
        "--domain",
        "Example.NET.",
    ]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("example.net\n", ""));
    let run = app.run_with(["policy", "eval", "mail.target.domain", "-"], FACTS);
    says(&run, 0, &["example.org\n"]);
}

#[test]
fn a_profile_of_costs_is_sorted_and_counts_the_same_every_time() {
    let app = app();
    let operations = |arguments: &[&str]| -> Vec<(String, u64)> {
        let run = app.run([&["policy", "profile", "facts.json", "--json"], arguments].concat());
        let page: Value = serde_json::from_str(&run.out).unwrap();
        let rules = page["rules"].as_array().unwrap().iter();
        let rules: Vec<_> = rules
            .map(|one| {
                let rule = one["rule"].as_str().unwrap().to_owned();
                (rule, one["operations"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(page["total"]["rules"], rules.len());
        rules
    };
    let once = operations(&["--repeat", "1"]);
    assert_eq!(once, operations(&["--repeat", "3"]));
    assert!(once.len() > 100 && once.is_sorted_by(|a, b| a.1 >= b.1));
    assert!(operations(&["--baseline", "mecsa"]).len() < 20);
    let run = app.run(["policy", "profile", "facts.json", "--baseline", "mecsa"]);
    let widths: Vec<_> = run.out.lines().map(|line| line.find(" in all")).collect();
    assert!(run.out.starts_with("rule ") && widths.iter().flatten().count() == 1);
}

#[test]
fn what_new_writes_holds_at_once_and_a_scan_runs_it() {
    let app = App::new();
    let new =
        |arguments: &[&str]| app.run([&["policy", "new"], arguments, &["--out", "own"]].concat());
    for arguments in [
        &["rule", "my-first", "--area", "dmarc"][..],
        &["rule", "my-second", "--area", "dmarc"],
        &["rule", "my-third", "--area", "brand-new"],
        &["baseline", "my-norm"],
        &[
            "profile",
            "my-profile",
            "--extends",
            "baseline",
            "--extends",
            "my-norm",
        ],
    ] {
        let run = new(arguments);
        says(&run, 0, &["waxseal policy test --policies own"]);
        assert!(run.out.starts_with("own/"), "{run:?}");
    }
    let run = app.run(["policy", "test", "--policies", "own"]);
    assert_eq!(run.code, 0, "{run:?}");
    let cases = |file: &str| app.read(file).matches("[[case]]").count();
    assert_eq!(cases("own/rules/own-dmarc.cases.toml"), 8);
    assert_eq!(cases("own/profiles/my-profile.cases.toml"), 4);
    let run = app.run([
        "scan",
        "--lab",
        "compliant.test",
        "--policies",
        "own",
        "--baseline",
        "my-profile",
        "--verbose",
    ]);
    says(
        &run,
        0,
        &["my-profile-several-mail-servers", "my-profile 2026-01"],
    );
    let run = app.run([
        "policy",
        "explain",
        "my-first",
        "--lab",
        "compliant.test",
        "--policies",
        "own",
    ]);
    says(
        &run,
        0,
        &["my-first at compliant.test: pass", "rules/own-dmarc.rhai:"],
    );
    ids_that_are_taken_are_refused(&new);
}

fn ids_that_are_taken_are_refused(new: &dyn Fn(&[&str]) -> Run) {
    for (arguments, part) in [
        (
            &["rule", "my-first", "--area", "mx"][..],
            "there is a rule `my-first` already: rules/own-dmarc.rhai:4",
        ),
        (
            &["rule", "spf-valid", "--area", "mx"],
            "there is a rule `spf-valid` already: rules/spf.rhai:",
        ),
        (&["rule", "No Id", "--area", "mx"], "`No Id` is no id"),
        (&["rule", "x", "--area", "../x"], "`../x` is no id"),
        (
            &["baseline", "mecsa"],
            "there is a baseline or profile `mecsa` already",
        ),
        (
            &["baseline", "my-profile"],
            "already: profiles/my-profile.rhai",
        ),
        (
            &["profile", "other", "--extends", "none"],
            "there is no baseline `none`",
        ),
    ] {
        says(&new(arguments), 2, &[part]);
    }
}
