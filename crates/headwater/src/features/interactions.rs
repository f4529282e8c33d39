//! Products of two columns, placed in the stages that the graph allows.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::role::{Role, Roles};
use crate::design::Column;
use crate::error::{Error, Result};

/// Which products of two columns are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interactions {
    /// Those among [`candidates`](Interactions::candidates) that earn their place by forward
    /// folds inside the training weeks; [`Prepared::new`](crate::mediation::Prepared::new)
    /// chooses them, so that every training range chooses again.
    Auto,
    /// These pairs.
    Pairs(Vec<[String; 2]>),
}

impl Default for Interactions {
    fn default() -> Self {
        Interactions::Pairs(Vec::new())
    }
}

impl From<Vec<[String; 2]>> for Interactions {
    fn from(pairs: Vec<[String; 2]>) -> Self {
        Interactions::Pairs(pairs)
    }
}

impl Interactions {
    /// The pairs that are known without looking at the outcome: none for [`Interactions::Auto`].
    pub fn pairs(&self) -> &[[String; 2]] {
        match self {
            Interactions::Auto => &[],
            Interactions::Pairs(pairs) => pairs,
        }
    }

    /// The pairs among which `"auto"` chooses, in file order: lever and lever, lever and control,
    /// and an exposure whose direct edge is drawn with a lever or a control. Whatever is chosen,
    /// both factors stand in the design by themselves as well.
    ///
    /// ```
    /// use headwater::data::role::Roles;
    /// use headwater::features::Interactions;
    /// let roles: Roles = toml::from_str(
    ///     "tiktok = { role = \"exposure\" }\n\
    ///      instagram = { role = \"exposure\", direct = true }\n\
    ///      email = { role = \"lever\" }\nprice = { role = \"control\" }",
    /// )?;
    /// let pair = |a: &str, b: &str| [a.to_string(), b.to_string()];
    /// assert_eq!(
    ///     Interactions::candidates(&roles),
    ///     [pair("instagram", "email"), pair("instagram", "price"), pair("email", "price")]
    /// );
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn candidates(roles: &Roles) -> Vec<[String; 2]> {
        let levers: Vec<&str> = roles.with_role(Role::Lever).collect();
        let controls: Vec<&str> = roles.with_role(Role::Control).collect();
        let pair = |first: &str, second: &str| [first.to_string(), second.to_string()];
        let direct = roles.direct_exposures().into_iter().flat_map(|exposure| {
            let moderators = levers.iter().chain(&controls);
            moderators.map(move |moderator| pair(exposure, moderator))
        });
        let among_levers = levers.iter().enumerate().flat_map(|(index, lever)| {
            let others = levers[index + 1..].iter().chain(&controls);
            others.map(move |other| pair(lever, other))
        });
        direct.chain(among_levers).collect()
    }
}

const AUTO: &str = "auto";

impl Serialize for Interactions {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Interactions::Auto => serializer.serialize_str(AUTO),
            Interactions::Pairs(pairs) => pairs.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Interactions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct WordOrPairs;

        impl<'de> Visitor<'de> for WordOrPairs {
            type Value = Interactions;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                write!(formatter, "\"{AUTO}\" or a list of pairs of columns")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> std::result::Result<Self::Value, E> {
                if word == AUTO {
                    Ok(Interactions::Auto)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(word), &self))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                pairs: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(pairs))
                    .map(Interactions::Pairs)
            }
        }

        deserializer.deserialize_any(WordOrPairs)
    }
}

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

    /// The product of two covariates, a covariate itself.
    ///
    /// # Panics
    /// When a factor [is none](Self::is_control).
    pub fn control(&self) -> Column {
        let product = self.values(&[], None);
        let product = product.expect("factors are neither exposures nor the mediator");
        Column::control(self.name.clone(), product)
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
