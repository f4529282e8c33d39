//! How a [`Figure`](crate::figures::Figure) is drawn: as SVG, as PNG from that SVG, and as Plotly JSON.
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
