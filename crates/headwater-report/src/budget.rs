//! What `headwater optimize` prints.

use headwater::analysis::Analysis;
use headwater::decisions::Allocation;
use headwater::decisions::budget::{BoundedBy, ChannelPlan, End, Method, Objective, Verdict};
use headwater::finding::{Finding, Status};
use headwater::validation::assumption::Verdict as PathVerdict;

use crate::number::{NOTHING, amount, percent, ratio, with_interval};
use crate::style::Style;
use crate::table::{Align, table};

/// The screen of a plan; `analysis` is the run's, whose verdict on the path comes first where it
/// does not support it.
pub fn budget_screen(plan: &Allocation, analysis: &Analysis, style: Style) -> String {
    let mediator = &analysis.stages.mediator.target;
    let (first, last) = &plan.weeks;
    let title = format!(
        "A plan for {} weeks, {first} to {last}",
        plan.settings.horizon
    );
    style.heading(&title)
        + &path(analysis, &style)
        + &answer(plan, analysis, &style)
        + "\n"
        + &channels(plan, &style)
        + &style.dim(&style.paragraph(2, &legend(plan, mediator)))
        + &style.heading("How far to trust it")
        + &trust(plan, &style)
        + &findings(&plan.findings, &style)
        + &asked(plan, mediator, &style)
}

fn path(analysis: &Analysis, style: &Style) -> String {
    let verdict = analysis.path.verdict;
    if verdict == PathVerdict::PathSupported {
        return String::new();
    }
    let said = format!(
        "This run does not support the path that the plan rests on ({}). What follows is what the \
         model would do if it held; do not move money on it. See headwater explain mediation.path.",
        verdict.words()
    );
    style.status(Status::Failed, &style.paragraph(2, &said))
}

