//! Mutation: does any case notice when a rule is changed a little?
//!
//! A change that no case notices shows a condition without an example. Each changed file is compiled by itself,
//! without the rules that the change does not touch, and only the cases of the others are run.

mod changes;
mod layout;
mod tokens;

use super::running::{Made, Ready, no_thread};
use super::{Case, CaseVerdict, Listed, threads};
use crate::policy::declare::loading::Loader;
use crate::policy::declare::rules::Library;
use crate::policy::fault::{Faults, PolicyFault};
use crate::policy::lint::Depth;
use crate::policy::source::Source;
use changes::changes;
use layout::Layout;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// On a line, says that changes there change nothing that could be seen; a reason follows.
const EQUIVALENT: &str = "// mutate: equivalent";

/// One change of a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file, relative to the policy folder.
    pub file: String,
    /// The line of the change, counted from 1.
    pub line: usize,
    /// The character of the line, counted from 1.
    pub column: usize,
    /// What stands there.
    pub was: String,
    /// What it is changed to; empty where it is taken away.
    pub becomes: String,
    /// The rules that it touches.
    pub rules: Vec<String>,
    range: Range<usize>,
    with: String,
    /// What can be left out when it is compiled.
    idle: Vec<Range<usize>>,
}

/// What the cases noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation {
    /// How many changes a case noticed.
    pub killed: usize,
    /// The changes that no case noticed, by file and place.
    pub survived: Vec<Mutant>,
    /// How many changes gave no policy that can be loaded. They do not count.
    pub unloadable: usize,
}

impl Mutation {
    /// How many of a thousand changes were noticed; a thousand where there were none.
    pub fn permille(&self) -> usize {
        let all = self.killed + self.survived.len();
        (self.killed * 1_000).checked_div(all).unwrap_or(1_000)
    }
}

/// What came of one mutant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Killed,
    Survived,
    Unloadable,
}

impl Ready {
    /// All small changes of the rules that the chosen cases are about, by file and place.
    pub fn mutants(&self) -> Vec<Mutant> {
        let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in self.cases.iter().filter(|case| case.chosen) {
            let id = case.case.rule.as_ref();
            if let Some(rule) = id.and_then(|id| self.policy.rules.get(id)) {
                let info = &rule.info;
                files.entry(&info.file).or_default().push(&info.id);
            }
        }
        files
            .into_iter()
            .flat_map(|(file, asked)| mutants_of(&self.source, file, &asked))
            .collect()
    }

    /// Runs the cases of its rules, chosen or not, against each mutant until one breaks.
    ///
    /// # Errors
    /// Where the system gives no thread to run them on.
    pub fn try_mutants(&self, mutants: &[Mutant]) -> Result<Mutation, Vec<PolicyFault>> {
        let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
        for mutant in mutants {
            files.entry(&mutant.file).or_default().push(mutant);
        }
        let mut mutation = Mutation::default();
        for mutants in files.into_values() {
            self.try_file(&mutants, &mut mutation)
                .ok_or_else(|| no_thread(&self.source))?;
        }
        Ok(mutation)
    }

    /// Those of one file. Its cases' documents are made once, for all of them.
    fn try_file(&self, mutants: &[&Mutant], mutation: &mut Mutation) -> Option<()> {
        let rules: BTreeSet<&String> = mutants.iter().flat_map(|one| &one.rules).collect();
        let groups = self.groups(|one| {
            let id = one.case.rule.as_ref();
            id.is_some_and(|id| rules.contains(id))
        });
        let prepare = |(): &(), group: &Vec<usize>| {
            let made = self.document(group);
            let cases = group.iter().filter_map(|number| self.cases.get(*number));
            let holding: Vec<&Listed> = cases.filter(|one| self.holds(&one.case, &made)).collect();
            (made, holding)
        };
        let prepared = threads::each(&groups, || (), prepare)?;
        let mut examples = Examples::new();
        for (made, holding) in &prepared {
            for Listed { case, .. } in holding {
                if let Some(rule) = &case.rule {
                    examples.entry(rule).or_default().push((case, made));
                }
            }
        }
        let fate = |loader: &Loader, mutant: &&Mutant| self.fate(loader, mutant, &examples);
        for (mutant, fate) in
            mutants
                .iter()
                .zip(threads::each(mutants, || Loader::new(Depth::Least), fate)?)
        {
            match fate {
                Fate::Killed => mutation.killed += 1,
                Fate::Survived => mutation.survived.push((*mutant).clone()),
                Fate::Unloadable => mutation.unloadable += 1,
            }
        }
        Some(())
    }

