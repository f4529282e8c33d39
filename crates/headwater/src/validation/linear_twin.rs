//! The linear system behind both stages, on which the assumptions are tested.

use nalgebra::{DMatrix, DVector};

use crate::data::Dataset;
use crate::data::role::Unit;
use crate::design::{Column, Design, Purpose};
use crate::error::{Error, Result};
use crate::features::ExposurePath;
use crate::mediation::{FittedMediation, Link};
use crate::numeric::orthonormal::{Basis, DEPENDENT};

/// The linear twin of a fitted model, whatever its estimators:
///
/// ```text
/// M = S a + W c + u                 exposures to mediator
/// Y = b M + S d + W h + e           mediator (and direct paths) to outcome
/// Y = S tau + W (.) + (b u + e)     reduced form, tau_j = a_j b + d_j
/// ```
///
/// `S` holds the exposures' columns of stage 1 as the model transformed them (carry-over,
/// saturation, interactions), `W` the controls of both stages, `Y` the outcome on the scale of the
/// link. Least squares stands in for penalties and trees, so that the tests of the methods brief
/// (1.6, 6) hold as derived.
#[derive(Debug, Clone)]
pub struct LinearTwin {
    /// The columns of `S`.
    pub columns: Vec<TwinColumn>,
    /// The exposures, in the order of the roles, those that never vary left out.
    pub exposures: Vec<TwinExposure>,
    /// The columns of `W`, without the intercept.
    pub controls: Vec<(String, Vec<f64>)>,
    /// `M`.
    pub mediator: Vec<f64>,
    /// `Y` on the scale of the link.
    pub outcome: Vec<f64>,
    /// The outcome in its own unit.
    pub revenue: Vec<f64>,
    /// The scale of `Y`.
    pub link: Link,
}

/// A column of `S`.
#[derive(Debug, Clone)]
pub struct TwinColumn {
    /// Its name in the design.
    pub name: String,
    /// Whether the graph draws its edge to the outcome, so that it cannot be an instrument.
    pub drawn: bool,
    /// One value a week.
    pub values: Vec<f64>,
}

/// An exposure and what its absence takes from the columns of `S`.
#[derive(Debug, Clone)]
pub struct TwinExposure {
    /// The name of its column in the data.
    pub name: String,
    /// Whether its edge to the outcome is drawn.
    pub drawn: bool,
    /// Money or a count.
    pub unit: Unit,
    /// Its sum over all weeks.
    pub spend: f64,
    /// For every column of `S` that it moves: the column's position and, week by week, the column
    /// as observed minus the column without the exposure.
    pub lost: Vec<(usize, Vec<f64>)>,
}

impl TwinExposure {
    /// `sum_t sum_c lost_ct slopes_c`: what the exposure moves over all weeks when a unit of column
    /// `c` of `S` moves the target by `slopes[c]`.
    pub fn moved(&self, slopes: &[f64]) -> f64 {
        let column = |(at, lost): &(usize, Vec<f64>)| slopes[*at] * lost.iter().sum::<f64>();
        self.lost.iter().map(column).sum()
    }
}

impl LinearTwin {
    /// The twin of a fitted model.
    ///
    /// # Errors
    /// When no exposure acts on the mediator.
    pub fn of(model: &FittedMediation, data: &Dataset) -> Result<Self> {
        LinearTwin::from_designs(
            data,
            model.link(),
            &|path| model.mediator_design(path),
            &|path| model.direct_design(path),
        )
    }

