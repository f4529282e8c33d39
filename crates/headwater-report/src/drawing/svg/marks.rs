//! What is drawn between the axes, and what is written there.

use super::super::bars::{Bar, bars};
use super::super::domain::Direction;
use super::super::theme::readable_on;
use super::super::typeface::Face;
use super::axes::{Axes, Position};
use super::canvas::{Anchor, Canvas, Rect, Stroke, number, text_box};
use crate::figures::{Ink, Mark, Panel, Shape};

/// What is written at marks.
const LABEL: Face = Face::regular(12.0);
/// Radius of a point and of a point among many, in pixels.
const POINT: f64 = 5.0;
const SMALL_POINT: f64 = 3.0;
/// Rows of labels above a plot.
const MOST_ROWS: usize = 3;

/// Widens an axis until what is written at the ends of its bars and points fits into `pixels`.
pub(super) fn room_for_labels(
    panel: &Panel,
    direction: Direction,
    position: &mut Position,
    pixels: f64,
) {
    if !matches!(position.scale, crate::figures::Scale::Number(_)) {
        return;
    }
    let across = direction == Direction::Across;
    // A value, the pixels beyond it, and whether they are above or below.
    let mut needs: Vec<(f64, f64, bool)> = Vec::new();
    for bar in bars(panel) {
        let Mark::Bars { labels, lying, .. } = &panel.marks[bar.mark] else {
            continue;
        };
        let label = labels.get(bar.index).map_or("", String::as_str);
        if *lying == across && !label.is_empty() && !bar.covered {
            let beyond = if across {
                LABEL.width(label) + 8.0
            } else {
                LABEL.leading() + 2.0
            };
            needs.push((end_of(panel, &bar), beyond, bar.to >= bar.from));
        }
    }
    for mark in &panel.marks {
        let Mark::Points {
            x,
            y,
            whiskers,
            labels,
            lying,
            ..
        } = mark
        else {
            continue;
        };
        for (i, label) in labels
            .iter()
            .enumerate()
            .filter(|(_, label)| !label.is_empty())
        {
            if across && y.get(i).copied().flatten().is_some() {
                let upper = whiskers.get(i).copied().flatten().filter(|_| *lying);
                let value = upper.map_or(x[i], |(_, upper)| upper.max(x[i]));
                needs.push((value, LABEL.width(label) + 12.0, true));
            }
        }
    }
    for _ in 0..2 {
        for (value, beyond, above) in &needs {
            let room = pixels - beyond.min(0.45 * pixels);
            if !value.is_finite() {
                continue;
            }
            if *above {
                position.high = position
                    .high
                    .max(position.low + (value - position.low) * pixels / room);
            } else {
                position.low = position
                    .low
                    .min(position.high - (position.high - value) * pixels / room);
            }
        }
    }
}

/// Where the words of a bar begin: its end, or the end of its interval.
fn end_of(panel: &Panel, bar: &Bar) -> f64 {
    let Mark::Bars { whiskers, .. } = &panel.marks[bar.mark] else {
        return bar.to;
    };
    match whiskers.get(bar.index).copied().flatten() {
        Some((_, upper)) if bar.to >= bar.from && upper.is_finite() => bar.to.max(upper),
        Some((lower, _)) if bar.to < bar.from && lower.is_finite() => bar.to.min(lower),
        _ => bar.to,
    }
}

/// A label above the plot: its row, its middle in pixels, its words and colour.
struct Heading<'a> {
    row: usize,
    middle: f64,
    label: &'a str,
    ink: Ink,
}

