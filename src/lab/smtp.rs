//! The lab's mail servers: each speaks SMTP (RFC 5321) and STARTTLS (RFC 3207) as its posture says,
//! takes no mail, and notes who tried to leave some.

use super::counts::Books;
use super::tls::legacy::{Legacy, Verdict};
use super::tls::replay::Replay;
use super::tls::{self, Sound, hello};
use rustls::ServerConfig;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
/// What is sent of a certificate message of 16 MB.
const FLOOD: usize = 1 << 24;

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
    /// With these lines at the first visit and with 220 at every further one.
    TextOnce(&'static str),
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
    /// Offers it, replies with this line the first time and goes ahead every further time.
    AnsweredOnce(&'static str),
    /// Goes ahead, and answers inside TLS what came in clear text behind the command (CVE-2011-0411).
    Keeps,
    /// Goes ahead, with this line behind the reply, in clear text.
    Talks(&'static str),
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
    /// TLS 1.3 only.
    Tls13,
    /// TLS 1.2 and 1.3 with these key exchange groups only.
    Groups(&'static [u16]),
    /// TLS 1.2 and 1.3 with tickets that allow so many bytes of early data.
    EarlyData(u32),
    /// What rustls cannot play.
    Legacy(&'static Legacy),
    /// A fatal alert `handshake_failure`.
    Alert,
    /// Text that is no TLS.
    Garbage,
    /// The connection is reset after the client's greeting.
    Reset,
    /// Half a first flight, and then nothing.
    Stalled,
    /// A certificate message of 16 MB.
    Flood,
}

impl Handshake {
    /// How rustls is to be set up for it.
    pub(crate) const fn sound(self) -> Sound {
        const BOTH: &[u16] = &[hello::TLS13, hello::TLS12];
        match self {
            Self::Tls12 => Sound::of(&[hello::TLS12]),
            Self::Tls13 => Sound::of(&[hello::TLS13]),
            Self::Groups(groups) => Sound {
                groups: Some(groups),
                ..Sound::of(BOTH)
            },
            Self::EarlyData(early_data) => Sound {
                early_data,
                ..Sound::of(BOTH)
            },
            Self::Legacy(legacy) => legacy.sound(),
            Self::Modern
            | Self::Alert
            | Self::Garbage
            | Self::Reset
            | Self::Stalled
            | Self::Flood => Sound::of(BOTH),
        }
    }
}

/// How a mail server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posture {
    pub(crate) reach: Reach,
    pub(crate) greeting: Greeting,
    /// The name that it gives itself; empty: its host name.
    pub(crate) name: &'static str,
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
        name: "",
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
    /// Its certificates, for handshakes that rustls has no part in.
    pub(crate) chain: Vec<Vec<u8>>,
    /// Whether what happens but once has happened.
    pub(crate) once: AtomicBool,
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
                let (stream, open) = books.smtp_connection(host.address, stream).await?;
                let ended = timeout(SESSION, host.session(stream, &books)).await;
                drop(open);
                ended?
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
        let mut pending = Vec::new();
        if self
            .converse(&mut stream, false, &mut pending, books)
            .await?
            == End::Closed
        {
            return Ok(());
        }
        if self.posture.starttls != StartTls::Keeps {
            // What the client sent behind the command is thrown away (RFC 3207 §4.2).
            pending.clear();
        }
        match self.posture.handshake {
            Handshake::Modern
            | Handshake::Tls12
            | Handshake::Tls13
            | Handshake::Groups(_)
            | Handshake::EarlyData(_) => self.secure(stream, pending, books).await,
            Handshake::Garbage => stream.write_all(b"250 what was that?\r\n").await,
            Handshake::Legacy(_)
            | Handshake::Alert
            | Handshake::Reset
            | Handshake::Stalled
            | Handshake::Flood => self.answer_by_hand(stream, pending, books).await,
        }
    }

    /// Goes on inside TLS, by rustls.
    async fn secure<S>(&self, stream: S, mut pending: Vec<u8>, books: &Books) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let mut stream = acceptor.accept(stream).await?;
        self.converse(&mut stream, true, &mut pending, books)
            .await?;
        stream.shutdown().await
    }

    /// Reads what the client says first, and answers as the posture wants.
    async fn answer_by_hand(
        &self,
        mut stream: TcpStream,
        pending: Vec<u8>,
        books: &Books,
    ) -> io::Result<()> {
        let greeting = hello::read(&mut stream).await?;
        let flight = match self.posture.handshake {
            Handshake::Legacy(legacy) => match legacy.answer(&greeting.hello, &self.chain) {
                Verdict::Sound => {
                    return self
                        .secure(Replay::new(greeting.raw, stream), pending, books)
                        .await;
                }
                Verdict::Flight(flight) => flight,
                Verdict::Alert(alert) => return stream.write_all(&tls::alert(alert)).await,
                Verdict::Close => return Ok(()),
            },
            Handshake::Reset => return stream.set_zero_linger(),
            Handshake::Stalled => tls::oversized(),
            Handshake::Flood => {
                stream.write_all(&tls::oversized()).await?;
                let part = tls::filler();
                for _ in 0..FLOOD / part.len() {
                    stream.write_all(&part).await?;
                }
                Vec::new()
            }
            Handshake::Modern
            | Handshake::Tls12
            | Handshake::Tls13
            | Handshake::Groups(_)
            | Handshake::EarlyData(_)
            | Handshake::Garbage
            | Handshake::Alert => {
                let alert = tls::alert(tls::HANDSHAKE_FAILURE);
                return stream.write_all(&alert).await;
            }
        };
        stream.write_all(&flight).await?;
        let mut sink = [0; LINE];
        while stream.read(&mut sink).await? > 0 {}
        Ok(())
    }

    /// Whether this is asked for the first time.
    fn first_time(&self) -> bool {
        !self.once.swap(true, Ordering::Relaxed)
    }

    /// The name that the server gives itself.
    const fn own_name(&self) -> &str {
        if self.posture.name.is_empty() {
            self.name.as_str()
        } else {
            self.posture.name
        }
    }

    /// Greets; false where the conversation is over with it.
    async fn greet(&self, stream: &mut TcpStream) -> io::Result<bool> {
        let good = format!("220 {} ESMTP ready\r\n", self.own_name());
        match self.posture.greeting {
            Greeting::Text(text) => {
                stream.write_all(text.as_bytes()).await?;
                // RFC 5321 §3.8: with 421 the server closes by itself.
                return Ok(!text.starts_with("421"));
            }
            Greeting::TextOnce(text) if self.first_time() => {
                stream.write_all(text.as_bytes()).await?;
                return Ok(false);
            }
            Greeting::Good | Greeting::TextOnce(_) => stream.write_all(good.as_bytes()).await?,
            Greeting::Late(milliseconds) => {
                pause(stream, Duration::from_millis(milliseconds)).await?;
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
    async fn converse<S>(
        &self,
        stream: &mut S,
        secure: bool,
        pending: &mut Vec<u8>,
        books: &Books,
    ) -> io::Result<End>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let refuses =
            matches!(self.posture.greeting, Greeting::Text(text) if !text.starts_with("220"));
        while let Some(line) = read_line(stream, pending).await? {
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
                "HELO" => format!("250 {}\r\n", self.own_name()),
                "NOOP" | "RSET" => "250 2.0.0 ok\r\n".to_owned(),
                "STARTTLS" if !secure => match self.starttls() {
                    Ok(go_ahead) => {
                        stream.write_all(go_ahead.as_bytes()).await?;
                        return Ok(End::StartTls);
                    }
                    Err(reply) => reply,
                },
                _ => unknown(),
            };
            stream.write_all(reply.as_bytes()).await?;
        }
        Ok(End::Closed)
    }

    /// The answer to STARTTLS: the go-ahead, or else a refusal.
    fn starttls(&self) -> Result<String, String> {
        let go_ahead = "220 2.0.0 go ahead\r\n";
        match self.posture.starttls {
            StartTls::Talks(more) => Ok(format!("{go_ahead}{more}\r\n")),
            StartTls::AnsweredOnce(reply) if self.first_time() => Err(format!("{reply}\r\n")),
            StartTls::Offered | StartTls::Keeps | StartTls::AnsweredOnce(_) => {
                Ok(go_ahead.to_owned())
            }
            StartTls::Answered(reply) => Err(format!("{reply}\r\n")),
            StartTls::Missing | StartTls::Stripped => Err(unknown()),
        }
    }

    /// The answer to EHLO (RFC 5321 §4.1.1.1).
    fn capabilities(&self, secure: bool) -> String {
        let mut lines = vec![format!("{} greets you", self.own_name())];
        lines.extend(
            self.posture
                .keywords
                .iter()
                .map(|keyword| (*keyword).to_owned()),
        );
        match (secure, self.posture.starttls) {
            (
                false,
                StartTls::Offered
                | StartTls::Answered(_)
                | StartTls::AnsweredOnce(_)
                | StartTls::Keeps
                | StartTls::Talks(_),
            ) => lines.push("STARTTLS".to_owned()),
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

/// Waits so long, but not for a client that is gone.
async fn pause(stream: &TcpStream, duration: Duration) -> io::Result<()> {
    let gone = async {
        match stream.peek(&mut [0]).await {
            Ok(0) | Err(_) => {}
            // Who talks before the greeting has not left.
            Ok(_) => pending().await,
        }
    };
    tokio::select! {
        () = sleep(duration) => Ok(()),
        () = gone => Err(io::ErrorKind::ConnectionAborted.into()),
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
