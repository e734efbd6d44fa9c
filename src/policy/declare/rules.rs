//! Rules as they are declared: how one requirement is tested.

use super::header::{Header, is_kebab_case};
use super::loading::{Closure, Declaration, Script};
use crate::policy::compare::direction::measured;
use crate::policy::fault::Faults;
use crate::policy::language::node::to_json;
use crate::policy::language::values::misplaced;
use crate::policy::lint::table;
use crate::policy::suggest::did_you_mean;
use crate::results::outcome::Severity;
use crate::results::rule::RuleInfo;
use rhai::{Dynamic, Position};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One rule.
pub(in crate::policy) struct Rule {
    /// What it says of itself; its text has the default parameters filled in.
    pub(in crate::policy) info: RuleInfo,
    /// The title with its `${…}`.
    pub(in crate::policy) title: String,
    /// The parameters with their defaults.
    pub(in crate::policy) parameters: Map<String, Value>,
    /// The parameters that the test compares with by `at_least`.
    ordered: BTreeSet<String>,
    /// Whether it applies to a target.
    pub(in crate::policy) when: Option<Closure>,
    /// To what it applies, with `${…}`.
    pub(in crate::policy) applies: String,
    /// The test.
    pub(in crate::policy) body: Closure,
    /// The facts whose absence the rule names, the first of which tells where: JSON pointers with `*` for every place
    /// of a list. A failure that would not be settled without them follows from this rule's.
    pub(in crate::policy) root: Vec<String>,
    /// Where `contradicts` stands.
    contradicts_at: Position,
}

/// The rules of all files, by id.
#[derive(Default)]
pub(in crate::policy) struct Library {
    pub(in crate::policy) rules: BTreeMap<String, Rule>,
    /// The names of the members that the files read.
    pub(in crate::policy) members: BTreeSet<String>,
    /// The ids that no rule may have again.
    retired: BTreeSet<String>,
    /// The text of files that have rules which could not be read.
    doubtful: String,
}

impl Library {
    /// A library without rules; none of these ids may come back.
    pub(in crate::policy) fn new(retired: BTreeSet<String>) -> Self {
        Self {
            retired,
            ..Self::default()
        }
    }

    /// Takes up the rules that a file declares.
    pub(in crate::policy) fn take(&mut self, script: &Script, faults: &mut Faults<'_>) {
        self.members.extend(script.members.iter().cloned());
        if !script.complete {
            self.doubt(faults.source().text(&script.file));
        }
        let rules = script.declarations.iter();
        for declaration in rules.filter(|one| one.function == "rule") {
            let Some(rule) = Rule::read(script, declaration, faults) else {
                self.doubt(faults.source().text(&script.file));
                continue;
            };
            if let Some(first) = self.rules.get(&rule.info.id) {
                let message = format!("there are two rules `{}`", rule.info.id);
                let (file, line) = (&first.info.file, first.info.line);
                let help = format!("the other one is at {file}:{line}");
                let place = (script.file.as_str(), declaration.position);
                faults.note(&table::DUPLICATE_ID, place, message, help);
                continue;
            }
            if self.retired.contains(&rule.info.id) {
                let message = format!("the id `{}` is retired", rule.info.id);
                let help = "ids are never used again: call the rule otherwise";
                let place = (script.file.as_str(), declaration.position);
                faults.note(&table::RETIRED_ID, place, message, help);
            }
            self.rules.insert(rule.info.id.clone(), rule);
        }
    }

    /// Notes the text of a file that some rule of could not be read.
    pub(in crate::policy) fn doubt(&mut self, text: Option<&str>) {
        self.doubtful.push_str(text.unwrap_or_default());
    }

