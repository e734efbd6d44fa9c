//! The CI kits name only what the program takes, and the action treats its inputs as text.

use super::support::app::App;
use std::fs;
use std::path::Path;
use std::process::Command;
use waxseal::cli;

/// The kits, and the page that explains them.
const KITS: &[&str] = &[
    ".pre-commit-hooks.yaml",
    "Dockerfile",
    "action.yml",
    "docs/ci.md",
    "examples/ci/Jenkinsfile",
    "examples/ci/github-actions.yml",
    "examples/ci/gitlab-ci.yml",
    "examples/ci/pre-commit-config.yaml",
];

/// Reports of every kind that the action hands on.
const REPORTS: &str = "json=a b/mail.json\n\njunit=mail.xml\nsarif-github=mail.sarif\nmarkdown=mail.md\nhtml=mail.html\n";

#[test]
fn every_command_line_of_the_kits_is_one_that_the_program_takes() {
    let (mut seen, mut faults) = (0, Vec::new());
    for kit in KITS {
        for words in command_lines(&read(kit)) {
            seen += 1;
            let line = ["waxseal"]
                .into_iter()
                .chain(words.iter().map(String::as_str));
            if let Err(error) = cli::command().try_get_matches_from(line) {
                faults.push(format!("{kit}: waxseal {}: {error}", words.join(" ")));
            }
        }
    }
    assert!(seen >= 25, "{seen} command lines were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_words_of_a_command_line_end_where_the_shell_says() {
    for (text, words) in [
        ("$ waxseal scan example.org", "scan|example.org"),
        (
            "see `waxseal policy check mine` for more",
            "policy|check|mine",
        ),
        ("sh 'waxseal config --no-config'", "config|--no-config"),
        (
            "waxseal scan \"${earlier[@]}\" -q \\\n  --report 'json=a b'",
            "scan|-q|--report|json=a b",
        ),
        ("waxseal collect a.org > facts.json # now", "collect|a.org"),
        ("waxseal:ci and /waxseal scan and waxseal says", ""),
    ] {
        let found: Vec<_> = command_lines(text)
            .iter()
            .map(|words| words.join("|"))
            .collect();
        assert_eq!(found.join("+"), words, "{text}");
    }
}

#[test]
fn the_action_names_only_options_that_there_are() {
    let command = cli::command();
    let known: Vec<_> = ["scan", "evaluate"]
        .into_iter()
        .filter_map(|name| command.find_subcommand(name))
        .flat_map(clap::Command::get_arguments)
        .filter_map(clap::Arg::get_long)
        .collect();
    let script = script(&read("action.yml"), "scan");
    let words = script.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
    let named: Vec<_> = words
        .filter_map(|word| word.strip_prefix("--"))
        .filter(|option| !option.is_empty())
        .collect();
    assert!(named.len() >= 10, "{named:?}");
    for option in named {
        assert!(known.contains(&option), "--{option}");
    }
}

#[test]
fn no_script_of_the_action_has_an_input_in_its_text() {
    for step in read("action.yml").split("\n    - name: ").skip(1) {
        if let Some((_, script)) = step.split_once("\n      run: ") {
            assert!(!script.contains("${{"), "{step}");
        }
    }
}

#[test]
fn the_action_hands_on_reports_exit_code_and_verdict() {
    let app = App::new();
    let domains = ["compliant.test", "dmarc-none.test"];
    let run = app.run([
        "collect",
        "--lab",
        domains[0],
        domains[1],
        "--output",
        "facts.jsonl",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let given = [
        ("FACTS", "facts.jsonl"),
        ("BASELINE", "mecsa\nbaseline"),
        ("BASELINE_RESULTS", "a b/mail.json"),
        ("NEW_ONLY", "true"),
        ("REPORTS", REPORTS),
        ("ANNOTATIONS", "true"),
        ("SUMMARY", "true"),
    ];
    for (verdict, code) in [("failed", 1), ("passed", 0)] {
        let said = act(&app, &given);
        for line in [
            format!("exit-code={code}"),
            format!("verdict={verdict}"),
            "json=a b/mail.json".to_owned(),
            "junit=mail.xml".to_owned(),
            "sarif=mail.sarif".to_owned(),
            "markdown=mail.md".to_owned(),
            "html=mail.html".to_owned(),
        ] {
            assert!(said.lines().any(|said| said == line), "{line}: {said}");
        }
        assert!(app.read("summary").contains("dmarc-none.test"));
    }
}

#[test]
fn hostile_inputs_of_the_action_stay_text() {
    let hostile = "$(touch pwned) `touch pwned` ;touch pwned --quiet=pwned * \"'";
    for name in [
        "DOMAINS", "FACTS", "FROM", "CONFIG", "BASELINE", "POLICIES", "UNKNOWN", "REPORTS",
    ] {
        let app = App::new();
        let said = act(&app, &[(name, hostile)]);
        assert!(
            said.contains("exit-code=2\nverdict=error\n"),
            "{name}: {said}"
        );
        assert!(!app.folder().join("pwned").exists(), "{name}");
    }
}

#[test]
fn the_page_has_every_exit_code() {
    let page = read("docs/ci.md");
    for (code, _) in cli::EXIT_CODES {
        assert!(page.contains(&format!("\n| {code} | ")), "{code}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Runs the step of the action that scans, as GitHub does, and returns what it puts out.
fn act(app: &App, given: &[(&str, &str)]) -> String {
    app.file("output", "");
    app.file("summary", "");
    let done = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
        .arg(script(&read("action.yml"), "scan"))
        .current_dir(app.folder())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("BINARY", env!("CARGO_BIN_EXE_waxseal"))
        .env("GITHUB_OUTPUT", app.folder().join("output"))
        .env("GITHUB_STEP_SUMMARY", app.folder().join("summary"))
        .envs(given.iter().copied())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    app.read("output")
}

/// The script of the action's step with this id, which stands last in the step.
fn script(action: &str, id: &str) -> String {
    let step = action
        .split("\n    - name: ")
        .find(|step| step.contains(&format!("\n      id: {id}\n")))
        .unwrap();
    let (_, script) = step.split_once("\n      run: |\n").unwrap();
    let lines: Vec<_> = script
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The words behind `waxseal` wherever a subcommand follows it, lines that go on in the next put together.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let command = cli::command();
    let text = text.replace("\\\\\n", " ").replace("\\\n", " ");
    let mut found = Vec::new();
    for line in text.lines() {
        for (at, name) in line.match_indices("waxseal ") {
            let (before, behind) = line.split_at(at);
            let words = words(behind.strip_prefix(name).unwrap_or(behind));
            let known = |word: &String| command.find_subcommand(word).is_some();
            let inside = |letter: char| letter.is_alphanumeric() || "-_/.:".contains(letter);
            if !before.ends_with(inside) && words.first().is_some_and(known) {
                found.push(words);
            }
        }
    }
    found
}

/// The words of a command up to its end, without quotes. What the shell or Groovy would fill in is left out.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_some() => word.push(letter),
            '"' | '\'' if text[at + 1..].contains(letter) => quote = Some(letter),
            ' ' => words.push(std::mem::take(&mut word)),
            '"' | '\'' | '`' | '|' | '>' | '<' | '&' | ';' | '#' | ')' => break,
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty() && !word.contains('$'));
    words
}
