//! The smallest change of facts with which a rule comes out otherwise, each held against the rule before it is told.

use super::dictionary::Dictionary;
use super::step::{Compared, Demand, Step};
use super::{Explanation, Way, constants};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::cases::pointer;
use crate::policy::declare::rules::Rule;
use crate::policy::evaluate::{self, Tested};
use crate::policy::language::document::{Document, unnoted};
use crate::policy::language::node::Fact;
use crate::policy::language::values::vocabularies;
use crate::policy::language::{engine, trace};
use crate::policy::source::Source;
use crate::results::outcome::Outcome;
use serde::Serialize;
use serde_json::{Value, json};

/// How many evaluations one search may take.
const EVALUATIONS: usize = 3_000;

/// How many first changes are followed by a second one.
const FIRST: usize = 60;

/// How many changes that turn the rule are told at most.
const FOUND: usize = 12;

/// One fact that is something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where it stands, as a JSON pointer.
    pub pointer: String,
    /// What it is; of an observation its state, of a list how many items it has.
    pub from: Value,
    /// What it would be.
    pub to: Value,
    /// The whole value to put there.
    #[serde(skip)]
    set: Value,
}

/// Changes with which a rule comes out otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The changes, all of them together.
    pub changes: Vec<Change>,
    /// How the rule then comes out.
    pub outcome: Outcome,
    /// The document with the changes, nothing derived from them.
    pub facts: Facts,
}

impl Found {
    /// Whether a document has all of the changes.
    pub fn holds_in(&self, facts: &Facts) -> bool {
        let document = serde_json::to_value(facts).unwrap_or_default();
        self.changes.iter().all(|change| {
            let now = document.pointer(&change.pointer);
            match change.set.get("state") {
                Some(state) => now.and_then(|now| now.get("state")) == Some(state),
                None => now == Some(&change.set),
            }
        })
    }
}

/// One rule with parameters, to be held against documents.
pub struct Probe<'p> {
    policy: &'p Policy,
    rule: &'p Rule,
    way: &'p Way,
    want: Fact,
    dictionary: Dictionary,
    constants: Vec<Value>,
}

impl<'p> Probe<'p> {
    /// None: there is no such rule.
    pub fn new(policy: &'p Policy, source: &Source, rule: &str, way: &'p Way) -> Option<Self> {
        let rule = policy.rules.get(rule)?;
        let text = source.text(&rule.info.file).unwrap_or_default();
        Some(Self {
            policy,
            rule,
            way,
            want: unnoted(&Value::Object(way.parameters.clone())),
            dictionary: Dictionary::new(),
            constants: constants::of_rule(text, rule.info.line),
        })
    }

    /// How the rule comes out at each of some documents.
    pub fn outcomes(&self, documents: &[Facts]) -> Vec<Outcome> {
        let each = || {
            documents
                .iter()
                .map(|facts| {
                    let document = serde_json::to_value(facts).unwrap_or_default();
                    self.tested(&document).outcome
                })
                .collect()
        };
        engine::on_deep_stack(each).unwrap_or_default()
    }

    /// Changes of facts with which the rule comes out as wanted, the smallest first: one, else one that is the same
    /// for every item, else two.
    pub fn turning(
        &self,
        facts: &Facts,
        explanation: &Explanation,
        wanted: &[Outcome],
    ) -> Vec<Found> {
        let document = serde_json::to_value(facts).unwrap_or_default();
        let search = || {
            let mut search = Search {
                probe: self,
                wanted,
                left: EVALUATIONS,
                found: Vec::new(),
            };
            search.run(&document, &explanation.steps);
            search.found
        };
        engine::on_deep_stack(search).unwrap_or_default()
    }

    fn tested(&self, document: &Value) -> Tested {
        let document = Document::new(document);
        let with = (&self.way.parameters, &self.want);
        evaluate::one(&self.policy.engine, self.rule, with, &document)
    }

    /// What could be otherwise, the likeliest first: what was compared last, then what was read last.
    fn candidates(&self, document: &Value, tested: &Tested, steps: &[Step]) -> Vec<Change> {
        let mut compared = Vec::new();
        gather(steps, &mut compared);
        compared.reverse();
        let mut changes: Vec<Change> = Vec::new();
        let mut add = |change: Change| {
            let same = |known: &Change| known.pointer == change.pointer && known.set == change.set;
            if change.from != change.to && !changes.iter().any(same) {
                changes.push(change);
            }
        };
        for one in &compared {
            for pointer in one.facts.iter().rev() {
                self.of_fact(document, pointer, &one.values)
                    .into_iter()
                    .for_each(&mut add);
            }
        }
        for read in tested.evidence.iter().rev() {
            self.of_fact(document, &read.pointer, &self.constants)
                .into_iter()
                .for_each(&mut add);
        }
        changes
    }

