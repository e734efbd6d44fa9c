//! What a report rests on, so that somebody else can come to the same: the same lines for every format.

use super::{escape, words};
use crate::facts::vantage::{SmtpEgress, Vantage};
use crate::results::gate::{FailOn, OnUnknown};
use crate::results::role::RoleTaken;
use crate::results::rule::PolicyFile;
use crate::results::{Run, TargetResult};

/// Some values under one name, each on one line and safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is, in kebab-case: `facts-sha256`.
    pub(super) name: &'static str,
    /// One or more values.
    pub(super) values: Vec<String>,
}

/// The tool, the gate, the baselines with their versions and digests, the settings, every policy file, and what
/// was dropped.
pub(super) fn of_run(run: &Run) -> Vec<Entry> {
    let fail_on = match run.gate.fail_on {
        FailOn::Must => "must",
        FailOn::Should => "should",
        FailOn::May => "may",
    };
    let unknown = match run.gate.unknown {
        OnUnknown::Fail => "fail",
        OnUnknown::Warn => "warn",
        OnUnknown::Ignore => "ignore",
    };
    let new_only = if run.gate.new_only { ", new only" } else { "" };
    let baselines = run.baselines.iter().map(|one| {
        let dropped = match one.dropped.len() {
            0 => String::new(),
            many => format!(", {many} dropped"),
        };
        format!("{} {} sha256:{}{dropped}", one.id, one.version, one.sha256)
    });
    let comparison = run.comparison.as_ref().map(words::comparison);
    let entries = [
        one("waxseal", run.waxseal.clone()),
        one("schema", run.schema.clone()),
        one("verdict", run.verdict.as_str().to_owned()),
        one("partial", run.partial.clone().unwrap_or_default()),
        one(
            "gate",
            format!("fail-on {fail_on}, unknown {unknown}{new_only}"),
        ),
        several("baselines", baselines),
        several("settings", run.settings.iter().map(file)),
        several("policy-files", run.policy_files.iter().map(file)),
        one("compared-with", comparison.unwrap_or_default()),
    ];
    told(entries)
}

/// The facts with their digest and vantage, the role, the baselines, and what was not executed and why.
pub(super) fn of_target(target: &TargetResult) -> Vec<Entry> {
    let Vantage {
        started,
        duration_milliseconds,
        waxseal,
        resolvers,
        dnssec: _,
        ipv4,
        ipv6,
        smtp_egress,
        probe,
        trust_store,
        ehlo_name,
        lab,
    } = &target.vantage;
    let egress = match smtp_egress {
        SmtpEgress::Open => "open",
        SmtpEgress::Blocked => "blocked",
        SmtpEgress::Unproven => "unproven",
        SmtpEgress::Untested => "untested",
    };
    let families = match (ipv4, ipv6) {
        (true, true) => "IPv4 and IPv6",
        (true, false) => "IPv4 only",
        (false, true) => "IPv6 only",
        (false, false) => "none",
    };
    let role = &target.role;
    let role =
        (*role != RoleTaken::default()).then(|| format!("{}: {}", role.role.as_str(), role.reason));
    let not_executed = target.not_executed.iter().map(|one| {
        let findings = match one.findings {
            0 => String::new(),
            1 => " (1 finding is unknown)".to_owned(),
            many => format!(" ({many} findings are unknown)"),
        };
        format!("{}: {}{findings}", one.what, one.why)
    });
    let entries = [
        one("facts-sha256", target.facts_sha256.clone()),
        one("collected", started.to_string()),
        one(
            "collected-in",
            format!("{} s", words::seconds(*duration_milliseconds)),
        ),
        one(
            "collected-by",
            format!("waxseal {waxseal}{}", if *lab { " in the lab" } else { "" }),
        ),
        several("resolvers", resolvers.iter().cloned()),
        one("addresses", families.to_owned()),
        one("port-25", egress.to_owned()),
        one("probe", probe.as_str().to_owned()),
        one("trust-store", trust_store.clone()),
        one("ehlo-name", ehlo_name.clone()),
        one("role", role.unwrap_or_default()),
        several("baselines", target.baselines.iter().cloned()),
        several("not-executed", not_executed),
    ];
    told(entries)
}

fn file(file: &PolicyFile) -> String {
    format!("{} sha256:{}", file.path, file.sha256)
}

fn one(name: &'static str, value: String) -> Entry {
    several(name, Some(value).filter(|value| !value.is_empty()))
}

fn several(name: &'static str, values: impl IntoIterator<Item = String>) -> Entry {
    Entry {
        name,
        values: values
            .into_iter()
            .map(|value| escape::line(&value))
            .collect(),
    }
}

fn told<const N: usize>(entries: [Entry; N]) -> Vec<Entry> {
    let told = entries.into_iter().filter(|entry| !entry.values.is_empty());
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn value(entries: &[Entry], name: &str) -> String {
        let found = entries.iter().find(|entry| entry.name == name);
        found.map_or_else(String::new, |entry| entry.values.join(" | "))
    }

    #[test]
    fn a_run_says_which_tool_and_policies_decided() {
        let mut scan = sample::scan();
        scan.run.settings = Some(PolicyFile {
            path: "waxseal.toml".to_owned(),
            sha256: "ab".repeat(32),
        });
        let entries = of_run(&scan.run);
        assert_eq!(value(&entries, "waxseal"), "0.1.0");
        assert_eq!(value(&entries, "gate"), "fail-on must, unknown fail");
        assert!(value(&entries, "baselines").starts_with("bod-18-01 2017-10-16 sha256:5f5f"));
        assert!(value(&entries, "settings").starts_with("waxseal.toml sha256:abab"));
        assert_eq!(value(&entries, "partial"), "");
    }

    #[test]
    fn a_target_says_from_where_it_was_seen_and_what_was_left_out() {
        let scan = sample::scan();
        let target = scan.targets.first().unwrap();
        let entries = of_target(target);
        assert_eq!(value(&entries, "addresses"), "IPv4 only");
        let left_out = value(&entries, "not-executed");
        assert!(
            left_out.starts_with("cipher suites and groups"),
            "{left_out}"
        );
        assert!(left_out.ends_with("(1 finding is unknown)"), "{left_out}");
        assert!(value(&entries, "facts-sha256").starts_with("0c0c"));
    }

    #[test]
    fn texts_of_strangers_are_inert() {
        let scan = sample::scan();
        let mut entries = of_run(&scan.run);
        entries.extend(scan.targets.iter().flat_map(of_target));
        let values = entries.iter().flat_map(|entry| &entry.values);
        for value in values {
            assert!(!value.contains(escape::acts), "{value:?}");
        }
    }
}
