//! What is wrong with a policy file before any facts are seen.

pub(in crate::policy) mod names;
