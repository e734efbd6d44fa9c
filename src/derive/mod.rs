//! Facts computed from facts, as the standards compute them: pure, so that an old document can be derived anew.

pub mod chain;
pub mod dane;
pub mod dkim;
pub mod dmarc;
pub mod mta_sts;
pub mod mx;
pub mod spf;
pub mod zone;

use crate::facts::dns::Answer;
use crate::facts::observed::{Observed, Proof};

/// The record, where exactly one of its kind is published: the rule of SPF (RFC 7208 §4.5), MTA-STS
/// (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3). More than one counts as none, with their number as detail.
pub fn unique<R>(records: &Answer<Vec<String>>, read: fn(&str) -> R) -> Observed<R> {
    records.observed.and_then(|texts| match texts.as_slice() {
        [] => Observed::absent(Proof::NoSuchRecord),
        [one] => Observed::present(read(one)),
        many => Observed::Absent {
            proof: Proof::Malformed,
            detail: format!("{} records where only one may be", many.len()),
        },
    })
}
