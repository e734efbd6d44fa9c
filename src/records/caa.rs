//! CAA records (RFC 8659 §4): a property's flags, tag and value to facts. Whatever is published, a record
//! comes out.

use super::report_uri::is_domain;
use super::tags::{self, Field};
use crate::facts::caa::{CaaParameter, CaaRecord};
use crate::facts::defect::Defect;

/// The critical flag: bit 0, the most significant one (RFC 8659 §4.1).
const CRITICAL: u8 = 0x80;

/// The properties that the IANA registry lists, reserved ones left out.
const KNOWN: [&str; 7] = [
    "issue",
    "issuewild",
    "iodef",
    "contactemail",
    "contactphone",
    "issuevmc",
    "issuemail",
];

const METHODS: &str = "RFC 8657 §4";
const ACCOUNT: &str = "RFC 8657 §3";
const ISSUE: &str = "RFC 8659 §4.2";

/// Reads one record from its flags, its tag and the bytes of its value.
pub fn read(flags: u8, tag: &str, value: &[u8]) -> CaaRecord {
    let tag = tag.to_ascii_lowercase();
    let text = String::from_utf8_lossy(value).into_owned();
    let mut defects = Vec::new();
    let known = KNOWN.contains(&tag.as_str());
    if !known {
        let words = format!("the property `{}` is not known", tags::quote(&tag));
        defects.push(Defect::minor("caa-unknown-tag", words, "RFC 8659 §4.1"));
    }
    if flags & !CRITICAL != 0 {
        let words = format!("the flags are {flags}: only 0 and 128 have a meaning");
        defects.push(Defect::minor("caa-reserved-flags", words, "RFC 8659 §4.1"));
    }
    let (issuer, parameters) = if tag.starts_with("issue") && known {
        let (issuer, parameters) = issue(&text, &mut defects);
        (Some(issuer), parameters)
    } else {
        (None, Vec::new())
    };
    if tag == "iodef" && !is_report_url(&text) {
        let words = format!(
            "`{}` is no `mailto:`, `http:` or `https:` URL",
            tags::quote(&text)
        );
        let defect = Defect::fatal("caa-iodef-invalid", words, "RFC 8659 §4.4");
        defects.push(defect.at(0, text.len()));
    }
    CaaRecord {
        flags,
        critical: flags & CRITICAL != 0,
        tag,
        registered: known,
        value: text,
        issuer,
        parameters,
        defects: tags::bounded(defects),
    }
}

fn is_report_url(text: &str) -> bool {
    let behind = text.split_once(':');
    behind.is_some_and(
        |(scheme, rest)| match scheme.to_ascii_lowercase().as_str() {
            "mailto" => rest.contains('@'),
            "http" | "https" => rest.len() > 2 && rest.starts_with("//"),
            _ => false,
        },
    )
}

/// The issuer and the parameters of a value. A value that does not keep to the grammar names no issuer
/// (RFC 8659 §4.2), and then nobody is let in by it.
fn issue(text: &str, defects: &mut Vec<Defect>) -> (String, Vec<CaaParameter>) {
    let mut parts = tags::split(text, ';', 0);
    let before = defects.len();
    let issuer = parts.next().map_or("", |field| field.text);
    if !issuer.is_empty() && !is_issuer(issuer) {
        let words = format!("`{}` is no domain name of an issuer", tags::quote(issuer));
        let defect = Defect::fatal("caa-issuer-invalid", words, ISSUE);
        defects.push(defect.at(0, text.len()));
    }
    let rest: Vec<Field<'_>> = parts.collect();
    let mut parameters: Vec<CaaParameter> = Vec::new();
    for (number, field) in rest.iter().enumerate() {
        if field.text.is_empty() {
            if number + 1 < rest.len() {
                defects.push(malformed(*field));
            }
            continue;
        }
        match parameter(field.text) {
            Some(found) => {
                weigh(&found, *field, &parameters, defects);
                parameters.push(found);
            }
            None => defects.push(malformed(*field)),
        }
    }
    let holds = defects.iter().skip(before).all(|defect| !defect.fatal);
    let issuer = if holds {
        issuer.to_ascii_lowercase()
    } else {
        String::new()
    };
    (issuer, parameters)
}

fn malformed(field: Field<'_>) -> Defect {
    let [start, end] = field.span();
    let words = format!("`{}` is no `name=value` parameter", tags::quote(field.text));
    Defect::fatal("caa-parameter-malformed", words, ISSUE).at(start, end)
}

/// What RFC 8657 says of a parameter that it defines.
fn weigh(
    found: &CaaParameter,
    field: Field<'_>,
    earlier: &[CaaParameter],
    defects: &mut Vec<Defect>,
) {
    let [start, end] = field.span();
    let mut note = |code: &str, words: String, reference: &str| {
        defects.push(Defect::minor(code, words, reference).at(start, end));
    };
    match found.name.as_str() {
        "accounturi" => {
            if earlier.iter().any(|other| other.name == found.name) {
                let words = "`accounturi` occurs more than once: nobody fits".to_owned();
                note("caa-accounturi-twice", words, ACCOUNT);
            }
            if !found.value.contains(':') {
                let words = format!("`{}` is no URI of an account", tags::quote(&found.value));
                note("caa-accounturi-invalid", words, ACCOUNT);
            }
        }
        "validationmethods" => {
            let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let fits = |one: &str| !one.is_empty() && one.chars().all(label);
            if !found.value.split(',').all(fits) {
                let words = format!("`{}` lists no methods", tags::quote(&found.value));
                note("caa-validationmethods-invalid", words, METHODS);
            }
        }
        _ => {}
    }
}

