//! Macro strings and domain-specs (RFC 7208 §7.1): what the arguments of SPF terms are made of.
//!
//! Nothing is expanded here: a domain-spec is taken apart so that it can be checked now and filled
//! in by whoever knows the sender.

use super::super::domain;
use crate::facts::defect::Defect;

/// The macro letters of RFC 7208 §7.2 that may stand anywhere.
const LETTERS: &str = "slodiphv";

/// The macro letters that may stand in an explanation text only (RFC 7208 §7.2).
const EXPLANATION_LETTERS: &str = "crt";

/// The characters that a macro may split its value at (RFC 7208 §7.1).
const DELIMITERS: &str = ".-+,/_=";

/// Where a macro string stands, which decides over the letters that it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a term of the record.
    Record,
    /// In the text that `exp` leads to.
    Explanation,
}

/// One piece of a macro string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Characters that stand for themselves.
    Literal(&'a str),
    /// `%%`: one percent sign.
    Percent,
    /// `%_`: one space.
    Space,
    /// `%-`: a space in URL encoding, `%20`.
    UrlSpace,
    /// `%{…}`: a value that depends on the sender.
    Macro(Macro<'a>),
}

/// One macro with its transformers (RFC 7208 §7.1, §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macro<'a> {
    /// The letter, in lower case: which value is meant (RFC 7208 §7.2).
    pub letter: char,
    /// Whether the value is URL-encoded: the letter was written in upper case.
    pub url_encoded: bool,
    /// How many parts are kept, counted from the right; at least 1. `None`: all.
    pub keep: Option<u32>,
    /// Whether the parts are put in reverse order, before any are dropped.
    pub reversed: bool,
    /// The characters at which the value is split; empty means the dot.
    pub delimiters: &'a str,
}

/// The argument of a term that names a domain, in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec<'a> {
    /// The pieces in order.
    pub pieces: Vec<Piece<'a>>,
}

impl DomainSpec<'_> {
    /// Whether a macro with this letter (lower case) is in it.
    pub fn uses(&self, letter: char) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Macro(found) if found.letter == letter))
    }
}

/// Whether a text has anything to expand in it, `%%`, `%_` and `%-` included.
pub fn has_macro(text: &str) -> bool {
    text.contains('%')
}

/// The name that a domain-spec without macros means: lower case, no trailing dot.
///
/// `None` where it has macros, or is no name that can be asked for: an empty or overlong label or
/// an overlong name (RFC 7208 §4.3).
pub fn fixed_name(spec: &str) -> Option<String> {
    let name = spec.strip_suffix('.').unwrap_or(spec).to_ascii_lowercase();
    (!has_macro(spec) && domain::fits(&name)).then_some(name)
}

/// Takes a macro string apart (RFC 7208 §7.1).
///
/// Which characters are in the literals is not checked.
///
/// # Errors
/// The first macro that breaks the grammar, as a fatal defect with its place in `text`.
pub fn macro_string(text: &str, place: Place) -> Result<Vec<Piece<'_>>, Defect> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (literal, behind) = rest.split_at(rest.find('%').unwrap_or(rest.len()));
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        rest = behind;
        if rest.is_empty() {
            break;
        }
        let start = text.len() - rest.len();
        let (piece, length) =
            expansion(rest, place).map_err(|(defect, length)| defect.at(start, start + length))?;
        pieces.push(piece);
        rest = rest.split_at(length).1;
    }
    Ok(pieces)
}

/// Takes a domain-spec apart (RFC 7208 §7.1): a macro string that ends in a macro or in a dot and a
/// top label.
///
/// # Errors
/// The first thing that breaks the grammar, as a fatal defect with its place in `text`.
pub fn domain_spec(text: &str) -> Result<DomainSpec<'_>, Defect> {
    let pieces = macro_string(text, Place::Record)?;
    match pieces.last() {
        None => Err(Defect::fatal(
            "spf-missing-argument",
            "a domain is missing",
            "RFC 7208 §7.1",
        )
        .at(0, text.len())),
        Some(Piece::Literal(literal)) => match check_end(literal, literal.len() == text.len()) {
            Some(defect) => Err(defect.at(text.len() - literal.len(), text.len())),
            None => Ok(DomainSpec { pieces }),
        },
        Some(Piece::Percent | Piece::Space | Piece::UrlSpace | Piece::Macro(_)) => {
            Ok(DomainSpec { pieces })
        }
    }
}

