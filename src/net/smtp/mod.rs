//! One SMTP session with a mail server: greeting, EHLO, STARTTLS, handshake, EHLO, QUIT (RFC 5321, RFC 3207).
//!
//! Nothing is said before the greeting, and never MAIL or RCPT.

use super::dial::Dial;
use super::pace::{Pace, Turn};
use super::tcp::{self, Failure, Metered};
use super::tls::{self, Handshake, Hello};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::smtp::{Ehlo, Reply};
use conversation::{Conversation, refused};
pub use reply::{capabilities, replies};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

mod conversation;
mod flight;
mod reply;

/// How mail servers are spoken to.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// The name given in EHLO: the host's own name, or an address literal (RFC 5321 §4.1.4).
    pub ehlo_name: String,
    /// Which sockets stand for the addresses.
    pub dial: Dial,
    /// How long to wait for the whole greeting. Servers may delay it on purpose; RFC 5321 §4.5.3.2.1 grants 5 minutes.
    pub greeting_timeout: Duration,
    /// How long one command with its reply, or the TLS handshake, may take.
    pub command_timeout: Duration,
    /// How long opening the connection may take.
    pub connect_timeout: Duration,
    /// How many bytes a server may send in clear text, and again inside TLS.
    pub session_limit_bytes: u64,
    /// The turns and counts of the run.
    pub pace: Arc<Pace>,
}

impl SmtpConfig {
    /// Patient enough for servers that greet late; for reports on single domains.
    pub fn new(ehlo_name: impl Into<String>, dial: Dial, pace: Arc<Pace>) -> Self {
        Self {
            ehlo_name: ehlo_name.into(),
            dial,
            greeting_timeout: Duration::from_mins(1),
            command_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(15),
            session_limit_bytes: 64 * 1024,
            pace,
        }
    }
}

/// The client side of SMTP.
#[derive(Clone, Debug)]
pub struct Smtp {
    config: SmtpConfig,
}

/// What a mail server said in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialogue {
    /// The greeting, with code 220.
    pub banner: Reply,
    /// The answer to EHLO in clear text.
    pub ehlo: Ehlo,
    /// The go-ahead for TLS; absent where STARTTLS is not offered or refused for good.
    pub starttls: Observed<Reply>,
    /// The TLS handshake; absent without STARTTLS and where the server has only versions below TLS 1.2.
    pub tls: Observed<Handshake>,
    /// The answer to EHLO inside TLS.
    pub ehlo_tls: Observed<Ehlo>,
}

/// The dialogue in clear text.
struct Opening {
    banner: Reply,
    ehlo: Ehlo,
    starttls: Result<Reply, Failure>,
}

type Plain = Conversation<Metered<TcpStream>>;

impl Smtp {
    /// A client with these settings.
    pub const fn new(config: SmtpConfig) -> Self {
        Self { config }
    }

    /// How many connections were opened so far, in all of the run.
    pub fn connections(&self) -> u64 {
        self.config.pace.total()
    }

    /// Holds one session with the server at the address and port 25; `host` is its name, sent as SNI.
    ///
    /// Unknown where no greeting or no answer to EHLO came, with the cause and what was heard.
    pub async fn session(&self, ip: IpAddr, host: &str) -> Observed<Dialogue> {
        match self.dialogue(ip, host).await {
            Ok(dialogue) => Observed::present(dialogue),
            Err(failure) => failure.observed(),
        }
    }

    async fn dialogue(&self, ip: IpAddr, host: &str) -> Result<Dialogue, Failure> {
        let (mut plain, turn, banner) = self.enter(ip).await?;
        match self.open(&mut plain, banner).await {
            Ok(opening) => Ok(self.secure(plain, turn, opening, host).await),
            Err(failure) => {
                plain.leave(turn).await;
                Err(failure)
            }
        }
    }

