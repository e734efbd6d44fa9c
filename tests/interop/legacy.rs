//! `openssl s_server` behind a relay that speaks STARTTLS, in set-ups old and new: the hellos of waxseal and
//! `openssl s_client` agree on versions, suites and groups.

use super::daemons::required;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{sleep, spawn};
use std::time::Duration;
use waxseal::facts::tls::TlsVersion;
use waxseal::net::dial::Dial;
use waxseal::net::pace::Pace;
use waxseal::net::smtp::{Smtp, SmtpConfig};
use waxseal::net::tls::hello::{ClientHello, Flight, extension};
use waxseal::net::tls::names::{self, SUITES, family};

const OPENSSL: &str = "/usr/bin/openssl";
const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25));

/// The versions with the option of `s_client` that asks for each.
const VERSIONS: [(TlsVersion, &str, &str); 4] = [
    (TlsVersion::Tls13, "-tls1_3", "1.3"),
    (TlsVersion::Tls12, "-tls1_2", "1.2"),
    (TlsVersion::Tls11, "-tls1_1", "1.1"),
    (TlsVersion::Tls10, "-tls1", "1.0"),
];

/// The name of a set-up, its certificate, its options, and the versions that it takes.
type SetUp = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const SET_UPS: &[SetUp] = &[
    ("all", "rsa", &[], "1.3 1.2 1.1 1.0"),
    ("1.0 only", "rsa", &["-tls1"], "1.0"),
    ("1.1 only", "rsa", &["-tls1_1"], "1.1"),
    ("1.2 only", "rsa", &["-tls1_2"], "1.2"),
    ("1.3 only", "rsa", &["-tls1_3"], "1.3"),
    ("ECDSA", "ecdsa", &["-no_tls1_3"], "1.2 1.1 1.0"),
    (
        "static RSA",
        "rsa",
        &["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
        "1.2",
    ),
    (
        "DHE 1024",
        "rsa",
        &[
            "-tls1_2",
            "-cipher",
            "DHE:@SECLEVEL=0",
            "-dhparam",
            "dh1024.pem",
        ],
        "1.2",
    ),
    (
        "DHE ffdhe2048",
        "rsa",
        &[
            "-tls1_2",
            "-cipher",
            "DHE:@SECLEVEL=0",
            "-dhparam",
            "dh2048.pem",
        ],
        "1.2",
    ),
    (
        "NULL",
        "rsa",
        &["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"],
        "1.2",
    ),
    (
        "anonymous",
        "rsa",
        &["-tls1_2", "-cipher", "ADH:AECDH:@SECLEVEL=0"],
        "1.2",
    ),
    (
        "ChaCha20",
        "rsa",
        &["-tls1_2", "-cipher", "ECDHE+CHACHA20"],
        "1.2",
    ),
    (
        "CAMELLIA",
        "rsa",
        &["-tls1_2", "-cipher", "CAMELLIA:@SECLEVEL=0"],
        "1.2",
    ),
    (
        "CCM",
        "rsa",
        &["-tls1_2", "-cipher", "AESCCM:@SECLEVEL=0"],
        "1.2",
    ),
    ("P-384", "rsa", &["-groups", "P-384"], "1.3 1.2 1.1 1.0"),
    ("X25519", "rsa", &["-groups", "X25519"], "1.3 1.2 1.1 1.0"),
    ("server order", "rsa", &["-tls1_2", "-serverpref"], "1.2"),
    (
        "no encrypt-then-MAC",
        "rsa",
        &["-tls1_2", "-no_etm", "-cipher", "AES128-SHA:@SECLEVEL=0"],
        "1.2",
    ),
    (
        "encrypt-then-MAC",
        "rsa",
        &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
        "1.2",
    ),
    ("no tickets", "rsa", &["-tls1_2", "-no_ticket"], "1.2"),
];

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(OPENSSL);
    let done = command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn keys(folder: &Path) {
    let named = [
        "-nodes",
        "-x509",
        "-subj",
        "/CN=mx.example.org",
        "-days",
        "9",
    ];
    let rsa = [
        "req", "-newkey", "rsa:2048", "-keyout", "rsa.key", "-out", "rsa.pem",
    ];
    openssl(folder, &[&rsa[..], &named].concat());
    let curve = [
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-keyout",
        "ecdsa.key",
        "-out",
        "ecdsa.pem",
    ];
    openssl(
        folder,
        &[&["req", "-newkey", "ec"][..], &curve, &named].concat(),
    );
    openssl(folder, &["dhparam", "-out", "dh1024.pem", "1024"]);
    let registered = [
        "genpkey",
        "-genparam",
        "-algorithm",
        "DH",
        "-pkeyopt",
        "group:ffdhe2048",
    ];
    openssl(folder, &[&registered[..], &["-out", "dh2048.pem"]].concat());
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn start(folder: &Path, port: u16, certificate: &str, options: &[&str]) -> Server {
    let mut command = Command::new(OPENSSL);
    let files = [format!("{certificate}.pem"), format!("{certificate}.key")];
    command.args([
        "s_server",
        "-quiet",
        "-accept",
        &format!("127.0.0.1:{port}"),
    ]);
    command.args(["-cert", &files[0], "-key", &files[1]]);
    if !options.contains(&"-cipher") {
        command.args(["-cipher", "ALL:@SECLEVEL=0"]);
    }
    command.args(options).current_dir(folder);
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let server = Server(child.spawn().unwrap());
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        sleep(Duration::from_millis(25));
    }
    panic!("s_server does not listen with {options:?}");
}

/// Speaks SMTP up to STARTTLS, and hands all else to the server.
fn relay(to: u16) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    spawn(move || {
        for stream in listener.incoming().flatten() {
            spawn(move || greet(stream, to));
        }
    });
    at
}

