//! An answer: what the command line prints, the same as JSON, tables, and a picture where there is one.

use headwater::analysis::Analysis;
use headwater_report::Style;
use headwater_report::drawing::{Theme, plotly, svg};
use headwater_report::figures::Figure;
use pyo3::prelude::*;
use serde::Serialize;

use crate::data::{json, parse};
use crate::errors::PyAnswer;
use crate::frame::Frame;

/// Every table of an answer, the main one first.
pub type Tables = Vec<(&'static str, Frame)>;

/// What a question brought.
#[pyclass(frozen, module = "headwater._native")]
pub struct Answer {
    json: String,
    text: String,
    tables: Vec<(String, Frame)>,
    figure: Option<Figure>,
}

impl Answer {
    /// An answer in the words of the terminal, plain and 100 columns wide.
    pub fn new(
        value: &impl Serialize,
        screen: impl FnOnce(Style) -> String,
        tables: Tables,
    ) -> Self {
        Answer {
            json: json(value),
            text: screen(Style::new(false, 100)),
            tables: tables
                .into_iter()
                .map(|(name, table)| (name.into(), table))
                .collect(),
            figure: None,
        }
    }

    /// An answer of a run, its JSON beside what the data say of the path that every answer takes.
    pub fn of<T: Serialize>(
        analysis: &Analysis,
        answer: &T,
        screen: impl FnOnce(&T, &Analysis, Style) -> String,
        tables: Tables,
    ) -> Self {
        let answered = analysis.answered(answer);
        Answer::new(&answered, |style| screen(answer, analysis, style), tables)
    }

    /// The same with a picture.
    pub fn pictured(self, figure: Figure) -> Self {
        Answer {
            figure: Some(figure),
            ..self
        }
    }
}

/// How wide a notebook shows an interactive picture, in pixels: captions are broken for it.
const CELL: f64 = 900.0;

/// A figure drawn: as SVG, and as JSON for Plotly.
pub fn drawn(figure: &Figure, dark: bool) -> (String, String) {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let in_cell = Figure {
        width: figure.width.min(CELL),
        ..figure.clone()
    };
    (svg(figure, theme), json(&plotly(&in_cell, theme)))
}

/// The constructor and what it is called with, for pickle: JSON, screen, tables, the picture as JSON.
type Kept<'py> = (
    Bound<'py, PyAny>,
    (String, String, Vec<(String, Frame)>, Option<String>),
);

#[pymethods]
impl Answer {
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Kept<'py>> {
        let kept = py.get_type::<Answer>().getattr("from_kept")?;
        let figure = self.figure.as_ref().map(json);
        let (tables, text) = (self.tables.clone(), self.text.clone());
        Ok((kept, (self.json.clone(), text, tables, figure)))
    }

    /// An answer as pickle kept it.
    #[staticmethod]
    fn from_kept(
        json: String,
        text: String,
        tables: Vec<(String, Frame)>,
        figure: Option<&str>,
    ) -> PyAnswer<Self> {
        let figure = figure.map(|kept| parse("the pickled picture", kept));
        Ok(Answer {
            json,
            text,
            tables,
            figure: figure.transpose()?,
        })
    }

    /// What the command line prints with `--json`.
    #[getter]
    fn json(&self) -> &str {
        &self.json
    }

    /// What the command line prints.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// Name and table, the main one first.
    #[getter]
    fn tables(&self) -> Vec<(String, Frame)> {
        self.tables.clone()
    }

    /// The picture as SVG and as JSON for Plotly, if there is one.
    #[pyo3(signature = (*, dark=false))]
    fn picture(&self, dark: bool) -> Option<(String, String)> {
        self.figure.as_ref().map(|figure| drawn(figure, dark))
    }
}
