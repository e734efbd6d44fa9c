//! See `properties::aggregate_report`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::aggregate_report(bytes));
