//! OCSF compliance findings (class 2003), one event a line, as log collectors read them.
//!
//! OCSF has a word for what did not come out for want of information (`Warning`); what is broken, for somebody to
//! look at or not applicable is `Other`, with its outcome as `status`, so that nobody counts it as passed or failed.

use super::audit::{self, Entry};
use super::detail::{self, Depth, Detail};
use super::json::Inert;
use super::uids::{self, Given};
use super::{Options, escape, words};
use crate::results::compare::Since;
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use model::{
    Analytic, Check, Compliance, Event, Evidence, Fact, FindingInfo, Metadata, Pair, Product,
    Remediation, Resource, Unmapped, Word,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use uuid::Uuid;

mod model;
mod run;

/// The version of the schema that is written.
const VERSION: &str = "1.8.0";

/// Most facts of one event; the last ones, since these settle it.
const MOST_FACTS: usize = 48;

/// Writes an event for each finding, then those of the run as a whole.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut given = Given::default();
    let mut last = None;
    results.targets.each(&mut |_, result| {
        let uids = given.of(result);
        for (finding, uid) in result.findings.iter().zip(uids.findings) {
            line(&event(results.run, result, finding, uid), out)?;
        }
        last = last.max(Some(result.started()));
        Ok(())
    })?;
    for event in run::events(results.run, last) {
        line(&event, out)?;
    }
    Ok(())
}

fn line(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(Inert(&mut *out), event)?;
    out.write_all(b"\n")
}

fn event(run: &Run, result: &TargetResult, finding: &Finding, uid: Uuid) -> Event {
    let details = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
    let (severity_id, severity) = severity(finding);
    let (status_id, status) = if finding.outcome == Outcome::Waived {
        (3, "Suppressed")
    } else {
        (1, "New")
    };
    let (activity_id, activity_name) = activity(finding.since);
    let domain = escape::line(&result.target.domain);
    let time = result.started().unix().saturating_mul(1000);
    let lasted = i64::try_from(result.vantage.duration_milliseconds).unwrap_or(i64::MAX);
    let title = words::requirement(finding);
    Event {
        time,
        message: format!("{domain}: {}: {title}", finding.outcome.as_str()),
        activity_id,
        activity_name,
        category_uid: 2,
        category_name: "Findings",
        class_uid: 2003,
        class_name: CLASS,
        type_uid: 200_300 + u32::from(activity_id),
        type_name: format!("{CLASS}: {activity_name}"),
        severity_id,
        severity,
        status_id,
        status,
        status_code: finding.outcome.as_str(),
        status_detail: match &finding.waiver {
            Some(waiver) => format!("waived {}", detail::waiver(waiver)),
            None => escape::line(&escape::cut(&finding.reason, 4000)),
        },
        start_time: time,
        end_time: time.saturating_add(lasted),
        timezone_offset: 0,
        finding_info: info(run, finding),
        compliance: compliance(run, finding, &details),
        resources: [resource(result)],
        remediation: remediation(&details),
        evidences: evidences(finding),
        metadata: metadata(run, uid, tags(run, result, finding)),
        unmapped: unmapped(result, finding),
    }
}

const CLASS: &str = "Compliance Finding";

/// What becomes of a finding that an earlier run may know.
const fn activity(since: Option<Since>) -> Word {
    match since {
        None | Some(Since::New) => (1, "Create"),
        Some(Since::Unchanged) => (2, "Update"),
        Some(Since::Fixed) => (3, "Close"),
    }
}

/// How the requirement came out.
const fn status(outcome: Outcome) -> Word {
    match outcome {
        Outcome::Pass => (1, "Pass"),
        Outcome::Unknown => (2, "Warning"),
        Outcome::Fail | Outcome::Waived => (3, "Fail"),
        Outcome::Error => (99, "Error"),
        Outcome::Manual => (99, "Manual"),
        Outcome::NotApplicable => (99, "Not applicable"),
    }
}

/// How much the event asks for attention: of a failed requirement its severity, of a failed recommendation at most
/// `Low`. What is not settled has no severity, and what holds is for information.
fn severity(finding: &Finding) -> Word {
    let must = finding.level.strength() == Level::Must;
    match finding.outcome {
        Outcome::Fail | Outcome::Waived if must => grave(finding.severity),
        Outcome::Fail | Outcome::Waived => grave(finding.severity.min(Severity::Low)),
        Outcome::Unknown | Outcome::Error => (0, "Unknown"),
        Outcome::Manual | Outcome::Pass | Outcome::NotApplicable => grave(Severity::Info),
    }
}

