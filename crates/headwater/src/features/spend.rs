//! The spend on one exposure with what was made of it.

use std::sync::{Arc, Mutex, PoisonError};

use super::carry_over::Shape;
use super::winsorise::held;

/// The spend on one exposure, week by week, and the signals made of it so far: the paths of what-if
/// worlds differ in one exposure or two and share the others, signals included.
#[derive(Debug)]
pub(super) struct Spend {
    pub(super) weeks: Arc<[f64]>,
    signals: Mutex<Vec<(Shaping, Arc<[f64]>)>>,
}

/// The spend above which a week counts as this much, then a shape.
type Shaping = (Option<f64>, Shape);

impl<W: Into<Arc<[f64]>>> From<W> for Spend {
    fn from(weeks: W) -> Self {
        Spend {
            weeks: weeks.into(),
            signals: Mutex::default(),
        }
    }
}

impl PartialEq for Spend {
    fn eq(&self, other: &Self) -> bool {
        self.weeks == other.weeks
    }
}

impl Spend {
    /// Held at `limit`, carried over, then saturated.
    pub(super) fn signal(&self, limit: Option<f64>, shape: Shape) -> Arc<[f64]> {
        let mut known = self.signals.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (limit, shape);
        if let Some((_, signal)) = known.iter().find(|(shaping, _)| *shaping == wanted) {
            return Arc::clone(signal);
        }
        let mut signal = match limit {
            Some(limit) => shape.kernel.apply(&held(&self.weeks, limit)),
            None => shape.kernel.apply(&self.weeks),
        };
        shape.response.apply(&mut signal);
        let signal: Arc<[f64]> = signal.into();
        known.push((wanted, Arc::clone(&signal)));
        signal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::adstock::Kernel;
    use crate::features::saturation::Saturation;

    #[test]
    fn a_signal_is_made_once_for_each_shape_and_limit() {
        let spend = Spend::from(vec![10.0, 0.0, 40.0]);
        let shape = |decay| Shape {
            kernel: Kernel::Geometric { decay },
            response: Saturation::None.learn(&[10.0]),
        };
        let signal = spend.signal(None, shape(0.5));
        // (1 - d) x + d times what was carried over.
        assert_eq!(*signal, [5.0, 2.5, 21.25]);
        assert!(Arc::ptr_eq(&signal, &spend.signal(None, shape(0.5))));
        assert_eq!(*spend.signal(None, shape(0.0)), [10.0, 0.0, 40.0]);
        assert_eq!(*spend.signal(Some(20.0), shape(0.0)), [10.0, 0.0, 20.0]);
    }
}
