//! From messages to a response: aliases are followed, every link is assessed (RFC 1034 §3.6.2).

use super::exchange::Trouble;
use super::message::Message;
use super::names;
use super::response::Response;
use super::trusted;
use crate::facts::dns::{Dnssec, DnssecState};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dnssec::chain::Chain;
use crate::net::dnssec::verify::canonical;
use crate::net::dnssec::{Evidence, Fault, Lookup, ede};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};

/// How many further questions an alias chain may cost, and how long it may be in all.
const MAX_QUESTIONS: usize = 8;
const MAX_ALIASES: usize = 16;

/// Extended DNS Errors with which a validating resolver says that an answer is bogus (RFC 8914 §4.7
/// to §4.13).
const BOGUS_ERRORS: std::ops::RangeInclusive<u16> = 6..=12;

/// Who is asked for messages, and who judges them.
pub(super) trait Source: Lookup {
    /// The message that answers a question.
    fn message(
        &self,
        name: &Name,
        rtype: RecordType,
    ) -> impl Future<Output = Result<Message, Trouble>> + Send;

    /// The chain of trust; none where the resolver is trusted.
    fn chain(&self) -> Option<&Chain>;
}

/// Follows the question to its end.
pub(super) async fn follow(source: &impl Source, name: &Name, rtype: RecordType) -> Response {
    let mut trail = Trail {
        asked: name.clone(),
        at: name.clone(),
        rtype,
        aliases: Vec::new(),
        ttl: None,
        apex: None,
        dnssec: None,
    };
    for _ in 0..=MAX_QUESTIONS {
        let message = match source.message(&trail.at, rtype).await {
            Ok(message) => message,
            Err(trouble) => {
                let dnssec = unanswered(source, &trail.at, &trouble.detail).await;
                trail.see(dnssec);
                return trail.unknown(trouble.cause, trouble.detail);
            }
        };
        if let Some(response) = trail.read(source, &message).await {
            return response;
        }
    }
    trail.unknown(Cause::LimitReached, "the aliases do not end")
}

/// The DNSSEC state of a question without an answer.
async fn unanswered(source: &impl Source, name: &Name, detail: &str) -> Dnssec {
    if let Some(chain) = source.chain()
        && let Some(dnssec) = chain.obstacle(source, name).await
    {
        return dnssec;
    }
    let fault = Fault::new(ede::NO_REACHABLE_AUTHORITY, detail);
    fault.as_state(DnssecState::Indeterminate)
}

/// The way from the question to its answer.
struct Trail {
    asked: Name,
    at: Name,
    rtype: RecordType,
    aliases: Vec<Name>,
    ttl: Option<u32>,
    apex: Option<Name>,
    dnssec: Option<Dnssec>,
}

impl Trail {
    /// Reads a message as far as it leads. Nothing where the question goes on to another name.
    async fn read(&mut self, source: &impl Source, message: &Message) -> Option<Response> {
        if let Some(trouble) = error_code(source, message) {
            let dnssec = if trouble.cause == Cause::Bogus {
                Dnssec {
                    ede: message.errors.first().map(|(code, _)| *code),
                    ..Dnssec::new(DnssecState::Bogus, trouble.detail.clone())
                }
            } else {
                unanswered(source, &self.at, &trouble.detail).await
            };
            self.see(dnssec);
            return Some(self.unknown(trouble.cause, trouble.detail));
        }
        let evidence = &message.evidence;
        let before = self.aliases.len();
        loop {
            if self.has_answer(evidence) {
                return Some(self.present(source, message).await);
            }
            let Some((target, ttl)) = self.alias(evidence) else {
                break;
            };
            self.link(source, message).await;
            self.keep_ttl(ttl);
            if target == self.asked || self.aliases.contains(&target) {
                return Some(self.unknown(Cause::Unresolved, "the aliases lead round in a circle"));
            }
            if self.aliases.len() >= MAX_ALIASES {
                return Some(self.unknown(Cause::LimitReached, "the aliases do not end"));
            }
            self.aliases.push(target.clone());
            self.at = target;
        }
        let denied = evidence.nxdomain || self.aliases.len() == before || has_soa(evidence);
        if denied {
            return Some(self.absent(source, message).await);
        }
        None
    }

