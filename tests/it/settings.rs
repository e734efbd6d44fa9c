//! `waxseal.toml` in real runs over the lab: what is found, who is held to what, and what is said of it.

use super::support::app::App;
use super::support::settled::{NOW, expected, findings, flat, notices, scan, with};
use serde_json::Value;

#[test]
fn faults_of_the_file_stop_a_run_with_exit_code_2_and_their_places() {
    for (settings, said) in [
        (
            "baseline = [\"x\"]\n\n[[waiver]]\nrule = 5\n",
            &[
                "waxseal.toml:1:1: the file has no key `baseline`",
                "did you mean `baselines`?",
                "waxseal.toml:4:8: `rule` is a text",
                "has no `until`",
            ][..],
        ),
        (
            "baselines = [\"mesca\"]\nreports = [\"pdf=x\"]\n[role.parked]\nbaselines = [\"nowhere\"]\n",
            &[
                "waxseal.toml:1:14: there is no baseline or profile `mesca`",
                "did you mean `mecsa`?",
                "waxseal.toml:2:12: unknown format `pdf`",
                "waxseal.toml:4:14:",
            ],
        ),
        (
            "reports = [\"pdf=x\"]\n",
            &["waxseal.toml:1:12: unknown format `pdf`"],
        ),
        (
            "[[adjust]]\nrule = \"dmarc-policy-at-lest\"\nlevel = \"may\"\nreason = \"r\"\n",
            &[
                "waxseal.toml:1:1: there is no rule `dmarc-policy-at-lest`",
                "did you mean",
            ],
        ),
        (
            "[[domain]]\nname = \"compliant.test\"\n[[adjust]]\nrule = \"nobodys\"\nroles = [\"parked\"]\ndrop = true\nreason = \"r\"\n[[adjust]]\nrule = \"nobodys-either\"\nroles = [\"mail\"]\ndrop = true\nreason = \"r\"\n",
            &[
                "waxseal.toml:3:1: there is no rule `nobodys`",
                "waxseal.toml:8:1: there is no rule `nobodys-either`",
            ],
        ),
        (
            "[[adjust]]\nrule = \"dmarc-policy-at-least\"\npolcy = \"reject\"\nreason = \"r\"\n",
            &["waxseal.toml:1:1:", "polcy"],
        ),
    ] {
        let app = with(settings);
        let run = app.run(["scan", "--lab", "compliant.test"]);
        assert_eq!(run.code, 2, "{settings}: {run:?}");
        for part in said {
            assert!(run.err.contains(part), "{part}: {}", run.err);
        }
        assert_eq!(run.out, "");
        let run = app.run(["scan", "--lab", "compliant.test", "--no-config"]);
        assert_eq!(run.code, 0, "{run:?}");
    }
}

