//! What a zone says to one question, with signatures and proofs for who asks for them.

use super::denial::Absence;
use super::zone::{Node, RrSet, Zone};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordType};

/// The longest chain of aliases that is followed.
pub(crate) const ALIASES: usize = 8;
/// What a client without EDNS can take over UDP (RFC 1035 §4.2.1).
const PLAIN_UDP: u16 = 512;
/// The most that is sent over UDP.
const EDNS_UDP: u16 = 1232;

/// How one zone went on with a question.
pub(crate) enum Step {
    Done,
    Alias(Name),
}

/// What becomes of a message.
pub(crate) enum Outcome {
    Answer,
    Silence,
}

/// One question.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) name: &'a Name,
    pub(crate) rtype: RecordType,
    /// Whether signatures and proofs are wanted (the bit DO, RFC 3225).
    pub(crate) signed: bool,
    /// Whether it came over UDP.
    pub(crate) udp: bool,
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

/// The answer to a query, as bytes, once `resolve` has put the records into it; nothing for what is no query, and
/// where silence is wanted.
pub(crate) fn respond(
    query: &[u8],
    udp: bool,
    resolve: impl FnOnce(Asked<'_>, &mut Message) -> Outcome,
) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let question = query.queries.first()?.clone();
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
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
    let asked = Asked {
        name: question.name(),
        rtype: question.query_type(),
        signed,
        udp,
    };
    if let Outcome::Silence = resolve(asked, &mut reply) {
        return None;
    }
    let space = match (&query.edns, udp) {
        (_, false) => u16::MAX,
        (None, true) => PLAIN_UDP,
        (Some(edns), true) => edns.max_payload().clamp(PLAIN_UDP, EDNS_UDP),
    };
    fit(&mut reply, usize::from(space))
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
    /// The answer of the zone's own name server, which knows this zone alone and does no recursion.
    pub(crate) fn respond(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        // An answer to an answer would go to and fro for ever.
        let asked = Message::from_vec(query).ok()?;
        if asked.metadata.message_type == MessageType::Response {
            return None;
        }
        let understood = asked.metadata.op_code == OpCode::Query && asked.queries.len() == 1;
        let class = asked.queries.first()?.query_class();
        respond(query, udp, |asked, reply| {
            let code = &mut reply.metadata.response_code;
            if !understood {
                *code = ResponseCode::NotImp;
            } else if class != DNSClass::IN || !self.origin.zone_of(asked.name) {
                *code = ResponseCode::Refused;
            } else {
                reply.metadata.authoritative = true;
                let mut name = asked.name.clone();
                for _ in 0..=ALIASES {
                    match self.answer(&name, asked.rtype, asked.signed, reply) {
                        Step::Alias(target) if self.origin.zone_of(&target) => name = target,
                        Step::Alias(_) | Step::Done => break,
                    }
                }
            }
            Outcome::Answer
        })
    }

    /// Answers from this zone (RFC 1034 §4.3.2).
    pub(crate) fn answer(
        &self,
        name: &Name,
        rtype: RecordType,
        signed: bool,
        reply: &mut Message,
    ) -> Step {
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
