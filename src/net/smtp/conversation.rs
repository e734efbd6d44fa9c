//! Commands and replies over one stream, each in bounded time.

use super::super::pace::Turn;
use super::super::tcp::Failure;
use super::reply::{self, Reader};
use crate::facts::observed::Cause;
use crate::facts::smtp::{Ehlo, Reply};
use futures_util::FutureExt as _;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// How long QUIT may take to be sent, and how long its answer is waited for in the background.
const FAREWELL: Duration = Duration::from_secs(2);

/// One SMTP dialogue over a stream.
#[derive(Debug)]
pub(super) struct Conversation<S> {
    stream: S,
    reader: Reader,
    /// How long one command and its reply may take.
    patience: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Conversation<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            reader: Reader::default(),
            patience,
        }
    }

    /// Waits for a whole reply; `what` names it in the words of a failure.
    pub(super) async fn reply(&mut self, within: Duration, what: &str) -> Result<Reply, Failure> {
        if let Ok(done) = timeout(within, self.read(what)).await {
            return done;
        }
        let seconds = within.as_secs_f32();
        let heard = self.reader.heard();
        let detail = format!("{what} did not end within {seconds} s; {heard}");
        Err(Failure::unknown(Cause::Timeout, detail))
    }

    async fn read(&mut self, what: &str) -> Result<Reply, Failure> {
        let mut portion = [0; 2048];
        loop {
            if let Some(reply) = self.reader.next()? {
                return Ok(reply);
            }
            let read = self.stream.read(&mut portion).await;
            let length = read.map_err(|error| self.ended(&error.to_string(), &error, what))?;
            if length == 0 {
                let closed = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                return Err(self.ended("the server closed the connection", &closed, what));
            }
            self.reader.feed(portion.get(..length).unwrap_or_default());
        }
    }

    fn ended(&self, words: &str, error: &std::io::Error, what: &str) -> Failure {
        let cause = match Failure::broken(error, what) {
            Failure::Unknown { cause, .. } => cause,
            Failure::Absent { .. } => Cause::ConnectionClosed,
        };
        let heard = self.reader.heard();
        Failure::unknown(cause, format!("{what}: {words}; {heard}"))
    }

    /// Sends a command and waits for its reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<Reply, Failure> {
        let verb = command.split([' ', '\r']).next().unwrap_or(command);
        let what = format!("the reply to {verb}");
        match timeout(self.patience, self.send(command)).await {
            Ok(Ok(())) => self.reply(self.patience, &what).await,
            Ok(Err(error)) => Err(Failure::broken(&error, verb)),
            Err(_) => {
                let detail = format!("the server did not take {verb}");
                Err(Failure::unknown(Cause::Timeout, detail))
            }
        }
    }

    async fn send(&mut self, command: &str) -> std::io::Result<()> {
        self.stream
            .write_all(format!("{command}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// Asks for the extensions with EHLO, or greets with HELO where EHLO is refused for good (RFC 5321 §3.2).
    pub(super) async fn hello(&mut self, name: &str) -> Result<Ehlo, Failure> {
        let reply = self.command(&format!("EHLO {name}")).await?;
        match reply.code {
            250 => Ok(reply::capabilities(reply, false)),
            500..=599 => {
                let reply = self.command(&format!("HELO {name}")).await?;
                if reply.code == 250 {
                    Ok(reply::capabilities(reply, true))
                } else {
                    Err(refused(&reply, "HELO"))
                }
            }
            _ => Err(refused(&reply, "EHLO")),
        }
    }

    /// What came behind the last reply, though nothing was asked: also what already waits to be read.
    pub(super) fn unasked(&mut self) -> &[u8] {
        let mut portion = [0; 2048];
        if let Some(Ok(length)) = self.stream.read(&mut portion).now_or_never() {
            self.reader.feed(portion.get(..length).unwrap_or_default());
        }
        self.reader.rest()
    }

    /// The bare stream. What was read and not used is lost.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    /// Sends QUIT (RFC 5321 §4.1.1.10) and leaves; the answer is waited for in the background, and the turn ends
    /// with it.
    pub(super) async fn leave(mut self, turn: Turn) {
        let sent = timeout(FAREWELL, self.send("QUIT")).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        tokio::spawn(async move {
            let _ = timeout(FAREWELL, async {
                let _ = self.read("the reply to QUIT").await;
                let _ = self.stream.shutdown().await;
            })
            .await;
            drop(self);
            drop(turn);
        });
    }
}

/// What it means that a server refuses a command, by the first digit of its code (RFC 5321 §4.2.1).
pub(super) fn refused(reply: &Reply, what: &str) -> Failure {
    let cause = match reply.code {
        400..=499 => Cause::SmtpTransient,
        500..=599 => Cause::SmtpPermanent,
        _ => Cause::SmtpProtocol,
    };
    Failure::unknown(cause, format!("{what}: {}", reply::said(reply)))
}
