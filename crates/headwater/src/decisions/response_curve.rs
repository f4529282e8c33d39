//! How much: what a channel would have returned at other levels of spend.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::support::Support;
use crate::data::Dataset;
use crate::data::role::{Role, Unit};
use crate::effects::{Answers, Ensemble, SMOOTH_STEP, TREE_STEP};
use crate::error::{Error, Result};
use crate::estimate::Estimate;
use crate::finding::{Finding, Status};
use crate::mediation::{BuiltPath, FittedMediation, Link};
use crate::words::{agreeing, closest, either, listed};

/// A level of spend counts as seen where no more of it lies beyond the edges of [`Support`], which leave
/// as many of the weeks themselves outside.
const UNSEEN: f64 = 0.05;
/// Elasticity at the half-saturation point: see [`ResponseCurve::half_saturation`].
const HALF: f64 = 0.5;

/// What is asked of the curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CurveQuestion {
    /// One exposure; none for all.
    pub channel: Option<String>,
    /// What is left of a unit of outcome, in (0, 1]: puts the break-even on the curve.
    pub margin: Option<f64>,
    /// Points between no spend and `most`, at least 3; the spend as it was is added.
    pub points: usize,
    /// The largest spend, as a multiple of what was spent, at least 1.
    pub most: f64,
}

impl Default for CurveQuestion {
    fn default() -> Self {
        CurveQuestion {
            channel: None,
            margin: None,
            points: 21,
            most: 1.5,
        }
    }
}

/// Response curves: every week's spend of one exposure multiplied by a scale, the others as observed,
/// against no spend on it, over all weeks of the data.
///
/// With `x_s` the spend times `s` (methods brief, 1.1 and 1.4): `total = sum Y(x_s) - Y(x_0)`,
/// `direct = sum Y(x_s, M(x_0)) - Y(x_0, M(x_0))`, `through = total - direct`. At `s = 1` these, and the
/// returns, are those of [`ChannelEffects`](crate::effects::ChannelEffects).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseCurves {
    /// What was asked.
    pub question: CurveQuestion,
    /// The outcome's column.
    pub outcome: String,
    /// The mediator's column.
    pub mediator: String,
    /// The weeks over which spend and effects are summed.
    pub weeks: usize,
    /// In the order of the file.
    pub channels: Vec<ResponseCurve>,
    /// Doubts.
    pub findings: Vec<Finding>,
}

/// The curve of one exposure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResponseCurve {
    /// The exposure's column.
    pub channel: String,
    /// What the exposure is measured in.
    pub unit: Unit,
    /// Its sum over all weeks, in its unit.
    pub spend: f64,
    /// From no spend to the largest, ascending.
    pub points: Vec<CurvePoint>,
    /// The least and the greatest scale on the curve that the data have seen: where at most 5% of
    /// the spend lies beyond the edges of [`Support`]. Beyond, the curve is extrapolated.
    pub seen: (f64, f64),
    /// Whether the model is a straight line in this spend by assumption, so that no saturation could
    /// be seen.
    pub linear_by_assumption: bool,
    /// Marginal by average return at current spend: below 1 the next unit returns less than those
    /// before.
    pub elasticity: Estimate,
    /// The spend at which the next unit returns half of what the units up to there returned on average
    /// (elasticity 1/2): the half-saturation spend of a Hill curve with slope 1 (Jin et al. 2017),
    /// defined for any shape.
    pub half_saturation: Crossing,
    /// The spend at which the loaded marginal return falls below `1 / margin`; none without a margin.
    pub break_even: Option<Crossing>,
    /// What a unit sets off.
    pub amplification: Amplification,
}

/// One level of spend. Returns of exposures that are not measured in money are not assessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// Multiple of the spend as it was.
    pub scale: f64,
    /// The spend over all weeks, in the exposure's unit.
    pub spend: f64,
    /// The part of it, or of the spend as it was where that is more, by which weeks lie beyond what the
    /// data have seen, in [0, 1].
    pub outside: f64,
    /// Whether it lies within [`ResponseCurve::seen`].
    pub seen: bool,
    /// Total effect against no spend, in outcome units.
    pub total: Estimate,
    /// Of it around the mediator.
    pub direct: Estimate,
    /// Of it through the mediator.
    pub through: Estimate,
    /// Mediator spend set off against no spend, in mediator units.
    pub induced: Estimate,
    /// `total / spend`.
    pub gross: Estimate,
    /// `total / (spend + induced)`.
    pub loaded: Estimate,
    /// `dY / dS`: the next unit of spend.
    pub marginal: Estimate,
    /// `dY / (dS + dM)`: the next unit of spend with the mediator spend it sets off.
    pub marginal_loaded: Estimate,
}

