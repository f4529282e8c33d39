//! What to do next: what the run answers when it is asked, and why where it does not answer.

use headwater::analysis::{Advisor, Analysis, Recommendations};
use headwater::decisions::{
    BudgetSettings, CurveQuestion, Pricing, PricingQuestion, ResponseCurves, Timing,
};
use headwater::error::{Error, Result};
use headwater::finding::{Finding, Status};
use miette::Diagnostic;

use super::chapter::{Block, Chapter};
use super::chapters::not_assessed;
use super::pictures::Pictures;
use crate::figures;
use crate::said::Said;
use crate::terminal::budget::{self, trust};
use crate::terminal::curves;
use crate::terminal::path_doubt::{Through, doubt};
use crate::terminal::pricing;
use crate::terminal::recommend::{found, grounds, ranked, ranking};
use crate::terminal::table::Footnotes;
use crate::terminal::timing::{self, alike};

/// Recommendations, the plan behind them, curves, prices and timing.
pub(super) fn chapter(
    analysis: &Analysis,
    advisor: &Advisor,
    pictures: &mut Pictures<'_>,
) -> Chapter {
    let settings = BudgetSettings::default();
    let mut blocks = Vec::new();
    blocks.extend(doubt(analysis, Through::of_channels(analysis)).map(Block::said));

    let advice = advisor.recommend(&settings);
    blocks.push(Block::heading("What to do"));
    answered(&advice, "Recommendations", &mut blocks, |advice, blocks| {
        recommended(advice, analysis, blocks);
    });
    blocks.push(Block::heading("The plan for the weeks to come"));
    answered(&advice, "The plan", &mut blocks, |advice, blocks| {
        planned(advice, analysis, blocks);
    });
    blocks.extend(pictures.take_from("budget", &advice, |advice, analysis| {
        figures::budget(&advice.allocation, analysis)
    }));
    let plans = ["scenario_analysis", "scenario", "scenarios"];
    let plans: Vec<Block> = plans.iter().filter_map(|id| pictures.take(id)).collect();
    if !plans.is_empty() {
        blocks.push(Block::heading("What if"));
        blocks.extend(plans);
    }

    blocks.push(Block::heading("How much more each channel returns"));
    let curves = advisor.response_curves(&CurveQuestion::default());
    answered(&curves, "Response curves", &mut blocks, returned);
    blocks.extend(pictures.take_from("response_curves", &curves, figures::response_curves));

    blocks.push(Block::heading("At what price"));
    let prices = advisor.pricing(&PricingQuestion::default());
    answered(&prices, "Prices", &mut blocks, priced);
    blocks.extend(pictures.take_from("price_curve", &prices, figures::price_curve));

    blocks.push(Block::heading("When effects come"));
    let outcome = &analysis.stages.outcome.target;
    let when = advisor.timing();
    answered(&when, "Timing", &mut blocks, |when, blocks| {
        timed(when, outcome, blocks);
    });
    blocks.extend(pictures.take_from("impulse_responses", &when, figures::impulse_responses));
    blocks.extend(pictures.take("waterfall"));
    Chapter {
        id: "decisions",
        title: "What to do with it".into(),
        blocks,
    }
}

/// Tells an answer, or why there is none and what to do about that.
fn answered<T>(
    answer: &Result<T>,
    topic: &str,
    blocks: &mut Vec<Block>,
    tell: impl FnOnce(&T, &mut Vec<Block>),
) {
    match answer {
        Ok(answer) => tell(answer, blocks),
        Err(error) => blocks.push(not_assessed(topic, why(error))),
    }
}

/// What an error says, and its remedy.
pub(super) fn why(error: &Error) -> String {
    match error.help() {
        Some(help) => format!("{error}; {help}."),
        None => format!("{error}."),
    }
}

