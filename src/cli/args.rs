//! The arguments as they are typed. What they mean is worked out by the subcommands.

use super::generate::{Completions, Man};
use super::message::MessageOf;
use super::outbound::Observed;
use super::policy::args as policy;
use super::receive::args as receive;
use super::reports;
use crate::collect::CONTROL_HOSTS;
use crate::facts::target::Role;
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::{DnssecMode, Probe};
use crate::records::domain::is_selector;
use crate::report::{Format, JunitDialect};
use crate::results::gate::{FailOn, OnUnknown};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use std::str::FromStr as _;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Examples:
  waxseal demo                                  try it all on a mini Internet inside this process
  waxseal scan example.org                      check a mail domain
  waxseal scan --from domains.txt --report junit=mail.xml
  waxseal collect example.org > facts.json      observe now …
  waxseal evaluate facts.json                   … and judge later, without a network
  waxseal spf example.org --ip 192.0.2.1        what receivers make of one sender
  waxseal message mail.eml                      what one message proves of its sender

Exit codes:
  0  all required levels hold
  1  a requirement failed
  2  the command line, or a file that it names, can't be used
  3  a policy has a fault, or is not the one that its lock names
  4  something is unknown or a rule broke, and no requirement failed
  5  nothing was evaluated
  6  only recommendations failed, under --fail-on should or may
  70 a fault in waxseal itself";

/// Checks whether a mail domain gives its mail confidential delivery, protection against phishing and
/// identity theft, and integrity
#[derive(Debug, Parser)]
#[command(version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
pub(super) struct Asked {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        value_enum
    )]
    pub(super) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Collect facts about mail domains, evaluate them and report
    Scan(Scan),
    /// Collect facts about mail domains and write them down
    Collect(Collect),
    /// Evaluate stored facts, without a network
    Evaluate(Evaluate),
    /// Write reports of stored results
    Report(ReportOf),
    /// Show what changed between two runs: at the domains, in the verdict, and only in the policy
    Diff(Diff),
    /// Take one domain's SPF policy apart, and check a sender against it as receivers do
    Spf(SpfOf),
    /// Take test messages over SMTP and tell how they were delivered, signed and authenticated
    Receive(Box<receive::Receive>),
    /// Show what single messages prove of their sender: SPF, DKIM, ARC, DMARC, and who says what
    Message(MessageOf),
    /// Sum up DMARC and TLS reports: how mail fares at receivers, who sends it, what fails
    Reports(reports::args::ReportsOf),
    /// Run the main job on the mini Internet inside this process and compare every outcome
    Demo(Demo),
    /// Keep the mini Internet running, to point other tools at it
    Lab(Lab),
    /// Show rules and baselines, and run their examples
    Policy(policy::Policy),
    /// Write a `waxseal.toml` to begin with
    Init(Init),
    /// Show which settings hold here, and what they come to
    Config(Config),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page, or write one for each subcommand
    Man(Man),
}

#[derive(Debug, Args)]
pub(super) struct Scan {
    #[command(flatten)]
    pub(super) config: Config,
    #[command(flatten)]
    pub(super) targets: Targets,
    #[command(flatten)]
    pub(super) network: Network,
    #[command(flatten)]
    pub(super) policies: Policies,
    #[command(flatten)]
    pub(super) output: Output,
    /// Keep the facts too: one JSON document a line, as `collect` writes them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(super) facts: Option<PathBuf>,
    #[command(flatten)]
    pub(super) observed: Observed,
}

