//! A dataset made ready for fitting: features learned, targets on their scale.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use super::selection::Selection;
use crate::data::Dataset;
use crate::design::Design;
use crate::error::Result;
use crate::features::{CarryOver, ExposurePath, FeatureSettings, Features};
use crate::finding::Finding;
use crate::splits::Fold;

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
    /// Stage-1 designs over all weeks for the observed path, by candidate carry-over.
    pub mediator_designs: Vec<(CarryOver, Design)>,
    /// The rows of `train` of those designs.
    pub(super) training_designs: Vec<(CarryOver, Design)>,
    /// What learning the features found.
    pub findings: Vec<Finding>,
}

impl Prepared {
    /// Learns the features from the weeks of `train`, the choice of interactions included where
    /// it is `"auto"`, and builds the stage-1 designs.
    pub fn new(data: &Dataset, settings: &FeatureSettings, train: Range<usize>) -> Result<Self> {
        Self::for_fold(data, settings, &Fold::forward(train, 0..0))
    }

    /// Learns the features from the weeks that `fold` learns from; fits then need its
    /// [`weights`](Fold::weights).
    pub fn for_fold(data: &Dataset, settings: &FeatureSettings, fold: &Fold) -> Result<Self> {
        let train = fold.train.clone();
        let chosen = Selection::of(data, settings, fold)?;
        let settings = chosen.as_ref().map_or(settings, |chosen| &chosen.settings);
        let (features, mut findings) =
            settings.fit_without(data, train.clone(), fold.left_out.clone())?;
        findings.extend(chosen.as_ref().map(Selection::finding));
        let observed = ExposurePath::observed(data);
        let mediator_designs = designs(&features, settings.carry_overs(), &observed);
        let learned = features.exposures();
        let direct = data.roles().direct_exposures().into_iter();
        Ok(Prepared {
            nothing: BuiltPath::new(&features, settings.carry_overs(), observed.nothing()),
            direct: direct
                .filter(|name| learned.contains(name))
                .map(String::from)
                .collect(),
            mediator: data.mediator().to_vec(),
            outcome: data.outcome().to_vec(),
            training_designs: mediator_designs
                .iter()
                .map(|(carry_over, design)| (carry_over.clone(), design.slice(train.clone())))
                .collect(),
            features,
            observed,
            train,
            mediator_designs,
            findings,
        })
    }

    /// The candidate carry-overs.
    pub fn carry_overs(&self) -> impl Iterator<Item = &CarryOver> {
        self.mediator_designs
            .iter()
            .map(|(carry_over, _)| carry_over)
    }

    /// A path with its stage-1 designs, for worlds that many refits are asked for.
    pub fn build(&self, path: ExposurePath) -> BuiltPath {
        BuiltPath::new(&self.features, self.carry_overs().cloned(), path)
    }

    /// The spend, levers and controls that these were made from.
    pub(super) fn standing(&self) -> BuiltPath {
        self.build(self.observed.clone())
    }

    /// Spend, levers and controls as they stand in `data`, which has the weeks and roles of these:
    /// a world in which more than the spend differs.
    ///
    /// # Errors
    /// Those of [`Features::over`].
    pub fn build_world(&self, data: &Dataset) -> Result<BuiltPath> {
        let features = self.features.over(data)?;
        let path = ExposurePath::observed(data);
        Ok(BuiltPath::new(&features, self.carry_overs().cloned(), path))
    }

    /// The same features over more weeks: `data` begins with the weeks of these and goes on. Nothing
    /// is learned anew, and what the later weeks hold as mediator and outcome is not read.
    ///
    /// # Errors
    /// Those of [`Features::over`].
    pub fn over(&self, data: &Dataset) -> Result<Prepared> {
        let features = self.features.over(data)?;
        let observed = ExposurePath::observed(data);
        let carry_overs: Vec<CarryOver> = self.carry_overs().cloned().collect();
        let mediator_designs = designs(&features, carry_overs.iter().cloned(), &observed);
        Ok(Prepared {
            nothing: BuiltPath::new(&features, carry_overs, observed.nothing()),
            direct: self.direct.clone(),
            train: self.train.clone(),
            mediator: data.mediator().to_vec(),
            outcome: data.outcome().to_vec(),
            training_designs: self.training_designs.clone(),
            findings: self.findings.clone(),
            features,
            observed,
            mediator_designs,
        })
    }
}

/// A spend path with what stage 1 makes of it: see [`Prepared::build`].
pub struct BuiltPath {
    pub(super) features: Features,
    pub(super) path: ExposurePath,
    /// Stage-1 designs over all weeks, by candidate carry-over, built when first asked for.
    mediator_designs: Vec<(CarryOver, OnceLock<Design>)>,
}

impl BuiltPath {
    fn new(
        features: &Features,
        carry_overs: impl IntoIterator<Item = CarryOver>,
        path: ExposurePath,
    ) -> Self {
        let carry_overs = carry_overs.into_iter();
        BuiltPath {
            mediator_designs: carry_overs
                .map(|carry_over| (carry_over, OnceLock::new()))
                .collect(),
            features: features.clone(),
            path,
        }
    }

    /// Stage 1's design, built now for a carry-over that is no candidate: one chosen channel by
    /// channel.
    pub(super) fn mediator_design(&self, carry_over: &CarryOver) -> Cow<'_, Design> {
        let build = || self.features.mediator_design(&self.path, carry_over);
        let mut designs = self.mediator_designs.iter();
        match designs.find(|(candidate, _)| candidate == carry_over) {
            Some((_, design)) => Cow::Borrowed(design.get_or_init(build)),
            None => Cow::Owned(build()),
        }
    }
}

fn designs(
    features: &Features,
    carry_overs: impl IntoIterator<Item = CarryOver>,
    path: &ExposurePath,
) -> Vec<(CarryOver, Design)> {
    carry_overs
        .into_iter()
        .map(|carry_over| {
            let design = features.mediator_design(path, &carry_over);
            (carry_over, design)
        })
        .collect()
}

/// The design of that carry-over: one of `designs` where it is a candidate.
pub(super) fn of_carry_over<'a>(
    designs: &'a [(CarryOver, Design)],
    features: &Features,
    path: &ExposurePath,
    carry_over: &CarryOver,
) -> Cow<'a, Design> {
    let found = designs
        .iter()
        .find(|(candidate, _)| candidate == carry_over);
    match found {
        Some((_, design)) => Cow::Borrowed(design),
        None => Cow::Owned(features.mediator_design(path, carry_over)),
    }
}
