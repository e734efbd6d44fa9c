//! One SMTP session with a mail server: greeting, EHLO, STARTTLS, handshake, EHLO, QUIT (RFC 5321, RFC 3207).
//!
//! Nothing is said before the greeting, and never MAIL or RCPT.

use super::dial::Dial;
use super::pace::{Pace, Turn};
use super::tcp::{self, Failure, Metered};
use super::tls::{self, Handshake, Hello, Keys, Shaken};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::smtp::{Ehlo, Reply};
use crate::facts::tls::TlsVersion;
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

/// What is different about a session from that of a sender.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The server's name.
    pub host: &'a str,
    /// Whether the name is sent as SNI (RFC 6066 §3).
    pub sni: bool,
    /// Which keys the server may sign with.
    pub keys: Keys,
    /// Whether a further command is sent in clear text right behind STARTTLS, which the server must forget
    /// (RFC 3207 §4.2).
    pub inject: bool,
}

impl<'a> Ask<'a> {
    /// As a sender asks.
    pub const fn of(host: &'a str) -> Self {
        Self {
            host,
            sni: true,
            keys: Keys::Any,
            inject: false,
        }
    }
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
    /// How many bytes of early data the session tickets allow; absent below TLS 1.3.
    pub early_data: Observed<u32>,
    /// The answer to EHLO inside TLS.
    pub ehlo_tls: Observed<Ehlo>,
    /// Whether a command that was put behind STARTTLS was answered inside TLS; absent where none was put there.
    pub injected: Observed<bool>,
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

    /// How many connections to the address were opened so far.
    pub fn connections_to(&self, ip: IpAddr) -> u64 {
        self.config.pace.connections(ip)
    }

    /// Holds one session with the server at the address and port 25, as a sender would that asks so.
    ///
    /// Absent where the host refuses the connection; unknown where no greeting or no answer to EHLO came, with the
    /// cause and what was heard.
    pub async fn session(&self, ip: IpAddr, ask: Ask<'_>) -> Observed<Dialogue> {
        match self.dialogue(ip, ask).await {
            Ok(dialogue) => Observed::present(dialogue),
            Err(failure) => failure.observed(),
        }
    }

    /// Opens a connection and waits for the greeting, whatever it says, and leaves.
    pub async fn greeting(&self, ip: IpAddr) -> Result<Reply, Failure> {
        let (plain, turn, banner) = self.enter(ip).await?;
        plain.leave(turn).await;
        Ok(banner)
    }

    async fn dialogue(&self, ip: IpAddr, ask: Ask<'_>) -> Result<Dialogue, Failure> {
        let (mut plain, turn, banner) = self.enter(ip).await?;
        match self.open(&mut plain, banner, ask.inject).await {
            Ok(opening) => Ok(self.secure(plain, turn, opening, ask).await),
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

    async fn open(
        &self,
        plain: &mut Plain,
        banner: Reply,
        inject: bool,
    ) -> Result<Opening, Failure> {
        if banner.code != 220 {
            return Err(refused(&banner, "greeting"));
        }
        let ehlo = plain.hello(&self.config.ehlo_name).await?;
        let starttls = if ehlo.offers("STARTTLS") {
            start_tls(plain, inject).await
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
    async fn secure(
        &self,
        mut plain: Plain,
        turn: Turn,
        opening: Opening,
        ask: Ask<'_>,
    ) -> Dialogue {
        let (starttls, inside) = match opening.starttls {
            Err(failure) => {
                plain.leave(turn).await;
                (failure.clone().observed(), Err(failure))
            }
            Ok(go_ahead) => {
                let inside = match injected(plain.unasked()) {
                    Some(failure) => Err(failure),
                    None => self.inside(plain, turn, ask).await,
                };
                (Observed::present(go_ahead), inside)
            }
        };
        let Inside {
            tls,
            early_data,
            ehlo,
            injected,
        } = inside.unwrap_or_else(Inside::failed);
        Dialogue {
            banner: opening.banner,
            ehlo: opening.ehlo,
            starttls,
            tls,
            early_data,
            ehlo_tls: ehlo,
            injected,
        }
    }

    async fn inside(&self, plain: Plain, turn: Turn, ask: Ask<'_>) -> Result<Inside, Failure> {
        let hello = Hello {
            sni: ask.sni,
            keys: ask.keys,
            ..Hello::to(ask.host, self.config.command_timeout)
        };
        let Shaken {
            handshake,
            mut stream,
            tickets,
        } = tls::handshake(plain.into_stream(), hello).await?;
        stream.get_mut().0.allow(self.config.session_limit_bytes);
        let mut encrypted = Conversation::new(stream, self.config.command_timeout);
        let ehlo = encrypted.hello(&self.config.ehlo_name).await;
        let injected = if ask.inject {
            // Where the command of before was answered, every reply comes one place too late.
            let quit = encrypted.command("QUIT").await;
            quit.map(|reply| reply.code == 250)
        } else {
            encrypted.leave(turn).await;
            Err(Failure::absent(Proof::NoSubject, ""))
        };
        let early_data = if handshake.version == TlsVersion::Tls13 {
            Observed::present(tickets.early_data())
        } else {
            Observed::absent(Proof::NoSubject)
        };
        Ok(Inside {
            tls: Observed::present(handshake),
            early_data,
            ehlo: observed(ehlo),
            injected: observed(injected),
        })
    }
}

fn observed<T>(result: Result<T, Failure>) -> Observed<T> {
    result.map_or_else(Failure::observed, Observed::present)
}

/// What of a session lies inside TLS.
struct Inside {
    tls: Observed<Handshake>,
    early_data: Observed<u32>,
    ehlo: Observed<Ehlo>,
    injected: Observed<bool>,
}

impl Inside {
    /// Nothing came about.
    fn failed(failure: Failure) -> Self {
        Self {
            tls: failure.clone().observed(),
            early_data: failure.clone().observed(),
            ehlo: failure.clone().observed(),
            injected: failure.observed(),
        }
    }
}

async fn start_tls(plain: &mut Plain, inject: bool) -> Result<Reply, Failure> {
    let command = if inject {
        "STARTTLS\r\nNOOP"
    } else {
        "STARTTLS"
    };
    let reply = plain.command(command).await?;
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
