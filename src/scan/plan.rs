//! Which policy each domain of a run is held against: the settings give domains baselines and changes, and
//! domains with equal ones share a policy. Every policy that may be needed can be had before the first packet.

use super::said::Said;
use super::waive::Waivers;
use super::{Basis, correct};
use crate::facts::Facts;
use crate::facts::target::{Role, Target};
use crate::policy::fault::PolicyFault;
use crate::policy::source::Source;
use crate::policy::{Adjustment, Change, Policy, matches};
use crate::results::TargetResult;
use crate::results::notice::Notice;
use crate::results::outcome::Level;
use crate::results::rule::Dropped;
use crate::settings::{Adjust, Settings};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked where nobody says anything.
pub const DEFAULT_BASELINES: [&str; 2] = ["baseline", "mecsa"];

/// What a policy is made of: baselines in order, and the adjustments that hold by their place in the settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    baselines: Vec<String>,
    adjustments: Vec<usize>,
}

/// A policy of the run.
struct Loaded {
    /// How many were loaded before it.
    number: usize,
    policy: Policy,
    /// The domains that were held against it.
    domains: BTreeSet<String>,
}

/// The policies of a run.
pub struct Plan {
    source: Source,
    settings: Settings,
    asked: Vec<String>,
    policies: BTreeMap<Key, Loaded>,
    waivers: Waivers,
    differences: Vec<Notice>,
}

