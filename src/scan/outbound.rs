//! Observations of mail, from files of `waxseal message`, `receive` and `reports`, as part of the facts of the domains
//! that they are about. From is anybody's to write, so a message that neither SPF nor DKIM proves to be of its domain is
//! no evidence of that domain unless somebody says so.

use super::stored::{StoredError, documents};
use crate::derive;
use crate::facts::Facts;
use crate::facts::observed::Observed;
use crate::facts::outbound::enforcement::Enforcement;
use crate::facts::outbound::{OutboundDocument, OutboundObservation};
use crate::facts::reported::Reported;
use std::collections::BTreeMap;
use std::io::Read;

/// The most messages of one domain that become facts: the latest.
pub const MOST_MESSAGES: usize = 100;

/// What is known of the mail of many domains.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    domains: BTreeMap<String, Known>,
    /// Whether messages count that nothing proves to be of the domain.
    counts_all: bool,
}

/// What is known of the mail of one domain.
#[derive(Clone, Debug, Default)]
struct Known {
    messages: Vec<OutboundObservation>,
    enforcement: Option<Enforcement>,
    reported: Option<Reported>,
    /// How many messages were left out, since nothing proves them to be of the domain.
    unproven: usize,
    /// Whether a document of facts took them in.
    attached: bool,
}

impl Observations {
    /// None yet; messages are to count also where nothing proves them to be of the domain, since they are known to be.
    pub fn counting_all() -> Self {
        Self {
            counts_all: true,
            ..Self::default()
        }
    }

    /// Reads every document of a file.
    ///
    /// # Errors
    /// The first document that can't be used; those before it are kept.
    pub fn read(&mut self, from: impl Read) -> Result<(), StoredError> {
        for document in documents(from) {
            self.add(document?);
        }
        Ok(())
    }

    /// Adds one document. Of two conclusions about one domain the later holds.
    pub fn add(&mut self, document: OutboundDocument) {
        let known = self.domains.entry(document.domain).or_default();
        let all = document.messages.len();
        let counts =
            |message: &OutboundObservation| self.counts_all || message.dmarc.authenticates();
        let messages: Vec<_> = document.messages.into_iter().filter(counts).collect();
        known.unproven += all - messages.len();
        add_messages(&mut known.messages, messages);
        known.enforcement = later(known.enforcement.take(), document.enforcement);
        known.reported = document.reported.or(known.reported.take());
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    /// Puts what is known of a domain's mail into its facts, beside what they have already, and derives anew what
    /// follows.
    pub fn attach(&mut self, facts: &mut Facts) {
        let Some(known) = self.domains.get_mut(&facts.target.domain) else {
            return;
        };
        known.attached = true;
        add_messages(&mut facts.outbound, known.messages.clone());
        if let Some(enforcement) = &known.enforcement {
            let of_facts = facts.enforcement.value().cloned();
            if let Some(latest) = later(of_facts, Some(enforcement.clone())) {
                facts.enforcement = Observed::present(latest);
            }
        }
        if let Some(reported) = &known.reported {
            facts.reported = reported.clone();
        }
        derive::complete(facts);
    }

    /// The domains among those looked at of which messages were left out, and how many.
    pub fn unproven(&self) -> impl Iterator<Item = (&str, usize)> {
        let looked_at = self.domains.iter().filter(|(_, known)| known.attached);
        let all = looked_at.map(|(domain, known)| (domain.as_str(), known.unproven));
        all.filter(|(_, count)| *count > 0)
    }

    /// The domains whose observations no facts took in.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        let unused = self.domains.iter().filter(|(_, known)| !known.attached);
        unused.map(|(domain, _)| domain.as_str())
    }
}

/// Whether both tell of one delivery: the same bytes may come twice, in clear text and over TLS.
fn same(one: &OutboundObservation, other: &OutboundObservation) -> bool {
    one.digest == other.digest
        && one.received == other.received
        && one.connection == other.connection
}

/// Adds messages that are not there yet, and keeps the latest in the order in which they were received.
fn add_messages(all: &mut Vec<OutboundObservation>, more: Vec<OutboundObservation>) {
    for message in more {
        if !all.iter().any(|known| same(known, &message)) {
            all.push(message);
        }
    }
    all.sort_by_key(|message| message.received.value().copied());
    let surplus = all.len().saturating_sub(MOST_MESSAGES);
    all.drain(..surplus);
}

fn later(one: Option<Enforcement>, other: Option<Enforcement>) -> Option<Enforcement> {
    match (one, other) {
        (Some(one), Some(other)) if other.started < one.started => Some(one),
        (one, other) => other.or(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::outbound::SCHEMA;
    use crate::facts::outbound::authentication::DmarcResult;

    fn facts() -> Facts {
        serde_json::from_str(include_str!("../../policies/base.facts.json")).unwrap()
    }

    /// One that authenticates by SPF, one by DKIM without a record, and one that does not.
    fn document(facts: &mut Facts) -> OutboundDocument {
        let good = facts.outbound.remove(0);
        facts.outbound.clear();
        let message = |digest: &str, result, spf, dkim| {
            let mut message = good.clone();
            message.digest = digest.to_owned();
            message.dmarc.rfc9989.result = result;
            message.dmarc.rfc9989.spf_aligned = Observed::present(spf);
            message.dmarc.rfc9989.dkim_aligned = Observed::present(dkim);
            message
        };
        OutboundDocument {
            schema: SCHEMA.to_owned(),
            waxseal: String::new(),
            domain: facts.target.domain.clone(),
            messages: vec![
                message("spf", DmarcResult::Pass, true, false),
                message("dkim", DmarcResult::None, false, true),
                message("forged", DmarcResult::Fail, false, false),
            ],
            enforcement: None,
            reported: None,
        }
    }

    #[test]
    fn a_message_that_nothing_proves_is_no_evidence_unless_somebody_says_so() {
        let table = [
            (Observations::default(), vec!["dkim", "spf"], 1),
            (
                Observations::counting_all(),
                vec!["dkim", "forged", "spf"],
                0,
            ),
        ];
        for (mut observations, digests, left_out) in table {
            let mut facts = facts();
            observations.add(document(&mut facts));
            assert_eq!(observations.unproven().count(), 0, "nobody looks at it yet");
            observations.attach(&mut facts);
            let found = facts.outbound.iter();
            let mut found: Vec<_> = found.map(|message| message.digest.as_str()).collect();
            found.sort_unstable();
            assert_eq!(found, digests);
            let counts: Vec<_> = observations.unproven().map(|(_, count)| count).collect();
            assert_eq!(counts.iter().sum::<usize>(), left_out);
        }
    }
}
