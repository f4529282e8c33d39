//! The axes of a panel: where values stand, the grid, and what is written beside it.

use super::super::domain::{Direction, domain};
use super::super::ticks::{self, Tick, ticks};
use super::TEXT;
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use super::marks::room_for_labels;
use super::panels::Margins;
use crate::figures::{Mark, Panel, Scale};

/// How names that do not fit beside each other rise, in degrees.
const TILT: f64 = 38.0;
/// The share of a panel that the names of its categories may take.
const NAMES_WIDEST: f64 = 0.42;

/// An axis on the picture: values from `low` to `high` between two pixels.
#[derive(Debug, Clone)]
pub(super) struct Position<'a> {
    pub scale: &'a Scale,
    pub low: f64,
    pub high: f64,
    from: f64,
    to: f64,
}

impl Position<'_> {
    /// The pixel of a value; none where there is no number.
    pub fn of(&self, value: f64) -> Option<f64> {
        let share = (value - self.low) / (self.high - self.low);
        let pixel = self.from + share * (self.to - self.from);
        pixel.is_finite().then_some(pixel)
    }

    /// A value in words.
    pub fn words(&self, value: f64) -> String {
        words(self.scale, value)
    }

    /// The first and last pixel, from the left.
    pub fn ends(&self) -> (f64, f64) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    /// Pixels of a distance.
    pub fn length(&self, distance: f64) -> f64 {
        (distance / (self.high - self.low) * (self.to - self.from)).abs()
    }
}

/// A value of a scale in words.
pub(in super::super) fn words(scale: &Scale, value: f64) -> String {
    let nth = |names: &[String]| {
        let nearest = value.round();
        (nearest >= 0.0)
            .then(|| names.get(nearest as usize).cloned())
            .flatten()
    };
    match scale {
        Scale::Number(format) => format.write(value),
        Scale::Weeks(weeks) => nth(weeks).map_or(String::new(), |name| ticks::week(&name)),
        Scale::Categories(names) => nth(names).unwrap_or_default(),
    }
}

/// The two axes of a panel around a plot.
#[derive(Debug, Clone)]
pub(super) struct Axes<'a> {
    panel: &'a Panel,
    pub plot: Rect,
    pub x: Position<'a>,
    pub y: Position<'a>,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    tilted: bool,
    /// Rows of labels between the plot and the title of the vertical axis.
    pub strip: f64,
    widest_name: f64,
}

impl<'a> Axes<'a> {
    /// The axes of `panel` around `plot`, whose panel is `room` pixels wide.
    pub fn of(panel: &'a Panel, plot: Rect, room: f64) -> Self {
        let widest_name = NAMES_WIDEST * room;
        let (low, high) = domain(panel, Direction::Up);
        // The first category stands on top.
        let (from, to) = match panel.y.scale {
            Scale::Categories(_) => (plot.y, plot.bottom()),
            _ => (plot.bottom(), plot.y),
        };
        let mut y = Position {
            scale: &panel.y.scale,
            low,
            high,
            from,
            to,
        };
        let (low, high) = domain(panel, Direction::Across);
        let mut x = Position {
            scale: &panel.x.scale,
            low,
            high,
            from: plot.x,
            to: plot.right(),
        };
        room_for_labels(panel, Direction::Up, &mut y, plot.height);
        room_for_labels(panel, Direction::Across, &mut x, plot.width);

        let rows = (plot.height / 42.0).floor().clamp(3.0, 6.0) as usize;
        let mut y_ticks = ticks(y.scale, (y.low, y.high), rows, plot.height, |word| {
            TEXT.width(word)
        });
        if matches!(y.scale, Scale::Categories(_) | Scale::Weeks(_)) {
            let apart = (TEXT.leading() / (plot.height / (y.high - y.low)))
                .ceil()
                .max(1.0);
            if !matches!(y.scale, Scale::Categories(_)) {
                y_ticks = y_ticks.into_iter().step_by(apart as usize).collect();
            }
            for tick in &mut y_ticks {
                tick.lines = vec![TEXT.shorten(&tick.lines.join(" "), widest_name)];
            }
        }
        let (x_ticks, tilted) = across(&x, plot);
        let strip = super::marks::strip_height(panel, &x);
        Self {
            panel,
            plot,
            x,
            y,
            x_ticks,
            y_ticks,
            tilted,
            strip,
            widest_name,
        }
    }

    /// What the words around the plot need.
    pub fn margins(&self) -> Margins {
        let left = self
            .y_ticks
            .iter()
            .flat_map(|tick| &tick.lines)
            .map(|line| TEXT.width(line))
            .fold(0.0, f64::max)
            .min(self.widest_name);
        let leading = TEXT.leading();
        let mut margins = Margins {
            left: left + 8.0,
            right: 4.0,
            top: self.strip
                + if self.panel.y.title.is_empty() {
                    6.0
                } else {
                    leading + 12.0
                },
            bottom: 8.0,
        };
        let mut lines: f64 = 0.0;
        let turn = TILT.to_radians();
        for tick in &self.x_ticks {
            let Some(at) = self.x.of(tick.at) else {
                continue;
            };
            let widest = tick
                .lines
                .iter()
                .map(|line| TEXT.width(line))
                .fold(0.0, f64::max);
            if self.tilted {
                lines = lines.max((widest * turn.sin() + 10.0) / leading);
                margins.left = margins
                    .left
                    .max(widest * turn.cos() - (at - self.plot.x) + 2.0);
            } else {
                lines = lines.max(tick.lines.len() as f64);
                margins.left = margins.left.max(widest / 2.0 - (at - self.plot.x));
                margins.right = margins.right.max(at + widest / 2.0 - self.plot.right());
            }
        }
        margins.bottom += lines * leading;
        if !self.panel.x.title.is_empty() {
            let room = self.plot.width + left;
            margins.bottom += 4.0 + leading * TEXT.wrap(&self.panel.x.title, room).len() as f64;
        }
        margins
    }

