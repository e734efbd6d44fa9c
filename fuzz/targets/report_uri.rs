//! See `properties::report_uri`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::report_uri(bytes));
