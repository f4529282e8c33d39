//! Runs that are opened again, and runs that are fitted again with newer weeks.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fs;
use std::path::{Path, PathBuf};

use headwater::analysis::{Fit, Retraining, SavedRun, Settings, retrain, run};
use headwater::data::{DataSettings, Table, assemble, infer_roles};
use headwater::error::{Error, Result};
use headwater::finding::Status;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use miette::Diagnostic;
use tempfile::TempDir;

/// The lines of a simulated market of 112 weeks, header first.
fn market() -> Vec<String> {
    let settings = MarketSettings {
        weeks: 112,
        ..MarketSettings::default()
    };
    let csv = simulate(&settings).unwrap().to_csv();
    csv.lines().map(str::to_owned).collect()
}

/// The header and those weeks of the market.
fn weeks(lines: &[String], range: std::ops::Range<usize>) -> String {
    let rows = lines[range.start + 1..range.end + 1].join("\n");
    format!("{}\n{rows}\n", lines[0])
}

fn table(text: &str) -> Table {
    Table::from_csv_bytes("new.csv", text.as_bytes()).unwrap()
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    settings
}

fn fit(text: &str) -> Fit {
    let table = table(text);
    let roles = infer_roles(&table, &DataSettings::default()).unwrap().roles;
    let loaded = assemble(&table, &DataSettings::default(), &roles).unwrap();
    run(&loaded.dataset, loaded.findings, &settings(), &Silent).unwrap()
}

/// A run of the first 104 weeks, and the folder that keeps it.
fn saved(lines: &[String]) -> (TempDir, SavedRun) {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("run");
    fit(&weeks(lines, 0..104)).write(&directory, false).unwrap();
    let saved = SavedRun::open(&directory).unwrap();
    (folder, saved)
}

fn json(fit: &Fit) -> String {
    serde_json::to_string(&fit.analysis).unwrap()
}

/// The message and the remedy of what must be refused.
#[track_caller]
fn refusal<T>(result: Result<T>) -> String {
    let error = result.err().expect("this must be refused");
    let help = error.help().map(|help| help.to_string());
    format!("{error} | {}", help.unwrap_or_default())
}

#[test]
fn a_run_that_is_opened_and_fitted_again_is_the_same_to_the_byte() {
    let (_folder, saved) = saved(&market());
    let written = fs::read_to_string(saved.directory.join("analysis.json")).unwrap();
    let again = saved.refit(&Silent).unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&again.analysis).unwrap() + "\n",
        written
    );
}

#[test]
fn what_is_no_run_is_named_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let open = |path: &Path| refusal(SavedRun::open(path));
    assert!(open(folder.path()).contains("is not a run of Headwater: it holds no analysis.json"));
    assert!(open(&folder.path().join("nothing")).contains("there is no such folder"));
    let file = folder.path().join("sales.csv");
    fs::write(&file, "week\n").unwrap();
    assert!(open(&file).contains("is a file, and a run is a folder"));
    fs::write(folder.path().join("analysis.json"), "{}").unwrap();
    assert!(open(folder.path()).contains("this is not an analysis of Headwater"));
    let newer = r#"{"schema_version": 999, "later": true}"#;
    fs::write(folder.path().join("analysis.json"), newer).unwrap();
    let said = open(folder.path());
    assert!(
        said.contains("written by a newer Headwater: its form is version 999"),
        "{said}"
    );
}

#[test]
fn weeks_that_were_changed_after_the_fit_are_noticed() {
    let lines = market();
    let (_folder, saved) = saved(&lines);
    let path: PathBuf = saved.directory.join("dataset.csv");
    let text = fs::read_to_string(&path).unwrap();
    // The outcome of one week, which no sum in the analysis would show.
    let revenue = saved.dataset.outcome()[50].to_string();
    assert_eq!(text.matches(&revenue).count(), 1);
    fs::write(&path, text.replace(&revenue, "1")).unwrap();
    let said = refusal(SavedRun::open(&saved.directory));
    assert!(said.contains("was changed after the fit"), "{said}");
    fs::remove_file(&path).unwrap();
    let said = refusal(SavedRun::open(&saved.directory));
    assert!(
        said.contains("dataset.csv: the file of this run cannot be read"),
        "{said}"
    );
}

fn retrained(saved: &SavedRun, text: &str, replace: bool) -> Result<(Fit, Retraining)> {
    retrain(saved, &table(text), replace, &Silent)
}

#[test]
fn all_of_history_again_gives_the_fit_of_the_new_file() {
    let lines = market();
    let (_folder, saved) = saved(&lines);
    let (fit_again, what) = retrained(&saved, &weeks(&lines, 0..112), false).unwrap();
    assert_eq!(json(&fit_again), json(&fit(&weeks(&lines, 0..112))));
    let counts = (
        what.weeks.added.len(),
        what.weeks.kept,
        what.weeks.missing.len(),
    );
    assert_eq!(counts, (8, 104, 0));
}