    /// The twin of stages with these designs: `first` holds exposures and controls, `second` the
    /// columns of drawn edges and controls, without the mediator.
    ///
    /// # Errors
    /// When `first` has no causal column, or the link refuses the outcome.
    pub fn from_designs(
        data: &Dataset,
        link: Link,
        first: &dyn Fn(&ExposurePath) -> Design,
        second: &dyn Fn(&ExposurePath) -> Design,
    ) -> Result<Self> {
        let observed = ExposurePath::observed(data);
        let (stage1, stage2) = (first(&observed), second(&observed));
        // Columns that only stage 2 has: a direct effect carried over by another decay.
        let extra: Vec<&Column> = stage2
            .columns()
            .iter()
            .filter(|column| {
                column.purpose == Purpose::Causal
                    && stage1
                        .column(&column.name)
                        .is_some_and(|same| same.values != column.values)
            })
            .collect();
        let mut columns: Vec<TwinColumn> = causal(&stage1)
            .map(|column| TwinColumn {
                name: column.name.to_string(),
                drawn: stage2.column(&column.name).is_some(),
                values: column.values.to_vec(),
            })
            .collect();
        if columns.is_empty() {
            return Err(Error::setting(
                "the first stage has no causal column",
                "use the standard features",
            ));
        }
        let own = columns.len();
        columns.extend(extra.iter().map(|column| TwinColumn {
            name: format!("{} (direct)", column.name),
            drawn: true,
            values: column.values.to_vec(),
        }));
        let exposures = data
            .roles()
            .exposures()
            .into_iter()
            .filter_map(|name| {
                let path = observed.without(name);
                let (off1, off2) = (first(&path), second(&path));
                let lost = |position: usize, with: &[f64], without: &Column| {
                    let lost: Vec<f64> = with
                        .iter()
                        .zip(&*without.values)
                        .map(|(with, without)| with - without)
                        .collect();
                    lost.iter().any(|x| *x != 0.0).then_some((position, lost))
                };
                let mut all: Vec<(usize, Vec<f64>)> = columns[..own]
                    .iter()
                    .zip(causal(&off1))
                    .enumerate()
                    .filter_map(|(at, (with, without))| lost(at, &with.values, without))
                    .collect();
                all.extend(extra.iter().enumerate().filter_map(|(at, with)| {
                    lost(own + at, &with.values, off2.column(&with.name)?)
                }));
                let variable = &data.roles().columns[name];
                (!all.is_empty()).then(|| TwinExposure {
                    name: name.into(),
                    drawn: variable.direct,
                    unit: variable.unit,
                    spend: data.column(name).iter().sum(),
                    lost: all,
                })
            })
            .collect();
        let control = |column: &&Column| column.purpose == Purpose::Control;
        let controls = stage1
            .columns()
            .iter()
            .chain(
                stage2
                    .columns()
                    .iter()
                    .filter(|column| stage1.column(&column.name).is_none()),
            )
            .filter(control)
            .map(|column| (column.name.to_string(), column.values.to_vec()))
            .collect();
        Ok(LinearTwin {
            columns,
            exposures,
            controls,
            mediator: data.mediator().to_vec(),
            outcome: link.forward(data.outcome())?,
            revenue: data.outcome().to_vec(),
            link,
        })
    }

    /// The number of weeks.
    pub fn weeks(&self) -> usize {
        self.mediator.len()
    }

    /// The positions of the columns of an exposure.
    pub fn columns_of(&self, exposure: &str) -> Vec<usize> {
        self.exposures
            .iter()
            .filter(|one| one.name == exposure)
            .flat_map(|one| one.lost.iter().map(|(at, _)| *at))
            .collect()
    }

