//! The program as a user runs it: what it prints, what it writes, what it leaves, and how it ends.

use super::client::Client;
use super::{Running, quick};
use crate::support::app::App;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A running `waxseal receive`.
struct Receiving {
    child: Child,
    out: BufReader<ChildStdout>,
    socket: SocketAddr,
    address: String,
}

/// What it left behind.
struct Done {
    code: i32,
    out: String,
    err: String,
}

const ARGS: [&str; 10] = [
    "receive",
    "--domain",
    "probe.test",
    "--listen",
    "127.0.0.1:0",
    "--lab",
    "--spool",
    "spool",
    "--output",
    "sent.jsonl",
];

impl Receiving {
    fn start(app: &App, more: &[&str]) -> Self {
        let mut child = app.command(ARGS.iter().chain(more)).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut line) = (String::new(), String::new());
        let socket = loop {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended at once");
            if line.ends_with("@probe.test\n") {
                line.trim().clone_into(&mut address);
            }
            if let Some(rest) = line.strip_prefix("Listening on ") {
                break rest.split(' ').next().unwrap().parse().unwrap();
            }
        };
        Self {
            child,
            out,
            socket,
            address,
        }
    }

    fn deliver(&self, domain: &str) -> String {
        let mut client = Client::connect(self.socket);
        client.greet();
        deliver(&mut client, domain, &self.address)
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .arg(signal)
            .arg(self.child.id().to_string())
            .status();
        assert!(sent.unwrap().success());
    }

    fn end(mut self) -> Done {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Done { code, out, err }
    }
}

/// The reply to the message; empty where the server was gone by then.
fn deliver(client: &mut Client, domain: &str, address: &str) -> String {
    for line in [
        format!("MAIL FROM:<x@{domain}>"),
        format!("RCPT TO:<{address}>"),
        "DATA".to_owned(),
    ] {
        let heard = client.ask(&line);
        if !heard.starts_with(['2', '3']) {
            return String::new();
        }
    }
    client.ask(&format!(
        "From: x@{domain}\r\nSubject: a secret of {domain}\r\n\r\nnobody reads this\r\n."
    ))
}

fn documents(app: &App) -> Vec<Value> {
    let text = app.read("sent.jsonl");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// All that is in a folder.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_run_tells_what_to_do_ends_by_itself_and_keeps_nothing_of_the_messages() {
    let app = App::new();
    let receiving = Receiving::start(&app, &["--wait", "2", "--time", "60s"]);
    let local = receiving.address.split('@').next().unwrap().to_owned();
    assert!(local.len() >= 20, "{local}");
    for domain in ["one.test", "two.test"] {
        assert!(receiving.deliver(domain).starts_with("250 2.6.0"));
    }
    let done = receiving.end();
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("one.test") && done.out.contains("two.test"),
        "{}",
        done.out
    );
    check(documents(&app));
    let spool = contents(&app.folder().join("spool"));
    let names: Vec<_> = spool.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["addresses", "lock"]);
    let secret = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).contains("secret")
            || String::from_utf8_lossy(bytes).contains("nobody reads")
    };
    assert!(!spool.iter().any(|(_, bytes)| secret(bytes)));
    assert!(!app.read("sent.jsonl").contains("nobody reads"));
    // The addresses are those of the run before.
    let again = Receiving::start(&app, &[]);
    assert!(again.address.starts_with(&local));
    again.signal("-TERM");
    assert_eq!(again.end().code, 0);
}

/// Whether the documents are those of two messages in clear text.
fn check(mut documents: Vec<Value>) {
    documents.sort_by_key(|document| document["domain"].to_string());
    let sound = |document: &Value| document["schema"] == "waxseal.outbound/1";
    assert!(documents.iter().all(sound));
    let seen = &documents[0]["messages"][0];
    assert_eq!(seen["witness"], "receive", "{seen:#}");
    assert_eq!(seen["connection"]["ip"]["value"], "127.0.0.1");
    assert_eq!(seen["connection"]["ehlo"]["value"], "client.test");
    assert_eq!(seen["connection"]["tls"]["state"], "absent");
    assert_eq!(seen["mail_from"]["value"], "one.test");
    let domains = documents.iter().map(|document| &document["domain"]);
    assert_eq!(domains.collect::<Vec<_>>(), ["one.test", "two.test"]);
}

#[test]
fn messages_are_kept_where_that_is_asked_for_and_documents_printed() {
    let app = App::new();
    let mut child = app
        .command(
            ARGS[..8]
                .iter()
                .chain(&["--wait", "1", "--json", "--keep", "kept"]),
        )
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let (mut address, mut socket) = (String::new(), None);
    while socket.is_none() {
        let mut line = String::new();
        assert!(err.read_line(&mut line).unwrap() > 0);
        if line.ends_with("@probe.test\n") {
            line.trim().clone_into(&mut address);
        }
        socket = line
            .strip_prefix("Listening on ")
            .map(|rest| rest.split(' ').next().unwrap().parse().unwrap());
    }
    let mut client = Client::connect(socket.unwrap());
    client.greet();
    assert!(deliver(&mut client, "one.test", &address).starts_with("250"));
    drop(client);
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let document: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(document["schema"], "waxseal.outbound/1");
    let kept = contents(&app.folder().join("kept"));
    assert!(
        kept.len() == 1 && Path::new(&kept[0].0).extension() == Some("eml".as_ref()),
        "{kept:?}"
    );
    assert!(
        kept[0].1.starts_with(b"From: x@one.test\r\n") && kept[0].1.ends_with(b"reads this\r\n")
    );
}