fn greet(mut near: TcpStream, to: u16) -> Option<()> {
    near.write_all(b"220 mx.example.org ESMTP\r\n").ok()?;
    let mut lines = BufReader::new(near.try_clone().ok()?);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.starts_with("EHLO") {
            near.write_all(b"250-mx.example.org\r\n250 STARTTLS\r\n")
                .ok()?;
        } else if line.starts_with("STARTTLS") {
            near.write_all(b"220 go ahead\r\n").ok()?;
            break;
        } else {
            near.write_all(b"221 bye\r\n").ok()?;
            return None;
        }
    }
    let far = TcpStream::connect(("127.0.0.1", to)).ok()?;
    let back = (far.try_clone().ok()?, near.try_clone().ok()?);
    spawn(move || pipe(back.0, back.1));
    pipe(lines, far);
    Some(())
}

fn pipe(mut from: impl Read, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// The hello that offers all suites of a version in the order of the table.
fn hello(version: TlsVersion) -> ClientHello {
    let modern = version == TlsVersion::Tls13;
    let suites = SUITES.iter().filter(|(_, name)| {
        modern == family::is_tls13(name)
            && (version >= TlsVersion::Tls12 || !family::needs_tls12(name))
            && !family::is_rare(name)
    });
    ClientHello {
        version,
        suites: suites.map(|(code, _)| *code).collect(),
        groups: vec![29, 23, 30, 24, 25],
        schemes: vec![
            0x0403, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
        ],
        name: "mx.example.org".to_owned(),
    }
}

fn flight(smtp: &Smtp, hello: &ClientHello) -> Flight {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(smtp.flight(IP, hello)).unwrap()
}

/// Suite and group of a flight that took the version of the hello.
fn chosen(flight: &Flight, version: TlsVersion) -> Option<String> {
    let hello = flight.hello.as_ref()?;
    (hello.version == Some(version)).then(|| names::suite(hello.suite))
}

/// The version that `s_client` agrees on when it offers just the suite that waxseal was given, or all of a version.
fn s_client(folder: &Path, at: SocketAddr, version: &str, suites: &[&str]) -> (String, String) {
    let at = at.to_string();
    let named = ["s_client", "-starttls", "smtp", "-connect", &at, version];
    let said = openssl(folder, &[&named[..], suites].concat());
    let line = said
        .lines()
        .find(|line| line.starts_with("New, ") && line.contains("Cipher is"));
    let cipher = line
        .and_then(|line| line.rsplit(' ').next())
        .unwrap_or("(NONE)");
    let table = ["ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"];
    let standard = openssl(folder, &table);
    let rows = standard
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows = rows.filter(|row| row.get(2) == Some(&cipher));
    let name = rows
        .next()
        .map_or_else(|| cipher.to_owned(), |row| row[0].to_owned());
    let key = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Server Temp Key: "));
    (name, key.unwrap_or_default().to_owned())
}

/// The key of the flight in the words of `s_client`.
fn temp_key(flight: &Flight) -> &'static str {
    match flight.group() {
        Some(29) => "X25519",
        Some(23) => "ECDH, prime256v1",
        Some(24) => "ECDH, secp384r1",
        Some(25) => "ECDH, secp521r1",
        Some(30) => "X448",
        Some(_) | None => "",
    }
}

