//! The pictures of a run, each shown once.

use headwater::analysis::{Advisor, Analysis};
use headwater::error::Result;

use super::chapter::Block;
use super::decisions::why;
use crate::figures::{CATALOGUE, Entry, Figure};

/// The pictures that no chapter has shown yet, each drawn when it is asked for.
pub(super) struct Pictures<'a> {
    analysis: &'a Analysis,
    advisor: &'a Advisor,
    left: Vec<&'static Entry>,
    /// Those that this run cannot have, and why.
    missing: Vec<String>,
}

impl<'a> Pictures<'a> {
    /// Every picture of the catalogue.
    pub(super) fn of(analysis: &'a Analysis, advisor: &'a Advisor) -> Self {
        Pictures {
            analysis,
            advisor,
            left: CATALOGUE.iter().collect(),
            missing: Vec::new(),
        }
    }

    /// The picture of that name; none where this run cannot have it or a chapter has shown it.
    pub(super) fn take(&mut self, id: &str) -> Option<Block> {
        let entry = self.entry(id)?;
        let figure = (entry.draw)(self.analysis, self.advisor);
        self.kept(entry, figure)
    }

    /// The picture of that name from the answer that a chapter already has, so that the run is not asked
    /// twice.
    pub(super) fn take_from<T>(
        &mut self,
        id: &str,
        answer: &Result<T>,
        draw: impl FnOnce(&T, &Analysis) -> Figure,
    ) -> Option<Block> {
        let entry = self.entry(id)?;
        match answer {
            Ok(answer) => self.kept(entry, Ok(draw(answer, self.analysis))),
            Err(error) => self.refused(entry, why(error)),
        }
    }

    /// Those that no chapter asked for, and why the others could not be drawn.
    pub(super) fn rest(mut self) -> (Vec<Block>, Vec<String>) {
        let left: Vec<&str> = self.left.iter().map(|entry| entry.id).collect();
        let drawn = left.into_iter().filter_map(|id| self.take(id)).collect();
        (drawn, self.missing)
    }

    fn entry(&mut self, id: &str) -> Option<&'static Entry> {
        let at = self.left.iter().position(|entry| entry.id == id)?;
        Some(self.left.remove(at))
    }

    fn kept(&mut self, entry: &Entry, figure: Result<Figure>) -> Option<Block> {
        match figure {
            Ok(figure) => Some(Block::Figure(Box::new(figure))),
            Err(error) => self.refused(entry, why(&error)),
        }
    }

    fn refused(&mut self, entry: &Entry, why: String) -> Option<Block> {
        let about = crate::summary::capital(entry.about);
        self.missing.push(format!("{about}: {why}"));
        None
    }
}
