//! What a server's session tickets allow (RFC 8446 §4.6.1). No session is ever resumed.

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use std::sync::atomic::{AtomicU32, Ordering};

/// The tickets of one connection, of which only the most early data is kept.
#[derive(Debug, Default)]
pub struct Tickets {
    early_data: AtomicU32,
}

impl Tickets {
    /// How many bytes of early data the tickets that came so far allow; 0 where none came. Servers send them behind
    /// the handshake, so that something has to be read first.
    pub fn early_data(&self) -> u32 {
        self.early_data.load(Ordering::Relaxed)
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        let allowed = ticket.max_early_data_size();
        self.early_data.fetch_max(allowed, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
