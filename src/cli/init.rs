//! `waxseal init`: a commented `waxseal.toml` to begin with.

use super::args::Init;
use super::exit::Code;
use super::failure::Failure;
use super::terminal;
use crate::facts::target::Role;
use crate::results::gate::FailOn;
use crate::scan::plan::DEFAULT_BASELINES;
use crate::settings::{FILE, Settings};
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use toml::Value;

/// Writes the file from the arguments, or from a few questions.
pub(super) fn run(args: &Init) -> Result<Code, Failure> {
    let file = Path::new(FILE);
    let failure = |source| Failure::Write {
        file: file.to_owned(),
        source,
    };
    if !args.force && file.symlink_metadata().is_ok() {
        return Err(Failure::AlreadyThere(file.to_owned()));
    }
    let asks = args.domain.is_empty() && io::stdin().is_terminal() && io::stderr().is_terminal();
    let answers = if asks {
        ask(args).map_err(Failure::Output)?
    } else {
        Answers::of(args)
    };
    let text = answers.text();
    Settings::parse(FILE, &text).map_err(Failure::Settings)?;
    fs::write(file, text).map_err(failure)?;
    terminal::print(|out| {
        writeln!(
            out,
            "{FILE} is written. `waxseal config` shows what it comes to, `waxseal scan` uses it."
        )
    })?;
    Ok(Code::Passed)
}

/// What the file is to say, as it was typed.
struct Answers {
    domains: Vec<String>,
    /// Empty: what the records show.
    role: String,
    baselines: Vec<String>,
    fail_on: String,
}

impl Answers {
    fn of(args: &Init) -> Self {
        let fail_on = match args.fail_on {
            Some(FailOn::Should) => "should",
            Some(FailOn::May) => "may",
            Some(FailOn::Must) | None => "must",
        };
        Self {
            domains: args.domain.clone(),
            role: args.role.map_or("", Role::as_str).to_owned(),
            baselines: args.baseline.clone(),
            fail_on: fail_on.to_owned(),
        }
    }

    fn text(&self) -> String {
        let baselines = if self.baselines.is_empty() {
            DEFAULT_BASELINES.map(str::to_owned).to_vec()
        } else {
            self.baselines.clone()
        };
        let (baselines, fail_on) = (list(&baselines), quoted(&self.fail_on));
        let domains = if self.domains.is_empty() {
            "# [[domain]]\n# name = \"example.org\"\n# role = \"mail\"\n".to_owned()
        } else {
            let names = list(&self.domains);
            let role = if self.role.is_empty() {
                "# role = \"mail\"".to_owned()
            } else {
                format!("role = {}", quoted(&self.role))
            };
            format!(
                "[[domain]]\nnames = {names}\n\
                 # What they are used for: mail, send-only, receive-only or parked; else what their records show.\n\
                 {role}\n# selectors = [\"s1\"]\n# tags = [\"shop\"]\n"
            )
        };
        format!(
            "# Settings of waxseal; `docs/settings.md` explains all of them. `waxseal config` shows what they come to.\n\n\
             # What the domains are held against: `waxseal policy list` shows all.\n\
             baselines = {baselines}\n\
             # The weakest level whose failure makes a run fail: must, should or may.\n\
             fail-on = {fail_on}\n\
             # What unknown findings do: fail, warn or ignore.\n\
             unknown = \"fail\"\n\
             # policies = \"policies\"          # a folder of your own rules, baselines and profiles\n\
             # reports = [\"junit=mail.xml\"]   # written by every scan, beside the terminal\n\n\
             {domains}\n{EXAMPLES}"
        )
    }
}

const EXAMPLES: &str = "\
# Another level, or another parameter, without a rule of your own:
# [[adjust]]
# rule = \"dmarc-policy-at-least\"
# policy = \"reject\"
# level = \"must\"
# reason = \"decided on 2026-11-23\"

# A failure that somebody answers for, until a day:
# [[waiver]]
# rule = \"mx-offers-starttls\"
# domains = [\"example.org\"]
# server = \"mx1.example.org\"       # only this server
# reason = \"the appliance is replaced in January\"
# owner = \"postmaster\"
# until = 2027-01-31
";

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// Puts the questions whose answers no argument gives. An empty answer takes what stands in brackets.
fn ask(args: &Init) -> io::Result<Answers> {
    let mut answers = Answers::of(args);
    answers.domains = words(&question("Mail domains, with spaces between", "none yet")?);
    if args.role.is_none() && !answers.domains.is_empty() {
        let roles = Role::ALL.map(Role::as_str).join(", ");
        let text = format!("What they are used for: {roles}");
        answers.role = question(&text, "what their records show")?;
    }
    if args.baseline.is_empty() {
        let usual = DEFAULT_BASELINES.join(" ");
        answers.baselines = words(&question("Baselines, with spaces between", &usual)?);
    }
    if args.fail_on.is_none() {
        let weakest = question("A run fails on: must, should, may", "must")?;
        answers.fail_on = Some(weakest)
            .filter(|word| !word.is_empty())
            .unwrap_or(answers.fail_on);
    }
    Ok(answers)
}

fn question(text: &str, otherwise: &str) -> io::Result<String> {
    write!(io::stderr().lock(), "{text} [{otherwise}]: ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn words(answer: &str) -> Vec<String> {
    let words = answer.split([' ', ',']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
