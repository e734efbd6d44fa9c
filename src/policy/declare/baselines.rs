//! Baselines as they are declared: which rule at which level, with which parameters, and scores.

use super::header::Header;
use super::loading::{Closure, Declaration, Script};
use super::rules::{Library, Rule, fill};
use crate::policy::fault::Faults;
use crate::policy::lint::table;
use crate::policy::suggest::did_you_mean;
use crate::results::outcome::{Level, Severity};
use crate::results::rule::BaselineInfo;
use rhai::{Dynamic, Position};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The folder of baselines.
pub(in crate::policy) const FOLDER: &str = "baselines/";

/// One requirement of one baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The baseline that asks.
    pub baseline: String,
    /// How binding it is.
    pub level: Level,
    /// The rule that tests; of a manual requirement, its own id.
    pub rule: String,
    /// The clause of the norm; empty where it has none.
    pub clause: String,
    /// The requirement in one short sentence, with its parameters.
    pub title: String,
    /// The part of mail security that it belongs to.
    pub area: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// Why it matters, where the baseline says it otherwise than the rule.
    pub why: Option<String>,
    /// What to do when it does not hold, where the baseline says it otherwise than the rule.
    pub fix: Option<String>,
    /// All parameters as the rule sees them.
    pub parameters: Map<String, Value>,
    /// Whether somebody has to look, because it can't be seen from outside.
    pub manual: bool,
    /// Whether the clause was checked against the norm's own text.
    pub verified: bool,
    /// The norm that it was taken from, where a profile asks it.
    pub origin: Option<String>,
    /// Why it differs from that norm, where it was changed.
    pub changed: Option<String>,
    /// The file that asks, relative to the policy folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The title with its `${…}`.
    pub(in crate::policy) heading: String,
    /// Counts requirements that differ in nothing but their parameters, from 0.
    pub(in crate::policy) repetition: usize,
}

/// A clause of a norm that is not about a mail domain as seen from outside, nor about anything to look at there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfScope {
    /// The baseline that names it.
    pub baseline: String,
    /// Its id.
    pub id: String,
    /// The clause of the norm.
    pub clause: String,
    /// What the clause asks, in one short sentence.
    pub title: String,
    /// Why it is out of scope.
    pub reason: String,
    /// Whether the clause was checked against the norm's own text.
    pub verified: bool,
    /// The norm that it was taken from, where a profile takes it up.
    pub origin: Option<String>,
    /// The line in the norm's file, counted from 1.
    pub line: usize,
}

/// How a baseline computes a number from its findings.
pub(in crate::policy) struct ScoreRule {
    pub(in crate::policy) id: String,
    pub(in crate::policy) title: String,
    pub(in crate::policy) max: f64,
    pub(in crate::policy) body: Closure,
}

/// One baseline, or a profile with all that it takes from others.
pub(in crate::policy) struct Baseline {
    pub(in crate::policy) info: BaselineInfo,
    pub(in crate::policy) requirements: Vec<Requirement>,
    pub(in crate::policy) scores: Vec<ScoreRule>,
    pub(in crate::policy) out_of_scope: Vec<OutOfScope>,
}

impl Baseline {
    /// Reads the file of a baseline. None where it does not say which one it is.
    pub(in crate::policy) fn read(
        script: &Script,
        library: &Library,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        let mut declarations = script.declarations.iter();
        let Some(first) = declarations
            .next()
            .filter(|first| first.function == "baseline")
        else {
            let help = "write `baseline(\"id\", #{ title: …, publisher: …, version: …, source: … });` first";
            let message = "the file does not begin with `baseline(…)`";
            faults.add(&script.file, Position::NONE, message, help);
            return None;
        };
        let info = info(script, first, faults)?;
        let mut baseline = Self::new(info);
        for declaration in declarations {
            baseline.add(script, declaration, library, faults);
        }
        Some(baseline)
    }

    pub(super) const fn new(info: BaselineInfo) -> Self {
        Self {
            info,
            requirements: Vec::new(),
            scores: Vec::new(),
            out_of_scope: Vec::new(),
        }
    }

    /// Counts requirements that have the same level, rule and clause, so that each finding has a name of its own.
    pub(in crate::policy) fn number(&mut self) {
        let mut seen = BTreeMap::new();
        for requirement in &mut self.requirements {
            let key = (
                requirement.level,
                requirement.rule.clone(),
                requirement.clause.clone(),
            );
            let count = seen.entry(key).or_insert(0);
            requirement.repetition = *count;
            *count += 1;
        }
    }

    /// Whether something here was taken from that norm.
    pub(super) fn asks_for(&self, norm: &str) -> bool {
        let mut origins = self.requirements.iter().map(|one| one.origin.as_deref());
        origins.any(|origin| origin == Some(norm))
    }

