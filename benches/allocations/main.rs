//! How often reading one record takes memory, beside mail-auth reading the same one: counts, which are the same in
//! every run. Run: `cargo bench --bench allocations`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that measures: a fault ends it, and it prints what it found"
)]

#[path = "../ratios/texts.rs"]
mod texts;

use allocation_counter::measure;
use texts::{Kind, Texts, ours, theirs};

fn main() {
    for texts in texts::all() {
        println!(
            "{}: {:.1} allocations a record, mail-auth {:.1}",
            texts.name,
            each(&texts, ours),
            each(&texts, theirs)
        );
    }
}

fn each(texts: &Texts, read: fn(Kind, &str)) -> f64 {
    let count = |record: &String| measure(|| read(texts.kind, record)).count_total;
    let total: u64 = texts.records.iter().map(count).sum();
    total as f64 / texts.records.len() as f64
}
