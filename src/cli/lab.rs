//! `waxseal lab`: the mini Internet, kept running for other tools.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::terminal;
use crate::lab::{self, Lab};
use crate::net::clock::Clock;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tokio::runtime::Runtime;

/// Lists the scenarios, or plays them until it is interrupted.
pub(super) fn run(args: &args::Lab) -> Result<Code, Failure> {
    if args.list {
        terminal::print(|out| {
            lab::scenarios().try_for_each(|scenario| {
                writeln!(out, "{}\n    {}", scenario.domain, scenario.plays)
            })
        })?;
        return Ok(Code::Passed);
    }
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        let lab = Lab::start(Clock::System.now());
        let lab = lab.await.map_err(|error| Failure::Lab(error.to_string()))?;
        let guide = write_guide(&lab, &args.out)?;
        terminal::print(|out| out.write_all(guide.as_bytes()))?;
        let _ = tokio::signal::ctrl_c().await;
        Ok(Code::Passed)
    })
}

/// Writes what other tools need and says how to use it.
fn write_guide(lab: &Lab, folder: &Path) -> Result<String, Failure> {
    let mut dial = String::new();
    for (meant, socket) in lab.dial() {
        let _ = writeln!(dial, "{meant} {socket}");
    }
    fs::create_dir_all(folder).map_err(|source| Failure::Write {
        file: folder.to_owned(),
        source,
    })?;
    let files = [
        ("root.ds", lab.trust_anchor()),
        ("ca.pem", lab.ca_pem()),
        ("dial.txt", &*dial),
    ];
    for (name, text) in files {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|source| Failure::Write { file, source })?;
    }
    let (resolver, folder) = (lab.resolver(), folder.display());
    let (ip, port) = (resolver.ip(), resolver.port());
    Ok(format!(
        "The lab is running; Ctrl-C ends it. `waxseal lab --list` tells what each domain plays.\n\n\
         Resolver:     {resolver}\n\
         Trust anchor: {folder}/root.ds\n\
         Authorities:  {folder}/ca.pem\n\
         Addresses:    {folder}/dial.txt (meant address, then the socket that plays it)\n\n\
         waxseal scan compliant.test --resolver {resolver} --trust-anchor {folder}/root.ds \
         --ca-file {folder}/ca.pem --dial {folder}/dial.txt\n\
         dig @{ip} -p {port} +dnssec compliant.test MX\n"
    ))
}
