//! Policies: rules in Rhai files, held against the facts of one target, and what came of each.
//!
//! A [`Source`] holds the files, [`Policy::load`] compiles them and reads what they declare, and
//! [`Policy::evaluate`] gives each requirement of the chosen baselines an outcome. No rule can read
//! anything but the facts, write anything, or run without end.

mod bound;
pub mod cases;
pub mod catalogue;
pub mod compare;
mod declare;
mod evaluate;
pub mod explain;
pub mod fault;
mod language;
mod lint;
pub mod lock;
mod scores;
mod shipped;
pub mod source;
mod suggest;

#[cfg(test)]
mod facts_for_tests;

pub use declare::adjust::{Adjustment, Change, matches};
pub use declare::baselines::{OutOfScope, Requirement};
pub use lint::definitions::DEFINITIONS;
pub use lint::table::{LINTS, Lint};

use crate::facts::Facts;
use crate::results::TargetResult;
use crate::results::rule::{BaselineInfo, PolicyFile, RuleInfo};
use declare::baselines::{self, Baseline, ScoreRule};
use declare::loading::Loader;
use declare::rules::{Library, Rule, fill};
use declare::{profiles, reading};
use fault::{Faults, PolicyFault};
use language::node::{self, Fact};
use language::{document, engine};
use lint::{Depth, table};
use rhai::{Engine, Position};
use serde_json::{Map, Value};
use source::Source;
use std::collections::BTreeMap;

/// The rules and the chosen baselines, compiled. One policy serves any number of threads.
pub struct Policy {
    engine: Engine,
    rules: BTreeMap<String, Rule>,
    baselines: Vec<BaselineInfo>,
    scores: Vec<Vec<ScoreRule>>,
    asked: Vec<Asked>,
    requirements: Vec<Requirement>,
    out_of_scope: Vec<OutOfScope>,
    tests: Vec<Test>,
    named: Vec<RuleInfo>,
    library: Vec<RuleInfo>,
    files: Vec<PolicyFile>,
}

/// A requirement and the test that settles it; a manual one has none.
struct Asked {
    requirement: Requirement,
    test: Option<usize>,
}

/// A rule with parameters. Requirements of any baseline that ask the same share it.
struct Test {
    rule: String,
    parameters: Map<String, Value>,
    want: Fact,
}

/// The ids of all baselines that the files have, sorted, and then those of all profiles.
pub fn available_baselines(source: &Source) -> Vec<String> {
    [baselines::FOLDER, profiles::FOLDER]
        .into_iter()
        .flat_map(|folder| ids_in(source, folder))
        .collect()
}

fn ids_in(source: &Source, folder: &str) -> Vec<String> {
    let paths = source.paths_in(folder, ".rhai").into_iter();
    paths
        .filter_map(|path| {
            let name = path.strip_prefix(folder)?.strip_suffix(".rhai")?;
            Some(name.to_owned())
        })
        .collect()
}

/// Checks all rules, baselines and profiles, and gives all faults by file and place: errors, which keep the
/// policies from being used, and warnings.
pub fn check(source: &Source) -> Vec<PolicyFault> {
    engine::on_deep_stack(|| check_here(source)).unwrap_or_else(|| not_compiled(source))
}

fn check_here(source: &Source) -> Vec<PolicyFault> {
    let mut faults = Faults::new(source);
    let loader = Loader::new(Depth::Everything);
    let mut library = reading::rules(&loader, &mut faults);
    let all = available_baselines(source);
    let read = reading::chosen(&loader, &all, &mut library, &mut faults);
    reading::unasked(&library, &read, &mut faults);
    faults.into_sorted()
}

fn not_compiled(source: &Source) -> Vec<PolicyFault> {
    let mut faults = Faults::new(source);
    let message = "the policies could not be compiled on this system";
    faults.note(&table::FILE, ("", Position::NONE), message, "");
    faults.into_sorted()
}

impl Policy {
    /// Compiles all rules and the chosen baselines and profiles. Without any there are rules and no requirements.
    ///
    /// # Errors
    /// All faults of all files, by file and place.
    pub fn load(source: &Source, baselines: &[String]) -> Result<Self, Vec<PolicyFault>> {
        Self::load_adjusted(source, baselines, &[])
    }

    /// The same with changes to what the chosen baselines ask, in order.
    ///
    /// # Errors
    /// All faults of all files, by file and place. A change that names no rule is one, and so is a parameter that
    /// its rule does not have; a change that meets none of the chosen requirements is none.
    pub fn load_adjusted(
        source: &Source,
        baselines: &[String],
        adjustments: &[Adjustment],
    ) -> Result<Self, Vec<PolicyFault>> {
        let load = || Self::load_here(source, (baselines, adjustments), Depth::Errors);
        engine::on_deep_stack(load).unwrap_or_else(|| Err(not_compiled(source)))
    }

    /// The same with more or fewer lints, to see what holds of rules that these would stop.
    #[cfg(test)]
    fn load_at(
        source: &Source,
        baselines: &[String],
        depth: Depth,
    ) -> Result<Self, Vec<PolicyFault>> {
        let load = || Self::load_here(source, (baselines, &[]), depth);
        engine::on_deep_stack(load).unwrap_or_else(|| Err(not_compiled(source)))
    }

