//! Names that records of the target point to and that do not exist.

use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One name that a record of the target points to and that does not exist (RCODE 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DanglingName {
    /// What points there: `mx`, `spf-include`, `spf-redirect`, `spf-term`, `dmarc-alias`, `dkim-alias`, `mta-sts-alias`, `policy-host-alias` or `tls-rpt-alias`.
    pub purpose: String,
    /// The name whose record points there.
    pub from: String,
    /// The name that does not exist.
    pub name: String,
    /// The domain that would have to be registered to bring the name about, by the Public Suffix List.
    pub registrable_domain: String,
    /// Whether that domain does not exist either, so that anyone could register it and speak for the target.
    pub registrable: Observed<bool>,
}
