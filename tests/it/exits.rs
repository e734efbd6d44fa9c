//! Exit codes and messages for everything that a user can get wrong.

use super::support::app::App;

#[test]
fn a_compliant_domain_exits_0() {
    let run = App::new().run(["scan", "--lab", "compliant.test"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_faulty_domain_exits_1_and_names_the_fault() {
    let run = App::new().run(["scan", "--lab", "dmarc-missing.test"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("dmarc-published"), "{}", run.out);
}

#[test]
fn an_unreachable_domain_exits_4() {
    let run = App::new().run(["scan", "--lab", "mx-unreachable.test"]);
    assert_eq!(run.code, 4, "{run:?}");
    let run = App::new().run(["scan", "--lab", "mx-unreachable.test", "--unknown", "warn"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn no_targets_exit_5_with_the_next_step() {
    let run = App::new().run(["scan"]);
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.err.contains("help: name domains"), "{}", run.err);
}

#[test]
fn recommendations_that_fail_exit_6_only_where_they_count() {
    let app = App::new();
    assert_eq!(app.run(["scan", "--lab", "tlsrpt-missing.test"]).code, 0);
    let run = app.run([
        "scan",
        "--lab",
        "tlsrpt-missing.test",
        "--fail-on",
        "should",
        "-b",
        "baseline",
    ]);
    assert_eq!(run.code, 6, "{run:?}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn usage_errors_exit_2_and_say_what_to_do() {
    let app = App::new();
    app.file(
        "list.txt",
        "example.org\nhttps://example.net/\nsomeone@example.com\n",
    );
    app.file("other.json", "{\"schema\":\"waxseal.facts/9\"}");
    app.file("broken.json", "{");
    app.file("anchor.txt", ". IN DS nonsense\n");
    app.file("ca.pem", "not a certificate\n");
    let cases: &[(&[&str], &str)] = &[
        (&["scan", "not a domain"], "argument 1: \"not a domain\""),
        (&["scan", "--from", "list.txt"], "list.txt:3"),
        (
            &["scan", "--from", "nowhere.txt"],
            "nowhere.txt: No such file",
        ),
        (
            &["scan", "example.org", "--resolver", "here"],
            "`here` is no resolver",
        ),
        (&["scan", "example.org", "--report", "pdf=x"], "pdf"),
        (
            &[
                "scan",
                "example.org",
                "--report",
                "junit=no/such/folder/x.xml",
            ],
            "no/such/folder/x.xml",
        ),
        (
            &["scan", "example.org", "--fail-on", "often"],
            "must, should, may",
        ),
        (
            &[
                "scan",
                "example.org",
                "--resolver",
                "127.0.0.1",
                "--trust-anchor",
                "anchor.txt",
            ],
            "anchor.txt",
        ),
        (
            &[
                "scan",
                "example.org",
                "--resolver",
                "127.0.0.1",
                "--ca-file",
                "ca.pem",
            ],
            "ca.pem",
        ),
        (&["evaluate", "other.json"], "waxseal.facts/9"),
        (
            &["evaluate", "broken.json"],
            "broken.json: document 1 is no JSON",
        ),
        (&["policy", "show", "no-such-rule"], "no-such-rule"),
        (
            &["evaluate", "broken.json", "-b", "nobodys"],
            "there is no baseline `nobodys`",
        ),
        (
            &["evaluate", "broken.json", "--report", "json=broken.json"],
            "would replace what is read",
        ),
        (
            &["scan", "example.org", "--selector", "a b"],
            "a selector is a DNS label",
        ),
        (
            &["scan", "example.org", "--at-once", "0"],
            "from 1 to 10000",
        ),
        (
            &["scan", "--lab", "--resolver", "127.0.0.1"],
            "cannot be used with",
        ),
        (
            &[
                "scan",
                "example.org",
                "--resolver",
                "127.0.0.1",
                "--ehlo-name",
                "x\nMAIL FROM:<a@b.c>",
            ],
            "is no name for EHLO",
        ),
        (&["frobnicate"], "frobnicate"),
    ];
    for (args, said) in cases {
        let run = app.run(*args);
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        assert!(run.err.contains(said), "{args:?}: {}", run.err);
        assert_eq!(run.out, "", "{args:?}");
    }
}

#[test]
fn a_policy_with_faults_exits_3_and_shows_all_of_them() {
    let app = App::new();
    let rules = app.folder().join("mine/rules");
    std::fs::create_dir_all(&rules).unwrap();
    app.file(
        "mine/rules/a.rhai",
        "rule(\"a-rule\", #{ title: \"t\" }, |mail, _want| { });\n",
    );
    app.file("mine/rules/b.rhai", "let x = ;\n");
    let run = app.run(["scan", "--lab", "compliant.test", "--policies", "mine"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("a.rhai:1") && run.err.contains("b.rhai:1"),
        "{}",
        run.err
    );
}

#[test]
fn an_example_that_does_not_hold_fails_the_test_of_policies() {
    let app = App::new();
    std::fs::create_dir_all(app.folder().join("mine/rules")).unwrap();
    let rule = "rule(\"spf-there\", #{ title: \"SPF is there\", area: \"spf\", severity: \"low\", why: \"w\", fix: \"f\", \
                refs: [\"RFC 7208\"] }, |mail, _want| { require mail.spf.record.present else \"no\"; });\n";
    app.file("mine/rules/mine.rhai", rule);
    let case = |outcome| {
        format!("[[case]]\nrule = \"spf-there\"\nname = \"it is\"\noutcome = \"{outcome}\"\n")
    };
    app.file("mine/rules/mine.cases.toml", case("pass"));
    let run = app.run(["policy", "test", "--policies", "mine"]);
    assert_eq!(run.code, 0, "{run:?}");
    app.file("mine/rules/mine.cases.toml", case("fail"));
    let run = app.run(["policy", "test", "--policies", "mine"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.contains("mine.cases.toml:1: spf-there: it is"),
        "{}",
        run.out
    );
}

#[test]
fn policies_in_the_wrong_place_are_named() {
    let app = App::new();
    std::fs::create_dir_all(app.folder().join("mine")).unwrap();
    let run = app.run(["policy", "list", "--policies", "mine"]);
    assert!(
        run.code == 2 && run.err.contains("the folder has no policies"),
        "{run:?}"
    );
    app.file("mine/stray.rhai", "");
    let run = app.run(["policy", "list", "--policies", "mine"]);
    assert!(run.code == 2 && run.err.contains("stray.rhai"), "{run:?}");
}

#[test]
fn reports_leave_devices_and_links_what_they_are_and_do_not_collide() {
    let app = App::new();
    std::os::unix::fs::symlink("real.json", app.folder().join("link.json")).unwrap();
    app.file("real.json", "");
    let scan = ["scan", "--lab", "compliant.test", "--quiet"];
    let run = app.run(scan.into_iter().chain([
        "--report",
        "json=/dev/null",
        "--report",
        "junit=link.json",
    ]));
    assert_eq!(run.code, 0, "{run:?}");
    assert!(app.read("real.json").starts_with("<?xml"));
    assert!(app.folder().join("link.json").is_symlink());
    let run = app.run(
        scan.into_iter()
            .chain(["--report", "json=same", "--report", "junit=same"]),
    );
    assert!(run.code == 2 && run.err.contains("two outputs"), "{run:?}");
    let run = app.run(scan.into_iter().chain(["--report", "json=/dev/full"]));
    assert!(run.code == 2 && run.err.contains("/dev/full"), "{run:?}");
}

#[test]
fn a_resolver_that_answers_nothing_leaves_everything_unknown() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let run = App::new().run([
        "scan",
        "example.org",
        "--resolver",
        &address,
        "-b",
        "baseline",
    ]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.out.contains("timed out"), "{}", run.out);
}

#[test]
fn a_resolver_that_denies_the_root_is_not_believed_about_anything() {
    let resolver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = resolver.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((length, from)) = resolver.recv_from(&mut query) {
            // The question comes back as a response (QR) with RCODE 3.
            query[2] |= 0x80;
            query[3] = 0x83;
            let _ = resolver.send_to(&query[..length], from);
        }
    });
    let run = App::new().run([
        "scan",
        "example.org",
        "--resolver",
        &address,
        "-b",
        "baseline",
    ]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(
        run.out.contains("the resolver denies that `.` exists"),
        "{}",
        run.out
    );
}

#[test]
fn documents_before_a_broken_one_are_still_reported() {
    let app = App::new();
    let collected = app.run(["collect", "--lab", "compliant.test", "--quiet"]);
    assert_eq!(collected.code, 0, "{collected:?}");
    app.file(
        "facts.jsonl",
        format!("{}{{\"schema\": broken\n", collected.out),
    );
    let run = app.run([
        "evaluate",
        "facts.jsonl",
        "--report",
        "json=results.json",
        "--quiet",
    ]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(app.read("results.json").contains("compliant.test"));
}

#[test]
fn a_closed_pipe_is_no_error_in_any_format() {
    let app = App::new();
    app.run([
        "scan",
        "--lab",
        "compliant.test",
        "-q",
        "--report",
        "json=r.json",
    ]);
    app.file(
        "t.txt",
        "{% for target in targets %}{{ target.target.domain * 9000 }}{% endfor %}",
    );
    let formats =
        "text json jsonl html junit markdown tap sarif sarif-github github gitlab csv oscal ocsf";
    let reports = formats
        .split(' ')
        .map(|format| vec!["report", "r.json", "--format", format]);
    let template = vec!["report", "r.json", "--template", "t.txt"];
    for args in reports.chain([template, vec!["policy", "list"]]) {
        let mut child = app.command(&args).spawn().unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{args:?}: {done:?}");
        assert!(done.stderr.is_empty(), "{args:?}: {done:?}");
    }
}

#[test]
fn a_template_that_breaks_midway_writes_nothing() {
    let app = App::new();
    let domains = ["spf-missing.test", "compliant.test"];
    let args = ["scan", "--lab"].iter().chain(&domains);
    app.run(args.chain(&["-q", "--report", "json=r.json"]));
    let template = "{% for target in targets %}{{ target.target.domain }} {{ 1 // target.summary.fail_must }}\n{% endfor %}";
    app.file("t.txt", template);
    let run = app.run(["report", "r.json", "--template", "t.txt"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
    assert!(run.err.contains("t.txt:1"), "{}", run.err);
}

#[test]
fn a_list_without_a_domain_and_a_lock_that_is_not_there_are_named_with_the_next_step() {
    let app = App::new();
    app.file("empty.txt", "# nobody yet\n");
    let run = app.run(["scan", "--lab", "--from", "empty.txt"]);
    assert_eq!(run.code, 5, "{run:?}");
    assert!(
        run.err.contains("empty.txt: no domain stands in the list"),
        "{}",
        run.err
    );
    let run = app.run(["scan", "--lab", "compliant.test", "--locked"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.err.contains("waxseal.lock: there is no such lock file"),
        "{}",
        run.err
    );
    assert!(run.err.contains("waxseal policy lock"), "{}", run.err);
}

#[test]
fn results_with_a_score_beyond_all_bounds_are_refused() {
    let app = App::new();
    app.run([
        "scan",
        "--lab",
        "compliant.test",
        "-q",
        "--report",
        "json=r.json",
    ]);
    let mut results: serde_json::Value = serde_json::from_str(&app.read("r.json")).unwrap();
    results["targets"][0]["scores"][0]["value"] = 1e300.into();
    app.file("r.json", results.to_string());
    let run = app.run(["report", "r.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.err.contains("a score lies between 0 and 1000"),
        "{}",
        run.err
    );
}

#[test]
fn a_rule_that_stands_twice_in_results_has_two_places_in_the_page() {
    let app = App::new();
    app.run([
        "scan",
        "--lab",
        "compliant.test",
        "-q",
        "--report",
        "json=r.json",
    ]);
    let mut results: serde_json::Value = serde_json::from_str(&app.read("r.json")).unwrap();
    let again = results["rules"][0].clone();
    results["rules"].as_array_mut().unwrap().push(again);
    app.file("r.json", results.to_string());
    let html = app.run(["report", "r.json", "--format", "html"]).out;
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len());
}
