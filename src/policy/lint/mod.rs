//! Checks that are made of policy files before any facts are there. What is wrong in any case is an error and
//! keeps the policies from being used; what is only likely to be wrong is a warning.

mod calls;
mod code;
mod declared;
pub(in crate::policy) mod definitions;
mod infer;
mod members;
pub(in crate::policy) mod names;
mod shape;
pub(in crate::policy) mod table;
mod types;
mod usage;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod type_tests;

use super::fault::Faults;
use code::Code;
use infer::Found;
use rhai::AST;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use types::Shapes;

/// How much is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Depth {
    /// What the engine itself, and the reading of declarations, stumble over.
    Least,
    /// All errors, but in files that are built in and unchanged: tests hold those.
    Errors,
    /// All errors and warnings of all files.
    Everything,
}

/// The checks of files, with what they share.
pub(in crate::policy) struct Linter {
    depth: Depth,
    shapes: OnceCell<Shapes>,
}

impl Linter {
    pub(in crate::policy) const fn new(depth: Depth) -> Self {
        Self {
            depth,
            shapes: OnceCell::new(),
        }
    }

    /// Looks through one compiled file.
    pub(in crate::policy) fn check(&self, file: &str, ast: &AST, faults: &mut Faults<'_>) {
        let Some(text) = self.text(file, faults) else {
            return;
        };
        let code = Code::of(ast, text);
        let mut found = Vec::new();
        declared::check(&code, &mut found);
        let shapes = self.shapes.get_or_init(Shapes::of_facts);
        let walked = infer::walk(&code, shapes);
        found.extend(walked.found);
        if self.depth == Depth::Everything {
            shape::check(&code, &mut found);
            usage::check(&code, text, &walked.reads, &mut found);
        }
        note(file, found, faults);
    }

    /// Looks for scores of a baseline, or of a profile, that name rules which it does not ask. `extended` are
    /// those that it takes from others.
    pub(in crate::policy) fn scores(
        &self,
        file: &str,
        ast: &AST,
        extended: impl IntoIterator<Item = String>,
        faults: &mut Faults<'_>,
    ) {
        let Some(text) = self.text(file, faults) else {
            return;
        };
        let code = Code::of(ast, text);
        let mut asked: BTreeSet<String> = extended.into_iter().collect();
        asked.extend(declared::asked(&code));
        let mut found = Vec::new();
        declared::scores(&code, &asked, &mut found);
        note(file, found, faults);
    }

    /// The text of a file that is to be looked through.
    fn text<'s>(&self, file: &str, faults: &Faults<'s>) -> Option<&'s str> {
        let source = faults.source();
        match self.depth {
            Depth::Least => None,
            Depth::Errors if source.is_shipped(file) => None,
            Depth::Errors | Depth::Everything => source.text(file),
        }
    }
}

fn note(file: &str, found: Vec<Found>, faults: &mut Faults<'_>) {
    for one in found {
        faults.note(one.lint, (file, one.position), one.message, one.help);
    }
}
