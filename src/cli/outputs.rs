//! Where reports go: opened before the work, written whole at its end.

use super::args::{Color, Destination, Output};
use super::failure::Failure;
use super::{policies, terminal};
use crate::report::template::TemplateFault;
use crate::report::{self, Format, Options, Template};
use crate::results::targets::Results;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};
use std::process;
use tempfile::SpooledTempFile;

/// Bytes of what a template makes that are held in memory; more goes to a temporary file. The template bounds the whole.
const MOST_IN_MEMORY: usize = 8 << 20;

/// The reports of one run.
pub(super) struct Outputs {
    /// How standard output is written, where it shows the report for people.
    terminal: Option<Options>,
    /// How files are written.
    plain: Options,
    reports: Vec<Report>,
}

struct Report {
    format: Format,
    file: Option<Draft>,
}

impl Outputs {
    /// Opens every file, so that a path that can't be written is known before the work begins.
    /// None of them may be one of the `inputs`, by whatever name. Results of an earlier run are none of these: to put
    /// those of this run in their place is what they are kept for.
    pub(super) fn open(
        args: &Output,
        facts: Option<&Path>,
        inputs: &[&Path],
        color: Color,
    ) -> Result<Self, Failure> {
        let mut files: Vec<_> = args
            .report
            .iter()
            .map(|report| report.file.as_path())
            .collect();
        files.extend(facts);
        let read: Vec<PathBuf> = inputs
            .iter()
            .copied()
            .chain(args.template.as_deref())
            .map(meant)
            .collect();
        let written: Vec<PathBuf> = files.iter().copied().map(meant).collect();
        for (number, (file, meant)) in files.iter().zip(&written).enumerate() {
            let is_file = *file != Path::new("-");
            if is_file && read.contains(meant) {
                return Err(Failure::OutputIsInput(file.to_path_buf()));
            }
            if written.iter().skip(number + 1).any(|other| other == meant) {
                return Err(Failure::SameOutput(file.to_path_buf()));
            }
        }
        let template = args.template.as_deref().map(template).transpose()?;
        let plain = Options {
            width: 100,
            verbose: true,
            junit_dialect: args.junit_dialect,
            template,
            ..Options::default()
        };
        let open = |Destination { format, file }: &Destination| {
            if *format == Format::Template && plain.template.is_none() {
                return Err(Failure::NoTemplate);
            }
            let to_file = file != Path::new("-");
            let file = to_file.then(|| Draft::open(file)).transpose()?;
            Ok(Report {
                format: *format,
                file,
            })
        };
        let mut reports: Vec<Report> = args.report.iter().map(open).collect::<Result<_, _>>()?;
        let templated = reports
            .iter()
            .any(|report| report.format == Format::Template);
        if plain.template.is_some() && !templated {
            reports.push(Report {
                format: Format::Template,
                file: None,
            });
        }
        let to_stdout = reports.iter().filter(|report| report.file.is_none());
        let used = match to_stdout.count() {
            0 => false,
            1 => true,
            _ => return Err(Failure::SameOutput(PathBuf::from("-"))),
        };
        let terminal = (!args.quiet && !used).then(|| Options {
            width: terminal::width(),
            color: terminal::colored(color),
            links: terminal::links(color),
            verbose: args.verbose,
            summary: args.summary,
            ..plain.clone()
        });
        Ok(Self {
            terminal,
            plain,
            reports,
        })
    }

    /// Writes every report. One that can't be written does not keep the others back.
    pub(super) fn write(self, results: Results<'_>) -> Result<(), Failure> {
        let mut result = match &self.terminal {
            Some(options) => {
                terminal::print(|out| report::render(Format::Text, results, options, out))
            }
            None => Ok(()),
        };
        let plain = &self.plain;
        for Report { format, file } in self.reports {
            let render = |out: &mut dyn Write| {
                if format == Format::Template {
                    whole(results, plain, out)
                } else {
                    report::render(format, results, plain, out)
                }
            };
            let written = match file {
                Some(draft) => draft.finish(render),
                None => terminal::print(render),
            };
            result = result.and(written.map_err(faulty));
        }
        result
    }
}

