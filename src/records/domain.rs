//! What a user types as a target, to a domain as the protocols spell it; and the limits of domain names.

use crate::facts::target::{Role, Target};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::net::{IpAddr, Ipv6Addr};

/// Most octets of a name in text, without the trailing dot (RFC 1035 §2.3.4: 255 on the wire).
const LONGEST_NAME: usize = 253;

/// Most octets of a label (RFC 1035 §2.3.4).
const LONGEST_LABEL: usize = 63;

/// Most octets of text that are looked at: a name of 253 characters in UTF-8 has no more.
const LONGEST_TEXT: usize = 4 * (LONGEST_NAME + 1);

/// Why a text names no mail domain, and what to give instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADomain {
    /// Nothing but white space.
    #[error("no domain is given: name one, such as example.org")]
    Empty,
    /// `user@example.org`.
    #[error("{text:?} is a mail address: give the part behind the @, {domain:?}")]
    MailAddress {
        /// What was given.
        text: String,
        /// The part behind the last `@`.
        domain: String,
    },
    /// `https://example.org/` or a path without a scheme.
    #[error("{text:?} is a URL: give its host alone, {host:?}")]
    Url {
        /// What was given.
        text: String,
        /// The host in it.
        host: String,
    },
    /// `192.0.2.1`, `2001:db8::1` or either in brackets.
    #[error("{text:?} is an IP address: give the domain whose mail is meant")]
    IpAddress {
        /// What was given.
        text: String,
    },
    /// `example.org:25`.
    #[error("{text:?} has a port: give the domain alone, {host:?}")]
    Port {
        /// What was given.
        text: String,
        /// The part before the colon.
        host: String,
    },
    /// A character that no host name has (RFC 5321 §4.1.2).
    #[error(
        "{text:?} has the character {character:?}: a mail domain has letters, digits, hyphens and dots only"
    )]
    Character {
        /// What was given.
        text: String,
        /// The first character that does not belong.
        character: char,
    },
    /// Two dots in a row, or a dot at the beginning.
    #[error("{text:?} has an empty label: put one dot between two labels and none in front")]
    EmptyLabel {
        /// What was given.
        text: String,
    },
    /// A label with a hyphen at one of its ends (RFC 5321 §4.1.2).
    #[error("the label {label:?} begins or ends with a hyphen: take it away")]
    Hyphen {
        /// The label.
        label: String,
    },
    /// A label that has no A-label (RFC 5891 §5) or is a false one.
    #[error("the label {label:?} is not allowed in internationalized names: check its spelling")]
    Idna {
        /// The label, or the whole text where only the labels together are at fault.
        label: String,
    },
    /// A label above 63 octets (RFC 1035 §2.3.4).
    #[error("the label {label:?} has {octets} octets as an A-label: at most 63 are allowed")]
    LabelTooLong {
        /// The A-label.
        label: String,
        /// Its length.
        octets: usize,
    },
    /// A name above 253 octets (RFC 1035 §2.3.4).
    #[error("the name has {octets} octets: at most 253 are allowed")]
    TooLong {
        /// Its length.
        octets: usize,
    },
    /// `localhost`, `org`.
    #[error("{label:?} is a single label: give the whole name, such as \"{label}.example.org\"")]
    SingleLabel {
        /// The A-label.
        label: String,
    },
    /// A last label of digits only, which no top-level domain has (RFC 3696 §2).
    #[error(
        "{text:?} ends with a number: a top-level domain has a letter, so part of the name is missing"
    )]
    NumericTopLabel {
        /// What was given.
        text: String,
    },
}

/// The mail domain that a text means.
///
/// White space around it and one trailing dot are dropped; U-labels become A-labels by UTS 46
/// without transitional mapping (`ß` stays itself, as IDNA2008 has it).
///
/// # Errors
/// One variant for each reason why the text names no mail domain.
pub fn target(text: &str, role: Role) -> Result<Target, NotADomain> {
    let text = text.trim();
    refuse_other_things(text)?;
    let domain = ascii(text)?;
    let name = domain.strip_suffix('.').unwrap_or(&domain).to_owned();
    check_name(text, &name)?;
    let (unicode, read) = Uts46::new().to_unicode(
        name.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
    );
    Ok(Target {
        unicode: if read.is_ok() {
            unicode.into_owned()
        } else {
            name.clone()
        },
        organizational_domain: organizational(&name).to_owned(),
        domain: name,
        role,
        role_declared: false,
        derived_role: None,
    })
}

