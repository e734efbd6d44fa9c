//! Policies as auditors read them: what covers which clause, a profile as one list, and pages for people.

pub mod coverage;
pub mod effective;
pub mod html;
pub mod markdown;
pub mod pages;
