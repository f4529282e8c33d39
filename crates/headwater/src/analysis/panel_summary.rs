//! What came of every brand of a panel, as a table and at a glance.

use std::cmp::Reverse;

use indexmap::{IndexMap, IndexSet};
use miette::Diagnostic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Analysis;
use super::reading::{Standing, readings, whatever_path};
use crate::data::Source;
use crate::error::Error;
use crate::estimate::Estimate;
use crate::finding::Status;
use crate::numeric::summary::quantiles;
use crate::validation::assumption::Verdict;

/// The version of `brands.json`; it grows when a reader of the old form could misread the new.
const SCHEMA_VERSION: u32 = 1;

/// What came of every brand of a panel: `brands.json`. Each brand was fitted by itself; no brand learned
/// anything from another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PanelSummary {
    /// The version of this form.
    pub schema_version: u32,
    /// The version of Headwater that made it.
    pub headwater_version: String,
    /// The whole file.
    pub source: Source,
    /// The column that names the brands.
    pub by: String,
    /// The seed of every random stream, the same for every brand.
    pub seed: u64,
    /// The nominal coverage of every interval, in (0, 1).
    pub level: f64,
    /// Every brand, in the order in which the file first names them.
    pub brands: Vec<BrandSummary>,
}

/// What came of one brand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrandSummary {
    /// Its name, as the file spells it.
    pub brand: String,
    /// Its run directory in the folder of the panel, such as `brands/Acme`; there is one when it was
    /// fitted.
    pub folder: String,
    /// What came of it.
    #[serde(flatten)]
    pub result: BrandResult,
}

/// Whether a brand was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum BrandResult {
    /// It was.
    Fitted(Box<BrandFit>),
    /// It could not be.
    Failed(BrandFailure),
    /// Its turn has not come.
    Pending,
}

/// Why a brand could not be fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrandFailure {
    /// What is wrong; rows are numbered as in the whole file.
    pub error: String,
    /// What to do next.
    pub help: Option<String>,
}

/// The main figures of a brand's analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrandFit {
    /// The number of weeks.
    pub weeks: usize,
    /// The first day of the first week, ISO 8601.
    pub first_week: String,
    /// The first day of the last week, ISO 8601.
    pub last_week: String,
    /// The mediator's column.
    pub mediator: String,
    /// The outcome's column.
    pub outcome: String,
    /// Bootstrap replicates behind each interval; 0 for no intervals.
    pub replicates: usize,
    /// What the data say of the path through the mediator.
    pub verdict: Verdict,
    /// Whether the verdict asks for effects to be read from totals whatever path they take.
    pub whatever_path: bool,
    /// `1 - MSE / MSE(best naive forecast)` over weeks the model had not seen, the mediator predicted;
    /// none without a naive forecast.
    pub skill: Option<f64>,
    /// The checks that failed, by their names.
    pub failed_checks: Vec<String>,
    /// The number of warnings.
    pub warnings: usize,
    /// The number of checks that could not be made.
    pub not_assessed: usize,
    /// Every exposure, in file order.
    pub channels: Vec<ChannelSummary>,
}

/// What one channel is worth to one brand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelSummary {
    /// The exposure's column.
    pub channel: String,
    /// The exposure's sum over all weeks, in its unit.
    pub spend: f64,
    /// How clear its total effect is, by the estimate that the verdict allows.
    pub standing: Standing,
    /// Effect around the mediator and through it, in outcome units.
    pub total: Span,
    /// Effect around the mediator, in outcome units; exactly 0 without a drawn edge.
    pub direct: Span,
    /// Effect through the mediator, in outcome units.
    pub indirect: Span,
    /// `total / spend`.
    pub roas_gross: Span,
    /// `total / (spend + induced mediator spend)`.
    pub roas_loaded: Span,
    /// Total effect without the rule that all goes through the mediator, in outcome units.
    pub total_whatever_path: Span,
    /// The same per unit of spend.
    pub roas_whatever_path: Span,
}

/// The numbers of an [`Estimate`]; why one is missing stands in the run of the brand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The point.
    pub point: Option<f64>,
    /// The lower end of the interval.
    pub lower: Option<f64>,
    /// The upper end of the interval.
    pub upper: Option<f64>,
}

impl Span {
    fn of(estimate: &Estimate) -> Self {
        Span {
            point: estimate.point,
            lower: estimate.lower,
            upper: estimate.upper,
        }
    }
}