/// The registrable domain by the Public Suffix List, its private section included (RFC 7489 §3.2);
/// the domain itself where it is a public suffix.
///
/// The domain is taken in A-labels, lower case and without trailing dot.
pub fn organizational(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// Whether a name keeps to the lengths of RFC 1035 §2.3.4: labels of 1 to 63 octets, at most 253 in
/// all, no trailing dot. Which characters it has is not asked.
pub fn fits(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name
            .split('.')
            .all(|label| (1..=LONGEST_LABEL).contains(&label.len()))
}

/// Whether a text may be a DKIM selector: one label or several with dots between (RFC 6376 §3.1).
pub fn is_selector(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label =
        |label: &str| !label.is_empty() && label.len() <= LONGEST_LABEL && label.chars().all(plain);
    text.split('.').all(label)
}

/// Refuses what people give in place of a domain.
fn refuse_other_things(text: &str) -> Result<(), NotADomain> {
    let given = || text.to_owned();
    if text.is_empty() {
        return Err(NotADomain::Empty);
    }
    if text.len() > LONGEST_TEXT {
        let octets = text.len();
        return Err(NotADomain::TooLong { octets });
    }
    let host = host(text);
    if is_address(text) || is_address(host) {
        return Err(NotADomain::IpAddress { text: given() });
    }
    if text.contains('/') && !host.is_empty() {
        let host = host.to_owned();
        return Err(NotADomain::Url {
            text: given(),
            host,
        });
    }
    if text.contains('@') && !host.is_empty() {
        let domain = host.to_owned();
        return Err(NotADomain::MailAddress {
            text: given(),
            domain,
        });
    }
    if let Some((host, port)) = text.split_once(':')
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        let host = host.to_owned();
        return Err(NotADomain::Port {
            text: given(),
            host,
        });
    }
    let strange = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.');
    match text.chars().find(strange) {
        Some(character) => Err(NotADomain::Character {
            text: given(),
            character,
        }),
        None => Ok(()),
    }
}

/// What would be the host if the text were a URL or a mail address.
fn host(text: &str) -> &str {
    let behind_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = behind_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.contains(':') => {
            name
        }
        Some(_) | None => host,
    }
}

/// Whether the text is an IP address, an address literal (RFC 5321 §4.1.3) or a bracketed one with a port.
fn is_address(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(text, |(inside, _)| inside);
    let tagged = inner
        .get(..5)
        .filter(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    match tagged.and_then(|_| inner.get(5..)) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => inner.parse::<IpAddr>().is_ok(),
    }
}

/// The text in A-labels and lower case; a trailing dot is left.
fn ascii(text: &str) -> Result<String, NotADomain> {
    let convert = |part: &str| {
        Uts46::new()
            .to_ascii(
                part.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::Allow,
                DnsLength::Ignore,
            )
            .map(std::borrow::Cow::into_owned)
    };
    convert(text).map_err(|_| NotADomain::Idna {
        label: text
            .split('.')
            .find(|label| convert(label).is_err())
            .unwrap_or(text)
            .to_owned(),
    })
}

