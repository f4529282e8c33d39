//! Every brand of a panel fitted by itself, into one folder that can be gone on with.
//!
//! ```text
//! sales-run/
//!   headwater.toml     the settings of every brand, with the column that names them
//!   brands.json        what came of every brand; before the end, that its turn has not come
//!   brands.csv         the same for a spreadsheet
//!   brands/Acme/       an ordinary run directory for each brand that could be fitted
//! ```
//!
//! A brand's directory is put in its place in one step, so one that is there is whole. The
//! files are those of a fit of this brand's rows alone.

use std::any::Any;
use std::fs;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::ThreadPoolBuilder;
use serde::Deserialize;

use super::fit::run;
use super::folder_names::folder_names;
use super::panel_summary::{BrandFailure, BrandFit, BrandResult, BrandSummary, PanelSummary};
use super::run_directory::{at, json};
use super::saved_run::SavedRun;
use super::settings::Settings;
use crate::data::role::Role;
use crate::data::{Panel, Source, default_variable};
use crate::error::{Error, Result};
use crate::files;
use crate::progress::{Parts, Progress, go_on};

const SETTINGS: &str = "headwater.toml";
const SUMMARY: &str = "brands.json";
const TABLE: &str = "brands.csv";
const BRANDS: &str = "brands";

/// A panel on its way to a folder of runs.
///
/// ```
/// use headwater::analysis::{PanelRun, Settings};
/// use headwater::data::{DataSettings, Panel};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate_brands};
///
/// let folder = tempfile::tempdir().expect("a folder");
/// let file = folder.path().join("sales.csv");
/// let market = MarketSettings { weeks: 60, ..MarketSettings::default() };
/// std::fs::write(&file, simulate_brands(&market, 2)?.to_csv()).expect("a file");
///
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(0);
/// settings.validation.placebos = 0;
/// let panel = Panel::read(&file, &DataSettings::default(), "brand")?;
/// let run = PanelRun::begin(&panel, &settings, &folder.path().join("run"), false)?;
/// let summary = run.fit(&Silent)?;
/// assert!(summary.is_complete());
/// assert!(folder.path().join("run/brands/brand-1/analysis.json").exists());
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug)]
pub struct PanelRun<'a> {
    panel: &'a Panel,
    settings: Settings,
    folder: PathBuf,
    /// The folder of each brand, in the panel's order.
    names: Vec<String>,
}

/// What `brands.json` says of the data, whatever has come of the brands.
#[derive(Deserialize)]
struct Begun {
    headwater_version: String,
    source: Source,
    by: String,
}

impl<'a> PanelRun<'a> {
    /// Begins in a folder that does not exist yet, or with `overwrite` in place of a panel's run.
    ///
    /// `settings` are those of each brand; the column that names the brands becomes the panel key.
    ///
    /// # Errors
    /// When the settings are out of range, when the folder exists without `overwrite` or is no run of a
    /// panel, and when the disk refuses.
    pub fn begin(
        panel: &'a Panel,
        settings: &Settings,
        folder: &Path,
        overwrite: bool,
    ) -> Result<Self> {
        let run = PanelRun::of(panel, settings, folder)?;
        if folder.exists() && !(overwrite && folder.join(SUMMARY).is_file()) {
            return Err(run.refuse(
                match overwrite {
                    true => "is not a run over brands, so it will not be replaced",
                    false => "already exists",
                },
                "name another folder with --out; --force replaces a run over brands, --resume goes on with it",
            ));
        }
        files::build(folder, overwrite, at, |parts| run.write_beginning(parts))?;
        Ok(run)
    }

    /// Goes on where an earlier run of the same data with the same settings stopped.
    ///
    /// # Errors
    /// When the folder is no run of a panel, and when data, settings or version are not those it was begun
    /// with.
    pub fn resume(panel: &'a Panel, settings: &Settings, folder: &Path) -> Result<Self> {
        let run = PanelRun::of(panel, settings, folder)?;
        let anew = "fit into another folder with --out, or in place of this one with --force";
        let Ok(begun) = fs::read_to_string(folder.join(SUMMARY)) else {
            return Err(run.refuse(
                "there is no run over brands to go on with: it has no brands.json",
                "leave --resume out to begin one, or name its folder with --out",
            ));
        };
        let begun: Begun = serde_json::from_str(&begun)
            .map_err(|why| run.refuse(&format!("{SUMMARY} in it cannot be read: {why}"), anew))?;
        let path = folder.join(SETTINGS);
        let text = fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let earlier = Settings::from_toml(&path.display().to_string(), &text)?;
        let other = if begun.source.sha256 != panel.source().sha256 {
            format!("{} has changed since", panel.source().name)
        } else if begun.by != panel.by() {
            format!("its brands are told by the column {}", begun.by)
        } else if earlier != run.settings {
            format!("its settings are others: {SETTINGS} in it holds them")
        } else if begun.headwater_version != env!("CARGO_PKG_VERSION") {
            format!("Headwater {} began it", begun.headwater_version)
        } else {
            return Ok(run);
        };
        Err(run.refuse(&format!("cannot be gone on with: {other}"), anew))
    }

    fn of(panel: &'a Panel, settings: &Settings, folder: &Path) -> Result<Self> {
        settings.validate()?;
        let mut settings = settings.clone();
        let key = default_variable(panel.by(), Role::Panel);
        // First, wherever the settings named it: the same work writes the same file.
        let columns = &mut settings.columns.columns;
        columns.shift_remove(panel.by());
        columns.shift_insert(0, panel.by().into(), key);
        Ok(PanelRun {
            panel,
            settings,
            folder: folder.into(),
            names: folder_names(panel.brands()),
        })
    }

