//! A short session for one hello of TLS: greeting, EHLO, STARTTLS, the hello, and the first flight of the server.

use super::super::tcp::Failure;
use super::super::tls::{
    self, hello,
    hello::{ClientHello, Flight},
};
use super::{Smtp, injected};
use std::net::IpAddr;

impl Smtp {
    /// Puts one hello to the server at the address and port 25, and breaks the handshake off at its answer.
    ///
    /// Fails where the session did not come to TLS, with the cause. A refusal of STARTTLS fails as absence; what else a
    /// server says to TLS is in the flight.
    pub async fn flight(&self, ip: IpAddr, hello: &ClientHello) -> Result<Flight, Failure> {
        let (mut plain, turn, banner) = self.enter(ip).await?;
        let opened = self.open(&mut plain, banner, false).await;
        if let Err(failure) = opened.and_then(|opening| opening.starttls) {
            plain.leave(turn).await;
            return Err(failure);
        }
        if let Some(failure) = injected(plain.unasked()) {
            return Err(failure);
        }
        let mut stream = plain.into_stream();
        stream.allow(tls::HANDSHAKE_BYTES);
        // The turn ends when the connection is closed.
        let heard = hello::exchange(&mut stream, hello, self.config.command_timeout).await;
        drop(stream);
        drop(turn);
        heard
    }
}
