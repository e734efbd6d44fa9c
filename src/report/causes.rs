//! Why something is not known, in words. Reasons of rules have the cause as the facts name it (`smtp-transient`).

use crate::facts::observed::Cause;

/// Every cause.
const CAUSES: [Cause; 21] = [
    Cause::Timeout,
    Cause::Servfail,
    Cause::Refused,
    Cause::Bogus,
    Cause::MalformedAnswer,
    Cause::ConnectionRefused,
    Cause::ConnectionTimeout,
    Cause::ConnectionClosed,
    Cause::NetworkUnreachable,
    Cause::SmtpTransient,
    Cause::SmtpPermanent,
    Cause::SmtpProtocol,
    Cause::TlsAlert,
    Cause::TlsProtocol,
    Cause::HttpProtocol,
    Cause::HttpServerError,
    Cause::BlockedEgress,
    Cause::LimitReached,
    Cause::Unresolved,
    Cause::NotAttempted,
    Cause::NotObservable,
];

const fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout => "timed out",
        Cause::Servfail => "the resolver failed",
        Cause::Refused => "the resolver refused",
        Cause::Bogus => "the answer does not validate",
        Cause::MalformedAnswer => "the answer can't be read",
        Cause::ConnectionRefused => "the connection was refused",
        Cause::ConnectionTimeout => "no connection in time",
        Cause::ConnectionClosed => "the connection was closed",
        Cause::NetworkUnreachable => "no route there",
        Cause::SmtpTransient => "the server said not now",
        Cause::SmtpPermanent => "the server turned this client away",
        Cause::SmtpProtocol => "the server does not speak SMTP",
        Cause::TlsAlert => "TLS ended with an alert",
        Cause::TlsProtocol => "TLS failed",
        Cause::HttpProtocol => "the web server does not speak HTTP",
        Cause::HttpServerError => "the web server failed",
        Cause::BlockedEgress => "port 25 is blocked here",
        Cause::LimitReached => "given up at a limit",
        Cause::Unresolved => "could not be determined",
        Cause::NotAttempted => "not looked at",
        Cause::NotObservable => "can't be seen from outside",
    }
}

/// A cause in a reason, and what is said of it in brackets.
struct Found<'a> {
    start: usize,
    end: usize,
    words: &'static str,
    detail: &'a str,
}

/// The reason with its causes in words.
pub(super) fn plain(reason: &str) -> String {
    let mut told = String::with_capacity(reason.len() + 16);
    let mut done = 0;
    for found in all(reason) {
        told.push_str(reason.get(done..found.start).unwrap_or_default());
        told.push_str(found.words);
        done = found.end;
    }
    told.push_str(reason.get(done..).unwrap_or_default());
    told
}

/// The one cause of a reason, where it names one however often, else the whole reason; in words.
pub(super) fn common(reason: &str) -> String {
    let found = all(reason);
    let keys: Vec<(&str, &str)> = found
        .iter()
        .map(|found| (found.words, without_name(found.detail)))
        .collect();
    match keys.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => match first {
            (words, "") => (*words).to_owned(),
            (words, detail) => format!("{words} ({detail})"),
        },
        _ => plain(reason),
    }
}

/// Each cause stands at the beginning, behind a colon or behind a semicolon, and a bracket or nothing follows.
fn all(reason: &str) -> Vec<Found<'_>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(rest) = reason.get(at..) {
        if let Some(found) = first(rest, at) {
            let detail = found.detail.len();
            at = found.end + if detail > 0 { detail + 2 } else { 0 };
            all.push(found);
        }
        let Some(rest) = reason.get(at..) else { break };
        let signs = |two: &[u8]| two == b": " || two == b"; ";
        let next = rest.as_bytes().windows(2).position(signs);
        match next {
            Some(next) => at += next + 2,
            None => break,
        }
    }
    all
}

fn first(rest: &str, start: usize) -> Option<Found<'_>> {
    CAUSES.into_iter().find_map(|cause| {
        let behind = rest.strip_prefix(cause.as_str())?;
        let ends = behind.is_empty() || behind.starts_with(" (") || behind.starts_with("; ");
        ends.then(|| Found {
            start,
            end: start + cause.as_str().len(),
            words: words(cause),
            detail: bracketed(behind).unwrap_or_default(),
        })
    })
}

/// The most characters of a text in brackets.
const LONGEST_DETAIL: usize = 4000;

/// What stands in the brackets with which a text begins.
fn bracketed(text: &str) -> Option<&str> {
    let inside = text.strip_prefix(" (")?;
    let mut open = 1_usize;
    for (at, character) in inside.char_indices().take(LONGEST_DETAIL) {
        match character {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return inside.get(..at);
        }
    }
    None
}

/// A detail without the name that it is about.
fn without_name(detail: &str) -> &str {
    match detail.split_once(": ") {
        Some((name, rest)) if name.contains('.') && !name.contains(' ') => rest,
        _ => detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn causes_are_told_in_words_and_other_words_stay() {
        for (reason, told) in [
            ("timeout", "timed out"),
            ("mx1.test: timeout", "mx1.test: timed out"),
            (
                "a.test TXT: servfail (a.test: SERVFAIL)",
                "a.test TXT: the resolver failed (a.test: SERVFAIL)",
            ),
            (
                "2 of 2: mx / 192.0.2.1: smtp-transient (greeting: 421 a; b); mx / ::1: timeout",
                "2 of 2: mx / 192.0.2.1: the server said not now (greeting: 421 a; b); mx / ::1: timed out",
            ),
            ("refused by somebody", "refused by somebody"),
            ("the policy says timeout", "the policy says timeout"),
            ("bogus (", "the answer does not validate ("),
        ] {
            assert_eq!(plain(reason), told);
        }
    }

    #[test]
    fn a_cause_that_several_share_is_found() {
        let bogus = "the answer does not validate (the signature expired)";
        for (reason, told) in [
            ("bogus (the signature expired)", bogus),
            ("a.test TXT: bogus (the signature expired)", bogus),
            ("bogus (a.test: the signature expired)", bogus),
            (
                "2 of 2: a: bogus (the signature expired); b: bogus (the signature expired)",
                bogus,
            ),
            (
                "1 of 2: a: timeout; b: bogus (x)",
                "1 of 2: a: timed out; b: the answer does not validate (x)",
            ),
            ("no mail server was seen", "no mail server was seen"),
        ] {
            assert_eq!(common(reason), told);
        }
    }

    #[test]
    fn every_cause_is_known_by_its_name() {
        let names: std::collections::BTreeSet<_> = CAUSES.map(Cause::as_str).into();
        assert_eq!(names.len(), CAUSES.len());
    }

    proptest! {
        #[test]
        fn any_reason_can_be_read(reason in "(timeout|bogus|[a(); :ü]){0,12}") {
            plain(&reason);
            common(&reason);
        }
    }
}
