//! Addresses to which reports are sent: the comma-separated URIs of DMARC and TLS-RPT records
//! (RFC 9989 §4.6, RFC 8460 §3).

use super::tags::{self, Field};
use crate::facts::dmarc::ReportUri;

/// Which record the list stands in; they allow different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `mailto:` only, and a size limit such as `!10m` may follow (RFC 7489 §6.2).
    Dmarc,
    /// `mailto:` and `https:`, and no size limit.
    TlsRpt,
}

/// One address of a list, with what a record's reader needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address as a fact.
    pub uri: ReportUri,
    /// Whether it keeps to the grammar of URIs (RFC 3986), usable or not.
    pub well_formed: bool,
    /// Why a reporter cannot use it; empty where one can.
    pub trouble: String,
    /// Where it stands in the raw record.
    pub span: [usize; 2],
}

/// Reads a list of addresses; `offset` is where it begins in the raw record, in bytes.
pub fn list(text: &str, offset: usize, family: Family) -> Vec<Address> {
    tags::split(text, ',', offset)
        .map(|field| address(field, family))
        .collect()
}

fn address(field: Field<'_>, family: Family) -> Address {
    let text = match family {
        Family::Dmarc => without_limit(field.text),
        Family::TlsRpt => field.text,
    };
    let well_formed = is_uri(text);
    let target = if well_formed {
        destination(text, family)
    } else {
        Err("it is no URI")
    };
    Address {
        uri: ReportUri {
            uri: text.to_owned(),
            valid: target.is_ok(),
            domain: target.clone().unwrap_or_default(),
        },
        well_formed,
        trouble: target.err().unwrap_or_default().to_owned(),
        span: field.span(),
    }
}

/// Takes off a size limit: an exclamation mark, digits and perhaps a unit (RFC 7489 §6.4).
fn without_limit(text: &str) -> &str {
    let Some((uri, limit)) = text.rsplit_once('!') else {
        return text;
    };
    let digits = limit
        .strip_suffix(|c: char| matches!(c.to_ascii_lowercase(), 'k' | 'm' | 'g' | 't'))
        .unwrap_or(limit);
    let is_limit = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_limit { uri } else { text }
}

/// The domain that reports to this URI go to, or why none do.
fn destination(uri: &str, family: Family) -> Result<String, &'static str> {
    if uri.contains('!') {
        return Err("an exclamation mark in it has to be written `%21`");
    }
    let (scheme, rest) = uri.split_once(':').ok_or("it is no URI")?;
    if scheme.eq_ignore_ascii_case("mailto") {
        return mailbox_domain(rest);
    }
    if scheme.eq_ignore_ascii_case("https") && family == Family::TlsRpt {
        return host(rest);
    }
    Err(match family {
        Family::Dmarc => "reporters have to know `mailto:` only",
        Family::TlsRpt => "only `mailto:` and `https:` are allowed",
    })
}

fn mailbox_domain(rest: &str) -> Result<String, &'static str> {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let mailbox = decode(path).ok_or("its percent-encoding is no text")?;
    let (local, domain) = mailbox.rsplit_once('@').ok_or("it has no `@`")?;
    if local.is_empty() || local.len() > 64 || local.chars().any(char::is_control) {
        return Err("the part before the `@` is no local part");
    }
    if !is_domain(domain) {
        return Err("the part behind the `@` is no domain");
    }
    Ok(domain.to_ascii_lowercase())
}

fn host(rest: &str) -> Result<String, &'static str> {
    let authority = rest
        .strip_prefix("//")
        .ok_or("it names no host")?
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    if is_domain(host) {
        Ok(host.to_ascii_lowercase())
    } else {
        Err("it names no host")
    }
}

/// Whether the text has a scheme and only characters that RFC 3986 §2 allows.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let rest_fits = rest
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b));
    let decodes = || !rest.contains('%') || decode(rest).is_some();
    scheme_fits && !rest.is_empty() && rest_fits && decodes()
}

/// Percent-decodes (RFC 3986 §2.1); nothing where a `%` has no two digits behind it or the bytes are no UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Whether the text is a domain name of two labels or more as mail addresses write it (RFC 5321 §4.1.2, RFC 1035 §2.3.4).
pub fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let inner = label
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_family_takes_its_own_addresses() {
        use Family::{Dmarc, TlsRpt};
        for (text, family, uri, domain) in [
            ("mailto:a@b.test", Dmarc, "mailto:a@b.test", "b.test"),
            ("MAILTO:a@B.Test", Dmarc, "MAILTO:a@B.Test", "b.test"),
            ("mailto:a@b.test!10m", Dmarc, "mailto:a@b.test", "b.test"),
            ("mailto:a@b.test!1", Dmarc, "mailto:a@b.test", "b.test"),
            ("mailto:a@b.test!m", Dmarc, "mailto:a@b.test!m", ""),
            ("mailto:a@b.test!10m", TlsRpt, "mailto:a@b.test!10m", ""),
            (
                "mailto:a%2Cc@b.test",
                Dmarc,
                "mailto:a%2Cc@b.test",
                "b.test",
            ),
            (
                "mailto:a%21c@b.test",
                Dmarc,
                "mailto:a%21c@b.test",
                "b.test",
            ),
            ("mailto:a!c@b.test", Dmarc, "mailto:a!c@b.test", ""),
            ("mailto:a%2@b.test", Dmarc, "mailto:a%2@b.test", ""),
            (
                "mailto:a@b.test?subject=x",
                Dmarc,
                "mailto:a@b.test?subject=x",
                "b.test",
            ),
            ("mailto:@b.test", Dmarc, "mailto:@b.test", ""),
            ("mailto:a@localhost", Dmarc, "mailto:a@localhost", ""),
            ("mailto:a@b..test", Dmarc, "mailto:a@b..test", ""),
            ("a@b.test", Dmarc, "a@b.test", ""),
            ("", Dmarc, "", ""),
            ("https://r.test/x", Dmarc, "https://r.test/x", ""),
            ("https://r.test/x", TlsRpt, "https://r.test/x", "r.test"),
            (
                "https://r.test:8443",
                TlsRpt,
                "https://r.test:8443",
                "r.test",
            ),
            ("http://r.test/x", TlsRpt, "http://r.test/x", ""),
            ("https:r.test", TlsRpt, "https:r.test", ""),
        ] {
            let found = list(text, 0, family);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].uri.uri, uri, "{text}");
            assert_eq!(found[0].uri.domain, domain, "{text}");
            assert_eq!(found[0].uri.valid, !domain.is_empty(), "{text}");
            assert_eq!(found[0].trouble.is_empty(), found[0].uri.valid, "{text}");
        }
    }

    #[test]
    fn a_list_is_split_at_commas_and_each_part_knows_its_place() {
        let raw = "rua=mailto:a@b.test , mailto:c@d.test";
        let found = list(&raw[4..], 4, Family::Dmarc);
        let places: Vec<_> = found.iter().map(|a| &raw[a.span[0]..a.span[1]]).collect();
        assert_eq!(places, ["mailto:a@b.test", "mailto:c@d.test"]);
    }

    #[test]
    fn a_foreign_scheme_is_well_formed_though_of_no_use() {
        let found = list("https://r.test/x", 0, Family::Dmarc);
        assert!(found[0].well_formed && !found[0].uri.valid);
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "(mailto:|https://)?[ -~ü€]{0,60}") {
            for family in [Family::Dmarc, Family::TlsRpt] {
                for address in list(&raw, 0, family) {
                    prop_assert!(raw.get(address.span[0]..address.span[1]).is_some());
                }
            }
        }
    }
}
