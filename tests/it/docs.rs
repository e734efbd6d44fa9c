//! Schemas and generated pages say what the code says; documents name only what exists.

use super::support::held::held;
use schemars::{JsonSchema, schema_for};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use waxseal::policy::cases::CaseFile;
use waxseal::policy::catalogue::{markdown, pages};
use waxseal::policy::source::Source;
use waxseal::policy::{Policy, available_baselines};
use waxseal::{cli, facts::Facts, results::Scan, settings::Settings};

#[test]
fn the_facts_schema_is_current() {
    held(
        "schemas/facts.schema.json",
        &schema::<Facts>("waxseal facts"),
    );
}

#[test]
fn the_results_schema_is_current() {
    held(
        "schemas/results.schema.json",
        &schema::<Scan>("waxseal results"),
    );
}

#[test]
fn the_schema_of_case_files_is_current() {
    held(
        "schemas/cases.schema.json",
        &schema::<CaseFile>("waxseal cases"),
    );
}

#[test]
fn the_settings_schema_is_current() {
    held(
        "schemas/settings.schema.json",
        &schema::<Settings>("waxseal settings"),
    );
}

#[test]
fn the_dictionary_of_facts_is_current() {
    let schema: Value = serde_json::from_str(&schema::<Facts>("waxseal facts")).unwrap();
    held("docs/facts.md", &dictionary(&schema));
}

#[test]
fn the_page_of_the_command_line_is_current() {
    held("docs/cli.md", &command_page());
}

#[test]
fn the_page_of_rules_and_baselines_is_current() {
    let source = Source::shipped();
    let policy = Policy::load(&source, &available_baselines(&source))
        .unwrap_or_else(|faults| panic!("{}", faults[0]));
    held("docs/rules.md", &markdown::one(&pages::of(&policy)));
}

#[test]
fn exit_codes_are_the_same_in_help_and_readme() {
    let readme = read("README.md");
    let help = cli::command().render_long_help().to_string();
    for (code, meaning) in cli::EXIT_CODES {
        assert!(
            help.contains(&format!("{code:<2} {meaning}")),
            "help lacks {code} {meaning}"
        );
        assert!(
            readme.contains(&format!("| {code} | {meaning} |")),
            "README lacks {code}"
        );
    }
}

#[test]
fn documents_name_only_files_that_exist() {
    let mut missing = Vec::new();
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "policies/README.md",
        "docs/ci.md",
        "docs/policies.md",
    ] {
        let text = read(page);
        for named in text.split('`').skip(1).step_by(2) {
            let looks_like_path = [
                "src/",
                "policies/",
                "tests/",
                "docs/",
                "schemas/",
                "benches/",
                "examples/",
                ".ci/",
            ]
            .iter()
            .any(|folder| named.starts_with(folder));
            let path = named.split([' ', ':']).next().unwrap();
            if looks_like_path && !path.contains(['<', '*', '{']) && !root().join(path).exists() {
                missing.push(format!("{page}: `{named}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn schema<T: JsonSchema>(title: &str) -> String {
    let mut schema = schema_for!(T);
    schema.insert("title".to_owned(), title.into());
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

/// The schema as a page: the document first, then every type it is made of, once.
fn dictionary(schema: &Value) -> String {
    let mut page = String::from(
        "# Facts\n\nWhat a policy can read, made from the types in `src/facts`.\n\n\
         An **observation** has a `state`: `present` with its `value`, `absent` with a `proof`, or \
         `unknown` with a `cause`; `detail` says more. Rules ask `.present` first and read what is in \
         the value directly. An **answer** is an observation from the DNS, and has the question, TTL and \
         DNSSEC state beside it (see [Answer](#answer)). Fields marked *optional* may be missing: read \
         them with `opt` or ask `has` first.\n",
    );
    let definitions = schema["$defs"].as_object().unwrap();
    section(&mut page, "The document", schema, definitions);
    let answer = definitions
        .iter()
        .find(|(name, _)| name.starts_with("AnswerOf"))
        .map(|(_, answer)| answer)
        .unwrap();
    section(&mut page, "Answer", answer, definitions);
    for (name, definition) in definitions {
        if observed(definition).is_none() {
            section(&mut page, name, definition, definitions);
        }
    }
    page
}

type Definitions = serde_json::Map<String, Value>;

fn section(page: &mut String, name: &str, schema: &Value, definitions: &Definitions) {
    let _ = write!(page, "\n## {name}\n\n{}\n", text(schema));
    if let Some(fields) = schema["properties"]
        .as_object()
        .filter(|fields| !fields.is_empty())
    {
        page.push_str("\n| field | type | meaning |\n|---|---|---|\n");
        for (field, of) in fields {
            let _ = writeln!(
                page,
                "| `{field}` | {} | {} |",
                kind(of, definitions),
                text(of)
            );
        }
    }
    let variants = schema["oneOf"].as_array().into_iter().flatten();
    let variants: Vec<_> = variants
        .filter_map(|variant| Some((variant["const"].as_str()?, text(variant))))
        .collect();
    if !variants.is_empty() {
        page.push_str("\n| value | meaning |\n|---|---|\n");
        for (word, meaning) in variants {
            let _ = writeln!(page, "| `{word}` | {meaning} |");
        }
    }
}

fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.replace('\n', " ").replace('|', "\\|")
}

/// What is observed, where the type is an observation.
fn observed(definition: &Value) -> Option<&Value> {
    let variants = definition["oneOf"].as_array()?;
    let present = |variant: &&Value| variant["properties"]["state"]["const"] == "present";
    variants
        .iter()
        .find(present)
        .map(|variant| &variant["properties"]["value"])
}

fn kind(schema: &Value, definitions: &Definitions) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        let definition = &definitions[name];
        return match observed(definition) {
            Some(value) if definition["properties"]["dnssec"].is_object() => {
                format!("answer: {}", kind(value, definitions))
            }
            Some(value) => format!("observation: {}", kind(value, definitions)),
            None => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let some = choices.iter().find(|choice| choice["type"] != "null");
        let kind = some.map_or_else(String::new, |some| kind(some, definitions));
        return format!("{kind}, optional");
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => {
            format!("list of {}", kind(&schema["items"], definitions))
        }
        Value::String(name) => name.clone(),
        Value::Array(names) => format!("{}, optional", names[0].as_str().unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => "any".to_owned(),
    }
}

/// The help of every subcommand, one behind the other.
fn command_page() -> String {
    let mut page =
        String::from("# The command line\n\nMade from the program: what `--help` says.\n");
    let mut command = cli::command().term_width(100);
    command.build();
    let names: Vec<_> = command
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    help(&mut page, "waxseal", &mut command);
    for name in names.iter().filter(|name| *name != "help") {
        let below = command.find_subcommand_mut(name).unwrap();
        help(&mut page, &format!("waxseal {name}"), below);
        let inner: Vec<_> = below
            .get_subcommands()
            .map(|one| one.get_name().to_owned())
            .collect();
        for inner in inner.iter().filter(|inner| *inner != "help") {
            let title = format!("waxseal {name} {inner}");
            help(&mut page, &title, below.find_subcommand_mut(inner).unwrap());
        }
    }
    page
}

fn help(page: &mut String, name: &str, command: &mut clap::Command) {
    let text = command.render_help().to_string();
    let text: Vec<_> = text.lines().map(str::trim_end).collect();
    let _ = write!(
        page,
        "\n## {name}\n\n```text\n{}\n```\n",
        text.join("\n").trim_end()
    );
}
