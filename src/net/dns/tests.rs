//! The client against a resolver that misbehaves.

use super::test_server::{TestServer, Trick};
use super::test_world::{config, hasty_world, trusting_world, world, zones};
use super::test_zone::{Signing, TestZone};
use super::{Dns, DnsConfig, DnsError, Response};
use crate::facts::dns::DnssecState;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::net::dnssec::anchors::TrustAnchors;
use futures_util::future::join_all;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RData;
use hickory_proto::rr::RecordData as _;
use hickory_proto::rr::RecordType::{A, MX, TXT};
use hickory_proto::rr::rdata;
use std::sync::Arc;

fn cause(response: &Response) -> Option<(Cause, &str)> {
    match &response.observed {
        Observed::Unknown { cause, detail } => Some((*cause, detail)),
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

#[tokio::test]
async fn a_response_has_sorted_data_the_least_ttl_and_the_aliases() {
    let (_server, dns) = world().await;
    let mx = dns.ask("Nsec.TEST.", MX).await;
    assert_eq!((mx.name.as_str(), mx.ttl_seconds), ("nsec.test", Some(300)));
    let preferences: Vec<u16> = mx
        .observed
        .value()
        .unwrap()
        .iter()
        .map(preference)
        .collect();
    assert_eq!(preferences, [10, 20]);
    let abroad = dns.ask("abroad.nsec.test", A).await;
    assert_eq!(abroad.aliases, ["mx1.unsigned.test"]);
    assert_eq!(abroad.ttl_seconds, Some(120));
    assert!(abroad.observed.value().is_some());
    let texts = dns.ask("nsec.test", TXT).await.texts();
    assert_eq!(texts, Observed::present(vec!["v=spf1 -all".to_owned()]));
    let gone = dns.ask("gone.nsec.test", A).await;
    assert_eq!(
        (gone.ttl_seconds, &gone.observed),
        (Some(60), &Observed::absent(Proof::Nxdomain))
    );
}

fn preference(data: &RData) -> u16 {
    rdata::MX::try_borrow(data).unwrap().preference
}

#[tokio::test]
async fn trouble_is_unknown_with_its_cause() {
    let (server, dns) = hasty_world().await;
    for (name, trick, expected) in [
        (
            "mx1.nsec.test",
            Trick::Rcode(ResponseCode::ServFail),
            Cause::Servfail,
        ),
        (
            "host.ent.nsec.test",
            Trick::Error(7, "too old"),
            Cause::Servfail,
        ),
        (
            "nsec.test",
            Trick::Rcode(ResponseCode::Refused),
            Cause::Refused,
        ),
        (
            "a.nsec.test",
            Trick::Rcode(ResponseCode::FormErr),
            Cause::Refused,
        ),
        ("e.nsec.test", Trick::Referral, Cause::Refused),
        ("b.nsec.test", Trick::Silent, Cause::Timeout),
        ("c.nsec.test", Trick::Garbage, Cause::MalformedAnswer),
        (
            "d.nsec.test",
            Trick::TruncatedThenClosed,
            Cause::ConnectionClosed,
        ),
    ] {
        server.trick(name, A, trick);
        let response = dns.ask(name, A).await;
        let (cause, detail) = cause(&response).unwrap();
        assert_eq!(cause, expected, "{name}: {detail}");
        assert!(!detail.is_empty());
        assert_eq!(response.dnssec.state, DnssecState::Indeterminate, "{name}");
    }
    let response = dns.ask("host.ent.nsec.test", A).await;
    assert_eq!(cause(&response).unwrap().1, "SERVFAIL, EDE 7: too old");
    assert_eq!(server.asked("b.nsec.test", A), 2);
}

#[tokio::test]
async fn names_that_are_none_are_not_asked() {
    let (server, dns) = world().await;
    for name in ["", "a..b", &"x".repeat(64), &"x.".repeat(200)] {
        let response = dns.ask(name, A).await;
        assert_eq!(cause(&response).unwrap().0, Cause::Unresolved);
    }
    assert!(server.log().is_empty());
    assert_eq!(dns.counts().sent, 0);
}

#[tokio::test]
async fn alias_loops_are_unknown() {
    let (_server, dns) = world().await;
    let response = dns.ask("loop1.nsec.test", A).await;
    assert_eq!(cause(&response).unwrap().0, Cause::Unresolved);
}

#[tokio::test]
async fn an_alias_without_its_target_is_followed_by_another_question() {
    let (server, dns) = world().await;
    server.trick("abroad.nsec.test", A, Trick::AliasOnly);
    server.trick("dangling.nsec.test", A, Trick::AliasOnly);
    let response = dns.ask("abroad.nsec.test", A).await;
    assert_eq!(response.observed.value().map(Vec::len), Some(1));
    assert_eq!(response.dnssec.state, DnssecState::Insecure);
    assert_eq!(server.asked("mx1.unsigned.test", A), 1);
    let response = dns.ask("dangling.nsec.test", A).await;
    assert_eq!(response.observed, Observed::absent(Proof::Nxdomain));
    assert_eq!(response.dnssec.state, DnssecState::Secure);
}

#[tokio::test]
async fn truncated_answers_come_over_tcp() {
    let (server, dns) = world().await;
    server.trick("nsec.test", MX, Trick::Truncated);
    let response = dns.ask("nsec.test", MX).await;
    assert_eq!(response.observed.value().map(Vec::len), Some(2));
    assert_eq!(response.dnssec.state, DnssecState::Secure);
    assert_eq!(server.asked("nsec.test", MX), 2);
    let counts = dns.counts();
    assert_eq!(counts.sent, counts.asked + 1);
}

#[tokio::test]
async fn an_answer_larger_than_udp_carries_is_whole() {
    let lines: Vec<String> = (0..200)
        .map(|number| format!("@ 300 IN A 10.0.0.{number}"))
        .collect();
    let text = lines.join(
        "
",
    ) + "
";
    let zone = TestZone::signed("big", &text, Vec::new(), Signing::default());
    let server = TestServer::start(vec![zone]).await;
    let dns = Dns::start(config(vec![server.address], TrustAnchors::root())).unwrap();
    let response = dns.ask("big", A).await;
    assert_eq!(response.observed.value().map(Vec::len), Some(200));
}

#[tokio::test]
async fn answers_with_another_id_or_question_are_ignored() {
    let (server, dns) = world().await;
    server.trick("nsec.test", MX, Trick::WrongIdFirst);
    server.trick("nsec3.test", MX, Trick::WrongQuestionFirst);
    for name in ["nsec.test", "nsec3.test"] {
        let response = dns.ask(name, MX).await;
        assert_eq!(response.observed.value().map(Vec::len), Some(2), "{name}");
        assert_eq!(server.asked(name, MX), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let (server, dns) = hasty_world().await;
    server.trick("nsec.test", MX, Trick::SilentFor(1));
    let response = dns.ask("nsec.test", MX).await;
    assert!(response.observed.value().is_some());
    assert_eq!(server.asked("nsec.test", MX), 2);
    let counts = dns.counts();
    assert_eq!((counts.sent, counts.duplicates), (counts.asked + 1, 0));
}

#[tokio::test]
async fn after_a_timeout_the_next_resolver_is_asked() {
    let (first_zones, anchors) = zones();
    let first = TestServer::start(first_zones).await;
    let (second_zones, _) = zones();
    let second = TestServer::start(second_zones).await;
    first.trick("unsigned.test", MX, Trick::Silent);
    let resolvers = vec![first.address, second.address];
    let config = DnsConfig {
        timeout: std::time::Duration::from_secs(1),
        ..config(resolvers, anchors)
    };
    let dns = Dns::start(config).unwrap();
    let response = dns.ask("unsigned.test", MX).await;
    assert!(response.observed.value().is_some());
    assert_eq!(first.asked("unsigned.test", MX), 1);
    assert_eq!(second.log(), [("unsigned.test".to_owned(), MX)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_askers_of_one_name_share_one_query() {
    let (server, dns) = world().await;
    let askers = (0..100).map(|_| {
        let dns = dns.clone();
        tokio::spawn(async move { dns.ask("nsec.test", MX).await })
    });
    let responses: Vec<Arc<Response>> = join_all(askers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(
        responses
            .iter()
            .all(|response| Arc::ptr_eq(response, &responses[0]))
    );
    assert_eq!(server.asked("nsec.test", MX), 1);
    let counts = dns.counts();
    let total = u64::try_from(server.log().len()).unwrap();
    assert_eq!(
        (counts.asked, counts.sent, counts.duplicates),
        (total, total, 0)
    );
}

#[tokio::test]
async fn many_names_at_once_all_get_their_own_answer() {
    let (_server, dns) = world().await;
    let names: Vec<String> = (0..500)
        .map(|number| format!("n{number}.wild.nsec.test"))
        .collect();
    let responses = join_all(names.iter().map(|name| dns.ask(name, TXT))).await;
    for (name, response) in names.iter().zip(&responses) {
        assert_eq!(response.name, *name);
        assert!(response.observed.value().is_some() && response.dnssec.wildcard);
    }
    assert_eq!(dns.counts().duplicates, 0);
}

#[tokio::test]
async fn a_question_whose_asker_gave_up_is_counted_when_it_is_asked_again() {
    let (server, dns) = hasty_world().await;
    server.trick("unsigned.test", MX, Trick::SilentFor(1));
    {
        let asking = dns.ask("unsigned.test", MX);
        tokio::pin!(asking);
        let patience = std::time::Duration::from_millis(50);
        assert!(tokio::time::timeout(patience, asking).await.is_err());
    }
    assert!(
        dns.ask("unsigned.test", MX)
            .await
            .observed
            .value()
            .is_some()
    );
    assert_eq!(dns.counts().duplicates, 1);
}

#[tokio::test]
async fn a_trusted_resolver_is_believed() {
    let (server, dns) = trusting_world().await;
    server.trick("nsec.test", MX, Trick::Vouched);
    server.trick("mx1.nsec.test", A, Trick::Error(7, ""));
    server.trick("mx1.p384.test", A, Trick::Error(22, ""));
    let secure = dns.ask("nsec.test", MX).await;
    assert_eq!(secure.dnssec.state, DnssecState::Secure);
    assert_eq!(secure.dnssec.algorithm.as_deref(), Some("ECDSAP256SHA256"));
    let insecure = dns.ask("nsec3.test", MX).await;
    assert_eq!(insecure.dnssec.state, DnssecState::Insecure);
    assert_eq!(insecure.dnssec.reason, "the resolver does not vouch for it");
    let bogus = dns.ask("mx1.nsec.test", A).await;
    assert_eq!(
        (cause(&bogus).unwrap().0, bogus.dnssec.state),
        (Cause::Bogus, DnssecState::Bogus)
    );
    assert_eq!(bogus.dnssec.ede, Some(7));
    let failed = dns.ask("mx1.p384.test", A).await;
    assert_eq!(cause(&failed).unwrap().0, Cause::Servfail);
    assert_eq!(server.log().len(), 4);
}

#[tokio::test]
async fn a_resolver_without_signatures_leaves_the_state_open() {
    let (_, anchors) = zones();
    let bare = |origin, text| TestZone::unsigned(origin, text, Vec::new());
    let server = TestServer::start(vec![
        bare(".", ""),
        bare("example.test", "@ 300 IN A 192.0.2.1\n"),
    ])
    .await;
    let dns = Dns::start(config(vec![server.address], anchors)).unwrap();
    let response = dns.ask("example.test", A).await;
    assert!(response.observed.value().is_some());
    assert_eq!(response.dnssec.state, DnssecState::Indeterminate);
    assert!(response.dnssec.reason.contains("no signed keys"));
}

#[tokio::test]
async fn a_client_needs_a_resolver() {
    let config = config(Vec::new(), TrustAnchors::root());
    assert!(matches!(Dns::start(config), Err(DnsError::NoResolver)));
}

#[test]
fn a_client_needs_a_runtime() {
    let resolver = std::net::SocketAddr::from(([127, 0, 0, 1], 53));
    let config: DnsConfig = config(vec![resolver], TrustAnchors::root());
    assert!(matches!(Dns::start(config), Err(DnsError::NoRuntime)));
}
