//! What a client says, and what the server answers.

use super::super::command::parse;
use super::super::session::tests::{TOKEN, service, site};
use super::super::{Greylist, Limits, Service};
use super::{Dialogue, Then};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tempfile::TempDir;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Each line with the code and the status that answer it. `TLS` stands for a handshake, a message for its taking.
fn hold(service: &Service, lines: &[(&str, &str)]) {
    let site = site(true);
    let mut dialogue = Dialogue::new(service, &site, CLIENT);
    for (number, (line, expected)) in lines.iter().enumerate() {
        if *line == "TLS" {
            dialogue.secured();
            continue;
        }
        let line = line.replace("TOKEN", TOKEN);
        let (reply, then) = dialogue.take(parse(line.as_bytes()), true);
        let wire = reply.wire();
        assert!(
            wire.starts_with(expected),
            "{number}: {line} was answered {wire}"
        );
        if then == Then::ReadMessage {
            let (_, _, recipient) = dialogue.ready().unwrap();
            dialogue.taken(&recipient);
        }
    }
}

fn plain(lines: &[(&str, &str)]) {
    let folder = TempDir::new().unwrap();
    hold(&service(&folder, Limits::default()), lines);
}

#[test]
fn a_message_to_a_test_address_is_taken() {
    plain(&[
        ("EHLO a.example", "250-mx.probe.example"),
        ("MAIL FROM:<s@a.example>", "250 2.1.0"),
        ("RCPT TO:<TOKEN@probe.example>", "250 2.1.5"),
        ("DATA", "354"),
        ("MAIL FROM:<>", "250 2.1.0"),
        ("RCPT TO:<TOKEN@PROBE.example>", "250"),
        ("RSET", "250"),
        ("HELO a.example", "250 mx.probe.example"),
        ("MAIL FROM:<s@a.example>", "250"),
        ("RCPT TO:<\"TOKEN\"@probe.example>", "250"),
        ("DATA", "354"),
        ("NOOP", "250"),
        ("HELP", "214"),
        ("QUIT", "221"),
    ]);
}

#[test]
fn nothing_is_relayed_and_no_other_mailbox_is_there() {
    plain(&[
        ("EHLO a.example", "250"),
        ("MAIL FROM:<s@a.example>", "250"),
        ("RCPT TO:<someone@probe.example>", "550 5.1.1"),
        ("RCPT TO:<TOKENx@probe.example>", "550 5.1.1"),
        ("RCPT TO:<TOKEN@sub.probe.example>", "550 5.7.1"),
        ("RCPT TO:<victim@other.example>", "550 5.7.1"),
        ("RCPT TO:<victim%other.example@probe.example>", "550 5.1.1"),
        ("RCPT TO:<other.example!victim@probe.example>", "550 5.1.1"),
        (
            "RCPT TO:<\"victim@other.example\"@probe.example>",
            "550 5.1.1",
        ),
        ("RCPT TO:<@probe.example:victim@other.example>", "550 5.7.1"),
        ("RCPT TO:<@other.example:TOKEN@probe.example>", "550 5.7.1"),
        ("RCPT TO:<victim@[192.0.2.9]>", "550 5.7.1"),
    ]);
    plain(&[
        ("EHLO a.example", "250"),
        ("MAIL FROM:<s@a.example>", "250"),
        ("RCPT TO:<victim>", "501 5.1.7"),
        ("RCPT TO:<TOKEN@probe.example.>", "501 5.1.7"),
        ("RCPT TO:<postmaster>", "550 5.1.1 This is a probe"),
        (
            "RCPT TO:<PostMaster@probe.example>",
            "550 5.1.1 This is a probe",
        ),
        ("RCPT TO:<postmaster@other.example>", "550 5.7.1"),
        ("RCPT TO:<TÖKEN@probe.example>", "553 5.6.7"),
        ("VRFY TOKEN", "252"),
        ("EXPN staff", "502"),
        ("DATA", "503"),
        ("RCPT TO:<TOKEN@probe.example>", "250"),
    ]);
}

#[test]
fn one_address_a_message_and_no_more() {
    plain(&[
        ("EHLO a.example", "250"),
        ("MAIL FROM:<s@a.example>", "250"),
        ("RCPT TO:<TOKEN@probe.example>", "250"),
        ("RCPT TO:<TOKEN@probe.example>", "452 4.5.3"),
        ("RCPT TO:<victim@other.example>", "550 5.7.1"),
        ("DATA", "354"),
    ]);
}

#[test]
fn commands_have_their_order() {
    plain(&[
        ("MAIL FROM:<s@a.example>", "503 5.5.1 EHLO"),
        ("RCPT TO:<TOKEN@probe.example>", "503 5.5.1 MAIL"),
        ("DATA", "503 5.5.1 MAIL"),
        ("STARTTLS", "503 5.5.1 EHLO"),
        ("EHLO a.example", "250"),
        ("DATA", "503 5.5.1 MAIL"),
        ("MAIL FROM:<s@a.example>", "250"),
        ("DATA", "503 5.5.1 RCPT"),
        ("MAIL FROM:<s@a.example>", "503 5.5.1 A message"),
        ("EHLO a.example", "250"),
        ("RCPT TO:<TOKEN@probe.example>", "503 5.5.1 MAIL"),
    ]);
}

