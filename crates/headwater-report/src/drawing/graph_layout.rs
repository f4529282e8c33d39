//! Where the boxes and arrows of a graph stand.

use super::rect::Rect;
use super::typeface::Face;
use crate::figures::{Edge, Graph, Node};

pub(super) const HEAD: Face = Face::bold(13.0);
pub(super) const LINE: Face = Face::regular(12.0);
pub(super) const LABEL: Face = Face::regular(12.0);

const PAD: f64 = 10.0;
const WIDEST_BOX: f64 = 210.0;
const WIDEST_LABEL: f64 = 170.0;
/// The narrowest space that words of an arrow are broken to.
const NARROWEST_LABEL: f64 = 70.0;
/// How many arrows with words may fan into one box before the words move to where the arrows begin: between
/// two curves nobody could say whose they are.
const FEW: usize = 1;
/// How far what stands aside is below the rest, in pixels.
const ASIDE_BELOW: f64 = 52.0;
/// Space between boxes of a column, and the least between columns, in pixels.
const APART: f64 = 16.0;
const COLUMNS_APART: f64 = 90.0;

type Point = (f64, f64);

/// A node in its place.
#[derive(Debug, Clone)]
pub(super) struct Placed<'a> {
    pub node: &'a Node,
    pub rect: Rect,
    /// Its words, broken to its width: whether they are its head, and the line.
    pub lines: Vec<(bool, String)>,
}

/// An arrow in its place: a cubic curve, and where its words stand.
#[derive(Debug, Clone)]
pub(super) struct Arrow<'a> {
    pub edge: &'a Edge,
    pub curve: [Point; 4],
    /// Where it begins, straight ahead of the curve.
    pub start: Point,
    /// Its thickness in pixels.
    pub width: f64,
    pub label: Vec<String>,
    /// The space of its words; none without words.
    pub label_at: Option<Rect>,
}

impl Arrow<'_> {
    /// A point of the curve, `share` of the way along its parameter.
    pub fn at(&self, share: f64) -> Point {
        let (t, s) = (share, 1.0 - share);
        let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
        let sum = |pick: fn(&Point) -> f64| {
            weights
                .iter()
                .zip(&self.curve)
                .map(|(weight, point)| weight * pick(point))
                .sum()
        };
        (sum(|point| point.0), sum(|point| point.1))
    }

    /// The three corners of its head: the point, and either side.
    pub fn head(&self) -> [Point; 3] {
        let (tip, before) = (self.curve[3], self.curve[2]);
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
        let length = dx.hypot(dy).max(1e-9);
        let (dx, dy) = (dx / length, dy / length);
        let (long, half) = (7.0 + 1.3 * self.width, 3.5 + 0.75 * self.width);
        let foot = (tip.0 - long * dx, tip.1 - long * dy);
        [
            tip,
            (foot.0 - half * dy, foot.1 + half * dx),
            (foot.0 + half * dy, foot.1 - half * dx),
        ]
    }

    /// The curve up to the foot of its head.
    pub fn shaft(&self) -> [Point; 4] {
        let [_, one, other] = self.head();
        let foot = ((one.0 + other.0) / 2.0, (one.1 + other.1) / 2.0);
        [self.curve[0], self.curve[1], self.curve[2], foot]
    }
}

/// A graph in its place.
#[derive(Debug, Clone)]
pub(super) struct GraphLayout<'a> {
    pub nodes: Vec<Placed<'a>>,
    pub arrows: Vec<Arrow<'a>>,
    /// Where the lowest box ends.
    pub bottom: f64,
}

