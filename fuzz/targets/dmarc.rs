//! See `properties::dmarc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::dmarc(bytes));
