//! The name server, held against the primitives of hickory-proto and against `delv`.

use super::*;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC, RRSIG};
use hickory_proto::dnssec::{Nsec3HashAlgorithm, Verifier as _};
use hickory_proto::op::{Edns, Message, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;
use tokio::time::timeout;

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).unwrap()
}

/// A query with RD, CD, EDNS 1232 and DO.
fn query(text: &str, rtype: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = true;
    message.add_query(Query::query(name(text), rtype));
    let mut edns = Edns::new();
    edns.set_max_payload(1232).set_dnssec_ok(true);
    message.set_edns(edns);
    message.to_vec().unwrap()
}

async fn ask_udp(lab: &Lab, text: &str, rtype: RecordType) -> Message {
    let socket = UdpSocket::bind(ANY_PORT).await.unwrap();
    socket
        .send_to(&query(text, rtype), lab.resolver())
        .await
        .unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

async fn ask_tcp(lab: &Lab, text: &str, rtype: RecordType) -> Message {
    let mut stream = TcpStream::connect(lab.resolver()).await.unwrap();
    let query = query(text, rtype);
    stream
        .write_u16(u16::try_from(query.len()).unwrap())
        .await
        .unwrap();
    stream.write_all(&query).await.unwrap();
    let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
    stream.read_exact(&mut reply).await.unwrap();
    Message::from_vec(&reply).unwrap()
}

/// Asks over UDP, and over TCP where the answer is cut.
async fn ask(lab: &Lab, text: &str, rtype: RecordType) -> Message {
    let reply = ask_udp(lab, text, rtype).await;
    if reply.metadata.truncation {
        ask_tcp(lab, text, rtype).await
    } else {
        reply
    }
}

/// The records of a section that DNSSEC brought, with their owners.
fn dnssec(section: &[Record]) -> impl Iterator<Item = (&Name, &DNSSECRData)> {
    section.iter().filter_map(|record| {
        let RData::DNSSEC(data) = &record.data else {
            return None;
        };
        Some((&record.name, data))
    })
}

fn signatures(section: &[Record]) -> impl Iterator<Item = (&Name, &RRSIG)> {
    dnssec(section).filter_map(|(owner, data)| {
        let DNSSECRData::RRSIG(signature) = data else {
            return None;
        };
        Some((owner, signature))
    })
}

fn key(section: &[Record]) -> Option<DNSKEY> {
    dnssec(section).find_map(|(_, data)| {
        let DNSSECRData::DNSKEY(key) = data else {
            return None;
        };
        Some(key.clone())
    })
}

/// Whether every signature of a section verifies with the key and holds at `NOW`, and every record is signed.
fn all_signed(section: &[Record], key: &DNSKEY) -> bool {
    let now = u32::try_from(NOW).unwrap();
    let covered: BTreeSet<_> = signatures(section)
        .map(|(owner, s)| (owner.to_string(), s.input().type_covered))
        .collect();
    let signed = section.iter().all(|record| {
        let rtype = record.record_type();
        rtype == RecordType::RRSIG || covered.contains(&(record.name.to_string(), rtype))
    });
    signed
        && signatures(section).all(|(owner, signature)| {
            let input = signature.input();
            let rtype = input.type_covered;
            let set = section
                .iter()
                .filter(|r| r.name == *owner && r.record_type() == rtype);
            input.sig_inception.get() <= now
                && now < input.sig_expiration.get()
                && key
                    .verify_rrsig(owner, DNSClass::IN, signature, set)
                    .is_ok()
        })
}

/// The key of a zone, trusted from the lab's anchor down.
async fn trusted_key(lab: &Lab, zone: &str) -> DNSKEY {
    let mut above: Option<DNSKEY> = None;
    let labels: Vec<&str> = zone.split('.').rev().collect();
    for depth in 0..=labels.len() {
        let here: Vec<&str> = labels[..depth].iter().rev().copied().collect();
        let here = here.join(".");
        let keys = ask(lab, &here, RecordType::DNSKEY).await;
        let Some(key) = key(&keys.answers) else {
            continue;
        };
        assert!(all_signed(&keys.answers, &key), "{here}");
        match &above {
            None => {
                let tag = key.calculate_key_tag().unwrap().to_string();
                assert!(
                    lab.trust_anchor()
                        .starts_with(&format!(". IN DS {tag} 13 2 "))
                );
            }
            Some(parent) => {
                let reply = ask(lab, &here, RecordType::DS).await;
                assert!(all_signed(&reply.answers, parent), "{here}");
                assert!(ds(&reply.answers).any(|ds| ds.covers(&name(&here), &key).unwrap()));
            }
        }
        above = Some(key);
    }
    above.unwrap()
}

fn ds(section: &[Record]) -> impl Iterator<Item = &DS> {
    dnssec(section).filter_map(|(_, data)| {
        let DNSSECRData::DS(ds) = data else {
            return None;
        };
        Some(ds)
    })
}

fn nsecs(section: &[Record]) -> impl Iterator<Item = (&Name, &NSEC)> {
    dnssec(section).filter_map(|(owner, data)| {
        let DNSSECRData::NSEC(nsec) = data else {
            return None;
        };
        Some((owner, nsec))
    })
}

/// Whether some NSEC spans a name.
fn spans(section: &[Record], absent: &Name) -> bool {
    nsecs(section).any(|(owner, nsec)| {
        let next = nsec.next_domain_name();
        owner < absent && (absent < next || next <= owner)
    })
}

#[tokio::test]
async fn answers_are_signed_down_from_the_anchor() {
    let lab = lab().await;
    for domain in [
        "compliant.test",
        "dnssec-nsec3.test",
        "dnssec-ed25519.test",
        "dnssec-p384.test",
        "dnssec-rsa.test",
        "agency.gov.example",
    ] {
        let key = trusted_key(&lab, domain).await;
        let reply = ask(&lab, domain, RecordType::MX).await;
        assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
        assert!(reply.metadata.recursion_available && reply.metadata.checking_disabled);
        assert_eq!(reply.answers.len(), 3, "{domain}");
        assert!(all_signed(&reply.answers, &key), "{domain}");
    }
}

#[tokio::test]
async fn an_absent_type_is_proven_by_the_nsec_of_its_name() {
    let lab = lab().await;
    let key = trusted_key(&lab, "compliant.test").await;
    let reply = ask(&lab, "mx1.compliant.test", RecordType::TXT).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
    assert!(reply.answers.is_empty() && all_signed(&reply.authorities, &key));
    let (owner, nsec) = nsecs(&reply.authorities).next().unwrap();
    assert_eq!(*owner, name("mx1.compliant.test"));
    let types: Vec<RecordType> = nsec.type_bit_maps().collect();
    assert!(types.contains(&RecordType::A) && !types.contains(&RecordType::TXT));
}

#[tokio::test]
async fn an_absent_name_is_proven_with_the_wildcard_above_it() {
    let lab = lab().await;
    let key = trusted_key(&lab, "compliant.test").await;
    let reply = ask(&lab, "nobody.compliant.test", RecordType::A).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
    assert!(all_signed(&reply.authorities, &key));
    assert!(spans(&reply.authorities, &name("nobody.compliant.test")));
    assert!(spans(&reply.authorities, &name("*.compliant.test")));
}

#[tokio::test]
async fn an_empty_non_terminal_exists() {
    let lab = lab().await;
    for domain in ["compliant.test", "dnssec-nsec3.test"] {
        let reply = ask(&lab, &format!("_domainkey.{domain}"), RecordType::TXT).await;
        assert_eq!(
            reply.metadata.response_code,
            ResponseCode::NoError,
            "{domain}"
        );
    }
    let reply = ask(&lab, "_domainkey.dkim-ent-absent.test", RecordType::TXT).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
}

#[tokio::test]
async fn a_wildcard_answer_shows_in_its_signature_and_is_proven_necessary() {
    let lab = lab().await;
    let key = trusted_key(&lab, "dkim-wildcard.test").await;
    let asked = "any._domainkey.dkim-wildcard.test";
    let reply = ask(&lab, asked, RecordType::TXT).await;
    assert!(all_signed(&reply.answers, &key) && all_signed(&reply.authorities, &key));
    let (owner, signature) = signatures(&reply.answers).next().unwrap();
    assert_eq!(*owner, name(asked));
    assert_eq!(signature.input().num_labels, 3, "of four labels");
    assert!(spans(&reply.authorities, &name(asked)));
}

#[tokio::test]
async fn nsec3_proves_closest_encloser_and_next_closer_name() {
    let lab = lab().await;
    let key = trusted_key(&lab, "dnssec-nsec3.test").await;
    let reply = ask(&lab, "x.nobody.dnssec-nsec3.test", RecordType::A).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
    assert!(all_signed(&reply.authorities, &key));
    let spans: Vec<(Vec<u8>, Vec<u8>)> = dnssec(&reply.authorities)
        .filter_map(|(owner, data)| {
            let DNSSECRData::NSEC3(nsec3) = data else {
                return None;
            };
            let label = owner.iter().next()?.to_ascii_uppercase();
            let from = data_encoding::BASE32HEX_NOPAD.decode(&label).ok()?;
            Some((from, nsec3.next_hashed_owner_name().to_vec()))
        })
        .collect();
    let hash = |text| {
        Nsec3HashAlgorithm::SHA1
            .hash(&[], &name(text), 0)
            .unwrap()
            .as_ref()
            .to_vec()
    };
    let apex = hash("dnssec-nsec3.test");
    assert!(
        spans.iter().any(|(from, _)| *from == apex),
        "the closest encloser is there"
    );
    let gone = hash("nobody.dnssec-nsec3.test");
    let covers = |(from, to): &(Vec<u8>, Vec<u8>)| {
        *from < gone && (gone < *to || to <= from) || (gone < *to && to <= from)
    };
    assert!(spans.iter().any(covers), "the next closer name is covered");
}

#[tokio::test]
async fn delegations_are_proven_signed_unsigned_or_absent() {
    let lab = lab().await;
    let key = trusted_key(&lab, "test").await;
    for (domain, count, rcode) in [
        ("compliant.test", 1, ResponseCode::NoError),
        ("unsigned.test", 0, ResponseCode::NoError),
        ("dnssec-island.test", 0, ResponseCode::NoError),
        ("nxdomain.test", 0, ResponseCode::NXDomain),
    ] {
        let reply = ask(&lab, domain, RecordType::DS).await;
        assert_eq!(reply.metadata.response_code, rcode, "{domain}");
        assert_eq!(ds(&reply.answers).count(), count, "{domain}");
        assert!(all_signed(&reply.answers, &key) && all_signed(&reply.authorities, &key));
    }
}

#[tokio::test]
async fn faults_are_as_their_scenarios_say() {
    let lab = lab().await;
    for domain in [
        "dnssec-expired.test",
        "dnssec-not-yet-valid.test",
        "dnssec-tampered.test",
        "dnssec-no-signature.test",
    ] {
        let key = key(&ask(&lab, domain, RecordType::DNSKEY).await.answers).unwrap();
        assert!(
            !all_signed(&ask(&lab, domain, RecordType::MX).await.answers, &key),
            "{domain}"
        );
    }
    let reply = ask(&lab, "x.dnssec-no-denial.test", RecordType::A).await;
    assert_eq!(nsecs(&reply.authorities).count(), 0);
    for (domain, rcode) in [
        ("dnssec-servfail.test", ResponseCode::ServFail),
        ("dns-refused.test", ResponseCode::Refused),
        ("_dmarc.dmarc-servfail.test", ResponseCode::ServFail),
        ("hostile-alias-loop.test", ResponseCode::NoError),
        ("_dmarc.hostile-alias-loop.test", ResponseCode::ServFail),
    ] {
        let reply = ask(&lab, domain, RecordType::TXT).await;
        assert_eq!(reply.metadata.response_code, rcode, "{domain}");
    }
    let silent = ask_udp(&lab, "dns-silent.test", RecordType::MX);
    assert!(timeout(Duration::from_millis(200), silent).await.is_err());
}

#[tokio::test]
async fn what_does_not_fit_is_cut_and_whole_over_tcp() {
    let lab = lab().await;
    for (domain, rtype, least) in [
        ("hostile-txt.test", RecordType::TXT, 3),
        ("hostile-many-mx.test", RecordType::MX, 1001),
        ("dns-tcp.test", RecordType::MX, 3),
    ] {
        let cut = ask_udp(&lab, domain, rtype).await;
        assert!(
            cut.metadata.truncation && cut.answers.is_empty(),
            "{domain}"
        );
        let key = trusted_key(&lab, domain).await;
        let whole = ask_tcp(&lab, domain, rtype).await;
        assert_eq!(whole.answers.len(), least, "{domain}");
        assert!(all_signed(&whole.answers, &key), "{domain}");
    }
    let asked = ("hostile-txt.test".to_owned(), "TXT".to_owned());
    let counts = lab.counts();
    assert_eq!(
        (counts.queries[&asked], counts.queries_over_tcp[&asked]),
        (1, 1)
    );
}

#[tokio::test]
async fn every_scenario_has_a_zone_that_answers_as_it_should() {
    let lab = lab().await;
    for scenario in scenarios() {
        if scenario.domain == "dns-silent.test" {
            continue;
        }
        let setup = setup_of(scenario.domain);
        let reply = ask(&lab, scenario.domain, RecordType::SOA).await;
        let apex = reply
            .answers
            .iter()
            .any(|record| record.record_type() == RecordType::SOA);
        let odd = matches!(scenario.domain, "dnssec-servfail.test" | "dns-refused.test");
        assert_eq!(apex, setup.delegated && !odd, "{}", scenario.domain);
    }
    let reply = ask(&lab, "nxdomain.test", RecordType::MX).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
}

#[tokio::test]
async fn mail_servers_have_reverse_names_unless_they_play_otherwise() {
    let lab = lab().await;
    for (domain, expected) in [
        ("compliant.test", Some("mx1.compliant.test")),
        ("reverse-missing.test", None),
        ("reverse-elsewhere.test", Some("mx1.mail.test")),
        ("reverse-dangling.test", Some("nowhere.mail.test")),
    ] {
        let server = setup_of(domain).servers.remove(0);
        for ip in [IpAddr::from(server.v4), IpAddr::from(server.v6)] {
            let reply = ask(&lab, &Name::from(ip).to_ascii(), RecordType::PTR).await;
            let names: Vec<Name> = reply
                .answers
                .iter()
                .filter(|record| record.record_type() == RecordType::PTR)
                .map(|record| {
                    let RData::PTR(host) = &record.data else {
                        panic!("{record} for {ip}")
                    };
                    host.0.clone()
                })
                .collect();
            let expected: Vec<Name> = expected.into_iter().map(name).collect();
            assert_eq!(names, expected, "{domain} {ip}");
        }
    }
}

/// What `delv` says to a question, with the lab's anchor; nothing where it is not installed.
fn delv(lab: &Lab, folder: &std::path::Path, domain: &str, rtype: &str) -> Option<String> {
    let anchors = folder.join("anchors");
    let words: Vec<&str> = lab.trust_anchor().split_whitespace().collect();
    let [tag, algorithm, kind, digest] = words[3..] else {
        panic!("{words:?}")
    };
    let text = format!("trust-anchors {{ . static-ds {tag} {algorithm} {kind} \"{digest}\"; }};\n");
    std::fs::write(&anchors, text).unwrap();
    let output = Command::new("delv")
        .args([
            "@127.0.0.1",
            "-p",
            &lab.resolver().port().to_string(),
            "+root=.",
            "-a",
        ])
        .arg(&anchors)
        .args([domain, rtype])
        .output()
        .ok()?;
    let both = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&both).into_owned())
}

