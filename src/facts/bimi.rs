//! Which indicator the target asks mail programs to show beside its mail
//! (draft-brand-indicators-for-message-identification, called BIMI draft here).

use super::certificate::{Certificate, Chain};
use super::defect::Defect;
use super::dmarc::Tag;
use super::dns::Answer;
use super::observed::{Cause, Observed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The BIMI record that holds for the target, and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bimi {
    /// The TXT records that begin with `v=BIMI1` at `default._bimi` below the target, then below its organizational domain where that is another (BIMI draft §7.2).
    pub asked: Vec<Answer<Vec<String>>>,
    /// The domain, without `default._bimi`, whose records count; empty where none has any.
    #[serde(default)]
    pub domain: String,
    /// The record, where exactly one counts: several are all set aside (BIMI draft §7.2).
    pub record: Observed<BimiRecord>,
    /// Whether DMARC asks for enough that receivers look at BIMI at all (BIMI draft §7.1); absent without a DMARC policy.
    pub policy: Observed<BimiPolicy>,
    /// The indicator that the record leads to; fetched with `--probe deep` only.
    pub indicator: Observed<BimiIndicator>,
    /// The evidence document that the record leads to; absent where it names none, fetched with `--probe deep` only.
    pub evidence: Observed<BimiEvidence>,
    /// Whether the evidence is about the indicator that was fetched: one of its hashes is that of the file. Unknown where the evidence holds a compressed copy or an algorithm that is not read here.
    pub evidence_matches: Observed<bool>,
}

impl Default for Bimi {
    /// Of a document whose version did not ask.
    fn default() -> Self {
        Self {
            asked: Vec::new(),
            domain: String::new(),
            record: not_asked(),
            policy: not_asked(),
            indicator: not_asked(),
            evidence: not_asked(),
            evidence_matches: not_asked(),
        }
    }
}

fn not_asked<T>() -> Observed<T> {
    Observed::unknown(Cause::NotAttempted, "")
}

/// One BIMI record (BIMI draft §4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BimiRecord {
    /// The record as published, its strings joined.
    pub raw: String,
    /// Whether it keeps to the grammar and has what it needs.
    pub valid: bool,
    /// Whether it says that no indicator is wanted: both locations are empty (BIMI draft §4.3.1).
    pub declines: bool,
    /// Where the indicator is, `l=`; may be empty.
    pub location: String,
    /// Where the evidence document is, `a=`; may be empty.
    pub evidence: String,
    /// Whether the brand's indicator or the sender's own picture is preferred, `avp=`: `brand` or `personal`.
    pub avatar_preference: String,
    /// Whether the local part of an address may select another record, `lps=`.
    pub local_part_selector: bool,
    /// Every tag in order, as written.
    pub tags: Vec<Tag>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// Whether the DMARC policy lets receivers show an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BimiPolicy {
    /// Whether it does.
    pub sufficient: bool,
    /// Why it does not, in words.
    #[serde(default)]
    pub reason: String,
}

/// What the location of the indicator gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BimiIndicator {
    /// The address that was asked.
    pub url: String,
    /// The HTTP status; redirections are not followed.
    pub status: u16,
    /// The media type of the answer as it came.
    #[serde(default)]
    pub content_type: String,
    /// The certificates of the web server.
    pub chain: Chain,
    /// The size of the file, in bytes.
    pub bytes: u32,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The drawing; absent where the file was not given out, unknown where it is compressed.
    pub svg: Observed<BimiSvg>,
}

/// An indicator as the profile SVG Tiny Portable/Secure sees it (draft-svg-tiny-ps-abrotman).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BimiSvg {
    /// Whether it keeps to the profile.
    pub valid: bool,
    /// The attribute `version` of the root; `1.2` is asked for.
    pub version: String,
    /// The attribute `baseProfile` of the root; `tiny-ps` is asked for.
    pub base_profile: String,
    /// The text of the first `title` below the root.
    pub title: String,
    /// The attribute `viewBox` of the root.
    pub view_box: String,
    /// Whether the view box is as high as it is wide; absent where there is none that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub square: Option<bool>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// What the location of the evidence document gave: a mark certificate and those above it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent findings of fact"
)]
pub struct BimiEvidence {
    /// The address that was asked.
    pub url: String,
    /// The HTTP status; redirections are not followed.
    pub status: u16,
    /// The certificates of the web server.
    pub chain: Chain,
    /// The certificates in the document, the mark certificate first. Whether an authority for marks issued them is not judged.
    pub certificates: Vec<Certificate>,
    /// Whether the first certificate is within its time at the moment of observation.
    pub in_time: bool,
    /// Whether it is for marks: its extended key usage has id-kp-BrandIndicatorforMessageIdentification, 1.3.6.1.5.5.7.3.31.
    pub for_marks: bool,
    /// Whether it names the target, its organizational domain, or `default._bimi` below either.
    pub names_domain: bool,
    /// Whether it holds a mark: the extension logotype, 1.3.6.1.5.5.7.1.12 (RFC 9399).
    pub logotype: bool,
    /// The SHA-256 hashes of the marks in it, in hexadecimal.
    #[serde(default)]
    pub mark_sha256: Vec<String>,
    /// Whether a mark in it is compressed, so that its hash is of the compressed file.
    #[serde(default)]
    pub mark_compressed: bool,
    /// What is wrong with the document.
    #[serde(default)]
    pub defects: Vec<Defect>,
}
