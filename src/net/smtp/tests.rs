//! Sessions with servers that play scripts: well-behaved, hostile and old.

use super::super::tls::test_server::{accepting, acceptor, certified};
use super::*;
use crate::facts::tls::TlsVersion;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 25));
const HOST: &str = "mx.example.org";

/// What a server says, and what it was told.
#[derive(Clone)]
struct Script {
    banner: Vec<Vec<u8>>,
    ehlo: Vec<Vec<u8>>,
    helo: &'static [u8],
    starttls: &'static [u8],
    tls: Option<TlsAcceptor>,
    ehlo_tls: &'static [u8],
    pause: Duration,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn new() -> Self {
        Self {
            banner: vec![b"220 mx.example.org ESMTP\r\n".to_vec()],
            ehlo: vec![b"250-mx.example.org\r\n250-SIZE 1000\r\n250 STARTTLS\r\n".to_vec()],
            helo: b"250 mx.example.org\r\n",
            starttls: b"220 go ahead\r\n",
            tls: Some(acceptor(certified(HOST), &[&TLS12, &TLS13])),
            ehlo_tls: b"250-mx.example.org\r\n250 REQUIRETLS\r\n",
            pause: Duration::ZERO,
            heard: Arc::default(),
        }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    async fn play<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, inside: bool) -> Option<S> {
        let mut stream = BufReader::new(stream);
        if !inside {
            self.say(&mut stream, &self.banner).await?;
        }
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_owned();
            self.heard.lock().unwrap().push(line.clone());
            let verb = line.split(' ').next().unwrap();
            self.say(&mut stream, &self.answer(verb, inside)).await?;
            if verb == "STARTTLS" && self.starttls.starts_with(b"220") {
                return Some(stream.into_inner());
            }
            if verb == "QUIT" {
                return None;
            }
        }
    }

    fn answer(&self, verb: &str, inside: bool) -> Vec<Vec<u8>> {
        match verb {
            "EHLO" if inside => vec![self.ehlo_tls.to_vec()],
            "EHLO" => self.ehlo.clone(),
            "HELO" => vec![self.helo.to_vec()],
            "STARTTLS" => vec![self.starttls.to_vec()],
            "QUIT" => vec![b"221 bye\r\n".to_vec()],
            _ => vec![b"500 what?\r\n".to_vec()],
        }
    }

    async fn say<S: AsyncWrite + Unpin>(&self, stream: &mut S, parts: &[Vec<u8>]) -> Option<()> {
        for part in parts {
            stream.write_all(part).await.ok()?;
            stream.flush().await.ok()?;
            tokio::time::sleep(self.pause).await;
        }
        Some(())
    }
}

/// A client whose address leads to a server that plays the script for every connection.
async fn client(script: &Script) -> Smtp {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let script = script.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = script.clone();
            tokio::spawn(async move {
                let stream = script.play(stream, false).await?;
                let stream = script.tls.clone()?.accept(stream).await.ok()?;
                script.play(stream, true).await.map(|_| ())
            });
        }
    });
    let table = BTreeMap::from([(SocketAddr::new(IP, 25), socket)]);
    let pace = Arc::new(Pace::new(Duration::ZERO));
    Smtp::new(SmtpConfig {
        greeting_timeout: Duration::from_secs(5),
        command_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        ..SmtpConfig::new("probe.example.net", Dial::confined(table), pace)
    })
}

async fn session(script: &Script) -> Observed<Dialogue> {
    client(script).await.session(IP, Ask::of(HOST)).await
}

async fn dialogue(script: &Script) -> Dialogue {
    let seen = session(script).await;
    seen.value().cloned().unwrap_or_else(|| panic!("{seen:?}"))
}

fn cause<T: std::fmt::Debug>(observed: &Observed<T>) -> (Cause, &str) {
    let Observed::Unknown { cause, detail } = observed else {
        panic!("{observed:?}")
    };
    (*cause, detail)
}

