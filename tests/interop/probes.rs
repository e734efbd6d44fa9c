//! The zone of the probes as others read it: NSD and the ldns tools the printed one, `delv` the served one.

use super::daemons::is_there;
use crate::probes::field::{DOMAIN, Field};
use crate::support::app::App;
use std::process::Command;

/// Runs a program in the folder; what it says.
fn run(app: &App, program: &str, args: &[&str]) -> (bool, String) {
    let done = Command::new(program)
        .args(args)
        .current_dir(app.folder())
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    (
        done.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn the_printed_zone_is_one_that_name_servers_take_and_validators_accept() {
    let app = App::new();
    let print = |kind: &str| {
        let args = [
            "receive",
            "--domain",
            DOMAIN,
            "--probes",
            "192.0.2.10-18,2001:db8::10-18",
        ];
        let more = [
            "--policy-host",
            "192.0.2.44",
            "--state",
            "keys",
            "--report-to",
            "mailto:tls@example.net",
        ];
        let run = app.run(args.iter().chain(&more).chain(&[kind]));
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let (plain, signed) = (print("--print-zone"), print("--print-zone=signed"));
    app.file("plain.zone", &plain);
    app.file("signed.zone", &signed);
    let ds = signed
        .lines()
        .find(|line| line.contains(" IN DS "))
        .unwrap();
    app.file(
        "zone.ds",
        format!("{}\n", ds.trim_start_matches(';').trim()),
    );
    assert_eq!(
        print("--print-zone=signed")
            .lines()
            .find(|line| line.contains(" IN DS ")),
        Some(ds)
    );
    let checks: [(&str, &[&str]); 6] = [
        ("/usr/sbin/nsd-checkzone", &[DOMAIN, "plain.zone"]),
        ("/usr/sbin/nsd-checkzone", &[DOMAIN, "signed.zone"]),
        ("/usr/bin/named-checkzone", &[DOMAIN, "plain.zone"]),
        ("/usr/bin/named-checkzone", &[DOMAIN, "signed.zone"]),
        ("/usr/bin/ldns-read-zone", &["signed.zone"]),
        (
            "/usr/bin/ldns-verify-zone",
            &["-k", "zone.ds", "signed.zone"],
        ),
    ];
    for (program, args) in checks {
        if is_there(program) {
            let (ok, said) = run(&app, program, args);
            assert!(ok, "{program} {args:?}: {said}");
        }
    }
}

#[test]
fn the_served_zone_validates_with_delv() {
    if !is_there("/usr/bin/delv") {
        return;
    }
    let app = App::new();
    let field = Field::start(&app, "127.77.5", &["--time", "10m"]);
    let mut ds = field.ds.split_whitespace().skip(4);
    let mut word = || ds.next().unwrap();
    let numbers = [word(), word(), word()].join(" ");
    let anchor = format!(
        "trust-anchors {{ \"{DOMAIN}.\" static-ds {numbers} \"{}\"; }};\n",
        word()
    );
    app.file("anchors", anchor);
    let (server, port) = (format!("@{}", field.dns.ip()), field.dns.port().to_string());
    let root = format!("+root={DOMAIN}");
    for (name, rtype, says) in [
        ("good", "MX", "; fully validated"),
        ("_25._tcp.mx.dane-mismatch", "TLSA", "; fully validated"),
        ("_mta-sts.mta-sts-valid", "TXT", "; fully validated"),
        ("nobody", "A", "; negative response, fully validated"),
        ("good", "AAAA", "; negative response, fully validated"),
        (
            "_tcp.mx.dane-valid",
            "TXT",
            "; negative response, fully validated",
        ),
    ] {
        let name = format!("{name}.{DOMAIN}");
        let (_, said) = run(
            &app,
            "/usr/bin/delv",
            &[&server, "-p", &port, "-a", "anchors", &root, &name, rtype],
        );
        assert!(said.contains(says), "{name} {rtype}: {said}");
    }
}
