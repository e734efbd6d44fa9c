//! Every trouble of the tool, as message, next step and exit code. Trouble at a target never comes here.

use super::exit::Code;
use crate::net::dns::DnsError;
use crate::outbound::probes::ProbesError;
use crate::outbound::server::SpoolError;
use crate::policy::fault::{FaultLevel, PolicyFault};
use crate::report::escape;
use crate::report::stored::ReadError;
use crate::report::template::TemplateFault;
use crate::scan::stored::StoredError;
use crate::scan::targets::BadTargets;
use crate::settings::fault::SettingsFault;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the program can't go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}: {source}", file.display())]
    Write { file: PathBuf, source: io::Error },
    #[error("standard output: {0}")]
    Output(io::Error),
    #[error("{0}")]
    Targets(BadTargets),
    #[error("no mail domain to look at")]
    NoTargets,
    #[error("{}: no domain stands in the list", .0.display())]
    EmptyList(PathBuf),
    #[error("no facts to evaluate")]
    NoDocuments,
    #[error("no message to look at")]
    NoMessages,
    #[error("{0}: the message has more than 50 MiB")]
    MessageTooLarge(String),
    #[error("`{text}` is no resolver: {cause}")]
    Resolver { text: String, cause: String },
    #[error("{0}")]
    Dns(DnsError),
    #[error("{}: {cause}", file.display())]
    Anchor { file: PathBuf, cause: String },
    #[error("{}: {cause}", file.display())]
    Authorities { file: PathBuf, cause: String },
    #[error("the system's certification authorities: {0}")]
    SystemAuthorities(String),
    #[error("{}:{line}: {cause}", file.display())]
    Dial {
        file: PathBuf,
        line: usize,
        cause: String,
    },
    #[error("{}: {source}", file.display())]
    Facts { file: PathBuf, source: StoredError },
    #[error("{}: {source}", file.display())]
    Observations { file: PathBuf, source: StoredError },
    #[error("{}: {source}", file.display())]
    Results { file: PathBuf, source: ReadError },
    #[error("{}: there is no such lock file", .0.display())]
    NoLock(PathBuf),
    #[error("{}: {cause}", file.display())]
    Lock { file: PathBuf, cause: String },
    #[error("the policy files are not those of {}:\n  {differences}", file.display())]
    Unlocked { file: PathBuf, differences: String },
    #[error("{}", listed(.0))]
    Policy(Vec<PolicyFault>),
    #[error("{}", listed_settings(.0))]
    Settings(Vec<SettingsFault>),
    #[error("{}", shown_template(.0))]
    Template(TemplateFault),
    #[error("{}: it is there already; nothing was written", .0.display())]
    AlreadyThere(PathBuf),
    #[error("there is no baseline `{id}`; there are {known}")]
    NoSuchBaseline { id: String, known: String },
    #[error("{}: a policy belongs into `rules`, `baselines` or `profiles` below the folder", .0.display())]
    StrayPolicy(PathBuf),
    #[error("{}: the folder has no policies", .0.display())]
    NoPolicies(PathBuf),
    #[error("a report through a template needs the template")]
    NoTemplate,
    #[error("{}: two outputs go there", .0.display())]
    SameOutput(PathBuf),
    #[error("{}: the output would replace what is read", .0.display())]
    OutputIsInput(PathBuf),
    #[error("`{0}` is no name for EHLO")]
    EhloName(String),
    #[error("the sender is at {sender}, and the policy asked for is that of {domain}")]
    OtherDomain { sender: String, domain: String },
    #[error("there is no baseline or rule `{0}`")]
    NoSuchId(String),
    #[error("there are no facts of `{asked}`; there are those of {known}")]
    NoSuchDomain { asked: String, known: String },
    #[error("there is no report that can be read")]
    NoReports,
    #[error("there are no results of `{asked}`; {known}")]
    NoSuchResult { asked: String, known: String },
    #[error("{}", listed(.0))]
    Expression(Vec<PolicyFault>),
    #[error("facts and expressions can't both come from standard input")]
    TwoFromInput,
    #[error("`{0}` is no id: lower-case letters and digits, joined by single hyphens")]
    BadId(String),
    #[error("there is a {kind} `{id}` already: {file}")]
    IdTaken {
        kind: &'static str,
        id: String,
        file: String,
    },
    #[error("there is no rule of the area `{0}`")]
    NoSuchArea(String),
    #[error("`{0}` extends nothing")]
    NoProfile(String),
    #[error("{0}")]
    Receiving(#[from] Receiving),
    #[error("the lab does not start: {0}")]
    Lab(String),
    #[error("the expected outcomes of the lab can't be read: {0}")]
    Table(String),
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
}

