//! `waxseal.toml` beside the command line: which file holds here, and what both come to. `waxseal config` shows it.

use super::args::{Config, Destination, Output, Policies, destination};
use super::exit::Code;
use super::failure::Failure;
use super::{policies, scan, terminal};
use crate::policy::fault::PolicyFault;
use crate::policy::{available_baselines, source::Source};
use crate::records::spelling::did_you_mean;
use crate::report::escape;
use crate::results::gate::Gate;
use crate::results::rule::PolicyFile;
use crate::scan::plan::{DEFAULT_BASELINES, Plan};
use crate::settings::fault::{Place, SettingsFault};
use crate::settings::{FILE, Settings, Word};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// The settings that hold, and the folder that their paths are relative to.
pub(super) struct Found {
    pub(super) settings: Settings,
    folder: PathBuf,
}

/// Finds and reads the settings.
pub(super) fn find(args: &Config) -> Result<Found, Failure> {
    let file = match &args.config {
        Some(file) => Some(file.clone()),
        None if args.no_config => None,
        None => nearest()?,
    };
    if let Some(file) = file
        .as_ref()
        .filter(|file| file.extension() != Some(OsStr::new("toml")))
    {
        let why = "settings are a file that ends in .toml";
        return Err(Failure::Read {
            file: file.clone(),
            source: io::Error::new(io::ErrorKind::InvalidInput, why),
        });
    }
    let Some(file) = file else {
        return Ok(Found {
            settings: Settings::default(),
            folder: PathBuf::new(),
        });
    };
    let text = scan::read(&file)?;
    let shown = file.display().to_string();
    let settings = Settings::parse(&shown, &text).map_err(Failure::Settings)?;
    let folder = file.parent().map(Path::to_owned).unwrap_or_default();
    Ok(Found { settings, folder })
}

/// The nearest file from the working folder upwards. What lies above the repository is somebody else's.
fn nearest() -> Result<Option<PathBuf>, Failure> {
    let here = std::env::current_dir().map_err(|source| Failure::Read {
        file: PathBuf::from("."),
        source,
    })?;
    let mut way = PathBuf::new();
    for folder in here.ancestors() {
        if folder.join(FILE).is_file() {
            return Ok(Some(way.join(FILE)));
        }
        if folder.join(".git").exists() {
            break;
        }
        way.push("..");
    }
    Ok(None)
}

impl Found {
    /// The gate: the command line goes before the file.
    pub(super) fn gate(&self, args: &Policies) -> Gate {
        let Settings {
            fail_on, unknown, ..
        } = &self.settings;
        Gate {
            fail_on: args.fail_on.or(*fail_on).unwrap_or_default(),
            unknown: args.unknown.or(*unknown).unwrap_or_default(),
            new_only: args.new_only,
        }
    }

    /// The settings in force and their digest; none where there are none.
    pub(super) fn digest(&self) -> Option<PolicyFile> {
        let Settings { file, text, .. } = &self.settings;
        (!file.is_empty()).then(|| PolicyFile {
            path: file.clone(),
            sha256: HEXLOWER.encode(&Sha256::digest(text)),
        })
    }

    /// The output that is asked for, with the reports of the file where the command line names none.
    pub(super) fn output(&self, args: &Output) -> Result<Output, Failure> {
        let mut output = args.clone();
        if output.report.is_empty() {
            let reports = self.settings.reports.iter().map(|word| self.report(word));
            output.report = reports
                .collect::<Result<_, _>>()
                .map_err(|fault| Failure::Settings(vec![fault]))?;
        }
        if output.verbose {
            terminal::note(&format!("settings: {}", self.named()));
        }
        Ok(output)
    }

    /// One report of the file.
    fn report(&self, word: &Word) -> Result<Destination, SettingsFault> {
        let read = destination(&word.text);
        let mut report = read.map_err(|why| self.settings.fault(word.place, why, String::new()))?;
        if report.file != Path::new("-") {
            let inside = self.inside(&report.file);
            report.file = inside.ok_or_else(|| {
                let message = format!("a report is not written to `{}`", report.file.display());
                let help = "reports of this file stay below its folder, go through no link, and replace no .toml, .rhai or .lock";
                self.settings.fault(word.place, message, help.to_owned())
            })?;
        }
        Ok(report)
    }

