//! The servers: Postfix over `OpenSSL` and Exim over `GnuTLS`, each set-up at a loopback address of its own.

use super::super::daemons;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Unbound, with the names of the servers.
pub(super) const RESOLVER: &str = "127.53.1.53";
/// Where `.ci/run` puts Exim, which can't be installed beside Postfix.
const EXIM: &str = "/opt/exim4/usr/sbin/exim4";

/// One set-up.
pub(super) struct Peer {
    number: u8,
    pub(super) title: &'static str,
    program: Program,
}

enum Program {
    /// Settings of `smtpd` that differ from the others.
    Postfix(&'static [&'static str]),
    /// A priority string of `GnuTLS`.
    Exim(&'static str),
}

use Program::{Exim, Postfix};

const fn peer(number: u8, title: &'static str, program: Program) -> Peer {
    Peer {
        number,
        title,
        program,
    }
}

const OLD: &str = "smtpd_tls_ciphers=low";
const LOW: &str = "tls_low_cipherlist=ALL:COMPLEMENTOFALL:@SECLEVEL=0";

/// All set-ups. No domain is visited at more servers than sixteen.
pub(super) const ALL: &[Peer] = &[
    peer(1, "Postfix as it comes", Postfix(&[])),
    peer(2, "Postfix, RSA", Postfix(&["smtpd_tls_chain_files={rsa}"])),
    peer(
        3,
        "Postfix, ECDSA and RSA",
        Postfix(&["smtpd_tls_chain_files={leaf},{rsa}"]),
    ),
    peer(
        4,
        "Postfix, TLS 1.2 only",
        Postfix(&["smtpd_tls_protocols=TLSv1.2"]),
    ),
    peer(
        5,
        "Postfix, TLS 1.3 only",
        Postfix(&["smtpd_tls_protocols=>=TLSv1.3"]),
    ),
    peer(
        6,
        "Postfix, TLS 1.0 and 1.1 only",
        Postfix(&["smtpd_tls_protocols=<=TLSv1.1", OLD, LOW]),
    ),
    peer(
        7,
        "Postfix, TLS 1.0 to 1.3",
        Postfix(&["smtpd_tls_protocols=>=TLSv1", OLD, LOW]),
    ),
    peer(
        8,
        "Postfix without TLS",
        Postfix(&["smtpd_tls_security_level=none"]),
    ),
    peer(
        9,
        "Postfix, TLS mandatory",
        Postfix(&["smtpd_tls_security_level=encrypt"]),
    ),
    peer(
        10,
        "Postfix, TLS 1.2 with ChaCha20 only",
        Postfix(&[
            "smtpd_tls_protocols=TLSv1.2",
            "smtpd_tls_ciphers=high",
            "tls_high_cipherlist=ECDHE-ECDSA-CHACHA20-POLY1305",
        ]),
    ),
    peer(
        11,
        "Postfix, P-384 only",
        Postfix(&[
            "smtpd_tls_eecdh_grade=auto",
            "tls_eecdh_auto_curves=secp384r1",
        ]),
    ),
    peer(
        12,
        "Postfix, TLS 1.2 with AES-CBC only",
        Postfix(&[
            "smtpd_tls_protocols=TLSv1.2",
            "smtpd_tls_ciphers=low",
            "tls_low_cipherlist=ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
        ]),
    ),
    peer(13, "Exim as it comes", Exim("NORMAL")),
    peer(
        14,
        "Exim, TLS 1.2 only",
        Exim("NORMAL:-VERS-ALL:+VERS-TLS1.2"),
    ),
    peer(
        15,
        "Exim, TLS 1.0 to 1.3",
        Exim("NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:%COMPAT"),
    ),
    peer(
        16,
        "Exim, P-256 only",
        Exim("NORMAL:-GROUP-ALL:+GROUP-SECP256R1"),
    ),
];

impl Peer {
    pub(super) fn host(&self) -> String {
        format!("m{}.wire.test", self.number)
    }

