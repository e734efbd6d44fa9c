//! What is used of SARIF 2.1.0 (OASIS standard with errata 01), field by field with its section. Lists that grow
//! with the run are streamed, so the objects that hold them are put together where they are written.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The place of the schema (§3.13.3).
pub(super) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole file (§3.13).
#[derive(Serialize)]
pub(super) struct Log<R> {
    /// §3.13.3
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    /// §3.13.2
    pub(super) version: &'static str,
    /// §3.13.4
    pub(super) runs: [R; 1],
}

/// A run (§3.14).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunObject<'a, R, P> {
    /// §3.14.6
    pub(super) tool: Tool<'a>,
    /// §3.14.11
    pub(super) invocations: [Invocation<'a>; 1],
    /// §3.14.3
    pub(super) automation_details: AutomationDetails<'a>,
    /// §3.14.27
    pub(super) column_kind: &'static str,
    /// §3.14.23
    pub(super) results: R,
    /// §3.8
    pub(super) properties: P,
}

/// What made the run (§3.18).
#[derive(Serialize)]
pub(super) struct Tool<'a> {
    /// §3.18.2
    pub(super) driver: Driver<'a>,
}

/// A tool component (§3.19).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver<'a> {
    /// §3.19.8
    pub(super) name: &'static str,
    /// §3.19.13
    pub(super) version: &'a str,
    /// §3.19.12
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) semantic_version: Option<&'a str>,
    /// §3.19.23
    pub(super) rules: &'a [Descriptor],
    /// §3.19.24
    pub(super) notifications: &'a [Descriptor],
}

/// What is told of a rule, or of a kind of notification (§3.49).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    /// §3.49.3
    pub(super) id: String,
    /// §3.49.7
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// §3.49.9
    pub(super) short_description: Text,
    /// §3.49.10
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_description: Option<Text>,
    /// §3.49.13
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<Text>,
    /// §3.49.12
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<String>,
    /// §3.49.14
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_configuration: Option<Configuration>,
    /// §3.8
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<RuleProperties>,
}

/// A message string (§3.12), or a message (§3.11).
#[derive(Serialize)]
pub(super) struct Text {
    /// §3.12.3, §3.11.8
    pub(super) text: String,
    /// §3.12.4, §3.11.9
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) markdown: Option<String>,
}

/// What holds of a rule unless something else is said (§3.50).
#[derive(Serialize)]
pub(super) struct Configuration {
    /// §3.50.3
    pub(super) level: &'static str,
}

/// The properties of a rule that GitHub reads, and those of its own (§3.8).
#[derive(Serialize)]
pub(super) struct RuleProperties {
    /// §3.8.2
    pub(super) tags: Vec<String>,
    pub(super) precision: &'static str,
    #[serde(rename = "problem.severity")]
    pub(super) problem_severity: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    pub(super) security_severity: Option<&'static str>,
    /// Where the rule is defined, relative to the policy folder.
    #[serde(rename = "waxseal/definition", skip_serializing_if = "Option::is_none")]
    pub(super) definition: Option<String>,
}

/// How the run went (§3.20).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    /// §3.20.14
    pub(super) execution_successful: bool,
    /// §3.20.21
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tool_execution_notifications: &'a [Notification],
    /// §3.20.22
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tool_configuration_notifications: &'a [Notification],
}

/// Something that is said of the run itself (§3.58).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    /// §3.58.2
    pub(super) descriptor: Reference,
    /// §3.58.3
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) associated_rule: Option<Reference>,
    /// §3.58.6
    pub(super) level: &'static str,
    /// §3.58.5
    pub(super) message: Text,
    /// §3.58.4
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) locations: Vec<Location>,
}

/// Which descriptor is meant (§3.52).
#[derive(Serialize)]
pub(super) struct Reference {
    /// §3.52.4
    pub(super) id: String,
    /// §3.52.5
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<usize>,
}

/// What kind of run it is (§3.17).
#[derive(Serialize)]
pub(super) struct AutomationDetails<'a> {
    /// §3.17.3
    pub(super) id: &'a str,
}

/// A finding (§3.27).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultObject {
    /// §3.27.5
    pub(super) rule_id: String,
    /// §3.27.6
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    /// §3.27.9
    pub(super) kind: &'static str,
    /// §3.27.10
    pub(super) level: &'static str,
    /// §3.27.11
    pub(super) message: Text,
    /// §3.27.12
    pub(super) locations: [Location; 1],
    /// §3.27.17
    pub(super) partial_fingerprints: PartialFingerprints,
    /// §3.27.23: on every result of a run or on none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suppressions: Option<Vec<Suppression>>,
    /// §3.27.24
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<&'static str>,
    /// §3.8
    pub(super) properties: BTreeMap<&'static str, Value>,
}

/// Names by which a finding is known again (§3.27.17).
#[derive(Serialize)]
pub(super) struct PartialFingerprints {
    /// The one that GitHub goes by.
    #[serde(rename = "primaryLocationLineHash")]
    pub(super) primary: String,
    /// The finding's own, with the version of how it is made.
    #[serde(rename = "waxseal/v1")]
    pub(super) own: String,
}

/// Where something is (§3.28).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    /// §3.28.3
    pub(super) physical_location: PhysicalLocation,
    /// §3.28.4
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) logical_locations: Vec<LogicalLocation>,
}

/// A part of a file (§3.29).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    /// §3.29.3
    pub(super) artifact_location: ArtifactLocation,
    /// §3.29.4
    pub(super) region: Region,
}

/// A file (§3.4).
#[derive(Serialize)]
pub(super) struct ArtifactLocation {
    /// §3.4.3
    pub(super) uri: String,
}

/// Some characters (§3.30).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    /// §3.30.5
    pub(super) start_line: usize,
    /// §3.30.6
    pub(super) start_column: usize,
    /// §3.30.7
    pub(super) end_line: usize,
    /// §3.30.8
    pub(super) end_column: usize,
}

/// A thing that is no file (§3.33).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    /// §3.33.4
    pub(super) name: String,
    /// §3.33.5
    pub(super) fully_qualified_name: String,
    /// §3.33.7
    pub(super) kind: &'static str,
}

/// A decision to live with a finding (§3.35).
#[derive(Serialize)]
pub(super) struct Suppression {
    /// §3.35.2
    pub(super) kind: &'static str,
    /// §3.35.3
    pub(super) status: &'static str,
    /// §3.35.4
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Location>,
    /// §3.35.6
    pub(super) justification: String,
    /// §3.8
    pub(super) properties: BTreeMap<&'static str, String>,
}
