//! Why a rule came out as it did, what an expression gives, and what each rule costs: for those who write
//! policies and for those who are judged by them.

mod constants;
mod cost;
mod dictionary;
mod expression;
mod search;
mod source_text;
pub mod step;

pub use cost::Cost;
pub use dictionary::{Dictionary, Member};
pub use expression::{Answer, Expressions, Given};
pub use search::{Change, Found, Probe};

use super::Policy;
use super::declare::rules::Rule;
use super::evaluate::{self, Tested};
use super::language::document::{Document, unnoted};
use super::language::stop::sort;
use super::language::{engine, session, trace};
use super::source::Source;
use crate::facts::Facts;
use crate::results::finding::Evidence;
use crate::results::outcome::{Level, Outcome};
use rhai::Dynamic;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use step::Step;

/// The parameters with which a rule is asked, and who asks so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// The parameters as the rule sees them.
    pub parameters: Map<String, Value>,
    /// The requirements that ask with these; none: they are the rule's defaults.
    pub asked: Vec<AskedBy>,
}

/// A requirement that asks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedBy {
    /// The baseline or profile.
    pub baseline: String,
    /// How binding it is.
    pub level: Level,
    /// The clause; empty where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub clause: String,
}

/// How one rule came to its outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The mail domain.
    pub domain: String,
    /// The rule.
    pub rule: String,
    /// The rule in one short sentence.
    pub title: String,
    /// The file that has it, relative to the policy folder.
    pub file: String,
    /// With what, and for whom.
    #[serde(flatten)]
    pub way: Way,
    /// How it came out, whatever the level of those who ask.
    pub outcome: Outcome,
    /// The reason in one sentence; of a pass, empty.
    pub reason: String,
    /// Where it ended, as `file:line:column`; empty where it came to its end.
    pub position: String,
    /// The text of that line.
    pub source: String,
    /// The weaknesses that it names.
    pub recommendations: Vec<String>,
    /// The condition under which it applies; none: it applies to every domain.
    pub when: Option<When>,
    /// What it did, in order.
    pub steps: Vec<Step>,
    /// The facts that it read, in order.
    pub facts: Vec<Evidence>,
}

/// The condition under which a rule applies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct When {
    /// Its line in the file, counted from 1; 0 where it was not found there.
    pub line: usize,
    /// Its text on one line.
    pub text: String,
    /// Its value; nothing where it has none.
    pub value: Option<bool>,
    /// Why it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trouble: String,
    /// The facts that it read, as JSON pointers.
    pub facts: Vec<String>,
}

impl Policy {
    /// With which parameters the chosen baselines ask a rule; once with its defaults where none of them does. None:
    /// there is no such rule.
    pub fn ways(&self, rule: &str) -> Option<Vec<Way>> {
        let defaults = &self.rules.get(rule)?.parameters;
        let mut ways: Vec<Way> = Vec::new();
        for asked in self.requirements.iter().filter(|one| one.rule == rule) {
            let by = AskedBy {
                baseline: asked.baseline.clone(),
                level: asked.level,
                clause: asked.clause.clone(),
            };
            match ways
                .iter_mut()
                .find(|way| way.parameters == asked.parameters)
            {
                Some(way) => way.asked.push(by),
                None => ways.push(Way {
                    parameters: asked.parameters.clone(),
                    asked: vec![by],
                }),
            }
        }
        if ways.is_empty() {
            ways.push(Way {
                parameters: defaults.clone(),
                asked: Vec::new(),
            });
        }
        Some(ways)
    }

    /// Why a rule comes out as it does. None: there is no such rule, or the system gives no thread to run it on.
    pub fn explain(
        &self,
        source: &Source,
        (rule, way): (&str, &Way),
        facts: &Facts,
    ) -> Option<Explanation> {
        let rule = self.rules.get(rule)?;
        engine::on_deep_stack(|| self.explain_here(source, (rule, way), facts))
    }

    fn explain_here(
        &self,
        source: &Source,
        (rule, way): (&Rule, &Way),
        facts: &Facts,
    ) -> Explanation {
        let document = Document::new(&serde_json::to_value(facts).unwrap_or_default());
        let want = unnoted(&Value::Object(way.parameters.clone()));
        let run = || evaluate::one(&self.engine, rule, (&way.parameters, &want), &document);
        let Tested {
            outcome,
            reason,
            recommendations,
            evidence,
            position,
            ..
        } = run();
        let (_, mut steps) = trace::of(run);
        let file = &rule.info.file;
        let text = source.text(file).unwrap_or_default();
        source_text::name_lines(&mut steps, text);
        let ended = position
            .strip_prefix(file.as_str())
            .and_then(|place| place.split(':').nth(1)?.parse().ok());
        Explanation {
            domain: facts.target.domain.clone(),
            rule: rule.info.id.clone(),
            title: super::declare::rules::fill(&rule.title, &way.parameters),
            file: file.clone(),
            way: way.clone(),
            outcome,
            reason,
            source: ended.map_or_else(String::new, |line| source_text::line(text, line)),
            position,
            recommendations,
            when: self.when(rule, &want, &document, text),
            steps,
            facts: evidence,
        }
    }

    /// The condition under which a rule applies, evaluated by itself.
    fn when(
        &self,
        rule: &Rule,
        want: &super::Fact,
        document: &Document,
        text: &str,
    ) -> Option<When> {
        let when = rule.when.as_ref()?;
        session::begin(Some(Arc::clone(&document.table)));
        let arguments = vec![
            Dynamic::from(document.root.clone()),
            Dynamic::from(want.clone()),
        ];
        let value = when.call(&self.engine, arguments);
        let (value, trouble) = match value {
            Ok(value) => (value.as_bool().ok(), String::new()),
            Err(error) => (None, sort(error).0.words()),
        };
        let notes = session::end();
        let ids = notes.reads.iter().filter_map(super::Fact::id);
        let (line, condition) = source_text::when(text, rule.info.line).unwrap_or_default();
        Some(When {
            line,
            text: condition,
            value,
            trouble,
            facts: ids.map(|id| document.table.pointer(id)).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
