//! `Authentication-Results` (RFC 8601 §2.2) and what ARC makes of it (RFC 8617 §4.1.1).

use super::tokens::{self, Kind, Token};
use crate::facts::outbound::header::ClaimedResult;

/// The most results of a field, and the most properties of a result, that are kept.
const MOST: usize = 32;

/// The most characters of a part that are kept.
const LONGEST: usize = 255;

/// What a field says, and who says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The instance (`i=`), where the field is ARC's.
    pub instance: Option<u32>,
    /// The host that made the checks, in lower case; empty where the field does not begin with one.
    pub host: String,
    /// The results; empty for `none`.
    pub results: Vec<ClaimedResult>,
}

/// Reads the unfolded text of the field.
pub fn parse(text: &str) -> Results {
    let tokens = tokens::split(text, ";=");
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !token.is_comment()).collect();
    let mut parts = tokens.split(|token| token.is_mark(';')).peekable();
    let mut read = Results::default();
    if let Some([name, mark, number]) = parts.peek().copied()
        && name.text == "i"
        && mark.is_mark('=')
    {
        read.instance = number.text.parse().ok();
        parts.next();
    }
    // A host stands alone, or with the version behind it; Exchange leaves it out.
    if let Some(first) = parts.next_if(|part| !part.iter().any(|token| token.is_mark('=')))
        && let Some(host) = first.first()
    {
        read.host = cut(&host.text).to_ascii_lowercase();
    }
    read.results = parts.filter_map(result).take(MOST).collect();
    read
}

/// `method[/version]=result`, then `reason=…` and the properties.
fn result(part: &[&Token]) -> Option<ClaimedResult> {
    let mut pairs = pairs(part).into_iter();
    let (method, result) = pairs.next()?;
    let method = method.split('/').next().unwrap_or_default();
    let plain = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if !plain(method) || !plain(&result) {
        return None;
    }
    let properties = pairs.map(|(name, value)| cut(&format!("{name}={value}")));
    Some(ClaimedResult {
        method: cut(method).to_ascii_lowercase(),
        result: cut(&result).to_ascii_lowercase(),
        properties: properties.take(MOST).collect(),
    })
}

/// The pairs of a part. A name is all that stands behind the value before it, since comments may tear it apart; a value
/// has no white space in it, except in quotation marks.
fn pairs(part: &[&Token]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut name = String::new();
    let mut rest = part.iter().peekable();
    while let Some(token) = rest.next() {
        if !token.is_mark('=') {
            name.push_str(&token.text);
            continue;
        }
        let mut value = String::new();
        let mut end = None;
        while let Some(next) = rest.next_if(|next| end.is_none_or(|end| end == next.start)) {
            value.push_str(&next.text);
            end = (next.kind != Kind::Quoted).then_some(next.end);
            if end.is_none() {
                break;
            }
        }
        pairs.push((std::mem::take(&mut name), value));
    }
    pairs
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(read: &Results) -> Vec<String> {
        let one = |it: &ClaimedResult| {
            format!("{}={} {}", it.method, it.result, it.properties.join(" "))
                .trim()
                .to_owned()
        };
        read.results.iter().map(one).collect()
    }

    #[test]
    fn results_are_read_as_rfc_8601_writes_them() {
        for (text, host, expected) in [
            ("example.org 1; none", "example.org", vec![]),
            ("Example.ORG; none", "example.org", vec![]),
            (
                "example.com; spf=pass smtp.mailfrom=example.net",
                "example.com",
                vec!["spf=pass smtp.mailfrom=example.net"],
            ),
            (
                "example.com; auth=pass (cram-md5) smtp.auth=s@example.net; sender-id=fail header.from=example.net",
                "example.com",
                vec![
                    "auth=pass smtp.auth=s@example.net",
                    "sender-id=fail header.from=example.net",
                ],
            ),
            (
                "example.com; dkim=fail reason=\"bad; signature\" header.i=@a.example header.b=oINEO8hg+/=x",
                "example.com",
                vec!["dkim=fail reason=bad; signature header.i=@a.example header.b=oINEO8hg+/=x"],
            ),
            (
                "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                "foo.example.net",
                vec!["dkim=fail policy.expired=1362471462"],
            ),
            (
                "mx.google.com; dkim=pass header.i=@x.test header.s=s1; arc=pass (i=1 spf=pass); dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=x.test",
                "mx.google.com",
                vec![
                    "dkim=pass header.i=@x.test header.s=s1",
                    "arc=pass",
                    "dmarc=pass header.from=x.test",
                ],
            ),
            (
                "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.test; dkim=none",
                "",
                vec!["spf=pass smtp.mailfrom=x.test", "dkim=none"],
            ),
            ("", "", vec![]),
            (";;", "", vec![]),
        ] {
            let read = parse(text);
            assert_eq!(read.host, host, "{text}");
            assert_eq!(shown(&read), expected, "{text}");
        }
    }

    #[test]
    fn the_instance_of_arc_stands_in_front() {
        let read = parse("i=2; lists.example.org; arc=none; dkim=pass header.i=@d1.example");
        assert_eq!(
            (read.instance, read.host.as_str()),
            (Some(2), "lists.example.org")
        );
        assert_eq!(shown(&read), ["arc=none", "dkim=pass header.i=@d1.example"]);
        assert_eq!(parse("i=x; a.test; none").instance, None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(i=1;|a.test;|dkim=pass|=|;|\"|\\(|[ -~ü]{0,8}| ){0,24}") {
            let read = parse(&text);
            prop_assert!(read.results.len() <= MOST);
        }
    }
}
