//! See `properties::tag_list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::tag_list(bytes));
