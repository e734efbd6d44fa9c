//! One message and how it came, to what is known of its sender: signatures, SPF, DMARC, ARC.
//!
//! mail-auth does the cryptography, and only that: its DNS is not used, it takes the system's clock for the time, and
//! the forms of bodies are not always the standard's (`records::message::canonical`).

use super::Delivered;
use crate::collect::Collector;
use crate::derive::dmarc::{conclude, organizational_domain};
use crate::derive::message::border::{border, claims};
use crate::derive::message::dmarc::{self, Evidence};
use crate::derive::message::trust::Trust;
use crate::derive::spf::check::Sender;
use crate::facts::Facts;
use crate::facts::defect::Defect;
use crate::facts::mx::Reverse;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::authentication::{MessageDmarc, SenderCheck};
use crate::facts::outbound::header::MessageHeader;
use crate::facts::outbound::signature::DkimSignature;
use crate::facts::outbound::{Connection, OutboundDocument, OutboundObservation, SCHEMA};
use crate::facts::spf::SpfResult;
use crate::facts::timestamp::Timestamp;
use crate::records::domain::organizational;
use crate::records::message::address::domain_of;
use crate::records::message::signature::{Kind, parse};
use crate::records::message::{Message, claims as claimed, header};
use bodies::Bodies;
use data_encoding::HEXLOWER;
use futures_util::future::join_all;
use sha2::{Digest as _, Sha256};
use source::Records;
use std::collections::BTreeMap;

mod bodies;
mod chain;
pub mod delivered;
mod dkim;
mod source;

/// The most signatures of a message that are kept.
pub const MOST_SIGNATURES: usize = 100;

/// The most signatures of a message that are verified, those of the domain in From before others.
pub const MOST_VERIFIED: usize = 10;

/// How far the Date of a message may be ahead of its arrival, in seconds.
const CLOCK_SKEW: i64 = 3600;

/// Analyses messages. Keys and records come through the collector's resolvers, or from documents that were stored.
#[derive(Debug)]
pub struct Analyst<'a> {
    records: Records<'a>,
    trust: Trust,
    now: Timestamp,
}

impl<'a> Analyst<'a> {
    /// An analyst who asks the collector's resolvers.
    pub fn new(collector: &'a Collector) -> Self {
        Self {
            records: Records::Live(collector),
            trust: Trust::default(),
            now: collector.now(),
        }
    }

    /// An analyst who knows only what these documents hold, and asks nobody.
    pub fn of_stored(facts: &'a [Facts], now: Timestamp) -> Self {
        Self {
            records: Records::Stored(facts),
            trust: Trust::default(),
            now,
        }
    }

    /// The same, with hosts whose `Received` and `Authentication-Results` fields are believed.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// What the message shows, as a document about the domain in From. A message without one such domain gives a
    /// document of the MAIL FROM domain or, without that, of an empty one, so that it is not lost.
    pub async fn observe(&self, delivered: Delivered) -> OutboundDocument {
        let message = Message::parse(&delivered.raw);
        let placed = claimed::all(&message);
        let border = border(&placed, &self.trust);
        let bodies = Bodies::new(message.body);
        let moment = delivered.received.value().copied().unwrap_or(self.now);
        let from = header::from_domain(&message);
        let mail_from = reverse_path(&delivered.mail_from);
        let mut read = header::read(&message, delivered.raw.len());
        late_date(&mut read, &delivered.received);
        let (signatures, arc, (spf, spf_helo), reverse) = tokio::join!(
            self.signatures(&message, &bodies, from.value(), moment),
            chain::of(&message, self.records, &bodies, moment),
            self.senders(&delivered, &mail_from),
            self.reverse(&delivered.connection),
        );
        if message.all("DKIM-Signature").nth(MOST_SIGNATURES).is_some() {
            let text = format!(
                "there are more than {MOST_SIGNATURES} DKIM signatures; the rest is not looked at"
            );
            read.defects.push(Defect::minor(
                "dkim-too-many-signatures",
                text,
                "RFC 6376 §6.1",
            ));
        }
        if let Observed::Present { value } = &mut read.list_unsubscribe {
            value.signed = unsubscribe_signed(&message, &signatures);
        }
        let dmarc = self.dmarc(&from, &spf, &signatures).await;
        let observation = OutboundObservation {
            digest: digest(&delivered.raw),
            witness: delivered.witness,
            witness_host: delivered.witness_host,
            received: delivered.received,
            connection: Connection {
                reverse,
                ..delivered.connection
            },
            mail_from: mail_from.clone(),
            spf,
            spf_helo,
            dkim: any_verifies(&signatures),
            signatures,
            dmarc,
            arc,
            header: read,
            claims: claims(placed, border.as_ref(), &self.trust),
        };
        OutboundDocument {
            schema: SCHEMA.to_owned(),
            waxseal: env!("CARGO_PKG_VERSION").to_owned(),
            domain: from
                .value()
                .or(mail_from.value())
                .cloned()
                .unwrap_or_default(),
            messages: vec![observation],
            enforcement: None,
            reported: None,
        }
    }