/// Where a falling figure passes a bound within the levels seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Crossing {
    /// The bound.
    pub bound: f64,
    /// What the fitted model says.
    pub place: Option<Place>,
    /// The spend, in the exposure's unit over all weeks. Replicates that do not cross count as the edge
    /// of the range seen on their side, so an interval that ends there may reach beyond.
    pub spend: Estimate,
    /// The share of replicates in which it stays above in the whole range seen; none without
    /// replicates.
    pub stays_above: Option<f64>,
    /// The share of replicates in which it is below from the start of the range.
    pub starts_below: Option<f64>,
}

/// On which side of a bound a figure runs within the levels seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It falls below the bound there.
    Crosses,
    /// It stays above in the whole range seen.
    StaysAbove,
    /// It is below from the start of the range seen.
    StartsBelow,
}

/// What a unit of spend sets off at current spend; `gross = loaded * spend_amplification`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amplification {
    /// `kappa = dM / dS`: mediator spend that a unit sets off.
    pub induced_rate: Estimate,
    /// `1 + kappa`: what a unit costs in the end.
    pub spend: Estimate,
    /// `total / direct`: by how much the mediator multiplies what the exposure does itself. Not assessed
    /// without a drawn edge, where everything is mediated by assumption.
    pub search: Estimate,
}

/// The sums of one model at one scale.
#[derive(Clone, Copy)]
struct At {
    total: f64,
    direct: f64,
    induced: f64,
    /// Per scale: by spend, the marginal return.
    slope: f64,
    mediator_slope: f64,
}

/// The paths of one exposure.
struct Scaled {
    direct: bool,
    nothing: BuiltPath,
    /// Each scale with the ones half a step around it and their distance.
    steps: Vec<(BuiltPath, BuiltPath, BuiltPath, f64)>,
}

impl CurveQuestion {
    /// Refuses what cannot be drawn.
    ///
    /// # Errors
    /// Names the setting and what it must be.
    pub fn validate(&self, exposures: &[&str]) -> Result<()> {
        if !(3..=201).contains(&self.points) {
            return Err(Error::setting(
                format!("{} points make no curve", self.points),
                "ask for 3 to 201 points, such as --points 21",
            ));
        }
        if !(self.most >= 1.0 && self.most <= 10.0) {
            return Err(Error::setting(
                format!(
                    "a curve up to {} times the spend leaves out or leaves behind what was spent",
                    self.most
                ),
                "give a multiple of the spend from 1 to 10, such as --to 1.5",
            ));
        }
        if let Some(margin) = self.margin
            && !(margin > 0.0 && margin <= 1.0)
        {
            return Err(Error::setting(
                format!("the margin {margin} is not a part of the outcome"),
                "write what is left of a unit of outcome, between 0 and 1, such as 0.4",
            ));
        }
        match &self.channel {
            Some(channel) if !exposures.contains(&channel.as_str()) => Err(Error::setting(
                format!("there is no exposure {channel}"),
                match closest(channel, exposures) {
                    Some(near) => format!("did you mean {near}? Choose {}", either(exposures)),
                    None => format!("choose {}", either(exposures)),
                },
            )),
            _ => Ok(()),
        }
    }

    fn scales(&self) -> Vec<f64> {
        let last = (self.points - 1) as f64;
        let mut scales: Vec<f64> = (0..self.points)
            .map(|nth| self.most * nth as f64 / last)
            .collect();
        let at = scales.partition_point(|scale| *scale < 1.0 - 1e-12);
        match scales.get_mut(at) {
            // rounding aside it is there
            Some(scale) if *scale <= 1.0 + 1e-12 => *scale = 1.0,
            _ => scales.insert(at, 1.0),
        }
        scales
    }
}

