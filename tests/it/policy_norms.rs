//! What `waxseal policy` tells auditors of norms: lists, differences, contradictions, coverage, pages.

use super::support::app::{App, Run};
use serde_json::Value;

const RULES: &str = r#"
rule("ruf-asked", #{
    title: "Failure reports are asked for", area: "test", severity: "low", why: "Because <b>.", fix: "Publish `ruf=`.",
    refs: ["RFC 9989"], contradicts: ["ruf-not-asked"],
}, |_mail, _want| { require true else "no"; });
rule("ruf-not-asked", #{
    title: "No failure reports are asked for", area: "test", severity: "low", why: "W", fix: "F", refs: ["R"],
}, |_mail, _want| { require true else "no"; });
rule("rsa-bits-at-least", #{
    title: "At least ${bits} bits", area: "test", severity: "high", why: "W", fix: "F", refs: ["R"],
    params: #{ bits: 2048 }, quantity: "rsa-bits",
}, |_mail, want| { require want.bits > 0 else "no"; });
rule("rsa-bits-at-most", #{
    title: "At most ${bits} bits", area: "test", severity: "low", why: "W", fix: "F", refs: ["R"],
    params: #{ bits: 2048 }, quantity: "rsa-bits",
}, |_mail, want| { require want.bits > 0 else "no"; });
"#;

fn head(id: &str) -> String {
    format!(
        "baseline(\"{id}\", #{{ title: \"Norm {id}\", publisher: \"P\", version: \"1\", date: \"2026-01\", source: \"https://example.org/?a&b\" }});\n"
    )
}

/// Two norms that contradict in two places, and a profile of the first.
fn app() -> App {
    let app = App::new();
    for folder in ["rules", "baselines", "profiles"] {
        std::fs::create_dir_all(app.folder().join("mine").join(folder)).unwrap();
    }
    app.file("mine/rules/test.rhai", RULES);
    let acn = "must(\"ruf-asked\", #{ clause: \"4.2\" });\n\
               must(\"rsa-bits-at-least\", #{ clause: \"4.3\", bits: 3072, verified: false });\n\
               manual(\"logs-kept\", #{ clause: \"4.4\", title: \"Logs are kept\", area: \"test\" });\n\
               out_of_scope(\"staff-trained\", #{ clause: \"4.5\", title: \"Staff is trained\", reason: \"about people\" });\n";
    app.file("mine/baselines/x-acn.rhai", head("x-acn") + acn);
    let bsi = "should(\"ruf-not-asked\", #{ clause: \"B-7\" });\nmust(\"rsa-bits-at-most\", #{ clause: \"B-8\" });\n\
               should(\"rsa-bits-at-least\", #{ clause: \"B-9\" });\n";
    app.file("mine/baselines/x-bsi.rhai", head("x-bsi") + bsi);
    app.file(
        "mine/profiles/ours.rhai",
        "profile(\"ours\", #{ title: \"Ours\", owner: \"o\", version: \"3\", extends: [\"x-acn\"] });\n\
         drop(\"ruf-asked\", #{ reason: \"privacy\" });\n\
         change(\"rsa-bits-at-least\", #{ bits: 2048, reason: \"DNS is small\" });\n\
         may(\"ruf-not-asked\", #{});\n",
    );
    app
}

fn run(app: &App, args: &[&str]) -> Run {
    let mut all = vec!["policy"];
    all.extend(args);
    all.extend(["--policies", "mine"]);
    app.run(all)
}

/// The output with runs of spaces and line breaks as one space.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out)
        .unwrap_or_else(|error| panic!("{error}: {} {}", run.out, run.err))
}