    async fn signatures(
        &self,
        message: &Message<'_>,
        bodies: &Bodies<'_>,
        from: Option<&String>,
        moment: Timestamp,
    ) -> Vec<DkimSignature> {
        let fields: Vec<_> = message
            .all("DKIM-Signature")
            .take(MOST_SIGNATURES)
            .map(|field| {
                let text = String::from_utf8_lossy(field.value);
                (field, parse(text.trim(), Kind::Dkim))
            })
            .collect();
        // Whoever puts ten signatures of their own on top must not keep those that count from being verified.
        let own =
            |domain: &str| from.is_some_and(|from| organizational(from) == organizational(domain));
        let mut order: Vec<(bool, usize)> = fields
            .iter()
            .enumerate()
            .map(|(number, (_, tags))| (!own(&tags.domain), number))
            .collect();
        order.sort_unstable();
        order.truncate(MOST_VERIFIED);
        let judged = fields
            .into_iter()
            .enumerate()
            .map(|(number, (field, tags))| {
                let verified = order.iter().any(|(_, chosen)| *chosen == number);
                async move {
                    if !verified {
                        return dkim::left_out(message, tags, moment, MOST_VERIFIED);
                    }
                    let key = self.records.key(&tags.domain, &tags.selector).await;
                    dkim::judge(message, (field, tags), key, bodies, moment)
                }
            });
        join_all(judged).await
    }

    /// The checks of MAIL FROM and of the name in EHLO.
    async fn senders(
        &self,
        delivered: &Delivered,
        mail_from: &Observed<String>,
    ) -> (Observed<SenderCheck>, Observed<SenderCheck>) {
        let Connection { ip, ehlo, .. } = &delivered.connection;
        let ip = match ip {
            Observed::Present { value } => *value,
            Observed::Absent { .. } => {
                let none = || Observed::absent(Proof::NoSubject);
                return (none(), none());
            }
            Observed::Unknown { cause, detail } => {
                let unknown = || Observed::unknown(*cause, detail.clone());
                return (unknown(), unknown());
            }
        };
        let name = ehlo.value().filter(|name| !name.starts_with('['));
        let name = name
            .and_then(|name| domain_of(name))
            .filter(|name| name.contains('.'));
        let receiver = if delivered.witness_host.is_empty() {
            "unknown"
        } else {
            &delivered.witness_host
        };
        let given = name.as_deref().or(ehlo.value().map(String::as_str));
        let sender = |mailbox: &str| {
            let helo = given.unwrap_or("unknown");
            Sender::new(ip, helo, mailbox, receiver, self.now)
        };
        let helo = match &name {
            Some(_) => self.check(&sender(""), "helo").await,
            None => ehlo.and_then(|_| Observed::absent(Proof::NoSubject)),
        };
        let spf = match mail_from {
            Observed::Present { .. } => {
                let mailbox = delivered.mail_from.value().map_or("", String::as_str);
                self.check(&sender(mailbox), "mail-from").await
            }
            // A null reverse-path is checked by the name in EHLO (RFC 7208 §2.4).
            Observed::Absent {
                proof: Proof::NoSubject,
                ..
            } => helo.clone(),
            Observed::Absent { proof, detail } => Observed::Absent {
                proof: *proof,
                detail: detail.clone(),
            },
            Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        };
        (spf, helo)
    }

