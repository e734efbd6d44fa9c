//! `waxseal policy new`: rules, baselines and profiles to begin with, and their examples.

use super::everything;
use super::tool_args::{New, NewWhat};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::{policies, terminal};
use crate::policy::source::Source;
use crate::policy::{Policy, available_baselines};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const RULE: [&str; 2] = [
    include_str!("templates/rule.rhai"),
    include_str!("templates/rule.cases.toml"),
];
const BASELINE: [&str; 2] = [
    include_str!("templates/baseline.rhai"),
    include_str!("templates/baseline.cases.toml"),
];
const PROFILE: [&str; 2] = [
    include_str!("templates/profile.rhai"),
    include_str!("templates/profile.cases.toml"),
];

/// What is written: two files, each new or longer than before.
struct Draft {
    rhai: PathBuf,
    cases: PathBuf,
    /// The whole text of each.
    texts: [String; 2],
    /// What to do next, one line each.
    next: Vec<String>,
}

/// Writes the files, after nothing was found that speaks against it.
pub(super) fn run(args: &New) -> Result<Code, Failure> {
    let source = source(&args.out)?;
    let policy = everything(&source)?;
    let draft = match &args.what {
        NewWhat::Rule { id, area } => rule(&args.out, (&source, &policy), id, area)?,
        NewWhat::Baseline { id } => baseline(&args.out, &source, id)?,
        NewWhat::Profile { id, extends } => profile(&args.out, (&source, &policy), id, extends)?,
    };
    let [rhai, cases] = &draft.texts;
    write(&draft.rhai, rhai)?;
    write(&draft.cases, cases)?;
    let folder = args.out.display();
    terminal::print(|out| {
        writeln!(out, "{}\n{}\n", draft.rhai.display(), draft.cases.display())?;
        writeln!(out, "Next: change both, then")?;
        writeln!(out, "  waxseal policy test --policies {folder}")?;
        draft
            .next
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"))
    })?;
    Ok(Code::Passed)
}

/// The shipped policies with those of the folder, where there are any yet.
fn source(folder: &Path) -> Result<Source, Failure> {
    match policies::source(folder.exists().then_some(folder)) {
        Err(Failure::NoPolicies(_)) => Ok(Source::shipped()),
        other => other,
    }
}

fn is_id(text: &str) -> Result<(), Failure> {
    let word = |word: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(plain)
    };
    if text.len() <= 80 && text.split('-').all(word) {
        Ok(())
    } else {
        Err(Failure::BadId(text.to_owned()))
    }
}

fn rule_is_free(policy: &Policy, id: &str) -> Result<(), Failure> {
    let taken = policy.library().iter().find(|rule| rule.id == id);
    taken.map_or(Ok(()), |rule| {
        Err(Failure::IdTaken {
            kind: "rule",
            id: id.to_owned(),
            file: format!("{}:{}", rule.file, rule.line),
        })
    })
}

/// A rule goes into the file of its area in the folder. A file of a shipped area would take that one's place, and
/// its rules away: where the folder has none, the rule gets a file of its own name.
fn rule(
    folder: &Path,
    (source, policy): (&Source, &Policy),
    id: &str,
    area: &str,
) -> Result<Draft, Failure> {
    is_id(id)?;
    is_id(area)?;
    rule_is_free(policy, id)?;
    let here = |name: &str| folder.join("rules").join(format!("{name}.rhai"));
    let shipped = Source::shipped();
    let is_shipped = shipped.text(&format!("rules/{area}.rhai")).is_some();
    let name = if is_shipped && !here(area).exists() {
        format!("own-{area}")
    } else {
        area.to_owned()
    };
    let [template, cases] = RULE.map(|text| text.replace("@ID@", id).replace("@AREA@", area));
    let rhai = here(&name);
    let cases_file = folder.join("rules").join(format!("{name}.cases.toml"));
    let behind = |file: &Path, path: &str, head: String, text: String| {
        let before = if file.exists() {
            source.text(path).unwrap_or_default().to_owned()
        } else {
            head
        };
        let gap = if before.is_empty() { "" } else { "\n" };
        format!("{before}{gap}{text}")
    };
    let texts = [
        behind(
            &rhai,
            &format!("rules/{name}.rhai"),
            format!("// Rules about {area}.\n"),
            template,
        ),
        behind(
            &cases_file,
            &format!("rules/{name}.cases.toml"),
            format!(
                "# Examples for {name}.rhai, laid over ../base.facts.json: `set` changes it by JSON pointers.\n"
            ),
            cases,
        ),
    ];
    let folder = folder.display();
    Ok(Draft {
        rhai,
        cases: cases_file,
        texts,
        next: vec![
            format!("  waxseal policy explain {id} --lab compliant.test --policies {folder}"),
            "A scan runs it once a baseline or profile asks it:".to_owned(),
            format!("  waxseal policy new profile my-profile --extends baseline --out {folder}"),
            format!("and there `must(\"{id}\", #{{ count: 1 }});`"),
        ],
    })
}

fn baseline(folder: &Path, source: &Source, id: &str) -> Result<Draft, Failure> {
    let replace = |text: &str| text.replace("@ID@", id);
    norm(folder, source, ("baselines", id), BASELINE.map(replace))
}

fn profile(
    folder: &Path,
    (source, policy): (&Source, &Policy),
    id: &str,
    extends: &[String],
) -> Result<Draft, Failure> {
    let known = available_baselines(source);
    if let Some(missing) = extends.iter().find(|asked| !known.contains(asked)) {
        return Err(Failure::NoSuchBaseline {
            id: missing.clone(),
            known: known.join(", "),
        });
    }
    is_id(id)?;
    rule_is_free(policy, &format!("{id}-several-mail-servers"))?;
    let quoted: Vec<String> = extends.iter().map(|one| format!("\"{one}\"")).collect();
    let replace = |text: &str| {
        text.replace("@ID@", id)
            .replace("@EXTENDS@", &quoted.join(", "))
    };
    norm(folder, source, ("profiles", id), PROFILE.map(replace))
}

fn norm(
    folder: &Path,
    source: &Source,
    (kind, id): (&str, &str),
    texts: [String; 2],
) -> Result<Draft, Failure> {
    is_id(id)?;
    if available_baselines(source).iter().any(|known| known == id) {
        let paths = ["baselines", "profiles"].map(|kind| format!("{kind}/{id}.rhai"));
        let file = paths.into_iter().find(|path| source.text(path).is_some());
        return Err(Failure::IdTaken {
            kind: "baseline or profile",
            id: id.to_owned(),
            file: file.unwrap_or_default(),
        });
    }
    let at = |ending: &str| folder.join(kind).join(format!("{id}{ending}"));
    let (rhai, cases) = (at(".rhai"), at(".cases.toml"));
    for file in [&rhai, &cases] {
        if file.exists() {
            return Err(Failure::AlreadyThere(file.clone()));
        }
    }
    let folder = folder.display();
    Ok(Draft {
        rhai,
        cases,
        texts,
        next: vec![format!(
            "  waxseal scan --lab compliant.test --policies {folder} --baseline {id}"
        )],
    })
}

/// Writes a file beside its place and moves it there, so that nobody sees half of it.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failure = |source: io::Error| Failure::Write {
        file: file.to_owned(),
        source,
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failure)?;
    }
    let draft = file.with_extension("draft");
    fs::write(&draft, text).map_err(failure)?;
    fs::rename(&draft, file).map_err(failure)
}
