//! Sessions in memory: what goes over the wire, and what is left behind.

mod secrecy;

use super::super::address::Addresses;
use super::super::event::Event;
use super::super::{Limits, Peers, Service, Site, Spool, tls};
use super::Visit;
use crate::facts::observed::Observed;
use crate::facts::outbound::enforcement::{Attempt, AttemptEnd, Posture};
use crate::facts::timestamp::Timestamp;
use crate::net::clock::Clock;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The local part of the one test address.
pub(in super::super) const TOKEN: &str = "abcdefghijklmnopqrstuvwx";

/// A service that spools into this folder.
pub(in super::super) fn service(folder: &TempDir, limits: Limits) -> Arc<Service> {
    Arc::new(Service {
        limits,
        addresses: Addresses::read(TOKEN),
        spool: Spool::open(folder.path(), 1 << 20).unwrap(),
        greylist: None,
        contact: None,
        peers: Peers::default(),
        clock: Clock::Fixed(Timestamp::from_unix(1_796_000_000)),
    })
}

/// A probe with or without TLS.
pub(in super::super) fn site(tls: bool) -> Site {
    Site {
        posture: Some(Posture::Good),
        tls: tls.then(|| tls::self_signed("mx.probe.example").unwrap()),
        host: "mx.probe.example".to_owned(),
        domain: "probe.example".to_owned(),
    }
}

fn quick() -> Limits {
    Limits {
        greeting_pause: Duration::from_millis(5),
        ..Limits::default()
    }
}

/// A server that serves one client.
struct Run {
    folder: TempDir,
    events: mpsc::Receiver<Event>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Run {
    fn start(limits: Limits, site: Site) -> (Self, Client<DuplexStream>) {
        let folder = TempDir::new().unwrap();
        let (near, far) = duplex(1 << 16);
        let (sender, events) = mpsc::channel(16);
        let (stop, stopped) = watch::channel(false);
        let visit = Visit {
            service: service(&folder, limits),
            site: Arc::new(site),
            client: "192.0.2.1".parse().unwrap(),
            events: sender,
            stop: stopped,
        };
        let serving = tokio::spawn(visit.serve(far));
        let run = Self {
            folder,
            events,
            stop,
            serving,
        };
        (run, Client { stream: near })
    }

    /// What happened, once the client has gone.
    async fn end<T>(mut self, client: T) -> (Vec<String>, Attempt) {
        drop(client);
        self.serving.await.unwrap();
        let (mut messages, mut attempt) = (Vec::new(), None);
        while let Some(event) = self.events.recv().await {
            match event {
                Event::Accepted(accepted) => {
                    messages.push(String::from_utf8(accepted.delivered.raw).unwrap());
                }
                Event::Attempted { attempt: this, .. } => {
                    assert!(attempt.is_none(), "two attempts of one connection");
                    attempt = Some(*this);
                }
            }
        }
        assert_eq!(spooled(&self.folder), messages.len());
        (messages, attempt.unwrap())
    }
}

fn spooled(folder: &TempDir) -> usize {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    entries
        .filter(|entry| entry.as_ref().unwrap().file_name() != "lock")
        .count()
}

struct Client<S> {
    stream: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Everything up to the end of the next reply.
    async fn hear(&mut self) -> String {
        let mut text = Vec::new();
        loop {
            let mut byte = [0];
            if self.stream.read(&mut byte).await.unwrap_or(0) == 0 {
                break;
            }
            text.push(byte[0]);
            let last = text.split(|byte| *byte == b'\n').rev().nth(1);
            if text.ends_with(b"\r\n") && last.is_some_and(|line| line.get(3) == Some(&b' ')) {
                break;
            }
        }
        String::from_utf8(text).unwrap()
    }