    fn has_answer(&self, evidence: &Evidence) -> bool {
        evidence
            .answers
            .iter()
            .any(|record| record.record_type() == self.rtype && record.name == self.at)
    }

    /// The alias at this name, where aliases are not what was asked for.
    fn alias(&self, evidence: &Evidence) -> Option<(Name, u32)> {
        if self.rtype == RecordType::CNAME {
            return None;
        }
        evidence.answers.iter().find_map(|record| {
            let RData::CNAME(target) = &record.data else {
                return None;
            };
            (record.name == self.at).then(|| (target.0.to_lowercase(), record.ttl))
        })
    }

    /// Assesses the alias at this name.
    async fn link(&mut self, source: &impl Source, message: &Message) {
        let evidence = &message.evidence;
        let dnssec = match source.chain() {
            None => trusted::state(message, &self.at, RecordType::CNAME),
            Some(chain) => {
                let (owner, rtype) = redirection(evidence, &self.at);
                chain.positive(source, evidence, &owner, rtype).await
            }
        };
        self.see(dnssec);
    }

    async fn present(&mut self, source: &impl Source, message: &Message) -> Response {
        let (at, rtype) = (self.at.clone(), self.rtype);
        let dnssec = match source.chain() {
            None => trusted::state(message, &at, rtype),
            Some(chain) => chain.positive(source, &message.evidence, &at, rtype).await,
        };
        self.see(dnssec);
        let mut records: Vec<(Vec<u8>, RData)> = Vec::new();
        for record in &message.evidence.answers {
            if record.record_type() == rtype && record.name == at {
                self.keep_ttl(record.ttl);
                records.push((
                    canonical(&record.data).unwrap_or_default(),
                    record.data.clone(),
                ));
            }
        }
        records.sort_by(|(one, _), (other, _)| one.cmp(other));
        records.dedup_by(|(one, _), (other, _)| one == other);
        let data = records.into_iter().map(|(_, data)| data).collect();
        self.respond(Observed::present(data))
    }

    async fn absent(&mut self, source: &impl Source, message: &Message) -> Response {
        let (at, rtype) = (self.at.clone(), self.rtype);
        let evidence = &message.evidence;
        let dnssec = match source.chain() {
            None => trusted::state(message, &at, rtype),
            Some(chain) => chain.negative(source, evidence, &at, rtype).await,
        };
        self.see(dnssec);
        for record in &evidence.authorities {
            if let RData::SOA(soa) = &record.data {
                self.keep_ttl(record.ttl.min(soa.minimum));
                if record.name.zone_of(&at) {
                    self.apex = Some(record.name.to_lowercase());
                }
            }
        }
        let proof = if evidence.nxdomain {
            Proof::Nxdomain
        } else {
            Proof::NoData
        };
        self.respond(Observed::absent(proof))
    }

    /// Takes a link's state into account: the worst one counts, a wildcard anywhere is one.
    fn see(&mut self, next: Dnssec) {
        let Some(known) = &mut self.dnssec else {
            self.dnssec = Some(next);
            return;
        };
        let wildcard = known.wildcard || next.wildcard;
        if badness(next.state) >= badness(known.state) {
            *known = next;
        }
        known.wildcard = wildcard;
    }

    fn keep_ttl(&mut self, ttl: u32) {
        self.ttl = Some(self.ttl.map_or(ttl, |known| known.min(ttl)));
    }

    fn unknown(&mut self, cause: Cause, detail: impl Into<String>) -> Response {
        self.respond(Observed::unknown(cause, detail))
    }

    /// Closes the trail. No validating resolver hands out what is bogus.
    fn respond(&mut self, observed: Observed<Vec<RData>>) -> Response {
        let dnssec = self.dnssec.take().unwrap_or_else(|| {
            Dnssec::new(
                DnssecState::Indeterminate,
                "nothing came that could be assessed",
            )
        });
        let observed = match (dnssec.state, dnssec.ede) {
            _ if observed.is_unknown() => observed,
            (DnssecState::Bogus, _) => Observed::unknown(Cause::Bogus, dnssec.reason.clone()),
            // Who denies the root says nothing of what is below it.
            (DnssecState::Indeterminate, Some(ede::INVALID_DATA)) => {
                Observed::unknown(Cause::Refused, dnssec.reason.clone())
            }
            _ => observed,
        };
        Response {
            name: names::text(&self.asked),
            rtype: self.rtype,
            observed,
            ttl_seconds: self.ttl,
            aliases: self.aliases.iter().map(names::text).collect(),
            apex: self.apex.as_ref().map(names::text),
            dnssec,
        }
    }
}

