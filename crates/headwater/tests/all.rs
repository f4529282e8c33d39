//! Every integration test of the library, one module a file, in one program: it is linked once.
//!
//! One file alone: `cargo test -p headwater --test all leakage::`.

mod architecture;
mod assumption;
mod attribution;
mod awkward;
mod budget;
mod budget_solver;
mod carry_over;
mod common;
mod conformal;
mod decision_properties;
mod decision_truth;
mod determinism;
mod diagnostics;
mod ensemble;
mod estimator_contract;
mod folds;
mod forecast;
mod founding_markets;
mod identities;
mod interactions;
mod intervention;
mod leakage;
mod mediation_references;
mod panel;
mod placebo;
mod pricing;
mod reading;
mod real_data;
mod recommendations;
mod recovery;
mod references;
mod response_curves;
mod saved_runs;
mod scenario;
mod seed_parity;
mod sensitivity;
mod stl;
mod support;
mod synthetic_mediation;
mod timing;
mod transformations;
mod true_plans;
mod validation_references;
mod views;
