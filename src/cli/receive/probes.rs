//! `waxseal receive --probes`: mail domains that are faulty on purpose, what they need, and what their round comes to.

use super::args::Receive;
use crate::cli::failure::{Failure, Receiving};
use crate::cli::{network, terminal};
use crate::derive::enforcement::conclude;
use crate::facts::outbound::enforcement::{Attempt, Delivery, Posture};
use crate::facts::outbound::{OutboundDocument, SCHEMA};
use crate::net::clock::Clock;
use crate::outbound::probes::{
    Addresses, Given, Identity, NameServer, Order, Probes, Round, Seen, Services, State,
};
use crate::outbound::server::{self, Listener, Spool, tls};
use crate::report::enforcement;
use clap::{Args, ValueHint};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The arguments.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probes")]
pub(super) struct Probing {
    /// Serve mail domains below the domain, each with one fault and at an address of its own, to see what a sender insists
    /// on. ADDRESS or a range such as 192.0.2.10-18 goes to good, self-signed, wrong-name, expired, dane-valid,
    /// dane-mismatch, no-starttls, mta-sts-valid and mta-sts-mismatch in this order; or POSTURE=ADDRESS. The port is that
    /// of --listen, --cert and --key are those of the sound servers. See docs/enforcement.md
    #[arg(
        long,
        value_name = "ADDRESS",
        value_delimiter = ',',
        conflicts_with = "host"
    )]
    pub(super) probes: Vec<String>,
    /// The folder of the keys that the published records name, so that these stay true over restarts
    #[arg(long, value_name = "FOLDER", requires = "probes", value_hint = ValueHint::DirPath)]
    state: Option<PathBuf>,
    /// Print the zone to publish and end: `plain` to be signed elsewhere, or `signed` with the key of the state folder
    #[arg(
        long,
        value_name = "KIND",
        requires_all = ["probes", "state"],
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plain",
        value_parser = ["plain", "signed"]
    )]
    pub(super) print_zone: Option<String>,
    /// Serve the zone, signed, as ADDRESS or ADDRESS:PORT; may be repeated
    #[arg(long, value_name = "ADDRESS", requires = "probes", value_parser = dns_socket)]
    serve_dns: Vec<SocketAddr>,
    /// Serve the MTA-STS policies, as ADDRESS or ADDRESS:PORT; may be repeated
    #[arg(long, value_name = "ADDRESS", requires = "probes", value_parser = https_socket)]
    serve_https: Vec<SocketAddr>,
    /// An address of the policy hosts in the zone; may be repeated [default: those of --serve-https]
    #[arg(long, value_name = "ADDRESS", requires = "probes")]
    policy_host: Vec<IpAddr>,
    /// A name server of the zone, as NAME or NAME=ADDRESS; may be repeated [default: ns.DOMAIN at --serve-dns]
    #[arg(long, value_name = "NAME", requires = "probes", value_parser = name_server)]
    name_server: Vec<NameServer>,
    /// Where senders are asked to report to (TLS-RPT), such as mailto:tls@example.net
    #[arg(long, value_name = "URI", requires = "probes", value_parser = report_uri)]
    report_to: Option<String>,
    /// A certificate that has ended (PEM), for `expired` [default: one that waxseal makes]
    #[arg(long, value_name = "FILE", requires_all = ["probes", "expired_key"], value_hint = ValueHint::FilePath)]
    expired_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "expired_cert", value_hint = ValueHint::FilePath)]
    expired_key: Option<PathBuf>,
    /// Where to write the authority that is made where --cert is not given, for senders of a lab to trust
    #[arg(long, value_name = "FILE", requires = "probes", value_hint = ValueHint::FilePath)]
    ca_out: Option<PathBuf>,
}

/// The probes of a run and what came to them.
pub(super) struct Field {
    probes: Arc<Probes>,
    round: Round,
    /// The local parts of this round.
    tokens: BTreeSet<String>,
    clock: Clock,
    /// The name server and the policy host, while the run lasts.
    _services: Services,
}

