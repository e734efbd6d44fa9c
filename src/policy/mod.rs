//! Policies: rules in Rhai files, held against the facts of one target, and what came of each.
//!
//! A [`Source`] holds the files, [`Policy::load`] compiles them and reads what they declare, and
//! [`Policy::evaluate`] gives each requirement of the chosen baselines an outcome. No rule can read
//! anything but the facts, write anything, or run without end.

pub mod cases;
mod declare;
mod evaluate;
pub mod fault;
mod language;
mod lint;
mod scores;
mod shipped;
pub mod source;
mod suggest;

#[cfg(test)]
mod facts_for_tests;

pub use declare::baselines::Requirement;

use crate::facts::Facts;
use crate::results::TargetResult;
use crate::results::rule::{BaselineInfo, RuleInfo};
use declare::baselines::{self, Baseline, ScoreRule};
use declare::loading::Loader;
use declare::rules::{Library, Rule};
use fault::{Faults, PolicyFault};
use language::node::{self, Fact};
use language::{document, engine};
use rhai::{Engine, Position};
use serde_json::{Map, Value};
use source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// The rules and the chosen baselines, compiled. One policy serves any number of threads.
pub struct Policy {
    engine: Engine,
    rules: BTreeMap<String, Rule>,
    baselines: Vec<BaselineInfo>,
    scores: Vec<Vec<ScoreRule>>,
    asked: Vec<Asked>,
    requirements: Vec<Requirement>,
    tests: Vec<Test>,
    named: Vec<RuleInfo>,
    library: Vec<RuleInfo>,
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

/// The ids of all baselines that the files have, sorted.
pub fn available_baselines(source: &Source) -> Vec<String> {
    source
        .paths_in(baselines::FOLDER, ".rhai")
        .into_iter()
        .filter_map(|path| {
            path.strip_prefix(baselines::FOLDER)?
                .strip_suffix(".rhai")
                .map(ToOwned::to_owned)
        })
        .collect()
}

impl Policy {
    /// Compiles all rules and the chosen baselines. Without baselines there are rules and no requirements.
    ///
    /// # Errors
    /// All faults of all files, by file and place.
    pub fn load(source: &Source, baselines: &[String]) -> Result<Self, Vec<PolicyFault>> {
        engine::on_deep_stack(|| Self::load_here(source, baselines)).unwrap_or_else(|| {
            let mut faults = Faults::new(source);
            let message = "the policies could not be compiled on this system";
            faults.add("", Position::NONE, message, "");
            Err(faults.into_sorted())
        })
    }

    fn load_here(source: &Source, chosen: &[String]) -> Result<Self, Vec<PolicyFault>> {
        let mut faults = Faults::new(source);
        let loader = Loader::new();
        let library = read_rules(&loader, &mut faults);
        let read = read_baselines(&loader, chosen, &library, &mut faults);
        if !faults.is_empty() {
            return Err(faults.into_sorted());
        }
        Ok(Self::assemble(library, read))
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
            tests: Vec::new(),
            named: Vec::new(),
        };
        let mut known = BTreeMap::new();
        for baseline in read {
            policy.baselines.push(baseline.info);
            policy.scores.push(baseline.scores);
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

    /// The requirements of the chosen baselines, by baseline and in its order.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Holds every requirement against the facts. A rule that breaks is an outcome of its own and
    /// touches no other; the same facts give the same result, on any thread.
    pub fn evaluate(&self, facts: &Facts) -> TargetResult {
        evaluate::run(self, facts)
    }
}

fn read_rules(loader: &Loader, faults: &mut Faults<'_>) -> Library {
    let mut library = Library::default();
    for path in faults.source().paths_in("rules/", ".rhai") {
        let Some(script) = loader.read(path, faults) else {
            library.doubt(faults.source().text(path));
            continue;
        };
        library.members.extend(script.members.iter().cloned());
        for declaration in &script.declarations {
            if declaration.function != "rule" {
                let message = format!("`{}(…)` does not belong here", declaration.function);
                let help = "files in `rules` hold rules, baselines are in `baselines`";
                faults.add(path, declaration.position, message, help);
                continue;
            }
            let Some(rule) = Rule::read(&script, declaration, faults) else {
                library.doubt(faults.source().text(path));
                continue;
            };
            if let Some(first) = library.rules.get(&rule.info.id) {
                let message = format!("there are two rules `{}`", rule.info.id);
                let help = format!(
                    "the other one is at {}:{}",
                    first.info.file, first.info.line
                );
                faults.add(path, declaration.position, message, help);
                continue;
            }
            library.rules.insert(rule.info.id.clone(), rule);
        }
    }
    library
}

fn read_baselines(
    loader: &Loader,
    chosen: &[String],
    library: &Library,
    faults: &mut Faults<'_>,
) -> Vec<Baseline> {
    let available = available_baselines(faults.source());
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for id in chosen {
        if !seen.insert(id) {
            continue;
        }
        if !available.contains(id) {
            let mut help = suggest::did_you_mean(id, available.iter().map(String::as_str));
            if help.is_empty() {
                help = format!("there are {}", available.join(", "));
            }
            faults.add(
                "",
                Position::NONE,
                format!("there is no baseline `{id}`"),
                help,
            );
            continue;
        }
        let path = format!("{}{id}.rhai", baselines::FOLDER);
        if let Some(script) = loader.read(&path, faults) {
            read.extend(Baseline::read(&script, library, faults));
        }
    }
    read
}
