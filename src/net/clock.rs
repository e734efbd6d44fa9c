//! The time of day, handed in so that a test can set it.

use crate::facts::timestamp::Timestamp;
use std::time::{Instant, UNIX_EPOCH};

/// Where the time comes from. Deadlines use the monotonic clock of the runtime instead.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The clock of this host.
    System,
    /// Always the same time; nothing seems to take any.
    Fixed(Timestamp),
}

impl Clock {
    /// The time now.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "this is the one place that reads the clock"
                )]
                let now = std::time::SystemTime::now();
                let seconds = now
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |since| since.as_secs());
                Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
            }
            Self::Fixed(time) => time,
        }
    }

    /// Milliseconds since a moment of the monotonic clock; none where time stands still.
    pub fn milliseconds_since(self, start: Instant) -> u64 {
        match self {
            Self::System => u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            Self::Fixed(_) => 0,
        }
    }
}
