//! Mail servers: what each posture looks like from outside.

use super::*;

/// The sockets that play the one mail server of a domain, IPv4 first.
pub(super) fn sockets(lab: &Lab, domain: &str) -> [Option<SocketAddr>; 2] {
    let server = setup_of(domain).servers.remove(0);
    [IpAddr::from(server.v4), IpAddr::from(server.v6)]
        .map(|ip| lab.dial().get(&SocketAddr::new(ip, 25)).copied())
}

pub(super) async fn connect_to(socket: SocketAddr) -> TcpStream {
    TcpStream::connect(socket).await.unwrap()
}

pub(super) async fn connect(lab: &Lab, domain: &str) -> TcpStream {
    connect_to(sockets(lab, domain)[0].unwrap()).await
}

#[tokio::test]
async fn a_good_server_takes_a_session_with_tls_and_no_mail() {
    let lab = lab().await;
    let mut plain = connect(&lab, "compliant.test").await;
    assert_eq!(
        say(&mut plain, "", "\n").await,
        "220 mx1.compliant.test ESMTP ready\r\n"
    );
    let ehlo = say(&mut plain, "EHLO me.test\r\n", "250 ").await;
    assert!(
        ehlo.starts_with("250-mx1.compliant.test greets you\r\n250-PIPELINING"),
        "{ehlo}"
    );
    assert!(say(&mut plain, "", "\n").await.contains("STARTTLS"));
    // What stands behind STARTTLS in the same segment must not be taken for part of the TLS session.
    assert!(
        say(&mut plain, "STARTTLS\r\nNOOP\r\n", "\n")
            .await
            .starts_with("220 ")
    );
    let mut secure = handshake(&lab, plain, "mx1.compliant.test").await.unwrap();
    let ehlo = say(&mut secure, "EHLO me.test\r\n", "250 ").await;
    assert!(!ehlo.contains("STARTTLS"), "{ehlo}");
    assert_eq!(say(&mut secure, "", "\n").await, "REQUIRETLS\r\n");
    assert!(
        say(&mut secure, "MAIL FROM:<>\r\n", "\n")
            .await
            .starts_with("550 ")
    );
    assert!(say(&mut secure, "QUIT\r\n", "\n").await.starts_with("221 "));

    let address = SocketAddr::new(setup_of("compliant.test").servers[0].v4.into(), 25);
    let counts = lab.counts();
    assert_eq!(counts.mail_commands, [(address, "MAIL".to_owned())]);
    assert_eq!(counts.smtp_connections[&address], 1);
    assert_eq!(counts.smtp_most_at_once[&address], 1);
}

#[tokio::test]
async fn postures_show_what_they_are_named_for() {
    let lab = lab().await;
    let cases = [
        ("mx-421.test", "", "421 "),
        ("mx-554.test", "", "554 "),
        ("mx-450.test", "", "450 "),
        ("mx-421-once.test", "", "421 "),
        ("starttls-454-once.test", "STARTTLS\r\n", "454 "),
        (
            "starttls-response-injection.test",
            "STARTTLS\r\n",
            "go ahead\r\n250 2.0.0 ok\r\n",
        ),
        ("smtp-other-name.test", "", "220 mx1.mail.test ESMTP"),
        (
            "smtp-unknown-name.test",
            "EHLO me.test\r\n",
            "250-nowhere.mail.test greets",
        ),
        (
            "mx-dripping.test",
            "",
            "220 mx1.mx-dripping.test ESMTP ready",
        ),
        ("mx-long-greeting.test", "", "220-mx1"),
        ("mx-helo-only.test", "EHLO me.test\r\n", "502 "),
        ("starttls-missing.test", "STARTTLS\r\n", "502 "),
        ("starttls-stripped.test", "EHLO me.test\r\n", "250 XXXXXXXA"),
        ("starttls-454.test", "STARTTLS\r\n", "454 "),
        ("starttls-502.test", "STARTTLS\r\n", "502 "),
        (
            "smtp-auth-in-clear.test",
            "EHLO me.test\r\n",
            "250-AUTH PLAIN LOGIN",
        ),
        ("hostile-banner.test", "", "\u{1b}[2J"),
        (
            "hostile-greeting-without-end.test",
            "",
            "220-and another thing\r\n220-and",
        ),
    ];
    for (domain, command, reply) in cases {
        let mut stream = connect(&lab, domain).await;
        if !command.is_empty() {
            say(&mut stream, "", "\n").await;
        }
        let heard = say(&mut stream, command, reply).await;
        assert!(heard.contains(reply), "{domain}: {heard}");
    }
}