/// The labels of spans and upright lines, in rows so that they do not meet.
fn headings<'a>(panel: &'a Panel, x: &Position) -> Vec<Heading<'a>> {
    let mut taken: Vec<Vec<(f64, f64)>> = vec![Vec::new(); MOST_ROWS];
    let (left, right) = x.ends();
    panel
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Span {
                label,
                from,
                to,
                ink,
            } => Some((label, (from + to) / 2.0, *ink)),
            Mark::Reference {
                label,
                at,
                upright: true,
                ink,
                ..
            } => Some((label, *at, *ink)),
            _ => None,
        })
        .filter(|(label, ..)| !label.is_empty())
        .filter_map(|(label, at, ink)| {
            let half = LABEL.width(label) / 2.0;
            let middle = x.of(at)?.clamp(
                (left + half).min(right - half),
                (right - half).max(left + half),
            );
            let (from, to) = (middle - half - 4.0, middle + half + 4.0);
            let row = taken
                .iter()
                .position(|row| row.iter().all(|(f, t)| to <= *f || from >= *t))?;
            taken[row].push((from, to));
            Some(Heading {
                row,
                middle,
                label,
                ink,
            })
        })
        .collect()
}

/// How high the labels above the plot stand, in pixels.
pub(super) fn strip_height(panel: &Panel, x: &Position) -> f64 {
    let rows = headings(panel, x)
        .iter()
        .map(|heading| heading.row + 1)
        .max();
    rows.map_or(0.0, |rows| rows as f64 * LABEL.leading() + 4.0)
}

/// Draws everything a panel holds.
pub(super) fn draw(canvas: &mut Canvas, panel: &Panel, axes: &Axes) {
    let bars = bars(panel);
    for mark in &panel.marks {
        if let Mark::Span { from, to, ink, .. } = mark {
            draw_span(canvas, axes, (*from, *to), *ink);
        }
    }
    for (i, mark) in panel.marks.iter().enumerate() {
        let colour = |ink: &Ink| canvas.theme.ink(*ink);
        match mark {
            Mark::Span { .. } => {}
            Mark::Line {
                name,
                x,
                y,
                ink,
                dashed,
            } => {
                let stroke = Stroke {
                    colour: colour(ink),
                    width: 2.0,
                    dashed: *dashed,
                };
                draw_line(canvas, axes, (x, y), stroke, name);
            }
            Mark::Band {
                x,
                lower,
                upper,
                ink,
                name,
            } => {
                let ink = colour(ink);
                draw_band(canvas, axes, (x, lower, upper), ink, name);
            }
            Mark::Bars { .. } => {
                for bar in bars.iter().filter(|bar| bar.mark == i) {
                    draw_bar(canvas, panel, axes, bar);
                }
            }
            Mark::Points { .. } => draw_points(canvas, axes, mark),
            Mark::Heat {
                values,
                format,
                most,
            } => draw_heat(canvas, axes, values, |value| format.write(value), *most),
            Mark::Reference {
                at,
                upright,
                ink,
                dashed,
                ..
            } => {
                let plot = axes.plot;
                let stroke = Stroke {
                    colour: colour(ink),
                    width: 1.4,
                    dashed: *dashed,
                };
                match (upright, axes.x.of(*at), axes.y.of(*at)) {
                    (true, Some(x), _) => canvas.line((x, plot.y), (x, plot.bottom()), stroke),
                    (false, _, Some(y)) => canvas.line((plot.x, y), (plot.right(), y), stroke),
                    _ => {}
                }
            }
        }
    }
    write_labels(canvas, panel, axes, &bars);
}

fn draw_span(canvas: &mut Canvas, axes: &Axes, (from, to): (f64, f64), ink: Ink) {
    if let (Some(from), Some(to)) = (axes.x.of(from), axes.x.of(to)) {
        let (left, right) = axes.x.ends();
        let (from, to) = (from.min(to).max(left), from.max(to).min(right));
        let area = Rect {
            x: from,
            width: to - from,
            ..axes.plot
        };
        let colour = canvas.theme.ink(ink);
        canvas.rect(area, colour, 0.09, 0.0, "");
        canvas.line(
            (from, area.y),
            (from, area.bottom()),
            Stroke::solid(canvas.theme.grid(), 1.0),
        );
    }
}

