//! What the browser tests need: Chromium with its driver, and axe-core to look for what people with
//! other senses cannot use.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{quietly, target};

/// The package of PyPI that carries axe-core, without what else it would bring.
const AXE: &str = "axe-playwright-python==0.1.8";

/// Installs Debian's Chromium and driver where they are missing and that can be done.
pub fn install() -> Result<(), String> {
    if on_path("chromium") && on_path("chromedriver") {
        return Ok(());
    }
    let apt = |arguments: &[&str]| quietly("apt-get", Command::new("apt-get").args(arguments));
    let packages = [
        "install",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "chromium-driver",
    ];
    // Lists of packages may be old or absent.
    apt(&packages).or_else(|_| apt(&["update"]).and_then(|()| apt(&packages)))
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// axe-core's script under `target/`, fetched once.
pub fn axe(root: &Path) -> Result<PathBuf, String> {
    if let Some(axe) = std::env::var_os("HEADWATER_AXE") {
        return Ok(axe.into());
    }
    let folder = target(root).join("axe");
    let script = folder.join("axe_playwright_python/axe.min.js");
    if script.exists() {
        return Ok(script);
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--upgrade", "--target"])
        .arg(&folder)
        .arg(AXE);
    quietly(&format!("pip install {AXE}"), &mut pip)?;
    Ok(script)
}