impl ResponseCurves {
    /// Asks every model of `ensemble`, which was fitted to `data`. `trees` widens the step of marginal
    /// returns as in [`Contrasts`](crate::effects::Contrasts).
    ///
    /// # Errors
    /// Those of [`CurveQuestion::validate`].
    pub fn of(
        ensemble: &Ensemble,
        data: &Dataset,
        question: &CurveQuestion,
        trees: bool,
    ) -> Result<Self> {
        let roles = data.roles();
        question.validate(&roles.exposures())?;
        let prepared = ensemble.prepared();
        let observed = &prepared.observed;
        let scales = question.scales();
        let step = if trees { TREE_STEP } else { SMOOTH_STEP };
        let asked = |name: &&str| question.channel.as_ref().is_none_or(|asked| asked == name);
        let names: Vec<&str> = roles.exposures().into_iter().filter(asked).collect();
        let support = Support::of(data, ensemble.point());
        let mut channels = Vec::with_capacity(names.len());
        for name in &names {
            let at = |scale: f64| prepared.build(observed.scaled(name, scale));
            let paths = Scaled {
                direct: prepared.direct.iter().any(|direct| direct == name),
                nothing: prepared.build(observed.without(name)),
                steps: scales
                    .iter()
                    .map(|&scale| {
                        let (less, more) = ((scale - step).max(0.0), scale + step);
                        (at(scale), at(less), at(more), more - less)
                    })
                    .collect(),
            };
            let answers = ensemble.ask(|model| paths.of(model))?;
            let mut outside = Vec::with_capacity(scales.len());
            for &scale in &scales {
                let planned = data.with_column(name, observed.scaled(name, scale).get(name))?;
                let (_, beyond) = support.hold(data, &planned)?;
                let share = beyond.first().map_or(0.0, |beyond| beyond.share);
                outside.push(share * (scale - 1.0).abs() / scale.max(1.0));
            }
            let paid = roles.mediator_in_money();
            let drawn = Drawn {
                answers: &answers,
                scales: &scales,
                outside,
                spend: observed.get(name).iter().sum(),
                unit: roles.columns[*name].unit,
                paid,
                trees,
                margin: question.margin,
                learned: prepared.features.exposures().contains(name),
                direct: paths.direct,
                linear: !trees
                    && ensemble.point().link() == Link::Identity
                    && !prepared.features.may_bend(name),
            };
            channels.push(drawn.curve(name));
        }
        Ok(ResponseCurves {
            question: question.clone(),
            outcome: roles.only(Role::Outcome).unwrap_or_default().into(),
            mediator: roles.only(Role::Mediator).unwrap_or_default().into(),
            weeks: data.len(),
            findings: vec![
                support_finding(&channels, question),
                saturation_finding(&channels),
            ],
            channels,
        })
    }
}

impl Scaled {
    fn of(&self, model: &FittedMediation) -> Result<Vec<At>> {
        let world = |path: &BuiltPath| model.potential_outcome_built(path, path);
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let none = world(&self.nothing)?;
        let point = |(at, less, more, distance): &(BuiltPath, BuiltPath, BuiltPath, f64)| {
            let (there, less, more) = (world(at)?, world(less)?, world(more)?);
            let direct = match self.direct {
                true => model.potential_outcome_built(at, &self.nothing)?.total() - none.total(),
                false => 0.0,
            };
            Ok(At {
                total: there.total() - none.total(),
                direct,
                induced: sum(&there.mediator) - sum(&none.mediator),
                slope: (more.total() - less.total()) / distance,
                mediator_slope: (sum(&more.mediator) - sum(&less.mediator)) / distance,
            })
        };
        self.steps.iter().map(point).collect()
    }
}

/// Everything from which the curve of one exposure is read.
struct Drawn<'a> {
    answers: &'a Answers<Vec<At>>,
    scales: &'a [f64],
    outside: Vec<f64>,
    spend: f64,
    unit: Unit,
    /// Whether the mediator is measured in money.
    paid: bool,
    trees: bool,
    margin: Option<f64>,
    learned: bool,
    direct: bool,
    linear: bool,
}

