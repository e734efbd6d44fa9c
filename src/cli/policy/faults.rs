//! Faults of policy files in each of the formats that `policy check` has.

use crate::cli::failure::shown;
use crate::policy::LINTS;
use crate::policy::fault::{FaultLevel, PolicyFault};
use crate::report::escape;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Each fault with its line and a mark below the place, and at the end how many there are.
pub(super) fn text(out: &mut dyn Write, faults: &[PolicyFault], files: usize) -> io::Result<()> {
    for fault in faults {
        writeln!(out, "{}\n", escape::lines(&shown(fault)))?;
    }
    let (errors, warnings) = counts(faults);
    writeln!(
        out,
        "{}, {} in {}",
        many(errors, "error"),
        many(warnings, "warning"),
        many(files, "file")
    )
}

fn many(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

fn counts(faults: &[PolicyFault]) -> (usize, usize) {
    let is_error = |fault: &&PolicyFault| fault.level == FaultLevel::Error;
    let errors = faults.iter().filter(is_error).count();
    (errors, faults.len() - errors)
}

/// One JSON document.
pub(super) fn json(out: &mut dyn Write, faults: &[PolicyFault]) -> io::Result<()> {
    let (errors, warnings) = counts(faults);
    let all: Vec<Value> = faults
        .iter()
        .map(|fault| {
            json!({
                "file": fault.file, "line": fault.line, "column": fault.column,
                "level": fault.level.as_str(), "lint": fault.lint,
                "message": fault.message, "help": fault.help, "source_line": fault.source_line,
            })
        })
        .collect();
    let document = json!({
        "schema": "waxseal.policy-faults/1", "errors": errors, "warnings": warnings, "faults": all,
    });
    writeln!(out, "{document:#}")
}

/// SARIF 2.1.0: the lints as rules, the faults as results.
pub(super) fn sarif(out: &mut dyn Write, faults: &[PolicyFault]) -> io::Result<()> {
    let rules: Vec<Value> = LINTS
        .iter()
        .map(|lint| {
            json!({
                "id": lint.id, "shortDescription": { "text": lint.meaning },
                "defaultConfiguration": { "level": lint.level.as_str() },
            })
        })
        .collect();
    let results: Vec<Value> = faults.iter().map(result).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "waxseal policy check", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    writeln!(out, "{document:#}")
}

fn result(fault: &PolicyFault) -> Value {
    let mut result = json!({
        "ruleId": fault.lint, "level": fault.level.as_str(), "message": { "text": sentence(fault) },
    });
    let index = LINTS.iter().position(|lint| lint.id == fault.lint);
    let Value::Object(members) = &mut result else {
        return result;
    };
    if let Some(index) = index {
        members.insert("ruleIndex".to_owned(), index.into());
    }
    if !fault.file.is_empty() {
        let mut place = json!({ "artifactLocation": { "uri": escape::uri_path(&fault.file) } });
        if let (Value::Object(place), true) = (&mut place, fault.line > 0) {
            let region = json!({ "startLine": fault.line, "startColumn": fault.column.max(1) });
            place.insert("region".to_owned(), region);
        }
        let locations = json!([{ "physicalLocation": place }]);
        members.insert("locations".to_owned(), locations);
    }
    result
}

/// The message with what to do about it.
fn sentence(fault: &PolicyFault) -> String {
    if fault.help.is_empty() {
        fault.message.clone()
    } else {
        format!("{}; {}", fault.message, fault.help)
    }
}

/// Annotations of GitHub workflows, one a line.
pub(super) fn github(out: &mut dyn Write, faults: &[PolicyFault]) -> io::Result<()> {
    for fault in faults {
        write!(out, "::{} ", fault.level.as_str())?;
        if !fault.file.is_empty() {
            write!(out, "file={},", escape::command_property(&fault.file))?;
        }
        if fault.line > 0 {
            write!(out, "line={},", fault.line)?;
        }
        if fault.column > 0 {
            write!(out, "col={},", fault.column)?;
        }
        let title = escape::command_property(fault.lint);
        writeln!(out, "title={title}::{}", escape::command(&sentence(fault)))?;
    }
    Ok(())
}
