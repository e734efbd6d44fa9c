//! See `properties::domain_name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::domain_name(bytes));
