//! From the arguments to a server: sockets, certificate, spool, addresses.

use super::args::Receive;
use super::probes;
use crate::cli::failure::{Failure, Receiving};
use crate::cli::network;
use crate::outbound::server::{Greylist, Listener, Peers, Service, Spool, SpoolError, tls};
use rustls::ServerConfig;
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What all listeners share, and the local parts that are new in this run.
pub(super) fn service(args: &Receive) -> Result<(Arc<Service>, BTreeSet<String>), Failure> {
    if let Some(keep) = &args.store.keep {
        let failed = |source| Failure::Write {
            file: keep.clone(),
            source,
        };
        fs::create_dir_all(keep).map_err(failed)?;
    }
    let spool = Spool::open(&args.spool(), args.bounds.max_spool).map_err(spooling)?;
    let (addresses, new) = probes::tokens(&spool, args)?;
    let service = Service {
        limits: args.bounds.limits(),
        addresses,
        spool,
        greylist: args.greylist.map(Greylist::new),
        contact: args.contact.clone(),
        peers: Peers::default(),
        clock: network::clock(&args.network),
    };
    Ok((Arc::new(service), new))
}

const fn spooling(error: SpoolError) -> Failure {
    Failure::Receiving(Receiving::Spool(error))
}

/// The sockets, open, and where they are.
pub(super) async fn listeners(args: &Receive) -> Result<(Vec<Listener>, Vec<SocketAddr>), Failure> {
    let config = config(args)?;
    let (mut listeners, mut sockets) = (Vec::new(), Vec::new());
    for asked in &args.listen {
        let failed = |source| Receiving::Listen {
            socket: *asked,
            source,
        };
        let socket = TcpListener::bind(asked).await.map_err(failed)?;
        sockets.push(socket.local_addr().map_err(failed)?);
        listeners.push(Listener {
            socket,
            posture: None,
            offers_tls: Some(Arc::clone(&config)),
            host_name: args.host().to_owned(),
            domain: args.domain.clone(),
        });
    }
    Ok((listeners, sockets))
}

fn config(args: &Receive) -> Result<Arc<ServerConfig>, Failure> {
    let (Some(cert), Some(key)) = (&args.cert, &args.key) else {
        let config = tls::self_signed(args.host()).map_err(|error| Receiving::SelfSigned {
            host: args.host().to_owned(),
            cause: error.to_string(),
        })?;
        return Ok(config);
    };
    let failed = |error: tls::SetupError| Receiving::Certificate {
        file: cert.clone(),
        cause: error.to_string(),
    };
    Ok(tls::from_pem(&read(cert)?, &read(key)?).map_err(failed)?)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })
}

/// What people are told to do.
pub(super) fn guide(args: &Receive, service: &Service, sockets: &[SocketAddr]) -> String {
    let addresses: Vec<_> = service
        .addresses
        .iter()
        .map(|token| format!("    {token}@{}", args.domain))
        .collect();
    let sockets: Vec<_> = sockets.iter().map(ToString::to_string).collect();
    let certificate = if args.cert.is_some() {
        "the certificate that was given"
    } else {
        "a self-signed certificate, which senders that check certificates refuse (--cert, --key)"
    };
    let what = if addresses.len() == 1 {
        "this address"
    } else {
        "one of these addresses"
    };
    let fate = args.store.keep.as_ref().map_or_else(
        || "is deleted once it is analysed".to_owned(),
        |keep| format!("is kept in {}", keep.display()),
    );
    format!(
        "Write a message, from the account that you want to assess, to {what}:\n\n{}\n\n\
         Listening on {} as {}, with {certificate}.\n\
         A message {fate}. Ctrl-C ends it.\n",
        addresses.join("\n"),
        sockets.join(" and "),
        args.host(),
    )
}
