//! The slopes of the linear twin that every question of this room starts from.

use nalgebra::DVector;

use crate::error::Result;
use crate::validation::assumption::{Grade, PathStrength};
use crate::validation::hac;
use crate::validation::linear_twin::{LinearTwin, Partialled};

/// Both stages of the twin by least squares on the whole system.
pub(super) struct System<'a> {
    pub(super) twin: &'a LinearTwin,
    /// All of `S` given the controls.
    pub(super) full: Partialled,
    /// `a`, one entry for each column of `S`.
    pub(super) first_stage: Vec<f64>,
    /// `tau`, one entry for each column of `S`.
    pub(super) totals: Vec<f64>,
    /// What the absence of direct paths adds, or the reason why it adds nothing that can be used.
    pub(super) exclusion: std::result::Result<Exclusion, String>,
}

impl<'a> System<'a> {
    /// # Errors
    /// Those of [`LinearTwin::reduced_form`].
    pub(super) fn new(twin: &'a LinearTwin, mediator: &str) -> Result<Self> {
        let full = twin.reduced_form(None)?;
        Ok(System {
            twin,
            first_stage: full.first_stage().as_slice().to_vec(),
            totals: full.totals().as_slice().to_vec(),
            exclusion: Exclusion::new(twin, mediator),
            full,
        })
    }

    /// The mediator spend that an exposure set off: `sum_t sum_c lost_ct a_c`.
    pub(super) fn induced(&self, exposure: usize) -> f64 {
        let lost = &self.twin.exposures[exposure].lost;
        let moved = |(at, lost): &(usize, Vec<f64>)| -> f64 {
            self.first_stage[*at] * lost.iter().sum::<f64>()
        };
        lost.iter().map(moved).sum()
    }
}

/// The undrawn exposures as instruments (A3): their edges to the outcome are taken to be absent.
pub(super) struct Exclusion {
    pub(super) instruments: Partialled,
    /// The columns of `S` that are instruments.
    pub(super) at: Vec<usize>,
    /// Two-stage least squares.
    pub(super) b_ind: f64,
    /// The Newey-West standard error of `b_ind`.
    pub(super) error: f64,
    /// What is left of `M~` when only the instruments' part is kept.
    induced: DVector<f64>,
    drawn: Option<Drawn>,
}

/// What least squares of the outcome, the mediator and each instrument on the drawn columns gives:
/// the direct slopes are linear in all three.
struct Drawn {
    at: Vec<usize>,
    outcome: DVector<f64>,
    mediator: DVector<f64>,
    instruments: Vec<DVector<f64>>,
}

impl Exclusion {
    fn new(twin: &LinearTwin, mediator: &str) -> std::result::Result<Self, String> {
        let instruments = twin
            .instruments(&[], None)
            .map_err(|error| error.to_string())?;
        if instruments.df < PathStrength::LEAST_DF {
            return Err(format!(
                "the columns leave {} weeks to spare, too few (below {}) to judge how strongly the \
                 exposures move {mediator}; use more weeks or fewer controls",
                instruments.df,
                PathStrength::LEAST_DF
            ));
        }
        let hac_f = match PathStrength::of(&instruments) {
            Some(strength) => strength.f_hac,
            None => {
                return Err(format!(
                    "how strongly the exposures move {mediator} could not be measured: they repeat each other, or \
                     explain it exactly; merge or remove exposures"
                ));
            }
        };
        const WEAK: f64 = Grade::WEAK_BELOW;
        if hac_f < WEAK {
            return Err(format!(
                "the exposures move {mediator} too weakly (HAC F {hac_f:.1}, below {WEAK}) to say what a unit of it \
                 returns if nothing goes around it; more weeks, or spend that varies more, would tell"
            ));
        }
        let induced = instruments.projection(&instruments.m);
        let b_ind = instruments.b_ind();
        let residual = &instruments.y - &instruments.m * b_ind;
        let (at, drawn_at): (Vec<usize>, Vec<usize>) =
            (0..twin.columns.len()).partition(|at| !twin.columns[*at].drawn);
        Ok(Exclusion {
            b_ind,
            error: hac::slope_error(&induced, &residual),
            drawn: Drawn::new(twin, &at, drawn_at).map_err(|error| error.to_string())?,
            instruments,
            at,
            induced,
        })
    }

    /// `A = (M^'M^)^-1 M^' S~`: how far a direct slope of 1 on each instrument would have pulled
    /// `b_ind` up.
    pub(super) fn pull(&self) -> DVector<f64> {
        self.instruments.s.transpose() * &self.induced / self.induced.norm_squared()
    }

    /// The slopes of every column of `S` on the outcome, through the mediator and around it, when
    /// a mediator unit is worth `b` and the instruments have direct slopes `direct` (one entry for
    /// each column of `S`, read at the instruments). Drawn columns keep the direct slopes that
    /// least squares gives them in that world.
    pub(super) fn totals(&self, first_stage: &[f64], b: f64, direct: &[f64]) -> Vec<f64> {
        let mut slopes: Vec<f64> = first_stage.iter().map(|a| a * b).collect();
        for at in &self.at {
            slopes[*at] += direct[*at];
        }
        if let Some(drawn) = &self.drawn {
            let mut around = &drawn.outcome - &drawn.mediator * b;
            for (at, part) in self.at.iter().zip(&drawn.instruments) {
                around -= part * direct[*at];
            }
            for (at, slope) in drawn.at.iter().zip(around.iter()) {
                slopes[*at] += slope;
            }
        }
        slopes
    }
}

impl Drawn {
    fn new(twin: &LinearTwin, instruments: &[usize], at: Vec<usize>) -> Result<Option<Self>> {
        if at.is_empty() {
            return Ok(None);
        }
        let held = twin.controls.iter().map(|(_, values)| values.as_slice());
        let system = Partialled::new(
            &columns(twin, &at),
            held,
            &twin.mediator,
            &twin.outcome,
            None,
        )?;
        let slopes = |at: &usize| system.slopes(&system.partial(&twin.columns[*at].values));
        Ok(Some(Drawn {
            outcome: system.totals(),
            mediator: system.first_stage(),
            instruments: instruments.iter().map(slopes).collect(),
            at,
        }))
    }
}

fn columns<'t>(twin: &'t LinearTwin, at: &[usize]) -> Vec<(&'t str, &'t [f64])> {
    let named = |at: &usize| {
        let column = &twin.columns[*at];
        (column.name.as_str(), column.values.as_slice())
    };
    at.iter().map(named).collect()
}
