//! What the run rests on: baselines and what was dropped of them, settings, keys, digests.

use super::super::{audit, words};
use super::view::{self, Link};
use crate::results::Run;
use crate::results::key::SharedKey;
use crate::results::rule::{BaselineInfo, Dropped};
use serde::Serialize;

/// How many keys are named, and of each how many domains.
const NAMED: usize = 50;

/// From so many values on, an entry is folded.
const FOLDED: usize = 6;

#[derive(Serialize)]
pub(super) struct View<'a> {
    notices: Vec<Notice<'a>>,
    keys: Vec<Key<'a>>,
    baselines: Vec<Baseline<'a>>,
    entries: Vec<Entry>,
    waxseal: &'a str,
}

#[derive(Serialize)]
struct Notice<'a> {
    level: String,
    text: &'a str,
    id: &'a str,
    place: String,
}

#[derive(Serialize)]
struct Key<'a> {
    print: &'a str,
    domains: String,
}

#[derive(Serialize)]
struct Baseline<'a> {
    id: &'a str,
    title: &'a str,
    about: String,
    source: Link,
    extends: String,
    file: &'a str,
    sha256: &'a str,
    dropped: Vec<Gone<'a>>,
}

#[derive(Serialize)]
struct Gone<'a> {
    level: String,
    title: &'a str,
    what: String,
    reason: &'a str,
    domains: String,
}

/// Some values under one name.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    name: &'static str,
    values: Vec<String>,
    /// What the fold is called, where there are many.
    fold: Option<String>,
}

impl Entry {
    /// An entry as all formats have it.
    pub(super) fn of(entry: audit::Entry) -> Self {
        let many = entry.values.len();
        Self {
            name: entry.name,
            values: entry.values,
            fold: (many >= FOLDED).then(|| format!("{many} entries")),
        }
    }
}

/// The end of the page.
pub(super) fn view(run: &Run) -> View<'_> {
    let notices = run.notices.iter().map(|one| Notice {
        level: view::level(one.level),
        text: &one.text,
        id: &one.id,
        place: words::place(one),
    });
    View {
        notices: notices.collect(),
        keys: run.shared_keys.iter().take(NAMED).map(key).collect(),
        baselines: run.baselines.iter().map(baseline).collect(),
        entries: audit::of_run(run).into_iter().map(Entry::of).collect(),
        waxseal: &run.waxseal,
    }
}

fn key(shared: &SharedKey) -> Key<'_> {
    let named: Vec<&str> = shared
        .domains
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect();
    let left = shared.domains.len().saturating_sub(NAMED);
    let more = if left > 0 {
        format!(" and {left} more")
    } else {
        String::new()
    };
    Key {
        print: &shared.fingerprint,
        domains: named.join(", ") + more.as_str(),
    }
}

fn baseline(one: &BaselineInfo) -> Baseline<'_> {
    let mut about = vec![one.publisher.clone(), format!("version {}", one.version)];
    about.extend(
        [&one.date, &one.licence]
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned(),
    );
    Baseline {
        id: &one.id,
        title: &one.title,
        about: about.join(", "),
        source: Link::of(&one.source),
        extends: one.extends.join(", "),
        file: &one.file,
        sha256: &one.sha256,
        dropped: one.dropped.iter().map(dropped).collect(),
    }
}

fn dropped(one: &Dropped) -> Gone<'_> {
    let Dropped {
        baseline,
        rule,
        clause,
        level,
        title,
        reason,
        domains,
    } = one;
    let gap = if clause.is_empty() { "" } else { " " };
    Gone {
        level: view::level(*level),
        title,
        what: format!("{rule} of {baseline}{gap}{clause}"),
        reason,
        domains: domains.join(", "),
    }
}
