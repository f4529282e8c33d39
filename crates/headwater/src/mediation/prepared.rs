//! A dataset made ready for fitting: features learned, targets on their scale.

use std::ops::Range;

use super::selection::Selection;
use crate::data::Dataset;
use crate::design::Design;
use crate::error::Result;
use crate::features::{ExposurePath, FeatureSettings, Features};
use crate::finding::Finding;

/// Everything about a dataset that refits share: features are built once on the full ordered
/// series, so that a bootstrap resamples rows and never recomputes carry-over on a resampled
/// series (methods brief, 2.1).
pub struct Prepared {
    /// Learned from `train` alone.
    pub features: Features,
    /// The observed spend.
    pub observed: ExposurePath,
    /// No spend on any exposure: what is left of the mediator then is not theirs.
    pub(super) nothing: BuiltPath,
    /// The exposures that have features and a drawn edge to the outcome.
    pub direct: Vec<String>,
    /// The rows to learn from.
    pub train: Range<usize>,
    /// The mediator, every week.
    pub mediator: Vec<f64>,
    /// The outcome, every week.
    pub outcome: Vec<f64>,
    /// Stage-1 designs over all weeks for the observed path, by candidate decay.
    pub mediator_designs: Vec<(f64, Design)>,
    /// The rows of `train` of those designs.
    pub(super) training_designs: Vec<(f64, Design)>,
    /// What learning the features found.
    pub findings: Vec<Finding>,
}

impl Prepared {
    /// Learns the features from the weeks of `train`, the choice of interactions included where
    /// it is `"auto"`, and builds the stage-1 designs.
    pub fn new(data: &Dataset, settings: &FeatureSettings, train: Range<usize>) -> Result<Self> {
        settings.validate(data)?;
        let chosen = Selection::of(data, settings, train.clone())?;
        let settings = chosen.as_ref().map_or(settings, |chosen| &chosen.settings);
        let (features, mut findings) = settings.fit(data, train.clone())?;
        findings.extend(chosen.as_ref().map(Selection::finding));
        let observed = ExposurePath::observed(data);
        let mediator_designs: Vec<(f64, Design)> = settings
            .decay_candidates()
            .into_iter()
            .map(|decay| (decay, features.mediator_design(&observed, decay)))
            .collect();
        let learned = features.exposures();
        let direct = data.roles().direct_exposures().into_iter();
        let names: Vec<&str> = observed.exposures().collect();
        let nothing = names
            .iter()
            .fold(observed.clone(), |path, name| path.without(name));
        Ok(Prepared {
            nothing: BuiltPath::new(&features, settings.decay_candidates(), nothing),
            direct: direct
                .filter(|name| learned.contains(name))
                .map(String::from)
                .collect(),
            mediator: data.mediator().to_vec(),
            outcome: data.outcome().to_vec(),
            training_designs: mediator_designs
                .iter()
                .map(|(decay, design)| (*decay, design.slice(train.clone())))
                .collect(),
            features,
            observed,
            train,
            mediator_designs,
            findings,
        })
    }

    /// The candidate decays.
    pub fn decays(&self) -> impl Iterator<Item = f64> {
        self.mediator_designs.iter().map(|(decay, _)| *decay)
    }

    /// A path with its stage-1 designs, for worlds that many refits are asked for.
    pub fn build(&self, path: ExposurePath) -> BuiltPath {
        BuiltPath::new(&self.features, self.decays(), path)
    }
}

/// A spend path with what stage 1 makes of it: see [`Prepared::build`].
pub struct BuiltPath {
    pub(super) path: ExposurePath,
    /// Stage-1 designs over all weeks, by candidate decay.
    mediator_designs: Vec<(f64, Design)>,
}

impl BuiltPath {
    fn new(features: &Features, decays: impl IntoIterator<Item = f64>, path: ExposurePath) -> Self {
        let design = |decay| (decay, features.mediator_design(&path, decay));
        BuiltPath {
            mediator_designs: decays.into_iter().map(design).collect(),
            path,
        }
    }

    pub(super) fn mediator_design(&self, decay: f64) -> &Design {
        of_decay(&self.mediator_designs, decay)
    }
}

/// The design of that candidate decay.
pub(super) fn of_decay(designs: &[(f64, Design)], decay: f64) -> &Design {
    let found = designs.iter().find(|(candidate, _)| *candidate == decay);
    &found.expect("the decay is one of the candidates").1
}
