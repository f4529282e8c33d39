use serde_json::json;

use crate::house::{House, folder};

#[test]
fn an_upload_is_told_its_columns_and_can_be_told_better() {
    let folder = folder();
    let house = House::open(folder.path());
    let id = house.sample(70);
    let path = format!("/datasets/{id}");
    let detail = house.get(&path).json();
    assert_eq!(detail["weeks"], 70);
    assert_eq!(detail["first_week"], "2022-01-03");
    assert_eq!(detail["problem"], json!(null));
    assert_eq!(detail["preview"]["rows"].as_array().unwrap().len(), 12);
    let columns = detail["columns"].as_array().unwrap();
    let role = |name: &str| {
        let column = columns.iter().find(|column| column["name"] == name);
        column.unwrap()["role"].clone()
    };
    assert_eq!(role("facebook_spend"), "exposure");
    assert_eq!(role("google_spend"), "mediator");
    assert_eq!(role("revenue"), "outcome");

    let said = json!({ "columns": { "tiktok_spend": { "role": "ignore" }, "instagram_spend": { "role": "exposure", "direct": true } } });
    let detail = house.put(&format!("{path}/roles"), &said).json();
    assert!(
        detail["toml"]
            .as_str()
            .unwrap()
            .contains("tiktok_spend = { role = \"ignore\"")
    );
    assert!(
        detail["toml"]
            .as_str()
            .unwrap()
            .contains("instagram_spend = { role = \"exposure\", direct = true")
    );
    assert_eq!(house.get(&path).json()["toml"], detail["toml"]);
    assert_eq!(house.get("/datasets").json()[0]["id"], json!(id));

    assert_eq!(house.delete(&path).status, 204);
    assert_eq!(house.get(&path).status, 404);
    assert_eq!(house.delete(&path).status, 404);
    assert_eq!(house.get("/datasets").json(), json!([]));
}

#[test]
fn roles_that_cannot_be_fitted_come_back_as_a_problem() {
    let folder = folder();
    let house = House::open(folder.path());
    let path = format!("/datasets/{}/roles", house.sample(60));
    let said = json!({ "columns": { "google_spend": { "role": "control" } } });
    let reply = house.put(&path, &said);
    assert_eq!(reply.status, 200);
    let problem = &reply.json()["problem"];
    assert!(
        problem["message"].as_str().unwrap().contains("mediator"),
        "{problem}"
    );
    assert_eq!(house.get("/datasets").json()[0]["problem"], true);

    let reply = house.put(
        &path,
        &json!({ "columns": { "google_spend": { "role": "middle" } } }),
    );
    assert_eq!(reply.status, 422);
    assert!(
        reply.message().contains("unknown variant `middle`"),
        "{}",
        reply.message()
    );
}

#[test]
fn a_bad_cell_is_shown_as_the_command_line_shows_it() {
    let folder = folder();
    let house = House::open(folder.path());
    let weeks = (1..=30).map(|day| format!("2024-04-{day:02},10,5,100\n"));
    let text =
        "week,facebook_spend,google_spend,revenue\n".to_string() + &weeks.collect::<String>();
    let text = text.replace("2024-04-08,10", "2024-04-08,ten");
    let reply = house.upload("sales.csv", text);
    assert_eq!(reply.status, 201);
    let detail = reply.json();
    assert_eq!(detail["weeks"], json!(null));
    let report = detail["problem"]["report"].as_str().unwrap();
    assert!(
        report.contains("sales.csv") && report.contains("2024-04-08,ten,5,100"),
        "{report}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_not_kept() {
    let folder = folder();
    let house = House::open(folder.path());
    for text in [
        "",
        "only a header,and nothing else\n",
        "week\n2024-01-01\n",
        "a,a\n1,2\n",
    ] {
        let reply = house.upload("sales.csv", text);
        assert_eq!(reply.status, 422, "{text:?}");
        assert!(reply.message().contains("sales.csv"), "{}", reply.message());
    }
    assert_eq!(house.get("/datasets").json(), json!([]));
    let left = std::fs::read_dir(folder.path().join("datasets"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
}

#[test]
fn the_name_of_a_file_is_shown_and_never_used() {
    let folder = folder();
    let house = House::open(folder.path());
    let text =
        "week,facebook_spend,google_spend,revenue\n2024-01-01,10,5,100\n2024-01-08,12,5,100\n";
    let name = "..%2F..%2Fetc%2Fpass%00wd%0A.csv";
    let detail = house.upload(name, text).json();
    assert_eq!(detail["name"], "passwd.csv");
    let kept: Vec<_> = std::fs::read_dir(folder.path().join("datasets"))
        .unwrap()
        .collect();
    assert_eq!(kept.len(), 1);
    let kept = kept[0].as_ref().unwrap().file_name();
    assert_eq!(kept.to_string_lossy(), detail["id"].as_str().unwrap());
}

#[test]
fn a_sample_has_its_limits() {
    let folder = folder();
    let house = House::open(folder.path());
    let reply = house.post("/datasets/sample", &json!({ "weeks": 3 }));
    assert_eq!(reply.status, 422);
    let reply = house.post("/datasets/sample", &json!({ "week": 80 }));
    assert!(reply.message().contains("unknown field `week`"));
    let detail = house.post("/datasets/sample", &json!({})).json();
    assert_eq!(detail["weeks"], 104);
}

#[test]
fn settings_are_refused_with_the_words_of_the_command_line() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(60);
    let asked = |settings| {
        house.post(
            "/settings/command",
            &json!({ "dataset": dataset, "settings": settings }),
        )
    };
    let reply = asked(json!({ "sede": 7 }));
    assert_eq!(reply.status, 422);
    assert!(
        reply
            .message()
            .contains("unknown key `sede`; did you mean `seed`?")
    );

    let reply = asked(json!({ "seed": 7, "bootstrap": { "replicates": 50 } })).json();
    assert_eq!(
        reply["command"],
        "headwater fit sample-market-42.csv --seed 7 --bootstrap 50"
    );
    let reply =
        asked(json!({ "columns": { "facebook_spend": { "role": "exposure", "direct": true } } }))
            .json();
    assert_eq!(
        reply["command"],
        "headwater fit sample-market-42.csv --direct facebook_spend"
    );
    let reply = asked(json!({ "sensitivity": { "margin": 0.4 } })).json();
    assert_eq!(
        reply["command"],
        "headwater fit sample-market-42.csv --config headwater.toml"
    );
    assert!(reply["toml"].as_str().unwrap().contains("margin = 0.4"));

    // the defaults are settings that the server takes
    let defaults = house.get("/settings").json()["settings"].clone();
    assert_eq!(
        asked(defaults).json()["command"],
        "headwater fit sample-market-42.csv"
    );
}
