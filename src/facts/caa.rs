//! Which authorities may issue certificates for the names of the target (RFC 8659).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What CAA records say of one host name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaaHost {
    /// The host name.
    pub host: String,
    /// What the target needs the name for.
    pub purpose: CaaPurpose,
    /// The CAA records at the name and at every name above it, the root left out, as an authority climbs (RFC 8659 §3). Aliases are followed at each.
    pub climbed: Vec<Answer<Vec<CaaRecord>>>,
    /// The first name of the climb that has CAA records: they alone count. Absent: none has any.
    pub found_at: Observed<String>,
    /// The records that count.
    #[serde(default)]
    pub records: Vec<CaaRecord>,
    /// Whether they limit who may issue for the name: `issue` is there, or a critical property that authorities need not know (RFC 8659 §4.1, §4.2).
    pub restricts: Observed<bool>,
    /// The issuer names that may issue for the name by `issue`, in lower case. Nothing though restricted: nobody may.
    #[serde(default)]
    pub issuers: Vec<String>,
    /// The authorities whose certificates for the name were seen, as their issuer names write the organisation. Self-signed certificates and those of no trusted authority are left out, as CAA does not bind who signs them.
    #[serde(default)]
    pub seen: Vec<String>,
    /// Whether those authorities might issue these certificates again: by `issuewild` where only a wildcard stands for the name. Absent: no such certificate was seen; unknown where the names that an authority goes by in CAA records are not known here.
    pub permits_seen: Observed<bool>,
}

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaaPurpose {
    /// The target itself.
    Domain,
    /// A mail server.
    Mx,
    /// The web server of the MTA-STS policy.
    MtaSts,
}

/// One CAA record (RFC 8659 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaaRecord {
    /// The flags as a number; 128 is the critical flag.
    pub flags: u8,
    /// Whether an authority that does not know the property must refuse.
    pub critical: bool,
    /// The property's tag in lower case, such as `issue`.
    pub tag: String,
    /// Whether the tag is in the IANA registry of CAA properties.
    pub registered: bool,
    /// The value as published; bytes that are no UTF-8 are replaced.
    pub value: String,
    /// The issuer that an `issue…` property names, in lower case; empty where it names none, which forbids. Absent at other properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The parameters of an `issue…` property, such as `accounturi` and `validationmethods` (RFC 8657).
    #[serde(default)]
    pub parameters: Vec<CaaParameter>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// One parameter of an `issue…` property (RFC 8659 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaaParameter {
    /// The name in lower case.
    pub name: String,
    /// The value as written.
    pub value: String,
}
