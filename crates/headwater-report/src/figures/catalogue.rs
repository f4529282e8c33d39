//! Every picture of a run, by name.

use headwater::analysis::{Advisor, Analysis};
use headwater::error::Result;

use super::actual_predicted::actual_predicted;
use super::data::{correlation, series, spend_share};
use super::effects::effects;
use super::model_diagnostics::model_diagnostics;
use super::residuals::residuals;
use super::{Figure, seasons};

/// A picture that can be asked for.
pub struct Entry {
    /// Its name and the name of its file without the ending, in snake case.
    pub id: &'static str,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// Draws it for a run. A picture that this run cannot have (no price column, say) is an error that
    /// says why.
    pub draw: fn(&Analysis, &Advisor) -> Result<Figure>,
}

/// Every picture of a run, in the order in which a reader wants them.
///
/// ```
/// use headwater::analysis::{Advisor, Settings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater_report::figures::CATALOGUE;
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let advisor = Advisor::of(&fit, &Silent)?;
/// let entry = CATALOGUE.iter().find(|entry| entry.id == "effects").expect("it is there");
/// let figure = (entry.draw)(&fit.analysis, &advisor)?;
/// assert_eq!(figure.id, entry.id);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub const CATALOGUE: &[Entry] = &[
    Entry {
        id: "effects",
        about: "what each channel did to the outcome, around the mediator and through it",
        draw: |analysis, _| Ok(effects(analysis)),
    },
    Entry {
        id: "actual_predicted",
        about: "what happened beside what was forecast, week by week",
        draw: |analysis, advisor| Ok(actual_predicted(&advisor.fitted_weeks()?, analysis)),
    },
    Entry {
        id: "model_diagnostics",
        about: "how well the model fits and forecasts, on one page",
        draw: |analysis, advisor| {
            let (weeks, left) = (advisor.fitted_weeks()?, advisor.residuals()?);
            Ok(model_diagnostics(&weeks, &left, analysis))
        },
    },
    Entry {
        id: "residuals",
        about: "what both stages leave unexplained",
        draw: |analysis, advisor| Ok(residuals(&advisor.residuals()?, analysis)),
    },
    Entry {
        id: "seasons",
        about: "trend and season of the mediator and the outcome",
        draw: |_, advisor| seasons::assessed(&advisor.seasons()?),
    },
    Entry {
        id: "series",
        about: "every column of the data, week by week",
        draw: |_, advisor| Ok(series(advisor.dataset())),
    },
    Entry {
        id: "spend_share",
        about: "where the money of the exposures went",
        draw: |_, advisor| Ok(spend_share(advisor.dataset())),
    },
    Entry {
        id: "correlation",
        about: "which columns move together",
        draw: |_, advisor| Ok(correlation(advisor.dataset())),
    },
];