impl BrandFit {
    /// The main figures of an analysis.
    pub fn of(analysis: &Analysis) -> Self {
        let count = |status| {
            let findings = analysis.findings.iter();
            findings.filter(|finding| finding.status == status).count()
        };
        let failed = analysis.findings.iter();
        let failed = failed.filter(|finding| finding.status == Status::Failed);
        let mut failed: Vec<String> = failed.map(|finding| finding.id.clone()).collect();
        failed.dedup();
        let read = readings(analysis);
        let channels = analysis.effects.iter().map(|effects| {
            let mut totals = analysis.path.totals.iter();
            let whatever = totals.find(|total| total.channel == effects.channel);
            let reading = read.iter().find(|read| read.channel == effects.channel);
            ChannelSummary {
                channel: effects.channel.clone(),
                spend: effects.spend,
                standing: reading.map_or(Standing::Unknown, |read| read.standing(analysis)),
                total: Span::of(&effects.total),
                direct: Span::of(&effects.direct),
                indirect: Span::of(&effects.indirect),
                roas_gross: Span::of(&effects.roas.gross),
                roas_loaded: Span::of(&effects.roas.loaded),
                total_whatever_path: whatever
                    .map_or_else(Span::default, |total| Span::of(&total.unrestricted)),
                roas_whatever_path: whatever
                    .map_or_else(Span::default, |total| Span::of(&total.roas)),
            }
        });
        BrandFit {
            weeks: analysis.data.weeks,
            first_week: analysis.data.first_week.clone(),
            last_week: analysis.data.last_week.clone(),
            mediator: analysis.stages.mediator.target.clone(),
            outcome: analysis.stages.outcome.target.clone(),
            replicates: analysis.bootstrap.replicates,
            verdict: analysis.path.verdict,
            whatever_path: whatever_path(analysis),
            skill: analysis.stages.outcome.out_of_sample.path.skill(),
            failed_checks: failed,
            warnings: count(Status::Warning),
            not_assessed: count(Status::NotAssessed),
            channels: channels.collect(),
        }
    }
}

impl BrandFailure {
    /// The message of an error and its remedy.
    pub fn of(error: &Error) -> Self {
        BrandFailure {
            error: error.to_string(),
            help: error.help().map(|help| help.to_string()),
        }
    }
}

impl BrandSummary {
    /// The figures, when it was fitted.
    pub fn fit(&self) -> Option<&BrandFit> {
        match &self.result {
            BrandResult::Fitted(fit) => Some(fit),
            _ => None,
        }
    }

    /// Why it could not be fitted.
    pub fn failure(&self) -> Option<&BrandFailure> {
        match &self.result {
            BrandResult::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// All brands of a panel at a glance. Counts are of brands; spreads are of point estimates, one a brand,
/// and say nothing of how sure any of them is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PanelOverview {
    /// Brands that were fitted.
    pub fitted: usize,
    /// The fewest and the most weeks of a fitted brand.
    pub weeks: Option<(usize, usize)>,
    /// Brands that could not be fitted, by what is wrong with them; the most frequent first.
    pub failures: Vec<FailureGroup>,
    /// How many fitted brands have which verdict on the path, in the order of [`Verdict`].
    pub verdicts: Vec<(Verdict, usize)>,
    /// The skill of forecasts over brands; none where no brand has one.
    pub skill: Option<Spread>,
    /// Brands whose forecasts beat the best naive one by squared error.
    pub skilled: usize,
    /// Every exposure of any brand.
    pub channels: Vec<ChannelSpread>,
    /// Positions of fitted brands with a failed check: the most failed checks first, then the least skill.
    pub attention: Vec<usize>,
}

/// Brands that could not be fitted for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailureGroup {
    /// How many.
    pub brands: usize,
    /// The first of them.
    pub first: String,
    /// What is wrong with that one; with the others, other rows and figures may be.
    pub failure: BrandFailure,
}

/// How one channel did over the fitted brands that have it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChannelSpread {
    /// The exposure's column.
    pub channel: String,
    /// How many brands have it.
    pub brands: usize,
    /// Of these, with a total effect whose interval lies above 0.
    pub raised: usize,
    /// With one whose interval lies below 0.
    pub lowered: usize,
    /// With one whose interval covers 0.
    pub unclear: usize,
    /// With one that rests on a path that the checks do not support.
    pub pathless: usize,
    /// Without an interval.
    pub unknown: usize,
    /// Total effect per unit of spend over brands, by the estimate that each brand's verdict allows; none
    /// where no brand has one.
    pub returns: Option<Spread>,
}

/// How a figure spreads over brands: type-7 quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Spread {
    /// The number of brands that have the figure.
    pub brands: usize,
    /// A tenth of them lie below.
    pub p10: f64,
    /// Half of them lie below.
    pub median: f64,
    /// A tenth of them lie above.
    pub p90: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        let [p10, median, p90] = quantiles(values, [0.1, 0.5, 0.9]);
        (!values.is_empty()).then_some(Spread {
            brands: values.len(),
            p10,
            median,
            p90,
        })
    }
}

