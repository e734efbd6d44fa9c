//! The shape of the source tree, held by tests: floors, file sizes, module docs.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Ground first. A module names only modules on floors below its own.
const FLOORS: &[&[&str]] = &[
    &["facts"],
    &["authority"],
    &["records", "results", "lab"],
    &["derive", "net", "policy", "report", "settings"],
    &["collect"],
    &["outbound"],
    &["scan"],
    &["cli"],
];

/// Longest source file, its unit tests included.
const LONGEST_FILE: usize = 500;

#[test]
fn every_module_stands_on_a_floor() {
    let declared: BTreeSet<_> = sources()
        .iter()
        .filter_map(|path| module_of(path))
        .collect();
    let placed: BTreeSet<_> = FLOORS
        .iter()
        .copied()
        .flatten()
        .map(|m| (*m).to_owned())
        .collect();
    assert_eq!(declared, placed);
}

#[test]
fn modules_name_only_floors_below() {
    let mut faults = Vec::new();
    for path in sources() {
        let Some(module) = module_of(&path) else {
            continue;
        };
        for named in paths_from_root(&fs::read_to_string(&path).unwrap()) {
            let fault = match floor(&named) {
                None => "is no module: name the module that defines it",
                Some(_) if named == module => continue,
                Some(at) if Some(at) < floor(&module) => continue,
                Some(_) => "is not on a floor below",
            };
            faults.push(format!("{}: `{named}` {fault}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_stay_readable_and_open_with_a_doc() {
    let mut faults = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!(
                "{}: {lines} lines, at most {LONGEST_FILE}",
                path.display()
            ));
        }
        if !text.starts_with("//! ") {
            faults.push(format!(
                "{}: no module doc on its first line",
                path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn paths_from_root_are_read_in_every_form() {
    let text = "use crate::{facts::{A, B}, results::Scan};\nlet x = crate::net::go();\n\
                // crate::cli\nuse super::policy::Pack;\nuse super::sibling;\n";
    assert_eq!(
        paths_from_root(text),
        ["facts", "net", "policy", "results"]
            .map(str::to_owned)
            .into()
    );
}

/// What code names under the crate's root: `crate::x`, `crate::{x::.., y}`, `super::x` for a module
/// `x`. Comment lines are left out.
fn paths_from_root(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        match &code[at + "crate::".len()..] {
            group if group.starts_with('{') => named.extend(heads(&group[1..])),
            path => named.extend(ident(path)),
        }
    }
    for (at, _) in code.match_indices("super::") {
        named.extend(ident(&code[at + "super::".len()..]).filter(|name| floor(name).is_some()));
    }
    named
}

/// The first name of each entry in `a::b, c::{d, e}}`, a group whose `{` is already taken.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut fresh) = (1_usize, Vec::new(), true);
    for (at, symbol) in group.char_indices() {
        match symbol {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            _ if fresh && !symbol.is_whitespace() => {
                heads.extend(ident(&group[at..]));
                fresh = false;
            }
            _ => (),
        }
    }
    heads
}

fn ident(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// `src/net/dns.rs` belongs to `net`; `lib.rs` and `main.rs` to none.
fn module_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix(src()).unwrap().components().next()?;
    let name = Path::new(first.as_os_str())
        .file_stem()?
        .to_str()?
        .to_owned();
    (name != "lib" && name != "main").then_some(name)
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![src()], Vec::new());
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found
}
