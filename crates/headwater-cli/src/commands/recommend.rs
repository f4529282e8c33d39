//! `headwater recommend`: what to do next, in plain sentences.

use headwater::decisions::BudgetSettings;
use headwater::decisions::budget::MaxChange;
use headwater::error::Result;
use headwater_report::recommend_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// What to do next, in plain sentences, and what these data do not say
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater recommend sales-run
  headwater recommend sales-run --margin 0.4 --horizon 13 --max-change 50%

Only moves that the data support are recommended; where none is, it says so. For bounds, groups and
other budgets: headwater optimize.")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// What spend and the mediator spend it sets off may cost over the horizon [default: what the
    /// last weeks cost]
    #[arg(long, value_name = "MONEY")]
    budget: Option<f64>,

    /// How far a channel may move from what it gets now, or none
    #[arg(long, value_name = "PERCENT", default_value_t = BudgetSettings::default().max_change)]
    max_change: MaxChange,

    /// How many weeks after the data to plan, 1 to 52
    #[arg(long, value_name = "WEEKS", default_value_t = BudgetSettings::default().horizon)]
    horizon: usize,

    /// What is left of a unit of outcome, such as 0.4: moves are judged by profit
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let settings = BudgetSettings {
        budget: arguments.budget,
        max_change: arguments.max_change,
        horizon: arguments.horizon,
        margin: arguments.margin,
        ..BudgetSettings::default()
    };
    let question = &arguments.question;
    let run = question.run()?;
    settings.check(&run.dataset)?;
    let advice = question.put(&run, |advisor| advisor.recommend(&settings))?;
    question.show(&run, &advice, terminal, recommend_screen)?;
    Ok(Outcome::Done)
}
