#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| forewarn_fuzz::inputs::compare(data));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    forewarn_fuzz::mutate::mutate(data, size, most, seed)
});
