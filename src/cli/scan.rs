//! `waxseal scan`: collect, evaluate, report.

use super::args::{self, Network};
use super::exit::Code;
use super::failure::Failure;
use super::outputs::{Draft, Outputs};
use super::{network, outbound, policies, settings, terminal};
use crate::collect::Collector;
use crate::facts::vantage::Probe;
use crate::facts::{Facts, target::Target};
use crate::lab::Lab;
use crate::net::tls;
use crate::scan::deliveries;
use crate::scan::gather::Gatherer;
use crate::scan::outbound::Observations;
use crate::scan::said::Said;
use crate::scan::targets::{Places, Targets};
use crate::scan::{self, Job, stored};
use crate::settings::Settings;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// The largest list of domains or file of facts that is read, in bytes.
const LARGEST_INPUT: u64 = 256 << 20;

/// Runs the main job.
pub(super) fn run(args: &args::Scan, color: args::Color) -> Result<Code, Failure> {
    let found = settings::find(&args.config)?;
    let mut plan = found.plan(&args.policies)?;
    let gate = found.gate(&args.policies);
    let mut gatherer = Gatherer::new(gate, policies::earlier(&args.policies)?, tempfile::tempfile);
    let output = found.output(&args.output)?;
    let (jobs, places) = jobs(&args.targets, &found.settings)?;
    plan.prepare(jobs.iter().map(|job| &job.target))
        .map_err(|faults| found.failure(faults))?;
    let mut inputs: Vec<&Path> = args.targets.from.iter().map(PathBuf::as_path).collect();
    inputs.extend(args.observed.outbound.iter().map(PathBuf::as_path));
    inputs.push(Path::new(&found.settings.file));
    let outputs = Outputs::open(&output, args.facts.as_deref(), &inputs, color)?;
    let mut observations = outbound::read(&args.observed)?;
    let mut kept = args.facts.as_deref().map(Draft::open).transpose()?;
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        probe: found.settings.probe,
        quiet: output.quiet,
    };
    let end = work.run(&jobs, |mut facts| {
        observations.attach(&mut facts);
        let judged = plan.judge(&facts).map_err(|faults| found.failure(faults));
        let mut judged = judged?;
        places.note(&mut judged);
        gatherer.add(judged).map_err(gathering)?;
        kept.as_mut().map_or(Ok(()), |kept| keep(kept, &facts))
    })?;
    outbound::note_unused(&observations);
    let basis = plan.finish(end.is_whole() && names_nothing(&args.targets));
    let complete = gatherer
        .finish(basis, found.digest(), end.partial())
        .map_err(gathering)?;
    let written = outputs.write(complete.results());
    kept.map_or(Ok(()), |kept| kept.finish(|_| Ok(())))
        .and(written)?;
    policies::warn(&complete.run);
    let code = complete.run.verdict.into();
    Ok(if end.is_whole() || code == Code::Failed {
        code
    } else {
        Code::Undecided
    })
}

/// What can't be complete: the folder for temporary files is full or not to be written.
pub(super) fn gathering(source: io::Error) -> Failure {
    Failure::Write {
        file: std::env::temp_dir(),
        source,
    }
}

/// Writes one document, on a line of its own.
pub(super) fn keep(file: &mut Draft, facts: &Facts) -> Result<(), Failure> {
    let mut line = Vec::new();
    stored::write(facts, &mut line).map_err(Failure::Output)?;
    file.write(&line)
}

/// How far a run came.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    complete: usize,
    asked: usize,
}

impl End {
    /// Whether every domain is complete.
    pub(super) const fn is_whole(self) -> bool {
        self.complete == self.asked
    }

    /// What is missing, in words.
    pub(super) fn partial(self) -> Option<String> {
        let Self { complete, asked } = self;
        (!self.is_whole())
            .then(|| format!("interrupted: {complete} of {asked} domains are complete"))
    }
}

/// A run of collections.
pub(super) struct Work<'a> {
    pub(super) targets: &'a args::Targets,
    pub(super) network: &'a Network,
    /// How much the settings ask of servers.
    pub(super) probe: Option<Probe>,
    pub(super) quiet: bool,
}

