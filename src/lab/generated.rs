//! Signed zones made at random from a seed, sound and broken, so that validators can be held against each other.

use super::setup::{Algorithm, Damage, Data, Delegation, Denial, Kind, Period, Setup};
use std::net::Ipv4Addr;

/// One generated zone and what to ask about it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The name of the zone.
    pub domain: String,
    /// How it is signed and what is wrong with it, in a few words.
    pub made_of: String,
    /// Names and record types to ask.
    pub questions: Vec<(String, &'static str)>,
}

/// Numbers that follow from a seed alone (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let count = u64::try_from(choices.len())
            .ok()
            .filter(|count| *count > 0)?;
        let at = usize::try_from(self.throw() % count).ok()?;
        choices.get(at).copied()
    }

    fn yes(&mut self) -> bool {
        self.throw() & 1 == 1
    }
}

/// What is wrong with a generated zone.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Unsigned,
    Time(Period),
    Above(Delegation),
    Spoilt(Damage),
}

const FAULTS: &[Fault] = &[
    Fault::None,
    Fault::None,
    Fault::None,
    Fault::None,
    Fault::None,
    Fault::None,
    Fault::Unsigned,
    Fault::Time(Period::Over),
    Fault::Time(Period::NotYet),
    Fault::Time(Period::Ending),
    Fault::Above(Delegation::Missing),
    Fault::Above(Delegation::Mismatched),
    Fault::Above(Delegation::Sha1),
    Fault::Above(Delegation::OtherAlgorithm),
    Fault::Above(Delegation::OtherDigest),
    Fault::Spoilt(Damage::Signature(Kind::Mx)),
    Fault::Spoilt(Damage::Signature(Kind::Txt)),
    Fault::Spoilt(Damage::Unsigned(Kind::Mx)),
    Fault::Spoilt(Damage::Unsigned(Kind::Txt)),
    Fault::Spoilt(Damage::Denial),
];

const ALGORITHMS: &[Algorithm] = &[
    Algorithm::P256,
    Algorithm::P384,
    Algorithm::Ed25519,
    Algorithm::Rsa,
];

/// Around the limits at which validators give up (RFC 9276 §3.2).
const ITERATIONS: &[u16] = &[0, 0, 0, 1, 10, 100, 101, 150, 151, 500];

const SALTS: &[&[u8]] = &[&[], &[], &[0x5a], &[1, 2, 3, 4, 5, 6, 7, 8]];

/// So many zones below `test`, each with a signed and an unsigned zone below it, and what to ask about each.
pub(crate) fn zones(seed: u64, count: usize) -> (Vec<Setup>, Vec<Generated>) {
    let mut dice = Dice(seed);
    let mut setups = Vec::new();
    let mut generated = Vec::new();
    for number in 0..count {
        let domain = format!("generated-{number}.test");
        let before = format!("generated-{}.test", number.saturating_sub(1));
        let (zone, made_of) = zone(&domain, &before, &mut dice);
        setups.push(zone);
        for (front, signed) in [("signed", true), ("open", false)] {
            let mut below = Setup::bare(&format!("{front}.{domain}"), 0);
            below.push("@", Data::A(ADDRESS));
            if !signed {
                below.signing = None;
            }
            setups.push(below);
        }
        generated.push(Generated {
            questions: questions(&domain),
            domain,
            made_of,
        });
    }
    (setups, generated)
}

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 77);

fn zone(domain: &str, before: &str, dice: &mut Dice) -> (Setup, String) {
    let mut zone = Setup::bare(domain, 0);
    zone.push("@", Data::Mx(10, format!("host.{domain}.")));
    zone.txt("@", "v=spf1 -all");
    zone.push("host", Data::A(ADDRESS));
    zone.push("deep.ent", Data::A(ADDRESS));
    zone.push("*.sub", Data::A(ADDRESS));
    if dice.yes() {
        zone.txt("*", "by wildcard");
    }
    for (alias, target) in [
        ("first", "second"),
        ("second", "host"),
        ("expanded", "anything.sub"),
        ("dangling", "nowhere.deep.ent"),
        ("unsigned", "open"),
    ] {
        zone.cname(alias, target);
    }
    zone.cname("across", &format!("host.{before}."));
    let denial = denial(dice);
    let algorithm = dice.one_of(ALGORITHMS).unwrap_or(Algorithm::P256);
    let fault = dice.one_of(FAULTS).unwrap_or(Fault::None);
    if let Some(signing) = &mut zone.signing {
        signing.algorithm = algorithm;
        signing.denial = denial;
        match fault {
            Fault::Time(period) => signing.period = period,
            Fault::Above(delegation) => signing.delegation = delegation,
            Fault::Spoilt(damage) => zone.damage = Some(damage),
            Fault::None | Fault::Unsigned => {}
        }
    }
    if matches!(fault, Fault::Unsigned) {
        zone.signing = None;
    }
    (zone, format!("{algorithm:?}, {denial:?}, {fault:?}"))
}

fn denial(dice: &mut Dice) -> Denial {
    if dice.yes() {
        return Denial::Nsec;
    }
    Denial::Nsec3 {
        iterations: dice.one_of(ITERATIONS).unwrap_or(0),
        salt: dice.one_of(SALTS).unwrap_or(&[]),
        opt_out: dice.yes(),
    }
}

/// Names that are there, are not there, stand behind aliases, wildcards and zone cuts.
fn questions(domain: &str) -> Vec<(String, &'static str)> {
    let below = [
        ("host", "A"),
        ("host", "AAAA"),
        ("gone", "A"),
        ("gone", "TXT"),
        ("a.b.gone", "TXT"),
        ("ent", "A"),
        ("gone.ent", "A"),
        ("deep.ent", "A"),
        ("x.sub", "A"),
        ("x.sub", "MX"),
        ("x.y.sub", "A"),
        ("first", "A"),
        ("first", "AAAA"),
        ("expanded", "A"),
        ("dangling", "A"),
        ("unsigned", "A"),
        ("across", "A"),
        ("signed", "A"),
        ("signed", "MX"),
        ("signed", "DS"),
        ("gone.signed", "A"),
        ("open", "A"),
        ("open", "DS"),
        ("gone.open", "A"),
    ];
    let own = ["SOA", "MX", "TXT", "AAAA", "DNSKEY", "DS"];
    let own = own.map(|rtype| (domain.to_owned(), rtype));
    let below = below.map(|(front, rtype)| (format!("{front}.{domain}"), rtype));
    own.into_iter().chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_zones_and_another_makes_others() {
        let told = |seed| -> Vec<String> {
            let (_, generated) = zones(seed, 30);
            generated.into_iter().map(|zone| zone.made_of).collect()
        };
        assert_eq!(told(1), told(1));
        assert_ne!(told(1), told(2));
    }

    #[test]
    fn enough_zones_show_every_fault() {
        let (setups, generated) = zones(7, 300);
        assert_eq!((setups.len(), generated.len()), (900, 300));
        for fault in FAULTS {
            let end = format!("{fault:?}");
            assert!(
                generated.iter().any(|zone| zone.made_of.ends_with(&end)),
                "{end}"
            );
        }
    }
}
