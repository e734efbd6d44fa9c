//! One Postfix that sends for all its senders, each over an `smtp(8)` service with settings of its own; opendkim signs.

use super::senders::{ALL, Program, Sender};
use super::world::{World, policy_daemon};
use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// The milter that signs.
const SIGNER: (&str, u16) = ("127.0.0.1", 8891);
/// The policy server of postfix-mta-sts-resolver.
const POLICY: (&str, u16) = ("127.0.0.1", 8461);

/// Starts opendkim, postfix-mta-sts-resolver and Postfix.
pub(super) fn start(world: &World, authorities: &str) {
    signer(world);
    policies(world, authorities);
    for name in ["postfix", "spool", "data"] {
        fs::create_dir_all(world.folder().join(name)).unwrap();
    }
    world.run("chown", &["postfix", &world.path("data")]);
    world.write("postfix/main.cf", &main(world, authorities));
    world.write("postfix/master.cf", &services());
    let mut postfix = world.command("/usr/sbin/postfix");
    let config = world.path("postfix");
    world.daemon("postfix", postfix.args(["-c", &config, "start-fg"]));
    world.until("Postfix", || log(world).contains("daemon started"));
}

fn mine() -> impl Iterator<Item = (&'static Sender, &'static [&'static str])> {
    ALL.iter().filter_map(|sender| match sender.program {
        Program::Postfix(settings) => Some((sender, settings)),
        Program::Exim(_) => None,
    })
}

fn main(world: &World, authorities: &str) -> String {
    let folder = world.folder().display();
    let transports = mine().map(|(sender, _)| {
        let (domain, label) = (sender.domain(), sender.label);
        format!("{{ @{domain} = {label}: }}")
    });
    let transports = transports.collect::<Vec<_>>().join(", ");
    let (signer, port) = SIGNER;
    format!(
        "compatibility_level = 3.6\nqueue_directory = {folder}/spool\ndata_directory = {folder}/data\n\
         maillog_file = {folder}/postfix.log\nmaillog_file_prefixes = {folder}\nmyhostname = mail.senders.test\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination =\nlocal_recipient_maps =\nalias_maps =\n\
         alias_database =\nsmtp_dns_support_level = dnssec\nsmtp_host_lookup = dns\nsmtp_tls_CAfile = {authorities}\n\
         smtp_tls_loglevel = 1\nsmtp_connect_timeout = 10s\nsmtp_helo_timeout = 20s\nminimal_backoff_time = 1h\n\
         maximal_backoff_time = 1h\nnon_smtpd_milters = inet:{signer}:{port}\nmilter_default_action = tempfail\n\
         sender_dependent_default_transport_maps = inline:{{ {transports} }}\n"
    )
}

fn services() -> String {
    let senders = mine().map(|(sender, settings)| {
        let (label, host, address) = (sender.label, sender.host(), sender.address());
        let settings = settings.iter().map(|setting| format!("  -o {setting}\n"));
        let settings = settings.collect::<Vec<_>>().concat();
        format!(
            "{label} unix - - n - - smtp\n  -o smtp_helo_name={host}\n  -o smtp_bind_address={address}\n{settings}"
        )
    });
    let senders = senders.collect::<Vec<_>>().concat();
    format!(
        "{senders}pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n\
         proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nshowq unix n - n - - showq\n\
         error unix - - n - - error\nretry unix - - n - - error\nscache unix - - n - 1 scache\n\
         postlog unix-dgram n - n - 1 postlogd\n"
    )
}

fn signer(world: &World) {
    let (address, port) = SIGNER;
    world.write(
        "keytable",
        &format!("key %:s1:{}\n", world.path("dkim.key")),
    );
    world.write("signingtable", "* key\n");
    world.write(
        "opendkim.conf",
        &format!(
            "Syslog no\nMode s\nSocket inet:{port}@{address}\nKeyTable file:{}\nSigningTable refile:{}\n\
             Canonicalization relaxed/simple\nRequireSafeKeys no\nOversignHeaders From\nBackground no\n",
            world.path("keytable"),
            world.path("signingtable")
        ),
    );
    let config = world.path("opendkim.conf");
    let mut opendkim = world.command("/usr/sbin/opendkim");
    world.daemon("opendkim", opendkim.args(["-f", "-x", &config]));
    world.await_port(address, port);
}

fn policies(world: &World, authorities: &str) {
    let (address, port) = POLICY;
    world.write(
        "mta-sts.yml",
        &format!(
            "host: {address}\nport: {port}\nreuse_port: true\nshutdown_timeout: 5\ncache:\n  type: internal\n  \
             options:\n    cache_size: 100\ndefault_zone:\n  strict_testing: false\n  timeout: 10\n"
        ),
    );
    let config = world.path("mta-sts.yml");
    let program = policy_daemon().display().to_string();
    let mut daemon = world.command(&program);
    let daemon = daemon
        .args(["-c", &config])
        .env("SSL_CERT_FILE", authorities);
    world.daemon("mta-sts", daemon);
    world.await_port(address, port);
}

/// Hands in a message to all addresses and waits until the queue is settled: what does not go is tried twice.
pub(super) fn deliver(world: &World, addresses: &[String]) {
    let config = world.path("postfix");
    for (sender, _) in mine() {
        let from = format!("a@{}", sender.domain());
        let mut args = vec!["-C", config.as_str(), "-f", &from];
        args.extend(addresses.iter().map(String::as_str));
        world.feed("/usr/sbin/sendmail", &args, &sender.message(addresses));
    }
    let count = mine().count() * addresses.len();
    world.until("a first attempt at each address", || {
        attempts(&log(world)).len() == count
    });
    world.run("/usr/sbin/postqueue", &["-c", &config, "-f"]);
    world.until("a second attempt for what was deferred", || {
        let attempts = attempts(&log(world));
        let settled = |attempts: &Vec<bool>| attempts.contains(&true) || attempts.len() > 1;
        attempts.values().all(settled)
    });
}

/// Hands in a message that is put off at first, and lets Postfix try again.
pub(super) fn insist(world: &World, sender: &Sender, to: &str) {
    let config = world.path("postfix");
    let from = format!("a@{}", sender.domain());
    let args = ["-C", config.as_str(), "-f", &from, to];
    world.feed(
        "/usr/sbin/sendmail",
        &args,
        &sender.message(&[to.to_owned()]),
    );
    let noted = |word: &str| {
        let log = log(world);
        let mut lines = log.lines();
        lines.any(|line| line.contains(to) && line.contains(word))
    };
    world.until("a deferral", || noted("status=deferred"));
    world.until("a delivery", || {
        world.run("/usr/sbin/postqueue", &["-c", &config, "-f"]);
        sleep(Duration::from_secs(1));
        noted("status=sent")
    });
}

/// What Postfix noted.
pub(super) fn log(world: &World) -> String {
    world.read("postfix.log")
}

/// What came of each attempt, by the domains of sender and recipient: whether the message was taken.
pub(super) fn attempts(log: &str) -> BTreeMap<(String, String), Vec<bool>> {
    let domain = |line: &str, mark: &str| {
        let (_, rest) = line.split_once(mark)?;
        let (address, _) = rest.split_once('>')?;
        Some(address.split_once('@')?.1.to_owned())
    };
    let mut senders = BTreeMap::new();
    let mut attempts: BTreeMap<_, Vec<bool>> = BTreeMap::new();
    for line in log.lines() {
        let id = line.split(": ").nth(1).unwrap_or_default();
        if let Some(sender) = domain(line, ": from=<") {
            senders.insert(id, sender);
        }
        let status = line.split_once("status=").map(|(_, status)| status);
        if let (Some(to), Some(status)) = (domain(line, ": to=<"), status) {
            let sender = senders.get(id).cloned().unwrap_or_default();
            let sent = status.starts_with("sent ");
            attempts.entry((sender, to)).or_default().push(sent);
        }
    }
    attempts
}