impl Drawn<'_> {
    fn curve(&self, name: &str) -> ResponseCurve {
        let now = self.now();
        let (first, last) = self.seen();
        let margin = self.margin;
        ResponseCurve {
            channel: name.into(),
            unit: self.unit,
            spend: self.spend,
            points: (0..self.scales.len()).map(|nth| self.point(nth)).collect(),
            seen: (self.scales[first], self.scales[last]),
            linear_by_assumption: self.linear,
            elasticity: self.estimate(|at| at[now].slope / at[now].total),
            half_saturation: match self.linear {
                true => Crossing::not_assessed(HALF, self.missing(
                    "the model is a straight line in this spend by assumption, so it cannot show \
                     saturation; let it bend with saturation = \"log1p\" or per_channel = true under [features]",
                )),
                false => self.crossing(HALF, |nth, at| self.scales[nth] * at.slope / at.total),
            },
            break_even: margin.map(|margin| {
                let bound = 1.0 / margin;
                let at = |at: &At| at.slope / (self.spend + at.mediator_slope);
                match self.unpaid(|point| &point.mediator_slope) {
                    Some(why) => Crossing::not_assessed(bound, self.missing(why)),
                    None => self.crossing(bound, |_, point| at(point)),
                }
            }),
            amplification: self.amplification(),
        }
    }

    /// The place of the spend as it was.
    fn now(&self) -> usize {
        let place = self.scales.iter().position(|scale| *scale == 1.0);
        place.expect("the scales hold 1")
    }

    /// The places of the least and the greatest scale seen, around the spend as it was.
    fn seen(&self) -> (usize, usize) {
        let now = self.now();
        let inside = |nth: &usize| self.outside[*nth] <= UNSEEN;
        let first = (0..now).rev().take_while(inside).last().unwrap_or(now);
        let last = (now..self.scales.len())
            .take_while(inside)
            .last()
            .unwrap_or(now);
        (first, last)
    }

    fn missing(&self, why: &str) -> Estimate {
        Estimate::not_assessed(why, self.answers.level())
    }

    fn estimate(&self, of: impl Fn(&[At]) -> f64) -> Estimate {
        match self.learned {
            true => self.answers.estimate(|at| of(at)),
            false => self.missing("it never varies, so nothing can be learned about it"),
        }
    }

    /// Why a return in money cannot be given.
    fn unreturned(&self) -> Option<&'static str> {
        match self.unit {
            Unit::Money if self.spend > 0.0 => None,
            Unit::Money => Some("nothing was spent"),
            Unit::Count => Some("the exposure is not measured in money"),
        }
    }

    /// Why a return on spend and induced spend cannot be given, where `induced` is what a multiple of
    /// the spend sets off at every scale.
    fn unpaid(&self, induced: impl Fn(&At) -> &f64) -> Option<&'static str> {
        if let Some(why) = self.unreturned() {
            return Some(why);
        }
        if !self.paid {
            return Some("the mediator is not measured in money");
        }
        let covered = |points: &Vec<At>| points.iter().all(|at| self.spend + induced(at) > 0.0);
        match covered(&self.answers.point) && self.answers.draws.iter().all(covered) {
            true => None,
            false => Some("spend and the mediator spend it induces may sum to nothing or less"),
        }
    }

    fn point(&self, nth: usize) -> CurvePoint {
        let scale = self.scales[nth];
        let spend = scale * self.spend;
        let (first, last) = self.seen();
        let returned = |why: Option<&str>, of: &dyn Fn(&At) -> f64| match why {
            Some(why) => self.missing(why),
            None => self.estimate(|at| of(&at[nth])),
        };
        let average = |why: Option<&'static str>| match spend > 0.0 {
            true => why,
            false => Some("nothing is spent"),
        };
        let bill = |at: &Vec<At>| spend + at[nth].induced > 0.0;
        let loaded = match (self.unreturned(), self.paid) {
            (None, false) => Some("the mediator is not measured in money"),
            (None, true) if !(bill(&self.answers.point) && self.answers.draws.iter().all(bill)) => {
                Some("spend and the mediator spend it induces may sum to nothing or less")
            }
            (why, _) => why,
        };
        CurvePoint {
            scale,
            spend,
            outside: self.outside[nth],
            seen: (first..=last).contains(&nth),
            total: self.estimate(|at| at[nth].total),
            direct: self.estimate(|at| at[nth].direct),
            through: self.estimate(|at| at[nth].total - at[nth].direct),
            induced: self.estimate(|at| at[nth].induced),
            gross: returned(average(self.unreturned()), &|at| at.total / spend),
            loaded: returned(average(loaded), &|at| at.total / (spend + at.induced)),
            marginal: returned(self.unreturned(), &|at| at.slope / self.spend),
            marginal_loaded: returned(self.unpaid(|at| &at.mediator_slope), &|at| {
                at.slope / (self.spend + at.mediator_slope)
            }),
        }
    }

    /// Where `figure` falls below `bound` within the range seen.
    fn crossing(&self, bound: f64, figure: impl Fn(usize, &At) -> f64) -> Crossing {
        let why = match (self.learned, self.trees, self.unreturned()) {
            (false, ..) => Some("it never varies, so nothing can be learned about it"),
            (_, true, _) => Some(
                "the returns of trees move in steps, so where they pass a bound is an accident of the steps",
            ),
            (_, _, Some(why)) => Some(why),
            _ => None,
        };
        if let Some(why) = why {
            return Crossing::not_assessed(bound, self.missing(why));
        }
        let (first, last) = self.seen();
        // nothing was returned yet where nothing is spent
        let first = first + usize::from(self.scales[first] == 0.0);
        if first >= last {
            return Crossing::not_assessed(
                bound,
                self.missing("the data have seen no other level of spend"),
            );
        }
        let of = |points: &Vec<At>| -> (Option<Place>, f64) {
            let at = |nth: usize| figure(nth, &points[nth]);
            if !(first..=last).all(|nth| at(nth).is_finite()) {
                return (None, f64::NAN);
            }
            if at(first) < bound {
                return (Some(Place::StartsBelow), self.scales[first]);
            }
            let Some(below) = (first..=last).find(|&nth| at(nth) < bound) else {
                return (Some(Place::StaysAbove), self.scales[last]);
            };
            let (high, low) = (at(below - 1), at(below));
            let share = (high - bound) / (high - low);
            let from = self.scales[below - 1];
            let scale = from + share * (self.scales[below] - from);
            (Some(Place::Crosses), scale)
        };
        let share = |place: Place| self.answers.share(|points| of(points).0 == Some(place));
        Crossing {
            bound,
            place: of(&self.answers.point).0,
            spend: self.answers.estimate(|points| of(points).1 * self.spend),
            stays_above: share(Place::StaysAbove),
            starts_below: share(Place::StartsBelow),
        }
    }

    fn amplification(&self) -> Amplification {
        let now = self.now();
        let rate = |at: &[At]| at[now].induced / self.spend;
        let priced = match (self.unreturned(), self.paid) {
            (None, false) => Some("the mediator is not measured in money"),
            (why, _) => why,
        };
        let priced = |of: &dyn Fn(&[At]) -> f64| match priced {
            Some(why) => self.missing(why),
            None => self.estimate(of),
        };
        Amplification {
            induced_rate: priced(&rate),
            spend: priced(&|at| 1.0 + rate(at)),
            search: match self.direct {
                false => self.missing("fully mediated by assumption: no direct edge is drawn"),
                true => match self.estimate(|at| at[now].direct).excludes(0.0) {
                    Some(true) => self.estimate(|at| at[now].total / at[now].direct),
                    Some(false) => self.missing("the interval of the direct effect covers 0"),
                    None => self.missing("the direct effect has no interval"),
                },
            },
        }
    }
}