impl PanelSummary {
    pub(super) fn new(
        source: Source,
        by: &str,
        (seed, level): (u64, f64),
        brands: Vec<BrandSummary>,
    ) -> Self {
        PanelSummary {
            schema_version: SCHEMA_VERSION,
            headwater_version: env!("CARGO_PKG_VERSION").into(),
            source,
            by: by.into(),
            seed,
            level,
            brands,
        }
    }

    /// Whether every brand was fitted.
    pub fn is_complete(&self) -> bool {
        self.brands.iter().all(|brand| brand.fit().is_some())
    }

    /// The brands counted and spread out.
    pub fn overview(&self) -> PanelOverview {
        let fits: Vec<&BrandFit> = self.brands.iter().filter_map(BrandSummary::fit).collect();
        let weeks = || fits.iter().map(|fit| fit.weeks);
        let skills: Vec<f64> = fits.iter().filter_map(|fit| fit.skill).collect();
        let verdicts = [
            Verdict::PathSupported,
            Verdict::NotSeparable,
            Verdict::DirectPathFound,
            Verdict::TooWeakToSay,
            Verdict::NotAssessed,
        ];
        let counted = verdicts.map(|verdict| {
            let alike = fits.iter().filter(|fit| fit.verdict == verdict);
            (verdict, alike.count())
        });
        PanelOverview {
            fitted: fits.len(),
            weeks: weeks().min().zip(weeks().max()),
            failures: self.failures(),
            verdicts: counted.into(),
            skill: Spread::of(&skills),
            skilled: skills.iter().filter(|skill| **skill > 0.0).count(),
            channels: spreads(&fits),
            attention: self.attention(),
        }
    }

    fn failures(&self) -> Vec<FailureGroup> {
        let mut groups: IndexMap<String, FailureGroup> = IndexMap::new();
        for brand in &self.brands {
            let Some(failure) = brand.failure() else {
                continue;
            };
            let name = format!("{}, {} {}", self.source.name, self.by, brand.brand);
            let group = groups.entry(kind(&failure.error, &name));
            let group = group.or_insert_with(|| FailureGroup {
                brands: 0,
                first: brand.brand.clone(),
                failure: failure.clone(),
            });
            group.brands += 1;
        }
        let mut groups: Vec<FailureGroup> = groups.into_values().collect();
        groups.sort_by_key(|group| Reverse(group.brands));
        groups
    }

    fn attention(&self) -> Vec<usize> {
        let brands = self.brands.iter().enumerate();
        let mut failing: Vec<(usize, &BrandFit)> = brands
            .filter_map(|(at, brand)| Some((at, brand.fit()?)))
            .filter(|(_, fit)| !fit.failed_checks.is_empty())
            .collect();
        let skill = |fit: &BrandFit| fit.skill.unwrap_or(f64::INFINITY);
        failing.sort_by(|(_, one), (_, other)| {
            let failed = other.failed_checks.len().cmp(&one.failed_checks.len());
            failed.then(skill(one).total_cmp(&skill(other)))
        });
        failing.into_iter().map(|(at, _)| at).collect()
    }

