//! `headwater scenario`: what a plan would have changed.

use std::path::{Path, PathBuf};

use headwater::decisions::{Change, Plan, Plans, Scenario, Scenarios};
use headwater::error::{Error, Result};
use headwater::mediation::MediatorPolicy;
use headwater_report::{scenario_screen, scenarios_screen};
use jiff::civil::Date;
use serde::Serialize;

use super::write;
use crate::Outcome;
use crate::question::{Question, value};
use crate::terminal::Terminal;

/// What if: other spend, prices or promotions over some weeks, and what would have followed
#[derive(clap::Args)]
#[command(
    after_help = "\
Examples:
  headwater scenario sales-run --set facebook_spend=+20%
  headwater scenario sales-run --set facebook_spend=+20% --set tiktok_spend=-500 \\
      --from 2025-01-05 --to 2025-03-30 --margin 0.4
  headwater scenario sales-run --set facebook_spend=-10% --save careful.toml
  headwater scenario sales-run --file scenarios.toml --compare careful,bold

A file of scenarios holds a table for each, with the same words as the options:
  [careful]
  set = [{ column = \"facebook_spend\", by = \"-10%\" }]

  [bold]
  from = 2025-01-05
  margin = 0.4
  set = [{ column = \"facebook_spend\", by = \"+30%\" }, { column = \"tiktok_spend\", by = \"=3000\" }]",
    group = clap::ArgGroup::new("asked").required(true).args(["set", "file"])
)]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// A change of a column in each week: +20%, -500 or =3000 (repeat for more)
    #[arg(long = "set", value_name = "COLUMN=BY", value_parser = value::<Change>)]
    set: Vec<Change>,

    /// The first day of the plan [default: the first week of the data]
    #[arg(long, value_name = "DAY", conflicts_with = "file")]
    from: Option<Date>,

    /// The last day of the plan [default: the last week of the data]
    #[arg(long, value_name = "DAY", conflicts_with = "file")]
    to: Option<Date>,

    /// What the mediator's budget does: free, cap:5000 (at most so much a week) or fixed
    #[arg(long, value_name = "POLICY", default_value_t, conflicts_with = "file")]
    mediator: MediatorPolicy,

    /// What is left of a unit of outcome, such as 0.4: makes a profit of the change
    #[arg(long, value_name = "SHARE", conflicts_with = "file")]
    margin: Option<f64>,

    /// Compute the plan beyond what the data have seen as well
    #[arg(long, conflicts_with = "file")]
    allow_extrapolation: bool,

    /// A file of scenarios, instead of --set and the other options of a plan
    #[arg(long, value_name = "FILE", conflicts_with = "set")]
    file: Option<PathBuf>,

    /// The scenarios of the file to put side by side [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "file")]
    compare: Vec<String>,

    /// Show every week instead of blocks of weeks
    #[arg(long)]
    weekly: bool,

    /// Write the plan to a file of scenarios
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    save: Option<PathBuf>,

    /// Replace the file named with --save
    #[arg(long, requires = "save")]
    force: bool,
}

/// One plan by itself, or those of a file beside each other.
#[derive(Serialize)]
#[serde(untagged)]
enum Asked {
    One(Box<Scenario>),
    Several(Scenarios),
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let plans = arguments.plans()?;
    if let Some(file) = &arguments.save {
        refuse_existing(file, arguments.force)?;
    }
    let question = &arguments.question;
    let run = question.run()?;
    for plan in plans.plans.values() {
        plan.apply(&run.dataset)?;
    }
    let mut each = plans.plans.iter();
    let asked = question.put(&run, |advisor| match (each.next(), each.next()) {
        (Some((name, plan)), None) => {
            let scenario = advisor.scenario(name, plan)?;
            Ok(Asked::One(Box::new(scenario)))
        }
        _ => advisor.scenarios(&plans).map(Asked::Several),
    })?;
    if let Some(file) = &arguments.save {
        write(file, &plans.to_toml())?;
    }
    question.show(
        &run,
        &asked,
        terminal,
        |asked, analysis, style| match asked {
            Asked::One(one) => scenario_screen(one, analysis, arguments.weekly, style),
            Asked::Several(several) => scenarios_screen(several, analysis, style),
        },
    )?;
    Ok(Outcome::Done)
}

impl Arguments {
    /// The plans asked for: of the file, or the one that the options make.
    fn plans(&self) -> Result<Plans> {
        let Some(file) = &self.file else {
            let plan = Plan {
                set: self.set.clone(),
                from: self.from,
                to: self.to,
                mediator: self.mediator,
                margin: self.margin,
                allow_extrapolation: self.allow_extrapolation,
            };
            return Ok(Plans::one("plan", plan));
        };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|why| Error::File {
            path: name.clone(),
            message: why.to_string(),
            help: "name a file of scenarios; `headwater scenario RUN --set ... --save FILE` writes one"
                .into(),
        })?;
        let plans = Plans::from_toml(&name, &text)?;
        match self.compare.is_empty() {
            true => Ok(plans),
            false => plans.only(&self.compare),
        }
    }
}

fn refuse_existing(file: &Path, force: bool) -> Result<()> {
    if !file.exists() || force {
        return Ok(());
    }
    Err(Error::File {
        path: file.display().to_string(),
        message: "already exists".into(),
        help: "name another file with --save, or replace this one with --force".into(),
    })
}
