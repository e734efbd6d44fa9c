//! What a server for strangers has to survive: dialogues over a socket, and swaks.

use super::required;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;
use tempfile::TempDir;

const SWAKS: &str = "/usr/bin/swaks";
const OPENSSL: &str = "/usr/bin/openssl";

/// How far a dialogue is when its own lines begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum From {
    /// Before the greeting.
    Connect,
    /// Behind the greeting.
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client takes its leave.
    Quit,
    /// The server closes the connection.
    Closed,
    /// The client is gone without a word.
    Gone,
}

use End::{Closed, Gone, Quit};

/// A title, where it begins, what is sent with the codes of the replies, how it ends, and how many messages were kept.
type Dialogue = (
    &'static str,
    From,
    &'static [(&'static str, &'static str)],
    End,
    usize,
);

const GOOD: &str = "From: a@b.test\r\nSubject: x\r\n\r\nx\r\n.\r\n";
const FLOOD: &str = "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\n";

/// `{to}` and `{other}` are test addresses; `{large}`, `{long}` and `{line}` are more than the server takes.
#[rustfmt::skip]
const DIALOGUES: &[Dialogue] = &[
    ("talks before the greeting", From::Connect, &[("EHLO c.test\r\n", "554")], Closed, 0),
    ("a browser", From::Greeting, &[("GET / HTTP/1.1\r\nHost: p.test\r\n\r\n", "500 500 500")], Quit, 0),
    ("MAIL before EHLO", From::Greeting, &[("MAIL FROM:<a@b.test>\r\n", "503")], Quit, 0),
    ("STARTTLS before EHLO", From::Greeting, &[("STARTTLS\r\n", "503")], Quit, 0),
    ("HELO is enough", From::Greeting, &[("HELO c.test\r\nMAIL FROM:<>\r\n", "554")], Closed, 0),
    ("EHLO and more at once", From::Greeting, &[("EHLO c.test\r\nMAIL FROM:<a@b.test>\r\n", "554")], Closed, 0),
    ("a command that does not end by CRLF", From::Greeting, &[("NOOP\n", "554")], Closed, 0),
    ("a long command", From::Greeting, &[("NOOP {long}\r\n", "500"), ("NOOP\r\n", "250")], Quit, 0),
    ("control characters", From::Greeting, &[("NO\0OP\r\n", "500"), ("NOOP\r\n", "250")], Quit, 0),
    ("errors without end", From::Ehlo, &[(FLOOD, "500 500 500 500 500 500 500 500 500 500 421")], Closed, 0),
    ("what it does not do", From::Ehlo, &[
        ("AUTH PLAIN AGEAYg==\r\n", "502"), ("BDAT 5 LAST\r\n", "502"), ("EXPN a\r\n", "502"), ("ETRN b.test\r\n", "502"),
        ("XCLIENT ADDR=192.0.2.1\r\n", "502"), ("VRFY a\r\n", "252"), ("STARTTLS now\r\n", "501")], Quit, 0),
    ("out of order", From::Ehlo, &[
        ("RCPT TO:<{to}>\r\n", "503"), ("DATA\r\n", "503"), ("MAIL FROM:<a@b.test>\r\n", "250"),
        ("MAIL FROM:<a@b.test>\r\n", "503"), ("DATA\r\n", "503")], Quit, 0),
    ("parameters of MAIL", From::Ehlo, &[
        ("MAIL FROM:<a@b.test> SIZE=99999999\r\n", "552"), ("MAIL FROM:<a@b.test> SIZE=1 SIZE=1\r\n", "501"),
        ("MAIL FROM:<a@b.test> XFOO=1\r\n", "555"), ("MAIL FROM:<a@b.test> BODY=8BITMIME SIZE=10\r\n", "250")], Quit, 0),
    ("recipients of others", From::Mail, &[
        ("RCPT TO:<nobody@p.test>\r\n", "550"), ("RCPT TO:<a@b.test>\r\n", "550"), ("RCPT TO:<@p.test:a@b.test>\r\n", "550"),
        ("RCPT TO:<a%b.test@p.test>\r\n", "550"), ("RCPT TO:<b.test!a@p.test>\r\n", "550"), ("RCPT TO:<postmaster>\r\n", "550"),
        ("RCPT TO:<>\r\n", "501"), ("RCPT TO:<{to}>\r\n", "250"), ("DATA\r\n", "354"), (GOOD, "250")], Quit, 1),
    ("two recipients", From::Rcpt, &[("RCPT TO:<{other}>\r\n", "452"), ("DATA\r\n", "354"), (GOOD, "250")], Quit, 1),
    ("a proper group", From::Ehlo, &[
        ("MAIL FROM:<a@b.test>\r\nRCPT TO:<{to}>\r\nDATA\r\n", "250 250 354"),
        ("Subject: y\r\n\r\n.\r\nQUIT\r\n", "250 221")], Closed, 1),
    ("DATA and a message at once", From::Rcpt, &[("DATA\r\nSubject: x\r\n\r\n.\r\n", "554")], Closed, 0),
    ("a large message, then a small one", From::Data, &[
        ("{large}.\r\n", "552"), ("MAIL FROM:<a@b.test>\r\n", "250"), ("RCPT TO:<{to}>\r\n", "250"), ("DATA\r\n", "354"),
        (GOOD, "250")], Quit, 1),
    ("a message without end", From::Data, &[("{large}{large}{large}{large}", "552")], Closed, 0),
    ("a long line", From::Data, &[("{line}\r\n.\r\n", "500"), ("NOOP\r\n", "250")], Quit, 0),
    ("smuggling by LF . LF", From::Data, &[("a\n.\nMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("smuggling by LF . CRLF", From::Data, &[("a\n.\r\nMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("smuggling by CRLF . LF", From::Data, &[("a\r\n.\nMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("smuggling by CR . CR", From::Data, &[("a\r.\rMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("smuggling by CRLF . CR", From::Data, &[("a\r\n.\rMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("smuggling by LF CRLF", From::Data, &[("a\n\r\n.\r\nMAIL FROM:<e@vil.test>\r\n", "554")], Closed, 0),
    ("dots and NUL are text", From::Data, &[("Subject: z\r\n\r\n..\r\n...a\r\n\0\r\n.\r\n", "250")], Quit, 1),
    ("no QUIT", From::Data, &[("Subject: w\r\n\r\n.\r\n", "250")], Gone, 1),
    ("gone in the middle", From::Data, &[("Subject: half\r\n\r\nhalf", "")], Gone, 0),
    ("gone between CR and LF of the end", From::Data, &[("Subject: half\r\n\r\n.\r", "")], Gone, 0),
    ("no TLS behind STARTTLS, and a command before it", From::Ehlo, &[("STARTTLS\r\nRSET\r\n", "220"), ("RSET\r\n", "")], Closed, 0),
];

/// Arguments of swaks, its exit code, and how many messages were kept.
#[rustfmt::skip]
const SWAKS_CALLS: &[(&[&str], i32, usize)] = &[
    (&["--to", "{to}"], 0, 1),
    (&["--to", "{to}", "--tls", "--pipeline"], 0, 1),
    (&["--to", "{to}", "--tls", "--tls-protocol", "tlsv1_2"], 0, 1),
    (&["--to", "{to}", "--protocol", "SMTP"], 0, 1),
    (&["--to", "{to}", "--from", "<>"], 0, 1),
    (&["--to", "nobody@p.test"], 24, 0),
    (&["--to", "a@example.org"], 24, 0),
    (&["--to", "{to},{other}"], 0, 1),
    (&["--to", "{to}", "--protocol", "LMTP"], 22, 0),
    (&["--to", "{to}", "--tls-on-connect"], 29, 0),
    (&["--to", "{to}", "--auth", "PLAIN", "--au", "a", "--ap", "b"], 28, 0),
    (&["--to", "{to}", "--xclient", "ADDR=192.0.2.1"], 33, 0),
    (&["--to", "{to}", "--quit-after", "RCPT"], 0, 0),
    (&["--to", "{to}", "--drop-after", "DATA"], 0, 0),
    (&["--to", "{to}", "--drop-after-send", "MAIL"], 0, 0),
    (&["--to", "{to}", "--proxy", "TCP4 192.0.2.1 192.0.2.2 1 2"], 21, 0),
];

/// A running server.
struct Server {
    child: Child,
    folder: TempDir,
    at: SocketAddr,
    tokens: Vec<String>,
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let child = Command::new(env!("CARGO_BIN_EXE_waxseal"))
            .args([
                "receive",
                "--lab",
                "--domain",
                "p.test",
                "--listen",
                "127.0.0.1:0",
            ])
            .args([
                "--addresses",
                "2",
                "--max-size",
                "65536",
                "--output",
                "seen.jsonl",
            ])
            .args(["--spool", "spool"])
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(fs::File::create(&out).unwrap())
            .spawn()
            .unwrap();
        let said = || fs::read_to_string(&out).unwrap();
        for _ in 0..300 {
            if said().contains("Ctrl-C") {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        let said = said();
        let words: Vec<_> = said.split_whitespace().collect();
        let socket = words.iter().find_map(|word| word.parse().ok());
        let tokens = words.iter().filter(|word| word.ends_with("@p.test"));
        Self {
            at: socket.unwrap_or_else(|| panic!("{said}")),
            tokens: tokens.map(|&token| token.to_owned()).collect(),
            child,
            folder,
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{to}", &self.tokens[0])
            .replace("{other}", &self.tokens[1])
            .replace("{large}", &"0123456789abcdef\r\n".repeat(4096))
            .replace("{long}", &"x".repeat(2048))
            .replace("{line}", &"x".repeat(8192))
    }

    /// Ends the server, which is well until then, and gives the messages that it tells of.
    fn end(mut self) -> Vec<Value> {
        let own = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &own]).status();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        let seen = fs::read_to_string(self.folder.path().join("seen.jsonl")).unwrap();
        let documents = seen
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        documents
            .map(|document| document["messages"][0].clone())
            .collect()
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.at).unwrap();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        Client {
            output: Box::new(stream.try_clone().unwrap()),
            input: BufReader::new(Box::new(stream)),
        }
    }

    /// Has a dialogue, and tells where it goes another way.
    fn dialogue(&self, (title, from, lines, end, _): &Dialogue) -> Result<(), String> {
        let mut client = self.connect();
        let beginning = [
            (From::Greeting, "", "220"),
            (From::Ehlo, "EHLO c.test\r\n", "250"),
            (From::Mail, "MAIL FROM:<a@b.test>\r\n", "250"),
            (From::Rcpt, "RCPT TO:<{to}>\r\n", "250"),
            (From::Data, "DATA\r\n", "354"),
        ];
        let beginning = beginning.iter().filter(|(stage, ..)| stage <= from);
        let beginning = beginning.map(|&(_, line, codes)| (line, codes));
        for (line, codes) in beginning.chain(lines.iter().copied()) {
            let heard = client.say(&self.fill(line), codes);
            if heard != codes {
                return Err(format!("{title}: to {line:?} it says {heard}, not {codes}"));
            }
        }
        match end {
            Gone => Ok(()),
            Quit => match client.say("QUIT\r\n", "221").as_str() {
                "221" => Ok(()),
                other => Err(format!("{title}: to QUIT it says {other}")),
            },
            Closed => client
                .is_closed()
                .then_some(())
                .ok_or_else(|| format!("{title}: it is not closed")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only where the test failed it is still there.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says that a program is missing, which is a failure where all are required.
fn is_there(program: &str) -> bool {
    let there = Path::new(program).exists();
    if !there {
        assert!(
            !required(),
            "WAXSEAL_INTEROP=require, but {program} is not there"
        );
        println!("left out: {program} is not there");
    }
    there
}

struct Client {
    input: BufReader<Box<dyn Read + Send>>,
    output: Box<dyn Write + Send>,
}

impl Client {
    /// Sends, and reads as many replies as there are codes.
    fn say(&mut self, text: &str, codes: &str) -> String {
        // The server may have closed the connection before it has taken everything.
        let _ = self.output.write_all(text.as_bytes());
        let replies = codes.split_whitespace().map(|_| self.reply());
        replies.collect::<Vec<_>>().join(" ")
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            if let Err(error) = self.input.read_line(&mut line) {
                return error.to_string();
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.get(..3).unwrap_or("nothing").to_owned();
            }
        }
    }

    /// Whether nothing comes any more but the alert of a handshake.
    fn is_closed(&mut self) -> bool {
        let mut more = Vec::new();
        let read = self.input.read_to_end(&mut more);
        let reset = |error: std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        more.len() < 10 && read.map_or_else(reset, |_| true)
    }
}

#[test]
fn hostile_dialogues_are_answered_and_leave_nothing_behind() {
    let server = Server::start();
    let mut faults = Vec::new();
    for some in DIALOGUES.chunks(8) {
        thread::scope(|scope| {
            let threads = some.iter().map(|one| scope.spawn(|| server.dialogue(one)));
            let threads: Vec<_> = threads.collect();
            faults.extend(
                threads
                    .into_iter()
                    .filter_map(|thread| thread.join().unwrap().err()),
            );
        });
    }
    faults.extend(flood(&server));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let kept: usize = DIALOGUES.iter().map(|(.., kept)| kept).sum();
    assert_eq!(server.end().len(), kept);
}

/// More connections from one address than it may have: those too many are told so, and the others are served.
fn flood(server: &Server) -> Option<String> {
    let mut clients: Vec<_> = (0..60).map(|_| server.connect()).collect();
    let greetings: Vec<_> = clients.iter_mut().map(Client::reply).collect();
    let count = |code| {
        greetings
            .iter()
            .filter(|greeting| *greeting == code)
            .count()
    };
    let (inside, turned_away) = (count("220"), count("421"));
    // Some of those before may not be out of the door yet.
    let right = (12..=20).contains(&inside) && inside + turned_away == 60;
    (!right).then(|| format!("of 60 connections {inside} are served, {turned_away} turned away"))
}

#[test]
fn inside_tls_everything_begins_anew() {
    if !is_there(OPENSSL) {
        return;
    }
    let server = Server::start();
    let mut openssl = Command::new(OPENSSL)
        .args([
            "s_client",
            "-starttls",
            "smtp",
            "-quiet",
            "-connect",
            &server.at.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut client = Client {
        output: Box::new(openssl.stdin.take().unwrap()),
        input: BufReader::new(Box::new(openssl.stdout.take().unwrap())),
    };
    for (line, codes) in [
        ("MAIL FROM:<a@b.test>\r\n", "503"),
        ("STARTTLS\r\n", "503"),
        ("EHLO c.test\r\n", "250"),
        ("STARTTLS\r\n", "503"),
        ("MAIL FROM:<a@b.test> REQUIRETLS\r\n", "250"),
        ("RCPT TO:<{to}>\r\n", "250"),
        ("DATA\r\n", "354"),
        (GOOD, "250"),
        ("QUIT\r\n", "221"),
    ] {
        assert_eq!(client.say(&server.fill(line), codes), codes, "{line:?}");
    }
    drop(client);
    openssl.wait().unwrap();
    let connection = &server.end()[0]["connection"];
    assert_eq!(connection["requiretls"]["value"], true);
    assert_eq!(connection["tls"]["value"]["version"]["value"], "TLSv1.3");
}

#[test]
fn swaks_is_served_and_withstood() {
    if !is_there(SWAKS) {
        return;
    }
    let server = Server::start();
    let mut faults = Vec::new();
    let mut kept = 0;
    for (args, code, messages) in SWAKS_CALLS {
        kept += messages;
        let done = Command::new(SWAKS)
            .args([
                "--server",
                "127.0.0.1",
                "--port",
                &server.at.port().to_string(),
            ])
            .args(["--helo", "c.test", "--timeout", "20", "--from", "a@b.test"])
            .args(args.iter().map(|arg| server.fill(arg)))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if done.status.code() != Some(*code) {
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            faults.push(format!(
                "{args:?}: {} instead of {code}\n{said}",
                done.status
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(server.end().len(), kept);
}