/// The local parts to take, and which of them are new: a round is told from those before by its own.
pub(super) fn tokens(
    spool: &Spool,
    args: &Receive,
) -> Result<(server::Addresses, BTreeSet<String>), Failure> {
    let asked = usize::from(args.addresses);
    let earlier = spool.addresses(0).map_err(Receiving::Spool)?;
    let wanted = if args.probing.probes.is_empty() {
        asked
    } else {
        earlier.iter().count() + asked
    };
    let all = spool.addresses(wanted).map_err(Receiving::Spool)?;
    let new = all
        .iter()
        .filter(|token| earlier.find(token).is_none())
        .map(str::to_owned)
        .collect();
    Ok((all, new))
}

/// The probes that are asked for, if any; the authority is written where it is wanted.
pub(super) fn prepare(args: &Receive) -> Result<Option<Probes>, Failure> {
    let probing = &args.probing;
    if probing.probes.is_empty() {
        return Ok(None);
    }
    let identity = |cert: &Path, key: &Path| {
        let identity = Identity::from_pem(&read(cert)?, &read(key)?);
        let identity = identity.map_err(|cause| Receiving::Certificate {
            file: cert.to_owned(),
            cause,
        })?;
        Ok::<_, Failure>(identity)
    };
    let mut given = Given::default();
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        given.trusted.push(identity(cert, key)?);
    }
    if let (Some(cert), Some(key)) = (&probing.expired_cert, &probing.expired_key) {
        given.expired = Some(identity(cert, key)?);
    }
    let addresses = Addresses::read(&probing.probes).map_err(Receiving::Probes)?;
    let order = Order {
        domain: args.domain.clone(),
        name_servers: probing.name_servers(&args.domain, &addresses),
        policy_hosts: probing.policy_hosts(),
        addresses,
        port: port(args),
        given,
        report_to: probing.report_to.clone(),
        state: State::new(probing.state.clone()),
    };
    let now = network::clock(&args.network).now();
    let probes = Probes::prepare(order, now).map_err(Receiving::Probes)?;
    if let (Some(file), Some(pem)) = (&probing.ca_out, probes.wardrobe().authority()) {
        fs::write(file, pem).map_err(|source| Failure::Write {
            file: file.clone(),
            source,
        })?;
    }
    Ok(Some(probes))
}

fn port(args: &Receive) -> u16 {
    args.listen.first().map_or(25, SocketAddr::port)
}

impl Probing {
    fn name_servers(&self, domain: &str, addresses: &Addresses) -> Vec<NameServer> {
        if !self.name_server.is_empty() {
            return self.name_server.clone();
        }
        let served = public(&self.serve_dns);
        let addresses = if served.is_empty() {
            addresses.of(Posture::Good).to_vec()
        } else {
            served
        };
        vec![NameServer {
            name: format!("ns.{domain}"),
            addresses,
        }]
    }

    fn policy_hosts(&self) -> Vec<IpAddr> {
        if self.policy_host.is_empty() {
            public(&self.serve_https)
        } else {
            self.policy_host.clone()
        }
    }
}

/// The addresses that can be published: all but those that stand for every address.
fn public(sockets: &[SocketAddr]) -> Vec<IpAddr> {
    let addresses = sockets.iter().map(SocketAddr::ip);
    addresses.filter(|ip| !ip.is_unspecified()).collect()
}

/// The zone as it is to be published, with what the zone above needs in comments.
pub(super) fn print_zone(args: &Receive, probes: &Probes, kind: &str) -> Result<(), Failure> {
    let signed = kind == "signed";
    let now = network::clock(&args.network).now();
    let zone = probes.zone_text(signed, now).map_err(Receiving::Probes)?;
    let parent = probes.parent_text(signed).map_err(Receiving::Probes)?;
    let mut text = format!("; The probes of {}. The zone above needs:\n", args.domain);
    for line in parent.lines() {
        let _ = writeln!(text, ";   {line}");
    }
    for (posture, why) in &probes.plan().left_out {
        let _ = writeln!(text, "; Left out: {}: {why}", posture.as_str());
    }
    if args.probing.name_server.is_empty() && args.probing.serve_dns.is_empty() {
        text.push_str("; No name server was named (--name-server NAME=ADDRESS): put yours in the place of ns.\n");
    }
    if signed {
        text.push_str(
            "; The signatures hold for a fortnight: print the zone anew within that time.\n",
        );
    }
    terminal::print(|out| write!(out, "{text}{zone}"))
}

