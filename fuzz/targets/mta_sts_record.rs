//! See `properties::mta_sts_record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| waxseal_fuzz::mta_sts_record(bytes));
