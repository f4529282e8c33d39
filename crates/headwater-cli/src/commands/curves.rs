//! `headwater curves`: what channels return at other levels of spend.

use headwater::decisions::CurveQuestion;
use headwater::error::Result;
use headwater_report::curves_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// How much: what each channel returns at other levels of spend, and where the next dollar stops paying
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater curves sales-run
  headwater curves sales-run --channel facebook_spend --margin 0.4
  headwater curves sales-run --to 2 --points 41 --json")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// One channel [default: all]
    #[arg(long, value_name = "COLUMN")]
    channel: Option<String>,

    /// What is left of a unit of outcome, such as 0.4: shows where the next dollar stops paying
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,

    /// Points of a curve, from no spend to the largest
    #[arg(long, value_name = "N", default_value_t = CurveQuestion::default().points)]
    points: usize,

    /// The largest spend, as a multiple of what was spent
    #[arg(long, value_name = "TIMES", default_value_t = CurveQuestion::default().most)]
    to: f64,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let asked = CurveQuestion {
        channel: arguments.channel.clone(),
        margin: arguments.margin,
        points: arguments.points,
        most: arguments.to,
    };
    let question = &arguments.question;
    let run = question.run()?;
    asked.validate(&run.dataset.roles().exposures())?;
    let curves = question.put(&run, |advisor| advisor.response_curves(&asked))?;
    // One curve is asked for to be seen, also where its line stands in the table already.
    let in_full = arguments.channel.is_some();
    question.show(&run, &curves, terminal, |curves, analysis, style| {
        curves_screen(curves, analysis, in_full, style)
    })?;
    Ok(Outcome::Done)
}
