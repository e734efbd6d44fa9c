//! What policy files declare: rules, baselines that ask them, and profiles that change these.

pub(in crate::policy) mod adjust;
pub(in crate::policy) mod baselines;
mod header;
pub(in crate::policy) mod loading;
pub(in crate::policy) mod profiles;
pub(in crate::policy) mod reading;
pub(in crate::policy) mod rules;

#[cfg(test)]
mod profile_tests;
#[cfg(test)]
mod tests;