    /// The table as CSV, one row a brand: what there is to say of the brand, then `CHANNEL.spend`,
    /// `CHANNEL.standing` and, for each estimate, `CHANNEL.ESTIMATE`, `.lower` and `.upper`. A cell is
    /// empty where there is no number.
    pub fn to_csv(&self) -> String {
        let fits = self.brands.iter().filter_map(BrandSummary::fit);
        let channels = fits.flat_map(|fit| &fit.channels);
        let channels: IndexSet<&str> = channels.map(|channel| &*channel.channel).collect();
        let mut header: Vec<String> = BRAND.map(String::from).into();
        header[0] = self.by.clone();
        for channel in &channels {
            header.extend(["spend", "standing"].map(|what| format!("{channel}.{what}")));
            for (what, _) in ESTIMATES {
                let ends = ["", ".lower", ".upper"];
                header.extend(ends.map(|end| format!("{channel}.{what}{end}")));
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut written = writer.write_record(&header);
        for brand in &self.brands {
            written = written.and_then(|()| writer.write_record(self.row(brand, &channels)));
        }
        written.expect("writing to memory cannot fail, and every row is as long as the header");
        let bytes = writer.into_inner().expect("writing to memory cannot fail");
        String::from_utf8(bytes).expect("every field is text")
    }

    fn row(&self, brand: &BrandSummary, channels: &IndexSet<&str>) -> Vec<String> {
        let fit = brand.fit();
        let of_fit = |write: &dyn Fn(&BrandFit) -> String| fit.map_or(String::new(), write);
        let failure = brand.failure();
        let status = match brand.result {
            BrandResult::Fitted(_) => "fitted",
            BrandResult::Failed(_) => "failed",
            BrandResult::Pending => "pending",
        };
        let mut row = vec![
            brand.brand.clone(),
            brand.folder.clone(),
            status.into(),
            failure.map_or(String::new(), |failure| failure.error.clone()),
            failure
                .and_then(|failure| failure.help.clone())
                .unwrap_or_default(),
            of_fit(&|fit| fit.weeks.to_string()),
            of_fit(&|fit| fit.first_week.clone()),
            of_fit(&|fit| fit.last_week.clone()),
            of_fit(&|fit| fit.verdict.words().replace(' ', "_")),
            of_fit(&|fit| fit.whatever_path.to_string()),
            number(fit.and_then(|fit| fit.skill)),
            of_fit(&|fit| fit.failed_checks.len().to_string()),
            of_fit(&|fit| fit.failed_checks.join(" ")),
            of_fit(&|fit| fit.warnings.to_string()),
            of_fit(&|fit| fit.not_assessed.to_string()),
            of_fit(&|fit| fit.replicates.to_string()),
            self.level.to_string(),
        ];
        for name in channels {
            let mut known = fit.iter().flat_map(|fit| &fit.channels);
            let channel = known.find(|channel| channel.channel == *name);
            row.push(number(channel.map(|channel| channel.spend)));
            row.push(channel.map_or(String::new(), |channel| word(channel.standing).into()));
            for (_, span) in ESTIMATES {
                let span = channel.map(span).unwrap_or_default();
                row.extend([span.point, span.lower, span.upper].map(number));
            }
        }
        row
    }
}

/// What `brands.csv` says of a brand, before its channels; the first is named for the key.
const BRAND: [&str; 17] = [
    "brand",
    "folder",
    "status",
    "error",
    "help",
    "weeks",
    "first_week",
    "last_week",
    "verdict",
    "whatever_path",
    "skill",
    "failed",
    "failed_checks",
    "warnings",
    "not_assessed",
    "replicates",
    "level",
];

type Estimated = fn(&ChannelSummary) -> Span;

/// What `brands.csv` says of a channel.
const ESTIMATES: [(&str, Estimated); 7] = [
    ("total", |channel| channel.total),
    ("direct", |channel| channel.direct),
    ("indirect", |channel| channel.indirect),
    ("roas_gross", |channel| channel.roas_gross),
    ("roas_loaded", |channel| channel.roas_loaded),
    ("total_whatever_path", |channel| channel.total_whatever_path),
    ("roas_whatever_path", |channel| channel.roas_whatever_path),
];

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Clear => "clear",
        Standing::Unclear => "unclear",
        Standing::Pathless => "pathless",
        Standing::Unknown => "unknown",
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// Every exposure of any brand, in the order in which brands have them.
fn spreads(fits: &[&BrandFit]) -> Vec<ChannelSpread> {
    let mut channels: IndexMap<&str, Vec<(&ChannelSummary, bool)>> = IndexMap::new();
    for fit in fits {
        for channel in &fit.channels {
            let brands = channels.entry(&channel.channel).or_default();
            brands.push((channel, fit.whatever_path));
        }
    }
    let spread = |(channel, brands): (&str, Vec<(&ChannelSummary, bool)>)| {
        let total = |(channel, whatever): &(&ChannelSummary, bool)| match whatever {
            true => channel.total_whatever_path,
            false => channel.total,
        };
        let roas = |(channel, whatever): &(&ChannelSummary, bool)| match whatever {
            true => channel.roas_whatever_path,
            false => channel.roas_gross,
        };
        let standing = |standing| {
            brands
                .iter()
                .filter(move |brand| brand.0.standing == standing)
        };
        let lowered = |brand: &&(&ChannelSummary, bool)| total(brand).point < Some(0.0);
        let returns: Vec<f64> = brands
            .iter()
            .filter_map(|brand| roas(brand).point)
            .collect();
        let clear = standing(Standing::Clear).count();
        let below = standing(Standing::Clear).filter(lowered).count();
        ChannelSpread {
            channel: channel.into(),
            brands: brands.len(),
            raised: clear - below,
            lowered: below,
            unclear: standing(Standing::Unclear).count(),
            pathless: standing(Standing::Pathless).count(),
            unknown: standing(Standing::Unknown).count(),
            returns: Spread::of(&returns),
        }
    };
    channels.into_iter().map(spread).collect()
}

/// What an error says but for the brand, the rows and the figures in it.
fn kind(error: &str, brand: &str) -> String {
    let error = error.replace(brand, "");
    let error = error.split(" (and ").next().unwrap_or_default();
    let mut kind = String::new();
    for c in error.chars() {
        match c {
            c if !c.is_ascii_digit() => kind.push(c),
            _ if kind.ends_with('#') => {}
            _ => kind.push('#'),
        }
    }
    kind.replace("#.#", "#")
}
