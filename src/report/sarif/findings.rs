//! Findings as results.

use super::super::detail::{self, Depth, Detail};
use super::super::spot::Spot;
use super::super::{escape, words};
use super::model::{
    ArtifactLocation, Location, LogicalLocation, PartialFingerprints, PhysicalLocation, Region,
    ResultObject, Suppression, Text,
};
use super::{Profile, level, prose};
use crate::results::compare::Since;
use crate::results::finding::{Finding, Waiver};
use crate::results::outcome::Outcome;
use crate::results::{Run, TargetResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most characters of a message.
const MOST_MESSAGE: usize = 8000;

/// A finding among what it stands in.
pub(super) struct Asked<'a> {
    pub(super) run: &'a Run,
    pub(super) target: &'a TargetResult,
    pub(super) finding: &'a Finding,
    /// Unique in the report.
    pub(super) fingerprint: &'a str,
    /// The place of its rule among the descriptors.
    pub(super) index: Option<usize>,
    pub(super) profile: Profile,
    /// Whether anything in the run is waived.
    pub(super) waived: bool,
}

/// The result of a finding.
pub(super) fn result(asked: &Asked<'_>) -> ResultObject {
    let Asked {
        finding, profile, ..
    } = *asked;
    // GitHub reads no kinds: there is nothing but problems, as bad as their level.
    let (kind, level) = match (profile, finding.outcome) {
        (Profile::Github, Outcome::Fail) | (Profile::Full, Outcome::Fail | Outcome::Waived) => {
            ("fail", level(finding.level))
        }
        (Profile::Github, _) => ("fail", milder(level(finding.level))),
        (Profile::Full, outcome) => (kind(outcome), "none"),
    };
    ResultObject {
        rule_id: escape::line(&finding.rule),
        rule_index: asked.index,
        kind,
        level,
        message: message(asked),
        locations: [location(asked)],
        partial_fingerprints: PartialFingerprints {
            primary: format!("{}:1", asked.fingerprint),
            own: asked.fingerprint.to_owned(),
        },
        suppressions: (asked.waived && profile == Profile::Full).then(|| {
            finding
                .waiver
                .iter()
                .map(|one| waived(finding, one))
                .collect()
        }),
        baseline_state: (profile == Profile::Full)
            .then(|| finding.since.map(state))
            .flatten(),
        properties: properties(asked),
    }
}

/// What is not settled has to be looked at by somebody, as what nobody can see from outside has to be.
const fn kind(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail | Outcome::Waived => "fail",
        Outcome::Error | Outcome::Unknown | Outcome::Manual => "review",
        Outcome::Pass => "pass",
        Outcome::NotApplicable => "notApplicable",
    }
}

/// What is not settled is not said to be an error.
fn milder(level: &'static str) -> &'static str {
    if level == "error" { "warning" } else { level }
}

/// What failed and holds now stands in this run, as a result of another kind: it is not absent but changed.
const fn state(since: Since) -> &'static str {
    match since {
        Since::New => "new",
        Since::Unchanged => "unchanged",
        Since::Fixed => "updated",
    }
}

/// The domain first, and the first sentence as a title.
fn message(asked: &Asked<'_>) -> Text {
    let Asked {
        run,
        target,
        finding,
        profile,
        ..
    } = *asked;
    let domain = escape::line(&target.target.domain);
    let outcome = finding.outcome.as_str();
    let title = escape::line(&finding.title);
    let level = finding.level.as_str();
    let head = format!("{domain}: {outcome} ({level}): {title}.");
    let tail = format!("Asked by {}.", words::asker(finding));
    let mut details = detail::of(finding, run.rule(&finding.rule), Depth::BRIEF);
    // The properties have all of it, which GitHub does not read.
    details.retain(|detail| profile == Profile::Github || detail.label != "evidence");
    let mut lines = vec![head.clone()];
    lines.extend(details.iter().map(Detail::on_one_line));
    lines.push(tail.clone());
    let text = prose::unlinked(&lines.join("\n"));
    let has_text_to_copy = details.iter().any(|detail| detail.label == "publish");
    let markdown = (profile == Profile::Full && has_text_to_copy)
        .then(|| profile.message(&markdown(&head, &details, &tail)));
    Text {
        text: profile.message(&escape::cut(&text, MOST_MESSAGE)),
        markdown,
    }
}

