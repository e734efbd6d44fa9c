//! Present, absent or unknown: the three states of everything that is looked up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One observation. *Absent* was proven by an answer; *unknown* means that no answer settled it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
#[schemars(rename = "ObservationOf{T}")]
pub enum Observed<T> {
    /// It was seen.
    Present {
        /// What was seen.
        value: T,
    },
    /// An answer said that it is not there.
    Absent {
        /// What kind of answer said so.
        proof: Proof,
        /// The answer in words, where the proof alone does not say enough.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// Nothing that was heard settles whether it is there.
    Unknown {
        /// Why it is not known.
        cause: Cause,
        /// The cause in words, with the peer's own text where it gave one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
}

impl<T> Observed<T> {
    /// It was seen.
    pub const fn present(value: T) -> Self {
        Self::Present { value }
    }

    /// An answer of this kind said that it is not there.
    pub const fn absent(proof: Proof) -> Self {
        Self::Absent {
            proof,
            detail: String::new(),
        }
    }

    /// Not settled, for this cause.
    pub fn unknown(cause: Cause, detail: impl Into<String>) -> Self {
        Self::Unknown {
            cause,
            detail: detail.into(),
        }
    }

    /// Not looked at, as far as an older document says.
    pub fn unobserved() -> Self {
        Self::unknown(Cause::NotAttempted, "")
    }

    /// The value, where there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Present { value } => Some(value),
            Self::Absent { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Whether the observation was settled by absence.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    /// Whether nothing settled the observation.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// The same state about something made of the value.
    pub fn map<U>(&self, make: impl FnOnce(&T) -> U) -> Observed<U> {
        self.and_then(|value| Observed::present(make(value)))
    }

    /// The observation that the value leads to; absence and ignorance stay as they are.
    pub fn and_then<U>(&self, lead: impl FnOnce(&T) -> Observed<U>) -> Observed<U> {
        match self {
            Self::Present { value } => lead(value),
            Self::Absent { proof, detail } => Observed::Absent {
                proof: *proof,
                detail: detail.clone(),
            },
            Self::Unknown { cause, detail } => Observed::Unknown {
                cause: *cause,
                detail: detail.clone(),
            },
        }
    }
}

/// What kind of answer proved an absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The name does not exist (RCODE 3, RFC 8020).
    Nxdomain,
    /// The name exists without a record of this type (RFC 2308 §2.2).
    NoData,
    /// Records of this type exist, but none is of this kind.
    NoSuchRecord,
    /// The name has a null MX (RFC 7505) or nothing to look at: the question does not arise.
    NoSubject,
    /// The server's EHLO reply does not list it (RFC 5321 §4.1.1.1).
    NotOffered,
    /// The server answered the command with a permanent error (5yz, RFC 5321 §4.2.1).
    Rejected,
    /// The server speaks only protocol versions below TLS 1.2 (RFC 8996).
    TlsVersion,
    /// The server ended the TLS handshake with an alert that says that it will not or cannot (RFC 8446 §6).
    TlsAlert,
    /// The server closed the connection in answer to this greeting of TLS, and took another one just before.
    TlsClosed,
    /// The host closed the port (TCP RST): it is there, and takes no mail.
    ConnectionRefused,
    /// The web server answered with another status than 200 (RFC 8461 §3.3: redirects are not followed).
    HttpStatus,
    /// The certificate does not authenticate the host, so a sender must not use the answer (RFC 8461 §3.3).
    Certificate,
    /// An answer came, but not in the form that its standard asks for.
    Malformed,
    /// The message did not come in the time that was given to it, though the one that it is compared with did.
    NotArrived,
}

/// Why something is not known.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// No answer came in time.
    Timeout,
    /// The resolver answered SERVFAIL (RCODE 2), and not because of DNSSEC.
    Servfail,
    /// The resolver refused to answer (RCODE 5) or gave another error code.
    Refused,
    /// The answer does not validate (RFC 4035 §5): no validating sender gets to see it.
    Bogus,
    /// The answer could not be read as a DNS message.
    MalformedAnswer,
    /// The host closed the port to us (TCP RST).
    ConnectionRefused,
    /// No TCP connection came about in time.
    ConnectionTimeout,
    /// The connection ended in the middle of the dialogue.
    ConnectionClosed,
    /// This host has no route to that address family or network.
    NetworkUnreachable,
    /// The server said "not now" (4yz, RFC 5321 §4.2.1).
    SmtpTransient,
    /// The server turned this client away (5yz) before the question could be put.
    SmtpPermanent,
    /// What the server said is no SMTP (RFC 5321 §4.2).
    SmtpProtocol,
    /// The TLS handshake ended with an alert (RFC 8446 §6).
    TlsAlert,
    /// The TLS handshake failed otherwise.
    TlsProtocol,
    /// What the web server said is no HTTP (RFC 9112).
    HttpProtocol,
    /// The web server failed (5xx, RFC 9110 §15.6).
    HttpServerError,
    /// From this vantage point nothing on port 25 can be reached.
    BlockedEgress,
    /// A limit of size, time or number of this tool ended the observation.
    LimitReached,
    /// What would have been looked at could not be determined.
    Unresolved,
    /// Not looked at: the chosen depth or the options leave it out.
    NotAttempted,
    /// Nothing that could be asked from outside settles it.
    NotObservable,
}

impl Cause {
    /// The name under which the cause stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Servfail => "servfail",
            Self::Refused => "refused",
            Self::Bogus => "bogus",
            Self::MalformedAnswer => "malformed-answer",
            Self::ConnectionRefused => "connection-refused",
            Self::ConnectionTimeout => "connection-timeout",
            Self::ConnectionClosed => "connection-closed",
            Self::NetworkUnreachable => "network-unreachable",
            Self::SmtpTransient => "smtp-transient",
            Self::SmtpPermanent => "smtp-permanent",
            Self::SmtpProtocol => "smtp-protocol",
            Self::TlsAlert => "tls-alert",
            Self::TlsProtocol => "tls-protocol",
            Self::HttpProtocol => "http-protocol",
            Self::HttpServerError => "http-server-error",
            Self::BlockedEgress => "blocked-egress",
            Self::LimitReached => "limit-reached",
            Self::Unresolved => "unresolved",
            Self::NotAttempted => "not-attempted",
            Self::NotObservable => "not-observable",
        }
    }
}
