//! The tests of the path: against AER, statsmodels and linearmodels, against the same quantities
//! written out from their definitions, and in markets whose verdict is known.
#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use common::{assert_close, shared};
use headwater::data::role::Unit;
use headwater::error::Error;
use headwater::finding::{Finding, Status};
use headwater::mediation::Link;
use headwater::numeric::random::stream;
use headwater::validation::assumption::anderson_rubin::anderson_rubin;
use headwater::validation::assumption::{
    AndersonRubinSet, AssessmentSettings, DirectPath, Grade, Overidentification, PathAssessment,
    PathStrength, TotalDraws, TotalsSettings, TwoSlope, Verdict,
};
use headwater::validation::hac;
use headwater::validation::linear_twin::{LinearTwin, Partialled, TwinColumn, TwinExposure};
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

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
    Partialled::new(
        &[("tdiff", tdiff), ("rtax", tax)],
        held,
        price,
        packs,
        None,
    )
    .unwrap()
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
        let y = mix(&[(3.0, &m), (0.6, &s[0]), (2.0, &w[2]), (1.0, &u), (2.0, &e)]);
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