    /// What one fact could be otherwise.
    fn of_fact(&self, document: &Value, pointer: &str, beside: &[Value]) -> Vec<Change> {
        let Some(value) = document.pointer(pointer) else {
            return Vec::new();
        };
        if let Some((observation, "state" | "cause" | "detail" | "proof")) =
            pointer.rsplit_once('/')
            && let Some(state) = document.pointer(&format!("{observation}/state"))
        {
            return self.of_state(document, observation, state);
        }
        let schema = self.dictionary.at(pointer);
        let plain = |to: Value| Change {
            pointer: pointer.to_owned(),
            from: value.clone(),
            to: to.clone(),
            set: to,
        };
        match value {
            Value::Bool(truth) => vec![plain((!truth).into())],
            Value::Number(_) => numbers(beside).into_iter().map(plain).collect(),
            Value::String(word) => self
                .words(word, schema, beside)
                .into_iter()
                .map(plain)
                .collect(),
            Value::Array(items) => self.of_list(pointer, items, schema),
            Value::Null | Value::Object(_) => Vec::new(),
        }
    }

    fn words(&self, word: &str, schema: Option<&Value>, beside: &[Value]) -> Vec<Value> {
        let known = schema.map_or_else(Vec::new, |schema| self.dictionary.words(schema));
        let mut words: Vec<&str> = Vec::new();
        for vocabulary in vocabularies() {
            if let Some(rank) = vocabulary.iter().position(|other| *other == word) {
                let mut near: Vec<_> = vocabulary.iter().enumerate().collect();
                near.sort_by_key(|(other, _)| other.abs_diff(rank));
                words.extend(near.into_iter().map(|(_, word)| *word));
            }
        }
        words.extend(beside.iter().filter_map(Value::as_str));
        words.extend(&known);
        words.retain(|other| *other != word && (known.is_empty() || known.contains(other)));
        words.into_iter().map(Value::from).collect()
    }

    fn of_list(&self, pointer: &str, items: &[Value], schema: Option<&Value>) -> Vec<Change> {
        let change = |set: Vec<Value>| Change {
            pointer: pointer.to_owned(),
            from: counted(items.len()),
            to: counted(set.len()),
            set: Value::Array(set),
        };
        if let Some(rest) = items.get(1..).filter(|rest| !rest.is_empty()) {
            return vec![change(Vec::new()), change(rest.to_vec())];
        }
        if !items.is_empty() {
            return vec![change(Vec::new())];
        }
        let kind = schema.and_then(|schema| schema.get("items"));
        let made = [true, false].into_iter();
        made.filter_map(|truth| Some(change(vec![self.dictionary.made(kind?, truth)?])))
            .collect()
    }

    /// What else an observation could be.
    fn of_state(&self, document: &Value, pointer: &str, state: &Value) -> Vec<Change> {
        let Some(observation) = document.pointer(pointer) else {
            return Vec::new();
        };
        let change = |to: &str, members: &Value| {
            let mut set = observation.clone();
            if let (Some(set), Some(members)) = (set.as_object_mut(), members.as_object()) {
                for gone in ["value", "proof", "cause", "detail"] {
                    set.remove(gone);
                }
                set.insert("state".to_owned(), to.into());
                set.extend(members.clone());
            }
            Change {
                pointer: pointer.to_owned(),
                from: state.clone(),
                to: to.into(),
                set,
            }
        };
        let mut changes = Vec::new();
        if state != "present"
            && let Some(schema) = self.dictionary.at(&format!("{pointer}/value"))
        {
            for truth in [true, false] {
                if let Some(value) = self.dictionary.made(schema, truth) {
                    let shown = if value.is_object() || value.is_array() {
                        "present".to_owned()
                    } else {
                        format!("present: {value}")
                    };
                    let mut present = change("present", &json!({ "value": value }));
                    present.to = shown.into();
                    changes.push(present);
                }
            }
        }
        if state != "absent" {
            changes.push(change("absent", &json!({ "proof": "no-data" })));
        }
        changes
    }
}

