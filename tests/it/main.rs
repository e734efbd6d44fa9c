//! One integration binary; this list is its table of contents.
#![cfg(test)]

mod bimi;
mod cli;
mod counts;
mod docs;
mod earlier;
mod exits;
mod fuzz;
mod html;
mod kits;
mod message;
mod name_servers;
mod policies;
mod policy_check;
mod policy_explain;
mod policy_norms;
mod policy_test;
mod probes;
mod receive;
mod records;
mod reported;
mod reports;
mod sarif;
mod scenarios;
mod seen;
mod settings;
mod spf;
mod support;
mod tidy;
mod validators;
mod waivers;
mod wire;

#[path = "../conformance/mod.rs"]
mod conformance;
#[path = "../interop/mod.rs"]
mod interop;

#[path = "../../fuzz/properties/mod.rs"]
#[expect(
    unreachable_pub,
    reason = "the same files are the library of the fuzz targets"
)]
mod properties;
