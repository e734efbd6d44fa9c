//! What a server on the Internet has to bear.

use super::client::Client;
use super::{Running, quick};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use waxseal::facts::outbound::enforcement::{AttemptEnd, Posture};
use waxseal::outbound::server::{Event, Limits};

#[test]
fn a_flood_from_one_address_is_turned_away_and_ends_with_it() {
    let limits = Limits {
        connections_per_address: 3,
        ..quick()
    };
    let running = Running::start(limits, None);
    let mut inside: Vec<Client> = (0..3).map(|_| running.client()).collect();
    for client in &mut inside {
        client.greet();
    }
    for _ in 0..50 {
        let mut client = running.client();
        let heard = client.hear();
        assert!(
            heard.starts_with("421 4.7.0 Too many connections from this address"),
            "{heard}"
        );
        assert!(client.is_closed());
    }
    inside[0].hold("QUIT", "221");
    drop(inside.remove(0));
    // The place is free once the server has noticed.
    let admitted = (0..100).any(|_| {
        let heard = running.client().hear();
        let admitted = heard.starts_with("220");
        if !admitted {
            std::thread::sleep(Duration::from_millis(20));
        }
        admitted
    });
    assert!(admitted);
}

#[test]
fn a_flood_from_everywhere_is_turned_away() {
    let limits = Limits {
        connections: 2,
        ..quick()
    };
    let running = Running::start(limits, None);
    let mut inside = [running.client(), running.client()];
    for client in &mut inside {
        client.greet();
    }
    assert!(
        running
            .client()
            .hear()
            .starts_with("421 4.7.0 Too many connections\r\n")
    );
}

#[test]
fn an_oversized_message_leaves_nothing_behind() {
    let limits = Limits {
        message: 100_000,
        ..quick()
    };
    let running = Running::start(limits, None);
    let mut client = running.client();
    client.greet();
    client.hold("MAIL FROM:<a@client.test> SIZE=100001", "552");
    client.announce("a@client.test", &running.address);
    let line = format!("{}\r\n", "x".repeat(98));
    client.send(line.repeat(1500).as_bytes());
    client.hold(".", "552 5.3.4");
    // One without end: the server hangs up, and says why.
    client.announce("a@client.test", &running.address);
    for _ in 0..100 {
        if !client.send(line.repeat(100).as_bytes()) {
            break;
        }
    }
    let heard = client.hear();
    assert!(
        heard.is_empty() || heard.starts_with("552 5.3.4"),
        "{heard}"
    );
    assert_eq!(running.spooled(), 0);
    assert!(running.end().is_empty());
}

#[test]
fn tls_garbage_and_clients_that_vanish_harm_nobody_else() {
    let running = Running::start(quick(), Some(Posture::SelfSigned));
    let garbage = [
        b"\x16\x03\x01\x40\x00".to_vec(),
        vec![0; 4],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0xff; 70_000],
    ];
    for garbage in garbage {
        let mut client = running.client();
        client.greet();
        client.hold("STARTTLS", "220");
        client.send(&garbage);
    }
    let mut vanishing = running.client();
    vanishing.greet();
    vanishing.announce("a@client.test", &running.address);
    vanishing.send(b"Subject: half a mess");
    drop(vanishing);
    let mut client = running.client();
    client.greet();
    client.announce("a@client.test", &running.address);
    client.hold("Subject: whole\r\n.", "250");
    client.hold("QUIT", "221");
    assert_eq!(running.spooled(), 1);
    let events = running.end();
    let mut ends: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Attempted { attempt, .. } => Some(attempt.end),
            Event::Accepted(_) => None,
        })
        .map(|end| format!("{end:?}"))
        .collect();
    ends.sort();
    let failed = format!("{:?}", AttemptEnd::HandshakeFailed);
    assert_eq!(
        ends,
        ["Delivered", &failed, &failed, &failed, &failed, "LeftLater"]
    );
}

#[test]
fn a_slow_sender_is_sent_away_and_leaves_nothing_behind() {
    let limits = Limits {
        message_time: Duration::from_millis(300),
        ..quick()
    };
    let running = Running::start(limits, None);
    let mut client = running.client();
    client.greet();
    client.announce("a@client.test", &running.address);
    for _ in 0..100 {
        if !client.send(b"x\r\n") {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(client.hear().starts_with("421 4.4.2") || client.is_closed());
    assert_eq!(running.spooled(), 0);
}

#[test]
fn a_full_disk_puts_messages_off_and_the_server_goes_on() {
    let folder = TempDir::new().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|done| done.status.success()) {
        println!("left out: a small file system can't be mounted here");
        return;
    }
    let running = Running::start_in(folder.path(), quick(), None);
    let mut client = running.client();
    client.greet();
    client.announce("a@client.test", &running.address);
    client.send(format!("{}\r\n", "x".repeat(998)).repeat(100).as_bytes());
    client.hold(".", "452 4.3.1");
    client.announce("a@client.test", &running.address);
    client.hold("Subject: small\r\n.", "250");
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lock" && name != "addresses")
        .collect();
    drop(running);
    let unmounted = Command::new("umount").arg("-l").arg(folder.path()).status();
    assert!(unmounted.unwrap().success());
    assert!(
        files.len() == 1 && files[0].ends_with(".message"),
        "{files:?}"
    );
}
