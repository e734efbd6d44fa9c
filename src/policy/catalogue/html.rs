//! Pages as one HTML document: no script, nothing from elsewhere, light or dark as the reader's system is.

use super::pages::{Block, Line, Page, Piece, Target};

const STYLE: &str = "\
:root{color-scheme:light dark;--edge:#8884;--faint:#8882}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;display:block;overflow-x:auto;font-size:.9rem}\
th,td{border:1px solid var(--edge);padding:.25rem .5rem;text-align:left;vertical-align:top}\
th{background:var(--faint)}\
code{background:var(--faint);padding:0 .2em;border-radius:.2em;overflow-wrap:anywhere}\
section{margin-top:3rem}h3{margin-top:2rem}\
@media print{table{display:table}}";

/// All pages as one document.
pub fn document(pages: &[Page]) -> String {
    let sections: Vec<String> = pages
        .iter()
        .map(|page| {
            let blocks: Vec<String> = page.blocks.iter().map(block).collect();
            format!("<section>\n{}\n</section>\n", blocks.join("\n"))
        })
        .collect();
    let mut blocks = pages.iter().flat_map(|page| &page.blocks);
    let title = blocks.find_map(|block| match block {
        Block::Title(text) => Some(escaped(text)),
        Block::Heading { .. } | Block::Text(_) | Block::Items(_) | Block::Table { .. } => None,
    });
    let title = title.unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
        sections.concat()
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Title(text) => format!("<h1>{}</h1>", escaped(text)),
        Block::Heading {
            level,
            text,
            target,
        } => {
            let anchor = target.as_ref().map_or_else(String::new, |target| {
                format!(" id=\"{}\"", escaped(&target.anchor()))
            });
            format!("<h{level}{anchor}>{}</h{level}>", line(text))
        }
        Block::Text(text) => format!("<p>{}</p>", line(text)),
        Block::Items(items) => {
            let items = items
                .iter()
                .map(|item| format!("<li>{}</li>\n", line(item)));
            format!("<ul>\n{}</ul>", items.collect::<String>())
        }
        Block::Table { head, rows } => {
            let row = |cells: &[Line], tag: &str| {
                let cells = cells.iter();
                let cells = cells.map(|cell| format!("<{tag}>{}</{tag}>", line(cell)));
                format!("<tr>{}</tr>\n", cells.collect::<String>())
            };
            let body = rows.iter().map(|cells| row(cells, "td"));
            format!(
                "<table>\n<thead>\n{}</thead>\n<tbody>\n{}</tbody>\n</table>",
                row(head, "th"),
                body.collect::<String>()
            )
        }
    }
}

fn line(line: &Line) -> String {
    line.iter().map(piece).collect()
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Words(text) => words(text),
        Piece::Strong(text) => format!("<strong>{}</strong>", escaped(text)),
        Piece::Link(target) => {
            let name = escaped(target.name());
            let name = match target {
                Target::Rule { .. } => format!("<code>{name}</code>"),
                Target::Area(_) | Target::Baseline(_) => name,
            };
            format!("<a href=\"#{}\">{name}</a>", escaped(&target.anchor()))
        }
        Piece::Address(text) if is_of_the_web(text) => {
            let text = escaped(text);
            format!("<a href=\"{text}\" rel=\"noreferrer\">{text}</a>")
        }
        Piece::Code(text) | Piece::Address(text) => format!("<code>{}</code>", escaped(text)),
    }
}

/// Whether a text is an address of the web and nothing else.
pub(super) fn is_of_the_web(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['<', '>', '"', '\'', '`', '\\'])
}

/// Words, of which those between backticks are code.
fn words(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let last = pieces.len() - 1;
    let told = pieces.iter().enumerate().map(|(at, piece)| {
        let piece = escaped(piece);
        if at % 2 == 0 {
            piece
        } else if at == last {
            format!("`{piece}")
        } else {
            format!("<code>{piece}</code>")
        }
    });
    told.collect()
}

/// Text as content or attribute of an element.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_not_become_an_element_or_leave_an_attribute() {
        for (given, shown) in [
            (
                Piece::Words("<b> `x<y` & \"".to_owned()),
                "&lt;b&gt; <code>x&lt;y</code> &amp; &quot;",
            ),
            (Piece::Words("one ` alone".to_owned()), "one ` alone"),
            (
                Piece::Address("javascript:alert(1)".to_owned()),
                "<code>javascript:alert(1)</code>",
            ),
            (
                Piece::Address("https://a/\"onload=".to_owned()),
                "<code>https://a/&quot;onload=</code>",
            ),
            (
                Piece::Address("https://a/?b&c".to_owned()),
                "<a href=\"https://a/?b&amp;c\" rel=\"noreferrer\">https://a/?b&amp;c</a>",
            ),
            (
                Piece::Link(Target::Baseline("x\"><script>".to_owned())),
                "<a href=\"#baseline-x&quot;&gt;&lt;script&gt;\">x&quot;&gt;&lt;script&gt;</a>",
            ),
        ] {
            assert_eq!(piece(&given), shown);
        }
    }
}
