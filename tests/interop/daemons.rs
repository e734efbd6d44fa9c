//! NSD, Unbound, Postfix and nginx, each on a loopback address of its own, ended by their process ids.

use super::{keys, zones};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Unbound, validating.
pub(crate) const RESOLVER: &str = "127.53.0.1";
/// NSD.
pub(crate) const AUTHORITY: &str = "127.53.0.2";
/// Postfix with STARTTLS.
pub(crate) const MAIL: &str = "127.53.0.10";
/// Postfix without.
pub(crate) const PLAIN_MAIL: &str = "127.53.0.11";
/// nginx with the MTA-STS policy.
pub(crate) const WEB: &str = "127.53.0.20";

const PROGRAMS: [&str; 8] = [
    "/usr/sbin/nsd",
    "/usr/sbin/unbound",
    "/usr/sbin/postfix",
    "/usr/sbin/nginx",
    "/usr/bin/openssl",
    "/usr/bin/ldns-keygen",
    "/usr/bin/ldns-signzone",
    "/usr/bin/ldns-key2ds",
];

/// Whether a missing daemon is a failure.
pub(crate) fn required() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test run, not of the program"
    )]
    let value = std::env::var("WAXSEAL_INTEROP");
    value.is_ok_and(|value| value == "require")
}

/// What keeps the test from running here.
pub(crate) fn missing() -> Option<String> {
    let missing: Vec<_> = PROGRAMS
        .into_iter()
        .filter(|program| !Path::new(program).exists())
        .collect();
    if !missing.is_empty() {
        return Some(format!("{} not installed", missing.join(", ")));
    }
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|done| done.stdout == b"0\n");
    (!root).then(|| "ports 25, 53 and 443 need root".to_owned())
}

/// The running daemons.
pub(crate) struct Daemons {
    children: Vec<Child>,
    folder: PathBuf,
}

impl Daemons {
    /// Makes keys and zones in the folder and starts all four.
    pub(crate) fn start(folder: &Path) -> Self {
        keys::make(folder, &["mail.full.test", "mta-sts.full.test"]);
        zones::make(folder);
        let mut daemons = Self {
            children: Vec::new(),
            folder: folder.to_owned(),
        };
        daemons.nsd();
        daemons.unbound();
        daemons.nginx();
        daemons.postfix();
        for at in [
            (AUTHORITY, 53),
            (RESOLVER, 53),
            (WEB, 443),
            (MAIL, 25),
            (PLAIN_MAIL, 25),
        ] {
            daemons.await_port(at);
        }
        daemons
    }

    /// What Postfix has noted so far.
    pub(crate) fn mail_log(&self) -> String {
        // The line of a session's end is written a moment after its QUIT.
        sleep(Duration::from_millis(700));
        fs::read_to_string(self.folder.join("postfix.log")).unwrap()
    }

    fn nsd(&mut self) {
        let zones = zones::ZONES
            .map(|(name, file)| format!("zone:\n  name: \"{name}\"\n  zonefile: \"{file}\"\n"))
            .concat();
        let folder = self.folder.display();
        let text = format!(
            "server:\n  ip-address: {AUTHORITY}\n  zonesdir: \"{folder}\"\n  username: \"\"\n  chroot: \"\"\n  \
             database: \"\"\n  pidfile: \"\"\n  xfrdfile: \"\"\n  zonelistfile: \"{folder}/zone.list\"\n  \
             rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n{zones}"
        );
        self.spawn("nsd.conf", &text, "/usr/sbin/nsd", &["-d", "-c"]);
    }

    fn unbound(&mut self) {
        let folder = self.folder.display();
        let text = format!(
            "server:\n  interface: {RESOLVER}\n  access-control: 127.0.0.0/8 allow\n  directory: \"{folder}\"\n  \
             chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"\"\n  do-ip6: no\n  \
             do-not-query-localhost: no\n  local-zone: \"test.\" nodefault\n  ede: yes\n  \
             module-config: \"validator iterator\"\n  trust-anchor-file: \"{folder}/root.ds\"\n\
             stub-zone:\n  name: \".\"\n  stub-addr: {AUTHORITY}\nremote-control:\n  control-enable: no\n"
        );
        self.spawn("unbound.conf", &text, "/usr/sbin/unbound", &["-d", "-c"]);
    }

