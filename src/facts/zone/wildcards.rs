//! What answers for names that nobody has published (RFC 4592).

use crate::facts::dns::Answer;
use crate::facts::mx::MxRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The wildcards directly below the target, as far as mail sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wildcards {
    /// TXT at a label below the target that nobody publishes. Present: `*` has TXT records, which answer at every name that is not there.
    pub txt: Answer<Vec<String>>,
    /// MX at the same label. Present: every name below the target that is not there takes mail.
    pub mx: Answer<Vec<MxRecord>>,
    /// All TXT records at the names where mail looks for one; listed only where a wildcard has TXT records.
    #[serde(default)]
    pub looked_at: Vec<Answer<Vec<String>>>,
    /// Which of those names the wildcard answers for, derived: their signature says so, or they have the wildcard's very texts.
    #[serde(default)]
    pub answers_at: Vec<String>,
}

/// What stands in a document that was written before this was collected.
pub(super) fn unasked() -> Wildcards {
    Wildcards {
        txt: super::unasked(),
        mx: super::unasked(),
        looked_at: Vec::new(),
        answers_at: Vec::new(),
    }
}
