//! Where reports go: opened before the work, written whole at its end.

use super::args::{Color, Destination, Output};
use super::failure::Failure;
use super::terminal;
use crate::report::{self, Format, Options};
use crate::results::Scan;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process;

/// The reports of one run.
#[derive(Debug)]
pub(super) struct Outputs {
    terminal: Option<Options>,
    reports: Vec<Report>,
}

#[derive(Debug)]
struct Report {
    format: Format,
    file: Option<Draft>,
}

impl Outputs {
    /// Opens every file, so that a path that can't be written is known before the work begins.
    pub(super) fn open(args: &Output, color: Color) -> Result<Self, Failure> {
        let to_stdout = args
            .report
            .iter()
            .any(|report| report.file == Path::new("-"));
        let options = Options {
            width: terminal::width(),
            color: terminal::colored(color),
            verbose: args.verbose,
            summary: args.summary,
        };
        let terminal = (!args.quiet && !to_stdout).then_some(options);
        let open = |Destination { format, file }: &Destination| {
            let to_file = file != Path::new("-");
            let file = to_file.then(|| Draft::open(file)).transpose()?;
            Ok(Report {
                format: *format,
                file,
            })
        };
        let reports = args.report.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { terminal, reports })
    }

    /// Writes every report. One that can't be written does not keep the others back.
    pub(super) fn write(self, scan: &Scan) -> Result<(), Failure> {
        let mut result = match &self.terminal {
            Some(options) => {
                terminal::print(|out| report::render(Format::Text, scan, options, out))
            }
            None => Ok(()),
        };
        for Report { format, file } in self.reports {
            let written = match file {
                Some(draft) => draft.finish(|out| report::render(format, scan, &PLAIN, out)),
                None => terminal::print(|out| report::render(format, scan, &PLAIN, out)),
            };
            result = result.and(written);
        }
        result
    }
}

/// Reports in files have no colours and do not depend on the terminal.
const PLAIN: Options = Options {
    width: 100,
    color: false,
    verbose: true,
    summary: false,
};

/// A file that takes its name only when it is whole.
#[derive(Debug)]
pub(super) struct Draft {
    target: PathBuf,
    temporary: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Draft {
    /// Opens a file beside the one that is meant.
    pub(super) fn open(target: &Path) -> Result<Self, Failure> {
        let failure = |source| Failure::Write {
            file: target.to_owned(),
            source,
        };
        if target.is_dir() {
            return Err(failure(std::io::ErrorKind::IsADirectory.into()));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}", process::id()));
        let file = File::create(&temporary).map_err(failure)?;
        Ok(Self {
            target: target.to_owned(),
            temporary,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Writes on. Nothing is seen under the meant name yet.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let target = &self.target;
        let failure = |source| Failure::Write {
            file: target.clone(),
            source,
        };
        self.file
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(bytes))
            .map_err(failure)
    }

    /// Writes the rest and gives the file its name.
    pub(super) fn finish(
        mut self,
        write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        write(&mut file)
            .and_then(|()| file.flush())
            .and_then(|()| fs::rename(&self.temporary, &self.target))
            .map_err(|source| Failure::Write {
                file: self.target.clone(),
                source,
            })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already where the file took its name.
        let _ = fs::remove_file(&self.temporary);
    }
}