#[test]
fn parameters_are_taken_where_they_were_announced() {
    plain(&[
        ("HELO a.example", "250"),
        ("MAIL FROM:<s@a.example> SIZE=10", "555"),
        ("EHLO a.example", "250"),
        ("MAIL FROM:<s@a.example> REQUIRETLS", "555"),
        ("MAIL FROM:<ś@a.example>", "553 5.6.7"),
        ("MAIL FROM:<s@a.example> SIZE=10485761", "552 5.3.4"),
        (
            "MAIL FROM:<s@a.example> SIZE=1000 BODY=8BITMIME SMTPUTF8",
            "250",
        ),
        ("STARTTLS", "220"),
        ("TLS", ""),
        ("MAIL FROM:<s@a.example>", "503 5.5.1 EHLO"),
        ("RCPT TO:<TOKEN@probe.example>", "503"),
        ("EHLO a.example", "250"),
        ("STARTTLS", "503 5.5.1 TLS"),
        ("MAIL FROM:<ś@a.example> SMTPUTF8 REQUIRETLS", "250"),
        ("RCPT TO:<TOKEN@probe.example>", "250"),
        ("DATA", "354"),
    ]);
}

#[test]
fn what_is_announced_depends_on_tls() {
    let folder = TempDir::new().unwrap();
    let service = service(&folder, Limits::default());
    let announced = |tls: bool, inside: bool| {
        let site = site(tls);
        let mut dialogue = Dialogue::new(&service, &site, CLIENT);
        if inside {
            dialogue.secured();
        }
        dialogue.take(parse(b"EHLO x"), true).0.wire()
    };
    let common = "250-mx.probe.example\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n";
    for (tls, inside, rest) in [
        (true, false, "250-ENHANCEDSTATUSCODES\r\n250 STARTTLS\r\n"),
        (true, true, "250-ENHANCEDSTATUSCODES\r\n250 REQUIRETLS\r\n"),
        (false, false, "250 ENHANCEDSTATUSCODES\r\n"),
    ] {
        assert_eq!(announced(tls, inside), format!("{common}{rest}"));
    }
}

#[test]
fn nobody_logs_in_and_nothing_else_is_had() {
    plain(&[
        ("EHLO a.example", "250"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("BDAT 3 LAST", "502 5.5.1"),
        ("ETRN x", "502 5.5.1"),
        ("XCLIENT ADDR=1.2.3.4", "502 5.5.1"),
        ("GET / HTTP/1.1", "500 5.5.2"),
        ("EHLO", "501 5.5.4"),
    ]);
}

#[test]
fn too_many_errors_commands_or_messages_end_a_session() {
    let folder = TempDir::new().unwrap();
    let limits = Limits {
        errors: 2,
        commands: 12,
        messages: 1,
        ..Limits::default()
    };
    let service = service(&folder, limits);
    hold(
        &service,
        &[
            ("X", "500"),
            ("X", "500"),
            ("X", "421 4.7.0 Too many errors"),
        ],
    );
    let noops = [("NOOP", "250"); 12];
    let noops: Vec<_> = noops
        .into_iter()
        .chain([("NOOP", "421 4.7.0 Too many commands")])
        .collect();
    hold(&service, &noops);
    hold(
        &service,
        &[
            ("EHLO a.example", "250"),
            ("MAIL FROM:<>", "250"),
            ("RCPT TO:<TOKEN@probe.example>", "250"),
            ("DATA", "354"),
            ("MAIL FROM:<>", "421 4.7.0 Too many messages"),
        ],
    );
}

#[test]
fn commands_that_end_a_group_wait_for_their_reply() {
    let folder = TempDir::new().unwrap();
    let service = service(&folder, Limits::default());
    for line in ["EHLO a.example", "HELO a.example", "DATA"] {
        let site = site(true);
        let mut dialogue = Dialogue::new(&service, &site, CLIENT);
        let (reply, then) = dialogue.take(parse(line.as_bytes()), false);
        assert!(reply.wire().starts_with("554 5.5.1"), "{line}");
        assert_eq!(then, Then::Close);
    }
}

#[test]
fn a_retry_after_the_greylist_test_is_noted_once() {
    let folder = TempDir::new().unwrap();
    let mut service = service(&folder, Limits::default());
    Arc::get_mut(&mut service).unwrap().greylist = Some(Greylist::new(0));
    let greeted = [
        ("EHLO a.example", "250"),
        ("MAIL FROM:<s@a.example>", "250"),
    ];
    let refused = [("RCPT TO:<TOKEN@probe.example>", "451 4.7.1")];
    hold(&service, &[&greeted[..], &refused].concat());
    let site = site(true);
    for refusals in [Some(1), None] {
        let mut dialogue = Dialogue::new(&service, &site, CLIENT);
        for line in [
            "EHLO a.example",
            "MAIL FROM:<>",
            "RCPT TO:<TOKEN@probe.example>",
        ] {
            let line = line.replace("TOKEN", TOKEN);
            let (reply, _) = dialogue.take(parse(line.as_bytes()), true);
            assert!(reply.wire().starts_with("250"), "{line}: {}", reply.wire());
        }
        let (_, _, recipient) = dialogue.ready().unwrap();
        let retried = recipient.retried.as_ref().map(|retry| retry.refused);
        assert_eq!(retried, refusals);
        dialogue.taken(&recipient);
    }
}
