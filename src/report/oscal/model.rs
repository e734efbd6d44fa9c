//! The parts of OSCAL's assessment results that waxseal fills, by the names of the standard (release 1.2).

use super::text;
use serde::Serialize;
use uuid::Uuid;

/// The namespace of waxseal's own properties.
const OURS: &str = "urn:waxseal:oscal";

/// `prop`: a name and a value.
#[derive(Debug, Serialize)]
pub(super) struct Prop {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ns: Option<&'static str>,
    value: String,
}

impl Prop {
    /// A property of waxseal's own. Nothing where the value is empty.
    pub(super) fn ours(name: &str, value: &str) -> Option<Self> {
        Some(Self {
            name: text::token(&[name]),
            ns: Some(OURS),
            value: text::string(value)?,
        })
    }

    /// A property that OSCAL names.
    pub(super) fn standard(name: &str, value: &str) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            ns: None,
            value: text::string(value)?,
        })
    }
}

/// Properties of waxseal's own, those without value left out.
pub(super) fn props(pairs: &[(&str, &str)]) -> Vec<Prop> {
    let made = pairs.iter().map(|(name, value)| Prop::ours(name, value));
    made.flatten().collect()
}

/// `metadata`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Metadata {
    pub(super) title: String,
    pub(super) last_modified: String,
    pub(super) version: String,
    pub(super) oscal_version: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
}

/// `import-ap`, and other references by address.
#[derive(Debug, Serialize)]
pub(super) struct Reference {
    pub(super) href: String,
}

/// `reviewed-controls`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Reviewed {
    pub(super) control_selections: [Controls; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) control_objective_selections: Vec<Objectives>,
}

/// Which controls were assessed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Controls {
    /// Nothing was asked, which OSCAL has no word for.
    IncludeAll {},
    /// These.
    IncludeControls(Vec<ControlId>),
}

/// A control by its id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ControlId {
    pub(super) control_id: String,
}

/// Which objectives were assessed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Objectives {
    pub(super) include_objectives: Vec<ObjectiveId>,
}

/// An objective by its id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ObjectiveId {
    pub(super) objective_id: String,
    pub(super) remarks: String,
}

/// `inventory-item`: a mail domain.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    pub(super) uuid: Uuid,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
}

/// `assessment-assets`: what was assessed with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Assets {
    pub(super) components: [Component; 1],
    pub(super) assessment_platforms: [Platform; 1],
}

/// `component`.
#[derive(Debug, Serialize)]
pub(super) struct Component {
    pub(super) uuid: Uuid,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
    pub(super) status: Operational,
}

/// The status of a component.
#[derive(Debug, Serialize)]
pub(super) struct Operational {
    pub(super) state: &'static str,
}

/// `assessment-platform`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Platform {
    pub(super) uuid: Uuid,
    pub(super) title: &'static str,
    pub(super) uses_components: [Uses; 1],
}

/// A component by its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Uses {
    pub(super) component_uuid: Uuid,
}

/// `origin`: who says so.
#[derive(Debug, Serialize)]
pub(super) struct Origin {
    pub(super) actors: [Actor; 1],
}

/// An actor by its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Actor {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) actor_uuid: Uuid,
}

/// `observation`: what was seen of one requirement at one domain.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Observation {
    pub(super) uuid: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
    pub(super) methods: [&'static str; 1],
    pub(super) types: [&'static str; 1],
    pub(super) origins: [Origin; 1],
    pub(super) subjects: [Subject; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) relevant_evidence: Vec<Evidence>,
    pub(super) collected: String,
}

/// What an observation is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Subject {
    pub(super) subject_uuid: Uuid,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// `relevant-evidence`.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub(super) description: String,
}

/// `finding`: whether an objective is satisfied.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Finding {
    pub(super) uuid: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
    pub(super) origins: [Origin; 1],
    pub(super) target: Target,
    pub(super) related_observations: [Related; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_risks: Vec<Risky>,
}

/// The objective of a finding, and how it came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Target {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "target-id")]
    pub(super) id: String,
    pub(super) status: Status,
}

/// How an objective came out. OSCAL knows two states.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    pub(super) state: &'static str,
    pub(super) reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remarks: Option<String>,
}

/// An observation by its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Related {
    pub(super) observation_uuid: Uuid,
}

/// A risk by its name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Risky {
    pub(super) risk_uuid: Uuid,
}

/// `risk`: a failure, and who lives with it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Risk {
    pub(super) uuid: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) statement: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
    pub(super) status: &'static str,
    pub(super) origins: [Origin; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deadline: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) remediations: Vec<Remediation>,
    pub(super) related_observations: [Related; 1],
}

/// `remediation`: what to do.
#[derive(Debug, Serialize)]
pub(super) struct Remediation {
    pub(super) uuid: Uuid,
    pub(super) lifecycle: &'static str,
    pub(super) title: &'static str,
    pub(super) description: String,
}

/// `back-matter`.
#[derive(Debug, Serialize)]
pub(super) struct BackMatter {
    pub(super) resources: Vec<Resource>,
}

/// `resource`: something outside of the document.
#[derive(Debug, Serialize)]
pub(super) struct Resource {
    pub(super) uuid: Uuid,
    pub(super) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) props: Vec<Prop>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) rlinks: Vec<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base64: Option<Embedded>,
}

/// `base64`: a file within the document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Embedded {
    pub(super) filename: &'static str,
    pub(super) media_type: &'static str,
    pub(super) value: String,
}

/// `rlink`: where a resource is, and its digest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Link {
    pub(super) href: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hashes: Vec<Hash>,
}

/// A digest.
#[derive(Debug, Serialize)]
pub(super) struct Hash {
    pub(super) algorithm: &'static str,
    pub(super) value: String,
}