/// The same with the text to publish as a block to copy.
fn markdown(head: &str, details: &[Detail], tail: &str) -> String {
    let mut parts = vec![format!("**{}**", prose::literal(head))];
    for detail in details {
        parts.push(if detail.label == "publish" {
            format!("publish:\n\n{}", prose::fenced(&detail.lines))
        } else {
            prose::literal(&detail.on_one_line())
        });
    }
    parts.push(prose::literal(tail));
    parts.join("\n\n")
}

/// The line that names the domain, and the domain itself.
fn location(asked: &Asked<'_>) -> Location {
    let spot = Spot::of(asked.run, asked.target, asked.finding);
    let domain = escape::line(&asked.target.target.domain);
    let rule = escape::line(&asked.finding.rule);
    Location {
        logical_locations: vec![LogicalLocation {
            fully_qualified_name: format!("dns:{domain}/{rule}"),
            name: domain,
            kind: "resource",
        }],
        ..at(&spot)
    }
}

/// A spot as a location. A line alone is its first character, since GitHub wants columns.
pub(super) fn at(spot: &Spot) -> Location {
    let (start_column, end_column) = spot.columns.unwrap_or((1, 2));
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: escape::uri_path(&spot.path),
            },
            region: Region {
                start_line: spot.line,
                start_column,
                end_line: spot.line,
                end_column,
            },
        },
        logical_locations: Vec::new(),
    }
}

/// A waiver. One that stands at a failure does not cover it any more.
fn waived(finding: &Finding, waiver: &Waiver) -> Suppression {
    let mut properties: BTreeMap<&'static str, String> = BTreeMap::new();
    properties.insert("owner", escape::line(&waiver.owner));
    properties.insert("expires", escape::line(&waiver.until));
    if let Some(ticket) = &waiver.ticket {
        properties.insert("ticket", escape::line(ticket));
    }
    let status = match finding.outcome {
        Outcome::Fail => "rejected",
        Outcome::Error
        | Outcome::Unknown
        | Outcome::Manual
        | Outcome::Waived
        | Outcome::Pass
        | Outcome::NotApplicable => "accepted",
    };
    Suppression {
        kind: "external",
        status,
        location: Spot::of_waiver(waiver).as_ref().map(at),
        justification: escape::line(&waiver.reason),
        properties,
    }
}

/// What SARIF has no place for. GitHub reads none of it.
fn properties(asked: &Asked<'_>) -> BTreeMap<&'static str, Value> {
    let finding = asked.finding;
    let mut told: BTreeMap<&'static str, Value> = BTreeMap::new();
    told.insert("outcome", json!(finding.outcome));
    told.insert("level", json!(finding.level));
    told.insert("severity", json!(finding.severity));
    told.insert("baseline", json!(escape::line(&finding.baseline)));
    if asked.profile == Profile::Github {
        return told;
    }
    let mut add = |name, value: &str| {
        if !value.is_empty() {
            told.insert(name, json!(escape::line(value)));
        }
    };
    add("clause", &finding.clause);
    add("origin", finding.origin.as_deref().unwrap_or_default());
    add("changed", finding.changed.as_deref().unwrap_or_default());
    add("position", &finding.position);
    add(
        "since",
        finding.since.map(Since::as_str).unwrap_or_default(),
    );
    if !matches!(finding.outcome, Outcome::Pass | Outcome::NotApplicable)
        && !finding.evidence.is_empty()
    {
        let evidence = finding.evidence.iter().map(|fact| {
            let pointer = escape::line(&fact.pointer);
            json!({ "pointer": pointer, "value": escape::visible(&fact.value.to_string()) })
        });
        told.insert("evidence", evidence.collect());
    }
    // In a message its braces would be doubled.
    if let Some(correction) = &finding.correction {
        let mut publish = serde_json::Map::new();
        publish.insert("name".to_owned(), escape::line(&correction.name).into());
        publish.insert("type".to_owned(), escape::line(&correction.rtype).into());
        publish.insert("text".to_owned(), escape::visible(&correction.text).into());
        if let Some(before) = &correction.after {
            publish.insert("after".to_owned(), escape::visible(before).into());
        }
        told.insert("publish", publish.into());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_kinds_and_states_of_the_standard() {
        let kinds = Outcome::ALL.map(kind);
        let expected = [
            "fail",
            "review",
            "review",
            "review",
            "fail",
            "pass",
            "notApplicable",
        ];
        assert_eq!(kinds, expected);
        let states = [Since::New, Since::Unchanged, Since::Fixed].map(state);
        assert_eq!(states, ["new", "unchanged", "updated"]);
        assert_eq!((milder("error"), milder("note")), ("warning", "note"));
    }
}
