//! SMTP and STARTTLS: greetings, capabilities, handshakes (RFC 5321, RFC 3207).

use super::super::scenario::{Group, Scenario};
use super::super::server::ReverseName;
use super::super::setup::Setup;
use super::super::smtp::{Greeting, Handshake, Posture, StartTls};
use super::super::tls::hello::TLS10;
use super::super::tls::legacy::Legacy;

/// TLS 1.0 and nothing else.
const TLS10_ONLY: Legacy = Legacy {
    versions: &[TLS10],
    ..Legacy::GOOD
};

const fn smtp(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Smtp, domain, title, plays, change)
}

/// How the one mail server behaves.
fn posture(z: &mut Setup) -> &mut Posture {
    &mut z.own_server().posture
}

pub(crate) const ALL: &[Scenario] = &[
    smtp(
        "mx-421.test",
        "Mail server that is busy",
        "The greeting is 421: come back later. STARTTLS is unknown, not missing (RFC 5321 §3.8).",
        |z| posture(z).greeting = Greeting::Text("421 4.3.2 too busy, try again later\r\n"),
    ),
    smtp(
        "mx-554.test",
        "Mail server that turns us away",
        "The greeting is 554: it takes nothing from this address. STARTTLS is unknown, not missing; only QUIT may follow (RFC 5321 §3.1).",
        |z| posture(z).greeting = Greeting::Text("554 5.7.1 we do not like your address\r\n"),
    ),
    smtp(
        "mx-450.test",
        "Mail server that defers us",
        "The greeting is 450, for this sender and this moment. STARTTLS is unknown, not missing (RFC 5321 §4.2.1).",
        |z| posture(z).greeting = Greeting::Text("450 4.7.1 try again later\r\n"),
    ),
    smtp(
        "mx-421-once.test",
        "Mail server that is busy at first",
        "The first visit to each address is greeted with 421, the next one well (RFC 5321 §3.8): who comes again finds nothing wrong.",
        |z| posture(z).greeting = Greeting::TextOnce("421 4.3.2 too busy, try again later\r\n"),
    ),
    smtp(
        "mx-slow.test",
        "Mail server that greets late",
        "The greeting comes after a second and a half, on purpose; who waits finds nothing wrong (RFC 5321 §4.5.3.2.1).",
        |z| posture(z).greeting = Greeting::Late(1500),
    ),
    smtp(
        "mx-dripping.test",
        "Mail server that greets byte by byte",
        "The greeting comes in single bytes; lines must be put together (RFC 5321 §4.2.1). Nothing else is wrong.",
        |z| posture(z).greeting = Greeting::Dripping(10),
    ),
    smtp(
        "mx-long-greeting.test",
        "Mail server with a greeting of many lines",
        "The greeting has three lines, 220- twice and 220 (RFC 5321 §4.2.1). Nothing else is wrong.",
        |z| {
            posture(z).greeting = Greeting::Text(
                "220-mx1.mx-long-greeting.test ESMTP\r\n220-no spam\r\n220 please\r\n",
            );
        },
    ),
    smtp(
        "mx-helo-only.test",
        "Mail server that knows only HELO",
        "EHLO is answered with 502, HELO works: no extensions, and so no STARTTLS (RFC 5321 §3.2). Must fail.",
        |z| posture(z).ehlo = false,
    ),
    smtp(
        "starttls-missing.test",
        "Mail server without STARTTLS",
        "STARTTLS is not listed: mail goes in clear text; with DANE and MTA-STS it does not go at all (RFC 3207 §2, RFC 7672 §2.2).",
        |z| posture(z).starttls = StartTls::Missing,
    ),
    smtp(
        "starttls-stripped.test",
        "STARTTLS overwritten on the way",
        "Where STARTTLS should stand there is XXXXXXXA: a box between took it away (RFC 3207 §6). Must fail, and the trace should be shown.",
        |z| posture(z).starttls = StartTls::Stripped,
    ),
    smtp(
        "starttls-454.test",
        "STARTTLS not available just now",
        "STARTTLS is listed and answered with 454: a temporary fault, so unknown (RFC 3207 §4).",
        |z| {
            posture(z).starttls =
                StartTls::Answered("454 4.7.0 TLS not available due to temporary reason");
        },
    ),
    smtp(
        "starttls-454-once.test",
        "STARTTLS not available at first",
        "The first STARTTLS at each address is answered with 454, the next one well (RFC 3207 §4): who comes again finds nothing wrong.",
        |z| {
            posture(z).starttls =
                StartTls::AnsweredOnce("454 4.7.0 TLS not available due to temporary reason");
        },
    ),
    smtp(
        "starttls-command-injection.test",
        "Commands in clear text answered inside TLS",
        "What stands behind STARTTLS in the same segment is kept and answered inside TLS, so that someone on the way can put commands into the session (RFC 3207 §4.2, CVE-2011-0411). Must fail.",
        |z| posture(z).starttls = StartTls::Keeps,
    ),
    smtp(
        "starttls-response-injection.test",
        "Text behind the go-ahead",
        "A second reply follows the go-ahead in clear text; a client that keeps it takes it for one from inside TLS (RFC 3207 §6). It must not be taken for one.",
        |z| posture(z).starttls = StartTls::Talks("250 2.0.0 ok"),
    ),
    smtp(
        "starttls-offered-again.test",
        "STARTTLS offered inside TLS",
        "Inside TLS the server lists STARTTLS again, which it must not (RFC 3207 §4.2).",
        |z| posture(z).keywords_tls = &["REQUIRETLS", "STARTTLS"],
    ),
    smtp(
        "starttls-502.test",
        "STARTTLS listed and not known",
        "STARTTLS is listed and answered with 502, for good (RFC 3207 §4). Must fail.",
        |z| posture(z).starttls = StartTls::Answered("502 5.5.1 command not implemented"),
    ),
    smtp(
        "starttls-one-of-two.test",
        "One of two mail servers without STARTTLS",
        "The second server does not offer STARTTLS; an attacker leads mail there (RFC 3207 §6). Must fail, in every order of the records.",
        |z| {
            z.mx(&[(10, "mx1"), (20, "mx2")]);
            z.server("mx1");
            z.server("mx2").posture.starttls = StartTls::Missing;
        },
    ),
    smtp(
        "starttls-one-address.test",
        "STARTTLS over IPv4 only",
        "The same host offers STARTTLS at its IPv4 address and not at its IPv6 address (RFC 3207 §6). Must fail with the address named.",
        |z| {
            z.own_server().posture_v6 = Some(Posture {
                starttls: StartTls::Missing,
                ..Posture::GOOD
            });
        },
    ),
    smtp(
        "tls12-only.test",
        "TLS 1.2 only",
        "TLS 1.2 is good enough; that there is no TLS 1.3 may be mentioned (RFC 9325 §3.1.1).",
        |z| posture(z).handshake = Handshake::Tls12,
    ),
    smtp(
        "tls10-only.test",
        "TLS 1.0 only",
        "STARTTLS is there, but nothing above TLS 1.0, which must not be used (RFC 8996 §4). A finding about the version, not `no STARTTLS`.",
        |z| posture(z).handshake = Handshake::Legacy(&TLS10_ONLY),
    ),
    smtp(
        "tls-alert.test",
        "Handshake that ends in an alert",
        "STARTTLS goes ahead and every greeting is answered with handshake_failure (RFC 8446 §6.2). STARTTLS yes, handshake failed.",
        |z| posture(z).handshake = Handshake::Alert,
    ),
    smtp(
        "tls-garbage.test",
        "Text where TLS should be",
        "After `220 go ahead` the server goes on in clear text (RFC 3207 §4). The handshake fails.",
        |z| posture(z).handshake = Handshake::Garbage,
    ),
    smtp(
        "smtp-auth-in-clear.test",
        "Passwords asked for in clear text",
        "AUTH PLAIN is offered before STARTTLS, on port 25 (RFC 4954 §4, RFC 8314 §3.3).",
        |z| {
            posture(z).keywords = &[
                "PIPELINING",
                "SIZE 52428800",
                "8BITMIME",
                "AUTH PLAIN LOGIN",
            ];
        },
    ),
    smtp(
        "smtp-bare.test",
        "Mail server with few extensions",
        "Only STARTTLS is offered, in lower case beside nothing else: keywords know no case (RFC 5321 §2.4). No REQUIRETLS, no SMTPUTF8; that is allowed.",
        |z| {
            let posture = posture(z);
            posture.keywords = &["8bitmime"];
            posture.keywords_tls = &[];
        },
    ),
    smtp(
        "smtp-other-name.test",
        "Mail server that gives another name",
        "Greeting and EHLO name `mx1.mail.test`, which resolves to other addresses than the server's (RFC 5321 §4.1.1.1). Mail arrives all the same.",
        |z| posture(z).name = "mx1.mail.test",
    ),
    smtp(
        "smtp-unknown-name.test",
        "Mail server under a name that is not there",
        "Greeting and EHLO give a name that does not resolve (RFC 5321 §2.3.5 asks for one that does).",
        |z| posture(z).name = "nowhere.mail.test",
    ),
    smtp(
        "reverse-missing.test",
        "Mail server without a reverse name",
        "There are no PTR records for its addresses (RFC 1912 §2.1): some receivers refuse what it sends.",
        |z| z.own_server().reverse = ReverseName::None,
    ),
    smtp(
        "reverse-elsewhere.test",
        "Reverse name that does not lead back",
        "The PTR records name `mx1.mail.test`, which has other addresses (RFC 1912 §2.1): not confirmed.",
        |z| z.own_server().reverse = ReverseName::Other("mx1.mail.test."),
    ),
    smtp(
        "reverse-dangling.test",
        "Reverse name that does not exist",
        "The PTR records name a host that is not there (RFC 1912 §2.1): not confirmed.",
        |z| z.own_server().reverse = ReverseName::Other("nowhere.mail.test."),
    ),
];
