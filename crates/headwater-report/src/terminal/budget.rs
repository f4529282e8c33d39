//! What `headwater optimize` prints.

use headwater::analysis::Analysis;
use headwater::decisions::Allocation;
use headwater::decisions::budget::{
    BoundedBy, ChannelPlan, End, MaxChange, Method, Objective, Verdict,
};
use headwater::finding::Status;

use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::said::Said;
use crate::summary::is_supported;
use crate::terminal::answer::spoken;
use crate::terminal::findings::checks;
use crate::terminal::path_doubt::{Through, path_doubt};
use crate::terminal::scenario::rests_on;
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Table};

/// The screen of a plan; `analysis` is the run's, whose verdict on the path comes first where it
/// does not support it.
pub fn budget_screen(plan: &Allocation, analysis: &Analysis, style: Style) -> String {
    let mediator = &analysis.stages.mediator.target;
    let (first, last) = &plan.weeks;
    let title = format!(
        "A plan for {} weeks, {first} to {last}",
        plan.settings.horizon
    );
    // the answer has said it
    let others = plan.findings.iter();
    let others = others.filter(|found| found.id != "decisions.allocation_gain");
    style.heading(&title)
        + &path_doubt(analysis, Through::of_channels(analysis), &style)
        + &spoken(&style, &answer(plan, analysis))
        + "\n"
        + &channels(plan).on(&style)
        + &style.dim(&style.paragraph(2, &legend(plan, mediator)))
        + &style.heading("How far to trust it")
        + &trust(plan)
            .iter()
            .map(|(label, said)| style.hanging(&format!("  {label:<20} "), 23, said))
            .collect::<String>()
        + &checks(&style, "Checks", others)
        + &rests_on(analysis, &style)
        + &asked(plan, mediator, &style)
}

/// The answer under its topic.
pub(crate) fn answer(plan: &Allocation, analysis: &Analysis) -> Said {
    let (status, said) = sentence(plan, analysis);
    Said::new(status, "Answer", said)
}

/// The answer in a sentence.
pub(crate) fn sentence(plan: &Allocation, analysis: &Analysis) -> (Status, String) {
    let outcome = &analysis.stages.outcome.target;
    let gain = &plan.gain;
    let what = objective(plan, outcome);
    let change = with_interval(&gain.objective, amount);
    let more = plan.planned.bill - plan.current.bill;
    let money = match same_bill(plan) {
        true => "for the same bill".to_owned(),
        false if more > 0.0 => format!("for a bill that is {} larger", amount(more)),
        false => format!("for a bill that is {} smaller", amount(-more)),
    };
    let experiment = match &plan.experiment {
        Some(channel) => {
            format!(" Run an experiment on {channel}: its effect is worth most to know.")
        }
        None => String::new(),
    };
    match plan.verdict {
        // what rests on a path that is not there is no reason to move
        Verdict::Better if !is_supported(analysis) => (
            Status::Warning,
            format!(
                "if it were supported, the plan below would change {what} by {change}, {money}."
            ),
        ),
        Verdict::Better => (
            Status::Passed,
            format!("move as below: {what} changes by {change}, {money}."),
        ),
        Verdict::Noise => (
            Status::Warning,
            format!(
                "do nothing: the best plan changes {what} by {change}, {money}, and that may be noise: the \
                 80% interval ({}) covers 0.{experiment}",
                ends(plan)
            ),
        ),
        Verdict::Worse => (
            Status::Warning,
            format!("the best plan that is allowed loses: {what} changes by {change}, {money}."),
        ),
        Verdict::Current => (
            Status::Passed,
            "keep the current plan: none within budget and bounds is worth more.".into(),
        ),
        Verdict::NotAssessed => (
            Status::NotAssessed,
            format!(
                "not assessed: the best plan changes {what} by {change} as a point, {money}. Without \
                 replicates this may be noise; fit with --bootstrap 1000."
            ),
        ),
    }
}

/// Whether both plans cost the same but for half a percent.
fn same_bill(plan: &Allocation) -> bool {
    let (current, planned) = (plan.current.bill, plan.planned.bill);
    (planned - current).abs() <= 0.005 * current.abs()
}

fn objective(plan: &Allocation, outcome: &str) -> String {
    match (plan.settings.objective, plan.settings.hurdle) {
        (Objective::Profit, _) => "profit".into(),
        (_, Some(hurdle)) => format!("{outcome} less {} times the bill", ratio(hurdle)),
        _ => outcome.into(),
    }
}

fn ends(plan: &Allocation) -> String {
    match plan.gain.narrow.interval() {
        Some(interval) => format!("{} to {}", amount(interval.lower), amount(interval.upper)),
        None => NOTHING.into(),
    }
}

/// Every channel now and by the plan.
pub(crate) fn channels(plan: &Allocation) -> Table {
    let mut rows: Vec<Vec<String>> = plan.channels.iter().map(|c| row(c, plan)).collect();
    let columns = 6 + usize::from(!plan.stories.is_empty());
    let mut all = |name: &str, current: f64, planned: f64| {
        let change = signed(planned - current);
        let mut row = vec![name.into(), amount(current), amount(planned), change];
        row.resize(columns, String::new());
        rows.push(row);
    };
    let (current, planned) = (&plan.current, &plan.planned);
    all("spend", current.spend, planned.spend);
    if current.induced != 0.0 || planned.induced != 0.0 {
        all("induced", current.induced, planned.induced);
        all("bill", current.bill, planned.bill);
    }
    let mut header = vec![
        ("channel", Align::Left),
        ("now", Align::Right),
        ("plan", Align::Right),
        ("change", Align::Right),
        ("allowed", Align::Right),
        ("next\nunit", Align::Right),
    ];
    if !plan.stories.is_empty() {
        header.push(("stories", Align::Right));
    }
    Table::new(&header, rows)
}

