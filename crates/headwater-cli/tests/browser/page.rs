//! A headless Chromium that a test drives as a person would: by what stands on the page.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to show what a test waits for; a fit of the sample market takes seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// Chromium with its driver.
pub struct Page {
    client: Client,
    driver: Child,
    address: String,
    _profile: TempDir,
}

impl Page {
    /// Opens Chromium on `address`, or says why the test is skipped: a machine without a browser.
    pub async fn open(address: &str) -> Option<Self> {
        let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
            println!(
                "skipped: there is no chromium with chromedriver here; `cargo xtask test` installs them"
            );
            return None;
        };
        let port = free_port();
        let driver = Command::new(driver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let profile = TempDir::new().expect("a folder");
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--force-prefers-reduced-motion",
        ];
        let mut flags: Vec<String> = flags.map(String::from).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": { "args": flags, "binary": chromium },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is written as an object")
        };
        let mut builder =
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities);
        let url = format!("http://127.0.0.1:{port}");
        // The driver needs a moment to listen.
        let mut tries = 0;
        let client = loop {
            match builder.connect(&url).await {
                Ok(client) => break client,
                Err(why) if tries == 100 => panic!("chromedriver does not answer: {why}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let page = Page {
            client,
            driver,
            address: address.into(),
            _profile: profile,
        };
        page.resize(1280, 900).await;
        Some(page)
    }

    /// Ends the session.
    pub async fn close(mut self) {
        self.client.clone().close().await.expect("the session ends");
        // The driver has nothing left to do.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }

    pub async fn resize(&self, width: u32, height: u32) {
        let resized = self.client.set_window_size(width, height).await;
        resized.expect("the window has a size");
    }

    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.address);
        self.client.goto(&url).await.expect("the page loads");
    }

    pub async fn back(&self) {
        self.client.back().await.expect("there is a page before");
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    /// The path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page has a URL");
        url.as_str().trim_start_matches(&self.address).to_string()
    }

    /// The first element that matches a CSS selector, waited for.
    pub async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(why) => panic!("{css} does not come: {why}\n{}", self.seen().await),
        }
    }

    /// A button or link by what it says, waited for.
    pub async fn control(&self, says: &str) -> Element {
        let path = format!(
            "//*[self::button or self::a or self::summary or @role='tab' or @role='button'][contains(normalize-space(.), {0}) or @aria-label={0}]",
            quoted(says)
        );
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::XPath(&path)).await {
            Ok(element) => element,
            Err(why) => panic!("no control says {says:?}: {why}\n{}", self.seen().await),
        }
    }

    /// Presses a button or follows a link by what it says.
    pub async fn press(&self, says: &str) {
        let control = self.control(says).await;
        self.click(&control).await;
    }

    /// Clicks an element, brought into sight.
    pub async fn click(&self, element: &Element) {
        self.script_on("arguments[0].scrollIntoView({block: 'center'})", element)
            .await;
        element.click().await.expect("it can be clicked");
    }

    /// Brings a place of the page into sight, as who reads on does: charts are drawn when they come
    /// into it.
    pub async fn read_on(&self, css: &str) {
        let place = self.find(css).await;
        self.script_on("arguments[0].scrollIntoView()", &place)
            .await;
    }

    /// Drags from the middle of one element to the middle of another, as a hand does.
    pub async fn drag(&self, from: &str, to: &str) {
        let (from, to) = (self.find(from).await, self.find(to).await);
        self.script_on("arguments[0].scrollIntoView({block: 'center'})", &to)
            .await;
        self.script_on("arguments[0].scrollIntoView({block: 'nearest'})", &from)
            .await;
        let moved = |origin: Element, duration| PointerAction::MoveToElement {
            element: origin,
            duration: Some(Duration::from_millis(duration)),
            x: 0.0,
            y: 0.0,
        };
        let hand = MouseActions::new("hand".into())
            .then(moved(from, 50))
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::MoveBy {
                duration: Some(Duration::from_millis(50)),
                x: 12.0,
                y: 0.0,
            })
            .then(moved(to, 300))
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        self.client
            .perform_actions(hand)
            .await
            .expect("the hand moves");
    }

    /// Presses keys where the focus is.
    pub async fn type_keys(&self, keys: &str) {
        let hand = keys
            .chars()
            .fold(KeyActions::new("keys".into()), |hand, key| {
                hand.then(KeyAction::Down { value: key })
                    .then(KeyAction::Up { value: key })
            });
        self.client
            .perform_actions(hand)
            .await
            .expect("the keys are pressed");
    }

    pub async fn focus(&self, element: &Element) {
        self.script_on("arguments[0].focus()", element).await;
    }

    /// From here on pages are seen as by someone who prefers dark ones.
    pub async fn dark(&self) {
        self.go("/data").await;
        self.script("localStorage.setItem('theme', 'dark')").await;
    }

    /// Gives a slider or field a value as a person's hand would: with its events.
    pub async fn set(&self, element: &Element, value: &str) {
        let script = "arguments[0].value = arguments[1];
            arguments[0].dispatchEvent(new Event('input', {bubbles: true}));
            arguments[0].dispatchEvent(new Event('change', {bubbles: true}));";
        let element = serde_json::to_value(element).expect("an element is a reference");
        let set = self.client.execute(script, vec![element, json!(value)]);
        set.await.expect("the field takes the value");
    }

    /// Runs a script and returns what it returns.
    pub async fn script(&self, script: &str) -> Value {
        let ran = self.client.execute(script, Vec::new()).await;
        ran.unwrap_or_else(|why| panic!("{script}: {why}"))
    }

    async fn script_on(&self, script: &str, element: &Element) {
        let element = serde_json::to_value(element).expect("an element is a reference");
        let ran = self.client.execute(script, vec![element]).await;
        ran.unwrap_or_else(|why| panic!("{script}: {why}"));
    }

    /// What a person reads on the page.
    pub async fn seen(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_string()
    }

    /// Waits until the page says `text`.
    pub async fn says(&self, text: &str) {
        let said = format!("the page never says {text:?}");
        self.until(
            &format!("document.body.innerText.includes({})", json!(text)),
            &said,
        )
        .await;
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, expression: &str, otherwise: &str) {
        let start = std::time::Instant::now();
        while self.script(&format!("return Boolean({expression})")).await != json!(true) {
            assert!(
                start.elapsed() < PATIENCE,
                "{otherwise}\n{}",
                self.seen().await
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Fails on every serious fault that axe-core finds on the page, on a page that is wider than its
    /// window, and keeps a picture where `HEADWATER_SCREENSHOTS` names a folder.
    pub async fn inspect(&self, name: &str) {
        self.picture(name).await;
        let wide = "document.documentElement.scrollWidth <= window.innerWidth + 1";
        self.until(wide, &format!("{name} scrolls sideways")).await;
        let Some(axe) = std::env::var_os("HEADWATER_AXE").map(PathBuf::from) else {
            println!(
                "skipped: accessibility of {name} is not checked, HEADWATER_AXE names no axe.min.js"
            );
            return;
        };
        let axe = std::fs::read_to_string(&axe).expect("HEADWATER_AXE can be read");
        self.script(&axe).await;
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(
              found => done(found.violations
                .filter(fault => ['serious', 'critical'].includes(fault.impact))
                .map(fault => [fault.id, fault.help, ...fault.nodes.slice(0, 5).map(node =>
                  node.target.join(' ') + ': ' + node.failureSummary)])),
              why => done([String(why)]))";
        let faults = self.client.execute_async(run, Vec::new()).await;
        let faults = faults.expect("axe runs");
        assert_eq!(faults, json!([]), "{name}: {faults:#}");
    }

    async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("HEADWATER_SCREENSHOTS") else {
            return;
        };
        // Charts come after the words.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        let picture = self.client.screenshot().await.expect("a picture");
        let file = Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(&file, picture).expect("the folder of pictures can be written");
    }
}

/// A program on the path.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Text in an XPath expression, which knows no escapes.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "no label has quotation marks");
    format!("\"{text}\"")
}
