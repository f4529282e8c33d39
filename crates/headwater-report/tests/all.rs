//! Every integration test of words and pictures, one module a file, in one program: it is linked once.
//!
//! One file alone: `cargo test -p headwater-report --test all screens::`.

mod book;
mod decisions;
mod faces;
mod figures;
mod fit_figures;
mod golden;
mod made;
mod pages;
mod panel;
mod pictures;
mod plots;
mod recipe_figure;
mod recipe_finding;
mod recipes;
mod report;
mod run_figures;
mod screens;
mod summary;