impl<'a> GraphLayout<'a> {
    /// Places `graph` from the corner `(x, y)` into `width` and about `height` pixels.
    pub fn of(graph: &'a Graph, (x, y): Point, width: f64, height: f64) -> Self {
        let columns = graph
            .nodes
            .iter()
            .map(|node| node.column + 1)
            .max()
            .unwrap_or(1);
        let most = ((width - COLUMNS_APART * (columns - 1) as f64) / columns as f64)
            .clamp(70.0, WIDEST_BOX);
        let mut nodes: Vec<Placed> = graph.nodes.iter().map(|node| place(node, most)).collect();
        let around = lanes(graph);
        place_columns(&mut nodes, columns, (x, y), width, height, around);
        let bottom = nodes
            .iter()
            .map(|node| node.rect.bottom())
            .fold(y, f64::max);
        let mut arrows = arrows(graph, &nodes);
        place_labels(
            &mut arrows,
            &nodes,
            Rect {
                x,
                y,
                width,
                height: bottom - y,
            },
        );
        Self {
            nodes,
            arrows,
            bottom,
        }
    }
}

/// Whether an arrow passes over a column between its ends: above it, and below it.
fn lanes(graph: &Graph) -> (bool, bool) {
    let mut lanes = (false, false);
    for edge in &graph.edges {
        match passes(graph, edge) {
            Some(true) => lanes.0 = true,
            Some(false) => lanes.1 = true,
            None => {}
        }
    }
    lanes
}

/// Whether an arrow that skips a column goes above it (the upper half of its column does).
fn passes(graph: &Graph, edge: &Edge) -> Option<bool> {
    let find = |id: &str| graph.nodes.iter().find(|node| node.id == id);
    let (from, to) = (find(&edge.from)?, find(&edge.to)?);
    if from.aside || to.column < from.column + 2 {
        return None;
    }
    let column: Vec<&Node> = graph
        .nodes
        .iter()
        .filter(|node| node.column == from.column && !node.aside)
        .collect();
    let nth = column.iter().position(|node| node.id == from.id)?;
    Some(2 * nth < column.len())
}

fn place(node: &Node, most: f64) -> Placed<'_> {
    let room = most - 2.0 * PAD;
    let lines: Vec<(bool, String)> = node
        .lines
        .iter()
        .enumerate()
        .flat_map(|(i, line)| {
            let head = i == 0;
            let face = if head { HEAD } else { LINE };
            face.wrap(line, room)
                .into_iter()
                .map(move |line| (head, line))
        })
        .collect();
    let widest = lines
        .iter()
        .map(|(head, line)| if *head { HEAD } else { LINE }.width(line))
        .fold(36.0, f64::max);
    let height = lines
        .iter()
        .map(|(head, _)| if *head { HEAD } else { LINE }.leading())
        .sum::<f64>();
    Placed {
        node,
        rect: Rect {
            x: 0.0,
            y: 0.0,
            width: (widest + 2.0 * PAD).ceil(),
            height: height.max(HEAD.leading()) + 12.0,
        },
        lines,
    }
}

