//! What a full resolver that knows all zones of the lab says to one question. It follows aliases
//! and gives signatures and proofs to who asks for them; it validates nothing.

use super::super::setup::Quirk;
use super::denial::Absence;
use super::zone::{Dormant, Node, RrSet, Zone};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use std::collections::BTreeMap;

/// The longest chain of aliases that is followed.
const ALIASES: usize = 8;
/// What a client without EDNS can take over UDP (RFC 1035 §4.2.1).
const PLAIN_UDP: u16 = 512;
/// The most that is sent over UDP.
const EDNS_UDP: u16 = 1232;

/// All zones of the lab.
pub(crate) struct World {
    zones: BTreeMap<LowerName, Dormant>,
}

/// How one zone went on with a question.
enum Step {
    Done,
    Alias(Name),
}

/// What becomes of a message.
enum Outcome {
    Answer,
    Silence,
}

impl World {
    pub(crate) fn new(zones: Vec<Dormant>) -> Self {
        let named = zones
            .into_iter()
            .map(|zone| (LowerName::from(zone.origin()), zone));
        Self {
            zones: named.collect(),
        }
    }

    /// The question of a query in presentation form, for the books: lower case, no dot at the end.
    pub(crate) fn question(query: &[u8]) -> Option<(String, String)> {
        let message = Message::from_vec(query).ok()?;
        let question = message.queries.first()?;
        let name = question.name().to_lowercase().to_ascii();
        let name = if name == "." {
            name
        } else {
            name.trim_end_matches('.').to_owned()
        };
        Some((name, question.query_type().to_string()))
    }

    /// The answer to a query, as bytes; nothing for what is no query, and where the scenario is silent.
    pub(crate) fn respond(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        let query = Message::from_vec(query).ok()?;
        let question = query.queries.first()?.clone();
        let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
        reply.metadata.recursion_desired = query.metadata.recursion_desired;
        reply.metadata.recursion_available = true;
        reply.metadata.checking_disabled = query.metadata.checking_disabled;
        reply.add_query(question.clone());
        let signed = query
            .edns
            .as_ref()
            .is_some_and(|edns| edns.flags().dnssec_ok);
        if query.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(EDNS_UDP)
                .set_version(0)
                .set_dnssec_ok(signed);
            reply.set_edns(edns);
        }
        let asked = (question.name(), question.query_type());
        if let Outcome::Silence = self.resolve(asked, (signed, udp), &mut reply) {
            return None;
        }
        let space = match (&query.edns, udp) {
            (_, false) => u16::MAX,
            (None, true) => PLAIN_UDP,
            (Some(edns), true) => edns.max_payload().clamp(PLAIN_UDP, EDNS_UDP),
        };
        fit(&mut reply, usize::from(space))
    }

    /// Follows a question from zone to zone.
    fn resolve(
        &self,
        (name, rtype): (&Name, RecordType),
        (signed, udp): (bool, bool),
        reply: &mut Message,
    ) -> Outcome {
        let mut name = name.clone();
        for _ in 0..=ALIASES {
            let Some(zone) = self.zone(&name, rtype) else {
                reply.metadata.response_code = ResponseCode::ServFail;
                return Outcome::Answer;
            };
            match zone.quirk(&LowerName::from(&name)) {
                Some(Quirk::Servfail) => reply.metadata.response_code = ResponseCode::ServFail,
                Some(Quirk::Refused) => reply.metadata.response_code = ResponseCode::Refused,
                Some(Quirk::Silent) => return Outcome::Silence,
                Some(Quirk::Truncated) if udp => reply.metadata.truncation = true,
                Some(Quirk::ServfailCaa) if rtype == RecordType::CAA => {
                    reply.metadata.response_code = ResponseCode::ServFail;
                }
                Some(Quirk::Truncated | Quirk::ServfailCaa) | None => {
                    match zone.answer(&name, rtype, signed, reply) {
                        Step::Alias(target) => {
                            name = target;
                            continue;
                        }
                        Step::Done => {}
                    }
                }
            }
            return Outcome::Answer;
        }
        reply.metadata.response_code = ResponseCode::ServFail;
        Outcome::Answer
    }

    /// The zone that a question belongs to: the deepest above the name; for DS the parent's (RFC 4035 §3.1.4.1).
    fn zone(&self, name: &Name, rtype: RecordType) -> Option<&Zone> {
        let mut above = LowerName::from(name);
        if rtype == RecordType::DS {
            above = above.base_name();
        }
        loop {
            if let Some(found) = self.zones.get(&above) {
                return found.zone();
            }
            if above.is_root() {
                return None;
            }
            above = above.base_name();
        }
    }
}