    /// A file below the folder of the settings. Whoever runs a stranger's settings loses nothing of their own.
    fn inside(&self, file: &Path) -> Option<PathBuf> {
        let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        let kept = ["toml", "rhai", "lock"];
        let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
        if !file.components().all(plain) || kept.contains(&extension) {
            return None;
        }
        let mut path = self.folder.clone();
        for part in file.components() {
            path.push(part);
            if fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink()) {
                return None;
            }
        }
        Some(path)
    }

    fn named(&self) -> String {
        let file = &self.settings.file;
        if file.is_empty() {
            format!("none; there is no {FILE} here")
        } else {
            escape::line(file)
        }
    }

    /// The plan by which domains are held against policies. No policy is loaded yet.
    pub(super) fn plan(&self, args: &Policies) -> Result<Plan, Failure> {
        let source = self.source(args)?;
        if let Some(lock) = &args.locked {
            policies::hold(lock, &source)?;
        }
        let known = available_baselines(&source);
        policies::check(&args.baseline, &known)?;
        let unknown = |word: &&Word| !known.contains(&word.text);
        let baselines = self.settings.named_baselines().filter(unknown);
        let reports = self.settings.reports.iter();
        let mut faults: Vec<SettingsFault> = baselines
            .map(|word| self.no_baseline(word, &known))
            .chain(reports.filter_map(|word| self.report(word).err()))
            .collect();
        faults.sort();
        if faults.is_empty() {
            Ok(Plan::new(
                source,
                self.settings.clone(),
                args.baseline.clone(),
            ))
        } else {
            Err(Failure::Settings(faults))
        }
    }

    /// The folder of policies that the file names.
    pub(super) fn policies(&self) -> Option<PathBuf> {
        let own = self.settings.policies.as_ref()?;
        Some(self.folder.join(&own.text))
    }

    fn source(&self, args: &Policies) -> Result<Source, Failure> {
        let own = self.policies();
        policies::source(args.folder.as_deref().or(own.as_deref()))
    }

    fn no_baseline(&self, word: &Word, known: &[String]) -> SettingsFault {
        let close = did_you_mean(&word.text, known.iter().map(String::as_str));
        let help = if close.is_empty() {
            format!("there are {}", known.join(", "))
        } else {
            close
        };
        let message = format!("there is no baseline or profile `{}`", word.text);
        self.settings.fault(word.place, message, help)
    }

    /// Faults that a policy was loaded with: those of the settings alone are no faults of policies.
    pub(super) fn failure(&self, faults: Vec<PolicyFault>) -> Failure {
        let own = &self.settings.file;
        if own.is_empty() || faults.iter().any(|fault| fault.file != *own) {
            return Failure::Policy(faults);
        }
        let own = |fault: PolicyFault| {
            let PolicyFault { line, column, .. } = fault;
            let place = Place { line, column };
            self.settings.fault(place, fault.message, fault.help)
        };
        Failure::Settings(faults.into_iter().map(own).collect())
    }
}

/// Shows which settings hold, and what they come to.
pub(super) fn show(args: &Config) -> Result<Code, Failure> {
    let found = find(args)?;
    let policies = Policies::default();
    let mut plan = found.plan(&policies)?;
    plan.prepare(found.settings.targets())
        .map_err(|faults| found.failure(faults))?;
    let gate = found.gate(&policies);
    terminal::print(|out| write(out, &found, gate))?;
    Ok(Code::Passed)
}

fn write(out: &mut dyn io::Write, found: &Found, gate: Gate) -> io::Result<()> {
    let settings = &found.settings;
    let words = |words: &[Word]| {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        escape::line(&texts.join(", "))
    };
    let baselines = settings.baselines.as_deref();
    let baselines = baselines.map_or_else(|| DEFAULT_BASELINES.join(", "), words);
    writeln!(out, "settings   {}", found.named())?;
    writeln!(out, "baselines  {baselines}")?;
    for (role, own) in &settings.role {
        let own = words(own.baselines.as_deref().unwrap_or_default());
        writeln!(
            out,
            "           {own} for domains that are {}",
            role.as_str()
        )?;
    }
    let folder = settings.policies.as_ref();
    let folder = folder.map(|word| found.folder.join(&word.text).display().to_string());
    let folder = folder.map_or_else(|| "as shipped".to_owned(), |folder| escape::line(&folder));
    writeln!(out, "policies   {folder}")?;
    let (fail_on, unknown) = (format!("{:?}", gate.fail_on), format!("{:?}", gate.unknown));
    let (fail_on, unknown) = (fail_on.to_lowercase(), unknown.to_lowercase());
    writeln!(out, "gate       fail-on {fail_on}, unknown {unknown}")?;
    let reports = match words(&settings.reports) {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    };
    writeln!(out, "reports    {reports}")?;
    for target in settings.targets() {
        let said = crate::scan::said::Said::of(settings, &target.domain);
        let role = said.role.map_or("not said", |role| role.as_str());
        let own = said.baselines.map_or_else(String::new, |own| {
            escape::line(&format!(", {}", own.join(", ")))
        });
        writeln!(out, "domain     {} (role {role}{own})", target.domain)?;
    }
    for adjust in &settings.adjust {
        let (rule, line) = (escape::line(&adjust.rule), adjust.place.line);
        let reason = escape::line(&adjust.reason);
        writeln!(out, "adjust     {rule}: {reason} [line {line}]")?;
    }
    for waiver in &settings.waiver {
        let (rule, line) = (escape::line(&waiver.rule), waiver.place.line);
        let (owner, until) = (escape::line(&waiver.owner), waiver.until);
        writeln!(
            out,
            "waiver     {rule}: {owner}, until {until} [line {line}]"
        )?;
    }
    Ok(())
}
