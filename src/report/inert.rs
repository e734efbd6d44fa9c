//! JSON of which no character acts on a terminal, written as it comes: what would act is a `\u` escape, which
//! means the same to whoever reads it.

use super::json;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// All on one line.
    Line,
    /// Each item of a list on a line of its own.
    Items,
}

/// Writes a value, without a final newline.
pub(super) fn write(value: &impl Serialize, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Inert { layout });
    value.serialize(&mut serializer)?;
    Ok(())
}

struct Inert {
    layout: Layout,
}

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        mut writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        json::write_inert(fragment, &mut writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(match (self.layout, first) {
            (Layout::Line, true) => b"",
            (Layout::Line, false) => b",",
            (Layout::Items, true) => b"\n",
            (Layout::Items, false) => b",\n",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{escape, sample};
    use super::*;
    use serde_json::{Value, json};

    fn written(value: &Value, layout: Layout) -> String {
        let mut bytes = Vec::new();
        write(value, layout, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_written_means_the_same_and_nothing_in_it_acts() {
        let value = json!({ "a": [sample::HOSTILE, 1], sample::HOSTILE: "\u{e0041}\n\"\\" });
        let line = written(&value, Layout::Line);
        assert!(!line.contains(escape::acts), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
        let items = written(&value, Layout::Items);
        assert_eq!(items.lines().count(), 3, "{items}");
        assert_eq!(serde_json::from_str::<Value>(&items).unwrap(), value);
    }
}
