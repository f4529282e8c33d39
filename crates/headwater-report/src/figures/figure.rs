//! What a picture says, apart from how it is drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A picture as data: what it shows and says. [`svg`](crate::drawing::svg), [`png`](crate::drawing::png) and
/// [`plotly`](crate::drawing::plotly) draw it; none of them adds a number or a word of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// The name of its file without the ending, in snake case.
    pub id: String,
    /// What the picture shows to be so, as a sentence without a full stop.
    pub title: String,
    /// How to read it, what it rests on, and where the numbers come from.
    pub caption: String,
    /// The same for who cannot see it: what is drawn and what is to be seen.
    pub alt: String,
    /// Width in pixels at full size.
    pub width: f64,
    /// Height in pixels at full size, title and caption included.
    pub height: f64,
    /// What is drawn.
    pub content: Content,
}

/// What is drawn: panels with axes, or a graph of causes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Panels in rows of `columns`, from left to right and from top to bottom.
    Panels {
        /// How many stand beside each other.
        columns: usize,
        /// The panels.
        panels: Vec<Panel>,
    },
    /// Causes and effects as boxes and arrows.
    Graph(Graph),
}

/// A pair of axes and what is drawn between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Panel {
    /// What this panel shows; none where the figure's title says it.
    pub title: Option<String>,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Drawn in this order, later ones on top.
    pub marks: Vec<Mark>,
    /// Why there is nothing to draw; the panel then shows these words instead of marks.
    pub empty: Option<String>,
}

/// An axis with its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Axis {
    /// What is measured and in what unit: `Revenue, $ a week`; empty for categories that explain
    /// themselves.
    pub title: String,
    /// What positions along it mean.
    pub scale: Scale,
    /// Whether 0 must be in sight.
    pub from_zero: bool,
}

/// What positions along an axis mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Numbers, written so.
    Number(NumberFormat),
    /// Weeks: position `i` is the week that begins on `weeks[i]`, ISO 8601.
    Weeks(Vec<String>),
    /// Categories: position `i` is `names[i]`. On a vertical axis the first stands on top.
    Categories(Vec<String>),
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `1.2M`
    Amount,
    /// `$1.2M`
    Money,
    /// `0.84`
    Ratio,
    /// `35%`, of a share
    Percent,
    /// `12`
    Count,
}

/// One thing that is drawn. `x` and `y` of one mark are equally long; null leaves a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mark {
    /// Values in a row, joined.
    Line {
        /// What stands in the legend; no entry when empty.
        name: String,
        /// Positions.
        x: Vec<f64>,
        /// Values.
        y: Vec<Option<f64>>,
        /// Its colour.
        ink: Ink,
        /// Whether it is broken: what was forecast or assumed, not seen.
        dashed: bool,
    },
    /// The space between two lines: an interval.
    Band {
        /// What stands in the legend; no entry when empty.
        name: String,
        /// Positions.
        x: Vec<f64>,
        /// The lower end.
        lower: Vec<Option<f64>>,
        /// The upper end.
        upper: Vec<Option<f64>>,
        /// Its colour, drawn faintly.
        ink: Ink,
    },
    /// Bars from `base` (0 where absent) to `base + length`, at the categories or positions `at` of the
    /// other axis. Bars of different marks at the same place stand beside each other, unless
    /// they have the same `stack`: then they share the place.
    Bars {
        /// What stands in the legend; no entry when empty.
        name: String,
        /// Where they stand.
        at: Vec<f64>,
        /// Where they begin; empty for 0.
        base: Vec<f64>,
        /// How far they reach.
        length: Vec<Option<f64>>,
        /// The ends of their intervals on the scale of the axis (not of `length`); empty for none.
        whiskers: Vec<Option<(f64, f64)>>,
        /// What is written at their ends; empty for nothing.
        labels: Vec<String>,
        /// Their colour.
        ink: Ink,
        /// Whether they lie: `at` is on the vertical axis then.
        lying: bool,
        /// Bars of one stack share their place.
        stack: Option<String>,
        /// The share of the step between neighbours that they fill: 1 for a histogram.
        width: f64,
    },
    /// Points.
    Points {
        /// What stands in the legend; no entry when empty.
        name: String,
        /// Positions.
        x: Vec<f64>,
        /// Values.
        y: Vec<Option<f64>>,
        /// The ends of their intervals; empty for none.
        whiskers: Vec<Option<(f64, f64)>>,
        /// What is written beside them; empty for nothing.
        labels: Vec<String>,
        /// Their colour.
        ink: Ink,
        /// Their form, so that colour is not the only difference.
        shape: Shape,
        /// Whether intervals lie along the horizontal axis.
        lying: bool,
    },
    /// A table of cells, coloured by value; both axes are categories.
    Heat {
        /// One row a category of the vertical axis.
        values: Vec<Vec<Option<f64>>>,
        /// How the value is written in its cell.
        format: NumberFormat,
        /// The value of the deepest colours; colours are symmetric around 0.
        most: f64,
    },
    /// A line across the panel.
    Reference {
        /// What stands beside it.
        label: String,
        /// Where.
        at: f64,
        /// Whether `at` is on the horizontal axis: an upright line.
        upright: bool,
        /// Its colour.
        ink: Ink,
        /// Whether it is broken.
        dashed: bool,
    },
    /// A shaded range of the horizontal axis over the whole height: the weeks of a fold.
    Span {
        /// What stands at its top.
        label: String,
        /// Its beginning.
        from: f64,
        /// Its end.
        to: f64,
        /// Its colour, drawn faintly.
        ink: Ink,
    },
}

/// A colour by what it means; the theme knows the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ink {
    /// What was observed.
    Actual,
    /// What a model says.
    Model,
    /// Through the mediator.
    Through,
    /// Around the mediator, directly.
    Direct,
    /// A gain, or a check that was passed.
    Good,
    /// A loss, or a check that failed.
    Bad,
    /// A doubt.
    Doubt,
    /// What is there for comparison.
    Quiet,
    /// The nth of several of a kind: channels, estimators.
    Nth(usize),
}

/// The form of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle.
    Triangle,
    /// A ring.
    Ring,
}

/// Causes and effects, in columns from left (causes) to right (the outcome).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Graph {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// The name of its column of the data.
    pub id: String,
    /// What is written in it, a line each.
    pub lines: Vec<String>,
    /// How far right it stands: 0 exposures, 1 the mediator, 2 the outcome; levers and controls 1, below.
    pub column: usize,
    /// Its colour.
    pub ink: Ink,
    /// Whether it stands below the others of its column, quietly.
    pub aside: bool,
}

/// An arrow with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Edge {
    /// The cause.
    pub from: String,
    /// The effect.
    pub to: String,
    /// What is written beside it: the estimate with its interval and unit; empty for nothing.
    pub label: String,
    /// Its thickness as a share of the thickest, in 0 to 1.
    pub weight: f64,
    /// Its colour.
    pub ink: Ink,
    /// Whether it is broken: assumed absent, or not supported.
    pub dashed: bool,
}
