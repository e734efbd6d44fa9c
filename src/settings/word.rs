//! A text of the file and where it stands.

use super::fault::Place;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::borrow::Cow;

/// A text that has a meaning only beside something else, with its place for the fault where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// How many characters it takes on its line, its quotation marks included; 0 where it is not known.
    pub width: usize,
}

impl JsonSchema for Word {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}
