//! Figures and words of the report crate, as the page wants them.

use axum::http::StatusCode;
use headwater::data::Dataset;
use headwater_report::drawing::{Theme, plotly, png, svg};
use headwater_report::figures::{self as report, Figure};
use headwater_report::report as written;
pub use headwater_report::summary::Summary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::advisors::Opened;
use crate::body::Download;
use crate::error::{ApiError, Result};

/// How many times its size a PNG is drawn.
const SHARP: f64 = 2.0;

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
    (
        "spend_share",
        "how spend is divided among the channels",
        report::spend_share,
    ),
    (
        "correlation",
        "which columns move together",
        report::correlation,
    ),
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

/// A figure of a run as a file: `svg`, or `png` at twice its size.
pub fn file_of_run(id: &str, ending: &str, opened: &Opened, theme: ThemeName) -> Result<Download> {
    let (kind, bytes) = match ending {
        "svg" => {
            let text = svg(&drawn(id, opened)?, theme.into());
            ("image/svg+xml", text.into_bytes())
        }
        "png" => {
            let bytes = png(&drawn(id, opened)?, theme.into(), SHARP)?;
            ("image/png", bytes)
        }
        _ => return Err(unknown(&format!("{id}.{ending}"))),
    };
    Ok(Download {
        kind,
        name: None,
        bytes: bytes.into(),
    })
}

/// Figures as Plotly draws them.
pub fn views(figures: Vec<Figure>, theme: ThemeName) -> Vec<FigureView> {
    figures
        .into_iter()
        .map(|figure| view(figure, theme))
        .collect()
}

/// The report of a run: `report.html`, else as Markdown without pictures.
pub fn report_file(name: &str, opened: &Opened) -> Result<Download> {
    let (analysis, settings) = (&opened.run.analysis, &opened.run.settings);
    let html = name == "report.html";
    let text = match html {
        true => written::html(analysis, &opened.advisor, settings),
        false => written::markdown(analysis, &opened.advisor, settings, None),
    }?;
    let kind = match html {
        true => "text/html; charset=utf-8",
        false => "text/markdown; charset=utf-8",
    };
    Ok(Download {
        kind,
        // A report is read where it is asked for; its text is kept.
        name: (!html).then(|| name.into()),
        bytes: text.into(),
    })
}

fn drawn(id: &str, opened: &Opened) -> Result<Figure> {
    let entry = report::CATALOGUE.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| unknown(id))?;
    Ok((entry.draw)(&opened.run.analysis, &opened.advisor)?)
}

fn view(figure: Figure, theme: ThemeName) -> FigureView {
    FigureView {
        plotly: plotly(&figure, theme.into()),
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

impl From<ThemeName> for Theme {
    fn from(name: ThemeName) -> Self {
        match name {
            ThemeName::Light => Theme::Light,
            ThemeName::Dark => Theme::Dark,
        }
    }
}
