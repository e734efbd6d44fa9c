//! Lines and what they are taken for.

use super::Command::{Faulty, Mail, NotImplemented, Rcpt};
use super::{Command, Fault, Mailbox, Parameters, Path, parse};

fn mailbox(text: &str, local: &str, domain: &str) -> Path {
    Path {
        routed: false,
        mailbox: Some(Mailbox {
            text: text.to_owned(),
            local: local.to_owned(),
            domain: (!domain.is_empty()).then(|| domain.to_owned()),
        }),
    }
}

fn routed(path: Path) -> Path {
    Path {
        routed: true,
        ..path
    }
}

const NULL: Path = Path {
    routed: false,
    mailbox: None,
};

const NONE: Parameters = Parameters {
    size: None,
    eight_bit: false,
    smtputf8: false,
    requiretls: false,
};

#[test]
fn plain_commands_are_told_in_any_case() {
    for (line, command) in [
        (
            "EHLO mail.example.org",
            Command::Ehlo("mail.example.org".to_owned()),
        ),
        (
            "ehlo [IPv6:2001:db8::1]  ",
            Command::Ehlo("[IPv6:2001:db8::1]".to_owned()),
        ),
        ("HeLo x", Command::Helo("x".to_owned())),
        ("EHLO", Faulty(Fault::Argument)),
        ("EHLO two names", Faulty(Fault::Argument)),
        ("DATA", Command::Data),
        ("data ", Command::Data),
        ("DATA now", Faulty(Fault::Argument)),
        ("RSET", Command::Rset),
        ("NOOP and more", Command::Noop),
        ("HELP me", Command::Help),
        ("VRFY someone", Command::Vrfy),
        ("VRFY", Faulty(Fault::Argument)),
        ("QUIT", Command::Quit),
        ("STARTTLS", Command::StartTls),
        ("STARTTLS x", Faulty(Fault::Argument)),
        ("expn list", NotImplemented("EXPN")),
        ("AUTH PLAIN AAAA", NotImplemented("AUTH")),
        ("BDAT 10 LAST", NotImplemented("BDAT")),
        ("GET / HTTP/1.1", Command::Unknown),
        ("", Command::Unknown),
        ("MAILFROM:<a@b>", Command::Unknown),
        ("NOOP\0", Faulty(Fault::Characters)),
        ("NOOP\rQUIT", Faulty(Fault::Characters)),
        ("NOOP\nQUIT", Faulty(Fault::Characters)),
    ] {
        assert_eq!(parse(line.as_bytes()), command, "{line}");
    }
    assert_eq!(parse(b"EHLO \xff"), Faulty(Fault::Characters));
}

#[test]
fn reverse_paths_and_their_parameters_are_read() {
    let a = mailbox("a@Example.org", "a", "example.org");
    for (line, command) in [
        ("MAIL FROM:<a@Example.org>", Mail(a.clone(), NONE)),
        ("mail from: <a@Example.org>", Mail(a.clone(), NONE)),
        ("MAIL FROM:<>", Mail(NULL, NONE)),
        (
            "MAIL FROM:<> SIZE=12 BODY=8BITMIME smtputf8 REQUIRETLS",
            Mail(
                NULL,
                Parameters {
                    size: Some(12),
                    eight_bit: true,
                    smtputf8: true,
                    requiretls: true,
                },
            ),
        ),
        (
            "MAIL FROM:<> SIZE=99999999999999999999",
            Mail(
                NULL,
                Parameters {
                    size: Some(u64::MAX),
                    ..NONE
                },
            ),
        ),
        (
            "MAIL FROM:<@hop.example:a@Example.org>",
            Mail(routed(a), NONE),
        ),
        (
            "MAIL FROM:<\"a \\\"b\"@x.example> BODY=7bit",
            Mail(mailbox("\"a \\\"b\"@x.example", "a \"b", "x.example"), NONE),
        ),
        (
            "MAIL FROM:<δοκιμή@παράδειγμα.example> SMTPUTF8",
            Mail(
                mailbox("δοκιμή@παράδειγμα.example", "δοκιμή", "παράδειγμα.example"),
                Parameters {
                    smtputf8: true,
                    ..NONE
                },
            ),
        ),
        (
            "MAIL FROM:<a@[192.0.2.1]>",
            Mail(mailbox("a@[192.0.2.1]", "a", "[192.0.2.1]"), NONE),
        ),
    ] {
        assert_eq!(parse(line.as_bytes()), command, "{line}");
    }
}

