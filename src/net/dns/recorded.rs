//! Messages that were recorded: read as the answer of a trusted resolver, without asking anyone.

use super::exchange::Trouble;
use super::follow::{self, Source};
use super::message::{self, Message};
use super::names;
use super::response::Response;
use crate::facts::observed::Cause;
use crate::net::dnssec::chain::Chain;
use crate::net::dnssec::{Evidence, Fault, Lookup, ede};
use futures_util::FutureExt as _;
use hickory_proto::rr::{Name, RecordType};

/// What one message says to a question, read as the answer of a resolver that is trusted.
///
/// Nothing is asked: an alias that leads out of the message is not followed, and the response is unknown then. It
/// is unknown too where the message is cut off, answers another question or can't be read.
pub fn read(name: &str, rtype: RecordType, message: &[u8]) -> Response {
    let Some(asked) = names::parse(name) else {
        return Response::no_name(name, rtype);
    };
    let followed = follow::follow(&Recorded(message), &asked, rtype).now_or_never();
    // The future never waits, since nothing is asked.
    followed.unwrap_or_else(|| Response::no_name(name, rtype))
}

/// One message in place of all resolvers.
struct Recorded<'a>(&'a [u8]);

impl Source for Recorded<'_> {
    async fn message(&self, name: &Name, rtype: RecordType) -> Result<Message, Trouble> {
        let question = message::question(name, rtype);
        if !message::belongs(self.0, &question) {
            let words = "the message answers another question";
            return Err(Trouble::new(Cause::NotAttempted, words));
        }
        if message::truncated(self.0) {
            return Err(Trouble::new(
                Cause::MalformedAnswer,
                "the answer is cut off",
            ));
        }
        Message::read(self.0, question.len(), rtype)
            .map_err(|_| Trouble::new(Cause::MalformedAnswer, "the answer can't be read"))
    }

    fn chain(&self) -> Option<&Chain> {
        None
    }
}

impl Lookup for Recorded<'_> {
    async fn look_up(&self, _: &Name, _: RecordType) -> Result<Evidence, Fault> {
        let words = "nothing is asked";
        Err(Fault::new(ede::NO_REACHABLE_AUTHORITY, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::dns::DnssecState;
    use crate::facts::observed::Observed;
    use hickory_proto::op::{Message as Written, MessageType, OpCode, Query};
    use hickory_proto::rr::rdata::{CNAME, TXT};
    use hickory_proto::rr::{RData, Record};

    fn written(change: impl FnOnce(&mut Written, Name)) -> Vec<u8> {
        let name = names::parse("example.org").unwrap();
        let mut message = Written::new(7, MessageType::Response, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::TXT));
        change(&mut message, name);
        message.to_vec().unwrap()
    }

    #[test]
    fn a_message_is_read_as_a_trusted_resolver_would_be_believed() {
        let bytes = written(|message, name| {
            message.metadata.authentic_data = true;
            let text = RData::TXT(TXT::from_bytes(vec![b"v=spf1 ", b"-all"]));
            message.add_answer(Record::from_rdata(name, 60, text));
        });
        let response = read("Example.Org.", RecordType::TXT, &bytes);
        let texts = Observed::present(vec!["v=spf1 -all".to_owned()]);
        assert_eq!(response.texts(), texts);
        assert_eq!(response.dnssec.state, DnssecState::Secure);
        assert_eq!(response.ttl_seconds, Some(60));
    }

    #[test]
    fn what_the_message_does_not_say_is_not_asked_for() {
        let alias = written(|message, name| {
            let target = CNAME(names::parse("elsewhere.example").unwrap());
            message.add_answer(Record::from_rdata(name, 60, RData::CNAME(target)));
        });
        let mut cut_off = written(|_, _| ());
        cut_off[2] |= 0x02;
        for (name, message, cause) in [
            ("example.org", alias.as_slice(), Cause::NotAttempted),
            ("other.example", alias.as_slice(), Cause::NotAttempted),
            ("example.org", cut_off.as_slice(), Cause::MalformedAnswer),
            ("a..b", b"".as_slice(), Cause::Unresolved),
        ] {
            let observed = read(name, RecordType::TXT, message).observed;
            assert!(
                matches!(&observed, Observed::Unknown { cause: found, .. } if *found == cause),
                "{name}: {observed:?}"
            );
        }
    }
}
