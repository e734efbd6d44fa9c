//! `waxseal evaluate`: stored facts to results, without a network.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Outputs;
use super::{policies, scan::read, settings};
use crate::scan::{self, stored};

/// Evaluates every document of every file. What stands before a fault in a file is evaluated and reported,
/// and the report says that it is not whole.
pub(super) fn run(args: args::Evaluate, color: args::Color) -> Result<Code, Failure> {
    let found = settings::find(&args.config)?;
    let mut plan = found.plan(&args.policies)?;
    let earlier = policies::Earlier::read(&args.policies)?;
    let output = found.output(&args.output)?;
    if let Some(both) = output
        .report
        .iter()
        .find(|report| args.files.contains(&report.file))
    {
        return Err(Failure::OutputIsInput(both.file.clone()));
    }
    let outputs = Outputs::open(&output, None, color)?;
    let (mut results, mut faulty) = (Vec::new(), None);
    for file in args.files {
        let (documents, fault) = stored::read(&read(&file)?);
        for facts in &documents {
            let judged = plan.judge(facts).map_err(|faults| found.failure(faults));
            results.push(judged?);
        }
        faulty = faulty.or(fault.map(|source| Failure::Facts { file, source }));
    }
    let nothing = results.is_empty();
    let partial = faulty.as_ref().map(ToString::to_string);
    let (basis, gate) = (plan.finish(false), found.gate(&args.policies));
    let scan = earlier.compare(scan::assemble(basis, gate, results, partial));
    match faulty {
        Some(failure) if nothing => Err(failure),
        Some(failure) => outputs.write(&scan).and(Err(failure)),
        None if nothing => Err(Failure::NoDocuments),
        None => {
            outputs.write(&scan)?;
            policies::warn(&scan);
            Ok(scan.verdict.into())
        }
    }
}
