//! Questions to authoritative servers themselves, without recursion (RFC 1034 §4.3.1).

use super::exchange::io_trouble;
use super::message::{self, Message};
use super::names;
use super::tcp;
use super::udp::Dice;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dial::Dial;
use bytes::Bytes;
use hickory_proto::rr::{Name, RData, RecordType};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// The port of name servers (RFC 1035 §4.2).
const PORT: u16 = 53;

/// The largest datagram that is read.
const MAX_ANSWER: usize = 4096;

/// A client of servers that are asked by their address.
#[derive(Debug)]
pub struct Direct {
    dial: Dial,
    dice: Dice,
    timeout: Duration,
    attempts: u32,
}

/// What one server said to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Whether it claims authority (the AA flag, RFC 1035 §4.1.1).
    pub authoritative: bool,
    /// The data of the records; of an alias the CNAME record.
    pub observed: Observed<Vec<RData>>,
}

impl Said {
    fn nothing(cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            authoritative: false,
            observed: Observed::unknown(cause, detail),
        }
    }
}

impl Direct {
    /// A client that opens the sockets that the table gives, waits so long for each try and tries so often.
    pub fn new(dial: Dial, timeout: Duration, attempts: u32) -> Self {
        Self {
            dial,
            dice: Dice::default(),
            timeout,
            attempts: attempts.max(1),
        }
    }