/// Why no messages can be received.
#[derive(Debug, thiserror::Error)]
pub(super) enum Receiving {
    #[error("{socket}: {source}")]
    Listen {
        socket: SocketAddr,
        source: io::Error,
    },
    #[error("{}: {cause}", file.display())]
    Certificate { file: PathBuf, cause: String },
    #[error("no certificate can be made for `{host}`: {cause}")]
    SelfSigned { host: String, cause: String },
    #[error("{0}")]
    Spool(SpoolError),
    #[error("{0}")]
    Probes(ProbesError),
    #[error("{}: it is no file of observations; nothing was written", .0.display())]
    NoObservations(PathBuf),
}

impl Receiving {
    const fn help(&self) -> &'static str {
        match self {
            Self::Listen { .. } => {
                "ports below 1024 need root or CAP_NET_BIND_SERVICE, and no other mail server may have them; --listen 127.0.0.1:2525 is for trying it"
            }
            Self::Certificate { .. } => {
                "--cert has the certificate and its chain, --key its key, both in PEM; leave both out for a self-signed one"
            }
            Self::SelfSigned { .. } => "give a host name with --host, or a certificate with --cert",
            Self::Spool(_) => {
                "name a folder of this user's own with --spool; one server at a time uses it"
            }
            Self::Probes(error) => probes_help(error),
            Self::NoObservations(_) => "name a file that `waxseal receive` wrote, or a new one",
        }
    }
}

