//! A profile, or a baseline, as one plain baseline file: what it asks in the end, without what it was made from.

use crate::policy::{Policy, Requirement};
use crate::results::outcome::Level;
use crate::results::rule::BaselineInfo;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The text of a file that asks the same as the chosen baseline or profile; none where it was not chosen. Rules and
/// scores of its own, which a baseline can't take over, and what was left out are named in comments.
pub fn text(policy: &Policy, id: &str) -> Option<String> {
    let info = policy.baselines().iter().find(|info| info.id == id)?;
    let mut lines = head(info);
    let mut seen = BTreeSet::new();
    let mut norm = None;
    let asked = policy.requirements().iter();
    for asked in asked.filter(|asked| asked.baseline == id) {
        if norm != Some(&asked.origin) {
            norm = Some(&asked.origin);
            let from = asked.origin.as_deref().unwrap_or(id);
            lines.push(format!("\n// {}", comment(from)));
        }
        let line = line(policy, asked);
        if seen.insert((asked.rule.clone(), line.clone())) {
            lines.push(line);
        } else {
            lines.push(format!("// asked above: {}", comment(&asked.rule)));
        }
    }
    let outside = policy.out_of_scope().iter();
    lines.extend(outside.filter(|line| line.baseline == id).map(|line| {
        let mut members = vec![
            member("clause", &line.clause),
            member("title", &line.title),
            member("reason", &line.reason),
        ];
        members.extend((!line.verified).then(|| "verified: false".to_owned()));
        call("out_of_scope", &line.id, &members)
    }));
    lines.extend(info.dropped.iter().map(|gone| {
        let (rule, norm) = (comment(&gone.rule), comment(&gone.baseline));
        format!(
            "// dropped: {rule} ({norm} {}, {}): {}",
            comment(&gone.clause),
            gone.level.as_str(),
            comment(&gone.reason)
        )
    }));
    lines.extend(elsewhere(policy, info));
    Some(lines.join("\n") + "\n")
}

fn head(info: &BaselineInfo) -> Vec<String> {
    let mut members = vec![
        member("title", &info.title),
        member("publisher", &info.publisher),
        member("version", &info.version),
        member("source", &info.source),
    ];
    for (key, value) in [("date", &info.date), ("licence", &info.licence)] {
        members.extend((!value.is_empty()).then(|| member(key, value)));
    }
    let from = if info.extends.is_empty() {
        String::new()
    } else {
        format!(", which extends {}", comment(&info.extends.join(", ")))
    };
    vec![
        format!("// What {} asks{from}.", comment(&info.file)),
        format!("// SHA-256 of its files and all rules: {}", info.sha256),
        call("baseline", &info.id, &members),
    ]
}

/// What a baseline file can't hold.
fn elsewhere(policy: &Policy, info: &BaselineInfo) -> Vec<String> {
    let own = policy.library().iter();
    let own = own.filter(|rule| rule.file == info.file).map(|rule| {
        let (id, file) = (comment(&rule.id), comment(&rule.file));
        format!("// its own rule {id} stands in {file}: move it to a file in rules/")
    });
    let all = policy.baselines().iter().zip(&policy.scores);
    let scores = all
        .filter(|(one, _)| one.id == info.id)
        .flat_map(|(_, scores)| scores)
        .map(|score| format!("// the score {} is not taken over", comment(&score.id)));
    own.chain(scores).collect()
}

fn line(policy: &Policy, asked: &Requirement) -> String {
    let mut members = Vec::new();
    if !asked.clause.is_empty() {
        members.push(member("clause", &asked.clause));
    }
    if asked.manual {
        members.push(member("title", &asked.title));
        members.push(member("area", &asked.area));
        members.push(member("level", function(asked.level)));
    }
    members.extend(own_words(policy, asked));
    let defaults = policy.defaults(&asked.rule);
    for (name, value) in &asked.parameters {
        if defaults.and_then(|defaults| defaults.get(name)) != Some(value) {
            members.push(format!("{name}: {}", literal(value)));
        }
    }
    members.extend((!asked.verified).then(|| "verified: false".to_owned()));
    let function = if asked.manual {
        "manual"
    } else {
        function(asked.level)
    };
    let text = call(function, &asked.rule, &members);
    match &asked.changed {
        Some(why) => format!("{text} // changed: {}", comment(why)),
        None => text,
    }
}

/// Title, why, fix and severity where they are not the rule's.
fn own_words(policy: &Policy, asked: &Requirement) -> Vec<String> {
    let rule = policy.rules.get(&asked.rule);
    let mut members = Vec::new();
    if let Some(rule) = rule
        && rule.title != asked.heading
    {
        members.push(member("title", &asked.heading));
    }
    for (key, value) in [("why", &asked.why), ("fix", &asked.fix)] {
        members.extend(value.as_ref().map(|value| member(key, value)));
    }
    if rule.is_none_or(|rule| rule.info.severity != asked.severity) {
        members.push(member("severity", asked.severity.as_str()));
    }
    members
}

