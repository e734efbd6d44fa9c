//! What the answer to a hello says of what was offered.

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::TlsVersion;
use crate::net::tcp::Failure;
use crate::net::tls::hello::{ClientHello, End, Flight};
use crate::net::tls::names;

/// What a server makes of a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It takes the version and chose of what was offered.
    Accepted(Box<Flight>),
    /// It answered with an older version.
    Older(TlsVersion, Box<Flight>),
    /// It will not or cannot.
    Refused(Proof, String),
    /// It closed the connection, which is a refusal if it understands TLS at all.
    Closed,
    /// Nothing is settled.
    Unsettled(Cause, String),
}

impl Verdict {
    /// Judges the answer to a hello.
    pub(super) fn of(hello: &ClientHello, heard: Result<Flight, Failure>) -> Self {
        match heard {
            Ok(flight) => answered(hello, flight),
            Err(Failure::Unknown { cause, detail }) => Self::Unsettled(cause, detail),
            // It was offered a moment ago.
            Err(Failure::Absent { detail, .. }) => {
                let detail = format!("STARTTLS was not to be had this time: {detail}");
                Self::Unsettled(Cause::SmtpProtocol, detail)
            }
        }
    }

    /// The verdict as an observation of a flight. `taken` says whether the server ever answered to TLS in TLS.
    pub(super) fn observed(&self, taken: bool) -> Observed<&Flight> {
        match self {
            Self::Accepted(flight) => Observed::present(flight),
            Self::Older(version, _) => Observed::Absent {
                proof: Proof::TlsVersion,
                detail: answers_with(*version),
            },
            Self::Refused(proof, detail) => Observed::Absent {
                proof: *proof,
                detail: detail.clone(),
            },
            Self::Closed if taken => Observed::absent(Proof::TlsClosed),
            Self::Closed => Observed::unknown(
                Cause::ConnectionClosed,
                "the server closed the connection, and answered no other hello",
            ),
            Self::Unsettled(cause, detail) => Observed::unknown(*cause, detail.clone()),
        }
    }
}

/// Words for an answer with another version.
pub(super) fn answers_with(version: TlsVersion) -> String {
    format!("the server answered with {}", label(version))
}

/// The name of a version, as it stands in facts.
pub(super) const fn label(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::Ssl30 => "SSLv3",
        TlsVersion::Tls10 => "TLSv1.0",
        TlsVersion::Tls11 => "TLSv1.1",
        TlsVersion::Tls12 => "TLSv1.2",
        TlsVersion::Tls13 => "TLSv1.3",
    }
}

fn answered(hello: &ClientHello, flight: Flight) -> Verdict {
    if let Some(chosen) = &flight.hello {
        let Some(version) = chosen.version else {
            let detail = "the server answered with a version that does not exist";
            return Verdict::Unsettled(Cause::TlsProtocol, detail.to_owned());
        };
        if version > hello.version {
            let detail = format!("{}, which was not offered", answers_with(version));
            return Verdict::Unsettled(Cause::TlsProtocol, detail);
        }
        if !hello.suites.contains(&chosen.suite) {
            let suite = names::suite(chosen.suite);
            let detail = format!("the server chose {suite}, which was not offered");
            return Verdict::Unsettled(Cause::TlsProtocol, detail);
        }
        if flight.end != End::Whole {
            return broken_off(&flight.end);
        }
        return if version == hello.version {
            Verdict::Accepted(Box::new(flight))
        } else {
            Verdict::Older(version, Box::new(flight))
        };
    }
    ended(&flight.end)
}

/// A flight that began well and did not come to its end: what the server would agree on is not known.
fn broken_off(end: &End) -> Verdict {
    match ended(end) {
        Verdict::Unsettled(cause, detail) => Verdict::Unsettled(cause, detail),
        Verdict::Closed => {
            let detail = "the server closed the connection in the middle of its flight";
            Verdict::Unsettled(Cause::ConnectionClosed, detail.to_owned())
        }
        Verdict::Accepted(_) | Verdict::Older(..) | Verdict::Refused(..) => {
            let detail = "the server broke its flight off with an alert";
            Verdict::Unsettled(Cause::TlsAlert, detail.to_owned())
        }
    }
}

fn ended(end: &End) -> Verdict {
    match end {
        End::Alert(alert) => alerted(*alert),
        End::Closed => Verdict::Closed,
        End::TimedOut => {
            let detail = "the server said nothing to this hello in time";
            Verdict::Unsettled(Cause::Timeout, detail.to_owned())
        }
        End::TooLong => {
            let detail = "the server sent more than a first flight may have";
            Verdict::Unsettled(Cause::LimitReached, detail.to_owned())
        }
        End::Malformed(words) => {
            Verdict::Unsettled(Cause::TlsProtocol, format!("the server sent {words}"))
        }
        End::Whole => {
            let detail = "the flight of the server has no hello";
            Verdict::Unsettled(Cause::TlsProtocol, detail.to_owned())
        }
    }
}

/// RFC 8446 §6, RFC 5246 §7.2.2, RFC 7507 §3. Alerts about the server's own trouble say nothing of what was offered.
fn alerted(alert: u8) -> Verdict {
    let name = names::alert(alert);
    match alert {
        70 => {
            let detail = format!("the server answered with the alert {name}");
            Verdict::Refused(Proof::TlsVersion, detail)
        }
        // handshake_failure, illegal_parameter, insufficient_security, inappropriate_fallback, missing_extension,
        // unsupported_extension.
        40 | 47 | 71 | 86 | 109 | 110 => Verdict::Refused(Proof::TlsAlert, name),
        _ => Verdict::Unsettled(Cause::TlsAlert, name),
    }
}