impl Crossing {
    fn not_assessed(bound: f64, spend: Estimate) -> Self {
        Crossing {
            bound,
            place: None,
            spend,
            stays_above: None,
            starts_below: None,
        }
    }
}

/// Says from where on the curves are extrapolated.
fn support_finding(channels: &[ResponseCurve], question: &CurveQuestion) -> Finding {
    let id = "decisions.curve_support";
    let beyond = |curve: &&ResponseCurve| !(curve.seen.0 == 0.0 && curve.seen.1 == question.most);
    let beyond: Vec<&ResponseCurve> = channels.iter().filter(beyond).collect();
    if beyond.is_empty() {
        return Finding::new(
            id,
            Status::Passed,
            "every curve lies within what the data have seen",
        );
    }
    let ranges: Vec<String> = beyond
        .iter()
        .map(|curve| {
            format!(
                "{} {:.2} to {:.2}",
                curve.channel, curve.seen.0, curve.seen.1
            )
        })
        .collect();
    let finding = Finding::new(
        id,
        Status::Warning,
        format!(
            "the data have seen only part of the curves, as multiples of the spend: {}; beyond that the shape \
             of the model speaks, not the data, and the contrast with no spend reaches there. To learn more, \
             vary the spend",
            listed(&ranges)
        ),
    );
    beyond.into_iter().fold(finding, |finding, curve| {
        finding.with(&curve.channel, vec![curve.seen.0, curve.seen.1])
    })
}

/// Says whether saturation could have been seen at all.
fn saturation_finding(channels: &[ResponseCurve]) -> Finding {
    let id = "decisions.saturation";
    let straight = channels.iter().filter(|curve| curve.linear_by_assumption);
    let straight: Vec<&str> = straight.map(|curve| curve.channel.as_str()).collect();
    if straight.is_empty() {
        return Finding::new(
            id,
            Status::Passed,
            "the model lets the response to spend bend",
        );
    }
    Finding::new(
        id,
        Status::NotAssessed,
        format!(
            "the response to {} a straight line by assumption: the next dollar returns what the last one did, \
             at any spend, and no saturation can show. To let it bend, fit with saturation = \"log1p\" or \
             per_channel = true under [features] in headwater.toml",
            agreeing(&straight, "is", "are")
        ),
    )
    .with("channels", straight.iter().map(|name| name.to_string()).collect::<Vec<_>>())
}
