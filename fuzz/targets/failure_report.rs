//! See `properties::failure_report`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::failure_report(bytes));
