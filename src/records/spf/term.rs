//! One term of an SPF record: a directive or a modifier (RFC 7208 §4.6.1).

use super::argument::{self, Argument};
use super::domain_spec::{self, Place};
use super::part::Part;
use crate::facts::defect::Defect;
use crate::facts::spf::{Qualifier, SpfMechanism, SpfModifier};

/// A term that keeps to the grammar.
pub(super) enum Term {
    /// A mechanism with its qualifier.
    Mechanism(SpfMechanism),
    /// A modifier.
    Modifier(SpfModifier),
}

/// The mechanisms of RFC 7208 §5.
const MECHANISMS: [&str; 8] = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

/// Reads one term; `None` where it breaks the grammar. What is wrong is added to the defects.
pub(super) fn read(term: Part<'_>, defects: &mut Vec<Defect>) -> Option<Term> {
    if let Some(strange) = strange_character(term) {
        defects.push(strange);
        return None;
    }
    let behind_name = term.text.find(|c| !is_name_character(c));
    match behind_name.map(|end| term.split(end)) {
        Some((name, value)) if value.text.starts_with('=') && is_name(name.text) => {
            modifier(term, name, value.skip(1), defects).map(Term::Modifier)
        }
        Some(_) | None => directive(term, defects).map(Term::Mechanism),
    }
}

/// The first character of a term that is not printable US-ASCII (RFC 7208 §3.1, §12).
fn strange_character(term: Part<'_>) -> Option<Defect> {
    let (index, character) = term
        .text
        .char_indices()
        .find(|(_, character)| !character.is_ascii_graphic())?;
    let words = format!(
        "the character U+{:04X} is not printable US-ASCII; terms are separated by spaces alone",
        u32::from(character)
    );
    let place = term.skip(index).split(character.len_utf8()).0;
    Some(place.fatal("spf-bad-character", words, "RFC 7208 §3.1"))
}

/// A character of `name` (RFC 7208 §4.6.1).
const fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// `name` of RFC 7208 §4.6.1.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_name_character)
}

/// Reads a modifier (RFC 7208 §6).
fn modifier(
    term: Part<'_>,
    name: Part<'_>,
    value: Part<'_>,
    defects: &mut Vec<Defect>,
) -> Option<SpfModifier> {
    let modifier = name.text.to_ascii_lowercase();
    let argument = match modifier.as_str() {
        "redirect" | "exp" => argument::domain(value, defects)?,
        _ => {
            let faults = defects.len();
            if let Err(defect) = domain_spec::macro_string(value.text, Place::Record) {
                defects.push(value.shift(defect));
            }
            defects.push(without_effect(term, name));
            (defects.len() == faults + 1).then(|| value.text.to_owned())?
        }
    };
    Some(SpfModifier {
        modifier,
        argument,
        span: term.span(),
    })
}

/// A modifier that no standard gives a meaning.
fn without_effect(term: Part<'_>, name: Part<'_>) -> Defect {
    let shown = name.quoted();
    let lower = name.text.to_ascii_lowercase();
    let words = if MECHANISMS.contains(&lower.as_str()) {
        format!("{shown} is written with `=` and so has no effect; as a mechanism it takes `:`")
    } else if lower == "v" {
        "the version stands here a second time and has no effect".to_owned()
    } else {
        format!("{shown} is an unknown modifier and has no effect")
    };
    term.minor("spf-unknown-modifier", words, "RFC 7208 §6")
}

/// Reads a directive: a mechanism with its qualifier (RFC 7208 §4.6.1).
fn directive(term: Part<'_>, defects: &mut Vec<Defect>) -> Option<SpfMechanism> {
    let (qualifier, body) = qualifier(term);
    let (name, rest) = body.split(body.text.find([':', '/']).unwrap_or(body.text.len()));
    let mechanism = name.text.to_ascii_lowercase();
    let Argument {
        text,
        prefix4,
        prefix6,
    } = match mechanism.as_str() {
        "all" => argument::none(rest, &mechanism, defects)?,
        "include" | "exists" => argument::required_domain(rest, &mechanism, defects)?,
        "ptr" => argument::optional_domain(rest, &mechanism, defects)?,
        "a" | "mx" => argument::domain_and_prefixes(rest, defects)?,
        "ip4" => argument::network4(rest, defects)?,
        "ip6" => argument::network6(rest, defects)?,
        _ => {
            defects.push(unknown(term, body, name));
            return None;
        }
    };
    Some(SpfMechanism {
        qualifier: qualifier.unwrap_or(Qualifier::Pass),
        mechanism,
        argument: text,
        prefix4,
        prefix6,
        span: term.span(),
    })
}

/// The qualifier in front of a mechanism, where there is one (RFC 7208 §4.6.2), and what follows.
fn qualifier(term: Part<'_>) -> (Option<Qualifier>, Part<'_>) {
    let qualifier = match term.text.as_bytes().first() {
        Some(b'+') => Qualifier::Pass,
        Some(b'-') => Qualifier::Fail,
        Some(b'~') => Qualifier::Softfail,
        Some(b'?') => Qualifier::Neutral,
        Some(_) | None => return (None, term),
    };
    (Some(qualifier), term.skip(1))
}

/// What is wrong with a term that is no mechanism and no modifier.
fn unknown(term: Part<'_>, body: Part<'_>, name: Part<'_>) -> Defect {
    let grammar = "RFC 7208 §4.6.1";
    let lower = name.text.to_ascii_lowercase();
    let before_equals = lower.split_once('=').map(|(front, _)| front);
    let qualified = body.at > term.at;
    if qualified && matches!(before_equals, Some("redirect" | "exp")) {
        let words = "a modifier has no qualifier in front of it";
        return term.fatal("spf-qualified-modifier", words, grammar);
    }
    if !qualified && before_equals.is_some() {
        let words =
            "the name of a modifier begins with a letter and has letters, digits, `-`, `_` and `.`";
        return name.fatal("spf-bad-modifier-name", words, grammar);
    }
    if name.text.is_empty() {
        let words = "a mechanism is missing";
        return term.fatal("spf-unknown-mechanism", words, grammar);
    }
    if !lower.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        let words =
            "at most one of the qualifiers `+`, `-`, `~` and `?` stands in front of a mechanism";
        return term.fatal("spf-bad-qualifier", words, "RFC 7208 §4.6.2");
    }
    let words = format!("there is no mechanism {}{}", name.quoted(), advice(&lower));
    name.fatal("spf-unknown-mechanism", words, grammar)
}

/// What was probably meant, to follow on the fault's words.
fn advice(name: &str) -> &'static str {
    match name {
        "ip" | "ipv4" => "; IPv4 networks are written with `ip4:`",
        "ipv6" => "; IPv6 networks are written with `ip6:`",
        "redirect" => "; `redirect` is a modifier and is written with `=`",
        "exp" => "; `exp` is a modifier and is written with `=`",
        _ if name.ends_with('"') => "; a quotation mark of the zone file was published with it",
        _ if name.parse::<std::net::Ipv4Addr>().is_ok() => {
            "; IPv4 networks are written with `ip4:`"
        }
        _ if name.contains('.') => {
            "; a host is written with `a:`, another domain's record with `include:`"
        }
        _ => "",
    }
}
