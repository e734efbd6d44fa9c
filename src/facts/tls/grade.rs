//! How norms grade the parts of TLS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What four norms say of one cipher suite or key exchange group. Looked up by its IANA name, so that a baseline can choose its norm.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Grades {
    /// The classes of the Dutch NCSC's guidelines for TLS (2025-05), §3.3 and appendix B.
    pub ncsc_nl: Grade,
    /// BSI TR-02102-2 (2026-01): `good` is recommended, `phase-out` recommended up to a year that it names, `insufficient` everything else.
    pub bsi: Grade,
    /// RFC 9325 §4: `good` is recommended by §4.2, `phase-out` is SHOULD NOT, `insufficient` is MUST NOT, `sufficient` everything else.
    pub rfc9325: Grade,
    /// NIST SP 800-52 revision 2, §3.3.1 and appendix D: `good` is approved, `phase-out` allowed for old peers only, `insufficient` everything else.
    pub nist: Grade,
}

/// A class, the better the greater.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Not to be used.
    Insufficient,
    /// Known to be weakening: to be taken away when peers allow it.
    PhaseOut,
    /// Secure enough.
    Sufficient,
    /// Secure, also in years to come.
    Good,
    /// The norm does not speak of it, or what it is called is not known here.
    #[default]
    Ungraded,
}
