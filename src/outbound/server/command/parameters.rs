//! The parameters of MAIL that are announced: SIZE, BODY, SMTPUTF8, REQUIRETLS.

use super::Fault;

/// What a client says of the message before it sends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// How many bytes it expects the message to have (RFC 1870 §3).
    pub size: Option<u64>,
    /// Whether the body may have bytes above 127 (RFC 6152).
    pub eight_bit: bool,
    /// Whether addresses and header may be in UTF-8 (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// Whether the message may go on over authenticated TLS only (RFC 8689 §2).
    pub requiretls: bool,
}

/// Reads what stands behind the path.
pub(super) fn read(text: &str) -> Result<Parameters, Fault> {
    if !text.is_empty() && !text.starts_with([' ', '\t']) {
        return Err(Fault::Path);
    }
    let mut parameters = Parameters::default();
    let mut seen = Vec::new();
    for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let name = name.to_ascii_uppercase();
        if seen.contains(&name) {
            return Err(Fault::Parameter);
        }
        match (name.as_str(), value) {
            ("SIZE", Some(value)) => parameters.size = Some(size(value)?),
            ("BODY", Some(value)) => parameters.eight_bit = eight_bit(value)?,
            ("SMTPUTF8", None) => parameters.smtputf8 = true,
            ("REQUIRETLS", None) => parameters.requiretls = true,
            ("SIZE" | "BODY" | "SMTPUTF8" | "REQUIRETLS", _) => return Err(Fault::Parameter),
            _ => return Err(Fault::UnknownParameter),
        }
        seen.push(name);
    }
    Ok(parameters)
}

/// Up to twenty digits (RFC 1870 §3). What does not fit into 64 bits is as good as the most that does.
fn size(value: &str) -> Result<u64, Fault> {
    let digits = (1..=20).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    if digits {
        Ok(value.parse().unwrap_or(u64::MAX))
    } else {
        Err(Fault::Parameter)
    }
}

fn eight_bit(value: &str) -> Result<bool, Fault> {
    if value.eq_ignore_ascii_case("8BITMIME") {
        Ok(true)
    } else if value.eq_ignore_ascii_case("7BIT") {
        Ok(false)
    } else {
        Err(Fault::Parameter)
    }
}
