//! What is served for each posture: certificates as good or bad as they should be, a zone that holds, policies.

use super::*;
use crate::authority::answer::question;
use crate::derive::chain::TrustStore;
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use rustls_pki_types::{ServerName, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use webpki::{EndEntityCert, KeyUsage};

const NOW: i64 = 1_795_428_000;
const DOMAIN: &str = "probe.example.net";

fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

fn order() -> Order {
    Order {
        domain: DOMAIN.to_owned(),
        addresses: Addresses::read(&["127.0.0.11-19".to_owned(), "2001:db8::1".to_owned()])
            .unwrap(),
        port: 25,
        given: Given::default(),
        name_servers: vec![NameServer {
            name: format!("ns.{DOMAIN}"),
            addresses: vec!["127.0.0.10".parse().unwrap()],
        }],
        policy_hosts: vec!["127.0.0.20".parse().unwrap()],
        report_to: Some("mailto:tls@example.net".to_owned()),
        state: State::default(),
    }
}

fn probes() -> Probes {
    Probes::prepare(order(), now()).unwrap()
}

/// What a client that trusts the authority makes of what a host shows.
fn judge(identity: &Identity, host: &str, root: &str) -> Result<(), String> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;
    let root = CertificateDer::from_pem_slice(root.as_bytes()).unwrap();
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let own = EndEntityCert::try_from(&identity.chain[0]).unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()));
    let verified = own.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &identity.chain[1..],
        time,
        KeyUsage::server_auth(),
        None,
        None,
    );
    verified.map_err(|error| format!("{error:?}"))?;
    own.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap())
        .map_err(|error| format!("{error:?}"))
}

#[test]
fn each_server_shows_a_certificate_that_is_good_or_bad_as_its_posture_says() {
    let probes = probes();
    let root = probes.wardrobe().authority().unwrap();
    let table = [
        (Posture::Good, ""),
        (Posture::SelfSigned, "UnknownIssuer"),
        (Posture::WrongName, "CertNotValidForName"),
        (Posture::Expired, "CertExpired"),
        (Posture::DaneValid, "UnknownIssuer"),
        (Posture::DaneMismatch, ""),
        (Posture::MtaStsValid, ""),
        (Posture::MtaStsMismatch, "CertNotValidForName"),
    ];
    assert!(probes.identity(Posture::NoStarttls).is_none());
    for (posture, fault) in table {
        let planned = probes
            .plan()
            .probes
            .iter()
            .find(|one| one.posture == posture)
            .unwrap();
        let identity = probes.identity(posture).unwrap();
        match judge(identity, &planned.host, root) {
            Ok(()) => assert_eq!(fault, "", "{posture:?}"),
            Err(error) => assert!(
                !fault.is_empty() && error.starts_with(fault),
                "{posture:?}: {error}"
            ),
        }
    }
    for (host, identity) in probes.wardrobe().policy_hosts() {
        assert_eq!(judge(identity, host, root), Ok(()), "{host}");
    }
    assert!(TrustStore::from_pem("probes", root.as_bytes()).is_ok());
}

#[test]
fn the_tlsa_records_fit_the_one_server_and_not_the_other() {
    let probes = probes();
    let text = probes.zone_text(false, now()).unwrap();
    let associations: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(" IN TLSA 3 1 1 "))
        .collect();
    assert_eq!(associations.len(), 2);
    for (owner, association) in associations {
        let posture = if owner.contains("dane-valid") {
            Posture::DaneValid
        } else {
            Posture::DaneMismatch
        };
        let shown = &probes.identity(posture).unwrap().chain[0];
        let read = crate::records::certificate::read(shown, now()).unwrap();
        let fits = read.spki_sha256.eq_ignore_ascii_case(association);
        assert_eq!(fits, posture == Posture::DaneValid, "{owner}");
    }
}

