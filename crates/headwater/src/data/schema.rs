//! The role of every column, told from its name; where that leaves two choices, a question.

use indexmap::IndexMap;

use super::numbers::{self, Content};
use super::role::{Fill, Role, Roles, Unit, Variable};
use super::table::Table;
use super::{DataSettings, dates};
use crate::error::{Error, Result};
use crate::finding::{Finding, Status};

/// The roles found for a table, and why.
#[derive(Debug, Clone)]
pub struct Inference {
    /// The role of every column, in file order.
    pub roles: Roles,
    /// `data.unassigned_columns` when a column was given no part in the model.
    pub findings: Vec<Finding>,
    /// Why each column was given its role, a few words each, in file order.
    pub reasons: IndexMap<String, String>,
}

/// Infers the role of every column from its name.
///
/// Case, spaces, `_`, `-` and camelCase make no difference.
///
/// ```
/// use headwater::data::{DataSettings, Table, infer_roles, role::Role};
/// let table = Table::from_csv_bytes(
///     "market.csv",
///     b"Week,Facebook Spend,google_spend,avgPrice,Revenue\n2024-01-01,10,5,9.99,100\n",
/// )?;
/// let inference = infer_roles(&table, &DataSettings::default())?;
/// assert_eq!(inference.roles.exposures(), ["Facebook Spend"]);
/// assert_eq!(inference.roles.only(Role::Mediator), Some("google_spend"));
/// # Ok::<(), headwater::error::Error>(())
/// ```
///
/// # Errors
/// When there is no candidate, or more than one, for the date, the mediator or the outcome, or
/// no exposure: the message lists the candidates and the lines to write.
pub fn infer_roles(table: &Table, settings: &DataSettings) -> Result<Inference> {
    complete_roles(table, settings, &Roles::default())
}

/// Keeps the roles in `given` and infers those of the other columns, so that one line in
/// `headwater.toml` is enough to answer a question.
///
/// # Errors
/// As [`infer_roles`], for what `given` leaves open.
pub fn complete_roles(table: &Table, settings: &DataSettings, given: &Roles) -> Result<Inference> {
    let contents = numbers::contents(table, settings.decimal);
    let open: Vec<usize> = (0..table.column_names().len())
        .filter(|&column| !given.columns.contains_key(&table.column_names()[column]))
        .collect();
    let mut market = Market {
        table,
        given,
        settled: vec![None; table.column_names().len()],
    };
    market.settle_date(&open);
    let mut guesses: IndexMap<usize, Guess> = open
        .iter()
        .filter(|&&column| market.settled[column].is_none())
        .map(|&column| (column, guess(table, column, contents[column])))
        .collect();
    leave_second_measures(&mut guesses, given);
    market.settle_guesses(&guesses)?;
    market.finish(&guesses)
}

/// The usual settings of a column with that name and role.
///
/// Missing values are refused in exposures, the mediator and the outcome; the last price is
/// repeated; levers and other controls take the median of the season so far. The unit is money
/// unless the name says impressions, clicks, views or sends.
pub fn default_variable(name: &str, role: Role) -> Variable {
    let name = Name::of(name);
    let fill = match role {
        Role::Lever | Role::Control if name.has_start("price pricing") => Fill::CarryForward,
        Role::Lever | Role::Control => Fill::SeasonalMedian,
        _ => Fill::Error,
    };
    let count = name.measure() == Some(Measure::Exposures)
        || name.has(RESPONSES)
        || name.has("sends send sent");
    let unit = if count && name.measure() != Some(Measure::Money) {
        Unit::Count
    } else {
        Unit::Money
    };
    Variable {
        role,
        direct: false,
        fill,
        unit,
    }
}

