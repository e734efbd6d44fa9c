//! What `waxseal receive --probes` shows at the end: what came to each probe, and what follows for its sender.

use super::escape;
use crate::facts::observed::Observed;
use crate::facts::outbound::enforcement::{
    Attempt, AttemptEnd, Delivery, Enforcement, EnforcementLevel, Posture, Probe,
};
use anstyle::Style;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Most characters of the sender's domain and of a reason that are shown.
const LONGEST: usize = 300;
/// The most domains that are named where nothing is concluded of them.
const NAMED: usize = 20;
const BOLD: Style = Style::new().bold();

/// The table of the probes and the conclusions; with colours where that is wanted.
pub fn text(domain: &str, seen: &Enforcement, colored: bool) -> String {
    let domain = shown(domain);
    let domain = if colored {
        format!("{BOLD}{domain}{BOLD:#}")
    } else {
        domain
    };
    let mut text = format!(
        "\n{domain} at the probes, from {} for {} seconds\n\n  {:17} {:9} {:5} {:12} {}\n",
        seen.started,
        seen.waited_seconds,
        "probe",
        "arrived",
        "over",
        "connections",
        "how they ended"
    );
    for probe in &seen.probes {
        let (arrived, over) = arrival(&probe.delivered);
        let row = format!(
            "  {:17} {arrived:9} {over:5} {:<12} {}",
            probe.posture.as_str(),
            probe.attempts.len(),
            ends(probe)
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text.push('\n');
    let facts = [
        ("uses TLS where it is offered", &seen.uses_tls),
        (
            "delivers in clear text where it is not",
            &seen.delivers_in_clear,
        ),
        (
            "refuses wrong certificates by itself",
            &seen.validates_certificates,
        ),
        ("enforces DANE", &seen.enforces_dane),
        ("enforces MTA-STS", &seen.enforces_mta_sts),
    ];
    for (what, fact) in facts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {what:40} {}", answer(fact));
    }
    let _ = writeln!(text, "  {:40} {}", "on the whole", level(seen.level));
    text
}

/// What is not concluded: of domains that are named in messages which nothing proves to be their own, each with a probe
/// where one arrived, and since a round had so many more connections and messages than it remembers.
pub fn remarks<'a>(
    mut unproven: impl Iterator<Item = (&'a str, Posture)>,
    left_out: u64,
) -> Vec<String> {
    let named = unproven.by_ref().take(NAMED);
    let mut remarks: Vec<_> = named.map(|(domain, at)| forgeable(domain, at)).collect();
    let more = unproven.count();
    if more > 0 {
        remarks.push(format!("The same holds for {more} more domains."));
    }
    if left_out > 0 {
        remarks.push(format!(
            "More came to the servers than is remembered: {left_out} connections and messages of those that sent most are \
             not counted."
        ));
    }
    remarks
}

fn forgeable(domain: &str, at: Posture) -> String {
    let (name, domain) = (at.as_str(), shown(domain));
    format!(
        "The message to `{name}` does not authenticate as {domain}: it could be anybody's; nothing is concluded. SPF or \
         DKIM has to pass in the name of {domain}."
    )
}

const fn arrival(delivered: &Observed<Delivery>) -> (&'static str, &'static str) {
    match delivered {
        Observed::Present {
            value: Delivery::Tls,
        } => ("yes", "TLS"),
        Observed::Present {
            value: Delivery::Clear,
        } => ("yes", "clear"),
        Observed::Absent { .. } => ("no", ""),
        Observed::Unknown { .. } => ("unknown", ""),
    }
}

/// How the connections to a probe ended, each way with its count.
fn ends(probe: &Probe) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for attempt in &probe.attempts {
        *counts.entry(end(attempt, probe.posture)).or_default() += 1;
    }
    let ways = counts.into_iter().map(|(way, count)| match count {
        1 => way,
        more => format!("{way} ({more} times)"),
    });
    ways.collect::<Vec<_>>().join(", ")
}

fn end(attempt: &Attempt, posture: Posture) -> String {
    let way = match attempt.end {
        AttemptEnd::Delivered => "delivered",
        AttemptEnd::LeftAfterEhlo if matches!(posture, Posture::NoStarttls) => {
            "left without STARTTLS on offer"
        }
        AttemptEnd::LeftAfterEhlo => "left before a handshake",
        AttemptEnd::HandshakeFailed => "broke off the handshake",
        AttemptEnd::LeftAfterHandshake => "left after the handshake",
        AttemptEnd::LeftLater => "left later, without a message",
    };
    if attempt.alert.is_empty() {
        way.to_owned()
    } else {
        format!("{way} with {}", shown(&attempt.alert))
    }
}

