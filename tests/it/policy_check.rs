//! `waxseal policy check` and `policy definitions`: every fault in one run, at its place, in each format.

use super::support::app::{App, Run};
use super::support::held::held;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use waxseal::policy::LINTS;

/// The folder of seeded faults, which is no part of the shipped policies.
const SEEDED: &str = "tests/it/policy_check/seeded";

/// How many faults were put there.
const FAULTS: usize = 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the seeded faults in `seeded`.
fn seeded() -> App {
    let app = App::new();
    for folder in ["rules", "baselines"] {
        fs::create_dir_all(app.folder().join("seeded").join(folder)).unwrap();
    }
    for file in [
        "retired-ids.txt",
        "rules/seeded-broken.rhai",
        "rules/seeded-dmarc.rhai",
        "rules/seeded-mx.rhai",
        "baselines/seeded.rhai",
    ] {
        let text = fs::read(root().join(SEEDED).join(file)).unwrap();
        app.file(&format!("seeded/{file}"), text);
    }
    app
}

fn check(app: &App, more: &[&str]) -> Run {
    let mut args = vec!["policy", "check"];
    args.extend(more);
    app.run(args)
}

fn json(app: &App, more: &[&str]) -> Value {
    let mut args = vec!["--format", "json"];
    args.extend(more);
    serde_json::from_str(&check(app, &args).out).unwrap()
}

#[test]
fn every_seeded_fault_is_found_at_its_line_and_column() {
    let app = seeded();
    let run = check(&app, &["seeded"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.err, "");
    held("tests/golden/policy-check.txt", &run.out);
    let document = json(&app, &["seeded"]);
    let faults = document["faults"].as_array().unwrap();
    assert_eq!(faults.len(), FAULTS, "{}", run.out);
    for fault in faults {
        let place = (fault["line"].as_u64(), fault["column"].as_u64());
        assert!(place.0 > Some(0) && place.1 > Some(0), "{fault}");
    }
}

#[test]
fn all_formats_tell_the_same_faults() {
    let app = seeded();
    let document = json(&app, &["seeded"]);
    let word = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let as_json: Vec<_> = document["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| ["lint", "file", "line", "column"].map(|key| word(&fault[key])))
        .collect();
    let sarif = check(&app, &["seeded", "--format", "sarif"]);
    assert_eq!(sarif.code, 3);
    let sarif: Value = serde_json::from_str(&sarif.out).unwrap();
    let as_sarif: Vec<_> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][index];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
            [
                word(&result["ruleId"]),
                word(&place["artifactLocation"]["uri"]),
                word(&place["region"]["startLine"]),
                word(&place["region"]["startColumn"]),
            ]
        })
        .collect();
    let github = check(&app, &["seeded", "--format", "github"]);
    assert_eq!(github.code, 3);
    let as_github: Vec<_> = github.out.lines().map(annotation).collect();
    assert_eq!(as_sarif, as_json);
    assert_eq!(as_github, as_json);
    let text = check(&app, &["seeded"]).out;
    for [id, file, line, column] in &as_json {
        assert!(
            text.contains(&format!("{file}:{line}:{column}: ")),
            "{text}"
        );
        assert!(text.contains(&format!(": {id})")), "{id}");
    }
}

/// Lint, file, line and column of `::error file=…,line=…,col=…,title=…::…`.
fn annotation(line: &str) -> [String; 4] {
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    assert!(!message.is_empty());
    let (level, properties) = head.split_once(' ').unwrap();
    assert!(["error", "warning"].contains(&level));
    ["title", "file", "line", "col"].map(|wanted| {
        let found = properties.split(',').find_map(|one| {
            let (name, value) = one.split_once('=').unwrap();
            (name == wanted).then(|| value.to_owned())
        });
        found.unwrap()
    })
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let Some(corpora) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("left out: WAXSEAL_CORPORA is not set, the schema is not there");
        return;
    };
    let app = seeded();
    app.file(
        "faults.sarif",
        check(&app, &["seeded", "--format", "sarif"]).out,
    );
    let schema = Path::new(&corpora).join("sarif/sarif-schema-2.1.0.json");
    let script = "import json,sys,jsonschema; jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(schema)
        .arg(app.folder().join("faults.sarif"))
        .output();
    match done {
        Ok(done) => assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        ),
        Err(error) => println!("left out: python3: {error}"),
    }
}

