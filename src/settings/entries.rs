//! The entries of the file: domains, roles, adjustments and waivers.

use super::fault::Faults;
use super::read::Table;
use super::word::Word;
use super::{Adjust, Day, Domain, Named, OfRole, Settings, WaiverEntry};
use crate::facts::target::{Role, Target};
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::Probe;
use crate::records::domain;
use crate::results::gate::{FailOn, OnUnknown};
use crate::results::outcome::{Level, Severity};
use std::collections::BTreeMap;
use std::str::FromStr as _;
use toml::de::DeTable;

/// The keys of the file itself.
pub(super) const FILE: &[&str] = &[
    "baselines",
    "policies",
    "fail-on",
    "unknown",
    "probe",
    "reports",
    "selectors",
    "domain",
    "role",
    "adjust",
    "waiver",
];

/// The keys of `[[domain]]`.
pub(super) const DOMAIN: &[&str] = &["name", "names", "role", "selectors", "tags", "baselines"];

/// The keys of `[role.NAME]`.
pub(super) const ROLE: &[&str] = &["baselines"];

/// The keys of `[[adjust]]` that are no parameters.
pub(super) const ADJUST: &[&str] = &[
    "rule", "reason", "domains", "roles", "tags", "baseline", "level", "severity", "drop",
];

/// The keys of `[[waiver]]`.
pub(super) const WAIVER: &[&str] = &[
    "rule", "domains", "server", "reason", "owner", "ticket", "until",
];

/// What the whole file says.
pub(super) fn settings(table: &DeTable<'_>, faults: &mut Faults<'_>) -> Settings {
    let file = Table::whole(table);
    file.only(FILE, faults);
    let domains = file.tables("domain", "`[[domain]]`", faults);
    let adjusts = file.tables("adjust", "`[[adjust]]`", faults);
    let waivers = file.tables("waiver", "`[[waiver]]`", faults);
    let mut places = BTreeMap::new();
    let domain: Vec<Domain> = domains
        .iter()
        .map(|entry| of_domain(entry, &mut places, faults))
        .collect();
    let by_name = once(&domain, faults);
    let has_pattern =
        |(_, entry): &(usize, &Domain)| entry.names.iter().any(|name| name.contains('*'));
    let patterns = domain.iter().enumerate().filter(has_pattern);
    Settings {
        file: String::new(),
        text: String::new(),
        by_name,
        named: places,
        patterns: patterns.map(|(at, _)| at).collect(),
        baselines: baselines(&file, faults),
        policies: file.word("policies", faults),
        fail_on: file.one_of("fail-on", FailOn::from_str, faults),
        unknown: file.one_of("unknown", OnUnknown::from_str, faults),
        probe: file.one_of("probe", Probe::from_str, faults),
        reports: file.words("reports", faults).unwrap_or_default(),
        selectors: selectors(&file, faults),
        domain,
        role: roles(&file, faults),
        adjust: adjusts.iter().map(|entry| adjust(entry, faults)).collect(),
        waiver: waivers
            .iter()
            .filter_map(|entry| waiver(entry, faults))
            .collect(),
    }
}

/// A list that chooses nothing would let everything pass.
fn baselines(table: &Table<'_>, faults: &mut Faults<'_>) -> Option<Vec<Word>> {
    let named = table.words("baselines", faults)?;
    if named.is_empty() {
        let place = table.place_of("baselines", faults);
        let help = "leave the key out to take what holds otherwise";
        faults.add_at(place, "`baselines` names no baseline", help);
    }
    Some(named)
}

fn of_domain(
    entry: &Table<'_>,
    places: &mut BTreeMap<String, Named>,
    faults: &mut Faults<'_>,
) -> Domain {
    entry.only(DOMAIN, faults);
    let place = entry.place(faults);
    let role = entry.one_of("role", Role::from_str, faults);
    let name = entry.word("name", faults);
    let names = entry.words("names", faults).unwrap_or_default();
    if !entry.has("name") && !entry.has("names") {
        entry.lacks("name", "\"example.org\"", faults);
    }
    let mut read = Domain {
        place,
        role,
        selectors: selectors(entry, faults),
        tags: texts(entry, "tags", faults),
        baselines: baselines(entry, faults),
        ..Domain::default()
    };
    for word in name.into_iter().chain(names) {
        if word.text.contains('*') {
            read.names.extend(pattern(&word, faults));
        } else if let Some(mut target) = target(&word, faults) {
            target.role = role.unwrap_or_default();
            target.role_declared = role.is_some();
            let Word { place, width, .. } = word;
            places.insert(target.domain.clone(), Named { place, width });
            read.names.push(target.domain.clone());
            read.targets.push(target);
        }
    }
    read
}

/// The entry of each exact name. One that is named twice is a fault: which entry counts could only be guessed.
fn once(domains: &[Domain], faults: &mut Faults<'_>) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for (number, entry) in domains.iter().enumerate() {
        for name in entry.names.iter().filter(|name| !name.contains('*')) {
            let first = seen.insert(name.clone(), number);
            if let Some(first) = first.and_then(|first| domains.get(first)) {
                let message = format!("`{name}` is named twice");
                let line = first.place.line;
                let help =
                    format!("the first time in the entry of line {line}: keep one of the two");
                faults.add_at(entry.place, message, help);
            }
        }
    }
    seen
}

fn roles(file: &Table<'_>, faults: &mut Faults<'_>) -> BTreeMap<Role, OfRole> {
    let mut roles = BTreeMap::new();
    for (name, entry) in file.named_tables("role", "`[role.…]`", faults) {
        entry.only(ROLE, faults);
        let baselines = baselines(&entry, faults);
        match Role::from_str(&name.text) {
            Ok(role) => drop(roles.insert(role, OfRole { baselines })),
            Err(error) => faults.add_at(name.place, error.to_string(), ""),
        }
    }
    roles
}

