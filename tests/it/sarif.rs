//! SARIF as others read it: Microsoft's `sarif-multitool` with the rules of the standard and those of GitHub, and
//! the places that results point to.

use super::interop::daemons::required;
use super::support::app::App;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const NOW: &str = "2026-11-23T10:00:00Z";

/// Domains with something of everything: sound, with corrections, unknown, parked, hostile.
const DOMAINS: [&str; 6] = [
    "compliant.test",
    "spf-plus-all.test",
    "spf-temperror.test",
    "dmarc-none.test",
    "dnssec-tampered.test",
    "hostile-txt.test",
];

/// The validator: the program below `WAXSEAL_NODE_MODULES`, else what the PATH has.
fn multitool() -> Option<PathBuf> {
    let modules = std::env::var_os("WAXSEAL_NODE_MODULES").map(PathBuf::from);
    let own = modules.map(|folder| folder.join("@microsoft/sarif-multitool-linux/Sarif.Multitool"));
    let found = own.unwrap_or_else(|| PathBuf::from("sarif-multitool"));
    Command::new(&found)
        .arg("version")
        .output()
        .is_ok()
        .then_some(found)
}

/// What the validator calls an error in a file, by one set of its rules.
fn errors(multitool: &Path, folder: &Path, file: &Path, rules: &str) -> Vec<String> {
    let done = Command::new(multitool)
        .arg("validate")
        .arg(file)
        .args(["--rule-kind", rules, "--log", "ForceOverwrite", "--output"])
        .arg(folder.join("faults.sarif"))
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(told.contains("1 files scanned"), "{told}");
    let error = |line: &&str| line.contains(": error ");
    told.lines().filter(error).map(str::to_owned).collect()
}

#[test]
fn both_profiles_satisfy_the_validator_that_others_use() {
    let Some(multitool) = multitool() else {
        assert!(
            !required(),
            "WAXSEAL_INTEROP=require, but sarif-multitool is missing"
        );
        println!("left out: sarif-multitool is not installed");
        return;
    };
    let app = App::new();
    let run = app.run([
        "scan",
        "--lab",
        "--now",
        NOW,
        "--quiet",
        "--report",
        "jsonl=lab.jsonl",
        "--report",
        "sarif-github=lab.github.sarif",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    // With every finding of every domain the validator takes minutes.
    let domains = DOMAINS.iter().flat_map(|domain| ["--domain", domain]);
    let few = ["report", "lab.jsonl", "--report", "sarif=few.sarif"];
    let run = app.run(few.into_iter().chain(domains));
    assert_eq!(run.code, 0, "{run:?}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for file in [
        golden.join("report.sarif"),
        golden.join("report.github.sarif"),
        app.folder().join("few.sarif"),
        app.folder().join("lab.github.sarif"),
    ] {
        for rules in ["Sarif", "Ghas"] {
            let found = errors(&multitool, app.folder(), &file, rules);
            assert!(found.is_empty(), "{}: {found:#?}", file.display());
        }
    }
}

/// File, line, first column and the one behind the last of each target.
fn places(app: &App, results: &str) -> Vec<Option<(String, u64, u64, u64)>> {
    let results: Value = serde_json::from_str(&app.read(results)).unwrap();
    let targets = results["targets"].as_array().unwrap().iter();
    targets
        .map(|target| {
            let place = target.get("place")?;
            let number = |key: &str| place[key].as_u64();
            let file = place["file"].as_str()?.to_owned();
            Some((
                file,
                number("line")?,
                number("column")?,
                number("end_column")?,
            ))
        })
        .collect()
}

#[test]
fn results_say_where_the_user_named_each_domain() {
    let app = App::new();
    app.file(
        "domains.txt",
        "# ours\n  dmarc-none.test # soon\ncompliant.test\n",
    );
    app.file(
        "waxseal.toml",
        "[[domain]]\nnames = [\"compliant.test\", \"spf-missing.test\"]\n[[domain]]\nname = \"*.example\"\n",
    );
    let scan = |args: &[&str]| {
        let fixed = [
            "scan",
            "--lab",
            "--now",
            NOW,
            "--quiet",
            "--report",
            "json=out.json",
        ];
        app.run(fixed.iter().chain(args));
        places(&app, "out.json")
    };
    let at = |file: &str, line, from, to| Some((file.to_owned(), line, from, to));
    // A list goes before the settings, and the command line is no file.
    assert_eq!(
        scan(&[
            "--from",
            "domains.txt",
            "spf-missing.test",
            "dmarc-missing.test"
        ]),
        [
            at("waxseal.toml", 2, 28, 46),
            None,
            at("domains.txt", 2, 3, 18),
            at("domains.txt", 3, 1, 15)
        ]
    );
    let named = scan(&["--facts", "facts.jsonl"]);
    assert_eq!(
        named.first(),
        Some(&at("waxseal.toml", 2, 10, 26)),
        "{named:?}"
    );
    app.run([
        "evaluate",
        "facts.jsonl",
        "--quiet",
        "--report",
        "json=again.json",
        "--report",
        "sarif-github=again.sarif",
    ]);
    assert_eq!(places(&app, "again.json"), named);
    let log: Value = serde_json::from_str(&app.read("again.sarif")).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "waxseal.toml");
        assert_eq!(place["region"]["startLine"], 2);
    }
}
