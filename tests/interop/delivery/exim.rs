//! One Exim that sends for all its senders, each over a transport of its own, and signs by itself.

use super::senders::{ALL, Program, Sender};
use super::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// Where `.ci/run` puts Exim, which can't be installed beside Postfix.
pub(super) const PROGRAM: &str = "/opt/exim4/usr/sbin/exim4";

/// Writes the configuration. There is no daemon: each message is delivered by the process that takes it.
pub(super) fn prepare(world: &World, authorities: &str) {
    fs::create_dir_all(world.folder().join("exim")).unwrap();
    let folder = world.folder().display();
    let routers = mine().map(|(sender, _)| {
        let (label, domain) = (sender.label, sender.domain());
        format!(
            "{label}:\n  driver = dnslookup\n  senders = *@{domain}\n  transport = {label}\n  self = send\n"
        )
    });
    let routers = routers.collect::<Vec<_>>().concat();
    let transports = mine().map(|(sender, settings)| {
        let (label, domain, host, address) =
            (sender.label, sender.domain(), sender.host(), sender.address());
        let settings = settings.iter().map(|setting| format!("  {setting}\n"));
        let settings = settings.collect::<Vec<_>>().concat();
        format!(
            "{label}:\n  driver = smtp\n  interface = {address}\n  helo_data = {host}\n  dkim_domain = {domain}\n  \
             dkim_selector = s1\n  dkim_private_key = {folder}/dkim.key\n  tls_verify_certificates = {authorities}\n\
             {settings}"
        )
    });
    let transports = transports.collect::<Vec<_>>().concat();
    world.write(
        "exim.conf",
        &format!(
            "exim_path = {PROGRAM}\nprimary_hostname = mail.senders.test\nlocal_interfaces = 127.0.0.1\nspool_directory = {folder}/exim\n\
             log_file_path = {folder}/exim/%slog\nexim_user = Debian-exim\nkeep_environment =\ndns_dnssec_ok = 1\n\
             tls_advertise_hosts =\nlog_selector = +tls_peerdn\nbegin routers\n{routers}begin transports\n{transports}\
             begin retry\n* * F,1d,1h\n"
        ),
    );
    world.run("chown", &["-R", "Debian-exim", &world.path("exim")]);
}

fn mine() -> impl Iterator<Item = (&'static Sender, &'static [&'static str])> {
    ALL.iter().filter_map(|sender| match sender.program {
        Program::Exim(settings) => Some((sender, settings)),
        Program::Postfix(_) => None,
    })
}

/// Hands in a message to all addresses, and tries once more what did not go.
pub(super) fn deliver(world: &World, addresses: &[String]) {
    let config = world.path("exim.conf");
    for (sender, _) in mine() {
        let from = format!("a@{}", sender.domain());
        let mut args = vec!["-C", config.as_str(), "-odf", "-oi", "-f", &from];
        args.extend(addresses.iter().map(String::as_str));
        world.feed(PROGRAM, &args, &sender.message(addresses));
    }
    world.run(PROGRAM, &["-C", &config, "-qff"]);
}

/// Hands in a message that is put off at first, and lets Exim try again.
pub(super) fn insist(world: &World, sender: &Sender, to: &str) {
    let config = world.path("exim.conf");
    let from = format!("a@{}", sender.domain());
    let args = ["-C", config.as_str(), "-odf", "-oi", "-f", &from, to];
    world.feed(PROGRAM, &args, &sender.message(&[to.to_owned()]));
    let noted = |mark: &str| log(world).contains(&format!(" {mark} {to} "));
    assert!(noted("=="), "it was not put off: {}", log(world));
    world.until("a delivery", || {
        sleep(Duration::from_secs(1));
        world.run(PROGRAM, &["-C", &config, "-qff"]);
        noted("=>")
    });
}

/// What Exim noted.
pub(super) fn log(world: &World) -> String {
    world.read("exim/mainlog")
}

/// What came of each attempt, by the domains of sender and recipient: whether the message was taken.
pub(super) fn attempts(log: &str) -> BTreeMap<(String, String), Vec<bool>> {
    let domain = |address: &str| {
        let (_, domain) = address.split_once('@')?;
        Some(domain.trim_end_matches(['>', ':']).to_owned())
    };
    let mut senders = BTreeMap::new();
    let mut attempts: BTreeMap<_, Vec<bool>> = BTreeMap::new();
    for line in log.lines() {
        let mut words = line.split(' ').skip(2);
        let (Some(id), Some(what), Some(address)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Some(domain) = domain(address) else {
            continue;
        };
        match what {
            "<=" => {
                senders.insert(id, domain);
            }
            "=>" | "==" | "**" => {
                let sender = senders.get(id).cloned().unwrap_or_default();
                attempts
                    .entry((sender, domain))
                    .or_default()
                    .push(what == "=>");
            }
            _ => {}
        }
    }
    attempts
}