    /// The system with the controls held fixed: all of `S` stays.
    ///
    /// # Errors
    /// Those of [`Partialled::new`].
    pub fn reduced_form(&self, weights: Option<&[f64]>) -> Result<Partialled> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.partial_out(&all, weights)
    }

    /// The system in which undrawn exposures are the instruments: controls, drawn exposures and
    /// the columns of the exposures in `freed` are held fixed. With weights, each week counts so
    /// many times.
    ///
    /// # Errors
    /// Those of [`Partialled::new`].
    pub fn instruments(&self, freed: &[&str], weights: Option<&[f64]>) -> Result<Partialled> {
        let freed: Vec<usize> = freed
            .iter()
            .flat_map(|name| self.columns_of(name))
            .collect();
        let kept: Vec<usize> = (0..self.columns.len())
            .filter(|at| !self.columns[*at].drawn && !freed.contains(at))
            .collect();
        self.partial_out(&kept, weights)
    }

    fn partial_out(&self, kept: &[usize], weights: Option<&[f64]>) -> Result<Partialled> {
        let held = (0..self.columns.len())
            .filter(|at| !kept.contains(at))
            .map(|at| self.columns[at].values.as_slice())
            .chain(self.controls.iter().map(|(_, values)| values.as_slice()));
        let kept: Vec<(&str, &[f64])> = kept
            .iter()
            .map(|at| {
                (
                    self.columns[*at].name.as_str(),
                    self.columns[*at].values.as_slice(),
                )
            })
            .collect();
        Partialled::new(&kept, held, &self.mediator, &self.outcome, weights)
    }

    /// The sum over the weeks of what an exposure adds to the outcome when a unit of column `c`
    /// of `S` adds `slopes[c]` to `Y`: `sum_t sum_c lost_ct slopes_c`, on the log scale
    /// `sum_t Y_t (1 - exp(-sum_c lost_ct slopes_c))` (the week's residual kept).
    pub fn contribution(&self, exposure: &TwinExposure, slopes: &[f64]) -> f64 {
        let effect = |week: usize| -> f64 {
            exposure
                .lost
                .iter()
                .map(|(at, lost)| slopes[*at] * lost[week])
                .sum()
        };
        match self.link {
            Link::Identity => exposure.moved(slopes),
            Link::Log => (0..self.weeks())
                .map(|week| self.revenue[week] * -(-effect(week)).exp_m1())
                .sum(),
        }
    }
}

/// Whether enough of a column is left after the controls took their part.
fn independent(own: &[f64], values: &[f64]) -> bool {
    let largest = |values: &[f64]| values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    largest(own) > DEPENDENT * largest(values)
}

fn causal(design: &Design) -> impl Iterator<Item = &Column> {
    design
        .columns()
        .iter()
        .filter(|column| column.purpose == Purpose::Causal)
}

/// `S`, `M` and `Y` with the controls and an intercept partialled out: what least squares on the
/// whole system would see of them (Frisch and Waugh 1933).
#[derive(Debug, Clone)]
pub struct Partialled {
    /// The names of the columns of `s`.
    pub names: Vec<String>,
    /// `S~`, weeks by columns.
    pub s: DMatrix<f64>,
    /// `M~`.
    pub m: DVector<f64>,
    /// `Y~`.
    pub y: DVector<f64>,
    /// The columns that were held fixed, the intercept included.
    pub held: usize,
    /// Weeks minus every column, held or not: at least 1.
    pub df: f64,
    instruments: Basis,
    controls: Basis,
}