    /// Waits for a turn, connects and waits for the first reply, whatever it says.
    async fn enter(&self, ip: IpAddr) -> Result<(Plain, Turn, Reply), Failure> {
        let Some(socket) = self.config.dial.socket(SocketAddr::new(ip, 25)) else {
            let detail = "not in the lab";
            return Err(Failure::unknown(Cause::ConnectionTimeout, detail));
        };
        let turn = self.config.pace.turn(ip).await;
        let stream = tcp::connect(socket, self.config.connect_timeout).await?;
        let stream = Metered::new(stream, self.config.session_limit_bytes);
        let mut plain = Conversation::new(stream, self.config.command_timeout);
        let greeting = self.config.greeting_timeout;
        let banner = plain.reply(greeting, "the greeting").await?;
        Ok((plain, turn, banner))
    }

    async fn open(&self, plain: &mut Plain, banner: Reply) -> Result<Opening, Failure> {
        if banner.code != 220 {
            return Err(refused(&banner, "greeting"));
        }
        let ehlo = plain.hello(&self.config.ehlo_name).await?;
        let starttls = if ehlo.offers("STARTTLS") {
            start_tls(plain).await
        } else {
            Err(Failure::absent(Proof::NotOffered, stripped(&ehlo)))
        };
        Ok(Opening {
            banner,
            ehlo,
            starttls,
        })
    }

    /// The rest of the session: TLS if the server gave the go-ahead, and QUIT.
    async fn secure(&self, mut plain: Plain, turn: Turn, opening: Opening, host: &str) -> Dialogue {
        let (starttls, inside) = match opening.starttls {
            Err(failure) => {
                plain.leave(turn).await;
                (failure.clone().observed(), Err(failure))
            }
            Ok(go_ahead) => {
                let inside = match injected(plain.unasked()) {
                    Some(failure) => Err(failure),
                    None => self.inside(plain, turn, host).await,
                };
                (Observed::present(go_ahead), inside)
            }
        };
        let (tls, ehlo_tls) = match inside {
            Ok((handshake, ehlo)) => (Observed::present(handshake), ehlo),
            Err(failure) => (failure.clone().observed(), failure.observed()),
        };
        Dialogue {
            banner: opening.banner,
            ehlo: opening.ehlo,
            starttls,
            tls,
            ehlo_tls,
        }
    }

    async fn inside(
        &self,
        plain: Plain,
        turn: Turn,
        host: &str,
    ) -> Result<(Handshake, Observed<Ehlo>), Failure> {
        let hello = Hello {
            name: host,
            alpn: &[],
            within: self.config.command_timeout,
        };
        let (handshake, mut stream) = tls::handshake(plain.into_stream(), hello).await?;
        stream.get_mut().0.allow(self.config.session_limit_bytes);
        let mut encrypted = Conversation::new(stream, self.config.command_timeout);
        let ehlo = match encrypted.hello(&self.config.ehlo_name).await {
            Ok(ehlo) => Observed::present(ehlo),
            Err(failure) => failure.observed(),
        };
        encrypted.leave(turn).await;
        Ok((handshake, ehlo))
    }
}

async fn start_tls(plain: &mut Plain) -> Result<Reply, Failure> {
    let reply = plain.command("STARTTLS").await?;
    match reply.code {
        220 => Ok(reply),
        500..=599 => Err(Failure::absent(Proof::Rejected, reply::said(&reply))),
        _ => Err(refused(&reply, "STARTTLS")),
    }
}

/// Words for a list of extensions without STARTTLS. Some firewalls overwrite the keyword with as many `X`.
fn stripped(ehlo: &Ehlo) -> String {
    let masked = ehlo.keywords.iter().find(|known| {
        let word = known.keyword.strip_suffix('A').unwrap_or(&known.keyword);
        word.len() >= 7 && word.bytes().all(|byte| byte == b'X')
    });
    masked.map_or_else(String::new, |known| {
        let word = &known.keyword;
        format!("`{word}` is announced instead: a device on the way seems to strip STARTTLS")
    })
}

/// A server that goes on talking after its go-ahead could have been spoken for by someone on the way
/// (RFC 3207 §4.2: what came before TLS is discarded).
fn injected(unasked: &[u8]) -> Option<Failure> {
    (!unasked.is_empty()).then(|| {
        let text = String::from_utf8_lossy(unasked);
        let text: String = text.chars().take(100).collect();
        let count = unasked.len();
        let detail = format!("{count} bytes came in clear text behind the go-ahead: `{text}`");
        Failure::unknown(Cause::SmtpProtocol, detail)
    })
}

#[cfg(test)]
mod tests;
