//! What receivers reported: DMARC aggregate reports (RFC 9990), DMARC failure reports (RFC 9991) and SMTP TLS
//! reports (RFC 8460).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All reports that were read about the target, summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reported {
    /// How many aggregate reports were read.
    #[serde(default)]
    pub aggregate_reports: u32,
    /// How many failure reports were read.
    #[serde(default)]
    pub failure_reports: u32,
    /// How many SMTP TLS reports were read.
    #[serde(default)]
    pub tls_reports: u32,
}
