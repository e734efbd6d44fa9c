//! A resolver on loopback for tests: it answers from test zones, misbehaves on request and keeps a log.

use super::message;
use super::names;
use super::once::locked;
use super::test_zone::TestZone;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::NS;
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// How an answer is spoilt.
#[derive(Clone, Debug)]
pub(crate) enum Trick {
    Rcode(ResponseCode),
    /// SERVFAIL with an Extended DNS Error.
    Error(u16, &'static str),
    Silent,
    /// Silent to so many queries, then honest.
    SilentFor(u32),
    /// Cut short over UDP.
    Truncated,
    /// Cut short over UDP, closed over TCP.
    TruncatedThenClosed,
    /// A wrong answer under another id comes before the right one.
    WrongIdFirst,
    /// A wrong answer to another question comes before the right one.
    WrongQuestionFirst,
    Garbage,
    /// Only the alias, without what it leads to.
    AliasOnly,
    /// Only the name of another server.
    Referral,
    /// The AD flag is set.
    Vouched,
}

#[derive(Default)]
pub(crate) struct World {
    zones: Vec<TestZone>,
    tricks: Mutex<BTreeMap<(String, RecordType), Trick>>,
    log: Mutex<Vec<(String, RecordType)>>,
}

pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    world: Arc<World>,
}

impl TestServer {
    pub(crate) async fn start(zones: Vec<TestZone>) -> Self {
        let world = Arc::new(World::new(zones));
        loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = udp.local_addr().unwrap();
            // Another process may hold the same number on TCP.
            let Ok(tcp) = TcpListener::bind(address).await else {
                continue;
            };
            tokio::spawn(serve_udp(Arc::clone(&world), udp));
            tokio::spawn(serve_tcp(Arc::clone(&world), tcp));
            return Self { address, world };
        }
    }

    pub(crate) fn trick(&self, name: &str, rtype: RecordType, trick: Trick) {
        locked(&self.world.tricks).insert((name.to_owned(), rtype), trick);
    }

    /// The questions that came, in order.
    pub(crate) fn log(&self) -> Vec<(String, RecordType)> {
        locked(&self.world.log).clone()
    }

    pub(crate) fn asked(&self, name: &str, rtype: RecordType) -> usize {
        let log = self.log();
        log.iter().filter(|(n, t)| n == name && *t == rtype).count()
    }
}

impl World {
    pub(crate) fn new(zones: Vec<TestZone>) -> Self {
        Self {
            zones,
            ..Self::default()
        }
    }

    fn zone(&self, asked: &Name, rtype: RecordType) -> Option<&TestZone> {
        self.zones
            .iter()
            .filter(|zone| zone.origin.zone_of(asked))
            .filter(|zone| rtype != RecordType::DS || zone.origin != *asked)
            .max_by_key(|zone| zone.origin.iter().count())
    }

