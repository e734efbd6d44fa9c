//! Reports of receivers: DMARC aggregate reports, DMARC failure reports and SMTP TLS reports.
//!
//! What comes out is what was read, with defects; a report with a fatal one is not counted. Places are bytes of the text
//! in UTF-8, which [`text::decode`] gives. Addresses of people, subjects and texts of messages are not read at all.

use crate::facts::defect::Defect;
use crate::facts::target::Role;
use crate::facts::timestamp::Timestamp;
use crate::records::domain;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::net::{IpAddr, Ipv6Addr};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

pub mod aggregate;
pub mod failure;
pub mod text;
pub mod tls;
mod xml;

/// How many defects are kept of one report.
const MOST_DEFECTS: usize = 32;

/// Most characters of a name of a reporter or of an error that are kept.
const LONGEST_WORDS: usize = 100;

/// Most characters of a domain or selector that are kept.
const LONGEST_NAME: usize = 253;

/// Most characters of a word such as a result.
const LONGEST_WORD: usize = 40;

/// Most messages or sessions that one count of a report can stand for: more than any receiver has in a year. Beyond it
/// a count is taken for none, so that sums stay what they are.
pub const MOST_COUNTED: u64 = 1_000_000_000_000;

/// How many seconds a period may end ahead of now: clocks are wrong, and days end later elsewhere.
const AHEAD: i64 = 2 * 86_400;

/// How many bytes of a digest tell ids and reports apart.
const DIGEST: usize = 8;

/// Defects as they are found: the first ones are kept, and every fatal one counts.
#[derive(Debug, Default)]
struct Faults {
    found: Vec<Defect>,
    fatal: bool,
}

impl Faults {
    fn add(&mut self, defect: Defect) {
        self.fatal |= defect.fatal;
        if self.found.len() < MOST_DEFECTS {
            self.found.push(defect);
        } else if defect.fatal {
            // What makes a report invalid is always among what is told.
            self.found.truncate(MOST_DEFECTS - 1);
            self.found.push(defect);
        }
    }
}

/// The text on one line without control characters, cut to so many characters.
fn words(text: &str, most: usize) -> String {
    let clean = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clean
        .chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// The name of an organization, or what else is kept for people to read.
fn prose(text: &str) -> String {
    words(text, LONGEST_WORDS)
}

/// An id as it is compared: as it came, or what is shown of it with a digest of the whole where that is less.
fn id(text: &str) -> String {
    let shown = prose(text);
    if shown == text {
        shown
    } else {
        format!("{shown} {}", digest(text.as_bytes()))
    }
}

/// The first 16 hexadecimal digits of SHA-256.
fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    HEXLOWER.encode(digest.get(..DIGEST).unwrap_or_default())
}

/// A count that one report can have.
fn count(text: &str) -> Option<u64> {
    let count = text.trim().parse().ok();
    count.filter(|count| *count <= MOST_COUNTED)
}

/// A domain or selector as it is compared: in lower case, without a dot at the end and without a local part.
fn name(text: &str) -> String {
    let text = text.trim();
    let text = text.rsplit_once('@').map_or(text, |(_, behind)| behind);
    words(text.trim_end_matches(['.', '>']), LONGEST_NAME).to_lowercase()
}

/// The mail domain that a report is about, in A-labels.
fn mail_domain(text: &str) -> Option<String> {
    domain::target(text, Role::Mail)
        .ok()
        .map(|target| target.domain)
}

/// A word of a vocabulary in lower case, `_` as it came; `other` where no vocabulary could have it, empty where there
/// is none.
fn word(text: &str) -> String {
    let text = text.trim();
    let fits = text.len() <= LONGEST_WORD
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits {
        text.to_ascii_lowercase()
    } else {
        "other".to_owned()
    }
}

/// An address; one of IPv4 that is written as IPv6 is the address of IPv4. Brackets around it are taken off.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let text = text.strip_prefix("IPv6:").unwrap_or(text);
    match text.parse().ok()? {
        IpAddr::V6(six) => Some(
            six.to_ipv4_mapped()
                .map_or_else(|| unscoped(six), IpAddr::V4),
        ),
        four @ IpAddr::V4(_) => Some(four),
    }
}

const fn unscoped(six: Ipv6Addr) -> IpAddr {
    IpAddr::V6(six)
}

