//! Politeness: one connection at a time to an address, a pause between two, and a count of all.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// The turns of a whole run; shared by everything that connects to mail servers.
#[derive(Debug)]
pub struct Pace {
    pause: Duration,
    total: AtomicU64,
    addresses: Mutex<BTreeMap<IpAddr, Arc<Address>>>,
}

#[derive(Debug, Default)]
struct Address {
    connections: AtomicU64,
    /// When the last connection ended. Held locked while one is open.
    ended: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

/// The right to be connected to one address. The next waits until it is dropped.
#[derive(Debug)]
pub struct Turn {
    ended: OwnedMutexGuard<Option<Instant>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.ended = Some(Instant::now());
    }
}

impl Pace {
    /// At least this long lies between the end of one connection to an address and the start of the next.
    pub fn new(pause: Duration) -> Self {
        Self {
            pause,
            total: AtomicU64::new(0),
            addresses: Mutex::default(),
        }
    }

    /// Waits until nothing else is connected to the address and the pause is over, and counts the connection.
    pub async fn turn(&self, ip: IpAddr) -> Turn {
        let address = self.address(ip);
        let ended = Arc::clone(&address.ended).lock_owned().await;
        if let Some(last) = *ended {
            tokio::time::sleep_until(last + self.pause).await;
        }
        address.connections.fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(1, Ordering::Relaxed);
        Turn { ended }
    }

    /// How many connections to the address were begun.
    pub fn connections(&self, ip: IpAddr) -> u64 {
        let addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses
            .get(&ip)
            .map_or(0, |address| address.connections.load(Ordering::Relaxed))
    }

    /// How many connections were begun in all.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    fn address(&self, ip: IpAddr) -> Arc<Address> {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(addresses.entry(ip).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test]
    async fn one_connection_at_a_time_and_a_pause_between_two() {
        let pause = Duration::from_millis(40);
        let pace = Arc::new(Pace::new(pause));
        let first = pace.turn(IP).await;
        let mut second = Box::pin(pace.turn(IP));
        assert!((&mut second).now_or_never().is_none());
        tokio::time::sleep(pause).await;
        assert!((&mut second).now_or_never().is_none());
        let ended = Instant::now();
        drop(first);
        drop(second.await);
        // Never too early; how much later is the scheduler's business.
        assert!(ended.elapsed() >= pause);
    }

    #[tokio::test]
    async fn another_address_does_not_wait() {
        let pace = Pace::new(Duration::from_hours(1));
        let _first = pace.turn(IP).await;
        assert!(pace.turn(OTHER).now_or_never().is_some());
    }

    #[tokio::test]
    async fn connections_are_counted_by_address_and_in_all() {
        let pace = Pace::new(Duration::ZERO);
        for ip in [IP, IP, OTHER] {
            drop(pace.turn(ip).await);
        }
        assert_eq!(pace.connections(IP), 2);
        assert_eq!(pace.connections(OTHER), 1);
        assert_eq!(pace.connections(IpAddr::from([192, 0, 2, 3])), 0);
        assert_eq!(pace.total(), 3);
    }
}
