//! Figures and words of the report crate, as the page wants them.

use axum::http::StatusCode;
use headwater::analysis::{Analysis, Recommendations};
use headwater::data::Dataset;
use headwater::decisions::{
    Allocation, Attribution, Pricing, ResponseCurves, Scenario, Scenarios, Timing,
};
use headwater_report::figures::{self as report, Figure};
pub use headwater_report::summary::Summary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::advisors::Opened;
use crate::body::Download;
use crate::error::{ApiError, Result};

/// How figures look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThemeName {
    /// On white.
    #[default]
    Light,
    /// On near black.
    Dark,
}

/// A figure that can be asked for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FigureEntry {
    /// Its name.
    pub id: &'static str,
    /// What it shows.
    pub about: &'static str,
}

/// A figure with what Plotly needs to draw it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FigureView {
    /// Its name.
    pub id: String,
    /// What the picture shows to be so.
    pub title: String,
    /// How to read it, what it rests on, and where the numbers come from.
    pub caption: String,
    /// The same for who cannot see it.
    pub alt: String,
    /// Width in pixels at full size.
    pub width: f64,
    /// Height in pixels at full size.
    pub height: f64,
    /// `{data, layout, config}` for Plotly.
    pub plotly: Value,
}

/// A figure of an upload, before any fit.
type OfData = (&'static str, &'static str, fn(&Dataset) -> Figure);

const OF_DATA: [OfData; 3] = [
    ("series", "every column over the weeks", report::series),
    ("spend_share", "how spend is divided among the channels", report::spend_share),
    ("correlation", "which columns move together", report::correlation),
];

/// The figures of an upload.
pub fn of_datasets() -> Vec<FigureEntry> {
    let entry = |(id, about, _): OfData| FigureEntry { id, about };
    OF_DATA.map(entry).into()
}

/// The figures of a run.
pub fn of_runs() -> Vec<FigureEntry> {
    let entry = |entry: &report::Entry| FigureEntry {
        id: entry.id,
        about: entry.about,
    };
    report::CATALOGUE.iter().map(entry).collect()
}

/// A figure of an upload.
pub fn of_dataset(id: &str, dataset: &Dataset, theme: ThemeName) -> Result<FigureView> {
    let found = OF_DATA.iter().find(|(known, _, _)| *known == id);
    let (_, _, draw) = found.ok_or_else(|| unknown(id))?;
    Ok(view(draw(dataset), theme))
}

/// A figure of a run.
pub fn of_run(id: &str, opened: &Opened, theme: ThemeName) -> Result<FigureView> {
    drawn(id, opened).map(|figure| view(figure, theme))
}

/// A figure of a run as a file.
pub fn file_of_run(id: &str, ending: &str, opened: &Opened, theme: ThemeName) -> Result<Download> {
    let _ = (opened, theme);
    Err(unknown(&format!("{id}.{ending}")))
}

/// Figures as Plotly draws them.
pub fn views(figures: Vec<Figure>, theme: ThemeName) -> Vec<FigureView> {
    figures.into_iter().map(|figure| view(figure, theme)).collect()
}

/// The report of a run: `report.html` or `report.md`.
pub fn report_file(name: &str, _opened: &Opened) -> Result<Download> {
    Err(ApiError::new(StatusCode::NOT_FOUND, format!("{name} is not written yet"), ""))
}

fn drawn(id: &str, opened: &Opened) -> Result<Figure> {
    let entry = report::CATALOGUE.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| unknown(id))?;
    Ok((entry.draw)(&opened.run.analysis, &opened.advisor)?)
}

fn view(figure: Figure, _theme: ThemeName) -> FigureView {
    FigureView {
        plotly: serde_json::json!({"data": [], "layout": {}, "config": {}}),
        id: figure.id,
        title: figure.title,
        caption: figure.caption,
        alt: figure.alt,
        width: figure.width,
        height: figure.height,
    }
}

fn unknown(id: &str) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        format!("there is no figure {id}"),
        "the list of figures names those that there are",
    )
}

/// The figures of a scenario.
pub fn scenario(_: &Scenario, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of scenarios beside each other.
pub fn scenarios(_: &Scenarios, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of response curves.
pub fn response_curves(_: &ResponseCurves, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of timing.
pub fn timing(_: &Timing, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of attribution.
pub fn attribution(_: &Attribution, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of a budget.
pub fn budget(_: &Allocation, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of pricing.
pub fn pricing(_: &Pricing, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
/// The figures of recommendations.
pub fn recommendations(_: &Recommendations, _: &Analysis) -> Vec<Figure> {
    Vec::new()
}
