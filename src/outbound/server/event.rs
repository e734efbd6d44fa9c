//! What a server tells whoever runs it.

use crate::facts::outbound::enforcement::{Attempt, Posture};
use crate::outbound::Delivered;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message was taken. It is in the spool until [`super::Spool::done`] is told its name.
    Accepted(Box<Accepted>),
    /// A connection to a probe ended. There is one for each that was served, also where it brought messages, and it
    /// comes behind these.
    Attempted {
        /// How the server of the probe is set up.
        posture: Posture,
        /// How far the connection came.
        attempt: Box<Attempt>,
        /// The name that the client gave in EHLO, as it came; empty where it gave none.
        ehlo: String,
    },
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its name in the spool.
    pub id: String,
    /// The test address that it was for, in lower case.
    pub address: String,
    /// How the server that took it is set up; none at the main one.
    pub posture: Option<Posture>,
    /// The message and how it came.
    pub delivered: Delivered,
}
