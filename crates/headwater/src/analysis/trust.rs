//! How far to trust a fit: every check of the validation room, in the order of a reader's
//! questions.

use super::settings::Settings;
use crate::data::Dataset;
use crate::data::role::Role;
use crate::design::Design;
use crate::effects::Bootstrap;
use crate::error::Result;
use crate::features::Recipe;
use crate::finding::{Finding, Status};
use crate::mediation::{FittedMediation, MediationModel, Reading};
use crate::progress::{Progress, go_on};
use crate::splits::Fold;
use crate::validation::assumption::{AssessmentSettings, PathAssessment, TotalsSettings};
use crate::validation::clark_west::{direct_gain, nested_gain};
use crate::validation::conformal::PredictionIntervals;
use crate::validation::cross_validation::{CrossValidation, cross_validation_stable};
use crate::validation::diagnostics::{Stage, diagnose};
use crate::validation::linear_twin::LinearTwin;
use crate::validation::placebo::{Placebos, placebo};
use crate::validation::sensitivity::{Resamples, Sensitivity, not_assessed, sensitivity};
use crate::validation::skill;
use crate::validation::stability::importance_stability;

/// Resamples that place the interval of the sensitivity to hidden demand well enough.
const MOST_RESAMPLES: usize = 400;

/// A fit and everything it was made from.
pub(super) struct Examined<'a> {
    pub settings: &'a Settings,
    pub dataset: &'a Dataset,
    pub recipe: &'a MediationModel,
    pub folds: &'a [Fold],
    pub model: &'a FittedMediation,
    pub scores: &'a CrossValidation,
    pub bootstrap: &'a Bootstrap,
    pub progress: &'a dyn Progress,
}

/// What the checks found.
pub(super) struct Trust {
    pub findings: Vec<Finding>,
    pub path: PathAssessment,
    pub sensitivity: Option<Sensitivity>,
    pub intervals: PredictionIntervals,
}

impl Trust {
    /// Does it forecast, does the path hold, what would change the answer, what do the errors look
    /// like, and does it find nothing where there is nothing?
    pub fn of(examined: &Examined) -> Result<Self> {
        go_on(examined.progress)?;
        let (mut findings, intervals) = examined.forecasts()?;
        let twin = examined.linear_twin();
        let ((path, sensitivity), (diagnostics, placebos)) = rayon::join(
            || (examined.path(&twin), examined.sensitivity(&twin)),
            || rayon::join(|| examined.diagnostics(), || examined.placebos()),
        );
        go_on(examined.progress)?;
        findings.extend(path.1);
        findings.extend(sensitivity.1);
        findings.extend(placebos);
        findings.extend(diagnostics);
        Ok(Trust {
            findings,
            path: path.0,
            sensitivity: sensitivity.0,
            intervals,
        })
    }
}