/// The signatures are made for the wall clock here, since `delv` goes by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delv_agrees_with_what_the_zones_play() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let lab = Lab::start(Timestamp::from_unix(now)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("compliant.test", "MX", "; fully validated"),
        ("_25._tcp.mx1.compliant.test", "TLSA", "; fully validated"),
        ("dnssec-nsec3.test", "MX", "; fully validated"),
        ("dnssec-ed25519.test", "MX", "; fully validated"),
        ("dnssec-p384.test", "MX", "; fully validated"),
        ("dnssec-rsa.test", "MX", "; fully validated"),
        ("agency.gov.example", "MX", "; fully validated"),
        (
            "any._domainkey.dkim-wildcard.test",
            "TXT",
            "; fully validated",
        ),
        ("hostile-txt.test", "TXT", "; fully validated"),
        ("hostile-many-mx.test", "MX", "; fully validated"),
        (
            "mx1.compliant.test",
            "TXT",
            "; negative response, fully validated",
        ),
        (
            "nobody.compliant.test",
            "A",
            "; negative response, fully validated",
        ),
        (
            "nobody.dnssec-nsec3.test",
            "A",
            "; negative response, fully validated",
        ),
        (
            "_domainkey.dnssec-nsec3.test",
            "TXT",
            "; negative response, fully validated",
        ),
        (
            "any._domainkey.dkim-wildcard.test",
            "MX",
            "; negative response, fully validated",
        ),
        (
            "nxdomain.test",
            "MX",
            "; negative response, fully validated",
        ),
        ("unsigned.test", "MX", "; unsigned answer"),
        ("dnssec-island.test", "MX", "; unsigned answer"),
        ("dnssec-expired.test", "MX", "resolution failed"),
        ("dnssec-not-yet-valid.test", "MX", "resolution failed"),
        ("dnssec-ds-mismatch.test", "MX", "resolution failed"),
        ("dnssec-tampered.test", "MX", "resolution failed"),
        ("dnssec-no-signature.test", "MX", "resolution failed"),
        ("x.dnssec-no-denial.test", "A", "resolution failed"),
    ];
    for (domain, rtype, words) in cases {
        let Some(heard) = delv(&lab, folder.path(), domain, rtype) else {
            return;
        };
        assert!(heard.contains(words), "{domain} {rtype}: {heard}");
    }
}