    /// The datagrams that answer a query.
    pub(crate) fn respond(&self, query: &[u8], udp: bool) -> Vec<Vec<u8>> {
        let query = Message::from_vec(query).unwrap();
        let question = query.queries[0].clone();
        let key = (names::text(question.name()), question.query_type());
        locked(&self.log).push(key.clone());
        let trick = {
            let mut tricks = locked(&self.tricks);
            let trick = tricks.get(&key).cloned();
            if let Some(Trick::SilentFor(times)) = trick {
                tricks.remove(&key);
                if times > 1 {
                    tricks.insert(key, Trick::SilentFor(times - 1));
                }
            }
            trick
        };
        let mut answer = self.answer(&query, matches!(trick, Some(Trick::AliasOnly)));
        let honest = answer.to_vec().unwrap();
        match trick {
            None | Some(Trick::AliasOnly) => {}
            Some(Trick::Silent | Trick::SilentFor(_)) => return Vec::new(),
            Some(Trick::Truncated) if !udp => {}
            Some(Trick::TruncatedThenClosed) if !udp => return Vec::new(),
            Some(Trick::Truncated | Trick::TruncatedThenClosed) => return vec![cut(&answer)],
            Some(Trick::Rcode(code)) => {
                clear(&mut answer);
                answer.metadata.response_code = code;
                return vec![answer.to_vec().unwrap()];
            }
            Some(Trick::Error(code, text)) => {
                clear(&mut answer);
                answer.metadata.response_code = ResponseCode::ServFail;
                let value = [&code.to_be_bytes(), text.as_bytes()].concat();
                let edns = answer.edns.as_mut().unwrap();
                edns.options_mut().insert(EdnsOption::Unknown(15, value));
                return vec![answer.to_vec().unwrap()];
            }
            Some(Trick::Referral) => {
                clear(&mut answer);
                let data = RData::NS(NS(names::parse("ns.invalid").unwrap()));
                answer.authorities = vec![Record::from_rdata(Name::root(), 60, data)];
                answer.metadata.recursion_available = false;
                answer.metadata.response_code = ResponseCode::NoError;
                return vec![answer.to_vec().unwrap()];
            }
            Some(Trick::Vouched) => {
                answer.metadata.authentic_data = true;
                return vec![answer.to_vec().unwrap()];
            }
            Some(Trick::WrongIdFirst) => {
                let mut wrong = answer.clone();
                clear(&mut wrong);
                wrong.metadata.id ^= 0x5555;
                return vec![wrong.to_vec().unwrap(), honest];
            }
            Some(Trick::WrongQuestionFirst) => {
                let mut wrong = answer.clone();
                clear(&mut wrong);
                wrong.queries[0].set_name(Name::from_labels(["wrong", "test"]).unwrap());
                return vec![wrong.to_vec().unwrap(), honest];
            }
            Some(Trick::Garbage) => {
                let mut garbage = honest;
                let count = garbage.len();
                garbage[6..12].fill(0xff);
                garbage[count - 5..].fill(0xee);
                return vec![garbage];
            }
        }
        if udp && honest.len() > 1232 {
            return vec![cut(&answer)];
        }
        vec![honest]
    }

    fn answer(&self, query: &Message, alias_only: bool) -> Message {
        let question = &query.queries[0];
        let mut out = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
        out.add_query(question.clone());
        out.metadata.recursion_available = true;
        let mut edns = Edns::new();
        edns.set_max_payload(1232).set_dnssec_ok(true);
        out.set_edns(edns);
        let mut at = question.name().clone();
        for hop in 0..10 {
            let Some(zone) = self.zone(&at, question.query_type()) else {
                if hop == 0 {
                    out.metadata.response_code = ResponseCode::Refused;
                }
                break;
            };
            match zone.answer(&at, question.query_type(), &mut out) {
                Some(target) if !alias_only => at = target,
                Some(_) | None => break,
            }
        }
        out
    }
}

fn clear(answer: &mut Message) {
    answer.answers.clear();
    answer.authorities.clear();
}

fn cut(answer: &Message) -> Vec<u8> {
    let mut short = answer.clone();
    clear(&mut short);
    short.metadata.truncation = true;
    short.to_vec().unwrap()
}

async fn serve_udp(world: Arc<World>, socket: UdpSocket) {
    let mut buffer = vec![0; 2048];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        for datagram in world.respond(&buffer[..length], true) {
            assert!(message::id(&datagram).is_some());
            socket.send_to(&datagram, from).await.unwrap();
        }
    }
}

async fn serve_tcp(world: Arc<World>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_stream(Arc::clone(&world), stream));
    }
}

async fn serve_stream(world: Arc<World>, mut stream: TcpStream) {
    while let Ok(length) = stream.read_u16().await {
        let mut query = vec![0; usize::from(length)];
        stream.read_exact(&mut query).await.unwrap();
        let answers = world.respond(&query, false);
        if answers.is_empty() {
            return;
        }
        for answer in answers {
            let length = u16::try_from(answer.len()).unwrap();
            stream.write_u16(length).await.unwrap();
            stream.write_all(&answer).await.unwrap();
        }
    }
}
