//! What `headwater check` shows before anything is fitted: roles with their reasons, findings.

use headwater::data::role::{Role, Variable};
use headwater::data::{DateFormat, Inference};
use headwater::finding::{Finding, Status};

use crate::terminal::findings::findings;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// The screen that `headwater check` prints: `source` is the file's name, `inference` what each
/// column was taken for, `dates` how its dates were read, `checks` every finding about the data.
pub fn check_screen(
    source: &str,
    inference: &Inference,
    dates: DateFormat,
    checks: &[Finding],
    style: Style,
) -> String {
    let roles = &inference.roles;
    let rows = roles
        .columns
        .iter()
        .map(|(name, variable)| {
            let mut reason = inference.reasons.get(name).cloned().unwrap_or_default();
            if variable.role == Role::Date {
                reason += &format!(" (read as {})", dates.name());
            }
            vec![
                name.clone(),
                role_word(variable.role, variable.direct),
                reason,
            ]
        })
        .collect();
    let failed = checks
        .iter()
        .any(|finding| finding.status == Status::Failed);
    let verdict = if failed {
        style.status(Status::Failed, "A check failed: mend it before fitting.")
    } else {
        style.status(Status::Passed, "The file can be fitted.")
    };
    let mut text = style.strong(&format!("{source}: what each column is taken for\n\n"));
    text += &table(
        &style,
        &[
            ("column", Align::Left),
            ("role", Align::Left),
            ("because", Align::Left),
        ],
        rows,
    );
    text += "\n";
    text += &style.paragraph(
        2,
        "To change a role, write these lines, with your change, to a settings file \
         (`headwater init` writes one with every setting) and pass it with --config:",
    );
    text += "\n    [columns]\n";
    for (name, variable) in &roles.columns {
        text += &format!("    {}\n", settings_line(name, variable));
    }
    text += &style.heading("Checks");
    text += &findings(&style, checks);
    text + "\n  " + &verdict + "\n"
}

/// A role in words, with the edge past the mediator when it is drawn.
fn role_word(role: Role, direct: bool) -> String {
    let word = match role {
        Role::Date => "date",
        Role::Exposure if direct => "exposure, also direct",
        Role::Exposure => "exposure",
        Role::Mediator => "mediator",
        Role::Lever => "lever",
        Role::Control => "control",
        Role::Outcome => "outcome",
        Role::Panel => "panel key",
        Role::Ignore => "not used",
    };
    word.into()
}

/// The line of a column in a settings file.
fn settings_line(name: &str, variable: &Variable) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        // A JSON string is a TOML basic string.
        serde_json::json!(name).to_string()
    };
    let mut settings = vec![format!("role = {}", serde_json::json!(variable.role))];
    if variable.role == Role::Exposure {
        settings.push(format!("direct = {}", variable.direct));
    }
    settings.push(format!("fill = {}", serde_json::json!(variable.fill)));
    settings.push(format!("unit = {}", serde_json::json!(variable.unit)));
    format!("{key} = {{ {} }}", settings.join(", "))
}
