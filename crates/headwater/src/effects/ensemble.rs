//! A fitted model with its replicates, kept for further questions.

use std::sync::Arc;

use super::bootstrap::{Bootstrap, BootstrapSettings, Replicates};
use super::decomposition::Contrasts;
use super::summary::estimated;
use crate::data::Dataset;
use crate::error::Result;
use crate::estimate::Estimate;
use crate::mediation::{FittedMediation, MediationModel, Prepared};
use crate::progress::{Listener, Progress, Silent, go_on, in_parallel};

/// A fitted model and its refits to resamples of the weeks: the same question put to all of them
/// gives a point and, from the replicates, an interval.
///
/// The replicates are those of [`Bootstrap::run`](super::Bootstrap) with the same settings and seed.
///
/// Cloning shares the models.
#[derive(Clone)]
pub struct Ensemble {
    point: Arc<FittedMediation>,
    draws: Arc<[FittedMediation]>,
    level: f64,
    method: String,
    flat_beyond: bool,
    listener: Listener,
}

impl Ensemble {
    /// Refits `model` as often as `settings` say. `shrunken` stamps the intervals of estimators that
    /// shrink effects.
    ///
    /// # Errors
    /// Those of [`Replicates::of_refits`].
    pub fn fit(
        model: &MediationModel,
        fitted: FittedMediation,
        settings: &BootstrapSettings,
        seed: u64,
        shrunken: bool,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let refits = Replicates::of_refits(model, &fitted, settings, seed, Ok, progress)?;
        Ok(Ensemble {
            point: fitted.into(),
            method: refits.method(shrunken),
            draws: refits.draws.into(),
            level: settings.level,
            flat_beyond: model.overfits(),
            listener: Arc::new(Silent),
        })
    }

    /// [`fit`](Self::fit) and the [`Bootstrap`] of every exposure's effects from the same refits. `step`
    /// is half the width of the central difference, as a part of the spend.
    ///
    /// # Errors
    /// Those of [`Replicates::of_refits`].
    pub fn fit_with_effects(
        model: &MediationModel,
        fitted: &Arc<FittedMediation>,
        settings: &BootstrapSettings,
        seed: u64,
        shrunken: bool,
        step: f64,
        progress: &dyn Progress,
    ) -> Result<(Self, Bootstrap)> {
        let prepared = fitted.prepared();
        let contrasts = Contrasts::of(prepared, prepared.observed.exposures(), step);
        let keep = |refitted| Ok((contrasts.decompose(&refitted)?, refitted));
        let refits = Replicates::of_refits(model, fitted, settings, seed, keep, progress)?;
        let method = refits.method(shrunken);
        let (effects, draws): (_, Vec<_>) = refits.draws.into_iter().unzip();
        let models = Ensemble {
            point: Arc::clone(fitted),
            draws: draws.into(),
            level: settings.level,
            method,
            flat_beyond: model.overfits(),
            listener: Arc::new(Silent),
        };
        let bootstrap = Replicates {
            draws: effects,
            resampling: refits.resampling,
            block_length: refits.block_length,
            redraws: refits.redraws,
        };
        Ok((models, bootstrap))
    }

    /// The same models over the weeks of `data`, which begins with the weeks of the fit and may go
    /// on after them: see [`FittedMediation::over`].
    ///
    /// # Errors
    /// Those of [`Prepared::over`].
    pub fn over(&self, data: &Dataset) -> Result<Self> {
        let prepared = Arc::new(self.prepared().over(data)?);
        let over = |model: &FittedMediation| {
            go_on(&*self.listener)?;
            model.over(&prepared)
        };
        Ok(Ensemble {
            point: over(&self.point)?.into(),
            draws: in_parallel(&self.draws, |_, model| over(model))?.into(),
            level: self.level,
            method: self.method.clone(),
            flat_beyond: self.flat_beyond,
            listener: Arc::clone(&self.listener),
        })
    }