#[test]
fn faults_of_paths_and_parameters_are_told_apart() {
    for (line, fault) in [
        ("MAIL", Fault::Argument),
        ("MAIL TO:<a@b>", Fault::Argument),
        ("MAIL FROM:a@b", Fault::Path),
        ("MAIL FROM:<a@b", Fault::Path),
        ("MAIL FROM:<a>", Fault::Path),
        ("MAIL FROM:<postmaster>", Fault::Path),
        ("MAIL FROM:<@b>", Fault::Path),
        ("MAIL FROM:<a@>", Fault::Path),
        ("MAIL FROM:<a@b..c>", Fault::Path),
        ("MAIL FROM:<a@b@c>", Fault::Path),
        ("MAIL FROM:<a b@c>", Fault::Path),
        ("MAIL FROM:<\"a@c>", Fault::Path),
        ("MAIL FROM:<\"a\\", Fault::Path),
        ("MAIL FROM:<a@[1.2.3.4>", Fault::Path),
        ("MAIL FROM:<>SIZE=1", Fault::Path),
        ("MAIL FROM:<> SIZE", Fault::Parameter),
        ("MAIL FROM:<> SIZE=x", Fault::Parameter),
        ("MAIL FROM:<> SIZE=", Fault::Parameter),
        ("MAIL FROM:<> SIZE=1 SIZE=1", Fault::Parameter),
        ("MAIL FROM:<> BODY=BINARYMIME", Fault::Parameter),
        ("MAIL FROM:<> REQUIRETLS=1", Fault::Parameter),
        ("MAIL FROM:<> SMTPUTF8=yes", Fault::Parameter),
        ("MAIL FROM:<> AUTH=<>", Fault::UnknownParameter),
        ("MAIL FROM:<> RET=HDRS", Fault::UnknownParameter),
        ("RCPT TO:<>", Fault::Path),
        ("RCPT TO:<someone>", Fault::Path),
        ("RCPT FROM:<a@b>", Fault::Argument),
        ("RCPT TO:<a@b> NOTIFY=NEVER", Fault::UnknownParameter),
        ("RCPT TO:<a@b>x", Fault::Path),
    ] {
        assert_eq!(parse(line.as_bytes()), Faulty(fault), "{line}");
    }
}

#[test]
fn forward_paths_keep_what_could_be_meant_for_others() {
    for (line, path) in [
        (
            "RCPT TO:<T@Probe.example>",
            mailbox("T@Probe.example", "T", "probe.example"),
        ),
        (
            "RCPT TO:<Postmaster>",
            mailbox("Postmaster", "Postmaster", ""),
        ),
        (
            "RCPT TO:<a%b@c.example>",
            mailbox("a%b@c.example", "a%b", "c.example"),
        ),
        (
            "RCPT TO:<b!a@c.example>",
            mailbox("b!a@c.example", "b!a", "c.example"),
        ),
        (
            "RCPT TO:<\"a@b\"@c.example>",
            mailbox("\"a@b\"@c.example", "a@b", "c.example"),
        ),
        (
            "RCPT TO:<@one.example,@two.example:a@c.example>",
            routed(mailbox("a@c.example", "a", "c.example")),
        ),
    ] {
        assert_eq!(parse(line.as_bytes()), Rcpt(path), "{line}");
    }
}