fn place_columns(
    nodes: &mut [Placed],
    columns: usize,
    (x, y): Point,
    width: f64,
    height: f64,
    (above, below): (bool, bool),
) {
    let of = |nodes: &[Placed], column: usize| -> Vec<usize> {
        let is = |i: &usize| nodes[*i].node.column == column && !nodes[*i].node.aside;
        (0..nodes.len()).filter(is).collect()
    };
    // Boxes of a column are equally wide, and columns stand equally far apart.
    let mut widths = Vec::new();
    for column in 0..columns {
        let members = of(nodes, column);
        let widest = members
            .iter()
            .map(|i| nodes[*i].rect.width)
            .fold(0.0, f64::max);
        for i in members {
            nodes[i].rect.width = widest;
        }
        widths.push(widest);
    }
    let free = (width - widths.iter().sum::<f64>()).max(0.0);
    let gap = free / columns.saturating_sub(1).max(1) as f64;
    let mut left = if columns == 1 { x + free / 2.0 } else { x };
    for (column, wide) in widths.iter().enumerate() {
        for placed in nodes
            .iter_mut()
            .filter(|placed| placed.node.column == column)
        {
            placed.rect.x = left;
        }
        left += wide + gap;
    }
    let stack = |nodes: &[Placed], column: &[usize], apart: f64| {
        column
            .iter()
            .map(|i| nodes[*i].rect.height + apart)
            .sum::<f64>()
            - apart
    };
    let aside = place_aside(nodes, x, width);
    let under = if aside > 0.0 {
        aside + ASIDE_BELOW
    } else {
        0.0
    };
    let lane = |taken: bool| if taken { 46.0 } else { 0.0 };
    let tallest = (0..columns)
        .map(|column| {
            let main = of(nodes, column);
            let lanes = if column > 0 {
                2.0 * lane(above || below)
            } else {
                0.0
            };
            stack(nodes, &main, APART) + lanes
        })
        .fold(0.0, f64::max);
    let main = tallest.max(height - under);
    for column in 0..columns {
        let members = of(nodes, column);
        let heights: f64 = members.iter().map(|i| nodes[*i].rect.height).sum();
        let gaps = (main - heights) / members.len().max(1) as f64;
        let gaps = gaps.clamp(APART * 0.5, 64.0);
        let total = heights + gaps * (members.len().max(1) - 1) as f64;
        let mut top = y + (main - total).max(0.0) / 2.0;
        for i in members {
            nodes[i].rect.y = top;
            top += nodes[i].rect.height + gaps;
        }
    }
    for placed in nodes.iter_mut().filter(|placed| placed.node.aside) {
        placed.rect.y += y + main + ASIDE_BELOW;
    }
}

/// Puts what stands aside into rows around the middle of its columns, from height 0; returns how
/// high the rows are.
fn place_aside(nodes: &mut [Placed], x: f64, width: f64) -> f64 {
    let aside: Vec<usize> = (0..nodes.len()).filter(|i| nodes[*i].node.aside).collect();
    if aside.is_empty() {
        return 0.0;
    }
    let centre = aside
        .iter()
        .map(|i| nodes[*i].rect.x + nodes[*i].rect.width / 2.0)
        .sum::<f64>()
        / aside.len() as f64;
    let mut rows: Vec<Vec<usize>> = vec![vec![]];
    let mut filled = 0.0;
    for i in aside {
        let wide = nodes[i].rect.width + APART;
        if filled + wide > width + APART && filled > 0.0 {
            rows.push(vec![]);
            filled = 0.0;
        }
        filled += wide;
        rows.last_mut().expect("begins with one").push(i);
    }
    let mut top = 0.0;
    for row in rows {
        let wide = row
            .iter()
            .map(|i| nodes[*i].rect.width + APART)
            .sum::<f64>()
            - APART;
        let high = row
            .iter()
            .map(|i| nodes[*i].rect.height)
            .fold(0.0, f64::max);
        let mut left = (centre - wide / 2.0).min(x + width - wide).max(x);
        for i in row {
            nodes[i].rect.x = left;
            nodes[i].rect.y = top;
            left += nodes[i].rect.width + APART;
        }
        top += high + APART;
    }
    top - APART
}

