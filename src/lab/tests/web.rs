//! The web server: what each policy host gives.

use super::super::setup::web_addresses;
use super::*;

/// The status line, the headers and the body that a policy host gives, or why it came to none.
async fn fetch(lab: &Lab, domain: &str) -> Result<(String, String), String> {
    let host = format!("mta-sts.{domain}");
    let address = SocketAddr::new(web_addresses().0.into(), 443);
    let stream = TcpStream::connect(lab.dial()[&address]).await.unwrap();
    let mut stream = handshake(lab, stream, &host)
        .await
        .map_err(|error| error.to_string())?;
    let request = format!("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    let reply = String::from_utf8(reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    Ok((head.to_owned(), body.to_owned()))
}

#[tokio::test]
async fn policy_hosts_answer_as_their_scenarios_say() {
    let lab = lab().await;
    let cases = [
        (
            "compliant.test",
            "200 ",
            "mode: enforce\r\nmx: mx1.compliant.test\r\nmx: mx2.compliant.test",
        ),
        ("sts-testing.test", "200 ", "mode: testing"),
        ("sts-none.test", "200 ", "mode: none"),
        ("sts-redirect.test", "302 ", ""),
        ("sts-404.test", "404 ", ""),
        ("sts-500.test", "500 ", ""),
        (
            "sts-media-type.test",
            "Content-Type: text/html",
            "mode: enforce",
        ),
        ("sts-blank-line.test", "200 ", "604800\r\n\r\n"),
        (
            "sts-not-covering.test",
            "200 ",
            "enforce\r\nmx: mx1.mail.test\r\nmax",
        ),
    ];
    for (domain, head, body) in cases {
        let (heard, policy) = fetch(&lab, domain).await.unwrap();
        assert!(heard.contains(head), "{domain}: {heard}");
        assert!(policy.contains(body), "{domain}: {policy}");
    }
    assert!(fetch(&lab, "hostile-policy.test").await.unwrap().1.len() > 1_000_000);
    assert_eq!(lab.counts().https_requests["mta-sts.sts-404.test"], 1);
}

#[tokio::test]
async fn policy_hosts_with_wrong_certificates_are_not_authenticated() {
    let lab = lab().await;
    assert!(
        fetch(&lab, "sts-wrong-cert.test")
            .await
            .unwrap_err()
            .contains("not valid for name")
    );
    assert!(
        fetch(&lab, "sts-expired-cert.test")
            .await
            .unwrap_err()
            .contains("expired")
    );
}

/// What the plain web server answers to a request for a path.
async fn plain(lab: &Lab, path: &str) -> Vec<u8> {
    let web = SocketAddr::new(web_addresses().0.into(), HTTP);
    let mut stream = TcpStream::connect(lab.dial()[&web]).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: crl.mail.test\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn lists_of_revoked_certificates_are_given_out_without_tls() {
    let lab = lab().await;
    for (path, status) in [
        ("/intermediate.crl", "200"),
        ("/stale.crl", "200"),
        ("/gone.crl", "404"),
    ] {
        let reply = plain(&lab, path).await;
        let head = String::from_utf8_lossy(&reply).into_owned();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        if status == "200" {
            let end = reply.windows(4).position(|part| part == b"\r\n\r\n");
            assert_eq!(reply[end.unwrap() + 4], 0x30, "a sequence in DER");
        }
    }
    assert_eq!(lab.counts().crl_requests["/intermediate.crl"], 1);
}
