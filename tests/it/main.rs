//! One integration binary; this list is its table of contents.
#![cfg(test)]

mod cli;
mod counts;
mod docs;
mod exits;
mod name_servers;
mod policies;
mod scenarios;
mod support;
mod tidy;

#[path = "../interop/mod.rs"]
mod interop;
