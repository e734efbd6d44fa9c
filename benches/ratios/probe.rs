//! What one probe of a mail server costs, beside a bare TLS handshake on a connection of its own.

use super::{ROUNDS, cpu, floor, runtime, show};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use waxseal::lab::Lab;
use waxseal::net::clock::Clock;
use waxseal::net::dial::Dial;
use waxseal::net::pace::Pace;
use waxseal::net::smtp::{Ask, Smtp, SmtpConfig};

/// How many of each are done in a round.
const PROBES: usize = 200;
const HOST: &str = "mx1.mail.test";

/// A greeting, EHLO, STARTTLS, a handshake, EHLO and QUIT, over a handshake.
pub(crate) fn probe() {
    let server = runtime("lab", 1);
    let client = runtime(cpu::CLIENT, 1);
    let now = Clock::System.now();
    let lab = server
        .block_on(server.spawn(Lab::start(now)))
        .unwrap()
        .unwrap();
    let meant = address(&lab);
    let bare = server.block_on(bare_server());
    let connector = TlsConnector::from(Arc::new(floor::client_config()));
    let ratios = (0..ROUNDS)
        .map(|_| sessions(&client, &lab, meant) / handshakes(&client, &connector, bare))
        .collect();
    show("one STARTTLS probe / a bare TLS handshake", ratios);
}

/// A mail server of the lab that offers STARTTLS.
fn address(lab: &Lab) -> IpAddr {
    let first = IpAddr::from([192, 0, 2, 1]);
    assert!(lab.dial().contains_key(&SocketAddr::new(first, 25)));
    first
}

fn sessions(client: &Runtime, lab: &Lab, ip: IpAddr) -> f64 {
    let pace = Arc::new(Pace::new(Duration::ZERO));
    let config = SmtpConfig::new("bench.test", Dial::confined(lab.dial().clone()), pace);
    let smtp = Smtp::new(config);
    cpu::of_client(|| {
        client.block_on(async {
            for _ in 0..PROBES {
                let seen = smtp.session(ip, Ask::of(HOST)).await;
                assert!(seen.value().is_some_and(|seen| seen.tls.value().is_some()));
            }
        });
    })
}

fn handshakes(client: &Runtime, connector: &TlsConnector, bare: SocketAddr) -> f64 {
    cpu::of_client(|| {
        client.block_on(async {
            for _ in 0..PROBES {
                let stream = TcpStream::connect(bare).await.unwrap();
                let name = ServerName::try_from(HOST).unwrap();
                drop(connector.connect(name, stream).await.unwrap());
            }
        });
    })
}

/// A server that shakes hands and closes, with a key of the same kind as the lab's.
async fn bare_server() -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move { drop(acceptor.accept(stream).await) });
        }
    });
    socket
}
