//! Requests to web servers that behave well, badly and without end.

use super::super::tls::test_server::{acceptor, certified};
use super::*;
use rustls::version::TLS13;
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 80));
const DEAD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 81));
const HOST: &str = "mta-sts.example.org";
const PATH: &str = "/.well-known/mta-sts.txt";

/// A client, and a server that gives the same bytes to every request; without end where there is a tail.
async fn client(answer: Vec<u8>, tail: &'static [u8]) -> Https {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let tls = acceptor(certified(HOST), &[&TLS13]);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, answer) = (tls.clone(), answer.clone());
            tokio::spawn(async move {
                let mut stream = tls.accept(stream).await.ok()?;
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.ok()?;
                let text = String::from_utf8_lossy(&request[..length]).into_owned();
                assert!(text.starts_with(&format!("GET {PATH} HTTP/1.1\r\nhost: {HOST}\r\n")));
                stream.write_all(&answer).await.ok()?;
                while !tail.is_empty() {
                    stream.write_all(tail).await.ok()?;
                }
                stream.shutdown().await.ok()
            });
        }
    });
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let table = BTreeMap::from([
        (SocketAddr::new(IP, 443), socket),
        (SocketAddr::new(DEAD, 443), gone.local_addr().unwrap()),
    ]);
    let mut config = HttpsConfig::new(Dial::confined(table));
    config.request_timeout = Duration::from_secs(5);
    Https::new(config)
}

async fn get(answer: &[u8]) -> Observed<Fetched> {
    let client = client(answer.to_vec(), b"").await;
    client.get(HOST, PATH, &[IP]).await
}

fn cause(observed: &Observed<Fetched>) -> Cause {
    let Observed::Unknown { cause, .. } = observed else {
        panic!("{observed:?}")
    };
    *cause
}

#[tokio::test]
async fn a_policy_is_fetched_with_its_type_and_certificate() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nmode:";
    let fetched = get(answer).await;
    let fetched = fetched.value().unwrap();
    assert_eq!(fetched.answer.status, 200);
    assert_eq!(fetched.answer.content_type, "text/plain; charset=utf-8");
    assert_eq!(fetched.answer.body, b"mode:");
    assert_eq!(fetched.handshake.sni, HOST);
    assert_eq!(fetched.handshake.chain.len(), 1);
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirection_is_followed() {
    for (line, status, location) in [
        (
            "302 Found\r\nLocation: https://example.org/",
            302,
            "https://example.org/",
        ),
        ("404 Not Found", 404, ""),
        ("503 Service Unavailable", 503, ""),
    ] {
        let answer = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
        let fetched = get(answer.as_bytes()).await;
        let fetched = fetched.value().unwrap();
        assert_eq!(
            (fetched.answer.status, fetched.answer.location.as_str()),
            (status, location)
        );
    }
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_policy() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nversion";
    assert_eq!(cause(&get(answer).await), Cause::ConnectionClosed);
}

#[tokio::test]
async fn a_body_without_end_reaches_the_limit() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let endless = client(chunked, b"4\r\nmore\r\n").await;
    assert_eq!(
        cause(&endless.get(HOST, PATH, &[IP]).await),
        Cause::LimitReached
    );
    let plain = client(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), &[b'x'; 1000]).await;
    assert_eq!(
        cause(&plain.get(HOST, PATH, &[IP]).await),
        Cause::LimitReached
    );
}

#[tokio::test]
async fn headers_without_end_are_no_answer() {
    let client = client(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: and more\r\n").await;
    assert_eq!(
        cause(&client.get(HOST, PATH, &[IP]).await),
        Cause::HttpProtocol
    );
}

#[tokio::test]
async fn what_is_no_http_is_a_protocol_failure_and_the_end_is_closed() {
    assert_eq!(
        cause(&get(b"220 mx ESMTP\r\n\r\n").await),
        Cause::HttpProtocol
    );
    assert_eq!(cause(&get(b"").await), Cause::ConnectionClosed);
}

#[tokio::test]
async fn a_server_that_keeps_silent_ends_at_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let table = BTreeMap::from([(SocketAddr::new(IP, 443), listener.local_addr().unwrap())]);
    let mut config = HttpsConfig::new(Dial::confined(table));
    config.request_timeout = Duration::from_millis(100);
    let seen = Https::new(config).get(HOST, PATH, &[IP]).await;
    assert_eq!(cause(&seen), Cause::Timeout);
}

#[tokio::test]
async fn an_address_that_takes_no_connection_gives_way_to_the_next() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let client = client(answer, b"").await;
    let outside = IpAddr::from([192, 0, 2, 99]);
    let fetched = client.get(HOST, PATH, &[outside, IP]).await;
    assert_eq!(fetched.value().unwrap().answer.status, 200);
    let fetched = client.get(HOST, PATH, &[DEAD, IP]).await;
    assert_eq!(fetched.value().unwrap().answer.status, 200);
    assert_eq!(
        cause(&client.get(HOST, PATH, &[outside, DEAD]).await),
        Cause::ConnectionTimeout
    );
    assert_eq!(cause(&client.get(HOST, PATH, &[]).await), Cause::Unresolved);
}

#[tokio::test]
async fn no_request_is_made_of_a_server_that_is_not_accepted() {
    let client = client(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), b"").await;
    let seen = client.get_if(HOST, PATH, &[IP], |_| false).await;
    let seen = seen.value().unwrap();
    assert_eq!((seen.answer.status, seen.handshake.chain.len()), (0, 1));
    assert!(seen.answer.body.is_empty());
}

#[tokio::test]
async fn a_list_is_asked_for_at_port_80_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = listener.local_addr().unwrap();
    let ip = IpAddr::from([192, 0, 2, 80]);
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = [0; 1024];
        let length = stream.read(&mut heard).await.unwrap();
        let asked = String::from_utf8_lossy(&heard[..length]).into_owned();
        assert!(asked.starts_with("GET /a.crl HTTP/1.1\r\n"), "{asked}");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        stream.write_all(answer).await.unwrap();
    });
    let table = BTreeMap::from([(SocketAddr::new(ip, 80), socket)]);
    let https = Https::new(HttpsConfig::new(Dial::confined(table)));
    let seen = https.get_plain("crl.example.org", "/a.crl", &[ip]).await;
    let seen = seen.value().unwrap();
    assert_eq!((seen.status, seen.body.as_slice()), (200, &b"abc"[..]));
}