/// The line that gives a column these settings, for `[columns]` in `headwater.toml`.
pub fn toml_line(name: &str, variable: &Variable) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare {
        name.to_string()
    } else {
        // A JSON string is a basic string of TOML, on one line whatever the name holds.
        serde_json::Value::from(name).to_string()
    };
    let role = match variable.role {
        Role::Date => "date",
        Role::Exposure => "exposure",
        Role::Mediator => "mediator",
        Role::Lever => "lever",
        Role::Control => "control",
        Role::Outcome => "outcome",
        Role::Panel => "panel",
        Role::Ignore => "ignore",
    };
    let fill = match variable.fill {
        Fill::Error => "error",
        Fill::Zero => "zero",
        Fill::CarryForward => "carry_forward",
        Fill::SeasonalMedian => "seasonal_median",
    };
    let unit = match variable.unit {
        Unit::Money => "money",
        Unit::Count => "count",
    };
    let direct = if variable.direct {
        ", direct = true"
    } else {
        ""
    };
    format!("{key} = {{ role = \"{role}\"{direct}, fill = \"{fill}\", unit = \"{unit}\" }}")
}

/// A name in lower-case words: `Facebook Spend`, `facebook_spend` and `facebookSpend` are one.
struct Name {
    words: Vec<String>,
    /// Neighbouring words joined, so that `YouTube` and `you_tube` are found as `youtube`.
    pairs: Vec<String>,
}

/// What a media column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Money,
    Exposures,
}

const MONEY: &str = "\
    spend spends spent spending cost costs investment invest budget adspend";
const EXPOSURES: &str = "impression impressions imps impr views view grp grps trp trps";
const RESPONSES: &str = "clicks click opens visits sessions ctr cpc cpm";
/// Long names of channels, which may also start a longer word (`facebookads`).
const CHANNEL_STARTS: &str = "\
    facebook instagram tiktok snapchat pinterest youtube linkedin reddit twitter display \
    influencer programmatic podcast newspaper magazine billboard outdoor cinema spotify \
    taboola outbrain criteo affiliate television";
const CHANNELS: &str = "\
    meta fb ig tv ctv ott ooh dooh print radio social video native xads snap yt twitch \
    banner audio streaming";
const SEARCH: &str = "\
    google search paidsearch adwords googleads sem ppc bing bingads microsoftads";
/// Words that turn a search engine's name into something else than paid search.
const NOT_SEARCH: &str = "\
    display video youtube discovery demand gdn trends trend organic analytics volume query \
    queries index";
/// Words that add nothing to a channel's name.
const PLAIN: &str = "ads ad advertising marketing channel media paid online";
/// Words of results and of quantities made from others, which are no inputs.
const DERIVED: &str = "\
    contribution contributions effect effects adstock adstocked saturated transformed lag \
    lagged attributed roas roi cac cpa baseline predicted";
/// Words of ratios, which are no results unless they are levels such as prices.
const RATIOS: &str = "share per rate average avg mean";
const MAIN_OUTCOMES: &str = "revenue revenues sales turnover gmv";
const OTHER_OUTCOMES: &str = "\
    conversions conversion orders order target kpi bookings subscriptions signups purchases \
    transactions outcome";
const LEVER_STARTS: &str = "email newsletter sms";
const LEVERS: &str = "push edm whatsapp directmail mailing";
const CONTROL_STARTS: &str = "\
    price pricing promo discount coupon follower competitor competition holiday temperature \
    weather inflation unemployment sentiment";
const CONTROLS: &str = "\
    event events rain rainfall cpi gdp covid lockdown stockout distribution";
const CONTROL_MARKS: &str = "control ctl ctrl";
const DATES: &str = "\
    week date ds time period day wc weekstart weekbeginning weekcommencing weekof weekending \
    timestamp isoweek datetime month";
const PANELS: &str = "\
    geo geography region brand state country market dma city store product category segment \
    panel area territory outlet campaign";

