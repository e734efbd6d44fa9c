//! A connection as lines and blocks: read in bounded size and time, replies gathered until something is waited for.

use super::super::replies::Reply;
use bytes::BytesMut;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// How much more of an over-long command line is read to find its end.
const OVERFLOW: usize = 64 << 10;
/// How much is read of a client that is told to go, so that it gets to see why.
const FAREWELL: usize = 1 << 20;
/// How long that may take.
const FAREWELL_TIME: Duration = Duration::from_secs(2);

/// One side of a connection.
pub(super) struct Wire<S> {
    stream: S,
    came: BytesMut,
    going: Vec<u8>,
    /// When the session has to be over.
    end: Instant,
    patience: Duration,
    stop: watch::Receiver<bool>,
}

/// How long something may take, and what may cut it short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    pub(super) deadline: Instant,
    /// Whether the end of the server is waited for, too.
    pub(super) stops: bool,
}

/// A command line.
#[derive(Debug)]
pub(super) enum Line {
    /// Without its CRLF.
    Whole(Vec<u8>),
    /// It is too long; all of it was read.
    Long,
    /// LF without CR ends it.
    Bare,
    /// None comes any more.
    Over(Over),
}

/// Why nothing comes any more.
#[derive(Debug)]
pub(super) enum Over {
    /// The client closed its side, or sends a line that does not end.
    Gone,
    /// The time is over.
    Slow,
    /// The server ends.
    Stopped,
    /// The connection broke.
    Broken(io::Error),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(
        stream: S,
        end: Instant,
        patience: Duration,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            stream,
            came: BytesMut::new(),
            going: Vec::new(),
            end,
            patience,
            stop,
        }
    }

    /// Reads a line of at most so many bytes.
    pub(super) async fn line(&mut self, longest: usize, until: Until) -> Line {
        let mut skipped = 0_usize;
        loop {
            if let Some(at) = self.came.iter().position(|byte| *byte == b'\n') {
                let line = self.came.split_to(at + 1);
                let line = match line.strip_suffix(b"\r\n") {
                    _ if skipped > 0 || line.len() > longest => Line::Long,
                    Some(line) => Line::Whole(line.to_vec()),
                    None => Line::Bare,
                };
                return line;
            }
            if self.came.len() > longest {
                skipped = skipped.saturating_add(self.came.len());
                self.came.clear();
            }
            if skipped > OVERFLOW {
                return Line::Over(Over::Gone);
            }
            if let Err(over) = self.more(until).await {
                return Line::Over(over);
            }
        }
    }

    /// Waits until something more came. Whatever was said before is sent first.
    pub(super) async fn more(&mut self, until: Until) -> Result<(), Over> {
        self.flush().await.map_err(Over::Broken)?;
        self.came.reserve(8192);
        let deadline = until.deadline.min(self.end);
        let stop = &mut self.stop;
        let read = async {
            tokio::select! {
                biased;
                () = stopped(stop), if until.stops => Err(Over::Stopped),
                read = self.stream.read_buf(&mut self.came) => read.map_err(Over::Broken),
            }
        };
        match timeout_at(deadline, read).await {
            Err(_) => Err(Over::Slow),
            Ok(Ok(0)) => Err(Over::Gone),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(over)) => Err(over),
        }
    }

    /// What came and was not read yet.
    pub(super) fn came(&self) -> &[u8] {
        &self.came
    }

    /// So many bytes of what came are read.
    pub(super) fn consume(&mut self, count: usize) {
        drop(self.came.split_to(count.min(self.came.len())));
    }

    /// Says something, once the next thing is waited for.
    pub(super) fn say(&mut self, reply: &Reply) {
        self.going.extend(reply.wire().as_bytes());
    }

    /// Sends what was said.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if self.going.is_empty() {
            return Ok(());
        }
        let going = std::mem::take(&mut self.going);
        let send = async {
            self.stream.write_all(&going).await?;
            self.stream.flush().await
        };
        let done = timeout(self.patience, send).await;
        done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Closes the server's side, and reads on for a moment: to close with bytes unread would take the last reply
    /// from the client (RFC 1122 §4.2.2.13).
    pub(super) async fn close(mut self) {
        let farewell = async {
            if self.flush().await.is_err() || self.stream.shutdown().await.is_err() {
                return;
            }
            let mut rest = [0; 8192];
            let mut count = 0;
            while let Ok(more @ 1..) = self.stream.read(&mut rest).await {
                count += more;
                if count > FAREWELL {
                    return;
                }
            }
        };
        let _ = timeout(FAREWELL_TIME, farewell).await;
    }

    /// The stream alone. What came and was not read is thrown away (RFC 3207 §4.2, CVE-2011-0411).
    pub(super) async fn into_stream(mut self) -> io::Result<S> {
        self.flush().await?;
        Ok(self.stream)
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Whoever could stop the server is gone, and so will the runtime be.
        std::future::pending::<()>().await;
    }
}
