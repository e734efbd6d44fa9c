//! What policy files declare: rules, and baselines that ask them.

pub(in crate::policy) mod baselines;
mod header;
pub(in crate::policy) mod loading;
pub(in crate::policy) mod rules;

#[cfg(test)]
mod tests;
