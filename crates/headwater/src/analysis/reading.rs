//! What each channel added, by the estimate that the verdict on the path allows, and how clear it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Analysis;
use crate::data::role::Unit;
use crate::estimate::Estimate;
use crate::finding::Status;

/// What one channel added, by the estimate that the verdict on the path allows: the effects of the model,
/// or the totals without the rule where the rule does not hold.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The exposure's column.
    pub channel: &'a str,
    /// The total effect, in outcome units.
    pub total: &'a Estimate,
    /// Total per unit spent; none for exposures that are not money.
    pub gross: Option<&'a Estimate>,
    /// The same with the induced mediator bill; none where totals are read without the rule.
    pub loaded: Option<&'a Estimate>,
    /// Whether the total holds only if the path does.
    pub rests_on_path: bool,
}

/// How clear a total effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its interval excludes 0.
    Clear,
    /// Its interval covers 0.
    Unclear,
    /// Its interval excludes 0, but what goes through a path that is not there is not clear.
    Pathless,
    /// It has no interval.
    Unknown,
}

impl Reading<'_> {
    /// How clear it is, given what the checks say of the path.
    pub fn standing(&self, analysis: &Analysis) -> Standing {
        let mut findings = analysis.findings.iter();
        let path = findings.find(|finding| finding.id == "mediation.path");
        let failed = path.is_some_and(|path| path.status == Status::Failed);
        match self.total.excludes(0.0) {
            Some(true) if failed && self.rests_on_path => Standing::Pathless,
            Some(true) => Standing::Clear,
            Some(false) => Standing::Unclear,
            None => Standing::Unknown,
        }
    }
}

/// Whether channels are read from totals without the rule.
pub fn whatever_path(analysis: &Analysis) -> bool {
    analysis.path.use_totals && !analysis.path.totals.is_empty()
}

/// Every channel, in file order.
///
/// ```
/// use headwater::analysis::{Settings, readings, run};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let analysis = run(&market.dataset, Vec::new(), &settings, &Silent)?.analysis;
/// assert_eq!(readings(&analysis)[0].channel, "facebook_spend");
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn readings(analysis: &Analysis) -> Vec<Reading<'_>> {
    let drawn = analysis.roles.direct_exposures();
    if whatever_path(analysis) {
        let money = |channel: &str| {
            let mut effects = analysis.effects.iter();
            effects.any(|effect| effect.channel == channel && effect.unit == Unit::Money)
        };
        let totals = analysis.path.totals.iter();
        return totals
            .map(|total| Reading {
                channel: &total.channel,
                total: &total.unrestricted,
                gross: money(&total.channel).then_some(&total.roas),
                loaded: None,
                rests_on_path: false,
            })
            .collect();
    }
    let effects = analysis.effects.iter();
    effects
        .map(|effect| {
            let money = effect.unit == Unit::Money;
            Reading {
                channel: &effect.channel,
                total: &effect.total,
                gross: money.then_some(&effect.roas.gross),
                loaded: money.then_some(&effect.roas.loaded),
                rests_on_path: !drawn.contains(&effect.channel.as_str()),
            }
        })
        .collect()
}