    async fn check(&self, sender: &Sender, identity: &str) -> Observed<SenderCheck> {
        let check = self.records.check(sender).await;
        check.and_then(|check| {
            if check.result == SpfResult::Temperror {
                return Observed::unknown(Cause::Unresolved, check.reason.clone());
            }
            Observed::present(SenderCheck {
                identity: identity.to_owned(),
                domain: sender.domain().to_ascii_lowercase(),
                result: check.result,
                reason: check.reason.clone(),
            })
        })
    }

    async fn reverse(&self, connection: &Connection) -> Reverse {
        match connection.ip.value() {
            Some(ip) => self.records.reverse(*ip, &connection.ehlo).await,
            None => Reverse::default(),
        }
    }

    async fn dmarc(
        &self,
        from: &Observed<String>,
        spf: &Observed<SenderCheck>,
        signatures: &[DkimSignature],
    ) -> MessageDmarc {
        let found = match from.value() {
            Some(domain) => Some(conclude(domain, self.records.walk(domain).await)),
            None => None,
        };
        let inherited = found.as_ref().is_some_and(|dmarc| dmarc.inherited);
        let exists = match from.value().filter(|_| inherited) {
            Some(domain) => self.records.exists(domain).await,
            None => Observed::unobserved(),
        };
        let identifiers = dmarc::identifiers(from, spf, signatures);
        let walks = identifiers.into_iter().map(|domain| async move {
            let walk = self.records.walk(&domain).await;
            let organization = organizational_domain(&domain, &walk);
            (domain, organization)
        });
        let organizations: BTreeMap<_, _> = join_all(walks).await.into_iter().collect();
        dmarc::of(&Evidence {
            from,
            dmarc: found.as_ref(),
            exists: &exists,
            spf,
            signatures,
            organizations: &organizations,
        })
    }
}

/// The domain of MAIL FROM; absent where the reverse-path is null.
fn reverse_path(mail_from: &Observed<String>) -> Observed<String> {
    mail_from.and_then(|path| {
        if path.is_empty() {
            return Observed::absent(Proof::NoSubject);
        }
        let domain = path
            .rsplit_once('@')
            .and_then(|(_, domain)| domain_of(domain));
        domain.map_or(Observed::absent(Proof::Malformed), Observed::present)
    })
}

/// Notes a Date that lies ahead of the arrival.
fn late_date(header: &mut MessageHeader, received: &Observed<Timestamp>) {
    if let (Some(date), Some(received)) = (header.date.value(), received.value())
        && date.unix() > received.unix().saturating_add(CLOCK_SKEW)
    {
        let text = format!("Date lies ahead of the arrival, at {received}");
        header
            .defects
            .push(Defect::minor("date-in-future", text, "RFC 5322 §3.6.1"));
    }
}

fn any_verifies(signatures: &[DkimSignature]) -> Observed<bool> {
    if signatures.is_empty() {
        return Observed::absent(Proof::NoSuchRecord);
    }
    one_of(signatures.iter())
}

/// Whether one of the signatures verifies; unknown where none is known to, and one is not known.
fn one_of<'a>(signatures: impl Iterator<Item = &'a DkimSignature>) -> Observed<bool> {
    let mut open = None;
    for signature in signatures {
        match &signature.verifies {
            Observed::Present { value: true } => return Observed::present(true),
            Observed::Present { value: false } | Observed::Absent { .. } => {}
            unknown @ Observed::Unknown { .. } => open = open.or(Some(unknown.clone())),
        }
    }
    open.unwrap_or(Observed::present(false))
}

/// Whether a signature that verifies covers the fields to unsubscribe (RFC 8058 §4).
fn unsubscribe_signed(message: &Message<'_>, signatures: &[DkimSignature]) -> Observed<bool> {
    let fields = ["list-unsubscribe", "list-unsubscribe-post"];
    let there: Vec<&str> = fields
        .into_iter()
        .filter(|name| message.all(name).next().is_some())
        .collect();
    let covers = |signature: &&DkimSignature| {
        let listed = |name: &&str| signature.headers.iter().any(|signed| signed == *name);
        there.iter().all(listed)
    };
    one_of(signatures.iter().filter(covers))
}

/// The first 16 digits of SHA-256.
fn digest(raw: &[u8]) -> String {
    let mut digits = HEXLOWER.encode(&Sha256::digest(raw));
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests;
