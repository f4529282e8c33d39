//! Every brand of a panel by itself: as if its rows were a file, whatever happens to the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::analysis::{
    BrandResult, PanelRun, PanelSummary, RunFiles, SavedRun, Settings, Standing, run,
};
use headwater::data::{Panel, Table};
use headwater::error::Error;
use headwater::progress::{Progress, Silent};
use headwater::simulate::{MarketSettings, simulate_brands};
use miette::Diagnostic;
use tempfile::TempDir;

/// Settings under which a brand takes milliseconds.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    settings.validation.placebos = 19;
    settings
}

/// A folder with `sales.csv`: brands of 60 weeks, week by week.
struct Market {
    folder: TempDir,
}

impl Market {
    fn of(brands: usize) -> Self {
        let market = MarketSettings {
            weeks: 60,
            ..MarketSettings::default()
        };
        let csv = simulate_brands(&market, brands).unwrap().to_csv();
        let (header, rows) = csv.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().collect();
        let weeks = (0..60).flat_map(|week| rows.iter().skip(week).step_by(60));
        let rows: Vec<&str> = weeks.copied().collect();
        let market = Market {
            folder: TempDir::new().unwrap(),
        };
        market.write(&format!("{header}\n{}\n", rows.join("\n")));
        market
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("sales.csv")).unwrap()
    }

    fn write(&self, text: &str) {
        fs::write(self.path("sales.csv"), text).unwrap();
    }

    fn panel(&self) -> Panel {
        Panel::read(&self.path("sales.csv"), &settings().data, "brand").unwrap()
    }

    /// Fits all brands into the folder of that name on so many threads.
    fn fit(&self, name: &str, threads: usize) -> PanelSummary {
        let panel = self.panel();
        let run = PanelRun::begin(&panel, &settings(), &self.path(name), false).unwrap();
        on(threads, || run.fit(&Silent)).unwrap()
    }
}

fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

