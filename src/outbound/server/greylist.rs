//! The greylist test: whoever writes to an address is told once to come again later, as RFC 6647 has it.

use crate::facts::outbound::Retry;
use crate::facts::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Who was told to come again.
#[derive(Debug)]
pub struct Greylist {
    /// For how many seconds.
    seconds: u64,
    first: Mutex<BTreeMap<String, Waiting>>,
}

/// The attempts on one address. There are as many entries as there are addresses.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Timestamp,
    ip: IpAddr,
    refused: u32,
    /// Whether the time is over and a message came.
    through: bool,
}

impl Greylist {
    /// Holds up for so many seconds.
    pub const fn new(seconds: u64) -> Self {
        Self {
            seconds,
            first: Mutex::new(BTreeMap::new()),
        }
    }

    /// Whether a client may write to an address now, and if so after which retries; else how many seconds are left.
    pub(super) fn ask(
        &self,
        address: &str,
        ip: IpAddr,
        now: Timestamp,
    ) -> Result<Option<Retry>, u64> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = first.entry(address.to_owned()).or_insert(Waiting {
            since: now,
            ip,
            refused: 0,
            through: false,
        });
        if waiting.through {
            return Ok(None);
        }
        let waited = now.unix().saturating_sub(waiting.since.unix());
        let waited = u64::try_from(waited).unwrap_or(0);
        if waiting.refused == 0 || waited < self.seconds {
            waiting.refused = waiting.refused.saturating_add(1);
            return Err(self.seconds.saturating_sub(waited).max(1));
        }
        Ok(Some(Retry {
            refused: waiting.refused,
            after_seconds: waited,
            same_address: waiting.ip == ip,
        }))
    }

    /// A message to the address was taken: further ones are no retries.
    pub(super) fn through(&self, address: &str) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = first.get_mut(address) {
            waiting.through = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Greylist;
    use crate::facts::outbound::Retry;
    use crate::facts::timestamp::Timestamp;
    use std::net::IpAddr;

    #[test]
    fn the_first_attempt_waits_and_the_retry_is_noted() {
        let list = Greylist::new(30);
        let (one, other): (IpAddr, IpAddr) =
            ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let at = Timestamp::from_unix;
        assert_eq!(list.ask("a", one, at(100)), Err(30));
        assert_eq!(list.ask("a", one, at(110)), Err(20));
        assert_eq!(list.ask("b", one, at(120)), Err(30));
        let retry = |after_seconds, same_address| Retry {
            refused: 2,
            after_seconds,
            same_address,
        };
        assert_eq!(list.ask("a", one, at(130)), Ok(Some(retry(30, true))));
        // No message came of it: the next one is still the retry.
        assert_eq!(list.ask("a", other, at(140)), Ok(Some(retry(40, false))));
        list.through("a");
        assert_eq!(list.ask("a", one, at(150)), Ok(None));
    }

    #[test]
    fn the_first_attempt_is_refused_even_where_no_time_is_asked_for() {
        let list = Greylist::new(0);
        let ip = "192.0.2.1".parse().unwrap();
        let now = Timestamp::from_unix(0);
        assert_eq!(list.ask("a", ip, now), Err(1));
        assert!(matches!(
            list.ask("a", ip, now),
            Ok(Some(Retry { refused: 1, .. }))
        ));
    }
}