#[test]
fn the_zone_says_what_each_posture_needs() {
    let text = probes().zone_text(false, now()).unwrap();
    assert!(
        text.starts_with("probe.example.net. 300 IN SOA ns.probe.example.net. "),
        "{text}"
    );
    for line in [
        "probe.example.net. 300 IN NS ns.probe.example.net.",
        "ns.probe.example.net. 300 IN A 127.0.0.10",
        "probe.example.net. 300 IN MX 0 .",
        "good.probe.example.net. 300 IN MX 10 mx.good.probe.example.net.",
        "mx.good.probe.example.net. 300 IN A 127.0.0.11",
        "mx.good.probe.example.net. 300 IN AAAA 2001:db8::1",
        "mx.mta-sts-mismatch.probe.example.net. 300 IN A 127.0.0.19",
        "mta-sts.mta-sts-valid.probe.example.net. 300 IN A 127.0.0.20",
        "no-starttls.probe.example.net. 300 IN TXT \"v=spf1 -all\"",
        "_dmarc.expired.probe.example.net. 300 IN TXT \"v=DMARC1; p=reject; sp=reject; adkim=s; aspf=s\"",
        "_smtp._tls.good.probe.example.net. 300 IN TXT \"v=TLSRPTv1; rua=mailto:tls@example.net\"",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    let policies = text.matches("\"v=STSv1; id=").count();
    assert_eq!(policies, 2);
    assert!(!text.contains("DNSKEY"));
}

#[test]
fn keys_that_are_kept_keep_the_ds_and_the_tlsa_records() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || {
        let mut order = order();
        order.state = State::new(Some(folder.path().to_owned()));
        Probes::prepare(order, now()).unwrap()
    };
    let (first, second) = (kept(), kept());
    assert_eq!(first.ds().unwrap(), second.ds().unwrap());
    assert_eq!(
        first.zone_text(false, now()).unwrap(),
        second.zone_text(false, now()).unwrap()
    );
    assert_eq!(first.wardrobe().authority(), second.wardrobe().authority());
    let parent = first.parent_text(true).unwrap();
    assert!(
        parent.contains("probe.example.net. 300 IN NS ns.probe.example.net.\n"),
        "{parent}"
    );
    assert!(
        parent.contains(" IN DS ") && parent.ends_with(&first.ds().unwrap()),
        "{parent}"
    );
}

#[test]
fn what_has_no_address_or_no_policy_host_is_left_out_and_said_so() {
    let mut order = order();
    order.addresses = Addresses::read(&[
        "127.0.0.11-12".to_owned(),
        "mta-sts-valid=127.0.0.13".to_owned(),
    ])
    .unwrap();
    order.policy_hosts = Vec::new();
    let probes = Probes::prepare(order, now()).unwrap();
    let served: Vec<_> = probes.plan().probes.iter().map(|one| one.posture).collect();
    assert_eq!(served, [Posture::Good, Posture::SelfSigned]);
    assert_eq!(probes.plan().left_out.len(), 7);
    assert_eq!(
        probes.plan().recipients("abc"),
        [
            "abc@good.probe.example.net",
            "abc@self-signed.probe.example.net"
        ]
    );
}

/// A certificate for these names, as a user has one.
fn given(names: &[&str]) -> Given {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = made.signing_key.serialize_pem();
    Given {
        trusted: vec![Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).unwrap()],
        expired: None,
    }
}

#[test]
fn names_that_the_users_certificates_lack_are_told_at_once() {
    let mut order = order();
    order.given = given(&[
        "mx.good.probe.example.net",
        "mta-sts.mta-sts-valid.probe.example.net",
    ]);
    let Err(ProbesError::Names(lacking)) = Probes::prepare(order, now()) else {
        panic!("nothing is lacking");
    };
    assert_eq!(
        lacking,
        [
            "mx.dane-mismatch.probe.example.net",
            "mx.mta-sts-valid.probe.example.net",
            "mta-sts.mta-sts-mismatch.probe.example.net",
        ]
    );
}

