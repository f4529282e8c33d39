//! How to split a budget: the plan of most worth within a budget, bounds and groups.
//!
//! [`solve`] is ignorant of models. It is handed two [`Surface`]s over the dollars of each channel,
//! what a plan is worth and what it costs, and finds the best plan:
//!
//! ```text
//! fixed     max  worth(x)                    s.t.  bill(x) <= B
//! flexible  max  worth(x) - hurdle bill(x)
//! both      least_j <= x_j <= most_j,   least_g <= sum of x_j over group g <= most_g
//! ```
//!
//! The bill is what leaves the account: the channels' own dollars and the mediator dollars that
//! they set off (methods brief, 7.1).
//!
//! How: from many starting plans (`starts`) climb without ever leaving what is allowed
//! (`ascent`, on the separable quadratic programs of `quadratic`); exchange dollars between pairs
//! of channels in the best plan until nothing is gained (`certificate`).
//!
//! [`Allocation::of`] puts the question to fitted models: it turns what they say of the weeks to
//! come into surfaces (`exact` for linear models, `surrogate` for all others), solves, asks the
//! models themselves what the plan brings, and asks the replicates how far to trust it.

mod allocation;
mod ascent;
mod certificate;
mod doubts;
mod exact;
mod horizon;
mod moves;
mod optimiser;
mod problem;
mod quadratic;
mod settings;
mod solver;
mod starts;
mod surface;
mod surrogate;
mod table;
mod terrain;

pub use allocation::{
    Allocation, BoundedBy, ChannelPlan, Cost, End, Gain, Halves, Method, StoryPlan, Verdict,
};
pub use certificate::{Certificate, GAIN_TOLERANCE, Party, TRANSFER_SHARE, Transfer};
pub use moves::Move;
pub use problem::{Bounds, Budget, Group, Problem, Surface};
pub use settings::{
    BudgetSettings, ChannelBounds, ChannelGroup, MaxChange, Objective, Risk, Story,
};
pub use solver::{AGREEMENT, Solution, frontier, solve};