    pub(super) fn address(&self) -> String {
        format!("127.53.1.{}", self.number)
    }
}

/// What keeps the test from running here.
pub(super) fn missing() -> Option<String> {
    if let Some(missing) = daemons::missing() {
        return Some(missing);
    }
    let programs = [EXIM, "/usr/sbin/posttls-finger"];
    let absent = programs
        .into_iter()
        .find(|program| !Path::new(program).exists());
    absent.map(|program| format!("{program} is not there"))
}

/// The running servers.
pub(super) struct Peers {
    children: Vec<Child>,
    folder: PathBuf,
}

impl Peers {
    /// Makes the keys and starts the servers.
    pub(super) fn start(folder: &Path) -> Self {
        for (name, key) in [
            ("leaf", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"][..]),
            ("rsa", &["rsa:2048"]),
        ] {
            let file = folder.join(format!("{name}.pem"));
            let done = Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-nodes",
                    "-days",
                    "30",
                    "-subj",
                    "/CN=wire.test",
                ])
                .args(["-addext", "subjectAltName=DNS:*.wire.test", "-newkey"])
                .args(key)
                .arg("-keyout")
                .arg(folder.join(format!("{name}.key")))
                .arg("-out")
                .arg(&file)
                .output()
                .unwrap();
            assert!(done.status.success(), "{done:?}");
            // Postfix reads a key and the chain behind it from one file.
            let key = fs::read_to_string(folder.join(format!("{name}.key"))).unwrap();
            let chain = fs::read_to_string(&file).unwrap();
            fs::write(folder.join(format!("{name}.both")), key + chain.as_str()).unwrap();
        }
        let mut peers = Self {
            children: Vec::new(),
            folder: folder.to_owned(),
        };
        peers.unbound();
        peers.postfix();
        peers.exim();
        for peer in ALL {
            peers.await_port(&peer.address(), 25);
        }
        peers
    }

    fn unbound(&mut self) {
        let records = ALL.iter().map(|peer| {
            let (host, address, number) = (peer.host(), peer.address(), peer.number);
            format!(
                "  local-data: \"wire.test. MX {number} {host}.\"\n  local-data: \"{host}. A {address}\"\n"
            )
        });
        let records = records.collect::<Vec<_>>().concat();
        let folder = self.folder.display();
        let text = format!(
            "server:\n  interface: {RESOLVER}\n  access-control: 127.0.0.0/8 allow\n  directory: \"{folder}\"\n  \
             chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  do-daemonize: no\n  \
             local-zone: \"test.\" static\n{records}remote-control:\n  control-enable: no\n"
        );
        self.write("wire-unbound.conf", &text);
        let config = self.folder.join("wire-unbound.conf");
        self.spawn(
            Command::new("/usr/sbin/unbound")
                .args(["-d", "-c"])
                .arg(config),
        );
    }

    fn postfix(&mut self) {
        let folder = self.folder.display().to_string();
        for name in ["postfix", "spool", "data"] {
            fs::create_dir_all(self.folder.join(name)).unwrap();
        }
        run("chown", &["postfix", &format!("{folder}/data")]);
        run("chmod", &["755", &folder]);
        self.write(
            "postfix/main.cf",
            &format!(
                "compatibility_level = 3.6\nqueue_directory = {folder}/spool\ndata_directory = {folder}/data\n\
                 maillog_file = {folder}/postfix.log\nmaillog_file_prefixes = {folder}\nmyhostname = mail.wire.test\n\
                 inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination = wire.test\nalias_maps =\n\
                 alias_database =\nlocal_recipient_maps =\nsmtpd_tls_chain_files = {folder}/leaf.both\n\
                 smtpd_tls_security_level = may\nsmtpd_peername_lookup = no\n"
            ),
        );
        let services = ALL.iter().filter_map(|peer| {
            let Postfix(settings) = peer.program else {
                return None;
            };
            let settings = settings.iter().map(|setting| {
                let setting = setting
                    .replace("{leaf}", &format!("{folder}/leaf.both"))
                    .replace("{rsa}", &format!("{folder}/rsa.both"));
                format!("  -o {setting}\n")
            });
            let settings = settings.collect::<Vec<_>>().concat();
            Some(format!(
                "{}:25 inet n - n - - smtpd\n{settings}",
                peer.address()
            ))
        });
        let services = services.collect::<Vec<_>>().concat();
        self.write(
            "postfix/master.cf",
            &format!(
                "{services}postlog unix-dgram n - n - 1 postlogd\nrewrite unix - - n - - trivial-rewrite\n\
                 tlsmgr unix - - n 1000? 1 tlsmgr\nanvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\n\
                 cleanup unix n - n - 0 cleanup\n"
            ),
        );
        let folder = format!("{folder}/postfix");
        self.spawn(Command::new("/usr/sbin/postfix").args(["-c", &folder, "start-fg"]));
    }

    fn exim(&mut self) {
        let folder = self.folder.display().to_string();
        fs::create_dir_all(self.folder.join("exim")).unwrap();
        for key in ["leaf.key", "leaf.pem"] {
            run("chmod", &["644", &format!("{folder}/{key}")]);
        }
        let exims = ALL.iter().filter_map(|peer| {
            let Exim(priority) = peer.program else {
                return None;
            };
            Some((peer.address(), priority))
        });
        let (addresses, priorities): (Vec<String>, Vec<&str>) = exims.unzip();
        let mut chosen = "NORMAL".to_owned();
        for (address, priority) in addresses.iter().zip(priorities) {
            chosen = format!(
                "${{if eq{{$received_ip_address}}{{{address}}}{{{priority}}}{{{chosen}}}}}"
            );
        }
        self.write(
            "exim.conf",
            &format!(
                "primary_hostname = mail.wire.test\ndaemon_smtp_ports = 25\nlocal_interfaces = {}\n\
                 spool_directory = {folder}/exim\nlog_file_path = {folder}/exim/%slog\npid_file_path = {folder}/exim/pid\n\
                 exim_user = Debian-exim\nkeep_environment =\ntls_advertise_hosts = *\nhost_lookup =\n\
                 tls_certificate = {folder}/leaf.pem\ntls_privatekey = {folder}/leaf.key\nrfc1413_query_timeout = 0s\n\
                 smtp_accept_max = 0\ntls_require_ciphers = {chosen}\nacl_smtp_rcpt =\nbegin acl\nbegin routers\n\
                 begin transports\nbegin retry\n",
                addresses.join(" : ")
            ),
        );
        run("chown", &["-R", "Debian-exim", &format!("{folder}/exim")]);
        let config = format!("{folder}/exim.conf");
        self.spawn(Command::new(EXIM).args(["-bdf", "-oX", "25", "-C", &config]));
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn spawn(&mut self, command: &mut Command) {
        let silent = command.stdin(Stdio::null()).stdout(Stdio::null());
        let log = fs::File::create(self.folder.join(format!("{}.out", self.children.len())));
        self.children
            .push(silent.stderr(log.unwrap()).spawn().unwrap());
    }

    fn await_port(&self, address: &str, port: u16) {
        let at = SocketAddr::new(address.parse().unwrap(), port);
        for _ in 0..200 {
            if TcpStream::connect_timeout(&at, Duration::from_secs(1)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("nothing listens on {at}: {}", self.logs());
    }

    /// What the servers noted.
    pub(super) fn logs(&self) -> String {
        ["0.out", "1.out", "2.out", "postfix.log", "exim/mainlog"]
            .map(|name| fs::read_to_string(self.folder.join(name)).unwrap_or_default())
            .concat()
    }
}

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).status().unwrap();
    assert!(done.success(), "{program} {args:?}");
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.folder.join("postfix"))
            .arg("stop")
            .output();
        for child in &mut self.children {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}
