//! A small Internet in namespaces of its own: a loopback device, a resolver, and whatever is started in it. All of it
//! ends with the first process of its process namespace.

use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// Unbound, which everybody asks.
pub(super) const RESOLVER: &str = "127.0.0.53";
/// The name server of waxseal.
pub(super) const AUTHORITY: &str = "127.0.1.53";
/// Where the first probe is; the others are behind it.
pub(super) const PROBES: &str = "127.0.2.1-9";
/// The policy hosts.
pub(super) const POLICIES: &str = "127.0.3.1";
/// The probe domain.
pub(super) const DOMAIN: &str = "probe.test";

/// Programs that `.ci/run` installs.
const PROGRAMS: [&str; 9] = [
    "/usr/sbin/unbound",
    "/usr/sbin/postfix",
    "/usr/sbin/sendmail",
    "/usr/sbin/opendkim",
    "/usr/bin/openssl",
    "/usr/bin/unshare",
    "/usr/bin/nsenter",
    "/usr/sbin/ip",
    super::exim::PROGRAM,
];

/// What keeps the test from running here.
pub(super) fn missing() -> Option<String> {
    let mut absent = PROGRAMS
        .into_iter()
        .filter(|program| !Path::new(program).exists());
    if let Some(program) = absent.next() {
        return Some(format!("{program} is not there"));
    }
    if !policy_daemon().exists() {
        return Some(format!("{} is not there", policy_daemon().display()));
    }
    let apart = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "true"])
        .output();
    let apart = apart.is_ok_and(|done| done.status.success());
    (!apart).then(|| "namespaces need root".to_owned())
}

/// The daemon of postfix-mta-sts-resolver, beside the Python that `.ci/run` names.
pub(super) fn policy_daemon() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "a place of the test run, not of the program"
    )]
    let python = std::env::var("WAXSEAL_PYTHON");
    let python = python.unwrap_or_else(|_| "/opt/waxseal-validators/python/bin/python".to_owned());
    Path::new(&python).with_file_name("mta-sts-daemon")
}

/// The namespaces, and the folder of all that runs in them.
pub(super) struct World {
    holder: Child,
    /// The first process of the process namespace.
    first: String,
    daemons: Mutex<Vec<Child>>,
    folder: TempDir,
}

impl World {
    /// Sets the namespaces up.
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // Daemons that are not root have to get through it.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let resolv = folder.path().join("resolv.conf");
        fs::write(
            &resolv,
            format!("nameserver {RESOLVER}\noptions trust-ad edns0\n"),
        )
        .unwrap();
        let ready = folder.path().join("ready");
        let script = format!(
            "ip link set lo up && mount --bind {} /etc/resolv.conf && touch {} && exec sleep 900",
            resolv.display(),
            ready.display()
        );
        let holder = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", &script])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let own = holder.id();
        assert!(comes(|| ready.exists()), "no namespaces");
        let children = format!("/proc/{own}/task/{own}/children");
        let first = fs::read_to_string(children).unwrap().trim().to_owned();
        Self {
            holder,
            first,
            daemons: Mutex::default(),
            folder,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file of the folder, as text for configurations.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder().join(name).display().to_string()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    /// The text of a file, as far as there is one.
    pub(super) fn read(&self, name: &str) -> String {
        let text = fs::read(self.folder().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A program inside, in a process namespace that ends with this world.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["-t", &self.first, "--net", "--mount", "--pid"])
            .args(["--wd=/", "--", program])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null());
        command
    }

