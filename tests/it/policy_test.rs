//! `waxseal policy test`: cases from records, filters, reports, and what no case notices.

use super::support::app::{App, Run};
use std::fs;
use std::process::Command;
use tokio::runtime::Runtime;
use waxseal::policy::cases::{Mutant, Played, Ready, Suite};
use waxseal::policy::source::Source;
use waxseal::scan::cases;

/// How many of a thousand changes some case has to notice.
const LEAST: usize = 900;

const RULES: &str = r#"
fn strong(policy) { policy.at_least("quarantine") }
rule("own-policy", #{
    title: "An own rule", area: "dmarc", severity: "low", why: "w.", fix: "f.", refs: ["RFC 9989 §4.7"],
    when: |mail| mail.mx.receives.value,
    applies: "to domains that take mail",
}, |mail, _want| {
    require mail.dmarc.record.present else "no record";
    require strong(mail.dmarc.effective.policy) else "weak";
    require mail.mx.servers_named >= 1 else "no server";
});
"#;

const CASES: &str = r#"
[[case]]
rule = "own-policy"
name = "reject"
outcome = "pass"
records = ["_dmarc TXT v=DMARC1; p=reject"]
[[case]]
rule = "own-policy"
name = "none"
outcome = "fail"
reason = "weak"
records = ["_dmarc TXT v=DMARC1; p=none"]
[[case]]
rule = "own-policy"
name = "no record at a domain of the lab"
outcome = "fail"
reason = "no record"
scenario = "no-dane.test"
records = ["_dmarc TXT"]
[[case]]
rule = "own-policy"
name = "over what was seen lies what is set"
outcome = "unknown"
records = ["_dmarc TXT v=DMARC1; p=reject"]
set = { "/dmarc/record" = { state = "unknown", cause = "timeout" } }
"#;

fn app(cases: &str) -> App {
    let app = App::new();
    fs::create_dir_all(app.folder().join("own/rules")).unwrap();
    app.file("own/rules/own.rhai", RULES);
    app.file("own/rules/own.cases.toml", cases);
    app
}

fn test(app: &App, more: &[&str]) -> Run {
    let args = [
        "policy",
        "test",
        "--policies",
        "own",
        "--filter",
        "rules/own.",
    ];
    app.run(args.iter().chain(more))
}

#[test]
fn cases_play_records_in_the_lab_and_lay_changes_over_what_was_seen() {
    let run = test(&app(CASES), &[]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "4 of 4 cases hold\n"),
        "{run:?}"
    );
}

#[test]
fn a_case_that_does_not_hold_is_shown_with_its_place_and_a_faulty_record_with_its_text() {
    let wrong = format!(
        "{CASES}[[case]]\nrule = \"own-policy\"\nname = \"two slips\"\noutcome = \"pass\"\nrecords = [\"_dmarc TXX p\"]\n\
         [[case]]\nrule = \"own-policy\"\nname = \"weak\"\noutcome = \"pass\"\nrecords = [\"_dmarc TXT v=DMARC1; p=none\"]\n\
         [[case]]\nrule = \"own-policy\"\nname = \"nowhere\"\noutcome = \"pass\"\nscenario = \"nowhere.test\"\n"
    );
    let run = test(&app(&wrong), &[]);
    assert_eq!(run.code, 1, "{run:?}");
    for part in [
        "rules/own.cases.toml:26: own-policy: two slips\n  expected  a case that can be run\n  got       the record `_dmarc TXX p`: `TXX` is none of the types",
        "rules/own.cases.toml:31: own-policy: weak\n  expected  pass\n  got       fail: weak\n",
        "there is no scenario `nowhere.test`",
        "\n4 of 7 cases hold\n",
    ] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }
}

