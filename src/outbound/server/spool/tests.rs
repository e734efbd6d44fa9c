//! What is in the folder, and what is not.

use super::super::address::Addresses;
use super::{Envelope, Full, Spool, SpoolError};
use crate::facts::mx::Reverse;
use crate::facts::observed::{Observed, Proof};
use crate::facts::outbound::Connection;
use crate::facts::timestamp::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

fn envelope(at: i64) -> Envelope {
    Envelope {
        address: "a@probe.example".to_owned(),
        posture: None,
        host: "mx.probe.example".to_owned(),
        received: Timestamp::from_unix(at),
        connection: Connection {
            ip: Observed::present("192.0.2.1".parse().unwrap()),
            reverse: Reverse::default(),
            ehlo: Observed::present("a.example".to_owned()),
            esmtp: Observed::present(true),
            tls: Observed::absent(Proof::NoSubject),
            requiretls: Observed::present(false),
            smtputf8: Observed::present(false),
            retried: Observed::absent(Proof::NoSubject),
        },
        mail_from: "s@a.example".to_owned(),
    }
}

fn keep(spool: &Spool, at: i64, raw: &str) -> Result<String, Full> {
    let kept = spool.keep(envelope(at), raw.as_bytes().to_vec(), spool.reserve());
    kept.map(|accepted| accepted.id)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn messages_survive_a_restart_until_they_are_done() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 1 << 20).unwrap();
    let second = keep(&spool, 1_796_000_002, "two\r\n").unwrap();
    let first = keep(&spool, 1_796_000_001, "one\n{}\r\n").unwrap();
    drop(spool);
    fs::write(folder.path().join("x.message.unfinished"), "half").unwrap();
    let spool = Spool::open(folder.path(), 1 << 20).unwrap();
    assert_eq!(spool.waiting(), [first.clone(), second.clone()]);
    let accepted = spool.read(&first).unwrap();
    assert_eq!(accepted.delivered.raw, b"one\n{}\r\n");
    assert_eq!(accepted.delivered.connection, envelope(0).connection);
    let kept = TempDir::new().unwrap();
    spool.done(&first, Some(kept.path())).unwrap();
    spool.done(&second, None).unwrap();
    assert_eq!(names(folder.path()), ["lock"]);
    assert_eq!(
        fs::read(kept.path().join(format!("{first}.eml"))).unwrap(),
        b"one\n{}\r\n"
    );
    assert_eq!(names(kept.path()).len(), 1);
}

#[test]
fn nobody_else_reads_the_folder_and_one_server_at_a_time_has_it() {
    let above = TempDir::new().unwrap();
    let folder = above.path().join("new/spool");
    let spool = Spool::open(&folder, 1 << 20).unwrap();
    let id = keep(&spool, 0, "x").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&spool.file(&id)), 0o600);
    assert!(matches!(Spool::open(&folder, 1), Err(SpoolError::Busy(_))));
    drop(spool);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    drop(Spool::open(&folder, 1).unwrap());
    assert_eq!(mode(&folder), 0o700);
    let link = above.path().join("link");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    assert!(matches!(Spool::open(&link, 1), Err(SpoolError::Foreign(_))));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("notes of mine"), "").unwrap();
    assert!(matches!(
        Spool::open(&folder, 1),
        Err(SpoolError::Foreign(_))
    ));
    assert_eq!(mode(&folder), 0o755);
}

#[test]
fn a_quota_counts_what_is_there_and_what_is_on_its_way() {
    let folder = TempDir::new().unwrap();
    let spool = Spool::open(folder.path(), 10_000).unwrap();
    let mut coming = spool.reserve();
    assert!(coming.grow(3000) && !spool.has_room(8000));
    assert_eq!(keep(&spool, 0, &"x".repeat(4000)), Err(Full::Space));
    assert_eq!(names(folder.path()), ["lock"]);
    drop(coming);
    let id = keep(&spool, 0, &"x".repeat(4000)).unwrap();
    assert!(!spool.has_room(4000));
    drop(spool);
    let spool = Spool::open(folder.path(), 10_000).unwrap();
    assert!(!spool.has_room(4000));
    spool.done(&id, None).unwrap();
    assert!(spool.has_room(10_000));
}

#[test]
fn addresses_are_those_of_the_run_before() {
    let folder = TempDir::new().unwrap();
    let addresses = |count| {
        Spool::open(folder.path(), 1)
            .unwrap()
            .addresses(count)
            .unwrap()
    };
    let two = addresses(2);
    assert_eq!(addresses(1), two);
    let three: Addresses = addresses(3);
    assert!(two.iter().all(|token| three.find(token).is_some()));
}

#[test]
fn what_others_may_have_put_there_is_not_taken_over() {
    let above = TempDir::new().unwrap();
    let open_to_all = |name: &str| {
        let folder = above.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        folder
    };
    let empty = open_to_all("empty");
    drop(Spool::open(&empty, 1).unwrap());
    for planted in ["addresses", "1796000000-aaaa.message", "lock"] {
        let folder = open_to_all(planted);
        fs::write(folder.join(planted), "abcdefghijklmnopqrstuvwx\n").unwrap();
        let opened = Spool::open(&folder, 1);
        assert!(matches!(opened, Err(SpoolError::Foreign(_))), "{planted}");
    }
    for (number, planted) in ["addresses", "1796000000-aaaa.message", "lock"]
        .iter()
        .enumerate()
    {
        let folder = above.path().join(format!("closed{number}"));
        drop(Spool::open(&folder, 1).unwrap());
        let file = folder.join(planted);
        let _ = fs::remove_file(&file);
        let made = std::process::Command::new("mkfifo").arg(&file).status();
        if !made.is_ok_and(|made| made.success()) {
            println!("left out: mkfifo does not work here");
            return;
        }
        let opened = Spool::open(&folder, 1);
        assert!(
            matches!(opened, Err(SpoolError::Foreign(_))),
            "a pipe as {planted}"
        );
    }
}

#[test]
fn files_with_other_names_are_no_messages() {
    let folder = TempDir::new().unwrap();
    drop(Spool::open(folder.path(), 1 << 20).unwrap());
    for name in [
        "\u{1b}[31m.message",
        "a b.message",
        ".message",
        "\u{202e}x.message",
        "message",
    ] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    let spool = Spool::open(folder.path(), 1 << 20).unwrap();
    assert!(spool.waiting().is_empty());
    assert_eq!(names(folder.path()).len(), 6);
}