impl Partialled {
    /// Partials `held` and an intercept out of the named columns, the mediator and the outcome.
    /// With weights, each week counts so many times (its rows are multiplied by the root).
    ///
    /// # Errors
    /// [`Error::RankDeficient`] names the columns that are combinations of the others;
    /// [`Error::TooFewWeeks`] when no week is left to judge by. No column is an [`Error::Setting`].
    pub fn new<'a>(
        columns: &[(&str, &[f64])],
        held: impl Iterator<Item = &'a [f64]>,
        mediator: &[f64],
        outcome: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::setting(
                "no exposure is left that acts on the mediator alone",
                "leave an exposure without a direct edge, and use the standard features",
            ));
        }
        let weighted = |values: &[f64]| -> Vec<f64> {
            match weights {
                None => values.to_vec(),
                Some(weights) => values
                    .iter()
                    .zip(weights)
                    .map(|(value, weight)| value * weight.sqrt())
                    .collect(),
            }
        };
        let mut controls = Basis::default();
        controls.push(&weighted(&vec![1.0; mediator.len()]));
        for column in held {
            // A control that repeats the others holds nothing more fixed.
            controls.push(&weighted(column));
        }
        let mut instruments = Basis::default();
        let mut dependent = Vec::new();
        let mut s = Vec::new();
        for (name, values) in columns {
            let values = weighted(values);
            let own = controls.residual(&values);
            if independent(&own, &values) && instruments.push(&own) {
                s.push(DVector::from_vec(own));
            } else {
                dependent.push(name.to_string());
            }
        }
        if !dependent.is_empty() {
            return Err(Error::RankDeficient {
                stage: "mediator".into(),
                columns: dependent,
            });
        }
        let weeks: f64 = match weights {
            None => mediator.len() as f64,
            Some(weights) => weights.iter().sum(),
        };
        let parameters = controls.rank() + instruments.rank();
        let df = weeks - parameters as f64;
        if df < 1.0 {
            return Err(Error::TooFewWeeks {
                message: format!("{weeks} weeks cannot test {parameters} columns"),
                help: "use more weeks or fewer controls".into(),
            });
        }
        let left = |values: &[f64]| DVector::from_vec(controls.residual(&weighted(values)));
        Ok(Partialled {
            names: columns.iter().map(|(name, _)| name.to_string()).collect(),
            s: DMatrix::from_columns(&s),
            m: left(mediator),
            y: left(outcome),
            held: controls.rank(),
            df,
            instruments,
            controls,
        })
    }

    /// Orthonormal columns that span what was held fixed.
    pub fn held_basis(&self) -> &[Vec<f64>] {
        self.controls.columns()
    }

    /// `target` with the controls partialled out.
    pub fn partial(&self, target: &[f64]) -> DVector<f64> {
        DVector::from_vec(self.controls.residual(target))
    }

    /// What `S~` leaves of a partialled vector.
    pub fn residual(&self, target: &DVector<f64>) -> DVector<f64> {
        DVector::from_vec(self.instruments.residual(target.as_slice()))
    }

    /// What `S~` explains of a partialled vector.
    pub fn projection(&self, target: &DVector<f64>) -> DVector<f64> {
        target - self.residual(target)
    }

    /// The least-squares slopes of a partialled target on `S~`.
    pub fn slopes(&self, target: &DVector<f64>) -> DVector<f64> {
        let scales: Vec<f64> = self.s.column_iter().map(|column| column.norm()).collect();
        let mut unit = self.s.clone();
        for (mut column, scale) in unit.column_iter_mut().zip(&scales) {
            column /= *scale;
        }
        let qr = unit.qr();
        let right = qr.q().transpose() * target;
        let mut slopes = qr
            .r()
            .solve_upper_triangular(&right)
            .expect("the columns are independent");
        for (slope, scale) in slopes.iter_mut().zip(&scales) {
            *slope /= scale;
        }
        slopes
    }

    /// `a`: mediator units per unit of each column.
    pub fn first_stage(&self) -> DVector<f64> {
        self.slopes(&self.m)
    }

    /// `tau`: outcome units per unit of each column, through the mediator and around it.
    pub fn totals(&self) -> DVector<f64> {
        self.slopes(&self.y)
    }

    /// `b_ind`, two-stage least squares: what a unit of the mediator that the exposures induced is
    /// worth, if they act through nothing else (A3).
    pub fn b_ind(&self) -> f64 {
        let induced = self.projection(&self.m);
        induced.dot(&self.y) / induced.dot(&self.m)
    }

    /// `b_auto`, least squares given the exposures: what a unit of the mediator that moved for
    /// other reasons is worth, if nothing unmeasured moves mediator and outcome together (A2).
    pub fn b_auto(&self) -> f64 {
        let own = self.residual(&self.m);
        own.dot(&self.y) / own.dot(&self.m)
    }
}