/// The text of every file in a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inside = files(&path).into_iter();
            found.extend(inside.map(|(file, text)| (format!("{name}/{file}"), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

fn refusal(error: &Error) -> String {
    let help = error.help().map(|help| help.to_string());
    format!("{error}; {}", help.unwrap_or_default())
}

#[test]
fn a_brand_is_fitted_as_if_its_rows_were_a_file() {
    let market = Market::of(3);
    let summary = market.fit("run", 2);
    assert!(summary.is_complete());
    let text = market.text();
    let header = text.lines().next().unwrap();
    fs::create_dir(market.path("alone")).unwrap();
    for brand in &summary.brands {
        let own = format!("{},", brand.brand);
        let rows = text.lines().filter(|line| line.starts_with(&own));
        let rows: Vec<&str> = std::iter::once(header).chain(rows).collect();
        let file = format!("alone/sales.csv, brand {}", brand.brand);
        fs::write(market.path(&file), rows.join("\n") + "\n").unwrap();

        let mut alone = settings();
        alone.columns = toml::from_str("brand = { role = 'panel' }").unwrap();
        let table = Table::read(&market.path(&file), &alone.data).unwrap();
        let loaded = alone.assemble(&table).unwrap();
        let fit = run(&loaded.dataset, loaded.findings, &alone, &Silent).unwrap();
        let folder = market.path("run").join(&brand.folder);
        assert_eq!(
            RunFiles::read(&folder).unwrap(),
            RunFiles::of(&fit).unwrap()
        );
        // The row of the table is that analysis.
        let BrandResult::Fitted(row) = &brand.result else {
            panic!("{brand:?}")
        };
        let effect = &fit.analysis.effects[0];
        let channel = &row.channels[0];
        assert_eq!(row.weeks, 60);
        assert_eq!(row.verdict, fit.analysis.path.verdict);
        assert_eq!(channel.channel, effect.channel);
        assert_eq!(channel.total.point, effect.total.point);
        assert_eq!(channel.indirect.lower, effect.indirect.lower);
        assert_eq!(channel.roas_gross.upper, effect.roas.gross.upper);
    }
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_panel() {
    let market = Market::of(4);
    market.fit("one", 1);
    let one = files(&market.path("one"));
    // A run of each brand, the settings and the two tables.
    assert_eq!(one.len(), 4 * 5 + 3);
    for threads in [2, 3, 9] {
        let name = format!("on-{threads}");
        market.fit(&name, threads);
        assert_eq!(files(&market.path(&name)), one, "{threads} threads");
    }
}

#[test]
fn a_bad_brand_is_a_row_with_its_reason_and_stops_no_other() {
    let market = Market::of(6);
    let mut lines: Vec<String> = market.text().lines().map(String::from).collect();
    let set = |line: &mut String, column: usize, value: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[column] = value;
        *line = cells.join(",");
    };
    // Rows come week by week, so a brand's rows stand six apart; column 2 is facebook_spend.
    for (at, line) in lines.iter_mut().enumerate().skip(1) {
        match (at - 1) % 6 {
            1 => set(line, 2, "0"),
            2 if at == 3 + 6 * 20 => set(line, 2, "n/a"),
            4 if at == 5 + 6 * 30 => set(line, 2, "lots"),
            5 if at == 6 + 6 * 40 => set(line, 2, "plenty"),
            _ => {}
        }
    }
    // brand-4 keeps ten weeks.
    lines = lines
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at < 4 + 6 * 10 || at % 6 != 4)
        .map(|(_, line)| line)
        .collect();
    market.write(&(lines.join("\n") + "\n"));
    let summary = market.fit("run", 2);
    assert!(!summary.is_complete());
    let said: Vec<String> = summary
        .brands
        .iter()
        .map(|brand| {
            brand
                .failure()
                .map_or("fitted".into(), |failure| failure.error.clone())
        })
        .collect();
    let row = |start: &str| {
        1 + lines
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap()
    };
    let cell = |brand: usize, what: &str, value: &str| {
        let at = lines
            .iter()
            .position(|line| line.starts_with(&format!("brand-{brand},")) && line.contains(value));
        let week = lines[at.unwrap()].split(',').nth(1).unwrap();
        format!(
            "sales.csv, brand brand-{brand}, row {}, column facebook_spend, week {week}: {what}",
            at.unwrap() + 1
        )
    };
    assert_eq!(row("brand-1,"), 2);
    assert_eq!(
        said,
        [
            "fitted".to_string(),
            "sales.csv, brand brand-2, column facebook_spend: the value is 0 in every week".into(),
            cell(
                3,
                "the value is missing, and a missing spend is not a zero",
                "n/a"
            ),
            "the file has 10 weeks; 4 unpenalised columns need at least 20".into(),
            cell(5, "\"lots\" is text, not a number", "lots"),
            cell(6, "\"plenty\" is text, not a number", "plenty"),
        ]
    );
    let help = summary.brands[1].failure().unwrap().help.clone().unwrap();
    assert!(help.contains("role = \"ignore\""), "{help}");
    assert!(!market.path("run/brands/brand-2").exists());
    assert!(market.path("run/brands/brand-1/analysis.json").exists());
    let overview = summary.overview();
    assert_eq!((overview.fitted, overview.failures.len()), (1, 5));
    // The table holds the reasons as well.
    let csv = fs::read_to_string(market.path("run/brands.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let status: Vec<String> = reader
        .records()
        .map(|row| row.unwrap()[2].to_string())
        .collect();
    assert_eq!(
        status,
        ["fitted", "failed", "failed", "failed", "failed", "failed"]
    );
}

#[test]
fn brands_that_fail_alike_are_counted_together() {
    let market = Market::of(3);
    // The fourth column of every brand is empty in another week.
    let mut lines: Vec<String> = market.text().lines().map(String::from).collect();
    for (brand, week) in [(0, 7), (1, 29), (2, 55)] {
        let line = &mut lines[1 + 3 * week + brand];
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[3] = "";
        *line = cells.join(",");
    }
    market.write(&lines.join("\n"));
    let overview = market.fit("run", 1).overview();
    assert_eq!(overview.failures.len(), 1, "{:?}", overview.failures);
    assert_eq!(overview.failures[0].brands, 3);
    assert_eq!(overview.failures[0].first, "brand-1");
}

/// Says that work should stop once so many brands are done.
struct After {
    brands: usize,
    done: AtomicUsize,
}

impl Progress for After {
    fn report(&self, what: &str, done: usize, _total: usize) {
        assert_eq!(what, "brands", "the steps inside a brand are its own");
        self.done.store(done, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.brands
    }
}

/// A fault of the program: panics in the third question after the first brand, which is asked inside the second.
struct Fault {
    done: AtomicUsize,
    asked: AtomicUsize,
}

impl Progress for Fault {
    fn report(&self, _what: &str, done: usize, _total: usize) {
        self.done.store(done, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        if self.done.load(Ordering::Relaxed) == 1 {
            let asked = 1 + self.asked.fetch_add(1, Ordering::Relaxed);
            assert!(asked != 3, "a planted fault");
        }
        false
    }
}

#[test]
fn a_fault_of_the_program_in_one_brand_stops_no_other() {
    let market = Market::of(3);
    let panel = market.panel();
    let run = PanelRun::begin(&panel, &settings(), &market.path("run"), false).unwrap();
    let fault = Fault {
        done: AtomicUsize::new(0),
        asked: AtomicUsize::new(0),
    };
    let summary = on(1, || run.fit(&fault)).unwrap();
    let failed: Vec<Option<&str>> = summary
        .brands
        .iter()
        .map(|brand| brand.failure().map(|failure| failure.error.as_str()))
        .collect();
    let said = "Headwater itself failed at this brand: a planted fault";
    assert_eq!(failed, [None, Some(said), None]);
    // Gone on with, the brand gets its run, and all is as if there had been no fault.
    let run = PanelRun::resume(&panel, &settings(), &market.path("run")).unwrap();
    run.fit(&Silent).unwrap();
    market.fit("whole", 2);
    assert_eq!(files(&market.path("run")), files(&market.path("whole")));
}

#[test]
fn a_run_that_was_stopped_is_gone_on_with_and_nothing_is_fitted_twice() {
    let market = Market::of(4);
    let panel = market.panel();
    let folder = market.path("run");
    let run = PanelRun::begin(&panel, &settings(), &folder, false).unwrap();
    let stop = After {
        brands: 2,
        done: AtomicUsize::new(0),
    };
    let stopped = on(1, || run.fit(&stop)).unwrap_err();
    assert!(matches!(stopped, Error::Cancelled));
    let begun = fs::read_to_string(folder.join("brands.json")).unwrap();
    assert_eq!(begun.matches("\"pending\"").count(), 4);
    // What a kill in the very moment of writing leaves, and a mark on a run that must stay.
    fs::create_dir(folder.join("brands/.brand-3.partial-1")).unwrap();
    let mark = folder.join("brands/brand-1/mark");
    fs::write(&mark, "").unwrap();
    let again = PanelRun::resume(&panel, &settings(), &folder).unwrap();
    let summary = on(2, || again.fit(&Silent)).unwrap();
    assert!(summary.is_complete());
    fs::remove_file(mark).expect("the finished run was not written again");
    assert_eq!(market.fit("whole", 2), summary);
    assert_eq!(files(&folder), files(&market.path("whole")));
}

#[test]
fn a_run_of_other_data_or_settings_is_not_gone_on_with() {
    let market = Market::of(2);
    market.fit("run", 2);
    let refused = |market: &Market, settings: &Settings, name: &str| {
        let panel = market.panel();
        let refused = PanelRun::resume(&panel, settings, &market.path(name));
        refusal(&refused.unwrap_err())
    };
    let mut other = settings();
    other.seed = 7;
    let said = refused(&market, &other, "run");
    assert!(
        said.contains("cannot be gone on with: its settings are others"),
        "{said}"
    );
    assert!(said.contains("--force"), "{said}");
    let said = refused(&market, &settings(), "nowhere");
    assert!(
        said.contains("there is no run over brands to go on with"),
        "{said}"
    );
    market.write(&market.text().replacen("brand-1", "brand-9", 1));
    let said = refused(&market, &settings(), "run");
    assert!(said.contains("sales.csv has changed since"), "{said}");
}

#[test]
fn only_a_run_over_brands_is_replaced() {
    let market = Market::of(2);
    market.fit("run", 2);
    let panel = market.panel();
    let begin = |name: &str, overwrite| {
        let path = market.path(name);
        PanelRun::begin(&panel, &settings(), &path, overwrite).map(|_| ())
    };
    let said = refusal(&begin("run", false).unwrap_err());
    assert!(
        said.contains("already exists; name another folder"),
        "{said}"
    );
    fs::create_dir(market.path("mine")).unwrap();
    fs::write(market.path("mine/diary.txt"), "dear").unwrap();
    let said = refusal(&begin("mine", true).unwrap_err());
    assert!(said.contains("is not a run over brands"), "{said}");
    assert!(market.path("mine/diary.txt").exists());
    begin("run", true).unwrap();
    assert!(!market.path("run/brands/brand-1").exists());
}

#[test]
fn the_folder_of_a_panel_says_which_run_to_open() {
    let market = Market::of(2);
    market.fit("run", 2);
    let said = refusal(&SavedRun::open(&market.path("run")).unwrap_err());
    assert!(
        said.contains("holds the runs of many brands, each in a folder of its own"),
        "{said}"
    );
    let brand = market.path("run/brands/brand-1");
    assert!(
        said.contains(&format!("such as {}", brand.display())),
        "{said}"
    );
    assert!(SavedRun::open(&brand).is_ok());
}

#[test]
fn the_table_says_the_same_as_csv_and_as_json() {
    let market = Market::of(3);
    let summary = market.fit("run", 2);
    let json = fs::read_to_string(market.path("run/brands.json")).unwrap();
    let read: PanelSummary = serde_json::from_str(&json).unwrap();
    assert_eq!(read, summary);
    let mut reader = csv::Reader::from_path(market.path("run/brands.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    let at = |name: &str| header.iter().position(|other| other == name).unwrap();
    for (row, brand) in rows.iter().zip(&summary.brands) {
        let fit = brand.fit().unwrap();
        let number = |name: &str| row[at(name)].parse::<f64>().ok();
        assert_eq!(row[at("brand")], brand.brand);
        assert_eq!(number("skill"), fit.skill);
        assert_eq!(&row[at("level")], "0.95");
        assert_eq!(row[at("verdict")], fit.verdict.words().replace(' ', "_"));
        for channel in &fit.channels {
            let cell = |what: &str| number(&format!("{}.{what}", channel.channel));
            assert_eq!(cell("spend"), Some(channel.spend));
            assert_eq!(cell("total"), channel.total.point);
            assert_eq!(cell("indirect.lower"), channel.indirect.lower);
            assert_eq!(
                cell("roas_whatever_path.upper"),
                channel.roas_whatever_path.upper
            );
        }
    }
    // Counts over brands add up to the brands.
    let overview = summary.overview();
    assert_eq!(
        overview
            .verdicts
            .iter()
            .map(|(_, count)| count)
            .sum::<usize>(),
        3
    );
    for channel in &overview.channels {
        let told = [
            channel.raised,
            channel.lowered,
            channel.unclear,
            channel.pathless,
            channel.unknown,
        ];
        assert_eq!(told.iter().sum::<usize>(), channel.brands);
        let fits = summary.brands.iter().filter_map(|brand| brand.fit());
        let mut all = fits.flat_map(|fit| &fit.channels);
        assert!(all.any(|other| other.channel == channel.channel && other.standing != Standing::Unknown));
    }
}

#[test]
fn a_column_that_tells_series_apart_inside_a_brand_is_named() {
    let market = Market::of(1);
    let text = market.text();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut twice = format!("region,{header}\n");
    for row in rows.lines() {
        twice += &format!("north,{row}\nsouth,{row}\n");
    }
    market.write(&twice);
    let summary = market.fit("run", 1);
    let failure = summary.brands[0].failure().unwrap();
    assert!(
        failure
            .error
            .ends_with("several series for each date (region)"),
        "{failure:?}"
    );
    let help = failure.help.clone().unwrap();
    assert!(help.contains("headwater fit FILE --by region"), "{help}");
}