#[test]
fn a_broken_policy_of_any_domain_stops_the_run_with_exit_code_3() {
    let app = with(
        "policies = \"mine\"\n[[domain]]\nname = \"compliant.test\"\n[[domain]]\nname = \"null-mx.test\"\nbaselines = [\"mine\"]\n",
    );
    std::fs::create_dir_all(app.folder().join("mine/baselines")).unwrap();
    app.file(
        "mine/baselines/mine.rhai",
        "baseline(\"mine\", #{});\nmust(\"nothing\", #{});\n",
    );
    let run = app.run(["scan", "--lab"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.err.contains("baselines/mine.rhai:"), "{}", run.err);
}

#[test]
fn the_nearest_file_counts_up_to_the_repository() {
    let app = with("fail-on = \"should\"\n");
    let inner = app.folder().join("repository/inner");
    std::fs::create_dir_all(&inner).unwrap();
    let shown = |args: &[&str]| {
        let done = app.command(args).current_dir(&inner).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(shown(&["config"]).contains("settings   ../../waxseal.toml\n"));
    app.file("repository/waxseal.toml", "fail-on = \"may\"\n");
    let text = shown(&["config"]);
    assert!(
        text.contains("settings   ../waxseal.toml\n") && text.contains("fail-on may"),
        "{text}"
    );
    std::fs::create_dir(inner.join(".git")).unwrap();
    assert!(shown(&["config"]).contains("settings   none"));
    assert!(shown(&["config", "--config", "../../waxseal.toml"]).contains("fail-on should"));
    assert!(shown(&["config", "--no-config"]).contains("fail-on must"));
    let run = app.run(["scan", "--lab", "compliant.test", "--verbose"]);
    assert!(run.err.contains("settings: waxseal.toml"), "{}", run.err);
    let run = app.run([
        "scan",
        "--lab",
        "compliant.test",
        "--config",
        "nowhere.toml",
    ]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn the_file_gives_domains_gate_and_reports_and_the_command_line_goes_before_it() {
    let settings = "baselines = [\"baseline\"]\nfail-on = \"should\"\nreports = [\"json=own.json\"]\n[[domain]]\nnames = [\"tlsrpt-missing.test\", \"*.example.org\"]\n";
    let app = with(settings);
    let run = app.run(["scan", "--lab"]);
    assert_eq!(run.code, 6, "{run:?}");
    let own: Value = serde_json::from_str(&app.read("own.json")).unwrap();
    assert_eq!(own["targets"].as_array().unwrap().len(), 1);
    assert_eq!(own["baselines"][0]["id"], "baseline");
    std::fs::remove_file(app.folder().join("own.json")).unwrap();
    let (run, other) = scan(
        &app,
        &["compliant.test", "-b", "mecsa", "--fail-on", "must"],
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(other["targets"][0]["target"]["domain"], "compliant.test");
    assert_eq!(other["baselines"][0]["id"], "mecsa");
    assert!(!app.folder().join("own.json").exists());
}

#[test]
fn domains_of_one_run_are_held_against_baselines_of_their_own() {
    let app = with(
        "baselines = [\"mecsa\"]\n[[domain]]\nname = \"compliant.test\"\n[[domain]]\nnames = [\"dmarc-none.test\"]\nbaselines = [\"baseline\"]\n",
    );
    let (run, results) = scan(&app, &[]);
    let ids = |value: &Value| -> Vec<String> {
        let all = value.as_array().unwrap().iter();
        all.map(|one| {
            one.as_str()
                .unwrap_or_else(|| one["id"].as_str().unwrap())
                .to_owned()
        })
        .collect()
    };
    assert_eq!(ids(&results["baselines"]), ["mecsa", "baseline"], "{run:?}");
    assert_eq!(ids(&results["targets"][0]["baselines"]), ["mecsa"]);
    assert_eq!(ids(&results["targets"][1]["baselines"]), ["baseline"]);
    assert!(findings(&results, "compliant.test", "dmarc-policy-at-least").is_empty());
    assert_eq!(
        findings(&results, "dmarc-none.test", "dmarc-policy-at-least").len(),
        2
    );
    let rules = results["rules"].as_array().unwrap();
    for rule in ["mecsa-starttls", "dmarc-policy-at-least"] {
        assert!(rules.iter().any(|one| one["id"] == rule), "{rule}");
    }
}

const ROLES: &str = "baselines = [\"baseline\"]\n[role.parked]\nbaselines = [\"mecsa\"]\n[[domain]]\nnames = [\"null-mx.test\", \"spf-missing.test\"]\n[[domain]]\nnames = [\"compliant.test\", \"null-mx-preference.test\"]\nrole = \"parked\"\n";

#[test]
fn roles_are_declared_or_derived_and_choose_baselines() {
    let (run, results) = scan(&with(ROLES), &[]);
    let of = |number: usize| &results["targets"][number];
    assert_eq!(of(0)["role"]["source"], "derived", "{run:?}");
    assert_eq!(of(0)["baselines"][0], "mecsa");
    let told = "taken as parked: its records show it (a null MX is published, SPF lets nobody send";
    assert!(flat(&run).contains(told), "{}", run.out);
    assert_eq!(of(1)["role"]["role"], "mail");
    assert_eq!(of(1)["baselines"][0], "baseline");
    assert_eq!(of(2)["role"]["reason"], "waxseal.toml:6 says so");
    assert_eq!(of(2)["baselines"][0], "mecsa");
}

#[test]
fn a_declared_role_stands_in_the_facts_and_is_compared_with_the_records() {
    let app = with(ROLES);
    let (_, results) = scan(&app, &["--facts", "facts.jsonl", "-b", "baseline"]);
    let facts = app.read("facts.jsonl");
    let roles: Vec<(String, bool)> = facts
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|one| {
            let role = one["target"]["role"].as_str().unwrap().to_owned();
            (role, one["target"]["role_declared"] == true)
        })
        .collect();
    assert_eq!(roles[0], ("mail".to_owned(), false));
    assert_eq!(roles[2], ("parked".to_owned(), true));
    let rule = |domain| findings(&results, domain, "role-is-as-declared").remove(0);
    assert_eq!(rule("null-mx.test").1, "not-applicable");
    assert_eq!(rule("null-mx-preference.test").1, "pass");
    let (_, outcome, reason) = rule("compliant.test");
    assert_eq!(outcome, "fail");
    assert!(
        reason.contains("declared as parked, and its records show mail"),
        "{reason}"
    );
}

const ADJUSTMENTS: &str = r#"baselines = ["baseline"]
[[domain]]
name = "dmarc-none.test"
tags = ["shop"]
[[domain]]
name = "compliant.test"
[[adjust]]
rule = "dmarc-*policy-at-least"
tags = ["shop"]
level = "may"
policy = "none"
reason = "not before spring"
[[adjust]]
rule = "tls-rpt-*"
domains = ["dmarc-none.test"]
drop = true
reason = "nobody reads them"
[[adjust]]
rule = "mecsa-starttls"
level = "may"
reason = "never asked here"
[[adjust]]
rule = "dmarc-valid"
roles = ["parked"]
level = "may"
reason = "no such domain"
"#;

#[test]
fn adjustments_change_level_and_parameters_of_the_domains_they_mean() {
    let (run, results) = scan(&with(ADJUSTMENTS), &[]);
    assert_eq!(run.code, 0, "{run:?}");
    for (level, outcome, _) in findings(&results, "dmarc-none.test", "dmarc-policy-at-least") {
        assert_eq!((&*level, &*outcome), ("may", "pass"));
    }
    assert_eq!(
        findings(&results, "compliant.test", "dmarc-policy-at-least")[0].0,
        "must"
    );
    let unused = expected(&[
        ("adjustment-unused", "may", 18),
        ("adjustment-unused", "may", 22),
    ]);
    assert_eq!(notices(&results), unused);
}

#[test]
fn what_an_adjustment_drops_is_counted_and_listed_with_verbose() {
    let app = with(ADJUSTMENTS);
    let (run, results) = scan(&app, &[]);
    let dropped = results["baselines"][0]["dropped"].as_array().unwrap();
    assert!(!dropped.is_empty());
    for one in dropped {
        assert_eq!(one["reason"], "nobody reads them");
        assert_eq!(one["domains"][0], "dmarc-none.test");
    }
    let count = dropped.len();
    assert!(
        run.out.contains(&format!("{count} requirement")),
        "{}",
        run.out
    );
    assert!(run.out.contains(" of baseline dropped"), "{}", run.out);
    assert!(!run.out.contains("nobody reads them"), "{}", run.out);
    let (run, _) = scan(&app, &["--verbose"]);
    for told in [
        "nobody reads them (at dmarc-none.test)",
        "changed not before spring",
    ] {
        assert!(flat(&run).contains(told), "{told}: {}", run.out);
    }
}

#[test]
fn stored_facts_are_judged_by_their_own_time_and_by_the_roles_of_the_file() {
    let app = App::new();
    let collect = [
        "collect",
        "--lab",
        "--now",
        NOW,
        "dmarc-none.test",
        "-o",
        "facts.jsonl",
    ];
    assert_eq!(app.run(collect).code, 0);
    let settings = "[role.parked]\nbaselines = [\"mecsa\"]\n[[domain]]\nname = \"dmarc-none.test\"\nrole = \"parked\"\n[[waiver]]\nrule = \"mecsa-dmarc-policy\"\ndomains = [\"*.test\"]\nreason = \"r\"\nowner = \"o\"\nuntil = 2026-11-23\n";
    app.file("waxseal.toml", settings);
    let run = app.run(["evaluate", "facts.jsonl", "--report", "json=out.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let results: Value = serde_json::from_str(&app.read("out.json")).unwrap();
    assert_eq!(results["targets"][0]["baselines"][0], "mecsa");
    assert_eq!(results["targets"][0]["target"]["role"], "mail");
    assert_eq!(
        findings(&results, "dmarc-none.test", "mecsa-dmarc-policy")[0].1,
        "waived"
    );
    assert_eq!(
        notices(&results),
        expected(&[
            ("role-differs", "may", 3),
            ("waiver-expires-soon", "may", 6)
        ])
    );
}

#[test]
fn init_writes_a_file_that_works_and_replaces_none() {
    let app = App::new();
    let args = [
        "init",
        "--domain",
        "compliant.test",
        "--role",
        "mail",
        "-b",
        "mecsa",
        "--fail-on",
        "should",
    ];
    let run = app.run(args);
    assert_eq!(run.code, 0, "{run:?}");
    let (run, results) = scan(&app, &[]);
    assert_eq!(
        results["targets"][0]["target"]["domain"], "compliant.test",
        "{run:?}"
    );
    assert_eq!(results["gate"]["fail_on"], "should");
    let before = app.read("waxseal.toml");
    let run = app.run(["init"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("--force"), "{}", run.err);
    assert_eq!(app.read("waxseal.toml"), before);
    assert_eq!(
        app.run(["init", "--force", "--domain", "null-mx.test"])
            .code,
        0
    );
    let (_, results) = scan(&app, &[]);
    assert_eq!(results["targets"][0]["role"]["source"], "derived");
    assert_eq!(app.run(["init", "--force"]).code, 0);
    assert_eq!(app.run(["config"]).code, 0);
    let run = app.run(["init", "--force", "--domain", "no domain"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn reports_of_the_settings_replace_nothing_but_reports() {
    let app = App::new();
    app.file("victim.txt", "mine");
    std::fs::create_dir(app.folder().join("inside")).unwrap();
    std::os::unix::fs::symlink("../victim.txt", app.folder().join("inside/link")).unwrap();
    for report in [
        "json=waxseal.toml",
        "text=../victim.txt",
        "text=link",
        "text=/tmp/victim.txt",
        "json=rules/x.rhai",
        "json=waxseal.lock",
    ] {
        app.file("inside/waxseal.toml", format!("reports = [\"{report}\"]\n"));
        let run = app.run([
            "scan",
            "--lab",
            "compliant.test",
            "--config",
            "inside/waxseal.toml",
        ]);
        assert_eq!(run.code, 2, "{report} {run:?}");
        assert!(
            run.err.contains("a report is not written to"),
            "{}",
            run.err
        );
    }
    assert_eq!(app.read("victim.txt"), "mine");
}
