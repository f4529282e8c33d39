//! Questions to a run: what if, how much, when, whose it was, where the money goes, at what price, and
//! what to do next.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{ApiMethodRouter, post_with};
use axum::Json;
use axum::extract::{Path, Query, State};
use headwater::analysis::{Advisor, Analysis};
use headwater::decisions::{BudgetSettings, CurveQuestion, Plan, Plans, PricingQuestion, Scenario};
use headwater::error::Result as Library;
use headwater::finding::Finding;
use headwater_report::figures::{self as report, Figure};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{At, Look};
use crate::body::Body;
use crate::error::Result;
use crate::figures::{self, FigureView};
use crate::server::{Length, Server};

pub fn routes() -> ApiRouter<Arc<Server>> {
    ApiRouter::new()
        .api_route(
            "/runs/{id}/scenario",
            post_with(scenario, |o| {
                o.summary("What a plan for weeks of the data would have changed")
            }),
        )
        .api_route(
            "/runs/{id}/scenarios",
            question(
                "Several plans beside each other",
                |advisor, asked: &Compared| advisor.scenarios(&asked.plans),
                |answer, analysis| vec![report::scenarios(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/curves",
            question(
                "What channels return at other levels of spend",
                |advisor, asked: &CurveQuestion| advisor.response_curves(asked),
                |answer, analysis| vec![report::response_curves(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/timing",
            question(
                "How effects spread over the weeks after the spend",
                |advisor, _: &Nothing| advisor.timing(),
                |answer, analysis| vec![report::impulse_responses(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/attribution",
            question(
                "Where the outcome came from, adding up to all of it",
                |advisor, _: &Nothing| advisor.attribution(),
                |answer, analysis| vec![report::waterfall(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/optimize",
            question(
                "Where the budget of the weeks to come goes",
                |advisor, asked: &BudgetSettings| advisor.optimize(asked),
                |answer, analysis| vec![report::budget(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/pricing",
            question(
                "At what price, and what promotions brought",
                |advisor, asked: &PricingQuestion| advisor.pricing(asked),
                |answer, analysis| vec![report::price_curve(answer, analysis)],
            ),
        )
        .api_route(
            "/runs/{id}/recommend",
            question(
                "What to do next, as far as the checks of the run support it",
                |advisor, asked: &BudgetSettings| advisor.recommend(asked),
                |answer, analysis| vec![report::budget(&answer.allocation, analysis)],
            ),
        )
}

/// An answer, what the data say of the path that it takes, and its figures.
#[derive(Debug, Serialize, JsonSchema)]
struct Answer<T> {
    /// `mediation.path` of the run.
    path: Option<Finding>,
    /// The answer.
    answer: T,
    /// Its figures.
    figures: Vec<FigureView>,
}

impl<T> Answer<T> {
    fn new(analysis: &Analysis, answer: T, figures: Vec<FigureView>) -> Self {
        let mut findings = analysis.findings.iter();
        let path = findings.find(|finding| finding.id == "mediation.path");
        Answer {
            path: path.cloned(),
            answer,
            figures,
        }
    }
}

/// A question without words of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Plans to put beside each other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Compared {
    /// The plans, by name.
    plans: Plans,
}

/// A plan and what it is called.
#[derive(Debug, JsonSchema)]
struct Planned {
    /// What the plan is called; `plan` when left out.
    name: Option<String>,
    #[schemars(flatten)]
    plan: Plan,
}

/// By hand, so that unknown keys of the plan are refused: serde cannot do that beside a flattened field.
impl<'de> Deserialize<'de> for Planned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let name = fields.remove("name").unwrap_or_default();
        Ok(Planned {
            name: serde_json::from_value(name).map_err(D::Error::custom)?,
            plan: serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?,
        })
    }
}

/// How a scenario is answered.
#[derive(Debug, Deserialize, JsonSchema)]
struct Brief {
    /// `light` or `dark`; light when left out.
    #[serde(default)]
    theme: figures::ThemeName,
    /// Leaves out blocks, weeks and the figures: for a slider that asks often.
    #[serde(default)]
    brief: bool,
}

async fn scenario(
    State(server): State<Arc<Server>>,
    Path(at): Path<At>,
    Query(how): Query<Brief>,
    Body(asked): Body<Planned>,
) -> Result<Json<Answer<Scenario>>> {
    let answer = server.ask(&at.id, Length::Short, move |opened| {
        let analysis = &opened.run.analysis;
        let name = asked.name.as_deref().unwrap_or("plan");
        if how.brief {
            let scenario = opened.advisor.scenario_totals(name, &asked.plan)?;
            return Ok(Answer::new(analysis, scenario, Vec::new()));
        }
        let scenario = opened.advisor.scenario(name, &asked.plan)?;
        let figures = figures::views(vec![report::scenario(&scenario, analysis)], how.theme);
        Ok(Answer::new(analysis, scenario, figures))
    });
    answer.await.map(Json)
}

/// A route that puts one question of [`Advisor`] and draws its answer.
fn question<Q, T>(
    summary: &'static str,
    ask: fn(&Advisor, &Q) -> Library<T>,
    draw: fn(&T, &Analysis) -> Vec<Figure>,
) -> ApiMethodRouter<Arc<Server>>
where
    Q: DeserializeOwned + JsonSchema + Send + Sync + 'static,
    T: Serialize + JsonSchema + Send + 'static,
{
    let handler = move |State(server): State<Arc<Server>>,
                        Path(at): Path<At>,
                        Query(look): Query<Look>,
                        Body(asked): Body<Q>| async move {
        let answer = server.ask(&at.id, Length::Long, move |opened| {
            let analysis = &opened.run.analysis;
            let answer = ask(&opened.advisor, &asked)?;
            let figures = figures::views(draw(&answer, analysis), look.theme);
            Ok(Answer::new(analysis, answer, figures))
        });
        Result::<_>::Ok(Json(answer.await?))
    };
    post_with(handler, move |operation| operation.summary(summary))
}