    /// Notes a fault where a rule contradicts itself, or one that is not there.
    pub(in crate::policy) fn check_contradictions(&self, faults: &mut Faults<'_>) {
        for (id, rule) in &self.rules {
            for other in &rule.info.contradicts {
                if other == id {
                    let message = format!("`{id}` contradicts itself");
                    faults.add(&rule.info.file, rule.contradicts_at, message, "");
                } else if !self.rules.contains_key(other) && !self.may_have(other) {
                    let help = did_you_mean(other, self.rules.keys().map(String::as_str));
                    let message = format!("there is no rule `{other}`");
                    faults.add(&rule.info.file, rule.contradicts_at, message, help);
                }
            }
        }
    }

    /// Whether a rule of that id stands in a file that could not be read: that fault says enough.
    pub(in crate::policy) fn may_have(&self, id: &str) -> bool {
        self.doubtful.contains(&format!("rule(\"{id}\""))
    }
}

impl Library {
    /// Whether a file that could not be read to its end may ask the rule of that id.
    pub(in crate::policy) fn may_ask(&self, id: &str) -> bool {
        self.doubtful.contains(&format!("\"{id}\""))
    }
}

impl Rule {
    /// Why a word can't stand for a parameter, as message and help: it has no place in the order that the default has.
    pub(in crate::policy) fn misplaced(
        &self,
        key: &str,
        value: &Value,
    ) -> Option<(String, String)> {
        let default = self.parameters.get(key)?.as_str()?;
        let word = value.as_str().filter(|_| self.ordered.contains(key))?;
        let help = misplaced(default, word)?;
        let message = format!("`{word}` has no place in the order of the parameter `{key}`");
        Some((message, help))
    }

    /// Reads a `rule(…)`. None where something that it can't do without is missing.
    pub(in crate::policy) fn read(
        script: &Script,
        declaration: &Declaration,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        let (id, mut header) = Header::of(script, declaration, faults)?;
        let title = header.text("title", faults);
        let area = header.text("area", faults);
        if !area.is_empty() && !is_kebab_case(&area) {
            let message = format!("`{area}` is no area");
            let help = "areas are words such as `dmarc`, `mta-sts` or `starttls`";
            faults.add(header.file, header.place("area"), message, help);
        }
        if !header.has("severity") {
            let message = format!("`rule` `{id}` has no `severity`");
            let place = (header.file, header.position);
            faults.note(&table::METADATA_MISSING, place, message, "");
        }
        let severity = header.severity(faults).unwrap_or(Severity::Medium);
        let (why, fix) = (header.text("why", faults), header.text("fix", faults));
        let refs = header.texts("refs", faults);
        let parameters = parameters(&mut header, faults);
        let (when, applies) = condition(script, &mut header, faults);
        let contradicts_at = header.place("contradicts");
        let contradicts = header.optional_texts("contradicts", faults);
        let root = root(&mut header, faults);
        let quantity = quantity(&id, &parameters, &mut header, faults);
        for text in [&title, &why, &fix, &applies] {
            check_gaps(text, &parameters, &header, faults);
        }
        let info = RuleInfo {
            title: fill(&title, &parameters),
            area,
            severity,
            why: fill(&why, &parameters),
            fix: fill(&fix, &parameters),
            refs,
            contradicts,
            quantity,
            file: script.file.clone(),
            line: declaration.position.line().unwrap_or(0),
            id,
        };
        let (file, position) = (header.file, header.position);
        header.end(faults);
        let closure = declaration.arguments.get(2).unwrap_or(&Dynamic::UNIT);
        match script.closure(closure, &[2]) {
            Ok(body) => Some(Self {
                info,
                title,
                parameters,
                ordered: script.ordered.clone(),
                when,
                applies,
                body,
                root,
                contradicts_at,
            }),
            Err(message) => {
                let help = "a rule ends with `|mail, want| { … }`; a parameter that is not read is called `_want`";
                faults.add(file, position, message, help);
                None
            }
        }
    }
}

