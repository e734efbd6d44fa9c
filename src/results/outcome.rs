//! How a requirement came out, how binding it is, and how grave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How one requirement came out at one target. In falling order of what a reader wants to see first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It does not hold.
    Fail,
    /// The rule broke; nothing is said of the target.
    Error,
    /// The facts that would settle it are not known.
    Unknown,
    /// It can't be seen from outside: somebody has to look.
    Manual,
    /// It does not hold, and somebody answers for that until a date.
    Waived,
    /// It holds.
    Pass,
    /// It does not apply to this target.
    NotApplicable,
}

impl Outcome {
    /// All outcomes, in the order in which they are counted and shown.
    pub const ALL: [Self; 7] = [
        Self::Fail,
        Self::Error,
        Self::Unknown,
        Self::Manual,
        Self::Waived,
        Self::Pass,
        Self::NotApplicable,
    ];

    /// The name under which the outcome stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Unknown => "unknown",
            Self::Manual => "manual",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// How binding a requirement is (RFC 2119).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Required.
    Must,
    /// Forbidden.
    MustNot,
    /// Recommended.
    Should,
    /// Not recommended.
    ShouldNot,
    /// Optional.
    May,
}

impl Level {
    /// The name under which the level stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must-not",
            Self::Should => "should",
            Self::ShouldNot => "should-not",
            Self::May => "may",
        }
    }

    /// The level without its negation: what a gate compares with.
    #[must_use]
    pub const fn strength(self) -> Self {
        match self {
            Self::Must | Self::MustNot => Self::Must,
            Self::Should | Self::ShouldNot => Self::Should,
            Self::May => Self::May,
        }
    }

    /// Whether the requirement is that the rule does *not* hold.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::MustNot | Self::ShouldNot)
    }
}

/// How grave it is when a requirement does not hold. Graver is greater.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A blemish.
    Low,
    /// A weakness.
    Medium,
    /// An open door.
    High,
    /// An open door that is being used.
    Critical,
}

impl Severity {
    /// The name under which the severity stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
