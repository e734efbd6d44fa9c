//! From views to HTML. Every value that a template shows goes through [`show`]; a template has no other way.

use super::super::escape;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde::Serialize;
use std::io;

const TEMPLATES: [(&str, &str); 8] = [
    ("parts.html", include_str!("templates/parts.html")),
    ("head.html", include_str!("templates/head.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("rows.html", include_str!("templates/rows.html")),
    (
        "overview_end.html",
        include_str!("templates/overview_end.html"),
    ),
    ("domain.html", include_str!("templates/domain.html")),
    ("rules.html", include_str!("templates/rules.html")),
    ("audit.html", include_str!("templates/audit.html")),
];

/// The templates, ready to be filled in.
pub(super) struct Pen {
    templates: Environment<'static>,
}

impl Pen {
    /// Reads the templates.
    pub(super) fn new() -> io::Result<Self> {
        let mut templates = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true);
        templates.set_syntax(syntax.build().map_err(io::Error::other)?);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_formatter(|out, _, value| show(out, value));
        templates.add_filter("prose", |_: &State<'_, '_>, text: String| prose(&text));
        let style = Value::from_safe_string(super::head::CSS.to_owned());
        templates.add_global("css", style);
        for (name, text) in TEMPLATES {
            templates
                .add_template(name, text)
                .map_err(io::Error::other)?;
        }
        Ok(Self { templates })
    }

    /// One part of the page.
    pub(super) fn draw(&self, template: &str, view: &impl Serialize) -> io::Result<String> {
        let template = self
            .templates
            .get_template(template)
            .map_err(io::Error::other)?;
        template.render(Serde(view)).map_err(io::Error::other)
    }
}

/// The formatter of all templates: what acts is made visible, and what means something to HTML is escaped. Only what
/// came out of here before, through a macro or [`prose`], stays as it is.
fn show(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        let told = "a template shows a value that is not there";
        return Err(Error::new(ErrorKind::UndefinedError, told));
    }
    let shown = match value.as_str() {
        Some(text) if value.is_safe() => text.to_owned(),
        Some(text) => html(text),
        None => html(&value.to_string()),
    };
    out.write_str(&shown).map_err(Error::from)
}

/// A text as HTML may hold it, between tags and in attributes with quotes; on one line.
pub(super) fn html(text: &str) -> String {
    escape::html(&escape::visible(text))
}

/// A sentence: on one line, and what stands between backticks as code.
fn prose(text: &str) -> Value {
    let line = escape::line(text);
    let mut pieces = line.split('`');
    let mut shown = html(pieces.next().unwrap_or_default());
    while let Some(piece) = pieces.next() {
        match pieces.next() {
            Some(rest) if !piece.is_empty() => {
                shown.extend(["<code>", &html(piece), "</code>", &html(rest)]);
            }
            Some(rest) => shown.extend(["``", &html(rest)]),
            None => shown.extend(["`", &html(piece)]),
        }
    }
    Value::from_safe_string(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_gets_out_of_it() {
        for (given, shown) in [
            ("say `a` and `b`.", "say <code>a</code> and <code>b</code>."),
            ("one ` alone", "one ` alone"),
            ("``empty``", "``empty``"),
            ("`<b>`\n<i>", "<code>&lt;b&gt;</code> &lt;i&gt;"),
            (
                "it's \"q\" & \u{202e}",
                "it&#39;s &quot;q&quot; &amp; \\u{202e}",
            ),
        ] {
            assert_eq!(prose(given).as_str(), Some(shown));
        }
    }

    #[test]
    fn no_template_has_a_way_round_the_formatter() {
        for (name, text) in TEMPLATES {
            for way in [
                "safe",
                "autoescape",
                "raw",
                "style=",
                "<script",
                "javascript",
                "url(",
                "@import",
            ] {
                let kept = text.replace("no script", "").replace("url(#", "(#");
                assert!(!kept.contains(way), "{name}: {way}");
            }
            let handler = text.match_indices(" on").find(|(at, _)| {
                let rest = &text[at + 3..];
                let word = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(0);
                rest[word..].starts_with('=')
            });
            assert_eq!(handler, None, "{name}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_is_a_fault_of_the_template() {
        let pen = Pen::new().unwrap();
        let fault = pen.draw("audit.html", &()).unwrap_err().to_string();
        assert!(fault.contains("undefined"), "{fault}");
    }
}
