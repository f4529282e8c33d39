//! Products of two columns, placed in the stages that the graph allows.

use std::sync::Arc;

use crate::data::role::{Role, Roles};
use crate::design::Column;
use crate::error::{Error, Result};

/// What a factor of an interaction is in the graph.
#[derive(Debug, Clone)]
enum Factor {
    /// An exposure, by its place among the roles' exposures: adstocked and saturated.
    Exposure { index: usize, direct: bool },
    /// The mediator: observed, or predicted where stage 2 reads nothing else.
    Mediator,
    /// A lever, a control or a column of the calendar, as it is.
    Covariate(Arc<[f64]>),
}

/// The product of two columns.
#[derive(Debug, Clone)]
pub(super) struct Interaction {
    /// `first x second`.
    pub name: Arc<str>,
    /// The names of the factors.
    pub pair: [String; 2],
    factors: [Factor; 2],
}

impl Interaction {
    /// Finds the factors among the exposures, the mediator and the covariates.
    ///
    /// # Errors
    /// When a factor cannot take part, or the graph has no stage for the product.
    pub fn derive(pair: &[String; 2], roles: &Roles, covariates: &[Column]) -> Result<Self> {
        let name = format!("{} x {}", pair[0], pair[1]);
        if pair[0] == pair[1] {
            return Err(Error::setting(
                format!("the interaction {name} multiplies a column with itself"),
                "name two different columns; for a curved effect use saturation = \"log1p\"",
            ));
        }
        let interaction = Interaction {
            factors: [
                factor(&pair[0], &name, roles, covariates)?,
                factor(&pair[1], &name, roles, covariates)?,
            ],
            name: name.into(),
            pair: pair.clone(),
        };
        if !interaction.in_mediator_stage() && !interaction.in_outcome_stage() {
            return Err(Error::setting(
                format!(
                    "the interaction {} has no place in the model: it needs a direct path from \
                     the exposure to the outcome",
                    interaction.name
                ),
                "set `direct = true` on the exposure in headwater.toml, or remove the interaction",
            ));
        }
        Ok(interaction)
    }

    /// Whether no exposure and no mediator is among the factors.
    pub fn is_control(&self) -> bool {
        let covariate = |factor: &Factor| matches!(factor, Factor::Covariate(_));
        self.factors.iter().all(covariate)
    }

    /// Stage 1 predicts the mediator, so it must not read it.
    pub fn in_mediator_stage(&self) -> bool {
        let mediator = |factor: &Factor| matches!(factor, Factor::Mediator);
        !self.factors.iter().any(mediator)
    }

    /// Stage 2 reads an exposure only where its edge to the outcome is drawn.
    pub fn in_outcome_stage(&self) -> bool {
        let absent = |factor: &Factor| matches!(factor, Factor::Exposure { direct: false, .. });
        !self.factors.iter().any(absent)
    }

    /// The product, week by week. `signals` holds the transformed exposures by index; `None`
    /// when the mediator is a factor and stage 2 reads none.
    pub fn values(
        &self,
        signals: &[Option<Arc<[f64]>>],
        mediator: Option<&[f64]>,
    ) -> Option<Arc<[f64]>> {
        let values = |factor: &Factor| match factor {
            Factor::Exposure { index, .. } => signals[*index].clone(),
            Factor::Mediator => mediator.map(Arc::from),
            Factor::Covariate(values) => Some(values.clone()),
        };
        let [first, second] = [values(&self.factors[0])?, values(&self.factors[1])?];
        Some(first.iter().zip(&*second).map(|(a, b)| a * b).collect())
    }
}

fn factor(name: &str, interaction: &str, roles: &Roles, covariates: &[Column]) -> Result<Factor> {
    if let Some(index) = roles.exposures().iter().position(|other| *other == name) {
        let direct = roles.columns[name].direct;
        return Ok(Factor::Exposure { index, direct });
    }
    if roles.only(Role::Mediator) == Some(name) {
        return Ok(Factor::Mediator);
    }
    if let Some(column) = covariates.iter().find(|column| &*column.name == name) {
        return Ok(Factor::Covariate(column.values.clone()));
    }
    let why = match roles.columns.get(name).map(|variable| variable.role) {
        Some(Role::Outcome) => "is the outcome, which the model must not read",
        Some(Role::Date) => "is the date",
        Some(Role::Panel) => "is the panel key",
        Some(_) => "is ignored by the model",
        None => "is neither a column nor a feature of the calendar",
    };
    let known: Vec<&str> = roles
        .exposures()
        .into_iter()
        .chain(roles.only(Role::Mediator))
        .chain(covariates.iter().map(|column| &*column.name))
        .collect();
    Err(Error::setting(
        format!("the interaction {interaction} cannot be built: {name} {why}"),
        format!("choose from {}", known.join(", ")),
    ))
}
