//! The same over connections: a server on loopback that plays a script.

use super::*;
use crate::facts::observed::Proof;
use crate::net::dial::Dial;
use crate::net::pace::Pace;
use crate::net::smtp::SmtpConfig;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 25));

/// What the server says at each step; to the hello of a version it has an answer of its own.
#[derive(Clone, Copy)]
struct Script {
    banner: &'static str,
    ehlo: &'static str,
    starttls: &'static str,
    answer: fn(u8) -> Vec<u8>,
}

const SOUND: Script = Script {
    banner: "220 mx.example.org\r\n",
    ehlo: "250-mx.example.org\r\n250 STARTTLS\r\n",
    starttls: "220 go ahead\r\n",
    answer: choose,
};

/// TLS 1.0 for whoever takes it.
fn choose(minor: u8) -> Vec<u8> {
    if minor < 1 {
        return vec![21, 3, 0, 0, 2, 2, 70];
    }
    let mut hello = vec![2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0x00, 0x2f, 0]);
    hello.extend([14, 0, 0, 0]);
    let mut record = vec![22, 3, 1, 0, u8::try_from(hello.len()).unwrap()];
    record.extend(hello);
    record
}

async fn play(stream: TcpStream, script: Script, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(script.banner.as_bytes()).await.ok()?;
    while !converse(&mut stream, script, heard).await? {}
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.ok()?;
    let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut hello).await.ok()?;
    stream.write_all(&(script.answer)(hello[5])).await.ok()?;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.ok()?;
    if rest == [21, 3, 1, 0, 2, 1, 90, 21, 3, 1, 0, 2, 1, 0] {
        heard.lock().unwrap().push("farewell".to_owned());
    }
    Some(())
}

/// Answers one command; says whether TLS follows.
async fn converse(
    stream: &mut BufReader<TcpStream>,
    script: Script,
    heard: &Mutex<Vec<String>>,
) -> Option<bool> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let verb = line.trim_end().split(' ').next()?.to_owned();
    heard.lock().unwrap().push(verb.clone());
    let reply = match verb.as_str() {
        "EHLO" => script.ehlo,
        "STARTTLS" => script.starttls,
        "QUIT" => "221 bye\r\n",
        _ => return None,
    };
    stream.write_all(reply.as_bytes()).await.ok()?;
    (verb != "QUIT").then_some(verb == "STARTTLS" && reply.starts_with("220"))
}

/// The offers of a server with this script, and what it heard.
async fn offers_of(script: Script, first: &Observed<Tls>) -> (Offers, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let noted = Arc::clone(&noted);
            tokio::spawn(async move { play(stream, script, &noted).await });
        }
    });
    let table = BTreeMap::from([(SocketAddr::new(IP, 25), socket)]);
    let smtp = Smtp::new(SmtpConfig {
        greeting_timeout: Duration::from_secs(5),
        command_timeout: Duration::from_secs(1),
        connect_timeout: Duration::from_secs(5),
        ..SmtpConfig::new(
            "probe.example.net",
            Dial::confined(table),
            Arc::new(Pace::new(Duration::ZERO)),
        )
    });
    let found = offers(&smtp, IP, "mx.example.org", first, Probe::Standard, 4).await;
    assert_eq!(smtp.connections(), u64::from(found.connections));
    // The next session waits for the turn of the last, so its end is heard.
    let _ = smtp
        .session(IP, crate::net::smtp::Ask::of("mx.example.org"))
        .await;
    let heard = heard.lock().unwrap().clone();
    (found, heard)
}

#[tokio::test]
async fn an_old_server_is_found_out_in_two_sessions() {
    let first = Observed::absent(Proof::TlsVersion);
    let (found, heard) = offers_of(SOUND, &first).await;
    let accepted: Vec<_> = found.versions.iter().map(|offer| &offer.accepted).collect();
    assert!(accepted[..3].iter().all(|observed| observed.is_absent()));
    let choice = accepted[3].value().unwrap();
    assert_eq!(choice.suite.name, "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(
        (choice.group.name.as_str(), choice.signature_scheme.as_str()),
        ("", "")
    );
    assert!(matches!(
        accepted[4],
        Observed::Absent {
            proof: Proof::TlsVersion,
            ..
        }
    ));
    assert_eq!(found.connections, 2);
    let one = ["EHLO", "STARTTLS", "farewell"];
    assert_eq!(heard[..5], [&one[..], &one[..2]].concat());
}

#[tokio::test]
async fn a_session_that_does_not_come_to_tls_settles_nothing_and_ends_with_quit() {
    for (script, cause) in [
        (
            Script {
                banner: "421 too many connections\r\n",
                ..SOUND
            },
            Cause::SmtpTransient,
        ),
        (
            Script {
                banner: "554 not you\r\n",
                ..SOUND
            },
            Cause::SmtpPermanent,
        ),
        (
            Script {
                ehlo: "250 mx.example.org\r\n",
                ..SOUND
            },
            Cause::SmtpProtocol,
        ),
        (
            Script {
                starttls: "454 not now\r\n",
                ..SOUND
            },
            Cause::SmtpTransient,
        ),
        (
            Script {
                answer: |_| Vec::new(),
                ..SOUND
            },
            Cause::Timeout,
        ),
    ] {
        let first = Observed::absent(Proof::TlsVersion);
        let (found, heard) = offers_of(script, &first).await;
        for offer in &found.versions[2..] {
            let Observed::Unknown { cause: found, .. } = offer.accepted else {
                panic!("{offer:?}");
            };
            assert_eq!(found, cause);
        }
        let quits = heard.iter().any(|verb| verb == "QUIT");
        assert_eq!(quits, cause != Cause::Timeout, "{heard:?}");
    }
}
