//! Stored results: reports of them, and two runs side by side.

use super::support::app::App;
use serde_json::Value;

fn scanned(app: &App) {
    let run = app.run([
        "scan",
        "--lab",
        "compliant.test",
        "dmarc-missing.test",
        "--facts",
        "facts.jsonl",
        "--report",
        "json=results.json",
        "--report",
        "jsonl=results.jsonl",
        "--report",
        "junit=scan.xml",
        "--report",
        "text=scan.txt",
        "--quiet",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
}

#[test]
fn stored_results_give_the_reports_that_the_scan_gave() {
    let app = App::new();
    scanned(&app);
    for stored in ["results.json", "results.jsonl"] {
        let run = app.run([
            "report",
            stored,
            "--report",
            "junit=again.xml",
            "--format",
            "text",
        ]);
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(run.out, app.read("scan.txt"), "{stored}");
        assert_eq!(app.read("again.xml"), app.read("scan.xml"), "{stored}");
        for (format, same) in [("json", "results.json"), ("jsonl", "results.jsonl")] {
            let run = app.run(["report", stored, "-f", format]);
            assert!(run.out == app.read(same), "{stored} as {format}");
        }
    }
    // A run that failed is reported on without failing again, and read from standard input too.
    let run = app.run_with(["report", "-"], &app.read("results.jsonl"));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("2 domains: "), "{}", run.out);
}

#[test]
fn a_report_on_one_domain_is_counted_as_if_it_had_been_alone() {
    let app = App::new();
    scanned(&app);
    let run = app.run([
        "report",
        "results.json",
        "--domain",
        "COMPLIANT.test.",
        "-f",
        "json",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let one: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(one["targets"].as_array().unwrap().len(), 1);
    assert_eq!(one["summary"], one["targets"][0]["summary"]);
    let run = app.run(["report", "results.json", "--domain", "other.test"]);
    assert_eq!(run.code, 2, "{run:?}");
    let told = "no results of `other.test`; results.json has compliant.test, dmarc-missing.test";
    assert!(run.err.contains(told), "{}", run.err);
}

#[test]
fn what_is_no_results_document_is_refused_by_name() {
    let app = App::new();
    app.file("no.json", "{}");
    let run = app.run(["report", "no.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.err.contains("no.json: not a results document"),
        "{}",
        run.err
    );
    assert!(run.err.contains("--report json=FILE"), "{}", run.err);
    let run = app.run(["report", "no.json", "--report", "text=no.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(app.read("no.json"), "{}");
}

#[test]
fn a_file_that_lost_lines_is_not_taken_for_a_whole_run() {
    let app = App::new();
    scanned(&app);
    let whole = app.read("results.jsonl");
    let cut: Vec<&str> = whole.lines().take(2).collect();
    app.file("cut.jsonl", cut.join("\n"));
    let run = app.run(["report", "cut.jsonl"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.out.contains("Not whole: the file holds "),
        "{}",
        run.out
    );
    let facts = app.run(["report", "facts.jsonl"]);
    assert_eq!(facts.code, 2, "{facts:?}");
    assert!(facts.err.contains("`waxseal evaluate`"), "{}", facts.err);
}

#[test]
fn no_report_takes_the_place_of_what_it_is_made_from() {
    let app = App::new();
    scanned(&app);
    app.file("t.txt", "{{ run.verdict }}");
    std::os::unix::fs::symlink("results.json", app.folder().join("link.json")).unwrap();
    let before = app.read("results.json");
    for file in ["results.json", "./results.json", "link.json"] {
        let run = app.run([
            "report",
            "results.json",
            "--report",
            &format!("text={file}"),
        ]);
        assert_eq!(run.code, 2, "{file}: {run:?}");
    }
    let run = app.run([
        "report",
        "results.json",
        "--template",
        "t.txt",
        "--report",
        "html=./t.txt",
    ]);
    assert_eq!(run.code, 2, "{run:?}");
    let run = app.run([
        "evaluate",
        "facts.jsonl",
        "-q",
        "--report",
        "json=./facts.jsonl",
    ]);
    assert_eq!(run.code, 2, "{run:?}");
    let run = app.run([
        "report",
        "results.json",
        "--report",
        "text=a",
        "--report",
        "csv=./a",
    ]);
    assert!(run.err.contains("two outputs go there"), "{}", run.err);
    assert_eq!(app.read("results.json"), before);
    // A link to a file that is not there yet stays a link.
    std::os::unix::fs::symlink("later.txt", app.folder().join("link.txt")).unwrap();
    let run = app.run(["report", "results.json", "-q", "--report", "text=link.txt"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(app.read("later.txt").contains("2 domains"));
}

#[test]
fn one_standard_output_takes_one_report() {
    let app = App::new();
    scanned(&app);
    let run = app.run(["report", "results.json", "-f", "json", "--report", "text=-"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("two outputs go there"), "{}", run.err);
}

/// The facts with every DMARC policy softened, as if it had been published so.
fn softened(facts: &str) -> String {
    facts
        .replace("p=reject;", "p=none;  ")
        .replace(r#""p":"reject""#, r#""p":"none""#)
        .replace(r#""content":"reject""#, r#""content":"none""#)
}

#[test]
fn a_changed_domain_is_told_from_a_changed_policy() {
    let app = App::new();
    scanned(&app);
    app.file("later.jsonl", softened(&app.read("facts.jsonl")));

    let same = app.run(["diff", "facts.jsonl", "facts.jsonl"]);
    assert_eq!(same.code, 0, "{same:?}");
    assert!(
        same.out.contains("no domain changed, 2 as before"),
        "{}",
        same.out
    );

    let run = app.run(["diff", "facts.jsonl", "later.jsonl"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.contains("because the domain changed"),
        "{}",
        run.out
    );
    assert!(run.out.contains("pass → fail"), "{}", run.out);
    assert!(!run.out.contains("only because"), "{}", run.out);
    let back = app.run(["diff", "later.jsonl", "facts.jsonl"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert!(back.out.contains("fail → pass"), "{}", back.out);

    // The same facts against another norm: nothing changed but what is asked.
    let other = app.run([
        "evaluate",
        "facts.jsonl",
        "-b",
        "nl-forum",
        "--report",
        "json=other.json",
        "-q",
    ]);
    assert!(matches!(other.code, 0 | 1 | 4), "{other:?}");
    let run = app.run(["diff", "results.json", "other.json", "--json"]);
    let difference: Value = serde_json::from_str(&run.out).unwrap();
    let findings = difference["domains"][0]["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    assert!(
        findings.iter().all(|one| one["cause"] == "policy"),
        "{findings:#?}"
    );
    let tools = difference["changed_tools"].to_string();
    assert!(
        tools.contains("the baseline `mecsa` is in the earlier run only"),
        "{tools}"
    );
}
