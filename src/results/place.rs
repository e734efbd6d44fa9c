//! A place in a file that the user wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Some characters of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The first character, counted from 1 in Unicode characters.
    pub column: usize,
    /// The character behind the last.
    pub end_column: usize,
}
