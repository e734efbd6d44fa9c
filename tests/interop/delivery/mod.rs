//! Real Postfix and Exim, set up in the ways in which providers run them, deliver to a running `waxseal receive --probes`:
//! what waxseal concludes is what their settings say. And what a server for strangers has to survive.

mod exim;
mod hostile;
mod postfix;
mod receiver;
mod senders;
mod world;

use super::daemons::required;
use receiver::Receiver;
use senders::{ALL, Sender};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use world::World;

/// The postures in the order of the documents.
const POSTURES: [&str; 9] = [
    "good",
    "self-signed",
    "wrong-name",
    "expired",
    "dane-valid",
    "dane-mismatch",
    "no-starttls",
    "mta-sts-valid",
    "mta-sts-mismatch",
];

/// The conclusions in the order of the table.
const CONCLUSIONS: [&str; 5] = [
    "uses_tls",
    "delivers_in_clear",
    "validates_certificates",
    "enforces_dane",
    "enforces_mta_sts",
];

#[test]
fn senders_are_seen_to_insist_on_what_they_are_told_to_insist_on() {
    if let Some(missing) = world::missing() {
        assert!(!required(), "WAXSEAL_INTEROP=require, but {missing}");
        println!("left out: {missing}");
        return;
    }
    let world = World::new();
    let authorities = world.path("authorities.pem");
    let receiver = Receiver::start(&world, &authorities, &[]);
    let dkim = key(&world);
    let records = ALL.iter().flat_map(|sender| sender.records(&dkim));
    world.resolver(receiver.ds(), &records.collect::<Vec<_>>());
    postfix::start(&world, &authorities);
    exim::prepare(&world, &authorities);
    let addresses = receiver.addresses(0);
    thread::scope(|scope| {
        scope.spawn(|| exim::deliver(&world, &addresses));
        postfix::deliver(&world, &addresses);
    });
    let mut noted = postfix::attempts(&postfix::log(&world));
    noted.extend(exim::attempts(&exim::log(&world)));
    let documents = receiver.end(&world);
    let (table, faults) = compare(&documents, &noted);
    println!("{table}");
    let logs = || format!("{}{}", postfix::log(&world), exim::log(&world));
    assert!(
        faults.is_empty(),
        "{}\n{table}\n{}",
        faults.join("\n"),
        logs()
    );
    come_again(&world, &authorities);
}

/// A second round with the same keys: told to come again, both come again from the address that they came from.
fn come_again(world: &World, authorities: &str) {
    let receiver = Receiver::start(world, authorities, &["--greylist", "1"]);
    let senders = ["may", "eximplain"].map(|label| {
        let mut all = ALL.iter();
        all.find(|sender| sender.label == label).unwrap()
    });
    postfix::insist(world, senders[0], &receiver.addresses(0)[0]);
    exim::insist(world, senders[1], &receiver.addresses(1)[0]);
    let documents = receiver.end(world);
    for sender in senders {
        let mut of = documents
            .iter()
            .filter(|document| document["domain"] == sender.domain());
        let message = of.find_map(|document| document["messages"].get(0)).unwrap();
        let retried = &message["connection"]["retried"]["value"];
        let refused = retried["refused"].as_u64();
        assert!(refused >= Some(1), "{}: {retried}", sender.title);
        assert_eq!(retried["same_address"], true, "{}", sender.title);
    }
}

/// Makes the key that signs, and gives the public one as records have it.
fn key(world: &World) -> String {
    let file = world.path("dkim.key");
    let bits = "rsa_keygen_bits:2048";
    world.run(
        "openssl",
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            bits,
            "-out",
            &file,
        ],
    );
    // Exim reads it as a user of its own.
    world.run("chmod", &["644", &file]);
    let public = world.run("openssl", &["pkey", "-in", &file, "-pubout"]);
    let public = String::from_utf8(public.stdout).unwrap();
    let lines = public.lines().filter(|line| !line.starts_with("-----"));
    lines.collect()
}

type Noted = BTreeMap<(String, String), Vec<bool>>;