#[test]
fn the_list_counts_what_norms_ask_and_who_asks_a_rule() {
    let app = app();
    let all = run(&app, &["list"]);
    assert_eq!(all.code, 0, "{}", all.err);
    let told = flat(&all.out);
    for wanted in [
        "x-acn 3 must 1 manual Norm x-acn, version 1 (2026-01)",
        "ours 2 must 1 may 1 manual Ours, version 3",
        "rsa-bits-at-least high asked by 3 At least 2048 bits",
        "mecsa ",
    ] {
        assert!(told.contains(wanted), "{wanted}: {}", all.out);
    }
    assert!(
        all.out.lines().all(|line| line.chars().count() <= 100),
        "{}",
        all.out
    );
    let few = run(&app, &["list", "--area", "test", "--baseline", "x-bsi"]);
    assert!(
        few.out.starts_with("Rules\n") && !few.out.contains("ruf-asked "),
        "{}",
        few.out
    );
    for (args, title, other) in [
        (["list", "--rules"], "Rules\n", "Baselines"),
        (["list", "--baselines"], "Baselines\n", "Rules"),
        (["list", "--profiles"], "Profiles\n", "Baselines"),
    ] {
        let some = run(&app, &args);
        assert!(
            some.out.starts_with(title) && !some.out.contains(other),
            "{}",
            some.out
        );
    }
    let listed = json(&run(&app, &["list", "--profiles", "--json"]));
    let profiles = listed["profiles"].as_array().unwrap();
    let ours = profiles.iter().find(|one| one["id"] == "ours").unwrap();
    assert_eq!(ours["counts"]["must"], 2);
    assert_eq!(listed["rules"], serde_json::json!([]));
    for (args, named) in [
        (["list", "--area", "banana"], "banana"),
        (["list", "-b", "kiwi"], "kiwi"),
    ] {
        let wrong = run(&app, &args);
        assert!(
            wrong.code == 2 && wrong.err.contains(named),
            "{}",
            wrong.err
        );
    }
}

#[test]
fn a_baseline_a_profile_and_a_rule_are_shown_with_all_that_is_special() {
    let app = app();
    for (id, wanted) in [
        (
            "x-acn",
            "must rsa-bits-at-least 4.3 At least 3072 bits [bits: 3072] (unverified)",
        ),
        ("x-acn", "must logs-kept 4.4 Logs are kept (manual)"),
        (
            "x-acn",
            "Out of scope staff-trained 4.5 Staff is trained: about people",
        ),
        (
            "ours",
            "At least 2048 bits (unverified) (from x-acn) changed: DNS is small",
        ),
        (
            "ours",
            "Dropped must ruf-asked x-acn 4.2 Failure reports are asked for: privacy",
        ),
        (
            "rsa-bits-at-least",
            "Parameters bits: 2048 Quantity rsa-bits Defined rules/test.rhai:",
        ),
        ("rsa-bits-at-least", "x-bsi should B-9"),
        ("ruf-asked", "Contradicts ruf-not-asked"),
    ] {
        let shown = run(&app, &["show", id]);
        assert_eq!(shown.code, 0, "{}", shown.err);
        assert!(flat(&shown.out).contains(wanted), "{wanted}: {}", shown.out);
    }
    let rule = json(&run(&app, &["show", "rsa-bits-at-least", "--json"]));
    assert_eq!(rule["parameters"]["bits"], 2048);
    assert_eq!(rule["asked_by"].as_array().map(Vec::len), Some(3));
    let norm = json(&run(&app, &["show", "x-acn", "--json"]));
    assert_eq!(norm["requirements"][1]["set"]["bits"], 3072);
    assert_eq!(norm["out_of_scope"][0]["clause"], "4.5");
}

