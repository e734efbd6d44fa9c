//! Columns on a terminal: each as wide as its longest cell, the last one broken into lines.

use crate::cli::terminal;
use crate::report::{escape, wrap};
use std::io::{self, Write};

/// The least that the last column gets; with less it goes below the others.
const LEAST: usize = 24;

/// Where lines of a certain width are written to.
pub(super) struct Columns<'o> {
    out: &'o mut dyn Write,
    width: usize,
}

impl<'o> Columns<'o> {
    /// As wide as the terminal.
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        let width = terminal::width();
        Self { out, width }
    }

    /// Characters on a line.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A text as it is, however long, made safe to print.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", escape::line(text))
    }

    /// A text that has its layout already.
    pub(super) fn laid(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", escape::lines(text))
    }

    /// A text of as many lines as it needs.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrap(&escape::line(text), self.width.saturating_sub(indent)) {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    /// Rows of as many cells each. A column that is empty in all rows is left out.
    pub(super) fn table(&mut self, indent: usize, rows: &[Vec<String>]) -> io::Result<()> {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| escape::line(cell)).collect())
            .collect();
        let columns = rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                let widths = cells.map(|cell| cell.chars().count());
                widths.max().unwrap_or(0)
            })
            .collect();
        for row in &rows {
            self.row(indent, row, &widths)?;
        }
        Ok(())
    }

    fn row(&mut self, indent: usize, row: &[String], widths: &[usize]) -> io::Result<()> {
        let Some((last, fixed)) = row.split_last() else {
            return Ok(());
        };
        let mut line = " ".repeat(indent);
        for (cell, width) in fixed.iter().zip(widths).filter(|(_, width)| **width > 0) {
            line.push_str(cell);
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', gap));
        }
        let start = line.chars().count();
        if start + LEAST > self.width && !last.is_empty() {
            self.broken(indent, line.trim_end())?;
            return self.paragraph(indent + 4, last);
        }
        let mut lines = wrap(last, self.width.saturating_sub(start)).into_iter();
        let first = lines.next().unwrap_or_default();
        let first = format!("{line}{first}");
        writeln!(self.out, "{}", first.trim_end())?;
        for rest in lines {
            writeln!(self.out, "{:start$}{rest}", "")?;
        }
        Ok(())
    }

    /// Cells that may be too long for one line.
    fn broken(&mut self, indent: usize, cells: &str) -> io::Result<()> {
        for line in wrap(cells.trim_start(), self.width.saturating_sub(indent)) {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, rows: &[&[&str]]) -> String {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        let mut bytes = Vec::new();
        let mut columns = Columns {
            out: &mut bytes,
            width,
        };
        columns.table(2, &rows).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn columns_are_aligned_and_the_last_is_broken_into_lines() {
        let rows: &[&[&str]] = &[
            &["a", "", "some words that need more than one line here"],
            &["long-id", "", "short\x1b[2J"],
        ];
        assert_eq!(
            written(41, rows),
            "  a        some words that need more than\n           one line here\n  long-id  short\\x1b[2J\n"
        );
        assert_eq!(
            written(30, rows),
            "  a\n      some words that need\n      more than one line here\n  long-id\n      short\\x1b[2J\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let (id, words) = ("r".repeat(50), "words ".repeat(30));
        let rows: &[&[&str]] = &[&["must", &id, &words]];
        for width in [40, 60, 100, 160] {
            let text = written(width, rows);
            assert!(
                text.lines().all(|line| line.chars().count() <= width),
                "{text}"
            );
        }
    }
}