fn parameters(header: &mut Header<'_>, faults: &mut Faults<'_>) -> Map<String, Value> {
    let Some(value) = header.take("params") else {
        return Map::new();
    };
    match to_json(&value) {
        Value::Object(parameters) => parameters,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            let message = "`params` is `#{ name: default, … }`";
            faults.add(header.file, header.place("params"), message, "");
            Map::new()
        }
    }
}

/// The facts that the rule is the root of.
fn root(header: &mut Header<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let at = header.place("root");
    let root = header.optional_texts("root", faults);
    for pointer in root.iter().filter(|pointer| !pointer.starts_with('/')) {
        let message = format!("`{pointer}` is no JSON pointer");
        let help = "write `/mx/hosts/*/dane`: members of the facts document, `*` for every place of a list";
        faults.add(header.file, at, message, help);
    }
    root
}

/// What the rule's parameter measures. It has to be told from its id, and which parameter it is.
fn quantity(
    id: &str,
    parameters: &Map<String, Value>,
    header: &mut Header<'_>,
    faults: &mut Faults<'_>,
) -> String {
    let at = header.place("quantity");
    let Some(quantity) = header.optional_text("quantity", faults) else {
        return String::new();
    };
    if !is_kebab_case(&quantity) {
        let message = format!("`{quantity}` is no quantity");
        let help = "quantities are words such as `dkim-rsa-bits`";
        faults.add(header.file, at, message, help);
    }
    if measured(id, parameters).is_none() {
        let message = "the rule bounds no quantity, or more than one";
        let help = "it needs one parameter that is a number or a word of an ordered list, and an id that ends in `-at-least` or `-at-most`";
        faults.add(header.file, at, message, help);
    }
    quantity
}

fn condition(
    script: &Script,
    header: &mut Header<'_>,
    faults: &mut Faults<'_>,
) -> (Option<Closure>, String) {
    let when_at = header.place("when");
    let when = header.take("when");
    let has_applies = header.has("applies");
    let applies = header.optional_text("applies", faults).unwrap_or_default();
    if when.is_some() && applies.trim().is_empty() {
        let help = "it is shown to people as the reason: `applies: \"to domains that take mail\"`";
        faults.add(header.file, when_at, "`when` needs an `applies`", help);
    }
    if when.is_none() && has_applies {
        let help = "`applies` says to people what `when` tests";
        faults.add(
            header.file,
            header.place("applies"),
            "`applies` needs a `when`",
            help,
        );
    }
    let closure = when.and_then(|value| match script.closure(&value, &[1, 2]) {
        Ok(closure) => Some(closure),
        Err(message) => {
            faults.add(header.file, when_at, message, "write `when: |mail| …`");
            None
        }
    });
    (closure, applies)
}

/// A gap that no parameter fills is a fault.
fn check_gaps(
    text: &str,
    parameters: &Map<String, Value>,
    header: &Header<'_>,
    faults: &mut Faults<'_>,
) {
    for name in gaps(text) {
        if !parameters.contains_key(name) {
            let help = did_you_mean(name, parameters.keys().map(String::as_str));
            let message = format!("`${{{name}}}` is no parameter of this rule");
            faults.add(header.file, header.place("title"), message, help);
        }
    }
}

fn gaps(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Text with each `${parameter}` replaced by its value.
pub(in crate::policy) fn fill(text: &str, parameters: &Map<String, Value>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in parameters {
        filled = filled.replace(&format!("${{{name}}}"), &shown(value));
    }
    filled
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn gaps_are_filled_with_text_numbers_and_lists() {
        let Value::Object(parameters) =
            json!({ "policy": "reject", "days": 14, "modes": ["testing", "enforce"] })
        else {
            panic!("an object")
        };
        for (text, filled) in [
            ("at least ${policy}", "at least reject"),
            ("${days} days", "14 days"),
            ("one of ${modes}", "one of testing, enforce"),
            ("costs $5", "costs $5"),
        ] {
            assert_eq!(fill(text, &parameters), filled);
        }
    }
}