#[test]
fn the_shipped_policies_are_clean_and_so_is_their_folder() {
    let app = App::new();
    let run = check(&app, &["--strict"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(
        run.out.starts_with("0 errors, 0 warnings in "),
        "{}",
        run.out
    );
    let folder = root().join("policies");
    let run = check(&app, &["--strict", folder.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.out);
}

const SOUND: &str = "rule(\"sound\", #{ title: \"T\", area: \"spf\", severity: \"low\", why: \"w\", fix: \"f\", refs: [\"RFC 7208\"] },\n\
    |mail, _want| { require mail.spf.record.present else \"no\"; });\n";

#[test]
fn warnings_fail_only_where_the_check_is_strict() {
    let app = App::new();
    fs::create_dir_all(app.folder().join("mine/rules")).unwrap();
    app.file("mine/rules/mine.rhai", SOUND);
    let run = check(&app, &["mine"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.out.contains("(warning: rule-never-asked)"),
        "{}",
        run.out
    );
    assert_eq!(check(&app, &["mine", "--strict"]).code, 3);
    assert_eq!(check(&app, &["--policies", "mine", "--strict"]).code, 3);
    let document = json(&app, &["mine"]);
    assert_eq!(
        (&document["errors"], &document["warnings"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn a_single_file_is_checked_with_its_path_as_it_was_given() {
    let app = App::new();
    fs::create_dir_all(app.folder().join("mine/rules")).unwrap();
    app.file(
        "mine/rules/mine.rhai",
        SOUND.replace(".record.", ".recrod."),
    );
    app.file("mine/rules/other.rhai", "let x = ;");
    let run = check(&app, &["mine/rules/mine.rhai"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.out.contains("mine/rules/mine.rhai:2:34: "),
        "{}",
        run.out
    );
    assert!(!run.out.contains("other.rhai"), "{}", run.out);
    app.file("stray.rhai", SOUND);
    assert_eq!(check(&app, &["stray.rhai"]).code, 2);
}

#[test]
fn a_typo_stops_a_scan_before_anything_is_asked() {
    let app = App::new();
    fs::create_dir_all(app.folder().join("mine/rules")).unwrap();
    app.file(
        "mine/rules/mine.rhai",
        SOUND.replace(".record.", ".recrod."),
    );
    let run = app.run(["scan", "--lab", "compliant.test", "--policies", "mine"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""), "{run:?}");
    assert!(
        run.err.contains("there is no fact `mail.spf.recrod`"),
        "{}",
        run.err
    );
    assert!(run.err.contains("did you mean `record`?"), "{}", run.err);
}

#[test]
fn definitions_are_printed_or_written() {
    let app = App::new();
    let run = app.run(["policy", "definitions"]);
    assert_eq!(run.code, 0);
    assert!(
        run.out
            .contains("fn at_least(word: String, floor: String) -> bool;")
    );
    let written = app.run(["policy", "definitions", "--out", "waxseal.d.rhai"]);
    assert_eq!((written.code, written.out.as_str()), (0, ""));
    assert_eq!(app.read("waxseal.d.rhai"), run.out);
    assert_eq!(
        app.run(["policy", "definitions", "--out", "no/such"]).code,
        2
    );
}

#[test]
fn the_grammar_for_editors_is_json_and_knows_the_statements() {
    let text = fs::read_to_string(root().join("docs/editors/rhai.tmLanguage.json")).unwrap();
    let grammar: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(grammar["scopeName"], "source.rhai");
    for word in ["require", "recommend", "known"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn the_page_lists_every_lint() {
    let (begin, end) = ("<!-- lints: generated -->\n", "<!-- end of lints -->");
    let page = fs::read_to_string(root().join("docs/policies.md")).unwrap();
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let mut table = String::from("| lint | level | what it finds |\n|---|---|---|\n");
    for lint in LINTS {
        let meaning = lint.meaning.replace('|', "\\|");
        let _ = writeln!(
            table,
            "| `{}` | {} | {meaning} |",
            lint.id,
            lint.level.as_str()
        );
    }
    held(
        "docs/policies.md",
        &format!("{before}{begin}{table}{end}{after}"),
    );
}