/// The answer in a sentence.
fn answer(plan: &Allocation, analysis: &Analysis, style: &Style) -> String {
    let outcome = &analysis.stages.outcome.target;
    let gain = &plan.gain;
    let what = objective(plan, outcome);
    let level = percent(gain.objective.level);
    let interval = match gain.objective.interval() {
        Some(_) => format!("{} at {level}", with_interval(&gain.objective, amount)),
        None => format!(
            "{}, without an interval",
            gain.objective.point.map_or(NOTHING.into(), amount)
        ),
    };
    let money = match plan.planned.bill - plan.current.bill {
        more if more.abs() <= 0.005 * plan.current.bill.abs() => "for the same bill".to_owned(),
        more if more > 0.0 => format!("for a bill that is {} larger", amount(more)),
        less => format!("for a bill that is {} smaller", amount(-less)),
    };
    let experiment = match &plan.experiment {
        Some(channel) => {
            format!(" Run an experiment on {channel}: its effect is worth most to know.")
        }
        None => String::new(),
    };
    let (status, said) = match plan.verdict {
        Verdict::Better => (
            Status::Passed,
            format!("Move as below: {what} changes by {interval}, {money}."),
        ),
        Verdict::Noise => (
            Status::Warning,
            format!(
                "Do nothing: the best plan changes {what} by {interval}, {money}, and the 80% interval ({}) covers 0.{experiment}",
                ends(plan)
            ),
        ),
        Verdict::Worse => (
            Status::Warning,
            format!("The best plan that is allowed loses: {what} changes by {interval}, {money}."),
        ),
        Verdict::Current => (
            Status::Passed,
            "Keep the current plan: none within budget and bounds is worth more.".into(),
        ),
        Verdict::NotAssessed => (
            Status::NotAssessed,
            format!(
                "Not assessed: the best plan changes {what} by {interval}, {money}. The run has no replicates, so this may be noise; fit with --bootstrap 1000."
            ),
        ),
    };
    let (mark, rest) = said.split_once(':').unwrap_or((&said, ""));
    let text = style.paragraph(2, &said);
    match rest.is_empty() {
        true => text,
        false => text.replacen(mark, &style.status(status, mark), 1),
    }
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

fn channels(plan: &Allocation, style: &Style) -> String {
    let mut rows: Vec<Vec<String>> = plan.channels.iter().map(|c| row(c, plan)).collect();
    let all = |name: &str, current: f64, planned: f64| {
        let mut row = vec![String::new(); rows[0].len()];
        row[0] = name.into();
        row[1] = amount(current);
        row[2] = amount(planned);
        row[3] = signed(planned - current);
        row
    };
    let (current, planned) = (&plan.current, &plan.planned);
    let mut sums = vec![all("spend", current.spend, planned.spend)];
    if current.induced != 0.0 || planned.induced != 0.0 {
        sums.push(all("induced", current.induced, planned.induced));
        sums.push(all("bill", current.bill, planned.bill));
    }
    rows.extend(sums);
    let mut header = vec![
        ("channel", Align::Left),
        ("now", Align::Right),
        ("plan", Align::Right),
        ("change", Align::Right),
        ("a week", Align::Right),
        ("allowed", Align::Right),
        ("next 1", Align::Right),
        ("80% of replicates", Align::Right),
    ];
    if !plan.stories.is_empty() {
        header.push(("stories", Align::Right));
    }
    table(style, &header, rows)
}

fn row(channel: &ChannelPlan, plan: &Allocation) -> Vec<String> {
    let mark = match channel.at_bound {
        Some(End::Least) => " min",
        Some(End::Most) => " max",
        Some(End::Both) => " fixed",
        None => "",
    };
    let from = match channel.bounded_by {
        BoundedBy::Support => " *",
        _ => "",
    };
    let mut row = vec![
        channel.channel.clone(),
        amount(channel.current),
        format!("{}{mark}", amount(channel.planned)),
        signed(channel.change),
        amount(channel.planned_weekly),
        format!(
            "{} to {}{from}",
            amount(channel.bounds.least),
            amount(channel.bounds.most)
        ),
        channel.marginal.map_or(NOTHING.into(), ratio),
        channel.spread.map_or(NOTHING.into(), |(low, high)| {
            format!("{} to {}", amount(low), amount(high))
        }),
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

fn legend(plan: &Allocation, mediator: &str) -> String {
    let mut said = String::from(
        "Totals over the planned weeks. Next 1: what the next unit of the bill on the channel brings. \
         80% of replicates: where the best plans of single replicates put it.",
    );
    if plan.current.induced != 0.0 || plan.planned.induced != 0.0 {
        said += &format!(" Induced: {mediator} that the spend sets off; the budget pays it.");
    }
    if plan
        .channels
        .iter()
        .any(|c| c.bounded_by == BoundedBy::Support)
    {
        said += " *: the edge of what the data have seen.";
    }
    if !plan.stories.is_empty() {
        let names = plan.story_names();
        said += &format!(
            " Stories in which it moves the same way: {}.",
            names.join("; ")
        );
    }
    said
}

fn trust(plan: &Allocation, style: &Style) -> String {
    let gain = &plan.gain;
    let line = |label: &str, said: String| style.hanging(&format!("  {label:<19}"), 21, &said);
    let mut text = String::new();
    if let Some(better) = gain.better {
        text += &line(
            "better than now",
            format!("in {} of {} replicates", percent(better), plan.replicates),
        );
    }
    if gain.narrow.interval().is_some() {
        text += &line("gain, 80%", ends(plan));
    }
    if let Some(halves) = &gain.halves {
        text += &line(
            "chosen on half",
            format!(
                "a plan chosen on every other replicate gains {} by those and {} by the rest",
                amount(halves.chosen),
                amount(halves.judged)
            ),
        );
    }
    if let Some(regret) = plan.regret {
        text += &line(
            "regret",
            format!(
                "{}: what knowing every effect would add, on average",
                amount(regret)
            ),
        );
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
        text += &line(
            "worth knowing",
            format!(
                "{} first: up to {} for its effect alone",
                best.channel,
                best.information.map_or(NOTHING.into(), amount)
            ),
        );
    }
    text += &line(
        "one more of budget",
        format!("brings {}", ratio(plan.shadow_price)),
    );
    if gain.profit.point.is_some() && plan.settings.objective != Objective::Profit {
        text += &line("profit", with_interval(&gain.profit, amount));
    }
    if !plan.binding_groups.is_empty() {
        text += &line("groups that bind", plan.binding_groups.join(", "));
    }
    text + &line(
        "read as",
        format!(
            "intervals of the effects, counted to {}; the weeks themselves will scatter by more around \
             either plan",
            plan.counted_to
        ),
    )
}

fn findings(findings: &[Finding], style: &Style) -> String {
    let doubts = findings
        .iter()
        .filter(|f| f.status != Status::Passed && f.id != "decisions.allocation_gain");
    doubts
        .map(|finding| {
            let text = style.hanging("  - ", 4, &format!("{} ({})", finding.summary, finding.id));
            style.status(finding.status, &text)
        })
        .collect()
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
    let method = match &plan.method {
        Method::Exact => "exact".to_owned(),
        Method::Surrogate { why } => format!("on a surrogate ({why})"),
    };
    let said = format!(
        "Asked: {money}, objective {}, {margin}, change at most {} where no bounds are given, {beyond}, \
         {mediator} {}, risk {}; solved {method}.",
        settings.objective, settings.max_change, settings.mediator, settings.risk
    );
    style.dim(&style.paragraph(2, &said))
}
