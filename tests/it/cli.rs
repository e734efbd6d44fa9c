//! What the program shows: help, reports, the demo, the lab.

use super::support::app::App;
use std::process::Command;

#[test]
fn the_demo_finds_every_outcome_as_expected_and_writes_reports() {
    let app = App::new();
    app.file("waxseal.toml", "the demo = reads no settings");
    let run = app.run(["demo"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(
        run.out
            .contains("Every outcome is what the lab's table expects."),
        "{}",
        run.out
    );
    for name in ["report.xml", "results.json", "report.txt", "facts.jsonl"] {
        assert!(
            !app.read(&format!("waxseal-demo/{name}")).is_empty(),
            "{name}"
        );
    }
    assert_valid_junit(&app, "waxseal-demo/report.xml");
}

/// Against the XSDs that Jenkins and others use; says what it left out where they are not there.
fn assert_valid_junit(app: &App, file: &str) {
    let Some(corpora) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("left out: WAXSEAL_CORPORA is not set, the XSDs are not there");
        return;
    };
    for schema in ["junit-10.xsd", "JUnit.xsd"] {
        let schema = std::path::Path::new(&corpora).join("junit").join(schema);
        let lint = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(&schema)
            .arg(app.folder().join(file))
            .output();
        match lint {
            Ok(done) => assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            ),
            Err(error) => println!("left out: xmllint: {error}"),
        }
    }
}

#[test]
fn output_that_is_no_terminal_has_no_colours() {
    let run = App::new().run(["scan", "--lab", "dmarc-none.test"]);
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'));
    let run = App::new().run(["scan", "--lab", "dmarc-none.test", "--color", "always"]);
    assert!(run.out.contains("\u{1b}["));
}

#[test]
fn a_summary_is_one_line_a_domain() {
    let run = App::new().run([
        "scan",
        "--lab",
        "compliant.test",
        "dmarc-none.test",
        "--summary",
    ]);
    for domain in ["compliant.test", "dmarc-none.test"] {
        let lines = run.out.lines().filter(|line| line.contains(domain)).count();
        assert_eq!(lines, 1, "{}", run.out);
    }
}

#[test]
fn domains_in_other_spellings_come_to_the_same() {
    let app = App::new();
    app.file("list.txt", "Compliant.TEST.\ncompliant.test\n");
    let run = app.run(["scan", "--lab", "--from", "list.txt", "--summary"]);
    assert_eq!(run.out.matches("compliant.test").count(), 1, "{}", run.out);
}

#[test]
fn the_lab_says_how_to_use_it_and_serves_another_process() {
    let app = App::new();
    let mut lab = app.command(["lab"]).spawn().unwrap();
    let guide = first_lines(&mut lab);
    let ask = guide
        .lines()
        .find(|line| line.starts_with("waxseal scan"))
        .unwrap()
        .to_owned();
    let run = app.run(
        ask.split_whitespace()
            .skip(1)
            .chain(["--selector", "s1", "--timeout", "5"]),
    );
    let _ = lab.kill();
    let _ = lab.wait();
    assert_eq!(run.code, 0, "{run:?}");
}

/// Standard output up to the line that shows the last command.
fn first_lines(child: &mut std::process::Child) -> String {
    use std::io::BufRead as _;
    let out = std::io::BufReader::new(child.stdout.as_mut().unwrap());
    let mut text = String::new();
    for line in out.lines() {
        let line = line.unwrap();
        text.push_str(&line);
        text.push('\n');
        if line.starts_with("dig") {
            break;
        }
    }
    text
}

#[test]
fn completions_and_the_manual_page_are_made() {
    let app = App::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = app.run(["completions", shell]);
        assert!(run.code == 0 && run.out.contains("waxseal"), "{shell}");
    }
    assert!(app.run(["man"]).out.starts_with(".ie"));
}

#[test]
fn every_subcommand_explains_itself() {
    let app = App::new();
    for command in [
        "scan",
        "collect",
        "evaluate",
        "demo",
        "lab",
        "policy",
        "completions",
        "man",
    ] {
        let run = app.run([command, "--help"]);
        assert!(
            run.code == 0 && run.out.contains("Usage: waxseal"),
            "{command}: {run:?}"
        );
    }
}
