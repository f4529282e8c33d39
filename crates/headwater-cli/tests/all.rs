//! Every test of the program from outside but those in a browser, one module a file, in one program:
//! it is linked once.
//!
//! One file alone: `cargo test -p headwater-cli --test all runs::`.

mod book;
mod curves;
mod faces;
mod faults;
mod figures;
mod kills;
mod manual;
mod optimize;
mod panel;
mod pricing;
mod refusals;
mod report;
mod runs;
mod scenario;
mod serve;
mod workbench;
