//! Scenarios with other records: what somebody gives as lines of a zone file, played under a domain of its own.

use super::dns::record;
use super::scenario::Scenario;
use super::scenarios::{scenarios, setups};
use super::server::FIRST_FREE;
use super::setup::{Data, Entry, Setup};
use super::{Lab, LabError};
use crate::facts::timestamp::Timestamp;
use data_encoding::HEXUPPER_PERMISSIVE;

/// How many host numbers the documentation blocks have for mail servers.
const HOSTS: u16 = 760;
/// The longest text of a TXT record, in bytes.
const LONGEST: usize = 4_096;

/// Why a scenario can't be played with these records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomError {
    /// The lab has no scenario of that name.
    #[error("there is no scenario `{0}`: `waxseal lab --list` tells all")]
    NoScenario(String),
    /// A record says nothing.
    #[error("the record `{record}`: {what}")]
    Record {
        /// The record as it was given.
        record: String,
        /// What is wrong with it.
        what: String,
    },
    /// There are more mail servers than addresses.
    #[error("the lab has no address left for another mail server")]
    Full,
}

/// A domain that the lab will play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom {
    /// The domain to scan.
    pub domain: String,
    /// The DKIM selectors to give with it.
    pub selectors: Vec<String>,
}

/// What a lab is going to play: all scenarios, and those that are added with other records.
#[derive(Debug)]
pub struct Stage {
    setups: Vec<Setup>,
    added: usize,
    next: u16,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// All scenarios, and nothing besides.
    pub fn new() -> Self {
        let setups = setups();
        let servers: usize = setups.iter().map(|setup| setup.servers.len()).sum();
        Self {
            setups,
            added: 0,
            next: u16::try_from(servers).map_or(HOSTS, |servers| servers + FIRST_FREE),
        }
    }

    /// Adds a scenario with other records; without a name the compliant domain that uses the shared mail
    /// servers. Records are `NAME TYPE DATA`, names relative to the domain, `@` the domain itself. A name and type
    /// that are given replace what the scenario has of them; without data they take it away. A scenario without
    /// other records is played under its own name.
    ///
    /// # Errors
    /// The first fault, in words.
    pub fn add(
        &mut self,
        scenario: Option<&str>,
        records: &[String],
    ) -> Result<Custom, CustomError> {
        let of = scenario.map(named).transpose()?;
        if let (Some(of), true) = (of, records.is_empty()) {
            return Ok(custom(of.domain, of));
        }
        let number = self.added + 1;
        let above = of.and_then(|of| of.domain.split_once('.'));
        let above = above.map_or("test", |(_, above)| above);
        let mut setup = Setup::compliant(&format!("case-{number}.{above}"), self.next);
        if let Some(of) = of {
            (of.change)(&mut setup);
        }
        apply(&mut setup, records)?;
        let servers = u16::try_from(setup.servers.len()).unwrap_or(HOSTS);
        self.next = self.next.saturating_add(servers);
        if self.next > HOSTS {
            return Err(CustomError::Full);
        }
        self.added = number;
        let domain = setup.domain.clone();
        self.setups.push(setup);
        Ok(of.map_or_else(
            || Custom {
                domain: domain.clone(),
                selectors: vec!["s1".to_owned()],
            },
            |of| custom(&domain, of),
        ))
    }

    /// Begins to play.
    pub async fn start(self, now: Timestamp) -> Result<Lab, LabError> {
        Lab::start_from(now, self.setups).await
    }
}

fn named(name: &str) -> Result<&'static Scenario, CustomError> {
    scenarios()
        .find(|scenario| scenario.domain == name)
        .ok_or_else(|| CustomError::NoScenario(name.to_owned()))
}

fn custom(domain: &str, scenario: &Scenario) -> Custom {
    Custom {
        domain: domain.to_owned(),
        selectors: scenario
            .selectors
            .iter()
            .map(|one| (*one).to_owned())
            .collect(),
    }
}

/// The types that can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Txt,
    Mx,
    A,
    Aaaa,
    Cname,
    Ns,
    Caa,
    Tlsa,
}

const TYPES: [(&str, Type); 8] = [
    ("TXT", Type::Txt),
    ("MX", Type::Mx),
    ("A", Type::A),
    ("AAAA", Type::Aaaa),
    ("CNAME", Type::Cname),
    ("NS", Type::Ns),
    ("CAA", Type::Caa),
    ("TLSA", Type::Tlsa),
];

impl Type {
    fn is_of(self, data: &Data) -> bool {
        match data {
            Data::A(_) => self == Self::A,
            Data::Aaaa(_) => self == Self::Aaaa,
            Data::Mx(..) => self == Self::Mx,
            Data::Txt(_) => self == Self::Txt,
            Data::Cname(_) => self == Self::Cname,
            Data::Ns(_) => self == Self::Ns,
            Data::Caa(..) => self == Self::Caa,
            Data::Tlsa(..) => self == Self::Tlsa,
            Data::Ptr(_) | Data::Spf(_) => false,
        }
    }
}

