//! Small changes of meaning: one operator, constant or statement at a time.

use super::layout::Layout;
use super::tokens::Kind;
use std::ops::Range;

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What is replaced, in bytes.
    pub(super) range: Range<usize>,
    /// What stands there instead.
    pub(super) with: String,
    /// The place to show, in bytes.
    pub(super) shown_at: usize,
    /// What was there, to show.
    pub(super) was: String,
    /// What it became, to show.
    pub(super) becomes: String,
}

/// All changes in a range of tokens.
pub(super) fn changes(layout: &Layout<'_>, range: Range<usize>) -> Vec<Change> {
    range
        .filter(|at| layout.decides(*at))
        .filter_map(|at| change(layout, at))
        .collect()
}

fn change(layout: &Layout<'_>, at: usize) -> Option<Change> {
    let token = layout.tokens.get(at)?;
    let before = at.checked_sub(1).and_then(|at| layout.tokens.get(at));
    let behind_dot = before.is_some_and(|before| before.is(".") || before.is("?"));
    let text = match token.kind {
        Kind::Symbol => match token.text {
            "==" => "!=",
            "!=" => "==",
            "<" => "<=",
            "<=" => "<",
            ">" => ">=",
            ">=" => ">",
            "&&" => "||",
            "!" => "",
            "||" if before.is_some_and(ends_operand) => "&&",
            _ => return None,
        }
        .to_owned(),
        Kind::Number => more(token.text)?,
        Kind::Text => other(token.text)?,
        Kind::Word if behind_dot => match token.text {
            "any" => "all".to_owned(),
            "all" => "any".to_owned(),
            "at_least" => return equal(layout, at),
            _ => return None,
        },
        Kind::Word => match token.text {
            "true" => "false".to_owned(),
            "false" => "true".to_owned(),
            "require" => return dropped(layout, at),
            _ => return None,
        },
        Kind::Template => return None,
    };
    Some(Change {
        range: token.at..token.end(),
        shown_at: token.at,
        was: token.text.to_owned(),
        becomes: text.clone(),
        with: text,
    })
}

/// Whether `||` behind it joins two conditions; else it begins a closure without parameters.
fn ends_operand(token: &super::tokens::Token<'_>) -> bool {
    token.kind != Kind::Symbol || matches!(token.text, ")" | "]" | "}")
}

fn more(number: &str) -> Option<String> {
    let plain = number.replace('_', "");
    if let Ok(number) = plain.parse::<i64>() {
        return Some(number.checked_add(1)?.to_string());
    }
    let float: f64 = plain.parse().ok()?;
    Some(format!("{:?}", float + 1.0))
}

/// Another word. A text with spaces is a message: it decides nothing.
fn other(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(' ')).then(|| format!("\"{inner}~\""))
}

/// `a.at_least(b)` as `(a == b)`.
fn equal(layout: &Layout<'_>, at: usize) -> Option<Change> {
    let open = at + 1;
    let end = layout.closing(open).filter(|end| *end > open)?;
    let start = operand(layout, at.checked_sub(1)?)?;
    let bytes = |token: usize| layout.tokens.get(token).map(|token| token.at);
    let (from, dot) = (bytes(start)?, bytes(at - 1)?);
    let operand = layout.slice(from..dot)?;
    let argument = layout.slice(bytes(open)?..bytes(end)? + 1)?;
    Some(Change {
        with: format!("({operand} == {argument})"),
        range: from..bytes(end)? + 1,
        shown_at: bytes(at)?,
        was: "at_least".to_owned(),
        becomes: "==".to_owned(),
    })
}

/// Where the chain of names, calls and indices begins that ends before a token.
fn operand(layout: &Layout<'_>, end: usize) -> Option<usize> {
    let mut at = end;
    loop {
        at = at.checked_sub(1)?;
        let token = layout.tokens.get(at)?;
        if token.kind == Kind::Symbol && matches!(token.text, ")" | "]") {
            at = (0..at).rev().find(|open| {
                let opens = layout.is(*open, "(") || layout.is(*open, "[");
                opens && layout.closing(*open) == Some(at)
            })?;
            let called = at
                .checked_sub(1)
                .and_then(|before| layout.tokens.get(before));
            if called.is_some_and(|called| called.kind == Kind::Word || called.is("]")) {
                continue;
            }
        } else if token.kind != Kind::Word {
            return None;
        }
        match at.checked_sub(1) {
            Some(dot) if layout.is(dot, ".") => at = dot,
            Some(_) | None => return Some(at),
        }
    }
}

/// Without the `require`.
fn dropped(layout: &Layout<'_>, at: usize) -> Option<Change> {
    let token = layout.tokens.get(at)?;
    let end = layout.tokens.get(*layout.requires.get(&at)?)?.at;
    Some(Change {
        range: token.at..end,
        with: "()".to_owned(),
        shown_at: token.at,
        was: "require".to_owned(),
        becomes: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
fn used(x) { x.b == "v" || x.n > 1 }
fn told(x) { if x == 7 { "a" } else { "b" } }
fn idle(x) { x == 9 }
let LIST = ["w"];
rule("r", #{
    title: "a == b", why: "not 1", when: |mail| mail.x.any(|one| used(one)), applies: "if 2",
}, |mail, want| {
    require mail.a[0].p().at_least(want.p) else `it is ${told(mail.a == 3)}`;
    recommend mail.z == 4 else "5";
    if !known(mail.u) { unknown("6"); }
    each_or(mail.list, |one| { require one.ok in ["q", "two words"] else "no" }, || {});
});
"#;

    #[test]
    fn what_decides_is_changed_and_what_only_tells_is_not() {
        let layout = Layout::of(FILE);
        let parts = layout.parts();
        let rules: Vec<_> = parts.iter().map(|part| part.rules.join(",")).collect();
        assert_eq!(rules, ["r", "r", "r"]);
        let found: Vec<_> = parts
            .into_iter()
            .flat_map(|part| changes(&layout, part.tokens))
            .map(|change| {
                let mut text = FILE.to_owned();
                text.replace_range(change.range, &change.with);
                let line = text.lines().zip(FILE.lines()).find(|(new, old)| new != old);
                line.map_or_else(String::new, |(line, _)| line.trim().to_owned())
            })
            .collect();
        let pruned = "each_or(mail.list, |one| { require one.ok in [\"q\", \"two words\"] else \"no\" }, || {});";
        assert_eq!(
            found,
            [
                r#"fn used(x) { x.b != "v" || x.n > 1 }"#,
                r#"fn used(x) { x.b == "v~" || x.n > 1 }"#,
                r#"fn used(x) { x.b == "v" && x.n > 1 }"#,
                r#"fn used(x) { x.b == "v" || x.n >= 1 }"#,
                r#"fn used(x) { x.b == "v" || x.n > 2 }"#,
                r#"title: "a == b", why: "not 1", when: |mail| mail.x.all(|one| used(one)), applies: "if 2","#,
                "();",
                "require mail.a[1].p().at_least(want.p) else `it is ${told(mail.a == 3)}`;",
                "require (mail.a[0].p() == (want.p)) else `it is ${told(mail.a == 3)}`;",
                r#"if known(mail.u) { unknown("6"); }"#,
                "each_or(mail.list, |one| { ()}, || {});",
                &pruned.replace("\"q\"", "\"q~\""),
            ]
        );
    }
}
