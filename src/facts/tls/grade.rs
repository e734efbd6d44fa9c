//! How norms grade the parts of TLS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What four norms say of one cipher suite or key exchange group. Looked up by its IANA name, so that a baseline can choose its norm.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Grades {
    /// The classes of the Dutch NCSC's guidelines for TLS (2025-05): appendix B for suites, where what is not listed is insufficient, §3.3.3 for groups.
    pub ncsc_nl: Grade,
    /// BSI TR-02102-2 (2026-01): `good` is recommended until 2031 or later, `sufficient` the same on the condition of encrypt-then-MAC (CBC mode), `phase-out` recommended up to a year before (DHE, 2029), `insufficient` not recommended, which need not mean insecure. Hybrids with ML-KEM are not graded here.
    pub bsi: Grade,
    /// RFC 9325 §4: `good` is recommended by §4.2 or §4.4, or what TLS 1.3 should have (RFC 8446 §9.1); `phase-out` is SHOULD NOT, with CBC mode, whatever MAC is agreed; `insufficient` is MUST NOT; `sufficient` everything else.
    pub rfc9325: Grade,
    /// NIST SP 800-52 revision 2, §3.3.1, §3.4.2 and appendix D: `good` is approved and preferred, `sufficient` approved and preferred less (CBC mode, short tags, static Diffie-Hellman, other curves and fields than P-256 and P-384), `phase-out` allowed for old peers only (static RSA), `insufficient` not approved. Hybrids with ML-KEM are younger and not graded.
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
