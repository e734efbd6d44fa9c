//! `waxseal spf`: one domain's SPF policy taken apart, and what a receiver makes of one sender.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::{network, terminal};
use crate::collect::Collector;
use crate::derive::spf::check::Sender;
use crate::facts::spf::{Spf, SpfCheck, SpfResult, SpfStatus};
use crate::facts::target::{Role, Target};
use crate::lab::Lab;
use crate::records::domain;
use crate::report;
use crate::scan::targets::Targets;
use serde::Serialize;
use std::net::IpAddr;
use tokio::runtime::Runtime;

/// What `--json` prints.
#[derive(Serialize)]
struct Page<'a> {
    target: &'a Target,
    spf: &'a Spf,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a SpfCheck>,
}

/// Looks the policy up, shows it and, where an address is given, checks the sender.
pub(super) fn run(args: &args::SpfOf, color: args::Color) -> Result<Code, Failure> {
    let target = target(&args.domain)?;
    let sender = args.ip.map(|ip| sender(args, &target, ip)).transpose()?;
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    let (spf, check) = runtime.block_on(async {
        let (_lab, collector) = open(args).await?;
        let spf = collector.spf(&target.domain).await;
        let check = match &sender {
            Some(sender) => Some(collector.check_spf(sender).await),
            None => None,
        };
        Ok::<_, Failure>((spf, check))
    })?;
    terminal::print(|out| {
        if args.json {
            let page = Page {
                target: &target,
                spf: &spf,
                check: check.as_ref(),
            };
            serde_json::to_writer_pretty(&mut *out, &page)?;
            return writeln!(out);
        }
        let colored = terminal::colored(color);
        report::spf::render(&target.unicode, &spf, check.as_ref(), colored, out)
    })?;
    Ok(match check {
        Some(check) => of_check(check.result),
        None => of_policy(spf.evaluation.status),
    })
}

/// The domain, or what is wrong with it in the words of the lists of targets.
fn target(text: &str) -> Result<Target, Failure> {
    let mut targets = Targets::default();
    targets.arguments([text]);
    let (named, _) = targets.finish().map_err(Failure::Targets)?;
    named.into_iter().next().ok_or(Failure::NoTargets)
}

/// Who sends, as the arguments have it: a mailbox, a local part alone, or `<>`.
fn sender(args: &args::SpfOf, target: &Target, ip: IpAddr) -> Result<Sender, Failure> {
    let helo = args.helo.as_deref().unwrap_or(&target.domain);
    let mail_from = match args.mail_from.as_deref() {
        None => format!("postmaster@{}", target.domain),
        Some("" | "<>") => String::new(),
        Some(mailbox) => {
            let mailbox = mailbox.trim_start_matches('<').trim_end_matches('>');
            match mailbox.rsplit_once('@') {
                None => format!("{mailbox}@{}", target.domain),
                Some((local, at)) => {
                    let at = domain::target(at, Role::Mail)
                        .map_or_else(|_| at.to_owned(), |target| target.domain);
                    format!("{local}@{at}")
                }
            }
        }
    };
    let now = network::clock(&args.network).now();
    let sender = Sender::new(ip, helo, &mail_from, "unknown", now);
    if sender.domain().eq_ignore_ascii_case(&target.domain) {
        Ok(sender)
    } else {
        Err(Failure::OtherDomain {
            sender: sender.domain().to_owned(),
            domain: target.domain.clone(),
        })
    }
}

async fn open(args: &args::SpfOf) -> Result<(Option<Lab>, Collector), Failure> {
    let lab = if args.lab {
        let lab = Lab::start(network::clock(&args.network).now()).await;
        Some(lab.map_err(|error| Failure::Lab(error.to_string()))?)
    } else {
        None
    };
    let collector = network::collector(&args.network, None, lab.as_ref())?;
    Ok((lab, collector))
}

const fn of_check(result: SpfResult) -> Code {
    match result {
        SpfResult::Pass => Code::Passed,
        SpfResult::Temperror => Code::Undecided,
        SpfResult::Fail
        | SpfResult::Softfail
        | SpfResult::Neutral
        | SpfResult::None
        | SpfResult::Permerror => Code::Failed,
    }
}

const fn of_policy(status: SpfStatus) -> Code {
    match status {
        SpfStatus::Policy => Code::Passed,
        SpfStatus::Temperror => Code::Undecided,
        SpfStatus::None | SpfStatus::Permerror => Code::Failed,
    }
}
