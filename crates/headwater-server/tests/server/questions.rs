use serde_json::{Value, json};

use crate::house::{House, folder};

#[test]
fn every_question_is_answered_and_bad_ones_are_refused() {
    let folder = folder();
    let house = House::open(folder.path());
    let run = house.finished();
    let ask = |question: &str, body: Value| house.post(&format!("/runs/{run}/{question}"), &body);

    let plan = json!({ "set": [{ "column": "facebook_spend", "by": "+20%" }] });
    let full = ask("scenario", plan.clone()).json();
    assert_eq!(full["path"]["id"], "mediation.path");
    assert_eq!(full["answer"]["name"], "plan");
    assert!(!full["answer"]["weekly"].as_array().unwrap().is_empty());
    let brief = ask("scenario?brief=true", plan.clone()).json();
    assert_eq!(brief["answer"]["total"], full["answer"]["total"]);
    assert_eq!(
        (&brief["answer"]["weekly"], &brief["figures"]),
        (&json!([]), &json!([]))
    );

    let plans = json!({ "plans": { "more": plan, "less": { "set": [{ "column": "facebook_spend", "by": "-20%" }] } } });
    assert_eq!(ask("scenarios", plans).status, 200);
    assert_eq!(ask("curves", json!({ "points": 5 })).status, 200);
    let curves = ask("curves", json!({})).json();
    assert_eq!(curves["answer"]["question"]["points"], 21);
    assert_eq!(ask("timing", json!({})).status, 200);
    assert_eq!(ask("attribution", json!({})).status, 200);
    assert_eq!(
        ask("pricing", json!({ "cost": { "margin": 0.4 } })).status,
        200
    );
    assert_eq!(ask("optimize", json!({ "horizon": 4 })).status, 200);
    let advice = ask("recommend", json!({}));
    assert_eq!(advice.status, 200, "{}", advice.text());
    assert_eq!(advice.json()["figures"][0]["id"], "budget");

    let reply = ask(
        "scenario",
        json!({ "set": [{ "column": "facebok_spend", "by": "+20%" }] }),
    );
    assert_eq!(reply.status, 422);
    let error = reply.json()["error"].clone();
    assert!(
        error["help"]
            .as_str()
            .unwrap()
            .contains("did you mean facebook_spend?"),
        "{error}"
    );
    assert!(
        error["report"]
            .as_str()
            .unwrap()
            .contains("facebok_spend is no column"),
        "{error}"
    );
    let reply = ask("scenario", json!({ "margni": 0.4 }));
    assert!(
        reply.message().contains("unknown field `margni`"),
        "{}",
        reply.message()
    );
    assert_eq!(ask("curves", json!({ "points": 1 })).status, 422);
    assert_eq!(ask("timing", json!({ "weeks": 1 })).status, 422);
    assert_eq!(
        house
            .post("/runs/0123456789abcdef0123456789abcdef/timing", &json!({}))
            .status,
        404
    );

    // pictures of the run
    let figures = house.get(&format!("/runs/{run}/figures")).json();
    assert!(
        figures
            .as_array()
            .unwrap()
            .iter()
            .any(|figure| figure["id"] == "effects")
    );
    let figure = house
        .get(&format!("/runs/{run}/figures/effects?theme=dark"))
        .json();
    assert_eq!(figure["id"], "effects");
    assert_eq!(
        house.get(&format!("/runs/{run}/figures/nothing")).status,
        404
    );
    assert_eq!(
        house
            .get(&format!("/runs/{run}/figures/effects?theme=pink"))
            .status,
        400
    );

    // plans are kept with the run
    let path = format!("/runs/{run}/plans");
    assert_eq!(house.get(&path).json(), json!({}));
    let careful = json!({ "set": [{ "column": "facebook_spend", "by": "-10%" }] });
    let kept = house.put(&format!("{path}/careful%20one"), &careful).json();
    assert_eq!(kept["careful one"]["set"], careful["set"]);
    assert_eq!(house.get(&path).json(), kept);
    assert_eq!(
        house
            .put(&format!("{path}/bad"), &json!({ "margin": 4.0 }))
            .status,
        422
    );
    assert_eq!(
        house.delete(&format!("{path}/careful%20one")).json(),
        json!({})
    );
    assert_eq!(house.delete(&format!("{path}/careful%20one")).status, 404);
}

#[test]
fn a_fit_that_just_ended_is_asked_without_fitting_it_again() {
    let folder = folder();
    let house = House::open(folder.path());
    let run = house.finished();
    // what would be read to fit it again is not needed
    let of_run = folder.path().join("runs").join(&run).join("run");
    std::fs::remove_file(of_run.join("dataset.csv")).unwrap();
    let asked = |house: &House| {
        house
            .post(&format!("/runs/{run}/timing"), &json!({}))
            .status
    };
    assert_eq!(asked(&house), 200);
    drop(house);
    assert_eq!(asked(&House::open(folder.path())), 500);
}
