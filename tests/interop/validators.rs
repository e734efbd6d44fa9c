//! The same questions to waxseal's validator and to Unbound's, over the lab's zones and over zones made at random:
//! the two agree on every state, or the difference is explained here.

use super::daemons;
use futures_util::{StreamExt as _, stream};
use hickory_proto::op::{Edns, Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::time::{sleep, timeout};
use waxseal::facts::dns::DnssecState;
use waxseal::facts::observed::{Cause, Observed};
use waxseal::facts::timestamp::Timestamp;
use waxseal::facts::vantage::DnssecMode;
use waxseal::lab::{self, Lab};
use waxseal::net::clock::Clock;
use waxseal::net::dns::{Dns, DnsConfig, Response};
use waxseal::net::dnssec::anchors::TrustAnchors;

const UNBOUND: &str = "/usr/sbin/unbound";
const NOW: &str = "2026-11-23T10:00:00Z";
/// The same, as Unbound wants it.
const OVERRIDE: &str = "20261123100000";
const SEED: u64 = 20_261_123;
const GENERATED: usize = 60;
const AT_ONCE: usize = 32;
/// The lab answers at once; only its silent servers take longer.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a validator says of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Secure,
    Insecure,
    Bogus,
    Unanswered,
}

/// One question, with what is known of the zone it is about.
#[derive(Clone, Debug)]
struct Asked {
    name: String,
    rtype: &'static str,
    about: String,
}

/// A difference that has a reason, and how to tell it.
struct Explained {
    why: &'static str,
    holds: fn(&Asked, &Response, Said, Said) -> bool,
}

const EXPLAINED: &[Explained] = &[Explained {
    why: "more than 100 NSEC3 iterations are insecure to waxseal, more than 150 to Unbound (RFC 9276 §3.2 leaves the limit open)",
    holds: |_, response, ours, theirs| {
        let many = response.dnssec.reason.contains("NSEC3 iterations");
        many && ours == Said::Insecure && theirs != Said::Insecure
    },
}];

#[test]
fn unbound_and_waxseal_agree_on_every_state() {
    if !Path::new(UNBOUND).exists() {
        assert!(
            !daemons::required(),
            "WAXSEAL_INTEROP=require, but {UNBOUND} is not installed"
        );
        println!("left out: {UNBOUND} not installed");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(compare());
}

async fn compare() {
    let now = Timestamp::parse(NOW).unwrap();
    let (lab, generated) = Lab::start_with_generated(now, SEED, GENERATED)
        .await
        .unwrap();
    let folder = TempDir::new().unwrap();
    let unbound = Unbound::start(folder.path(), &lab).await;
    let dns = Dns::start(DnsConfig {
        resolvers: vec![lab.resolver()],
        mode: DnssecMode::Validate,
        anchors: TrustAnchors::parse(lab.trust_anchor()).unwrap(),
        clock: Clock::Fixed(now),
        timeout: PATIENCE,
        attempts: 1,
        in_flight: AT_ONCE,
    })
    .unwrap();
    let mut questions = scenario_questions();
    for zone in generated {
        let about = format!("{}: {}", zone.domain, zone.made_of);
        questions.extend(zone.questions.into_iter().map(|(name, rtype)| Asked {
            name,
            rtype,
            about: about.clone(),
        }));
    }
    let answers = stream::iter(questions.into_iter().map(|asked| async {
        let rtype = RecordType::from_str(asked.rtype).unwrap();
        let (ours, theirs) =
            tokio::join!(dns.ask(&asked.name, rtype), unbound.ask(&asked.name, rtype));
        (asked, ours, theirs)
    }));
    let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
    judge(&answers);
    drop(unbound);
}

fn judge(answers: &[(Asked, std::sync::Arc<Response>, Said)]) {
    let mut table: BTreeMap<(Said, Said), usize> = BTreeMap::new();
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let mut open = Vec::new();
    for (asked, response, theirs) in answers {
        let ours = said(response);
        *table.entry((ours, *theirs)).or_default() += 1;
        if ours == *theirs {
            continue;
        }
        let reason = EXPLAINED
            .iter()
            .find(|one| (one.holds)(asked, response, ours, *theirs));
        match reason {
            Some(reason) => *explained.entry(reason.why).or_default() += 1,
            None => open.push(format!(
                "{} {}: waxseal {ours:?} ({}), Unbound {theirs:?}; {}",
                asked.name, asked.rtype, response.dnssec.reason, asked.about
            )),
        }
    }
    println!("{} questions; waxseal, Unbound: count", answers.len());
    for ((ours, theirs), count) in &table {
        println!("  {ours:?}, {theirs:?}: {count}");
    }
    for (why, count) in &explained {
        println!("  {count} differ: {why}");
    }
    open.sort();
    assert!(
        open.is_empty(),
        "{} unexplained:\n{}",
        open.len(),
        open.join("\n")
    );
    for state in [Said::Secure, Said::Insecure, Said::Bogus] {
        let agreed = table.get(&(state, state)).copied().unwrap_or(0);
        assert!(agreed >= 100, "only {agreed} answers are {state:?} to both");
    }
}

/// What is asked about every domain that the lab plays.
fn scenario_questions() -> Vec<Asked> {
    let fronts = [
        ("", "SOA"),
        ("", "MX"),
        ("", "TXT"),
        ("", "AAAA"),
        ("", "DNSKEY"),
        ("", "DS"),
        ("_dmarc.", "TXT"),
        ("_mta-sts.", "TXT"),
        ("mx1.", "A"),
        ("_25._tcp.mx1.", "TLSA"),
        ("no-such-name.", "TXT"),
    ];
    lab::scenarios()
        .flat_map(|scenario| {
            fronts.map(|(front, rtype)| Asked {
                name: format!("{front}{}", scenario.domain),
                rtype,
                about: scenario.title.to_owned(),
            })
        })
        .collect()
}

/// An answer that never came says nothing of validation.
fn said(response: &Response) -> Said {
    match (&response.observed, response.dnssec.state) {
        (
            Observed::Unknown {
                cause: Cause::Bogus,
                ..
            },
            _,
        ) => Said::Bogus,
        (Observed::Unknown { .. }, _) | (_, DnssecState::Indeterminate) => Said::Unanswered,
        (_, DnssecState::Secure) => Said::Secure,
        (_, DnssecState::Insecure) => Said::Insecure,
        (_, DnssecState::Bogus) => Said::Bogus,
    }
}

/// An address whose port is free for UDP and TCP: Unbound wants both.
async fn free_address() -> SocketAddr {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = udp.local_addr().unwrap();
        if std::net::TcpListener::bind(at).is_ok() {
            return at;
        }
    }
}