/// One line, understood.
struct Given {
    owner: String,
    kind: Type,
    data: Option<Data>,
}

fn apply(setup: &mut Setup, records: &[String]) -> Result<(), CustomError> {
    let mut given = Vec::new();
    for record in records {
        let one = read(setup, record).map_err(|what| CustomError::Record {
            record: record.clone(),
            what,
        })?;
        given.push(one);
    }
    for one in &given {
        make_room(setup, one);
    }
    for Given { owner, data, .. } in given {
        if let Some(data) = data {
            setup.records.push(Entry { owner, data });
        }
    }
    Ok(())
}

/// Takes away what a record replaces. An alias stands alone at its name (RFC 1034 §3.6.2).
fn make_room(setup: &mut Setup, given: &Given) {
    setup.records.retain(|entry| {
        entry.owner != given.owner
            || given.kind != Type::Cname
                && !given.kind.is_of(&entry.data)
                && !(given.data.is_some() && Type::Cname.is_of(&entry.data))
    });
    if given.kind == Type::Tlsa {
        let own = |host: &str| given.owner == format!("_25._tcp.{host}.");
        for server in setup.servers.iter_mut().filter(|one| own(&one.host)) {
            server.tlsa = &[];
        }
    }
}

fn read(setup: &Setup, line: &str) -> Result<Given, String> {
    let (owner, rest) = word(line);
    let (name, rest) = word(rest);
    if owner.is_empty() || name.is_empty() {
        return Err("a record is `NAME TYPE DATA`, such as `_dmarc TXT v=DMARC1; p=none`".into());
    }
    let upper = name.to_ascii_uppercase();
    let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == upper) else {
        let known = TYPES.map(|(known, _)| known).join(", ");
        return Err(format!("`{name}` is none of the types {known}"));
    };
    let owner = setup.absolute(owner).to_ascii_lowercase();
    let apex = setup.absolute("@");
    if owner != apex && !owner.ends_with(&format!(".{apex}")) {
        return Err(format!("`{owner}` is not below the domain"));
    }
    if owner == apex && matches!(kind, Type::Ns | Type::Cname) {
        return Err(format!("the domain itself takes no {upper} record here"));
    }
    record::name(&owner).map_err(|error| error_text(&error))?;
    let data = match rest {
        "" => None,
        rest => Some(data(setup, *kind, rest)?),
    };
    if let Some(data) = &data {
        let (owner, data) = (owner.clone(), data.clone());
        record::record(&Entry { owner, data }).map_err(|error| error_text(&error))?;
    }
    let kind = *kind;
    Ok(Given { owner, kind, data })
}

fn error_text(error: &LabError) -> String {
    use std::error::Error as _;
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// The first word, and what stands behind it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn data(setup: &Setup, kind: Type, text: &str) -> Result<Data, String> {
    let host = |name: &str| match name {
        "." => ".".to_owned(),
        name => setup.absolute(name),
    };
    Ok(match kind {
        Type::Txt => Data::Txt(strings(text)?),
        Type::A => Data::A(
            text.parse()
                .map_err(|_| format!("`{text}` is no IPv4 address"))?,
        ),
        Type::Aaaa => Data::Aaaa(
            text.parse()
                .map_err(|_| format!("`{text}` is no IPv6 address"))?,
        ),
        Type::Cname => Data::Cname(host(text)),
        Type::Ns => Data::Ns(host(text)),
        Type::Mx => {
            let (preference, name) = word(text);
            let number = preference.parse().ok().filter(|_| !name.is_empty());
            let number = number.ok_or("an MX record has a preference and a name, as `10 mail`")?;
            Data::Mx(number, host(name))
        }
        Type::Caa => {
            let (flags, rest) = word(text);
            let (tag, value) = word(rest);
            let flags = flags.parse().ok().filter(|_| !tag.is_empty());
            let flags =
                flags.ok_or("a CAA record has flags, a tag and a value, as `0 issue ca.test`")?;
            Data::caa(flags, tag, value.trim_matches('"'))
        }
        Type::Tlsa => tlsa(text).ok_or("a TLSA record is `3 1 1` and hexadecimal digits")?,
    })
}

fn tlsa(text: &str) -> Option<Data> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (numbers, digits) = words.split_at_checked(3)?;
    let numbers: Vec<u8> = numbers
        .iter()
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let data = HEXUPPER_PERMISSIVE
        .decode(digits.concat().as_bytes())
        .ok()?;
    Some(Data::Tlsa(numbers.try_into().ok()?, data))
}

