//! Dates as messages write them (RFC 5322 §3.3, §4.3).

use super::tokens;
use crate::facts::timestamp::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// Reads a date-time; a name of the day in front, comments and the obsolete zones are taken.
pub fn parse(text: &str) -> Option<Timestamp> {
    let tokens = tokens::split(text, ",");
    let mut words = tokens
        .iter()
        .filter(|token| !token.is_comment() && !token.is_mark(','))
        .map(|token| token.text.as_str());
    let mut word = words.next()?;
    if word.chars().all(char::is_alphabetic) {
        word = words.next()?;
    }
    let day: u8 = word.parse().ok()?;
    let month = month(words.next()?)?;
    let year = year(words.next()?)?;
    let time = time_of_day(words.next()?)?;
    let zone = words.next().unwrap_or("-0000");
    let date = Date::from_calendar_date(year, month, day).ok()?;
    let local = PrimitiveDateTime::new(date, time).assume_offset(offset(zone)?);
    Some(Timestamp::from_unix(local.unix_timestamp()))
}

fn month(word: &str) -> Option<Month> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let start = word.get(..3)?.to_ascii_lowercase();
    let index = NAMES.iter().position(|name| *name == start)?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

/// Two and three digits count as RFC 5322 §4.3 has it.
fn year(word: &str) -> Option<i32> {
    let number: i32 = word.parse().ok().filter(|number| *number >= 0)?;
    match (word.len(), number) {
        (2, 0..=49) => Some(2000 + number),
        (2 | 3, _) => Some(1900 + number),
        (4, _) => Some(number),
        _ => None,
    }
}

/// `hh:mm` or `hh:mm:ss`; a leap second counts as the one before.
fn time_of_day(word: &str) -> Option<Time> {
    let mut parts = word.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?.min(59),
        None => 0,
    };
    Time::from_hms(hour, minute, second).ok()
}

fn offset(zone: &str) -> Option<UtcOffset> {
    let hours = |hours: i8| UtcOffset::from_hms(hours, 0, 0).ok();
    if let Some(digits) = zone.strip_prefix(['+', '-']) {
        let (h, m) = digits.split_at_checked(2)?;
        let (h, m): (i8, i8) = (h.parse().ok()?, m.parse().ok()?);
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        return UtcOffset::from_hms(sign * h, sign * m, 0).ok();
    }
    match zone.to_ascii_uppercase().as_str() {
        "EDT" => hours(-4),
        "EST" | "CDT" => hours(-5),
        "CST" | "MDT" => hours(-6),
        "MST" | "PDT" => hours(-7),
        "PST" => hours(-8),
        // Others say nothing that can be relied on (RFC 5322 §4.3).
        other if other.chars().all(|c| c.is_ascii_alphabetic()) => hours(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_rfc_5322_writes_them() {
        for (text, expected) in [
            ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z"),
            ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"),
            (
                "Thu,  13\tFeb 1969 23:32 -0330 (Newfoundland Time)",
                "1969-02-14T03:02:00Z",
            ),
            ("Mon, 30 Nov 2026 01:02:60 +0000", "2026-11-30T01:02:59Z"),
            ("1 January 05 00:00 EST", "2005-01-01T05:00:00Z"),
            ("1 Jan 2026 00:00", "2026-01-01T00:00:00Z"),
            (
                "(a) Tue (b), 3 (c) Mar 2026 4:05:06 z",
                "2026-03-03T04:05:06Z",
            ),
        ] {
            assert_eq!(parse(text), Timestamp::parse(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Mon",
            "31 Feb 2026 00:00 +0000",
            "1 Foo 2026 00:00 +0000",
            "1 Jan 2026 25:00 +0000",
            "1 Jan 2026 00:00 +99",
            "1 Jan 2026 00:00 +9999",
            "1 Jan -5 00:00 +0000",
            "1 Jän 2026 00:00 +0000",
            "2026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
