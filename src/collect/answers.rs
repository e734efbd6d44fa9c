//! Answers that several families ask for alike: TXT records of one kind.

use crate::facts::dns::Answer;
use crate::facts::observed::{Observed, Proof};
use crate::net::dns::Dns;
use hickory_proto::rr::RecordType;

/// The TXT records at a name that are of one kind.
pub(super) async fn of_kind(dns: &Dns, name: &str, is: fn(&str) -> bool) -> Answer<Vec<String>> {
    let response = dns.ask(name, RecordType::TXT).await;
    let texts = response.texts();
    response.answer(|_| {
        texts.and_then(|texts| {
            let kind: Vec<_> = texts.iter().filter(|text| is(text)).cloned().collect();
            if kind.is_empty() {
                Observed::absent(Proof::NoSuchRecord)
            } else {
                Observed::present(kind)
            }
        })
    })
}
