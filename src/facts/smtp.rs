//! One SMTP session with a mail server: greeting, capabilities, STARTTLS.

use super::observed::Observed;
use super::tls::Tls;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a mail server said, from its greeting to QUIT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmtpSession {
    /// The greeting (RFC 5321 §3.1).
    pub banner: Reply,
    /// The answer to EHLO in clear text.
    pub ehlo: Ehlo,
    /// Whether STARTTLS was offered and taken: present with the server's go-ahead, absent where it is not listed or refused for good (RFC 3207 §4).
    pub starttls: Observed<Reply>,
    /// The TLS connection; absent where the server has no STARTTLS, speaks only versions below TLS 1.2 or says by an alert that nothing on offer suits it.
    pub tls: Observed<Tls>,
    /// The answer to EHLO inside TLS (RFC 3207 §4.2: capabilities are asked anew).
    pub ehlo_tls: Observed<Ehlo>,
    /// Whether REQUIRETLS is announced inside TLS (RFC 8689 §2).
    pub requiretls: Observed<bool>,
}

/// One reply of a server (RFC 5321 §4.2), its text cut to a sensible length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The three-digit code.
    pub code: u16,
    /// The lines behind the code. Bytes that are no UTF-8 are replaced, control characters kept as they came.
    pub lines: Vec<String>,
}

/// The answer to EHLO (RFC 5321 §4.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ehlo {
    /// The whole reply.
    pub reply: Reply,
    /// Whether the server knew only HELO, which has no extensions.
    #[serde(default)]
    pub helo_only: bool,
    /// The name by which the server greets.
    pub name: String,
    /// The extensions: keyword in upper case, as announced.
    pub keywords: Vec<Keyword>,
}

impl Ehlo {
    /// Whether the extension is announced.
    pub fn offers(&self, keyword: &str) -> bool {
        self.keywords.iter().any(|known| known.keyword == keyword)
    }
}

/// One announced extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Keyword {
    /// The keyword in upper case, such as `SIZE`.
    pub keyword: String,
    /// What stands behind it.
    #[serde(default)]
    pub parameters: String,
}
