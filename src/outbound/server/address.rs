//! The test addresses: nobody guesses them, and whoever knows one was told it.

use data_encoding::BASE32_NOPAD;
use std::collections::BTreeSet;

/// Bytes of randomness in a local part: 120 bits, which are 24 letters and digits in base 32.
const RANDOM: usize = 15;

/// The local parts that are taken, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    tokens: BTreeSet<String>,
}

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

impl Addresses {
    /// The local parts that these lines name; whatever else stands there is left out.
    pub fn read(text: &str) -> Self {
        let token = |line: &&str| {
            line.len() >= 20 && line.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'))
        };
        let tokens = text.lines().map(str::trim).filter(token);
        Self {
            tokens: tokens.map(str::to_owned).collect(),
        }
    }

    /// Makes new ones until there are so many.
    pub fn fill(&mut self, count: usize) -> Result<(), NoRandomness> {
        while self.tokens.len() < count {
            self.tokens.insert(random()?);
        }
        Ok(())
    }

    /// The local parts, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// The local part that is meant, whatever its case.
    pub fn find(&self, local: &str) -> Option<&str> {
        self.tokens
            .get(&local.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// As a file has them: one a line.
    pub fn text(&self) -> String {
        self.iter().flat_map(|token| [token, "\n"]).collect()
    }
}

/// Letters and digits that nobody guesses.
pub(super) fn random() -> Result<String, NoRandomness> {
    let mut bytes = [0; RANDOM];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    #[test]
    fn addresses_are_long_different_and_found_in_any_case() {
        let mut addresses = Addresses::default();
        addresses.fill(3).unwrap();
        assert_eq!(addresses.iter().count(), 3);
        for token in addresses.iter() {
            assert_eq!(token.len(), 24);
            assert_eq!(addresses.find(&token.to_uppercase()), Some(token));
        }
        assert_eq!(addresses.find("postmaster"), None);
        assert_eq!(addresses.find(""), None);
    }

    #[test]
    fn addresses_survive_and_only_as_many_as_asked_for_are_new() {
        let mut addresses = Addresses::default();
        addresses.fill(2).unwrap();
        let mut again = Addresses::read(&addresses.text());
        assert_eq!(again, addresses);
        again.fill(1).unwrap();
        assert_eq!(again, addresses);
        assert_eq!(
            Addresses::read("short\nA Line That Is Long Enough, And No Token\n\n"),
            Addresses::default()
        );
    }
}
