//! Rules as SARIF describes them.

use super::super::{escape, references};
use super::model::{Configuration, Descriptor, RuleProperties, Text};
use super::prose::{self, MOST_DESCRIPTION};
use super::seen::{Seen, SeenRule};
use super::{Profile, level};
use crate::results::Run;
use crate::results::outcome::{Level, Severity};
use crate::results::rule::RuleInfo;

/// The most characters of a help text.
const MOST_HELP: usize = 8000;

/// The most characters of a friendly name (GitHub).
const MOST_NAME: usize = 255;

/// The most tags of a rule that GitHub shows.
const MOST_TAGS: usize = 10;

/// All rules of the run and all manual requirements that it has findings of, by id.
pub(super) fn descriptors(run: &Run, seen: &Seen, profile: Profile) -> Vec<Descriptor> {
    let rules = seen.rules.iter();
    rules
        .map(|(id, seen)| descriptor(id, seen, run.rule(id), profile))
        .collect()
}

fn descriptor(id: &str, seen: &SeenRule, rule: Option<&RuleInfo>, profile: Profile) -> Descriptor {
    let id = escape::line(id);
    let name = name(&id);
    let title = rule.map_or(&seen.title, |rule| &rule.title);
    let why = rule.map_or("", |rule| &rule.why);
    let told = |text: &str, otherwise: &str| {
        let told = prose::line(text);
        let told = if told.is_empty() { otherwise } else { &told };
        Text {
            text: profile.message(&escape::cut(told, MOST_DESCRIPTION)),
            markdown: None,
        }
    };
    let short = told(title, &id);
    let level = seen.level.unwrap_or(Level::Should);
    Descriptor {
        full_description: Some(told(why, &short.text)),
        help: Some(help(title, rule, profile)),
        help_uri: rule.and_then(|rule| rule.refs.iter().find_map(|one| references::link(one))),
        default_configuration: Some(Configuration {
            level: self::level(level),
        }),
        properties: Some(properties(seen, rule, level, profile)),
        name: name.filter(|name| *name != id),
        short_description: short,
        id,
    }
}

/// Why, what to do and what it rests on.
fn help(title: &str, rule: Option<&RuleInfo>, profile: Profile) -> Text {
    let Some(RuleInfo { why, fix, refs, .. }) = rule else {
        let manual = "This can't be seen from outside: somebody has to look.";
        return Text {
            text: profile.message(&format!("{}. {manual}", prose::line(title))),
            markdown: None,
        };
    };
    let cut = |text: &str| escape::cut(text, MOST_HELP / 4).into_owned();
    let (why, fix) = (cut(why), cut(fix));
    let plain: Vec<String> = refs.iter().map(|one| prose::line(one)).collect();
    let linked: Vec<String> = refs.iter().map(|one| linked(one)).collect();
    let text = format!(
        "Why: {}\nFix: {}\nReferences: {}.",
        prose::line(&why),
        prose::line(&fix),
        plain.join(", ")
    );
    let markdown = format!(
        "{}\n\n**Fix:** {}\n\n**References:** {}",
        prose::markdown(&why),
        prose::markdown(&fix),
        linked.join(", ")
    );
    Text {
        text: profile.message(&escape::cut(&text, MOST_HELP)),
        markdown: Some(profile.message(&markdown)),
    }
}

/// A reference as a link, where it has a page.
fn linked(reference: &str) -> String {
    let text = prose::literal(reference);
    match references::link(reference) {
        Some(page) => format!("[{text}]({})", page.replace('(', "%28").replace(')', "%29")),
        None => text,
    }
}

fn properties(
    seen: &SeenRule,
    rule: Option<&RuleInfo>,
    level: Level,
    profile: Profile,
) -> RuleProperties {
    let area = rule.map_or(&seen.area, |rule| &rule.area);
    let severity = rule.map(|rule| rule.severity).or(seen.severity);
    let mut tags = vec!["security".to_owned()];
    let more = std::iter::once(area).chain(&seen.baselines);
    for tag in more.map(|tag| escape::line(tag)) {
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if profile == Profile::Github {
        tags.truncate(MOST_TAGS);
    }
    RuleProperties {
        tags,
        precision: "high",
        problem_severity: match level.strength() {
            Level::Must | Level::MustNot => "error",
            Level::Should | Level::ShouldNot => "warning",
            Level::May => "recommendation",
        },
        security_severity: severity.and_then(security_severity),
        definition: rule.map(|rule| escape::line(&format!("{}:{}", rule.file, rule.line))),
    }
}

/// The number that GitHub sorts by. Zero is not valid, so that what is only worth knowing has none.
const fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("3.0"),
        Severity::Info => None,
    }
}

/// The id in one word, as SARIF's own rules call themselves: `DmarcPolicyAtLeast`.
pub(super) fn name(id: &str) -> Option<String> {
    let mut name = String::new();
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    let name: String = name.chars().take(MOST_NAME).collect();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_word() {
        for (id, told) in [
            ("dmarc-policy-at-least", Some("DmarcPolicyAtLeast")),
            ("x509", Some("X509")),
            ("--", None),
        ] {
            assert_eq!(name(id).as_deref(), told);
        }
    }

    #[test]
    fn references_are_links_where_they_have_pages() {
        assert_eq!(
            linked("RFC 9989 §4.7"),
            "[RFC 9989 §4.7](https://www.rfc-editor.org/rfc/rfc9989#section-4.7)"
        );
        assert_eq!(linked("a [b](c)"), "a \\[b\\](c)");
    }
}