    /// Adds what one declaration asks.
    pub(super) fn add(
        &mut self,
        script: &Script,
        declaration: &Declaration,
        library: &Library,
        faults: &mut Faults<'_>,
    ) {
        let requirement = match declaration.function {
            "manual" => self.manual(script, declaration, library, faults),
            "score" => return self.score(script, declaration, faults),
            "out_of_scope" => return self.out_of_scope(script, declaration, faults),
            "baseline" | "rule" | "profile" | "change" | "drop" => {
                let message = format!("`{}(…)` does not belong here", declaration.function);
                let help = "a file in `baselines` holds one baseline; rules are in `rules`, changes in `profiles`";
                return faults.add(&script.file, declaration.position, message, help);
            }
            function => match level(function) {
                Some(level) => self.requirement(script, declaration, (level, library), faults),
                None => None,
            },
        };
        let Some(mut requirement) = requirement else {
            return;
        };
        let alike = |known: &&Requirement| {
            known.level == requirement.level
                && known.rule == requirement.rule
                && known.clause == requirement.clause
        };
        requirement.repetition = self.requirements.iter().filter(alike).count();
        if self
            .requirements
            .iter()
            .filter(alike)
            .any(|known| known.parameters == requirement.parameters)
        {
            let message = format!(
                "`{}` is asked twice at the same level, for the same clause and with the same parameters",
                requirement.rule
            );
            let place = (script.file.as_str(), declaration.position);
            faults.note(&table::DUPLICATE_ID, place, message, "");
        }
        self.requirements.push(requirement);
    }

    fn requirement(
        &self,
        script: &Script,
        declaration: &Declaration,
        (level, library): (Level, &Library),
        faults: &mut Faults<'_>,
    ) -> Option<Requirement> {
        let (id, mut header) = Header::of(script, declaration, faults)?;
        let Some(rule) = library.rules.get(&id) else {
            if !library.may_have(&id) {
                let help = did_you_mean(&id, library.rules.keys().map(String::as_str));
                let message = format!("there is no rule `{id}`");
                let place = (header.file, header.position);
                faults.note(&table::UNKNOWN_RULE, place, message, help);
            }
            return None;
        };
        let clause = header.optional_text("clause", faults).unwrap_or_default();
        let title = header.optional_text("title", faults);
        let why = header.optional_text("why", faults);
        let fix = header.optional_text("fix", faults);
        let severity = header.severity(faults);
        let verified = header.truth("verified", faults).unwrap_or(true);
        let parameters = overlaid(rule, &mut header, faults);
        let heading = title.unwrap_or_else(|| rule.title.clone());
        Some(Requirement {
            baseline: self.info.id.clone(),
            level,
            rule: id,
            clause,
            title: fill(&heading, &parameters),
            area: rule.info.area.clone(),
            severity: severity.unwrap_or(rule.info.severity),
            why,
            fix,
            parameters,
            manual: false,
            verified,
            origin: None,
            changed: None,
            heading,
            file: script.file.clone(),
            line: declaration.position.line().unwrap_or(0),
            repetition: 0,
        })
    }

    fn manual(
        &self,
        script: &Script,
        declaration: &Declaration,
        library: &Library,
        faults: &mut Faults<'_>,
    ) -> Option<Requirement> {
        let (id, mut header) = Header::of(script, declaration, faults)?;
        if library.rules.contains_key(&id) {
            let message = format!("`{id}` is the id of a rule");
            let help = "a manual requirement has an id of its own";
            let place = (header.file, header.position);
            faults.note(&table::DUPLICATE_ID, place, message, help);
        }
        let clause = header.optional_text("clause", faults).unwrap_or_default();
        let title = header.text("title", faults);
        let area = header.text("area", faults);
        let why = header.optional_text("why", faults);
        let fix = header.optional_text("fix", faults);
        let severity = header.severity(faults).unwrap_or(Severity::Medium);
        let word = header.optional_text("level", faults);
        let named = word.as_deref().map_or(Some(Level::Must), level);
        if named.is_none() {
            let help = "there are must, must_not, should, should_not and may";
            let message = format!("`{}` is no level", word.unwrap_or_default());
            faults.add(header.file, header.place("level"), message, help);
        }
        let verified = header.truth("verified", faults).unwrap_or(true);
        header.end(faults);
        Some(Requirement {
            baseline: self.info.id.clone(),
            level: named.unwrap_or(Level::Must),
            rule: id,
            clause,
            title,
            area,
            severity,
            why,
            fix,
            parameters: Map::new(),
            manual: true,
            verified,
            origin: None,
            changed: None,
            heading: String::new(),
            file: script.file.clone(),
            line: declaration.position.line().unwrap_or(0),
            repetition: 0,
        })
    }

