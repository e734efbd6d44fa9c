//! Which posture is served at which addresses, read from what the user writes.

use super::ProbesError;
use crate::facts::outbound::enforcement::Posture;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most addresses that a range may stand for: more than there are postures, so that it is told what is wrong.
const LONGEST_RANGE: u32 = 256;

/// The addresses of each posture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(BTreeMap<Posture, Vec<IpAddr>>);

impl Addresses {
    /// Reads a list. An address or a range goes to the next postures in their order, those of each family for
    /// themselves; `POSTURE=ADDRESS` goes where it says.
    ///
    /// A range ends in the last number of an address, such as `192.0.2.10-18` or `2001:db8::10-18`.
    pub fn read(items: &[String]) -> Result<Self, ProbesError> {
        let mut places: BTreeMap<Posture, Vec<IpAddr>> = BTreeMap::new();
        let (mut fours, mut sixes) = (Posture::ALL.into_iter(), Posture::ALL.into_iter());
        for item in items.iter().map(|item| item.trim()) {
            if let Some((name, address)) = item.split_once('=') {
                let posture = posture(name)?;
                let address = address.parse().map_err(|_| wrong(item))?;
                places.entry(posture).or_default().push(address);
                continue;
            }
            for address in range(item).ok_or_else(|| wrong(item))? {
                let next = if address.is_ipv4() {
                    fours.next()
                } else {
                    sixes.next()
                };
                let posture = next.ok_or_else(|| ProbesError::TooMany(item.to_owned()))?;
                places.entry(posture).or_default().push(address);
            }
        }
        let mut seen = BTreeSet::new();
        for address in places.values().flatten() {
            if !seen.insert(*address) {
                return Err(ProbesError::Twice(*address));
            }
        }
        if places.contains_key(&Posture::Good) {
            Ok(Self(places))
        } else {
            Err(ProbesError::NoControl)
        }
    }

    /// The addresses of a posture; none where it is left out.
    pub fn of(&self, posture: Posture) -> &[IpAddr] {
        self.0.get(&posture).map_or(&[], Vec::as_slice)
    }
}

fn wrong(item: &str) -> ProbesError {
    ProbesError::Address(item.to_owned())
}

/// A posture by its name.
fn posture(name: &str) -> Result<Posture, ProbesError> {
    let mut all = Posture::ALL.into_iter();
    all.find(|posture| posture.as_str() == name.trim())
        .ok_or_else(|| ProbesError::Posture(name.trim().to_owned()))
}

/// One address, or several that follow each other.
fn range(item: &str) -> Option<Vec<IpAddr>> {
    let Some((first, last)) = item.split_once('-') else {
        return Some(vec![item.parse().ok()?]);
    };
    match first.parse().ok()? {
        IpAddr::V4(first) => {
            let [.., from] = first.octets();
            let until: u8 = last.parse().ok()?;
            let count = span(from.into(), until.into())?;
            let base = u32::from(first);
            Some(
                (0..count)
                    .map(|more| Ipv4Addr::from(base + more).into())
                    .collect(),
            )
        }
        IpAddr::V6(first) => {
            let [.., from] = first.segments();
            let until = u16::from_str_radix(last, 16).ok()?;
            let count = span(from.into(), until.into())?;
            let base = u128::from(first);
            let next = |more: u32| Ipv6Addr::from(base + u128::from(more)).into();
            Some((0..count).map(next).collect())
        }
    }
}

/// How many numbers there are from one to another; nothing where that is backwards or too many.
fn span(from: u32, until: u32) -> Option<u32> {
    let count = until.checked_sub(from)? + 1;
    (count <= LONGEST_RANGE).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Addresses, ProbesError> {
        let items: Vec<String> = text.split(',').map(str::to_owned).collect();
        Addresses::read(&items)
    }

    #[test]
    fn addresses_go_to_postures_in_order_and_by_name() {
        let all = read("192.0.2.10-18").unwrap();
        assert_eq!(
            all.of(Posture::Good),
            ["192.0.2.10".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(
            all.of(Posture::MtaStsMismatch),
            ["192.0.2.18".parse::<IpAddr>().unwrap()]
        );
        let both = read("192.0.2.1,192.0.2.9,2001:db8::f-11").unwrap();
        assert_eq!(both.of(Posture::SelfSigned).len(), 2);
        assert_eq!(
            both.of(Posture::WrongName),
            ["2001:db8::11".parse::<IpAddr>().unwrap()]
        );
        let named = read("good=127.0.0.1,dane-mismatch=127.0.0.2").unwrap();
        assert_eq!(named.of(Posture::DaneMismatch).len(), 1);
        assert!(named.of(Posture::Expired).is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in [
            "",
            "mx.example.net",
            "192.0.2.1-",
            "192.0.2.9-1",
            "192.0.2.1-11",
            "192.0.2.250-300",
            "192.0.2.1-9,192.0.2.10",
            "192.0.2.1,192.0.2.1",
            "good=192.0.2.1,good=192.0.2.1",
            "best=192.0.2.1",
            "good=x",
            "dane-valid=192.0.2.1",
            "2001:db8::1-zz",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
