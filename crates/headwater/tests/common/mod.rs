//! What the integration tests share.
#![allow(dead_code)] // each test binary uses its part

use std::path::PathBuf;

/// A file of the external test data, or `None` after printing why the test is skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: ../shared/data/{path} is not here (external test data, see README)");
    None
}

/// A small file that this project generated.
pub fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(path)
}

/// Asserts that two numbers agree within an absolute tolerance.
#[track_caller]
pub fn assert_close(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual} differs from {expected} by {:e}, more than {tolerance:e}",
        (actual - expected).abs()
    );
}