#[derive(Debug, Args)]
pub(super) struct Collect {
    #[command(flatten)]
    pub(super) config: Config,
    #[command(flatten)]
    pub(super) targets: Targets,
    #[command(flatten)]
    pub(super) network: Network,
    /// Where to write the facts, one JSON document a line; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    pub(super) output: PathBuf,
    /// Show no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// Files of facts, as `collect` writes them; `-` is standard input
    #[arg(value_name = "FACTS", required = true, value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) observed: Observed,
    #[command(flatten)]
    pub(super) config: Config,
    #[command(flatten)]
    pub(super) policies: Policies,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  the reports are written, whatever the results are")]
pub(super) struct ReportOf {
    /// Results, as `--report json=FILE` or `jsonl=FILE` writes them; `-` is standard input
    #[arg(value_name = "RESULTS", value_hint = ValueHint::FilePath)]
    pub(super) results: PathBuf,
    /// Write this format to standard output
    #[arg(long, short, value_name = "FORMAT", value_parser = Format::from_str, conflicts_with = "summary")]
    pub(super) format: Option<Format>,
    /// Report only on this domain; may be repeated
    #[arg(long, value_name = "DOMAIN", value_hint = ValueHint::Hostname)]
    pub(super) domain: Vec<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Facts are evaluated first, both with the same policies, so that only the domains can differ. Results are \
taken as they are: what came out otherwise although the facts that the rule read are the same is put down to the \
tool, the policy or the settings.

Exit codes:
  0  nothing that counts got worse
  1  a requirement that counts fails or is unknown now, and was not before
  4  the later run is not whole; domains that it lacks are named, and are no reason to fail")]
pub(super) struct Diff {
    /// The earlier run: results (`--report json=FILE` or `jsonl=FILE`) or facts (`--facts FILE`, `collect`)
    #[arg(value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(super) old: PathBuf,
    /// The later run
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    pub(super) new: PathBuf,
    /// Show every line of what was seen otherwise
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// A baseline or profile to hold facts against; may be repeated [default: as `evaluate`]
    #[arg(long, short, value_name = "ID")]
    pub(super) baseline: Vec<String>,
    /// A folder, or a .tar.gz, of policies to hold facts against, laid over the shipped ones
    #[arg(long = "policies", value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub(super) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(super) config: Config,
}

impl Diff {
    /// What facts are held against.
    pub(super) fn policies(&self) -> Policies {
        Policies {
            baseline: self.baseline.clone(),
            folder: self.folder.clone(),
            ..Policies::default()
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  the policy can be evaluated; with --ip, the sender passes
  1  permerror or no policy; with --ip, the sender does not pass
  4  a lookup failed for now")]
pub(super) struct SpfOf {
    /// The domain whose policy is shown
    #[arg(value_name = "DOMAIN", value_hint = ValueHint::Hostname)]
    pub(super) domain: String,
    /// The address that sends
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ip: Option<std::net::IpAddr>,
    /// The name it gives in EHLO; the domain where it is not given
    #[arg(long, value_name = "NAME", requires = "ip")]
    pub(super) helo: Option<String>,
    /// The mailbox it gives in MAIL FROM, or its local part; `<>` checks the name given in EHLO
    #[arg(long, value_name = "MAILBOX", requires = "ip")]
    pub(super) mail_from: Option<String>,
    /// Print the facts as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Ask the mini Internet inside this process
    #[arg(long, conflicts_with_all = ["resolver", "trust_anchor", "ca_file", "system_roots", "dial", "ehlo_name"])]
    pub(super) lab: bool,
    #[command(flatten)]
    pub(super) network: Network,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The folder for the reports; made where it is missing
    #[arg(long, value_name = "FOLDER", default_value = "waxseal-demo", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Lab {
    /// List the scenarios and what each one plays
    #[arg(long)]
    pub(super) list: bool,
    /// The folder for the trust anchor, the certification authority and the table of addresses
    #[arg(long, value_name = "FOLDER", default_value = "waxseal-lab", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
}

/// Which settings to use. Options of the command line go before them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Config {
    /// The settings to use instead of the nearest `waxseal.toml`, from this folder up to the one with `.git`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
    /// Use no settings but those of the command line
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// A mail domain; may be repeated. Without any, and on a terminal, a few questions are put
    #[arg(long, value_name = "DOMAIN", value_hint = ValueHint::Hostname)]
    pub(super) domain: Vec<String>,
    /// What the domains are used for: mail, send-only, receive-only or parked
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Option<Role>,
    /// A baseline or profile to hold them against; may be repeated
    #[arg(long, short, value_name = "ID")]
    pub(super) baseline: Vec<String>,
    /// The weakest level whose failure makes a run fail: must, should or may
    #[arg(long, value_name = "LEVEL")]
    pub(super) fail_on: Option<FailOn>,
    /// Replace a file that is there
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Targets")]
pub(super) struct Targets {
    /// Mail domains, such as `example.org`; those of the settings where none is given
    #[arg(value_name = "DOMAIN", value_hint = ValueHint::Hostname)]
    pub(super) domains: Vec<String>,
    /// A list of domains, one a line, `#` begins a comment; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) from: Vec<PathBuf>,
    /// A DKIM selector that the domains use; may be repeated
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    pub(super) selector: Vec<String>,
    /// How many domains to work on at once; each waits for its slowest mail server
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_once)]
    pub(super) at_once: usize,
    /// Scan the mini Internet inside this process: all of it, or the DOMAINs given
    #[arg(long, conflicts_with_all = ["resolver", "trust_anchor", "ca_file", "system_roots", "dial", "ehlo_name"])]
    pub(super) lab: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Network {
    /// A resolver to ask instead of the system's, as ADDRESS or ADDRESS:PORT; may be repeated
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "WAXSEAL_RESOLVER",
        value_delimiter = ','
    )]
    pub(super) resolver: Vec<String>,
    /// Who judges DNSSEC: `validate` follows the chain of trust here, `trust-ad` believes the resolver's AD flag
    #[arg(long, value_name = "MODE", default_value = "validate", value_parser = dnssec_mode)]
    pub(super) dnssec: DnssecMode,
    /// A file of DS or DNSKEY records to trust instead of the root's built-in keys
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) trust_anchor: Option<PathBuf>,
    /// Certification authorities (PEM) to trust instead of Mozilla's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) ca_file: Option<PathBuf>,
    /// Trust the system's certification authorities instead of Mozilla's
    #[arg(long, conflicts_with = "ca_file")]
    pub(super) system_roots: bool,
    /// The name to give in EHLO; best this host's name in forward and reverse DNS
    #[arg(long, value_name = "NAME", env = "WAXSEAL_EHLO_NAME")]
    pub(super) ehlo_name: Option<String>,
    /// How much to ask of servers: `gentle` holds one SMTP session an address; `standard` up to five, which also
    /// tell which versions of TLS are accepted; `deep` up to 250, which tell all cipher suites and groups, and
    /// asks every authoritative name server and fetches BIMI files and revocation lists, too [default: standard]
    #[arg(long, value_name = "DEPTH", value_parser = Probe::from_str)]
    pub(super) probe: Option<Probe>,
    /// Mail servers that tell whether port 25 can be reached from here at all, tried once where a domain's can't be;
    /// may be repeated, empty for none
    #[arg(
        long,
        value_name = "HOST",
        env = "WAXSEAL_CONTROL_HOST",
        value_delimiter = ',',
        default_values = CONTROL_HOSTS
    )]
    pub(super) control_host: Vec<String>,
    /// Connect to addresses of private networks and of this host, too, where records point to them
    #[arg(long)]
    pub(super) internal_addresses: bool,
    /// Open no connections over IPv6
    #[arg(long)]
    pub(super) no_ipv6: bool,
    /// Open no connections over IPv4
    #[arg(long, conflicts_with = "no_ipv6")]
    pub(super) no_ipv4: bool,
    /// The most seconds to wait for a mail server's greeting
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(super) timeout: u64,
    /// A table of addresses that `waxseal lab` wrote: only those can be reached
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) dial: Option<PathBuf>,
    /// The time to take for now, in RFC 3339
    #[arg(long, value_name = "TIME", env = "WAXSEAL_NOW", hide = true, value_parser = timestamp)]
    pub(super) now: Option<Timestamp>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct Policies {
    /// A baseline or profile to hold the domains against, instead of those of the settings; may be repeated
    /// [default: baseline, mecsa]
    #[arg(long, short, value_name = "ID")]
    pub(super) baseline: Vec<String>,
    /// A folder, or a .tar.gz, of rules, baselines and profiles, laid over the shipped ones
    #[arg(long = "policies", value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub(super) folder: Option<PathBuf>,
    /// Refuse policy files other than those that a lock names, as `policy lock` writes it
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "waxseal.lock", value_hint = ValueHint::FilePath)]
    pub(super) locked: Option<PathBuf>,
    /// The weakest level whose failure makes the run fail: must, should or may [default: must]
    #[arg(long, value_name = "LEVEL")]
    pub(super) fail_on: Option<FailOn>,
    /// What unknown and broken findings do: fail (exit code 4), warn or ignore [default: fail]
    #[arg(long, value_name = "WHAT")]
    pub(super) unknown: Option<OnUnknown>,
    /// Results of an earlier run (a JSON report): findings are marked as new, unchanged or fixed since then
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) baseline_results: Option<PathBuf>,
    /// Let only what is new since the earlier run make this one fail
    #[arg(long, requires = "baseline_results")]
    pub(super) new_only: bool,
}

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// Write a report: FORMAT is text, html, markdown, json, jsonl, junit, tap, sarif, sarif-github, github, gitlab,
    /// csv, oscal, ocsf or template, FILE may be `-` for standard output; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = destination)]
    pub(super) report: Vec<Destination>,
    /// For whom JUnit is written: `standard` keeps to the published schemas, `gitlab` names the file of each domain, too
    #[arg(long, value_name = "DIALECT", default_value = "standard", value_parser = JunitDialect::from_str)]
    pub(super) junit_dialect: JunitDialect,
    /// A minijinja template for the results: written to the file of `--report template=FILE`, else to standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) template: Option<PathBuf>,
    /// One line a domain
    #[arg(long)]
    pub(super) summary: bool,
    /// Show what passed and the facts behind it, too
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Show neither report nor progress on the terminal
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// A report and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) format: Format,
    pub(super) file: PathBuf,
}

