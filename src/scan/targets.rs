//! Lists of domains: one a line, `#` begins a comment.

use crate::facts::target::{Role, Target};
use crate::records::domain::{self, NotADomain};
use std::collections::BTreeSet;
use std::fmt;

/// The longest text that is looked at as a domain, in characters.
const LONGEST_TEXT: usize = 300;

/// The most faults of a list that are shown one by one.
const MOST_SHOWN: usize = 20;

/// Every line of a list that is no domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTargets(pub Vec<BadTarget>);

/// A line, or an argument, that is no domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTarget {
    /// Where it stands: `list.txt:3`, or `argument 2`.
    pub place: String,
    /// What stands there.
    pub text: String,
    /// Why it is no domain.
    pub cause: NotADomain,
}

impl std::error::Error for BadTargets {}

impl fmt::Display for BadTargets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, bad) in self.0.iter().take(MOST_SHOWN).enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}: {}", bad.place, bad.cause)?;
        }
        let more = self.0.len().saturating_sub(MOST_SHOWN);
        if more > 0 {
            write!(f, "\n… and {more} more")?;
        }
        Ok(())
    }
}

/// Collects domains from arguments and lists, each once, and everything that is none.
#[derive(Debug, Default)]
pub struct Targets {
    found: Vec<Target>,
    known: BTreeSet<String>,
    bad: Vec<BadTarget>,
}

impl Targets {
    /// Takes the domains of the command line.
    pub fn arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        for (number, text) in arguments.into_iter().enumerate() {
            self.take(text, || format!("argument {}", number + 1));
        }
    }

    /// Takes the domains of a list; `name` is what the user calls it.
    pub fn list(&mut self, name: &str, text: &str) {
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let domain = line.split('#').next().unwrap_or_default().trim();
            if !domain.is_empty() {
                self.take(domain, || format!("{name}:{}", number + 1));
            }
        }
    }

    /// The domains in the order in which they came, or everything that is none.
    pub fn finish(self) -> Result<Vec<Target>, BadTargets> {
        if self.bad.is_empty() {
            Ok(self.found)
        } else {
            Err(BadTargets(self.bad))
        }
    }

    fn take(&mut self, text: &str, place: impl FnOnce() -> String) {
        // No domain is nearly as long; the rest would only be shown.
        let end = text
            .char_indices()
            .nth(LONGEST_TEXT)
            .map_or(text.len(), |(at, _)| at);
        let text = text.get(..end).unwrap_or(text);
        match domain::target(text, Role::Mail) {
            Ok(target) => {
                if self.known.insert(target.domain.clone()) {
                    self.found.push(target);
                }
            }
            Err(cause) => {
                self.bad.push(BadTarget {
                    place: place(),
                    text: text.to_owned(),
                    cause,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_each_domain_once_and_leaves_comments_out() {
        let mut targets = Targets::default();
        targets.list(
            "list.txt",
            "\u{feff}# ours\nExample.org\n\nexample.net # theirs\nexample.org.\n",
        );
        let found = targets.finish().unwrap();
        let names: Vec<_> = found.iter().map(|target| target.domain.as_str()).collect();
        assert_eq!(names, ["example.org", "example.net"]);
    }

    #[test]
    fn every_line_that_is_no_domain_is_named_with_its_place() {
        let mut targets = Targets::default();
        targets.list("list.txt", "example.org\nnot a domain\nme@example.org\n");
        let bad = targets.finish().unwrap_err();
        let places: Vec<_> = bad.0.iter().map(|bad| bad.place.as_str()).collect();
        assert_eq!(places, ["list.txt:2", "list.txt:3"]);
    }
}
