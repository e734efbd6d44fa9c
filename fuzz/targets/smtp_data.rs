//! See `properties::smtp_data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::smtp_data(bytes));
