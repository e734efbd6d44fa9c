//! `waxseal evaluate`: stored facts to results, without a network.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Outputs;
use super::{policies, scan::read};
use crate::scan::{self, stored};

/// Evaluates every document of every file. What stands before a fault in a file is evaluated and reported.
pub(super) fn run(args: args::Evaluate, color: args::Color) -> Result<Code, Failure> {
    let policy = policies::load(&args.policies)?;
    let outputs = Outputs::open(&args.output, color)?;
    let (mut results, mut faulty) = (Vec::new(), None);
    for file in args.files {
        let (documents, fault) = stored::read(&read(&file)?);
        results.extend(documents.iter().map(|facts| policy.evaluate(facts)));
        faulty = faulty.or(fault.map(|source| Failure::Facts { file, source }));
    }
    let nothing = results.is_empty();
    let scan = scan::assemble(&policy, results);
    let gate = policies::gate(&args.policies);
    match faulty {
        Some(failure) if nothing => Err(failure),
        Some(failure) => outputs.write(&scan).and(Err(failure)),
        None => outputs.write(&scan).map(|()| gate.judge(&scan).into()),
    }
}