    fn refuse(&self, message: &str, help: &str) -> Error {
        Error::File {
            path: self.folder.display().to_string(),
            message: message.into(),
            help: help.into(),
        }
    }

    fn write_beginning(&self, folder: &Path) -> Result<()> {
        let brands = folder.join(BRANDS);
        fs::create_dir(&brands).map_err(|error| at(&brands, &error))?;
        let pending = (0..self.names.len()).map(|brand| self.row(brand, BrandResult::Pending));
        let summary = json(&self.summary(pending.collect()))?;
        let settings = self.settings.to_toml(&self.settings.columns);
        for (name, text) in [(SETTINGS, settings), (SUMMARY, summary)] {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| at(&path, &error))?;
        }
        Ok(())
    }

    /// Fits every brand that has no run yet, on as many threads as the pool that it is called in has, and
    /// writes the table of all. The result is the same on any number of them.
    ///
    /// A brand that cannot be fitted, or at whose fit the program fails, is a row of the table with its
    /// reason and stops no other. `progress` hears of one step, `brands`.
    ///
    /// # Errors
    /// [`Error::Cancelled`]: the brands that were fitted stay, and [`PanelRun::resume`] goes on from there.
    /// When the disk refuses the table.
    pub fn fit(&self, progress: &dyn Progress) -> Result<PanelSummary> {
        let brands = self.names.len();
        let parts = Parts::new(progress, "brands", brands);
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads();
        let workers = threads.min(brands);
        let work = |worker: usize| -> Result<Vec<(usize, BrandResult)>> {
            // A pool of its own for each worker: a thread that waits inside a brand would otherwise
            // begin another brand, and so on, many at once.
            let own = threads / workers + usize::from(worker < threads % workers);
            let pool = pool(own)?;
            let mut done = Vec::new();
            loop {
                let brand = next.fetch_add(1, Ordering::Relaxed);
                if brand >= brands {
                    return Ok(done);
                }
                let result = parts.part(|| pool.install(|| self.brand(brand, progress)))?;
                done.push((brand, result));
            }
        };
        let done: Vec<Result<_>> = thread::scope(|scope| {
            let work = &work;
            let workers: Vec<_> = (0..workers)
                .map(|worker| scope.spawn(move || work(worker)))
                .collect();
            let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
            joined
                .map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        let mut results = Vec::with_capacity(brands);
        for done in done {
            results.extend(done?);
        }
        results.sort_by_key(|(brand, _)| *brand);
        let rows = results.into_iter();
        let rows = rows.map(|(brand, result)| self.row(brand, result));
        let summary = self.summary(rows.collect());
        self.replace(TABLE, &summary.to_csv())?;
        self.replace(SUMMARY, &json(&summary)?)?;
        Ok(summary)
    }

    /// What comes of a brand: from its run where there is one, else from its rows.
    fn brand(&self, brand: usize, progress: &dyn Progress) -> Result<BrandResult> {
        let directory = self.folder.join(BRANDS).join(&self.names[brand]);
        let fit = AssertUnwindSafe(|| self.fit_brand(brand, &directory, &Within(progress)));
        match catch_unwind(fit) {
            Ok(Ok(fit)) => Ok(BrandResult::Fitted(Box::new(fit))),
            Ok(Err(Error::Cancelled)) => Err(Error::Cancelled),
            Ok(Err(error)) => Ok(BrandResult::Failed(BrandFailure::of(&error))),
            Err(panic) => Ok(BrandResult::Failed(BrandFailure {
                error: format!("Headwater itself failed at this brand: {}", said(&*panic)),
                help: Some("report this as a bug, with the rows of this brand".into()),
            })),
        }
    }

    fn fit_brand(
        &self,
        brand: usize,
        directory: &Path,
        progress: &dyn Progress,
    ) -> Result<BrandFit> {
        if let Ok(saved) = SavedRun::open(directory) {
            return Ok(BrandFit::of(&saved.analysis));
        }
        go_on(progress)?;
        let loaded = self.settings.assemble(&self.panel.table(brand)?)?;
        let fit = run(&loaded.dataset, loaded.findings, &self.settings, progress)?;
        // What lies there cannot be opened.
        fit.write(directory, true)?;
        Ok(BrandFit::of(&fit.analysis))
    }

    fn row(&self, brand: usize, result: BrandResult) -> BrandSummary {
        BrandSummary {
            brand: self.panel.brand(brand).into(),
            folder: format!("{BRANDS}/{}", self.names[brand]),
            result,
        }
    }

    fn summary(&self, brands: Vec<BrandSummary>) -> PanelSummary {
        let settings = (self.settings.seed, self.settings.bootstrap.level);
        PanelSummary::new(
            self.panel.source().clone(),
            self.panel.by(),
            settings,
            brands,
        )
    }

    /// Writes a file of the folder in place of the one that is there, whole at every moment.
    fn replace(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        files::write(&path, text.as_bytes()).map_err(|error| at(&path, &error))
    }
}

/// Threads that do the inner work of one brand after another.
fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    let threads = NonZeroUsize::new(threads).map_or(1, NonZeroUsize::get);
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|why| {
            Error::setting(
                format!("the threads could not be started: {why}"),
                "ask for fewer with --threads",
            )
        })
}

/// The steps inside a brand are not told, but a wish to stop is heard.
struct Within<'a>(&'a dyn Progress);

impl Progress for Within<'_> {
    fn report(&self, _what: &str, _done: usize, _total: usize) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a word")
}
