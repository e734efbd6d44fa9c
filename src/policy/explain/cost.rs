//! What each rule costs at one document.

use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::evaluate;
use crate::policy::language::document::Document;
use crate::policy::language::engine;
use crate::results::outcome::Outcome;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// What one rule with one set of parameters costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// The rule.
    pub rule: String,
    /// The parameters as it saw them.
    pub parameters: Map<String, Value>,
    /// How it came out.
    pub outcome: Outcome,
    /// How many operations it took: about one for each node of the syntax tree that was run.
    pub operations: u32,
    /// How many facts it read, at most 100 of them.
    pub facts: usize,
    /// The median of the microseconds that it took.
    pub microseconds: f64,
}

impl Policy {
    /// What each rule that the chosen baselines ask costs, by rule; the dearest first. `now` is a clock with any
    /// beginning. Empty where the system gives no thread.
    pub fn costs(
        &self,
        facts: &Facts,
        repeat: usize,
        now: &(dyn Fn() -> Duration + Sync),
    ) -> Vec<Cost> {
        let measure = || {
            let document = Document::new(&serde_json::to_value(facts).unwrap_or_default());
            let tests = self.tests.iter();
            tests
                .filter_map(|test| {
                    let rule = self.rules.get(&test.rule)?;
                    let with = (&test.parameters, &test.want);
                    let run = || {
                        let began = now();
                        let tested = evaluate::one(&self.engine, rule, with, &document);
                        (now().saturating_sub(began), tested)
                    };
                    let (first, tested) = run();
                    let mut times = vec![first];
                    times.extend((1..repeat).map(|_| run().0));
                    times.sort_unstable();
                    let median = times.get(times.len() / 2).copied().unwrap_or_default();
                    Some(Cost {
                        rule: test.rule.clone(),
                        parameters: test.parameters.clone(),
                        outcome: tested.outcome,
                        operations: tested.operations,
                        facts: tested.evidence.len(),
                        microseconds: median.as_secs_f64() * 1e6,
                    })
                })
                .collect()
        };
        let mut costs: Vec<Cost> = engine::on_deep_stack(measure).unwrap_or_default();
        // By operations, since these are the same on every machine.
        costs.sort_by(|left, right| {
            let cost = right.operations.cmp(&left.operations);
            cost.then_with(|| left.rule.cmp(&right.rule))
        });
        costs
    }
}
