//! What can go wrong, said so that the reader knows what to do next.
//!
//! Every variant carries a remedy. Doubts about the data are not errors but
//! [`Finding`](crate::finding::Finding)s.

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::words::nearest;

/// The result of anything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that names the file, row, column or week, and the remedy.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The data, or a settings file, cannot be used as it stands.
    #[error("{}", .0.message)]
    #[diagnostic(transparent)]
    Input(#[diagnostic_source] Box<InputError>),

    /// Columns of a design matrix that are linear combinations of the others.
    #[error("the design of the {stage} stage has no unique solution: {} {} a linear combination of the other columns", columns.join(", "), if columns.len() == 1 { "is" } else { "are each" })]
    #[diagnostic(
        code(headwater::rank_deficient),
        help(
            "remove or merge one of these columns in headwater.toml, or choose a penalised estimator if none of them is an exposure or the mediator"
        )
    )]
    RankDeficient {
        /// `mediator`, `outcome`, or the name of the fit.
        stage: String,
        /// The dependent columns, in design order.
        columns: Vec<String>,
    },

    /// There are not enough weeks for what was asked.
    #[error("{message}")]
    #[diagnostic(code(headwater::too_few_weeks), help("{help}"))]
    TooFewWeeks {
        /// What needs how many weeks, and how many there are.
        message: String,
        /// What to do next.
        help: String,
    },

    /// A setting that is out of range or contradicts another.
    #[error("{message}")]
    #[diagnostic(code(headwater::setting), help("{help}"))]
    Setting {
        /// The setting, its value, and what it must be.
        message: String,
        /// What to do next.
        help: String,
    },

    /// An estimator could not be fitted or asked for a prediction.
    #[error("{message}")]
    #[diagnostic(code(headwater::estimator), help("{help}"))]
    Estimator {
        /// What failed, on which columns.
        message: String,
        /// What to do next.
        help: String,
    },

    /// A file could not be read or written.
    #[error("{path}: {message}")]
    #[diagnostic(code(headwater::file), help("{help}"))]
    File {
        /// The file as the user named it.
        path: String,
        /// What the operating system or the reader said.
        message: String,
        /// What to do next.
        help: String,
    },

    /// The caller asked for the work to stop.
    #[error("stopped before the work was finished; nothing was written")]
    #[diagnostic(code(headwater::cancelled))]
    Cancelled,
}

/// An input that cannot be used, with the place in the file when there is one.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(headwater::input), help("{help}"))]
pub struct InputError {
    /// What is wrong, naming file, row, column and week.
    pub message: String,
    /// What to do next, with the line to write where a setting helps.
    pub help: String,
    /// The text the cell stands in.
    #[source_code]
    pub source_text: Option<NamedSource<String>>,
    /// The offending cell.
    #[label("{label}")]
    pub span: Option<SourceSpan>,
    /// What is written beneath the cell.
    pub label: String,
}

impl Error {
    /// An input error that has no single cell to point at.
    pub fn input(message: impl Into<String>, help: impl Into<String>) -> Self {
        Error::Input(Box::new(InputError {
            message: legible(message.into()),
            help: legible(help.into()),
            source_text: None,
            span: None,
            label: String::new(),
        }))
    }

    /// An input error that points at a cell of a text.
    pub fn input_at(
        message: impl Into<String>,
        help: impl Into<String>,
        source_text: NamedSource<String>,
        span: impl Into<SourceSpan>,
        label: impl Into<String>,
    ) -> Self {
        Error::Input(Box::new(InputError {
            message: legible(message.into()),
            help: legible(help.into()),
            source_text: Some(source_text),
            span: Some(span.into()),
            label: legible(label.into()),
        }))
    }

    /// A TOML text that cannot be read: points at the place, and names the nearest known key or value
    /// where one is unknown. `otherwise` is the remedy for everything else.
    pub fn toml(name: &str, text: &str, error: &toml::de::Error, otherwise: &str) -> Self {
        let message = error.message();
        let (what, help) = match nearest(message) {
            Some((what, unknown, known)) => (
                format!("{name}: unknown {what} `{unknown}`; did you mean `{known}`?"),
                message,
            ),
            None => (format!("{name}: {}", plain(message)), otherwise),
        };
        match error.span() {
            Some(span) => {
                let source = NamedSource::new(name, text.to_string());
                Error::input_at(what, help, source, span, "here")
            }
            None => Error::input(what, help),
        }
    }

    /// A setting that cannot be used.
    pub fn setting(message: impl Into<String>, help: impl Into<String>) -> Self {
        Error::Setting {
            message: legible(message.into()),
            help: legible(help.into()),
        }
    }

    /// A failure inside an estimator.
    pub fn estimator(message: impl Into<String>, help: impl Into<String>) -> Self {
        Error::Estimator {
            message: legible(message.into()),
            help: legible(help.into()),
        }
    }
}

/// What serde or a parser says, without the words of programmers.
fn plain(message: &str) -> String {
    const WORDS: [(&str, &str); 6] = [
        ("expected usize", "expected a whole number from 0 up"),
        ("expected u64", "expected a whole number from 0 up"),
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("duplicate key", "this key stands twice"),
        (
            "cannot recurse further; max recursion depth met",
            "brackets stand inside each other more deeply than any setting needs",
        ),
    ];
    WORDS
        .iter()
        .fold(message.to_string(), |text, (word, plain)| {
            text.replace(word, plain)
        })
}

/// A text that a person can read: of one that quotes a cell or a name of a thousand letters, its beginning
/// and its end.
fn legible(text: String) -> String {
    const LONGEST: usize = 2_000;
    if text.len() <= LONGEST {
        return text;
    }
    let start = text.floor_char_boundary(LONGEST * 3 / 4);
    let end = text.ceil_char_boundary(text.len() - LONGEST / 4);
    format!("{} [...] {}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_quotes_a_very_long_cell_keeps_its_beginning_and_its_end() {
        for error in [Error::input, Error::setting, Error::estimator] {
            let said = format!("row 2: {} is no number", "€".repeat(5_000));
            let message = error(said, "mend it".to_string()).to_string();
            assert!(message.starts_with("row 2: €€€") && message.ends_with("€€€ is no number"));
            assert!(message.len() <= 2_010, "{}", message.len());
        }
    }
}
