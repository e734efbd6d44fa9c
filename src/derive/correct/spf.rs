//! The SPF record that was meant, and one that keeps strangers out.

use super::terms::{alone, meant};
use super::{Step, publish, record};
use crate::derive::spf::answers::{self, Answers, Kind, Question, Reply};
use crate::derive::spf::{LOOKUP_LIMIT, VOID_LIMIT};
use crate::facts::Facts;
use crate::facts::dns::Answer;
use crate::facts::observed::{Observed, Proof};
use crate::facts::spf::{Qualifier, Spf, SpfMechanism, SpfNode, SpfRecord};
use crate::records::spf::{domain_spec, is_spf};
use crate::results::correction::Correction;

/// Longest prefixes of networks that are taken out when strangers are kept out.
const WIDE: [u8; 2] = [8, 16];

/// Most texts that are named because they were meant as records.
const MOST_LOOKALIKES: usize = 3;

/// Most octets of the records that are mended; whoever has more has to begin anew.
const LONGEST_PUBLISHED: usize = 4096;

/// The record to publish.
pub(super) fn text(facts: &Facts, step: Step) -> Option<Correction> {
    let spf = &facts.spf;
    if spf.records.observed.is_unknown() {
        return None;
    }
    let published = spf.records.value().map(Vec::as_slice);
    let octets: usize = published.into_iter().flatten().map(String::len).sum();
    if octets > LONGEST_PUBLISHED {
        return None;
    }
    let mut draft = Draft {
        facts,
        answers: Answers::of(spf),
        step,
        terms: Vec::new(),
        changes: Vec::new(),
    };
    draft.gather(published.unwrap_or_default());
    draft.drop_what_does_nothing();
    draft.drop_what_lets_everyone_in();
    draft.save_lookups();
    draft.keep_somebody();
    draft.ending();
    for lookalike in spf.lookalikes.iter().take(MOST_LOOKALIKES) {
        draft.note(format!(
            "delete the text `{lookalike}`, which is no SPF record to any receiver"
        ));
    }
    let text = draft.text();
    if draft
        .changes
        .iter()
        .any(|change| change.contains("is taken out"))
    {
        draft.note(
            "before you publish it, list everything else that sends for the domain".to_owned(),
        );
    }
    record(
        "spf",
        facts.target.domain.clone(),
        text,
        published,
        draft.changes,
    )
}

/// Puts the record in its place. What its terms would find is taken from what is known of the mail servers.
pub(super) fn apply(facts: &mut Facts, text: String) {
    let spf = &mut facts.spf;
    publish(&mut spf.records, text);
    spf.lookalikes.clear();
    let own = SpfNode {
        domain: facts.target.domain.clone(),
        parent: None,
        via: "target".to_owned(),
        depth: 0,
        qualifier: None,
        records: spf.records.clone(),
        record: Observed::absent(Proof::NoSuchRecord),
        cost: crate::facts::spf::SpfCost::default(),
    };
    match spf.tree.first_mut() {
        Some(first) => *first = own,
        None => spf.tree.push(own),
    }
    let known = Answers::of_lookups(&spf.lookups);
    let new = mail_servers(facts).into_iter().filter(|answer| {
        let kinds = [Kind::A, Kind::Aaaa, Kind::Mx];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == answer.rtype);
        kind.is_some_and(|kind| known.get(&Question::new(&answer.name, kind)).is_none())
    });
    let new: Vec<_> = new.collect();
    facts.spf.lookups.extend(new);
}

/// What the document holds of the mail servers, in the form of lookups.
fn mail_servers(facts: &Facts) -> Vec<Answer<Vec<String>>> {
    let names = facts.mx.records.observed.map(|records| {
        let exchanges = records.iter().map(|record| record.exchange.clone());
        exchanges.collect()
    });
    let mut all = vec![facts.mx.records.with(names)];
    for host in &facts.mx.hosts {
        let text = |ips: &Vec<_>| {
            ips.iter()
                .map(|ip: &std::net::Ipv4Addr| ip.to_string())
                .collect()
        };
        all.push(host.a.with(host.a.observed.map(text)));
        let text = |ips: &Vec<_>| {
            ips.iter()
                .map(|ip: &std::net::Ipv6Addr| ip.to_string())
                .collect()
        };
        all.push(host.aaaa.with(host.aaaa.observed.map(text)));
    }
    all
}