/// Checks a name in A-labels against the limits and the form of a host name.
fn check_name(text: &str, name: &str) -> Result<(), NotADomain> {
    if name.is_empty() || name.split('.').any(str::is_empty) {
        let text = text.to_owned();
        return Err(NotADomain::EmptyLabel { text });
    }
    for label in name.split('.') {
        let (label, octets) = (label.to_owned(), label.len());
        if octets > LONGEST_LABEL {
            return Err(NotADomain::LabelTooLong { label, octets });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(NotADomain::Hyphen { label });
        }
    }
    if name.len() > LONGEST_NAME {
        let octets = name.len();
        return Err(NotADomain::TooLong { octets });
    }
    let text = text.to_owned();
    if is_address(name) {
        return Err(NotADomain::IpAddress { text });
    }
    match name.rsplit_once('.') {
        None => Err(NotADomain::SingleLabel {
            label: name.to_owned(),
        }),
        Some((_, top)) if top.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(NotADomain::NumericTopLabel { text })
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn domain_of(text: &str) -> String {
        target(text, Role::Mail)
            .unwrap_or_else(|fault| panic!("{text}: {fault}"))
            .domain
    }

    fn message_of(text: &str) -> String {
        target(text, Role::Mail).unwrap_err().to_string()
    }

    #[test]
    fn a_domain_is_spelled_as_the_protocols_spell_it() {
        for (text, domain) in [
            ("example.org", "example.org"),
            ("EXAMPLE.Org.", "example.org"),
            ("  example.org\n", "example.org"),
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
            ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ab--cd.example", "ab--cd.example"),
            ("3com.example", "3com.example"),
        ] {
            assert_eq!(domain_of(text), domain, "{text}");
        }
    }

    #[test]
    fn both_spellings_of_an_internationalized_name_give_the_same_target() {
        let by_unicode = target("faß.example", Role::Parked).unwrap();
        assert_eq!(
            by_unicode,
            target("xn--fa-hia.example", Role::Parked).unwrap()
        );
        assert_eq!(by_unicode.unicode, "faß.example");
        assert_eq!(by_unicode.role, Role::Parked);
    }

    #[test]
    fn the_organizational_domain_follows_the_public_suffix_list() {
        for (domain, organizational_domain) in [
            ("example.org", "example.org"),
            ("a.b.example.org", "example.org"),
            ("mail.example.co.uk", "example.co.uk"),
            ("co.uk", "co.uk"),
            ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),
            ("a.www.ck", "www.ck"),
            ("a.b.c.ck", "b.c.ck"),
            ("a.b.nosuchtld", "b.nosuchtld"),
            ("someone.github.io", "someone.github.io"),
        ] {
            assert_eq!(organizational(domain), organizational_domain, "{domain}");
            assert_eq!(
                target(domain, Role::Mail).unwrap().organizational_domain,
                organizational_domain
            );
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_what_to_give_instead() {
        for (text, words) in [
            ("", "no domain is given"),
            (" \t ", "no domain is given"),
            ("user@example.org", "behind the @, \"example.org\""),
            ("mailto:user@example.org", "behind the @, \"example.org\""),
            ("user@", "the character '@'"),
            ("https://example.org/x?y", "host alone, \"example.org\""),
            ("https://u@example.org:8443", "host alone, \"example.org\""),
            ("example.org/path", "host alone, \"example.org\""),
            ("/", "the character '/'"),
            ("192.0.2.1", "is an IP address"),
            ("192.0.2.0/24", "is an IP address"),
            ("2001:db8::1", "is an IP address"),
            ("[192.0.2.1]", "is an IP address"),
            ("[IPv6:2001:db8::1]", "is an IP address"),
            ("[2001:db8::1]:25", "is an IP address"),
            ("user@[192.0.2.1]", "is an IP address"),
            ("１９２.0.2.1", "is an IP address"),
            ("example.org:25", "domain alone, \"example.org\""),
            ("localhost", "single label"),
            ("org.", "single label"),
            ("1.2.3", "ends with a number"),
            ("example..org", "empty label"),
            (".example.org", "empty label"),
            ("example.org..", "empty label"),
            (".", "empty label"),
            ("-a.example", "hyphen"),
            ("a-.example", "hyphen"),
            ("_dmarc.example.org", "the character '_'"),
            ("*.example.org", "the character '*'"),
            ("exa mple.org", "the character ' '"),
            ("exam\u{1b}ple.org", "the character '\\u{1b}'"),
            ("xn--a.example", "the label \"xn--a\" is not allowed"),
            ("a\u{fffd}b.example", "not allowed in internationalized"),
        ] {
            let message = message_of(text);
            assert!(message.contains(words), "{text:?}: {message}");
            assert!(!message.contains('\u{1b}'));
        }
    }

    #[test]
    fn lengths_are_held_at_the_octet() {
        let label = |octets| "a".repeat(octets);
        assert!(target(&format!("{}.example", label(63)), Role::Mail).is_ok());
        assert!(message_of(&format!("{}.example", label(64))).contains("64 octets"));
        let four = [label(63), label(63), label(63), label(61)].join(".");
        assert_eq!(four.len(), 253);
        assert_eq!(domain_of(&format!("{four}.")), four);
        assert!(message_of(&format!("{four}a")).contains("254 octets"));
        assert!(message_of(&"ü".repeat(100_000)).contains("200000 octets"));
        assert!(fits(&four) && !fits(&format!("{four}a")) && !fits("a..b") && !fits(""));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_text_is_a_domain_within_limits_or_refused(text in "\\PC{0,40}|[a-zß.@:/\\[\\]-]{0,80}") {
            if let Ok(read) = target(&text, Role::Mail) {
                prop_assert!(fits(&read.domain));
                prop_assert!(read.domain.is_ascii());
                prop_assert_eq!(&target(&read.domain, Role::Mail).unwrap().domain, &read.domain);
                prop_assert!(read.domain.ends_with(&read.organizational_domain));
            }
        }
    }
}