/// What is wrong with the literal end of a domain-spec, of which it may be the whole.
fn check_end(literal: &str, whole: bool) -> Option<Defect> {
    let fatal = |code, text: &str| Some(Defect::fatal(code, text, "RFC 7208 §7.1"));
    if whole && literal.parse::<std::net::IpAddr>().is_ok() {
        return fatal(
            "spf-address-as-domain",
            "an IP address stands where a domain is asked for; addresses are written with `ip4:` or `ip6:`",
        );
    }
    match literal
        .strip_suffix('.')
        .unwrap_or(literal)
        .rsplit_once('.')
    {
        Some((_, top)) if is_top_label(top) => None,
        Some(_) => fatal(
            "spf-bad-toplabel",
            "the last label is no top-level domain: it has letters, digits and inner hyphens, and not digits alone",
        ),
        None if whole => fatal(
            "spf-single-label",
            "a domain needs at least two labels; a single one is never looked up",
        ),
        None => fatal(
            "spf-bad-toplabel",
            "behind the last macro there has to be a dot and a top-level domain, or nothing",
        ),
    }
}

/// `toplabel` of RFC 7208 §7.1.
fn is_top_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(inner)
        && label.bytes().any(|byte| !byte.is_ascii_digit())
}

/// A fault and how many octets of the text it takes.
type Fault = (Defect, usize);

/// Reads one `macro-expand`, with which the text begins, and how long it is.
fn expansion(text: &str, place: Place) -> Result<(Piece<'_>, usize), Fault> {
    let bad = |words: &str, length| {
        let length = text.len().min(length);
        (
            Defect::fatal("spf-bad-macro", words, "RFC 7208 §7.1"),
            length,
        )
    };
    match text.as_bytes().get(1) {
        Some(b'%') => Ok((Piece::Percent, 2)),
        Some(b'_') => Ok((Piece::Space, 2)),
        Some(b'-') => Ok((Piece::UrlSpace, 2)),
        Some(b'{') => match text.split_once('}') {
            Some((opened, _)) => {
                let length = opened.len() + 1;
                let inner = opened.strip_prefix("%{").unwrap_or_default();
                let read = braced(inner, place).map_err(|defect| (defect, length))?;
                Ok((Piece::Macro(read), length))
            }
            None => Err(bad("a macro is not closed with `}`", text.len())),
        },
        Some(_) | None => Err(bad(
            "a percent sign begins a macro: `%{`, `%%`, `%_` or `%-`",
            1,
        )),
    }
}

