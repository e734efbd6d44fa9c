//! One target: for those who use it, those who run it, and those who check it, in this order.

use super::super::text::group;
use super::super::{audit, delivery, words};
use super::audit::Entry;
use super::exhibits;
use super::facts::{Fact, Facts, Row};
use super::servers::{self, Server};
use super::todo::{self, Todo};
use super::view::{self, Area, Tag, Told};
use crate::facts::delivery::DeliveryEffect;
use crate::facts::vantage::{DnssecMode, Probe, SmtpEgress, Vantage};
use crate::results::outcome::Outcome;
use crate::results::role::{RoleSource, RoleTaken};
use crate::results::score::Score;
use crate::results::{Run, TargetResult};
use serde::Serialize;
use std::collections::BTreeSet;

/// Pixels from one star to the next.
const STAR: usize = 24;

#[derive(Serialize)]
pub(super) struct View {
    id: String,
    name: String,
    unicode: Option<String>,
    verdict: Told,
    role: Option<String>,
    scores: Vec<Stars>,
    tested: String,
    counts: Vec<Tag>,
    untested: Vec<Untested>,
    areas: Vec<Area>,
    todo: Vec<Todo>,
    servers: Vec<Server>,
    more_servers: Option<String>,
    others: Vec<exhibits::View>,
    delivery: Vec<Sender>,
    rows: Vec<Row>,
    facts: Vec<Fact>,
    audit: Vec<Entry>,
}

#[derive(Serialize)]
struct Stars {
    title: String,
    question: Option<&'static str>,
    row: Vec<Star>,
    width: usize,
    value: String,
    note: String,
}

#[derive(Serialize)]
struct Star {
    x: usize,
    fill: &'static str,
}

#[derive(Serialize)]
struct Untested {
    what: String,
    why: String,
    findings: Option<String>,
}

/// What comes of the mail of one kind of sender: at the domain, then at the servers that differ.
#[derive(Serialize)]
struct Sender {
    label: String,
    parts: Vec<Effect>,
}

#[derive(Serialize)]
struct Effect {
    tag: Option<Tag>,
    text: String,
}

/// The section of a target that has this rank, counted from 0.
pub(super) fn view(run: &Run, result: &TargetResult, rank: usize) -> View {
    let id = format!("d{}", rank + 1);
    let names = &result.target;
    let asked = group::by_area(result.findings.iter());
    let mut todo = todo::view(run, &id, &asked);
    let others = place_exhibits(result, &mut todo);
    let (servers, more_servers) = servers::view(&id, result, &asked);
    let counts = words::counts(&result.summary).into_iter();
    let facts = Facts::of(result, &id);
    View {
        name: names.domain.clone(),
        unicode: (names.unicode != names.domain).then(|| names.unicode.clone()),
        verdict: Told::of(result.verdict, &result.summary, run.gate.new_only),
        role: role(&result.role),
        scores: result.scores.iter().map(stars).collect(),
        tested: tested(result),
        counts: counts
            .map(|(outcome, text)| Tag::saying(outcome, text))
            .collect(),
        untested: untested(result),
        areas: areas(&id, result, &asked),
        todo,
        servers,
        more_servers,
        others,
        delivery: senders(result),
        rows: facts.rows(run, result),
        facts: facts.table(),
        audit: audit::of_target(result)
            .into_iter()
            .map(Entry::of)
            .collect(),
        id,
    }
}

/// What the domain was taken for, where somebody said so or its records tell.
fn role(taken: &RoleTaken) -> Option<String> {
    if taken.source == RoleSource::Default && taken.reason.is_empty() {
        return None;
    }
    Some(format!(
        "Taken as {}: {}",
        taken.role.as_str(),
        taken.reason
    ))
}

fn stars(score: &Score) -> Stars {
    let question = match score.id.as_str() {
        "confidential-delivery" => Some("Can others read mail to this domain on its way?"),
        "phishing-and-identity-theft" => Some("Can others send mail in the name of this domain?"),
        "integrity" => Some("Would a receiver notice that a message was changed?"),
        _ => None,
    };
    let whole = (1..=10_u8).find(|&count| (f64::from(count) - score.max).abs() < 0.01);
    let fill = |number: u8| match score.value {
        Some(value) if value + 0.01 >= f64::from(number) => "full",
        Some(value) if value + 0.51 >= f64::from(number) => "half",
        _ => "none",
    };
    let row: Vec<Star> = (1..=whole.unwrap_or(0))
        .map(|number| Star {
            x: STAR * usize::from(number - 1),
            fill: fill(number),
        })
        .collect();
    Stars {
        title: score.title.clone(),
        question,
        width: (STAR * row.len()).saturating_sub(4),
        row,
        value: score
            .value
            .map_or_else(|| "not known".to_owned(), |_| words::score(score)),
        note: score.note.clone(),
    }
}

