//! One client from the greeting to the end, over anything that carries bytes.

#[cfg(test)]
pub(super) mod tests;
mod wire;

use super::command;
use super::data::{Body, Progress};
use super::dialogue::{Dialogue, Greeted, Mail, Recipient, Then};
use super::event::{Accepted, Event};
use super::replies::{self, Reply};
use super::spool::{Envelope, Full, Reserved};
use super::{Service, Site, tls};
use crate::facts::mx::Reverse;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::enforcement::{Attempt, AttemptEnd};
use crate::facts::outbound::{Connection, OutboundTls};
use crate::facts::timestamp::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use wire::{Line, Over, Until, Wire};

/// A client that came.
pub(super) struct Visit {
    pub(super) service: Arc<Service>,
    pub(super) site: Arc<Site>,
    pub(super) client: IpAddr,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) stop: watch::Receiver<bool>,
}

/// What became of the handshake.
struct Secrecy {
    tls: Observed<OutboundTls>,
    /// Whether the client asked for one.
    asked: bool,
    alert: String,
    /// Whether the server sent the client away, so that its end says nothing of the client.
    sent_away: bool,
}

/// What a conversation ended with.
enum Next {
    Closed,
    ShakeHands,
}

impl Visit {
    /// Serves the client, and tells what came of it.
    pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) {
        let at = self.service.clock.now();
        let mut dialogue = Dialogue::new(&self.service, &self.site, self.client);
        let proof = if self.site.tls.is_some() {
            Proof::NoSubject
        } else {
            Proof::NotOffered
        };
        let mut secrecy = Secrecy {
            tls: Observed::absent(proof),
            asked: false,
            alert: String::new(),
            sent_away: false,
        };
        let end = Instant::now() + self.service.limits.session_time;
        self.both(stream, end, &mut dialogue, &mut secrecy).await;
        if let Some(posture) = self.site.posture {
            let attempt = self.attempt(at, &dialogue, secrecy);
            let attempt = Box::new(attempt);
            let ehlo = dialogue.name().to_owned();
            // Nobody listens any more only where the program ends.
            let _ = self
                .events
                .send(Event::Attempted {
                    posture,
                    attempt,
                    ehlo,
                })
                .await;
        }
    }

    fn attempt(&self, at: Timestamp, dialogue: &Dialogue<'_>, secrecy: Secrecy) -> Attempt {
        let end = if dialogue.messages() > 0 {
            AttemptEnd::Delivered
        } else if dialogue.tried() || secrecy.sent_away {
            AttemptEnd::LeftLater
        } else if secrecy.tls.value().is_some() {
            AttemptEnd::LeftAfterHandshake
        } else if secrecy.asked {
            AttemptEnd::HandshakeFailed
        } else {
            AttemptEnd::LeftAfterEhlo
        };
        Attempt {
            at,
            ip: self.client,
            tls: secrecy.tls,
            end,
            alert: secrecy.alert,
        }
    }

    /// In clear text, and inside TLS where the client asks for it.
    async fn both<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        end: Instant,
        dialogue: &mut Dialogue<'_>,
        secrecy: &mut Secrecy,
    ) {
        let mut wire = self.wire(stream, end);
        if !self.greet(&mut wire, secrecy).await {
            return wire.close().await;
        }
        let next = self.talk(&mut wire, dialogue, secrecy).await;
        let (Next::ShakeHands, Some(config)) = (next, &self.site.tls) else {
            return wire.close().await;
        };
        secrecy.asked = true;
        let Ok(stream) = wire.into_stream().await else {
            secrecy.tls = Observed::unknown(Cause::ConnectionClosed, "");
            return;
        };
        let acceptor = TlsAcceptor::from(Arc::clone(config));
        let limit = end.min(Instant::now() + self.service.limits.handshake_time);
        match timeout_at(limit, acceptor.accept(stream)).await {
            Err(_) => {
                secrecy.sent_away = true;
                secrecy.tls =
                    Observed::unknown(Cause::Timeout, "the handshake did not end in time");
            }
            Ok(Err(error)) => (secrecy.tls, secrecy.alert) = tls::failed(&error),
            Ok(Ok(stream)) => {
                let agreed = tls::agreed(stream.get_ref().1, self.service.clock.now());
                secrecy.tls = Observed::present(agreed);
                dialogue.secured();
                let mut wire = self.wire(stream, end);
                // What is offered inside ends no handshake again: STARTTLS is refused there.
                let _ = self.talk(&mut wire, dialogue, secrecy).await;
                wire.close().await;
            }
        }
    }

    fn wire<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, end: Instant) -> Wire<S> {
        Wire::new(
            stream,
            end,
            self.service.limits.command_time,
            self.stop.clone(),
        )
    }

    /// Greets, unless the client talks first: what was sent before the greeting was meant for nobody.
    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        wire: &mut Wire<S>,
        secrecy: &mut Secrecy,
    ) -> bool {
        let waited = wire.more(within(self.service.limits.greeting_pause)).await;
        match waited {
            Err(Over::Slow) => wire.say(&replies::greeting(&self.site.host)),
            Err(Over::Stopped) => wire.say(&replies::ending()),
            Ok(()) => wire.say(&replies::early()),
            Err(Over::Gone | Over::Broken(_)) => (),
        }
        secrecy.sent_away = matches!(waited, Err(Over::Stopped) | Ok(()));
        matches!(waited, Err(Over::Slow))
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        wire: &mut Wire<S>,
        dialogue: &mut Dialogue<'_>,
        secrecy: &mut Secrecy,
    ) -> Next {
        let limits = &self.service.limits;
        loop {
            let line = wire
                .line(limits.command_line, within(limits.command_time))
                .await;
            let (reply, mut then) = match line {
                Line::Whole(line) => {
                    let command = command::parse(&line);
                    let last = wire.came().is_empty();
                    // What comes behind DATA is no command, whether it waited for the reply or not.
                    dialogue.take(command, last)
                }
                Line::Long => dialogue.garbled(),
                Line::Bare => (replies::bare_line(), Then::Close),
                Line::Over(over) => {
                    over_and_out(wire, over, secrecy);
                    return Next::Closed;
                }
            };
            wire.say(&reply);
            if then == Then::ReadMessage {
                then = self.message(wire, dialogue, secrecy).await;
            }
            match then {
                Then::Read | Then::ReadMessage => (),
                Then::ShakeHands => return Next::ShakeHands,
                Then::Close => {
                    secrecy.sent_away |= reply.is_error();
                    return Next::Closed;
                }
            }
        }
    }

    /// Reads a message, stores it, and only then says so.
    async fn message<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        wire: &mut Wire<S>,
        dialogue: &mut Dialogue<'_>,
        secrecy: &mut Secrecy,
    ) -> Then {
        let mut room = self.service.spool.reserve();
        let raw = match self.body(wire, &mut room).await {
            Ok(raw) => raw,
            Err(Refused::Over(over)) => {
                over_and_out(wire, over, secrecy);
                return Then::Close;
            }
            Err(Refused::Reply(reply, then)) => {
                // The message is over, whatever is wrong with it.
                dialogue.ready();
                wire.say(&reply);
                return then;
            }
        };
        let Some((greeted, mail, recipient)) = dialogue.ready() else {
            return Then::Close;
        };
        let envelope = self.envelope(greeted, mail, &recipient, &secrecy.tls);
        match self.keep(envelope, raw, room).await {
            Ok(accepted) => {
                dialogue.taken(&recipient);
                wire.say(&replies::kept(&accepted.id));
                // Whether the client hears it or not, the message is there.
                let _ = wire.flush().await;
                let _ = self.events.send(Event::Accepted(Box::new(accepted))).await;
            }
            Err(Full::Space) => wire.say(&replies::no_room()),
            Err(Full::Trouble) => wire.say(&replies::trouble()),
        }
        Then::Read
    }

    async fn keep(
        &self,
        envelope: Envelope,
        raw: Vec<u8>,
        room: Reserved,
    ) -> Result<Accepted, Full> {
        let service = Arc::clone(&self.service);
        let kept = tokio::task::spawn_blocking(move || service.spool.keep(envelope, raw, room));
        kept.await.unwrap_or(Err(Full::Trouble))
    }

    /// Reads up to the end of the message.
    async fn body<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        wire: &mut Wire<S>,
        room: &mut Reserved,
    ) -> Result<Vec<u8>, Refused> {
        let limits = &self.service.limits;
        let refuse = |fault, then| Refused::Reply(replies::bad_data(fault, limits), then);
        let mut body = Body::new(limits.message, limits.text_line);
        let whole = Instant::now() + limits.message_time;
        let mut full = false;
        loop {
            match body.push(wire.came()) {
                Progress::More => wire.consume(usize::MAX),
                Progress::End(count) => {
                    wire.consume(count);
                    break;
                }
                Progress::Broken(fault) => return Err(refuse(fault, Then::Close)),
            }
            if !full && !room.grow(u64::try_from(body.held()).unwrap_or(u64::MAX)) {
                full = true;
                body.give_up();
            }
            let block = Instant::now() + limits.command_time;
            let until = Until {
                deadline: whole.min(block),
                stops: false,
            };
            wire.more(until).await.map_err(Refused::Over)?;
        }
        if full {
            return Err(Refused::Reply(replies::no_room(), Then::Read));
        }
        body.finish().map_err(|fault| refuse(fault, Then::Read))
    }

    fn envelope(
        &self,
        greeted: Greeted,
        mail: Mail,
        recipient: &Recipient,
        tls: &Observed<OutboundTls>,
    ) -> Envelope {
        let retried = recipient.retried.clone();
        Envelope {
            address: recipient.address.clone(),
            posture: self.site.posture,
            host: self.site.host.clone(),
            received: self.service.clock.now(),
            connection: Connection {
                ip: Observed::present(self.client),
                reverse: Reverse::default(),
                ehlo: Observed::present(greeted.name),
                esmtp: Observed::present(greeted.esmtp),
                tls: tls.clone(),
                requiretls: Observed::present(mail.parameters.requiretls),
                smtputf8: Observed::present(mail.parameters.smtputf8),
                retried: retried.map_or(Observed::absent(Proof::NoSubject), Observed::present),
            },
            mail_from: mail.from,
        }
    }
}

/// Why no message came of DATA.
enum Refused {
    Over(Over),
    Reply(Reply, Then),
}

/// Says why the connection is closed, where the client can still hear it.
fn over_and_out<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    over: Over,
    secrecy: &mut Secrecy,
) {
    match over {
        Over::Slow => {
            secrecy.sent_away = true;
            wire.say(&replies::too_slow());
        }
        Over::Stopped => {
            secrecy.sent_away = true;
            wire.say(&replies::ending());
        }
        Over::Gone => (),
        Over::Broken(error) => {
            let alert = tls::alert(&error);
            if secrecy.alert.is_empty() {
                secrecy.alert = alert;
            }
        }
    }
}

fn within(time: Duration) -> Until {
    Until {
        deadline: Instant::now() + time,
        stops: true,
    }
}
