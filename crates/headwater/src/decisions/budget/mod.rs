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

mod ascent;
mod certificate;
mod problem;
mod quadratic;
mod solver;
mod starts;
mod terrain;

pub use certificate::{Certificate, GAIN_TOLERANCE, Party, TRANSFER_SHARE, Transfer};
pub use problem::{Bounds, Budget, Group, Problem, Surface};
pub use solver::{AGREEMENT, Solution, frontier, solve};
