//! One integration binary; this list is its table of contents.
#![cfg(test)]

mod cli;
mod counts;
mod docs;
mod exits;
mod policies;
mod scenarios;
mod spf;
mod support;
mod tidy;

#[path = "../conformance/mod.rs"]
mod conformance;
#[path = "../interop/mod.rs"]
mod interop;
