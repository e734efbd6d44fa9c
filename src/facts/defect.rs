//! A fault in a published text, as data with its place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something in a record that its standard does not allow or that has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Defect {
    /// A stable kebab-case name of the kind of fault, such as `spf-duplicate-redirect`.
    pub code: String,
    /// The fault in words, for people.
    pub text: String,
    /// Where in the raw text it stands: first byte and the byte behind the last. Absent: the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
    /// The section that says so, such as `RFC 7208 §6`.
    pub reference: String,
    /// Whether the standard makes the whole record invalid because of it.
    pub fatal: bool,
}

impl Defect {
    /// A fault that makes the whole record invalid.
    pub fn fatal(code: &str, text: impl Into<String>, reference: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text.into(),
            span: None,
            reference: reference.to_owned(),
            fatal: true,
        }
    }

    /// A fault that leaves the record valid.
    pub fn minor(code: &str, text: impl Into<String>, reference: &str) -> Self {
        Self {
            fatal: false,
            ..Self::fatal(code, text, reference)
        }
    }

    /// The same fault with its place in the raw text.
    #[must_use]
    pub const fn at(mut self, start: usize, end: usize) -> Self {
        self.span = Some([start, end]);
        self
    }
}
