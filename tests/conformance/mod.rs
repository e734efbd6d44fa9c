//! Public test suites, read through `WAXSEAL_CORPORA`; each test says what it left out where that is not set.

mod records;
mod report_samples;
mod rfc6376;
mod rfc7208;

use std::path::PathBuf;

/// A file of the corpora; none, said so, where they are not there.
fn corpus(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("left out: WAXSEAL_CORPORA is not set, {file} is not there");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    Some(
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}
