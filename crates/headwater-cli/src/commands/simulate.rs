//! `headwater simulate`: a market whose effects are known.

use std::path::PathBuf;

use headwater::error::{Error, Result};
use headwater::simulate::{MarketSettings, simulate, simulate_brands};

use super::write_new;
use crate::Outcome;
use crate::terminal::{Terminal, json};

/// Simulate a market whose effects are known, as a CSV file
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  headwater simulate --out data.csv --truth truth.json
  headwater simulate --weeks 156 --seed 7 --out data.csv
  headwater simulate --direct instagram_spend=0.8 --out data.csv    (revenue around search)
  headwater simulate --brands 50 --out brands.csv --truth truth.json
  headwater simulate --confounding 0.5 --out data.csv    (demand moves both Google and revenue)

The market: Facebook, TikTok, Snapchat and Instagram spend, carried over from week to week,
create Google spend; Google spend creates revenue; emails, SMS, price, followers, promotions,
trend and season move both. truth.json holds each channel's effects, returns and the settings.
With --brands the file has a column brand, and each brand a market with effects of its own, half to
one and a half times those of the settings; truth.json holds the truth of each by its name.")]
pub struct Arguments {
    /// The number of weeks
    #[arg(long, default_value_t = MarketSettings::default().weeks)]
    pub weeks: usize,

    /// The seed of all random numbers
    #[arg(long, default_value_t = MarketSettings::default().seed)]
    pub seed: u64,

    /// Simulate so many brands, for `headwater fit --by brand`
    #[arg(long, value_name = "N")]
    brands: Option<usize>,

    /// The file to write; stdout when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Also write the true effects, as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    market: MarketArguments,
}

/// What the market is like.
#[derive(clap::Args)]
#[command(next_help_heading = "The market")]
pub struct MarketArguments {
    /// Revenue per Google dollar
    #[arg(long, value_name = "RETURN", default_value_t = MarketSettings::default().search_return)]
    search_return: f64,

    /// The share of Google spend's variation that social spend explains, between 0 and 1
    #[arg(long, value_name = "SHARE", default_value_t = MarketSettings::default().first_stage_r2)]
    first_stage_r2: f64,

    /// The correlation of a week's noise with the week before, between -1 and 1
    #[arg(
        long, value_name = "PHI", allow_negative_numbers = true,
        default_value_t = MarketSettings::default().autocorrelation
    )]
    autocorrelation: f64,

    /// The correlation of the noise of Google spend with that of revenue, between -1 and 1
    #[arg(
        long, value_name = "RHO", allow_negative_numbers = true,
        default_value_t = MarketSettings::default().confounding
    )]
    confounding: f64,

    /// Revenue per dollar of a channel around search; repeat for more channels
    #[arg(long, value_name = "CHANNEL=REVENUE", value_parser = channel_value)]
    direct: Vec<(String, f64)>,
}

/// Reads `instagram_spend=0.8`.
fn channel_value(text: &str) -> Result<(String, f64), String> {
    let (channel, value) = text
        .split_once('=')
        .ok_or("write CHANNEL=REVENUE, such as instagram_spend=0.8")?;
    let value = value
        .parse()
        .map_err(|_| format!("{value:?} is not a number"))?;
    Ok((channel.into(), value))
}

impl MarketArguments {
    /// The settings of a market of that many weeks.
    fn settings(&self, weeks: usize, seed: u64) -> Result<MarketSettings> {
        let mut settings = MarketSettings {
            weeks,
            seed,
            search_return: self.search_return,
            first_stage_r2: self.first_stage_r2,
            autocorrelation: self.autocorrelation,
            confounding: self.confounding,
            ..MarketSettings::default()
        };
        for (name, direct) in &self.direct {
            let names: Vec<String> = settings
                .channels
                .iter()
                .map(|channel| channel.name.clone())
                .collect();
            let channel = settings
                .channels
                .iter_mut()
                .find(|channel| channel.name == *name)
                .ok_or_else(|| {
                    Error::setting(
                        format!("the market has no channel {name:?}"),
                        format!("choose one of {}", names.join(", ")),
                    )
                })?;
            channel.direct = *direct;
        }
        Ok(settings)
    }
}

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.out.is_some() && arguments.out == arguments.truth {
        return Err(Error::setting(
            "--out and --truth name the same file",
            "give the truth a file of its own",
        ));
    }
    let settings = arguments.market.settings(arguments.weeks, arguments.seed)?;
    let (csv, truth) = match arguments.brands {
        Some(brands) => {
            let brands = simulate_brands(&settings, brands)?;
            (brands.to_csv(), json(&brands.truths())?)
        }
        None => {
            let market = simulate(&settings)?;
            (market.to_csv(), json(&market.truth)?)
        }
    };
    match &arguments.out {
        Some(file) => write_new(file, &csv, arguments.force)?,
        None => terminal.print(&csv)?,
    }
    if let Some(file) = &arguments.truth {
        write_new(file, &truth, arguments.force)?;
    }
    Ok(Outcome::Done)
}
