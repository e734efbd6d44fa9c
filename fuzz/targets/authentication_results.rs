//! See `properties::authentication_results`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::authentication_results(bytes));
