//! The lab's mail servers: each speaks SMTP (RFC 5321) and STARTTLS (RFC 3207) as its posture says,
//! takes no mail, and notes who tried to leave some.

use super::counts::Books;
use super::tls;
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// The longest command line that is read.
const LINE: usize = 1000;
/// The longest that a session may take.
const SESSION: Duration = Duration::from_mins(1);

/// Whether anything answers at the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Listening,
    /// The host is there, the port is closed.
    Refused,
    /// No such host: the address is not in the dial table.
    Unreachable,
}

/// How the server greets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// With 220 and its name.
    Good,
    /// With these lines, as they are; after a code other than 220 it only waits for QUIT.
    Text(&'static str),
    /// With 220, after so many milliseconds.
    Late(u64),
    /// With 220, one byte every so many milliseconds.
    Dripping(u64),
    /// With lines without end.
    Endless,
    /// With one line without end, a byte every tenth of a second.
    Trickling,
}

/// What the server makes of STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartTls {
    /// Offers it and goes ahead.
    Offered,
    /// Offers it and replies with this line.
    Answered(&'static str),
    /// Neither lists nor knows it.
    Missing,
    /// A box on the way overwrote the keyword and the reply, as some firewalls do.
    Stripped,
}

/// What happens once the server has said to go ahead with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// TLS 1.2 and 1.3.
    Modern,
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.0 only.
    Tls10,
    /// A fatal alert `handshake_failure`.
    Alert,
    /// Text that is no TLS.
    Garbage,
}

/// How a mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posture {
    pub(crate) reach: Reach,
    pub(crate) greeting: Greeting,
    /// Whether it knows EHLO, else HELO only.
    pub(crate) ehlo: bool,
    /// The extensions besides STARTTLS, in clear text and inside TLS.
    pub(crate) keywords: &'static [&'static str],
    /// The extensions that are listed inside TLS only.
    pub(crate) keywords_tls: &'static [&'static str],
    pub(crate) starttls: StartTls,
    pub(crate) handshake: Handshake,
}

impl Posture {
    /// A server at which nothing is wrong.
    pub(crate) const GOOD: Self = Self {
        reach: Reach::Listening,
        greeting: Greeting::Good,
        ehlo: true,
        keywords: &["PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8"],
        keywords_tls: &["REQUIRETLS"],
        starttls: StartTls::Offered,
        handshake: Handshake::Modern,
    };
}

/// One address of a mail server.
pub(crate) struct Host {
    /// The address and port that it is meant to have.
    pub(crate) address: SocketAddr,
    pub(crate) name: String,
    pub(crate) posture: Posture,
    pub(crate) tls: Arc<ServerConfig>,
    /// Its certificate, for handshakes that rustls has no part in.
    pub(crate) certificate: Vec<u8>,
}

/// How a conversation ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    StartTls,
}

/// Takes connections until its task is ended.
pub(crate) async fn serve(listener: TcpListener, host: Arc<Host>, books: Books) {
    let mut sessions = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (host, books) = (Arc::clone(&host), books.clone());
            sessions.spawn(async move {
                let _open = books.smtp_connection(host.address);
                timeout(SESSION, host.session(stream, &books)).await
            });
        }
        while sessions.try_join_next().is_some() {}
    }
}

impl Host {
    async fn session(&self, mut stream: TcpStream, books: &Books) -> io::Result<()> {
        if !self.greet(&mut stream).await? {
            return Ok(());
        }
        if self.converse(&mut stream, false, books).await? == End::Closed {
            return Ok(());
        }
        match self.posture.handshake {
            Handshake::Tls10 => tls::play_tls10(&mut stream, &self.certificate).await,
            Handshake::Alert => tls::refuse(&mut stream, tls::HANDSHAKE_FAILURE).await,
            Handshake::Garbage => stream.write_all(b"250 what was that?\r\n").await,
            Handshake::Modern | Handshake::Tls12 => {
                let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
                let mut stream = acceptor.accept(stream).await?;
                self.converse(&mut stream, true, books).await?;
                stream.shutdown().await
            }
        }
    }