impl Failure {
    /// What the user can do about it.
    #[expect(clippy::too_many_lines, reason = "a table: one entry a failure")]
    pub(super) const fn help(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check the path, and that the file may be read",
            Self::Write { .. } | Self::Output(_) => {
                "check that the folder exists, that it may be written and that there is room"
            }
            Self::Targets(_) | Self::EmptyList(_) => {
                "give domains such as example.org; a list has one a line"
            }
            Self::NoDocuments => "collect some: `waxseal collect DOMAIN --output FILE`",
            Self::NoMessages | Self::MessageTooLarge(_) => {
                "give messages as .eml or mbox, each of at most 50 MiB"
            }
            Self::NoTargets => {
                "name domains (`waxseal scan example.org`) or a list that has some (`--from FILE`), write them into waxseal.toml (`waxseal init`), or take the lab (`--lab`)"
            }
            Self::Resolver { .. } => {
                "give an address or address and port, such as 192.0.2.53 or [2001:db8::53]:53"
            }
            Self::Dns(_) => "name a resolver with --resolver ADDRESS",
            Self::Anchor { .. } => {
                "the file has a DS or DNSKEY record a line, such as `. IN DS 20326 8 2 E06D44B8…`"
            }
            Self::Authorities { .. } => {
                "the file has PEM blocks that begin with -----BEGIN CERTIFICATE-----"
            }
            Self::SystemAuthorities(_) => "leave --system-roots out, or name a file with --ca-file",
            Self::Dial { .. } => "use the file that `waxseal lab` writes, unchanged",
            Self::Facts { .. } => {
                "use a file that `waxseal collect` of the same major version wrote"
            }
            Self::Observations { .. } => {
                "use a file that `waxseal message`, `receive` or `reports` wrote with --output"
            }
            Self::Results { .. } => {
                "use results that `--report json=FILE` or `jsonl=FILE` of the same major version wrote"
            }
            Self::NoLock(_) | Self::Lock { .. } => "write it with `waxseal policy lock`",
            Self::Unlocked { .. } => {
                "restore the files, or look at the changes and write the lock anew with `waxseal policy lock`"
            }
            Self::Policy(_) => "mend the policy files; nothing was evaluated",
            Self::Settings(_) => "mend the settings; nothing was looked at",
            Self::AlreadyThere(_) => {
                "edit it, choose another name, or take it away; `waxseal init` replaces it with --force"
            }
            Self::NoSuchBaseline { .. } => {
                "the id of a baseline is its file's name below `baselines`, without `.rhai`"
            }
            Self::StrayPolicy(_) => {
                "move it to rules/<area>.rhai, baselines/<id>.rhai or profiles/<id>.rhai"
            }
            Self::NoPolicies(_) => {
                "it needs rules/<area>.rhai, baselines/<id>.rhai or profiles/<id>.rhai"
            }
            Self::Template(_) => {
                "mend the template; docs/reports.md says what it can read, and examples/templates has some"
            }
            Self::NoTemplate => "name it with --template FILE",
            Self::SameOutput(_) => "give each report, and the facts, a file of its own",
            Self::OutputIsInput(_) => "write to another file",
            Self::EhloName(_) => {
                "give this host's full name, such as scanner.example.org, or an address as [192.0.2.1]"
            }
            Self::OtherDomain { .. } => {
                "ask for the sender's own domain; for the name given in EHLO: `--mail-from \"<>\"`"
            }
            Self::NoSuchId(_) => "`waxseal policy list` shows all of them",
            Self::NoSuchDomain { .. } => {
                "the domain of a document is its `target.domain`; of the lab, `waxseal lab --list` shows all"
            }
            Self::NoReports => "name reports (.xml, .gz, .zip, .json, .eml) or folders of them",
            Self::NoSuchResult { .. } => "name a domain of the results as they write it",
            Self::Expression(_) => {
                "`waxseal policy eval FACTS` shows with `:facts PATH` what can be read"
            }
            Self::TwoFromInput => "name a file of facts, or give the expression as an argument",
            Self::BadId(_) => {
                "choose an id that states the requirement, such as `mx-servers-at-least`"
            }
            Self::IdTaken { .. } => "choose another id; nothing was written",
            Self::NoSuchArea(_) => "`waxseal policy doc` lists the areas",
            Self::NoProfile(_) => {
                "only a profile has an upstream; `waxseal policy diff` compares any two"
            }
            Self::Receiving(receiving) => receiving.help(),
            Self::Lab(_) => "the lab needs to open sockets on 127.0.0.1",
            Self::Table(_) | Self::Runtime(_) => "this should not happen: please report it",
        }
    }

    /// The exit code that fits.
    pub(super) const fn code(&self) -> Code {
        match self {
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Output(_)
            | Self::Targets(_)
            | Self::Resolver { .. }
            | Self::Dns(_)
            | Self::Anchor { .. }
            | Self::Authorities { .. }
            | Self::SystemAuthorities(_)
            | Self::Dial { .. }
            | Self::Facts { .. }
            | Self::Observations { .. }
            | Self::Settings(_)
            | Self::AlreadyThere(_)
            | Self::NoSuchBaseline { .. }
            | Self::StrayPolicy(_)
            | Self::NoPolicies(_)
            | Self::NoTemplate
            | Self::Template(_)
            | Self::SameOutput(_)
            | Self::OutputIsInput(_)
            | Self::EhloName(_)
            | Self::OtherDomain { .. }
            | Self::NoSuchId(_)
            | Self::NoSuchDomain { .. }
            | Self::NoSuchResult { .. }
            | Self::TwoFromInput
            | Self::BadId(_)
            | Self::IdTaken { .. }
            | Self::Results { .. }
            | Self::Receiving(_)
            | Self::NoSuchArea(_)
            | Self::MessageTooLarge(_)
            | Self::NoProfile(_) => Code::Usage,
            Self::NoTargets
            | Self::EmptyList(_)
            | Self::NoDocuments
            | Self::NoReports
            | Self::NoMessages => Code::Empty,
            Self::Policy(_)
            | Self::Expression(_)
            | Self::NoLock(_)
            | Self::Lock { .. }
            | Self::Unlocked { .. } => Code::Policy,
            Self::Lab(_) | Self::Table(_) | Self::Runtime(_) => Code::Bug,
        }
    }
}