const fn function(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::MustNot => "must_not",
        Level::Should => "should",
        Level::ShouldNot => "should_not",
        Level::May => "may",
    }
}

fn call(function: &str, id: &str, members: &[String]) -> String {
    format!("{function}({}, #{{ {} }});", quoted(id), members.join(", ")).replace("#{  }", "#{}")
}

fn member(key: &str, text: &str) -> String {
    format!("{key}: {}", quoted(text))
}

/// A value as Rhai writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "()".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<String> = members
                .map(|(name, value)| format!("{}: {}", quoted(name), literal(value)))
                .collect();
            format!("#{{ {} }}", members.join(", "))
        }
    }
}

/// Text as Rhai writes it: what is no printable character as an escape.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(character),
            other if other.is_alphanumeric() || "§–—…’‘“”©€·×≤≥".contains(other) =>
            {
                quoted.push(other);
            }
            other => {
                // Writing to a String does not fail.
                let _ = write!(quoted, "\\U{:08x}", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Text that can't end the comment that it stands in.
fn comment(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts_for_tests::{rule, source};
    use crate::policy::source::Source;

    fn asked(policy: &Policy) -> Vec<(Level, String, String, String, String)> {
        let asked = policy.requirements().iter();
        asked
            .map(|one| {
                let parameters = Value::Object(one.parameters.clone()).to_string();
                let words = format!(
                    "{parameters} {:?} {:?} {} {} {}",
                    one.why,
                    one.fix,
                    one.severity.as_str(),
                    one.verified,
                    one.manual
                );
                (
                    one.level,
                    one.rule.clone(),
                    one.clause.clone(),
                    one.title.clone(),
                    words,
                )
            })
            .collect()
    }

    #[test]
    fn the_effective_policy_read_as_a_baseline_asks_the_same() {
        let rules = [
            rule("r", "require true else \"no\";").replace("\"T\"", "\"At least ${policy}\""),
            rule("s", "require true else \"no\";"),
        ]
        .concat();
        let norm = "baseline(\"n\", #{ title: \"N\", publisher: \"P\", version: \"1\", source: \"s\", date: \"2026\", licence: \"CC0\" });\n\
             must(\"r\", #{ clause: \"1\", policy: \"reject\", why: \"say \\\"hi\\\" \\\\ \\n\\u202e\", fix: \"ä\" });\n\
             should_not(\"s\", #{ severity: \"high\", title: \"Not ${limit}\", verified: false });\n\
             manual(\"look\", #{ clause: \"3\", title: \"Look\", area: \"spf\", level: \"should\" });\n\
             out_of_scope(\"people\", #{ clause: \"2\", title: \"People\", reason: \"no domain\" });";
        let profile = "profile(\"p\", #{ title: \"P\", owner: \"o\", version: \"1\", extends: [\"n\"] });\n\
             change(\"s\", #{ level: \"may\", limit: 12, reason: \"soft\\nly\" });\n\
             drop(\"look\", #{ reason: \"nobody\\n must(\" });\nmay(\"s\", #{ clause: \"own\" });";
        let files = [
            ("rules/r.rhai", rules.as_str()),
            ("baselines/n.rhai", norm),
            ("profiles/p.rhai", profile),
        ];
        let files = source(&files);
        for id in ["n", "p"] {
            let policy = Policy::load(&files, &[id.to_owned()]).unwrap();
            let written = text(&policy, id).unwrap();
            let path = format!("baselines/{id}.rhai");
            let over = Source::from_files(vec![(path, written.clone())]);
            let again = Policy::load(&files.clone().with(over), &[id.to_owned()])
                .unwrap_or_else(|faults| panic!("{faults:#?}\n{written}"));
            assert_eq!(asked(&again), asked(&policy), "{written}");
            assert_eq!(again.out_of_scope().len(), 1, "{written}");
        }
    }

    #[test]
    fn every_shipped_baseline_can_be_written_anew() {
        let files = Source::shipped();
        for id in crate::policy::available_baselines(&files) {
            let policy = Policy::load(&files, std::slice::from_ref(&id)).unwrap();
            let written = text(&policy, &id).unwrap();
            let over = Source::from_files(vec![(format!("baselines/{id}.rhai"), written)]);
            let again = Policy::load(&files.clone().with(over), std::slice::from_ref(&id))
                .unwrap_or_else(|faults| panic!("{faults:#?}"));
            assert_eq!(asked(&again), asked(&policy), "{id}");
        }
    }
}
