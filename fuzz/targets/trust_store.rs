//! See `properties::trust_store`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::trust_store(bytes));
