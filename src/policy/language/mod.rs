//! The language: Rhai made safe for policies, the facts as it sees them, and its own statements.

pub(in crate::policy) mod document;
pub(in crate::policy) mod engine;
mod lists;
pub(in crate::policy) mod node;
pub(in crate::policy) mod session;
mod statements;
pub(in crate::policy) mod stop;
pub(in crate::policy) mod trace;
pub(in crate::policy) mod values;
mod wording;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod pitfall_tests;
#[cfg(test)]
mod tests;