impl Work<'_> {
    /// Collects all jobs and hands each document on in order. An interrupt (SIGINT or SIGTERM) ends it
    /// early, with everything that is complete until then.
    pub(super) fn run(
        &self,
        jobs: &[Job],
        mut each: impl FnMut(Facts) -> Result<(), Failure>,
    ) -> Result<End, Failure> {
        let runtime = Runtime::new().map_err(Failure::Runtime)?;
        let bar = terminal::progress(jobs.len(), self.quiet);
        let mut trouble = Ok(());
        let complete = runtime.block_on(async {
            let stop = terminal::interrupt().map_err(Failure::Runtime)?;
            let (lab, collector) = self.open().await?;
            let mut delivered = match &lab {
                Some(lab) => delivered(lab, &collector, jobs).await?,
                None => Observations::default(),
            };
            // The first handshake of a process is slow; it can be so while the DNS answers.
            let _warm = tokio::task::spawn_blocking(tls::warm);
            let at_once = self.targets.at_once;
            let complete = scan::collect(&collector, jobs, at_once, stop, |mut facts| {
                delivered.attach(&mut facts);
                bar.inc(1);
                bar.set_message(facts.target.unicode.clone());
                if trouble.is_ok() {
                    trouble = each(facts);
                }
            });
            Ok::<_, Failure>(complete.await)
        })?;
        bar.finish_and_clear();
        runtime.shutdown_background();
        let end = End {
            complete,
            asked: jobs.len(),
        };
        if let Some(partial) = end.partial() {
            terminal::note(&partial);
        }
        trouble.map(|()| end)
    }

    async fn open(&self) -> Result<(Option<Lab>, Collector), Failure> {
        let lab = if self.targets.lab {
            let now = network::clock(self.network).now();
            let lab = Lab::start(now)
                .await
                .map_err(|error| Failure::Lab(error.to_string()))?;
            Some(lab)
        } else {
            None
        };
        let collector = network::collector(self.network, self.probe, lab.as_ref())?;
        Ok((lab, collector))
    }
}

/// What the lab's providers among the jobs deliver.
async fn delivered(
    lab: &Lab,
    collector: &Collector,
    jobs: &[Job],
) -> Result<Observations, Failure> {
    let domains = jobs.iter().map(|job| job.target.domain.as_str()).collect();
    let seen = deliveries::observe(lab, collector, &domains).await;
    seen.map_err(|error| Failure::Lab(error.to_string()))
}

/// The domains of the arguments and lists, and where the lists name them; where nothing is named, those of the
/// settings, and then the lab.
pub(super) fn jobs(
    args: &args::Targets,
    settings: &Settings,
) -> Result<(Vec<Job>, Places), Failure> {
    let mut targets = Targets::default();
    targets.arguments(args.domains.iter().map(String::as_str));
    for file in &args.from {
        targets.list(&file.display().to_string(), &read(file)?);
    }
    let (mut named, places) = targets.finish().map_err(Failure::Targets)?;
    if names_nothing(args) {
        named = settings.targets().cloned().collect();
        if args.lab && named.is_empty() {
            named = scan::lab::jobs()
                .into_iter()
                .map(|job| job.target)
                .collect();
        }
    }
    let job = |mut target: Target| {
        let said = Said::of(settings, &target.domain);
        if let Some(role) = said.role {
            target.role = role;
            target.role_declared = true;
        }
        Job {
            selectors: selectors(args, said.selectors, &target.domain),
            target,
        }
    };
    let jobs: Vec<_> = named.into_iter().map(job).collect();
    if jobs.is_empty() {
        let list = args.from.first();
        Err(list.map_or(Failure::NoTargets, |list| Failure::EmptyList(list.clone())))
    } else {
        Ok((jobs, places))
    }
}

/// Whether the command line leaves it to the settings which domains are meant.
const fn names_nothing(args: &args::Targets) -> bool {
    args.domains.is_empty() && args.from.is_empty()
}

fn selectors(args: &args::Targets, mut said: Vec<String>, domain: &str) -> Vec<String> {
    if !args.selector.is_empty() {
        return args.selector.clone();
    }
    if args.lab {
        said.extend(scan::lab::selectors(domain));
    }
    said
}

/// The text of a file, or of standard input for `-`, within the limit of size.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(LARGEST_INPUT)
            .read_to_string(&mut text)
    } else {
        File::open(file).and_then(|open| open.take(LARGEST_INPUT).read_to_string(&mut text))
    };
    let whole = read.and_then(|length| {
        let too_large = length as u64 >= LARGEST_INPUT;
        let why = format!("larger than {LARGEST_INPUT} bytes");
        if too_large {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, why))
        } else {
            Ok(())
        }
    });
    whole.map(|()| text).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })
}
