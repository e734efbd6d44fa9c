//! The lab's providers deliver to a server inside this process, and what it sees becomes observations of their mail.

use super::outbound::Observations;
use crate::collect::Collector;
use crate::facts::outbound::OutboundDocument;
use crate::facts::outbound::enforcement::{Delivery, Posture};
use crate::facts::timestamp::Timestamp;
use crate::lab::{Lab, Mailbox};
use crate::net::clock::Clock;
use crate::outbound::analyse::Analyst;
use crate::outbound::probes::{Round, Seen};
use crate::outbound::server::{
    Accepted, Addresses, Event, Limits, Listener, Peers, Server, Service, Spool, SpoolError, tls,
};
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The domain that the lab's probes are below.
const PROBE_DOMAIN: &str = "probe.mail.test";
/// The most bytes that messages take until they are looked at.
const MOST_SPOOLED: u64 = 16 << 20;
/// How many events may wait to be read.
const EVENTS: usize = 64;

/// Why the lab's providers can't deliver. None of it depends on input.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// There is no socket or no folder for the server.
    #[error("a server for the lab's providers: {0}")]
    Server(#[from] io::Error),
    /// There is no place for messages.
    #[error("{0}")]
    Spool(#[from] SpoolError),
    /// The server can't speak TLS.
    #[error("{0}")]
    Tls(#[from] tls::SetupError),
    /// A provider can't make its message.
    #[error("{0}")]
    Lab(#[from] crate::lab::LabError),
}

/// Lets the providers of these domains deliver, those that are to be probed to each probe, and takes down what is seen.
///
/// # Errors
/// The first trouble of this machine.
pub async fn observe(
    lab: &Lab,
    collector: &Collector,
    domains: &BTreeSet<&str>,
) -> Result<Observations, DeliveryError> {
    let senders = lab.senders().domains();
    let senders = senders.filter(|(domain, _)| domains.contains(domain));
    // Each has a server of its own, so that connections can't be taken for those of another.
    let rounds = senders.map(|(domain, probed)| round(lab, collector, domain, probed));
    // What nothing proves to be of a provider is its own all the same: nobody else is in the lab.
    let mut observations = Observations::counting_all();
    for documents in join_all(rounds).await {
        for document in documents? {
            observations.add(document);
        }
    }
    Ok(observations)
}

/// One provider, and one server that it delivers to.
async fn round(
    lab: &Lab,
    collector: &Collector,
    domain: &str,
    probed: bool,
) -> Result<Vec<OutboundDocument>, DeliveryError> {
    let folder = tempfile::tempdir()?;
    let spool = Spool::open(folder.path(), MOST_SPOOLED)?;
    let mut addresses = Addresses::default();
    addresses.fill(1).map_err(SpoolError::from)?;
    let token = addresses.iter().next().unwrap_or_default().to_owned();
    let (listeners, mailboxes) = listeners(&token, probed).await?;
    let peers = Peers::default();
    let service = Arc::new(Service {
        limits: Limits::default(),
        addresses,
        spool,
        greylist: None,
        contact: None,
        clock: Clock::Fixed(collector.now()),
        peers: peers.clone(),
    });
    let (events, mut seen) = mpsc::channel(EVENTS);
    let server = Server::start(&service, listeners, &events);
    drop(events);
    let deliver = async {
        for mailbox in &mailboxes {
            let announce = |socket, address| peers.play(socket, address);
            lab.senders().deliver(domain, mailbox, announce).await?;
        }
        server.stop().await;
        Ok::<_, DeliveryError>(())
    };
    let analyst = Analyst::new(collector);
    let note = async {
        let mut notes = Notes::new(collector.now(), probed);
        while let Some(event) = seen.recv().await {
            notes.add(event, &analyst).await;
        }
        notes.documents(domain, probed)
    };
    let (delivered, documents) = tokio::join!(deliver, note);
    delivered.map(|()| documents)
}

/// A main server and, where the provider is to be probed, one a posture, and the mailboxes at them.
async fn listeners(
    token: &str,
    probed: bool,
) -> Result<(Vec<Listener>, Vec<Mailbox>), DeliveryError> {
    let config = tls::self_signed(PROBE_DOMAIN)?;
    let postures = if probed { &Posture::ALL[..] } else { &[] };
    let (mut listeners, mut mailboxes) = (Vec::new(), Vec::new());
    for posture in std::iter::once(None).chain(postures.iter().copied().map(Some)) {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let domain = posture.map_or_else(|| PROBE_DOMAIN.to_owned(), domain_of);
        mailboxes.push(Mailbox {
            at: socket.local_addr()?,
            address: format!("{token}@{domain}"),
            posture,
        });
        listeners.push(Listener {
            socket,
            posture,
            offers_tls: (posture != Some(Posture::NoStarttls)).then(|| Arc::clone(&config)),
            host_name: format!("mx.{domain}"),
            domain,
        });
    }
    Ok((listeners, mailboxes))
}

fn domain_of(posture: Posture) -> String {
    format!("{}.{PROBE_DOMAIN}", posture.as_str())
}

/// What was seen of one provider.
struct Notes {
    round: Round,
    documents: Vec<OutboundDocument>,
    now: Timestamp,
}

impl Notes {
    fn new(now: Timestamp, probed: bool) -> Self {
        let postures = if probed { &Posture::ALL[..] } else { &[] };
        let sites = postures
            .iter()
            .map(|posture| (*posture, domain_of(*posture)));
        Self {
            round: Round::over(sites.collect(), now),
            documents: Vec::new(),
            now,
        }
    }

    async fn add(&mut self, event: Event, analyst: &Analyst<'_>) {
        match event {
            Event::Attempted {
                posture,
                attempt,
                ehlo,
            } => {
                self.round.attempted(posture, *attempt, &ehlo);
            }
            Event::Accepted(accepted) => {
                let Accepted {
                    posture, delivered, ..
                } = *accepted;
                let connection = delivered.connection.clone();
                let document = Box::pin(analyst.observe(delivered)).await;
                if let Some(posture) = posture {
                    let mut messages = document.messages.iter();
                    self.round.arrived(Seen {
                        sender: document.domain.clone(),
                        authenticated: messages.any(|message| message.dmarc.authenticates()),
                        posture,
                        delivery: if connection.tls.value().is_some() {
                            Delivery::Tls
                        } else {
                            Delivery::Clear
                        },
                        ip: connection.ip.value().copied(),
                        ehlo: connection.ehlo.value().cloned().unwrap_or_default(),
                    });
                } else {
                    self.documents.push(document);
                }
            }
        }
    }

    /// The messages that came to the main server, and what was seen at the probes.
    fn documents(mut self, domain: &str, probed: bool) -> Vec<OutboundDocument> {
        let own = self
            .documents
            .iter_mut()
            .find(|document| document.domain == domain);
        if let (Some(own), true) = (own, probed) {
            own.enforcement = Some(self.round.enforcement(domain, self.now));
        }
        self.documents
    }
}
