//! The name servers of the lab's zones, each at an address of its own, as they are asked without recursion.

use super::answer::World;
use crate::authority::server::Answers;
use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::RData;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// How a name server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It has every zone.
    Sound,
    /// It has an older version of every zone, with one MX record only.
    Stale,
    /// It has no zone and refuses every question.
    Lame,
    /// It says nothing.
    Silent,
}

/// The name servers: label below `dns.test`, address, manner. Zones have the first two unless a scenario says otherwise.
pub(crate) const NAME_SERVERS: [(&str, Ipv4Addr, Manner); 5] = [
    ("ns1", Ipv4Addr::new(203, 0, 113, 253), Manner::Sound),
    ("ns2", Ipv4Addr::new(203, 0, 113, 252), Manner::Sound),
    ("ns-stale", Ipv4Addr::new(203, 0, 113, 251), Manner::Stale),
    ("ns-lame", Ipv4Addr::new(203, 0, 113, 250), Manner::Lame),
    ("ns-silent", Ipv4Addr::new(203, 0, 113, 249), Manner::Silent),
];

/// One name server.
pub(crate) struct NameServer {
    world: Arc<World>,
    manner: Manner,
}

impl NameServer {
    /// A server that knows all zones, and behaves in this manner.
    pub(crate) const fn new(world: Arc<World>, manner: Manner) -> Self {
        Self { world, manner }
    }
}

impl Answers for NameServer {
    fn answer(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        respond(&self.world, query, udp, self.manner)
    }
}

/// The answer of a server in its manner.
fn respond(world: &World, query: &[u8], udp: bool, manner: Manner) -> Option<Vec<u8>> {
    match manner {
        Manner::Silent => return None,
        Manner::Lame => return refuse(query),
        Manner::Sound | Manner::Stale => {}
    }
    let mut reply = Message::from_vec(&world.respond(query, udp)?).ok()?;
    reply.metadata.recursion_available = false;
    reply.metadata.authoritative = true;
    if manner == Manner::Stale {
        age(&mut reply);
    }
    reply.to_vec().ok()
}

fn refuse(query: &[u8]) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.response_code = ResponseCode::Refused;
    reply.add_query(query.queries.first()?.clone());
    reply.to_vec().ok()
}

/// Makes the answer one of an older version: the serial before, and one MX record.
fn age(reply: &mut Message) {
    let mut exchangers = 0;
    reply.answers.retain(|record| {
        let exchanger = matches!(record.data, RData::MX(_));
        exchangers += u32::from(exchanger);
        !exchanger || exchangers == 1
    });
    for record in &mut reply.answers {
        if let RData::SOA(soa) = &mut record.data {
            soa.serial -= 1;
        }
    }
}
