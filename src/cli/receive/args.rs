//! The arguments of `waxseal receive`.

use super::probes::Probing;
use crate::cli::args::Network;
use crate::facts::target::Role;
use crate::outbound::server::Limits;
use crate::records::domain;
use clap::{Args, ValueHint};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "\
Before it works, the domain needs an MX record that names this host, and port 25 has to be open to the Internet:
  probe.example.net.  IN MX 10 probe.example.net.
  probe.example.net.  IN A 192.0.2.25
No other mail is taken, none is relayed and none is sent. A message is deleted once it is analysed. See docs/receive.md.

Examples:
  waxseal receive --domain probe.example.net                  wait for messages until Ctrl-C
  waxseal receive --domain probe.example.net --wait 1 --time 10m --output sent.jsonl
  waxseal scan example.org --outbound sent.jsonl              both directions in one report
  waxseal receive --domain probe.example.net --greylist 60    does the sender come again?
  waxseal receive --domain p.example --host mx.p.example --cert fullchain.pem --key privkey.pem
  waxseal receive --domain p.test --listen 127.0.0.1:2525     try it at home: swaks --server 127.0.0.1:2525
  waxseal receive --domain probe.example.net --probes 192.0.2.10-18 --serve-dns 192.0.2.53 --serve-https 192.0.2.44 \\
    --state keys --cert fullchain.pem --key privkey.pem --time 2h    does the sender enforce DANE and MTA-STS?

Exit codes:
  0  the messages came that were waited for; without --wait and --time: it was ended
  2  the command line, a socket, or a file can't be used
  4  some messages came, and fewer than --wait asks for
  5  no message came
  70 a fault in waxseal itself";

/// Take test messages over SMTP and tell how they were delivered, signed and authenticated
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Receive {
    /// The mail domain of the test addresses; its MX record names this host
    #[arg(long, value_name = "DOMAIN", value_parser = mail_domain, value_hint = ValueHint::Hostname)]
    pub(super) domain: String,
    /// Where to listen, as ADDRESS or ADDRESS:PORT; may be repeated. The default is port 25 of all addresses, IPv6 and IPv4
    #[arg(long, value_name = "ADDRESS", value_parser = socket, default_value = "[::]:25", hide_default_value = true)]
    pub(super) listen: Vec<SocketAddr>,
    /// The name that the MX record gives to this host [default: the domain]
    #[arg(long, value_name = "NAME", value_parser = mail_domain, value_hint = ValueHint::Hostname)]
    pub(super) host: Option<String>,
    /// The certificate for that name with its chain (PEM), for STARTTLS [default: one that nobody vouches for]
    #[arg(long, value_name = "FILE", requires = "key", value_hint = ValueHint::FilePath)]
    pub(super) cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert", value_hint = ValueHint::FilePath)]
    pub(super) key: Option<PathBuf>,
    /// How many test addresses there are; those of earlier runs in the same spool count
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) addresses: u16,
    /// End once so many messages came
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) wait: Option<u32>,
    /// End after this time, such as 90s, 10m or 2h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) time: Option<Duration>,
    /// Tell the first attempt on each address to come again after so many seconds, and note whether it does
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(super) greylist: Option<u64>,
    /// Where whoever writes to postmaster is told that people are, such as a mailbox or an address of the web
    #[arg(long, value_name = "TEXT", value_parser = contact)]
    pub(super) contact: Option<String>,
    #[command(flatten)]
    pub(super) probing: Probing,
    #[command(flatten)]
    pub(super) store: Store,
    #[command(flatten)]
    pub(super) bounds: Bounds,
    /// Ask the mini Internet inside this process for keys and records
    #[arg(long, conflicts_with_all = ["resolver", "trust_anchor", "ca_file", "system_roots", "dial", "ehlo_name"])]
    pub(super) lab: bool,
    #[command(flatten)]
    pub(super) network: Network,
}

