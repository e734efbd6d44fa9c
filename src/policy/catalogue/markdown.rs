//! Pages as Markdown (GitHub's).

use super::pages::{Block, Line, Page, Piece, Target};

/// Each page as a file: its name and text. Links lead from file to file.
pub fn files(pages: &[Page]) -> Vec<(String, String)> {
    let href = |target: &Target| format!("{}.md#{}", target.page(), target.anchor());
    let file = |page: &Page| (format!("{}.md", page.name), text(&page.blocks, &href));
    pages.iter().map(file).collect()
}

/// All pages as one text. Links lead to places in it.
pub fn one(pages: &[Page]) -> String {
    let href = |target: &Target| format!("#{}", target.anchor());
    let texts: Vec<_> = pages.iter().map(|page| text(&page.blocks, &href)).collect();
    texts.join("\n")
}

type Href<'h> = &'h dyn Fn(&Target) -> String;

fn text(blocks: &[Block], href: Href<'_>) -> String {
    let blocks: Vec<String> = blocks.iter().map(|one| block(one, href)).collect();
    blocks.join("\n\n") + "\n"
}

fn block(block: &Block, href: Href<'_>) -> String {
    match block {
        Block::Title(text) => format!("# {}", escaped(text)),
        Block::Heading {
            level,
            text,
            target,
        } => {
            let marks = "#".repeat(*level);
            let anchor = target.as_ref().map_or_else(String::new, |target| {
                format!("<a id=\"{}\"></a>\n\n", attribute(&target.anchor()))
            });
            format!("{anchor}{marks} {}", line(text, href))
        }
        Block::Text(text) => line(text, href),
        Block::Items(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("- {}", line(item, href)))
                .collect();
            items.join("\n")
        }
        Block::Table { head, rows } => {
            let row = |cells: &[Line]| {
                let cells: Vec<String> = cells.iter().map(|cell| cell_text(cell, href)).collect();
                format!("| {} |", cells.join(" | "))
            };
            let rule = format!("|{}", "---|".repeat(head.len()));
            let mut lines = vec![row(head), rule];
            lines.extend(rows.iter().map(|cells| row(cells)));
            lines.join("\n")
        }
    }
}

/// A cell: a bar would end it, even in code.
fn cell_text(cell: &Line, href: Href<'_>) -> String {
    line(cell, href).replace('|', "\\|")
}

fn line(line: &Line, href: Href<'_>) -> String {
    line.iter().map(|one| piece(one, href)).collect()
}

fn piece(piece: &Piece, href: Href<'_>) -> String {
    match piece {
        Piece::Words(text) => words(text),
        Piece::Strong(text) => format!("**{}**", escaped(text)),
        Piece::Link(target) => {
            let name = match target {
                Target::Rule { id, .. } => code(id),
                Target::Area(name) | Target::Baseline(name) => escaped(name),
            };
            format!("[{name}]({})", href(target))
        }
        Piece::Address(text) if super::html::is_of_the_web(text) => format!("<{text}>"),
        Piece::Code(text) | Piece::Address(text) => code(text),
    }
}

/// Words, of which those between backticks are code.
fn words(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let even = pieces.len().is_multiple_of(2);
    let told = pieces.iter().enumerate().map(|(at, piece)| {
        let is_last = at + 1 == pieces.len();
        if at % 2 == 1 && !(even && is_last) {
            code(piece)
        } else if even && is_last {
            format!("\\`{}", escaped(piece))
        } else {
            escaped(piece)
        }
    });
    told.collect()
}

/// Code on one line; a text with backticks in it gets longer ones around.
fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        String::new()
    } else if text.contains('`') {
        format!("``` {text} ```")
    } else {
        format!("`{text}`")
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Words that can't be taken for markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '#' | '~' => {
                escaped.extend(['\\', character]);
            }
            '&' => escaped.push_str("&amp;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn attribute(text: &str) -> String {
    super::html::escaped(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_markup_and_code_stays_as_it_is() {
        for (text, shown) in [
            ("plain words", "plain words"),
            (
                "publish `v=DMARC1; p=*_x_` now",
                "publish `v=DMARC1; p=*_x_` now",
            ),
            ("a <b> & [c](d) *e*", "a \\<b\\> &amp; \\[c\\](d) \\*e\\*"),
            ("one ` alone", "one \\` alone"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(words(text), shown, "{text}");
        }
    }

    #[test]
    fn a_bar_does_not_end_a_cell_and_links_lead_to_the_place() {
        let target = Target::Rule {
            id: "r".to_owned(),
            area: "dns".to_owned(),
        };
        let page = Page {
            name: "p".to_owned(),
            blocks: vec![Block::Table {
                head: vec![vec![Piece::Words("h".to_owned())]],
                rows: vec![
                    vec![vec![Piece::Code("a|b".to_owned())]],
                    vec![vec![Piece::Link(target)]],
                ],
            }],
        };
        assert_eq!(
            one(std::slice::from_ref(&page)),
            "| h |\n|---|\n| `a\\|b` |\n| [`r`](#rule-r) |\n"
        );
        assert!(files(&[page])[0].1.contains("(area-dns.md#rule-r)"));
    }
}
