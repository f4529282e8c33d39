//! # How a [`Figure`](crate::figures::Figure) is drawn
//!
//! [`svg`] draws it for files and the report, [`png`] rasterises that with an embedded font, [`plotly`]
//! writes it for interactive pages and notebooks.
//! Nothing here knows what a figure is about.

mod bars;
mod calendar;
mod domain;
mod graph_layout;
mod number_format;
mod plotly;
mod png;
mod rect;
mod svg;
mod theme;
mod ticks;
mod typeface;

pub use plotly::plotly;
pub use png::png;
pub use svg::svg;
pub use theme::Theme;
