//! The tests of the path: against AER, statsmodels and linearmodels, against the same quantities
//! written out from their definitions, and in markets whose verdict is known.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::{Analysis, Settings, run};
use headwater::data::Dataset;
use headwater::data::role::Unit;
use headwater::error::Error;
use headwater::estimators::EstimatorSettings;
use headwater::estimators::boosting::Rounds;
use headwater::features::Decay;
use headwater::finding::{Finding, Status};
use headwater::mediation::{Link, Reading};
use headwater::numeric::orthonormal::Basis;
use headwater::numeric::random::stream;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::anderson_rubin::anderson_rubin;
use headwater::validation::assumption::{
    AndersonRubinSet, AssessmentSettings, DirectPath, Grade, Overidentification, PathAssessment,
    PathStrength, RuleTest, TotalDraws, TotalsSettings, TwoSlope, Verdict,
};
use headwater::validation::hac;
use headwater::validation::linear_twin::{LinearTwin, Partialled, TwinColumn, TwinExposure};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::common::{self, assert_close, shared};

// ------------------------------------------------------------------ least squares, written out

/// Slopes and residual of `y` on the columns, an intercept first: Householder QR of all columns at
/// once, where the code under test partials out one after another.
struct Ols {
    beta: DVector<f64>,
    residual: DVector<f64>,
}

fn with_intercept(columns: &[&[f64]]) -> DMatrix<f64> {
    let n = columns[0].len();
    DMatrix::from_fn(n, columns.len() + 1, |t, j| match j {
        0 => 1.0,
        j => columns[j - 1][t],
    })
}

fn ols(columns: &[&[f64]], y: &[f64]) -> Ols {
    let x = with_intercept(columns);
    let y = DVector::from_column_slice(y);
    let qr = x.clone().qr();
    let beta = qr
        .r()
        .solve_upper_triangular(&(qr.q().transpose() * &y))
        .unwrap();
    Ols {
        residual: &y - x * &beta,
        beta,
    }
}

/// `sum_t sum_s w(t - s) g_t g_s'` over every pair of weeks, Bartlett weights.
fn naive_long_run(g: &[Vec<f64>], lags: usize) -> DMatrix<f64> {
    let k = g[0].len();
    let mut omega = DMatrix::zeros(k, k);
    for (t, now) in g.iter().enumerate() {
        for (s, then) in g.iter().enumerate() {
            let weight = 1.0 - t.abs_diff(s) as f64 / (lags as f64 + 1.0);
            if weight > 0.0 {
                for i in 0..k {
                    for j in 0..k {
                        omega[(i, j)] += weight * now[i] * then[j];
                    }
                }
            }
        }
    }
    omega
}

/// `(sum g)' Omega^-1 (sum g)` with `g_t = d_t r_t`.
fn naive_score(d: &[DVector<f64>], r: &DVector<f64>, lags: usize) -> f64 {
    let g: Vec<Vec<f64>> = (0..r.len())
        .map(|t| d.iter().map(|d| d[t] * r[t]).collect())
        .collect();
    let sum = DVector::from_fn(d.len(), |j, _| g.iter().map(|g| g[j]).sum::<f64>());
    let inverse = naive_long_run(&g, lags).try_inverse().unwrap();
    (sum.transpose() * inverse * sum)[0]
}