#[test]
fn s_server_is_seen_as_s_client_sees_it() {
    if !Path::new(OPENSSL).exists() {
        assert!(
            !required(),
            "WAXSEAL_INTEROP=require, but {OPENSSL} is missing"
        );
        println!("left out: {OPENSSL} not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    keys(folder);
    let mut differences = Vec::new();
    for (name, certificate, options, versions) in SET_UPS {
        let port = free_port();
        let server = start(folder, port, certificate, options);
        let at = relay(port);
        let dial = Dial::confined(BTreeMap::from([(SocketAddr::new(IP, 25), at)]));
        let pace = Arc::new(Pace::new(Duration::ZERO));
        let smtp = Smtp::new(SmtpConfig::new("probe.example.net", dial, pace));
        let mut taken = Vec::new();
        for (version, option, label) in VERSIONS {
            let seen = flight(&smtp, &hello(version));
            let ours = chosen(&seen, version);
            let ciphers = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";
            let (theirs, key) = s_client(folder, at, option, &["-cipher", ciphers]);
            let refused = theirs == "(NONE)";
            println!("{name:20} {label:4} {ours:?} | {theirs} {key}");
            if refused != ours.is_none() {
                differences.push(format!("{name}, {label}: {ours:?}, s_client {theirs}"));
            }
            if let Some(suite) = ours {
                taken.push(label);
                differences.extend(compare(folder, at, (option, &suite), &seen));
            }
        }
        if taken.join(" ") != *versions {
            differences.push(format!("{name}: {taken:?}, but set up for {versions}"));
        }
        differences.extend(expected(name, &flight(&smtp, &hello(TlsVersion::Tls12))));
        drop(server);
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Offered alone, the suite that waxseal saw is what `s_client` agrees on, with the same kind of key.
fn compare(
    folder: &Path,
    at: SocketAddr,
    (option, suite): (&str, &str),
    seen: &Flight,
) -> Vec<String> {
    let table = openssl(
        folder,
        &["ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
    );
    let rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows = rows.filter(|row| row.first() == Some(&suite));
    let Some(own) = rows
        .next()
        .and_then(|row| row.get(2).map(|own| (*own).to_owned()))
    else {
        return vec![format!("OpenSSL has no {suite}")];
    };
    let alone = format!("{own}:@SECLEVEL=0");
    let choice = if family::is_tls13(suite) {
        ["-ciphersuites", own.as_str()]
    } else {
        ["-cipher", alone.as_str()]
    };
    let (theirs, key) = s_client(folder, at, option, &choice);
    let mut differences = Vec::new();
    if theirs != suite {
        differences.push(format!("{option}: {suite}, s_client {theirs}"));
    }
    if !key.starts_with(temp_key(seen)) {
        differences.push(format!(
            "{option}, {suite}: {}, s_client {key}",
            temp_key(seen)
        ));
    }
    differences
}

/// What the set-up shows in a flight of TLS 1.2 beside suite and group.
fn expected(set_up: &str, seen: &Flight) -> Option<String> {
    let hello = seen.hello.as_ref()?;
    let shown = |kind| hello.extension(kind).is_some();
    let holds = match set_up {
        "DHE 1024" => format!("{:?}", seen.key).contains("DH 1024"),
        "DHE ffdhe2048" => format!("{:?}", seen.key).contains("ffdhe2048"),
        "no encrypt-then-MAC" => !shown(extension::ENCRYPT_THEN_MAC),
        "encrypt-then-MAC" => shown(extension::ENCRYPT_THEN_MAC),
        "no tickets" => !shown(extension::SESSION_TICKET),
        "1.2 only" => {
            shown(extension::SESSION_TICKET)
                && shown(extension::EXTENDED_MASTER_SECRET)
                && shown(extension::RENEGOTIATION_INFO)
                && seen.chain.len() == 1
        }
        _ => true,
    };
    (!holds).then(|| format!("{set_up}: {seen:?}"))
}