    fn out_of_scope(
        &mut self,
        script: &Script,
        declaration: &Declaration,
        faults: &mut Faults<'_>,
    ) {
        let Some((id, mut header)) = Header::of(script, declaration, faults) else {
            return;
        };
        self.out_of_scope.push(OutOfScope {
            baseline: self.info.id.clone(),
            id,
            clause: header.text("clause", faults),
            title: header.text("title", faults),
            reason: header.text("reason", faults),
            verified: header.truth("verified", faults).unwrap_or(true),
            origin: None,
            line: declaration.position.line().unwrap_or(0),
        });
        header.end(faults);
    }

    fn score(&mut self, script: &Script, declaration: &Declaration, faults: &mut Faults<'_>) {
        let Some((id, mut header)) = Header::of(script, declaration, faults) else {
            return;
        };
        let title = header.text("title", faults);
        let max = header.take("max").and_then(|max| {
            max.as_float()
                .or_else(|_| {
                    max.as_int()
                        .map(|max| f64::from(i32::try_from(max).unwrap_or(0)))
                })
                .ok()
        });
        let (file, position) = (header.file, header.position);
        if !max.is_some_and(|max| max.is_finite() && max > 0.0) {
            let message = format!("`score` `{id}` needs a `max`, a number above 0");
            faults.add(file, header.place("max"), message, "");
        }
        if self.scores.iter().any(|known| known.id == id) {
            let message = format!("there are two scores `{id}` in this baseline");
            faults.note(&table::DUPLICATE_ID, (file, position), message, "");
        }
        header.end(faults);
        let closure = declaration.arguments.get(2).unwrap_or(&Dynamic::UNIT);
        match script.closure(closure, &[1, 2]) {
            Ok(body) => self.scores.push(ScoreRule {
                id,
                title,
                max: max.unwrap_or(1.0),
                body,
            }),
            Err(message) => faults.add(file, position, message, "write `|f, mail| …`"),
        }
    }
}

fn info(
    script: &Script,
    declaration: &Declaration,
    faults: &mut Faults<'_>,
) -> Option<BaselineInfo> {
    let (id, mut header) = Header::of(script, declaration, faults)?;
    header.check_file(&id, (FOLDER, "baseline"), faults);
    let info = BaselineInfo {
        title: header.text("title", faults),
        publisher: header.text("publisher", faults),
        version: header.text("version", faults),
        source: header.text("source", faults),
        date: header.optional_text("date", faults).unwrap_or_default(),
        licence: header.optional_text("licence", faults).unwrap_or_default(),
        extends: Vec::new(),
        dropped: Vec::new(),
        file: script.file.clone(),
        sha256: faults.source().digest(&[&script.file]),
        id,
    };
    header.end(faults);
    Some(info)
}

/// The level that a function or a word names.
pub(super) fn level(word: &str) -> Option<Level> {
    match word {
        "must" => Some(Level::Must),
        "must_not" | "must-not" => Some(Level::MustNot),
        "should" => Some(Level::Should),
        "should_not" | "should-not" => Some(Level::ShouldNot),
        "may" => Some(Level::May),
        _ => None,
    }
}

/// The rule's defaults with the baseline's parameters laid over them.
fn overlaid(rule: &Rule, header: &mut Header<'_>, faults: &mut Faults<'_>) -> Map<String, Value> {
    let mut parameters = rule.parameters.clone();
    for (key, value) in header.rest() {
        let place = header.place(&key);
        let found_by = if rule.misplaced(&key, &value).is_some() {
            &table::UNORDERED_WORD
        } else {
            &table::METADATA_UNKNOWN
        };
        if let Err((message, help)) = lay(rule, &mut parameters, (&key, value), header.known()) {
            faults.note(found_by, (header.file, place), message, help);
        }
    }
    parameters
}

/// Sets one parameter of a rule; an error, as message and help, where the rule has none of that name and type, or
/// where the word has no place in its order.
pub(super) fn lay(
    rule: &Rule,
    parameters: &mut Map<String, Value>,
    (key, value): (&str, Value),
    keys: &[&str],
) -> Result<(), (String, String)> {
    let id = &rule.info.id;
    match rule.parameters.get(key) {
        None => {
            let names = || rule.parameters.keys().map(String::as_str);
            let known: BTreeSet<&str> = names().chain(keys.iter().copied()).collect();
            let mut help = did_you_mean(key, known);
            if help.is_empty() {
                let names: Vec<_> = names().collect();
                help = if names.is_empty() {
                    "the rule has no parameters".to_owned()
                } else {
                    format!("its parameters are {}", names.join(", "))
                };
            }
            Err((format!("`{id}` has no parameter `{key}`"), help))
        }
        Some(default) if default.is_null() || type_of(default) == type_of(&value) => {
            if let Some(misplaced) = rule.misplaced(key, &value) {
                return Err(misplaced);
            }
            parameters.insert(key.to_owned(), value);
            Ok(())
        }
        Some(default) => Err((
            format!(
                "the parameter `{key}` of `{id}` is {}, not {}",
                type_of(default),
                type_of(&value)
            ),
            String::new(),
        )),
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