impl Plan {
    /// A plan by these settings. The baselines that the user `asked` for on the command line go before all others.
    pub fn new(source: Source, settings: Settings, asked: Vec<String>) -> Self {
        // Faults of adjustments are shown with their line.
        let own = (settings.file.clone(), settings.text.clone());
        let own = Some(own).filter(|(file, _)| !file.is_empty());
        Self {
            source: source.with(Source::from_files(own.into_iter().collect())),
            waivers: Waivers::new(&settings),
            settings,
            asked,
            policies: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    /// Loads every policy that the targets may be held against, whatever their records show.
    ///
    /// # Errors
    /// All faults of all of them.
    pub fn prepare<'a>(
        &mut self,
        targets: impl IntoIterator<Item = &'a Target>,
    ) -> Result<(), Vec<PolicyFault>> {
        let (mut broken, mut faults) = (BTreeSet::new(), Vec::new());
        for target in targets {
            let said = Said::of(&self.settings, &target.domain);
            for role in said.possible(target) {
                let key = self.key(&said, &target.domain, role);
                if !broken.contains(&key)
                    && let Err(found) = self.load(key.clone())
                {
                    broken.insert(key);
                    faults.extend(found);
                }
            }
        }
        faults.sort();
        faults.dedup();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    /// Holds a document against the policy of its domain, and waives what somebody answers for.
    ///
    /// # Errors
    /// All faults of that policy, where it was not prepared.
    pub fn judge(&mut self, facts: &Facts) -> Result<TargetResult, Vec<PolicyFault>> {
        let target = &facts.target;
        let said = Said::of(&self.settings, &target.domain);
        let taken = said.role_of(target, &self.settings.file);
        let loaded = self.load(self.key(&said, &target.domain, taken.role))?;
        loaded.domains.insert(target.domain.clone());
        let mut result = correct::judge(&loaded.policy, facts);
        result.role = taken;
        result.place = self.settings.place_of(&target.domain);
        self.waivers.apply(&self.settings, &mut result);
        self.note_difference(&said, target);
        Ok(result)
    }

    /// What the run was held against, and what its settings need. `all` says that the run had every domain that
    /// the user has.
    pub fn finish(&self, all: bool) -> Basis {
        let mut used: Vec<&Loaded> = self.policies.values().collect();
        used.sort_by_key(|loaded| loaded.number);
        if used.iter().any(|loaded| loaded.is_used()) {
            used.retain(|loaded| loaded.is_used());
        }
        let policies: Vec<&Policy> = used.iter().map(|loaded| &loaded.policy).collect();
        let mut basis = Basis::of(&policies);
        for baseline in &mut basis.baselines {
            for dropped in &mut baseline.dropped {
                dropped.domains = domains_without(&used, &baseline.id, dropped);
            }
        }
        let loaded = || self.policies.values().map(|loaded| &loaded.policy);
        let is_rule = |pattern: &str| loaded().any(|policy| knows(policy, pattern));
        let seen = self.seen(all);
        basis.notices = self.waivers.notices(&self.settings, is_rule, &seen);
        basis.notices.extend(self.unused(&seen));
        basis.notices.extend(self.differences.iter().cloned());
        basis.notices.sort();
        basis
    }

    fn key(&self, said: &Said, domain: &str, role: Role) -> Key {
        let settings = &self.settings;
        let ids = |words: &Vec<crate::settings::Word>| -> Vec<String> {
            words.iter().map(|word| word.text.clone()).collect()
        };
        let of_role = || settings.role.get(&role)?.baselines.as_ref().map(ids);
        let baselines = if self.asked.is_empty() {
            let own = said.baselines.clone().or_else(of_role);
            own.or_else(|| settings.baselines.as_ref().map(ids))
                .unwrap_or_else(|| DEFAULT_BASELINES.map(str::to_owned).to_vec())
        } else {
            self.asked.clone()
        };
        let adjusts = settings.adjust.iter().enumerate();
        let meant = adjusts.filter(|(_, adjust)| said.is_meant(adjust, domain, role));
        Key {
            baselines,
            adjustments: meant.map(|(at, _)| at).collect(),
        }
    }

    /// The policy of a key, loaded where it was not yet.
    fn load(&mut self, key: Key) -> Result<&mut Loaded, Vec<PolicyFault>> {
        let number = self.policies.len();
        let free = match self.policies.entry(key) {
            Entry::Occupied(known) => return Ok(known.into_mut()),
            Entry::Vacant(free) => free,
        };
        let meant = free.key().adjustments.iter();
        let adjustments: Vec<Adjustment> = meant
            .filter_map(|at| self.settings.adjust.get(*at))
            .map(|adjust| adjustment(adjust, &self.settings.file))
            .collect();
        let baselines = &free.key().baselines;
        let policy = Policy::load_adjusted(&self.source, baselines, &adjustments)?;
        Ok(free.insert(Loaded {
            number,
            policy,
            domains: BTreeSet::new(),
        }))
    }

    fn note_difference(&mut self, said: &Said, target: &Target) {
        if let Some(role) = said.role.filter(|role| *role != target.role) {
            let text = format!(
                "{} is {} here, and its facts were collected as those of the role {}",
                target.domain,
                role.as_str(),
                target.role.as_str()
            );
            self.differences
                .push(self.notice("role-differs", said.line, text));
        }
    }

    fn notice(&self, id: &str, line: usize, text: String) -> Notice {
        Notice {
            file: self.settings.file.clone(),
            line,
            id: id.to_owned(),
            level: Level::May,
            text,
        }
    }

    /// Tells whether a run had all domains that a list of names and patterns means. With baselines of the command
    /// line, what nothing is asked of says nothing about the settings.
    fn seen(&self, all: bool) -> impl Fn(&[String]) -> bool {
        let held = |domain: &String| {
            let mut loaded = self.policies.values();
            loaded.any(|loaded| loaded.domains.contains(domain))
        };
        let mut own = self
            .settings
            .targets()
            .map(|target| &target.domain)
            .peekable();
        let whole = all || own.peek().is_some() && own.all(held);
        move |domains| {
            let named = !domains.is_empty() && domains.iter().all(held);
            self.asked.is_empty() && (whole || named)
        }
    }

    /// Adjustments that changed nothing at any domain of the run.
    fn unused(&self, seen: impl Fn(&[String]) -> bool) -> Vec<Notice> {
        let mut notices = Vec::new();
        let adjusts = self.settings.adjust.iter().enumerate();
        for (number, adjust) in adjusts.filter(|(_, adjust)| seen(&adjust.domains)) {
            let loaded = self.policies.iter();
            let meant: Vec<&Policy> = loaded
                .filter(|(key, loaded)| key.adjustments.contains(&number) && loaded.is_used())
                .map(|(_, loaded)| &loaded.policy)
                .collect();
            let text = if meant.is_empty() {
                "no domain of the run is meant by this adjustment".to_owned()
            } else if !meant.iter().any(|policy| meets(policy, adjust)) {
                let rule = &adjust.rule;
                format!("nothing is asked that the adjustment of `{rule}` means")
            } else {
                continue;
            };
            notices.push(self.notice("adjustment-unused", adjust.place.line, text));
        }
        notices
    }
}

impl Loaded {
    fn is_used(&self) -> bool {
        !self.domains.is_empty()
    }
}

fn adjustment(adjust: &Adjust, file: &str) -> Adjustment {
    Adjustment {
        rule: adjust.rule.clone(),
        from: adjust.baseline.as_ref().map(|word| word.text.clone()),
        at: None,
        change: if adjust.drop {
            Change::Drop
        } else {
            Change::Set {
                level: adjust.level,
                severity: adjust.severity,
                parameters: adjust.parameters.clone(),
            }
        },
        reason: adjust.reason.clone(),
        file: file.to_owned(),
        line: adjust.place.line,
        column: adjust.place.column,
    }
}

/// Whether a policy has a requirement, or has dropped one, that an adjustment means.
fn meets(policy: &Policy, adjust: &Adjust) -> bool {
    let from = |own: &str, norm: &str| {
        let baseline = adjust.baseline.as_ref();
        baseline.is_none_or(|from| from.text == own || from.text == norm)
    };
    if adjust.drop {
        return policy.baselines().iter().any(|baseline| {
            baseline.dropped.iter().any(|dropped| {
                matches(&adjust.rule, &dropped.rule)
                    && from(&baseline.id, &dropped.baseline)
                    && dropped.reason == adjust.reason
            })
        });
    }
    policy.requirements().iter().any(|asked| {
        let norm = asked.origin.as_ref().unwrap_or(&asked.baseline);
        matches(&adjust.rule, &asked.rule) && from(&asked.baseline, norm)
    })
}

/// Whether a policy knows a rule that fits a pattern, asked or not.
fn knows(policy: &Policy, pattern: &str) -> bool {
    let all = policy.library().iter().chain(policy.rules());
    let dropped = policy.baselines().iter().flat_map(|one| &one.dropped);
    all.map(|rule| &rule.id)
        .chain(dropped.map(|one| &one.rule))
        .any(|id| matches(pattern, id))
}

/// The domains at which a requirement was dropped, where others are held against it; else none.
fn domains_without(used: &[&Loaded], baseline: &str, dropped: &Dropped) -> Vec<String> {
    let of = |loaded: &Loaded| {
        let mut all = loaded.policy.baselines().iter();
        all.find(|one| one.id == baseline)
            .map(|own| own.dropped.contains(dropped))
    };
    if used.iter().all(|loaded| of(loaded) != Some(false)) {
        return Vec::new();
    }
    let with = used.iter().filter(|loaded| of(loaded) == Some(true));
    let domains: BTreeSet<&String> = with.flat_map(|loaded| &loaded.domains).collect();
    domains.into_iter().cloned().collect()
}