#[test]
fn the_effective_policy_is_a_baseline_that_asks_the_same() {
    let app = app();
    let effective = run(&app, &["show", "ours", "--effective"]);
    assert_eq!(effective.code, 0, "{}", effective.err);
    app.file(
        "mine/baselines/plain.rhai",
        effective.out.replace("\"ours\"", "\"plain\""),
    );
    let same = run(&app, &["diff", "ours", "plain"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
    assert!(
        flat(&same.out).contains("0 changed · 3 same"),
        "{}",
        same.out
    );
}

#[test]
fn a_profile_differs_from_its_upstream_in_what_it_says_and_why() {
    let app = app();
    let told = run(&app, &["show", "ours", "--against-upstream"]);
    assert_eq!(told.code, 1, "{}", told.err);
    let text = flat(&told.out);
    for wanted in [
        "Added (1) may ruf-not-asked",
        "Dropped (1) must ruf-asked 4.2 Failure reports are asked for (privacy)",
        "Weaker (1) must rsa-bits-at-least 4.3 bits: 3072 → 2048 (DNS is small)",
    ] {
        assert!(text.contains(wanted), "{wanted}: {}", told.out);
    }
    let wrong = run(&app, &["show", "x-acn", "--against-upstream"]);
    assert!(
        wrong.code == 2 && wrong.err.contains("extends nothing"),
        "{}",
        wrong.err
    );
}

#[test]
fn norms_and_versions_of_a_norm_are_compared() {
    let app = app();
    let norms = run(&app, &["diff", "x-acn", "x-bsi"]);
    assert_eq!(norms.code, 1, "{}", norms.err);
    let text = flat(&norms.out);
    for wanted in [
        "Weaker (1) should rsa-bits-at-least 4.3 → B-9 level: must → should; bits: 3072 → 2048",
        "Added (2)",
        "Dropped (2)",
    ] {
        assert!(text.contains(wanted), "{wanted}: {}", norms.out);
    }
    let document = json(&run(&app, &["diff", "x-acn", "x-bsi", "--json"]));
    assert_eq!(document["equal"], false);
    assert_eq!(document["differences"][0]["kind"], "added");

    std::fs::create_dir_all(app.folder().join("new/baselines")).unwrap();
    std::fs::create_dir_all(app.folder().join("new/rules")).unwrap();
    app.file("new/rules/test.rhai", RULES);
    app.file(
        "new/baselines/x-acn.rhai",
        app.read("mine/baselines/x-acn.rhai")
            .replace("3072", "4096"),
    );
    for args in [
        &[
            "policy",
            "diff",
            "--policies",
            "mine",
            "--with",
            "new",
            "x-acn",
        ][..],
        &[
            "policy",
            "diff",
            "mine/baselines/x-acn.rhai",
            "new/baselines/x-acn.rhai",
        ],
    ] {
        let versions = app.run(args);
        assert_eq!(versions.code, 1, "{}", versions.err);
        let text = flat(&versions.out);
        assert!(
            text.contains("Stricter (1)") && text.contains("bits: 3072 → 4096"),
            "{}",
            versions.out
        );
        assert!(!text.contains("another text"), "{}", versions.out);
    }
    // A rule that tests otherwise is a difference, though the baseline is the same.
    app.file(
        "new/baselines/x-acn.rhai",
        app.read("mine/baselines/x-acn.rhai"),
    );
    app.file(
        "new/rules/test.rhai",
        RULES.replace("want.bits > 0", "want.bits > 1"),
    );
    let rules = app.run([
        "policy",
        "diff",
        "--policies",
        "mine",
        "--with",
        "new",
        "x-acn",
    ]);
    assert!(
        rules.code == 1 && rules.out.contains("rules/test.rhai"),
        "{}",
        rules.out
    );
    for (args, code) in [
        (["diff", "x-acn", "x-acn"], 0),
        (["diff", "x-acn", "kiwi"], 2),
        (["diff", "x-acn", "no/such.rhai"], 2),
    ] {
        assert_eq!(run(&app, &args).code, code, "{args:?}");
    }
}

#[test]
fn contradictions_name_both_sides_and_what_to_do() {
    let app = app();
    let found = run(&app, &["conflicts", "x-acn", "x-bsi"]);
    assert_eq!(found.code, 1, "{}", found.err);
    let text = flat(&found.out);
    for wanted in [
        "ruf-asked and ruf-not-asked can't both hold x-acn must 4.2 ruf-asked",
        "one is a recommendation",
        "rsa-bits: the floor of rsa-bits-at-least is above the ceiling of rsa-bits-at-most",
        "both must hold, and no domain can meet both",
        "drop(\"ruf-not-asked\", #{ from: \"x-bsi\", reason: \"…\" });",
        "change(\"rsa-bits-at-least\", #{ from: \"x-acn\", bits: 2048, reason: \"…\" });",
        "2 contradictions, 1 of them between two that must hold, in x-acn, x-bsi",
    ] {
        assert!(text.contains(wanted), "{wanted}: {}", found.out);
    }
    let document = json(&run(
        &app,
        &["conflicts", "-b", "x-acn", "-b", "x-bsi", "--json"],
    ));
    assert_eq!(document["conflicts"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["conflicts"][1]["quantity"], "rsa-bits");
    let none = run(&app, &["conflicts", "ours", "x-acn"]);
    assert!(
        none.code == 0 && none.out.starts_with("no contradiction"),
        "{}",
        none.out
    );
}

#[test]
fn coverage_counts_clauses_and_lists_what_no_machine_checks() {
    let app = app();
    let all = run(&app, &["coverage"]);
    let wanted = "x-acn 4 clauses: 2 machine-checked · 1 manual · 1 out of scope · 1 unverified";
    assert!(
        all.code == 0 && flat(&all.out).contains(wanted),
        "{}",
        all.out
    );
    let ours = run(&app, &["coverage", "ours", "--missing"]);
    let text = flat(&ours.out);
    for wanted in [
        "1 dropped",
        "from x-acn 4.4 manual must logs-kept Logs are kept",
        "4.5 out of scope staff-trained Staff is trained: about people",
        "4.2 dropped must ruf-asked Failure reports are asked for: privacy",
    ] {
        assert!(text.contains(wanted), "{wanted}: {}", ours.out);
    }
    assert!(!ours.out.contains("rsa-bits"), "{}", ours.out);
    let document = json(&run(&app, &["coverage", "x-acn", "--json"]));
    assert_eq!(document[0]["counts"]["machine-checked"], 2);
    assert_eq!(document[0]["clauses"][3]["status"], "out of scope");
}

#[test]
fn the_matrix_shows_who_asks_what() {
    let app = app();
    let shown = run(&app, &["matrix", "x-acn", "x-bsi", "--area", "test"]);
    let lines: Vec<_> = shown.out.lines().map(flat).collect();
    assert_eq!(
        lines,
        [
            "x-acn x-bsi",
            "rsa-bits-at-least must should",
            "rsa-bits-at-most must",
            "ruf-asked must",
            "ruf-not-asked should",
        ]
    );
}

#[test]
fn pages_are_whole_the_same_each_time_and_inert() {
    let app = app();
    app.file(
        "mine/baselines/evil.rhai",
        head("evil").replace("Norm evil", "<script>alert(1)</script> |\\x1b[2J")
            + "must(\"ruf-asked\", #{ clause: \"</td>\" });\n",
    );
    let html = run(&app, &["doc", "--format", "html"]);
    assert_eq!(html.code, 0, "{}", html.err);
    assert!(!html.out.contains("<script") && !html.out.contains('\u{1b}'));
    assert!(html.out.contains("&lt;script&gt;alert(1)") && html.out.contains("Because &lt;b&gt;."));
    for anchor in html.out.split("href=\"#").skip(1) {
        let name = anchor.split('"').next().unwrap();
        assert!(html.out.contains(&format!("id=\"{name}\"")), "{name}");
    }
    let one = run(&app, &["doc"]);
    assert_eq!(one.out, run(&app, &["doc"]).out);
    assert!(
        one.out
            .contains("| [`rsa-bits-at-least`](#rule-rsa-bits-at-least) |"),
        "{}",
        one.out
    );
    let files = run(&app, &["doc", "--out", "pages"]);
    assert_eq!(files.code, 0, "{}", files.err);
    let index = app.read("pages/index.md");
    assert!(
        index.contains("(baseline-x-acn.md#baseline-x-acn)"),
        "{index}"
    );
    assert!(app.read("pages/area-test.md").contains("Publish `ruf=`."));
    assert!(app.read("pages/baseline-evil.md").contains("\\<script\\>"));
    run(&app, &["doc", "--out", "pages", "--format", "html"]);
    assert_eq!(app.read("pages/index.html"), html.out);
}

#[test]
fn a_report_of_several_baselines_says_which_of_them_wants_what_is_amiss() {
    let app = app();
    let args = |few: &[&'static str]| -> Vec<&'static str> {
        let mut all = vec!["scan", "--lab", "dmarc-none.test"];
        all.extend(few.iter().flat_map(|id| ["-b", *id]));
        all
    };
    let title = "Who asks what is not in order";
    app.file(
        "mine/baselines/strict.rhai",
        head("strict") + "must(\"dmarc-policy-at-least\", #{});\n",
    );
    let mut three = args(&["baseline", "mecsa", "strict"]);
    three.extend(["--policies", "mine"]);
    let shown = app.run(&three);
    let table = shown.out.split(title).nth(1).unwrap_or_default();
    let row = table
        .lines()
        .find(|line| line.contains("dmarc-policy-at-least"));
    assert!(
        row.is_some_and(|row| row.trim_end().ends_with("must ✗")),
        "{}",
        shown.out
    );
    assert!(!app.run(args(&["baseline", "mecsa"])).out.contains(title));
}
