//! Zero-spend flags: being off may differ from spending very little.

/// The fewest training weeks that must be seen in each state, spending and not spending.
pub const MIN_WEEKS: usize = 8;

/// `1` in the weeks without spend, `0` elsewhere.
///
/// ```
/// use headwater::features::flags::zero_flag;
/// assert_eq!(zero_flag(&[0.0, 12.5]), [1.0, 0.0]);
/// ```
pub fn zero_flag(spend: &[f64]) -> Vec<f64> {
    spend
        .iter()
        .map(|&x| f64::from(u8::from(x == 0.0)))
        .collect()
}

/// Whether a flag can be learned from these training weeks.
///
/// # Errors
/// The reason why not, in words: fewer than [`MIN_WEEKS`] weeks in one of the states.
pub fn learnable(train: &[f64]) -> Result<(), String> {
    let off = train.iter().filter(|&&spend| spend == 0.0).count();
    let on = train.len() - off;
    if off.min(on) >= MIN_WEEKS {
        Ok(())
    } else {
        Err(format!(
            "{off} training weeks without spend and {on} with spend; each needs {MIN_WEEKS}"
        ))
    }
}

/// The name of the column that flags the weeks without spend on an exposure.
pub(super) fn flag_name(exposure: &str) -> String {
    format!("{exposure} is zero")
}
