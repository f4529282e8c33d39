use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{HOST, House, folder, quick};

#[test]
fn a_fit_is_followed_to_its_end_and_its_files_are_a_run() {
    let folder = folder();
    let house = House::open(folder.path());
    let run = house.start(&house.sample(80), quick());
    let path = format!("/runs/{run}");

    // the stream ends when the run has ended
    let request = Request::builder()
        .uri(format!("/api/v1{path}/events"))
        .header("host", HOST)
        .body(Body::empty())
        .unwrap();
    let events = house.send(request).text();
    let told: Vec<Value> = events
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(told.last().unwrap()["state"], "done", "{events}");
    assert!(events.contains("event: run"));

    let ended = house.ended(&run);
    assert_eq!(ended["weeks"], 80);
    assert!(ended["seconds"].as_f64().unwrap() > 0.0);
    assert!(ended["verdict"]["summary"].is_string());
    assert_eq!(house.get("/runs").json(), json!([ended]));

    let analysis = house.get(&format!("{path}/analysis")).json();
    let file = house.get(&format!("{path}/files/analysis.json"));
    assert_eq!(file.json(), analysis);
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"analysis.json\""
    );
    assert_eq!(
        house.get(&format!("{path}/settings")).json()["bootstrap"]["replicates"],
        40
    );
    assert_eq!(
        house.get(&format!("{path}/summary")).json()["answer"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert!(
        house
            .get(&format!("{path}/files/headwater.toml"))
            .text()
            .contains("[columns]")
    );
    let saved = folder.path().join("runs").join(&run).join("run");
    let saved = headwater::analysis::SavedRun::open(&saved).unwrap();
    assert_eq!(serde_json::to_value(&saved.analysis).unwrap(), analysis);

    let zip = house.get(&format!("{path}/run.zip"));
    assert_eq!(zip.headers["content-type"], "application/zip");
    assert!(zip.bytes.starts_with(b"PK\x03\x04"));
    assert_eq!(house.get(&format!("{path}/files/run.json")).status, 404);
    assert_eq!(
        house.get(&format!("{path}/files/..%2Frun.json")).status,
        404
    );

    let named = house.patch(&path, &json!({ "name": "  spring \n" })).json();
    assert_eq!(named["name"], "spring");
    assert_eq!(house.patch(&path, &json!({ "name": " " })).status, 422);

    let compared = house.get(&format!("/compare?a={run}&b={run}")).json();
    assert_eq!(compared["settings"], json!([]));
    assert_eq!(compared["effects"][0]["a"], compared["effects"][0]["b"]);
    assert_eq!(compared["scores"][0]["a"], ended["skill"]);

    assert_eq!(house.delete(&path).status, 204);
    assert_eq!(house.get(&path).status, 404);
}

#[test]
fn fits_wait_for_each_other_and_can_be_stopped() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(80);
    let long = json!({ "bootstrap": { "replicates": 100_000 } });
    let first = house.start(&dataset, long.clone());
    house.resampling(&first);
    let second = house.start(&dataset, quick());
    let third = house.start(&dataset, quick());
    assert_eq!(house.get(&format!("/runs/{third}")).json()["position"], 2);
    let progress = house.get(&format!("/runs/{first}")).json()["progress"].clone();
    assert_eq!(
        (&progress["steps"], &progress["total"]),
        (&json!(3), &json!(100_000))
    );

    // nothing that is needed can be deleted
    assert_eq!(house.delete(&format!("/datasets/{dataset}")).status, 409);
    assert_eq!(house.delete(&format!("/runs/{first}")).status, 409);
    let asked = house.post(&format!("/runs/{first}/timing"), &json!({}));
    assert_eq!(
        (asked.status.as_u16(), asked.message()),
        (409, "this run is not done yet".into())
    );

    let cancelled = house
        .post(&format!("/runs/{second}/cancel"), &json!({}))
        .json();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(house.get(&format!("/runs/{third}")).json()["position"], 1);
    house.post(&format!("/runs/{first}/cancel"), &json!({}));
    assert_eq!(house.ended(&first)["state"], "cancelled");
    assert_eq!(house.ended(&third)["state"], "done");
    assert!(!folder.path().join("runs").join(&first).join("run").exists());
    assert_eq!(house.delete(&format!("/datasets/{dataset}")).status, 204);
}

#[test]
fn the_queue_has_an_end() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(60);
    let long = json!({ "bootstrap": { "replicates": 100_000 } });
    let first = house.start(&dataset, long);
    house.resampling(&first);
    let waiting: Vec<String> = (0..20).map(|_| house.start(&dataset, quick())).collect();
    let reply = house.post("/runs", &json!({ "dataset": dataset }));
    assert_eq!(
        (reply.status.as_u16(), reply.message()),
        (429, "20 fits wait already".into())
    );
    for run in waiting.iter().chain([&first]) {
        house.post(&format!("/runs/{run}/cancel"), &json!({}));
    }
    assert_eq!(house.ended(&first)["state"], "cancelled");
}

#[test]
fn a_fit_that_cannot_be_made_fails_with_the_reason() {
    let folder = folder();
    let house = House::open(folder.path());
    let run = house.start(&house.sample(12), quick());
    let ended = house.ended(&run);
    assert_eq!(ended["state"], "failed");
    assert!(
        ended["error"]["message"]
            .as_str()
            .unwrap()
            .contains("weeks"),
        "{ended}"
    );
    let reply = house.get(&format!("/runs/{run}/analysis"));
    assert_eq!(
        (reply.status.as_u16(), reply.message()),
        (409, "this run failed".into())
    );
    let reply = house.post("/runs", &json!({ "dataset": "no", "settings": {} }));
    assert_eq!(reply.status, 404);
    let unknown = json!({ "dataset": house.sample(60), "settings": { "stages": { "mediator": { "kind": "rigde" } } } });
    assert_eq!(house.post("/runs", &unknown).status, 422);
}
