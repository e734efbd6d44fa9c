//! Where several baselines were asked: what fails or is not settled, rule by rule, and which of them wants it.

use super::super::{escape, width};
use super::page::{Page, Span};
use super::style;
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;
use crate::results::{Run, TargetResult};
use anstyle::Style;
use std::collections::BTreeMap;
use std::io;

/// The most that the name of a rule takes of a line, in percent.
const SHARE: usize = 45;

/// Writes the table; nothing where only one baseline was asked or all holds.
pub(super) fn write(page: &mut Page<'_>, run: &Run, result: &TargetResult) -> io::Result<()> {
    let rows = rows(run, result);
    if run.baselines.len() < 2 || rows.is_empty() {
        return Ok(());
    }
    let head: Vec<String> = run
        .baselines
        .iter()
        .map(|baseline| escape::line(&baseline.id))
        .collect();
    page.blank()?;
    page.paragraph(
        0,
        &Span::new("Who asks what is not in order", style::HEADING),
    )?;
    for line in grid(&head, &rows, page.width()) {
        if line.is_empty() {
            page.blank()?;
        } else {
            page.line(&[Span::new(&line, Style::new())])?;
        }
    }
    Ok(())
}

/// The rules that fail or are not settled for some baseline, each with a cell for every baseline.
fn rows(run: &Run, result: &TargetResult) -> Vec<(String, Vec<String>)> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &result.findings {
        let all = by_rule.entry(&finding.rule).or_default();
        if all.is_empty() {
            order.push(&finding.rule);
        }
        all.push(finding);
    }
    let told = |finding: &&Finding| {
        matches!(
            finding.outcome,
            Outcome::Fail | Outcome::Error | Outcome::Unknown
        )
    };
    order
        .into_iter()
        .filter_map(|rule| by_rule.get(rule).map(|all| (rule, all)))
        .filter(|(_, all)| all.iter().any(told))
        .map(|(rule, all)| {
            let cells = run.baselines.iter();
            let cells = cells.map(|baseline| cell(all, &baseline.id));
            (escape::line(rule), cells.collect())
        })
        .collect()
}

/// The worst of what a baseline asks of the rule: `must ✗`; of what it does not ask, nothing but a stroke.
fn cell(all: &[&Finding], baseline: &str) -> String {
    let of_it = all.iter().filter(|finding| finding.baseline == baseline);
    let worst = of_it.min_by_key(|finding| (finding.outcome, finding.level));
    worst.map_or_else(
        || "–".to_owned(),
        |finding| {
            let sign = style::sign(finding.outcome);
            format!("{} {sign}", finding.level.as_str())
        },
    )
}

/// The lines of a table: the names of the rows, and as many columns beside them as fit; the others follow below, with
/// an empty line between. Every line has at most `most` columns, and none ends in a space. The texts are on
/// one line and safe to print.
pub(crate) fn grid(head: &[String], rows: &[(String, Vec<String>)], most: usize) -> Vec<String> {
    let length = |text: &String| width::columns(text);
    let longest = rows.iter().map(|(name, _)| length(name)).max().unwrap_or(0);
    let names = longest.min(most * SHARE / 100).max(1);
    let widest = most.saturating_sub(names + 4).max(1);
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let cells = rows.iter().filter_map(|(_, cells)| cells.get(at));
            let cells = cells.map(length).max().unwrap_or(0);
            cells.max(length(title)).min(widest)
        })
        .collect();
    let mut lines = Vec::new();
    for (from, to) in parts(&widths, most.saturating_sub(names + 2)) {
        if from > 0 {
            lines.push(String::new());
        }
        let mut line = |name: &str, cells: &[String]| {
            let name = width::pad(&width::cut(name, names), names);
            let mut line = format!("  {name}");
            let cells = cells.iter().zip(&widths).take(to).skip(from);
            for (cell, &columns) in cells {
                let cell = width::pad(&width::cut(cell, columns), columns);
                line.extend(["  ", &cell]);
            }
            lines.push(line.trim_end().to_owned());
        };
        line("", head);
        for (name, cells) in rows {
            line(name, cells);
        }
    }
    lines
}

/// Which columns stand beside each other: from and up to, as many as the room takes, and at least one.
fn parts(widths: &[usize], room: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let (mut from, mut used) = (0, 0);
    for (at, width) in widths.iter().enumerate() {
        if at > from && used + width + 2 > room {
            parts.push((from, at));
            (from, used) = (at, 0);
        }
        used += width + 2;
    }
    if from < widths.len() {
        parts.push((from, widths.len()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::super::{Options, sample};
    use super::*;
    use crate::results::Scan;
    use crate::results::outcome::Level;
    use proptest::prelude::*;

    fn written(scan: &Scan, width: usize) -> String {
        let mut bytes = Vec::new();
        let options = Options {
            width,
            ..Options::default()
        };
        let mut page = Page::new(&mut bytes, &options);
        write(&mut page, &scan.run, &scan.targets[0]).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Three baselines, and two rules of which one passes everywhere.
    fn scan() -> Scan {
        let mut scan = sample::scan();
        for (baseline, id) in scan.run.baselines.iter_mut().zip(["one", "two", "three"]) {
            id.clone_into(&mut baseline.id);
        }
        let finding = |rule: &str, baseline: &str, level, outcome| Finding {
            baseline: baseline.to_owned(),
            ..sample::finding(rule, "Title", level, outcome)
        };
        scan.targets.truncate(1);
        scan.targets[0].findings = vec![
            finding("holds", "one", Level::Must, Outcome::Pass),
            finding("weak", "one", Level::Should, Outcome::Pass),
            finding("weak", "one", Level::Must, Outcome::Fail),
            finding("weak", "three", Level::Should, Outcome::Unknown),
        ];
        scan
    }

    #[test]
    fn only_what_is_not_in_order_has_a_row_and_the_worst_fills_the_cell() {
        assert_eq!(
            written(&scan(), 80),
            "\nWho asks what is not in order\n\
             \x20       one     two  three\n\
             \x20 weak  must ✗  –    should ?\n"
        );
    }

    #[test]
    fn one_baseline_or_nothing_amiss_needs_no_table() {
        let mut one = scan();
        one.run.baselines.truncate(1);
        assert_eq!(written(&one, 80), "");
        let mut sound = scan();
        sound.targets[0].findings.truncate(2);
        assert_eq!(written(&sound, 80), "");
    }

    #[test]
    fn columns_that_do_not_fit_follow_below() {
        let head = ["first", "second", "third"].map(str::to_owned);
        let cells = ["a", "b", "c"].map(str::to_owned).to_vec();
        let lines = grid(&head, &[("row".to_owned(), cells)], 22);
        assert_eq!(
            lines,
            [
                "       first  second",
                "  row  a      b",
                "",
                "       third",
                "  row  c",
            ]
        );
    }

    #[test]
    fn the_text_of_strangers_is_inert() {
        let text = written(&sample::scan(), 100);
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{text:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_line_is_too_long_and_every_column_is_there(
            head in prop::collection::vec("[a-z]{1,30}", 1..12),
            names in prop::collection::vec("[a-z-]{1,60}", 1..4),
            width in 40_usize..140,
        ) {
            let row = |name: &String| (name.clone(), vec!["must ✗".to_owned(); head.len()]);
            let rows: Vec<_> = names.iter().map(row).collect();
            let lines = grid(&head, &rows, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
            prop_assert!(lines.iter().all(|line| !line.ends_with(' ')));
            let cells = lines.concat().matches('✗').count();
            prop_assert_eq!(cells, head.len() * names.len());
        }
    }
}
