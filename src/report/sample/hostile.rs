//! A domain of which every text wants to break out.

use super::{HOSTILE, exhibits, fact, item, score};
use crate::facts::delivery::{Delivery, DeliveryEffect, Effect, Effects, ServerDelivery};
use crate::facts::target::{Role, Target};
use crate::facts::vantage::SmtpEgress;
use crate::results::TargetResult;
use crate::results::correction::Correction;
use crate::results::finding::{Finding, Waiver};
use crate::results::gate::Verdict;
use crate::results::not_executed::NotExecuted;
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::place::Place;
use crate::results::role::{RoleSource, RoleTaken};
use crate::results::summary::Summary;
use serde_json::json;

/// Reasons that a spreadsheet would take for a formula.
const FORMULAS: [&str; 4] = ["=1+cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)"];

/// A domain of which every text is hostile.
pub(super) fn target() -> TargetResult {
    let levels = [Level::Must, Level::MustNot, Level::ShouldNot];
    let mut findings: Vec<Finding> = Outcome::ALL
        .into_iter()
        .zip(levels.into_iter().cycle())
        .map(|(outcome, level)| finding(level, outcome))
        .collect();
    findings.extend(FORMULAS.map(|formula| {
        let mut finding = finding(Level::May, Outcome::Fail);
        formula.clone_into(&mut finding.reason);
        finding
    }));
    let text = |mark: &str| format!("{mark}{HOSTILE}");
    let mut vantage = super::vantage(86_400_001);
    vantage.waxseal = text("w");
    vantage.resolvers = vec![text("r")];
    vantage.trust_store = text("t");
    vantage.ehlo_name = text("e");
    vantage.smtp_egress = SmtpEgress::Unproven;
    let mut score = score(&text("i"), &text("s"), Some(5.0), &text("n"));
    score.baseline = text("b");
    TargetResult {
        target: Target {
            domain: text("d"),
            unicode: text("u"),
            organizational_domain: text("o"),
            role: Role::Parked,
            role_declared: true,
            derived_role: None,
        },
        role: RoleTaken {
            role: Role::Parked,
            source: RoleSource::Settings,
            reason: text("w"),
        },
        baselines: Vec::new(),
        vantage,
        delivery: delivery(),
        facts_sha256: text("f"),
        scores: vec![score],
        summary: Summary::of(&findings),
        place: Some(Place {
            file: text("../p"),
            line: 0,
            column: 0,
            end_column: 0,
        }),
        exhibits: exhibits::hostile(),
        not_executed: vec![NotExecuted {
            what: text("what"),
            why: text("why"),
            findings: 1,
        }],
        keys: Vec::new(),
        verdict: Verdict::Empty,
        findings,
    }
}

fn finding(level: Level, outcome: Outcome) -> Finding {
    let text = |mark: &str| format!("{mark}{HOSTILE}");
    Finding {
        origin: Some(text("origin")),
        changed: Some(text("changed")),
        unverified: false,
        since: None,
        baseline: text("b"),
        rule: text("r"),
        clause: text("c"),
        level,
        title: text("t"),
        area: text("a"),
        severity: Severity::Info,
        outcome,
        reason: text("reason"),
        items: vec![item(&text("item"), outcome, &text("why"))],
        recommendations: vec![text("recommended")],
        parameters: [(text("key"), json!(text("parameter")))]
            .into_iter()
            .collect(),
        evidence: vec![fact(
            &text("/"),
            json!({ text("member"): [text("value"), 1, null] }),
        )],
        why: Some(text("why")),
        fix: Some(text("fix")),
        correction: Some(Correction {
            area: text("area"),
            name: text("name"),
            rtype: text("TXT"),
            text: text("v=spf1"),
            changes: vec![text("change")],
            after: Some(text("v=spf1 before")),
        }),
        follows: Some(text("root")),
        position: text("p"),
        waiver: (outcome == Outcome::Waived).then(|| Waiver {
            owner: text("owner"),
            reason: text("because"),
            until: text("until"),
            ticket: Some(text("ticket")),
            file: text("file"),
            line: 3,
        }),
        fingerprint: text("fingerprint"),
    }
}

fn delivery() -> Delivery {
    let effects = |effect: DeliveryEffect| {
        Effects::each(|_| Effect {
            effect,
            reason: format!("reason{HOSTILE}"),
        })
    };
    Delivery {
        effects: effects(DeliveryEffect::Unknown),
        servers: vec![ServerDelivery {
            host: format!("h{HOSTILE}"),
            preference: 10,
            effects: effects(DeliveryEffect::Clear),
        }],
    }
}
