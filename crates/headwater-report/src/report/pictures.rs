//! The pictures of a run, each shown once.

use headwater::analysis::{Advisor, Analysis};

use super::chapter::Block;
use super::decisions::why;
use crate::figures::{CATALOGUE, Entry, Figure};

/// The pictures that no chapter has shown yet.
pub(super) struct Pictures {
    left: Vec<(&'static Entry, Result<Figure, String>)>,
}

impl Pictures {
    /// Draws every picture of the catalogue.
    pub(super) fn of(analysis: &Analysis, advisor: &Advisor) -> Self {
        let draw = |entry: &'static Entry| {
            let figure = (entry.draw)(analysis, advisor).map_err(|error| why(&error));
            (entry, figure)
        };
        Pictures {
            left: CATALOGUE.iter().map(draw).collect(),
        }
    }

    /// The picture of that name; none where this run cannot have it.
    pub(super) fn take(&mut self, id: &str) -> Option<Block> {
        let drawn =
            |(entry, figure): &(&Entry, Result<Figure, String>)| entry.id == id && figure.is_ok();
        let at = self.left.iter().position(drawn)?;
        let (_, figure) = self.left.remove(at);
        figure.ok().map(|figure| Block::Figure(Box::new(figure)))
    }

    /// Those that no chapter asked for, and why the others could not be drawn.
    pub(super) fn rest(self) -> (Vec<Block>, Vec<String>) {
        let (mut drawn, mut missing) = (Vec::new(), Vec::new());
        for (entry, figure) in self.left {
            match figure {
                Ok(figure) => drawn.push(Block::Figure(Box::new(figure))),
                Err(why) => {
                    missing.push(format!("{}: {why}", crate::summary::capital(entry.about)))
                }
            }
        }
        (drawn, missing)
    }
}
