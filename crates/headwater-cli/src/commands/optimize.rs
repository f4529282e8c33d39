//! `headwater optimize`: where the budget of the weeks to come goes.

use headwater::decisions::BudgetSettings;
use headwater::decisions::budget::{ChannelBounds, ChannelGroup, MaxChange, Objective, Risk};
use headwater::error::Result;
use headwater::mediation::MediatorPolicy;
use headwater_report::budget_screen;

use crate::Outcome;
use crate::question::{Question, value};
use crate::terminal::Terminal;

/// Where the budget of the weeks to come goes, and whether moving it is worth it
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater optimize sales-run
  headwater optimize sales-run --budget 20000 --horizon 8 --objective profit --margin 0.4
  headwater optimize sales-run --bound facebook_spend=0..8000 \\
      --group social=facebook_spend,tiktok_spend:2000..12000 --risk cvar:0.2
  headwater optimize sales-run --hurdle 1.5 --max-change none")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// What spend and the mediator spend it sets off may cost over the horizon [default: what the
    /// last weeks cost]
    #[arg(long, value_name = "MONEY", conflicts_with = "hurdle")]
    budget: Option<f64>,

    /// In place of a budget: spend until the last unit of the bill brings so much outcome
    #[arg(long, value_name = "RETURN")]
    hurdle: Option<f64>,

    /// Least and most of a channel over the horizon, such as facebook_spend=0..8000 (repeat for more)
    #[arg(long = "bound", value_name = "CHANNEL=LEAST..MOST", value_parser = value::<ChannelBounds>)]
    bounds: Vec<ChannelBounds>,

    /// Least and most of channels together, such as social=facebook_spend,tiktok_spend:2000..12000
    #[arg(
        long = "group", value_name = "NAME=CHANNELS:LEAST..MOST",
        value_parser = value::<ChannelGroup>
    )]
    groups: Vec<ChannelGroup>,

    /// How far a channel without bounds of its own may move from what it gets now, or none
    #[arg(
        long, value_name = "PERCENT", value_parser = value::<MaxChange>,
        default_value_t = BudgetSettings::default().max_change
    )]
    max_change: MaxChange,

    /// How many weeks after the data to plan, 1 to 52
    #[arg(long, value_name = "WEEKS", default_value_t = BudgetSettings::default().horizon)]
    horizon: usize,

    /// What to make as large as possible: revenue or profit (needs --margin)
    #[arg(
        long, value_name = "WHAT", value_parser = value::<Objective>,
        default_value_t = BudgetSettings::default().objective
    )]
    objective: Objective,

    /// What is left of a unit of outcome, such as 0.4
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,

    /// What to make of uncertain effects: mean, or cvar:0.2 (the worst fifth of the replicates)
    #[arg(
        long, value_name = "RISK", value_parser = value::<Risk>,
        default_value_t = BudgetSettings::default().risk
    )]
    risk: Risk,

    /// What the mediator's budget does: free, cap:5000 (at most so much a week) or fixed
    #[arg(long, value_name = "POLICY", default_value_t)]
    mediator: MediatorPolicy,

    /// Plan beyond what the data have seen as well
    #[arg(long)]
    allow_extrapolation: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let settings = BudgetSettings {
        budget: arguments.budget,
        hurdle: arguments.hurdle,
        bounds: arguments.bounds.clone(),
        groups: arguments.groups.clone(),
        max_change: arguments.max_change,
        horizon: arguments.horizon,
        objective: arguments.objective,
        margin: arguments.margin,
        risk: arguments.risk,
        mediator: arguments.mediator,
        allow_extrapolation: arguments.allow_extrapolation,
    };
    let question = &arguments.question;
    let run = question.run()?;
    let settings = BudgetSettings {
        margin: arguments.margin.or(run.settings.sensitivity.margin),
        ..settings
    };
    settings.check(&run.dataset)?;
    let plan = question.put(&run, |advisor| advisor.optimize(&settings))?;
    question.show(&run, &plan, terminal, budget_screen)?;
    Ok(Outcome::Done)
}