fn row(channel: &ChannelPlan, plan: &Allocation) -> Vec<String> {
    let mark = match channel.at_bound {
        Some(End::Least) => " min",
        Some(End::Most) => " max",
        Some(End::Both) => " fixed",
        None => "",
    };
    let from = match channel.bounded_by {
        BoundedBy::Support => "*",
        _ => "",
    };
    let spread = channel.spread.map_or(String::new(), |(low, high)| {
        format!("\n{} to {}", amount(low), amount(high))
    });
    let mut row = vec![
        channel.channel.clone(),
        amount(channel.current),
        format!("{}{mark}{spread}", amount(channel.planned)),
        signed(channel.change),
        format!(
            "{} to {}{from}",
            amount(channel.bounds.least),
            amount(channel.bounds.most)
        ),
        channel.marginal.map_or(NOTHING.into(), ratio),
    ];
    if !plan.stories.is_empty() {
        row.push(format!(
            "{} of {}",
            channel.agreeing_stories,
            plan.story_names().len()
        ));
    }
    row
}

fn signed(change: f64) -> String {
    // what rounding leaves is no change
    match amount(change) {
        _ if change.abs() < 1e-6 => "0".into(),
        text if text == "0" || change < 0.0 => text,
        text => format!("+{text}"),
    }
}

/// How to read that table.
pub(crate) fn legend(plan: &Allocation, mediator: &str) -> String {
    let mut said = String::from("Totals over the planned weeks.");
    if plan.replicates > 0 {
        said += " Below each plan: where the best plans of 80% of the replicates put it.";
    }
    said += &format!(
        " Next unit: what one more unit of the bill on the channel brings in {}.",
        plan.settings.objective
    );
    if plan.current.induced != 0.0 || plan.planned.induced != 0.0 {
        said += &format!(" Induced: {mediator} that follows, which the budget pays as well.");
    }
    if plan
        .channels
        .iter()
        .any(|c| c.bounded_by == BoundedBy::Support)
    {
        said += " *: the edge of what the data have seen.";
    }
    if !plan.stories.is_empty() {
        said += &format!(
            " Stories in which the channel moves the same way: {}.",
            plan.story_names().join("; ")
        );
    }
    said
}

/// How far to trust the plan: what it is about, and what there is to say.
pub(crate) fn trust(plan: &Allocation) -> Vec<(&'static str, String)> {
    let gain = &plan.gain;
    let mut lines = Vec::new();
    if let Some(better) = gain.better {
        lines.push((
            "better than now",
            format!("in {} of {} replicates", percent(better), plan.replicates),
        ));
    }
    if gain.narrow.interval().is_some() {
        lines.push(("gain, 80% interval", ends(plan)));
    }
    if let Some(halves) = &gain.halves {
        lines.push((
            "optimism",
            format!(
                "the best of many plans looks better than it is: believe the interval more than the \
                 figure. Chosen on half of the replicates a plan gains {} by those, {} by the rest",
                amount(halves.chosen),
                amount(halves.judged)
            ),
        ));
    }
    if let Some(regret) = plan.regret {
        lines.push((
            "not knowing",
            format!(
                "costs {} on average: so much more the best plan would gain if every effect were known",
                amount(regret)
            ),
        ));
    }
    if let Some(best) = plan
        .channels
        .iter()
        .filter(|c| c.information > Some(0.0))
        .max_by(|a, b| {
            a.information
                .partial_cmp(&b.information)
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    {
        lines.push((
            "to learn first",
            format!(
                "the effect of {}: knowing it is worth up to {}",
                best.channel,
                best.information.map_or(NOTHING.into(), amount)
            ),
        ));
    }
    lines.push((
        "next unit of budget",
        format!("brings {}", ratio(plan.shadow_price)),
    ));
    if gain.profit.point.is_some() && plan.settings.objective != Objective::Profit {
        lines.push(("profit", with_interval(&gain.profit, amount)));
    }
    if !plan.binding_groups.is_empty() {
        lines.push(("groups that bind", plan.binding_groups.join(", ")));
    }
    if gain.objective.interval().is_none() {
        return lines;
    }
    lines.push((
        "intervals",
        format!(
            "{} unless it says 80%, of the effects, counted to {}; the weeks themselves will scatter by more \
             around either plan",
            percent(gain.objective.level),
            plan.counted_to
        ),
    ));
    lines
}

/// The question with all defaults.
fn asked(plan: &Allocation, mediator: &str, style: &Style) -> String {
    let settings = &plan.settings;
    let money = match (settings.budget, settings.hurdle) {
        (Some(budget), _) => format!("budget {}", amount(budget)),
        (None, Some(hurdle)) => format!("hurdle {}", ratio(hurdle)),
        (None, None) => "no budget".into(),
    };
    let margin = match settings.margin {
        Some(margin) => format!("margin {}", percent(margin)),
        None => "no margin".into(),
    };
    let beyond = match settings.allow_extrapolation {
        true => "beyond what the data have seen as well",
        false => "within what the data have seen",
    };
    let change = match settings.max_change {
        MaxChange::Unlimited => "no largest change".to_owned(),
        share => format!("change at most {share} where no bounds are given"),
    };
    let method = match &plan.method {
        Method::Exact => "exactly".to_owned(),
        Method::Surrogate { why } => format!("on a surrogate ({why})"),
    };
    let said = format!(
        "Asked: {money}, objective {}, {margin}, {change}, {beyond}, {mediator} {}, risk {}; solved {method}.",
        settings.objective, settings.mediator, settings.risk
    );
    format!("\n{}", style.dim(&style.paragraph(2, &said)))
}