    /// Whether a case holds as it is. One that does not can't show whether a change is noticed.
    fn holds(&self, case: &Case, made: &Made) -> bool {
        let rule = case.rule.as_ref().and_then(|id| self.policy.rules.get(id));
        rule.is_some_and(|rule| {
            case.run_rule(&self.policy.engine, rule, made).verdict == CaseVerdict::Passed
        })
    }

    fn fate(&self, loader: &Loader, mutant: &Mutant, examples: &Examples<'_>) -> Fate {
        let text = self.source.text(&mutant.file).unwrap_or_default();
        let library = load(loader, mutant, mutant.text(text, true))
            .or_else(|| load(loader, mutant, mutant.text(text, false)));
        let Some(library) = library else {
            return Fate::Unloadable;
        };
        let noticed = mutant.rules.iter().any(|id| {
            let mut own = examples.get(id.as_str()).into_iter().flatten();
            library.rules.get(id).is_none_or(|rule| {
                let engine = &self.policy.engine;
                own.any(|(case, made)| {
                    case.run_rule(engine, rule, made).verdict != CaseVerdict::Passed
                })
            })
        });
        if noticed {
            Fate::Killed
        } else {
            Fate::Survived
        }
    }
}

/// The cases of each rule, with their documents.
type Examples<'a> = BTreeMap<&'a str, Vec<(&'a Case, &'a Made)>>;

fn load(loader: &Loader, mutant: &Mutant, text: String) -> Option<Library> {
    let source = Source::from_files(vec![(mutant.file.clone(), text)]);
    let mut faults = Faults::new(&source);
    let mut library = Library::default();
    let script = loader.read(&mutant.file, &mut faults)?;
    library.take(&script, &mut faults);
    faults.is_empty().then_some(library)
}

impl Mutant {
    /// The changed file, on wish without the rules that it does not touch.
    fn text(&self, text: &str, short: bool) -> String {
        let idle = self.idle.iter().filter(|_| short);
        let mut edits: Vec<_> = idle.map(|range| (range.clone(), "")).collect();
        edits.push((self.range.clone(), self.with.as_str()));
        edits.sort_by_key(|(range, _)| range.start);
        let mut made = String::with_capacity(text.len());
        let mut at = 0;
        for (range, with) in edits {
            made.push_str(text.get(at..range.start).unwrap_or_default());
            made.push_str(with);
            at = range.end;
        }
        made.push_str(text.get(at..).unwrap_or_default());
        made
    }
}

/// The changes of one file that touch one of the rules.
fn mutants_of(source: &Source, file: &str, asked: &[&str]) -> Vec<Mutant> {
    let text = source.text(file).unwrap_or_default();
    let layout = Layout::of(text);
    let mut mutants = Vec::new();
    for part in layout.parts() {
        if !part.rules.iter().any(|rule| asked.contains(&rule.as_str())) {
            continue;
        }
        let idle: Vec<Range<usize>> = layout
            .rules
            .iter()
            .filter(|(id, _)| !part.rules.iter().any(|rule| rule == *id))
            .filter_map(|(_, rule)| {
                let first = layout.tokens.get(rule.whole.start)?.at;
                // The semicolon goes too.
                let last = layout.tokens.get(rule.whole.end)?;
                Some(first..last.end())
            })
            .collect();
        for change in changes(&layout, part.tokens) {
            let (line, column, whole) = place(text, change.shown_at);
            if whole.contains(EQUIVALENT) {
                continue;
            }
            mutants.push(Mutant {
                file: file.to_owned(),
                line,
                column,
                was: change.was,
                becomes: change.becomes,
                rules: part.rules.clone(),
                range: change.range,
                with: change.with,
                idle: idle.clone(),
            });
        }
    }
    mutants
}

/// Line and column of a byte, and the line itself.
fn place(text: &str, at: usize) -> (usize, usize, &str) {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    let whole = text.get(start..).unwrap_or_default();
    (line, column, whole.lines().next().unwrap_or_default())
}
