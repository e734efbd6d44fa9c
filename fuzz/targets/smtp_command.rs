//! See `properties::smtp_command`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::smtp_command(bytes));
