//! Reads all files of a policy: first the rules, then the chosen baselines and profiles with what these extend.

use super::baselines::{self, Baseline};
use super::loading::{Loader, Script};
use super::profiles;
use super::rules::Library;
use crate::policy::available_baselines;
use crate::policy::fault::Faults;
use crate::policy::lint::{Linter, table};
use crate::policy::source::Source;
use crate::policy::suggest::did_you_mean;
use rhai::Position;
use std::collections::{BTreeMap, BTreeSet};

/// The rules of all files in `rules`.
pub(in crate::policy) fn rules(loader: &Loader, faults: &mut Faults<'_>) -> Library {
    let mut library = Library::new(faults.source().retired());
    for path in faults.source().paths_in("rules/", ".rhai") {
        let Some(script) = loader.read(path, faults) else {
            library.doubt(faults.source().text(path));
            continue;
        };
        for declaration in &script.declarations {
            if declaration.function != "rule" {
                let message = format!("`{}(…)` does not belong here", declaration.function);
                let help = "files in `rules` hold rules, baselines are in `baselines`";
                faults.add(path, declaration.position, message, help);
            }
        }
        library.take(&script, faults);
    }
    library
}

/// The chosen baselines and profiles, each once, in order. The rules of profiles go into the library.
pub(in crate::policy) fn chosen(
    loader: &Loader,
    chosen: &[String],
    library: &mut Library,
    faults: &mut Faults<'_>,
) -> Vec<Baseline> {
    let mut open: Vec<String> = chosen.iter().rev().cloned().collect();
    let mut scripts = BTreeMap::new();
    while let Some(id) = open.pop() {
        if scripts.contains_key(&id) {
            continue;
        }
        let script = script(loader, &id, library, faults);
        if let Some(script) = &script
            && script.file.starts_with(profiles::FOLDER)
        {
            library.take(script, faults);
            open.extend(script.texts("extends"));
        }
        scripts.insert(id, script);
    }
    let reader = Reader {
        scripts,
        library,
        linter: &loader.linter,
    };
    let mut seen = BTreeSet::new();
    let asked = chosen.iter().filter(|id| seen.insert(*id));
    asked
        .filter_map(|id| reader.read(id, &mut Vec::new(), faults))
        .collect()
}

/// The file of a baseline or profile, compiled; none, with a fault, where there is none of that id.
fn script(
    loader: &Loader,
    id: &str,
    library: &mut Library,
    faults: &mut Faults<'_>,
) -> Option<Script> {
    let Some(path) = file_of(faults.source(), id) else {
        let available = available_baselines(faults.source());
        let mut help = did_you_mean(id, available.iter().map(String::as_str));
        if help.is_empty() {
            help = format!("there are {}", available.join(", "));
        }
        let message = format!("there is no baseline `{id}`");
        faults.note(&table::FILE, ("", Position::NONE), message, help);
        return None;
    };
    let script = loader.read(&path, faults);
    if script.as_ref().is_none_or(|script| !script.complete) {
        library.doubt(faults.source().text(&path));
    }
    script
}

fn file_of(source: &Source, id: &str) -> Option<String> {
    let paths = [baselines::FOLDER, profiles::FOLDER].map(|folder| format!("{folder}{id}.rhai"));
    paths.into_iter().find(|path| source.text(path).is_some())
}

/// Warns of rules that no baseline and no profile asks. Built-in rules are a library for norms of one's own.
pub(in crate::policy) fn unasked(
    library: &Library,
    baselines: &[Baseline],
    faults: &mut Faults<'_>,
) {
    let requirements = baselines.iter().flat_map(|baseline| &baseline.requirements);
    let asked: BTreeSet<&str> = requirements
        .map(|requirement| requirement.rule.as_str())
        .chain(baselines.iter().flat_map(|baseline| {
            let dropped = baseline.info.dropped.iter();
            dropped.map(|dropped| dropped.rule.as_str())
        }))
        .collect();
    for (id, rule) in &library.rules {
        let is_shipped = faults.source().is_shipped(&rule.info.file);
        if !asked.contains(id.as_str()) && !library.may_ask(id) && !is_shipped {
            let line = u16::try_from(rule.info.line).unwrap_or(0);
            let place = if line > 0 {
                Position::new(line, 1)
            } else {
                Position::NONE
            };
            let message = format!("no baseline asks `{id}`");
            let help = "ask it with `must(…)`, `should(…)` or `may(…)`, or retire it";
            faults.note(
                &table::RULE_NEVER_ASKED,
                (&rule.info.file, place),
                message,
                help,
            );
        }
    }
}

struct Reader<'l> {
    scripts: BTreeMap<String, Option<Script>>,
    library: &'l Library,
    linter: &'l Linter,
}

impl Reader<'_> {
    /// Reads a baseline, or a profile with all that it extends. `above` are the profiles that lead here.
    fn read(&self, id: &str, above: &mut Vec<String>, faults: &mut Faults<'_>) -> Option<Baseline> {
        let script = self.scripts.get(id)?.as_ref()?;
        if !script.file.starts_with(profiles::FOLDER) {
            self.linter.scores(&script.file, &script.ast, [], faults);
            return Baseline::read(script, self.library, faults);
        }
        if above.iter().any(|known| known == id) {
            let message = format!("the profile `{id}` extends itself");
            let help = format!("by way of {}", above.join(", "));
            faults.add(&script.file, Position::new(1, 1), message, help);
            return None;
        }
        let info = profiles::head(script, faults)?;
        above.push(id.to_owned());
        let extended = info.extends.iter();
        let extended: Vec<Baseline> = extended
            .filter_map(|norm| self.read(norm, above, faults))
            .collect();
        above.pop();
        let taken = extended.iter().flat_map(|norm| &norm.requirements);
        let taken = taken.map(|requirement| requirement.rule.clone());
        self.linter.scores(&script.file, &script.ast, taken, faults);
        let with = (self.library, faults);
        Some(profiles::read(script, info, extended, with))
    }
}