fn parameter(text: &str) -> Option<CaaParameter> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end_matches([' ', '\t']);
    let value = value.trim_start_matches([' ', '\t']);
    let fits = is_label(name) && value.chars().all(|c| c.is_ascii_graphic());
    fits.then(|| CaaParameter {
        name: name.to_ascii_lowercase(),
        value: value.to_owned(),
    })
}

/// Whether the text is an issuer's domain name: one label is enough for the grammar.
fn is_issuer(text: &str) -> bool {
    (is_label(text) || is_domain(text)) && text.split('.').all(is_label)
}

/// Letters and digits, with hyphens between them.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(record: &CaaRecord) -> Vec<&str> {
        record.defects.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn an_issue_property_names_an_issuer_or_nobody() {
        for (value, issuer, parameters, expected) in [
            ("letsencrypt.org", "letsencrypt.org", 0, vec![]),
            ("  LetsEncrypt.org ", "letsencrypt.org", 0, vec![]),
            ("ca", "ca", 0, vec![]),
            (";", "", 0, vec![]),
            ("", "", 0, vec![]),
            ("ca.test;", "ca.test", 0, vec![]),
            ("ca.test; account=230123", "ca.test", 1, vec![]),
            ("ca.test;a=1; b = 2 ;", "ca.test", 2, vec![]),
            ("; policy=ev", "", 1, vec![]),
            ("ca.test; a=", "ca.test", 1, vec![]),
            ("%%%%%", "", 0, vec!["caa-issuer-invalid"]),
            ("ca.test.", "", 0, vec!["caa-issuer-invalid"]),
            ("ca_1.test", "", 0, vec!["caa-issuer-invalid"]),
            ("ca..test", "", 0, vec!["caa-issuer-invalid"]),
            ("https://ca.test", "", 0, vec!["caa-issuer-invalid"]),
            ("ca.test other.test", "", 0, vec!["caa-issuer-invalid"]),
            ("ca.test; nonsense", "", 0, vec!["caa-parameter-malformed"]),
            ("ca.test; a=b c=d", "", 0, vec!["caa-parameter-malformed"]),
            ("ca.test;; a=b", "", 1, vec!["caa-parameter-malformed"]),
        ] {
            let record = read(0, "issue", value.as_bytes());
            assert_eq!(record.issuer.as_deref(), Some(issuer), "{value}");
            assert_eq!(record.parameters.len(), parameters, "{value}");
            assert_eq!(codes(&record), expected, "{value}");
        }
    }

    #[test]
    fn parameters_of_rfc_8657_are_looked_at() {
        for (value, expected) in [
            ("ca.test; accounturi=https://ca.test/acct/1", vec![]),
            ("ca.test; validationmethods=dns-01,ca-x", vec![]),
            ("ca.test; accounturi=1", vec!["caa-accounturi-invalid"]),
            (
                "ca.test; accounturi=a:1; accounturi=a:2",
                vec!["caa-accounturi-twice"],
            ),
            (
                "ca.test; validationmethods=dns-01,",
                vec!["caa-validationmethods-invalid"],
            ),
        ] {
            let record = read(0, "issuewild", value.as_bytes());
            assert_eq!(codes(&record), expected, "{value}");
            assert_eq!(record.issuer.as_deref(), Some("ca.test"), "{value}");
        }
    }

    #[test]
    fn tags_are_the_same_in_either_case_and_flags_are_kept() {
        let record = read(128, "IssueWild", b";");
        assert!(record.critical && record.registered);
        assert_eq!((record.tag.as_str(), record.flags), ("issuewild", 128));
        let strange = read(129, "tbs", b"Unknown");
        assert!(strange.critical && !strange.registered && strange.issuer.is_none());
        assert_eq!(codes(&strange), ["caa-unknown-tag", "caa-reserved-flags"]);
        assert!(!read(1, "issue", b";").critical);
    }

    #[test]
    fn a_report_address_is_a_url() {
        for (value, expected) in [
            ("mailto:security@example.test", 0),
            ("HTTPS://iodef.example.test/", 0),
            ("security@example.test", 1),
            ("ftp://example.test/", 1),
        ] {
            let record = read(0, "iodef", value.as_bytes());
            assert_eq!(record.defects.len(), expected, "{value}");
            assert!(record.issuer.is_none());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_with_spans_inside_the_text(flags: u8, tag in "issue|issuewild|iodef|[a-z]{1,9}", value in "[ -~;=ü\t]{0,60}") {
            let record = read(flags, &tag, value.as_bytes());
            for [start, end] in record.defects.iter().filter_map(|d| d.span) {
                prop_assert!(record.value.get(start..end).is_some());
            }
            let named = record.issuer.as_deref().unwrap_or_default();
            prop_assert!(named.is_empty() || named.split('.').all(is_label));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(value: Vec<u8>) {
            let _ = read(0, "issue", &value);
        }
    }
}