    async fn send(&mut self, text: &str) {
        let text = text.replace("TOKEN", TOKEN);
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Each text is sent, and what begins so is heard.
    async fn hold(&mut self, steps: &[(&str, &str)]) {
        for (text, expected) in steps {
            self.send(text).await;
            let heard = self.hear().await;
            let fits = if expected.is_empty() {
                heard.is_empty()
            } else {
                heard.starts_with(expected)
            };
            assert!(fits, "{text:?} was answered {heard:?}, not {expected:?}");
        }
    }
}

const TO_DATA: [(&str, &str); 5] = [
    ("", "220 mx.probe.example ESMTP"),
    ("EHLO a.example\r\n", "250"),
    ("MAIL FROM:<s@a.example>\r\n", "250"),
    ("RCPT TO:<TOKEN@probe.example>\r\n", "250"),
    ("DATA\r\n", "354"),
];

#[tokio::test]
async fn a_message_is_taken_and_told_of() {
    let (mut run, mut client) = Run::start(quick(), site(false));
    client.hold(&TO_DATA).await;
    client
        .hold(&[
            ("Subject: x\r\n\r\n..b\r\n.\r\n", "250 2.6.0 Kept as "),
            ("QUIT\r\n", "221"),
        ])
        .await;
    let Some(Event::Accepted(accepted)) = run.events.recv().await else {
        panic!("no message");
    };
    assert_eq!(accepted.address, format!("{TOKEN}@probe.example"));
    assert_eq!(accepted.posture, Some(Posture::Good));
    let delivered = accepted.delivered;
    assert_eq!(delivered.raw, b"Subject: x\r\n\r\n.b\r\n");
    assert_eq!(
        delivered.mail_from,
        Observed::present("s@a.example".to_owned())
    );
    let connection = delivered.connection;
    assert_eq!(connection.ehlo, Observed::present("a.example".to_owned()));
    assert_eq!(connection.esmtp, Observed::present(true));
    assert!(connection.tls.is_absent() && connection.retried.is_absent());
    drop(client);
    let Some(Event::Attempted {
        attempt, posture, ..
    }) = run.events.recv().await
    else {
        panic!("no attempt");
    };
    assert_eq!(
        (attempt.end, posture),
        (AttemptEnd::Delivered, Posture::Good)
    );
    assert!(run.events.recv().await.is_none());
}

#[tokio::test]
async fn a_group_of_commands_is_answered_one_by_one() {
    let (run, mut client) = Run::start(quick(), site(false));
    client.hold(&TO_DATA[..2]).await;
    client.send("MAIL FROM:<>\r\nRCPT TO:<x@probe.example>\r\nRCPT TO:<TOKEN@probe.example>\r\nDATA\r\n").await;
    for code in ["250", "550 5.1.1", "250", "354"] {
        assert!(client.hear().await.starts_with(code));
    }
    // What comes behind the message may wait there already.
    client.send("a\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n").await;
    for code in ["250 2.6.0", "250", "221", ""] {
        assert!(client.hear().await.starts_with(code));
    }
    assert_eq!(run.end(client).await.0, ["a\r\n"]);
}

#[tokio::test]
async fn messages_that_others_may_cut_elsewhere_are_refused_and_nothing_is_kept() {
    let smuggled =
        "MAIL FROM:<admin@a.example>\r\nRCPT TO:<TOKEN@probe.example>\r\nDATA\r\nb\r\n.\r\n";
    for ending in [
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\r",
        "\r\r\n.\r\n",
        "\r\n.\r\r\n",
        "\n\n.\r\n",
    ] {
        let (run, mut client) = Run::start(quick(), site(false));
        client.hold(&TO_DATA).await;
        client
            .send(&format!("Subject: x\r\n\r\na{ending}{smuggled}"))
            .await;
        let heard = client.hear().await;
        assert!(
            heard.starts_with("554 5.5.2"),
            "{ending:?} was answered {heard:?}"
        );
        assert_eq!(
            client.hear().await,
            "",
            "{ending:?}: the connection is closed"
        );
        let (messages, attempt) = run.end(client).await;
        assert_eq!((messages.len(), attempt.end), (0, AttemptEnd::LeftLater));
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_nothing_is_kept() {
    let limits = Limits {
        message: 1000,
        text_line: 100,
        ..quick()
    };
    let line = format!("{}\r\n", "x".repeat(100));
    let large = format!("{}.\r\n", line.repeat(10));
    let long = format!("x{line}.\r\n");
    let (run, mut client) = Run::start(limits, site(false));
    client.hold(&TO_DATA).await;
    let again = [TO_DATA[2], TO_DATA[3], TO_DATA[4]];
    client.hold(&[(&large, "552 5.3.4")]).await;
    client.hold(&again).await;
    client.hold(&[(&long, "500 5.5.2")]).await;
    client
        .hold(&[("MAIL FROM:<> SIZE=1001\r\n", "552 5.3.4")])
        .await;
    client.hold(&again).await;
    client.hold(&[(&format!("{line}.\r\n"), "250")]).await;
    let command = format!("NOOP {}\r\n", "x".repeat(5000));
    client
        .hold(&[
            (&command, "500 5.5.2"),
            ("NOOP\r\n", "250"),
            ("NOOP\n", "554 5.5.2"),
            ("", ""),
        ])
        .await;
    assert_eq!(run.end(client).await.0.len(), 1);
    let (run, mut client) = Run::start(limits, site(false));
    client.hold(&TO_DATA).await;
    // Who does not end at all hears of it once it is clear that there is no end.
    let _ = client
        .stream
        .write_all("x\r\n".repeat(30_000).as_bytes())
        .await;
    assert!(client.hear().await.starts_with("552 5.3.4"));
    drop(client);
    run.serving.await.unwrap();
    assert_eq!(spooled(&run.folder), 0);
}

#[tokio::test]
async fn who_talks_too_early_is_sent_away() {
    let (run, mut client) = Run::start(
        Limits {
            greeting_pause: Duration::from_secs(5),
            ..quick()
        },
        site(true),
    );
    client
        .hold(&[("EHLO a.example\r\n", "554 5.5.1"), ("", "")])
        .await;
    assert_eq!(run.end(client).await.1.end, AttemptEnd::LeftLater);
    for group in [
        "EHLO a.example\r\nMAIL FROM:<>\r\n",
        "DATA\r\nSubject: x\r\n",
    ] {
        let (run, mut client) = Run::start(quick(), site(true));
        client
            .hold(&[("", "220"), (group, "554 5.5.1"), ("", "")])
            .await;
        run.end(client).await;
    }
}

#[tokio::test]
async fn who_is_too_slow_is_sent_away() {
    let short = Duration::from_millis(60);
    for (limits, steps) in [
        (
            Limits {
                command_time: short,
                ..quick()
            },
            2,
        ),
        (
            Limits {
                session_time: short,
                ..quick()
            },
            2,
        ),
        (
            Limits {
                command_time: short,
                ..quick()
            },
            5,
        ),
        (
            Limits {
                message_time: short,
                ..quick()
            },
            5,
        ),
    ] {
        let (run, mut client) = Run::start(limits, site(false));
        client.hold(&TO_DATA[..steps]).await;
        // A byte now and then is no way to stay, except in a message, where time for the whole is another limit.
        let drips = limits.command_time != short || steps == 2;
        for _ in 0..if drips { 40 } else { 0 } {
            let _ = client.stream.write_all(b"x").await;
            sleep(Duration::from_millis(5)).await;
        }
        assert!(client.hear().await.starts_with("421 4.4.2"), "{limits:?}");
        assert_eq!(run.end(client).await.0.len(), 0);
    }
}

#[tokio::test]
async fn a_server_that_ends_says_so_between_commands() {
    let (run, mut client) = Run::start(quick(), site(false));
    client.hold(&TO_DATA).await;
    run.stop.send(true).unwrap();
    client
        .hold(&[("a\r\n.\r\n", "250 2.6.0"), ("", "421 4.3.2"), ("", "")])
        .await;
    assert_eq!(run.end(client).await.0.len(), 1);
}

#[tokio::test]
async fn without_room_a_message_is_put_off_and_the_session_goes_on() {
    let (run, mut client) = Run::start(quick(), site(false));
    client.hold(&TO_DATA[..2]).await;
    client
        .hold(&[("MAIL FROM:<> SIZE=2000000\r\n", "452 4.3.1")])
        .await;
    client.hold(&TO_DATA[2..]).await;
    let large = format!("{}.\r\n", format!("{}\r\n", "x".repeat(998)).repeat(1100));
    client.hold(&[(&large, "452 4.3.1")]).await;
    client.hold(&TO_DATA[2..]).await;
    client.hold(&[("a\r\n.\r\n", "250 2.6.0")]).await;
    assert_eq!(run.end(client).await.0.len(), 1);
}

#[tokio::test]
async fn an_end_that_the_server_caused_says_nothing_of_the_client() {
    let short = Duration::from_millis(40);
    let hurry = Limits {
        command_time: short,
        ..quick()
    };
    let strict = Limits {
        errors: 0,
        ..quick()
    };
    for (limits, more) in [
        (quick(), None),
        (hurry, Some(("", "421 4.4.2"))),
        (strict, Some(("X\r\n", "421 4.7.0"))),
        (quick(), Some(("NOOP\n", "554 5.5.2"))),
        (quick(), Some(("MAIL FROM:<> SIZE=99999999\r\n", "552"))),
        (quick(), Some(("MAIL FROM:<> SIZE=2000000\r\n", "452"))),
    ] {
        let (run, mut client) = Run::start(limits, site(true));
        client.hold(&TO_DATA[..2]).await;
        let step = more.unwrap_or_else(|| {
            run.stop.send(true).unwrap();
            ("", "421 4.3.2")
        });
        client.hold(&[step]).await;
        let end = run.end(client).await.1.end;
        assert_eq!(end, AttemptEnd::LeftLater, "{step:?}");
    }
}
