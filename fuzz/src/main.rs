//! The fuzzer: libFuzzer with the target that `HEADWATER_FUZZ` names. `cargo xtask fuzz TARGET` builds it
//! with instructions that count what is reached, and starts it.

#![cfg_attr(fuzzing, no_main)]

use std::alloc::System;

use cap::Cap;

/// No input may take more memory than this.
const MEMORY: usize = 2 << 30;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

#[cfg(all(fuzzing, feature = "api"))]
mod api;

#[cfg(fuzzing)]
mod fuzzer {
    use std::panic;
    use std::sync::LazyLock;

    libfuzzer_sys::fuzz_target!(init: { prepare(); }, |bytes: &[u8]| TARGET(bytes));

    static TARGET: LazyLock<headwater_fuzz::Target> = LazyLock::new(|| {
        let name = std::env::var("HEADWATER_FUZZ").unwrap_or_default();
        #[cfg(feature = "api")]
        if name == "api" {
            return crate::api::hold;
        }
        let target = headwater_fuzz::TARGETS
            .iter()
            .find(|(known, _)| *known == name);
        let (_, hold) =
            target.unwrap_or_else(|| panic!("there is no target {name:?}; see `cargo xtask fuzz`"));
        *hold
    });

    /// A panic ends the fuzzer where it happens, but for one inside a reader of somebody else: Headwater
    /// must make an error of that, and the fuzzer ends where it did not.
    fn prepare() {
        let end = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map_or("", panic::Location::file);
            if !place.contains("/registry/src/") {
                end(panic);
            }
        }));
        LazyLock::force(&TARGET);
    }
}

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("start this with `cargo xtask fuzz`, which builds it for fuzzing");
}