/// Waits until the server heard the last word.
async fn until_quit(script: &Script) {
    let heard = async {
        while script.heard().last().map(String::as_str) != Some("QUIT") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), heard)
        .await
        .unwrap_or_else(|_| panic!("no QUIT: {:?}", script.heard()));
}

#[tokio::test]
async fn a_whole_session_goes_from_greeting_to_quit_and_sends_no_mail() {
    let script = Script::new();
    let seen = dialogue(&script).await;
    assert_eq!(seen.banner.code, 220);
    assert!(seen.ehlo.offers("STARTTLS") && !seen.ehlo.offers("REQUIRETLS"));
    assert_eq!(seen.starttls.value().unwrap().lines, ["go ahead"]);
    let tls = seen.tls.value().unwrap();
    assert_eq!(
        (tls.version, tls.sni.as_str()),
        (TlsVersion::Tls13, "mx.example.org")
    );
    assert!(seen.ehlo_tls.value().unwrap().offers("REQUIRETLS"));
    until_quit(&script).await;
    assert_eq!(
        script.heard(),
        [
            "EHLO probe.example.net",
            "STARTTLS",
            "EHLO probe.example.net",
            "QUIT"
        ]
    );
}

#[tokio::test]
async fn an_address_outside_the_table_is_not_dialled() {
    let client = client(&Script::new()).await;
    let seen = client
        .session(IpAddr::from([192, 0, 2, 99]), Ask::of(HOST))
        .await;
    assert_eq!(cause(&seen), (Cause::ConnectionTimeout, "not in the lab"));
}

#[tokio::test]
async fn a_closed_port_is_connection_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let table = BTreeMap::from([(SocketAddr::new(IP, 25), listener.local_addr().unwrap())]);
    drop(listener);
    let pace = Arc::new(Pace::new(Duration::ZERO));
    let smtp = Smtp::new(SmtpConfig::new("probe", Dial::confined(table), pace));
    let seen = smtp.session(IP, Ask::of(HOST)).await;
    assert_eq!(cause(&seen).0, Cause::ConnectionRefused);
}

#[tokio::test]
async fn a_greeting_that_turns_us_away_is_unknown_with_its_words() {
    let cases = [
        ("421 4.7.0 try again later\r\n", Cause::SmtpTransient),
        ("450 busy\r\n", Cause::SmtpTransient),
        ("554 5.7.1 your address is listed\r\n", Cause::SmtpPermanent),
        ("250 odd\r\n", Cause::SmtpProtocol),
    ];
    for (banner, expected) in cases {
        let script = Script {
            banner: vec![banner.into()],
            ..Script::new()
        };
        let seen = session(&script).await;
        let (cause, detail) = cause(&seen);
        assert_eq!(cause, expected, "{banner}");
        assert!(detail.contains(banner.trim_end()), "{detail}");
        until_quit(&script).await;
        assert_eq!(script.heard(), ["QUIT"]);
    }
}

#[tokio::test]
async fn what_is_no_smtp_is_a_protocol_failure_and_gets_no_word() {
    let script = Script {
        banner: vec![b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()],
        ..Script::new()
    };
    let seen = session(&script).await;
    assert_eq!(cause(&seen).0, Cause::SmtpProtocol);
    assert!(script.heard().is_empty());
}

#[tokio::test]
async fn a_late_greeting_is_waited_for_in_silence() {
    let script = Script {
        banner: vec![
            b"".to_vec(),
            b"220-mx.exa".to_vec(),
            b"mple.org\r\n220 ".to_vec(),
            b"ready\r\n".to_vec(),
        ],
        pause: Duration::from_millis(30),
        ..Script::new()
    };
    assert_eq!(
        dialogue(&script).await.banner.lines,
        ["mx.example.org", "ready"]
    );
}

