//! Postfix and Exim in many set-ups, as waxseal sees them and as `openssl s_client` and `posttls-finger` do.

mod peers;

use crate::support::app::App;
use peers::{Peer, Peers};
use serde_json::Value;
use std::process::{Command, Stdio};

use super::daemons;

/// The versions that `openssl s_client` can be held to, with its words for it.
const VERSIONS: [(&str, &str); 4] = [
    ("TLSv1.0", "-tls1"),
    ("TLSv1.1", "-tls1_1"),
    ("TLSv1.2", "-tls1_2"),
    ("TLSv1.3", "-tls1_3"),
];

#[test]
fn mail_servers_offer_what_other_tools_are_offered() {
    if let Some(missing) = peers::missing() {
        assert!(
            !daemons::required(),
            "WAXSEAL_INTEROP=require, but {missing}"
        );
        println!("left out: {missing}");
        return;
    }
    let app = App::new();
    let peers = Peers::start(app.folder());
    let run = app.run([
        "scan",
        "wire.test",
        "--resolver",
        peers::RESOLVER,
        "--dnssec",
        "trust-ad",
        "--internal-addresses",
        "--probe",
        "deep",
        "--quiet",
        "--facts",
        "facts.json",
        "--report",
        "json=results.json",
    ]);
    let facts: Value = serde_json::from_str(app.read("facts.json").lines().next().unwrap())
        .unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let names = standard_names();
    let hosts = facts["mx"]["hosts"].as_array().unwrap();
    let mut faults = Vec::new();
    println!(
        "{:44} {:8} {:8} {}",
        "set-up", "session", "versions", "agreed on"
    );
    for peer in peers::ALL {
        let host = hosts.iter().find(|host| host["host"] == peer.host());
        let address = &host.unwrap_or_else(|| panic!("{}: {run:?}", peer.title))["addresses"][0];
        let (session, agreed) = session(peer, address, &names);
        let versions = versions(peer, address);
        println!(
            "{:44} {:8} {:8} {agreed}",
            peer.title,
            word(&session),
            word(&versions)
        );
        faults.extend(session.err());
        faults.extend(versions.err());
    }
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), peers.logs());
}

const fn word<T, E>(result: &Result<T, E>) -> &'static str {
    if result.is_ok() { "agree" } else { "DIFFER" }
}

/// Whether all three agree on version and suite of the handshake that a current sender makes.
fn session(
    peer: &Peer,
    address: &Value,
    names: &[(String, String)],
) -> (Result<(), String>, String) {
    let tls = &address["session"]["value"]["tls"];
    let ours = match tls["state"].as_str() {
        Some("present") => {
            let tls = &tls["value"];
            format!("{} {}", text(&tls["version"]), text(&tls["suite"]))
        }
        // What this client can't carry to the end of a handshake shows in the answer to a hello.
        Some("unknown") => {
            let offer = &address["offers"]["value"]["versions"][1];
            let suite = &offer["accepted"]["value"]["suite"]["name"];
            format!("{} {}", text(&offer["version"]), text(suite))
        }
        _ => "none".to_owned(),
    };
    // What senders offer today, as waxseal's own handshake does.
    let modern = s_client(peer, &["-min_protocol", "TLSv1.2", "-cipher", SENDERS]);
    let theirs = modern.map_or_else(
        || "none".to_owned(),
        |(version, suite)| format!("{version} {}", standard(&suite, names)),
    );
    let postfix = finger(peer).map_or_else(
        || "none".to_owned(),
        |(version, suite)| format!("{version} {}", standard(&suite, names)),
    );
    let same = ours == theirs && ours == postfix;
    let told = || {
        let title = peer.title;
        format!("{title}: waxseal {ours}; s_client {theirs}; posttls-finger {postfix}")
    };
    (if same { Ok(()) } else { Err(told()) }, ours.clone())
}

/// The suites of TLS 1.2 that are offered: those of the cryptographic library of waxseal, and behind them one that it
/// can't carry to the end of a handshake.
const SENDERS: &str = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:\
                       ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:\
                       ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";

/// Whether waxseal and `openssl s_client` find the same versions accepted.
fn versions(peer: &Peer, address: &Value) -> Result<(), String> {
    let offers = &address["offers"]["value"]["versions"];
    let mut faults = Vec::new();
    for (version, flag) in VERSIONS {
        let all = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", flag];
        let theirs = s_client(peer, &all).is_some();
        let offers = offers.as_array().into_iter().flatten();
        let mut ours = offers.filter(|offer| offer["version"] == version);
        let ours = ours
            .next()
            .map_or(Value::Null, |offer| offer["accepted"].clone());
        let expected = if theirs { "present" } else { "absent" };
        // Without STARTTLS there are no offers.
        let none = address["offers"]["state"] == "absent" && !theirs;
        if ours["state"] != expected && !none {
            faults.push(format!(
                "{}: {version} is {expected} to s_client, but {ours}",
                peer.title
            ));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Version and suite that `openssl s_client` agrees on, if it does.
fn s_client(peer: &Peer, options: &[&str]) -> Option<(String, String)> {
    let at = format!("{}:25", peer.address());
    let done = Command::new("openssl")
        .args(["s_client", "-starttls", "smtp", "-connect", &at])
        .args(["-servername", &peer.host()])
        .args(options)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let line = said.lines().find(|line| line.contains(", Cipher is "))?;
    let (_, suite) = line.split_once(", Cipher is ")?;
    // The line of the session names the version; the other names the one that the suite came with.
    let session = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Protocol  : "));
    let version = session.or_else(|| line.split(", ").nth(1))?;
    let version = if version == "TLSv1" {
        "TLSv1.0"
    } else {
        version
    };
    (suite != "(NONE)").then(|| (version.to_owned(), suite.to_owned()))
}

/// Version and suite that Postfix's client agrees on, if it does.
fn finger(peer: &Peer) -> Option<(String, String)> {
    let at = format!("[{}]:25", peer.address());
    let done = Command::new("/usr/sbin/posttls-finger")
        .args(["-c", "-l", "may", "-t", "20", "-p", ">=TLSv1.2"])
        .args([
            "-g",
            "high",
            "-o",
            &format!("tls_high_cipherlist={SENDERS}"),
            &at,
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = said
        .lines()
        .find(|line| line.contains("TLS connection established"))?;
    let mut words = line
        .split(' ')
        .skip_while(|word| !word.starts_with("TLSv1"));
    let version = words.next()?.to_owned();
    let suite = words.nth(2)?.to_owned();
    Some((version, suite))
}

/// The names that OpenSSL gives to suites, each with its IANA name.
fn standard_names() -> Vec<(String, String)> {
    let done = Command::new("openssl")
        .args(["ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&done.stdout).into_owned();
    let pairs = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (standard, _, own) = (words.next()?, words.next()?, words.next()?);
        Some((own.to_owned(), standard.to_owned()))
    });
    pairs.collect()
}

fn standard(suite: &str, names: &[(String, String)]) -> String {
    let known = names.iter().find(|(own, _)| own == suite);
    known.map_or_else(|| suite.to_owned(), |(_, standard)| standard.clone())
}
