//! One integration binary; this list is its table of contents.
#![cfg(test)]

mod bimi;
mod cli;
mod counts;
mod docs;
mod exits;
mod policies;
mod scenarios;
mod support;
mod tidy;

#[path = "../interop/mod.rs"]
mod interop;