/// What is written, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Store {
    /// Add what was seen to this file, one JSON document a line (schema waxseal.outbound/1), for `scan --outbound`
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Print the documents on standard output, and what is for people on standard error
    #[arg(long)]
    pub(super) json: bool,
    /// Show no line for each message and no summary
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Keep the messages in this folder instead of deleting them
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) keep: Option<PathBuf>,
    /// The folder of addresses and of messages that are not analysed yet, for this user alone
    /// [default: waxseal-receive-DOMAIN in the system's folder for temporary files]
    #[arg(long, value_name = "FOLDER", env = "WAXSEAL_SPOOL", value_hint = ValueHint::DirPath)]
    pub(super) spool: Option<PathBuf>,
}

/// What clients may take.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits")]
#[expect(clippy::struct_field_names, reason = "the options are called so")]
pub(super) struct Bounds {
    /// The most bytes of a message
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20, value_parser = clap::value_parser!(u32).range(1024..=1 << 30))]
    pub(super) max_size: u32,
    /// The most bytes of all messages together that are not analysed yet
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub(super) max_spool: u64,
    /// The most connections at once
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) max_connections: u16,
    /// The most of them from one IPv4 address or one IPv6 network of 64 bits
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) max_connections_per_address: u16,
}

impl Receive {
    /// The name that the server greets with.
    pub(super) fn host(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.domain)
    }

    /// The folder of messages that are not analysed yet.
    pub(super) fn spool(&self) -> PathBuf {
        let spool = self.store.spool.clone();
        spool.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("waxseal-receive-{}", self.domain))
        })
    }
}

impl Bounds {
    pub(super) fn limits(self) -> Limits {
        Limits {
            connections: usize::from(self.max_connections),
            connections_per_address: usize::from(self.max_connections_per_address),
            message: usize::try_from(self.max_size).unwrap_or(usize::MAX),
            ..Limits::default()
        }
    }
}

pub(super) fn mail_domain(text: &str) -> Result<String, String> {
    let target = domain::target(text, Role::Mail).map_err(|error| error.to_string())?;
    Ok(target.domain)
}

fn socket(text: &str) -> Result<SocketAddr, String> {
    socket_at(text, 25)
}

/// An address with its port, or with this one.
pub(super) fn socket_at(text: &str, port: u16) -> Result<SocketAddr, String> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, port));
    }
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(ip) = bracketed.and_then(|text| text.parse::<Ipv6Addr>().ok()) {
        return Ok(SocketAddr::new(ip.into(), port));
    }
    text.parse()
        .map_err(|_| "write it as 192.0.2.25, 192.0.2.25:25 or [2001:db8::25]:25".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as 90s, 10m, 2h or 1d".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u32 = digits.parse().map_err(|_| wrong())?;
    let seconds = match text.get(digits.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = u64::from(number) * seconds;
    if (1..=31 * 86_400).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err("it is from a second to 31 days".to_owned())
    }
}

/// It goes into a reply.
fn contact(text: &str) -> Result<String, String> {
    let shown = (1..=200).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'));
    if shown {
        Ok(text.to_owned())
    } else {
        Err("it is a line of ASCII of at most 200 characters".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, socket};
    use std::time::Duration;

    #[test]
    fn sockets_and_durations_are_read_and_others_refused() {
        for (text, read) in [
            ("192.0.2.25", "192.0.2.25:25"),
            ("192.0.2.25:2525", "192.0.2.25:2525"),
            ("2001:db8::25", "[2001:db8::25]:25"),
            ("[2001:db8::25]", "[2001:db8::25]:25"),
            ("[::]:0", "[::]:0"),
        ] {
            assert_eq!(socket(text).unwrap().to_string(), read);
        }
        for text in ["", "mail.example.org", "192.0.2.25:", ":25", "[192.0.2.25]"] {
            assert!(socket(text).is_err(), "{text}");
        }
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(duration(text).unwrap(), Duration::from_secs(seconds));
        }
        for text in [
            "",
            "10",
            "m",
            "0s",
            "-1s",
            "1.5h",
            "10 m",
            "99999d",
            "1w",
            "9999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
