//! The linear model that carries a check where the analysis itself cannot or need not.

use crate::data::Dataset;
use crate::error::Result;
use crate::estimators::EstimatorSettings;
use crate::features::FeatureSettings;
use crate::mediation::{CrossFit, Link, MediationModel, MediationSettings, Reading};

/// Default ridge in both stages on the [standard](FeatureSettings::standard) features.
pub(super) fn ridge_twin(
    features: &FeatureSettings,
    reading: Reading,
    link: Link,
) -> (FeatureSettings, MediationModel) {
    let ridge = || {
        let settings = EstimatorSettings::named("ridge").expect("ridge is an estimator");
        // Ridge draws no random numbers.
        settings.build(0)
    };
    let model = MediationModel {
        settings: MediationSettings {
            reading,
            link,
            cross_fit: CrossFit::Never,
        },
        mediator: ridge(),
        outcome: ridge(),
    };
    (features.standard(), model)
}

/// The same data with an edge from every exposure to the outcome.
pub(super) fn with_every_edge(data: &Dataset) -> Result<Dataset> {
    let mut roles = data.roles().clone();
    let exposures: Vec<String> = roles.exposures().into_iter().map(String::from).collect();
    for name in &exposures {
        roles.columns[name.as_str()].direct = true;
    }
    let columns = data
        .columns()
        .map(|(name, values)| (name.to_string(), values.clone()));
    Dataset::new(
        data.source().clone(),
        roles,
        data.weeks().to_vec(),
        columns.collect(),
    )
}
