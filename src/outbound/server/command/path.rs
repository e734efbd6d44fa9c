//! Paths: `<local@domain>`, `<>`, and the source routes of old (RFC 5321 §4.1.2).

/// What stands between `<` and `>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Whether a source route stands before the mailbox (RFC 5321 §C).
    pub routed: bool,
    /// The mailbox; none where the path is null.
    pub mailbox: Option<Mailbox>,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The mailbox as it came, without source route.
    pub text: String,
    /// The local part without quotes and backslashes.
    pub local: String,
    /// The domain in lower case, or the address literal in its brackets; none for `postmaster` alone (RFC 5321 §4.5.1).
    pub domain: Option<String>,
}

/// What may not stand in a local part without quotes, nor in a domain.
const SPECIAL: &[char] = &[
    '(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ',', '"', ' ', '\t',
];

/// Reads the path at the front, and gives what stands behind it.
pub(super) fn read(text: &str) -> Option<(Path, &str)> {
    let inner = text.strip_prefix('<')?;
    if let Some(rest) = inner.strip_prefix('>') {
        let null = Path {
            routed: false,
            mailbox: None,
        };
        return Some((null, rest));
    }
    let (routed, inner) = if inner.starts_with('@') {
        (true, behind_route(inner)?)
    } else {
        (false, inner)
    };
    let (local, rest) = local(inner)?;
    let (domain, rest) = if let Some(rest) = rest.strip_prefix('@') {
        let (domain, rest) = domain(rest)?;
        (Some(domain), rest)
    } else {
        (None, rest)
    };
    let length = inner.len().checked_sub(rest.len())?;
    let text = inner.get(..length)?.to_owned();
    let rest = rest.strip_prefix('>')?;
    if domain.is_none() && !local.eq_ignore_ascii_case("postmaster") {
        return None;
    }
    let mailbox = Mailbox {
        text,
        local,
        domain,
    };
    Some((
        Path {
            routed,
            mailbox: Some(mailbox),
        },
        rest,
    ))
}

/// Behind `@one,@two:`.
fn behind_route(text: &str) -> Option<&str> {
    let (route, rest) = text.split_once(':')?;
    let hop = |hop: &str| {
        let name = hop.strip_prefix('@');
        name.is_some_and(|name| domain(name).is_some_and(|(_, rest)| rest.is_empty()))
    };
    route.split(',').all(hop).then_some(rest)
}

/// The local part, its quotes taken away. Dots may stand anywhere, as they do at some providers.
fn local(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(SPECIAL)?;
        let (local, rest) = text.split_at_checked(end)?;
        return (!local.is_empty()).then(|| (local.to_owned(), rest));
    };
    let mut local = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((local, quoted.get(at + 1..)?)),
            '\\' => local.push(chars.next()?.1),
            c => local.push(c),
        }
    }
    None
}

/// A domain in lower case, or an address literal.
fn domain(text: &str) -> Option<(String, &str)> {
    let end = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(SPECIAL).unwrap_or(text.len())
    };
    let (domain, rest) = text.split_at_checked(end)?;
    let bounded = (1..=255).contains(&domain.len());
    let literal = domain
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-');
    let sound = literal.map_or_else(
        || domain.split('.').all(|label| !label.is_empty()),
        |inner| !inner.is_empty() && inner.chars().all(plain),
    );
    (bounded && sound).then(|| (domain.to_lowercase(), rest))
}
