//! Reading records, beside mail-auth reading the same ones, and what is derived from them, beside reading them.
//!
//! mail-auth stops at the first fault and keeps no texts, places or reasons; where nothing is at fault, both do a
//! receiver's work.

use super::cpu;
use super::texts::{self, Kind, Texts, ours, theirs};
use super::{ROUNDS, show};
use std::hint::black_box;
use waxseal::derive;
use waxseal::facts::Facts;
use waxseal::facts::spf::Spf;

/// How many records are read in one measurement, so that it is long beside the scheduler's books.
const RECORDS: usize = 100_000;

/// How often each domain's facts are derived in one measurement.
const TIMES: usize = 1_000;

/// Prints, for each kind of texts, the ratio to mail-auth and the time that one record takes.
pub(crate) fn parse() {
    for texts in texts::all() {
        let mut each = Vec::new();
        let ratios = (0..ROUNDS)
            .map(|_| {
                let ours = seconds(&texts, ours);
                each.push(ours * 1e9);
                ours / seconds(&texts, theirs)
            })
            .collect();
        each.sort_by(f64::total_cmp);
        let what = format!(
            "parse {} ({} records, {:.0} ns each at the least) / mail-auth",
            texts.name,
            texts.records.len(),
            each[0]
        );
        show(&what, ratios);
    }
}

/// CPU seconds for one record.
fn seconds(texts: &Texts, read: fn(Kind, &str)) -> f64 {
    let times = (RECORDS / texts.records.len()).max(1);
    let all = cpu::of_this_thread(|| {
        for record in (0..times).flat_map(|_| &texts.records) {
            read(texts.kind, record);
        }
    });
    all / (times * texts.records.len()) as f64
}

/// Prints what the derived facts of SPF and DMARC cost beside reading the records that they rest on.
pub(crate) fn derive(documents: &[Facts]) {
    let mut policies: Vec<Spf> = documents.iter().map(|facts| facts.spf.clone()).collect();
    let nodes = documents.iter().flat_map(|facts| &facts.spf.tree);
    let spf: Vec<&str> = nodes
        .filter_map(|node| Some(node.record.value()?.raw.as_str()))
        .collect();
    let ratios = (0..ROUNDS).map(|_| {
        let deriving = cpu::of_this_thread(|| {
            for _ in 0..TIMES {
                for spf in &mut policies {
                    black_box(derive::spf::evaluate(&mut spf.tree, &spf.lookups));
                }
            }
        });
        deriving / reading(Kind::Spf, &spf)
    });
    show(
        "derive::spf::evaluate / parse the records of its tree",
        ratios.collect(),
    );

    let steps = documents.iter().flat_map(|facts| &facts.dmarc.walk);
    let dmarc: Vec<&str> = steps
        .filter_map(|step| Some(step.record.value()?.raw.as_str()))
        .collect();
    let ratios = (0..ROUNDS).map(|_| {
        let deriving = cpu::of_this_thread(|| {
            for facts in documents.iter().cycle().take(documents.len() * TIMES) {
                let walk = facts.dmarc.walk.clone();
                black_box(derive::dmarc::conclude(&facts.target.domain, walk));
            }
        });
        deriving / reading(Kind::Dmarc, &dmarc)
    });
    show(
        "derive::dmarc::conclude, its walk copied / parse the records of its walk",
        ratios.collect(),
    );
}

/// CPU seconds of reading these records [`TIMES`] times.
fn reading(kind: Kind, records: &[&str]) -> f64 {
    cpu::of_this_thread(|| {
        for record in records.iter().cycle().take(records.len() * TIMES) {
            ours(kind, record);
        }
    })
}
