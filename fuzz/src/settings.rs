//! Settings, as a file and as a value laid over others.

use headwater::analysis::Settings;

use super::promises;

/// The text is a `headwater.toml`; where it is JSON, it is what a request or a Python user gives.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(value) = serde_json::from_str(text) {
        let preset = Settings::preset("seed").expect("there is a preset of that name");
        match preset.with("settings", value) {
            Ok(settings) => keep(&settings),
            Err(error) => promises::of_error(&error),
        }
        return;
    }
    match Settings::from_toml("headwater.toml", text) {
        Ok(settings) => keep(&settings),
        Err(error) => promises::of_error(&error),
    }
}

/// Settings that were accepted are in their ranges, can build what they describe, and are the same once
/// written and read again.
fn keep(settings: &Settings) {
    settings.validate().expect("what was read is valid");
    settings.model();
    let text = settings.to_toml(&settings.columns);
    let again = Settings::from_toml("headwater.toml", &text)
        .unwrap_or_else(|error| panic!("what was written cannot be read: {error}\n{text}"));
    // As text: what is not a number differs from itself.
    assert_eq!(again.to_toml(&again.columns), text);
}
