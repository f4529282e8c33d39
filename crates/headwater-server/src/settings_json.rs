//! Settings as JSON, with the same keys as `headwater.toml` and the same messages.

use headwater::analysis::Settings;
use headwater::data::role::Roles;
use serde_json::Value;

use crate::error::Result;

/// Reads settings; null means left out. Columns that they do not name have the roles that were chosen for
/// the upload.
///
/// # Errors
/// Those of a settings file.
pub fn of(value: Value, roles: &Roles) -> Result<Settings> {
    let mut settings = Settings::from_value("the settings", value)?;
    let mut columns = roles.clone();
    columns.columns.extend(settings.columns.columns);
    settings.columns = columns;
    Ok(settings)
}
