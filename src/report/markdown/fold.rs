//! What is folded away: what holds, what the report rests on, and the glossary of rules.

use super::super::audit::{self, Entry};
use super::super::text::group::Group;
use super::super::{detail, escape, text};
use super::prose::{code, prose};
use crate::results::outcome::Outcome;
use crate::results::{Run, TargetResult};

/// The most values of one line of the audit block.
const VALUES: usize = 120;

/// The most characters of a value or of a text of the glossary.
const LONGEST: usize = 600;

/// A block that is closed until somebody opens it. The title is ours.
pub(super) fn fold(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n</details>\n\n")
}

/// What the run rests on.
pub(super) fn of_run(run: &Run) -> String {
    fold("What this report rests on", &entries(&audit::of_run(run)))
}

/// What the findings of a target rest on.
pub(super) fn of_target(target: &TargetResult) -> String {
    let told = entries(&audit::of_target(target));
    fold("What these findings rest on", &told)
}

fn entries(entries: &[Entry]) -> String {
    let mut told = String::new();
    for entry in entries {
        let shown = entry.values.iter().take(VALUES);
        let shown: Vec<String> = shown
            .map(|value| code(&escape::cut(value, LONGEST)))
            .collect();
        let left = entry.values.len().saturating_sub(VALUES);
        told.extend(["- ", entry.name, ": "]);
        match shown.as_slice() {
            [one] => told.push_str(one),
            several => several
                .iter()
                .for_each(|value| told.extend(["\n  - ", value])),
        }
        if left > 0 {
            told.extend(["\n  - and ", &left.to_string(), " more"]);
        }
        told.push('\n');
    }
    told
}

/// What holds, what does not apply and what nobody has to do, a line each.
pub(super) fn settled(groups: &[&Group<'_>]) -> String {
    let mut lines = String::new();
    let count = |wanted: Outcome| {
        let of = groups.iter().filter(|group| group.first.outcome == wanted);
        of.count()
    };
    for group in groups {
        let finding = group.first;
        let sign = text::sign(finding.outcome);
        lines.extend(["- ", sign.encode_utf8(&mut [0; 4]), " "]);
        lines.extend([finding.level.as_str(), " ", &prose(&finding.title)]);
        lines.extend([" (", &code(&finding.rule), " ", &prose(&askers(group)), ")"]);
        let reason = escape::cut(&finding.reason, LONGEST);
        if finding.outcome != Outcome::Pass && !reason.is_empty() {
            lines.extend([": ", &prose(&reason)]);
        }
        for weakness in finding.recommendations.iter().take(4) {
            lines.extend(["\n  - ", &prose(&escape::cut(weakness, LONGEST))]);
        }
        lines.push('\n');
    }
    let counts = [
        (Outcome::Pass, "hold"),
        (Outcome::NotApplicable, "do not apply"),
        (Outcome::Unknown, "optional ones are unknown"),
    ];
    let counts = counts.map(|(outcome, words)| (count(outcome), words));
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = counts
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    fold(&told.join(", "), &lines)
}

/// Who asks, without the brackets.
pub(super) fn askers(group: &Group<'_>) -> String {
    let askers = group.askers();
    let inside = askers
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.unwrap_or(&askers).to_owned()
}

/// What the named rules are for and what they rest on.
pub(super) fn rules(run: &Run, named: &[String]) -> String {
    let mut told = String::new();
    for rule in named.iter().filter_map(|id| run.rule(id)) {
        told.extend([
            "- ",
            &code(&rule.id),
            " ",
            &prose(&escape::cut(&rule.title, LONGEST)),
        ]);
        let texts = [("Why", rule.why.clone()), ("See", rule.refs.join(", "))];
        for (label, text) in texts {
            let text = escape::line(&escape::cut(&text, LONGEST));
            if !text.is_empty() {
                told.extend(["\n  - ", label, ": ", &prose(&text)]);
            }
        }
        told.push('\n');
    }
    if told.is_empty() {
        return told;
    }
    fold("The rules named here", &told)
}

/// What there is to say of a finding, for the depth of this report.
pub(super) fn details(group: &Group<'_>, run: &Run) -> Vec<detail::Detail> {
    detail::of(
        group.first,
        run.rule(&group.first.rule),
        detail::Depth::BRIEF,
    )
}
