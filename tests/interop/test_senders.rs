//! The receiving server against clients that others wrote: swaks, and `openssl s_client`.

use super::daemons::is_there;
use crate::receive::{Running, quick};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use waxseal::facts::tls::TlsVersion;
use waxseal::outbound::server::Event;

/// The messages among the events.
fn messages(events: Vec<Event>) -> Vec<waxseal::outbound::server::Accepted> {
    let message = |event| match event {
        Event::Accepted(accepted) => Some(*accepted),
        Event::Attempted { .. } => None,
    };
    events.into_iter().filter_map(message).collect()
}

#[test]
fn swaks_gets_a_message_in_and_nothing_else() {
    if !is_there("/usr/bin/swaks") {
        return;
    }
    let running = Running::start(quick(), None);
    let (server, own) = (running.socket.to_string(), running.address.clone());
    // The exit codes are those of swaks(1): 24 is RCPT refused, 28 no AUTH, 26 the message refused.
    for (args, code) in [
        (vec!["--to", &own], 0),
        (vec!["--to", &own, "--tls"], 0),
        (vec!["--to", &own, "--pipeline"], 0),
        (vec!["--to", &own, "--from", "<>"], 0),
        (vec!["--to", "victim@other.test"], 24),
        (vec!["--to", "victim%other.test@probe.test"], 24),
        (vec!["--to", "postmaster@probe.test"], 24),
        (
            vec![
                "--to",
                &own,
                "--auth",
                "PLAIN",
                "--auth-user",
                "u",
                "--auth-password",
                "p",
            ],
            28,
        ),
    ] {
        let run = Command::new("/usr/bin/swaks")
            .args([
                "--server",
                &server,
                "--helo",
                "client.test",
                "--timeout",
                "20",
            ])
            .args(["--from", "a@client.test"])
            .args(&args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert_eq!(run.status.code(), Some(code), "{args:?}: {said}");
    }
    let messages = messages(running.end());
    assert_eq!(messages.len(), 4);
    let tls = messages
        .iter()
        .filter(|message| message.delivered.connection.tls.value().is_some());
    assert_eq!(tls.count(), 1);
}

#[test]
fn s_client_shows_each_version_and_its_own_certificate() {
    if !is_there("/usr/bin/openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["client.test".to_owned()]).unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let running = Running::start(quick(), None);
    let (server, own) = (running.socket.to_string(), running.address.clone());
    for args in [
        vec!["-tls1_2"],
        vec!["-tls1_3", "-groups", "P-256"],
        vec!["-tls1_3", "-cert", cert, "-key", key],
        vec!["-tls1_2", "-cert", cert, "-key", key],
    ] {
        let said = by_s_client(&args, &server, &own);
        assert!(
            said.contains("250 2.6.0") && said.contains("221 2.0.0"),
            "{args:?}: {said}"
        );
    }
    let messages = messages(running.end());
    let seen: Vec<_> = messages
        .iter()
        .map(|message| message.delivered.connection.tls.value().unwrap())
        .map(|tls| {
            assert_eq!(tls.sni.value().unwrap(), "mx.probe.test");
            (
                *tls.version.value().unwrap(),
                tls.client_certificate.value().is_some(),
            )
        })
        .collect();
    let (old, new) = (TlsVersion::Tls12, TlsVersion::Tls13);
    assert_eq!(seen, [(old, false), (new, false), (new, true), (old, true)]);
    assert_eq!(
        messages[1]
            .delivered
            .connection
            .tls
            .value()
            .unwrap()
            .group
            .value()
            .unwrap(),
        "secp256r1"
    );
}

/// What a server replies to a message that `openssl s_client` brings.
fn by_s_client(args: &[&str], server: &str, own: &str) -> String {
    let mut child = Command::new("/usr/bin/openssl")
        .args([
            "s_client",
            "-starttls",
            "smtp",
            "-name",
            "client.test",
            "-quiet",
            "-crlf",
        ])
        .args(["-connect", server, "-servername", "mx.probe.test"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let commands = format!("MAIL FROM:<a@client.test>\nRCPT TO:<{own}>\n");
    let mut input = child.stdin.take().unwrap();
    // s_client waits for nothing, so what ends a group of commands is sent when the one before was answered.
    for part in [
        "EHLO client.test\n",
        &commands,
        "DATA\n",
        "Subject: x\n\nx\n.\n",
        "QUIT\n",
    ] {
        std::thread::sleep(std::time::Duration::from_millis(400));
        input.write_all(part.as_bytes()).unwrap();
    }
    let done = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}
