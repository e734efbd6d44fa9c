//! Standard output and error: colours, width, progress, and how a failure is shown.

use super::args::Color;
use super::exit::Code;
use super::failure::Failure;
use crate::report::escape;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Writes to standard output; a reader that has gone away is no error.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Says something on standard error that is no failure.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "waxseal: {text}");
}

/// Says on standard error what is for people, where standard output is for a program.
pub(super) fn aside(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Comes about when the user or the system asks the program to end (SIGINT, SIGTERM). From here on neither
/// ends it by itself.
pub(super) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    let mut int = signal(SignalKind::interrupt())?;
    let mut term = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = int.recv() => (),
            _ = term.recv() => (),
        }
    })
}

/// Whether text for standard output gets colours.
pub(super) fn colored(color: Color) -> bool {
    chosen(color, AutoStream::choice(&io::stdout()))
}

/// Whether text for standard output may link to pages: colours are on, and the terminal is one that is known to
/// show links and not their escape sequences.
pub(super) fn links(color: Color) -> bool {
    colored(color)
        && io::stdout().is_terminal()
        && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
}

/// The columns of the terminal; 100 where there is none.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).clamp(40, 160))
}

/// Progress over so many domains, on standard error where that is a terminal.
pub(super) fn progress(domains: usize, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(u64::try_from(domains).ok(), target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} domains  {wide_msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Shows help, the version or a usage error, and gives its exit code.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() {
        Code::Usage.into()
    } else {
        Code::Passed.into()
    }
}

/// Shows a failure with the next step, and gives its exit code.
pub(super) fn failure(failure: &Failure, color: Color) -> ExitCode {
    let colored = chosen(color, AutoStream::choice(&io::stderr()));
    let paint = |style: Style| if colored { style } else { Style::new() };
    let (error, help) = (
        paint(AnsiColor::Red.on_default().bold()),
        paint(AnsiColor::Cyan.on_default().bold()),
    );
    let text = failure.to_string();
    let text = escape::lines(&text);
    let next = failure.help();
    let _ = writeln!(
        io::stderr().lock(),
        "{error}error:{error:#} {text}\n{help}help:{help:#} {next}"
    );
    failure.code().into()
}

fn chosen(color: Color, automatic: ColorChoice) -> bool {
    match color {
        Color::Auto => automatic != ColorChoice::Never,
        Color::Always => true,
        Color::Never => false,
    }
}
