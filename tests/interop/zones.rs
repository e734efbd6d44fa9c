//! Zones, signed with the ldns tools: a root, a top-level domain and three mail domains.

use super::{daemons, keys};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The zones that are served, as (origin, file).
pub(crate) const ZONES: [(&str, &str); 5] = [
    (".", "root.signed"),
    ("test", "test.signed"),
    ("full.test", "full.test.signed"),
    ("unsigned.test", "unsigned.test.zone"),
    ("bogus.test", "bogus.test.signed"),
];

/// Writes and signs all zones, and the trust anchor `root.ds`.
pub(crate) fn make(folder: &Path) {
    let (dns, mail, plain, web) = (
        daemons::AUTHORITY,
        daemons::MAIL,
        daemons::PLAIN_MAIL,
        daemons::WEB,
    );
    let (tlsa, dkim) = (keys::spki_sha256(folder), keys::dkim(folder));
    let reports = "rua=mailto:postmaster@full.test";
    let full = format!(
        "@ IN MX 10 mail.full.test.\n@ IN TXT \"v=spf1 mx -all\"\nmail IN A {mail}\n\
         _25._tcp.mail IN TLSA 3 1 1 {tlsa}\n_dmarc IN TXT \"v=DMARC1; p=reject; {reports}\"\n\
         s1._domainkey IN TXT {dkim}\n_mta-sts IN TXT \"v=STSv1; id=1\"\nmta-sts IN A {web}\n\
         _smtp._tls IN TXT \"v=TLSRPTv1; {reports}\"\n"
    );
    let unsigned = format!("@ IN MX 10 mail.unsigned.test.\nmail IN A {plain}\n");
    let bogus =
        format!("@ IN MX 10 mail.bogus.test.\nmail IN A {mail}\n@ IN TXT \"v=spf1 -all\"\n");

    zone(folder, "unsigned.test", &unsigned);
    let full_ds = signed(folder, "full.test", &full, &["-n", "-t", "0"]);
    let past = ["-i", "20200101000000", "-e", "20200201000000"];
    let bogus_ds = signed(folder, "bogus.test", &bogus, &past);
    let delegation = |name: &str| format!("{name}. IN NS ns.{name}.\nns.{name}. IN A {dns}\n");
    let below = ["full.test", "unsigned.test", "bogus.test"]
        .map(delegation)
        .concat();
    let test_ds = signed(folder, "test", &format!("{below}{full_ds}{bogus_ds}"), &[]);
    let root_ds = signed(
        folder,
        ".",
        &format!("{}{test_ds}", delegation("test")),
        &[],
    );
    fs::write(folder.join("root.ds"), root_ds).unwrap();
}

/// Writes a zone; its name server is at the authority's address.
fn zone(folder: &Path, origin: &str, records: &str) {
    let apex = if origin == "." {
        String::new()
    } else {
        format!("{origin}.")
    };
    let text = format!(
        "$ORIGIN {}\n$TTL 300\n@ IN SOA ns.{apex} hostmaster.{apex} 1 3600 600 86400 300\n\
         @ IN NS ns.{apex}\nns.{apex} IN A {}\n{records}",
        if apex.is_empty() { "." } else { &apex },
        daemons::AUTHORITY
    )
    .replace("ns. IN", "ns.root-servers. IN")
    .replace("IN NS ns.\n", "IN NS ns.root-servers.\n")
    .replace(
        "SOA ns. hostmaster.",
        "SOA ns.root-servers. hostmaster.root-servers.",
    );
    fs::write(folder.join(format!("{}.zone", stem(origin))), text).unwrap();
}

/// Writes and signs a zone and gives its DS record.
fn signed(folder: &Path, origin: &str, records: &str, options: &[&str]) -> String {
    zone(folder, origin, records);
    let key = run(
        folder,
        "ldns-keygen",
        &["-a", "ECDSAP256SHA256", "-k", origin],
    );
    let key = key.trim();
    let (zone, out) = (
        format!("{}.zone", stem(origin)),
        format!("{}.signed", stem(origin)),
    );
    let args: Vec<_> = ["-o", origin, "-f", &out]
        .into_iter()
        .chain(options.iter().copied())
        .chain([&*zone, key])
        .collect();
    run(folder, "ldns-signzone", &args);
    run(folder, "ldns-key2ds", &["-n", "-2", &out])
        .trim_end()
        .to_owned()
        + "\n"
}

fn stem(origin: &str) -> &str {
    if origin == "." { "root" } else { origin }
}

fn run(folder: &Path, program: &str, args: &[&str]) -> String {
    let done = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}