const fn badness(state: DnssecState) -> u8 {
    match state {
        DnssecState::Secure => 0,
        DnssecState::Insecure => 1,
        DnssecState::Indeterminate => 2,
        DnssecState::Bogus => 3,
    }
}

/// What a response code other than "no error" and "no such name" means.
fn error_code(source: &impl Source, message: &Message) -> Option<Trouble> {
    let words = message.errors_in_words();
    let detail = |name: &str| match words.as_str() {
        "" => name.to_owned(),
        words => format!("{name}, {words}"),
    };
    let called_bogus = message
        .errors
        .iter()
        .any(|(code, _)| BOGUS_ERRORS.contains(code));
    match message.rcode {
        0 if is_referral(message) => {
            let words = "the server refers to others instead of answering";
            Some(Trouble::new(Cause::Refused, words))
        }
        0 | 3 => None,
        2 if source.chain().is_none() && called_bogus => Some(Trouble::new(
            Cause::Bogus,
            detail("the resolver says bogus"),
        )),
        2 => Some(Trouble::new(Cause::Servfail, detail("SERVFAIL"))),
        1 => Some(Trouble::new(Cause::Refused, detail("FORMERR"))),
        4 => Some(Trouble::new(Cause::Refused, detail("NOTIMP"))),
        5 => Some(Trouble::new(Cause::Refused, detail("REFUSED"))),
        other => Some(Trouble::new(
            Cause::Refused,
            detail(&format!("RCODE {other}")),
        )),
    }
}

/// Whether a server that is no resolver only names others that may know (RFC 1034 §4.3.1).
fn is_referral(message: &Message) -> bool {
    let evidence = &message.evidence;
    let names_servers = |record: &Record| record.record_type() == RecordType::NS;
    !message.recursive
        && evidence.answers.is_empty()
        && !has_soa(evidence)
        && evidence.authorities.iter().any(names_servers)
}

fn has_soa(evidence: &Evidence) -> bool {
    let mut records = evidence.authorities.iter();
    records.any(|record| record.record_type() == RecordType::SOA)
}

