//! Waivers: failures that somebody answers for until a day. They stay in every report, and do not count.

use super::said::fits;
use crate::facts::timestamp::Timestamp;
use crate::policy::matches;
use crate::results::TargetResult;
use crate::results::finding::{Finding, Item, Waiver};
use crate::results::notice::Notice;
use crate::results::outcome::{Level, Outcome};
use crate::results::summary::Summary;
use crate::settings::{Settings, WaiverEntry};

/// A waiver ends soon when no more days than these are left.
const SOON: i64 = 30;

/// What became of one waiver in a run.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    /// The latest time at which a domain was looked at that it is about; none where there was no such domain.
    now: Option<Timestamp>,
    /// Whether something failed that it covers.
    used: bool,
    /// Whether something that it is about could not be settled.
    open: bool,
}

/// The waivers of a run.
#[derive(Clone, Debug)]
pub(super) struct Waivers {
    uses: Vec<Use>,
}

impl Waivers {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            uses: vec![Use::default(); settings.waiver.len()],
        }
    }

    /// Waives what failed at a target and is answered for at the time of its observation.
    pub(super) fn apply(&mut self, settings: &Settings, result: &mut TargetResult) {
        let now = result.started();
        let domain = result.target.domain.as_str();
        let mut changed = false;
        for (waiver, used) in settings.waiver.iter().zip(&mut self.uses) {
            if !fits(&waiver.domains, domain) {
                continue;
            }
            used.now = used.now.max(Some(now));
            let meant = |finding: &&mut Finding| matches(&waiver.rule, &finding.rule);
            for finding in result.findings.iter_mut().filter(meant) {
                let covered = covers(waiver, finding);
                used.used |= covered;
                used.open |= matches!(
                    finding.outcome,
                    Outcome::Unknown | Outcome::Error | Outcome::Manual
                );
                if covered && waiver.until.days_left(now) >= 0 {
                    waive(finding, waiver, &settings.file);
                    changed = true;
                }
            }
        }
        if changed {
            result.summary = Summary::of(&result.findings);
        }
    }

    /// What the waivers need: those that have ended or soon will, that nothing failed for, that name no rule.
    /// `seen` tells whether the run had all domains that a waiver is about.
    pub(super) fn notices(
        &self,
        settings: &Settings,
        is_rule: impl Fn(&str) -> bool,
        seen: impl Fn(&[String]) -> bool,
    ) -> Vec<Notice> {
        let waivers = settings.waiver.iter().zip(&self.uses);
        waivers
            .filter_map(|(waiver, used)| {
                let (id, level, text) =
                    notice(waiver, *used, is_rule(&waiver.rule), seen(&waiver.domains))?;
                Some(Notice {
                    file: settings.file.clone(),
                    line: waiver.place.line,
                    id: id.to_owned(),
                    level,
                    text,
                })
            })
            .collect()
    }
}

fn notice(
    waiver: &WaiverEntry,
    used: Use,
    is_rule: bool,
    seen: bool,
) -> Option<(&'static str, Level, String)> {
    let WaiverEntry {
        rule, until, owner, ..
    } = waiver;
    if !is_rule {
        let text = format!("there is no rule `{rule}`: this waiver covers nothing");
        return Some(("waiver-names-no-rule", Level::Should, text));
    }
    let Some(now) = used.now else {
        let text = format!(
            "no domain of the run is one of {}",
            waiver.domains.join(", ")
        );
        return seen.then_some(("waiver-unused", Level::May, text));
    };
    let left = until.days_left(now);
    if left < 0 {
        let text =
            format!("the waiver of `{rule}` ended on {until}: ask {owner} whether it goes on");
        Some(("waiver-expired", Level::Should, text))
    } else if !used.used && !used.open && seen {
        let text = format!("nothing fails that the waiver of `{rule}` covers: take it away");
        Some(("waiver-unused", Level::May, text))
    } else if left <= SOON {
        let text =
            format!("the waiver of `{rule}` ends on {until}: ask {owner} whether it goes on");
        Some(("waiver-expires-soon", Level::May, text))
    } else {
        None
    }
}

/// Whether a waiver is about this failure. One of a server covers a failure only where no other item failed.
fn covers(waiver: &WaiverEntry, finding: &Finding) -> bool {
    let failed = |item: &&Item| item.outcome == Outcome::Fail;
    finding.outcome == Outcome::Fail
        && waiver.server.as_ref().is_none_or(|server| {
            let mut items = finding.items.iter().filter(failed).peekable();
            items.peek().is_some() && items.all(|item| is_of(item, server))
        })
}