fn recommended(advice: &Recommendations, analysis: &Analysis, blocks: &mut Vec<Block>) {
    let mediator = &analysis.stages.mediator.target;
    let status = match (advice.moves.is_empty(), advice.not_supported.is_empty()) {
        (false, _) => Status::Passed,
        (true, true) if advice.nothing_through.is_none() => Status::Passed,
        _ => Status::Warning,
    };
    blocks.push(Block::said(Said::new(status, "Answer", &*advice.summary)));
    if let Some(nothing) = &advice.nothing_through {
        let topic = format!("Through {mediator}");
        blocks.push(Block::said(Said::new(Status::Warning, &topic, &**nothing)));
    }
    if !advice.moves.is_empty() {
        let moves = advice.moves.iter();
        let moves = moves.map(|advice| format!("{} ({})", advice.sentence, grounds(advice)));
        blocks.push(Block::List(moves.collect()));
    }
    if !advice.not_supported.is_empty() {
        blocks.push(Block::Paragraph(
            "The best plan within the bounds would also do this, but the data do not carry it:"
                .into(),
        ));
        let moves = advice.not_supported.iter().map(|advice| {
            let why = advice.why_not.as_deref().unwrap_or_default();
            format!("{} Not supported: {why}.", advice.sentence)
        });
        blocks.push(Block::List(moves.collect()));
    }
    blocks.push(Block::heading("The next dollar"));
    match ranking(advice) {
        Some(table) => {
            blocks.push(Block::table(
                "Channels by what the next dollar returns",
                table,
            ));
            blocks.push(Block::Note(ranked(advice, mediator)));
        }
        None => blocks.push(Block::Paragraph(advice.ranking_note.clone())),
    }
    blocks.push(Block::heading("What to try next"));
    blocks.push(Block::Paragraph(advice.experiment.sentence.clone()));
    if !advice.do_not_conclude.is_empty() {
        blocks.push(Block::heading("What not to conclude"));
        blocks.push(Block::List(advice.do_not_conclude.clone()));
    }
    blocks.push(Block::Note(found(advice, analysis)));
}

fn planned(advice: &Recommendations, analysis: &Analysis, blocks: &mut Vec<Block>) {
    let plan = &advice.allocation;
    let mediator = &analysis.stages.mediator.target;
    blocks.push(Block::said(budget::answer(plan, analysis)));
    let (first, last) = &plan.weeks;
    let caption = format!(
        "A plan for {} weeks, {first} to {last}",
        plan.settings.horizon
    );
    blocks.push(Block::table(caption, budget::channels(plan)));
    blocks.push(Block::Note(budget::legend(plan, mediator)));
    let trust = trust(plan).into_iter();
    let trust = trust.map(|(label, said)| crate::summary::capital(&format!("{label}: {said}.")));
    blocks.push(Block::List(trust.collect()));
    checks(&plan.findings, blocks);
}

fn returned(answer: &ResponseCurves, blocks: &mut Vec<Block>) {
    let channels = answer.channels.iter();
    let said = channels.map(|channel| (&*channel.channel, curves::sentences(channel)));
    let said = alike(said).into_iter();
    let said = said.map(|(channels, said)| format!("{}: {said}", channels.join(", ")));
    blocks.push(Block::List(said.collect()));
    let mut notes = Footnotes::default();
    let table = curves::now(answer, true, &mut notes);
    blocks.push(Block::noted(
        "What each channel returns at the spend as it was",
        table,
        notes.reasons(),
    ));
    blocks.push(Block::Note(curves::columns(answer)));
    checks(&answer.findings, blocks);
}

fn priced(answer: &Pricing, blocks: &mut Vec<Block>) {
    let said = pricing::answer(answer).into_iter();
    blocks.extend(said.map(Block::said));
    let mut notes = Footnotes::default();
    let table = pricing::elasticity(answer, &mut notes);
    blocks.push(Block::noted(
        "What 1% of price does",
        table,
        notes.reasons(),
    ));
    blocks.push(Block::Note(pricing::elasticity_words(answer)));
    if let Some(curve) = &answer.curve {
        let mut notes = Footnotes::default();
        let table = pricing::prices(answer, curve, &mut notes);
        blocks.push(Block::noted(
            "An average week by price",
            table,
            notes.reasons(),
        ));
        blocks.push(Block::Note(pricing::prices_words(answer, curve)));
    }
    if let Some(promotion) = &answer.promotion {
        let said = pricing::promotions(answer, promotion).into_iter();
        blocks.push(Block::heading("Promotions"));
        blocks.extend(said.map(Block::said));
        let by_price = pricing::by_price(answer, promotion);
        blocks.extend(by_price.map(|table| Block::table("The lift by price", table)));
    }
    checks(&answer.findings, blocks);
}

fn timed(answer: &Timing, outcome: &str, blocks: &mut Vec<Block>) {
    let channels = answer.channels.iter();
    let said = channels.map(|channel| {
        (
            &*channel.channel,
            timing::sentence(channel, &answer.mediator),
        )
    });
    let said = alike(said).into_iter();
    let said = said.map(|(channels, said)| format!("{}: {said}", channels.join(", ")));
    blocks.push(Block::List(said.collect()));
    let mut notes = Footnotes::default();
    let table = timing::lags(answer, outcome, &mut notes);
    let caption = "How many weeks an effect takes";
    blocks.push(Block::noted(caption, table, notes.reasons()));
    blocks.push(Block::Note(timing::contrast(answer)));
    checks(&answer.findings, blocks);
}

/// The doubts about an answer, where there are any.
fn checks(findings: &[Finding], blocks: &mut Vec<Block>) {
    if !findings.is_empty() {
        blocks.push(Block::Findings(findings.to_vec()));
    }
}