    /// Asks one address for the records of this type at this name.
    pub async fn ask(&self, server: IpAddr, name: &str, rtype: RecordType) -> Said {
        let Some(name) = names::parse(name) else {
            return Said::nothing(Cause::Unresolved, "not asked: this is no domain name");
        };
        let Some(socket) = self.dial.socket(SocketAddr::new(server, PORT)) else {
            return Said::nothing(Cause::NetworkUnreachable, "the lab has no such server");
        };
        let question = message::question(&name, rtype);
        match self.exchange(socket, &question).await {
            Ok(bytes) => read(&bytes, &question, &name, rtype),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Said::nothing(Cause::Timeout, "no answer came in time")
            }
            Err(error) => {
                let trouble = io_trouble(&error, "the server can't be asked");
                Said::nothing(trouble.cause, trouble.detail)
            }
        }
    }

    /// Over UDP, and over TCP where the answer is cut (RFC 7766 §5).
    async fn exchange(&self, server: SocketAddr, question: &[u8]) -> io::Result<Bytes> {
        let any: IpAddr = if server.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(server).await?;
        for _ in 0..self.attempts {
            let [high, low, ..] = self.dice.throw().to_be_bytes();
            let id = u16::from_be_bytes([high, low]);
            socket.send(&message::query(id, 0, question)).await?;
            match timeout(self.timeout, answer(&socket, id, question)).await {
                Ok(Ok(bytes)) if message::truncated(&bytes) => {
                    return tcp::ask(server, id, 0, question, self.timeout).await;
                }
                Ok(answer) => return answer,
                Err(_) => {}
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

/// Waits for the datagram that answers; any other is dropped.
async fn answer(socket: &UdpSocket, id: u16, question: &[u8]) -> io::Result<Bytes> {
    let mut buffer = vec![0; MAX_ANSWER];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let datagram = buffer.get(..length).unwrap_or_default();
        if message::id(datagram) == Some(id) && message::belongs(datagram, question) {
            return Ok(Bytes::copy_from_slice(datagram));
        }
    }
}

fn read(bytes: &[u8], question: &[u8], name: &Name, rtype: RecordType) -> Said {
    let Ok(message) = Message::read(bytes, question.len(), rtype) else {
        return Said::nothing(Cause::MalformedAnswer, "the answer can't be read");
    };
    let authoritative = message::authoritative(bytes);
    let of = |wanted: RecordType| -> Vec<RData> {
        let own = message.evidence.answers.iter();
        own.filter(|record| record.name == *name && record.record_type() == wanted)
            .map(|record| record.data.clone())
            .collect()
    };
    let mut records = of(rtype);
    if records.is_empty() {
        records = of(RecordType::CNAME);
    }
    let observed = match message.rcode {
        0 if !records.is_empty() => Observed::present(records),
        0 if authoritative => Observed::absent(Proof::NoData),
        0 => Observed::unknown(
            Cause::Refused,
            "the server refers to others instead of answering",
        ),
        3 => Observed::absent(Proof::Nxdomain),
        2 => Observed::unknown(Cause::Servfail, "SERVFAIL"),
        5 => Observed::unknown(Cause::Refused, "REFUSED"),
        other => Observed::unknown(Cause::Refused, format!("RCODE {other}")),
    };
    Said {
        authoritative,
        observed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53));

    fn client(socket: SocketAddr) -> Direct {
        let table = BTreeMap::from([(SocketAddr::new(SERVER, PORT), socket)]);
        Direct::new(Dial::confined(table), Duration::from_millis(300), 2)
    }

    /// The query as an answer with these flags and no records.
    fn reply(query: &[u8], flags: u16) -> Vec<u8> {
        let mut out = query.to_vec();
        out[2..4].copy_from_slice(&flags.to_be_bytes());
        out
    }

    async fn ask_one_that_says(flags: u16) -> Said {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = socket.local_addr().unwrap();
        let server = async {
            let mut buffer = [0; 512];
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer[2] & 1, 0, "recursion is not asked for");
            let mut wrong = reply(&buffer[..length], flags);
            wrong[0] ^= 1;
            socket.send_to(&wrong, from).await.unwrap();
            let right = reply(&buffer[..length], flags);
            socket.send_to(&right, from).await.unwrap();
        };
        let client = client(at);
        tokio::join!(client.ask(SERVER, "example.org", RecordType::MX), server).0
    }

    #[tokio::test]
    async fn codes_and_the_flag_of_authority_are_read() {
        let unknown = |cause: Cause| move |said: &Observed<Vec<RData>>| matches!(said, Observed::Unknown { cause: found, .. } if *found == cause);
        let said = ask_one_that_says(0x8400).await;
        assert!(said.authoritative);
        assert_eq!(said.observed, Observed::absent(Proof::NoData));
        let said = ask_one_that_says(0x8403).await;
        assert_eq!(said.observed, Observed::absent(Proof::Nxdomain));
        for (flags, cause) in [
            (0x8000, Cause::Refused),
            (0x8002, Cause::Servfail),
            (0x8005, Cause::Refused),
            (0x8004, Cause::Refused),
        ] {
            let said = ask_one_that_says(flags).await;
            assert!(
                !said.authoritative && unknown(cause)(&said.observed),
                "{said:?}"
            );
        }
    }

    #[tokio::test]
    async fn silence_and_a_missing_server_are_unknown() {
        let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = client(silent.local_addr().unwrap());
        let cause = |said: &Said| match &said.observed {
            Observed::Unknown { cause, .. } => Some(*cause),
            Observed::Present { .. } | Observed::Absent { .. } => None,
        };
        let said = client.ask(SERVER, "example.org", RecordType::MX).await;
        assert_eq!(cause(&said), Some(Cause::Timeout));
        let elsewhere = Ipv4Addr::new(192, 0, 2, 54).into();
        let said = client.ask(elsewhere, "example.org", RecordType::MX).await;
        assert_eq!(cause(&said), Some(Cause::NetworkUnreachable));
        let said = client.ask(SERVER, "", RecordType::MX).await;
        assert_eq!(cause(&said), Some(Cause::Unresolved));
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_is_asked_for_over_tcp() {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = tcp.local_addr().unwrap();
        let udp = UdpSocket::bind(at).await.unwrap();
        let server = async {
            let mut buffer = [0; 512];
            let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
            let cut = reply(&buffer[..length], 0x8600);
            udp.send_to(&cut, from).await.unwrap();
            let (mut stream, _) = tcp.accept().await.unwrap();
            let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut query).await.unwrap();
            let whole = reply(&query, 0x8403);
            stream
                .write_u16(u16::try_from(whole.len()).unwrap())
                .await
                .unwrap();
            stream.write_all(&whole).await.unwrap();
        };
        let client = client(at);
        let (said, ()) = tokio::join!(client.ask(SERVER, "example.org", RecordType::MX), server);
        assert_eq!(said.observed, Observed::absent(Proof::Nxdomain));
    }
}
