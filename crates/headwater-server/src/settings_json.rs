//! Settings as JSON, with the same keys as `headwater.toml` and the same messages.

use headwater::analysis::Settings;
use headwater::data::role::Roles;
use serde_json::Value;

use crate::error::{ApiError, Result};

/// Reads settings; null means left out. Columns that they do not name have the roles that were chosen for
/// the upload.
///
/// # Errors
/// Those of a settings file: they go through one, so that the message and the remedy are the same.
pub fn of(value: Value, roles: &Roles) -> Result<Settings> {
    let name = "the settings";
    let text = match stated(value) {
        None => String::new(),
        Some(value) => toml::to_string(&value).map_err(|why| {
            ApiError::new(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                format!("{name}: {why}"),
                "send an object with the keys of headwater.toml",
            )
        })?,
    };
    let mut settings = Settings::from_toml(name, &text)?;
    let mut columns = roles.clone();
    columns.columns.extend(settings.columns.columns);
    settings.columns = columns;
    Ok(settings)
}

/// The value without what is null: TOML has no word for it.
fn stated(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let entries = entries.filter_map(|(key, value)| Some((key, stated(value)?)));
            Some(Value::Object(entries.collect()))
        }
        Value::Array(values) => Some(values.into_iter().filter_map(stated).collect()),
        other => Some(other),
    }
}
