//! Results through a template of the user, in the language of minijinja. A template sees `run` and `targets`, each member
//! as the results document names it, and nothing else: no file, no environment, no clock.

use super::Options;
use crate::results::targets::Results;
use fault::Kind;
pub use fault::TemplateFault;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use shape::Shape;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use store::{Domains, Packer};

mod fault;
mod filters;
mod shape;
mod show;
mod store;

/// The work that a template may do, in minijinja's fuel: about an instruction, or 64 bytes of text, each.
const FUEL: u64 = 10_000_000;

/// And so much more for every target.
const FUEL_A_TARGET: u64 = 300_000;

/// The most that a template may write, in bytes, and so much more for every target.
const LARGEST: u64 = 64 << 20;
const LARGEST_A_TARGET: u64 = 1 << 20;

/// The longest template, in bytes, and the stack that it is read on: each operator of a chain takes some of it.
const LONGEST: usize = 128 << 10;
const STACK: usize = 1 << 30;

/// Writes the results as the template says; nothing where no template was given.
///
/// An error of kind [`io::ErrorKind::InvalidInput`] with a [`TemplateFault`] inside is the template's.
pub(super) fn render(
    results: Results<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(template) = &options.template else {
        return Ok(());
    };
    let targets = u64::try_from(results.targets.count()).unwrap_or(u64::MAX);
    let shape = Arc::new(Shape::of_targets());
    let mut packer = Packer::new(Arc::clone(&shape));
    results.targets.each(&mut |_, target| packer.add(target))?;
    let domains = packer.finish();
    let run = Shape::of_run().whole(results.run)?;
    let fuel = FUEL.saturating_add(FUEL_A_TARGET.saturating_mul(targets));
    let largest = LARGEST.saturating_add(LARGEST_A_TARGET.saturating_mul(targets));
    let mut writer = Limited {
        out,
        left: largest,
        trouble: None,
    };
    let rendered = compile(template, Some(fuel)).and_then(|environment| {
        let compiled = environment.get_template(&template.file)?;
        let context = context(&Value::from(Serde(run)), domains);
        compiled
            .render_captured_to(context, &mut writer)
            .map(|_| ())
    });
    match (rendered, writer.trouble) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(trouble)) => Err(trouble),
        (Err(error), None) => Err(TemplateFault::new(template, &error).into()),
    }
}

/// Whether a template can be used: it is read, and tried on a target that has everything once, so that most faults are
/// known before a run begins.
///
/// # Errors
///
/// The first fault.
pub fn check(template: &super::Template) -> Result<(), TemplateFault> {
    let fault = |error: &Error| TemplateFault::new(template, error);
    let environment = compile(template, Some(FUEL)).map_err(|error| fault(&error))?;
    let compiled = environment
        .get_template(&template.file)
        .map_err(|error| fault(&error))?;
    let specimen = Packer::specimen(Arc::new(Shape::of_targets()));
    let run = Value::from(Serde(Shape::of_run().specimen()));
    match compiled.render(context(&run, specimen)) {
        Err(error) => {
            let fault = fault(&error);
            // What depends on the results may well be otherwise with those of a run.
            if fault.kind == Kind::Certain {
                Err(fault)
            } else {
                Ok(())
            }
        }
        Ok(_) => Ok(()),
    }
}

fn context(run: &Value, domains: Domains) -> Value {
    minijinja::context!(run => run.clone(), targets => Value::from_object(domains))
}

/// Reads a template on a stack that the longest chain of operators fits on.
fn compile(template: &super::Template, fuel: Option<u64>) -> Result<Environment<'_>, Error> {
    if template.text.len() > LONGEST {
        let told = format!("a template has {LONGEST} bytes at most");
        return Err(Error::new(ErrorKind::InvalidOperation, told));
    }
    thread::scope(|scope| {
        let reading = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || read(template, fuel));
        let read = reading.ok().and_then(|reading| reading.join().ok());
        let broken = || {
            Error::new(
                ErrorKind::InvalidOperation,
                "the template can't be read here",
            )
        };
        read.unwrap_or_else(|| Err(broken()))
    })
}

fn read(template: &super::Template, fuel: Option<u64>) -> Result<Environment<'_>, Error> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    // Places of faults are known with it.
    environment.set_debug(true);
    environment.set_fuel(fuel);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(show::escaping);
    environment.set_formatter(|out, state, value| show::show(out, state.auto_escape(), value));
    filters::add(&mut environment);
    environment.add_template(&template.file, &template.text)?;
    Ok(environment)
}

/// A writer that stops at a size and remembers why it stopped.
struct Limited<'a> {
    out: &'a mut dyn Write,
    left: u64,
    trouble: Option<io::Error>,
}

impl Limited<'_> {
    fn failed(&mut self, error: io::Error) -> io::Error {
        let kind = error.kind();
        self.trouble = Some(error);
        kind.into()
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(size) else {
            let told = "the template writes more than a report may have";
            return Err(self.failed(io::Error::new(io::ErrorKind::FileTooLarge, told)));
        };
        match self.out.write_all(bytes) {
            Ok(()) => {
                self.left = left;
                Ok(bytes.len())
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