    /// Draws grid, ticks and titles; `left` is where the panel begins.
    pub fn draw(&self, canvas: &mut Canvas, left: f64) {
        let theme = canvas.theme;
        let (plot, quiet) = (self.plot, theme.quiet_text());
        let numbers = |scale: &Scale| matches!(scale, Scale::Number(_));
        let heat = self
            .panel
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Heat { .. }));
        let grid = Stroke::solid(theme.grid(), 1.0);
        if numbers(self.y.scale) {
            for tick in &self.y_ticks {
                if let Some(y) = self.y.of(tick.at) {
                    canvas.line((plot.x, y), (plot.right(), y), grid);
                }
            }
        } else if numbers(self.x.scale) {
            for tick in &self.x_ticks {
                if let Some(x) = self.x.of(tick.at) {
                    canvas.line((x, plot.y), (x, plot.bottom()), grid);
                }
            }
        }
        // The line that bars and differences stand on.
        let foot = Stroke::solid(theme.axis(), 1.0);
        let zero = |position: &Position| {
            (numbers(position.scale) && position.low <= 0.0 && position.high >= 0.0)
                .then(|| position.of(0.0))
                .flatten()
        };
        match (numbers(self.y.scale), heat) {
            (_, true) => {}
            (true, _) => {
                let y = zero(&self.y).unwrap_or(plot.bottom());
                canvas.line((plot.x, y), (plot.right(), y), foot);
            }
            (false, _) => {
                let x = zero(&self.x).unwrap_or(plot.x);
                canvas.line((x, plot.y), (x, plot.bottom()), foot);
            }
        }
        for tick in &self.y_ticks {
            let Some(y) = self.y.of(tick.at) else {
                continue;
            };
            let at = (plot.x - 8.0, y + 0.36 * TEXT.size);
            canvas.text(at, Anchor::End, TEXT, quiet, &tick.lines.join(" "));
        }
        let leading = TEXT.leading();
        for tick in &self.x_ticks {
            let Some(x) = self.x.of(tick.at) else {
                continue;
            };
            if self.tilted {
                let at = (x + 4.0, plot.bottom() + 14.0);
                canvas.tilted(at, TILT, TEXT, quiet, &tick.lines.join(" "));
                continue;
            }
            if !heat && matches!(self.x.scale, Scale::Weeks(_)) {
                canvas.line((x, plot.bottom()), (x, plot.bottom() + 4.0), foot);
            }
            for (i, line) in tick.lines.iter().enumerate() {
                let at = (x, plot.bottom() + 4.0 + (i + 1) as f64 * leading - 4.0);
                canvas.text(at, Anchor::Middle, TEXT, quiet, line);
            }
        }
        if !self.panel.y.title.is_empty() {
            let title = TEXT.shorten(&self.panel.y.title, plot.right() - left);
            let at = (left, plot.y - self.strip - 12.0);
            canvas.text(at, Anchor::Start, TEXT, quiet, &title);
        }
        if !self.panel.x.title.is_empty() {
            let room = plot.right() - left;
            let lines = TEXT.wrap(&self.panel.x.title, room);
            let below = self.margins().bottom;
            let first = plot.bottom() + below - leading * lines.len() as f64;
            for (i, line) in lines.iter().enumerate() {
                let at = (plot.right(), first + (i + 1) as f64 * leading - 5.0);
                canvas.text(at, Anchor::End, TEXT, quiet, line);
            }
        }
    }
}

/// The marks of the horizontal axis, and whether their words must be tilted.
fn across(x: &Position, plot: Rect) -> (Vec<Tick>, bool) {
    let width = |word: &str| TEXT.width(word);
    if let Scale::Number(_) = x.scale {
        // As many as stand apart.
        for most in (2..=8).rev() {
            let marks = ticks(x.scale, (x.low, x.high), most, plot.width, width);
            let widest = marks
                .iter()
                .map(|tick| width(&tick.lines[0]))
                .fold(0.0, f64::max);
            let apart = plot.width / marks.len().max(1) as f64;
            if most == 2 || widest + 14.0 <= apart {
                return (marks, false);
            }
        }
    }
    let mut marks = ticks(x.scale, (x.low, x.high), 6, plot.width, width);
    if let Scale::Categories(names) = x.scale {
        let pitch = plot.width / names.len().max(1) as f64;
        let wrapped: Vec<Vec<String>> = names
            .iter()
            .map(|name| TEXT.wrap(name, (pitch - 8.0).max(8.0)))
            .collect();
        // Broken between words and after underscores, but not within them.
        let whole = names.iter().zip(&wrapped).all(|(name, lines)| {
            lines.len() <= 3
                && lines
                    .iter()
                    .take(lines.len().saturating_sub(1))
                    .all(|line| {
                        line.ends_with(['_', '-', '/']) || name.contains(&format!("{line} "))
                    })
        });
        if whole {
            for (tick, lines) in marks.iter_mut().zip(wrapped) {
                tick.lines = lines;
            }
            return (marks, false);
        }
        let longest = (0.55 * plot.height / TILT.to_radians().sin()).clamp(60.0, 190.0);
        for tick in &mut marks {
            tick.lines = vec![TEXT.shorten(&tick.lines.join(" "), longest)];
        }
        // Tilted lines stand apart by a line's height; fewer are written where there are too many.
        let every = (TEXT.size * 1.1 / TILT.to_radians().sin() / pitch)
            .ceil()
            .max(1.0) as usize;
        marks = marks.into_iter().step_by(every).collect();
        return (marks, true);
    }
    (marks, false)
}
