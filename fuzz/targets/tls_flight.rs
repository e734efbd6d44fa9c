//! See `properties::tls_flight`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::tls_flight(bytes));
