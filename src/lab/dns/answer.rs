//! What a full resolver that knows all zones of the lab says to one question. It follows aliases
//! and gives signatures and proofs to who asks for them; it validates nothing.

use super::super::setup::Quirk;
use super::zone::Dormant;
use crate::authority::answer::{ALIASES, Asked, Outcome, Step, respond};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{LowerName, Name, RecordType};
use std::collections::BTreeMap;

/// All zones of the lab.
pub(crate) struct World {
    zones: BTreeMap<LowerName, Dormant>,
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

    /// The answer to a query, as bytes; nothing for what is no query, and where the scenario is silent.
    pub(crate) fn respond(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        respond(query, udp, |asked, reply| {
            reply.metadata.recursion_available = true;
            self.resolve(asked, reply)
        })
    }

    /// Follows a question from zone to zone.
    fn resolve(&self, asked: Asked<'_>, reply: &mut Message) -> Outcome {
        let (mut name, rtype) = (asked.name.clone(), asked.rtype);
        for _ in 0..=ALIASES {
            let Some((dormant, zone)) = self
                .zone(&name, rtype)
                .and_then(|dormant| Some((dormant, dormant.zone()?)))
            else {
                reply.metadata.response_code = ResponseCode::ServFail;
                return Outcome::Answer;
            };
            match dormant.quirk(&LowerName::from(&name)) {
                Some(Quirk::Servfail) => reply.metadata.response_code = ResponseCode::ServFail,
                Some(Quirk::Refused) => reply.metadata.response_code = ResponseCode::Refused,
                Some(Quirk::Silent) => return Outcome::Silence,
                Some(Quirk::Truncated) if asked.udp => reply.metadata.truncation = true,
                Some(Quirk::ServfailCaa) if rtype == RecordType::CAA => {
                    reply.metadata.response_code = ResponseCode::ServFail;
                }
                Some(Quirk::Truncated | Quirk::ServfailCaa) | None => {
                    match zone.answer(&name, rtype, asked.signed, reply) {
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
    fn zone(&self, name: &Name, rtype: RecordType) -> Option<&Dormant> {
        let mut above = LowerName::from(name);
        if rtype == RecordType::DS {
            above = above.base_name();
        }
        loop {
            if let Some(found) = self.zones.get(&above) {
                return Some(found);
            }
            if above.is_root() {
                return None;
            }
            above = above.base_name();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::answer::question;

    proptest::proptest! {
        #[test]
        fn no_query_breaks_the_server(query: Vec<u8>, udp: bool) {
            let reply = World::new(Vec::new()).respond(&query, udp);
            let _ = question(&query);
            proptest::prop_assert!(reply.is_none_or(|reply| Message::from_vec(&reply).is_ok()));
        }
    }
}
