//! `waxseal.toml`: which domains, what each is used for, what is asked of it otherwise than the norms do, and
//! which failures somebody answers for. Text becomes [`Settings`], or all faults of the text; nothing is read.

use crate::facts::target::{Role, Target};
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::Probe;
use crate::results::gate::{FailOn, OnUnknown};
use crate::results::outcome::{Level, Severity};
use crate::results::place;
use schemars::JsonSchema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

mod entries;
pub mod fault;
mod read;
#[cfg(test)]
mod tests;
mod word;

use fault::{Faults, Place, SettingsFault};
use toml::de::DeTable;
pub use word::Word;

/// The name of the file.
pub const FILE: &str = "waxseal.toml";

/// What the file says. Without a file, nothing.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The file, as it was found; empty where there is none.
    #[schemars(skip)]
    pub file: String,
    /// Its text.
    #[schemars(skip)]
    pub text: String,
    /// The entries of `domain` by the exact names in them.
    #[schemars(skip)]
    pub by_name: BTreeMap<String, usize>,
    /// Where each exact name stands.
    #[schemars(skip)]
    pub named: BTreeMap<String, Named>,
    /// The entries of `domain` that have a pattern, in order.
    #[schemars(skip)]
    pub patterns: Vec<usize>,
    /// The baselines and profiles that domains are held against, unless something says otherwise.
    pub baselines: Option<Vec<Word>>,
    /// A folder of rules, baselines and profiles, laid over the shipped ones; relative to this file.
    pub policies: Option<Word>,
    /// The weakest level whose failure makes a run fail.
    pub fail_on: Option<FailOn>,
    /// What unknown findings do.
    pub unknown: Option<OnUnknown>,
    /// How much to ask of servers.
    pub probe: Option<Probe>,
    /// Reports to write, as `FORMAT=FILE`; the files are relative to this one.
    pub reports: Vec<Word>,
    /// DKIM selectors that all domains use.
    pub selectors: Vec<String>,
    /// The domains, and what is known of them.
    pub domain: Vec<Domain>,
    /// What domains of one role are held against.
    pub role: BTreeMap<Role, OfRole>,
    /// What is asked otherwise than the norms do.
    pub adjust: Vec<Adjust>,
    /// Failures that somebody answers for until a day.
    pub waiver: Vec<WaiverEntry>,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Its first character.
    pub place: Place,
    /// How many characters it takes.
    pub width: usize,
}

/// Some domains and what is known of them.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Domain {
    /// Where the entry stands.
    #[schemars(skip)]
    pub place: Place,
    /// The exact names among `names`, in order: these are scanned where nothing else is asked for.
    #[schemars(skip)]
    pub targets: Vec<Target>,
    /// One domain, or a pattern such as `*.example.org`, which says something of domains and names none.
    pub name: Option<String>,
    /// Several of them.
    pub names: Vec<String>,
    /// What the domain is used for.
    pub role: Option<Role>,
    /// DKIM selectors that it uses.
    pub selectors: Vec<String>,
    /// Words by which adjustments can mean it.
    pub tags: Vec<String>,
    /// The baselines and profiles that it is held against.
    pub baselines: Option<Vec<Word>>,
}

/// What domains of one role are held against.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub struct OfRole {
    /// The baselines and profiles, for domains of that role that name none themselves.
    pub baselines: Option<Vec<Word>>,
}

/// A change to what the chosen baselines ask. Any other key is a parameter of the rule.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
pub struct Adjust {
    /// Where the entry stands.
    #[schemars(skip)]
    pub place: Place,
    /// The rule; a `*` stands for any text.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Only at these domains; a `*` stands for any text.
    #[schemars(default)]
    pub domains: Vec<String>,
    /// Only at domains of these roles.
    #[schemars(default)]
    pub roles: Vec<Role>,
    /// Only at domains with one of these tags.
    #[schemars(default)]
    pub tags: Vec<String>,
    /// Only what this norm asks.
    pub baseline: Option<Word>,
    /// Another level.
    pub level: Option<Level>,
    /// Another severity.
    pub severity: Option<Severity>,
    /// Whether it is not asked at all.
    #[schemars(default)]
    pub drop: bool,
    /// The parameters of the rule.
    #[schemars(skip)]
    pub parameters: Map<String, Value>,
}

/// A failure that somebody answers for.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "Waiver", deny_unknown_fields)]
pub struct WaiverEntry {
    /// Where the entry stands.
    #[schemars(skip)]
    pub place: Place,
    /// The rule; a `*` stands for any text.
    pub rule: String,
    /// The domains; a `*` stands for any text.
    pub domains: Vec<String>,
    /// Only where nothing fails but this mail server; a `*` stands for any text.
    pub server: Option<String>,
    /// Why it can be lived with.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is being worked on.
    pub ticket: Option<String>,
    /// The last day on which it holds, in UTC: a date such as `2027-01-31`.
    #[schemars(with = "String")]
    pub until: Day,
}

/// A day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Its first second.
    pub begins: Timestamp,
}

impl Day {
    /// How many days are left at a time: 0 on the day itself, negative after it.
    pub const fn days_left(self, now: Timestamp) -> i64 {
        self.begins.unix().div_euclid(86_400) - now.unix().div_euclid(86_400)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self.begins.to_string();
        f.write_str(time.get(..10).unwrap_or(&time))
    }
}

impl Settings {
    /// Reads a file's text; `file` is what the user calls it.
    ///
    /// # Errors
    /// All faults of the text, by place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<SettingsFault>> {
        let mut faults = Faults::new(file, text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            faults.add(&error.span().unwrap_or(0..0), error.message(), "");
        }
        // What a text says that is no TOML can only be guessed.
        if !errors.is_empty() {
            faults.into_result()?;
            return Ok(Self::default());
        }
        let settings = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            ..entries::settings(table.get_ref(), &mut faults)
        };
        faults.into_result().map(|()| settings)
    }

    /// A fault that shows only beside something else, such as a baseline that there is not.
    pub fn fault(&self, place: Place, message: String, help: String) -> SettingsFault {
        fault::fault(&self.file, &self.text, place, (message, help))
    }

    /// Where the file names a domain, quotation marks included; none where only a pattern means it.
    pub fn place_of(&self, domain: &str) -> Option<place::Place> {
        let Named { place, width } = self.named.get(domain)?;
        Some(place::Place {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            end_column: place.column + width,
        })
    }

    /// The domains that the file names exactly, in order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.domain.iter().flat_map(|entry| &entry.targets)
    }

    /// Every baseline that the file names.
    pub fn named_baselines(&self) -> impl Iterator<Item = &Word> {
        let of_domains = self.domain.iter().map(|entry| &entry.baselines);
        let of_roles = self.role.values().map(|role| &role.baselines);
        std::iter::once(&self.baselines)
            .chain(of_domains)
            .chain(of_roles)
            .flatten()
            .flatten()
            .chain(self.adjust.iter().filter_map(|one| one.baseline.as_ref()))
    }
}
