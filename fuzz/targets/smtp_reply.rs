//! See `properties::smtp_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::smtp_reply(bytes));
