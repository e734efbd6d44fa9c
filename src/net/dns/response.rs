//! What the DNS said to one question.

use crate::facts::dns::{Answer, Dnssec, DnssecState};
use crate::facts::observed::{Cause, Observed};
use hickory_proto::rr::{RData, RecordType};

/// The answer to one question, shared by all who ask it.
#[derive(Clone, Debug)]
pub struct Response {
    /// The name that was asked: A-labels, lower case, no trailing dot.
    pub name: String,
    /// The type that was asked.
    pub rtype: RecordType,
    /// The data of all records of that type, in the order of their bytes and without duplicates.
    pub observed: Observed<Vec<RData>>,
    /// For how many seconds the answer may be kept; of an alias chain, the least (RFC 2308 §5 for an
    /// absence).
    pub ttl_seconds: Option<u32>,
    /// The aliases that led to the answer, in order, without the name that was asked.
    pub aliases: Vec<String>,
    /// The apex of the zone that says so, where an absence came with its SOA record (RFC 2308 §3).
    pub apex: Option<String>,
    /// Whether and why the answer is authentic; of an alias chain, the worst of its links.
    pub dnssec: Dnssec,
}

impl Response {
    /// The response to something that is no domain name: nothing was asked.
    pub(super) fn no_name(text: &str, rtype: RecordType) -> Self {
        let name: String = text.chars().take(255).collect::<String>().to_lowercase();
        let reason = "not asked: this is no domain name";
        Self {
            name,
            rtype,
            observed: Observed::unknown(Cause::Unresolved, reason),
            ttl_seconds: None,
            aliases: Vec::new(),
            apex: None,
            dnssec: Dnssec::new(DnssecState::Indeterminate, reason),
        }
    }

    /// The answer as a fact about what is made of the records.
    pub fn answer<T>(&self, read: impl FnOnce(&[RData]) -> Observed<T>) -> Answer<T> {
        Answer {
            name: self.name.clone(),
            rtype: type_name(self.rtype),
            observed: self.observed.and_then(|records| read(records)),
            ttl_seconds: self.ttl_seconds,
            aliases: self.aliases.clone(),
            dnssec: self.dnssec.clone(),
        }
    }

    /// The texts of TXT records, sorted. The strings of one record are joined without a separator
    /// (RFC 7208 §3.3); bytes that are no UTF-8 become U+FFFD.
    pub fn texts(&self) -> Observed<Vec<String>> {
        self.observed.map(|records| {
            let mut texts: Vec<String> = records.iter().filter_map(text).collect();
            texts.sort_unstable();
            texts
        })
    }
}

fn text(data: &RData) -> Option<String> {
    let RData::TXT(txt) = data else {
        return None;
    };
    let bytes: Vec<u8> = txt.txt_data.concat();
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The mnemonic of a type, or `TYPE123` (RFC 3597 §5).
fn type_name(rtype: RecordType) -> String {
    if let RecordType::Unknown(number) = rtype {
        return format!("TYPE{number}");
    }
    rtype.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::rr::rdata::TXT;

    fn response(records: Vec<RData>) -> Response {
        Response {
            observed: Observed::present(records),
            ..Response::no_name("example.org", RecordType::TXT)
        }
    }

    #[test]
    fn strings_of_a_text_record_are_joined_and_records_sorted() {
        let texts = response(vec![
            RData::TXT(TXT::from_bytes(vec![b"v=spf1 ", b"-all"])),
            RData::TXT(TXT::from_bytes(vec![b"caf\xe9"])),
        ])
        .texts();
        let expected = vec!["caf\u{fffd}".to_owned(), "v=spf1 -all".to_owned()];
        assert_eq!(texts, Observed::present(expected));
    }

    #[test]
    fn an_answer_keeps_what_was_asked_and_reads_the_records() {
        let response = response(vec![RData::TXT(TXT::from_bytes(vec![b"a"]))]);
        let answer = response.answer(|records| Observed::present(records.len()));
        assert_eq!(
            (answer.name.as_str(), answer.rtype.as_str()),
            ("example.org", "TXT")
        );
        assert_eq!(answer.observed, Observed::present(1));
        let unknown =
            Response::no_name("", RecordType::Unknown(99)).answer(|_| Observed::present(0));
        assert_eq!(unknown.rtype, "TYPE99");
        assert!(unknown.observed.is_unknown());
    }
}
