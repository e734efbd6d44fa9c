//! The beginning of the page: its policy, its style, its title and its table of contents.

use super::super::words;
use super::index::Index;
use super::view::Told;
use crate::results::Run;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The style sheet, all of it.
pub(super) const CSS: &str = include_str!("page.css");

#[derive(Serialize)]
pub(super) struct View<'a> {
    /// The digest by which the page's policy allows its own style and no other.
    digest: String,
    waxseal: &'a str,
    title: String,
    verdict: Option<Told>,
    partial: Option<&'a str>,
    comparison: Option<String>,
    contents: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    text: String,
}

/// The beginning of the page. Where there is one target only, its own verdict stands for the run's.
pub(super) fn view<'a>(run: &'a Run, index: &Index) -> View<'a> {
    let only = match index.rows.as_slice() {
        [row] => Some(row),
        _ => None,
    };
    let same = only.is_some_and(|row| row.verdict == run.verdict);
    let name = only.map(|row| row.unicode.as_ref().unwrap_or(&row.domain).clone());
    let domains = match index.rows.len() {
        0 => "no domain".to_owned(),
        many => format!("{many} domains"),
    };
    let entry = |id, text: &str| Entry {
        id,
        text: text.to_owned(),
    };
    let mut contents = match &name {
        Some(name) => vec![entry("d1", name)],
        None => vec![entry("overview", "Overview"), entry("domains", "Domains")],
    };
    contents.extend([entry("rules", "Rules"), entry("audit", "Audit")]);
    View {
        digest: digest(),
        waxseal: &run.waxseal,
        title: format!("E-mail security of {}", name.unwrap_or(domains)),
        verdict: (!same).then(|| Told::of(run.verdict, &run.summary, run.gate.new_only)),
        partial: run.partial.as_deref(),
        comparison: run.comparison.as_ref().map(words::comparison),
        contents,
    }
}

/// SHA-256 of the style sheet in Base64, as a Content-Security-Policy names it.
pub(super) fn digest() -> String {
    STANDARD.encode(Sha256::digest(CSS))
}