fn counted(items: usize) -> Value {
    match items {
        1 => "1 item".into(),
        items => format!("{items} items").into(),
    }
}

/// The numbers that something is compared with, and their neighbours.
fn numbers(beside: &[Value]) -> Vec<Value> {
    let numbers = beside.iter().filter_map(Value::as_i64);
    let near = numbers.flat_map(|number| {
        [number, number.saturating_sub(1), number.saturating_add(1)].into_iter()
    });
    near.chain([0, 1]).map(Value::from).collect()
}

/// What was compared, in order.
fn gather<'s>(steps: &'s [Step], compared: &mut Vec<&'s Compared>) {
    for step in steps {
        match step {
            Step::Demand(Demand { compared: own, .. }) => compared.extend(own),
            Step::Item { steps, .. } => gather(steps, compared),
        }
    }
}

/// One search.
struct Search<'s, 'p> {
    probe: &'s Probe<'p>,
    wanted: &'s [Outcome],
    left: usize,
    found: Vec<Found>,
}

impl Search<'_, '_> {
    fn run(&mut self, document: &Value, steps: &[Step]) {
        let before = self.probe.tested(document);
        let candidates = self.probe.candidates(document, &before, steps);
        let mut onward = Vec::new();
        for change in &candidates {
            let Some((changed, tested)) = self.attempt(document, std::slice::from_ref(change))
            else {
                continue;
            };
            if got_further(&before, &tested) && onward.len() < FIRST {
                onward.push((change.clone(), changed));
            }
        }
        if self.found.is_empty() {
            self.same_everywhere(document, &candidates);
        }
        if self.found.is_empty() {
            for (first, changed) in onward {
                self.second(document, &changed, &first);
            }
        }
    }

    /// Tries some changes together. None: they can't be made, or turn the rule and are noted.
    fn attempt(&mut self, document: &Value, changes: &[Change]) -> Option<(Value, Tested)> {
        self.left = self.left.checked_sub(1)?;
        if self.found.len() >= FOUND {
            return None;
        }
        let mut trial = document.clone();
        for change in changes {
            pointer::set(&mut trial, &change.pointer, change.set.clone()).ok()?;
        }
        let tested = self.probe.tested(&trial);
        if !self.wanted.contains(&tested.outcome) {
            return Some((trial, tested));
        }
        // What the types do not allow is no document.
        let facts: Facts = serde_json::from_value(trial).ok()?;
        self.found.push(Found {
            changes: changes.to_vec(),
            outcome: tested.outcome,
            facts,
        });
        None
    }

    /// The same change of the same fact of every item.
    fn same_everywhere(&mut self, document: &Value, candidates: &[Change]) {
        let mut tried: Vec<(String, &Value)> = Vec::new();
        for change in candidates {
            let pattern = (pattern(&change.pointer), &change.to);
            if tried.contains(&pattern) {
                continue;
            }
            let alike = candidates.iter().filter(|other| {
                other.to == change.to && self::pattern(&other.pointer) == pattern.0
            });
            let mut alike: Vec<Change> = alike.cloned().collect();
            alike.sort_by(|left, right| left.pointer.cmp(&right.pointer));
            alike.dedup_by(|left, right| left.pointer == right.pointer);
            tried.push(pattern);
            if alike.len() > 1 {
                self.attempt(document, &alike);
            }
        }
    }

    /// A second change, after one that led the rule further.
    fn second(&mut self, document: &Value, changed: &Value, first: &Change) {
        if !self.found.is_empty() {
            return;
        }
        let (tested, steps) = trace::of(|| self.probe.tested(changed));
        for second in self.probe.candidates(changed, &tested, &steps) {
            if second.pointer != first.pointer {
                self.attempt(document, &[first.clone(), second]);
            }
        }
    }
}

/// Whether a rule ended elsewhere, for something else, or looked at other facts.
fn got_further(before: &Tested, after: &Tested) -> bool {
    let pointers = |tested: &Tested| {
        let read = tested.evidence.iter();
        read.map(|one| one.pointer.clone()).collect::<Vec<_>>()
    };
    before.position != after.position
        || before.items != after.items
        || pointers(before) != pointers(after)
}

/// A pointer with every index left open.
fn pattern(pointer: &str) -> String {
    let tokens = pointer.split('/').map(|token| {
        if token.parse::<usize>().is_ok() {
            "*"
        } else {
            token
        }
    });
    tokens.collect::<Vec<_>>().join("/")
}