    fn nginx(&mut self) {
        let folder = self.folder.display();
        let policy =
            "version: STSv1\\r\\nmode: enforce\\r\\nmx: mail.full.test\\r\\nmax_age: 604800\\r\\n";
        let text = format!(
            "daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nuser root;\n\
             events {{ }}\nhttp {{\n  access_log off;\n  server {{\n    listen {WEB}:443 ssl;\n    \
             ssl_certificate {folder}/chain.pem;\n    ssl_certificate_key {folder}/leaf.key;\n    \
             location = /.well-known/mta-sts.txt {{ default_type text/plain; return 200 \"{policy}\"; }}\n  }}\n}}\n"
        )
        .replace("\\r\\n", "\r\n");
        self.spawn("nginx.conf", &text, "/usr/sbin/nginx", &["-c"]);
    }

    fn postfix(&mut self) {
        let folder = self.folder.display();
        let etc = self.folder.join("postfix");
        for name in ["postfix", "spool", "data"] {
            fs::create_dir_all(self.folder.join(name)).unwrap();
        }
        let owner = Command::new("chown")
            .args(["postfix", &format!("{folder}/data")])
            .status()
            .unwrap();
        assert!(owner.success());
        // The daemon that writes the log has to get through the folder.
        let open = Command::new("chmod")
            .args(["755", &folder.to_string()])
            .status()
            .unwrap();
        assert!(open.success());
        fs::write(
            etc.join("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {folder}/spool\ndata_directory = {folder}/data\n\
                 maillog_file = {folder}/postfix.log\nmaillog_file_prefixes = {folder}\nmyhostname = mail.full.test\n\
                 inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination = full.test\nalias_maps =\n\
                 alias_database =\nlocal_recipient_maps =\nsmtpd_tls_chain_files = {folder}/leaf.key, {folder}/chain.pem\n\
                 smtpd_tls_security_level = may\nsmtpd_peername_lookup = no\n"
            ),
        )
        .unwrap();
        fs::write(
            etc.join("master.cf"),
            format!(
                "{MAIL}:25 inet n - n - - smtpd\n\
                 {PLAIN_MAIL}:25 inet n - n - - smtpd\n  -o smtpd_tls_security_level=none\n\
                 postlog unix-dgram n - n - 1 postlogd\nrewrite unix - - n - - trivial-rewrite\n\
                 tlsmgr unix - - n 1000? 1 tlsmgr\nanvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\ncleanup unix n - n - 0 cleanup\n"
            ),
        )
        .unwrap();
        let child = Command::new("/usr/sbin/postfix")
            .args(["-c", &format!("{folder}/postfix"), "start-fg"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.children.push(child);
    }

    fn spawn(&mut self, config: &str, text: &str, program: &str, args: &[&str]) {
        let config = self.folder.join(config);
        fs::write(&config, text).unwrap();
        let log = fs::File::create(config.with_extension("out")).unwrap();
        let child = Command::new(program)
            .args(args)
            .arg(&config)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.children.push(child);
    }

    fn await_port(&self, (ip, port): (&str, u16)) {
        let at = SocketAddr::new(ip.parse().unwrap(), port);
        for _ in 0..200 {
            if TcpStream::connect_timeout(&at, Duration::from_secs(1)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("nothing listens on {at}: {}", self.logs());
    }

    fn logs(&self) -> String {
        [
            "nsd.out",
            "unbound.out",
            "nginx.out",
            "nginx.log",
            "postfix.log",
        ]
        .map(|name| fs::read_to_string(self.folder.join(name)).unwrap_or_default())
        .concat()
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        let config = self.folder.join("postfix");
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(config)
            .arg("stop")
            .output();
        for child in &mut self.children {
            // A request to end, so that daemons with children of their own end those too.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}

/// Whether a program is installed; where it has to be and is not, the test fails.
pub(crate) fn is_there(program: &str) -> bool {
    let there = Path::new(program).exists();
    if !there {
        assert!(
            !required(),
            "WAXSEAL_INTEROP=require, but {program} is not installed"
        );
        println!("left out: {program} is not installed");
    }
    there
}
