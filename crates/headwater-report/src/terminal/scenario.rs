//! What `headwater scenario` prints: the answer in words, then the numbers, then what they rest on.

use headwater::analysis::Analysis;
use headwater::decisions::scenario::{Effects, Returns};
use headwater::decisions::{Change, Difference, Plan, Scenario, Scenarios};
use headwater::estimate::Estimate;
use headwater::finding::Status;
use headwater::mediation::MediatorPolicy;
use headwater::validation::assumption::Verdict;

use crate::number::{amount, percent, ratio, with_interval};
use crate::summary::is_supported;
use crate::terminal::answer::marked;
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, cell, inline, table};

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
    text += &path_doubt(analysis, through(&scenario.total), &style);
    text += &answer(scenario, &names, Tense::Past, &style);
    text += &totals(scenario, &names, &style);
    text += &over_time(scenario, &names, weekly, &style);
    text += &checks(&style, "Checks of the plan", &scenario.findings);
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
        text += &path_doubt(analysis, through(&scenario.total), &style);
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
        ("loaded ROAS", Align::Right),
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
        let heading = format!("Checks of {}", scenario.name);
        text += &checks(&style, &heading, &scenario.findings);
    }
    text + &rests_on(analysis, &style)
}

/// The columns that an answer is about.
pub(crate) struct Names<'a> {
    pub mediator: &'a str,
    pub outcome: &'a str,
    /// Whether the data are too weak to say anything of the path.
    weak: bool,
}

impl<'a> Names<'a> {
    pub fn of(analysis: &'a Analysis) -> Self {
        Names {
            mediator: &analysis.stages.mediator.target,
            outcome: &analysis.stages.outcome.target,
            weak: analysis.path.verdict == Verdict::TooWeakToSay,
        }
    }
}

/// The changes of a plan in words.
pub(crate) fn changes(plan: &Plan) -> String {
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

/// How much of a change goes through the mediator.
pub(crate) fn through(total: &Effects) -> Through {
    match total.direct.point {
        Some(0.0) => Through::All,
        _ => Through::Part,
    }
}

/// The answer in sentences.
pub(crate) fn answer(scenario: &Scenario, names: &Names, tense: Tense, style: &Style) -> String {
    let total = scenario.best();
    let mut status = clear(&total.outcome);
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
        [_] if through(total) == Through::All => {
            format!(" All of it goes through {}.", names.mediator)
        }
        parts => format!(" Of it {}.", parts.join(" and ")),
    };
    if scenario.pooled.is_some() {
        let careful = &scenario.total.outcome;
        // what only one of two readings shows is not clear
        if clear(careful) != Status::Passed {
            status = clear(careful);
        }
        said += &format!(
            " That is by one slope for every {} dollar, which {} contradict; without that: {}",
            names.mediator,
            match names.weak {
                true => "these data are too weak to",
                false => "the checks of this run do not",
            },
            again(careful, names.outcome, tense)
        );
    }
    let mut text = marked(style, status, "Change", &said);
    let returns = returns(scenario);
    let mut bill = format!("{} of spend on channels", signed(returns.spend));
    bill += &match returns.induced.point {
        Some(_) => format!(
            " and {} of induced {}",
            with_interval(&returns.induced, amount),
            names.mediator
        ),
        None => format!("; {} is not measured in money", names.mediator),
    };
    text += &marked(style, Status::Passed, "Bill", &(bill + "."));
    text + &profit(scenario, tense, style)
}

/// What stands beside [`Scenario::best`].
fn returns(scenario: &Scenario) -> &Returns {
    match &scenario.pooled {
        Some(pooled) => &pooled.returns,
        None => &scenario.returns,
    }
}

/// Whether the sign of an estimate is clear.
pub(crate) fn clear(estimate: &Estimate) -> Status {
    match estimate.excludes(0.0) {
        Some(true) => Status::Passed,
        Some(false) => Status::Warning,
        None => Status::NotAssessed,
    }
}