/// A record in the making.
struct Draft<'a> {
    facts: &'a Facts,
    answers: Answers,
    step: Step,
    /// The terms that stay, `all` and `redirect` among them.
    terms: Vec<String>,
    changes: Vec<String>,
}

impl Draft<'_> {
    fn note(&mut self, words: String) {
        if !self.changes.contains(&words) {
            self.changes.push(words);
        }
    }

    /// The terms of all records, each mended or left out, each once.
    fn gather(&mut self, published: &[String]) {
        if published.len() > 1 {
            self.note(format!("{} records become one", published.len()));
        }
        let lookalikes: Vec<String> = self.facts.spf.lookalikes.clone();
        let texts = if published.is_empty() {
            &lookalikes
        } else {
            published
        };
        for text in texts {
            if !is_spf(text) {
                self.note("the version is written as `v=spf1`, with nothing in front".to_owned());
            }
            let words = text.split(|c: char| c == ' ' || !c.is_ascii_graphic());
            let mut words: Vec<String> = words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            words.retain(|word| !is_version(word));
            for word in words {
                self.gather_term(&word);
            }
        }
        if texts.len() > 1 {
            self.one_ending();
        }
        if texts.is_empty() {
            self.start();
        }
    }

    /// Of several records, the gentlest `all` that is no pass, behind everything else.
    fn one_ending(&mut self) {
        let (mut alls, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.terms)
            .into_iter()
            .partition(|term| is_all(term));
        self.terms = rest;
        alls.sort_by_key(|term| match term.get(..1) {
            Some("~") => 0,
            Some("-") => 1,
            Some("?") => 2,
            Some(_) | None => 3,
        });
        self.terms.extend(alls.into_iter().next());
    }

    fn gather_term(&mut self, word: &str) {
        let record = alone(word);
        let has_effect = |record: &SpfRecord| {
            let known = |name: &str| matches!(name, "redirect" | "exp");
            !record.mechanisms.is_empty() || record.modifiers.iter().any(|it| known(&it.modifier))
        };
        let term = if record.valid && has_effect(&record) {
            word.to_owned()
        } else if let Some(meant) = meant(word) {
            self.note(format!("`{word}` becomes `{meant}`"));
            meant
        } else {
            let why = record
                .defects
                .first()
                .map_or("", |defect| defect.text.as_str());
            self.note(format!("`{word}` is taken out: {why}"));
            return;
        };
        let same = |other: &String| other.eq_ignore_ascii_case(&term);
        if self.terms.iter().any(same) {
            self.note(format!("`{term}` stands in the record once"));
        } else {
            self.terms.push(term);
        }
    }

    /// A domain without a record starts with its mail servers, or with nobody.
    fn start(&mut self) {
        let receives = self.facts.mx.receives.value() == Some(&true);
        if receives {
            self.note("the mail servers may send; add whatever else does".to_owned());
            self.terms.push("mx".to_owned());
            self.terms.push("~all".to_owned());
        } else {
            self.note("nobody sends for this domain".to_owned());
            self.terms.push("-all".to_owned());
        }
    }

    /// Keeps the terms for which nothing speaks against them.
    fn keep(&mut self, against: impl Fn(&Self, &str, &SpfMechanism) -> Option<String>) {
        let terms = std::mem::take(&mut self.terms);
        for term in terms {
            let record = alone(&term);
            let why = record
                .mechanisms
                .first()
                .and_then(|mechanism| against(self, &term, mechanism));
            match why {
                Some(why) => self.note(format!("`{term}` is taken out: {why}")),
                None => self.terms.push(term),
            }
        }
    }

    /// Includes without a record, names that hold nothing, terms that are never tested.
    fn drop_what_does_nothing(&mut self) {
        self.keep(|draft, _, mechanism| {
            let name = answers::target(&draft.facts.target.domain, mechanism)?;
            match mechanism.mechanism.as_str() {
                "include" => draft
                    .is_broken(&name)
                    .then(|| format!("{name} has no SPF record that can be used")),
                "a" => {
                    let void = |kind| draft.holds_nothing(&name, kind);
                    (void(Kind::A) && void(Kind::Aaaa)).then(|| format!("{name} has no address"))
                }
                "mx" => draft
                    .holds_nothing(&name, Kind::Mx)
                    .then(|| format!("{name} has no MX record")),
                "exists" => draft
                    .holds_nothing(&name, Kind::A)
                    .then(|| format!("{name} has no address")),
                _ => None,
            }
        });
        let all = self.terms.iter().position(|term| is_all(term));
        if let Some(all) = all {
            let behind = self.terms.split_off(all + 1);
            for term in behind {
                if term.to_ascii_lowercase().starts_with("exp=") {
                    self.terms.push(term);
                } else {
                    self.note(format!(
                        "`{term}` is taken out: nothing behind `all` is tested"
                    ));
                }
            }
        }
        let broken = self.redirect().filter(|(_, name)| self.is_broken(name));
        if let Some((term, name)) = broken {
            self.note(format!(
                "`{term}` is taken out: {name} has no SPF record that can be used"
            ));
            self.terms.retain(|other| *other != term);
        }
    }

    /// The redirect and the domain that it leads to.
    fn redirect(&self) -> Option<(String, String)> {
        self.terms.iter().find_map(|term| {
            let record = alone(term);
            let modifier = record
                .modifiers
                .first()
                .filter(|it| it.modifier == "redirect")?;
            Some((term.clone(), domain_spec::fixed_name(&modifier.argument)?))
        })
    }

    /// Whether it is known that a domain has no record that an include can use.
    fn is_broken(&self, name: &str) -> bool {
        let node = self.facts.spf.tree.iter().find(|node| node.domain == name);
        node.is_some_and(|node| match &node.record {
            Observed::Present { value } => !value.valid,
            Observed::Absent { .. } => true,
            Observed::Unknown { .. } => false,
        })
    }

    fn holds_nothing(&self, name: &str, kind: Kind) -> bool {
        self.answers.get(&Question::new(name, kind)) == Some(&Reply::Void)
    }

    /// From the second step on: huge networks, `exists` that always matches, and `ptr`.
    fn drop_what_lets_everyone_in(&mut self) {
        if self.step < Step::Restrict {
            return;
        }
        self.keep(|draft, _, mechanism| {
            if mechanism.qualifier != Qualifier::Pass {
                return None;
            }
            let [wide4, wide6] = WIDE;
            let wide = mechanism.prefix4.is_some_and(|prefix| prefix <= wide4)
                || mechanism.prefix6.is_some_and(|prefix| prefix <= wide6);
            match mechanism.mechanism.as_str() {
                "ptr" => Some(
                    "it is slow and unreliable; list the addresses that it stood for".to_owned(),
                ),
                "all" => None,
                "exists" => {
                    let name = answers::target(&draft.facts.target.domain, mechanism)?;
                    let found = draft.answers.get(&Question::new(&name, Kind::A));
                    matches!(found, Some(Reply::Found(_)))
                        .then(|| "it matches every sender".to_owned())
                }
                _ => wide
                    .then(|| "it lets a huge network in; list the addresses that send".to_owned()),
            }
        });
    }

    /// Where terms were taken out and nobody is left who may send, the mail servers are put in: a policy that
    /// refuses everybody was not meant.
    fn keep_somebody(&mut self) {
        let sends = |term: &String| {
            let record = alone(term);
            let mechanism = record.mechanisms.first();
            mechanism.is_none_or(|it| it.mechanism != "all" && it.qualifier == Qualifier::Pass)
        };
        let taken_out = self
            .changes
            .iter()
            .any(|change| change.contains("is taken out"));
        if self.terms.iter().any(sends) || !taken_out {
            return;
        }
        if self.facts.mx.receives.value() == Some(&true) {
            self.terms.insert(0, "mx".to_owned());
            self.note("`mx` is added, so that the mail servers may send".to_owned());
        }
        let all = self.terms.iter().position(|term| is_all(term));
        if let Some(term) = all.and_then(|at| self.terms.get_mut(at))
            && self.step < Step::Refuse
            && term.as_str() == "-all"
        {
            "~all".clone_into(term);
            self.note("`-all` becomes `~all` until everything that sends is listed".to_owned());
        }
    }

    /// Writes addresses in place of names of the domain's own while there are too many lookups, or too many
    /// that hold nothing for one family of senders.
    fn save_lookups(&mut self) {
        let mut spf = self.facts.spf.clone();
        for at in (0..self.terms.len()).rev() {
            let term = self.terms.get(at).cloned().unwrap_or_default();
            let Some(addresses) = self.addresses_of(&term) else {
                continue;
            };
            let cost = self.cost(&mut spf);
            let within = cost.lookups <= LOOKUP_LIMIT
                && cost.void_lookups_ipv4.max(cost.void_lookups_ipv6) <= VOID_LIMIT;
            if within {
                return;
            }
            self.note(format!("`{term}` becomes the addresses that it stands for"));
            self.terms.splice(at..=at, addresses);
        }
    }

    fn cost(&self, spf: &mut Spf) -> crate::facts::spf::SpfCost {
        publish(&mut spf.records, self.text());
        let record = crate::records::spf::unique_record(&spf.records);
        if let Some(own) = spf.tree.first_mut() {
            own.records = spf.records.clone();
            own.record = record;
        }
        crate::derive::spf::evaluate(&mut spf.tree, &spf.lookups).cost
    }

    /// The networks that an `a` or `mx` stands for, where all of them are known.
    fn addresses_of(&self, term: &str) -> Option<Vec<String>> {
        let record = alone(term);
        let mechanism = record.mechanisms.first()?;
        let name = answers::target(&self.facts.target.domain, mechanism)?;
        let servers = match mechanism.mechanism.as_str() {
            "a" => vec![name],
            "mx" => match self.answers.get(&Question::new(&name, Kind::Mx))? {
                Reply::Found(servers) => servers.clone(),
                Reply::Void | Reply::Failed(_) => return None,
            },
            _ => return None,
        };
        let qualifier = term.get(..1).filter(|sign| ["-", "~", "?"].contains(sign));
        let mut found = Vec::new();
        for server in servers {
            for (kind, mechanism_name, prefix, longest) in [
                (Kind::A, "ip4", mechanism.prefix4, 32),
                (Kind::Aaaa, "ip6", mechanism.prefix6, 128),
            ] {
                match self.answers.get(&Question::new(&server, kind))? {
                    Reply::Found(ips) => found.extend(ips.iter().map(|ip| {
                        let suffix = prefix.filter(|prefix| *prefix < longest);
                        let suffix = suffix.map_or_else(String::new, |prefix| format!("/{prefix}"));
                        format!(
                            "{}{mechanism_name}:{ip}{suffix}",
                            qualifier.unwrap_or_default()
                        )
                    })),
                    Reply::Void => {}
                    Reply::Failed(_) => return None,
                }
            }
        }
        Some(found)
    }

    /// What others get: as it was, softfail at least, or fail.
    fn ending(&mut self) {
        let all = self.terms.iter().position(|term| is_all(term));
        let several = self
            .facts
            .spf
            .records
            .value()
            .is_some_and(|all| all.len() > 1);
        let current = all.and_then(|at| self.terms.get(at)).and_then(|term| {
            let record = alone(term);
            record
                .mechanisms
                .first()
                .map(|mechanism| mechanism.qualifier)
        });
        let wanted = match (self.step, current) {
            (Step::Refuse, _) => "-all",
            (Step::Restrict, Some(Qualifier::Fail)) | (Step::Mend, _) => return,
            (Step::Restrict, _) => "~all",
        };
        if current.is_none() && self.redirect().is_some() && !several {
            return;
        }
        match all.and_then(|at| self.terms.get_mut(at)) {
            Some(term) if term == wanted => {}
            Some(term) => {
                let words = format!("`{term}` becomes `{wanted}`");
                wanted.clone_into(term);
                self.note(words);
            }
            None => {
                self.note(format!("`{wanted}` is added"));
                self.terms.push(wanted.to_owned());
            }
        }
    }

    fn text(&self) -> String {
        let mut text = "v=spf1".to_owned();
        for term in &self.terms {
            text.push(' ');
            text.push_str(term);
        }
        text
    }
}

/// Whether a word is a version, however it is written.
fn is_version(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let lower = bare.to_ascii_lowercase();
    lower.starts_with("v=spf") || lower == "spf1" || lower == "v:spf1"
}

fn is_all(term: &str) -> bool {
    let record = alone(term);
    record
        .mechanisms
        .first()
        .is_some_and(|it| it.mechanism == "all")
}
