//! Files that are made from the code, kept in the repository and held against it.

use std::fs;
use std::path::Path;

/// Compares a committed file with what the code makes of it; `UPDATE=1` writes it anew.
pub(crate) fn held(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test run, not of the program"
    )]
    let update = std::env::var("UPDATE").is_ok();
    if update {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, made).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if kept != made {
        let line = kept
            .lines()
            .zip(made.lines())
            .position(|(kept, made)| kept != made);
        let line = line.unwrap_or_else(|| kept.lines().count().min(made.lines().count()));
        panic!(
            "{path} is not what the code makes (line {}):\n  kept: {:?}\n  made: {:?}\n`UPDATE=1 cargo test` writes it anew",
            line + 1,
            kept.lines().nth(line),
            made.lines().nth(line),
        );
    }
}
