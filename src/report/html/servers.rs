//! The mail servers of a target, one after the other: what is wrong at each, and what was seen of it.

use super::super::causes;
use super::super::text::group::{Area as Asked, Group};
use super::exhibits;
use super::todo;
use super::view::{self, Tag};
use crate::results::TargetResult;
use crate::results::exhibit::{Exhibit, ExhibitKind};
use crate::results::outcome::Outcome;
use serde::Serialize;

/// How many servers are told of.
const MOST: usize = 32;

/// One mail server.
#[derive(Debug, Serialize)]
pub(super) struct Server {
    name: String,
    cases: Vec<Case>,
    open: Vec<Case>,
    exhibits: Vec<exhibits::View>,
}

/// What a requirement comes to at one server.
#[derive(Debug, Serialize)]
struct Case {
    id: String,
    tag: Tag,
    level: String,
    title: String,
    reason: String,
    at: String,
}

/// The servers, and what to say of those that are left out.
pub(super) fn view(
    target: &str,
    result: &TargetResult,
    areas: &[Asked<'_>],
) -> (Vec<Server>, Option<String>) {
    let servers = result.delivery.servers.iter().take(MOST);
    let server = |host: &str| {
        let cases = cases(target, areas, host);
        let (open, cases) = cases
            .into_iter()
            .partition(|case| case.0 == Outcome::Unknown);
        let plain = |cases: Vec<(Outcome, Case)>| cases.into_iter().map(|case| case.1).collect();
        let seen = result.exhibits.iter().filter(|one| is_at(one, host));
        Server {
            name: host.to_owned(),
            cases: plain(cases),
            open: plain(open),
            exhibits: seen.map(exhibits::view).collect(),
        }
    };
    let left = result.delivery.servers.len().saturating_sub(MOST);
    let more = format!(
        "And {left} more mail servers; every requirement below names the servers that it failed at."
    );
    (
        servers.map(|one| server(&one.host)).collect(),
        (left > 0).then_some(more),
    )
}

/// Whether an exhibit is shown with one of the mail servers.
pub(super) fn takes(exhibit: &Exhibit, result: &TargetResult) -> bool {
    let servers = result.delivery.servers.iter().take(MOST);
    servers
        .into_iter()
        .any(|server| is_at(exhibit, &server.host))
}

/// A dialogue, a handshake or a certificate belongs to the servers that its subject names:
/// `mx1.example.org [192.0.2.1]:25, [2001:db8::1]:25, mx2.example.org [192.0.2.2]:25`.
fn is_at(exhibit: &Exhibit, host: &str) -> bool {
    let spoken = matches!(
        exhibit.kind,
        ExhibitKind::Session | ExhibitKind::Handshake | ExhibitKind::Certificate
    );
    let named = |part: &str| {
        part.strip_prefix(host)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    spoken && exhibit.subject.split(", ").any(named)
}

/// What does not pass at a server; one case for all its addresses that fare alike.
fn cases(target: &str, areas: &[Asked<'_>], host: &str) -> Vec<(Outcome, Case)> {
    let mut cases: Vec<(Outcome, Case)> = Vec::new();
    for (place, area) in areas.iter().enumerate() {
        for (number, group) in area
            .groups
            .iter()
            .enumerate()
            .filter(|(_, group)| todo::asks(group))
        {
            let id = todo::anchor(target, place, number);
            cases.extend(of_group(group, host, &id));
        }
    }
    cases
}

fn of_group(group: &Group<'_>, host: &str, id: &str) -> Vec<(Outcome, Case)> {
    let mut cases: Vec<(Outcome, Case)> = Vec::new();
    for item in &group.first.items {
        let (name, address) = item.name.split_once(" / ").unwrap_or((&item.name, ""));
        if name != host || matches!(item.outcome, Outcome::Pass | Outcome::NotApplicable) {
            continue;
        }
        let reason = causes::plain(&item.reason);
        let same = |(outcome, case): &&mut (Outcome, Case)| {
            *outcome == item.outcome && case.reason == reason
        };
        if let Some((_, case)) = cases.iter_mut().find(same) {
            case.at.extend([", ", address]);
            continue;
        }
        let case = Case {
            id: id.to_owned(),
            tag: Tag::of(item.outcome),
            level: view::level(group.first.level),
            title: group.first.title.clone(),
            reason,
            at: address.to_owned(),
        };
        cases.push((item.outcome, case));
    }
    cases
}