#[tokio::test]
async fn closed_and_missing_hosts_are_told_apart() {
    let lab = lab().await;
    assert_eq!(sockets(&lab, "mx-unreachable.test"), [None, None]);
    for socket in sockets(&lab, "mx-refused.test") {
        let error = TcpStream::connect(socket.unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}

#[tokio::test]
async fn one_host_can_behave_otherwise_over_ipv6() {
    let lab = lab().await;
    let mut offers = Vec::new();
    for socket in sockets(&lab, "starttls-one-address.test") {
        let mut stream = TcpStream::connect(socket.unwrap()).await.unwrap();
        say(&mut stream, "", "\n").await;
        let ehlo = say(&mut stream, "EHLO me.test\r\nQUIT\r\n", "221 ").await;
        offers.push(ehlo.contains("STARTTLS"));
    }
    assert_eq!(offers, [true, false]);
}

#[tokio::test]
async fn certificates_and_handshakes_fail_as_their_scenarios_say() {
    let lab = lab().await;
    let cases = [
        ("cert-wildcard.test", ""),
        ("cert-sni.test", ""),
        ("cert-stapled.test", ""),
        ("cert-revoked.test", ""),
        ("hostile-chain.test", ""),
        ("tls12-only.test", ""),
        ("tls13-only.test", ""),
        ("tls10-also.test", ""),
        ("sslv3-also.test", ""),
        ("tls-rc4.test", ""),
        ("tls-export.test", ""),
        ("tls-anonymous.test", ""),
        ("tls-ffdhe3072.test", ""),
        ("tls-no-extended-master-secret.test", ""),
        ("tls-no-secure-renegotiation.test", ""),
        ("tls-sha1.test", ""),
        ("cert-rsa.test", ""),
        ("tls-early-data.test", ""),
        ("cert-dual.test", ""),
        ("cert-wrong-order.test", ""),
        ("cert-with-root.test", ""),
        ("cert-900-days.test", ""),
        ("cert-crl-revoked.test", ""),
        ("tls11-only.test", "ProtocolVersion"),
        ("sslv3-only.test", "ProtocolVersion"),
        ("tls-static-rsa-only.test", "HandshakeFailure"),
        ("cert-sha1.test", "UnsupportedSignatureAlgorithm"),
        ("cert-client-only.test", "does not allow extended key usage"),
        ("cert-authority.test", "CaUsedAsEndEntity"),
        ("cert-self-signed.test", "UnknownIssuer"),
        ("cert-expired.test", "expired"),
        ("cert-not-yet-valid.test", "not valid yet"),
        ("cert-wrong-name.test", "not valid for name"),
        ("cert-substring.test", "not valid for name"),
        ("cert-incomplete.test", "UnknownIssuer"),
        ("cert-evil-root.test", "UnknownIssuer"),
        ("cert-evil-decoy.test", "UnknownIssuer"),
        ("tls10-only.test", "ProtocolVersion"),
        ("tls-alert.test", "HandshakeFailure"),
        ("tls-garbage.test", "corrupt message"),
    ];
    for (domain, fault) in cases {
        let mut stream = connect(&lab, domain).await;
        say(&mut stream, "", "\n").await;
        say(&mut stream, "STARTTLS\r\n", "\n").await;
        match handshake(&lab, stream, &format!("mx1.{domain}")).await {
            Ok(_) => assert_eq!(fault, "", "{domain}"),
            Err(error) => {
                let text = error.to_string();
                assert!(
                    !fault.is_empty() && text.contains(fault),
                    "{domain}: {text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_happens_once_happens_once_at_each_address() {
    let lab = lab().await;
    for socket in sockets(&lab, "mx-421-once.test") {
        let mut heard = Vec::new();
        for _ in 0..3 {
            let mut stream = connect_to(socket.unwrap()).await;
            heard.push(say(&mut stream, "", "\n").await[..4].to_owned());
        }
        assert_eq!(heard, ["421 ", "220 ", "220 "]);
    }
    let mut stream = connect(&lab, "starttls-454-once.test").await;
    say(&mut stream, "", "\n").await;
    let first = say(&mut stream, "STARTTLS\r\n", "\n").await;
    let second = say(&mut stream, "STARTTLS\r\n", "\n").await;
    assert!(first.starts_with("454 ") && second.starts_with("220 "));
}

#[tokio::test]
async fn a_command_behind_starttls_is_answered_inside_tls_by_the_one_server_that_keeps_it() {
    let lab = lab().await;
    for (domain, reply) in [
        ("compliant.test", "221 "),
        ("starttls-command-injection.test", "250 2.0.0 ok"),
    ] {
        let mut stream = connect(&lab, domain).await;
        say(&mut stream, "", "\n").await;
        say(&mut stream, "STARTTLS\r\nNOOP\r\n", "\n").await;
        let mut secure = handshake(&lab, stream, &format!("mx1.{domain}"))
            .await
            .unwrap();
        let heard = say(&mut secure, "QUIT\r\n", "\n").await;
        assert!(heard.starts_with(reply), "{domain}: {heard}");
    }
    let mut stream = connect(&lab, "starttls-offered-again.test").await;
    say(&mut stream, "", "\n").await;
    say(&mut stream, "STARTTLS\r\n", "\n").await;
    let mut secure = handshake(&lab, stream, "mx1.starttls-offered-again.test")
        .await
        .unwrap();
    let ehlo = say(&mut secure, "EHLO me.test\r\n", "250 STARTTLS").await;
    assert!(ehlo.contains("250 STARTTLS"), "{ehlo}");
}

#[tokio::test]
async fn who_leaves_while_the_server_still_waits_counts_as_gone() {
    let lab = lab().await;
    for _ in 0..3 {
        drop(connect(&lab, "mx-slow.test").await);
    }
    // The one after these is counted when it has been greeted.
    let mut stream = connect(&lab, "mx-slow.test").await;
    say(&mut stream, "", "\n").await;
    let address = SocketAddr::new(setup_of("mx-slow.test").servers[0].v4.into(), 25);
    let counts = lab.counts();
    assert_eq!(counts.smtp_connections[&address], 4);
    assert_eq!(counts.smtp_most_at_once[&address], 1);
}
