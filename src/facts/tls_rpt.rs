//! Where senders report failed TLS deliveries (RFC 8460).

use super::defect::Defect;
use super::dmarc::ReportUri;
use super::dns::Answer;
use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The TLS-RPT record of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TlsRpt {
    /// The TXT records at `_smtp._tls` that begin with `v=TLSRPTv1;` (RFC 8460 §3): exactly one counts.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<TlsRptRecord>,
}

/// One TLS-RPT record (RFC 8460 §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsRptRecord {
    /// The record as published, its strings joined.
    pub raw: String,
    /// Whether it keeps to the grammar and names an address.
    pub valid: bool,
    /// Where the reports go.
    pub rua: Vec<ReportUri>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}