fn arrows<'a>(graph: &'a Graph, nodes: &[Placed]) -> Vec<Arrow<'a>> {
    let find = |id: &str| nodes.iter().find(|placed| placed.node.id == id);
    let ends: Vec<(&Edge, &Placed, &Placed)> = graph
        .edges
        .iter()
        .filter_map(|edge| Some((edge, find(&edge.from)?, find(&edge.to)?)))
        .collect();
    // Arrows arrive on the left side of a box in the order in which they come from above, spread over it.
    let arrives_left =
        |from: &Placed, to: &Placed| from.node.column < to.node.column && !from.node.aside;
    let middle = |rect: Rect| rect.y + rect.height / 2.0;
    let highest_of = |edge: &Edge, from: &Placed| match passes(graph, edge) {
        Some(true) => middle(from.rect) - 1e4,
        Some(false) => middle(from.rect) + 1e4,
        None => middle(from.rect),
    };
    // Where many arrows fan in, their words stand at their boxes, on a straight beginning.
    let crowded = |from: &Placed, to: &Placed| {
        let alike = ends.iter().filter(|(edge, f, t)| {
            t.node.id == to.node.id
                && f.node.column == from.node.column
                && !edge.label.is_empty()
                && passes(graph, edge).is_none()
        });
        alike.count() > FEW
    };
    let longest = graph
        .edges
        .iter()
        .flat_map(|edge| LABEL.wrap(&edge.label, WIDEST_LABEL))
        .map(|line| LABEL.width(&line))
        .fold(0.0, f64::max);
    let port = |edge: &Edge, from: &Placed, to: &Placed| {
        let mut others: Vec<f64> = ends
            .iter()
            .filter(|(_, f, t)| t.node.id == to.node.id && arrives_left(f, t))
            .map(|(edge, f, _)| highest_of(edge, f))
            .collect();
        others.sort_by(f64::total_cmp);
        let own = highest_of(edge, from);
        let nth = others.iter().position(|other| *other == own).unwrap_or(0);
        let room = (to.rect.height - 12.0).max(0.0);
        let apart = (room / others.len().max(1) as f64).min(14.0);
        middle(to.rect) + apart * (nth as f64 - (others.len().max(1) - 1) as f64 / 2.0)
    };
    ends.iter()
        .map(|(edge, from, to)| {
            let (a, b) = (from.rect, to.rect);
            // Between two columns words stand free of both; at the beginning of an arrow, beside what of it
            // is straight.
            let gap = b.x - a.right();
            let between = match crowded(from, to) {
                true => 0.6 * gap - 12.0,
                false => gap - 14.0,
            };
            let between = between.clamp(NARROWEST_LABEL, WIDEST_LABEL);
            let widest = match arrives_left(from, to) && passes(graph, edge).is_none() {
                true => between,
                false => WIDEST_LABEL,
            };
            let label = LABEL.wrap(&edge.label, widest);
            let mut label_at = None;
            let mut begin = None;
            let curve = if arrives_left(from, to) {
                let mut start = (a.right(), middle(a));
                if crowded(from, to) && passes(graph, edge).is_none() && !label.is_empty() {
                    begin = Some(start);
                    let height = label.len() as f64 * LABEL.leading() + 2.0;
                    let width = label
                        .iter()
                        .map(|line| LABEL.width(line))
                        .fold(0.0, f64::max)
                        + 6.0;
                    // An arrow that passes above its column leaves the same box upwards.
                    let over = ends.iter().any(|(other, f, _)| {
                        f.node.id == from.node.id && passes(graph, other) == Some(true)
                    });
                    let rises = port(edge, from, to) < start.1 - 1.0;
                    let under = ends.iter().any(|(other, f, _)| {
                        f.node.id == from.node.id && passes(graph, other) == Some(false)
                    });
                    let y = if over || (rises && !under) {
                        start.1 + 5.0
                    } else {
                        start.1 - height - 3.0
                    };
                    label_at = Some(Rect {
                        x: start.0 + 6.0,
                        y,
                        width,
                        height,
                    });
                    start.0 += (longest + 12.0).min(0.6 * (b.x - start.0));
                }
                let end = (b.x - 2.0, port(edge, from, to));
                let reach = 0.45 * (end.0 - start.0);
                match passes(graph, edge) {
                    Some(above) => {
                        let between: Vec<Rect> = nodes
                            .iter()
                            .filter(|other| {
                                !other.node.aside
                                    && other.node.column > from.node.column
                                    && other.node.column < to.node.column
                            })
                            .map(|other| other.rect)
                            .collect();
                        // The curve reaches three quarters of the way to its inner points.
                        let line = if above {
                            between
                                .iter()
                                .map(|rect| rect.y)
                                .fold(start.1.min(end.1), f64::min)
                                - 30.0
                        } else {
                            between
                                .iter()
                                .map(|rect| rect.bottom())
                                .fold(start.1.max(end.1), f64::max)
                                + 30.0
                        };
                        let pulled = line + (line - 0.5 * (start.1 + end.1)) / 3.0;
                        [
                            start,
                            (start.0 + reach, pulled),
                            (end.0 - reach, pulled),
                            end,
                        ]
                    }
                    None => [
                        start,
                        (start.0 + reach, start.1),
                        (end.0 - reach, end.1),
                        end,
                    ],
                }
            } else {
                // From the top of the lower box to the bottom of the upper one, where they arrive in the
                // order in which they come from the left.
                let up = a.y > b.y;
                let (start, end) = if up {
                    (a.y, b.bottom() + 2.0)
                } else {
                    (a.bottom(), b.y - 2.0)
                };
                let mut others: Vec<f64> = ends
                    .iter()
                    .filter(|(_, f, t)| t.node.id == to.node.id && !arrives_left(f, t))
                    .map(|(_, f, _)| f.rect.x)
                    .collect();
                others.sort_by(f64::total_cmp);
                let nth = others.iter().position(|other| *other == a.x).unwrap_or(0) as f64;
                let apart = ((b.width - 24.0) / others.len().max(1) as f64).min(26.0);
                let target =
                    b.x + b.width / 2.0 + apart * (nth - (others.len() as f64 - 1.0) / 2.0);
                // Arrows of one box leave it beside each other.
                let leaving: Vec<&Edge> = ends
                    .iter()
                    .filter(|(_, f, t)| f.node.id == from.node.id && !arrives_left(f, t))
                    .map(|(edge, ..)| *edge)
                    .collect();
                let own = leaving
                    .iter()
                    .position(|other| std::ptr::eq(*other, *edge))
                    .unwrap_or(0) as f64;
                let source =
                    a.x + a.width / 2.0 + 14.0 * (own - (leaving.len() as f64 - 1.0) / 2.0);
                let reach = 0.5 * (end - start);
                [
                    (source, start),
                    (source, start + reach),
                    (target, end - reach),
                    (target, end),
                ]
            };
            let weight = if edge.weight.is_finite() {
                edge.weight.clamp(0.0, 1.0)
            } else {
                0.0
            };
            Arrow {
                edge,
                curve,
                start: begin.unwrap_or(curve[0]),
                width: 1.2 + 5.8 * weight,
                label,
                label_at,
            }
        })
        .collect()
}

