//! What fuzzing kept: every input of `fuzz/corpus` is held to what the fuzzer promises of it.

use std::fs;
use std::path::PathBuf;

#[path = "../../../../fuzz/src/api.rs"]
mod api;
#[allow(unexpected_cfgs)] // `cfg(fuzzing)` is set by the fuzzer
#[path = "../../../../fuzz/src/lib.rs"]
mod fuzz;

#[test]
fn every_input_that_fuzzing_kept_is_read_or_refused_in_words() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let api: (&str, fuzz::Target) = ("api", api::hold);
    for (name, hold) in fuzz::TARGETS.iter().chain([&api]) {
        let inputs = fs::read_dir(corpus.join(name)).unwrap();
        let mut inputs: Vec<PathBuf> = inputs.map(|input| input.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        for input in inputs {
            // Shown where the test fails.
            println!("{}", input.display());
            hold(&fs::read(&input).unwrap());
        }
    }
}
