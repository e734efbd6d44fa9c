//! The listeners: who is let in, and how it all ends.

use super::limits::{Crowded, Gate};
use super::replies;
use super::session::Visit;
use super::{Event, Listener, Service, Site};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long sessions that bring a message may take to end once the server ends.
const GRACE: Duration = Duration::from_secs(10);

/// How long nobody is let in where the system has no more sockets.
const BREATH: Duration = Duration::from_millis(100);

/// A running server.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
}

impl Server {
    /// Begins to serve. Events go to a channel that whoever starts it has to read: sessions wait while it is full.
    pub fn start(
        service: &Arc<Service>,
        listeners: Vec<Listener>,
        events: &mpsc::Sender<Event>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let gate = Arc::new(Gate::default());
        let mut tasks = JoinSet::new();
        for listener in listeners {
            let site = Site {
                posture: listener.posture,
                tls: listener.offers_tls,
                host: listener.host_name,
                domain: listener.domain,
            };
            let door = Door {
                service: Arc::clone(service),
                site: Arc::new(site),
                gate: Arc::clone(&gate),
                events: events.clone(),
                stop: stopped.clone(),
            };
            tasks.spawn(door.open(listener.socket));
        }
        Self {
            stop,
            listeners: tasks,
        }
    }

    /// Lets nobody in any more, and waits until everybody has left; those who bring a message may finish it. Events go
    /// on coming until then.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.listeners.join_next().await.is_some() {}
    }
}

/// Where clients come in.
struct Door {
    service: Arc<Service>,
    site: Arc<Site>,
    gate: Arc<Gate>,
    events: mpsc::Sender<Event>,
    stop: watch::Receiver<bool>,
}

impl Door {
    async fn open(self, socket: TcpListener) {
        let mut stop = self.stop.clone();
        let mut visits = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                // Those who left are forgotten.
                Some(_) = visits.join_next() => continue,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, client)) => self.admit(stream, client, &mut visits),
                Err(_) => sleep(BREATH).await,
            }
        }
        drop(socket);
        let everybody = async { while visits.join_next().await.is_some() {} };
        let _ = timeout(GRACE, everybody).await;
    }

    fn admit(&self, stream: TcpStream, client: SocketAddr, visits: &mut JoinSet<()>) {
        let ip = self.service.peers.address(client);
        let entry = match self.gate.enter(ip, &self.service.limits) {
            Ok(entry) => entry,
            Err(crowded) => return turn_away(&stream, crowded),
        };
        // Replies are small, and each is waited for.
        let _ = stream.set_nodelay(true);
        let visit = Visit {
            service: Arc::clone(&self.service),
            site: Arc::clone(&self.site),
            client: ip,
            events: self.events.clone(),
            stop: self.stop.clone(),
        };
        visits.spawn(async move {
            visit.serve(stream).await;
            drop(entry);
        });
    }
}

/// Says why, without waiting for anything: the buffer of a fresh socket is empty.
fn turn_away(stream: &TcpStream, crowded: Crowded) {
    let reply = replies::too_many(match crowded {
        Crowded::Server => "connections",
        Crowded::Address => "connections from this address",
    });
    let _ = stream.try_write(reply.wire().as_bytes());
}
