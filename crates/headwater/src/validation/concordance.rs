//! Do several rankings of the same things agree?

use super::ChiSquaredTest;

/// Kendall's coefficient of concordance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concordance {
    /// W in [0, 1]: 1 when all rankings are the same, about 1/m by chance.
    pub w: f64,
    /// m(p − 1) W, χ²(p − 1) if the rankings have nothing in common: Friedman's test.
    pub test: ChiSquaredTest,
    /// The mean Spearman correlation of the pairs of rankings, (mW − 1)/(m − 1).
    pub mean_spearman: f64,
}

/// Kendall's W of m rankings (the slices) of p things (their entries):
///
/// W = 12 S / (m²(p³ − p) − m Σ(t³ − t)), S = Σ_i (R_i − m(p+1)/2)²,
///
/// with R_i the rank sum of thing i and t the sizes of the groups of ties. The entries may be
/// ranks or any scores to be ranked; ties share their mean rank. `None` with fewer than two
/// rankings or things, rankings of unequal length, entries that are not finite, or rankings that
/// are all ties.
///
/// ```
/// use headwater::validation::concordance::kendall_w;
/// let folds = vec![vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0]];
/// assert_eq!(kendall_w(&folds).map(|agreement| agreement.w), Some(1.0));
/// ```
pub fn kendall_w(ranks: &[Vec<f64>]) -> Option<Concordance> {
    let m = ranks.len();
    let things = ranks.first()?.len();
    let usable =
        |ranking: &Vec<f64>| ranking.len() == things && ranking.iter().all(|r| r.is_finite());
    if m < 2 || things < 2 || !ranks.iter().all(usable) {
        return None;
    }
    let mut sums = vec![0.0; things];
    let mut ties = 0.0;
    for ranking in ranks {
        let (ranks, tied) = mid_ranks(ranking);
        sums.iter_mut()
            .zip(ranks)
            .for_each(|(sum, rank)| *sum += rank);
        ties += tied;
    }
    let (m, p) = (m as f64, things as f64);
    let spread: f64 = sums
        .iter()
        .map(|sum| (sum - m * (p + 1.0) / 2.0).powi(2))
        .sum();
    let most = m * m * (p * p * p - p) - m * ties;
    if most <= 0.0 {
        return None;
    }
    let w = 12.0 * spread / most;
    let chi = m * (p - 1.0) * w;
    Some(Concordance {
        w,
        test: ChiSquaredTest::or_nan(chi, things - 1),
        mean_spearman: (m * w - 1.0) / (m - 1.0),
    })
}

/// Ranks from 1 for the smallest value, ties at their mean, and Σ(t³ − t) over the groups of ties.
pub fn mid_ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let (mut ties, mut first) = (0.0, 0);
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let size = group.len() as f64;
        for &at in group {
            ranks[at] = first as f64 + (size + 1.0) / 2.0;
        }
        ties += size * size * size - size;
        first += group.len();
    }
    (ranks, ties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_for_the_agreement_that_they_leave_possible() {
        // SciPy 1.17.1, friedmanchisquare: statistic 8.1111111, W = statistic / (m (p - 1))
        let scores = [
            vec![4.0, 4.0, 2.0, 1.0],
            vec![4.0, 3.0, 1.0, 1.0],
            vec![9.0, 5.0, 5.0, 0.0],
        ];
        assert_eq!(mid_ranks(&scores[0]).0, [3.5, 3.5, 2.0, 1.0]);
        let found = kendall_w(&scores).unwrap();
        assert!((found.w - 0.9012345679012351).abs() < 1e-12);
        assert!((found.test.p - 0.043770329447296565).abs() < 1e-12);
        let same = vec![1.5, 1.5, 3.0];
        let all_alike = kendall_w(&[same.clone(), same.clone(), same]);
        assert_eq!(all_alike.map(|found| found.w), Some(1.0));
        assert_eq!(kendall_w(&[vec![1.5, 1.5], vec![1.5, 1.5]]), None);
    }
}
