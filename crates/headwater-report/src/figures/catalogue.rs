//! Every picture of a run, by name.

use headwater::analysis::{Advisor, Analysis};
use headwater::decisions::{
    BudgetSettings, By, Change, CurveQuestion, Plan, Plans, PricingQuestion,
};
use headwater::error::Result;

use super::{
    Figure, actual_predicted, budget, correlation, cross_validation, effects, feature_importance,
    graph, half_to_twice, impulse_responses, model_diagnostics, price_curve, residuals,
    response_curves, returns, scenario, scenario_analysis, scenarios, seasons, sensitivity, series,
    spend_share, waterfall,
};

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
        id: "graph",
        about: "the graph of causes with what is known of each arrow, and the verdict on the path",
        draw: |analysis, _| Ok(graph(analysis)),
    },
    Entry {
        id: "effects",
        about: "what each channel did to the outcome, around the mediator and through it",
        draw: |analysis, _| Ok(effects(analysis)),
    },
    Entry {
        id: "returns",
        about: "what a unit of spend returned, gross and loaded, beside break-even",
        draw: |analysis, _| Ok(returns(analysis)),
    },
    Entry {
        id: "response_curves",
        about: "what each channel would have brought at other levels of spend",
        draw: |analysis, advisor| {
            let curves = advisor.response_curves(&CurveQuestion::default())?;
            Ok(response_curves(&curves, analysis))
        },
    },
    Entry {
        id: "scenario_analysis",
        about: "what half to twice the spend of each channel changes",
        draw: |analysis, advisor| {
            let plans = half_to_twice(&channels(analysis));
            Ok(scenario_analysis(&advisor.scenarios(&plans)?, analysis))
        },
    },
    Entry {
        id: "scenario",
        about: "what a tenth more on every channel changes, over time and in all",
        draw: |analysis, advisor| {
            let plan = all_by(analysis, 10.0);
            Ok(scenario(
                &advisor.scenario("a tenth more", &plan)?,
                analysis,
            ))
        },
    },
    Entry {
        id: "scenarios",
        about: "a conservative, a planned and an aggressive raise of every channel, side by side",
        draw: |analysis, advisor| {
            let raises = [("conservative", 10.0), ("plan", 25.0), ("aggressive", 50.0)];
            let plans = raises.map(|(name, percent)| (name.into(), all_by(analysis, percent)));
            let plans = Plans {
                plans: plans.into_iter().collect(),
            };
            Ok(scenarios(&advisor.scenarios(&plans)?, analysis))
        },
    },
    Entry {
        id: "budget",
        about: "the plan of most worth for the weeks to come beside the current one",
        draw: |analysis, advisor| {
            let plan = advisor.optimize(&BudgetSettings::default())?;
            Ok(budget(&plan, analysis))
        },
    },
    Entry {
        id: "impulse_responses",
        about: "when the effect of each channel comes, in weeks after the spend",
        draw: |analysis, advisor| Ok(impulse_responses(&advisor.timing()?, analysis)),
    },
    Entry {
        id: "waterfall",
        about: "where the outcome came from, adding up to all of it",
        draw: |analysis, advisor| Ok(waterfall(&advisor.attribution()?, analysis)),
    },
    Entry {
        id: "price_curve",
        about: "what other prices would have brought",
        draw: |analysis, advisor| {
            let pricing = advisor.pricing(&PricingQuestion::default())?;
            Ok(price_curve(&pricing, analysis))
        },
    },
    Entry {
        id: "cross_validation",
        about: "forecast errors in weeks that the model had not seen, beside naive forecasts",
        draw: |analysis, _| Ok(cross_validation(analysis)),
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
        draw: |analysis, advisor| seasons::assessed(&advisor.seasons()?, &analysis.data.source),
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
    Entry {
        id: "sensitivity",
        about: "how much hidden demand or a direct path would change the answer",
        draw: |analysis, _| sensitivity(analysis),
    },
    Entry {
        id: "feature_importance",
        about: "how much each column counts in both stages, and whether the folds agree",
        draw: |analysis, advisor| Ok(feature_importance(&advisor.importances()?, analysis)),
    },
];

fn channels(analysis: &Analysis) -> Vec<&str> {
    let effects = analysis.effects.iter();
    effects.map(|effect| effect.channel.as_str()).collect()
}

/// So many percent more on every channel.
fn all_by(analysis: &Analysis, percent: f64) -> Plan {
    let change = |channel: &str| Change {
        column: channel.into(),
        by: By::Percent(percent),
    };
    Plan {
        set: channels(analysis).into_iter().map(change).collect(),
        ..Plan::default()
    }
}
