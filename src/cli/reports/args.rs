//! The arguments of `waxseal reports`.

use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads DMARC aggregate reports (RFC 9990, RFC 7489), DMARC failure reports (RFC 9991) and SMTP TLS reports (RFC 8460): \
plain, .gz, .zip, or e-mails and mailboxes that bring them. What a file is, is told by its content. Nothing is asked of \
the network, and addresses of people are not kept. docs/dmarc-reports.md says more.

Examples:
  waxseal reports 'google.com!example.org!1795910400!1795996799.zip'
  waxseal reports ~/Maildir/.dmarc --domain example.org
  waxseal reports reports/ --output reported.jsonl     keep what they come to …
  waxseal scan example.org --outbound reported.jsonl   … and hold rules against it

Exit codes:
  0  all reports were read, whatever they say
  2  a file is not there, or the command line can't be used
  4  something was refused or can't be read: it is named, the rest is shown
  5  there is no report in it")]
pub(in crate::cli) struct ReportsOf {
    /// Reports, folders of them, e-mails or mailboxes; `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<PathBuf>,
    /// Show only what is reported about this domain; may be repeated
    #[arg(long, value_name = "DOMAIN", value_hint = ValueHint::Hostname)]
    pub(super) domain: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Keep what the reports come to, one JSON document a domain and line, for `scan` and `evaluate`; `-` is standard
    /// output, in place of the summary
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
}
