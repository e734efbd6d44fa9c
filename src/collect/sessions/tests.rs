//! Visits of addresses: how many connections, what is tried again, and what the way out explains.

use super::*;
use crate::facts::observed::Proof;
use crate::facts::vantage::DnssecMode;
use crate::net::dial::Dial;
use crate::net::dns::DnsConfig;
use crate::net::dnssec::anchors::TrustAnchors;
use crate::net::pace::Pace;
use crate::net::smtp::SmtpConfig;
use futures_util::future::join_all;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const GREETS: &str = "220 mx\r\n";

/// The address with this number, of the documentation block.
fn ip(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}

/// A server that greets each connection in turn with the next of these lines, the last one again and again, knows
/// no STARTTLS, and keeps silent where the line is empty.
async fn server(greetings: &[&str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let mut greetings: Vec<String> = greetings.iter().map(|&line| line.to_owned()).collect();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let greeting = if greetings.len() > 1 {
                greetings.remove(0)
            } else {
                greetings[0].clone()
            };
            tokio::spawn(async move {
                let _ = stream.write_all(greeting.as_bytes()).await;
                let mut heard = [0; 512];
                while stream.read(&mut heard).await.unwrap_or(0) > 0 {
                    let _ = stream.write_all(b"250 mx\r\n").await;
                }
            });
        }
    });
    socket
}

/// A socket that nobody listens at.
async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// Sessions over these addresses; whatever else is asked for cannot be reached.
fn sessions(probe: Probe, known: &[(IpAddr, SocketAddr)], patience: Duration) -> Sessions {
    let table = known.iter().map(|(ip, to)| (SocketAddr::new(*ip, 25), *to));
    let pace = Arc::new(Pace::new(Duration::ZERO));
    let smtp = Smtp::new(SmtpConfig {
        greeting_timeout: patience,
        command_timeout: patience,
        connect_timeout: patience,
        ..SmtpConfig::new("probe", Dial::confined(table.collect()), pace)
    });
    let dns = Dns::start(DnsConfig {
        resolvers: vec![SocketAddr::from(([127, 0, 0, 1], 9))],
        mode: DnssecMode::TrustAd,
        anchors: TrustAnchors::root(),
        clock: Clock::System,
        timeout: Duration::from_millis(10),
        attempts: 1,
        in_flight: 4,
    });
    let circumstances = Circumstances {
        clock: Clock::System,
        resolvers: Vec::new(),
        dnssec: DnssecMode::TrustAd,
        reach: Reach {
            ipv4: true,
            ipv6: true,
            internal: false,
            lab: true,
        },
        probe,
        ehlo_name: "probe".to_owned(),
        controls: Vec::new(),
        back_off: Duration::from_millis(5),
    };
    let trust = Arc::new(TrustStore::mozilla());
    Sessions::new(smtp, dns.unwrap(), trust, &circumstances)
}

fn cause(session: &Session) -> Option<Cause> {
    match session {
        Observed::Unknown { cause, .. } => Some(*cause),
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_address_that_has_no_time_is_tried_again_as_often_as_the_depth_allows() {
    let cases = [
        (Probe::Gentle, &["421 later\r\n", GREETS][..], false, 1),
        (Probe::Standard, &["421 later\r\n", GREETS], true, 2),
        (Probe::Standard, &["450 busy\r\n", GREETS], true, 2),
        (Probe::Standard, &["554 go away\r\n", GREETS], true, 2),
        (Probe::Standard, &["421 later\r\n"], false, 2),
        (
            Probe::Deep,
            &["421 later\r\n", "421 later\r\n", GREETS],
            true,
            3,
        ),
        (Probe::Deep, &["421 later\r\n"], false, 3),
    ];
    for (probe, greetings, greets, connections) in cases {
        let known = [(ip(1), server(greetings).await)];
        let sessions = sessions(probe, &known, PATIENT);
        let seen = sessions.with(ip(1), "mx").await.session;
        assert_eq!(
            seen.value().is_some(),
            greets,
            "{probe:?} {greetings:?}: {seen:?}"
        );
        assert_eq!(
            sessions.connections(),
            connections,
            "{probe:?} {greetings:?}"
        );
    }
}

#[tokio::test]
async fn an_address_without_starttls_is_the_same_under_every_name() {
    let known = [(ip(1), server(&[GREETS]).await)];
    let sessions = sessions(Probe::Standard, &known, PATIENT);
    let names = (0..20).map(|number| format!("mx{number}"));
    let names: Vec<String> = names.collect();
    let seen = join_all(names.iter().map(|name| sessions.with(ip(1), name))).await;
    assert!(seen.iter().all(|visit| visit.session.value().is_some()));
    assert!(seen.iter().all(|visit| visit.offers.is_absent()));
    assert_eq!(sessions.connections(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_an_absence_once_another_got_through() {
    let known = [(ip(1), server(&[GREETS]).await), (ip(2), closed().await)];
    let first = sessions(Probe::Standard, &known, PATIENT);
    // Alone, a refusal may be that of a box on the way.
    let alone = first.with(ip(2), "mx2").await.session;
    assert_eq!(cause(&alone), Some(Cause::ConnectionRefused));
    let again = sessions(Probe::Standard, &known, PATIENT);
    let _ = again.with(ip(1), "mx1").await;
    let refused = again.with(ip(2), "mx2").await.session;
    assert!(
        matches!(
            refused,
            Observed::Absent {
                proof: Proof::ConnectionRefused,
                ..
            }
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_address_of_a_private_network_is_left_alone() {
    let sessions = sessions(Probe::Standard, &[], PATIENT);
    let seen = sessions.with(IpAddr::from([10, 0, 0, 1]), "mx").await;
    assert_eq!(cause(&seen.session), Some(Cause::NotAttempted));
    assert_eq!(sessions.connections(), 0);
}

#[tokio::test]
async fn hundreds_of_slow_hosts_are_waited_for_all_at_once() {
    // Nobody is greeted before all are connected: one after the other, each would wait in vain.
    let ips: Vec<IpAddr> = (0..240).map(ip).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let many = ips.len();
    tokio::spawn(async move {
        let mut streams = Vec::new();
        while streams.len() < many {
            streams.push(listener.accept().await.unwrap().0);
        }
        for stream in &mut streams {
            stream.write_all(b"421 too many\r\n").await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    let known: Vec<_> = ips.iter().map(|ip| (*ip, socket)).collect();
    let sessions = sessions(Probe::Gentle, &known, Duration::from_mins(1));
    let seen = join_all(ips.iter().map(|ip| sessions.with(*ip, "mx"))).await;
    for visit in seen {
        assert_eq!(cause(&visit.session), Some(Cause::SmtpTransient));
    }
}
