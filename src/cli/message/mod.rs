//! `waxseal message`: what single messages show of their sender.

use super::args::Color;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::{network, terminal};
use crate::collect::Collector;
use crate::derive::message::trust::Trust;
use crate::facts::Facts;
use crate::facts::outbound::OutboundDocument;
use crate::facts::outbound::authentication::DmarcResult;
use crate::lab::Lab;
use crate::outbound::analyse::Analyst;
use crate::outbound::analyse::delivered::{Stated, from_file};
use crate::records::message::{LARGEST, mbox};
use crate::report;
use crate::report::json::write_inert;
use crate::scan::stored;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

mod args;

pub(super) use args::MessageOf;

/// The most octets of a file that are read.
const LARGEST_FILE: u64 = 1 << 30;

/// A message and where it stands.
struct Source {
    /// The file, and the number in it where it has several.
    name: String,
    raw: Vec<u8>,
}

/// Analyses every message of every file.
pub(super) fn run(args: &MessageOf, color: Color) -> Result<Code, Failure> {
    let inputs = args.files.iter().chain(&args.facts);
    if let Some(output) = &args.output
        && inputs.clone().any(|input| same(input, output))
    {
        return Err(Failure::OutputIsInput(output.clone()));
    }
    if inputs.filter(|input| *input == Path::new("-")).count() > 1 {
        return Err(Failure::TwoFromInput);
    }
    let sources = read(&args.files)?;
    if sources.is_empty() {
        return Err(Failure::NoMessages);
    }
    let output = args.output.as_deref().map(Draft::open).transpose()?;
    let facts = facts(&args.facts)?;
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    let documents = runtime.block_on(async {
        if !args.facts.is_empty() {
            let now = network::clock(&args.network).now();
            return Ok(observe(Analyst::of_stored(&facts, now), args, &sources).await);
        }
        let (_lab, collector) = open(args).await?;
        Ok::<_, Failure>(observe(Analyst::new(&collector), args, &sources).await)
    })?;
    let code = code(&documents);
    let named = sources.iter().map(|source| source.name.as_str());
    let shown = terminal::print(|out| {
        if args.json {
            let merged = merged(documents.clone());
            write_inert(&serde_json::to_string_pretty(&merged)?, out)?;
            return writeln!(out);
        }
        let colored = terminal::colored(color);
        let pairs: Vec<_> = named.zip(&documents).collect();
        report::message::render(&pairs, colored, out)
    });
    if let Some(draft) = output {
        draft.finish(|out| {
            for document in merged(documents) {
                write_inert(&serde_json::to_string(&document)?, out)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?;
    }
    shown.map(|()| code)
}

async fn observe(
    analyst: Analyst<'_>,
    args: &MessageOf,
    sources: &[Source],
) -> Vec<OutboundDocument> {
    let trust = Trust::new(args.trust.clone());
    let stated = Stated {
        client_ip: args.client_ip,
        helo: args.helo.clone(),
        mail_from: args.mail_from.clone(),
    };
    let analyst = analyst.trusting(trust.clone());
    let mut documents = Vec::with_capacity(sources.len());
    for source in sources {
        let delivered = from_file(&source.raw, &stated, &trust);
        documents.push(analyst.observe(delivered).await);
    }
    documents
}

async fn open(args: &MessageOf) -> Result<(Option<Lab>, Collector), Failure> {
    let lab = if args.lab {
        let lab = Lab::start(network::clock(&args.network).now()).await;
        Some(lab.map_err(|error| Failure::Lab(error.to_string()))?)
    } else {
        None
    };
    let collector = network::collector(&args.network, None, lab.as_ref())?;
    Ok((lab, collector))
}

/// All messages: of a file that begins as an mbox those in it, of any other the one that it is.
fn read(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for file in files {
        let raw = bytes(file)?;
        let named = |number: Option<usize>| match number {
            Some(number) => format!("{} #{number}", file.display()),
            None => file.display().to_string(),
        };
        if mbox::is_mbox(&raw) {
            let messages = mbox::split(&raw).into_iter().enumerate();
            sources.extend(messages.map(|(index, raw)| Source {
                name: named(Some(index + 1)),
                raw,
            }));
        } else if !raw.is_empty() {
            let name = named(None);
            sources.push(Source { name, raw });
        }
    }
    match sources.iter().find(|source| source.raw.len() > LARGEST) {
        Some(large) => Err(Failure::MessageTooLarge(large.name.clone())),
        None => Ok(sources),
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let failure = |source| Failure::Read {
        file: file.to_owned(),
        source,
    };
    let from: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file).map_err(failure)?;
        if opened.metadata().map_err(failure)?.is_dir() {
            return Err(failure(io::ErrorKind::IsADirectory.into()));
        }
        Box::new(opened)
    };
    let mut raw = Vec::new();
    from.take(LARGEST_FILE + 1)
        .read_to_end(&mut raw)
        .map_err(failure)?;
    if u64::try_from(raw.len()).is_ok_and(|length| length > LARGEST_FILE) {
        return Err(failure(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(raw)
}

fn facts(files: &[PathBuf]) -> Result<Vec<Facts>, Failure> {
    let mut all = Vec::new();
    for file in files {
        let raw = bytes(file)?;
        for document in stored::documents(raw.as_slice()) {
            let document = document.map_err(|source| Failure::Facts {
                file: file.clone(),
                source,
            });
            all.push(document?);
        }
    }
    if all.is_empty() && !files.is_empty() {
        return Err(Failure::NoDocuments);
    }
    Ok(all)
}

fn same(one: &Path, other: &Path) -> bool {
    let meant = |path: &Path| std::fs::canonicalize(path).ok();
    one != Path::new("-") && meant(one).is_some_and(|one| Some(one) == meant(other))
}

/// One document a domain, in the order in which the domains come.
fn merged(documents: Vec<OutboundDocument>) -> Vec<OutboundDocument> {
    let mut places = BTreeMap::new();
    let mut all: Vec<OutboundDocument> = Vec::new();
    for document in documents {
        let place = *places.entry(document.domain.clone()).or_insert(all.len());
        match all.get_mut(place) {
            Some(other) => other.messages.extend(document.messages),
            None => all.push(document),
        }
    }
    all
}

/// How DMARC by RFC 9989 ends for the messages together.
fn code(documents: &[OutboundDocument]) -> Code {
    let results = documents.iter().flat_map(|document| &document.messages);
    let mut code = Code::Passed;
    for message in results {
        match message.dmarc.rfc9989.result {
            DmarcResult::Pass => {}
            DmarcResult::Temperror => code = Code::Undecided,
            DmarcResult::Fail | DmarcResult::None | DmarcResult::Permerror => return Code::Failed,
        }
    }
    code
}
