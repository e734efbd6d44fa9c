//! `waxseal policy doc`: pages about all rules, baselines and profiles.

use super::args;
use super::args::PageFormat;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::Policy;
use crate::policy::catalogue::{html, markdown, pages};
use crate::report::escape;
use std::fs;

/// Writes the pages.
pub(super) fn run(policy: &Policy, args: &args::Doc) -> Result<(), Failure> {
    let pages = pages::of(policy);
    let Some(folder) = &args.out else {
        let text = match args.format {
            PageFormat::Markdown => markdown::one(&pages),
            PageFormat::Html => html::document(&pages),
        };
        return terminal::print(|out| write!(out, "{}", escape::lines(&text)));
    };
    let files = match args.format {
        PageFormat::Markdown => markdown::files(&pages),
        PageFormat::Html => vec![("index.html".to_owned(), html::document(&pages))],
    };
    let failure = |source| Failure::Write {
        file: folder.clone(),
        source,
    };
    fs::create_dir_all(folder).map_err(failure)?;
    for (name, text) in &files {
        let file = folder.join(name);
        let written = fs::write(&file, escape::lines(text).as_bytes());
        written.map_err(|source| Failure::Write { file, source })?;
    }
    let pages = if files.len() == 1 { "page" } else { "pages" };
    let told = format!("{} {pages} in {}", files.len(), folder.display());
    terminal::print(|out| writeln!(out, "{}", escape::line(&told)))
}
