//! `headwater scenario`: what a plan would have changed.

use headwater::decisions::{Change, Plan};
use headwater::error::Result;
use headwater::mediation::MediatorPolicy;
use headwater_report::scenario_screen;
use jiff::civil::Date;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// What if: other spend, prices or promotions over some weeks, and what would have followed
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater scenario sales-run --set facebook_spend=+20%
  headwater scenario sales-run --set facebook_spend=+20% --set tiktok_spend=-500 \\
      --from 2025-01-05 --to 2025-03-30 --margin 0.4")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// A change of a column in each week: +20%, -500 or =3000 (repeat for more)
    #[arg(long = "set", value_name = "COLUMN=BY", required = true)]
    set: Vec<Change>,

    /// The first day of the plan [default: the first week of the data]
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,

    /// The last day of the plan [default: the last week of the data]
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,

    /// What the mediator's budget does: free, cap:5000 (at most so much a week) or fixed
    #[arg(long, value_name = "POLICY", default_value_t)]
    mediator: MediatorPolicy,

    /// What is left of a unit of outcome, such as 0.4: makes a profit of the change
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,

    /// Compute the plan beyond what the data have seen as well
    #[arg(long)]
    allow_extrapolation: bool,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let plan = Plan {
        set: arguments.set.clone(),
        from: arguments.from,
        to: arguments.to,
        mediator: arguments.mediator,
        margin: arguments.margin,
        allow_extrapolation: arguments.allow_extrapolation,
    };
    let question = &arguments.question;
    let scenario = question.put(|advisor, _| advisor.scenario("plan", &plan))?;
    question.show(&scenario, terminal, |scenario| {
        scenario_screen(scenario, terminal.style())
    })?;
    Ok(Outcome::Done)
}
