//! The parts of an OCSF compliance finding that waxseal fills, by the names of the schema.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A number of an OCSF vocabulary, and its caption.
pub(super) type Word = (u8, &'static str);

/// The event, in the order in which a person wants to read it.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    pub(super) time: i64,
    pub(super) message: String,
    pub(super) activity_id: u8,
    pub(super) activity_name: &'static str,
    pub(super) category_uid: u8,
    pub(super) category_name: &'static str,
    pub(super) class_uid: u16,
    pub(super) class_name: &'static str,
    pub(super) type_uid: u32,
    pub(super) type_name: String,
    pub(super) severity_id: u8,
    pub(super) severity: &'static str,
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    pub(super) status_code: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) status_detail: String,
    pub(super) start_time: i64,
    pub(super) end_time: i64,
    pub(super) timezone_offset: i8,
    pub(super) finding_info: FindingInfo,
    pub(super) compliance: Compliance,
    pub(super) resources: [Resource; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remediation: Option<Remediation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) evidences: Vec<Evidence>,
    pub(super) metadata: Metadata,
    pub(super) unmapped: Unmapped,
}

/// `finding_info`: which finding it is, over runs.
#[derive(Debug, Serialize)]
pub(super) struct FindingInfo {
    pub(super) uid: String,
    pub(super) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) desc: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) types: Vec<String>,
    pub(super) analytic: Analytic,
}

/// `analytic`: the rule that found it.
#[derive(Debug, Serialize)]
pub(super) struct Analytic {
    pub(super) uid: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) type_id: u8,
}

/// `compliance`: which requirement, and how it came out.
#[derive(Debug, Serialize)]
pub(super) struct Compliance {
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    pub(super) status_code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) status_details: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) standards: Vec<String>,
    pub(super) requirements: Vec<String>,
    pub(super) control: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) control_parameters: Vec<Pair>,
    pub(super) desc: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) category: String,
    pub(super) checks: [Check; 1],
}

/// `checks`: the rule as it was asked.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) status_id: u8,
    pub(super) status: &'static str,
    pub(super) severity_id: u8,
    pub(super) severity: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) standards: Vec<String>,
}

/// `key_value_object`.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

/// `resource_details`: what the finding is about.
#[derive(Debug, Serialize)]
pub(super) struct Resource {
    pub(super) uid: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
}

/// `remediation`.
#[derive(Debug, Serialize)]
pub(super) struct Remediation {
    pub(super) desc: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<String>,
}

/// `evidences`: one fact.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub(super) data: Fact,
}

/// A fact, where it stands and what it was.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) pointer: String,
    pub(super) value: Value,
}

/// `metadata`.
#[derive(Debug, Serialize)]
pub(super) struct Metadata {
    pub(super) version: &'static str,
    pub(super) uid: Uuid,
    pub(super) product: Product,
    pub(super) log_name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Pair>,
}

/// `product`.
#[derive(Debug, Serialize)]
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) vendor_name: &'static str,
    pub(super) version: String,
}

/// What the schema has no place for.
#[derive(Debug, Serialize)]
pub(super) struct Unmapped {
    pub(super) waxseal: BTreeMap<&'static str, Value>,
}
