//! Numbers as a picture writes them.

use headwater::number::{NOTHING, amount, percent, ratio};

use crate::figures::NumberFormat;

impl NumberFormat {
    /// A value, as labels, cells and tooltips write it; a dash where there is none.
    ///
    /// ```
    /// use headwater_report::figures::NumberFormat;
    /// assert_eq!(NumberFormat::Money.write(-1_234_567.0), "-$1.2M");
    /// assert_eq!(NumberFormat::Percent.write(0.351), "35%");
    /// assert_eq!(NumberFormat::Count.write(1_200.0), "1200");
    /// ```
    pub fn write(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => NOTHING.into(),
            NumberFormat::Amount => amount(value),
            NumberFormat::Money => match amount(value).strip_prefix('-') {
                Some(digits) => format!("-${digits}"),
                None => format!("${}", amount(value)),
            },
            NumberFormat::Ratio => ratio(value),
            NumberFormat::Percent => percent(value),
            NumberFormat::Count if value.abs() < 99_999.5 => {
                let whole = value.round();
                format!("{}", if whole == 0.0 { 0.0 } else { whole })
            }
            NumberFormat::Count => amount(value),
        }
    }

    /// Evenly spaced values, all in the unit of the largest and to the digits of their step: `0`, `0.5M`,
    /// `1.0M`, so that no two of them read alike.
    pub(super) fn write_ticks(self, ticks: &[f64], step: f64) -> Vec<String> {
        let largest = ticks
            .iter()
            .fold(0.0, |most: f64, tick| most.max(tick.abs()));
        let (divisor, suffix) = match self {
            NumberFormat::Percent => (0.01, "%"),
            _ if largest >= 1e15 || (largest > 0.0 && largest < 1e-3) => {
                return ticks.iter().map(|tick| scientific(*tick, step)).collect();
            }
            _ if largest >= 1e12 => (1e12, "T"),
            _ if largest >= 1e9 => (1e9, "B"),
            _ if largest >= 1e6 => (1e6, "M"),
            _ if largest >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        let digits = decimals(step / divisor);
        let sign = if self == NumberFormat::Money { "$" } else { "" };
        ticks
            .iter()
            .map(|tick| {
                let minus = if *tick < -step / 1e6 { "-" } else { "" };
                let size = tick.abs() / divisor;
                if size < step / divisor / 1e6 {
                    return format!("{sign}0{}", if suffix == "%" { "%" } else { "" });
                }
                format!("{minus}{sign}{size:.digits$}{suffix}")
            })
            .collect()
    }
}

/// How many decimals a step of 1, 2 or 5 times a power of ten has.
fn decimals(step: f64) -> usize {
    if step.is_finite() && step > 0.0 {
        // A step of 2.5 has one more; 1e-9 forgives what rounding took from a power of ten.
        let places = (-(step.log10() + 1e-9).floor()).max(0.0);
        let scaled = step * 10f64.powf(places);
        let more = f64::from((scaled - scaled.round()).abs() > 1e-6);
        (places + more).min(12.0) as usize
    } else {
        0
    }
}

fn scientific(value: f64, step: f64) -> String {
    if value.abs() < step / 1e6 {
        return "0".into();
    }
    let digits = (value.abs().log10().floor() - step.abs().log10().floor()).clamp(0.0, 6.0);
    format!("{value:.*e}", digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_share_a_unit_and_never_read_alike() {
        let write = |format: NumberFormat, ticks: &[f64]| {
            format.write_ticks(ticks, ticks[1] - ticks[0]).join(" ")
        };
        assert_eq!(
            write(NumberFormat::Money, &[-5e5, 0.0, 5e5, 1e6]),
            "-$0.5M $0 $0.5M $1.0M"
        );
        assert_eq!(
            write(NumberFormat::Amount, &[1.0e6, 1.02e6, 1.04e6]),
            "1.00M 1.02M 1.04M"
        );
        assert_eq!(write(NumberFormat::Percent, &[0.0, 0.05, 0.1]), "0% 5% 10%");
        assert_eq!(write(NumberFormat::Ratio, &[0.0, 0.5, 1.0]), "0 0.5 1.0");
        assert_eq!(
            write(NumberFormat::Amount, &[0.0, 1e-6, 2e-6]),
            "0 1e-6 2e-6"
        );
        assert_eq!(write(NumberFormat::Amount, &[0.0, 1e12, 2e12]), "0 1T 2T");
        assert_eq!(
            write(NumberFormat::Count, &[0.0, 2000.0, 4000.0]),
            "0 2000 4000"
        );
    }
}
