//! Plans and bounds, as files and as the words of a command line.

use std::fmt::Display;
use std::str::FromStr;

use headwater::decisions::budget::{ChannelBounds, ChannelGroup, MaxChange, Objective, Risk};
use headwater::decisions::{By, Change, Plans};
use headwater::error::Error;

use super::promises;

/// The text is a file of plans, and each of its lines the words behind an option.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Plans::from_toml("plans.toml", text) {
        Ok(plans) => {
            let written = plans.to_toml();
            let again = Plans::from_toml("plans.toml", &written).unwrap_or_else(|error| {
                panic!("what was written cannot be read: {error}\n{written}")
            });
            assert_eq!(again.to_toml(), written);
        }
        Err(error) => promises::of_error(&error),
    }
    for line in text.lines() {
        said::<Change>(line);
        said::<ChannelBounds>(line);
        said::<ChannelGroup>(line);
        written::<By>(line);
        written::<MaxChange>(line);
        written::<Objective>(line);
        written::<Risk>(line);
    }
}

/// Words that were not understood are refused with a remedy.
fn said<T: FromStr<Err = Error>>(text: &str) -> Option<T> {
    text.parse()
        .map_err(|error| promises::of_error(&error))
        .ok()
}

/// Words that were understood can be written and are understood again.
fn written<T: FromStr<Err = Error> + Display>(text: &str) {
    if let Some(value) = said::<T>(text) {
        let text = value.to_string();
        let again: T = text
            .parse()
            .unwrap_or_else(|error| panic!("{text} was written and cannot be read: {error}"));
        assert_eq!(again.to_string(), text);
    }
}
