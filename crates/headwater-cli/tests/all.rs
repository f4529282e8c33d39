//! Every test of the program from outside but those in a browser, one module a file, in one program:
//! it is linked once.
//!
//! One file alone: `cargo test -p headwater-cli --test all runs::`.

mod curves;
mod faces;
mod faults;
mod figures;
mod kills;
mod optimize;
mod pricing;
mod refusals;
mod report;
mod runs;
mod scenario;
mod serve;
mod workbench;
