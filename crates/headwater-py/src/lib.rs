//! The native half of the Python package `headwater`: values in, answers out. What a Python user sees is
//! in `python/headwater`; the words and numbers are those of the library and of headwater-report.

mod answer;
mod data;
mod errors;
mod frame;
mod market;
mod pool;
mod questions;
mod run;
mod settings;
mod tables;
mod transforms;
mod values;
mod work;

/// The functions and classes that `python/headwater` is made of.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::answer::Answer;
    #[pymodule_export]
    use crate::data::Data;
    #[pymodule_export]
    use crate::frame::Frame;
    #[pymodule_export]
    use crate::market::{market_settings, simulate};
    #[pymodule_export]
    use crate::questions::{
        attribution, fitted, importances, optimize, predict, pricing, recommend, residuals,
        response_curves, scenario, scenarios, seasons, timing, validate,
    };
    #[pymodule_export]
    use crate::run::{Run, compare_estimators, compare_runs, explain};
    #[pymodule_export]
    use crate::settings::{estimator, reading, settings_file};
    #[pymodule_export]
    use crate::transforms::{adstock, saturation, time_series_split};

    /// The version of the package.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