/// A time in one of the forms that reports have: seconds since 1970, RFC 3339 or RFC 5322 §3.3.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if let Ok(seconds) = whole.parse::<i64>() {
        return (seconds > 0).then(|| Timestamp::from_unix(seconds));
    }
    Timestamp::parse(text).or_else(|| {
        let time = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        Some(Timestamp::from_unix(time.unix_timestamp()))
    })
}

/// The period of a report; neither end where they are the wrong way round.
fn period(
    begin: Option<Timestamp>,
    end: Option<Timestamp>,
) -> (Option<Timestamp>, Option<Timestamp>) {
    if begin.zip(end).is_some_and(|(begin, end)| end < begin) {
        (None, None)
    } else {
        (begin, end)
    }
}

/// Why a time is not used: it lies further ahead of now than clocks are wrong.
fn ahead(times: [Option<Timestamp>; 2], now: Timestamp) -> Option<String> {
    let latest = times.into_iter().flatten().max()?;
    (latest.unix().saturating_sub(now.unix()) > AHEAD)
        .then(|| format!("the time {latest} lies more than two days ahead of now and is not used"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_compared_in_one_spelling() {
        for (given, expected) in [
            (" News.Example.ORG. ", "news.example.org"),
            ("bounce@Example.org", "example.org"),
            ("a\u{0}b\nc", "ab c"),
            ("", ""),
        ] {
            assert_eq!(name(given), expected);
        }
        for (given, expected) in [
            ("Pass", "pass"),
            ("mailing_list", "mailing_list"),
            ("", ""),
            ("a b", "other"),
        ] {
            assert_eq!(word(given), expected);
        }
        assert_eq!(word(&"x".repeat(41)), "other");
    }

    #[test]
    fn an_address_has_one_spelling() {
        for (given, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            (" ::ffff:192.0.2.1 ", Some("192.0.2.1")),
            ("[2001:DB8::1]", Some("2001:db8::1")),
            ("192.0.2.1, 192.0.2.2", None),
            ("unknown", None),
        ] {
            assert_eq!(
                address(given).map(|found| found.to_string()).as_deref(),
                expected
            );
        }
    }

    #[test]
    fn times_come_in_three_forms() {
        let expected = Some(Timestamp::from_unix(1_796_000_000));
        for text in [
            "1796000000",
            " 1796000000.0 ",
            "2026-11-30T00:53:20Z",
            "Mon, 30 Nov 2026 01:53:20 +0100",
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
        for text in ["", "0", "-5", "yesterday"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn ids_are_compared_whole() {
        assert_eq!(id("r-1"), "r-1");
        let long: Vec<_> = (90..200).map(|length| id(&"x".repeat(length))).collect();
        let different: std::collections::BTreeSet<_> = long.iter().collect();
        assert_eq!(different.len(), long.len());
        assert!(long.iter().all(|id| id.len() < 120));
        assert_ne!(id("a\u{1}b"), id("a\u{2}b"));
        assert_eq!(id(""), "");
    }

    #[test]
    fn a_count_has_an_end() {
        for (text, expected) in [
            ("12", Some(12)),
            (" 0 ", Some(0)),
            ("1000000000000", Some(MOST_COUNTED)),
            ("1000000000001", None),
            ("18446744073709551616", None),
            ("-5", None),
            ("1e9", None),
            ("", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn two_days_ahead_is_a_wrong_clock_and_more_is_no_time() {
        let now = Timestamp::from_unix(1_796_000_000);
        let at = |seconds| Some(Timestamp::from_unix(1_796_000_000 + seconds));
        for (times, used) in [
            ([None, None], true),
            ([at(-1_000_000), at(0)], true),
            ([at(0), at(172_800)], true),
            ([at(0), at(172_801)], false),
            ([at(172_801), None], false),
            ([None, at(i64::MAX - 1_796_000_000)], false),
        ] {
            assert_eq!(ahead(times, now).is_none(), used, "{times:?}");
        }
    }

    #[test]
    fn a_fatal_defect_is_always_among_those_that_are_kept() {
        let mut faults = Faults::default();
        for number in 0..100 {
            faults.add(Defect::minor("minor", format!("{number}"), "RFC 9990"));
        }
        faults.add(Defect::fatal("fatal", "the end", "RFC 9990"));
        assert!(faults.fatal);
        assert_eq!(faults.found.len(), MOST_DEFECTS);
        assert_eq!(faults.found[MOST_DEFECTS - 1].code, "fatal");
    }
}
