//! What happens to the exposures of a stage: a kernel for all, or a kernel and a saturation each.

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::adstock::Kernel;
use super::saturation::{Response, Saturation};

/// What the user fixed for one exposure: `[features.channels.NAME]`. What is left out follows
/// the stage.
///
/// ```
/// use headwater::features::FeatureSettings;
/// let settings: FeatureSettings = toml::from_str(
///     "[channels.facebook_spend]\n\
///      adstock = { delayed = { decay = 0.5, peak = 1.0, lags = 8 } }\n\
///      saturation = { hill = { half_saturation = 1.0, slope = 1.5 } }",
/// )?;
/// assert!(settings.channels["facebook_spend"].adstock.is_some());
/// assert!(toml::from_str::<FeatureSettings>("[channels.tv]\nadstok = 'none'").is_err());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelSettings {
    /// The carry-over of this exposure in both stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adstock: Option<Kernel>,
    /// The saturation of this exposure in both stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Saturation>,
}

/// The settings of single exposures, by name.
pub type Channels = IndexMap<String, ChannelSettings>;

/// The carry-over of a stage, one of the candidates among which tuning chooses. From a number: a
/// geometric decay for every exposure.
#[derive(Debug, Clone, PartialEq)]
pub struct CarryOver {
    /// For every exposure that has no shape of its own.
    pub kernel: Kernel,
    /// Shapes chosen for single exposures, by their place among the roles' exposures.
    shapes: Arc<[(usize, Shape)]>,
}

/// What is made of the spend on one exposure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub kernel: Kernel,
    pub response: Response,
}

impl<K: Into<Kernel>> From<K> for CarryOver {
    fn from(kernel: K) -> Self {
        CarryOver {
            kernel: kernel.into(),
            shapes: Arc::from([]),
        }
    }
}

impl From<&CarryOver> for CarryOver {
    fn from(carry_over: &CarryOver) -> Self {
        carry_over.clone()
    }
}

impl CarryOver {
    /// The shape chosen for exposure number `index`.
    pub(super) fn shape(&self, index: usize) -> Option<Shape> {
        let mut shapes = self.shapes.iter();
        shapes.find(|(of, _)| *of == index).map(|(_, shape)| *shape)
    }

    /// The same with another shape for exposure number `index`.
    pub(super) fn with_shape(&self, index: usize, shape: Shape) -> Self {
        let others = self.shapes.iter().filter(|(of, _)| *of != index);
        CarryOver {
            kernel: self.kernel,
            shapes: others.copied().chain([(index, shape)]).collect(),
        }
    }
}

/// A kernel and a saturation in words and numbers, as the report lists what tuning chose. A plain
/// decay is a number.
pub(super) fn describe(kernel: Kernel, saturation: Option<Saturation>) -> Map<String, Value> {
    let mut chosen = Map::new();
    match kernel {
        Kernel::Geometric { decay } => chosen.insert("adstock_decay".into(), decay.into()),
        other => chosen.insert("adstock".into(), value(&other)),
    };
    if let Some(saturation) = saturation {
        chosen.insert("saturation".into(), value(&saturation));
    }
    chosen
}

fn value(setting: &impl Serialize) -> Value {
    serde_json::to_value(setting).expect("a kernel or a saturation is plain numbers")
}