/// Puts the words of each arrow on its curve, where they meet no box and no other words.
fn place_labels(arrows: &mut [Arrow], nodes: &[Placed], room: Rect) {
    let boxes: Vec<Rect> = nodes.iter().map(|placed| placed.rect).collect();
    let curves: Vec<Vec<Point>> = arrows
        .iter()
        .map(|arrow| {
            // Closer than a letter is wide.
            (0..=80).map(|i| arrow.at(f64::from(i) / 80.0)).collect()
        })
        .collect();
    let widths: Vec<f64> = arrows.iter().map(|arrow| arrow.width).collect();
    let mut taken: Vec<Rect> = arrows.iter().filter_map(|arrow| arrow.label_at).collect();
    for arrow in arrows.iter_mut() {
        if arrow.label.is_empty() || arrow.label_at.is_some() {
            continue;
        }
        let width = arrow
            .label
            .iter()
            .map(|line| LABEL.width(line))
            .fold(0.0, f64::max)
            + 6.0;
        let height = arrow.label.len() as f64 * LABEL.leading() + 2.0;
        let overlap = |a: Rect, b: Rect| {
            let wide = (a.right().min(b.right()) - a.x.max(b.x)).max(0.0);
            wide * (a.bottom().min(b.bottom()) - a.y.max(b.y)).max(0.0)
        };
        let cost = |space: Rect, share: f64| {
            let hidden: f64 = boxes
                .iter()
                .chain(&taken)
                .map(|other| overlap(space, *other))
                .sum();
            let outside = width * height - overlap(space, room);
            let crossed: usize = curves
                .iter()
                .zip(&widths)
                .map(|(curve, wide)| {
                    let half = wide / 2.0 + 1.0;
                    let within = |(px, py): &&Point| {
                        *px > space.x - half
                            && *px < space.right() + half
                            && *py > space.y - half
                            && *py < space.bottom() + half
                    };
                    curve.iter().filter(within).count()
                })
                .sum();
            100.0 * (hidden + outside) + 30.0 * crossed as f64 + 40.0 * (share - 0.42).abs()
        };
        let spaces = (4..=36).flat_map(|step| {
            let share = f64::from(step) / 40.0;
            let (x, y) = arrow.at(share);
            [
                -0.7, 0.7, -0.9, 0.9, -1.2, 1.2, -1.6, 1.6, -2.2, 2.2, -3.0, 3.0,
            ]
            .map(move |aside| {
                let space = Rect {
                    x: x - width / 2.0,
                    y: y - height / 2.0 + aside * height,
                    width,
                    height,
                };
                (space, share, aside)
            })
        });
        let best = spaces
            .map(|(space, share, aside)| (space, cost(space, share) + 4.0 * f64::abs(aside)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((space, _)) = best {
            taken.push(space);
            arrow.label_at = Some(space);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Ink;

    /// Exposures that fan into a mediator, one of them also around it.
    fn fan(exposures: usize) -> Graph {
        let node = |id: String, column| Node {
            lines: vec![id.clone(), "225k spent".into()],
            id,
            column,
            ink: Ink::Quiet,
            aside: false,
        };
        let edge = |from: &str, to: &str, label: &str, weight| Edge {
            from: from.into(),
            to: to.into(),
            label: label.into(),
            weight,
            ink: Ink::Through,
            dashed: false,
        };
        let names: Vec<String> = (0..exposures)
            .map(|i| format!("channel_{i}_spend"))
            .collect();
        let mut nodes: Vec<Node> = names.iter().map(|name| node(name.clone(), 0)).collect();
        nodes.extend([node("google_spend".into(), 1), node("revenue".into(), 2)]);
        let mut edges: Vec<Edge> = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                edge(
                    name,
                    "google_spend",
                    "-0.41 (-0.95 to 0.16)",
                    1.0 / (i + 1) as f64,
                )
            })
            .collect();
        edges.push(edge(
            "google_spend",
            "revenue",
            "2.77 (1.76 to 3.79) a unit",
            1.0,
        ));
        edges.push(edge(
            &names[exposures - 1],
            "revenue",
            "found, not drawn",
            0.2,
        ));
        Graph { nodes, edges }
    }

    #[test]
    fn words_of_arrows_lie_on_no_arrow_and_on_no_box() {
        for (exposures, width) in [(1, 668.0), (2, 668.0), (4, 668.0), (4, 1060.0), (9, 1060.0)] {
            let graph = fan(exposures);
            let layout = GraphLayout::of(&graph, (20.0, 60.0), width, 320.0);
            for arrow in &layout.arrows {
                let space = arrow.label_at.expect("every arrow has words");
                for placed in &layout.nodes {
                    assert!(
                        !space.meets(placed.rect),
                        "{exposures} on {width}: {:?}",
                        arrow.label
                    );
                }
                for other in &layout.arrows {
                    let lies = (0..=100)
                        .map(|i| other.at(f64::from(i) / 100.0))
                        .any(|(x, y)| {
                            let half = other.width / 2.0;
                            x > space.x
                                && x < space.right()
                                && y + half > space.y
                                && y - half < space.bottom()
                        });
                    let (from, to) = (&other.edge.from, &other.edge.to);
                    assert!(
                        !lies,
                        "{exposures} on {width}: {:?} on {from} to {to}",
                        arrow.label
                    );
                }
            }
        }
    }
}
