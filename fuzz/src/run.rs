//! The files of a run.

use std::path::Path;
use std::sync::LazyLock;

use headwater::analysis::{RunFiles, SavedRun, Settings, run, validate};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

use super::promises;

/// A small run, by the names of its files.
static RUN: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let market = simulate(&MarketSettings {
        weeks: 60,
        ..MarketSettings::default()
    });
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(0);
    settings.validation.placebos = 0;
    let market = market.expect("the default market can be simulated");
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).expect("it can be fitted");
    let files = RunFiles::of(&fit).expect("models can be written");
    let files = files.iter();
    files
        .map(|(name, text)| (name.into(), text.into()))
        .collect()
});

/// The first line of the text names a file of a run, the rest stands in its place.
pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (file, text) = text.split_once('\n').unwrap_or((&text, ""));
    let files: RunFiles = RUN
        .iter()
        .map(|(name, own)| {
            let own = if name == file { text } else { own };
            (name.clone(), own.to_string())
        })
        .collect();
    match SavedRun::of(&files, Path::new("runs/monday")) {
        Ok(saved) => {
            promises::of_findings(&saved.analysis.findings);
            promises::of_findings(&saved.data_findings());
            let text = serde_json::to_string(&saved.analysis).expect("an analysis is plain values");
            let again = serde_json::from_str(&text).expect("what was written can be read");
            assert_eq!(saved.analysis, again);
            validate(&saved.analysis, &saved.settings.validation.bounds);
        }
        Err(error) => promises::of_error(&error),
    }
}
