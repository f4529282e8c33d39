//! What `headwater scenario` prints: the answer in words, then the numbers, then what they rest on.

use headwater::analysis::Analysis;
use headwater::decisions::scenario::Effects;
use headwater::decisions::{Change, Difference, Plan, Scenario, Scenarios};
use headwater::estimate::Estimate;
use headwater::finding::{Finding, Status};
use headwater::mediation::MediatorPolicy;
use headwater::validation::assumption::Verdict;

use crate::answer::{PATH, marked};
use crate::findings::findings;
use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::style::Style;
use crate::table::{Align, Footnotes, table};

/// The screen of one scenario; `weekly` shows every week instead of blocks.
pub fn scenario_screen(
    scenario: &Scenario,
    analysis: &Analysis,
    weekly: bool,
    style: Style,
) -> String {
    let names = Names::of(analysis);
    let (first, last) = &scenario.weeks;
    let asked = format!(
        "{}: {}, weeks {first} to {last}",
        scenario.name,
        changes(&scenario.plan)
    );
    let mut text = style.strong(&style.paragraph(0, &asked));
    text += &style.heading("The answer");
    text += &path(analysis, &scenario.total, &style);
    text += &answer(scenario, &names, Tense::Past, &style);
    text += &totals(scenario, &names, &style);
    text += &over_time(scenario, &names, weekly, &style);
    text += &style.heading("Checks of the plan");
    text += &findings(&style, &scenario.findings);
    text + &rests_on(analysis, &style)
}

