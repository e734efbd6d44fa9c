//! What the names of TLS parameters say: weaknesses, and the grades of four norms.

use crate::facts::{
    mx::MxAddress,
    observed::Observed,
    tls::{
        Tls,
        offers::{Choice, Group, Offers, Suite},
    },
};
use std::sync::Arc;

mod groups;
mod parts;
mod suites;

pub use groups::grades as group_grades;
pub use suites::{grades as suite_grades, weaknesses};

/// Grades what the address showed. What several addresses share is copied only where something changes.
pub(super) fn complete(address: &mut MxAddress) {
    if let Observed::Present { value: session } = &mut address.session
        && session.tls.value().is_some_and(stale)
        && let Observed::Present { value: tls } = &mut Arc::make_mut(session).tls
    {
        grade(tls);
    }
    if let Observed::Present { value: offers } = &mut address.offers {
        let mut graded = Offers::clone(offers);
        grade_offers(&mut graded);
        if graded != **offers {
            *offers = Arc::new(graded);
        }
    }
}

fn stale(tls: &Tls) -> bool {
    tls.suite_grades != suite_grades(&tls.suite) || tls.group_grades != group_grades(&tls.group)
}

/// Grades the suite and the group of one connection.
pub fn grade(tls: &mut Tls) {
    tls.suite_grades = suite_grades(&tls.suite);
    tls.group_grades = group_grades(&tls.group);
}

/// Grades every suite and group that a server offers.
pub fn grade_offers(offers: &mut Offers) {
    for version in &mut offers.versions {
        if let Observed::Present { value } = &mut version.accepted {
            grade_choice(value);
        }
        if let Observed::Present { value } = &mut version.suites {
            value.iter_mut().for_each(grade_suite);
        }
        if let Observed::Present { value } = &mut version.groups {
            value.iter_mut().for_each(grade_group);
        }
    }
}

fn grade_choice(choice: &mut Choice) {
    grade_suite(&mut choice.suite);
    grade_group(&mut choice.group);
}

fn grade_suite(suite: &mut Suite) {
    suite.weaknesses = weaknesses(&suite.name);
    suite.grades = suite_grades(&suite.name);
}

fn grade_group(group: &mut Group) {
    group.grades = group_grades(&group.name);
}

#[cfg(test)]
mod tests;
