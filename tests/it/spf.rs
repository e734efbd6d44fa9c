//! `waxseal spf`: the policy taken apart and senders checked, over the real sockets of the lab.

use super::support::app::{App, Run};
use serde_json::Value;

fn spf(arguments: &[&str]) -> Run {
    App::new().run(["spf", "--lab"].iter().chain(arguments))
}

#[test]
fn a_sender_is_checked_and_the_exit_code_says_the_result() {
    for (arguments, code, words) in [
        (
            &["spf-softfail.test", "--ip", "192.0.2.1"][..],
            0,
            "pass: `mx` in the record of spf-softfail.test",
        ),
        (
            &["compliant.test", "--ip", "203.0.113.9"],
            1,
            "fail: `-all` in the record",
        ),
        (
            &["spf-softfail.test", "--ip", "203.0.113.9"],
            1,
            "softfail: `~all`",
        ),
        (
            &["spf-no-all.test", "--ip", "203.0.113.9"],
            1,
            "neutral: no term",
        ),
        (
            &["spf-missing.test", "--ip", "192.0.2.1"],
            1,
            "none: spf-missing.test has no SPF record",
        ),
        (
            &["spf-two-records.test", "--ip", "192.0.2.1"],
            1,
            "permerror: spf-two-records.test has 2",
        ),
        (
            &["spf-temperror.test", "--ip", "203.0.113.9"],
            4,
            "temperror: the record of _spf-broken",
        ),
        (
            &["spf-redirect.test", "--ip", "198.51.100.7"],
            0,
            "the policy of _spf.provider.test counts",
        ),
        (
            &["spf-many-servers.test", "--ip", "192.0.2.1"],
            1,
            "permerror: pool.spf-many-servers.test has 11",
        ),
        (
            &["spf-ipv4-hosts.test", "--ip", "192.0.2.13"],
            0,
            "pass: `a:h3",
        ),
        (
            &["spf-ipv4-hosts.test", "--ip", "2001:db8::99"],
            1,
            "permerror: h3.spf-ipv4-hosts.test",
        ),
        (
            &["spf-macro.test", "--ip", "203.0.113.9"],
            1,
            "9.113.0.203.in-addr.spf.spf-macro.test",
        ),
    ] {
        let run = spf(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {run:?}");
        assert!(run.out.contains(words), "{arguments:?}: {}", run.out);
    }
}

#[test]
fn the_policy_is_taken_apart_without_a_sender() {
    for (domain, code, words) in [
        ("spf-ten-lookups.test", 0, "10 of 10 lookups"),
        ("spf-loop.test", 1, "leads back to"),
        ("spf-wide-open.test", 0, "everyone"),
        ("spf-type-99.test", 0, "2 IPv4 addresses"),
        ("spf-syntax.test", 1, "`192.0.2.300`: an IPv4 network"),
        (
            "spf-quoted.test",
            1,
            "no receiver takes this for SPF: \"v=spf1 mx -all\"",
        ),
        ("spf-temperror.test", 4, "receivers get temperror"),
        ("hostile-spf-tree.test", 1, "receivers stop after 10"),
    ] {
        let run = spf(&[domain]);
        assert_eq!(run.code, code, "{domain}: {run:?}");
        assert!(run.out.contains(words), "{domain}: {}", run.out);
        let raw = run.out.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(raw, None, "{domain}");
    }
}

#[test]
fn the_facts_are_there_as_json() {
    let run = spf(&[
        "spf-softfail.test",
        "--ip",
        "192.0.2.1",
        "--mail-from",
        "alice",
        "--json",
    ]);
    let page: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(page["check"]["result"], "pass");
    assert_eq!(page["check"]["sender"], "alice@spf-softfail.test");
    assert_eq!(page["spf"]["evaluation"]["cost"]["lookups"], 1);
}

#[test]
fn a_sender_at_another_domain_is_refused_with_the_way_out() {
    let run = spf(&[
        "spf-softfail.test",
        "--ip",
        "192.0.2.1",
        "--mail-from",
        "a@other.test",
    ]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("the sender is at other.test"),
        "{}",
        run.err
    );
    let by_helo = [
        "spf-softfail.test",
        "--ip",
        "192.0.2.1",
        "--mail-from",
        "<>",
    ];
    assert_eq!(spf(&by_helo).code, 0);
    assert_eq!(spf(&["user@spf-softfail.test"]).code, 2);
}
