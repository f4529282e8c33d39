use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request};

use crate::house::{HOST, House, folder};

fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> crate::house::Reply {
    let mut request = Request::builder().uri(path).header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::empty()).unwrap())
}

#[test]
fn the_page_stands_at_every_screen_and_nowhere_else() {
    let folder = folder();
    let house = House::open(folder.path());
    for path in [
        "/",
        "/data",
        "/data/0123",
        "/runs/abc/plan?tab=budget",
        "/compare?a=1&b=2",
    ] {
        let reply = get(&house, path, &[]);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.headers["content-type"], "text/html; charset=utf-8");
    }
    assert_eq!(get(&house, "/wp-admin", &[]).status, 404);
    assert_eq!(get(&house, "/assets/nothing.js", &[]).status, 404);
    assert_eq!(get(&house, "/api/v1/nothing", &[]).status, 404);
    let docs = get(&house, "/api/docs", &[]).text();
    assert!(docs.contains("/assets/docs.js"), "{docs}");
    let description = get(&house, "/api/v1/openapi.json", &[]).json();
    assert_eq!(description["info"]["title"], "Headwater");
    assert_eq!(get(&house, "/openapi.json", &[]).status, 404);
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let folder = folder();
    let house = House::open(folder.path());
    for path in ["/assets/app.js", "/assets/plotly.min.js"] {
        let first = get(&house, path, &[("accept-encoding", "gzip")]);
        assert_eq!(first.headers["content-encoding"], "gzip", "{path}");
        assert!(first.bytes.starts_with(&[0x1f, 0x8b]), "{path}");
        let tag = first.headers["etag"].to_str().unwrap();
        let again = get(&house, path, &[("if-none-match", tag)]);
        assert_eq!(
            (again.status.as_u16(), again.bytes.len()),
            (304, 0),
            "{path}"
        );
    }
    let plain = get(&house, "/assets/plotly.min.js", &[]).text();
    assert!(plain.contains("plotly.js v") && !plain.contains("</script>"));
}

#[test]
fn the_first_screen_is_small() {
    let folder = folder();
    let house = House::open(folder.path());
    let page = get(&house, "/", &[]).text();
    // what the page names, the screen that it shows first, and what those modules import
    let mut open: Vec<String> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(String::from)
        .collect();
    open.push("/assets/screens/data.js".into());
    let mut sum = page.len();
    let mut seen = Vec::new();
    while let Some(path) = open.pop() {
        if seen.contains(&path) || path.ends_with("/plotly.min.js") {
            continue;
        }
        let reply = get(&house, &path, &[]);
        assert_eq!(reply.status, 200, "{path}");
        sum += get(&house, &path, &[("accept-encoding", "gzip")])
            .bytes
            .len();
        let folder = path.rsplit_once('/').unwrap().0;
        let text = reply.text();
        let imported = text
            .split('"')
            .filter(|part| part.starts_with('.') && part.ends_with(".js"));
        open.extend(imported.map(|import| {
            let up = import.strip_prefix("../").map(|rest| {
                let parent = folder.rsplit_once('/').unwrap().0;
                format!("{parent}/{rest}")
            });
            up.unwrap_or_else(|| format!("{folder}/{}", import.trim_start_matches("./")))
        }));
        seen.push(path);
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert!(sum < 300_000, "{sum} bytes");
}

#[test]
fn a_finding_is_explained() {
    let folder = folder();
    let house = House::open(folder.path());
    let page = house.get("/findings/mediation.path").json();
    assert!(page["html"].as_str().unwrap().contains("<h2>"), "{page}");
    let reply = house.get("/findings/mediation.paht");
    assert_eq!(reply.status, 404);
    let help = reply.json()["error"]["help"].as_str().unwrap().to_string();
    assert!(help.contains("did you mean mediation.path"), "{help}");
}

#[test]
fn a_method_that_is_not_there_is_said_in_words() {
    let folder = folder();
    let house = House::open(folder.path());
    let request = Request::builder()
        .method(Method::DELETE)
        .uri("/api/v1/status")
        .header("host", HOST);
    let reply = house.send(request.body(Body::empty()).unwrap());
    assert_eq!(reply.status, 405);
    assert_eq!(reply.message(), "this address does not take that method");
    assert_eq!(house.get("/status").json()["limits"]["rows"], 200_000);
}

#[test]
fn a_server_is_ready_in_a_moment() {
    let folder = folder();
    let began = Instant::now();
    let house = House::open(folder.path());
    assert_eq!(house.get("/status").status, 200);
    // 200 ms where nothing else runs; tests run beside each other
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}