#[tokio::test]
async fn replies_in_many_lines_and_packets_with_any_case_are_read() {
    let script = Script {
        ehlo: b"250-mx.example.org Hello\r\n250-pipelining\r\n250-8bitmime\r\n250 StartTls\r\n"
            .chunks(3)
            .map(<[u8]>::to_vec)
            .collect(),
        pause: Duration::from_millis(1),
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    assert!(seen.ehlo.offers("PIPELINING"));
    assert_eq!(seen.ehlo.name, "mx.example.org");
    assert!(seen.tls.value().is_some());
}

#[tokio::test]
async fn a_server_without_ehlo_is_greeted_with_helo_and_has_no_extensions() {
    let script = Script {
        ehlo: vec![b"502 5.5.2 not implemented\r\n".to_vec()],
        helo: b"250-mx.example.org\r\n250 STARTTLS\r\n",
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    assert!(seen.ehlo.helo_only && seen.ehlo.keywords.is_empty());
    assert!(matches!(
        seen.starttls,
        Observed::Absent {
            proof: Proof::NotOffered,
            ..
        }
    ));
    assert!(seen.tls.is_absent() && seen.ehlo_tls.is_absent());
    until_quit(&script).await;
}

#[tokio::test]
async fn a_server_that_refuses_every_greeting_is_unknown() {
    let cases: [(&[u8], &'static [u8], Cause); 3] = [
        (b"550 go away\r\n", b"550 go away\r\n", Cause::SmtpPermanent),
        (b"451 later\r\n", b"250 mx\r\n", Cause::SmtpTransient),
        (b"500 what\r\n", b"421 closing\r\n", Cause::SmtpTransient),
    ];
    for (ehlo, helo, expected) in cases {
        let script = Script {
            ehlo: vec![ehlo.to_vec()],
            helo,
            ..Script::new()
        };
        assert_eq!(cause(&session(&script).await).0, expected);
        until_quit(&script).await;
    }
}

#[tokio::test]
async fn refusing_starttls_for_good_is_absence_and_for_now_is_unknown() {
    let rejected = Script {
        starttls: b"502 5.5.1 disabled\r\n",
        ..Script::new()
    };
    let seen = dialogue(&rejected).await;
    let Observed::Absent { proof, detail } = &seen.starttls else {
        panic!("{:?}", seen.starttls)
    };
    assert_eq!(
        (*proof, detail.as_str()),
        (Proof::Rejected, "502 5.5.1 disabled")
    );
    assert!(seen.tls.is_absent());
    let later = Script {
        starttls: b"454 4.7.0 TLS not available\r\n",
        ..Script::new()
    };
    let seen = dialogue(&later).await;
    assert_eq!(cause(&seen.starttls).0, Cause::SmtpTransient);
    assert_eq!(cause(&seen.tls).0, Cause::SmtpTransient);
    until_quit(&later).await;
}

#[tokio::test]
async fn an_overwritten_keyword_is_noted_as_stripping() {
    let script = Script {
        ehlo: vec![b"250-mx.example.org\r\n250-SIZE\r\n250 XXXXXXXA\r\n".to_vec()],
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    let Observed::Absent { proof, detail } = seen.starttls else {
        panic!("{:?}", seen.starttls)
    };
    assert_eq!(proof, Proof::NotOffered);
    assert!(detail.contains("`XXXXXXXA`"), "{detail}");
}

#[tokio::test]
async fn words_behind_the_go_ahead_never_reach_tls() {
    let script = Script {
        starttls: b"220 go ahead\r\n250-injected\r\n250 STARTTLS\r\n",
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    assert!(seen.starttls.value().is_some());
    let (cause, detail) = cause(&seen.tls);
    assert_eq!(cause, Cause::SmtpProtocol);
    assert!(detail.contains("250-injected"), "{detail}");
    assert!(seen.ehlo_tls.is_unknown());
}

#[tokio::test]
async fn a_server_with_old_versions_only_has_starttls_but_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let script = Script::new();
    let played = script.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = played.play(stream, false).await.unwrap();
        stream.write_all(&[21, 3, 2, 0, 2, 2, 70]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let table = BTreeMap::from([(SocketAddr::new(IP, 25), socket)]);
    let pace = Arc::new(Pace::new(Duration::ZERO));
    let smtp = Smtp::new(SmtpConfig::new("probe", Dial::confined(table), pace));
    let seen = smtp.session(IP, Ask::of(HOST)).await;
    let seen = seen.value().unwrap();
    assert!(seen.starttls.value().is_some());
    assert!(matches!(
        seen.tls,
        Observed::Absent {
            proof: Proof::TlsVersion,
            ..
        }
    ));
}

#[tokio::test]
async fn a_server_that_breaks_off_the_handshake_is_unknown() {
    let script = Script {
        tls: None,
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    assert!(seen.starttls.value().is_some());
    assert_eq!(cause(&seen.tls).0, Cause::ConnectionClosed);
}

#[derive(Debug)]
struct ByName(Arc<CertifiedKey>, Arc<CertifiedKey>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name() == Some(HOST);
        Some(Arc::clone(if named { &self.0 } else { &self.1 }))
    }
}

#[tokio::test]
async fn the_certificate_for_the_sent_name_is_seen() {
    let right = certified(HOST);
    let leaf = right.cert[0].clone();
    let resolver = Arc::new(ByName(right, certified("default.example.net")));
    let script = Script {
        tls: Some(accepting(resolver, &[&TLS13])),
        ..Script::new()
    };
    let seen = dialogue(&script).await;
    assert_eq!(seen.tls.value().unwrap().chain, [leaf]);
}

/// A server that only ever sends, in portions, with a pause behind each.
async fn flooded(portion: &'static [u8], pause: Duration, within: Duration) -> Observed<Dialogue> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while stream.write_all(portion).await.is_ok() {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    });
    let table = BTreeMap::from([(SocketAddr::new(IP, 25), socket)]);
    let pace = Arc::new(Pace::new(Duration::ZERO));
    Smtp::new(SmtpConfig {
        greeting_timeout: within,
        ..SmtpConfig::new("probe", Dial::confined(table), pace)
    })
    .session(IP, Ask::of(HOST))
    .await
}

#[tokio::test]
async fn greetings_without_end_reach_a_limit() {
    for portion in [
        &b"220-and so on, and so on\r\n"[..],
        b"220 no end of line here ",
    ] {
        let seen = flooded(portion, Duration::ZERO, Duration::from_secs(20)).await;
        let (cause, detail) = cause(&seen);
        assert_eq!(cause, Cause::LimitReached, "{detail}");
        assert!(detail.contains("heard `"), "{detail}");
    }
}

#[tokio::test]
async fn a_greeting_byte_by_byte_ends_at_the_time_limit() {
    let seen = flooded(b"2", Duration::from_millis(10), Duration::from_millis(200)).await;
    let (cause, detail) = cause(&seen);
    assert_eq!(cause, Cause::Timeout);
    assert!(detail.contains("heard `2"), "{detail}");
}

#[tokio::test]
async fn a_session_has_a_limit_of_bytes() {
    let script = Script {
        ehlo: vec![
            [b"250-".as_slice(), &[b'A'; 1000], b"\r\n"]
                .concat()
                .repeat(120),
        ],
        ..Script::new()
    };
    let mut client = client(&script).await;
    client.config.session_limit_bytes = 20_000;
    let seen = client.session(IP, Ask::of(HOST)).await;
    assert_eq!(cause(&seen).0, Cause::LimitReached);
}

#[tokio::test]
async fn sessions_with_one_address_follow_each_other_and_are_counted() {
    let script = Script::new();
    let client = client(&script).await;
    let sessions = (0..4).map(|_| client.session(IP, Ask::of(HOST)));
    let seen = futures_util::future::join_all(sessions).await;
    assert!(seen.iter().all(|one| one.value().is_some()));
    assert_eq!(client.config.pace.connections(IP), 4);
    let firsts: Vec<bool> = script
        .heard()
        .chunks(4)
        .map(|part| part[0].starts_with("EHLO") && part[1] == "STARTTLS")
        .collect();
    assert!(firsts.iter().all(|&first| first), "{:?}", script.heard());
}