/// Reads what stands between the braces of a macro.
fn braced(inner: &str, place: Place) -> Result<Macro<'_>, Defect> {
    let bad = |words: String| Defect::fatal("spf-bad-macro", words, "RFC 7208 §7.1");
    let mut characters = inner.chars();
    let written = characters
        .next()
        .ok_or_else(|| bad("a macro without a letter".to_owned()))?;
    let letter = written.to_ascii_lowercase();
    if EXPLANATION_LETTERS.contains(letter) && place == Place::Record {
        return Err(Defect::fatal(
            "spf-explanation-macro",
            format!("the macro letter `{written}` is for explanation texts only"),
            "RFC 7208 §7.2",
        ));
    }
    if !LETTERS.contains(letter) && !EXPLANATION_LETTERS.contains(letter) {
        return Err(bad(format!("there is no macro letter `{written}`")));
    }
    let rest = characters.as_str();
    let behind_digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = rest.split_at(rest.len() - behind_digits.len()).0;
    let delimiters = behind_digits
        .strip_prefix(['r', 'R'])
        .unwrap_or(behind_digits);
    if let Some(strange) = delimiters.chars().find(|c| !DELIMITERS.contains(*c)) {
        return Err(bad(format!("`{strange}` is no delimiter of a macro")));
    }
    // More digits than a number holds ask for more parts than a name can have: all of them.
    let keep = (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX));
    if keep == Some(0) {
        return Err(bad("a macro can't keep 0 parts".to_owned()));
    }
    Ok(Macro {
        letter,
        url_encoded: written.is_ascii_uppercase(),
        keep,
        reversed: delimiters.len() < behind_digits.len(),
        delimiters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Macro<'static> = Macro {
        letter: 'd',
        url_encoded: false,
        keep: None,
        reversed: false,
        delimiters: "",
    };

    #[test]
    fn a_domain_spec_falls_into_its_pieces() {
        let read = domain_spec("%{l2r-}.user.%{D1}%%a%_%-b.example.com.").unwrap();
        let expected = [
            Piece::Macro(Macro {
                letter: 'l',
                keep: Some(2),
                reversed: true,
                delimiters: "-",
                ..PLAIN
            }),
            Piece::Literal(".user."),
            Piece::Macro(Macro {
                url_encoded: true,
                keep: Some(1),
                ..PLAIN
            }),
            Piece::Percent,
            Piece::Literal("a"),
            Piece::Space,
            Piece::UrlSpace,
            Piece::Literal("b.example.com."),
        ];
        assert_eq!(read.pieces, expected);
        assert!(read.uses('l') && read.uses('d') && !read.uses('p'));
    }

    #[test]
    fn domain_specs_end_in_a_macro_or_a_top_label() {
        for (text, code) in [
            ("example.org", None),
            ("example.org.", None),
            ("_spf.example.org", None),
            ("foo:bar/baz.example.com", None),
            ("foo.example.xn--zckzah", None),
            ("a.1-2", None),
            ("%{d}", None),
            ("%{i}._ip.%{h}._ehlo.%{d}", None),
            ("%{d}.example.org", None),
            ("%{ir}.%{v}._spf.%{d2}", None),
            ("%{s128R.-+,/_=}.example.org", None),
            ("x%%", None),
            ("mail.example...com", None),
            ("", Some("spf-missing-argument")),
            ("museum", Some("spf-single-label")),
            ("museum.", Some("spf-single-label")),
            ("foo-bar", Some("spf-single-label")),
            ("abc.123", Some("spf-bad-toplabel")),
            ("example.-com", Some("spf-bad-toplabel")),
            ("example.com-", Some("spf-bad-toplabel")),
            ("example.com:8080", Some("spf-bad-toplabel")),
            ("example.c_m", Some("spf-bad-toplabel")),
            ("example..", Some("spf-bad-toplabel")),
            ("%{d}org", Some("spf-bad-toplabel")),
            ("111.222.33.44", Some("spf-address-as-domain")),
            ("%(ir).sbl.example.com", Some("spf-bad-macro")),
            ("foo%.sbl.example.com", Some("spf-bad-macro")),
            ("foo%", Some("spf-bad-macro")),
            ("%{d", Some("spf-bad-macro")),
            ("%{}", Some("spf-bad-macro")),
            ("%{a}.example.com", Some("spf-bad-macro")),
            ("%{d0}", Some("spf-bad-macro")),
            ("%{dr2}", Some("spf-bad-macro")),
            ("%{d*}", Some("spf-bad-macro")),
            ("%{r}.example.com", Some("spf-explanation-macro")),
        ] {
            let found = domain_spec(text).err().map(|defect| defect.code);
            assert_eq!(found.as_deref(), code, "{text}");
        }
    }

    #[test]
    fn explanation_texts_may_use_all_letters() {
        let text = "%{c} is not %{R} at %{t}: see http://example.org/?s=%{S}&i=%{i}";
        assert!(macro_string(text, Place::Explanation).is_ok());
        let defect = macro_string(text, Place::Record).unwrap_err();
        assert_eq!(defect.span, Some([0, 4]));
    }

    #[test]
    fn a_name_is_fixed_where_nothing_depends_on_the_sender() {
        for (spec, name) in [
            ("_SPF.Example.Org.", Some("_spf.example.org")),
            ("%{d}.example.org", None),
            ("a..example.org", None),
        ] {
            assert_eq!(fixed_name(spec).as_deref(), name, "{spec}");
        }
        assert_eq!(fixed_name(&format!("{}.org", "a".repeat(64))), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_text_is_taken_apart_or_refused_at_a_place_inside_it(
            text in "(%\\{|%|\\}|[a-z0-9.%{}_ü-]){0,30}"
        ) {
            match macro_string(&text, Place::Explanation) {
                Ok(pieces) => prop_assert!(text.is_empty() || !pieces.is_empty()),
                Err(defect) => {
                    let [start, end] = defect.span.unwrap();
                    prop_assert!(text.get(start..end).is_some());
                }
            }
            let _ = domain_spec(&text);
        }
    }
}
