//! What each channel is worth.

use headwater::analysis::Analysis;
use headwater::simulate::Truth;
use serde::{Deserialize, Serialize};

use super::estimates;
use crate::frame::Frame;
use crate::values::word;

estimates!(
    /// An effect of a channel over all weeks of the data, against no spend.
    EffectRow {
        channel: String,
        unit: String,
        spend: f64,
    }
);

/// A row for each effect of each channel.
pub fn effects(analysis: &Analysis) -> Frame {
    let rows = analysis.effects.iter().flat_map(|effects| {
        let estimates = [
            ("total", &effects.total),
            ("direct", &effects.direct),
            ("indirect", &effects.indirect),
            ("proportion_mediated", &effects.proportion_mediated),
            ("induced_mediator_spend", &effects.induced_mediator_spend),
            ("roas_gross", &effects.roas.gross),
            ("roas_loaded", &effects.roas.loaded),
            ("roas_marginal", &effects.roas.marginal),
        ];
        estimates.map(|(quantity, estimate)| {
            let (channel, unit) = (effects.channel.clone(), word(&effects.unit));
            EffectRow::new(channel, unit, effects.spend, quantity, estimate)
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

estimates!(
    /// A total effect of a channel, whatever path it takes or through the mediator alone.
    TotalRow { channel: String }
);

/// A row for each total of each channel that does not rest on the path; none where it was not assessed.
pub fn totals(analysis: &Analysis) -> Frame {
    let rows = analysis.path.totals.iter().flat_map(|total| {
        let estimates = [
            ("unrestricted", &total.unrestricted),
            ("through_mediator", &total.through_mediator),
            ("gap", &total.gap),
            ("roas", &total.roas),
        ];
        estimates
            .map(|(quantity, estimate)| TotalRow::new(total.channel.clone(), quantity, estimate))
    });
    Frame::of(&rows.collect::<Vec<_>>())
}

/// What a simulated market was made with.
#[derive(Serialize, Deserialize)]
struct TruthRow {
    channel: String,
    quantity: String,
    value: Option<f64>,
}

/// A row for each true effect of each channel, under the names of [`effects`].
pub fn truth(truth: &Truth) -> Frame {
    let rows = truth.channels.iter().flat_map(|channel| {
        let values = [
            ("total", Some(channel.total_effect)),
            ("direct", Some(channel.direct_effect)),
            ("indirect", Some(channel.indirect_effect)),
            ("proportion_mediated", channel.proportion_mediated),
            (
                "induced_mediator_spend",
                Some(channel.induced_mediator_spend),
            ),
            ("roas_gross", channel.roas_gross),
            ("roas_loaded", channel.roas_loaded),
            ("roas_marginal", channel.roas_marginal),
        ];
        values.map(|(quantity, value)| TruthRow {
            channel: channel.name.clone(),
            quantity: quantity.into(),
            value,
        })
    });
    Frame::of(&rows.collect::<Vec<_>>())
}