    fn load_here(
        source: &Source,
        (chosen, adjustments): (&[String], &[Adjustment]),
        depth: Depth,
    ) -> Result<Self, Vec<PolicyFault>> {
        let mut faults = Faults::new(source);
        let loader = Loader::new(depth);
        let mut library = reading::rules(&loader, &mut faults);
        let mut read = reading::chosen(&loader, chosen, &mut library, &mut faults);
        library.check_contradictions(&mut faults);
        for adjustment in adjustments {
            adjustment.check_rule(&library, &read, &mut faults);
            for baseline in &mut read {
                adjustment.apply(baseline, &library, &mut faults);
            }
        }
        read.iter_mut().for_each(Baseline::number);
        if faults.has_errors() {
            return Err(faults.into_sorted());
        }
        Ok(Self {
            files: lock::files(source),
            ..Self::assemble(library, read)
        })
    }

    fn assemble(library: Library, read: Vec<Baseline>) -> Self {
        let mut engine = engine::build();
        scores::register(&mut engine);
        node::register_members(&mut engine, &library.members);
        let rules = library.rules;
        let mut policy = Self {
            engine,
            library: rules.values().map(|rule| rule.info.clone()).collect(),
            rules,
            baselines: Vec::new(),
            scores: Vec::new(),
            asked: Vec::new(),
            requirements: Vec::new(),
            out_of_scope: Vec::new(),
            tests: Vec::new(),
            named: Vec::new(),
            files: Vec::new(),
        };
        let mut known = BTreeMap::new();
        for baseline in read {
            policy.baselines.push(baseline.info);
            policy.scores.push(baseline.scores);
            policy.out_of_scope.extend(baseline.out_of_scope);
            for requirement in baseline.requirements {
                policy.ask(requirement, &mut known);
            }
        }
        policy.named = policy.named_rules();
        policy
    }

    fn ask(&mut self, requirement: Requirement, known: &mut BTreeMap<(String, String), usize>) {
        let test = (!requirement.manual).then(|| {
            let parameters = Value::Object(requirement.parameters.clone());
            let key = (requirement.rule.clone(), parameters.to_string());
            *known.entry(key).or_insert_with(|| {
                self.tests.push(Test {
                    rule: requirement.rule.clone(),
                    parameters: requirement.parameters.clone(),
                    want: document::unnoted(&parameters),
                });
                self.tests.len() - 1
            })
        });
        self.requirements.push(requirement.clone());
        self.asked.push(Asked { requirement, test });
    }

    /// The rules that requirements name, by id. A manual requirement counts as one.
    fn named_rules(&self) -> Vec<RuleInfo> {
        let mut named = BTreeMap::new();
        for requirement in &self.requirements {
            let info = self.rules.get(&requirement.rule).map_or_else(
                || RuleInfo {
                    id: requirement.rule.clone(),
                    title: requirement.title.clone(),
                    area: requirement.area.clone(),
                    severity: requirement.severity,
                    why: requirement.why.clone().unwrap_or_default(),
                    fix: requirement.fix.clone().unwrap_or_default(),
                    refs: Vec::new(),
                    contradicts: Vec::new(),
                    quantity: String::new(),
                    file: requirement.file.clone(),
                    line: requirement.line,
                },
                |rule| rule.info.clone(),
            );
            named.entry(info.id.clone()).or_insert(info);
        }
        named.into_values().collect()
    }

    /// The chosen baselines, in the order in which they were named.
    pub fn baselines(&self) -> &[BaselineInfo] {
        &self.baselines
    }

    /// The rules that findings of this policy name, by id; manual requirements among them.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.named
    }

    /// All rules that the files define, by id, asked or not.
    pub fn library(&self) -> &[RuleInfo] {
        &self.library
    }

    /// The files that the policy was read from, with their digests: all rules, baselines and profiles, by path.
    pub fn files(&self) -> &[PolicyFile] {
        &self.files
    }

    /// The parameters of a rule with their defaults; none where there is no such rule.
    pub fn defaults(&self, rule: &str) -> Option<&Map<String, Value>> {
        self.rules.get(rule).map(|rule| &rule.parameters)
    }

    /// The facts whose absence a rule names, as JSON pointers with `*` for every place of a list; mostly none. A failure
    /// that would not be settled without them follows from the rule's own.
    pub fn root(&self, rule: &str) -> &[String] {
        self.rules.get(rule).map_or(&[], |rule| &rule.root)
    }

    /// To what a rule applies, in words, with its defaults filled in; none where it applies always.
    pub fn applies(&self, rule: &str) -> Option<String> {
        let rule = self.rules.get(rule).filter(|rule| rule.when.is_some())?;
        Some(fill(&rule.applies, &rule.parameters))
    }

    /// The requirements of the chosen baselines, by baseline and in its order.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The clauses of the chosen baselines that are out of scope, by baseline and in its order.
    pub fn out_of_scope(&self) -> &[OutOfScope] {
        &self.out_of_scope
    }

    /// Holds every requirement against the facts. A rule that breaks is an outcome of its own and
    /// touches no other; the same facts give the same result, on any thread.
    pub fn evaluate(&self, facts: &Facts) -> TargetResult {
        evaluate::run(self, facts)
    }
}
