//! A running `waxseal receive --probes`.

use super::world::{AUTHORITY, DOMAIN, POLICIES, PROBES, RESOLVER, World};
use serde_json::Value;
use std::fs;
use std::process::{Child, Command};

/// The program, and what it said when it began.
pub(super) struct Receiver {
    child: Child,
    guide: String,
}

impl Receiver {
    /// Starts a round with these options, and waits until everything is served.
    pub(super) fn start(world: &World, authorities: &str, options: &[&str]) -> Self {
        let mut command = world.visible(env!("CARGO_BIN_EXE_waxseal"));
        command
            .args(["receive", "--domain", DOMAIN, "--probes", PROBES])
            .args(["--serve-dns", AUTHORITY, "--serve-https", POLICIES])
            .args(["--resolver", RESOLVER, "--dnssec", "trust-ad"])
            // With one address the round is over once a sender has reached every probe.
            .args(["--addresses", "2", "--time", "10m"])
            .args(["--spool", &world.path("taken"), "--ca-out", authorities])
            .args(["--state", &world.path("keys")])
            .args(["--output", &world.path("seen.jsonl")])
            .args(options);
        let child = world.spawn("waxseal", &mut command);
        let guide = || world.read("waxseal.out");
        world.until("waxseal receive", || guide().contains("Ctrl-C"));
        Self {
            child,
            guide: guide(),
        }
    }

    /// The DS record of the zone.
    pub(super) fn ds(&self) -> &str {
        let mut lines = self.guide.lines();
        lines.find(|line| line.contains(" IN DS ")).unwrap().trim()
    }

    /// The test addresses of the first or the second token, in the order of the postures.
    pub(super) fn addresses(&self, token: usize) -> Vec<String> {
        let words = self
            .guide
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| word.contains('@'));
        let words: Vec<_> = words.map(str::to_owned).collect();
        words[token * 9..][..9].to_vec()
    }

    /// Ends the round and gives the documents that it left.
    pub(super) fn end(mut self, world: &World) -> Vec<Value> {
        self.interrupt();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}", world.read("waxseal.err"));
        let seen = world.read("seen.jsonl");
        fs::remove_file(world.path("seen.jsonl")).unwrap();
        seen.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn interrupt(&self) {
        let own = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &own]).status();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Only where the test failed it is still there.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
