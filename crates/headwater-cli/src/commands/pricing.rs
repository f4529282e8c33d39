//! `headwater pricing`: at what price, and what promotions brought.

use headwater::decisions::PricingQuestion;
use headwater::decisions::pricing::Cost;
use headwater::error::Result;
use headwater_report::pricing_screen;

use crate::Outcome;
use crate::question::Question;
use crate::terminal::Terminal;

/// At what price: elasticities, revenue and profit over the observed prices, promotion lift
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater pricing sales-run
  headwater pricing sales-run --unit-cost 24.50
  headwater pricing sales-run --price list_price --promotion discount_weeks --margin 0.4")]
pub struct Arguments {
    #[command(flatten)]
    question: Question,

    /// The column of prices [default: the one with "price" in its name]
    #[arg(long, value_name = "COLUMN")]
    price: Option<String>,

    /// The column of promotions [default: the one with "promo" in its name, if any]
    #[arg(long, value_name = "COLUMN")]
    promotion: Option<String>,

    /// What a unit costs, in the unit of the price: makes a profit of revenue
    #[arg(long, value_name = "COST", conflicts_with = "margin")]
    unit_cost: Option<f64>,

    /// What is left of a unit of revenue at the mean price of the last 52 weeks, such as 0.4
    #[arg(long, value_name = "SHARE")]
    margin: Option<f64>,
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let unit_cost = arguments.unit_cost.map(Cost::PerUnit);
    let asked = PricingQuestion {
        price: arguments.price.clone(),
        promotion: arguments.promotion.clone(),
        cost: unit_cost.or(arguments.margin.map(Cost::Margin)),
    };
    asked.validate()?;
    let question = &arguments.question;
    let run = question.run()?;
    asked.columns(&run.dataset)?;
    let pricing = question.put(&run, |advisor| advisor.pricing(&asked))?;
    question.show(&run, &pricing, terminal, pricing_screen)?;
    Ok(Outcome::Done)
}
