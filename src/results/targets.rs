//! The targets of a run, one after the other: there may be more than memory holds.

use super::{Run, TargetResult};
use std::io;

/// Where the results of targets can be read from, as often as a report likes.
pub trait Targets {
    /// How many there are.
    fn count(&self) -> usize;

    /// Hands each to `visit` with its number, counted from 0, in order.
    ///
    /// # Errors
    ///
    /// The first error of `visit`, or of reading.
    fn each(&self, visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>)
    -> io::Result<()>;
}

impl Targets for Vec<TargetResult> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(
        &self,
        visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
    ) -> io::Result<()> {
        self.iter()
            .enumerate()
            .try_for_each(|(number, target)| visit(number, target))
    }
}

/// What a run concluded: the only input of every report.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    /// What there is to say of the run as a whole.
    pub run: &'a Run,
    /// Its targets, in the order in which they were given.
    pub targets: &'a dyn Targets,
}