    /// The same models, whose questions stop with [`Error::Cancelled`](crate::error::Error::Cancelled)
    /// before the next model is asked once `listener` [says so](Progress::cancelled).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use headwater::error::Error;
    /// use headwater::progress::Progress;
    /// # use headwater::analysis::{Settings, run};
    /// # use headwater::progress::Silent;
    /// # use headwater::simulate::{MarketSettings, simulate};
    ///
    /// struct Gone;
    /// impl Progress for Gone {
    ///     fn report(&self, _: &str, _: usize, _: usize) {}
    ///     fn cancelled(&self) -> bool {
    ///         true
    ///     }
    /// }
    ///
    /// # let market = simulate(&MarketSettings::default())?;
    /// # let mut settings = Settings::default();
    /// # settings.bootstrap.replicates = Some(0);
    /// # let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
    /// # let models = fit.models.unwrap();
    /// assert!(models.ask(|_| Ok(())).is_ok());
    /// let asked = models.heard_by(Arc::new(Gone)).ask(|_| Ok(()));
    /// assert!(matches!(asked, Err(Error::Cancelled)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heard_by(&self, listener: Listener) -> Self {
        Ensemble {
            listener,
            ..self.clone()
        }
    }

    /// Who may stop the questions.
    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// Whether a stage is made of trees, which say the same for everything beyond what they have
    /// seen.
    pub fn flat_beyond(&self) -> bool {
        self.flat_beyond
    }

    /// The model fitted to the weeks as they were.
    pub fn point(&self) -> &FittedMediation {
        &self.point
    }

    /// The refits; none where no replicates were asked for.
    pub fn draws(&self) -> &[FittedMediation] {
        &self.draws
    }

    /// What the models were made from.
    pub fn prepared(&self) -> &Arc<Prepared> {
        self.point.prepared()
    }

    /// The nominal coverage of intervals, in (0, 1).
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Puts a question to the fitted model and to every replicate.
    ///
    /// # Errors
    /// What `question` fails with.
    pub fn ask<T: Send>(
        &self,
        question: impl Fn(&FittedMediation) -> Result<T> + Sync,
    ) -> Result<Answers<T>> {
        self.ask_first(self.draws.len(), question)
    }

    /// [`ask`](Self::ask) of the fitted model and the first `most` replicates, for questions that take
    /// long; intervals say so.
    ///
    /// # Errors
    /// What `question` fails with.
    pub fn ask_first<T: Send>(
        &self,
        most: usize,
        question: impl Fn(&FittedMediation) -> Result<T> + Sync,
    ) -> Result<Answers<T>> {
        let asked = &self.draws[..most.min(self.draws.len())];
        let method = match asked.len() < self.draws.len() {
            true => format!("{}; the first {} of them", self.method, asked.len()),
            false => self.method.clone(),
        };
        let answer = |model: &FittedMediation| {
            go_on(&*self.listener)?;
            question(model)
        };
        Ok(Answers {
            point: answer(&self.point)?,
            draws: in_parallel(asked, |_, model| answer(model))?,
            level: self.level,
            method,
        })
    }
}

/// The same question, answered by the fitted model and by every replicate.
#[derive(Debug, Clone)]
pub struct Answers<T> {
    /// By the model fitted to the weeks as they were.
    pub point: T,
    /// By each replicate.
    pub draws: Vec<T>,
    level: f64,
    method: String,
}

impl<T> Answers<T> {
    /// Two answers of the same models, so that differences take both from the same replicate.
    pub fn beside<U>(self, other: Answers<U>) -> Answers<(T, U)> {
        Answers {
            point: (self.point, other.point),
            draws: self.draws.into_iter().zip(other.draws).collect(),
            level: self.level,
            method: self.method,
        }
    }

    /// What `of` makes of each model's answer.
    pub fn map<U>(self, of: impl Fn(T) -> U) -> Answers<U> {
        Answers {
            point: of(self.point),
            draws: self.draws.into_iter().map(of).collect(),
            level: self.level,
            method: self.method,
        }
    }

    /// What `of` reads from each model's answer.
    pub fn pick<U>(&self, of: impl Fn(&T) -> U) -> Answers<U> {
        Answers {
            point: of(&self.point),
            draws: self.draws.iter().map(of).collect(),
            level: self.level,
            method: self.method.clone(),
        }
    }

    /// A figure of the answer with its percentile interval; ratios take numerator and denominator
    /// from the same replicate (methods brief, 2.3). Figures that are not finite give no interval.
    pub fn estimate(&self, of: impl Fn(&T) -> f64) -> Estimate {
        self.estimate_at(self.level, of)
    }

    /// [`estimate`](Self::estimate) with another nominal coverage, in (0, 1).
    pub fn estimate_at(&self, level: f64, of: impl Fn(&T) -> f64) -> Estimate {
        let values = self.draws.iter().map(&of).collect();
        estimated(of(&self.point), values, level, &self.method)
    }

    /// The share of replicates in which `holds`; none without replicates.
    pub fn share(&self, holds: impl Fn(&T) -> bool) -> Option<f64> {
        let count = self.draws.iter().filter(|draw| holds(draw)).count();
        (!self.draws.is_empty()).then(|| count as f64 / self.draws.len() as f64)
    }

    /// The mean of a figure over the replicates; the fitted model's own without replicates.
    pub fn mean(&self, of: impl Fn(&T) -> f64) -> f64 {
        match self.draws.len() {
            0 => of(&self.point),
            n => self.draws.iter().map(of).sum::<f64>() / n as f64,
        }
    }

    /// The nominal coverage of intervals, in (0, 1).
    pub fn level(&self) -> f64 {
        self.level
    }
}
