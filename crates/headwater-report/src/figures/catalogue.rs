//! Every picture of a run, by name.

use headwater::analysis::{Advisor, Analysis};
use headwater::error::Result;

use super::Figure;
use super::effects::effects;

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
pub const CATALOGUE: &[Entry] = &[Entry {
    id: "effects",
    about: "what each channel did to the outcome, around the mediator and through it",
    draw: |analysis, _| Ok(effects(analysis)),
}];
