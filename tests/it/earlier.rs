//! A run beside an earlier one, and policies that are locked or come in one file.

use super::support::app::App;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// The results of `dmarc-missing.test`, in which this rule's finding is made to have had another outcome.
fn earlier(app: &App, rule: &str, outcome: &str) {
    let mut results: Value = serde_json::from_str(&app.read("old.json")).unwrap();
    let findings = results["targets"][0]["findings"].as_array_mut().unwrap();
    let of_rule = findings.iter_mut().filter(|one| one["rule"] == rule);
    of_rule.for_each(|finding| finding["outcome"] = outcome.into());
    app.file("earlier.json", results.to_string());
}

fn again(app: &App) -> (i32, String) {
    let run = app.run([
        "evaluate",
        "facts.jsonl",
        "-b",
        "baseline",
        "--baseline-results",
        "earlier.json",
        "--new-only",
    ]);
    (run.code, run.out)
}

#[test]
fn only_what_is_new_since_an_earlier_run_counts_where_that_is_asked() {
    let app = App::new();
    let run = app.run([
        "scan",
        "--lab",
        "dmarc-missing.test",
        "-b",
        "baseline",
        "--facts",
        "facts.jsonl",
        "--report",
        "json=old.json",
    ]);
    assert_eq!(run.code, 1, "{run:?}");

    earlier(&app, "none", "pass");
    let (code, told) = again(&app);
    assert_eq!(code, 0, "{told}");
    // Seven failures, and the six that a run of this depth does not settle.
    let line = "since earlier.json: 0 new, 13 unchanged, 0 fixed";
    assert!(told.contains(line), "{told}");

    earlier(&app, "dmarc-published", "pass");
    let (code, told) = again(&app);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(": 1 new, 12 unchanged"), "{told}");
    assert!(told.contains("new: not so in the earlier run"), "{told}");

    earlier(&app, "spf-published", "fail");
    let (code, told) = again(&app);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("1 fixed"), "{told}");
    assert!(
        told.contains("fixed: it failed in the earlier run"),
        "{told}"
    );
}

#[test]
fn earlier_results_that_can_t_be_read_stop_the_run_before_it_begins() {
    let app = App::new();
    app.file("facts.json", "{\"schema\":\"waxseal.facts/1\"}");
    let scan = ["scan", "example.org", "--baseline-results"];
    for (file, told) in [
        ("nowhere.json", "No such file"),
        ("facts.json", "waxseal.facts/1"),
    ] {
        let run = app.run(scan.into_iter().chain([file]));
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains(told), "{}", run.err);
    }
    let run = app.run(["scan", "example.org", "--new-only"]);
    assert_eq!(run.code, 2, "{run:?}");
}

const RULE: &str = "rule(\"own\", #{ title: \"T\", area: \"dns\", severity: \"low\", why: \"w\", fix: \"f\", refs: [\"R\"] }, |_mail, _want| { require true else \"no\"; });\n";
const BASELINE: &str = "baseline(\"own\", #{ title: \"T\", publisher: \"P\", version: \"1\", source: \"s\" });\nmust(\"own\", #{});\n";

#[test]
fn a_locked_run_refuses_policies_that_changed_and_sends_no_packet() {
    let app = App::new();
    std::fs::create_dir_all(app.folder().join("mine/rules")).unwrap();
    app.file("mine/rules/own.rhai", RULE);
    let run = app.run(["policy", "lock", "--policies", "mine"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(app.read("waxseal.lock").contains("\"rules/own.rhai\" = \""));
    let scan = [
        "scan",
        "--lab",
        "compliant.test",
        "--policies",
        "mine",
        "--locked",
    ];
    assert_eq!(app.run(scan).code, 0);

    app.file("mine/rules/own.rhai", RULE.replace("low", "high"));
    let run = app.run(scan);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("rules/own.rhai has changed"),
        "{}",
        run.err
    );
    assert!(run.err.contains("waxseal policy lock"), "{}", run.err);

    app.file("waxseal.lock", "files = 1\n");
    let run = app.run(scan);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.err.contains("waxseal.lock"), "{}", run.err);
}

#[test]
fn policies_come_from_an_archive_as_they_do_from_a_folder() {
    let app = App::new();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [
        ("mine/rules/own.rhai", RULE),
        ("mine/baselines/own.rhai", BASELINE),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, text.as_bytes())
            .unwrap();
    }
    app.file(
        "mine.tar.gz",
        archive.into_inner().unwrap().finish().unwrap(),
    );
    let run = app.run([
        "scan",
        "--lab",
        "compliant.test",
        "--policies",
        "mine.tar.gz",
        "-b",
        "own",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("1 pass"), "{}", run.out);

    app.file("broken.tar.gz", "no archive");
    let run = app.run(["scan", "example.org", "--policies", "broken.tar.gz"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("broken.tar.gz"), "{}", run.err);
}
