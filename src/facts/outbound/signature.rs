//! The DKIM signatures of a message (RFC 6376).

use super::super::defect::Defect;
use super::super::dkim::DkimKey;
use super::super::dns::Answer;
use super::super::observed::Observed;
use super::super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One `DKIM-Signature` field (RFC 6376 §3.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DkimSignature {
    /// The domain that signs (`d=`), in lower case.
    pub domain: String,
    /// The selector (`s=`).
    pub selector: String,
    /// The algorithm (`a=`) in lower case, such as `rsa-sha256`.
    pub algorithm: String,
    /// The canonicalization of header and body (`c=`), such as `relaxed/simple`.
    pub canonicalization: String,
    /// The agent or user for which is signed (`i=`): its domain part; that of `d=` where it is not written.
    pub identity_domain: String,
    /// The key record that the signature points to.
    pub key: Answer<DkimKey>,
    /// The fields that are signed (`h=`), in lower case and in order, each as often as it is listed.
    pub headers: Vec<String>,
    /// Those of them that are listed once more than the message has them, so that none can be added (RFC 6376 §8.15).
    pub oversigned: Vec<String>,
    /// How many octets of the body are signed (`l=`), where that is limited (RFC 6376 §8.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_length: Option<u64>,
    /// How many octets of the canonical body stand behind what is signed.
    #[serde(default)]
    pub unsigned_octets: u64,
    /// When it was made (`t=`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Until when it holds (`x=`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Whether it had expired when the message was received; where that is not known, when it was looked at.
    pub expired: bool,
    /// The result by the word of RFC 8601 §2.7.1: `pass`, `fail`, `neutral`, `policy`, `permerror` or `temperror`.
    pub result: DkimResult,
    /// The result in words: what was compared and what differed.
    pub reason: String,
    /// Whether it verifies: present and true on `pass`, unknown on `temperror`, else present and false.
    pub verifies: Observed<bool>,
    /// What is wrong with the field, whatever the result.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// The result of one signature (RFC 8601 §2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DkimResult {
    /// It verifies.
    Pass,
    /// It does not verify.
    Fail,
    /// It can't be read as a signature.
    Neutral,
    /// It verifies, and is not acceptable here.
    Policy,
    /// It can never be verified, such as for want of a key.
    Permerror,
    /// It could not be verified now.
    Temperror,
}