/// Unbound on a free port, ended by its process id.
struct Unbound {
    child: Child,
    at: SocketAddr,
}

impl Unbound {
    async fn start(folder: &Path, lab: &Lab) -> Self {
        let at = free_address().await;
        fs::write(folder.join("root.ds"), lab.trust_anchor()).unwrap();
        let text = format!(
            "server:\n  interface: 127.0.0.1@{port}\n  access-control: 127.0.0.0/8 allow\n  directory: \"{folder}\"\n  \
             chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"\"\n  do-ip6: no\n  \
             num-threads: 1\n  do-not-query-localhost: no\n  local-zone: \"test.\" nodefault\n  ede: yes\n  \
             module-config: \"validator iterator\"\n  trust-anchor-file: \"{folder}/root.ds\"\n  \
             val-override-date: \"{OVERRIDE}\"\n  val-clean-additional: no\n\
             forward-zone:\n  name: \".\"\n  forward-addr: {lab_ip}@{lab_port}\nremote-control:\n  control-enable: no\n",
            port = at.port(),
            folder = folder.display(),
            lab_ip = lab.resolver().ip(),
            lab_port = lab.resolver().port(),
        );
        let config = folder.join("unbound.conf");
        fs::write(&config, text).unwrap();
        let log = fs::File::create(folder.join("unbound.out")).unwrap();
        let child = Command::new(UNBOUND)
            .arg("-d")
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let unbound = Self { child, at };
        for _ in 0..100 {
            if unbound
                .query(".", RecordType::SOA, false, Duration::from_millis(100))
                .await
                .is_some()
            {
                return unbound;
            }
            sleep(Duration::from_millis(50)).await;
        }
        let log = fs::read_to_string(folder.join("unbound.out")).unwrap_or_default();
        panic!("Unbound does not answer: {log}");
    }

    /// What Unbound says: SERVFAIL is bogus where the answer comes with checking disabled (RFC 4035 §3.2.2).
    async fn ask(&self, name: &str, rtype: RecordType) -> Said {
        let answered = |reply: &Message| {
            matches!(
                reply.metadata.response_code,
                ResponseCode::NoError | ResponseCode::NXDomain
            )
        };
        match self.query(name, rtype, false, PATIENCE).await {
            Some(reply) if answered(&reply) && reply.metadata.authentic_data => Said::Secure,
            Some(reply) if answered(&reply) => Said::Insecure,
            Some(_) => match self.query(name, rtype, true, PATIENCE).await {
                Some(reply) if answered(&reply) => Said::Bogus,
                Some(_) | None => Said::Unanswered,
            },
            None => Said::Unanswered,
        }
    }

    async fn query(
        &self,
        name: &str,
        rtype: RecordType,
        unchecked: bool,
        patience: Duration,
    ) -> Option<Message> {
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.metadata.checking_disabled = unchecked;
        message.metadata.authentic_data = true;
        let absolute = format!("{}.", name.trim_end_matches('.'));
        message.add_query(Query::query(Name::from_ascii(absolute).unwrap(), rtype));
        let mut edns = Edns::new();
        edns.set_max_payload(4096).set_dnssec_ok(true);
        message.set_edns(edns);
        let socket = UdpSocket::bind((IpAddr::from(Ipv4Addr::LOCALHOST), 0))
            .await
            .unwrap();
        socket.connect(self.at).await.unwrap();
        let mut buffer = vec![0; 65_535];
        socket.send(&message.to_vec().unwrap()).await.ok()?;
        let length = timeout(patience, socket.recv(&mut buffer))
            .await
            .ok()?
            .ok()?;
        Message::from_vec(&buffer[..length]).ok()
    }
}

impl Drop for Unbound {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