/// What was tested, when and how, in one sentence.
fn tested(result: &TargetResult) -> String {
    let asked: BTreeSet<&str> = result
        .findings
        .iter()
        .map(|one| one.baseline.as_str())
        .collect();
    let asked: Vec<&str> = asked.into_iter().collect();
    let Vantage {
        dnssec,
        ipv4,
        ipv6,
        probe,
        ..
    } = &result.vantage;
    let families = match (ipv4, ipv6) {
        (true, true) => "over IPv4 and IPv6",
        (true, false) => "over IPv4 only",
        (false, true) => "over IPv6 only",
        (false, false) => "without a connection to any mail server",
    };
    let dnssec = match dnssec {
        DnssecMode::Validate => "DNSSEC was validated here",
        DnssecMode::TrustAd => "DNSSEC was judged by the resolver",
    };
    let probe = match probe {
        Probe::Gentle => "one session an address",
        Probe::Standard => "at most five short sessions an address",
        Probe::Deep => "as many sessions as it took",
    };
    format!(
        "{} requirements of {}, with what was seen on {}: mail servers {families} with {probe}, and {dnssec}.",
        result.summary.total,
        asked.join(", "),
        view::time(&result.started().to_string()),
    )
}

/// What was left out, and what cannot be seen from where the facts were collected.
fn untested(result: &TargetResult) -> Vec<Untested> {
    let mut untested: Vec<Untested> = Vec::new();
    for one in &result.not_executed {
        let findings = match one.findings {
            0 => None,
            1 => Some("1 requirement is unknown for it".to_owned()),
            many => Some(format!("{many} requirements are unknown for it")),
        };
        let (what, why) = (one.what.clone(), one.why.clone());
        untested.push(Untested {
            what,
            why,
            findings,
        });
    }
    for (key, what, why) in blind_spots(&result.vantage) {
        let told = |one: &Untested| one.what.contains(key) || one.why.contains(key);
        if !untested.iter().any(told) {
            let (what, why) = (what.to_owned(), why.to_owned());
            untested.push(Untested {
                what,
                why,
                findings: None,
            });
        }
    }
    untested
}

/// What could not be seen from where the facts were collected: a word that tells whether it was said already, what, why.
fn blind_spots(vantage: &Vantage) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut spots = Vec::new();
    match vantage.smtp_egress {
        SmtpEgress::Blocked => spots.push((
            "port 25",
            "Mail servers",
            "this network lets no connections to port 25 out; scan from elsewhere",
        )),
        SmtpEgress::Unproven => spots.push((
            "port 25",
            "Mail servers",
            "none answered on port 25; many networks block it, and this one may too",
        )),
        SmtpEgress::Open | SmtpEgress::Untested => {}
    }
    if !vantage.ipv6 {
        spots.push((
            "IPv6",
            "Mail servers over IPv6",
            "the scanning host has no IPv6",
        ));
    }
    if !vantage.ipv4 {
        spots.push((
            "IPv4",
            "Mail servers over IPv4",
            "the scanning host has no IPv4",
        ));
    }
    spots
}

fn areas(id: &str, result: &TargetResult, asked: &[group::Area<'_>]) -> Vec<Area> {
    let area = |(place, area): (usize, &group::Area<'_>)| {
        let asks = area.groups.iter().any(todo::asks);
        let here = result.findings.iter().filter(|one| one.area == area.name);
        let anchor = asks.then(|| todo::area_anchor(id, place));
        Area::new(area.name, &view::tally(here), anchor)
    };
    asked.iter().enumerate().map(area).collect()
}

/// Puts what was seen elsewhere than at a mail server beside what there is to do in its area; gives back what has no
/// such place.
fn place_exhibits(result: &TargetResult, todo: &mut [Todo]) -> Vec<exhibits::View> {
    let mut others = Vec::new();
    for exhibit in &result.exhibits {
        if servers::takes(exhibit, result) {
            continue;
        }
        let place = exhibit
            .areas
            .iter()
            .find_map(|area| todo.iter().position(|todo| todo.area == *area));
        match place.and_then(|place| todo.get_mut(place)) {
            Some(todo) => todo.exhibits.push(exhibits::view(exhibit)),
            None => others.push(exhibits::view(exhibit)),
        }
    }
    others
}

fn senders(result: &TargetResult) -> Vec<Sender> {
    let mut senders: Vec<Sender> = Vec::new();
    for row in delivery::rows(&result.delivery, true) {
        let tag = row.amiss.then(|| match row.effect {
            DeliveryEffect::Clear => Tag::saying(Outcome::Fail, "clear text".to_owned()),
            DeliveryEffect::Bounces => {
                Tag::saying(Outcome::NotApplicable, "no delivery".to_owned())
            }
            DeliveryEffect::Defers => Tag::saying(Outcome::Fail, "no delivery".to_owned()),
            DeliveryEffect::Unknown
            | DeliveryEffect::Encrypted
            | DeliveryEffect::EncryptedAndAuthenticated => Tag::of(Outcome::Unknown),
        });
        let effect = Effect {
            tag,
            text: row.text,
        };
        match senders.last_mut() {
            Some(last) if row.label.is_empty() => last.parts.push(effect),
            _ => senders.push(Sender {
                label: row.label,
                parts: vec![effect],
            }),
        }
    }
    senders
}
