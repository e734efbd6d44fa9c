//! CSV (RFC 4180): a header, then one row a finding, for spreadsheets and databases.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Such a
//! cell gets an apostrophe in front, and so does one that begins with an apostrophe: whoever wants the text as it was
//! takes one leading apostrophe away. CSV has no comments, so what a row rests on stands in columns.

use super::detail::{self, Depth, Detail};
use super::{Options, escape};
use crate::results::compare::Since;
use crate::results::finding::Finding;
use crate::results::gate::Weight;
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use csv::{Terminator, Writer, WriterBuilder};
use std::borrow::Cow;
use std::io::{self, Write};

/// Most characters of a cell that may be long; spreadsheets hold 32,767.
const MOST: usize = 8000;

/// A column: its name, and its cell in a row.
type Column = (&'static str, fn(&Row<'_>) -> String);

/// What one row is made of.
struct Row<'a> {
    run: &'a Run,
    result: &'a TargetResult,
    finding: &'a Finding,
    details: &'a [Detail],
}

impl Row<'_> {
    /// The lines under a label, as one text.
    fn told(&self, label: &str) -> String {
        let found = self.details.iter().find(|detail| detail.label == label);
        let lines = found
            .map(|detail| detail.lines.join("; "))
            .unwrap_or_default();
        escape::cut(&lines, MOST).into_owned()
    }

    /// The version and digest of the baseline that asks.
    fn baseline(&self, of: fn(&crate::results::rule::BaselineInfo) -> &String) -> String {
        let asks =
            |baseline: &&crate::results::rule::BaselineInfo| baseline.id == self.finding.baseline;
        self.run
            .baselines
            .iter()
            .find(asks)
            .map(of)
            .cloned()
            .unwrap_or_default()
    }

    /// A part of the waiver.
    fn waiver(&self, of: fn(&crate::results::finding::Waiver) -> &str) -> String {
        self.finding
            .waiver
            .as_ref()
            .map(of)
            .unwrap_or_default()
            .to_owned()
    }
}

/// All columns. New ones come at the end.
const COLUMNS: [Column; 34] = [
    ("domain", |row| row.result.target.domain.clone()),
    ("baseline", |row| row.finding.baseline.clone()),
    ("clause", |row| row.finding.clause.clone()),
    ("rule", |row| row.finding.rule.clone()),
    ("title", |row| row.finding.title.clone()),
    ("area", |row| row.finding.area.clone()),
    ("level", |row| row.finding.level.as_str().to_owned()),
    ("severity", |row| row.finding.severity.as_str().to_owned()),
    ("outcome", |row| row.finding.outcome.as_str().to_owned()),
    ("weight", |row| {
        weight(row.run.gate.weigh(row.finding)).to_owned()
    }),
    ("since", |row| {
        row.finding
            .since
            .map(Since::as_str)
            .unwrap_or_default()
            .to_owned()
    }),
    ("reason", |row| {
        escape::cut(&row.finding.reason, MOST).into_owned()
    }),
    ("items", |row| row.told("items")),
    ("weakness", |row| row.told("weakness")),
    ("fix", |row| row.told("fix")),
    ("publish", |row| row.told("publish")),
    ("waiver_owner", |row| row.waiver(|waiver| &waiver.owner)),
    ("waiver_reason", |row| row.waiver(|waiver| &waiver.reason)),
    ("waiver_until", |row| row.waiver(|waiver| &waiver.until)),
    ("waiver_ticket", |row| {
        row.waiver(|waiver| waiver.ticket.as_deref().unwrap_or_default())
    }),
    ("evidence", |row| row.told("evidence")),
    ("position", |row| row.finding.position.clone()),
    ("fingerprint", |row| row.finding.fingerprint.clone()),
    ("domain_unicode", |row| row.result.target.unicode.clone()),
    ("domain_role", |row| {
        row.result.role.role.as_str().to_owned()
    }),
    ("domain_verdict", |row| {
        row.result.verdict.as_str().to_owned()
    }),
    ("domain_file", |row| {
        row.result
            .place
            .as_ref()
            .map(|place| place.file.clone())
            .unwrap_or_default()
    }),
    ("domain_line", |row| {
        row.result
            .place
            .as_ref()
            .map(|place| place.line.to_string())
            .unwrap_or_default()
    }),
    ("observed", |row| row.result.started().to_string()),
    ("facts_sha256", |row| row.result.facts_sha256.clone()),
    ("baseline_version", |row| {
        row.baseline(|baseline| &baseline.version)
    }),
    ("policy_sha256", |row| {
        row.baseline(|baseline| &baseline.sha256)
    }),
    ("waxseal", |row| row.run.waxseal.clone()),
    ("partial", |row| row.run.partial.clone().unwrap_or_default()),
];

