//! What is said of the run itself: rules that broke, what the settings need, what is missing and what was cut.

use super::super::spot::Spot;
use super::findings::at;
use super::limits::Cut;
use super::model::{Descriptor, Notification, Reference, Text};
use super::seen::{Broke, Seen};
use super::{Profile, level, prose, rules};
use crate::results::Run;
use crate::results::notice::Notice;

/// Notifications, and what is told of their kinds.
pub(super) struct Notifications {
    /// Of the run.
    pub(super) execution: Vec<Notification>,
    /// Of what it was asked to do.
    pub(super) configuration: Vec<Notification>,
    /// One a kind.
    pub(super) descriptors: Vec<Descriptor>,
}

/// A kind of notification.
#[derive(Clone, Copy)]
struct Kind<'a> {
    id: &'a str,
    about: &'a str,
    help: &'a str,
}

const BROKE: Kind<'_> = Kind {
    id: "rule-broke",
    about: "A rule broke.",
    help: "Nothing is said of the domain by this rule. Mend the rule, or report the fault to who maintains it.",
};
const PARTIAL: Kind<'_> = Kind {
    id: "run-not-whole",
    about: "The run ended before all domains were looked at.",
    help: "Run it again: domains that are missing could fail.",
};
const CUT: Kind<'_> = Kind {
    id: "results-cut",
    about: "There are more findings than the reader of this file takes.",
    help: "The worst findings are here. Other formats have all of them.",
};
const NOTICE: Kind<'_> = Kind {
    id: "",
    about: "The settings need something.",
    help: "Look at the line of waxseal.toml that it names.",
};

impl Notifications {
    pub(super) fn of(run: &Run, seen: &Seen, cut: Option<Cut>, profile: Profile) -> Self {
        let mut told = Self {
            execution: Vec::new(),
            configuration: Vec::new(),
            descriptors: Vec::new(),
        };
        for (id, rule) in &seen.rules {
            if let Some(broke) = &rule.broke {
                let mut notification =
                    told.notification(BROKE, "error", &of_broken(id, broke), profile);
                notification.associated_rule = Some(Reference {
                    id: prose::line(id),
                    index: Some(rule.index),
                });
                notification.locations = Spot::position(&broke.position).iter().map(at).collect();
                told.execution.push(notification);
            }
        }
        if let Some(why) = &run.partial {
            let text = format!("Not whole: {}.", prose::line(why));
            let notification = told.notification(PARTIAL, "error", &text, profile);
            told.execution.push(notification);
        }
        if let Some(cut) = cut {
            let notification = told.notification(CUT, "warning", &cut.told(), profile);
            told.execution.push(notification);
        }
        for notice in &run.notices {
            let id = prose::line(&notice.id);
            let kind = Kind { id: &id, ..NOTICE };
            let text = of_notice(notice);
            let mut notification = told.notification(kind, level(notice.level), &text, profile);
            notification.locations = Spot::of_notice(notice).iter().map(at).collect();
            told.configuration.push(notification);
        }
        told
    }

    fn notification(
        &mut self,
        Kind { id, about, help }: Kind<'_>,
        level: &'static str,
        text: &str,
        profile: Profile,
    ) -> Notification {
        let mut known = self.descriptors.iter();
        let index = known.position(|known| known.id == id).unwrap_or_else(|| {
            let text = |text: &str| Text {
                text: text.to_owned(),
                markdown: None,
            };
            self.descriptors.push(Descriptor {
                id: id.to_owned(),
                name: rules::name(id).filter(|name| name != id),
                short_description: text(about),
                full_description: Some(text(about)),
                help: Some(text(help)),
                help_uri: None,
                default_configuration: None,
                properties: None,
            });
            self.descriptors.len() - 1
        });
        Notification {
            descriptor: Reference {
                id: id.to_owned(),
                index: Some(index),
            },
            associated_rule: None,
            level,
            message: Text {
                text: profile.message(text),
                markdown: None,
            },
            locations: Vec::new(),
        }
    }
}

fn of_broken(id: &str, broke: &Broke) -> String {
    let Broke {
        times,
        domain,
        reason,
        position,
    } = broke;
    let often = match times {
        1 => String::new(),
        times => format!(", the first of {times} times"),
    };
    prose::line(&format!(
        "The rule {id} broke at {domain}{often}: {reason} ({position})."
    ))
}

fn of_notice(notice: &Notice) -> String {
    let Notice {
        file, line, text, ..
    } = notice;
    prose::line(&format!("{file}:{line}: {text}."))
}
