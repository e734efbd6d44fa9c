//! From the network arguments to a collector.

use super::args::Network;
use super::failure::Failure;
use crate::collect::Collector;
use crate::collect::reach::Reach;
use crate::collect::ways::{Patience, Ways};
use crate::derive::chain::TrustStore;
use crate::facts::vantage::Probe;
use crate::lab::Lab;
use crate::net::clock::Clock;
use crate::net::dial::Dial;
use crate::net::dns::system_resolvers;
use crate::net::dnssec::anchors::TrustAnchors;
use crate::scan;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

/// Addresses that every network with a way out has a route to: those of f.root-servers.net.
const A_ROOT_SERVER_4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 5, 5, 241));
const A_ROOT_SERVER_6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0x500, 0x2f, 0, 0, 0, 0, 0xf));

/// The clock that the arguments ask for.
pub(super) fn clock(args: &Network) -> Clock {
    args.now.map_or(Clock::System, Clock::Fixed)
}

/// A collector on the Internet, or in the lab where there is one. The depth of the command line goes before that of the
/// settings.
pub(super) fn collector(
    args: &Network,
    settings: Option<Probe>,
    lab: Option<&Lab>,
) -> Result<Collector, Failure> {
    let ways = match lab {
        Some(lab) => scan::lab::ways(lab, clock(args), args.dnssec)
            .map_err(|error| Failure::Lab(error.to_string()))?,
        None => outside(args)?,
    };
    Collector::open(Ways {
        probe: args.probe.or(settings).unwrap_or(Probe::Standard),
        ..ways
    })
    .map_err(Failure::Dns)
}

fn outside(args: &Network) -> Result<Ways, Failure> {
    let dial = match &args.dial {
        Some(file) => Dial::confined(read_dial(file)?),
        None => Dial::open(),
    };
    let speaks = |ip| dial.is_confined() || routed(ip);
    Ok(Ways {
        resolvers: resolvers(&args.resolver)?,
        dnssec: args.dnssec,
        anchors: anchors(args.trust_anchor.as_deref())?,
        trust: trust(args)?,
        reach: Reach {
            ipv4: !args.no_ipv4 && speaks(A_ROOT_SERVER_4),
            ipv6: !args.no_ipv6 && speaks(A_ROOT_SERVER_6),
            internal: args.internal_addresses,
            lab: dial.is_confined(),
        },
        dial,
        ehlo_name: ehlo_name(args.ehlo_name.as_deref())?,
        probe: Probe::Standard,
        controls: args.control_host.clone(),
        clock: clock(args),
        patience: Patience::of_a_sender(Duration::from_secs(args.timeout)),
    })
}

fn resolvers(given: &[String]) -> Result<Vec<SocketAddr>, Failure> {
    // An empty variable of the environment counts as none.
    let given: Vec<_> = given.iter().filter(|text| !text.is_empty()).collect();
    if given.is_empty() {
        return system_resolvers().map_err(Failure::Dns);
    }
    given.iter().map(|text| resolver(text)).collect()
}

/// `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
fn resolver(text: &str) -> Result<SocketAddr, Failure> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 53));
    }
    text.parse().map_err(|_| Failure::Resolver {
        text: text.to_owned(),
        cause: "it is neither an IP address nor one with a port".to_owned(),
    })
}

fn anchors(file: Option<&Path>) -> Result<TrustAnchors, Failure> {
    let Some(file) = file else {
        return Ok(TrustAnchors::root());
    };
    let text = read(file)?;
    TrustAnchors::parse(&text).map_err(|cause| Failure::Anchor {
        file: file.to_owned(),
        cause: cause.to_string(),
    })
}

fn trust(args: &Network) -> Result<TrustStore, Failure> {
    let Some(file) = &args.ca_file else {
        return if args.system_roots {
            TrustStore::system().map_err(|cause| Failure::SystemAuthorities(cause.to_string()))
        } else {
            Ok(TrustStore::mozilla())
        };
    };
    let pem = fs::read(file).map_err(|source| Failure::Read {
        file: file.clone(),
        source,
    })?;
    TrustStore::from_pem(&file.display().to_string(), &pem).map_err(|cause| Failure::Authorities {
        file: file.clone(),
        cause: cause.to_string(),
    })
}

/// Reads the table of addresses that `waxseal lab` writes: two sockets a line.
fn read_dial(file: &Path) -> Result<BTreeMap<SocketAddr, SocketAddr>, Failure> {
    let text = read(file)?;
    let mut table = BTreeMap::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let pair = line
            .split_once(' ')
            .and_then(|(meant, socket)| Some((meant.parse().ok()?, socket.trim().parse().ok()?)));
        let (meant, socket) = pair.ok_or_else(|| Failure::Dial {
            file: file.to_owned(),
            line: number + 1,
            cause: "a line has two sockets, as ADDRESS:PORT ADDRESS:PORT".to_owned(),
        })?;
        table.insert(meant, socket);
    }
    Ok(table)
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })
}

/// Whether this host has a route to an address; nothing is sent.
fn routed(ip: IpAddr) -> bool {
    let any: SocketAddr = match ip {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any)
        .and_then(|socket| socket.connect((ip, 53)))
        .is_ok()
}

/// The given name, if it is a domain or an address literal (RFC 5321 §4.1.3); it goes into a command.
fn ehlo_name(given: Option<&str>) -> Result<String, Failure> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Ok(own_name());
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let literal = given
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = literal.map(|text| text.strip_prefix("IPv6:").unwrap_or(text));
    let valid = match address {
        Some(address) => address.parse::<IpAddr>().is_ok(),
        None => given.len() <= 253 && given.chars().all(plain),
    };
    let given = given.to_owned();
    if valid {
        Ok(given)
    } else {
        Err(Failure::EhloName(given))
    }
}

/// The host's name where it is a full one, else its address as a literal (RFC 5321 §4.1.3).
fn own_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.contains('.') {
        return name.to_owned();
    }
    let local = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.connect((A_ROOT_SERVER_4, 53)).map(|()| socket))
        .and_then(|socket| socket.local_addr());
    local.map_or_else(
        |_| "[127.0.0.1]".to_owned(),
        |local| format!("[{}]", local.ip()),
    )
}
