//! One target in OSCAL's words: an inventory item, an observation for each requirement, a finding for each that is
//! settled, and a risk for each that fails.
//!
//! OSCAL's findings have two states. What is unknown, broken, for somebody to look at or not applicable is an
//! observation without a finding, so that nobody counts it as satisfied or as not satisfied.

use super::super::audit::{self, Entry};
use super::super::detail::{self, Depth};
use super::super::uids::{self, Uids};
use super::super::{escape, words};
use super::model::{
    Actor, Evidence, Finding, Item, Observation, Origin, Prop, Related, Remediation, Risk, Risky,
    Status, Subject, Target, props,
};
use super::text::{labelled, markup, token};
use crate::facts::timestamp::Timestamp;
use crate::results::compare::Since;
use crate::results::finding::{self, Waiver};
use crate::results::outcome::Outcome;
use crate::results::{Run, TargetResult};
use uuid::Uuid;

/// Most facts of one observation; the last ones, since these settle it.
const MOST_FACTS: usize = 48;

/// Most characters of a fact.
const MOST_CHARACTERS: usize = 4000;

/// The name of waxseal among the assets of the assessment.
pub(super) fn tool() -> Uuid {
    uids::of(&["tool"])
}

/// Who says so: waxseal.
pub(super) fn origins() -> [Origin; 1] {
    let kind = "tool";
    let actor_uuid = tool();
    let actors = [Actor { kind, actor_uuid }];
    [Origin { actors }]
}

/// The control that a finding is about: a clause of a norm, or where it has none, the requirement.
pub(super) fn control(finding: &finding::Finding) -> String {
    let clause = if finding.clause.is_empty() {
        &finding.rule
    } else {
        &finding.clause
    };
    token(&[&finding.baseline, clause])
}

/// The objective: the requirement at its level.
pub(super) fn objective(finding: &finding::Finding) -> String {
    let level = finding.level.as_str();
    token(&[&finding.baseline, &finding.clause, &finding.rule, level])
}

/// Whether OSCAL has a state for it.
pub(super) const fn settled(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Fail | Outcome::Waived)
}

/// Whether it is a risk.
pub(super) const fn risky(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Fail | Outcome::Waived)
}

/// The mail domain, with what its findings rest on.
pub(super) fn items(_: &Run, result: &TargetResult, uids: &Uids) -> Vec<Item> {
    let target = &result.target;
    let mut props: Vec<Prop> = Prop::standard("fqdn", &target.domain).into_iter().collect();
    let scores = result.scores.iter().map(|score| {
        let name = format!("score.{}.{}", score.baseline, score.id);
        Prop::ours(&name, &words::score(score))
    });
    props.extend(scores.flatten());
    props.extend(Prop::ours("verdict", result.verdict.as_str()));
    props.extend(audited(&audit::of_target(result)));
    vec![Item {
        uuid: uids.target,
        description: format!("mail domain {}", markup(&target.unicode)),
        props,
    }]
}

/// The lines of an audit block as properties: a line, a property.
pub(super) fn audited(block: &[Entry]) -> Vec<Prop> {
    let lines = block.iter().flat_map(|entry| {
        let values = entry.values.iter();
        values.map(|value| Prop::ours(entry.name, value))
    });
    lines.flatten().collect()
}

/// What was seen, one for each finding.
pub(super) fn observations(run: &Run, result: &TargetResult, uids: &Uids) -> Vec<Observation> {
    let collected = result.started().to_string();
    let each = result.findings.iter().zip(&uids.findings);
    each.map(|(finding, uid)| Observation {
        uuid: uids::within(*uid, "observation"),
        title: title(result, finding),
        description: description(run, finding),
        props: properties(finding),
        methods: [if finding.outcome == Outcome::Manual {
            "UNKNOWN"
        } else {
            "TEST"
        }],
        types: ["control-objective"],
        origins: origins(),
        subjects: [Subject {
            subject_uuid: uids.target,
            kind: "inventory-item",
        }],
        relevant_evidence: evidence(finding),
        collected: collected.clone(),
    })
    .collect()
}

/// The findings of OSCAL's two states.
pub(super) fn findings(_: &Run, result: &TargetResult, uids: &Uids) -> Vec<Finding> {
    let each = result.findings.iter().zip(&uids.findings);
    let settled = each.filter(|(finding, _)| settled(finding.outcome));
    settled
        .map(|(finding, uid)| Finding {
            uuid: uids::within(*uid, "finding"),
            title: title(result, finding),
            description: brief(finding),
            props: props(&[
                ("outcome", finding.outcome.as_str()),
                ("level", finding.level.as_str()),
                ("rule", &finding.rule),
                ("fingerprint", &finding.fingerprint),
            ]),
            origins: origins(),
            target: Target {
                kind: "objective-id",
                id: objective(finding),
                status: status(finding),
            },
            related_observations: [related(*uid)],
            related_risks: risky(finding.outcome)
                .then(|| Risky {
                    risk_uuid: uids::within(*uid, "risk"),
                })
                .into_iter()
                .collect(),
        })
        .collect()
}