/// Whether an item is a server, or something of it: `mx1.example.org / 192.0.2.1`.
fn is_of(item: &Item, server: &str) -> bool {
    let name = item.name.split(" / ").next().unwrap_or_default();
    matches(server, &name.to_ascii_lowercase())
}

/// A failure becomes waived. Where the waiver is of one server, what is not known of another stays so.
fn waive(finding: &mut Finding, waiver: &WaiverEntry, file: &str) {
    finding.waiver = Some(Waiver {
        owner: waiver.owner.clone(),
        reason: waiver.reason.clone(),
        until: waiver.until.to_string(),
        ticket: waiver.ticket.clone(),
        file: file.to_owned(),
        line: waiver.place.line,
    });
    let open = |item: &&Item| {
        let unsettled = matches!(item.outcome, Outcome::Unknown | Outcome::Error);
        let other = waiver
            .server
            .as_ref()
            .is_some_and(|server| !is_of(item, server));
        unsettled && other
    };
    let left: Vec<String> = finding
        .items
        .iter()
        .filter(open)
        .map(|item| format!("{}: {}", item.name, item.reason))
        .collect();
    if left.is_empty() {
        finding.outcome = Outcome::Waived;
    } else {
        finding.outcome = Outcome::Unknown;
        finding.reason = left.join("; ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(server: Option<&str>) -> WaiverEntry {
        let server = server.map_or_else(String::new, |server| format!("server = \"{server}\"\n"));
        let text = format!(
            "[[waiver]]\nrule = \"*\"\ndomains = [\"*\"]\nreason = \"r\"\nowner = \"o\"\nuntil = 2027-01-31\n{server}"
        );
        Settings::parse("waxseal.toml", &text)
            .unwrap()
            .waiver
            .remove(0)
    }

    fn finding(outcome: &str, items: &[(&str, &str)]) -> Finding {
        let item = |(name, outcome): &(&str, &str)| json!({ "name": name, "outcome": outcome, "reason": "why" });
        let items: Vec<_> = items.iter().map(item).collect();
        let finding = json!({ "baseline": "b", "rule": "r", "level": "must", "outcome": outcome, "title": "",
            "area": "", "severity": "low", "fingerprint": "", "reason": "all", "items": items });
        serde_json::from_value(finding).unwrap()
    }

    #[test]
    fn a_waiver_of_a_server_covers_what_fails_at_that_server_alone() {
        use Outcome::{Fail, Pass, Unknown, Waived};
        type Items = &'static [(&'static str, &'static str)];
        let cases: &[(Option<&str>, &str, Items, Outcome)] = &[
            (None, "fail", &[], Waived),
            (
                None,
                "fail",
                &[("mx1.a.test", "fail"), ("mx2.a.test", "unknown")],
                Waived,
            ),
            (None, "pass", &[], Pass),
            (None, "unknown", &[], Unknown),
            (Some("mx1.a.test"), "fail", &[], Fail),
            (
                Some("mx1.a.test"),
                "fail",
                &[("MX1.a.test", "fail"), ("mx2.a.test", "pass")],
                Waived,
            ),
            (
                Some("mx1.a.test"),
                "fail",
                &[("mx1.a.test / 192.0.2.1", "fail")],
                Waived,
            ),
            (
                Some("mx1.a.test"),
                "fail",
                &[("mx1.a.test.b.test", "fail")],
                Fail,
            ),
            (
                Some("mx1.a.test"),
                "fail",
                &[("mx1.a.test", "fail"), ("mx2.a.test", "fail")],
                Fail,
            ),
            (
                Some("mx*"),
                "fail",
                &[("mx1.a.test", "fail"), ("mx2.a.test", "fail")],
                Waived,
            ),
            (
                Some("mx1.a.test"),
                "fail",
                &[("mx1.a.test", "fail"), ("mx2.a.test", "unknown")],
                Unknown,
            ),
        ];
        for (server, outcome, items, expected) in cases {
            let (waiver, mut finding) = (entry(*server), finding(outcome, items));
            if covers(&waiver, &finding) {
                waive(&mut finding, &waiver, "waxseal.toml");
            }
            assert_eq!(finding.outcome, *expected, "{server:?} {items:?}");
            let touched = *expected == Waived || *outcome == "fail" && *expected == Unknown;
            assert_eq!(finding.waiver.is_some(), touched, "{server:?} {items:?}");
        }
    }

    #[test]
    fn what_is_unknown_of_another_server_is_the_reason_then() {
        let items = [("mx1.a.test", "fail"), ("mx2.a.test", "unknown")];
        let mut finding = finding("fail", &items);
        waive(&mut finding, &entry(Some("mx1.a.test")), "waxseal.toml");
        assert_eq!(finding.reason, "mx2.a.test: why");
    }
}
