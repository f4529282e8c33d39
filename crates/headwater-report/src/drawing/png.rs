//! A figure as PNG, for files and slides.

use std::sync::{Arc, LazyLock};

use headwater::error::{Error, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::svg::svg;
use super::theme::Theme;
use super::typeface::{FAMILY, database};
use crate::figures::Figure;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| Arc::new(database()));

/// Rasterises [`svg`] with the embedded Noto Sans, so that it looks the same on every machine;
/// `scale` is pixels of the file a pixel of the figure: 1 for a screen, 2 for slides and print.
///
/// # Errors
/// `scale` is not in 0.05 to 10, or the picture would be larger than 100 million pixels.
pub fn png(figure: &Figure, theme: Theme, scale: f64) -> Result<Vec<u8>> {
    if !(0.05..=10.0).contains(&scale) {
        return Err(Error::setting(
            format!("a picture cannot be drawn at {scale} times its size"),
            "choose a scale between 0.05 and 10; 2 is sharp on slides and in print",
        ));
    }
    let failed = |message: String| {
        Error::setting(
            format!("the picture `{}` could not be drawn: {message}", figure.id),
            "write it as SVG instead, and report the run that it came from",
        )
    };
    let options = Options {
        font_family: FAMILY.into(),
        fontdb: FONTS.clone(),
        ..Options::default()
    };
    let tree =
        Tree::from_str(&svg(figure, theme), &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size();
    let (width, height) = (
        (f64::from(size.width()) * scale).ceil(),
        (f64::from(size.height()) * scale).ceil(),
    );
    if width * height > 1e8 {
        return Err(Error::setting(
            format!(
                "the picture `{}` would be {width} by {height} pixels",
                figure.id
            ),
            "choose a smaller scale, or write it as SVG, which has no pixels",
        ));
    }
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| failed("it has no pixels".into()))?;
    let transform = Transform::from_scale(scale as f32, scale as f32);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels
        .encode_png()
        .map_err(|error| failed(error.to_string()))
}
