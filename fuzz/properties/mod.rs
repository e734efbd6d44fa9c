//! What holds of every parser of outside bytes, whatever the bytes are: one function a target.
//!
//! The fuzz targets and `tests/it/fuzz.rs` share them. A property that does not hold panics.

mod documents;
mod message;
mod records;
mod reports;
mod server;
mod text;
mod wire;

pub use documents::{case_file, facts, policy, results};
pub use message::{authentication_results, mbox, message, received};
pub use records::{
    certificate, dkim, dmarc, mta_sts_policy, mta_sts_record, ocsp, report_uri, spf, tag_list,
    tls_rpt, tlsa, trust_store,
};
pub use reports::{aggregate_report, failure_report, report_container, tls_report};
pub use server::{smtp_command, smtp_data};
pub use text::{domain, domain_name, escape};
pub use wire::{anchors, dns_message, smtp_reply, tls_flight};

use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::fmt::Debug;
use waxseal::facts::defect::Defect;
use waxseal::facts::timestamp::Timestamp;

/// A target: its name, its property, and how costly a run of it is as a share of the cheap ones'.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the program in `targets/` and of the folder in `seeds/`.
    pub name: &'static str,
    /// Panics where the property does not hold of these bytes.
    pub property: fn(&[u8]),
    /// How many times dearer a run is than one of the cheapest.
    pub cost: usize,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("aggregate_report", aggregate_report, 2),
    target("anchors", anchors, 1),
    target("authentication_results", authentication_results, 1),
    target("case_file", case_file, 100),
    target("certificate", certificate, 10),
    target("dkim", dkim, 1),
    target("dmarc", dmarc, 1),
    target("dns_message", dns_message, 1),
    target("domain", domain, 1),
    target("domain_name", domain_name, 1),
    target("escape", escape, 1),
    target("facts", facts, 100),
    target("failure_report", failure_report, 1),
    target("mbox", mbox, 1),
    target("message", message, 4),
    target("mta_sts_policy", mta_sts_policy, 1),
    target("mta_sts_record", mta_sts_record, 1),
    target("ocsp", ocsp, 1),
    target("policy", policy, 20),
    target("received", received, 1),
    target("report_container", report_container, 2),
    target("report_uri", report_uri, 1),
    target("results", results, 20),
    target("smtp_command", smtp_command, 1),
    target("smtp_data", smtp_data, 1),
    target("smtp_reply", smtp_reply, 1),
    target("spf", spf, 1),
    target("tag_list", tag_list, 1),
    target("tls_flight", tls_flight, 1),
    target("tls_report", tls_report, 1),
    target("tls_rpt", tls_rpt, 1),
    target("tlsa", tlsa, 1),
    target("trust_store", trust_store, 1),
];

const fn target(name: &'static str, property: fn(&[u8]), cost: usize) -> Target {
    Target {
        name,
        property,
        cost,
    }
}

/// Longest words of a defect, in characters.
const LONGEST_WORDS: usize = 400;

/// The bytes as a text, as the strings of TXT records are read.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The moment at which the properties hold: all runs have the same.
fn now() -> Timestamp {
    Timestamp::from_unix(1_796_000_000)
}

/// The same input gives the same output, and the output can be written down and read back.
fn settled<T: PartialEq + Debug + Serialize + DeserializeOwned>(read: impl Fn() -> T) -> T {
    let made = read();
    assert_eq!(made, read(), "the same input twice");
    let text = serde_json::to_string(&made).expect("facts can be written");
    let stored: T = serde_json::from_str(&text).expect("facts can be read back");
    assert_eq!(made, stored, "{text}");
    made
}

/// A place lies inside the text, and on the boundaries of characters.
fn inside(raw: &str, [start, end]: [usize; 2]) -> &str {
    raw.get(start..end)
        .unwrap_or_else(|| panic!("{start}..{end} is no part of {raw:?}"))
}

/// Defects are few and short, say who says so, and know their place.
fn sound(raw: &str, defects: &[Defect], most: usize) {
    assert!(defects.len() <= most, "{} defects", defects.len());
    for defect in defects {
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(
            !defect.code.is_empty() && defect.code.bytes().all(kebab),
            "{defect:?}"
        );
        assert!(
            !defect.text.is_empty() && defect.text.chars().count() <= LONGEST_WORDS,
            "{defect:?}"
        );
        assert!(!defect.reference.is_empty(), "{defect:?}");
        if let Some(span) = defect.span {
            inside(raw, span);
        }
    }
}

/// What is valid has no fatal defect, and what has none is valid.
fn as_valid(valid: bool, defects: &[Defect]) {
    assert_eq!(
        valid,
        !defects.iter().any(|defect| defect.fatal),
        "{defects:?}"
    );
}
