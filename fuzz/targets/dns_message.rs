//! See `properties::dns_message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::dns_message(bytes));
