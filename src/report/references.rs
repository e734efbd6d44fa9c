//! Where a standard that a rule cites can be read.

/// The page of a reference, where there is one at a place that can be told: `RFC 9989 §4.7`, or an address of its own.
pub(super) fn link(reference: &str) -> Option<String> {
    if let Some(at) = reference.find("https://") {
        let address = reference.get(at..)?.split_whitespace().next()?;
        let fits = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
        return (address.bytes().all(fits) && is_plain(address)).then(|| address.to_owned());
    }
    let rest = reference.strip_prefix("RFC ")?;
    let (number, section) = rest.split_once(" §").unwrap_or((rest, ""));
    if !is_number(number) || number.len() > 5 {
        return None;
    }
    let page = format!("https://www.rfc-editor.org/rfc/rfc{number}");
    let dotted = section.split('.').all(is_number);
    Some(if dotted {
        format!("{page}#section-{section}")
    } else {
        page
    })
}

/// Whether an address is one of `https:` with a host and no name of a user before it, which may look like the host.
pub(super) fn is_plain(address: &str) -> bool {
    let rest = address.strip_prefix("https://");
    let authority = rest.and_then(|rest| rest.split(['/', '\\', '?', '#']).next());
    authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standards_have_pages() {
        for (reference, page) in [
            (
                "RFC 9989 §4.7",
                Some("https://www.rfc-editor.org/rfc/rfc9989#section-4.7"),
            ),
            ("RFC 7366", Some("https://www.rfc-editor.org/rfc/rfc7366")),
            (
                "RFC 5280 §A.1, B",
                Some("https://www.rfc-editor.org/rfc/rfc5280"),
            ),
            ("BIMI draft §4.3", None),
            (
                "see https://norm.example/x?a=b",
                Some("https://norm.example/x?a=b"),
            ),
            ("https://norm.example/\"><b>", None),
            ("RFC x", None),
            ("https://", None),
            ("https://norm.example@evil.example/", None),
            ("https://norm.example:x@evil.example", None),
            ("https:///x", None),
            (
                "https://norm.example/@a?b@c",
                Some("https://norm.example/@a?b@c"),
            ),
        ] {
            assert_eq!(link(reference).as_deref(), page, "{reference}");
        }
    }
}