#[test]
fn a_wrong_name_is_none_that_the_certificate_has() {
    let mut order = order();
    order.given = given(&[
        "mx.good.probe.example.net",
        "mx.dane-mismatch.probe.example.net",
        "*.mta-sts-valid.probe.example.net",
        "*.mta-sts-mismatch.probe.example.net",
        "mx.wrong-name.probe.example.net",
    ]);
    let probes = Probes::prepare(order, now()).unwrap();
    let host = |posture| {
        let mut all = probes.plan().probes.iter();
        all.find(|one| one.posture == posture).unwrap().host.clone()
    };
    assert_eq!(
        host(Posture::WrongName),
        "other.wrong-name.probe.example.net"
    );
    assert_eq!(
        host(Posture::MtaStsMismatch),
        "a.mx.mta-sts-mismatch.probe.example.net"
    );
    assert!(probes.wardrobe().authority().is_none());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let one = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    assert!(Identity::from_pem(one.cert.pem().as_bytes(), other.as_bytes()).is_err());
    assert!(Identity::from_pem(b"", other.as_bytes()).is_err());
}

fn query(name: &str, rtype: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), rtype));
    message.to_vec().unwrap()
}

#[test]
fn the_name_server_answers_for_its_zone_and_for_nothing_else() {
    let zone = probes().zone(true, now()).unwrap();
    let ask = |name, rtype| {
        let query = query(name, rtype);
        assert!(question(&query).is_some());
        Message::from_vec(&zone.respond(&query, true).unwrap()).unwrap()
    };
    let mx = ask("GOOD.probe.example.net.", RecordType::MX);
    assert!(mx.metadata.authoritative && !mx.metadata.recursion_available);
    assert!(matches!(&mx.answers[0].data, RData::MX(_)));
    let none = ask("nothing.probe.example.net.", RecordType::A);
    assert_eq!(none.metadata.response_code, ResponseCode::NXDomain);
    let other = ask("example.org.", RecordType::A);
    assert_eq!(other.metadata.response_code, ResponseCode::Refused);
    let answer = zone.respond(&mx.to_vec().unwrap(), true);
    assert!(answer.is_none());
}

#[test]
fn the_policy_host_gives_out_the_policy_of_the_name_that_is_asked_for() {
    use rustls_pki_types::pem::PemObject as _;
    let probes = Arc::new(Probes::prepare(order(), Clock::System.now()).unwrap());
    let ask = async |sni: &str, path: &str, at: SocketAddr| {
        let mut roots = rustls::RootCertStore::empty();
        let root = probes.wardrobe().authority().unwrap();
        roots
            .add(rustls_pki_types::CertificateDer::from_pem_slice(root.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = tokio::net::TcpStream::connect(at).await.unwrap();
        let name = ServerName::try_from(sni.to_owned()).unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let Ok(mut stream) = connector.connect(name, stream).await else {
            return "no handshake".to_owned();
        };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {sni}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        reply
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut services = Services::default();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let at = probes.serve_https(anywhere, &mut services).await.unwrap();
        let path = "/.well-known/mta-sts.txt";
        let valid = ask("mta-sts.mta-sts-valid.probe.example.net", path, at).await;
        assert!(valid.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"), "{valid}");
        assert!(valid.ends_with(
            "\r\n\r\nversion: STSv1\r\nmode: enforce\r\nmx: mx.mta-sts-valid.probe.example.net\r\nmax_age: 86400\r\n"
        ));
        let mismatch = ask("mta-sts.mta-sts-mismatch.probe.example.net", path, at).await;
        assert!(mismatch.contains("\r\nmx: mx.mta-sts-mismatch.probe.example.net\r\n"));
        let other = ask("mta-sts.mta-sts-valid.probe.example.net", "/", at).await;
        assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
        let stranger = ask("example.org", path, at).await;
        assert_eq!(stranger, "no handshake");
    });
}
