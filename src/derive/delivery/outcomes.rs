//! What may come of mail: a set, since not everything is known, and how sets come together.

use crate::facts::delivery::DeliveryEffect;

/// The outcomes that are possible. One that is alone is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcomes(u8);

// From the best to the worst: a later bit is a greater number.
const BITS: [Outcomes; 4] = [
    Outcomes::AUTHENTICATED,
    Outcomes::ENCRYPTED,
    Outcomes::CLEAR,
    Outcomes::NONE,
];

impl Outcomes {
    /// Delivered encrypted, and to no other server than the right one.
    pub(super) const AUTHENTICATED: Self = Self(1);
    /// Delivered encrypted.
    pub(super) const ENCRYPTED: Self = Self(2);
    /// Delivered in clear text.
    pub(super) const CLEAR: Self = Self(4);
    /// Not delivered here.
    pub(super) const NONE: Self = Self(8);
    const NOTHING: Self = Self(0);

    /// Either what is in this set or what is in that one.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in this set is in that one.
    const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether mail is certainly delivered here.
    pub(super) const fn delivers(self) -> bool {
        self.0 & Self::NONE.0 == 0
    }

    /// Whether mail is certainly not delivered here.
    pub(super) const fn refuses(self) -> bool {
        self.0 == Self::NONE.0
    }

    fn members(self) -> impl Iterator<Item = Self> {
        BITS.into_iter().filter(move |bit| bit.within(self))
    }

    /// What comes of two places of the same rank: a sender may pick either, and takes the other where it
    /// does not deliver at the first. The worse of those that deliver counts.
    pub(super) fn beside(self, other: Self) -> Self {
        let mut all = Self::NOTHING;
        for mine in self.members() {
            for theirs in other.members() {
                all = all.or(match (mine, theirs) {
                    (Self::NONE, it) | (it, Self::NONE) => it,
                    (one, two) => Self(one.0.max(two.0)),
                });
            }
        }
        all
    }

    /// What comes of it where two conditions have to hold: delivered where both let it, as well as the better one asks.
    pub(super) fn under_both(self, other: Self) -> Self {
        let mut all = Self::NOTHING;
        for mine in self.members() {
            for theirs in other.members() {
                let refused = mine == Self::NONE || theirs == Self::NONE;
                let better = Self(mine.0.min(theirs.0));
                all = all.or(if refused { Self::NONE } else { better });
            }
        }
        all
    }

    /// What comes of a place and the next that a sender tries only where it does not deliver at the first.
    pub(super) const fn before(self, next: Self) -> Self {
        if self.delivers() {
            self
        } else {
            Self(self.0 & !Self::NONE.0).or(next)
        }
    }

    /// The effect, where it is certain.
    pub(super) const fn effect(self) -> DeliveryEffect {
        match self {
            Self::AUTHENTICATED => DeliveryEffect::EncryptedAndAuthenticated,
            Self::ENCRYPTED => DeliveryEffect::Encrypted,
            Self::CLEAR => DeliveryEffect::Clear,
            Self::NONE => DeliveryEffect::Defers,
            Self(_) => DeliveryEffect::Unknown,
        }
    }
}

/// A place where a sender may deliver: an address of a server, or a server.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its address or name.
    pub(super) name: String,
    /// What may come of mail there.
    pub(super) outcomes: Outcomes,
    /// Why.
    pub(super) reason: String,
}

/// What comes of several places, by their rank, and why. Places that nobody gets to are not spoken of.
pub(super) fn weigh(ranks: &[Vec<Place>]) -> (Outcomes, String) {
    let mut outcomes = Outcomes::NONE;
    let mut tried: Vec<&Place> = Vec::new();
    for rank in ranks {
        let here = rank
            .iter()
            .fold(Outcomes::NONE, |all, place| all.beside(place.outcomes));
        outcomes = outcomes.before(here);
        tried.extend(rank);
        if outcomes.delivers() {
            break;
        }
    }
    (outcomes, told(outcomes, &tried))
}

/// The reasons, each once with the places that it holds for; alone where it holds for all.
fn told(outcomes: Outcomes, tried: &[&Place]) -> String {
    let mut reasons: Vec<(Vec<&str>, String)> = Vec::new();
    for place in tried {
        let reason = if place.outcomes.refuses() && !outcomes.refuses() {
            format!("passed over: {}", place.reason)
        } else {
            place.reason.clone()
        };
        match reasons.iter_mut().find(|(_, told)| *told == reason) {
            Some((names, _)) => names.push(&place.name),
            None => reasons.push((vec![&place.name], reason)),
        }
    }
    if let [(_, only)] = reasons.as_slice() {
        return only.clone();
    }
    let parts: Vec<String> = reasons
        .iter()
        .map(|(names, reason)| format!("{}: {reason}", names.join(", ")))
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any() -> impl Strategy<Value = Outcomes> {
        (1_u8..16).prop_map(Outcomes)
    }

    #[test]
    fn the_worse_of_two_that_deliver_counts_and_one_that_does_not_is_passed_over() {
        let (auth, encrypted) = (Outcomes::AUTHENTICATED, Outcomes::ENCRYPTED);
        let (clear, none) = (Outcomes::CLEAR, Outcomes::NONE);
        assert_eq!(auth.beside(clear), clear);
        assert_eq!(none.beside(encrypted), encrypted);
        assert_eq!(none.beside(none), none);
        assert_eq!(none.before(clear), clear);
        assert_eq!(auth.before(clear), auth);
    }

    #[test]
    fn what_cannot_change_the_outcome_does_not_make_it_unknown() {
        let open = Outcomes::ENCRYPTED.or(Outcomes::CLEAR).or(Outcomes::NONE);
        assert_eq!(Outcomes::CLEAR.beside(open), Outcomes::CLEAR);
        let seen = Outcomes::ENCRYPTED.beside(open);
        assert_eq!(seen.effect(), DeliveryEffect::Unknown);
        let dane = Outcomes::AUTHENTICATED.or(Outcomes::NONE);
        let seen = Outcomes::AUTHENTICATED.beside(dane);
        assert_eq!(seen.effect(), DeliveryEffect::EncryptedAndAuthenticated);
    }

    proptest! {
        #[test]
        fn the_order_of_places_of_one_rank_does_not_matter(a in any(), b in any(), c in any()) {
            prop_assert_eq!(a.beside(b), b.beside(a));
            prop_assert_eq!(a.beside(b).beside(c), a.beside(b.beside(c)));
        }

        #[test]
        fn knowing_more_never_leads_elsewhere(a in any(), b in any(), more in any()) {
            prop_assert!(a.beside(b).within(a.or(more).beside(b)));
            prop_assert!(a.before(b).within(a.or(more).before(b)));
        }
    }
}