/// Writes what the template makes once it is whole: it may fail after a good part.
fn whole(results: Results<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut draft = SpooledTempFile::new(MOST_IN_MEMORY);
    report::render(Format::Template, results, options, &mut draft)?;
    draft.rewind()?;
    io::copy(&mut draft, out).map(|_| ())
}

/// The template of the user, which is tried before anything else is done.
fn template(file: &Path) -> Result<Template, Failure> {
    let template = Template {
        file: file.display().to_string(),
        text: policies::text(file)?,
    };
    report::template::check(&template).map_err(Failure::Template)?;
    Ok(template)
}

/// A fault of the template, where that is why a report could not be written.
fn faulty(failure: Failure) -> Failure {
    let (Failure::Write { source, .. } | Failure::Output(source)) = &failure else {
        return failure;
    };
    let inner = source.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(fault) => Failure::Template(TemplateFault::clone(fault)),
        None => failure,
    }
}

/// A file by a name that no other spelling and no link changes, whether it is there or not.
fn meant(file: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(file) {
        return found;
    }
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = file.file_name().unwrap_or_default();
    fs::canonicalize(folder).map_or_else(|_| file.to_owned(), |folder| folder.join(name))
}

/// A file that takes its name only when it is whole. What is no regular file (a device, a pipe, standard
/// output) is written to as it is.
pub(super) struct Draft {
    target: PathBuf,
    temporary: Option<PathBuf>,
    file: Option<BufWriter<Box<dyn Write>>>,
}

impl Draft {
    /// Opens a file beside the one that is meant, which stays as it is until the end.
    pub(super) fn open(meant: &Path) -> Result<Self, Failure> {
        let failure = |source| Failure::Write {
            file: meant.to_owned(),
            source,
        };
        if meant == Path::new("-") {
            return Ok(Self::straight(meant, Box::new(io::stdout())));
        }
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(meant).unwrap_or_else(|_| {
            let folder = meant.parent().unwrap_or(Path::new(""));
            fs::read_link(meant).map_or_else(|_| meant.to_owned(), |to| folder.join(to))
        });
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(failure(io::ErrorKind::IsADirectory.into()));
        }
        if existing
            .as_ref()
            .is_some_and(|existing| !existing.is_file())
        {
            let file = OpenOptions::new()
                .write(true)
                .open(&target)
                .map_err(failure)?;
            return Ok(Self::straight(meant, Box::new(file)));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}", process::id()));
        // Never through a link that somebody else put there.
        let file = File::create_new(&temporary).map_err(failure)?;
        if let Some(existing) = existing {
            file.set_permissions(existing.permissions())
                .map_err(failure)?;
        }
        Ok(Self {
            target,
            temporary: Some(temporary),
            file: Some(BufWriter::new(Box::new(file))),
        })
    }

    fn straight(meant: &Path, to: Box<dyn Write>) -> Self {
        Self {
            target: meant.to_owned(),
            temporary: None,
            file: Some(BufWriter::new(to)),
        }
    }

    /// Writes on. Nothing is seen under the meant name yet.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let target = &self.target;
        let failure = |source| Failure::Write {
            file: target.clone(),
            source,
        };
        let file = self.file.as_mut();
        file.map_or(Ok(()), |file| file.write_all(bytes))
            .map_err(failure)
    }

    /// Writes the rest and gives the file its name.
    pub(super) fn finish(
        mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let named = || match &self.temporary {
            Some(temporary) => fs::rename(temporary, &self.target),
            None => Ok(()),
        };
        write(&mut file)
            .and_then(|()| file.flush())
            .and_then(|()| named())
            .map_err(|source| Failure::Write {
                file: self.target.clone(),
                source,
            })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Gone already where the file took its name.
            let _ = fs::remove_file(temporary);
        }
    }
}
