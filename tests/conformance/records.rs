//! Real SPF records: read without a panic, and a table of which are invalid and why.

use super::corpus;
use crate::support::held::held;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use waxseal::records::spf;

#[test]
fn real_spf_records_are_read_and_the_invalid_ones_are_known() {
    let Some(text) = corpus("spf/real-records.tsv") else {
        return;
    };
    let (mut read, mut invalid) = (0, 0);
    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let raw = line.split('\t').nth(2).unwrap_or_default();
        let record = spf::parse(raw);
        read += 1;
        assert_eq!(record.raw, raw);
        for defect in &record.defects {
            let [start, end] = defect.span.unwrap_or([0, raw.len()]);
            assert!(raw.get(start..end).is_some(), "{raw}");
        }
        if !record.valid {
            invalid += 1;
            let first = record.defects.iter().find(|defect| defect.fatal).unwrap();
            let reference = format!("{} ({})", first.code, first.reference);
            *table
                .entry(reference)
                .or_default()
                .entry(first.text.clone())
                .or_default() += 1;
        }
    }
    println!("{read} real records, {invalid} invalid");
    let mut page = format!("{read} records, {invalid} invalid; the first fatal defect of each\n");
    for (code, words) in table {
        let count: usize = words.values().sum();
        let _ = writeln!(page, "\n{count:4} {code}");
        for (text, count) in words {
            let _ = writeln!(page, "     {count:4} {text}");
        }
    }
    held("tests/golden/real-spf-records.txt", &page);
}
