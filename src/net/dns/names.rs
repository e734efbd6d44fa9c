//! Domain names between text and wire: lower case, A-labels, no trailing dot.

use hickory_proto::rr::Name;

/// The longest name on the wire, in bytes (RFC 1035 §2.3.4).
const MAX_WIRE: usize = 255;

/// Reads a name as facts write it; a trailing dot and upper case are allowed, `\.` and `\DDD` are
/// understood (RFC 1035 §5.1). Nothing where it is empty or a label or the whole is too long.
pub fn parse(text: &str) -> Option<Name> {
    if text == "." {
        return Some(Name::root());
    }
    if !text.contains('\\') {
        let lower = text.to_ascii_lowercase();
        let labels = lower.strip_suffix('.').unwrap_or(&lower).split('.');
        return from_labels(labels.map(str::as_bytes));
    }
    let mut labels: Vec<Vec<u8>> = Vec::new();
    let mut label = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'.' => labels.push(std::mem::take(&mut label)),
            b'\\' => label.push(escaped(&mut bytes)?),
            byte => label.push(byte.to_ascii_lowercase()),
        }
    }
    if !label.is_empty() {
        labels.push(label);
    }
    from_labels(labels.iter().map(Vec::as_slice))
}

fn from_labels<'l>(labels: impl Iterator<Item = &'l [u8]> + Clone) -> Option<Name> {
    let sound = labels.clone().all(|label| (1..=63).contains(&label.len()));
    let length: usize = labels.clone().map(|label| label.len() + 1).sum();
    if !sound || !(1..MAX_WIRE).contains(&length) {
        return None;
    }
    Name::from_labels(labels).ok()
}

/// The byte behind a backslash: three decimal digits, or any other byte as it stands.
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let mut value = u16::from(first - b'0');
    for _ in 0..2 {
        let digit = bytes.next().filter(u8::is_ascii_digit)?;
        value = value * 10 + u16::from(digit - b'0');
    }
    u8::try_from(value)
        .ok()
        .map(|byte| byte.to_ascii_lowercase())
}

/// The name as facts write it; the root is `.`. Bytes that are no visible ASCII, dots and backslashes
/// within a label are escaped (RFC 1035 §5.1), so that [`parse`] gives the same name again.
pub fn text(name: &Name) -> String {
    let mut out = String::with_capacity(name.len());
    for label in name {
        if !out.is_empty() {
            out.push('.');
        }
        for byte in label {
            match byte.to_ascii_lowercase() {
                byte @ (b'.' | b'\\') => out.extend(['\\', char::from(byte)]),
                byte if byte.is_ascii_graphic() => out.push(char::from(byte)),
                byte => out.extend(['\\'].into_iter().chain(
                    [byte / 100, byte / 10 % 10, byte % 10].map(|digit| char::from(b'0' + digit)),
                )),
            }
        }
    }
    if out.is_empty() {
        out.push('.');
    }
    out
}

/// The name on the wire in canonical form: no compression, lower case (RFC 4034 §6.2).
pub(crate) fn wire(name: &Name) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 6);
    for label in name {
        // A label of a `Name` is at most 63 bytes long.
        out.push(u8::try_from(label.len()).unwrap_or(63));
        out.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    out.push(0);
    out
}

/// How many labels the name has, a wildcard's asterisk counted.
pub(crate) fn labels(name: &Name) -> usize {
    name.iter().count()
}

/// The last `count` labels of the name.
pub(crate) fn suffix(name: &Name, count: usize) -> Name {
    name.trim_to(count)
}

/// How many labels two names have in common at their end.
pub(crate) fn shared_labels(one: &Name, other: &Name) -> usize {
    one.iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count()
}

/// The wildcard directly below a name.
pub(crate) fn wildcard_below(name: &Name) -> Option<Name> {
    name.prepend_label("*").ok()
}

/// The name below which a domain registers its own names, where the Public Suffix List knows one.
pub(crate) fn registrable(name: &Name) -> Option<Name> {
    let text = text(name);
    let domain = psl::domain(text.as_bytes())?;
    let count = domain.as_bytes().split(|byte| *byte == b'.').count();
    (count <= labels(name)).then(|| suffix(name, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_and_written_in_one_form() {
        for (given, expected) in [
            ("example.org", Some("example.org")),
            ("_25._TCP.Mx.Example.ORG.", Some("_25._tcp.mx.example.org")),
            (".", Some(".")),
            ("*.example.org", Some("*.example.org")),
            (r"first\.last.example.org", Some(r"first\.last.example.org")),
            (r"a\032b.example.org", Some(r"a\032b.example.org")),
            ("", None),
            ("a..example.org", None),
            (".example.org", None),
            (r"a\29", None),
            (r"a\999", None),
        ] {
            assert_eq!(
                parse(given).map(|name| text(&name)).as_deref(),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn too_long_labels_and_names_are_no_names() {
        assert!(parse(&"a".repeat(63)).is_some());
        assert!(parse(&"a".repeat(64)).is_none());
        assert!(parse(&["a".repeat(49).as_str(); 5].join(".")).is_some());
        assert!(parse(&["a".repeat(50).as_str(); 5].join(".")).is_none());
    }

    #[test]
    fn wire_form_is_lower_case_and_uncompressed() {
        let name = Name::from_labels(["MX", "Example"]).unwrap();
        assert_eq!(wire(&name), b"\x02mx\x07example\x00");
        assert_eq!(wire(&Name::root()), b"\x00");
    }

    #[test]
    fn the_registrable_domain_is_found_below_the_public_suffix() {
        for (given, expected) in [
            ("_dmarc.mail.example.co.uk", Some("example.co.uk")),
            ("example.org", Some("example.org")),
            ("org", None),
            ("host.zone.test", Some("zone.test")),
        ] {
            let found = registrable(&parse(given).unwrap());
            assert_eq!(
                found.map(|name| text(&name)).as_deref(),
                expected,
                "{given}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..8)) {
            let name = Name::from_labels(labels).unwrap().to_lowercase();
            prop_assert_eq!(parse(&text(&name)), Some(name));
        }

        #[test]
        fn no_text_makes_reading_panic(given in any::<String>()) {
            let _ = parse(&given);
        }
    }
}
