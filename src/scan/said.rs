//! What the settings say of one domain, and what it is taken to be used for.

use crate::facts::target::{Confidence, Role, Target};
use crate::policy::matches;
use crate::results::role::{RoleSource, RoleTaken};
use crate::settings::{Adjust, Domain, Settings};

/// What the entries that mean a domain say together. The entry that names it goes before patterns, and of
/// patterns the later one before the earlier; selectors and tags of all of them add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its role.
    pub role: Option<Role>,
    /// The line that gives the role.
    pub line: usize,
    /// The baselines that it is held against.
    pub baselines: Option<Vec<String>>,
    /// Its DKIM selectors; those for all domains are among them.
    pub selectors: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Said {
    /// What the settings say of a domain.
    pub fn of(settings: &Settings, domain: &str) -> Self {
        let mut said = Self {
            selectors: settings.selectors.clone(),
            ..Self::default()
        };
        let pattern = |name: &String| name.contains('*') && matches(name, domain);
        let patterns = settings.patterns.iter();
        let meant = patterns
            .filter_map(|at| settings.domain.get(*at))
            .filter(|entry| entry.names.iter().any(pattern));
        let own = settings.by_name.get(domain);
        for entry in meant.chain(own.and_then(|at| settings.domain.get(*at))) {
            said.add(entry);
        }
        said
    }

    fn add(&mut self, entry: &Domain) {
        if entry.role.is_some() {
            self.role = entry.role;
            self.line = entry.place.line;
        }
        if let Some(baselines) = &entry.baselines {
            let ids = baselines.iter().map(|word| word.text.clone());
            self.baselines = Some(ids.collect());
        }
        add_new(&mut self.selectors, &entry.selectors);
        add_new(&mut self.tags, &entry.tags);
    }

    /// Whether an adjustment is about a domain of which this is said and that has this role.
    pub(super) fn is_meant(&self, adjust: &Adjust, domain: &str, role: Role) -> bool {
        let any_or = |none: bool, some: bool| none || some;
        any_or(adjust.domains.is_empty(), fits(&adjust.domains, domain))
            && any_or(adjust.roles.is_empty(), adjust.roles.contains(&role))
            && any_or(
                adjust.tags.is_empty(),
                self.tags.iter().any(|tag| adjust.tags.contains(tag)),
            )
    }

    /// What a target is taken to be used for. What was said goes first; a derived role counts only where it is
    /// certain, since a domain that is not certainly parked is held to what holds for all.
    pub(super) fn role_of(&self, target: &Target, file: &str) -> RoleTaken {
        if let Some(role) = self.role {
            return RoleTaken {
                role,
                source: RoleSource::Settings,
                reason: format!("{file}:{} says so", self.line),
            };
        }
        if target.role_declared || target.role != Role::Mail {
            return RoleTaken {
                role: target.role,
                source: RoleSource::Facts,
                reason: "it was declared when the facts were collected".to_owned(),
            };
        }
        let derived = target.derived_role.as_ref();
        let Some(derived) = derived.filter(|derived| derived.role != Role::Mail) else {
            return RoleTaken::default();
        };
        let why = derived.reasons.join(", ");
        match derived.confidence {
            Confidence::High => RoleTaken {
                role: derived.role,
                source: RoleSource::Derived,
                reason: format!("its records show it ({why})"),
            },
            Confidence::Low => RoleTaken {
                reason: format!(
                    "it may be {}, which is not certain ({why})",
                    derived.role.as_str()
                ),
                ..RoleTaken::default()
            },
        }
    }

    /// The roles that a target may be found to have.
    pub(super) fn possible(&self, target: &Target) -> Vec<Role> {
        if let Some(role) = self.role {
            vec![role]
        } else if target.role_declared || target.role != Role::Mail {
            vec![target.role]
        } else {
            Role::ALL.to_vec()
        }
    }
}

/// Whether a domain is one of these, in which a `*` stands for any text.
pub(super) fn fits(patterns: &[String], domain: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, domain))
}

fn add_new(all: &mut Vec<String>, more: &[String]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::target::DerivedRole;
    use crate::records::domain;

    const SETTINGS: &str = r#"
selectors = ["all"]
[[domain]]
name = "a.example.test"
selectors = ["own"]
[[domain]]
name = "*.example.test"
role = "parked"
baselines = ["first"]
tags = ["x"]
[[domain]]
names = ["*.test", "other.test"]
role = "send-only"
selectors = ["own", "test"]
"#;

    #[test]
    fn the_exact_name_goes_before_patterns_and_later_patterns_before_earlier_ones() {
        let settings = Settings::parse("waxseal.toml", SETTINGS).unwrap();
        let said = Said::of(&settings, "a.example.test");
        assert_eq!((said.role, said.line), (Some(Role::SendOnly), 11));
        assert_eq!(said.baselines, Some(vec!["first".to_owned()]));
        assert_eq!(said.selectors, ["all", "own", "test"]);
        assert_eq!(said.tags, ["x"]);
        let exact = SETTINGS.replace("selectors = [\"own\"]", "role = \"mail\"");
        let settings = Settings::parse("waxseal.toml", &exact).unwrap();
        let said = Said::of(&settings, "a.example.test");
        assert_eq!((said.role, said.line), (Some(Role::Mail), 3));
        let said = Said::of(&settings, "elsewhere.org");
        assert_eq!((said.role, said.selectors.len()), (None, 1));
    }

    #[test]
    fn a_role_is_what_was_said_or_what_the_records_show_for_certain() {
        use Confidence::{High, Low};
        let parked = |confidence| {
            Some(DerivedRole {
                role: Role::Parked,
                confidence,
                reasons: vec!["a null MX is published".to_owned()],
            })
        };
        for (declared, derived, role, source) in [
            (None, None, Role::Mail, RoleSource::Default),
            (None, parked(Low), Role::Mail, RoleSource::Default),
            (None, parked(High), Role::Parked, RoleSource::Derived),
            (
                Some(Role::SendOnly),
                parked(High),
                Role::SendOnly,
                RoleSource::Facts,
            ),
            (
                Some(Role::Mail),
                parked(High),
                Role::Mail,
                RoleSource::Facts,
            ),
        ] {
            let mut target = domain::target("example.org", declared.unwrap_or_default()).unwrap();
            target.role_declared = declared.is_some();
            target.derived_role = derived;
            let taken = Said::default().role_of(&target, "waxseal.toml");
            assert_eq!((taken.role, taken.source), (role, source), "{target:?}");
            assert!(Said::default().possible(&target).contains(&role));
        }
    }
}