/// The message as bytes, cut to the header with TC where it is too long (RFC 2181 §9).
fn fit(reply: &mut Message, space: usize) -> Option<Vec<u8>> {
    if let Ok(bytes) = reply.to_vec()
        && bytes.len() <= space
    {
        return Some(bytes);
    }
    reply.answers.clear();
    reply.authorities.clear();
    reply.metadata.truncation = true;
    reply.to_vec().ok()
}

fn add(section: &mut Vec<Record>, set: &RrSet, signed: bool) {
    for record in set.with(signed) {
        if !section.contains(record) {
            section.push(record.clone());
        }
    }
}

impl Zone {
    /// Answers from this zone (RFC 1034 §4.3.2).
    fn answer(&self, name: &Name, rtype: RecordType, signed: bool, reply: &mut Message) -> Step {
        if let Some(node) = self.nodes.get(&LowerName::from(name)) {
            let Some(set) = pick(node, rtype) else {
                return self.absent(name, Absence::Type, signed, reply);
            };
            for record in set.with(signed) {
                reply.answers.push(record.clone());
            }
            return alias(set, rtype);
        }
        if self.exists(name) {
            return self.absent(name, Absence::Type, signed, reply);
        }
        let (encloser, _) = self.closest_encloser(name);
        let wildcard = encloser.prepend_label("*").ok();
        let node = wildcard
            .as_ref()
            .and_then(|name| self.nodes.get(&LowerName::from(name)));
        let (Some(wildcard), Some(node)) = (wildcard, node) else {
            reply.metadata.response_code = ResponseCode::NXDomain;
            return self.absent(name, Absence::Name, signed, reply);
        };
        let Some(set) = pick(node, rtype) else {
            return self.absent(name, Absence::WildcardType(&wildcard), signed, reply);
        };
        for record in set.with(signed) {
            let mut expanded = record.clone();
            expanded.name = name.clone();
            reply.answers.push(expanded);
        }
        if signed {
            for proof in self.deny(name, Absence::Expanded) {
                add(&mut reply.authorities, proof, true);
            }
        }
        alias(set, rtype)
    }

    /// An empty answer with its SOA (RFC 2308 §3) and, where it is wanted, its proof.
    fn absent(&self, name: &Name, absence: Absence<'_>, signed: bool, reply: &mut Message) -> Step {
        let apex = self.nodes.get(&LowerName::from(&self.origin));
        if let Some(soa) = apex.and_then(|node| node.get(&RecordType::SOA)) {
            add(&mut reply.authorities, soa, signed);
        }
        if signed {
            for proof in self.deny(name, absence) {
                add(&mut reply.authorities, proof, true);
            }
        }
        Step::Done
    }
}

/// The set of a type at a name, or the alias that stands in its place.
fn pick(node: &Node, rtype: RecordType) -> Option<&RrSet> {
    node.get(&rtype).or_else(|| node.get(&RecordType::CNAME))
}

/// Where a set leads on to, for a question that is not about aliases.
fn alias(set: &RrSet, asked: RecordType) -> Step {
    match set.records.first().map(|record| &record.data) {
        Some(RData::CNAME(target)) if asked != RecordType::CNAME => Step::Alias(target.0.clone()),
        _ => Step::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_query_breaks_the_server(query: Vec<u8>, udp: bool) {
            let reply = World::new(Vec::new()).respond(&query, udp);
            let _ = World::question(&query);
            proptest::prop_assert!(reply.is_none_or(|reply| Message::from_vec(&reply).is_ok()));
        }
    }
}
