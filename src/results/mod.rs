//! What a scan concluded: plain data, and the only input of every report.

use crate::facts::{delivery::Delivery, target::Target, timestamp::Timestamp, vantage::Vantage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod compare;
pub mod correction;
pub mod difference;
pub mod exhibit;
pub mod finding;
pub mod gate;
pub mod key;
pub mod not_executed;
pub mod notice;
pub mod outcome;
pub mod place;
pub mod role;
pub mod rule;
pub mod score;
pub mod summary;
pub mod targets;

use compare::Comparison;
use exhibit::Exhibit;
use finding::Finding;
use gate::{Gate, Verdict};
use key::{SeenKey, SharedKey};
use not_executed::NotExecuted;
use notice::Notice;
use place::Place;
use role::RoleTaken;
use rule::{BaselineInfo, PolicyFile, RuleInfo};
use score::Score;
use summary::Summary;
use targets::Results;

/// The schema that this version writes.
pub const SCHEMA: &str = "waxseal.results/1";

/// What there is to say of a run as a whole: some targets, held against some baselines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Name and major version of this document's schema: `waxseal.results/1`.
    pub schema: String,
    /// The version of waxseal that evaluated.
    pub waxseal: String,
    /// The baselines that were asked, in the order of evaluation.
    pub baselines: Vec<BaselineInfo>,
    /// The rules that the findings name, by id.
    pub rules: Vec<RuleInfo>,
    /// The counts over all targets.
    pub summary: Summary,
    /// DKIM keys that several targets have, most domains first. A key that all of them reach through the same alias is a provider's own and left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_keys: Vec<SharedKey>,
    /// What `waxseal.toml` needs, such as waivers that have expired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Which findings make the run fail.
    #[serde(default)]
    pub gate: Gate,
    /// What the run came to under that gate.
    #[serde(default)]
    pub verdict: Verdict,
    /// The policy files in force with their digests, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_files: Vec<PolicyFile>,
    /// The settings in force: `waxseal.toml` and its digest; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<PolicyFile>,
    /// What is new since an earlier run, where the run was compared with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Why the run is not whole, such as an interrupt; absent where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<String>,
}

impl Run {
    /// A rule of this run by its id.
    pub fn rule(&self, id: &str) -> Option<&RuleInfo> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// A whole results document in memory.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Scan {
    /// What there is to say of the run.
    #[serde(flatten)]
    pub run: Run,
    /// The targets, in the order in which they were given.
    pub targets: Vec<TargetResult>,
}

impl Scan {
    /// The document as reports read it.
    pub fn results(&self) -> Results<'_> {
        Results {
            run: &self.run,
            targets: &self.targets,
        }
    }
}

/// What was concluded of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetResult {
    /// The mail domain.
    pub target: Target,
    /// Where the user named it: the list of domains that was read, else `waxseal.toml`; absent where neither names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it was taken to be used for when its baselines were chosen, and why.
    #[serde(default)]
    pub role: RoleTaken,
    /// The baselines that it was held against, by id; empty in results of older versions, where all were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<String>,
    /// From where and when its facts were collected.
    pub vantage: Vantage,
    /// SHA-256 of the facts document in its compact form, in hexadecimal.
    pub facts_sha256: String,
    /// Who can deliver: what comes of mail to the target, by what its sender does for encryption.
    #[serde(default)]
    pub delivery: Delivery,
    /// The scores that the baselines compute.
    pub scores: Vec<Score>,
    /// One finding for each requirement, by baseline and in its order.
    pub findings: Vec<Finding>,
    /// What was seen of it, for people to look at: records, sessions, certificates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exhibits: Vec<Exhibit>,
    /// What could have been looked at and was not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_executed: Vec<NotExecuted>,
    /// The DKIM keys that were found, withdrawn ones and those of wildcards left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<SeenKey>,
    /// The counts of this target.
    pub summary: Summary,
    /// What the target came to under the gate of the run.
    #[serde(default)]
    pub verdict: Verdict,
}

impl TargetResult {
    /// When the facts were collected.
    pub const fn started(&self) -> Timestamp {
        self.vantage.started
    }
}
