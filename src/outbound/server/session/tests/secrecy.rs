//! Sessions with STARTTLS, and how far clients came.

use super::super::super::{Event, Site, tls};
use super::{Client, Run, TO_DATA, quick, site};
use crate::facts::observed::Observed;
use crate::facts::outbound::enforcement::AttemptEnd;
use crate::facts::tls::TlsVersion;
use rustls::client::WantsClientCert;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio_rustls::TlsConnector;

fn trusting(roots: RootCertStore) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    config.with_root_certificates(roots)
}

/// A site with a certificate that a client can be told to trust, and one that shows its own.
fn trusted(own: bool) -> (Site, ClientConfig) {
    let made = rcgen::generate_simple_self_signed(["mx.probe.example".to_owned()]).unwrap();
    let key = || PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let chain = vec![made.cert.der().clone()];
    let site = Site {
        tls: Some(tls::server_config(chain.clone(), key()).unwrap()),
        ..site(false)
    };
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let config = trusting(roots);
    let config = if own {
        config.with_client_auth_cert(chain, key()).unwrap()
    } else {
        config.with_no_client_auth()
    };
    (site, config)
}

#[tokio::test]
async fn tls_is_noted_and_what_came_before_it_is_forgotten() {
    for own in [false, true] {
        let (site, config) = trusted(own);
        let (mut run, mut client) = Run::start(quick(), site);
        client.hold(&TO_DATA[..4]).await;
        // The command behind STARTTLS is thrown away: its reply would come first inside.
        client.hold(&[("STARTTLS\r\nNOOP\r\n", "220 2.0.0")]).await;
        let name = ServerName::try_from("mx.probe.example").unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, client.stream)
            .await
            .unwrap();
        let mut client = Client { stream };
        client
            .hold(&[
                ("DATA\r\n", "503"),
                ("MAIL FROM:<>\r\n", "503"),
                ("EHLO b.example\r\n", "250"),
            ])
            .await;
        client
            .hold(&[
                ("STARTTLS\r\n", "503"),
                ("MAIL FROM:<> REQUIRETLS\r\n", "250"),
            ])
            .await;
        client.hold(&TO_DATA[3..]).await;
        client
            .hold(&[("a\r\n.\r\n", "250"), ("QUIT\r\n", "221")])
            .await;
        let Some(Event::Accepted(accepted)) = run.events.recv().await else {
            panic!("no message");
        };
        let connection = accepted.delivered.connection;
        assert_eq!(connection.ehlo, Observed::present("b.example".to_owned()));
        assert_eq!(connection.requiretls, Observed::present(true));
        let tls = connection.tls.value().unwrap();
        assert_eq!(tls.version, Observed::present(TlsVersion::Tls13));
        assert_eq!(tls.suite.value().unwrap(), "TLS_AES_256_GCM_SHA384");
        assert_eq!(tls.group.value().unwrap(), "x25519");
        assert_eq!(tls.sni, Observed::present("mx.probe.example".to_owned()));
        assert_eq!(tls.client_certificate.value().is_some(), own);
        drop(client);
        let Some(Event::Attempted { attempt, .. }) = run.events.recv().await else {
            panic!("no attempt");
        };
        assert_eq!(attempt.end, AttemptEnd::Delivered);
        assert!(attempt.tls.value().is_some());
    }
}

#[tokio::test]
async fn how_far_a_client_came_is_told() {
    let starttls = [TO_DATA[0], TO_DATA[1], ("STARTTLS\r\n", "220")];
    let (run, mut client) = Run::start(quick(), trusted(false).0);
    client.hold(&starttls[..2]).await;
    let attempt = run.end(client).await.1;
    assert_eq!(attempt.end, AttemptEnd::LeftAfterEhlo);
    assert!(attempt.tls.is_absent());

    // A client that does not know the authority says so by an alert.
    let (run, mut client) = Run::start(quick(), trusted(false).0);
    client.hold(&starttls).await;
    let name = ServerName::try_from("mx.probe.example").unwrap();
    let stranger = trusting(RootCertStore::empty()).with_no_client_auth();
    let stranger = Arc::new(stranger);
    assert!(
        TlsConnector::from(stranger)
            .connect(name.clone(), client.stream)
            .await
            .is_err()
    );
    let attempt = run.end(()).await;
    assert_eq!(
        (attempt.1.end, &*attempt.1.alert),
        (AttemptEnd::HandshakeFailed, "unknown_ca")
    );
    assert!(attempt.1.tls.is_unknown());

    for garbage in [
        "EHLO again\r\n",
        "\u{16}\u{3}\u{1}xxxxxxxxxxxxxxxxxx",
        "\0\0\0\0\0\0\0\0",
    ] {
        let (run, mut client) = Run::start(quick(), trusted(false).0);
        client.hold(&starttls).await;
        client.send(garbage).await;
        let mut rest = Vec::new();
        let _ = client.stream.read_to_end(&mut rest).await;
        let attempt = run.end(client).await.1;
        assert_eq!(
            (attempt.end, &*attempt.alert),
            (AttemptEnd::HandshakeFailed, ""),
            "{garbage:?}"
        );
    }

    let (site, config) = trusted(false);
    let (run, mut client) = Run::start(quick(), site);
    client.hold(&starttls).await;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, client.stream)
        .await
        .unwrap();
    let mut client = Client { stream };
    client
        .hold(&[("EHLO a.example\r\n", "250"), ("QUIT\r\n", "221")])
        .await;
    let attempt = run.end(client).await.1;
    assert_eq!(attempt.end, AttemptEnd::LeftAfterHandshake);
    assert!(attempt.tls.value().is_some());
}
