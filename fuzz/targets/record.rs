#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| entente_fuzz::record(input));
