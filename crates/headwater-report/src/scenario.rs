//! What `headwater scenario` prints.

use headwater::decisions::Scenario;

use crate::number::{amount, with_interval};
use crate::style::Style;

/// The screen of a scenario.
pub fn scenario_screen(scenario: &Scenario, style: Style) -> String {
    let mut text = style.heading(&scenario.name);
    let outcome = with_interval(&scenario.total.outcome, amount);
    text += &style.paragraph(2, &format!("outcome {outcome}"));
    text
}