/// Whether `word` stands in a list of words separated by spaces.
fn lists(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

impl Name {
    fn of(name: &str) -> Name {
        let chars: Vec<char> = name.chars().collect();
        let mut words = vec![String::new()];
        for (i, &c) in chars.iter().enumerate() {
            // A capital starts a word after a small letter (`tikTok`), and ends a run of
            // capitals when a small letter follows (`TVSpend`).
            let starts = c.is_uppercase()
                && i > 0
                && (chars[i - 1].is_lowercase()
                    || (chars[i - 1].is_uppercase()
                        && chars.get(i + 1).is_some_and(|next| next.is_lowercase())));
            if !c.is_alphanumeric() || starts {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
                word.extend(c.to_lowercase());
            }
        }
        words.retain(|word| !word.is_empty());
        let pairs = words.windows(2).map(|pair| pair.concat()).collect();
        Name { words, pairs }
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().chain(&self.pairs).map(String::as_str)
    }

    fn has(&self, words: &str) -> bool {
        self.parts().any(|part| lists(words, part))
    }

    fn has_start(&self, starts: &str) -> bool {
        self.parts()
            .any(|part| starts.split(' ').any(|start| part.starts_with(start)))
    }

    /// Also the suffixes `_S` and `_I` that Robyn uses.
    fn measure(&self) -> Option<Measure> {
        let suffix = self
            .words
            .last()
            .filter(|_| self.words.len() > 1)
            .map(String::as_str);
        if self.has(MONEY) || self.has_end("spend") || suffix == Some("s") {
            Some(Measure::Money)
        } else if self.has(EXPOSURES) || suffix == Some("i") {
            Some(Measure::Exposures)
        } else {
            None
        }
    }

    fn has_end(&self, end: &str) -> bool {
        self.words.iter().any(|word| word.ends_with(end))
    }

    fn is_channel(&self) -> bool {
        self.has_start(CHANNEL_STARTS) || self.has(CHANNELS)
    }

    /// Whether the name is `words` and nothing else that carries meaning; `x1` carries none.
    fn is_only(&self, words: &str, starts: &str) -> bool {
        let numbered = |word: &str| word.ends_with(|c: char| c.is_ascii_digit());
        // `You Tube` is one word in two: remove pairs first.
        let mut rest: Vec<&str> = self.words.iter().map(String::as_str).collect();
        for (i, pair) in self.pairs.iter().enumerate() {
            if lists(words, pair) || lists(starts, pair) {
                rest[i] = "ads";
                rest[i + 1] = "ads";
            }
        }
        rest.iter().all(|word| {
            lists(words, word)
                || lists(PLAIN, word)
                || numbered(word)
                || starts
                    .split(' ')
                    .any(|start| !start.is_empty() && word.starts_with(start))
        })
    }

    /// The name without its measure: two columns with one stem measure one channel.
    fn stem(&self) -> String {
        let is_measure = |word: &str| lists(MONEY, word) || lists(EXPOSURES, word);
        let last = self.words.len().saturating_sub(1);
        let kept: Vec<&str> = self
            .words
            .iter()
            .enumerate()
            .filter(|(i, word)| {
                let suffix = *i == last && matches!(word.as_str(), "s" | "i");
                !is_measure(word) && !suffix
            })
            .map(|(_, word)| word.strip_suffix("spend").unwrap_or(word))
            .collect();
        kept.concat()
    }
}

/// What a name suggests.
#[derive(Debug, Clone, PartialEq)]
enum Guess {
    Role(Role, &'static str),
    Exposure(Measure, String),
    /// 0 for revenue, 1 for other results.
    Outcome(u8),
    Mediator,
    /// Search, but not its spend: named as a candidate, never chosen.
    SearchActivity,
    Nothing(&'static str),
}

fn guess(table: &Table, column: usize, content: Content) -> Guess {
    let name = Name::of(&table.column_names()[column]);
    let measure = name.measure();
    let is_text = matches!(content, Content::Text | Content::Empty);
    let guess = if name.has(PANELS)
        && measure.is_none()
        && content == Content::Text
        && repeats(table, column)
    {
        Guess::Role(Role::Panel, "names the series that a row belongs to")
    } else if name.has(CONTROL_MARKS) {
        Guess::Role(Role::Control, "marked as a control")
    } else if name.has(DERIVED) {
        Guess::Nothing("looks like a result, not an input")
    } else if name.has_start("competitor competition")
        || (measure.is_none() && (name.has_start(CONTROL_STARTS) || name.has(CONTROLS)))
    {
        Guess::Role(Role::Control, "named like a control")
    } else if name.has(RATIOS) {
        Guess::Nothing("looks like a ratio")
    } else if name.has_start(LEVER_STARTS) || name.has(LEVERS) {
        if name.has(MAIN_OUTCOMES) || name.has(OTHER_OUTCOMES) {
            Guess::Nothing("looks like a result credited to one channel")
        } else {
            Guess::Role(Role::Lever, "named like own marketing that is held fixed")
        }
    } else if name.has(SEARCH) && !name.has(NOT_SEARCH) {
        if measure == Some(Measure::Money) || name.is_only(SEARCH, "") {
            Guess::Mediator
        } else {
            Guess::SearchActivity
        }
    } else if name.has("total overall all") && measure.is_some() {
        Guess::Nothing("looks like a total of other columns")
    } else if let Some(measure) = measure.filter(|_| !name.has(NOT_MEDIA)) {
        Guess::Exposure(measure, name.stem())
    } else if name.is_channel() && name.is_only(CHANNELS, CHANNEL_STARTS) {
        Guess::Exposure(Measure::Money, name.stem())
    } else if name.is_channel() {
        Guess::Nothing("named for a channel, but neither as its spend nor as its impressions")
    } else if name.has(MAIN_OUTCOMES) {
        Guess::Outcome(0)
    } else if name.has(OTHER_OUTCOMES) || name.words == ["y"] {
        Guess::Outcome(1)
    } else {
        Guess::Nothing("its name says nothing that is known")
    };
    match guess {
        // Text where numbers must be is better shown as an error in the cell than left out.
        Guess::Exposure(..) | Guess::Mediator => guess,
        Guess::Outcome(0) => guess,
        Guess::Role(Role::Panel, _) => guess,
        _ if content == Content::Empty => Guess::Nothing("it is empty"),
        _ if is_text => Guess::Nothing("it holds text, not numbers"),
        guess => guess,
    }
}

/// Words beside `cost` that make it something else than media.
const NOT_MEDIA: &str = "goods sold shipping labor labour living";

/// Whether a column takes fewer values than there are rows: each comes again.
fn repeats(table: &Table, column: usize) -> bool {
    let mut values: Vec<String> = table.cells(column).map(ToString::to_string).collect();
    values.sort();
    values.dedup();
    values.len() > 1 && values.len() * 2 <= table.len()
}

/// Of a channel's spend and impressions, the spend is the exposure: both would count the
/// channel twice.
fn leave_second_measures(guesses: &mut IndexMap<usize, Guess>, given: &Roles) {
    let guessed = guesses.values().filter_map(|guess| match guess {
        Guess::Exposure(Measure::Money, stem) => Some(stem.clone()),
        _ => None,
    });
    let media = given
        .with_role(Role::Exposure)
        .chain(given.with_role(Role::Mediator));
    let measured: Vec<String> = guessed
        .chain(media.map(|name| Name::of(name).stem()))
        .collect();
    for guess in guesses.values_mut() {
        if matches!(guess, Guess::Exposure(Measure::Exposures, stem) if measured.contains(stem)) {
            *guess = Guess::Nothing("another column measures the same channel");
        }
    }
}

/// The columns with the roles settled so far.
struct Market<'a> {
    table: &'a Table,
    given: &'a Roles,
    settled: Vec<Option<(Role, String)>>,
}

impl Market<'_> {
    fn name(&self, column: usize) -> &str {
        &self.table.column_names()[column]
    }

    fn is_given(&self, role: Role) -> bool {
        self.given.with_role(role).next().is_some()
    }

    fn settle(&mut self, columns: &[usize], role: Role, reason: &str) {
        for &column in columns {
            self.settled[column] = Some((role, reason.to_string()));
        }
    }

    /// Columns named like a date that hold dates; else the only column that holds dates; else
    /// the only one with such a name, so that its cells can be shown.
    fn settle_date(&mut self, open: &[usize]) {
        if self.is_given(Role::Date) {
            return;
        }
        let holds: Vec<usize> = open
            .iter()
            .copied()
            .filter(|&column| dates::looks_like_dates(self.table, column))
            .collect();
        let named: Vec<usize> = open
            .iter()
            .copied()
            .filter(|&column| Name::of(self.name(column)).has(DATES))
            .collect();
        let both: Vec<usize> = holds
            .iter()
            .copied()
            .filter(|column| named.contains(column))
            .collect();
        let (columns, reason) = if !both.is_empty() {
            (both, "named like a date, and holds dates")
        } else if holds.len() == 1 {
            (holds, "the only column that holds dates")
        } else {
            (named, "named like a date")
        };
        self.settle(&columns, Role::Date, reason);
    }

    fn settle_guesses(&mut self, guesses: &IndexMap<usize, Guess>) -> Result<()> {
        let with = |wanted: &Guess| -> Vec<usize> {
            guesses
                .iter()
                .filter(|(_, guess)| *guess == wanted)
                .map(|(column, _)| *column)
                .collect()
        };
        if !self.is_given(Role::Mediator) {
            self.settle(
                &with(&Guess::Mediator),
                Role::Mediator,
                "named like paid search spend",
            );
        }
        if !self.is_given(Role::Outcome) {
            let main = with(&Guess::Outcome(0));
            if main.is_empty() {
                self.settle(
                    &with(&Guess::Outcome(1)),
                    Role::Outcome,
                    "named like a result of marketing",
                );
            } else {
                self.settle(&main, Role::Outcome, "named like revenue");
            }
        }
        for (&column, guess) in guesses {
            let (role, reason) = match guess {
                Guess::Role(role, reason) => (*role, *reason),
                Guess::Exposure(Measure::Money, _) => {
                    (Role::Exposure, "named like the spend of a channel")
                }
                Guess::Exposure(Measure::Exposures, _) => {
                    (Role::Exposure, "named like the impressions of a channel")
                }
                _ => continue,
            };
            self.settle(&[column], role, reason);
        }
        let activity = with(&Guess::SearchActivity);
        self.ask_unless_one(Role::Date, "date", &[])?;
        self.ask_unless_one(Role::Outcome, "outcome", &[])?;
        self.ask_unless_one(Role::Mediator, "mediator", &activity)?;
        let any = self
            .settled
            .iter()
            .flatten()
            .any(|(role, _)| *role == Role::Exposure);
        if !any && !self.is_given(Role::Exposure) {
            return Err(self.ask(Role::Exposure, "exposure", &[], &[]));
        }
        Ok(())
    }

    fn ask_unless_one(&self, role: Role, what: &str, others: &[usize]) -> Result<()> {
        let found: Vec<usize> = (0..self.settled.len())
            .filter(|&column| {
                self.settled[column]
                    .as_ref()
                    .is_some_and(|(other, _)| *other == role)
            })
            .collect();
        if found.len() == 1 || (found.is_empty() && self.is_given(role)) {
            return Ok(());
        }
        Err(self.ask(role, what, &found, others))
    }

    /// The question: which column has the role, among `found`, or else maybe `others`.
    fn ask(&self, role: Role, what: &str, found: &[usize], others: &[usize]) -> Error {
        let candidates = if found.is_empty() { others } else { found };
        let names = |columns: &[usize]| {
            columns
                .iter()
                .map(|&column| self.name(column))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let file = &self.table.source().name;
        let meaning = match role {
            Role::Date => "the week of each row",
            Role::Outcome => "what is sold, such as revenue",
            Role::Mediator => "the paid search spend that the exposures move, such as google_spend",
            _ => "upper-funnel spend, such as facebook_spend",
        };
        let message = if found.len() > 1 {
            format!(
                "{file}: several columns could be the {what} ({meaning}): {}",
                names(found)
            )
        } else {
            const SHOWN: usize = 20;
            let all: Vec<usize> = (0..self.settled.len()).collect();
            let rest = all.len().saturating_sub(SHOWN);
            let more = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            format!(
                "{file}: no column could be told to be the {what} ({meaning}); the columns are {}{more}",
                names(&all[..all.len().min(SHOWN)])
            )
        };
        let example = |column: Option<usize>| {
            let name = column.map_or("your_column", |column| self.name(column));
            format!("`{}`", toml_line(name, &default_variable(name, role)))
        };
        let lines = if candidates.is_empty() {
            example(None)
        } else {
            candidates
                .iter()
                .map(|&c| example(Some(c)))
                .collect::<Vec<_>>()
                .join(" or ")
        };
        let help = format!("write one line under [columns] in headwater.toml: {lines}");
        match found {
            [_, second, ..] => {
                self.table
                    .header_error(*second, message, help, format!("the {what}, too?"))
            }
            _ => Error::input(message, help),
        }
    }

    fn finish(self, guesses: &IndexMap<usize, Guess>) -> Result<Inference> {
        let mut roles = Roles::default();
        let mut reasons = IndexMap::new();
        let mut unassigned = Vec::new();
        for (column, name) in self.table.column_names().iter().enumerate() {
            let (variable, reason) = match (self.given.columns.get(name), &self.settled[column]) {
                (Some(variable), _) => (variable.clone(), "given".to_string()),
                (None, Some((role, reason))) => (default_variable(name, *role), reason.clone()),
                (None, None) => {
                    let reason = match guesses.get(&column) {
                        Some(Guess::Nothing(reason)) => reason,
                        Some(Guess::SearchActivity) => "search activity, but not its spend",
                        Some(Guess::Mediator) => "another column is the mediator",
                        Some(Guess::Outcome(_)) => "another column is the outcome",
                        _ => "another column has this part",
                    };
                    unassigned.push((name.as_str(), reason));
                    (default_variable(name, Role::Ignore), reason.to_string())
                }
            };
            roles.columns.insert(name.clone(), variable);
            reasons.insert(name.clone(), reason);
        }
        // Names in `given` that the file does not have stay, for assembly to speak of.
        for (name, variable) in &self.given.columns {
            roles
                .columns
                .entry(name.clone())
                .or_insert_with(|| variable.clone());
        }
        let findings = unassigned_finding(&unassigned).into_iter().collect();
        Ok(Inference {
            roles,
            findings,
            reasons,
        })
    }
}

/// The finding about columns without a part in the model, with the reason for each.
pub(super) fn unassigned_finding(columns: &[(&str, &str)]) -> Option<Finding> {
    if columns.is_empty() {
        return None;
    }
    const SHOWN: usize = 10;
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let reasons: serde_json::Map<_, _> = columns
        .iter()
        .map(|(name, reason)| (name.to_string(), (*reason).into()))
        .collect();
    Some(
        Finding::new(
            "data.unassigned_columns",
            Status::Warning,
            format!(
                "{} no part in the model: {}{more}; give {} a role under [columns] in headwater.toml, or `role = \"ignore\"` if that is meant",
                if names.len() == 1 { "one column has".into() } else { format!("{} columns have", names.len()) },
                names[..names.len().min(SHOWN)].join(", "),
                if names.len() == 1 { "it" } else { "each" },
            ),
        )
        .with("columns", names)
        .with("reasons", reasons),
    )
}
