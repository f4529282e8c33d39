use std::io::{Cursor, Write};

use jiff::ToSpan;
use jiff::civil::date;
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
    let weeks = (0..30).map(|week| {
        let monday = date(2024, 1, 1) + (7 * week).days();
        format!("{monday},10,5,100\n")
    });
    let text =
        "week,facebook_spend,google_spend,revenue\n".to_string() + &weeks.collect::<String>();
    let text = text.replace("2024-02-19,10", "2024-02-19,ten");
    let reply = house.upload("sales.csv", text);
    assert_eq!(reply.status, 201);
    let detail = reply.json();
    assert_eq!(detail["weeks"], json!(null));
    let report = detail["problem"]["report"].as_str().unwrap();
    assert!(
        report.contains("sales.csv") && report.contains("2024-02-19,ten,5,100"),
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

    // the defaults are settings that the server takes; a bound that is off is null
    let defaults = house.get("/settings").json()["settings"].clone();
    assert_eq!(
        defaults["validation"]["bounds"]["path_r2"],
        json!(null),
        "{defaults}"
    );
    assert_eq!(
        asked(defaults).json()["command"],
        "headwater fit sample-market-42.csv"
    );
}

/// A workbook with one sheet that holds this XML.
fn workbook(cells: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let parts = [
        (
            "[Content_Types].xml",
            format!("<Types xmlns=\"{package}/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Data\" \
                 sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{cells}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn cell(at: &str, value: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{value}</t></is></c>")
}

#[test]
fn a_workbook_that_would_not_fit_into_memory_is_refused_before_it_is_laid_out() {
    let folder = folder();
    let house = House::open(folder.path());

    let row = |number: u32, cells: String| format!("<row r=\"{number}\">{cells}</row>");
    let corners = row(1, cell("A1", "week")) + &row(1_048_576, cell("XFD1048576", "end"));
    let bytes = workbook(&corners);
    assert!(bytes.len() < 4000);
    let reply = house.upload("corners.xlsx", bytes);
    assert_eq!(reply.status, 422);
    let message = reply.message();
    assert!(
        message.contains("corners.xlsx has a sheet \"Data\" of 1048576 rows and 16384 columns"),
        "{message}"
    );

    let bytes = workbook(&row(1, cell("A1", &" ".repeat(300 << 20))));
    assert!(bytes.len() < 1 << 20);
    let reply = house.upload("nothing.xlsx", bytes);
    assert_eq!(
        (reply.status.as_u16(), reply.message()),
        (422, "nothing.xlsx unpacks to more than 256 MB".into())
    );

    let reply = house.upload("old.xls", &b"\xD0\xCF\x11\xE0 and so on"[..]);
    assert_eq!(reply.status, 422);
    assert_eq!(
        reply.message(),
        "old.xls: this file is a workbook of an old Excel (.xls), or one with a password"
    );

    let head = ["week", "facebook_spend", "google_spend", "revenue"];
    let line = |number: u32, values: [String; 4]| {
        let cells = ["A", "B", "C", "D"].iter().zip(values);
        let cells = cells.map(|(column, value)| cell(&format!("{column}{number}"), &value));
        row(number, cells.collect())
    };
    let weeks = (0..30).map(|week: u32| {
        let monday = date(2024, 1, 1) + (7 * i64::from(week)).days();
        let (spend, mediator) = (10 + week % 7, 5 + week % 5);
        let values = [
            monday.to_string(),
            spend.to_string(),
            mediator.to_string(),
            (100 + 3 * mediator).to_string(),
        ];
        line(week + 2, values)
    });
    let usual = line(1, head.map(String::from)) + &weeks.collect::<String>();
    let reply = house.upload("weeks.xlsx", workbook(&usual));
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["weeks"]),
        (201, &json!(30)),
        "{}",
        reply.text()
    );
    assert_eq!(house.get("/datasets").json().as_array().unwrap().len(), 1);
}
