//! What was seen: records with their faulty parts underlined, dialogues, handshakes, certificates.

use super::super::{escape, width};
use super::page::{Page, Span};
use super::style;
use crate::results::exhibit::{Exhibit, ExhibitLine, Mark, Speaker};
use crate::results::outcome::{Level, Outcome};
use anstyle::Style;
use std::io;

/// The most lines of an exhibit, and the most characters of a line.
const LINES: usize = 80;
const LONGEST: usize = 2000;

/// How far the lines of an exhibit stand in.
const INDENT: usize = 4;

/// The most characters of a marked part that is told again beside its note.
const EXCERPT: usize = 24;

/// Writes all exhibits of a target; nothing where there is none.
pub(super) fn write(page: &mut Page<'_>, exhibits: &[Exhibit]) -> io::Result<()> {
    let mut told = exhibits
        .iter()
        .filter(|one| !one.lines.is_empty())
        .peekable();
    if told.peek().is_none() {
        return Ok(());
    }
    page.blank()?;
    page.paragraph(0, &Span::new("What was seen", style::HEADING))?;
    for exhibit in told {
        let kind = exhibit.kind.as_str();
        let subject = format!("{kind}  {}", escape::line(&exhibit.subject));
        page.paragraph(2, &Span::new(&subject, style::FAINT))?;
        for line in exhibit.lines.iter().take(LINES) {
            self::line(page, line)?;
        }
        let left = exhibit.lines.len().saturating_sub(LINES);
        if left > 0 {
            let told = format!("… and {left} more lines");
            page.paragraph(INDENT, &Span::new(&told, style::FAINT))?;
        }
    }
    Ok(())
}

/// A character as it is shown, and the mark that it belongs to.
struct Cell {
    shown: char,
    mark: Option<usize>,
}

fn line(page: &mut Page<'_>, line: &ExhibitLine) -> io::Result<()> {
    let who = match line.from {
        Speaker::Nobody => "",
        Speaker::Server => "S: ",
        Speaker::Client => "C: ",
    };
    let cells = cells(line);
    let room = page.width() - INDENT - who.len();
    let mut told = Vec::new();
    let mut first = true;
    for row in rows(&cells, room) {
        let prefix = if first {
            who.to_owned()
        } else {
            " ".repeat(who.len())
        };
        let text: String = row.iter().map(|cell| cell.shown).collect();
        let text = format!("{:INDENT$}{prefix}{}", "", text.trim_end());
        page.line(&[Span::new(text.trim_end(), Style::new())])?;
        underline(page, row, who.len(), &line.marks, &mut told)?;
        first = false;
    }
    let left = line.text.chars().count().saturating_sub(LONGEST);
    if left > 0 {
        let told = format!("… and {left} more characters");
        page.paragraph(INDENT, &Span::new(&told, style::FAINT))?;
    }
    Ok(())
}

fn cells(line: &ExhibitLine) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, character) in line.text.char_indices().take(LONGEST) {
        let within = |mark: &Mark| mark.start <= at && at < mark.end;
        let mark = line.marks.iter().position(within);
        let shown = escape::visible(character.encode_utf8(&mut [0; 4])).into_owned();
        cells.extend(shown.chars().map(|shown| Cell { shown, mark }));
    }
    cells
}

/// The cells in rows of so many columns.
fn rows(cells: &[Cell], room: usize) -> Vec<&[Cell]> {
    let mut rows = Vec::new();
    let mut rest = cells;
    while !rest.is_empty() {
        let mut used = 0;
        let fits = rest.iter().take_while(|cell| {
            used += width::of(cell.shown);
            used <= room
        });
        let (row, behind) = rest
            .split_at_checked(fits.count().max(1))
            .unwrap_or((rest, &[]));
        rows.push(row);
        rest = behind;
    }
    rows
}

/// What is wrong with a row: a sign below each faulty character, and the notes of the parts that begin here.
fn underline(
    page: &mut Page<'_>,
    row: &[Cell],
    indent: usize,
    marks: &[Mark],
    told: &mut Vec<usize>,
) -> io::Result<()> {
    let indent = INDENT + indent;
    let mut signs = " ".repeat(indent);
    let mut new: Vec<usize> = Vec::new();
    let mut fatal = false;
    for cell in row {
        let sign = if cell.mark.is_some() { '^' } else { ' ' };
        signs.extend(std::iter::repeat_n(sign, width::of(cell.shown)));
        if let Some(mark) = cell
            .mark
            .filter(|mark| !told.contains(mark) && !new.contains(mark))
        {
            new.push(mark);
        }
        fatal |= cell
            .mark
            .and_then(|mark| marks.get(mark))
            .is_some_and(|mark| mark.fatal);
    }
    let signs = signs.trim_end();
    if signs.is_empty() {
        return Ok(());
    }
    let colour =
        |fatal| style::finding(Outcome::Fail, if fatal { Level::Must } else { Level::May });
    let note = |mark: usize| marks.get(mark).map_or("", |mark| mark.note.as_str());
    if let &[one] = new.as_slice() {
        let note = escape::line(note(one));
        told.push(one);
        if width::columns(signs) + 1 + width::columns(&note) <= page.width() {
            let both = format!("{signs} {note}");
            return page.line(&[Span::new(both.trim_end(), colour(fatal))]);
        }
        page.line(&[Span::new(signs, colour(fatal))])?;
        return page.paragraph(indent, &Span::new(&note, colour(fatal)));
    }
    page.line(&[Span::new(signs, colour(fatal))])?;
    for mark in new {
        let part = row.iter().filter(|cell| cell.mark == Some(mark));
        let part: String = part.map(|cell| cell.shown).collect();
        let note = format!(
            "{}: {}",
            escape::cut(part.trim(), EXCERPT),
            escape::line(note(mark))
        );
        let fatal = marks.get(mark).is_some_and(|mark| mark.fatal);
        page.paragraph(indent, &Span::new(&note, colour(fatal)))?;
        told.push(mark);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::{Options, sample};
    use super::*;

    fn written(exhibits: &[Exhibit], width: usize) -> String {
        let mut bytes = Vec::new();
        let options = Options {
            width,
            ..Options::default()
        };
        write(&mut Page::new(&mut bytes, &options), exhibits).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn faulty_parts_are_underlined_and_a_dialogue_says_who_speaks() {
        let text = written(&sample::scan().targets[0].exhibits, 80);
        let start = "\nWhat was seen\n\
             \x20 record  _dmarc.xn--bcher-kva.example TXT\n\
             \x20   v=DMARC1; p=none; rua=mailto:d@example.org; pct=200\n\
             \x20             ^^^^^^                            ^^^^^^^\n\
             \x20             p=none: no action is asked for\n";
        let start = start.replace("             p=none", "   p=none");
        assert!(text.starts_with(&start), "{text}");
        assert!(text.contains("\n    S: 220 mx1.b"), "{text}");
        assert!(text.contains("\n    C: EHLO probe.example\n"), "{text}");
    }

    #[test]
    fn marks_anywhere_and_lines_of_any_length_stay_within_the_page() {
        for width in [50, 80, 120] {
            let text = written(&sample::scan().targets[1].exhibits, width);
            assert!(text.contains('^'));
            assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{text:?}");
            for line in text.lines() {
                assert!(width::columns(line) <= width, "{line}");
                assert!(!line.ends_with(' '), "{line:?}");
            }
            assert!(text.lines().count() < 200);
        }
    }

    #[test]
    fn nothing_seen_is_nothing_told() {
        assert_eq!(written(&[], 80), "");
    }
}