#[test]
fn filters_choose_by_file_subject_or_name_and_nothing_chosen_is_nothing_evaluated() {
    let app = app(CASES);
    for (filters, held) in [
        (&["--filter", "no record at"][..], "1 of 1"),
        (
            &[
                "--filter",
                "no such thing",
                "--filter",
                "over what was seen",
            ],
            "1 of 1",
        ),
        (&["--filter", "own-pol"], "4 of 4"),
        (&["--filter", "own.cases"], "4 of 4"),
        (&["--filter", "no such thing"], "0 of 0"),
    ] {
        let args = ["policy", "test", "--policies", "own"];
        let run = app.run(args.iter().chain(filters));
        assert_eq!(run.out, format!("{held} cases hold\n"), "{filters:?}");
        assert_eq!(
            run.code,
            if held == "0 of 0" { 5 } else { 0 },
            "{filters:?}"
        );
    }
}

#[test]
fn a_junit_report_has_a_suite_for_each_file() {
    let app = app(&CASES.replace("outcome = \"unknown\"", "outcome = \"pass\""));
    let run = test(&app, &["--junit", "cases.xml"]);
    assert_eq!(run.code, 1, "{run:?}");
    let report = app.read("cases.xml");
    for part in [
        "<testsuite name=\"rules/own.cases.toml\"",
        "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\"",
        "classname=\"waxseal.rules_own_cases_toml.own-policy\" name=\"none\"",
        "got unknown: timeout",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let Some(corpora) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("left out: WAXSEAL_CORPORA is not set, the XSDs are not there");
        return;
    };
    for schema in ["junit-10.xsd", "JUnit.xsd"] {
        let schema = std::path::Path::new(&corpora).join("junit").join(schema);
        let mut lint = Command::new("xmllint");
        lint.args(["--noout", "--schema"]).arg(schema);
        match lint.arg(app.folder().join("cases.xml")).output() {
            Ok(done) => assert!(done.status.success(), "{done:?}"),
            Err(error) => println!("left out: xmllint: {error}"),
        }
    }
}

#[test]
fn outcomes_without_a_case_and_changes_that_no_case_notices_are_named() {
    let run = test(&app(CASES), &["--coverage", "--mutate"]);
    assert_eq!(run.code, 1, "{run:?}");
    for part in [
        "rules/own.rhai:3: own-policy: no case is not-applicable\n1 rule lacks cases\n",
        "rules/own.rhai:10:35: no case notices `>=` → `>`: own-policy\n",
        "rules/own.rhai:10:5: no case notices `require` left out: own-policy\n",
        "changes noticed, ",
    ] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }
    assert!(run.out.ends_with("\n4 of 4 cases hold\n"), "{}", run.out);
    let marked = RULES.replace(
        "\"no server\";",
        "\"no server\"; // mutate: equivalent: every lab domain has one",
    );
    let app = app(CASES);
    app.file("own/rules/own.rhai", marked);
    let run = test(&app, &["--mutate"]);
    assert!(!run.out.contains("no case notices"), "{}", run.out);
    assert!(run.out.contains(", 100.0 %;"), "{}", run.out);
}

fn shipped() -> Ready {
    let suite = Suite::load(&Source::shipped()).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let plays = suite.plays(true);
    let played = if plays.is_empty() {
        Played::new()
    } else {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(cases::play(plays)).unwrap()
    };
    suite.ready(played)
}

#[test]
fn every_rule_has_a_case_of_each_outcome_that_it_can_have() {
    let suite = Suite::load(&Source::shipped()).unwrap();
    let gaps = suite.gaps(&[]);
    assert!(gaps.is_empty(), "{gaps:#?}");
}

#[test]
fn cases_notice_nearly_every_change_of_the_shipped_rules() {
    let ready = shipped();
    let mutants = ready.mutants();
    assert!(mutants.len() > 1_000, "only {} changes", mutants.len());
    let mutation = ready.try_mutants(&mutants).unwrap();
    let told = |mutant: &Mutant| {
        let (file, line, column) = (&mutant.file, mutant.line, mutant.column);
        let (was, becomes) = (&mutant.was, &mutant.becomes);
        format!("{file}:{line}:{column} `{was}` `{becomes}`")
    };
    let survived: Vec<_> = mutation.survived.iter().map(told).collect();
    let survived = survived.join("\n");
    let score = mutation.permille();
    assert!(
        score >= LEAST,
        "{score} of 1000 are noticed, and not\n{survived}"
    );
}