fn answer(fact: &Observed<bool>) -> String {
    match fact {
        Observed::Present { value: true } => "yes".to_owned(),
        Observed::Present { value: false } => "no".to_owned(),
        Observed::Absent { detail, .. } | Observed::Unknown { detail, .. } if detail.is_empty() => {
            "unknown".to_owned()
        }
        Observed::Absent { detail, .. } | Observed::Unknown { detail, .. } => {
            format!("unknown: {}", shown(detail))
        }
    }
}

const fn level(level: EnforcementLevel) -> &'static str {
    match level {
        EnforcementLevel::Unknown => "too little is known",
        EnforcementLevel::Clear => "clear text, even where TLS is offered",
        EnforcementLevel::Opportunistic => {
            "opportunistic: TLS where it is offered, with whoever answers"
        }
        EnforcementLevel::Published => "held to what the receiver publishes",
        EnforcementLevel::Validated => "with a valid certificate or not at all",
    }
}

/// What a stranger wrote, on one line and short.
fn shown(text: &str) -> String {
    escape::line(&escape::cut(text, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::observed::{Cause, Proof};
    use crate::facts::timestamp::Timestamp;
    use std::net::Ipv4Addr;

    fn probe(posture: Posture, delivered: Observed<Delivery>, ends: &[AttemptEnd]) -> Probe {
        let attempt = |end: &AttemptEnd| Attempt {
            at: Timestamp::from_unix(0),
            ip: Ipv4Addr::LOCALHOST.into(),
            tls: Observed::absent(Proof::NotOffered),
            end: *end,
            alert: if *end == AttemptEnd::HandshakeFailed {
                "bad_certificate".to_owned()
            } else {
                String::new()
            },
        };
        Probe {
            posture,
            domain: String::new(),
            delivered,
            attempts: ends.iter().map(attempt).collect(),
        }
    }

    #[test]
    fn what_is_not_concluded_is_told_each_on_one_line() {
        let domains = ["bank.example"; 22];
        let domains = domains.into_iter().chain(["x\n::error::y"; 1]);
        let told = remarks(domains.rev().map(|domain| (domain, Posture::Good)), 7);
        assert_eq!(told.len(), 22);
        assert!(told.iter().all(|line| !line.contains('\n')), "{told:?}");
        assert!(
            told[1].starts_with(
                "The message to `good` does not authenticate as bank.example: it could be anybody's; nothing is concluded."
            )
        );
        assert_eq!(told[20], "The same holds for 3 more domains.");
        assert!(told[21].contains("7 connections and messages"), "{told:?}");
        assert!(remarks(std::iter::empty(), 0).is_empty());
    }

    #[test]
    fn the_page_shows_each_probe_and_what_follows() {
        let gone = || Observed::absent(Proof::NotArrived);
        let taken = |how| Observed::present(how);
        let seen = Enforcement {
            started: Timestamp::from_unix(1_795_428_000),
            waited_seconds: 600,
            probes: vec![
                probe(
                    Posture::Good,
                    taken(Delivery::Tls),
                    &[AttemptEnd::Delivered],
                ),
                probe(
                    Posture::SelfSigned,
                    taken(Delivery::Tls),
                    &[AttemptEnd::Delivered],
                ),
                probe(Posture::DaneValid, taken(Delivery::Tls), &[]),
                probe(
                    Posture::DaneMismatch,
                    gone(),
                    &[
                        AttemptEnd::HandshakeFailed,
                        AttemptEnd::HandshakeFailed,
                        AttemptEnd::LeftAfterHandshake,
                    ],
                ),
                probe(
                    Posture::NoStarttls,
                    taken(Delivery::Clear),
                    &[AttemptEnd::Delivered],
                ),
                probe(Posture::MtaStsMismatch, gone(), &[]),
            ],
            uses_tls: Observed::present(true),
            delivers_in_clear: Observed::present(true),
            validates_certificates: Observed::present(false),
            enforces_dane: Observed::present(true),
            enforces_mta_sts: Observed::unknown(
                Cause::NotObservable,
                "at mta-sts-mismatch neither",
            ),
            level: EnforcementLevel::Published,
        };
        let page = text("example.org\u{1b}[2J", &seen, false);
        assert!(!page.contains('\u{1b}'));
        for line in [
            "  good              yes       TLS   1            delivered",
            "  dane-mismatch     no              3            broke off the handshake with bad_certificate (2 times), left after the handshake",
            "  no-starttls       yes       clear 1            delivered",
            "  mta-sts-mismatch  no              0",
            "  enforces DANE                            yes",
            "  refuses wrong certificates by itself     no",
            "  on the whole                             held to what the receiver publishes",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
        assert!(
            page.contains(
                "enforces MTA-STS                         unknown: at mta-sts-mismatch neither"
            ),
            "{page}"
        );
        assert!(text("example.org", &seen, true).contains("\u{1b}[1mexample.org"));
    }
}