#[test]
fn new_weeks_alone_give_the_same_effects_as_all_of_history() {
    let lines = market();
    let (_folder, saved) = saved(&lines);
    let (appended, what) = retrained(&saved, &weeks(&lines, 104..112), false).unwrap();
    let whole = fit(&weeks(&lines, 0..112));
    assert_eq!(appended.analysis.effects, whole.analysis.effects);
    assert_eq!(appended.analysis.data.source, "new.csv + new.csv");
    assert_eq!(
        appended.analysis.data.dataset_sha256,
        whole.analysis.data.dataset_sha256
    );
    let counts = (
        what.weeks.added.len(),
        what.weeks.kept,
        what.weeks.missing.len(),
    );
    assert_eq!(counts, (8, 0, 104));
    let ids: Vec<&str> = what
        .findings
        .iter()
        .map(|finding| finding.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "retrain.weeks",
            "retrain.forecast",
            "retrain.refresh_stability",
            "retrain.within_intervals",
            "retrain.verdict",
            "retrain.drift"
        ]
    );
    // The change is that of the effect per unit of spend, of which the returns are the referee.
    for (change, effect) in what.effects.iter().zip(&appended.analysis.effects) {
        assert_eq!(change.per_unit_after.point, effect.roas.gross.point);
    }
}

#[test]
fn one_new_week_is_read_by_the_weeks_that_it_continues() {
    // 2024-03-04 may be written 04/03/2024, which could be the 3rd of April.
    let longer = simulate(&MarketSettings {
        weeks: 115,
        ..MarketSettings::default()
    })
    .unwrap()
    .to_csv();
    let longer: Vec<String> = longer.lines().map(str::to_owned).collect();
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("run");
    fit(&weeks(&longer, 0..113))
        .write(&directory, false)
        .unwrap();
    let eve = SavedRun::open(&directory).unwrap();
    assert_eq!(eve.dataset.weeks()[112].to_string(), "2024-02-26");
    let row = longer[114].replacen("2024-03-04", "04/03/2024", 1);
    let text = format!("{}\n{row}\n", longer[0]);
    let (_, what) = retrained(&eve, &text, false).unwrap();
    assert_eq!(what.weeks.added, ["2024-03-04"]);
    let assessed = |id: &str| {
        let finding = what.findings.iter().find(|finding| finding.id == id);
        finding.unwrap().status != Status::NotAssessed
    };
    assert!(!assessed("retrain.forecast") && !assessed("retrain.drift"));
    // A run that it does not continue cannot tell, so the file is asked how it is meant.
    let (_folder, earlier) = saved(&longer);
    let said = refusal(retrained(&earlier, &text, false));
    assert!(said.contains("04/03/2024"), "{said}");
}

#[test]
fn corrected_values_are_taken_only_when_asked_for_and_are_listed() {
    let lines = market();
    let (_folder, saved) = saved(&lines);
    let mut corrected = lines.clone();
    let mut cells: Vec<&str> = lines[100].split(',').collect();
    let before: f64 = cells[1].parse().unwrap();
    cells[1] = "4321.5";
    corrected[100] = cells.join(",");
    let text = weeks(&corrected, 90..112);
    let said = refusal(retrained(&saved, &text, false));
    let column = lines[0].split(',').nth(1).unwrap();
    assert!(
        said.contains("1 week differs from the run") && said.contains(column),
        "{said}"
    );
    assert!(said.contains("--replace"), "{said}");
    let (fit, what) = retrained(&saved, &text, true).unwrap();
    assert_eq!(what.weeks.changed.len(), 1);
    let cell = &what.weeks.changed[0];
    assert_eq!((cell.before, cell.after), (before, 4321.5));
    assert_eq!(fit.dataset.column(column)[99], 4321.5);
    assert_eq!(what.findings[0].status, Status::Warning);
}

#[test]
fn gaps_other_columns_and_nothing_new_are_refused_with_the_remedy() {
    let lines = market();
    let (_folder, saved) = saved(&lines);
    let refuse = |text: &str| refusal(retrained(&saved, text, true));
    let said = refuse(&weeks(&lines, 106..112));
    assert!(
        said.contains("2 weeks are missing in the file and in the run"),
        "{said}"
    );
    let said = refuse(&weeks(&lines, 0..104));
    assert!(
        said.contains("brings nothing new: all its 104 weeks"),
        "{said}"
    );
    let cut = |text: String, keep: &dyn Fn(usize) -> bool| -> String {
        text.lines()
            .map(|line| {
                let cells = line.split(',').enumerate();
                let kept: Vec<&str> = cells.filter(|(at, _)| keep(*at)).map(|(_, c)| c).collect();
                kept.join(",") + "\n"
            })
            .collect()
    };
    let said = refuse(&cut(weeks(&lines, 0..112), &|at| at != 2));
    assert!(said.contains("lacks the column tiktok_spend"), "{said}");
    let extra: String = weeks(&lines, 0..112)
        .lines()
        .enumerate()
        .map(|(at, line)| {
            format!(
                "{line},{}\n",
                if at == 0 {
                    "mood".into()
                } else {
                    at.to_string()
                }
            )
        })
        .collect();
    let said = refuse(&extra);
    assert!(said.contains("does not know: mood"), "{said}");
    // Weeks that start a day later than those of the run.
    let shifted: String = weeks(&lines, 104..112)
        .lines()
        .map(|line| match line.split_once(',') {
            Some((date, rest)) if date != "week" => {
                let date: jiff::civil::Date = date.parse().unwrap();
                format!("{},{rest}\n", date.tomorrow().unwrap())
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(refuse(&shifted).contains("do not start on the same weekday"));
    let error = retrained(&saved, &extra, true).err().unwrap();
    assert!(matches!(error, Error::Input(_)));
}
