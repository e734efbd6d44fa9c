//! Requirements of one area that are unknown for the same cause, told together: one broken lookup leaves many open.

use super::text::group::Group;
use super::{causes, escape};
use crate::results::outcome::Outcome;

/// How many places are named.
const NAMED: usize = 4;

/// The most characters of a cause.
const LONGEST: usize = 300;

/// Some requirements that are unknown for one cause.
pub(super) struct Open<'g, 'a> {
    /// The cause in words, safe to print.
    pub(super) cause: String,
    /// At least two.
    pub(super) groups: Vec<&'g Group<'a>>,
    /// Where it shows, such as servers, safe to print; empty where the requirements look at no list.
    pub(super) places: Vec<String>,
}

impl Open<'_, '_> {
    /// What is told of all of them, in one sentence.
    pub(super) fn told(&self) -> String {
        let many = self.groups.len();
        let Self { cause, places, .. } = self;
        let shown: Vec<&str> = places.iter().take(NAMED).map(String::as_str).collect();
        let more = match places.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let at = if shown.is_empty() {
            String::new()
        } else {
            format!(", at {}{more}", shown.join(", "))
        };
        format!("{many} requirements are unknown: {cause}{at}")
    }
}

/// The groups that are told one by one, and those that share a cause.
pub(super) fn split<'g, 'a>(groups: &'g [Group<'a>]) -> (Vec<&'g Group<'a>>, Vec<Open<'g, 'a>>) {
    let mut opens: Vec<Open<'g, 'a>> = Vec::new();
    for group in groups {
        if group.first.outcome != Outcome::Unknown {
            continue;
        }
        let cause = causes::common(&group.first.reason);
        let cause = escape::line(&escape::cut(&cause, LONGEST));
        match opens.iter_mut().find(|open| open.cause == cause) {
            Some(open) => open.groups.push(group),
            None => opens.push(Open {
                cause,
                groups: vec![group],
                places: Vec::new(),
            }),
        }
    }
    opens.retain(|open| open.groups.len() > 1);
    let shared = |group: &&Group<'a>| {
        let mut all = opens.iter().flat_map(|open| &open.groups);
        all.any(|other| std::ptr::eq(*other, *group))
    };
    let single = groups.iter().filter(|group| !shared(group)).collect();
    let mut several = opens;
    for open in &mut several {
        let items = open.groups.iter().flat_map(|group| &group.first.items);
        let unknown = items.filter(|item| item.outcome == Outcome::Unknown);
        for name in unknown.map(|item| escape::line(&escape::cut(&item.name, LONGEST))) {
            if !name.is_empty() && !open.places.contains(&name) {
                open.places.push(name);
            }
        }
    }
    (single, several)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::text::group::by_area;
    use super::*;
    use crate::results::finding::{Finding, Item};
    use crate::results::outcome::Level;

    fn finding(rule: &str, outcome: Outcome, reason: &str) -> Finding {
        Finding {
            reason: reason.to_owned(),
            area: "spf".to_owned(),
            ..sample::finding(rule, rule, Level::Must, outcome)
        }
    }

    #[test]
    fn what_shares_a_cause_is_told_once_and_the_rest_keeps_its_place() {
        let mut listed = finding("d", Outcome::Unknown, "1 of 2: mx1: timeout");
        listed.items = vec![Item {
            name: "mx1".to_owned(),
            outcome: Outcome::Unknown,
            reason: "timeout".to_owned(),
        }];
        let findings = [
            finding("a", Outcome::Fail, "timeout"),
            finding("b", Outcome::Unknown, "x.test TXT: timeout"),
            finding("c", Outcome::Unknown, "bogus"),
            listed,
            finding("e", Outcome::Manual, ""),
        ];
        let areas = by_area(findings.iter());
        let (single, several) = split(&areas[0].groups);
        let rules: Vec<&str> = single
            .iter()
            .map(|group| group.first.rule.as_str())
            .collect();
        assert_eq!(rules, ["a", "c", "e"]);
        assert_eq!(several.len(), 1);
        assert_eq!(
            several[0].told(),
            "2 requirements are unknown: timed out, at mx1"
        );
    }
}
