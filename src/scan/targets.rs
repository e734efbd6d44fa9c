//! Lists of domains: one a line, `#` begins a comment; and where each domain stands.

use crate::facts::target::{Role, Target};
use crate::records::domain::{self, NotADomain};
use crate::results::TargetResult;
use crate::results::place::Place;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
    places: Places,
    bad: Vec<BadTarget>,
}

/// Where lists name domains.
#[derive(Debug, Default)]
pub struct Places {
    /// The lists, as the user names them.
    lists: Vec<String>,
    /// The first place of each domain; none for those of the command line and of standard input.
    known: BTreeMap<String, Option<Stands>>,
}

/// A place in a list: small, since there may be a million domains.
#[derive(Clone, Copy, Debug)]
struct Stands {
    list: u32,
    line: u32,
    column: u32,
    width: u32,
}

impl Places {
    /// Notes at the results of a domain where a list names it.
    pub fn note(&self, result: &mut TargetResult) {
        if let Some(place) = self.of(&result.target.domain) {
            result.place = Some(place);
        }
    }

    /// Where a list names a domain.
    pub fn of(&self, domain: &str) -> Option<Place> {
        let Stands {
            list,
            line,
            column,
            width,
        } = (*self.known.get(domain)?)?;
        let wide = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        Some(Place {
            file: self.lists.get(wide(list))?.clone(),
            line: wide(line),
            column: wide(column),
            end_column: wide(column.saturating_add(width)),
        })
    }
}

impl Targets {
    /// Takes the domains of the command line.
    pub fn arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        for (number, text) in arguments.into_iter().enumerate() {
            self.take(text, None, || format!("argument {}", number + 1));
        }
    }

    /// Takes the domains of a list; `name` is what the user calls it, `-` standard input.
    pub fn list(&mut self, name: &str, text: &str) {
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let list = short(self.places.lists.len());
        self.places.lists.push(name.to_owned());
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let told = line.split('#').next().unwrap_or_default();
            let domain = told.trim();
            if domain.is_empty() {
                continue;
            }
            let indent = told.chars().take_while(|c| c.is_whitespace()).count();
            let stands = Stands {
                list,
                line: short(number + 1),
                column: short(indent + 1),
                width: short(domain.chars().count()),
            };
            let stands = (name != "-").then_some(stands);
            self.take(domain, stands, || format!("{name}:{}", number + 1));
        }
    }

    /// The domains in the order in which they came, and where each stands, or everything that is none.
    pub fn finish(self) -> Result<(Vec<Target>, Places), BadTargets> {
        if self.bad.is_empty() {
            Ok((self.found, self.places))
        } else {
            Err(BadTargets(self.bad))
        }
    }

    fn take(&mut self, text: &str, stands: Option<Stands>, place: impl FnOnce() -> String) {
        // No domain is nearly as long; the rest would only be shown.
        let end = text
            .char_indices()
            .nth(LONGEST_TEXT)
            .map_or(text.len(), |(at, _)| at);
        let text = text.get(..end).unwrap_or(text);
        match domain::target(text, Role::Mail) {
            Ok(target) => {
                if let Entry::Vacant(new) = self.places.known.entry(target.domain.clone()) {
                    new.insert(stands);
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
        let (found, _) = targets.finish().unwrap();
        let names: Vec<_> = found.iter().map(|target| target.domain.as_str()).collect();
        assert_eq!(names, ["example.org", "example.net"]);
    }

    #[test]
    fn a_list_says_where_each_domain_stands_in_characters() {
        let mut targets = Targets::default();
        targets.arguments(["example.org"]);
        targets.list(
            "lists/a.txt",
            "\u{feff}bücher.example\nexample.org\n \u{a0}\texample.net # theirs\nexample.net\n",
        );
        targets.list("-", "example.com\n");
        let (_, places) = targets.finish().unwrap();
        let told = |domain: &str| {
            let place = places.of(domain)?;
            assert_eq!(place.file, "lists/a.txt");
            Some((place.line, place.column, place.end_column))
        };
        assert_eq!(told("xn--bcher-kva.example"), Some((1, 1, 15)));
        assert_eq!(told("example.net"), Some((3, 4, 15)));
        for unknown in ["example.org", "example.com", "example.edu"] {
            assert_eq!(told(unknown), None, "{unknown}");
        }
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