impl Examined<'_> {
    fn forecasts(&self) -> Result<(Vec<Finding>, PredictionIntervals)> {
        let Examined {
            settings,
            dataset,
            scores,
            ..
        } = self;
        let (mediator, outcome) = (self.mediator(), self.outcome());
        let alone = format!("the forecast of {outcome} from the exposures, without {mediator},");
        let known = format!("the forecast of {outcome} that knows {mediator}");
        let mut findings = vec![
            skill("validation.outcome_path", &alone, &scores.path),
            match settings.mediation.reading {
                Reading::Predicted => Finding::new(
                    "validation.outcome_conditional",
                    Status::NotAssessed,
                    format!(
                        "stage 2 reads only the prediction of {mediator}: knowing {mediator} changes no forecast"
                    ),
                ),
                Reading::TwoSlope | Reading::Observed => skill(
                    "validation.outcome_conditional",
                    &known,
                    &scores.conditional,
                ),
            },
            skill(
                "validation.mediator",
                &format!("the forecast of {mediator}"),
                &scores.mediator,
            ),
        ];
        if let Some(held) = settings.validation.holdout(dataset.len())? {
            let scores = CrossValidation::run(self.recipe, dataset, &settings.features, &[held])?;
            let what = format!("on the holdout, {alone}");
            findings.push(skill("validation.holdout", &what, &scores.path));
        }
        let from_exposures = format!("the forecast of {outcome} from the exposures");
        findings.push(cross_validation_stable(&from_exposures, &scores.path));
        findings.push(importance_stability(mediator, outcome, &scores.forecasts));
        let intervals = PredictionIntervals::of(
            scores,
            dataset.outcome(),
            &settings.validation,
            settings.mediation.link,
        );
        findings.push(intervals.finding(outcome, settings.validation.scheme));
        Ok((findings, intervals))
    }

    fn path(&self, twin: &Result<LinearTwin>) -> (PathAssessment, Vec<Finding>) {
        let assessment = AssessmentSettings {
            mediator: self.mediator(),
            outcome: self.outcome(),
            totals: TotalsSettings {
                replicates: self.bootstrap.draws.len(),
                level: self.settings.bootstrap.level,
                block_length: self.bootstrap.block_length,
                seed: self.settings.seed,
            },
        };
        let (path, mut findings) = PathAssessment::of(twin, &assessment);
        let gain = nested_gain(
            self.dataset,
            &self.settings.features,
            self.settings.mediation.reading,
            self.settings.mediation.link,
            self.folds,
        );
        findings.push(direct_gain(self.outcome(), gain));
        (path, findings)
    }

    fn sensitivity(&self, twin: &Result<LinearTwin>) -> (Option<Sensitivity>, Vec<Finding>) {
        let resamples = Resamples {
            replicates: self.bootstrap.draws.len().min(MOST_RESAMPLES),
            block_length: self.bootstrap.block_length,
            seed: self.settings.seed,
            level: self.settings.bootstrap.level,
        };
        match twin {
            Ok(twin) => sensitivity(
                twin,
                self.dataset.roles(),
                &self.settings.sensitivity,
                &resamples,
            ),
            Err(error) => (None, not_assessed(error)),
        }
    }

    fn diagnostics(&self) -> Vec<Finding> {
        let (model, link) = (self.model, self.settings.mediation.link);
        let (first, second) = (model.mediator_stage().1, model.outcome_stage().1);
        let (u, e) = (model.mediator_residual(), model.outcome_residual());
        let Ok(outcome) = link.forward(self.dataset.outcome()) else {
            return Vec::new();
        };
        let stage = |name, design, target, residual| Stage {
            name,
            design,
            target,
            residual,
        };
        let mediator = stage(self.mediator(), &first, self.dataset.mediator(), &u);
        let outcome = stage(self.outcome(), &second, &outcome, e);
        diagnose(self.dataset, &mediator, &outcome, self.settings.seed)
    }

    fn placebos(&self) -> Vec<Finding> {
        let count = self.settings.validation.placebos;
        if count == 0 {
            return Vec::new();
        }
        let features = &self.settings.features;
        let placebos = Placebos::run_heard(
            self.dataset,
            features,
            self.recipe,
            count,
            self.settings.seed,
            self.progress,
        );
        placebo(self.mediator(), self.outcome(), placebos)
    }

    /// The linear twin of the model. The columns of the seed recipe repeat each other, so plain spend
    /// stands in for them.
    fn linear_twin(&self) -> Result<LinearTwin> {
        let Examined {
            settings,
            dataset,
            model,
            ..
        } = self;
        match settings.features.recipe {
            Recipe::Standard => LinearTwin::of(model, dataset),
            Recipe::Seed => {
                let standard = settings.features.standard();
                let (features, _) = standard.fit(dataset, 0..dataset.len())?;
                let nothing = || Design::new(dataset.len(), Vec::new());
                LinearTwin::from_designs(
                    dataset,
                    settings.mediation.link,
                    &|path| features.mediator_design(path, 0.0),
                    &|_| nothing(),
                )
            }
        }
    }

    fn mediator(&self) -> &str {
        self.name(Role::Mediator)
    }

    fn outcome(&self) -> &str {
        self.name(Role::Outcome)
    }

    fn name(&self, role: Role) -> &str {
        let name = self.dataset.roles().only(role);
        name.expect("checked by Dataset::new")
    }
}