/// What an alias rests on: itself, or the DNAME above it from which the server made it, which alone is
/// signed (RFC 6672 §5.3.1).
fn redirection(evidence: &Evidence, at: &Name) -> (Name, RecordType) {
    let made = evidence.answers.iter().find_map(|record| {
        let RData::Unknown { rdata, .. } = &record.data else {
            return None;
        };
        let above = record.name != *at && record.name.zone_of(at);
        if record.record_type() != RecordType::DNAME || !above {
            return None;
        }
        let target = Name::read(&mut BinDecoder::new(&rdata.anything)).ok()?;
        let kept = names::labels(at) - names::labels(&record.name);
        let front = Name::from_labels(at.iter().take(kept)).ok()?;
        let made = front.append_domain(&target).ok()?;
        // Any other alias beside it would be followed on the strength of this one.
        let here = evidence.answers.iter().filter(|other| other.name == *at);
        let mut aliases = here.filter_map(|other| {
            let RData::CNAME(to) = &other.data else {
                return None;
            };
            Some(&to.0)
        });
        aliases.all(|to| *to == made).then(|| record.name.clone())
    });
    made.map_or_else(
        || (at.clone(), RecordType::CNAME),
        |owner| (owner, RecordType::DNAME),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock::Clock;
    use crate::net::dns::message;
    use crate::net::dns::test_server::World;
    use crate::net::dns::test_world::zones;
    use crate::net::dns::test_zone::{dname_record, name, now};
    use crate::net::dnssec::anchors::TrustAnchors;
    use futures_util::FutureExt as _;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static WORLD: LazyLock<(World, TrustAnchors)> = LazyLock::new(|| {
        let (zones, anchors) = zones();
        (World::new(zones), anchors)
    });

    #[test]
    fn an_alias_beside_the_one_that_a_dname_makes_does_not_rest_on_it() {
        let at = name("a.dn.test");
        let alias = |to| {
            let data = RData::CNAME(hickory_proto::rr::rdata::CNAME(name(to)));
            Record::from_rdata(at.clone(), 300, data)
        };
        let rests_on = |aliases: &[Record]| {
            let mut evidence = Evidence::default();
            evidence.answers.push(dname_record("dn.test", "real.test"));
            evidence.answers.extend_from_slice(aliases);
            redirection(&evidence, &at).1
        };
        assert_eq!(rests_on(&[alias("a.real.test")]), RecordType::DNAME);
        let forged = [alias("evil.test"), alias("a.real.test")];
        assert_eq!(rests_on(&forged), RecordType::CNAME);
    }

    /// Answers without a network; one answer is changed on its way.
    struct Tampering {
        chain: Chain,
        target: Vec<u8>,
        /// Where, as a share of the answer behind its question, and which bits.
        change: Option<(u16, u8)>,
    }

    impl Source for Tampering {
        async fn message(&self, name: &Name, rtype: RecordType) -> Result<Message, Trouble> {
            let question = message::question(name, rtype);
            let query = message::query(1, message::CHECKING_DISABLED, &question);
            let mut bytes = WORLD.0.respond(&query, false).remove(0);
            if let Some((place, bits)) = self.change
                && question == self.target
            {
                let start = 12 + question.len();
                let at = start + usize::from(place) * (bytes.len() - start) / 65_536;
                bytes[at] ^= bits;
            }
            let unreadable = |_| Trouble::new(Cause::MalformedAnswer, "unreadable");
            Message::read(&bytes, question.len(), rtype).map_err(unreadable)
        }

        fn chain(&self) -> Option<&Chain> {
            Some(&self.chain)
        }
    }

    impl Lookup for Tampering {
        async fn look_up(&self, name: &Name, rtype: RecordType) -> Result<Evidence, Fault> {
            match self.message(name, rtype).await {
                Ok(message) => Ok(message.evidence),
                Err(trouble) => Err(Fault::new(ede::NO_REACHABLE_AUTHORITY, trouble.detail)),
            }
        }
    }

    fn asked(
        asked: &(&str, RecordType),
        target: &(&str, RecordType),
        change: Option<(u16, u8)>,
    ) -> Response {
        let source = Tampering {
            chain: Chain::new(WORLD.1.clone(), Clock::Fixed(now())),
            target: message::question(&name(target.0), target.1),
            change,
        };
        follow(&source, &name(asked.0), asked.1)
            .now_or_never()
            .unwrap()
    }

    /// Questions, and the answers on which theirs rest.
    const ASKED: [(&str, RecordType); 8] = [
        ("nsec.test", RecordType::MX),
        ("alias.nsec3.test", RecordType::A),
        ("x.wild.nsec.test", RecordType::TXT),
        ("x.wild.nsec3.test", RecordType::TXT),
        ("gone.nsec.test", RecordType::A),
        ("gone.nsec3.test", RecordType::A),
        ("ent.nsec.test", RecordType::A),
        ("mx1.moved.nsec.test", RecordType::A),
    ];
    const CHAIN: [(&str, RecordType); 3] = [
        (".", RecordType::DNSKEY),
        ("test", RecordType::DS),
        ("test", RecordType::DNSKEY),
    ];

    proptest! {
        #[test]
        fn no_changed_answer_passes_as_secure(
            question in prop::sample::select(ASKED.to_vec()),
            in_chain in prop::option::weighted(0.2, prop::sample::select(CHAIN.to_vec())),
            place in any::<u16>(),
            bits in 1..=255_u8,
        ) {
            let honest = asked(&question, &question, None);
            prop_assert_eq!(honest.dnssec.state, DnssecState::Secure);
            let target = in_chain.unwrap_or(question);
            let changed = asked(&question, &target, Some((place, bits)));
            let same = changed.observed == honest.observed && changed.aliases == honest.aliases;
            prop_assert!(
                changed.dnssec.state != DnssecState::Secure || same,
                "{:?} became {:?}", honest, changed
            );
        }
    }
}