    /// A program inside that keeps its own process id, so that it can be asked to end.
    pub(super) fn visible(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["-t", &self.first, "--net", "--mount", "--", program])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null());
        command
    }

    /// Starts a daemon that ends with this world.
    pub(super) fn daemon(&self, name: &str, command: &mut Command) {
        let daemon = self.spawn(name, command);
        self.daemons.lock().unwrap().push(daemon);
    }

    /// Starts a program whose words go to files.
    pub(super) fn spawn(&self, name: &str, command: &mut Command) -> Child {
        let file =
            |end: &str| fs::File::create(self.folder().join(format!("{name}.{end}"))).unwrap();
        let program = command.stdout(file("out")).stderr(file("err"));
        program.spawn().unwrap()
    }

    /// Runs a program to its end.
    pub(super) fn run(&self, program: &str, args: &[&str]) -> Output {
        let done = self.command(program).args(args).output().unwrap();
        assert!(done.status.success(), "{program} {args:?}: {done:?}");
        done
    }

    /// Runs a program that reads.
    pub(super) fn feed(&self, program: &str, args: &[&str], input: &str) {
        let mut command = self.command(program);
        let piped = command.args(args).stdin(Stdio::piped());
        let silent = piped.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = silent.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(input.as_bytes()).unwrap();
        drop(pipe);
        let status = child.wait().unwrap();
        assert!(status.success(), "{program} {args:?}: {status}");
    }

    /// Waits for a listener inside.
    pub(super) fn await_port(&self, address: &str, port: u16) {
        let ip: Ipv4Addr = address.parse().unwrap();
        let bytes = u32::from_le_bytes(ip.octets());
        let wanted = format!(" {bytes:08X}:{port:04X} 00000000:0000 0A ");
        let sockets = format!("/proc/{}/net/tcp", self.first);
        self.until(&format!("{address}:{port}"), || {
            fs::read_to_string(&sockets).is_ok_and(|table| table.contains(&wanted))
        });
    }

    /// Waits for what has to come, and else tells what everybody said.
    pub(super) fn until(&self, what: &str, there: impl FnMut() -> bool) {
        assert!(comes(there), "{what} did not come about\n{}", self.said());
    }

    /// What the daemons said that have no log.
    pub(super) fn said(&self) -> String {
        let entries = fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let said = names
            .filter_map(|name| name.strip_suffix(".err").map(str::to_owned))
            .map(|name| format!("{name}:\n{}", self.read(&format!("{name}.err"))));
        said.collect()
    }

    /// Unbound: validates the zone of the probes, and knows these records and no other names.
    pub(super) fn resolver(&self, ds: &str, records: &[String]) {
        self.write("probe.ds", ds);
        let records = records
            .iter()
            .map(|record| format!("  local-data: '{record}'\n"))
            .collect::<Vec<_>>()
            .concat();
        let folder = self.folder().display();
        let text = format!(
            "server:\n  interface: {RESOLVER}\n  access-control: 127.0.0.0/8 allow\n  directory: \"{folder}\"\n  \
             chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"\"\n  do-ip6: no\n  \
             do-daemonize: no\n  do-not-query-localhost: no\n  num-threads: 1\n  \
             module-config: \"validator iterator\"\n  trust-anchor-file: \"{folder}/probe.ds\"\n  \
             local-zone: \"test.\" static\n  local-zone: \"{DOMAIN}.\" transparent\n  \
             local-zone: \"127.in-addr.arpa.\" static\n{records}\
             stub-zone:\n  name: \"{DOMAIN}.\"\n  stub-addr: {AUTHORITY}\nremote-control:\n  control-enable: no\n"
        );
        self.write("unbound.conf", &text);
        let config = self.path("unbound.conf");
        let mut unbound = self.command("/usr/sbin/unbound");
        self.daemon("unbound", unbound.args(["-d", "-c", &config]));
        self.await_port(RESOLVER, 53);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // With the first process of the namespace the system ends all others in it.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
        for daemon in self.daemons.get_mut().into_iter().flatten() {
            let _ = daemon.wait();
        }
    }
}

/// Whether something comes about within a minute and a half.
fn comes(mut there: impl FnMut() -> bool) -> bool {
    for _ in 0..900 {
        if there() {
            return true;
        }
        sleep(Duration::from_millis(100));
    }
    false
}
