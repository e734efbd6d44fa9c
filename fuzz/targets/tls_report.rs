//! See `properties::tls_report`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::tls_report(bytes));
