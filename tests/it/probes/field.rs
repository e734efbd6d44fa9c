//! A running `waxseal receive --probes`.

use crate::support::app::App;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, ChildStdout, Command};

/// The probe domain.
pub(crate) const DOMAIN: &str = "probe.example.net";

/// What it serves, and where.
pub(crate) struct Field {
    child: Child,
    out: BufReader<ChildStdout>,
    probes: BTreeMap<String, SocketAddr>,
    token: String,
    /// The name server.
    pub(crate) dns: SocketAddr,
    https: SocketAddr,
    /// The DS record of the zone.
    pub(crate) ds: String,
}

/// What it left behind.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Field {
    /// Starts it on addresses of this network, and reads where everything is.
    pub(crate) fn start(app: &App, network: &str, more: &[&str]) -> Self {
        let probes = format!("{network}.11-19");
        let (dns, https) = (format!("{network}.53:0"), format!("{network}.44:0"));
        let own = [
            "receive",
            "--domain",
            DOMAIN,
            "--probes",
            &probes,
            "--listen",
            "127.0.0.1:0",
        ];
        let services = [
            "--serve-dns",
            &dns,
            "--serve-https",
            &https,
            "--state",
            "keys",
        ];
        let files = ["--ca-out", "ca.pem", "--spool", "spool", "--lab"];
        let args = own.iter().chain(&services).chain(&files).chain(more);
        let mut child = app.command(args).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut guide = String::new();
        while !guide.contains("Ctrl-C ends it") {
            assert!(out.read_line(&mut guide).unwrap() > 0, "it ended at once");
        }
        let behind = |words: &str| {
            let at = guide.split(words).nth(1).unwrap();
            at.split_whitespace()
                .next()
                .unwrap()
                .trim_end_matches('.')
                .parse()
                .unwrap()
        };
        let mut probes = BTreeMap::new();
        for line in guide.lines().filter(|line| line.contains(" as mx.")) {
            let mut words = line.split_whitespace();
            let (name, at) = (words.next().unwrap(), words.next().unwrap());
            probes.insert(name.to_owned(), at.parse().unwrap());
        }
        let ds = guide.lines().find(|line| line.contains(" IN DS ")).unwrap();
        let token = guide
            .split("    ")
            .nth(1)
            .unwrap()
            .split('@')
            .next()
            .unwrap();
        Self {
            dns: behind("The zone is served at "),
            https: behind("The policies are served at "),
            ds: ds.trim().to_owned() + "\n",
            token: token.to_owned(),
            probes,
            child,
            out,
        }
    }

    /// The server of a probe.
    pub(crate) fn probe(&self, posture: &str) -> SocketAddr {
        self.probes[posture]
    }

    /// The address to write to at a probe.
    pub(crate) fn recipient(&self, posture: &str) -> String {
        format!("{}@{posture}.{DOMAIN}", self.token)
    }

    /// Which socket stands for which published address and port.
    pub(crate) fn dial(&self) -> String {
        let line = |ip: IpAddr, port: u16, at: &SocketAddr| {
            format!("{} {at}\n", SocketAddr::new(ip, port))
        };
        let mail = self.probes.values().map(|at| line(at.ip(), 25, at));
        mail.chain([line(self.https.ip(), 443, &self.https)])
            .collect()
    }

    /// Interrupts it and waits for what it says.
    pub(crate) fn end(self) -> Done {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        self.wait()
    }

    /// Waits until it ends by itself, for what it says.
    pub(crate) fn wait(mut self) -> Done {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Done { code, out, err }
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