/// Runs of positions without a gap.
fn runs<T>(positions: impl Iterator<Item = Option<T>>) -> Vec<Vec<T>> {
    let mut runs = vec![Vec::new()];
    for position in positions {
        match position {
            Some(position) => runs.last_mut().expect("begins with one").push(position),
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn draw_line(
    canvas: &mut Canvas,
    axes: &Axes,
    (x, y): (&[f64], &[Option<f64>]),
    stroke: Stroke,
    name: &str,
) {
    let positions = x
        .iter()
        .zip(y)
        .map(|(x, y)| Some((axes.x.of(*x)?, axes.y.of((*y)?)?)));
    let runs = runs(positions);
    let mut path = String::new();
    for run in &runs {
        if let [(x, y)] = run[..] {
            canvas.point((x, y), Shape::Circle, SMALL_POINT, stroke.colour, name);
            continue;
        }
        for (i, (x, y)) in run.iter().enumerate() {
            path += if i == 0 { "M" } else { "L" };
            path += &format!("{} {}", number(*x), number(*y));
        }
    }
    if !path.is_empty() {
        // Many weeks in few pixels need a thinner line.
        let crowded = x.len() as f64 > axes.plot.width / 2.5;
        let width = if crowded { 1.4 } else { stroke.width };
        canvas.stroke(&path, Stroke { width, ..stroke }, name);
    }
}

fn draw_band(
    canvas: &mut Canvas,
    axes: &Axes,
    (x, lower, upper): (&[f64], &[Option<f64>], &[Option<f64>]),
    ink: &str,
    name: &str,
) {
    let positions = x
        .iter()
        .zip(lower.iter().zip(upper))
        .map(|(x, (lower, upper))| {
            Some((axes.x.of(*x)?, axes.y.of((*lower)?)?, axes.y.of((*upper)?)?))
        });
    for mut run in runs(positions) {
        if let [(x, lower, upper)] = run[..] {
            run = vec![(x - 3.0, lower, upper), (x + 3.0, lower, upper)];
        }
        let there = run.iter().map(|(x, _, upper)| (x, upper));
        let back = run.iter().rev().map(|(x, lower, _)| (x, lower));
        let corners: Vec<String> = there
            .chain(back)
            .map(|(x, y)| format!("{} {}", number(*x), number(*y)))
            .collect();
        canvas.fill(&format!("M{}Z", corners.join("L")), ink, 0.2, name);
    }
}

/// `name: value (lower to upper)`, as much of it as there is.
fn tip(parts: &[&str], value: &str, interval: Option<(String, String)>) -> String {
    let said: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let interval = interval.map_or(String::new(), |(lower, upper)| {
        format!(" ({lower} to {upper})")
    });
    match said.is_empty() {
        true => format!("{value}{interval}"),
        false => format!("{}: {value}{interval}", said.join(", ")),
    }
}

fn draw_bar(canvas: &mut Canvas, panel: &Panel, axes: &Axes, bar: &Bar) {
    let Mark::Bars {
        name,
        at,
        whiskers,
        ink,
        lying,
        width,
        ..
    } = &panel.marks[bar.mark]
    else {
        return;
    };
    let Some(area) = bar_area(axes, bar, *lying) else {
        return;
    };
    let theme = canvas.theme;
    let (along, places) = if *lying {
        (&axes.x, &axes.y)
    } else {
        (&axes.y, &axes.x)
    };
    let whisker = whiskers.get(bar.index).copied().flatten();
    let place = places.words(at[bar.index]);
    let words = tip(
        &[&place, name],
        &along.words(bar.to - bar.from),
        whisker.map(|(lower, upper)| (along.words(lower), along.words(upper))),
    );
    // Bars of a histogram touch: a hair of background keeps them apart.
    let area = if *width >= 0.98 && area.width.min(area.height) > 4.0 {
        Rect {
            x: area.x + if *lying { 0.0 } else { 0.5 },
            y: area.y + if *lying { 0.5 } else { 0.0 },
            width: area.width - if *lying { 0.0 } else { 1.0 },
            height: area.height - if *lying { 1.0 } else { 0.0 },
        }
    } else {
        area
    };
    canvas.rect(area, theme.ink(*ink), 1.0, 0.0, &words);
    if let Some((lower, upper)) = whisker {
        let middle = match lying {
            true => area.y + area.height / 2.0,
            false => area.x + area.width / 2.0,
        };
        draw_whisker(canvas, axes, (lower, upper), middle, *lying, theme.text());
    }
}

fn bar_area(axes: &Axes, bar: &Bar, lying: bool) -> Option<Rect> {
    let (along, places) = if lying {
        (&axes.x, &axes.y)
    } else {
        (&axes.y, &axes.x)
    };
    let (from, to) = (along.of(bar.from)?, along.of(bar.to)?);
    let (first, last) = (places.of(bar.sides.0)?, places.of(bar.sides.1)?);
    let (side, thickness) = (first.min(last), (last - first).abs().max(1.0));
    // A bar of nothing is a hair, so that it is not taken for one that is missing.
    let (start, length) = (
        from.min(to),
        (to - from).abs().max(if bar.alone { 0.8 } else { 0.0 }),
    );
    Some(match lying {
        true => Rect {
            x: start,
            y: side,
            width: length,
            height: thickness,
        },
        false => Rect {
            x: side,
            y: start,
            width: thickness,
            height: length,
        },
    })
}

fn draw_whisker(
    canvas: &mut Canvas,
    axes: &Axes,
    (lower, upper): (f64, f64),
    middle: f64,
    lying: bool,
    colour: &str,
) {
    let along = if lying { &axes.x } else { &axes.y };
    let (Some(from), Some(to)) = (along.of(lower), along.of(upper)) else {
        return;
    };
    let cap = 3.5;
    let at = |along: f64, beside: f64| match lying {
        true => (along, middle + beside),
        false => (middle + beside, along),
    };
    // On a halo, so that they are seen on a bar of nearly their colour.
    let halo = Stroke::solid(canvas.theme.background(), 3.0);
    for (stroke, longer) in [(halo, 0.7), (Stroke::solid(colour, 1.5), 0.0)] {
        canvas.line(at(from, 0.0), at(to, 0.0), stroke);
        for end in [from, to] {
            canvas.line(at(end, -cap - longer), at(end, cap + longer), stroke);
        }
    }
}

/// The radius of one of `count` points.
fn radius(count: usize) -> f64 {
    if count > 60 { SMALL_POINT } else { POINT }
}

fn draw_points(canvas: &mut Canvas, axes: &Axes, mark: &Mark) {
    let Mark::Points {
        name,
        x,
        y,
        whiskers,
        ink,
        shape,
        lying,
        ..
    } = mark
    else {
        return;
    };
    let ink = canvas.theme.ink(*ink);
    for (i, (at, value)) in x.iter().zip(y).enumerate() {
        let Some(value) = value else { continue };
        let (Some(left), Some(top)) = (axes.x.of(*at), axes.y.of(*value)) else {
            continue;
        };
        let whisker = whiskers.get(i).copied().flatten();
        let along = if *lying { &axes.x } else { &axes.y };
        if let Some(ends) = whisker {
            let middle = if *lying { top } else { left };
            draw_whisker(canvas, axes, ends, middle, *lying, ink);
        }
        let (place, said) = match lying {
            true => (axes.y.words(*value), axes.x.words(*at)),
            false => (axes.x.words(*at), axes.y.words(*value)),
        };
        let words = tip(
            &[&place, name],
            &said,
            whisker.map(|(lower, upper)| (along.words(lower), along.words(upper))),
        );
        canvas.point((left, top), *shape, radius(x.len()), ink, &words);
    }
}

fn draw_heat(
    canvas: &mut Canvas,
    axes: &Axes,
    values: &[Vec<Option<f64>>],
    write: impl Fn(f64) -> String,
    most: f64,
) {
    let theme = canvas.theme;
    for (row, cells) in values.iter().enumerate() {
        for (column, value) in cells.iter().enumerate() {
            let (row, column) = (row as f64, column as f64);
            let (Some(left), Some(top)) = (axes.x.of(column - 0.5), axes.y.of(row - 0.5)) else {
                continue;
            };
            let area = Rect {
                x: left + 1.0,
                y: top + 1.0,
                width: (axes.x.length(1.0) - 2.0).max(1.0),
                height: (axes.y.length(1.0) - 2.0).max(1.0),
            };
            let place = [axes.y.words(row), axes.x.words(column)];
            let Some(value) = value.filter(|value| value.is_finite()) else {
                let words = tip(&[&place[0], &place[1]], "no value", None);
                canvas.rect(area, theme.surface(), 1.0, 2.0, &words);
                continue;
            };
            let share = if most > 0.0 { value / most } else { 0.0 };
            let ground = theme.cell(share);
            let said = write(value);
            canvas.rect(
                area,
                &ground,
                1.0,
                2.0,
                &tip(&[&place[0], &place[1]], &said, None),
            );
            let face = Face::regular(11.5);
            if face.width(&said) + 4.0 <= area.width && face.size + 4.0 <= area.height {
                let at = (
                    area.x + area.width / 2.0,
                    area.y + area.height / 2.0 + 0.36 * face.size,
                );
                canvas.text(at, Anchor::Middle, face, readable_on(&ground), &said);
            }
        }
    }
}

/// Where a label might stand: its position and the end of it that stands there.
type Candidate = ((f64, f64), Anchor);

/// Writes what stands at lines, bars and points, where nothing else is written; what finds no place is
/// left to the tooltip.
fn write_labels(canvas: &mut Canvas, panel: &Panel, axes: &Axes, bars: &[Bar]) {
    let theme = canvas.theme;
    let plot = axes.plot;
    let above = plot.y - 6.0;
    for heading in headings(panel, &axes.x) {
        let y = above - heading.row as f64 * LABEL.leading();
        let colour = heading_colour(canvas, heading.ink);
        canvas.text(
            (heading.middle, y),
            Anchor::Middle,
            LABEL,
            colour,
            heading.label,
        );
    }
    let marks = drawn_points(panel, axes);
    let mut taken: Vec<Rect> = Vec::new();
    let room = Rect {
        x: plot.x - 2.0,
        y: plot.y - 2.0,
        width: plot.width + 6.0,
        height: plot.height + 4.0,
    };
    let mut place =
        |canvas: &mut Canvas, label: &str, colour: &str, must: bool, candidates: &[Candidate]| {
            let free = |at: &&Candidate| {
                let space = text_box(at.0.0, at.0.1, at.1, LABEL, label);
                room.holds(space) && taken.iter().all(|other| !other.meets(space))
            };
            let crowd = |at: &Candidate| {
                let space = text_box(at.0.0, at.0.1, at.1, LABEL, label);
                marks.iter().filter(|mark| space.meets(**mark)).count()
            };
            let best = candidates.iter().filter(free).min_by_key(|at| crowd(at));
            if let Some((at, anchor)) = best.or(candidates.first().filter(|_| must)) {
                taken.push(text_box(at.0, at.1, *anchor, LABEL, label));
                canvas.label(*at, *anchor, LABEL, colour, label);
            }
        };
    for bar in bars {
        let Mark::Bars {
            labels, lying, ink, ..
        } = &panel.marks[bar.mark]
        else {
            continue;
        };
        let label = labels.get(bar.index).map_or("", String::as_str);
        let Some(area) = bar_area(axes, bar, *lying).filter(|_| !label.is_empty()) else {
            continue;
        };
        let middle = (
            area.x + area.width / 2.0,
            area.y + area.height / 2.0 + 0.36 * LABEL.size,
        );
        if bar.covered {
            if LABEL.width(label) + 6.0 <= area.width && LABEL.size + 2.0 <= area.height {
                let colour = readable_on(theme.ink(*ink));
                canvas.text(middle, Anchor::Middle, LABEL, colour, label);
            }
            continue;
        }
        let end = end_of(panel, bar);
        let forward = bar.to >= bar.from;
        let candidate = match (lying, forward) {
            (true, true) => axes.x.of(end).map(|x| ((x + 6.0, middle.1), Anchor::Start)),
            (true, false) => axes.x.of(end).map(|x| ((x - 6.0, middle.1), Anchor::End)),
            (false, true) => axes
                .y
                .of(end)
                .map(|y| ((middle.0, y - 5.0), Anchor::Middle)),
            (false, false) => axes
                .y
                .of(end)
                .map(|y| ((middle.0, y + LABEL.size + 2.0), Anchor::Middle)),
        };
        if let Some(candidate) = candidate {
            place(canvas, label, theme.text(), false, &[candidate]);
        }
    }
    for mark in &panel.marks {
        let Mark::Points {
            x,
            y,
            whiskers,
            labels,
            lying,
            ..
        } = mark
        else {
            continue;
        };
        let away = radius(x.len()) + 4.0;
        for (i, label) in labels
            .iter()
            .enumerate()
            .filter(|(_, label)| !label.is_empty())
        {
            let value = y.get(i).copied().flatten();
            let (Some(left), Some(top)) =
                (axes.x.of(x[i]), value.and_then(|value| axes.y.of(value)))
            else {
                continue;
            };
            let ends = whiskers.get(i).copied().flatten().filter(|_| *lying);
            let upper = ends
                .and_then(|(_, upper)| axes.x.of(upper))
                .unwrap_or(left)
                .max(left);
            let lower = ends
                .and_then(|(lower, _)| axes.x.of(lower))
                .unwrap_or(left)
                .min(left);
            let middle = top + 0.36 * LABEL.size;
            let candidates = [
                ((upper + away, middle), Anchor::Start),
                ((lower - away, middle), Anchor::End),
                ((left, top - away - 1.0), Anchor::Middle),
                ((left, top + away + LABEL.size - 2.0), Anchor::Middle),
            ];
            place(canvas, label, theme.text(), false, &candidates);
        }
    }
    for mark in &panel.marks {
        let Mark::Reference {
            label,
            at,
            upright: false,
            ink,
            ..
        } = mark
        else {
            continue;
        };
        let Some(y) = axes.y.of(*at).filter(|_| !label.is_empty()) else {
            continue;
        };
        let label = LABEL.shorten(label, plot.width - 8.0);
        let (left, right) = (plot.x + 4.0, plot.right() - 2.0 - LABEL.width(&label));
        let (over, under) = (y - 5.0, y + LABEL.size + 3.0);
        let colour = heading_colour(canvas, *ink);
        // From the right, where a reader looks for it, to wherever the least is hidden.
        let candidates: Vec<Candidate> = (0..=24)
            .map(|step| right - f64::from(step) / 24.0 * (right - left))
            .flat_map(|x| [((x, over), Anchor::Start), ((x, under), Anchor::Start)])
            .collect();
        place(canvas, &label, colour, false, &candidates);
    }
}

/// Words in the colour of their line where that can be read as text, which quiet lines cannot.
fn heading_colour(canvas: &Canvas, ink: Ink) -> &'static str {
    match ink {
        Ink::Actual => canvas.theme.text(),
        _ => canvas.theme.quiet_text(),
    }
}

/// Where something is drawn that words would hide.
fn drawn_points(panel: &Panel, axes: &Axes) -> Vec<Rect> {
    let spot = |(x, y): (f64, f64)| Rect {
        x: x - 3.0,
        y: y - 3.0,
        width: 6.0,
        height: 6.0,
    };
    let mut spots: Vec<Rect> = Vec::new();
    for mark in &panel.marks {
        if let Mark::Line { x, y, .. } | Mark::Points { x, y, .. } = mark {
            let positions = x
                .iter()
                .zip(y)
                .filter_map(|(x, y)| Some((axes.x.of(*x)?, axes.y.of((*y)?)?)));
            spots.extend(positions.map(spot));
        }
    }
    spots.extend(bars(panel).iter().filter_map(|bar| {
        let lying = matches!(panel.marks[bar.mark], Mark::Bars { lying: true, .. });
        bar_area(axes, bar, lying)
    }));
    spots
}
