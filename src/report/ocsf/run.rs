//! Events of the run as a whole: what the settings need, that it is not whole, and with which policy files it was.

use super::super::{audit, escape, uids, words};
use super::model::{Analytic, Check, Compliance, Event, FindingInfo, Resource, Unmapped, Word};
use super::{CLASS, audited, grave, metadata};
use crate::facts::timestamp::Timestamp;
use crate::results::Run;
use crate::results::notice::Notice;
use crate::results::outcome::{Level, Severity};
use serde_json::json;
use std::collections::BTreeMap;

/// What an event of the run tells.
struct Told {
    id: String,
    title: String,
    /// The file that it is about; else it is the run.
    file: Option<String>,
    status: Word,
    code: &'static str,
    severity: Severity,
}

/// One for each notice, and a last one for the run itself, with its counts and its whole audit block.
pub(super) fn events(run: &Run, at: Option<Timestamp>) -> Vec<Event> {
    let at = at.unwrap_or_else(|| Timestamp::from_unix(0));
    let told = run.notices.iter().map(noticed).chain([whole(run)]);
    told.enumerate()
        .map(|(number, told)| event(run, at, number, told))
        .collect()
}

/// A notice fails at its level.
fn noticed(notice: &Notice) -> Told {
    Told {
        id: escape::line(&notice.id),
        title: format!(
            "{}: {}",
            words::place(notice),
            escape::line(&escape::cut(&notice.text, 4000))
        ),
        file: Some(words::place(notice)),
        status: (3, "Fail"),
        code: notice.level.as_str(),
        severity: match notice.level.strength() {
            Level::Must | Level::MustNot => Severity::Medium,
            Level::Should | Level::ShouldNot | Level::May => Severity::Low,
        },
    }
}

/// What the run came to. A run that is not whole has not settled anything.
fn whole(run: &Run) -> Told {
    let counts: Vec<String> = words::counts(&run.summary)
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    let counts = format!("{}: {}", run.verdict.as_str(), counts.join(", "));
    let (title, status) = match &run.partial {
        Some(why) => (
            format!("the run is not whole: {}; {counts}", escape::line(why)),
            (2, "Warning"),
        ),
        None => (counts, (99, "Summary")),
    };
    Told {
        id: "run".to_owned(),
        title,
        file: None,
        status,
        code: run.verdict.as_str(),
        severity: Severity::Info,
    }
}

fn event(run: &Run, at: Timestamp, number: usize, told: Told) -> Event {
    let time = at.unix().saturating_mul(1000);
    let Told {
        id,
        title,
        file,
        status: (status_id, status),
        code,
        severity,
    } = told;
    let (severity_id, severity) = grave(severity);
    let number = number.to_string();
    let uid = uids::of(&["event", &at.to_string(), &number, &id, &title]);
    Event {
        time,
        message: title.clone(),
        activity_id: 1,
        activity_name: "Create",
        category_uid: 2,
        category_name: "Findings",
        class_uid: 2003,
        class_name: CLASS,
        type_uid: 200_301,
        type_name: format!("{CLASS}: Create"),
        severity_id,
        severity,
        status_id: 1,
        status: "New",
        status_code: code,
        status_detail: String::new(),
        start_time: time,
        end_time: time,
        timezone_offset: 0,
        finding_info: FindingInfo {
            uid: uids::of(&["notice", &id, &title]).to_string(),
            title: title.clone(),
            desc: String::new(),
            types: vec!["settings".to_owned()],
            analytic: Analytic {
                uid: id.clone(),
                name: id.clone(),
                kind: "Rule",
                type_id: 1,
            },
        },
        compliance: Compliance {
            status_id,
            status,
            status_code: code,
            status_details: Vec::new(),
            standards: Vec::new(),
            requirements: vec![id.clone()],
            control: id.clone(),
            control_parameters: Vec::new(),
            desc: title,
            category: "settings".to_owned(),
            checks: [Check {
                uid: id.clone(),
                name: id.clone(),
                status_id,
                status,
                severity_id,
                severity,
                standards: Vec::new(),
            }],
        },
        resources: [Resource {
            uid: file.clone().unwrap_or_else(|| "run".to_owned()),
            name: file.clone().unwrap_or_else(|| "waxseal".to_owned()),
            kind: if file.is_some() { "file" } else { "run" },
            labels: Vec::new(),
        }],
        remediation: None,
        evidences: Vec::new(),
        metadata: metadata(run, uid, Vec::new()),
        unmapped: Unmapped {
            waxseal: unmapped(run, &id, file.is_some()),
        },
    }
}

fn unmapped(run: &Run, id: &str, noticed: bool) -> BTreeMap<&'static str, serde_json::Value> {
    if noticed {
        return BTreeMap::from([("notice", json!(id))]);
    }
    let mut told = BTreeMap::from([
        ("summary", json!(run.summary)),
        ("verdict", json!(run.verdict.as_str())),
        ("audit", audited(&audit::of_run(run))),
    ]);
    if let Some(why) = &run.partial {
        told.insert("partial", json!(escape::line(why)));
    }
    told
}
