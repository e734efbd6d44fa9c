//! Lines on a page of a certain width: paragraphs, two columns, colours where they are wanted.

use super::super::{Options, width};
use super::links::Links;
use super::style;
use super::wrap::wrap;
use anstyle::Style;
use std::borrow::Cow;
use std::io::{self, Write};

/// A piece of text in one style. The text is on one line and safe to print.
pub(super) struct Span<'a> {
    text: &'a str,
    style: Style,
    linked: bool,
}

impl<'a> Span<'a> {
    /// This text in this style.
    pub(super) const fn new(text: &'a str, style: Style) -> Self {
        Self {
            text,
            style,
            linked: false,
        }
    }

    /// The same, with what is known of baselines, rules and standards linked where the reader's terminal can.
    pub(super) const fn linked(text: &'a str, style: Style) -> Self {
        Self {
            text,
            style,
            linked: true,
        }
    }

    fn length(&self) -> usize {
        width::columns(self.text)
    }
}

/// Where a report is written to.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    color: bool,
    links: Option<Links>,
}

impl<'a> Page<'a> {
    /// A page as the reader chose it. Narrower than 50 nothing fits, wider than 120 nobody reads.
    pub(super) fn new(out: &'a mut dyn Write, options: &Options) -> Self {
        Self {
            out,
            width: options.width.clamp(50, 120),
            color: options.color,
            links: None,
        }
    }

    /// Links what these know, in the spans that ask for it.
    pub(super) fn link(&mut self, links: Links) {
        self.links = Some(links);
    }

    /// Characters on a line.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line across the page.
    pub(super) fn rule(&mut self) -> io::Result<()> {
        let rule = "─".repeat(self.width);
        self.paint(&rule, &Span::new("", style::FAINT))?;
        writeln!(self.out)
    }

    /// A text of as many lines as it needs; of no text, none.
    pub(super) fn paragraph(&mut self, indent: usize, span: &Span<'_>) -> io::Result<()> {
        for line in wrap(span.text, self.width - indent) {
            self.pad(indent)?;
            self.paint(&line, span)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Texts side by side, however long they are.
    pub(super) fn line(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        for span in spans {
            self.paint(span.text, span)?;
        }
        writeln!(self.out)
    }

    /// One text at the left edge and one at the right, on one line where both fit.
    pub(super) fn ends(&mut self, left: &Span<'_>, right: &Span<'_>) -> io::Result<()> {
        let used = left.length() + right.length();
        if used + 2 > self.width {
            self.paragraph(0, left)?;
            return self.paragraph(0, right);
        }
        self.paint(left.text, left)?;
        self.pad(self.width - used)?;
        self.paint(right.text, right)?;
        writeln!(self.out)
    }

    /// Texts one after the other with a dot between them, on a new line where one does not fit.
    pub(super) fn list(&mut self, spans: &[Span<'_>]) -> io::Result<()> {
        let mut used = 0;
        for span in spans {
            if used > 0 && used + 3 + span.length() <= self.width {
                write!(self.out, " · ")?;
                used += 3;
            } else if used > 0 {
                writeln!(self.out)?;
                used = 0;
            }
            self.paint(span.text, span)?;
            used += span.length();
        }
        writeln!(self.out)
    }

    /// A label, indented by two, and beside it a text that starts in `column`. A label that reaches
    /// into the column has a line of its own.
    pub(super) fn row(
        &mut self,
        label: &Span<'_>,
        column: usize,
        text: &Span<'_>,
    ) -> io::Result<()> {
        let mut lines = wrap(text.text, self.width - column).into_iter();
        let free = (column - 2).checked_sub(label.length() + 1);
        if label.length() > 0 && free.is_none() {
            self.paragraph(2, label)?;
        } else if label.length() > 0 || lines.len() > 0 {
            self.pad(2)?;
            self.paint(label.text, label)?;
            if let Some(line) = lines.next() {
                self.pad(column - 2 - label.length())?;
                self.paint(&line, text)?;
            }
            writeln!(self.out)?;
        }
        for line in lines {
            self.pad(column)?;
            self.paint(&line, text)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn pad(&mut self, columns: usize) -> io::Result<()> {
        write!(self.out, "{:columns$}", "")
    }

    /// A piece of a span, in its style.
    fn paint(&mut self, text: &str, span: &Span<'_>) -> io::Result<()> {
        let linked = self.links.as_ref().filter(|_| span.linked);
        let text = linked.map_or(Cow::Borrowed(text), |links| links.mark(text));
        let style = span.style;
        if self.color && !text.is_empty() {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            write!(self.out, "{text}")
        }
    }
}