/// The strings of a TXT record: those between quotes, or else the whole, cut at 255 bytes.
fn strings(text: &str) -> Result<Vec<Vec<u8>>, String> {
    if text.len() > LONGEST {
        return Err(format!("longer than {LONGEST} bytes"));
    }
    if !text.starts_with('"') {
        return Ok(text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect());
    }
    let parts: Vec<&str> = text.split('"').collect();
    let between = parts.iter().step_by(2).all(|part| part.trim().is_empty());
    if parts.len().is_multiple_of(2) || !between {
        return Err("a string between quotes does not end".to_owned());
    }
    let strings = parts.iter().skip(1).step_by(2);
    match strings.clone().find(|one| one.len() > 255) {
        Some(_) => Err("a string between quotes is longer than 255 bytes".to_owned()),
        None => Ok(strings.map(|one| one.as_bytes().to_vec()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(records: &[&str]) -> Result<Setup, CustomError> {
        let mut stage = Stage::new();
        let records: Vec<String> = records.iter().map(|one| (*one).to_owned()).collect();
        stage.add(None, &records)?;
        Ok(stage.setups.pop().unwrap())
    }

    fn at(setup: &Setup, name: &str) -> Vec<String> {
        let owner = setup.absolute(name);
        let here = setup.records.iter().filter(|entry| entry.owner == owner);
        here.map(|entry| format!("{:?}", entry.data)).collect()
    }

    #[test]
    fn a_name_and_type_replace_what_was_there_and_without_data_take_it_away() {
        let setup = played(&[
            "@ MX 5 mail",
            "@ MX 7 .",
            "mail A 192.0.2.77",
            "_dmarc TXT",
            "mta-sts CNAME web.mail.test.",
            "_25._tcp.mail TLSA 3 1 1 00ff",
            "@ CAA 0 issue \"ca.test\"",
            "x TXT \"a\" \"b;c\"",
        ])
        .unwrap();
        let apex = at(&setup, "@");
        assert_eq!(apex.len(), 4, "{apex:?}");
        for (name, data) in [
            ("mail", "A(192.0.2.77)"),
            ("mta-sts", "Cname(\"web.mail.test.\")"),
            ("_25._tcp.mail", "Tlsa([3, 1, 1], [0, 255])"),
            ("x", "Txt([[97], [98, 59, 99]])"),
        ] {
            assert_eq!(at(&setup, name), [data], "{name}");
        }
        assert!(at(&setup, "_dmarc").is_empty());
        assert!(apex.contains(&"Mx(5, \"mail.case-1.test.\")".to_owned()));
        assert!(apex.contains(&"Mx(7, \".\")".to_owned()));
    }

    #[test]
    fn a_record_that_says_nothing_is_named_with_what_is_wrong() {
        for (record, part) in [
            ("_dmarc", "`NAME TYPE DATA`"),
            ("_dmarc TXX v=DMARC1", "`TXX` is none of the types TXT, MX"),
            ("@ MX mail", "preference"),
            ("@ A mail", "no IPv4 address"),
            ("@ AAAA 192.0.2.1", "no IPv6 address"),
            ("@ NS ns1", "takes no NS"),
            ("x.other.test. TXT a", "not below the domain"),
            ("x TLSA 3 1 1 0", "hexadecimal"),
            ("x TLSA 3 1", "hexadecimal"),
            ("x CAA issue", "flags"),
            ("x TXT \"a", "does not end"),
            ("a..b TXT a", ""),
        ] {
            let error = played(&[record]).unwrap_err().to_string();
            assert!(error.contains(record), "{error}");
            assert!(error.contains(part), "{error}");
        }
        let mut stage = Stage::new();
        let error = stage.add(Some("nowhere.test"), &[]).unwrap_err();
        assert!(error.to_string().contains("`nowhere.test`"));
    }

    #[test]
    fn a_scenario_keeps_its_name_without_records_and_gets_one_beside_it_with_them() {
        let mut stage = Stage::new();
        let alone = stage.add(Some("no-dane.test"), &[]).unwrap();
        assert_eq!(alone.domain, "no-dane.test");
        let records = ["_dmarc TXT".to_owned()];
        let below = stage.add(Some("news.compliant.test"), &records).unwrap();
        assert_eq!(below.domain, "case-1.compliant.test");
        let own = stage.add(Some("no-dane.test"), &records).unwrap();
        assert_eq!(own.domain, "case-2.test");
        let mut addresses: Vec<_> = stage.setups.iter().flat_map(|one| &one.servers).collect();
        addresses.sort_by_key(|server| server.v4);
        let all = addresses.len();
        addresses.dedup_by_key(|server| server.v4);
        assert_eq!(addresses.len(), all, "two servers have one address");
    }
}