/// The table, and where it is not what it has to be.
fn compare(documents: &[Value], noted: &Noted) -> (String, Vec<String>) {
    let mut table = String::new();
    let mut faults = Vec::new();
    let heads = "TLS   clear certs DANE  STS";
    let _ = writeln!(table, "{:30} {:9} {heads}   level", "", "123456789");
    for sender in ALL {
        let mut of = documents
            .iter()
            .filter(|document| document["domain"] == sender.domain());
        let Some(seen) = of
            .clone()
            .find(|document| document["enforcement"].is_object())
        else {
            faults.push(format!("{}: no document", sender.title));
            continue;
        };
        let seen = &seen["enforcement"];
        let fates = fates(seen);
        let conclusions: String = CONCLUSIONS
            .map(|name| conclusion(&seen[name]))
            .iter()
            .collect();
        let level = seen["level"].as_str().unwrap_or_default();
        let words: Vec<_> = conclusions
            .chars()
            .map(|mark| match mark {
                'y' => "yes  ",
                'n' => "no   ",
                _ => "?    ",
            })
            .collect();
        let _ = writeln!(
            table,
            "{:30} {fates:9} {} {level}",
            sender.title,
            words.join(" ")
        );
        for (what, is, expected) in [
            ("probes", fates.as_str(), sender.fates),
            ("conclusions", conclusions.as_str(), sender.conclusions),
            ("level", level, sender.level),
        ] {
            if is != expected {
                faults.push(format!("{}: {what} {is}, not {expected}", sender.title));
            }
        }
        faults.extend(agree(sender, &fates, noted));
        let messages = of
            .by_ref()
            .flat_map(|document| document["messages"].as_array().into_iter().flatten());
        faults.extend(messages_of(sender, &fates, &messages.collect::<Vec<_>>()));
    }
    for (number, posture) in POSTURES.iter().enumerate() {
        let _ = writeln!(table, "{} {posture}", number + 1);
    }
    table += "T over TLS, C in clear text, - connected and did not deliver, . was not seen\n";
    (table, faults)
}

/// What came of the probes, a character each.
fn fates(seen: &Value) -> String {
    let probes = seen["probes"].as_array().unwrap();
    let fate = |posture: &str| {
        let probe = probes.iter().find(|probe| probe["posture"] == posture)?;
        let attempts = probe["attempts"].as_array()?;
        Some(match probe["delivered"]["value"].as_str() {
            Some("tls") => 'T',
            Some(_) => 'C',
            None if attempts.is_empty() => '.',
            None => '-',
        })
    };
    POSTURES
        .map(|posture| fate(posture).unwrap_or('!'))
        .iter()
        .collect()
}

fn conclusion(seen: &Value) -> char {
    match (seen["state"].as_str(), seen["value"].as_bool()) {
        (Some("present"), Some(true)) => 'y',
        (Some("present"), Some(false)) => 'n',
        (Some("unknown"), _) => '?',
        _ => '!',
    }
}

/// Whether the log of the sender says of each message what waxseal says.
fn agree(sender: &Sender, fates: &str, noted: &Noted) -> Vec<String> {
    let differs = |(posture, fate): (&&str, char)| {
        let to = format!("{posture}.{}", world::DOMAIN);
        let attempts = noted.get(&(sender.domain(), to));
        let sent = attempts.is_some_and(|attempts| attempts.contains(&true));
        let arrived = matches!(fate, 'T' | 'C');
        (sent != arrived).then(|| {
            format!(
                "{}: at {posture} the log says {attempts:?}, and waxseal {fate}",
                sender.title
            )
        })
    };
    POSTURES
        .iter()
        .zip(fates.chars())
        .filter_map(differs)
        .collect()
}

/// Whether the message to the sound server, and no other, is told of, and passes every check.
fn messages_of(sender: &Sender, fates: &str, messages: &[&Value]) -> Vec<String> {
    let mut faults = Vec::new();
    let arrived = usize::from(fates.starts_with(['T', 'C']));
    if messages.len() != arrived {
        faults.push(format!(
            "{}: {arrived} messages arrived at `good`, {} are told of",
            sender.title,
            messages.len()
        ));
    }
    for message in messages {
        let connection = &message["connection"];
        for (what, is, expected) in [
            ("SPF", &message["spf"]["value"]["result"], "pass".into()),
            (
                "SPF of HELO",
                &message["spf_helo"]["value"]["result"],
                "pass".into(),
            ),
            ("DKIM", &message["dkim"]["value"], true.into()),
            (
                "DMARC",
                &message["dmarc"]["rfc9989"]["result"],
                "pass".into(),
            ),
            (
                "SPF alignment",
                &message["dmarc"]["rfc9989"]["spf_aligned"]["value"],
                true.into(),
            ),
            (
                "DKIM alignment",
                &message["dmarc"]["rfc9989"]["dkim_aligned"]["value"],
                true.into(),
            ),
            (
                "address",
                &connection["ip"]["value"],
                sender.address().into(),
            ),
            ("EHLO", &connection["ehlo"]["value"], sender.host().into()),
            (
                "reverse name",
                &connection["reverse"]["confirmed"]["value"][0],
                sender.host().into(),
            ),
            (
                "TLS",
                &connection["tls"]["value"]["version"]["value"],
                if fates.starts_with('T') {
                    "TLSv1.3".into()
                } else {
                    Value::Null
                },
            ),
        ] {
            let expected: Value = expected;
            if *is != expected {
                faults.push(format!("{}: {what} is {is}, not {expected}", sender.title));
            }
        }
    }
    faults.dedup();
    faults
}