/// The failures.
pub(super) fn risks(run: &Run, result: &TargetResult, uids: &Uids) -> Vec<Risk> {
    let each = result.findings.iter().zip(&uids.findings);
    let risky = each.filter(|(finding, _)| risky(finding.outcome));
    risky
        .map(|(finding, uid)| risk(run, result, finding, *uid))
        .collect()
}

fn risk(run: &Run, result: &TargetResult, finding: &finding::Finding, uid: Uuid) -> Risk {
    let details = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
    let told = |labels: &[&str]| {
        let told = details
            .iter()
            .filter(|detail| labels.contains(&detail.label));
        let told: Vec<String> = told
            .map(|detail| labelled(detail.label, &detail.lines))
            .collect();
        told.join("\n\n")
    };
    let waiver = finding.waiver.as_ref();
    let why = told(&["why"]);
    let fix = told(&["fix", "publish", "refs"]);
    let mut properties = properties(finding);
    if let Some(waiver) = waiver {
        let place = format!("{}:{}", waiver.file, waiver.line);
        properties.extend(props(&[
            ("waiver-owner", &waiver.owner),
            ("waiver-until", &waiver.until),
            (
                "waiver-ticket",
                waiver.ticket.as_deref().unwrap_or_default(),
            ),
            (
                "waiver-place",
                if waiver.file.is_empty() { "" } else { &place },
            ),
        ]));
    }
    Risk {
        uuid: uids::within(uid, "risk"),
        title: title(result, finding),
        description: description(run, finding),
        statement: match waiver {
            Some(waiver) => labelled("waived", &[detail::waiver(waiver)]),
            None if why.is_empty() => markup(&words::requirement(finding)),
            None => why,
        },
        props: properties,
        status: if finding.outcome == Outcome::Waived {
            "deviation-approved"
        } else {
            "open"
        },
        origins: origins(),
        deadline: waiver.and_then(deadline),
        remediations: (!fix.is_empty())
            .then(|| Remediation {
                uuid: uids::within(uid, "remediation"),
                lifecycle: "recommendation",
                title: "What to do",
                description: fix,
            })
            .into_iter()
            .collect(),
        related_observations: [related(uid)],
    }
}

/// The end of the last day of a waiver, if that is a date that OSCAL can write.
fn deadline(waiver: &Waiver) -> Option<String> {
    let end = Timestamp::parse(&format!("{}T23:59:59Z", waiver.until))?.to_string();
    (end.starts_with("19") || end.starts_with('2')).then_some(end)
}

fn related(uid: Uuid) -> Related {
    Related {
        observation_uuid: uids::within(uid, "observation"),
    }
}

fn status(finding: &finding::Finding) -> Status {
    let waiver = finding.waiver.as_ref();
    let (state, reason) = if finding.outcome == Outcome::Pass {
        ("satisfied", "pass")
    } else {
        ("not-satisfied", "fail")
    };
    Status {
        state,
        reason,
        remarks: waiver.map(|waiver| labelled("waived", &[detail::waiver(waiver)])),
    }
}

/// The domain and the requirement.
fn title(result: &TargetResult, finding: &finding::Finding) -> String {
    markup(&format!(
        "{}: {}",
        result.target.domain,
        escape::cut(&words::requirement(finding), 400)
    ))
}

/// The outcome and the reason; the rest is at the observation.
fn brief(finding: &finding::Finding) -> String {
    let sentence = labelled(finding.outcome.as_str(), &[words::requirement(finding)]);
    if finding.reason.is_empty() {
        return sentence;
    }
    let reason = escape::cut(&finding.reason, 400).into_owned();
    format!("{sentence}\n\n{}", labelled("reason", &[reason]))
}

/// The outcome and what is to be said of it; evidence, advice and ids have places of their own.
fn description(run: &Run, finding: &finding::Finding) -> String {
    const ELSEWHERE: [&str; 7] = [
        "evidence", "why", "fix", "publish", "refs", "severity", "position",
    ];
    let details = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
    let told = details
        .iter()
        .filter(|detail| !ELSEWHERE.contains(&detail.label));
    let mut lines = vec![labelled(
        finding.outcome.as_str(),
        &[words::requirement(finding)],
    )];
    lines.extend(told.map(|detail| labelled(detail.label, &detail.lines)));
    lines.join("\n\n")
}

/// The ids and words of waxseal.
fn properties(finding: &finding::Finding) -> Vec<Prop> {
    props(&[
        ("outcome", finding.outcome.as_str()),
        ("level", finding.level.as_str()),
        ("severity", finding.severity.as_str()),
        ("rule", &finding.rule),
        ("baseline", &finding.baseline),
        ("clause", &finding.clause),
        ("area", &finding.area),
        ("position", &finding.position),
        ("fingerprint", &finding.fingerprint),
        (
            "since",
            finding.since.map(Since::as_str).unwrap_or_default(),
        ),
    ])
}

fn evidence(finding: &finding::Finding) -> Vec<Evidence> {
    let skipped = finding.evidence.len().saturating_sub(MOST_FACTS);
    let facts = finding.evidence.iter().skip(skipped);
    facts
        .map(|fact| {
            let value = fact.value.to_string();
            let told = format!(
                "{} = {}",
                fact.pointer,
                escape::cut(&value, MOST_CHARACTERS)
            );
            let description = markup(&told);
            Evidence { description }
        })
        .collect()
}