impl Field {
    /// Opens all sockets, and says what to write to and what is served where.
    pub(super) async fn open(
        args: &Receive,
        probes: Probes,
        tokens: BTreeSet<String>,
    ) -> Result<(Self, Vec<Listener>, String), Failure> {
        let (clock, probes) = (network::clock(&args.network), Arc::new(probes));
        let mut guide = Guide::new(&probes, &tokens);
        let listeners = listeners(&probes, port(args), &mut guide).await?;
        guide.left_out(&probes);
        let mut services = Services::default();
        for address in &args.probing.serve_dns {
            let at = probes.serve_dns(*address, clock, &mut services).await;
            guide.dns(at.map_err(Receiving::Probes)?);
        }
        if !args.probing.serve_dns.is_empty() {
            guide.parent(&probes.parent_text(true).map_err(Receiving::Probes)?);
        }
        for address in &args.probing.serve_https {
            let at = probes.serve_https(*address, &mut services).await;
            guide.https(at.map_err(Receiving::Probes)?);
        }
        guide.advice(args, &probes);
        let field = Self {
            round: Round::new(probes.plan(), clock.now()),
            probes,
            tokens,
            clock,
            _services: services,
        };
        Ok((field, listeners, guide.0))
    }

    /// Notes a message of this round that was analysed.
    pub(super) fn arrived(
        &mut self,
        address: &str,
        posture: Option<Posture>,
        document: &OutboundDocument,
    ) {
        let token = address.split('@').next().unwrap_or_default();
        let (Some(posture), Some(message)) = (posture, document.messages.first()) else {
            return;
        };
        if !self.tokens.contains(token) {
            return;
        }
        let connection = &message.connection;
        self.round.arrived(Seen {
            sender: document.domain.clone(),
            authenticated: message.dmarc.authenticates(),
            posture,
            delivery: if connection.tls.is_absent() {
                Delivery::Clear
            } else {
                Delivery::Tls
            },
            ip: connection.ip.value().copied(),
            ehlo: connection.ehlo.value().cloned().unwrap_or_default(),
        });
    }

    /// Notes a connection to a probe.
    pub(super) fn attempted(&mut self, posture: Posture, attempt: Attempt, ehlo: &str) {
        self.round.attempted(posture, attempt, ehlo);
    }

    /// What is not concluded, in words: of domains that nothing proves to be the senders, and for want of memory.
    pub(super) fn remarks(&self) -> Vec<String> {
        enforcement::remarks(self.round.unproven(), self.round.left_out())
    }

    /// What the round comes to, for each of its senders.
    pub(super) fn conclusions(&self) -> Vec<OutboundDocument> {
        let senders = self.round.senders().into_iter();
        senders
            .map(|sender| {
                let mut enforcement = self.round.enforcement(sender, self.clock.now());
                conclude(&mut enforcement);
                OutboundDocument {
                    schema: SCHEMA.to_owned(),
                    waxseal: env!("CARGO_PKG_VERSION").to_owned(),
                    domain: sender.to_owned(),
                    messages: Vec::new(),
                    enforcement: Some(enforcement),
                    reported: None,
                }
            })
            .collect()
    }

    /// Whether a message of one sender arrived at every probe: no more can come of the round. What nothing proves to be
    /// of a sender does not count.
    pub(super) fn is_settled(&self) -> bool {
        let all = self.probes.plan().probes.len();
        let senders = self.round.senders();
        self.tokens.len() == 1
            && senders.len() == 1
            && senders
                .iter()
                .all(|sender| self.round.reached(sender).len() == all)
    }
}

/// The sockets of all probes.
async fn listeners(
    probes: &Probes,
    port: u16,
    guide: &mut Guide,
) -> Result<Vec<Listener>, Failure> {
    let mut listeners = Vec::new();
    for probe in &probes.plan().probes {
        let offers_tls = match probes.identity(probe.posture) {
            None => None,
            Some(identity) => {
                let (chain, key) = (identity.chain.clone(), identity.key.clone_key());
                let config = tls::server_config(chain, key);
                Some(config.map_err(|error| Receiving::SelfSigned {
                    host: probe.host.clone(),
                    cause: error.to_string(),
                })?)
            }
        };
        for ip in &probe.addresses {
            let address = SocketAddr::new(*ip, port);
            let failed = |source| Receiving::Listen {
                socket: address,
                source,
            };
            let socket = TcpListener::bind(address).await.map_err(failed)?;
            let bound = socket.local_addr().map_err(failed)?;
            guide.probe(probe.posture, bound, &probe.host);
            listeners.push(Listener {
                socket,
                posture: Some(probe.posture),
                offers_tls: offers_tls.clone(),
                host_name: probe.host.clone(),
                domain: probe.domain.clone(),
            });
        }
    }
    Ok(listeners)
}