/// Writes the header and all rows.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(out);
    csv.write_record(COLUMNS.map(|(name, _)| name))
        .map_err(own)?;
    results.targets.each(&mut |_, result| {
        for finding in &result.findings {
            let rule = results.run.rule(&finding.rule);
            let details = detail::of(finding, rule, Depth::FULL);
            row(
                &mut csv,
                &Row {
                    run: results.run,
                    result,
                    finding,
                    details: &details,
                },
            )?;
        }
        Ok(())
    })?;
    csv.flush()
}

fn row(csv: &mut Writer<&mut dyn Write>, row: &Row<'_>) -> io::Result<()> {
    for (_, cell) in COLUMNS {
        let cell = escape::line(&cell(row));
        csv.write_field(defused(&cell).as_bytes()).map_err(own)?;
    }
    csv.write_record(None::<&[u8]>).map_err(own)
}

/// The writer's own trouble, such as a pipe that nobody reads any more.
fn own(error: csv::Error) -> io::Error {
    let told = error.to_string();
    if let csv::ErrorKind::Io(inner) = error.into_kind() {
        inner
    } else {
        io::Error::other(told)
    }
}

/// The cell as a text that no spreadsheet takes for a formula.
fn defused(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// What the finding does to the verdict.
const fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Fails => "fails",
        Weight::Undecided => "undecided",
        Weight::Noted => "noted",
        Weight::None => "none",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::sample;
    use super::super::sample::tally::{Told, outcomes, outcomes_of, tally};
    use super::*;
    use crate::results::Scan;
    use csv::ReaderBuilder;
    use proptest::prelude::*;

    fn written(scan: &Scan) -> Vec<u8> {
        let mut bytes = Vec::new();
        render(scan.results(), &Options::default(), &mut bytes).unwrap();
        bytes
    }

    /// The rows as a strict reader has them: every row as long as the header, or an error.
    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(false)
            .from_reader(bytes);
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect());
        rows.collect()
    }

    /// What the report tells of the sample.
    pub(in super::super) fn told(text: &str) -> Told {
        let rows = read(text.as_bytes());
        tally(
            rows.into_iter()
                .skip(1)
                .map(|row| (row[0].clone(), row[3].clone())),
        )
    }

    #[test]
    fn a_row_is_a_finding_and_reads_back_as_it_was() {
        let scan = sample::scan();
        let bytes = written(&scan);
        assert!(bytes.ends_with(b"\r\n"));
        assert_eq!(
            bytes.split(|byte| *byte == b'\n').count() - 1,
            scan.run.summary.total + 1
        );
        let rows = read(&bytes);
        assert_eq!(rows.len(), scan.run.summary.total + 1);
        assert_eq!(rows[0][..4], ["domain", "baseline", "clause", "rule"]);
        let told = rows[1..].iter().map(|row| row[8].as_str());
        assert_eq!(outcomes(told), outcomes_of(&scan));
        let findings = scan.targets.iter().flat_map(|result| &result.findings);
        for (row, finding) in rows[1..].iter().zip(findings) {
            assert_eq!(row[3], escape::line(&finding.rule));
            assert_eq!(row[8], finding.outcome.as_str());
            assert_eq!(row[32], scan.run.waxseal);
            assert_eq!(row[31].len(), 64, "a digest of the policy");
            assert!(
                row.iter().all(|cell| !cell.contains(escape::acts)),
                "{row:?}"
            );
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, is) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-all", "'-all"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=1", "''=1"),
            ("v=spf1 -all", "v=spf1 -all"),
            ("", ""),
        ] {
            assert_eq!(defused(cell), is);
            let back = defused(cell);
            assert_eq!(back.strip_prefix('\'').unwrap_or(&back), cell);
        }
        let mut scan = sample::scan();
        for finding in scan
            .targets
            .iter_mut()
            .flat_map(|result| &mut result.findings)
        {
            finding.reason = "=HYPERLINK(\"https://evil.example/\",\"click\")".to_owned();
        }
        let rows = read(&written(&scan));
        assert!(
            rows[1..]
                .iter()
                .all(|row| row[11].starts_with("'=HYPERLINK(\""))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_stays_in_its_cell(text in any::<String>(), sign in "[=+@\\-\t\r',;\"\n]{0,3}") {
            let mut scan = sample::scan();
            let text = format!("{sign}{text}");
            for finding in scan.targets.iter_mut().flat_map(|result| &mut result.findings) {
                finding.reason.clone_from(&text);
                finding.rule.clone_from(&text);
            }
            let rows = read(&written(&scan));
            prop_assert_eq!(rows.len(), scan.run.summary.total + 1);
            for row in &rows {
                prop_assert_eq!(row.len(), COLUMNS.len());
                prop_assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
            }
        }
    }
}