const fn grave(severity: Severity) -> Word {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn info(run: &Run, finding: &Finding) -> FindingInfo {
    let rule = run.rule(&finding.rule);
    let name = rule.map_or(&finding.title, |rule| &rule.title);
    let why = finding.why.as_ref().or_else(|| rule.map(|rule| &rule.why));
    FindingInfo {
        uid: escape::line(&finding.fingerprint),
        title: words::requirement(finding),
        desc: why.map(|why| escape::line(why)).unwrap_or_default(),
        types: some(&finding.area),
        analytic: Analytic {
            uid: escape::line(&finding.rule),
            name: escape::line(name),
            kind: "Rule",
            type_id: 1,
        },
    }
}

/// The text as a list: none, where it is empty.
fn some(text: &str) -> Vec<String> {
    let line = escape::line(text);
    Some(line)
        .filter(|line| !line.is_empty())
        .into_iter()
        .collect()
}

fn compliance(run: &Run, finding: &Finding, details: &[Detail]) -> Compliance {
    const TOLD: [&str; 8] = [
        "reason",
        "since",
        "items",
        "waiver",
        "weakness",
        "origin",
        "changed",
        "unverified",
    ];
    let (status_id, status) = status(finding.outcome);
    let (severity_id, severity) = grave(finding.severity);
    let told = details.iter().filter(|detail| TOLD.contains(&detail.label));
    let status_details = told.flat_map(|detail| {
        let label = detail.label;
        detail
            .lines
            .iter()
            .map(move |line| format!("{label}: {line}"))
    });
    let parameters = finding.parameters.iter().map(|(name, value)| Pair {
        name: escape::line(name),
        value: escape::line(
            &value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned),
        ),
    });
    let standards = standard(run, finding);
    Compliance {
        status_id,
        status,
        status_code: finding.outcome.as_str(),
        status_details: status_details.collect(),
        standards: vec![standards.clone()],
        requirements: vec![words::asker(finding)],
        control: escape::line(if finding.clause.is_empty() {
            &finding.rule
        } else {
            &finding.clause
        }),
        control_parameters: parameters.collect(),
        desc: words::requirement(finding),
        category: escape::line(&finding.area),
        checks: [Check {
            uid: escape::line(&finding.rule),
            name: words::requirement(finding),
            status_id,
            status,
            severity_id,
            severity,
            standards: vec![standards],
        }],
    }
}

/// The norm, with its version.
fn standard(run: &Run, finding: &Finding) -> String {
    let baseline = run
        .baselines
        .iter()
        .find(|baseline| baseline.id == finding.baseline);
    escape::line(&baseline.map_or_else(
        || finding.baseline.clone(),
        |baseline| format!("{} {}", baseline.title, baseline.version),
    ))
}

fn resource(result: &TargetResult) -> Resource {
    Resource {
        uid: escape::line(&result.target.domain),
        name: escape::line(&result.target.unicode),
        kind: "mail domain",
        labels: vec![format!("role: {}", result.role.role.as_str())],
    }
}

/// What to do, with the text to publish, each on a line of its own.
fn remediation(details: &[Detail]) -> Option<Remediation> {
    let lines = |label: &str| {
        let found = details.iter().find(|detail| detail.label == label);
        found
            .map(|detail| detail.lines.as_slice())
            .unwrap_or_default()
    };
    let told: Vec<&str> = lines("fix")
        .iter()
        .chain(lines("publish"))
        .map(String::as_str)
        .collect();
    (!told.is_empty()).then(|| Remediation {
        desc: told.join("\n"),
        references: lines("refs").to_vec(),
    })
}

fn evidences(finding: &Finding) -> Vec<Evidence> {
    let skipped = finding.evidence.len().saturating_sub(MOST_FACTS);
    let facts = finding.evidence.iter().skip(skipped);
    let facts = facts.map(|fact| Evidence {
        data: Fact {
            pointer: fact.pointer.clone(),
            value: fact.value.clone(),
        },
    });
    facts.collect()
}

fn metadata(run: &Run, uid: Uuid, tags: Vec<Pair>) -> Metadata {
    Metadata {
        version: VERSION,
        uid: uids::within(uid, "event"),
        product: Product {
            name: "waxseal",
            vendor_name: "waxseal",
            version: escape::line(&run.waxseal),
        },
        log_name: escape::line(&run.schema),
        tags,
    }
}

/// The digests that the finding rests on.
fn tags(run: &Run, result: &TargetResult, finding: &Finding) -> Vec<Pair> {
    let baseline = run
        .baselines
        .iter()
        .find(|baseline| baseline.id == finding.baseline);
    let pair = |name: &str, value: &str| Pair {
        name: name.to_owned(),
        value: escape::line(value),
    };
    let mut tags = vec![pair("facts.sha256", &result.facts_sha256)];
    tags.extend(baseline.map(|baseline| pair("baseline.sha256", &baseline.sha256)));
    tags.extend(
        run.settings
            .iter()
            .map(|file| pair("settings.sha256", &file.sha256)),
    );
    tags
}

fn unmapped(result: &TargetResult, finding: &Finding) -> Unmapped {
    let mut waxseal = BTreeMap::from([
        ("outcome", json!(finding.outcome.as_str())),
        ("level", json!(finding.level.as_str())),
        ("baseline", json!(escape::line(&finding.baseline))),
        ("clause", json!(escape::line(&finding.clause))),
        ("position", json!(escape::line(&finding.position))),
        ("verdict", json!(result.verdict.as_str())),
        ("audit", audited(&audit::of_target(result))),
    ]);
    if let Some(waiver) = &finding.waiver {
        let line = |text: &str| escape::line(text);
        let waiver = json!({
            "owner": line(&waiver.owner),
            "reason": line(&waiver.reason),
            "until": line(&waiver.until),
            "ticket": waiver.ticket.as_deref().map(line),
            "file": line(&waiver.file),
            "line": waiver.line,
        });
        waxseal.insert("waiver", waiver);
    }
    if let Some(since) = finding.since {
        waxseal.insert("since", json!(since.as_str()));
    }
    Unmapped { waxseal }
}

/// An audit block as members of an object.
fn audited(block: &[Entry]) -> Value {
    let members = block.iter();
    members
        .map(|entry| (entry.name.to_owned(), json!(entry.values)))
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