/// That the outcome moves, as far as its interval says.
pub(crate) fn moved(outcome: &Estimate, name: &str, tense: Tense) -> String {
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
fn profit(scenario: &Scenario, tense: Tense, style: &Style) -> String {
    let Some(margin) = scenario.plan.margin else {
        let how = "not assessed: set what is left of a unit of outcome with --margin 0.4, or `margin` under \
                   [sensitivity].";
        return marked(style, Status::NotAssessed, "Profit", how);
    };
    let (profit, careful) = (&returns(scenario).profit, &scenario.returns.profit);
    if profit.point.is_none() {
        let why = profit.why.as_deref().unwrap_or("no reason given");
        let said = format!("not assessed: {why}.");
        return marked(style, Status::NotAssessed, "Profit", &said);
    }
    let mut said = format!(
        "at a margin of {}, {}",
        percent(margin),
        moved(profit, "profit", tense)
    );
    if scenario.pooled.is_some() {
        said += &format!(" Without one slope: {}", again(careful, "profit", tense));
    }
    let status = match clear(profit) {
        Status::Passed => clear(careful),
        unclear => unclear,
    };
    marked(style, status, "Profit", &said)
}

/// What a second reading says; that nothing is known of how sure it is has been said of the first.
fn again(estimate: &Estimate, name: &str, tense: Tense) -> String {
    match (estimate.point, estimate.interval()) {
        (Some(point), None) => format!("{}.", signed(point)),
        _ => moved(estimate, name, tense),
    }
}

/// An amount with its sign.
fn signed(value: f64) -> String {
    match value > 0.0 {
        true => format!("+{}", amount(value)),
        false => amount(value),
    }
}

/// Sums, returns and profit.
pub(crate) fn totals(scenario: &Scenario, names: &Names, style: &Style) -> String {
    let mut notes = Footnotes::default();
    let readings: Vec<(&Effects, &Returns)> = scenario
        .pooled
        .iter()
        .map(|pooled| (&pooled.total, &pooled.returns))
        .chain([(&scenario.total, &scenario.returns)])
        .collect();
    let mut line = |what: String, of: fn(&Effects, &Returns) -> Estimate, write| -> Vec<String> {
        let cells = readings.iter();
        let cells = cells.map(|(total, returns)| inline(&of(total, returns), write, &mut notes));
        std::iter::once(what).chain(cells).collect()
    };
    let mut rows = vec![
        line(
            names.mediator.into(),
            |total, _| total.mediator.clone(),
            amount,
        ),
        line(
            names.outcome.into(),
            |total, _| total.outcome.clone(),
            amount,
        ),
    ];
    if through(&scenario.total) == Through::Part {
        let through = format!("  through {}", names.mediator);
        rows.push(line(through, |total, _| total.through.clone(), amount));
        let around = "  around it".into();
        rows.push(line(around, |total, _| total.direct.clone(), amount));
    }
    let gross = "gross ROAS".into();
    rows.push(line(gross, |_, returns| returns.gross_roas.clone(), ratio));
    let loaded = "loaded ROAS".into();
    rows.push(line(
        loaded,
        |_, returns| returns.loaded_roas.clone(),
        ratio,
    ));
    if scenario.plan.margin.is_some() {
        let profit = "profit".into();
        rows.push(line(profit, |_, returns| returns.profit.clone(), amount));
    }
    let whole = scenario.outside.is_empty() || scenario.plan.allow_extrapolation;
    let mut spend = vec![
        "spend on channels".to_string(),
        amount(scenario.returns.spend),
    ];
    spend.resize(1 + readings.len(), String::new());
    rows.insert(0, spend);
    let level = percent(scenario.total.outcome.level);
    let sure = scenario.total.outcome.interval().is_some();
    let point = match sure {
        true => format!("point ({level} interval)"),
        false => "point".to_owned(),
    };
    let header: Vec<(&str, Align)> = match readings.len() {
        1 => vec![("change of", Align::Left), (&point, Align::Right)],
        _ => vec![
            ("change of", Align::Left),
            ("by one slope", Align::Right),
            ("without that", Align::Right),
        ],
    };
    let mut legend = format!(
        "Counted to week {}. Gross ROAS: {} by spend; loaded: by spend and induced {}.",
        scenario.counted_to, names.outcome, names.mediator
    );
    if !whole {
        legend += " The plan counts as far as the data have seen the like.";
    }
    if readings.len() > 1 {
        if sure {
            legend += &format!(" In brackets {level} intervals.");
        }
        legend += &format!(
            " One slope: a {} dollar is worth the same whatever set it off; without that, only what \
             spend set off says what it is worth, which is the more careful figure.",
            names.mediator
        );
    }
    let mut text = style.heading("In total")
        + &table(style, &header, rows)
        + &notes.list(style)
        + &style.dim(&style.paragraph(2, &legend));
    if scenario.unpenalised {
        let refitted = "Fitted with the levers and controls of the plan left out of the penalty, which \
                        would shrink them: figures differ from those of the run.";
        text += &style.dim(&style.paragraph(2, refitted));
    }
    text
}

/// The change in blocks of weeks, or in every week.
pub(crate) fn over_time(scenario: &Scenario, names: &Names, weekly: bool, style: &Style) -> String {
    let around = scenario.total.direct.point != Some(0.0);
    // Three intervals in a row need the room of two lines each on a narrow screen.
    let figure = |estimate: &Estimate| match around && style.width() < 100 {
        true => with_interval(estimate, amount).replacen(" (", "\n(", 1),
        false => with_interval(estimate, amount),
    };
    let line = |first: &str, weeks: usize, beyond: bool, spend: f64, effects: &Effects| {
        let mark = if beyond { " *" } else { "" };
        let mut cells = vec![format!("{first}{mark}")];
        if !weekly {
            cells.push(weeks.to_string());
        }
        cells.push(amount(spend));
        cells.push(figure(&effects.mediator));
        cells.push(figure(&effects.outcome));
        if around {
            cells.push(figure(&effects.direct));
        }
        cells
    };
    let shown = shown(scenario);
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
            let blocks = scenario.blocks[..shown].iter().map(|block| {
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
        header.push(("around it", Align::Right));
    }
    let starred = match weekly {
        true => scenario
            .weekly
            .last()
            .map(|week| (&week.week, week.beyond_data)),
        false => {
            let last = scenario.blocks[..shown].last();
            last.map(|block| (&block.first, block.beyond_data))
        }
    };
    let beyond = match starred.is_some_and(|(first, beyond)| after(first, beyond)) {
        true => {
            "* After the data and the plan, where its carry-over still works: average weeks of the \
             last year stand in. "
        }
        false => "",
    };
    let reading = match scenario.pooled.is_some() {
        true => "The figures without one slope. ",
        false => "",
    };
    let left_out = match shown < scenario.blocks.len() && !weekly {
        true => "Later weeks, where the model expects less than 1% of the change, are left out. ",
        false => "",
    };
    let every = if weekly { "" } else { "Every week: --weekly." };
    style.heading("Week by week")
        + &table(style, &header, rows)
        + &style.dim(&style.paragraph(2, format!("{reading}{beyond}{left_out}{every}").trim_end()))
}

/// The number of blocks up to the last in which 1% of the change or more is expected, at least those
/// of the plan.
fn shown(scenario: &Scenario) -> usize {
    let small = |estimate: &Estimate, total: &Estimate| match (estimate.point, total.point) {
        (Some(part), Some(total)) => part.abs() < 0.01 * total.abs(),
        _ => false,
    };
    let total = &scenario.total;
    let kept = scenario.blocks.iter().rposition(|block| {
        let effects = &block.effects;
        block.first <= scenario.weeks.1
            || !small(&effects.outcome, &total.outcome)
            || !small(&effects.mediator, &total.mediator)
    });
    kept.map_or(scenario.blocks.len(), |last| last + 1)
}

/// A sentence for a difference of two scenarios.
fn compared(difference: &Difference, analysis: &Analysis, names: &Names, style: &Style) -> String {
    let outcome = &difference.total.outcome;
    let status = match outcome.excludes(0.0) {
        Some(true) if is_supported(analysis) => Status::Passed,
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