/// What people are told. Writing to a string does not fail.
struct Guide(String);

impl Guide {
    fn new(probes: &Probes, tokens: &BTreeSet<String>) -> Self {
        let mut text = String::new();
        for token in tokens {
            text.push_str(
                "Write one message from the account that you want to assess to all of these addresses, in To, Cc or Bcc:\n\n    ",
            );
            text.push_str(&probes.plan().recipients(token).join(",\n    "));
            text.push_str("\n\n");
        }
        text.push_str("The probes:\n");
        Self(text)
    }

    fn probe(&mut self, posture: Posture, at: SocketAddr, host: &str) {
        let name = posture.as_str();
        let _ = writeln!(self.0, "    {name:17} {at} as {host}");
    }

    fn left_out(&mut self, probes: &Probes) {
        for (posture, why) in &probes.plan().left_out {
            let name = posture.as_str();
            let _ = writeln!(self.0, "    {name:17} left out: {why}");
        }
    }

    fn dns(&mut self, at: SocketAddr) {
        let _ = writeln!(self.0, "The zone is served at {at}.");
    }

    fn parent(&mut self, records: &str) {
        self.0.push_str("The zone above needs:\n");
        for line in records.lines() {
            let _ = writeln!(self.0, "    {line}");
        }
    }

    fn https(&mut self, at: SocketAddr) {
        let _ = writeln!(self.0, "The policies are served at {at}.");
    }

    fn advice(&mut self, args: &Receive, probes: &Probes) {
        if probes.wardrobe().authority().is_some() {
            self.0.push_str(
                "Nobody outside a lab trusts the authority that vouches for the sound servers: --cert and --key name a certificate.\n",
            );
        }
        if args.probing.state.is_none() {
            self.0.push_str("The keys are those of this run: --state keeps them, and with them the DS and TLSA records.\n");
        }
        let until = if args.time.is_some() {
            "Conclusions follow once the time is over; Ctrl-C ends it before."
        } else {
            "Ctrl-C ends it, and conclusions follow."
        };
        self.0.push_str(until);
        self.0.push('\n');
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })
}

fn dns_socket(text: &str) -> Result<SocketAddr, String> {
    super::args::socket_at(text, 53)
}

fn https_socket(text: &str) -> Result<SocketAddr, String> {
    super::args::socket_at(text, 443)
}

fn name_server(text: &str) -> Result<NameServer, String> {
    let (name, address) = match text.split_once('=') {
        Some((name, address)) => (name, Some(address)),
        None => (text, None),
    };
    let address = address.map(str::parse::<IpAddr>).transpose();
    Ok(NameServer {
        name: super::args::mail_domain(name)?,
        addresses: address
            .map_err(|error| error.to_string())?
            .into_iter()
            .collect(),
    })
}

/// It goes into a record as it is.
fn report_uri(text: &str) -> Result<String, String> {
    let place = text
        .strip_prefix("mailto:")
        .or_else(|| text.strip_prefix("https://"));
    let plain = |place: &str| {
        !place.is_empty()
            && place
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b";,!\"\\".contains(&byte))
    };
    if place.is_some_and(plain) {
        Ok(text.to_owned())
    } else {
        Err("write it as mailto:tls@example.net or https://example.net/tls".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_and_report_addresses_are_read_and_others_refused() {
        let server = name_server("NS.example.net=192.0.2.53").unwrap();
        assert_eq!(
            (server.name.as_str(), server.addresses.len()),
            ("ns.example.net", 1)
        );
        assert!(name_server("ns.example.net").unwrap().addresses.is_empty());
        assert!(name_server("ns.example.net=here").is_err());
        assert!(report_uri("mailto:tls@example.net").is_ok());
        for text in [
            "tls@example.net",
            "mailto:",
            "mailto:a@b;x=y",
            "https://a b",
            "mailto:a\"@b",
        ] {
            assert!(report_uri(text).is_err(), "{text}");
        }
    }
}
