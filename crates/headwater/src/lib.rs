//! # Headwater
//!
//! A marketing mix model that follows spend downstream: social spend creates search, search
//! becomes Google spend, Google spend becomes revenue. It says what each channel is worth
//! through search and around it, how sure that is, and how well the model forecasts weeks it has
//! not seen.
//!
//! The flow, a room for each step:
//!
//! 1. [`data`] reads a weekly file, infers what each column is, and checks the weeks.
//! 2. [`features`] turns spend into design matrices, derived from the roles of the columns.
//! 3. [`estimators`] fit a target to a design behind one small trait.
//! 4. [`mediation`] joins two stages and answers one question:
//!    [`potential_outcome`](mediation::FittedMediation::potential_outcome).
//! 5. [`effects`] are differences between two such worlds, with bootstrap intervals.
//! 6. [`validation`] scores forecasts of unseen weeks beside naive ones, and weighs the path.
//! 7. [`analysis`] is all of this on one page: [`analysis::run`].
//!
//! [`simulate`] makes markets whose effects are known.
//!
//! ```
//! use headwater::analysis::{Settings, run};
//! use headwater::progress::Silent;
//! use headwater::simulate::{MarketSettings, simulate};
//!
//! let market = simulate(&MarketSettings::default())?;
//! let mut settings = Settings::default();
//! settings.bootstrap.replicates = Some(40);
//!
//! let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
//! for effect in &fit.analysis.effects {
//!     println!("{}: {:?}", effect.channel, effect.indirect.interval());
//! }
//! # Ok::<(), headwater::error::Error>(())
//! ```

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod analysis;
pub mod data;
pub mod decisions;
pub mod design;
pub mod effects;
pub mod error;
pub mod estimate;
pub mod estimators;
pub mod features;
pub mod files;
pub mod finding;
pub mod mediation;
pub mod number;
pub mod numeric;
pub mod progress;
pub mod simulate;
pub mod splits;
pub mod validation;
pub mod words;
