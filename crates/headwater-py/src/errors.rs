//! Errors of the library as exceptions of the package, in the same words.

use headwater::error::Error;
use miette::Diagnostic;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// A result whose error a Python user reads.
pub type PyAnswer<T> = Result<T, Raised>;

/// An error of the library on its way to Python.
#[derive(Debug)]
pub enum Raised {
    /// Of the library.
    Library(Box<Error>),
    /// Of Python: an interrupt, or a broken argument.
    Python(PyErr),
}

impl From<Error> for Raised {
    fn from(error: Error) -> Self {
        Raised::Library(Box::new(error))
    }
}

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Self {
        Raised::Python(error)
    }
}

impl From<Raised> for PyErr {
    fn from(raised: Raised) -> Self {
        match raised {
            Raised::Python(error) => error,
            Raised::Library(error) => Python::attach(|py| exception(py, &error)),
        }
    }
}

/// The exception class of `headwater.errors` for an error.
fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let class = match error {
        Error::Input(_) => "InputError",
        Error::RankDeficient { .. } => "RankDeficientError",
        Error::TooFewWeeks { .. } => "TooFewWeeksError",
        Error::Setting { .. } => "SettingError",
        Error::Estimator { .. } => "EstimatorError",
        Error::File { .. } => "FileError",
        Error::Cancelled => return PyKeyboardInterrupt::new_err(error.to_string()),
    };
    let help = error.help().map(|help| help.to_string());
    let raised = py
        .import("headwater.errors")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((error.to_string(), help, shown(error))));
    match raised {
        Ok(exception) => PyErr::from_value(exception),
        Err(why) => why,
    }
}

/// The error as the command line shows it, with the offending cell where there is one.
fn shown(error: &Error) -> String {
    let handler =
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
            .with_width(100)
            .with_links(false)
            .with_context_lines(1);
    let mut text = String::new();
    match handler.render_report(&mut text, error) {
        Ok(()) => text,
        Err(_) => error.to_string(),
    }
}