/// The screen of several scenarios side by side.
pub fn scenarios_screen(scenarios: &Scenarios, analysis: &Analysis, style: Style) -> String {
    if let [scenario] = &scenarios.scenarios[..] {
        return scenario_screen(scenario, analysis, false, style);
    }
    let names = Names::of(analysis);
    let mut text = String::new();
    for scenario in &scenarios.scenarios {
        let (first, last) = &scenario.weeks;
        let asked = format!("{}, weeks {first} to {last}", changes(&scenario.plan));
        let mark = format!("{}: ", scenario.name);
        text += &style.hanging(&style.strong(&mark), 4, &asked);
    }
    text += &style.heading("The answer");
    if let Some(scenario) = scenarios.scenarios.first() {
        text += &path(analysis, &scenario.total, &style);
    }
    for difference in &scenarios.differences {
        text += &compared(difference, analysis, &names, &style);
    }
    text += &style.heading("Side by side");
    let mut notes = Footnotes::default();
    let rows = scenarios.scenarios.iter().map(|scenario| {
        vec![
            scenario.name.clone(),
            amount(scenario.returns.spend),
            cell(&scenario.total.mediator, amount, &mut notes),
            cell(&scenario.total.outcome, amount, &mut notes),
            cell(&scenario.returns.loaded_roas, ratio, &mut notes),
            cell(&scenario.returns.profit, amount, &mut notes),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let header = [
        ("change of", Align::Left),
        ("spend", Align::Right),
        (names.mediator, Align::Right),
        (names.outcome, Align::Right),
        ("ROAS loaded", Align::Right),
        ("profit", Align::Right),
    ];
    text += &table(&style, &header, rows);
    text += "\n";
    let rows = scenarios.differences.iter().map(|difference| {
        vec![
            format!("{}, less {}", difference.name, difference.from),
            amount(difference.spend),
            cell(&difference.total.mediator, amount, &mut notes),
            cell(&difference.total.outcome, amount, &mut notes),
            cell(&difference.profit, amount, &mut notes),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let header = [
        ("difference", Align::Left),
        ("spend", Align::Right),
        (names.mediator, Align::Right),
        (names.outcome, Align::Right),
        ("profit", Align::Right),
    ];
    text += &table(&style, &header, rows);
    text += &notes.list(&style);
    text += &style.dim(&style.paragraph(
        2,
        "Each difference is taken within the same replicates, so what is uncertain in both alike \
         cancels: intervals that overlap above may still differ.",
    ));
    for scenario in &scenarios.scenarios {
        text += &style.heading(&format!("Checks of {}", scenario.name));
        text += &findings(&style, &scenario.findings);
    }
    text + &rests_on(analysis, &style)
}

/// The columns that an answer is about.
pub(crate) struct Names<'a> {
    pub mediator: &'a str,
    pub outcome: &'a str,
}

impl<'a> Names<'a> {
    pub fn of(analysis: &'a Analysis) -> Self {
        Names {
            mediator: &analysis.stages.mediator.target,
            outcome: &analysis.stages.outcome.target,
        }
    }
}

/// The changes of a plan in words.
fn changes(plan: &Plan) -> String {
    let said: Vec<String> = plan
        .set
        .iter()
        .map(|Change { column, by }| format!("{column} {by}"))
        .collect();
    let mut said = match said.is_empty() {
        true => "no change".into(),
        false => said.join(", "),
    };
    match plan.mediator {
        MediatorPolicy::Free => {}
        policy => said += &format!(", mediator {policy}"),
    }
    said
}

/// Whether the data support that anything goes through the mediator.
fn supported(analysis: &Analysis) -> bool {
    analysis.path.verdict == Verdict::PathSupported
}

/// What the data say of the path, where they do not support it.
pub(crate) fn path(analysis: &Analysis, total: &Effects, style: &Style) -> String {
    if supported(analysis) {
        return String::new();
    }
    let is_path = |finding: &&Finding| finding.id == PATH;
    let status = analysis.findings.iter().find(is_path);
    let status = status.map_or(Status::NotAssessed, |finding| finding.status);
    let mediator = &analysis.stages.mediator.target;
    let part = match total.direct.point {
        Some(0.0) => "the whole of the answer below goes through it",
        _ => "only the part around it does not rest on that",
    };
    let said = format!(
        "{}: the data do not support what goes through {mediator}, and {part}. Do not move money on it; \
         `headwater explain mediation.path` says what would settle it.",
        analysis.path.verdict.words()
    );
    marked(style, status, "Path", &said)
}

/// Whether an answer is about what was or what comes.
#[derive(Clone, Copy)]
pub(crate) enum Tense {
    Past,
    Future,
}

impl Tense {
    /// `would have changed`, `will change`, with the words for both.
    fn verb(self, past: &str, future: &str) -> String {
        match self {
            Tense::Past => format!("would have {past}"),
            Tense::Future => format!("will {future}"),
        }
    }
}

/// The answer in sentences.
pub(crate) fn answer(scenario: &Scenario, names: &Names, tense: Tense, style: &Style) -> String {
    let total = &scenario.total;
    let status = match total.outcome.excludes(0.0) {
        Some(true) => Status::Passed,
        Some(false) => Status::Warning,
        None => Status::NotAssessed,
    };
    let mut said = moved(&total.outcome, names.outcome, tense);
    let parts = [
        (&total.through, format!("through {}", names.mediator)),
        (&total.direct, "around it".to_string()),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(part, _)| part.point != Some(0.0))
        .map(|(part, way)| format!("{} {way}", with_interval(part, amount)))
        .collect();
    said += &match &parts[..] {
        [] => String::new(),
        [_] if total.direct.point == Some(0.0) => {
            format!(" All of it goes through {}.", names.mediator)
        }
        parts => format!(" Of it {}.", parts.join(" and ")),
    };
    let mut text = marked(style, status, "Change", &said);
    let returns = &scenario.returns;
    let mut bill = format!("{} of spend on channels", signed(returns.spend));
    bill += &match returns.induced.point {
        Some(_) => format!(
            " and {} on {} that follows",
            with_interval(&returns.induced, amount),
            names.mediator
        ),
        None => format!("; {} is not measured in money", names.mediator),
    };
    text += &marked(style, Status::Passed, "Bill", &(bill + "."));
    text + &profit(scenario, style)
}

/// That the outcome moves, as far as its interval says.
fn moved(outcome: &Estimate, name: &str, tense: Tense) -> String {
    let (Some(point), interval) = (outcome.point, outcome.interval()) else {
        let why = outcome.why.as_deref().unwrap_or("no reason given");
        return format!("{name}: not assessed, {why}.");
    };
    if point == 0.0 && interval.is_none_or(|it| it.lower == 0.0 && it.upper == 0.0) {
        return format!(
            "{name} {} nothing.",
            tense.verb("gained and lost", "gain and lose")
        );
    }
    let Some(interval) = interval else {
        return format!(
            "{name} {} by {} as a point: without an interval nothing says how sure that is.",
            tense.verb("changed", "change"),
            signed(point)
        );
    };
    if interval.contains(0.0) {
        return format!(
            "whether {name} {} is not clear: {}.",
            tense.verb("risen or fallen", "rise or fall"),
            with_interval(outcome, amount)
        );
    }
    let (way, size) = match point < 0.0 {
        true => (
            "lower",
            format!(
                "{} ({} to {})",
                amount(-point),
                amount(-interval.upper),
                amount(-interval.lower)
            ),
        ),
        false => ("higher", with_interval(outcome, amount)),
    };
    format!("{name} {} {way} by {size}.", tense.verb("been", "be"))
}

/// The profit, or how to have it computed.
fn profit(scenario: &Scenario, style: &Style) -> String {
    let profit = &scenario.returns.profit;
    let Some(margin) = scenario.plan.margin else {
        let how = "set what is left of a unit of outcome with --margin 0.4, or `margin` under [sensitivity]";
        return marked(style, Status::NotAssessed, "Profit", &format!("{how}."));
    };
    if profit.point.is_none() {
        let why = profit.why.as_deref().unwrap_or("no reason given");
        return marked(
            style,
            Status::NotAssessed,
            "Profit",
            &format!("not assessed: {why}."),
        );
    }
    let status = match profit.excludes(0.0) {
        Some(true) => Status::Passed,
        Some(false) => Status::Warning,
        None => Status::NotAssessed,
    };
    let unclear = match profit.excludes(0.0) {
        Some(false) => "; whether it gains or loses is not clear",
        _ => "",
    };
    let said = format!(
        "{} at a margin of {}{unclear}.",
        with_interval(profit, amount),
        percent(margin)
    );
    marked(style, status, "Profit", &said)
}

/// An amount with its sign.
fn signed(value: f64) -> String {
    match value > 0.0 {
        true => format!("+{}", amount(value)),
        false => amount(value),
    }
}

/// An estimate in two lines of a cell, its reason as a footnote.
fn cell(estimate: &Estimate, write: fn(f64) -> String, notes: &mut Footnotes) -> String {
    let point = estimate.point.map_or(NOTHING.into(), write);
    match (estimate.interval(), &estimate.why) {
        (Some(interval), _) => {
            format!(
                "{point}\n{} to {}",
                write(interval.lower),
                write(interval.upper)
            )
        }
        (None, Some(why)) => format!("{point} {}", notes.mark(why)),
        (None, None) => point,
    }
}

/// Sums, returns and profit.
pub(crate) fn totals(scenario: &Scenario, names: &Names, style: &Style) -> String {
    let (total, returns) = (&scenario.total, &scenario.returns);
    let mut notes = Footnotes::default();
    let mut line = |what: String, estimate: &Estimate, write: fn(f64) -> String| -> Vec<String> {
        let range = match (estimate.interval(), &estimate.why) {
            (Some(interval), _) => {
                format!("{} to {}", write(interval.lower), write(interval.upper))
            }
            (None, Some(why)) => notes.mark(why),
            (None, None) => String::new(),
        };
        vec![what, estimate.point.map_or(NOTHING.into(), write), range]
    };
    let whole = scenario.outside.is_empty() || scenario.plan.allow_extrapolation;
    let spend = if whole {
        "as planned"
    } else {
        "up to the edge"
    };
    let mut rows = vec![vec![
        "spend on channels".to_string(),
        amount(returns.spend),
        spend.into(),
    ]];
    rows.push(line(names.mediator.into(), &total.mediator, amount));
    rows.push(line(names.outcome.into(), &total.outcome, amount));
    let through = format!("  through {}", names.mediator);
    rows.push(line(through, &total.through, amount));
    rows.push(line("  around it".into(), &total.direct, amount));
    let gross = format!("ROAS gross: {} / spend", names.outcome);
    rows.push(line(gross, &returns.gross_roas, ratio));
    let loaded = format!("ROAS loaded: and induced {}", names.mediator);
    rows.push(line(loaded, &returns.loaded_roas, ratio));
    if scenario.plan.margin.is_some() {
        rows.push(line("profit".into(), &returns.profit, amount));
    }
    let level = percent(total.outcome.level);
    let heading = format!("{level} interval");
    let header = [
        ("change", Align::Left),
        ("point", Align::Right),
        (&*heading, Align::Right),
    ];
    let legend = format!("Effects counted to week {}.", scenario.counted_to);
    style.heading("In total")
        + &table(style, &header, rows)
        + &notes.list(style)
        + &style.dim(&style.paragraph(2, &legend))
}

/// The change in blocks of weeks, or in every week.
pub(crate) fn over_time(scenario: &Scenario, names: &Names, weekly: bool, style: &Style) -> String {
    let around = scenario.total.direct.point != Some(0.0);
    let line = |first: &str, weeks: usize, beyond: bool, spend: f64, effects: &Effects| {
        let mark = if beyond { " *" } else { "" };
        let mut cells = vec![format!("{first}{mark}")];
        if !weekly {
            cells.push(weeks.to_string());
        }
        cells.push(amount(spend));
        cells.push(with_interval(&effects.mediator, amount));
        cells.push(with_interval(&effects.outcome, amount));
        if around {
            cells.push(with_interval(&effects.direct, amount));
        }
        cells
    };
    // ISO days stand in the order of their letters
    let after = |first: &String, beyond_data: bool| beyond_data && *first > scenario.weeks.1;
    let rows: Vec<Vec<String>> = match weekly {
        true => {
            let weeks = scenario.weekly.iter().map(|week| {
                let after = after(&week.week, week.beyond_data);
                line(&week.week, 1, after, week.spend, &week.effects)
            });
            weeks.collect()
        }
        false => {
            let blocks = scenario.blocks.iter().map(|block| {
                let after = after(&block.first, block.beyond_data);
                line(
                    &block.first,
                    block.weeks,
                    after,
                    block.spend,
                    &block.effects,
                )
            });
            blocks.collect()
        }
    };
    let mut header = vec![("from week", Align::Left)];
    if !weekly {
        header.push(("weeks", Align::Right));
    }
    header.extend([
        ("spend", Align::Right),
        (names.mediator, Align::Right),
        (names.outcome, Align::Right),
    ]);
    if around {
        header.push(("of it around", Align::Right));
    }
    let beyond = match scenario
        .weekly
        .iter()
        .any(|week| after(&week.week, week.beyond_data))
    {
        true => {
            "* After the data and the plan, where its carry-over still works: average weeks of the \
             last year stand in. "
        }
        false => "",
    };
    let every = if weekly { "" } else { "Every week: --weekly." };
    style.heading("Week by week")
        + &table(style, &header, rows)
        + &style.dim(&style.paragraph(2, format!("{beyond}{every}").trim_end()))
}

/// A sentence for a difference of two scenarios.
fn compared(difference: &Difference, analysis: &Analysis, names: &Names, style: &Style) -> String {
    let outcome = &difference.total.outcome;
    let status = match outcome.excludes(0.0) {
        Some(true) if supported(analysis) => Status::Passed,
        Some(_) => Status::Warning,
        None => Status::NotAssessed,
    };
    let (one, other) = (&difference.name, &difference.from);
    let size = with_interval(outcome, amount);
    let outcome_name = names.outcome;
    let mut said = match outcome.excludes(0.0) {
        Some(true) if outcome.point < Some(0.0) => {
            format!("{one} brings less {outcome_name} than {other}: {size}")
        }
        Some(true) => format!("{one} brings more {outcome_name} than {other}: {size}"),
        Some(false) => format!("{one} and {other} cannot be told apart by {outcome_name}: {size}"),
        None => format!(
            "{one} against {other}: {outcome_name} {size} as a point; nothing says how sure that is"
        ),
    };
    said += &format!(", for {} of spend on channels.", signed(difference.spend));
    if difference.profit.point.is_some() {
        said += &format!(" Profit {}.", with_interval(&difference.profit, amount));
    }
    marked(style, status, "Differ", &said)
}

/// What no plan can show.
pub(crate) fn rests_on(analysis: &Analysis, style: &Style) -> String {
    let needed = analysis.assumptions.iter();
    let needed = needed.filter(|card| card.needed_by.iter().any(|by| by == "total"));
    let cards: String = needed
        .map(|card| style.dim(&style.hanging(&format!("  {} ", card.id), 5, &card.statement)))
        .collect();
    match cards.is_empty() {
        true => String::new(),
        false => style.heading("Only true if") + &cards,
    }
}
