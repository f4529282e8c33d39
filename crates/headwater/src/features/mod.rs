//! From a dataset and a spend path to design matrices.
//!
//! [`FeatureSettings::fit`] learns what must be learned (scales, which columns vary, which
//! weeks may be flagged) from training weeks alone and returns [`Features`]; these turn any
//! [`ExposurePath`], observed or what-if, into the designs of the two stages:
//!
//! ```text
//! exposure ── adstock ── saturation ──> mediator design
//!                └──(only where direct = true)──> outcome design <── mediator columns
//! levers, controls, trend, season, holidays ──> both designs
//! ```
//!
//! Every transformation looks backwards only, so a value never depends on a later week.

pub mod adstock;
mod carry_over;
pub mod ewm;
pub mod flags;
pub mod holidays;
mod interactions;
mod lags;
mod learned;
mod learning;
mod left_out;
mod mediator_columns;
mod path;
pub mod saturation;
pub mod scaling;
pub mod seasonality;
mod seed;
mod settings;
mod spend;
mod standard;
pub mod stl;
pub mod trend;
mod winsorise;

pub use adstock::{AdstockSettings, Decay, Kernel};
pub use carry_over::{CarryOver, ChannelSettings, Channels};
pub use holidays::{Country, Holiday};
pub use interactions::Interactions;
pub use learned::Features;
pub use mediator_columns::MediatorColumns;
pub use path::ExposurePath;
pub use saturation::Saturation;
pub use settings::{FeatureSettings, Recipe};
pub use winsorise::Winsorise;
