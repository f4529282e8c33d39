use axum::body::Body;
use axum::http::Request;
use headwater_server::Guard;
use serde_json::json;

use crate::house::{HOST, House, Reply, folder};

fn send(house: &House, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::from(body.to_string())).unwrap())
}

#[test]
fn another_host_is_not_answered() {
    let folder = folder();
    let house = House::open(folder.path());
    let status = |host: &str| send(&house, "GET", "/api/v1/status", &[("host", host)], "").status;
    for host in [
        "127.0.0.1:8501",
        "localhost:8501",
        "LOCALHOST:8501",
        "[::1]:8501",
    ] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in [
        "evil.example:8501",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.evil.example:8501",
        "",
        "localhost:8501:8501",
    ] {
        assert_eq!(status(host), 403, "{host:?}");
    }
}

#[test]
fn a_page_of_another_site_cannot_change_anything() {
    let folder = folder();
    let house = House::open(folder.path());
    let post = |headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("host", HOST)].iter().chain(headers).copied().collect();
        send(
            &house,
            "POST",
            "/api/v1/datasets/sample",
            &headers,
            "{\"weeks\":60}",
        )
        .status
    };
    let json = ("content-type", "application/json");
    assert_eq!(post(&[json, ("origin", "https://evil.example")]), 403);
    assert_eq!(post(&[json, ("origin", "null")]), 403);
    assert_eq!(post(&[json, ("origin", "http://127.0.0.1:9999")]), 403);
    assert_eq!(post(&[json, ("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(post(&[("content-type", "text/plain")]), 415);
    assert_eq!(
        post(&[("content-type", "application/x-www-form-urlencoded")]),
        415
    );
    assert_eq!(post(&[]), 415);
    assert_eq!(house.get("/datasets").json(), json!([]));
    assert_eq!(post(&[json, ("origin", "http://127.0.0.1:8501")]), 201);
}

#[test]
fn a_token_is_asked_for_where_there_is_one() {
    let folder = folder();
    let token = "a long random text";
    let guard = Guard::new("127.0.0.1", 8501, Some(token)).unwrap();
    let house = House::with(folder.path(), guard);
    let get = |path: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("host", HOST)].iter().chain(headers).copied().collect();
        send(&house, "GET", path, &headers, "")
    };
    for path in [
        "/",
        "/api/v1/datasets",
        "/assets/app.js",
        "/api/docs",
        "/api/v1/openapi.json",
        "/?token=wrong",
    ] {
        assert_eq!(get(path, &[]).status, 401, "{path}");
    }
    // a person gets a page to type it into, and a form writes a space as a plus
    let page = get("/runs", &[("accept", "text/html,*/*")]);
    assert_eq!(page.status, 401);
    assert!(
        page.text().contains("<label for=\"token\">"),
        "{}",
        page.text()
    );
    assert_eq!(get("/?token=a+long+random+text", &[]).status, 303);

    let bearer = format!("Bearer {token}");
    assert_eq!(
        get("/api/v1/datasets", &[("authorization", &bearer)]).status,
        200
    );
    assert_eq!(
        get("/api/v1/datasets", &[("authorization", "Bearer no")]).status,
        401
    );

    let entered = get("/?token=a%20long%20random%20text", &[]);
    assert_eq!(entered.status, 303);
    assert_eq!(entered.headers["location"], "/");
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("random"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(get("/api/v1/datasets", &[("cookie", cookie)]).status, 200);
    // who is in already is rid of the token in the address as well
    let again = get("/?token=a%20long%20random%20text", &[("cookie", cookie)]);
    assert_eq!(again.status, 303);
    assert_eq!(
        get("/api/v1/datasets", &[("cookie", "headwater_token=no")]).status,
        401
    );
}

#[test]
fn others_are_not_served_without_a_token() {
    assert!(Guard::new("0.0.0.0", 8501, None).is_err());
    assert!(Guard::new("192.168.1.4", 8501, None).is_err());
    assert!(Guard::new("0.0.0.0", 8501, Some("short")).is_err());
    assert!(Guard::new("0.0.0.0", 8501, Some("a long random text")).is_ok());
    assert!(Guard::new("::1", 8501, None).is_ok());
}

#[test]
fn no_path_leads_out_of_the_store() {
    let folder = folder();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let store = folder.path().join("store");
    let house = House::open(&store);
    for id in [
        "..",
        "..%2f..%2fsecret",
        "%2e%2e%2fsecret",
        "%00",
        "%2fetc%2fpasswd",
        "%ff",
        "C:%5Csecret",
        "lock",
    ] {
        for path in [
            format!("/api/v1/datasets/{id}"),
            format!("/api/v1/datasets/{id}/figures/series"),
            format!("/api/v1/runs/{id}"),
            format!("/api/v1/runs/{id}/files/analysis.json"),
            format!("/assets/{id}"),
            format!("/assets/..%2f{id}"),
        ] {
            let reply = send(&house, "GET", &path, &[("host", HOST)], "");
            assert!(
                [400, 404].contains(&reply.status.as_u16()),
                "{path}: {}",
                reply.status
            );
            assert!(
                !reply.text().contains("secret\"") || reply.status != 200,
                "{path}"
            );
        }
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let folder = folder();
    let house = House::open(folder.path());
    let upload = [("host", HOST), ("content-type", "application/octet-stream")];
    let announced: Vec<_> = upload
        .iter()
        .copied()
        .chain([("content-length", "99999999999")])
        .collect();
    let reply = send(&house, "POST", "/api/v1/datasets", &announced, "a,b\n");
    assert_eq!(
        (reply.status.as_u16(), reply.message()),
        (413, "the request is larger than 64 MB".into())
    );
    let reply = house.upload("large.csv", vec![b'a'; (64 << 20) + 1]);
    assert_eq!(reply.status, 413);
    let many = "week,facebook_spend,google_spend,revenue\n".to_string()
        + &"2024-01-01,1,1,1\n".repeat(200_001);
    let reply = house.upload("long.csv", many);
    assert_eq!(reply.status, 422);
    assert!(
        reply.message().contains("200001 rows"),
        "{}",
        reply.message()
    );
    let reply = house.post("/datasets/sample", &json!("a".repeat(5 << 20)));
    assert_eq!(reply.status, 413);
    let request = [("host", HOST), ("content-type", "application/json")];
    let reply = send(&house, "POST", "/api/v1/runs", &request, "{\"dataset\":");
    assert_eq!(reply.status, 400);
}

#[test]
fn a_browser_is_told_what_pages_may_do() {
    let folder = folder();
    let house = House::open(folder.path());
    for path in ["/", "/api/v1/status", "/api/v1/nothing", "/assets/app.js"] {
        let headers = send(&house, "GET", path, &[("host", HOST)], "").headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}
