//! DKIM keys that several domains of the run have in common.

use super::super::escape;
use super::page::{Page, Span};
use super::style;
use crate::results::{Run, key::SharedKey};
use anstyle::Style;
use std::io;

/// How many keys are named, and of each how many domains.
const NAMED: usize = 5;

/// How much of a fingerprint is shown.
const SHOWN: usize = 16;

/// Names the keys that several domains have; nothing where there is none.
pub(super) fn write(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    if run.shared_keys.is_empty() {
        return Ok(());
    }
    let title = "DKIM keys at several domains: who signs for one of them can sign for all";
    page.paragraph(0, &Span::new(title, style::HEADING))?;
    for key in run.shared_keys.iter().take(NAMED) {
        page.paragraph(2, &Span::new(&line(key), Style::new()))?;
    }
    let left = run.shared_keys.len().saturating_sub(NAMED);
    if left > 0 {
        page.paragraph(
            2,
            &Span::new(&format!("and {left} more keys"), style::FAINT),
        )?;
    }
    page.blank()
}

fn line(key: &SharedKey) -> String {
    let print: String = key.fingerprint.chars().take(SHOWN).collect();
    let domains = key.domains.iter().take(NAMED);
    let named: Vec<String> = domains.map(|domain| escape::line(domain)).collect();
    let left = key.domains.len().saturating_sub(NAMED);
    let more = if left > 0 {
        format!(" and {left} more")
    } else {
        String::new()
    };
    format!("{}: {}{more}", escape::line(&print), named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::super::{Options, sample};
    use super::*;

    fn written(shared_keys: Vec<SharedKey>) -> String {
        let run = Run {
            shared_keys,
            ..sample::scan().run
        };
        let mut bytes = Vec::new();
        let mut page = Page::new(&mut bytes, &Options::default());
        write(&mut page, &run).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn shared_keys_are_named_with_their_first_domains_and_inert() {
        assert_eq!(written(Vec::new()), "");
        let many = (0..8).map(|number| format!("d{number}.test")).collect();
        let text = written(vec![
            SharedKey {
                fingerprint: "ab".repeat(32),
                domains: many,
            },
            SharedKey {
                fingerprint: "cd".repeat(32),
                domains: vec![sample::HOSTILE.to_owned(), "b.test".to_owned()],
            },
        ]);
        assert!(
            text.contains("abababababababab: d0.test, d1.test"),
            "{text}"
        );
        assert!(text.contains("d4.test and 3 more"), "{text}");
        assert!(!text.contains("d5.test"), "{text}");
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{text:?}");
    }
}
