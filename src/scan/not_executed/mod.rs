//! What could have been looked at in a target and was not: left out by the depth, out of reach from here, or behind
//! a limit. What was left out is read from the facts, and each unknown finding is counted with the parts that its
//! evidence names.

use super::exhibits::text::{cause_words, shortened};
use crate::facts::Facts;
use crate::facts::observed::Cause;
use crate::facts::vantage::SmtpEgress;
use crate::results::finding::Finding;
use crate::results::not_executed::NotExecuted;
use crate::results::outcome::Outcome;

mod evidence;
mod facts;

/// A part of the work, in the order in which parts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The way out to port 25.
    Egress,
    /// A family of addresses.
    Families,
    /// Mail servers beyond the first ones.
    Servers,
    /// Sessions with addresses.
    Sessions,
    /// Versions of TLS that are accepted.
    Versions,
    /// All cipher suites and groups.
    Suites,
    /// Certificates for other kinds of senders.
    Chains,
    /// Commands put in front of TLS.
    Injection,
    /// Lists of revoked certificates.
    Revocation,
    /// Every authoritative name server.
    NameServers,
    /// Records that SPF leads to.
    SpfTree,
    /// Other DKIM selectors.
    Selectors,
    /// Domains that take DMARC reports.
    ReportDomains,
    /// The MTA-STS policy file.
    PolicyFile,
    /// Files of BIMI.
    Bimi,
    /// What the domain sends.
    Outbound,
    /// Anything else.
    Other,
}

impl Part {
    /// Whether nothing can be said of a server without it.
    const fn is_about_servers(self) -> bool {
        matches!(self, Self::Egress | Self::Servers | Self::Sessions)
    }
}

/// One thing that was not looked at.
struct Entry {
    part: Part,
    /// The words of the facts, by which evidence is told to be about it.
    detail: String,
    told: NotExecuted,
}

/// What was not looked at so far.
#[derive(Default)]
struct List {
    entries: Vec<Entry>,
}

impl List {
    /// Adds something, unless it is there.
    fn add(&mut self, part: Part, detail: &str, what: impl Into<String>, why: impl Into<String>) {
        let (what, why) = (what.into(), why.into());
        let known = |entry: &Entry| entry.told.what == what && entry.told.why == why;
        if !self.entries.iter().any(known) {
            self.entries.push(Entry {
                part,
                detail: detail.to_owned(),
                told: NotExecuted {
                    what,
                    why,
                    findings: 0,
                },
            });
        }
    }

    /// The entry of a part, the one with these words of the facts where there are several.
    fn find(&self, part: Part, detail: &str) -> Option<usize> {
        let of_part = |entry: &Entry| entry.part == part;
        let exact = |entry: &Entry| of_part(entry) && entry.detail == detail;
        let entries = &self.entries;
        entries
            .iter()
            .position(exact)
            .or_else(|| entries.iter().position(of_part))
    }
}

/// What a document was not asked, and how many findings are unknown for want of it; by part, then by words.
pub(super) fn of(facts: &Facts, findings: &[Finding]) -> Vec<NotExecuted> {
    let mut list = List::default();
    facts::read(&mut list, facts);
    let unknown = findings
        .iter()
        .filter(|one| one.outcome == Outcome::Unknown);
    for finding in unknown {
        for index in evidence::parts(&mut list, facts, finding) {
            if let Some(entry) = list.entries.get_mut(index) {
                entry.told.findings += 1;
            }
        }
    }
    let mut entries = list.entries;
    entries.sort_by(|one, other| {
        let key = |entry: &Entry| (entry.part, entry.told.findings == 0);
        let words = |entry: &Entry| (entry.told.what.clone(), entry.told.why.clone());
        key(one)
            .cmp(&key(other))
            .then_with(|| words(one).cmp(&words(other)))
    });
    entries.into_iter().map(|entry| entry.told).collect()
}

/// Why something was not settled, in words: those of the facts where there are any.
fn why(cause: Cause, detail: &str) -> String {
    let words = cause_words(cause);
    if detail.is_empty() {
        return words.to_owned();
    }
    // Behind these words stands what a server said.
    let own = detail.split("; heard").next().unwrap_or(detail);
    shortened(own, 200)
}

/// Whether a cause can mean that a run left something out, not that a server failed.
fn is_ours(cause: Cause, facts: &Facts) -> bool {
    match cause {
        Cause::NotAttempted
        | Cause::NotObservable
        | Cause::LimitReached
        | Cause::BlockedEgress
        | Cause::NetworkUnreachable => true,
        Cause::ConnectionTimeout | Cause::ConnectionRefused => {
            facts.vantage.smtp_egress == SmtpEgress::Unproven
        }
        Cause::Timeout
        | Cause::Servfail
        | Cause::Refused
        | Cause::Bogus
        | Cause::MalformedAnswer
        | Cause::ConnectionClosed
        | Cause::SmtpTransient
        | Cause::SmtpPermanent
        | Cause::SmtpProtocol
        | Cause::TlsAlert
        | Cause::TlsProtocol
        | Cause::HttpProtocol
        | Cause::HttpServerError
        | Cause::Unresolved => false,
    }
}
