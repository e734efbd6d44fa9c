//! What a provider does when it delivers: the SMTP server that takes its messages, the mail servers that are faulty
//! on purpose, and the analysis of one message.

pub mod analyse;
pub mod probes;
pub mod reports;
pub mod server;

use crate::facts::observed::Observed;
use crate::facts::outbound::{Connection, Witness};
use crate::facts::timestamp::Timestamp;

/// A message and what is known of how it came, before it is analysed.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The message as it was received: header section, empty line and body, lines ended by CRLF.
    pub raw: Vec<u8>,
    /// Whose word the rest is.
    pub witness: Witness,
    /// The host that recorded the connection; empty where nobody did.
    pub witness_host: String,
    /// When the message was taken.
    pub received: Observed<Timestamp>,
    /// The connection; its `reverse` is looked up by the analysis.
    pub connection: Connection,
    /// The reverse-path of MAIL FROM without angle brackets; empty where it is null.
    pub mail_from: Observed<String>,
}