#[test]
fn too_few_messages_and_none_are_told_apart() {
    for (messages, code) in [(1, 4), (0, 5)] {
        let app = App::new();
        let receiving = Receiving::start(&app, &["--wait", "2", "--time", "30s"]);
        for _ in 0..messages {
            receiving.deliver("one.test");
        }
        receiving.signal("-INT");
        let done = receiving.end();
        assert_eq!(done.code, code, "{} {}", done.out, done.err);
        assert_eq!(documents(&app).len(), messages);
    }
}

#[test]
fn what_a_run_left_behind_is_analysed_by_the_next() {
    let app = App::new();
    let spool = app.folder().join("spool");
    let running = Running::start_in(&spool, quick(), None);
    let mut client = running.client();
    client.greet();
    for domain in ["one.test", "two.test", "three.test"] {
        assert!(deliver(&mut client, domain, &running.address).starts_with("250"));
    }
    client.hold("QUIT", "221");
    assert_eq!(running.end().len(), 3);
    let receiving = Receiving::start(&app, &["--wait", "3", "--time", "60s"]);
    let done = receiving.end();
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    assert_eq!(documents(&app).len(), 3);
    assert_eq!(contents(&spool).len(), 2);
}

#[test]
fn a_run_that_is_killed_loses_no_message_that_it_accepted() {
    let app = App::new();
    let receiving = Receiving::start(&app, &[]);
    let (socket, address) = (receiving.socket, receiving.address.clone());
    let count = Arc::new(AtomicUsize::new(0));
    let sender = |sender: usize| {
        let (address, count) = (address.clone(), Arc::clone(&count));
        move || {
            let mut client = Client::connect(socket);
            client.greet();
            let mut accepted = Vec::new();
            for message in 0..90 {
                let domain = format!("m{sender}-{message}.test");
                if !deliver(&mut client, &domain, &address).starts_with("250") {
                    break;
                }
                count.fetch_add(1, Ordering::Relaxed);
                accepted.push(domain);
            }
            accepted
        }
    };
    let senders: Vec<_> = (0..4).map(|number| thread::spawn(sender(number))).collect();
    while count.load(Ordering::Relaxed) < 25 {
        thread::sleep(Duration::from_millis(1));
    }
    receiving.signal("-KILL");
    let accepted: Vec<_> = senders
        .into_iter()
        .flat_map(|sender| sender.join().unwrap())
        .collect();
    assert_eq!(receiving.end().code, -1);
    let receiving = Receiving::start(&app, &["--time", "1s"]);
    let done = receiving.end();
    assert!([0, 5].contains(&done.code), "{}", done.err);
    let told: Vec<_> = documents(&app)
        .iter()
        .map(|document| {
            document["domain"]
                .as_str()
                .unwrap()
                .trim_start_matches("x@")
                .to_owned()
        })
        .collect();
    assert!(!accepted.is_empty());
    for domain in &accepted {
        let times = told.iter().filter(|told| *told == domain).count();
        assert_eq!(times, 1, "{domain} is told of {times} times");
    }
    // Each sender may have one more that it did not hear of.
    assert!(told.len() <= accepted.len() + 4);
    assert_eq!(contents(&app.folder().join("spool")).len(), 2);
}

#[test]
fn what_can_not_be_used_is_said_before_anything_else() {
    let app = App::new();
    app.file("notes.txt", "notes of mine");
    app.file("key.pem", "no key");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let base = [
        "receive",
        "--domain",
        "probe.test",
        "--lab",
        "--spool",
        "spool",
    ];
    for (more, words) in [
        (vec!["--listen", "nowhere"], "write it as"),
        (vec!["--listen", &taken], "in use"),
        (
            vec![
                "--listen",
                "127.0.0.1:0",
                "--cert",
                "key.pem",
                "--key",
                "key.pem",
            ],
            "--cert has",
        ),
        (
            vec!["--listen", "127.0.0.1:0", "--cert", "key.pem"],
            "--key",
        ),
        (
            vec!["--listen", "127.0.0.1:0", "--output", "notes.txt"],
            "no file of observations",
        ),
        (vec!["--listen", "127.0.0.1:0", "--time", "soon"], "90s"),
    ] {
        let run = app.run(base.iter().copied().chain(more.iter().copied()));
        assert_eq!(run.code, 2, "{more:?}: {run:?}");
        assert!(run.err.contains(words), "{more:?}: {}", run.err);
    }
    assert_eq!(app.read("notes.txt"), "notes of mine");
}

#[test]
fn the_same_bytes_twice_in_one_second_are_two_messages() {
    let app = App::new();
    let receiving = Receiving::start(&app, &["--wait", "4"]);
    let mut client = Client::connect(receiving.socket);
    client.greet();
    for _ in 0..4 {
        assert!(deliver(&mut client, "one.test", &receiving.address).starts_with("250"));
    }
    assert_eq!(receiving.end().code, 0);
    assert_eq!(documents(&app).len(), 4);
}
