//! How many consecutive weeks a bootstrap must keep together.

/// Politis and White's (2004) automatic block lengths, as corrected by Patton, Politis and
/// White (2009), for the mean of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimalBlockLength {
    /// Mean block length of the stationary bootstrap.
    pub stationary: f64,
    /// Block length of the circular (and moving) block bootstrap.
    pub circular: f64,
}

/// The optimal block lengths of a series, computed as Python's `arch` 8.0.0
/// (`arch.bootstrap.optimal_block_length`) does, its off-by-one in the denominator of the
/// autocorrelations included (methods brief, 2.2).
///
/// With `c = 2 sqrt(log10(n)/n)` the bandwidth `M` is twice the first lag after which
/// `K_n = max(5, log10 n)` autocorrelations stay below `c`; with the flat-top window `lambda`,
/// `g = 2 sum lambda(k/M) k R(k)` and `s = R(0) + 2 sum lambda(k/M) R(k)`:
/// `b_stationary = (2 g^2 / 2 s^2)^(1/3) n^(1/3)`, `b_circular = (2 g^2 / (4/3 s^2))^(1/3) n^(1/3)`,
/// both at most `min(3 sqrt n, n/3)`. A constant series has block length 1.
///
/// ```
/// use headwater::effects::block_length::optimal_block_length;
/// assert_eq!(optimal_block_length(&[2.0; 30]).circular, 1.0);
/// ```
pub fn optimal_block_length(series: &[f64]) -> OptimalBlockLength {
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n as f64;
    let deviation: Vec<f64> = series.iter().map(|value| value - mean).collect();
    if n < 8 || deviation.iter().all(|value| *value == 0.0) {
        return OptimalBlockLength {
            stationary: 1.0,
            circular: 1.0,
        };
    }
    let length = n as f64;
    let quiet = (length.log10() as usize).max(5);
    let most_lags = length.sqrt().ceil() as usize + quiet;
    let longest = (3.0 * length.sqrt()).min(length / 3.0).ceil();
    let threshold = 2.0 * (length.log10() / length).sqrt();

    let product = |lag: usize| -> f64 {
        deviation
            .iter()
            .skip(lag)
            .zip(&deviation)
            .map(|(later, earlier)| later * earlier)
            .sum()
    };
    let square = |range: &[f64]| range.iter().map(|value| value * value).sum::<f64>();
    let most_lags = most_lags.min(n - 2);
    let autocovariance: Vec<f64> = (0..=most_lags).map(|lag| product(lag) / length).collect();
    let autocorrelation: Vec<f64> = (0..=most_lags)
        .map(|lag| {
            let scale = (square(&deviation[lag + 1..]) * square(&deviation[..n - lag - 1])).sqrt();
            product(lag).abs() / scale
        })
        .collect();
    let first_quiet = (quiet..=most_lags)
        .find(|&end| {
            autocorrelation[end - quiet..end]
                .iter()
                .all(|value| *value < threshold)
        })
        .map(|end| end - quiet);
    let bandwidth = first_quiet.map_or(most_lags, |lag| (2 * lag.max(1)).min(most_lags));

    let (mut g, mut s) = (0.0, autocovariance[0]);
    for (lag, covariance) in autocovariance
        .iter()
        .enumerate()
        .take(bandwidth + 1)
        .skip(1)
    {
        let share = lag as f64 / bandwidth as f64;
        let window = if share <= 0.5 {
            1.0
        } else {
            2.0 * (1.0 - share)
        };
        g += 2.0 * window * lag as f64 * covariance;
        s += 2.0 * window * covariance;
    }
    let optimal =
        |divisor: f64| ((2.0 * g * g / (divisor * s * s)).cbrt() * length.cbrt()).min(longest);
    OptimalBlockLength {
        stationary: optimal(2.0),
        circular: optimal(4.0 / 3.0),
    }
}

