//! What SPF and DMARC make of one message.

use super::super::dmarc::DmarcPolicy;
use super::super::observed::Observed;
use super::super::spf::SpfResult;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The SPF check of one identity (RFC 7208 §2.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SenderCheck {
    /// `mail-from` or `helo` (RFC 7208 §2.3, §2.4).
    pub identity: String,
    /// The domain whose record was asked.
    pub domain: String,
    /// The result.
    pub result: SpfResult,
    /// The result in words.
    pub reason: String,
}

/// What DMARC makes of a message, by the standard and by the one that it replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageDmarc {
    /// The domain in From, which is the one that people see; absent where there is not exactly one.
    pub from: Observed<String>,
    /// By the tree walk (RFC 9989 §4.10).
    pub rfc9989: DmarcVerdict,
    /// By the Public Suffix List (RFC 7489 §3.2).
    pub rfc7489: DmarcVerdict,
}

impl MessageDmarc {
    /// Whether SPF or DKIM proves the message to be of the domain in From, by a name that is aligned with it (RFC 9989
    /// §4.4), whether a record asks for that or none holds. Where it does not, anybody may have written the message.
    pub fn authenticates(&self) -> bool {
        let aligned = [&self.rfc9989.spf_aligned, &self.rfc9989.dkim_aligned];
        aligned
            .into_iter()
            .any(|aligned| aligned.value() == Some(&true))
    }
}

/// The DMARC result of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcVerdict {
    /// The result by the word of RFC 8601 §2.7.
    pub result: DmarcResult,
    /// The result in words.
    pub reason: String,
    /// The organizational domain of From; empty where it is not known.
    pub organizational_domain: String,
    /// The domain whose record holds; empty where none does.
    pub record_domain: String,
    /// What the record asks for where the message fails; absent where no record holds.
    pub policy: Observed<DmarcPolicy>,
    /// Whether SPF passes in the name of a domain that is aligned with From.
    pub spf_aligned: Observed<bool>,
    /// Whether a DKIM signature verifies in the name of a domain that is aligned with From.
    pub dkim_aligned: Observed<bool>,
}

/// The result of DMARC (RFC 8601 §2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DmarcResult {
    /// SPF or DKIM passes, aligned.
    Pass,
    /// Neither does.
    Fail,
    /// No record holds.
    None,
    /// It could not be told now.
    Temperror,
    /// It can't be told: From is not one domain.
    Permerror,
}