/// Reads the arguments of this process.
pub(super) fn parse() -> Result<Asked, clap::Error> {
    Asked::try_parse()
}

/// The definition of the command line, for completions, the manual page and documents.
pub fn command() -> clap::Command {
    Asked::command()
}

pub(super) fn destination(text: &str) -> Result<Destination, String> {
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("write it as FORMAT=FILE, such as junit=report.xml")?;
    let format = format.parse().map_err(|error| format!("{error}"))?;
    // Standard output by another name is not to be replaced by a file.
    let stdout = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    let file = if stdout.contains(&file) { "-" } else { file };
    Ok(Destination {
        format,
        file: PathBuf::from(file),
    })
}

fn at_once(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "it is a number from 1 to 10000".to_owned())
}

fn selector(text: &str) -> Result<String, String> {
    if is_selector(text) {
        Ok(text.to_lowercase())
    } else {
        Err("a selector is a DNS label such as `s1`, or several with dots between".to_owned())
    }
}

fn dnssec_mode(text: &str) -> Result<DnssecMode, String> {
    match text {
        "validate" => Ok(DnssecMode::Validate),
        "trust-ad" => Ok(DnssecMode::TrustAd),
        _ => Err("it is validate or trust-ad".to_owned()),
    }
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "it is no time such as 2026-11-23T10:00:00Z".to_owned())
}