/// The block length for a set of moment series of `weeks` weeks: the longest Politis-White
/// length, held between 8 and 13 weeks. Plain Politis-White returns 3 to 4 at a hundred weeks
/// and its intervals cover too seldom (methods brief, 2.2). Beyond 200 weeks the upper bound
/// grows as `weeks^(1/2)`; on fewer than 32 weeks a block is at most a quarter of them.
pub fn block_length(moments: &[Vec<f64>], weeks: usize) -> usize {
    let optimal = moments
        .iter()
        .map(|series| optimal_block_length(series).circular)
        .filter(|length| length.is_finite())
        .fold(1.0, f64::max)
        .ceil() as usize;
    let longest = ((weeks as f64).sqrt().floor() as usize).max(13);
    optimal.clamp(8, longest).min((weeks / 4).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Annual flow of the Nile at Aswan 1871-1970, 1e8 m^3 (Cobb 1978; R `datasets::Nile`).
    const NILE: [f64; 100] = [
        1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0, 995.0, 935.0,
        1110.0, 994.0, 1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0, 1100.0, 1210.0, 1150.0, 1250.0,
        1260.0, 1220.0, 1030.0, 1100.0, 774.0, 840.0, 874.0, 694.0, 940.0, 833.0, 701.0, 916.0,
        692.0, 1020.0, 1050.0, 969.0, 831.0, 726.0, 456.0, 824.0, 702.0, 1120.0, 1100.0, 832.0,
        764.0, 821.0, 768.0, 845.0, 864.0, 862.0, 698.0, 845.0, 744.0, 796.0, 1040.0, 759.0, 781.0,
        865.0, 845.0, 944.0, 984.0, 897.0, 822.0, 1010.0, 771.0, 676.0, 649.0, 846.0, 812.0, 742.0,
        801.0, 1040.0, 860.0, 874.0, 848.0, 890.0, 744.0, 749.0, 838.0, 1050.0, 918.0, 986.0,
        797.0, 923.0, 975.0, 815.0, 1020.0, 906.0, 901.0, 1170.0, 912.0, 746.0, 919.0, 718.0,
        714.0, 740.0,
    ];

    /// Yearly sunspot numbers 1700-2008 (SIDC Brussels; statsmodels `datasets.sunspots`).
    const SUNSPOTS: [f64; 309] = [
        5.0, 11.0, 16.0, 23.0, 36.0, 58.0, 29.0, 20.0, 10.0, 8.0, 3.0, 0.0, 0.0, 2.0, 11.0, 27.0,
        47.0, 63.0, 60.0, 39.0, 28.0, 26.0, 22.0, 11.0, 21.0, 40.0, 78.0, 122.0, 103.0, 73.0, 47.0,
        35.0, 11.0, 5.0, 16.0, 34.0, 70.0, 81.0, 111.0, 101.0, 73.0, 40.0, 20.0, 16.0, 5.0, 11.0,
        22.0, 40.0, 60.0, 80.9, 83.4, 47.7, 47.8, 30.7, 12.2, 9.6, 10.2, 32.4, 47.6, 54.0, 62.9,
        85.9, 61.2, 45.1, 36.4, 20.9, 11.4, 37.8, 69.8, 106.1, 100.8, 81.6, 66.5, 34.8, 30.6, 7.0,
        19.8, 92.5, 154.4, 125.9, 84.8, 68.1, 38.5, 22.8, 10.2, 24.1, 82.9, 132.0, 130.9, 118.1,
        89.9, 66.6, 60.0, 46.9, 41.0, 21.3, 16.0, 6.4, 4.1, 6.8, 14.5, 34.0, 45.0, 43.1, 47.5,
        42.2, 28.1, 10.1, 8.1, 2.5, 0.0, 1.4, 5.0, 12.2, 13.9, 35.4, 45.8, 41.1, 30.1, 23.9, 15.6,
        6.6, 4.0, 1.8, 8.5, 16.6, 36.3, 49.6, 64.2, 67.0, 70.9, 47.8, 27.5, 8.5, 13.2, 56.9, 121.5,
        138.3, 103.2, 85.7, 64.6, 36.7, 24.2, 10.7, 15.0, 40.1, 61.5, 98.5, 124.7, 96.3, 66.6,
        64.5, 54.1, 39.0, 20.6, 6.7, 4.3, 22.7, 54.8, 93.8, 95.8, 77.2, 59.1, 44.0, 47.0, 30.5,
        16.3, 7.3, 37.6, 74.0, 139.0, 111.2, 101.6, 66.2, 44.7, 17.0, 11.3, 12.4, 3.4, 6.0, 32.3,
        54.3, 59.7, 63.7, 63.5, 52.2, 25.4, 13.1, 6.8, 6.3, 7.1, 35.6, 73.0, 85.1, 78.0, 64.0,
        41.8, 26.2, 26.7, 12.1, 9.5, 2.7, 5.0, 24.4, 42.0, 63.5, 53.8, 62.0, 48.5, 43.9, 18.6, 5.7,
        3.6, 1.4, 9.6, 47.4, 57.1, 103.9, 80.6, 63.6, 37.6, 26.1, 14.2, 5.8, 16.7, 44.3, 63.9,
        69.0, 77.8, 64.9, 35.7, 21.2, 11.1, 5.7, 8.7, 36.1, 79.7, 114.4, 109.6, 88.8, 67.8, 47.5,
        30.6, 16.3, 9.6, 33.2, 92.6, 151.6, 136.3, 134.7, 83.9, 69.4, 31.5, 13.9, 4.4, 38.0, 141.7,
        190.2, 184.8, 159.0, 112.3, 53.9, 37.6, 27.9, 10.2, 15.1, 47.0, 93.8, 105.9, 105.5, 104.5,
        66.6, 68.9, 38.0, 34.5, 15.5, 12.6, 27.5, 92.5, 155.4, 154.6, 140.4, 115.9, 66.6, 45.9,
        17.9, 13.4, 29.4, 100.2, 157.6, 142.6, 145.7, 94.3, 54.6, 29.9, 17.5, 8.6, 21.5, 64.3,
        93.3, 119.6, 111.0, 104.0, 63.7, 40.4, 29.8, 15.2, 7.5, 2.9,
    ];

    #[track_caller]
    fn assert_matches_arch(series: &[f64], stationary: f64, circular: f64) {
        let found = optimal_block_length(series);
        // arch 8.0.0 prints 8 decimals
        assert!((found.stationary - stationary).abs() < 5e-9, "{found:?}");
        assert!((found.circular - circular).abs() < 5e-9, "{found:?}");
    }

    #[test]
    fn block_lengths_of_the_nile_match_arch() {
        assert_matches_arch(&NILE, 12.33349426, 14.11832654);
    }

    #[test]
    fn block_lengths_of_the_sunspots_match_arch() {
        assert_matches_arch(&SUNSPOTS, 21.05069305, 24.09702815);
    }

    #[test]
    fn a_hundred_weeks_of_noise_keep_eight_weeks_together() {
        let mut rng = crate::numeric::random::stream(1, 0);
        let moments = vec![(0..104).map(|_| rng.random::<f64>()).collect()];
        assert_eq!(block_length(&moments, 104), 8);
    }

    #[test]
    fn a_constant_series_and_a_short_one_have_a_block_length() {
        assert_eq!(block_length(&[vec![3.0; 104]], 104), 8);
        assert_eq!(block_length(&[vec![1.0, 2.0, 1.0]], 3), 1);
        assert_eq!(block_length(&[], 20), 5);
    }
}
