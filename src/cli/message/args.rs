//! The arguments of `waxseal message`.

use crate::cli::args::Network;
use crate::derive::message::trust::Entry;
use clap::{Args, ValueHint};
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr as _;

#[derive(Debug, Args)]
#[command(after_help = "\
Whoever sends a message can write anything into it, so nothing in it is believed but what --trust
vouches for: the topmost Received fields, as far down as hosts wrote them that are named. The
outermost of these recorded the connection that SPF is about. Without --trust and --client-ip, SPF
is not known, and DKIM alone decides.

Examples:
  waxseal message mail.eml                           signatures, ARC, DMARC
  waxseal message mail.eml --trust mx.example.net    … and SPF, as that server took the message
  waxseal message inbox.mbox --trust '*.example.net' --trust 192.0.2.0/24
  waxseal message - --client-ip 192.0.2.1 --mail-from a@example.org < mail.eml
  waxseal collect example.org --selector s1 > then.json      keep keys and records now …
  waxseal message old.eml --facts then.json                  … and check old mail without a network
  waxseal message *.eml --output seen.jsonl                  keep what was seen

Exit codes:
  0  every message passes DMARC by RFC 9989
  1  one does not: it fails, its domain has no DMARC record, or From is not one domain
  2  the command line, or a file that it names, can't be used
  4  none fails, and one could not be decided: a lookup failed, or the facts lack an answer
  5  there is no message")]
pub(in crate::cli) struct MessageOf {
    /// Messages (.eml) and mailboxes (mbox); `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// A mail server of your own whose Received and Authentication-Results fields are believed, as HOST, *.DOMAIN,
    /// ADDRESS or NETWORK/PREFIX; may be repeated
    #[arg(long, value_name = "HOST", value_parser = Entry::from_str)]
    pub(in crate::cli) trust: Vec<Entry>,
    /// The address that delivered the messages, whatever they say
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) client_ip: Option<IpAddr>,
    /// The name that it gave in EHLO, whatever they say
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) helo: Option<String>,
    /// The mailbox that it gave in MAIL FROM, whatever they say; `<>` for the null reverse-path
    #[arg(long, value_name = "MAILBOX")]
    pub(in crate::cli) mail_from: Option<String>,
    /// Take keys and records from facts, as `collect` writes them, and ask nobody; what they lack is unknown.
    /// May be repeated
    #[arg(long, value_name = "FACTS", value_hint = ValueHint::FilePath, conflicts_with_all = ["lab", "resolver", "dial"])]
    pub(in crate::cli) facts: Vec<PathBuf>,
    /// Print what was seen as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Keep what was seen, too: one JSON document for each domain, one a line
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Ask the mini Internet inside this process
    #[arg(long, conflicts_with_all = ["resolver", "trust_anchor", "ca_file", "system_roots", "dial", "ehlo_name"])]
    pub(in crate::cli) lab: bool,
    #[command(flatten)]
    pub(in crate::cli) network: Network,
}
