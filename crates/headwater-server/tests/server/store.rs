use std::fs;
use std::time::Duration;

use headwater_server::{Guard, Server};
use serde_json::json;

use crate::house::{House, folder, quick};

#[test]
fn uploads_and_runs_outlive_the_server() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(60);
    let role = json!({ "columns": { "tiktok_spend": { "role": "ignore" } } });
    let detail = house
        .put(&format!("/datasets/{dataset}/roles"), &role)
        .json();
    let run = house.finished();
    let before = house.get("/runs").json();
    drop(house);

    let house = House::open(folder.path());
    assert_eq!(house.get(&format!("/datasets/{dataset}")).json(), detail);
    assert_eq!(house.get("/runs").json(), before);
    assert_eq!(
        house
            .post(&format!("/runs/{run}/timing"), &json!({}))
            .status,
        200
    );
}

#[test]
fn what_ran_is_interrupted_and_what_waited_is_taken_up() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(80);
    let long = house.start(&dataset, json!({ "bootstrap": { "replicates": 100_000 } }));
    let waiting = house.start(&dataset, quick());
    house.resampling(&long);
    assert!(house.server.close(Duration::from_secs(120)));
    drop(house);

    let house = House::open(folder.path());
    assert_eq!(
        house.get(&format!("/runs/{long}")).json()["state"],
        "interrupted"
    );
    assert_eq!(house.ended(&waiting)["state"], "done");
}

#[test]
fn what_a_killed_server_left_half_written_is_removed() {
    let folder = folder();
    let house = House::open(folder.path());
    let dataset = house.sample(60);
    let run = house.start(&dataset, quick());
    house.ended(&run);
    drop(house);

    // as after kill -9: a fit that ran, half a run, half a record, half an upload, half a deletion
    let of_run = folder.path().join("runs").join(&run);
    let record = fs::read_to_string(of_run.join("run.json")).unwrap();
    fs::write(
        of_run.join("run.json"),
        record.replace("\"done\"", "\"running\""),
    )
    .unwrap();
    fs::rename(of_run.join("run"), of_run.join(".run.partial-123")).unwrap();
    fs::write(of_run.join(".run.json.partial"), "{\"id\":").unwrap();
    let datasets = folder.path().join("datasets");
    let other = "0123456789abcdef0123456789abcdef";
    for left in [format!(".{other}.partial"), format!(".{other}.deleted")] {
        fs::create_dir(datasets.join(&left)).unwrap();
        fs::write(datasets.join(&left).join("data"), "week,").unwrap();
    }
    fs::create_dir(datasets.join(other)).unwrap();
    fs::write(datasets.join(other).join("dataset.json"), "{").unwrap();
    fs::write(datasets.join("notes.txt"), "not ours").unwrap();

    let house = House::open(folder.path());
    assert_eq!(
        house.get(&format!("/runs/{run}")).json()["state"],
        "interrupted"
    );
    let left: Vec<String> = fs::read_dir(&of_run)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    let list = house.get("/datasets").json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], json!(dataset));
    assert!(datasets.join("notes.txt").exists());
    assert!(!datasets.join(format!(".{other}.partial")).exists());
}

#[test]
fn a_fit_that_was_written_before_the_server_was_killed_is_done() {
    let folder = folder();
    let house = House::open(folder.path());
    let run = house.finished();
    let before = house.get(&format!("/runs/{run}")).json();
    drop(house);
    let record = folder.path().join("runs").join(&run).join("run.json");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("\"done\"", "\"running\"")).unwrap();

    let house = House::open(folder.path());
    let after = house.get(&format!("/runs/{run}")).json();
    assert_eq!(
        (&after["state"], &after["skill"]),
        (&json!("done"), &before["skill"])
    );
}

#[test]
fn a_second_server_does_not_work_in_the_same_store() {
    let folder = folder();
    let house = House::open(folder.path());
    let guard = || Guard::new("127.0.0.1", 8502, None).unwrap();
    let error = Server::open(folder.path(), guard()).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("another `headwater serve` works in this store")
    );
    drop(house);
    assert!(Server::open(folder.path(), guard()).is_ok());
}