const fn probes_help(error: &ProbesError) -> &'static str {
    match error {
        ProbesError::Address(_) | ProbesError::TooMany(_) => {
            "write addresses as 192.0.2.10, 192.0.2.10-18, 2001:db8::10-18 or dane-mismatch=192.0.2.15, with commas between"
        }
        ProbesError::Posture(_) => {
            "the postures are good, self-signed, wrong-name, expired, dane-valid, dane-mismatch, no-starttls, mta-sts-valid and mta-sts-mismatch"
        }
        ProbesError::Twice(_) => "give each probe an address of its own",
        ProbesError::NoControl => "add good=ADDRESS",
        ProbesError::Names(_) => {
            "get a certificate that has these names too, or name with POSTURE=ADDRESS only the probes that it has the names of"
        }
        ProbesError::TooManyNames(_) => "take a certificate that names its hosts",
        ProbesError::State { .. } => {
            "check that the folder may be written; a key that is taken away is made anew, and the records change with it"
        }
        ProbesError::Socket { .. } => {
            "check that the address is one of this host and free; ports below 1024 need privileges"
        }
        ProbesError::Zone(_) => "check the domain and the names of the name servers",
        ProbesError::Certificate(_) | ProbesError::Tls(_) | ProbesError::Time(_) => {
            "check the certificates, and the clock of this host"
        }
    }
}

fn listed(faults: &[PolicyFault]) -> String {
    faults.iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// Faults of settings look as those of policies do.
fn listed_settings(faults: &[SettingsFault]) -> String {
    let alike = |fault: &SettingsFault| PolicyFault {
        file: fault.file.clone(),
        line: fault.place.line,
        column: fault.place.column,
        source_line: fault.source_line.clone(),
        message: fault.message.clone(),
        help: fault.help.clone(),
        lint: "",
        level: FaultLevel::Error,
    };
    listed(&faults.iter().map(alike).collect::<Vec<_>>())
}

/// A fault of a template looks as those of policies do.
fn shown_template(fault: &TemplateFault) -> String {
    shown(&PolicyFault {
        file: fault.file.clone(),
        line: fault.line,
        column: fault.column,
        source_line: fault.source_line.clone(),
        message: fault.message.clone(),
        help: fault.help.clone(),
        lint: "",
        level: FaultLevel::Error,
    })
}

/// A fault with the line that has it and a mark below the place.
pub(super) fn shown(fault: &PolicyFault) -> String {
    let PolicyFault {
        line,
        column,
        source_line,
        ..
    } = fault;
    let level = fault.level.as_str();
    // A line feed in a name would begin a line of its own, which workflows may take for a command.
    let (told, help) = (escape::line(&fault.to_string()), escape::line(&fault.help));
    let mut text = if fault.lint.is_empty() {
        format!("{told} ({level})")
    } else {
        format!("{told} ({level}: {})", fault.lint)
    };
    if *line > 0 && !source_line.is_empty() {
        let margin = line.to_string().len();
        let indent = column.saturating_sub(1);
        let mark = if *column > 0 { "^" } else { "" };
        let source_line = source_line.replace('\t', " ");
        text = format!(
            "{text}\n{0:margin$} |\n{line} | {source_line}\n{0:margin$} | {0:indent$}{mark}",
            ""
        );
    }
    if !help.is_empty() {
        text = format!("{text}\n  = {help}");
    }
    text
}
