//! What holds the mediator in a world that might have been.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// What the owner of the mediator's budget does when the plan sets off more of it.
///
/// Written `free`, `cap:5000` or `fixed`.
///
/// ```
/// use headwater::mediation::MediatorPolicy;
/// assert_eq!("cap:5000".parse::<MediatorPolicy>()?, MediatorPolicy::Cap(5000.0));
/// assert_eq!(MediatorPolicy::Cap(5000.0).hold(5200.0, 4000.0), 5000.0);
/// // a week that stood above the cap already may stay there, but rises no further
/// assert_eq!(MediatorPolicy::Cap(5000.0).hold(6100.0, 6000.0), 6000.0);
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum MediatorPolicy {
    /// It follows: every induced unit is paid for.
    #[default]
    Free,
    /// It may not rise above so much a week, or above where it stands where that is more; what
    /// spend would set off beyond is lost (methods brief, 1.4).
    Cap(f64),
    /// It stays where it stands, so nothing goes through it.
    Fixed,
}

impl MediatorPolicy {
    /// Refuses a cap that is no amount.
    ///
    /// # Errors
    /// Names the cap.
    pub fn validate(self) -> Result<()> {
        match self {
            MediatorPolicy::Cap(cap) if !(cap >= 0.0 && cap.is_finite()) => Err(Error::setting(
                format!("the mediator cannot be capped at {cap} a week"),
                "write the most that may be spent on it in a week, such as cap:5000",
            )),
            _ => Ok(()),
        }
    }

    /// What becomes of a week's mediator that would move to `moved` from where it `stands`.
    pub fn hold(self, moved: f64, stands: f64) -> f64 {
        match self {
            MediatorPolicy::Free => moved,
            MediatorPolicy::Cap(cap) => moved.min(cap.max(stands)),
            MediatorPolicy::Fixed => stands,
        }
    }
}

impl fmt::Display for MediatorPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MediatorPolicy::Free => f.write_str("free"),
            MediatorPolicy::Cap(cap) => write!(f, "cap:{cap}"),
            MediatorPolicy::Fixed => f.write_str("fixed"),
        }
    }
}

impl FromStr for MediatorPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let cap = text.strip_prefix("cap:").map(|cap| cap.trim().parse());
        let policy = match (text, cap) {
            ("free", _) => MediatorPolicy::Free,
            ("fixed", _) => MediatorPolicy::Fixed,
            (_, Some(Ok(cap))) => MediatorPolicy::Cap(cap),
            _ => {
                return Err(Error::setting(
                    format!("{text:?} is no policy for the mediator"),
                    "write free (it follows the plan), cap:5000 (at most so much a week) or fixed (it stays)",
                ));
            }
        };
        policy.validate()?;
        Ok(policy)
    }
}

impl Serialize for MediatorPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MediatorPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
