//! See `properties::tls_rpt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::tls_rpt(bytes));