    /// Greets; false where the conversation is over with it.
    async fn greet(&self, stream: &mut TcpStream) -> io::Result<bool> {
        let good = format!("220 {} ESMTP ready\r\n", self.name);
        match self.posture.greeting {
            Greeting::Good => stream.write_all(good.as_bytes()).await?,
            Greeting::Text(text) => {
                stream.write_all(text.as_bytes()).await?;
                // RFC 5321 §3.8: with 421 the server closes by itself.
                return Ok(!text.starts_with("421"));
            }
            Greeting::Late(milliseconds) => {
                sleep(Duration::from_millis(milliseconds)).await;
                stream.write_all(good.as_bytes()).await?;
            }
            Greeting::Dripping(milliseconds) => {
                for byte in good.bytes() {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(milliseconds)).await;
                }
            }
            Greeting::Endless => loop {
                stream.write_all(b"220-and another thing\r\n").await?;
                sleep(Duration::from_millis(1)).await;
            },
            Greeting::Trickling => {
                stream.write_all(b"220 ").await?;
                loop {
                    stream.write_all(b"a").await?;
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
        Ok(true)
    }

    /// Answers commands until the client leaves or asks for TLS.
    async fn converse<S>(&self, stream: &mut S, secure: bool, books: &Books) -> io::Result<End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let refuses =
            matches!(self.posture.greeting, Greeting::Text(text) if !text.starts_with("220"));
        let mut pending = Vec::new();
        while let Some(line) = read_line(stream, &mut pending).await? {
            let verb = line
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            let reply = match verb.as_str() {
                "QUIT" => {
                    stream.write_all(b"221 2.0.0 bye\r\n").await?;
                    return Ok(End::Closed);
                }
                "MAIL" | "RCPT" | "DATA" | "VRFY" | "EXPN" | "AUTH" => {
                    books.mail_command(self.address, &verb);
                    "550 5.7.1 no mail is taken here\r\n".to_owned()
                }
                _ if refuses => "503 5.5.1 only QUIT is left\r\n".to_owned(),
                "EHLO" if self.posture.ehlo => self.capabilities(secure),
                "HELO" => format!("250 {}\r\n", self.name),
                "NOOP" | "RSET" => "250 2.0.0 ok\r\n".to_owned(),
                "STARTTLS" if !secure => match self.posture.starttls {
                    StartTls::Offered => {
                        stream.write_all(b"220 2.0.0 go ahead\r\n").await?;
                        // What the client sent behind the command is thrown away with `pending` (RFC 3207 §4.2).
                        return Ok(End::StartTls);
                    }
                    StartTls::Answered(reply) => format!("{reply}\r\n"),
                    StartTls::Missing | StartTls::Stripped => unknown(),
                },
                _ => unknown(),
            };
            stream.write_all(reply.as_bytes()).await?;
        }
        Ok(End::Closed)
    }

    /// The answer to EHLO (RFC 5321 §4.1.1.1).
    fn capabilities(&self, secure: bool) -> String {
        let mut lines = vec![format!("{} greets you", self.name)];
        lines.extend(
            self.posture
                .keywords
                .iter()
                .map(|keyword| (*keyword).to_owned()),
        );
        match (secure, self.posture.starttls) {
            (false, StartTls::Offered | StartTls::Answered(_)) => lines.push("STARTTLS".to_owned()),
            (false, StartTls::Stripped) => lines.push("XXXXXXXA".to_owned()),
            (false, StartTls::Missing) => {}
            (true, _) => {
                lines.extend(
                    self.posture
                        .keywords_tls
                        .iter()
                        .map(|keyword| (*keyword).to_owned()),
                );
            }
        }
        let last = lines.pop().unwrap_or_default();
        let above = lines.iter().map(|line| format!("250-{line}\r\n"));
        above
            .chain([format!("250 {last}\r\n")])
            .collect::<Vec<_>>()
            .concat()
    }
}

fn unknown() -> String {
    "502 5.5.1 command not known\r\n".to_owned()
}

/// One line without its end; nothing once the client is gone or sends too long a line.
async fn read_line<S>(stream: &mut S, pending: &mut Vec<u8>) -> io::Result<Option<String>>
where
    S: AsyncRead + Unpin,
{
    loop {
        if let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
        }
        let mut chunk = [0; LINE];
        let length = stream.read(&mut chunk).await?;
        if length == 0 || pending.len() > LINE {
            return Ok(None);
        }
        pending.extend(chunk.iter().take(length));
    }
}
