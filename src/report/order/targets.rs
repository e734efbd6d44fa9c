//! Worst first: in which order reports for people tell the targets of a run.

use crate::results::TargetResult;
use crate::results::gate::Verdict;
use crate::results::targets::Targets;
use std::cmp::Reverse;
use std::io;

/// How many targets one pass holds in memory to bring them into order.
const HELD: usize = 64;

/// How many such passes there are: so many times [`HELD`] targets are told in exact order.
const PASSES: usize = 4;

/// What decides the place of a target: its verdict, then how many requirements fail, then how many are open.
pub(in crate::report) type Rank = (u8, Reverse<usize>, Reverse<usize>, Reverse<usize>);

/// The rank of a target; a lower one is worse.
pub(in crate::report) const fn rank(target: &TargetResult) -> Rank {
    let verdict = match target.verdict {
        Verdict::Failed => 0,
        Verdict::Undecided => 1,
        Verdict::FailedShould => 2,
        Verdict::Empty => 3,
        Verdict::Passed => 4,
    };
    let counts = &target.summary;
    (
        verdict,
        Reverse(counts.fail_must),
        Reverse(counts.fail),
        Reverse(counts.unknown.saturating_add(counts.error)),
    )
}

/// Hands each target to `visit`, the worst first, with its number among the given ones. The worst 256 come in exact
/// order, the others verdict by verdict as they were given: results may be more than memory holds.
pub(in crate::report) fn worst_first(
    targets: &dyn Targets,
    visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
) -> io::Result<()> {
    let mut ranks = Vec::with_capacity(targets.count());
    targets.each(&mut |number, target| {
        ranks.push((rank(target), number));
        Ok(())
    })?;
    if ranks.is_sorted() {
        return targets.each(visit);
    }
    ranks.sort_unstable();
    let exact = ranks.len().min(HELD * PASSES);
    let (first, rest) = ranks.split_at_checked(exact).unwrap_or((&ranks, &[]));
    for part in first.chunks(HELD) {
        let mut held: Vec<(usize, usize, TargetResult)> = Vec::new();
        targets.each(&mut |number, target| {
            let place = part.iter().position(|(_, wanted)| *wanted == number);
            held.extend(place.map(|place| (place, number, target.clone())));
            Ok(())
        })?;
        held.sort_by_key(|(place, _, _)| *place);
        for (_, number, target) in &held {
            visit(*number, target)?;
        }
    }
    by_verdict(targets, rest, visit)
}

fn by_verdict(
    targets: &dyn Targets,
    rest: &[(Rank, usize)],
    visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
) -> io::Result<()> {
    for part in rest.chunk_by(|(one, _), (other, _)| one.0 == other.0) {
        let mut wanted: Vec<usize> = part.iter().map(|(_, number)| *number).collect();
        wanted.sort_unstable();
        targets.each(&mut |number, target| {
            if wanted.binary_search(&number).is_ok() {
                visit(number, target)
            } else {
                Ok(())
            }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    fn run(count: usize) -> Vec<TargetResult> {
        let first = sample::scan().targets.swap_remove(0);
        let verdicts = [Verdict::Passed, Verdict::Failed, Verdict::Undecided];
        let target = |number: usize| {
            let mut target = first.clone();
            target.findings.clear();
            target.target.domain = format!("d{number}.test");
            target.verdict = verdicts[number % 3];
            target.summary.fail_must = number % 7;
            target
        };
        (0..count).map(target).collect()
    }

    fn told(targets: &Vec<TargetResult>) -> Vec<(Rank, usize)> {
        let mut told = Vec::new();
        worst_first(targets, &mut |number, target| {
            told.push((rank(target), number));
            Ok(())
        })
        .unwrap();
        told
    }

    #[test]
    fn failures_come_before_what_is_open_and_more_of_them_before_fewer() {
        let told = told(&run(100));
        assert_eq!(told.len(), 100);
        assert!(told.is_sorted());
    }

    #[test]
    fn every_target_of_a_large_run_is_told_once_verdict_by_verdict() {
        let told = told(&run(1000));
        let mut numbers: Vec<usize> = told.iter().map(|(_, number)| *number).collect();
        assert!(told.iter().map(|(rank, _)| rank.0).is_sorted());
        assert!(told[..HELD * PASSES].is_sorted());
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..1000));
    }
}
