//! Draws a [`Figure`] that stands in a JSON file: `draw figure.json picture.svg`, or `picture.png` at
//! twice its size. For pictures of the documentation whose numbers come from elsewhere.

use std::error::Error;
use std::fs;

use headwater_report::drawing::{Theme, png, svg};
use headwater_report::figures::Figure;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [figure, picture] = arguments.as_slice() else {
        return Err("usage: draw FIGURE.json PICTURE.svg|PICTURE.png".into());
    };
    let figure: Figure = serde_json::from_str(&fs::read_to_string(figure)?)?;
    let bytes = match picture.ends_with(".png") {
        true => png(&figure, Theme::Light, 2.0)?,
        false => svg(&figure, Theme::Light).into_bytes(),
    };
    Ok(fs::write(picture, bytes)?)
}