fn chi2(statistic: f64, df: usize) -> f64 {
    ChiSquared::new(df as f64).unwrap().sf(statistic)
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[track_caller]
fn assert_same(actual: f64, expected: f64, tolerance: f64) {
    assert_close(actual / expected, 1.0, tolerance);
}

// ------------------------------------------------------------------------------- cigarettes

/// 48 states in 1995 (Stock and Watson; CigarettesSW of AER): log packs, log rprice, log rincome,
/// tdiff, tax / cpi.
fn cigarettes() -> Option<[Vec<f64>; 5]> {
    let text = std::fs::read_to_string(shared("reference/iv/cigarettes_1995.csv")?).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let column = |at: usize| -> Vec<f64> { rows.iter().map(|row| row[at]).collect() };
    let log = |at: usize| column(at).iter().map(|x| x.ln()).collect();
    Some([log(0), log(1), log(2), column(3), column(4)])
}

fn demand(data: &[Vec<f64>; 5]) -> Partialled {
    let [packs, price, income, tdiff, tax] = data;
    let held = std::iter::once(income.as_slice());
    Partialled::new(&[("tdiff", tdiff), ("rtax", tax)], held, price, packs, None).unwrap()
}

#[test]
fn two_stage_least_squares_of_cigarette_demand_is_that_of_aer() {
    let Some(data) = cigarettes() else { return };
    let [packs, price, income, ..] = &data;
    let system = demand(&data);
    let n = packs.len();
    let b = system.b_ind();
    let rest: Vec<f64> = packs.iter().zip(price).map(|(y, m)| y - b * m).collect();
    let rest = ols(&[income], &rest);
    // R AER 1.2 `ivreg` and linearmodels, methods brief, section 9, check 2
    for (found, expected) in [
        (rest.beta[0], 9.89495554115523),
        (b, -1.27742413342728),
        (rest.beta[1], 0.28040482508342),
    ] {
        assert_close(found, expected, 1e-8);
    }
    // With X^ = [1, M^, W]: V = s2 (X^'X^)^-1, and HC1 = n/(n-3) (X^'X^)^-1 X^' diag(r2) X^ (X^'X^)^-1.
    let v = system.residual(&system.m);
    let fitted: Vec<f64> = price.iter().zip(v.iter()).map(|(m, v)| m - v).collect();
    let x = with_intercept(&[&fitted, income]);
    let root = x.clone().qr().r().try_inverse().unwrap();
    let bread = &root * root.transpose();
    let r = &rest.residual;
    let s2 = r.norm_squared() / (n - 3) as f64;
    let meat = x.tr_mul(&DMatrix::from_fn(n, 3, |t, j| x[(t, j)] * r[t] * r[t]));
    let robust = &bread * meat * &bread * (n as f64 / (n - 3) as f64);
    let classical = [1.05855994763, 0.26319859027975, 0.23856543690825];
    let hc1 = [0.959216942871, 0.249610000398, 0.253889653419];
    for j in 0..3 {
        assert_close((s2 * bread[(j, j)]).sqrt(), classical[j], 1e-8);
        assert_close(robust[(j, j)].sqrt(), hc1[j], 1e-8);
    }
}

#[test]
fn the_diagnostics_of_cigarette_demand_are_those_of_aer_and_statsmodels() {
    let Some(data) = cigarettes() else { return };
    let system = demand(&data);
    let strength = PathStrength::of(&system).unwrap();
    // R AER 1.2: summary(ivreg, diagnostics = TRUE), printed to 5 decimals
    assert_close(strength.f, 244.73375, 5e-6);
    // statsmodels 0.15.0: OLS cov_type="HAC", maxlags=3, use_correction=False; the score form by
    // numpy 2 from its definition. Both to 1e-9 relative: conditioning of two columns.
    assert_eq!(strength.lags, 3);
    assert_same(strength.f_hac, 509.0247089621529, 1e-9);
    assert_same(strength.p, 0.011571877928530327, 1e-9);
    assert_close(strength.partial_r2, 0.9175207497862128, 1e-9);
    assert_eq!(strength.grade, Grade::Strong);

    // Wu-Hausman: the F test of v beside M, from the two slopes of the code under test.
    let v = system.residual(&system.m);
    let induced = &system.m - &v;
    let free = &system.y - induced * system.b_ind() - v * system.b_auto();
    let pooled = &system.y - &system.m * TwoSlope::of(&system).unwrap().b_pooled;
    let df = (system.y.len() - 4) as f64;
    let wu = (pooled.norm_squared() / free.norm_squared() - 1.0) * df;
    assert_close(wu, 3.06782, 1e-4);
    let p = FisherSnedecor::new(1.0, df).unwrap().sf(wu);
    assert_close(p, 0.086825, 1e-4);

    let over = Overidentification::of(&system).unwrap();
    assert_close(over.sargan.statistic, 0.33262, 1e-4);
    assert_close(over.sargan.p, 0.564119, 1e-4);
    assert_eq!(over.sargan.df, 1);
}

// ------------------------------------------------------------------------------ random systems

const WEEKS: usize = 156;

/// A random linear system: `K` exposures, three controls, errors that last and that the two
/// stages share, and a direct effect of the first exposure.
struct System {
    s: Vec<Vec<f64>>,
    w: Vec<Vec<f64>>,
    m: Vec<f64>,
    y: Vec<f64>,
}

const NAMES: [&str; 4] = ["facebook", "tiktok", "snapchat", "instagram"];

impl System {
    fn draw(seed: u64, exposures: usize) -> Self {
        let mut rng = stream(seed, 0);
        let mut noise = || -> Vec<f64> {
            let mut last = 0.0;
            let mut next = || {
                let own: f64 = StandardNormal.sample(&mut rng);
                last = 0.4 * last + own;
                last
            };
            (0..WEEKS).map(|_| next()).collect()
        };
        let s: Vec<Vec<f64>> = (0..exposures).map(|_| noise()).collect();
        let w: Vec<Vec<f64>> = (0..3).map(|_| noise()).collect();
        let (u, e) = (noise(), noise());
        let mix = |parts: &[(f64, &[f64])]| -> Vec<f64> {
            (0..WEEKS)
                .map(|t| 5.0 + parts.iter().map(|(a, x)| a * x[t]).sum::<f64>())
                .collect()
        };
        let mut first: Vec<(f64, &[f64])> = s
            .iter()
            .enumerate()
            .map(|(j, s)| (0.8 - 0.2 * (j % 4) as f64, s.as_slice()))
            .collect();
        first.extend([(0.5, w[0].as_slice()), (-0.3, &w[1]), (1.0, &u)]);
        let m = mix(&first);
        let y = mix(&[(3.0, &m), (0.25, &s[0]), (2.0, &w[2]), (1.0, &u), (2.0, &e)]);
        System { s, w, m, y }
    }

    fn partialled(&self) -> Partialled {
        let columns: Vec<(&str, &[f64])> = NAMES.into_iter().zip(slices(&self.s)).collect();
        Partialled::new(
            &columns,
            self.w.iter().map(Vec::as_slice),
            &self.m,
            &self.y,
            None,
        )
        .unwrap()
    }

    /// Plain columns without carry-over as a twin; the channels in `drawn` have a direct edge.
    fn twin(&self, drawn: &[&str]) -> LinearTwin {
        let named = || NAMES.into_iter().zip(&self.s);
        LinearTwin {
            columns: named()
                .map(|(name, values)| TwinColumn {
                    name: name.into(),
                    drawn: drawn.contains(&name),
                    values: values.clone(),
                })
                .collect(),
            exposures: named()
                .enumerate()
                .map(|(at, (name, values))| TwinExposure {
                    name: name.into(),
                    drawn: drawn.contains(&name),
                    unit: Unit::Money,
                    spend: 1000.0,
                    lost: vec![(at, values.iter().map(|x| x + 3.0).collect())],
                })
                .collect(),
            controls: self
                .w
                .iter()
                .enumerate()
                .map(|(j, w)| (format!("w{j}"), w.clone()))
                .collect(),
            mediator: self.m.clone(),
            outcome: self.y.clone(),
            revenue: self.y.clone(),
            link: Link::Identity,
        }
    }

    fn all(&self) -> Vec<&[f64]> {
        self.s.iter().chain(&self.w).map(Vec::as_slice).collect()
    }

    /// What the controls and an intercept leave of a column.
    fn without_controls(&self, values: &[f64]) -> DVector<f64> {
        ols(&slices(&self.w), values).residual
    }
}

/// Two algorithms of backward-stable least squares on well-conditioned columns (condition below
/// 10, 156 weeks) differ by some hundred ulp; the brief asks for 1e-10.
const IDENTITY: f64 = 1e-10;
/// Newey-West quadratic forms square that once more.
const QUADRATIC: f64 = 1e-9;

#[test]
fn the_two_slopes_are_two_stage_and_ordinary_least_squares_of_the_whole_system() {
    for seed in 0..5 {
        let data = System::draw(seed, 4);
        let two = TwoSlope::of(&data.partialled()).unwrap();
        // 2SLS: (X'P_Z X)^-1 X'P_Z y with X = [1, M, W] and Z = [1, S, W]
        let mut x: Vec<&[f64]> = vec![&data.m];
        x.extend(slices(&data.w));
        let (x, z) = (with_intercept(&x), with_intercept(&data.all()));
        let q = z.qr().q();
        let projected = &q * q.tr_mul(&x);
        let y = DVector::from_column_slice(&data.y);
        let b = projected
            .tr_mul(&x)
            .lu()
            .solve(&projected.tr_mul(&y))
            .unwrap();
        assert_same(two.b_ind, b[1], IDENTITY);

        let mut all: Vec<&[f64]> = vec![&data.m];
        all.extend(data.all());
        assert_same(two.b_auto, ols(&all, &data.y).beta[1], IDENTITY);

        let mut pooled: Vec<&[f64]> = vec![&data.m];
        pooled.extend(slices(&data.w));
        assert_same(two.b_pooled, ols(&pooled, &data.y).beta[1], IDENTITY);

        // the control function: Y on M, v and W has b_ind at M and b_auto - b_ind at v
        let v = ols(&data.all(), &data.m).residual;
        pooled.insert(1, v.as_slice());
        let control = ols(&pooled, &data.y);
        assert_same(control.beta[1], two.b_ind, IDENTITY);
        assert_same(control.beta[2], two.b_auto - two.b_ind, QUADRATIC);

        // The predicted mediator beside its own exposures and controls is no column of its own.
        let fitted: Vec<f64> = data.m.iter().zip(v.iter()).map(|(m, v)| m - v).collect();
        let mut columns: Vec<(&str, &[f64])> = NAMES.into_iter().zip(slices(&data.s)).collect();
        columns.push(("google (predicted)", &fitted));
        let held = data.w.iter().map(Vec::as_slice);
        match Partialled::new(&columns, held, &data.m, &data.y, None) {
            Err(Error::RankDeficient { columns, .. }) => {
                assert_eq!(columns, ["google (predicted)"]);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn sargan_is_n_r_squared_and_hansens_j_the_sum_over_all_pairs_of_weeks() {
    for seed in 0..5 {
        let data = System::draw(seed, 4);
        let system = data.partialled();
        let over = Overidentification::of(&system).unwrap();
        let b = system.b_ind();
        let rest: Vec<f64> = (0..WEEKS).map(|t| data.y[t] - b * data.m[t]).collect();
        let r = ols(&slices(&data.w), &rest).residual;
        let auxiliary = ols(&data.all(), r.as_slice()).residual;
        let r2 = 1.0 - auxiliary.norm_squared() / r.norm_squared();
        assert_same(over.sargan.statistic, WEEKS as f64 * r2, QUADRATIC);
        assert_eq!(over.sargan.df, 3);
        assert_same(over.sargan.p, chi2(WEEKS as f64 * r2, 3), QUADRATIC);

        // Hansen's J, from moments of the columns as they are
        let s: Vec<DVector<f64>> = data.s.iter().map(|s| data.without_controls(s)).collect();
        let (m, y) = (
            data.without_controls(&data.m),
            data.without_controls(&data.y),
        );
        let g: Vec<Vec<f64>> = (0..WEEKS)
            .map(|t| s.iter().map(|s| s[t] * r[t]).collect())
            .collect();
        let lags = 4; // floor(4 (156/100)^(2/9)) = floor(4.416)
        let weight = naive_long_run(&g, lags).try_inverse().unwrap();
        let of = |target: &DVector<f64>| DVector::from_fn(4, |j, _| s[j].dot(target));
        let (zm, zy) = (of(&m), of(&y));
        let gmm = (zm.transpose() * &weight * &zy)[0] / (zm.transpose() * &weight * &zm)[0];
        let left = zy - zm * gmm;
        let j = (left.transpose() * &weight * &left)[0];
        assert_same(over.b_gmm, gmm, QUADRATIC);
        assert_same(over.hansen_j.statistic, j, QUADRATIC);
        assert_same(over.hansen_j.p, chi2(j, 3), QUADRATIC);
    }
}

#[test]
fn score_tests_and_errors_are_those_of_their_definitions() {
    for seed in 0..5 {
        let data = System::draw(seed, 4);
        let system = data.partialled();
        let (two, lags) = (TwoSlope::of(&system).unwrap(), hac::lags(WEEKS));
        let mut given: Vec<&[f64]> = vec![&data.m];
        given.extend(slices(&data.w));
        let v = ols(&data.all(), &data.m).residual;
        let r = ols(&given, &data.y).residual;
        let d = ols(&given, v.as_slice()).residual;
        let lm = naive_score(std::slice::from_ref(&d), &r, lags);
        assert_same(two.test.statistic, lm, QUADRATIC);
        assert_same(two.test.p, chi2(lm, 1), QUADRATIC);

        // Newey-West errors of single slopes: sqrt(Omega) / d'd
        let error = |d: &DVector<f64>, r: &DVector<f64>| {
            let g: Vec<Vec<f64>> = d.iter().zip(r.iter()).map(|(d, r)| vec![d * r]).collect();
            naive_long_run(&g, lags)[(0, 0)].sqrt() / d.norm_squared()
        };
        let m = data.without_controls(&data.m);
        let induced = &m - &v;
        let structural = data.without_controls(&data.y) - &m * two.b_ind;
        assert_same(two.b_ind_se, error(&induced, &structural), QUADRATIC);
        let mut all: Vec<&[f64]> = vec![&data.m];
        all.extend(data.all());
        let unrestricted = ols(&all, &data.y).residual;
        assert_same(two.b_auto_se, error(&v, &unrestricted), QUADRATIC);
        let mut control = given.clone();
        control.push(v.as_slice());
        let control = ols(&control, &data.y);
        let t = control.beta[control.beta.len() - 1] / error(&d, &control.residual);
        // every column of the system counts: intercept, three controls, four exposures
        let corrected = t * t * (WEEKS - 8) as f64 / WEEKS as f64;
        assert_same(two.wald.statistic, corrected, 10.0 * QUADRATIC);

        // direct effects given the mediator: each alone with the others free, and all together
        let direct = DirectPath::by_hansen_j(&data.twin(&[])).unwrap();
        let alone = |j: usize| {
            let mut held: Vec<&[f64]> = given.clone();
            held.extend((0..4).filter(|k| *k != j).map(|k| data.s[k].as_slice()));
            let d = ols(&held, &data.s[j]).residual;
            chi2(naive_score(&[d], &ols(&held, &data.y).residual, lags), 1)
        };
        let mut p: Vec<(usize, f64)> = (0..4).map(|j| (j, alone(j))).collect();
        p.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut holm = 0.0f64;
        for (rank, ((j, p), found)) in p.iter().zip(&direct.given_mediator).enumerate() {
            assert_eq!(found.channel, NAMES[*j]);
            assert_close(found.p, *p, QUADRATIC);
            holm = holm.max((p * (4 - rank) as f64).min(1.0));
            assert_close(found.p_holm, holm, 4.0 * QUADRATIC);
            let d = ols(&all, &data.y).beta[2 + j];
            let lost: f64 = data.s[*j].iter().map(|x| x + 3.0).sum();
            assert_same(found.effect, d * lost, QUADRATIC);
            let tau = ols(&data.all(), &data.y).beta[1 + j];
            assert_same(found.share.unwrap(), d / tau, QUADRATIC);
        }
        let all_d: Vec<DVector<f64>> = data.s.iter().map(|s| ols(&given, s).residual).collect();
        let joint = naive_score(&all_d, &r, lags);
        let found = direct.joint_given_mediator.unwrap();
        assert_same(found.statistic, joint, QUADRATIC);
        assert_eq!(found.df, 4);

        // the strength of stage 1
        let strength = PathStrength::of(&system).unwrap();
        let (full, none) = (
            ols(&data.all(), &data.m).residual,
            ols(&slices(&data.w), &data.m).residual,
        );
        let (rss, rss0) = (full.norm_squared(), none.norm_squared());
        let f = ((rss0 - rss) / 4.0) / (rss / (WEEKS - 8) as f64);
        assert_same(strength.f, f, QUADRATIC);
        assert_same(strength.partial_r2, 1.0 - rss / rss0, QUADRATIC);
        let s: Vec<DVector<f64>> = data.s.iter().map(|s| data.without_controls(s)).collect();
        assert_same(
            strength.p,
            chi2(naive_score(&s, &none, lags), 4),
            100.0 * QUADRATIC, // the far tail of the distribution multiplies what the statistic lost
        );
        // a' V^-1 a / K with V = (S'S)^-1 Omega (S'S)^-1
        let g: Vec<Vec<f64>> = (0..WEEKS)
            .map(|t| s.iter().map(|s| s[t] * full[t]).collect())
            .collect();
        let design = DMatrix::from_columns(&s);
        let bread = design.tr_mul(&design).try_inverse().unwrap();
        let covariance = &bread * naive_long_run(&g, lags) * &bread;
        let a = bread * design.tr_mul(&m);
        let wald = (a.transpose() * covariance.try_inverse().unwrap() * &a)[0];
        assert_same(strength.f_hac, wald / 4.0, QUADRATIC);
    }
}

#[test]
fn units_change_no_statistic() {
    let data = System::draw(7, 4);
    let mut scaled = System::draw(7, 4);
    for (column, unit) in scaled.s.iter_mut().zip([1e-6, 1e6, 1e3, 1.0]) {
        column.iter_mut().for_each(|x| *x *= unit);
    }
    scaled.m.iter_mut().for_each(|m| *m *= 1e4);
    scaled.y.iter_mut().for_each(|y| *y *= 1e-3);
    let (before, after) = (data.partialled(), scaled.partialled());
    let (a, b) = (
        Overidentification::of(&before).unwrap(),
        Overidentification::of(&after).unwrap(),
    );
    assert_same(a.hansen_j.statistic, b.hansen_j.statistic, QUADRATIC);
    assert_same(a.sargan.statistic, b.sargan.statistic, QUADRATIC);
    assert_same(a.b_gmm, b.b_gmm * 1e7, QUADRATIC);
    let (a, b) = (
        TwoSlope::of(&before).unwrap(),
        TwoSlope::of(&after).unwrap(),
    );
    assert_same(a.b_ind, b.b_ind * 1e7, QUADRATIC);
    assert_same(a.b_auto_se, b.b_auto_se * 1e7, QUADRATIC);
    assert_same(a.test.statistic, b.test.statistic, QUADRATIC);
    let (a, b) = (
        PathStrength::of(&before).unwrap(),
        PathStrength::of(&after).unwrap(),
    );
    assert_same(a.f_hac, b.f_hac, QUADRATIC);
    let (a, b) = (
        AndersonRubinSet::of(&before, 0.95).unwrap(),
        AndersonRubinSet::of(&after, 0.95).unwrap(),
    );
    assert_eq!(a.parts.len(), b.parts.len());
    for (a, b) in a.parts.iter().zip(&b.parts) {
        assert_same(a.lower.unwrap(), b.lower.unwrap() * 1e7, 1e-7);
        assert_same(a.upper.unwrap(), b.upper.unwrap() * 1e7, 1e-7);
    }
}

// ---------------------------------------------------------------------------- Anderson and Rubin

#[test]
fn with_one_instrument_anderson_rubin_is_zero_at_b_ind_and_nothing_overidentifies() {
    for seed in 0..5 {
        let system = System::draw(seed, 1).partialled();
        let b = system.b_ind();
        // sums of 156 products that cancel: some ulp, squared
        assert!(anderson_rubin(&system, b).unwrap().statistic < 1e-20);
        let set = AndersonRubinSet::of(&system, 0.95).unwrap();
        assert!(set.contains(b));
        assert_eq!(Overidentification::of(&system), None);
    }
}

#[test]
fn anderson_rubin_is_the_score_test_written_out_and_its_set_ends_where_it_is_critical() {
    let critical = ChiSquared::new(4.0).unwrap().inverse_cdf(0.95);
    let mut ends = 0;
    for seed in 0..5 {
        let data = System::draw(seed, 4);
        let system = data.partialled();
        let s: Vec<DVector<f64>> = data.s.iter().map(|s| data.without_controls(s)).collect();
        for b in [-40.0, 0.0, 2.9, 3.5, 7.0] {
            let left: Vec<f64> = (0..WEEKS).map(|t| data.y[t] - b * data.m[t]).collect();
            let left = data.without_controls(&left);
            let found = anderson_rubin(&system, b).unwrap();
            let expected = naive_score(&s, &left, hac::lags(WEEKS));
            assert_same(found.statistic, expected, QUADRATIC);
            assert_eq!(found.df, 4);
        }
        let set = AndersonRubinSet::of(&system, 0.95).unwrap();
        ends += 2 * set.parts.len();
        for end in set.parts.iter().flat_map(|part| [part.lower, part.upper]) {
            // an angle of pi / 400 halved 30 times, and a statistic of slope below 100 there
            let at = anderson_rubin(&system, end.unwrap()).unwrap().statistic;
            assert_close(at, critical, 1e-6);
        }
        for b in (-200..200).map(|b| f64::from(b) * 0.05) {
            let statistic = anderson_rubin(&system, b).unwrap().statistic;
            assert_eq!(set.contains(b), statistic <= critical, "{b}");
        }
    }
    assert!(ends > 0, "every set is empty");
}

#[test]
fn an_anderson_rubin_set_is_all_or_nothing_where_it_must_be() {
    let write = |b: f64| format!("{b:.1}");
    // The exposures move nothing: not the mediator, not the outcome. No slope can be rejected.
    let nothing = Exact::new(4).mediated(0.0).system();
    let set = AndersonRubinSet::of(&nothing, 0.95).unwrap();
    assert_eq!(set.words(write), "every value");
    assert!(set.contains(-1e12) && set.contains(0.0) && set.contains(1e12));
    // One exposure sells 20 a dollar around the mediator, and no worth of it makes that fit.
    let direct = Exact::new(4).direct("channel1", 20.0).system();
    let set = AndersonRubinSet::of(&direct, 0.95).unwrap();
    assert_eq!((set.words(write), set.parts.len()), ("no value".into(), 0));
    assert!(!set.contains(3.0));
    // The rule holds, and the truth is inside.
    let holds = Exact::new(4).system();
    let set = AndersonRubinSet::of(&holds, 0.95).unwrap();
    assert!(set.contains(3.0) && !set.contains(0.0));
    let [part] = set.parts.as_slice() else {
        panic!("{set:?}");
    };
    let ends = format!(
        "{} to {}",
        write(part.lower.unwrap()),
        write(part.upper.unwrap())
    );
    assert_eq!(set.words(write), ends);
}

// ------------------------------------------------------------------------------------- totals

fn settings(replicates: usize) -> AssessmentSettings<'static> {
    AssessmentSettings {
        mediator: "google",
        outcome: "revenue",
        totals: TotalsSettings {
            replicates,
            level: 0.95,
            block_length: 8,
            seed: 42,
        },
    }
}

#[test]
fn totals_are_the_reduced_form_and_the_path_is_two_stage_least_squares() {
    for seed in 0..5 {
        let data = System::draw(seed, 4);
        for drawn in [&[][..], &["tiktok"]] {
            let twin = data.twin(drawn);
            let totals = TotalDraws::of(&twin, &settings(0).totals).unwrap();
            let totals = totals.estimates(&twin, &settings(0).totals);
            let tau = ols(&data.all(), &data.y).beta;
            let a = ols(&data.all(), &data.m).beta;
            let b = twin.instruments(&[], None).unwrap().b_ind();
            for (j, total) in totals.iter().enumerate() {
                assert_eq!(total.channel, NAMES[j]);
                let lost: f64 = data.s[j].iter().map(|x| x + 3.0).sum();
                let [all, through, gap, roas] = [
                    &total.unrestricted,
                    &total.through_mediator,
                    &total.gap,
                    &total.roas,
                ]
                .map(|estimate| estimate.point.unwrap());
                assert_same(all, tau[1 + j] * lost, QUADRATIC);
                assert_same(through, a[1 + j] * b * lost, QUADRATIC);
                assert_close(gap, all - through, 1e-12 * all.abs());
                assert_eq!(roas, all / 1000.0);
                assert_eq!(total.unrestricted.interval(), None);
            }
        }
    }
}

#[test]
fn a_resample_of_the_whole_file_in_one_block_is_the_file() {
    let twin = System::draw(1, 4).twin(&["snapchat"]);
    let whole = TotalsSettings {
        replicates: 3,
        block_length: WEEKS,
        ..settings(0).totals
    };
    let totals = TotalDraws::of(&twin, &whole).unwrap();
    for total in totals.estimates(&twin, &whole) {
        for estimate in [&total.unrestricted, &total.through_mediator, &total.gap] {
            let interval = estimate.interval().unwrap();
            let point = estimate.point.unwrap();
            // percentiles of equal numbers, interpolated
            assert_close(interval.lower, point, 1e-14 * point.abs());
            assert_close(interval.upper, point, 1e-14 * point.abs());
        }
    }
}

#[test]
fn a_week_that_counts_twice_is_a_week_written_twice() {
    let data = System::draw(3, 4);
    let weights: Vec<f64> = (0..WEEKS).map(|t| (t % 4) as f64).collect();
    let repeat = |values: &[f64]| -> Vec<f64> {
        let weeks = values.iter().zip(&weights);
        weeks
            .flat_map(|(value, weight)| std::iter::repeat_n(*value, *weight as usize))
            .collect()
    };
    let written = System {
        s: data.s.iter().map(|s| repeat(s)).collect(),
        w: data.w.iter().map(|w| repeat(w)).collect(),
        m: repeat(&data.m),
        y: repeat(&data.y),
    };
    let counted = data.twin(&[]).reduced_form(Some(&weights)).unwrap();
    let written = written.twin(&[]).reduced_form(None).unwrap();
    assert_eq!(counted.df, written.df);
    assert_same(counted.b_ind(), written.b_ind(), IDENTITY);
    assert_same(counted.b_auto(), written.b_auto(), IDENTITY);
    for (a, b) in [
        (counted.first_stage(), written.first_stage()),
        (counted.totals(), written.totals()),
    ] {
        for (a, b) in a.iter().zip(&b) {
            assert_same(*a, *b, IDENTITY);
        }
    }
}

// ------------------------------------------------------------------------------------ verdicts

/// A market whose errors are exactly orthogonal to the exposures, the controls and each other, so
/// that what each test must say follows from the construction, not from a seed: with full mediation
/// J and the score of the two slopes are 0.
struct Exact {
    weeks: usize,
    s: Vec<(String, Vec<f64>)>,
    control: Vec<f64>,
    u: Vec<f64>,
    e: Vec<f64>,
    /// Mediator units per unit of the exposures, which have a length of 10.
    mediated: f64,
    /// Outcome per mediator unit.
    worth: f64,
    /// Outcome per unit of each exposure around the mediator.
    direct: Vec<f64>,
    /// What moves mediator and outcome together, as a slope of the outcome on `u`.
    hidden: f64,
    drawn: Vec<String>,
}

impl Exact {
    fn new(exposures: usize) -> Self {
        Self::over(WEEKS, exposures)
    }

    fn over(weeks: usize, exposures: usize) -> Self {
        let mut rng = stream(11, exposures as u64);
        let mut basis = Basis::default();
        assert!(basis.push(&vec![1.0; weeks]));
        // every column at length `length`, orthogonal to all before it
        let mut column = |length: f64| -> Vec<f64> {
            let noise: Vec<f64> = StandardNormal.sample_iter(&mut rng).take(weeks).collect();
            let own = DVector::from_vec(basis.residual(&noise));
            let own = own.clone() * (length / own.norm());
            assert!(basis.push(own.as_slice()));
            own.as_slice().to_vec()
        };
        let control = column(10.0);
        let s = (0..exposures)
            .map(|j| (format!("channel{j}"), column(10.0)))
            .collect();
        Exact {
            weeks,
            s,
            control,
            u: column(5.0),
            e: column(5.0),
            mediated: 1.0,
            worth: 3.0,
            direct: vec![0.0; exposures],
            hidden: 0.0,
            drawn: Vec::new(),
        }
    }

    fn mediated(mut self, mediated: f64) -> Self {
        self.mediated = mediated;
        self
    }

    fn worth(mut self, worth: f64) -> Self {
        self.worth = worth;
        self
    }

    fn direct(mut self, channel: &str, direct: f64) -> Self {
        let at = self.s.iter().position(|(name, _)| name == channel).unwrap();
        self.direct[at] = direct;
        self
    }

    /// The same share around the mediator for every channel.
    fn proportional(mut self, share: f64) -> Self {
        self.direct
            .iter_mut()
            .for_each(|direct| *direct = self.mediated * self.worth * share);
        self
    }

    fn hidden(mut self, hidden: f64) -> Self {
        self.hidden = hidden;
        self
    }

    fn drawn(mut self, channels: &[&str]) -> Self {
        self.drawn = channels.iter().map(|name| name.to_string()).collect();
        self
    }

    fn twin(&self) -> LinearTwin {
        let week = |t: usize| -> (f64, f64) {
            let all: f64 = self.s.iter().map(|(_, s)| s[t]).sum();
            let around: f64 = self
                .s
                .iter()
                .zip(&self.direct)
                .map(|((_, s), d)| d * s[t])
                .sum();
            let m = 50.0 + self.mediated * all + 0.5 * self.control[t] + self.u[t];
            let y = 500.0 + self.worth * m + around - 2.0 * self.control[t]
                + self.hidden * self.u[t]
                + self.e[t];
            (m, y)
        };
        let (mediator, outcome): (Vec<f64>, Vec<f64>) = (0..self.weeks).map(week).unzip();
        let drawn = |name: &String| self.drawn.contains(name);
        LinearTwin {
            columns: self
                .s
                .iter()
                .map(|(name, values)| TwinColumn {
                    name: name.clone(),
                    drawn: drawn(name),
                    values: values.clone(),
                })
                .collect(),
            exposures: self
                .s
                .iter()
                .enumerate()
                .map(|(at, (name, values))| TwinExposure {
                    name: name.clone(),
                    drawn: drawn(name),
                    unit: Unit::Money,
                    spend: 10.0 * self.weeks as f64,
                    lost: vec![(at, values.iter().map(|x| x + 10.0).collect())],
                })
                .collect(),
            controls: vec![("price".into(), self.control.clone())],
            revenue: outcome.clone(),
            mediator,
            outcome,
            link: Link::Identity,
        }
    }

    fn system(&self) -> Partialled {
        self.twin().instruments(&[], None).unwrap()
    }

    #[track_caller]
    fn ask(&self, replicates: usize) -> (PathAssessment, Vec<Finding>) {
        let (path, findings) = PathAssessment::of(&Ok(self.twin()), &settings(replicates));
        assert_told(&path, &findings);
        (path, findings)
    }
}

const IDS: [&str; 6] = [
    "mediation.path",
    "mediation.strength",
    "mediation.direct_path",
    "mediation.two_slope",
    "mediation.direct_given_mediator",
    "mediation.totals",
];

/// The six findings, each with a page; statuses that agree with their figures; the blind spot said;
/// and JSON that reads back to the same.
#[track_caller]
fn assert_told(path: &PathAssessment, findings: &[Finding]) {
    let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, IDS);
    for finding in findings {
        assert!(!finding.summary.contains("NaN"), "{}", finding.summary);
        if finding.status == Status::Passed
            && let Some(measure) = &finding.measure
        {
            assert!(measure.bound.holds(measure.value), "{finding:?}");
        }
    }
    assert_eq!(findings[0].evidence["verdict"], path.verdict.words());
    if path.verdict == Verdict::PathSupported {
        assert!(findings[0].summary.contains("not a proof"));
    }
    if path.verdict == Verdict::NotAssessed {
        assert_eq!(findings[0].status, Status::NotAssessed);
    }
    assert!(path.blind_spot.contains("in proportion"));
    let text = serde_json::to_string(path).unwrap();
    assert_eq!(
        serde_json::from_str::<PathAssessment>(&text).unwrap(),
        *path
    );
    let text = serde_json::to_string(findings).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Finding>>(&text).unwrap(),
        findings
    );
}

#[test]
fn every_finding_of_the_path_has_its_page() {
    for id in IDS.iter().chain(&["mediation.direct_gain"]) {
        common::assert_page(id);
    }
}

#[test]
fn full_mediation_is_supported_and_not_called_proved() {
    for exposures in [1, 2, 4, 20] {
        let (path, findings) = Exact::new(exposures).ask(0);
        assert_eq!(path.verdict, Verdict::PathSupported, "{:?}", path.reasons);
        assert_eq!(findings[0].status, Status::Passed);
        assert!(!path.use_totals && path.config.is_empty());
        // errors orthogonal to everything: nothing is left for any test to find
        let two = path.two_slope.unwrap();
        assert_close(two.b_ind, 3.0, 1e-12);
        assert_close(two.b_auto, 3.0, 1e-12);
        assert!(two.test.statistic < 1e-15);
        let over = path.overidentification;
        match exposures {
            1 => assert!(over.is_none() && path.power.is_none()),
            _ => {
                assert!(over.unwrap().hansen_j.statistic < 1e-15);
                assert!(
                    findings[0]
                        .summary
                        .contains("% direct share of one channel")
                );
            }
        }
        let rule = findings[2].status;
        let expected = if exposures == 1 {
            Status::NotAssessed
        } else {
            Status::Passed
        };
        assert_eq!(rule, expected, "{}", findings[2].summary);
    }
}

#[test]
fn hidden_demand_and_proportional_direct_effects_are_not_separable() {
    for exposures in [1, 2, 4, 20] {
        for market in [
            Exact::new(exposures).hidden(5.0),
            Exact::new(exposures).proportional(0.5),
        ] {
            let (path, findings) = market.ask(0);
            assert_eq!(path.verdict, Verdict::NotSeparable, "{:?}", path.reasons);
            assert_eq!(findings[0].status, Status::Warning);
            assert_eq!(findings[3].status, Status::Warning);
            assert!(!path.use_totals && path.config.is_empty());
            if let Some(over) = path.overidentification {
                assert!(over.hansen_j.statistic < 1e-15, "{over:?}");
            }
        }
    }
    // Both at once can cancel: hidden demand lifts the one slope as far as proportional direct
    // effects lift the other. The blind spot is exact, and is said.
    let (path, _) = Exact::new(4).hidden(1.5).proportional(0.5).ask(0);
    assert_eq!(path.verdict, Verdict::PathSupported);
    let two = path.two_slope.unwrap();
    assert_close(two.b_ind, 4.5, 1e-12);
    assert_close(two.b_auto, 4.5, 1e-12);
}

#[test]
fn a_direct_path_is_found_and_named_where_there_are_enough_exposures_to_tell() {
    for exposures in [4, 20] {
        let (path, findings) = Exact::new(exposures).direct("channel1", 2.0).ask(0);
        assert_eq!(path.verdict, Verdict::DirectPathFound, "{:?}", path.reasons);
        assert_eq!(findings[0].status, Status::Failed);
        assert!(path.use_totals);
        let direct = path.direct_path.unwrap();
        assert_eq!(direct.channels, ["channel1"]);
        assert!(direct.verified && direct.alternatives.is_empty());
        let [line] = path.config.as_slice() else {
            panic!("{:?}", path.config);
        };
        assert!(line.contains("channel1") && line.contains("direct = true"));
        assert_eq!(findings[0].evidence["config"][0], line.as_str());
        // with the edge drawn the rule fits again: J is 0
        let (drawn, _) = Exact::new(exposures)
            .direct("channel1", 2.0)
            .drawn(&["channel1"])
            .ask(0);
        assert_eq!(drawn.verdict, Verdict::PathSupported, "{:?}", drawn.reasons);
    }
    // two paths need two edges
    let (path, _) = Exact::new(4)
        .direct("channel0", 2.0)
        .direct("channel2", -1.0)
        .ask(0);
    let mut found = path.direct_path.unwrap().channels;
    found.sort();
    assert_eq!(found, ["channel0", "channel2"]);
    assert_eq!(path.config.len(), 2);
}

#[test]
fn with_two_exposures_a_direct_path_is_found_and_nobody_is_accused() {
    let (path, findings) = Exact::new(2).direct("channel1", 2.0).ask(0);
    assert_eq!(path.verdict, Verdict::DirectPathFound, "{:?}", path.reasons);
    let direct = path.direct_path.unwrap();
    assert!(direct.channels.is_empty() && !direct.verified);
    assert!(path.config.is_empty());
    assert!(
        findings[0]
            .summary
            .contains("which one these data cannot tell")
    );
}

#[test]
fn a_path_that_moves_nothing_is_too_weak_to_say() {
    for exposures in [1, 2, 4, 20] {
        for replicates in [0, 40] {
            let (path, findings) = Exact::new(exposures).mediated(0.0).ask(replicates);
            assert_eq!(path.verdict, Verdict::TooWeakToSay, "{:?}", path.reasons);
            assert_eq!(findings[0].status, Status::Failed);
            assert!(findings[0].summary.contains("is not supported"));
            // a slope that rests on nothing is not reported, its set is
            assert_eq!(findings[3].status, Status::NotAssessed);
            assert!(path.reasons.iter().any(|why| why.contains("every value")));
            assert!(path.use_totals);
            // that no direct path shows says nothing where hardly any could
            assert_eq!(findings[2].status, Status::NotAssessed);
            assert!(path.direct_path.unwrap().channels.is_empty());
        }
        // the exposures move search and search sells nothing
        let (path, findings) = Exact::new(exposures).worth(0.0).ask(0);
        assert_eq!(path.verdict, Verdict::TooWeakToSay, "{:?}", path.reasons);
        assert!(findings[0].summary.contains("does not visibly follow"));
    }
}

#[test]
fn a_gross_direct_path_shows_even_where_search_does_not_move() {
    for exposures in [1, 4] {
        let market = Exact::new(exposures).mediated(0.0).direct("channel0", 5.0);
        let (path, findings) = market.ask(400);
        assert_eq!(path.verdict, Verdict::DirectPathFound, "{:?}", path.reasons);
        assert!(findings[0].summary.contains("is not supported"));
        let direct = path.direct_path.clone().unwrap();
        assert_eq!(direct.test, RuleTest::PlausibleWorth);
        assert_eq!(direct.channels, ["channel0"]);
        assert!(direct.holds_up_to.unwrap() >= 0.3);
        assert_eq!(path.config.len(), 1);
        // the test needs no replicates
        let (bare, _) = market.ask(0);
        assert_eq!(bare.direct_path.unwrap(), direct);
    }
}

#[test]
fn what_cannot_be_tested_is_not_assessed_with_the_reason() {
    // an edge for every exposure leaves no instrument
    let all = Exact::new(2).drawn(&["channel0", "channel1"]);
    let (path, findings) = all.ask(100);
    assert_eq!(path.verdict, Verdict::NotAssessed);
    assert!(path.not_assessed[0].contains("no exposure is left"));
    assert!(path.totals[0].unrestricted.interval().is_some());
    let through = &path.totals[0].through_mediator;
    assert!(through.point.is_none() && through.why.as_ref().unwrap().contains("drawn edge"));
    for finding in &findings {
        assert_eq!(finding.status, Status::NotAssessed, "{}", finding.summary);
    }
    // columns = intercept, price and four channels; 6 + 9 weeks leave one too few to spare
    for (weeks, assessed) in [(7, false), (15, false), (16, true)] {
        let (path, findings) = Exact::over(weeks.max(8), 4).ask(0);
        assert_eq!(path.strength.is_some(), assessed, "{weeks}");
        if !assessed {
            assert_eq!(path.verdict, Verdict::NotAssessed);
            assert!(
                findings[0].summary.contains("to spare"),
                "{}",
                findings[0].summary
            );
        }
    }
    // no twin at all
    let error = Error::Setting {
        message: "the first stage has no causal column".into(),
        help: "use the standard features".into(),
    };
    let (path, findings) = PathAssessment::of(&Err(error), &settings(0));
    assert_told(&path, &findings);
    assert!(
        findings
            .iter()
            .all(|finding| finding.status == Status::NotAssessed)
    );
}

/// The whole analysis of a simulated market, without what the path does not need.
fn analyse(data: &Dataset, change: impl Fn(&mut Settings)) -> Analysis {
    let mut settings = common::settings_with("ols");
    settings.features.adstock.decay = Decay::Fixed(0.4);
    settings.bootstrap.replicates = Some(0);
    settings.validation.placebos = 0;
    change(&mut settings);
    let fit = run(data, Vec::new(), &settings, &Silent).unwrap();
    assert_told(
        &fit.analysis.path,
        &fit.analysis
            .findings
            .iter()
            .filter(|finding| IDS.contains(&finding.id.as_str()))
            .cloned()
            .collect::<Vec<_>>(),
    );
    fit.analysis
}

/// Ten years with a first stage that explains 80%: J misses a channel half of whose effect is
/// direct in practically none of such markets.
fn strong(change: impl Fn(&mut MarketSettings)) -> Dataset {
    let mut settings = MarketSettings {
        weeks: 520,
        first_stage_r2: 0.8,
        ..MarketSettings::default()
    };
    change(&mut settings);
    simulate(&settings).unwrap().dataset
}

#[test]
fn the_tests_of_the_path_do_not_depend_on_the_estimators() {
    let direct = strong(|market| market.channels[1].direct = 3.0);
    let by_ols = analyse(&direct, |_| ());
    assert_eq!(by_ols.path.verdict, Verdict::DirectPathFound);
    assert_eq!(
        by_ols.path.direct_path.as_ref().unwrap().channels,
        ["tiktok_spend"]
    );
    // trees learn no slopes: the linear twin carries the tests, and gives the same
    let by_trees = analyse(&direct, |settings| {
        settings.stages = common::settings_with("boosting").stages;
        for stage in [&mut settings.stages.mediator, &mut settings.stages.outcome] {
            if let EstimatorSettings::Boosting(boosting) = stage {
                boosting.rounds = Rounds::Fixed(20);
            }
        }
    });
    assert_eq!(by_trees.path, by_ols.path);
}

#[test]
fn lagged_spend_is_part_of_the_exposure_that_it_belongs_to() {
    let direct = strong(|market| market.channels[1].direct = 3.0);
    let lagged = analyse(&direct, |settings| {
        settings
            .features
            .lags
            .insert("facebook_spend".into(), vec![1, 2]);
    });
    assert_eq!(lagged.path.strength.as_ref().unwrap().instruments, 6);
    assert_eq!(lagged.path.verdict, Verdict::DirectPathFound);
    assert_eq!(
        lagged.path.direct_path.as_ref().unwrap().channels,
        ["tiktok_spend"]
    );
}

#[test]
fn an_edge_for_every_exposure_leaves_the_path_unassessed() {
    let every = common::altered(
        &strong(|market| market.channels.truncate(2)),
        |roles| {
            for name in ["facebook_spend", "tiktok_spend"] {
                roles.columns[name].direct = true;
            }
        },
        |_, _, value| value,
    )
    .unwrap();
    let analysis = analyse(&every, |settings| {
        settings.mediation.reading = Reading::Observed
    });
    assert_eq!(analysis.path.verdict, Verdict::NotAssessed);
    assert!(analysis.path.not_assessed[0].contains("no exposure is left"));
}

/// Columns as nobody would make them: absurd units, constants, zeros, one spike, copies.
fn column(kind: u8, weeks: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 3);
    let noise: Vec<f64> = StandardNormal.sample_iter(&mut rng).take(weeks).collect();
    let scaled = |factor: f64| noise.iter().map(|x| x * factor).collect();
    match kind {
        0..=3 => noise,
        4 => scaled(1e150),
        5 => scaled(1e-150),
        6 => vec![0.0; weeks],
        7 => vec![7.0; weeks],
        8 => (0..weeks)
            .map(|t| f64::from(u8::from(t == weeks / 2)))
            .collect(),
        9 => (0..weeks).map(|t| t as f64).collect(),
        10 => scaled(1e200),
        _ => noise.iter().map(|x| 1e9 + x).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_give_an_assessment_that_survives_json(
        weeks in 3usize..60,
        kinds in proptest::collection::vec((0u8..12, 0u8..4), 3..14),
        seed in any::<u64>(),
        drawn in any::<bool>(),
        log in any::<bool>(),
        replicates in proptest::sample::select(vec![0, 40]),
    ) {
        let columns: Vec<Vec<f64>> = kinds
            .iter()
            .enumerate()
            .map(|(j, (kind, copy))| {
                // now and then the column before it again
                let from = if *copy == 0 && j > 0 { j - 1 } else { j };
                column(kinds[from].0.max(*kind * u8::from(from == j)), weeks, seed.wrapping_add(from as u64))
            })
            .collect();
        let link = if log { Link::Log } else { Link::Identity };
        let revenue: Vec<f64> = match log {
            true => columns[1].iter().map(|x| x.clamp(-300.0, 300.0).exp()).collect(),
            false => columns[1].clone(),
        };
        let (exposures, controls) = columns[2..].split_at((columns.len() - 1) / 2);
        let named = || exposures.iter().enumerate().map(|(j, x)| (format!("channel{j}"), x));
        let twin = LinearTwin {
            columns: named()
                .map(|(name, x)| TwinColumn { drawn: drawn && name == "channel0", name, values: x.clone() })
                .collect(),
            exposures: named()
                .enumerate()
                .map(|(at, (name, x))| TwinExposure {
                    drawn: drawn && at == 0,
                    name,
                    unit: Unit::Money,
                    spend: x.iter().sum(),
                    lost: vec![(at, x.clone())],
                })
                .collect(),
            controls: controls.iter().map(|x| ("w".to_string(), x.clone())).collect(),
            mediator: columns[0].clone(),
            outcome: link.forward(&revenue).unwrap(),
            revenue,
            link,
        };
        let mut asked = settings(replicates);
        asked.totals.block_length = weeks.min(8);
        let (path, findings) = PathAssessment::of(&Ok(twin), &asked);
        assert_told(&path, &findings);
    }
}
