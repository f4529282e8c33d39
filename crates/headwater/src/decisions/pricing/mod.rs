//! At what price: elasticities, the curve over the observed prices, and what promotions brought.

mod band;
mod columns;
mod curve;
mod departure;
mod doubts;
mod elasticity;
mod promotion;
mod pull_forward;
mod range;

pub use band::{PriceBand, price_band};
pub use curve::{PriceCurve, PricePoint};
pub use elasticity::{Elasticity, PathElasticity, arc};
pub use promotion::{ByPrice, PriceLevel, Promotion};
pub use pull_forward::PullForward;
pub use range::PriceRange;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::role::Role;
use crate::effects::Ensemble;
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::finding::Finding;

/// What is asked about prices.
///
/// ```
/// use headwater::decisions::pricing::{Cost, PricingQuestion};
/// let question = PricingQuestion { cost: Some(Cost::Margin(0.4)), ..PricingQuestion::default() };
/// assert!(question.validate().is_ok());
/// assert!(PricingQuestion { cost: Some(Cost::Margin(40.0)), ..question }.validate().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PricingQuestion {
    /// The column of prices; left out, the one whose name holds "price".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// The column of promotions; left out, the one whose name holds "promo", if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
    /// What a unit costs: makes a profit of revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What a unit costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// So much, in the unit of the price, 0 or more.
    PerUnit(f64),
    /// The part of the mean price now that is not left as margin, in (0, 1]: `(1 - margin) * now`.
    Margin(f64),
}

impl PricingQuestion {
    /// Refuses a cost below zero and a margin outside (0, 1].
    ///
    /// # Errors
    /// Names the figure and what it must be.
    pub fn validate(&self) -> Result<()> {
        match self.cost {
            Some(Cost::PerUnit(cost)) if !(cost >= 0.0 && cost.is_finite()) => Err(Error::setting(
                format!("a unit cannot cost {cost}"),
                "write what a unit costs in the unit of the price, such as 24.50",
            )),
            Some(Cost::Margin(margin)) if !(margin > 0.0 && margin <= 1.0) => Err(Error::setting(
                format!("the margin {margin} is not a part of the price"),
                "write what is left of a unit of revenue, between 0 and 1, such as 0.4",
            )),
            _ => Ok(()),
        }
    }

    /// The column of prices and that of promotions, if there is one.
    ///
    /// # Errors
    /// When none or several columns may hold the price, when several may hold promotions, or when a
    /// named one is no lever or control.
    pub fn columns<'a>(&self, data: &'a Dataset) -> Result<(&'a str, Option<&'a str>)> {
        let price = columns::price(data, self.price.as_deref())?;
        let promotion = columns::promotion(data, self.promotion.as_deref(), price)?;
        Ok((price, promotion))
    }
}

/// What the prices and promotions of the data say, each figure a difference of worlds asked of all
/// replicates; nothing is computed outside the observed prices.
///
/// A model that shrinks the slopes of price and promotions understates them; fit it with both
/// [`asked`](crate::features::FeatureSettings::asked) for, as
/// [`Advisor::pricing`](../../analysis/struct.Advisor.html#method.pricing) does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pricing {
    /// The column of the outcome, which is read as revenue.
    pub outcome: String,
    /// The column of the mediator.
    pub mediator: String,
    /// Whether the model was fitted again with price and promotions left out of its penalty, so that
    /// figures differ from those of the run and of a scenario.
    pub unpenalised: bool,
    /// The replicates behind the intervals.
    pub replicates: usize,
    /// The nominal coverage of intervals.
    pub level: f64,
    /// The prices that were seen.
    pub prices: PriceRange,
    /// The own-price elasticity.
    pub elasticity: Elasticity,
    /// What a unit costs and how that is known.
    pub unit_cost: Option<UnitCost>,
    /// Over the observed prices; `None` where the price hardly varies.
    pub curve: Option<PriceCurve>,
    /// `None` without a column of promotions.
    pub promotion: Option<Promotion>,
    /// Doubts.
    pub findings: Vec<Finding>,
}

/// What a unit costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitCost {
    /// In the unit of the price.
    pub cost: f64,
    /// The margin at the mean price now that it was derived from; `None` where the cost was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

impl Pricing {
    /// Asks the models of `ensemble`, which were fitted to `data`.
    ///
    /// # Errors
    /// Those of [`PricingQuestion::validate`] and [`PricingQuestion::columns`]; a price that is not above
    /// zero.
    pub fn of(ensemble: &Ensemble, data: &Dataset, question: &PricingQuestion) -> Result<Self> {
        question.validate()?;
        let (price, promotion) = question.columns(data)?;
        let prices = PriceRange::of(data, price)?;
        let unit_cost = question.cost.map(|cost| match cost {
            Cost::PerUnit(cost) => UnitCost { cost, margin: None },
            Cost::Margin(margin) => UnitCost {
                cost: (1.0 - margin) * prices.now,
                margin: Some(margin),
            },
        });
        let cost = unit_cost.as_ref().map(|known| known.cost);
        let (elasticity, curve) = match prices.varies() {
            true => (
                Elasticity::of(ensemble, data, &prices)?,
                Some(PriceCurve::of(ensemble, data, &prices, cost)?),
            ),
            false => {
                let why = format!("{price} hardly varies, so nothing can be learned about it");
                let missing = Estimate::not_assessed(why, ensemble.level());
                (Elasticity::missing(missing, data.len()), None)
            }
        };
        let promotion = promotion
            .map(|column| Promotion::of(ensemble, data, column, price))
            .transpose()?;
        let name = |role| data.roles().only(role).expect("checked by Dataset::new");
        let mut pricing = Pricing {
            outcome: name(Role::Outcome).into(),
            mediator: name(Role::Mediator).into(),
            unpenalised: false,
            replicates: ensemble.draws().len(),
            level: ensemble.level(),
            prices,
            elasticity,
            unit_cost,
            curve,
            promotion,
            findings: Vec::new(),
        };
        pricing.findings = doubts::of(&pricing, data);
        Ok(pricing)
    }
}