fn adjust(entry: &Table<'_>, faults: &mut Faults<'_>) -> Adjust {
    let text = |word: Option<Word>| word.map(|word| word.text);
    let rule = text(entry.needed("rule", "\"dmarc-policy-at-least\"", faults));
    let reason = text(entry.needed("reason", "\"…\"", faults));
    let named = entry.words("roles", faults).unwrap_or_default();
    let mut roles = Vec::new();
    for word in named {
        match Role::from_str(&word.text) {
            Ok(named) => roles.push(named),
            Err(error) => faults.add_at(word.place, error.to_string(), ""),
        }
    }
    let read = Adjust {
        place: entry.place(faults),
        rule: rule.unwrap_or_default(),
        reason: reason.unwrap_or_default(),
        domains: patterns(entry, faults).unwrap_or_default(),
        roles,
        tags: texts(entry, "tags", faults),
        baseline: entry.word("baseline", faults),
        level: entry.one_of("level", level, faults),
        severity: entry.one_of("severity", severity, faults),
        drop: entry.flag("drop", faults),
        parameters: entry.rest(ADJUST, faults),
    };
    let sets = entry.has("level") || entry.has("severity") || !read.parameters.is_empty();
    if read.drop && sets {
        let help = "take either `drop`, or what is set beside it, away";
        faults.add_at(read.place, "what is dropped can't be set", help);
    } else if !read.drop && !sets {
        let help = "set `level`, `severity`, a parameter of the rule, or `drop = true`";
        faults.add_at(read.place, "`[[adjust]]` changes nothing", help);
    }
    read
}

fn waiver(entry: &Table<'_>, faults: &mut Faults<'_>) -> Option<WaiverEntry> {
    entry.only(WAIVER, faults);
    let rule = entry.needed("rule", "\"mx-offers-starttls\"", faults);
    let reason = entry.needed("reason", "\"…\"", faults);
    let owner = entry.needed("owner", "\"…\"", faults);
    let domains = patterns(entry, faults);
    if !entry.has("domains") {
        entry.lacks("domains", "[\"example.org\"]", faults);
    }
    if !entry.has("until") {
        entry.lacks("until", "2027-01-31", faults);
    }
    let until = entry.date("until", faults);
    let server = entry.word("server", faults);
    let ticket = entry.word("ticket", faults);
    Some(WaiverEntry {
        place: entry.place(faults),
        rule: rule?.text,
        domains: domains?,
        server: server.map(|word| word.text.to_ascii_lowercase()),
        reason: reason?.text,
        owner: owner?.text,
        ticket: ticket.map(|word| word.text),
        until: until.and_then(day)?,
    })
}

/// The file's parser has seen that there is such a day.
fn day((year, month, day): (u16, u8, u8)) -> Option<Day> {
    let begins = Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z"))?;
    Some(Day { begins })
}

/// Names and patterns of domains, where the key is there.
fn patterns(entry: &Table<'_>, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    let mut read = Vec::new();
    let words = entry.words("domains", faults)?;
    if words.is_empty() {
        let place = entry.place_of("domains", faults);
        let help = "leave the key out, or write `[\"*\"]` to mean all domains";
        faults.add_at(place, "`domains` names no domain", help);
    }
    for word in words {
        if word.text.contains('*') {
            read.extend(pattern(&word, faults));
        } else {
            read.extend(target(&word, faults).map(|target| target.domain));
        }
    }
    Some(read)
}

fn pattern(word: &Word, faults: &mut Faults<'_>) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '.' | '-' | '_');
    if word.text.chars().all(fits) {
        return Some(word.text.to_ascii_lowercase());
    }
    let message = format!("`{}` is no pattern of domains", word.text);
    let help = "a pattern has letters, digits, hyphens, dots and `*`; names in other scripts stand in their A-labels, `xn--…`";
    faults.add_at(word.place, message, help);
    None
}

fn target(word: &Word, faults: &mut Faults<'_>) -> Option<Target> {
    domain::target(&word.text, Role::Mail)
        .map_err(|error| faults.add_at(word.place, error.to_string(), ""))
        .ok()
}

fn texts(entry: &Table<'_>, key: &str, faults: &mut Faults<'_>) -> Vec<String> {
    let words = entry.words(key, faults).unwrap_or_default();
    words.into_iter().map(|word| word.text).collect()
}

/// One or more labels each (RFC 6376 §3.1).
fn selectors(entry: &Table<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let mut read = Vec::new();
    for word in entry.words("selectors", faults).unwrap_or_default() {
        if domain::is_selector(&word.text) {
            read.push(word.text.to_ascii_lowercase());
        } else {
            let message = format!("`{}` is no selector", word.text);
            let help = "a selector is a DNS label such as `s1`, or several with dots between";
            faults.add_at(word.place, message, help);
        }
    }
    read
}

fn level(word: &str) -> Result<Level, String> {
    let levels = [
        Level::Must,
        Level::MustNot,
        Level::Should,
        Level::ShouldNot,
        Level::May,
    ];
    let spelt = word.replace('_', "-");
    let named = levels.into_iter().find(|level| level.as_str() == spelt);
    named.ok_or_else(|| format!("`{word}` is none of must, must-not, should, should-not, may"))
}

fn severity(word: &str) -> Result<Severity, String> {
    let severities = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    let named = severities.into_iter().find(|one| one.as_str() == word);
    named.ok_or_else(|| format!("`{word}` is none of info, low, medium, high, critical"))
}
