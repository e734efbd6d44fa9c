//! A client that does as it is told, and waits for every reply.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(super) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(super) fn connect(socket: SocketAddr) -> Self {
        let stream = TcpStream::connect(socket).unwrap();
        let patience = Some(Duration::from_secs(30));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// One reply; empty where the server closed the connection.
    pub(super) fn hear(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).unwrap_or(0) == 0 {
                return reply;
            }
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
        }
    }

    /// Sends, whether the server still listens or not.
    pub(super) fn send(&mut self, bytes: &[u8]) -> bool {
        let stream = self.stream.get_mut();
        stream
            .write_all(bytes)
            .and_then(|()| stream.flush())
            .is_ok()
    }

    pub(super) fn ask(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.hear()
    }

    pub(super) fn hold(&mut self, line: &str, expected: &str) {
        let heard = self.ask(line);
        assert!(
            heard.starts_with(expected),
            "{line} was answered {heard:?}, not {expected}"
        );
    }

    /// Up to the reply to DATA.
    pub(super) fn announce(&mut self, from: &str, to: &str) {
        self.hold(&format!("MAIL FROM:<{from}>"), "250");
        self.hold(&format!("RCPT TO:<{to}>"), "250");
        self.hold("DATA", "354");
    }

    pub(super) fn greet(&mut self) {
        assert!(self.hear().starts_with("220"));
        self.hold("EHLO client.test", "250");
    }

    /// Whether the server has closed the connection.
    pub(super) fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0) | Err(_))
    }
}
