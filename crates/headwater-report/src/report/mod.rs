//! # The report of a run: one page to send
//!
//! A [`Report`] asks a run everything once and holds the answers as chapters of plain values;
//! [`Report::html`] and [`Report::markdown`] lay the same values out, so that they cannot disagree. The
//! first screen is the answer, then come what it rests on, what was checked, what would change it, what
//! to do with it, and how to get it again. Every check that warns leads to its explanation, in the same file.

mod chapter;
mod chapters;
mod decisions;
mod html;
mod markdown;
mod pages;
mod pictures;
mod text;

use headwater::analysis::{Advisor, Analysis, Settings};
use headwater::error::Result;

use crate::figures::Figure;
use chapter::{Block, Chapter};
use pictures::Pictures;
use text::Explained;

/// Everything that a report of a run says.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    title: String,
    /// Which weeks and which graph.
    about: Vec<String>,
    /// The version that made the run.
    version: String,
    chapters: Vec<Chapter>,
    explained: Explained,
}

impl Report {
    /// Puts the questions of a report to a run. `settings` are those of the run. A question that this
    /// run cannot answer (no column of prices, no replicates) is told as such, with the reason.
    ///
    /// ```
    /// use headwater::analysis::{Advisor, Settings, run};
    /// use headwater::progress::Silent;
    /// use headwater::simulate::{MarketSettings, simulate};
    /// use headwater_report::report::Report;
    ///
    /// let market = simulate(&MarketSettings::default())?;
    /// let mut settings = Settings::default();
    /// settings.bootstrap.replicates = Some(40);
    /// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
    /// let report = Report::of(&fit.analysis, &Advisor::of(&fit, &Silent)?, &fit.settings);
    /// assert!(report.html().starts_with("<!doctype html>"));
    /// assert!(report.markdown(None).contains("## The answer"));
    /// # Ok::<(), headwater::error::Error>(())
    /// ```
    pub fn of(analysis: &Analysis, advisor: &Advisor, settings: &Settings) -> Self {
        let pictures = Pictures::of(analysis, advisor);
        let mut chapters = chapters::chapters(analysis, advisor, settings, pictures);
        let explanations = chapters::explanations(&chapters);
        let pages = explanations.iter().flat_map(|chapter| &chapter.blocks);
        let explained = pages.filter_map(|block| match block {
            Block::Page(page) => Some(page.id.to_owned()),
            _ => None,
        });
        let explained = explained.collect();
        chapters.extend(explanations);
        let data = &analysis.data;
        Report {
            title: format!("What spend was worth: {}", data.source),
            about: vec![
                format!(
                    "{} weeks, {} to {}",
                    data.weeks, data.first_week, data.last_week
                ),
                crate::terminal::screen::graph(analysis),
            ],
            version: analysis.headwater_version.clone(),
            chapters,
            explained,
        }
    }

    /// The report as one HTML file that loads nothing: it opens offline, prints well and is read without
    /// a script.
    pub fn html(&self) -> String {
        html::html(self)
    }

    /// The report as Markdown. `figures` is the folder of the pictures, relative to the file, such as
    /// `figures`: each is linked as `figures/ID.png`. Without one, pictures are left out.
    pub fn markdown(&self, figures: Option<&str>) -> String {
        markdown::markdown(self, figures)
    }

    /// The pictures of the report, in its order: what `ID.png` must show.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        let blocks = self.chapters.iter().flat_map(|chapter| &chapter.blocks);
        blocks.filter_map(|block| match block {
            Block::Figure(figure) => Some(&**figure),
            _ => None,
        })
    }
}

/// The first screen of the report as HTML for a notebook: the answer in words, the verdict on the path,
/// the forecasts beside naive ones, and the graph. It loads nothing and leaves the rest of the page as it is.
pub fn first_screen(analysis: &Analysis) -> String {
    html::fragment(&chapters::first_screen(analysis))
}

/// The report of a run as [HTML](Report::html).
///
/// # Errors
/// None today: what a run cannot answer is part of the report.
pub fn html(analysis: &Analysis, advisor: &Advisor, settings: &Settings) -> Result<String> {
    Ok(Report::of(analysis, advisor, settings).html())
}

/// The report of a run as [Markdown](Report::markdown).
///
/// # Errors
/// None today: what a run cannot answer is part of the report.
pub fn markdown(
    analysis: &Analysis,
    advisor: &Advisor,
    settings: &Settings,
    figures: Option<&str>,
) -> Result<String> {
    Ok(Report::of(analysis, advisor, settings).markdown(figures))
}
