//! Panels as traces on pairs of axes.

use serde_json::{Value, json};

use super::super::bars::{Bar, bars};
use super::super::calendar::milliseconds;
use super::super::domain::{Direction, domain};
use super::super::svg::words;
use super::super::theme::{Theme, faint};
use super::super::ticks::ticks;
use super::super::typeface::Face;
use super::{EDGE, Frame, Plot, TEXT, plain};
use crate::figures::{Axis, Ink, Mark, Panel, Scale, Shape};

const PANEL_TITLE: Face = Face::bold(13.0);
/// So few weeks are marked each by its own day, as there is nothing to zoom into.
const FEW_WEEKS: usize = 20;
/// The lowest plot, in pixels.
const LOWEST: f64 = 110.0;

pub(super) fn plot(panels: &[Panel], columns: usize, frame: &Frame, theme: Theme) -> Plot {
    let columns = columns.clamp(1, panels.len().max(1));
    let rows = panels.len().div_ceil(columns).max(1);
    let mut plot = Plot {
        traces: vec![],
        shapes: vec![],
        annotations: vec![],
        axes: vec![],
        margin: [EDGE, EDGE, 0.0, frame.below + 8.0],
        height: frame.height,
        width: None,
        legend: false,
        zooms: false,
    };
    let mut seen: Vec<(String, Ink)> = Vec::new();
    let names: Vec<String> = panels
        .iter()
        .flat_map(|panel| &panel.marks)
        .filter_map(named)
        .collect();
    let has_legend = !names.is_empty();
    plot.legend = has_legend;
    // Words around each plot, in pixels; the left ones are reserved by the axis itself.
    let title = if panels.iter().any(|panel| panel.title.is_some()) {
        24.0
    } else {
        0.0
    };
    let y_title = if panels.iter().any(|panel| !panel.y.title.is_empty()) {
        26.0
    } else {
        0.0
    };
    let strip = if panels
        .iter()
        .flat_map(|panel| &panel.marks)
        .any(stands_above)
    {
        20.0
    } else {
        0.0
    };
    let head = title + y_title + strip;
    let wide = (frame.width - 2.0 * EDGE) / columns as f64;
    let foot = panels
        .iter()
        .map(|panel| foot(panel, wide - width_of_names(panel).min(0.42 * wide)))
        .fold(0.0, f64::max);
    let legend = if has_legend { 30.0 } else { 0.0 };
    plot.margin[2] = frame.above + legend;
    let least = panels.iter().map(least_height).fold(LOWEST, f64::max);
    let asked = frame.height - plot.margin[2] - plot.margin[3];
    let cell = (asked / rows as f64).max(least + head + foot);
    let area = cell * rows as f64;
    plot.height = area + plot.margin[2] + plot.margin[3];
    let width = frame.width - plot.margin[0] - plot.margin[1];

    for (i, panel) in panels.iter().enumerate() {
        let (row, column) = ((i / columns) as f64, (i % columns) as f64);
        let left = width_of_names(panel).min(0.42 * width / columns as f64);
        let span = 1.0 / columns as f64;
        let gutter = if columns > 1 { 0.012 } else { 0.0 };
        let from = column * span + left / width + gutter;
        let x_domain = [from, ((column + 1.0) * span - gutter).max(from + 0.02)];
        let top = 1.0 - (row * cell + head) / area;
        let bottom = 1.0 - ((row + 1.0) * cell - foot) / area;
        let number = if i == 0 {
            String::new()
        } else {
            (i + 1).to_string()
        };
        let place = Place {
            x: format!("x{number}"),
            y: format!("y{number}"),
            theme,
            panel,
        };
        let pixels = ((x_domain[1] - x_domain[0]) * width, (top - bottom) * area);
        place.draw_axes(&mut plot, (&number, x_domain, [bottom, top]), pixels);
        let corner = |y: f64, text: String, face: Face, colour: &str| {
            json!({
                "xref": "paper", "yref": "paper", "x": column * span, "y": top, "yshift": y,
                "xanchor": "left", "yanchor": "bottom", "showarrow": false, "text": text,
                "font": { "size": face.size, "color": colour },
            })
        };
        if let Some(title) = &panel.title {
            let text = format!("<b>{}</b>", plain(title));
            plot.annotations
                .push(corner(strip + y_title, text, PANEL_TITLE, theme.text()));
        }
        if let Some(reason) = &panel.empty {
            let lines = TEXT.wrap(reason, (pixels.0 - 32.0).max(80.0));
            plot.annotations.push(json!({
                "xref": format!("{} domain", place.x), "yref": format!("{} domain", place.y), "x": 0.5, "y": 0.5,
                "showarrow": false, "text": super::lines(&lines), "font": { "color": theme.quiet_text() },
            }));
            continue;
        }
        if !panel.y.title.is_empty() {
            plot.annotations.push(corner(
                strip + 6.0,
                plain(&panel.y.title),
                TEXT,
                theme.quiet_text(),
            ));
        }
        place.draw_marks(&mut plot, &mut seen);
    }
    plot
}

fn named(mark: &Mark) -> Option<String> {
    match mark {
        Mark::Line { name, .. }
        | Mark::Band { name, .. }
        | Mark::Bars { name, .. }
        | Mark::Points { name, .. } => Some(name.clone()).filter(|name| !name.is_empty()),
        Mark::Heat { .. } | Mark::Reference { .. } | Mark::Span { .. } => None,
    }
}

fn stands_above(mark: &Mark) -> bool {
    matches!(mark, Mark::Span { label, .. } | Mark::Reference { label, upright: true, .. } if !label.is_empty())
}

fn least_height(panel: &Panel) -> f64 {
    match &panel.y.scale {
        Scale::Categories(names) => 18.0 * names.len() as f64,
        _ => 0.0,
    }
}

/// How names that do not fit beside each other rise, in degrees, and how long they may be, in pixels.
const TILT: f64 = 38.0;
const LONGEST: f64 = 150.0;

/// Names under a plot, a line each, broken between words and after underscores; or, where that is not
/// enough, in one line to be tilted.
fn names_below(names: &[String], pixels: f64) -> (Vec<Vec<String>>, bool) {
    // A page may be narrower than the figure.
    let pitch = 0.9 * pixels / names.len().max(1) as f64 - 6.0;
    let whole = |name: &String| {
        name.split_inclusive(['_', '-', '/', ' '])
            .all(|part| TEXT.width(part) <= pitch)
    };
    let broken: Vec<Vec<String>> = names
        .iter()
        .map(|name| TEXT.wrap(name, pitch.max(8.0)))
        .collect();
    if names.iter().all(whole) && broken.iter().all(|lines| lines.len() <= 3) {
        return (broken, false);
    }
    (
        names
            .iter()
            .map(|name| vec![TEXT.shorten(name, LONGEST)])
            .collect(),
        true,
    )
}

/// What stands under a plot, in pixels.
fn foot(panel: &Panel, pixels: f64) -> f64 {
    let names = match &panel.x.scale {
        Scale::Categories(names) => {
            let (lines, tilted) = names_below(names, pixels);
            if tilted {
                let longest = lines
                    .iter()
                    .flatten()
                    .map(|line| TEXT.width(line))
                    .fold(0.0, f64::max);
                longest * TILT.to_radians().sin() + 12.0
            } else {
                TEXT.leading() * lines.iter().map(Vec::len).max().unwrap_or(1) as f64
            }
        }
        Scale::Weeks(_) => 2.0 * TEXT.leading(),
        Scale::Number(_) => TEXT.leading(),
    };
    names + if panel.x.title.is_empty() { 16.0 } else { 36.0 }
}

/// What the names or numbers of the vertical axis take, in pixels.
fn width_of_names(panel: &Panel) -> f64 {
    match &panel.y.scale {
        Scale::Categories(names) => {
            names
                .iter()
                .map(|name| TEXT.width(name))
                .fold(0.0, f64::max)
                + 12.0
        }
        _ => 60.0,
    }
}

/// A panel on its pair of axes.
struct Place<'a> {
    x: String,
    y: String,
    theme: Theme,
    panel: &'a Panel,
}

/// Which axis a position belongs to decides how it is written: weeks are dates.
fn position(axis: &Axis, value: f64) -> Value {
    match &axis.scale {
        Scale::Weeks(weeks) => match milliseconds(weeks, value) {
            Some(time) => json!(time),
            None => json!(value),
        },
        _ => json!(value),
    }
}

/// A distance along an axis, from one position to another.
fn distance(axis: &Axis, from: f64, to: f64) -> f64 {
    match &axis.scale {
        Scale::Weeks(weeks) => match (milliseconds(weeks, from), milliseconds(weeks, to)) {
            (Some(from), Some(to)) => to - from,
            _ => to - from,
        },
        _ => to - from,
    }
}

impl Place<'_> {
    fn draw_axes(
        &self,
        plot: &mut Plot,
        (number, x, y): (&str, [f64; 2], [f64; 2]),
        pixels: (f64, f64),
    ) {
        let hidden = self.panel.empty.is_some();
        let heat = self
            .panel
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Heat { .. }));
        let numbers = |axis: &Axis| matches!(axis.scale, Scale::Number(_));
        let upright_grid = !numbers(&self.panel.y) && numbers(&self.panel.x);
        let mut across = self.axis(Direction::Across, pixels.0, plot);
        across["domain"] = json!(x);
        across["anchor"] = json!(self.y);
        across["showgrid"] = json!(upright_grid && !heat);
        across["visible"] = json!(!hidden);
        let title = plain(&self.panel.x.title);
        across["title"] = json!({
            "text": title, "standoff": 6,
            "font": { "size": TEXT.size, "color": self.theme.quiet_text() },
        });
        // The line that lying bars stand on; standing ones have theirs on the other axis.
        if !upright_grid {
            across["zeroline"] = json!(false);
        }
        let mut up = self.axis(Direction::Up, pixels.1, plot);
        up["domain"] = json!(y);
        up["anchor"] = json!(self.x);
        up["showgrid"] = json!(numbers(&self.panel.y) && !heat);
        up["visible"] = json!(!hidden);
        plot.axes.push((format!("xaxis{number}"), across));
        plot.axes.push((format!("yaxis{number}"), up));
    }

    fn axis(&self, direction: Direction, pixels: f64, plot: &mut Plot) -> Value {
        let axis = direction.axis(self.panel);
        let theme = self.theme;
        let (low, high) = self.with_words(direction, domain(self.panel, direction), pixels);
        let mut json = json!({
            "range": [position(axis, low), position(axis, high)],
            "gridcolor": theme.grid(), "zeroline": false, "linecolor": theme.axis(),
            "showline": false, "ticks": "outside", "ticklen": 5, "tickcolor": "rgba(0,0,0,0)", "tickfont": { "color": theme.quiet_text(), "size": TEXT.size },
            "fixedrange": true, "automargin": false, "hoverformat": "",
        });
        if let Scale::Weeks(weeks) = &axis.scale
            && milliseconds(weeks, 0.0).is_some()
        {
            json["type"] = json!("date");
            json["fixedrange"] = json!(false);
            json["tickformatstops"] = json!([
                { "dtickrange": [null, "M1"], "value": "%-d %b\n%Y" },
                { "dtickrange": ["M1", "M12"], "value": "%b\n%Y" },
                { "dtickrange": ["M12", null], "value": "%Y" },
            ]);
            plot.zooms = true;
            if weeks.len() <= FEW_WEEKS {
                let marks = ticks(&axis.scale, (low, high), 6, pixels, |word| TEXT.width(word));
                let at: Vec<Value> = marks.iter().map(|tick| position(axis, tick.at)).collect();
                let words: Vec<String> =
                    marks.iter().map(|tick| super::lines(&tick.lines)).collect();
                json["tickmode"] = json!("array");
                json["tickvals"] = json!(at);
                json["ticktext"] = json!(words);
            }
            return json;
        }
        json["type"] = json!("linear");
        let most = match direction {
            Direction::Across => (pixels / 70.0).floor().clamp(2.0, 8.0),
            Direction::Up => (pixels / 42.0).floor().clamp(2.0, 6.0),
        };
        let marks = ticks(&axis.scale, (low, high), most as usize, pixels, |word| {
            TEXT.width(word)
        });
        json["tickmode"] = json!("array");
        json["tickvals"] = json!(marks.iter().map(|tick| tick.at).collect::<Vec<_>>());
        json["ticktext"] = json!(
            marks
                .iter()
                .map(|tick| super::lines(&tick.lines))
                .collect::<Vec<_>>()
        );
        if let (Direction::Across, Scale::Categories(names)) = (direction, &axis.scale) {
            let (words, tilted) = names_below(names, pixels);
            json["ticktext"] = json!(
                words
                    .iter()
                    .map(|name| super::lines(name))
                    .collect::<Vec<_>>()
            );
            json["tickangle"] = json!(if tilted { -TILT } else { 0.0 });
        }
        if let (Direction::Up, Scale::Categories(_)) = (direction, &axis.scale) {
            json["range"] = json!([high, low]);
        }
        if matches!(axis.scale, Scale::Number(_)) && low <= 0.0 && high >= 0.0 {
            json["zeroline"] = json!(true);
            json["zerolinecolor"] = json!(theme.axis());
            json["zerolinewidth"] = json!(1);
        }
        json
    }

    /// An axis with room for what is written at the ends of bars and points.
    fn with_words(&self, direction: Direction, (low, high): (f64, f64), pixels: f64) -> (f64, f64) {
        let axis = direction.axis(self.panel);
        if !matches!(axis.scale, Scale::Number(_)) {
            return (low, high);
        }
        let across = direction == Direction::Across;
        let longest = self
            .panel
            .marks
            .iter()
            .flat_map(|mark| match mark {
                Mark::Bars { labels, lying, .. } if *lying == across => labels.as_slice(),
                Mark::Points { labels, .. } if across => labels.as_slice(),
                _ => &[],
            })
            .map(|label| {
                if across {
                    TEXT.width(label) + 10.0
                } else {
                    TEXT.leading()
                }
            })
            .fold(0.0, f64::max);
        let room = (high - low) * (longest / pixels.max(1.0)).min(0.4);
        let below = if low < 0.0 { room } else { 0.0 };
        (low - below, high + room)
    }

    /// A trace on these axes, and whether it is the first with its name.
    fn trace(&self, kind: &str, name: &str, ink: Ink, seen: &mut Vec<(String, Ink)>) -> Value {
        let key = (name.to_string(), ink);
        let first = !name.is_empty() && !seen.contains(&key);
        if first {
            seen.push(key);
        }
        json!({
            "type": kind, "xaxis": self.x, "yaxis": self.y, "name": plain(name), "legendgroup": format!("{name} {ink:?}"),
            "showlegend": first, "hoverinfo": "text",
        })
    }

    fn across(&self, values: &[f64]) -> Vec<Value> {
        values
            .iter()
            .map(|value| position(&self.panel.x, *value))
            .collect()
    }

    fn draw_marks(&self, plot: &mut Plot, seen: &mut Vec<(String, Ink)>) {
        let bars = bars(self.panel);
        let (x_axis, y_axis) = (&self.panel.x, &self.panel.y);
        let said_x = |value: f64| words(&x_axis.scale, value);
        let said_y = |value: f64| words(&y_axis.scale, value);
        for (i, mark) in self.panel.marks.iter().enumerate() {
            match mark {
                Mark::Line {
                    name,
                    x,
                    y,
                    ink,
                    dashed,
                } => {
                    let mut trace = self.trace("scatter", name, *ink, seen);
                    trace["mode"] = json!(if lone(y) { "lines+markers" } else { "lines" });
                    trace["x"] = json!(self.across(x));
                    trace["y"] = json!(y);
                    trace["connectgaps"] = json!(false);
                    trace["marker"] = json!({ "size": 5, "color": self.theme.ink(*ink) });
                    trace["line"] = json!({
                        "color": self.theme.ink(*ink), "width": if x.len() > 300 { 1.3 } else { 2.0 }, "dash": if *dashed { "dash" } else { "solid" },
                    });
                    let told = x.iter().zip(y).map(|(x, y)| {
                        y.map_or(String::new(), |y| {
                            tip(&[&said_x(*x), name], &said_y(y), None)
                        })
                    });
                    trace["text"] = json!(told.collect::<Vec<_>>());
                    plot.traces.push(trace);
                }
                Mark::Band {
                    name,
                    x,
                    lower,
                    upper,
                    ink,
                } => self.draw_band(plot, seen, (name, x, lower, upper, *ink)),
                Mark::Bars { .. } => {
                    let bars: Vec<&Bar> = bars.iter().filter(|bar| bar.mark == i).collect();
                    self.draw_bars(plot, seen, mark, &bars);
                }
                Mark::Points { .. } => self.draw_points(plot, seen, mark),
                Mark::Heat {
                    values,
                    format,
                    most,
                } => {
                    let scale: Vec<Value> = (-10..=10)
                        .map(|step| {
                            let share = f64::from(step) / 10.0;
                            json!([(share + 1.0) / 2.0, self.theme.cell(share)])
                        })
                        .collect();
                    let cell = |value: &Option<f64>| {
                        value.map_or(String::new(), |value| format.write(value))
                    };
                    let written: Vec<Vec<String>> = values
                        .iter()
                        .map(|row| row.iter().map(cell).collect())
                        .collect();
                    let told: Vec<Vec<String>> = values
                        .iter()
                        .enumerate()
                        .map(|(r, row)| {
                            row.iter()
                                .enumerate()
                                .map(|(c, value)| {
                                    let said = value
                                        .map_or("no value".into(), |value| format.write(value));
                                    tip(&[&said_y(r as f64), &said_x(c as f64)], &said, None)
                                })
                                .collect()
                        })
                        .collect();
                    let deepest = if *most > 0.0 { *most } else { 1.0 };
                    plot.traces.push(json!({
                        "type": "heatmap", "xaxis": self.x, "yaxis": self.y, "z": values, "text": written,
                        "hovertext": told, "hoverinfo": "text", "texttemplate": "%{text}", "xgap": 2, "ygap": 2,
                        "zmin": -deepest, "zmax": deepest, "colorscale": scale, "showscale": false,
                    }));
                }
                Mark::Reference {
                    label,
                    at,
                    upright,
                    ink,
                    dashed,
                } => {
                    let line = json!({
                        "color": self.theme.ink(*ink), "width": 1.4, "dash": if *dashed { "dash" } else { "solid" },
                    });
                    let whole = |axis: &str| format!("{axis} domain");
                    let (shape, note) = if *upright {
                        let at = position(x_axis, *at);
                        (
                            json!({ "xref": self.x, "x0": at, "x1": at, "yref": whole(&self.y), "y0": 0, "y1": 1 }),
                            json!({ "xref": self.x, "x": at, "yref": whole(&self.y), "y": 1, "yanchor": "bottom" }),
                        )
                    } else {
                        let at = position(y_axis, *at);
                        (
                            json!({ "yref": self.y, "y0": at, "y1": at, "xref": whole(&self.x), "x0": 0, "x1": 1 }),
                            json!({ "yref": self.y, "y": at, "xref": whole(&self.x), "x": 1, "xanchor": "right", "yanchor": "bottom" }),
                        )
                    };
                    let mut shape = shape;
                    shape["type"] = json!("line");
                    shape["line"] = line;
                    plot.shapes.push(shape);
                    self.note(plot, note, label);
                }
                Mark::Span {
                    label,
                    from,
                    to,
                    ink,
                } => {
                    let (from, to) = (position(x_axis, *from), position(x_axis, *to));
                    plot.shapes.push(json!({
                        "type": "rect", "layer": "below", "xref": self.x, "x0": from, "x1": to,
                        "yref": format!("{} domain", self.y), "y0": 0, "y1": 1, "line": { "width": 0 },
                        "fillcolor": faint(self.theme.ink(*ink), 0.1),
                    }));
                    let middle = match (from.as_f64(), to.as_f64()) {
                        (Some(from), Some(to)) => json!((from + to) / 2.0),
                        _ => from,
                    };
                    let note = json!({
                        "xref": self.x, "x": middle, "yref": format!("{} domain", self.y), "y": 1, "yanchor": "bottom",
                    });
                    self.note(plot, note, label);
                }
            }
        }
    }

    fn note(&self, plot: &mut Plot, mut note: Value, label: &str) {
        if !label.is_empty() {
            note["text"] = json!(plain(label));
            note["showarrow"] = json!(false);
            note["bgcolor"] = json!(faint(self.theme.background(), 0.75));
            note["font"] = json!({ "color": self.theme.quiet_text(), "size": TEXT.size });
            plot.annotations.push(note);
        }
    }

    #[allow(clippy::type_complexity)] // the fields of one mark
    fn draw_band(
        &self,
        plot: &mut Plot,
        seen: &mut Vec<(String, Ink)>,
        (name, x, lower, upper, ink): (&str, &[f64], &[Option<f64>], &[Option<f64>], Ink),
    ) {
        // A gap ends a polygon; each run of weeks is one of its own.
        let whole = |i: usize| {
            Some((
                lower.get(i).copied().flatten()?,
                upper.get(i).copied().flatten()?,
            ))
            .filter(|(lower, upper)| lower.is_finite() && upper.is_finite())
        };
        let mut runs: Vec<Vec<usize>> = vec![vec![]];
        for i in 0..x.len() {
            match whole(i) {
                Some(_) => runs.last_mut().expect("begins with one").push(i),
                None => runs.push(vec![]),
            }
        }
        for run in runs.into_iter().filter(|run| !run.is_empty()) {
            let there = run.iter().map(|i| (x[*i], upper[*i]));
            let back = run.iter().rev().map(|i| (x[*i], lower[*i]));
            let corners: Vec<(f64, Option<f64>)> = there.chain(back).collect();
            let mut trace = self.trace("scatter", name, ink, seen);
            trace["mode"] = json!("lines");
            trace["x"] = json!(
                corners
                    .iter()
                    .map(|(x, _)| position(&self.panel.x, *x))
                    .collect::<Vec<_>>()
            );
            trace["y"] = json!(corners.iter().map(|(_, y)| *y).collect::<Vec<_>>());
            trace["fill"] = json!("toself");
            trace["fillcolor"] = json!(faint(self.theme.ink(ink), 0.2));
            trace["line"] = json!({ "width": 0, "color": faint(self.theme.ink(ink), 0.2) });
            trace["hoverinfo"] = json!("skip");
            plot.traces.push(trace);
        }
    }

    fn draw_bars(
        &self,
        plot: &mut Plot,
        seen: &mut Vec<(String, Ink)>,
        mark: &Mark,
        bars: &[&Bar],
    ) {
        let Mark::Bars {
            name,
            at,
            whiskers,
            labels,
            ink,
            lying,
            ..
        } = mark
        else {
            return;
        };
        let (along, places) = match lying {
            true => (&self.panel.x, &self.panel.y),
            false => (&self.panel.y, &self.panel.x),
        };
        let centre = |bar: &Bar| (bar.sides.0 + bar.sides.1) / 2.0;
        let standing: Vec<Value> = bars
            .iter()
            .map(|bar| position(places, centre(bar)))
            .collect();
        let length: Vec<f64> = bars.iter().map(|bar| bar.to - bar.from).collect();
        let told: Vec<String> = bars
            .iter()
            .map(|bar| {
                let interval = whiskers.get(bar.index).copied().flatten();
                tip(
                    &[&words(&places.scale, at[bar.index]), name],
                    &words(&along.scale, bar.to - bar.from),
                    interval.map(|ends| (words(&along.scale, ends.0), words(&along.scale, ends.1))),
                )
            })
            .collect();
        let mut trace = self.trace("bar", name, *ink, seen);
        let (x, y) = if *lying { ("y", "x") } else { ("x", "y") };
        trace[x] = json!(standing);
        trace[y] = json!(length);
        trace["base"] = json!(bars.iter().map(|bar| bar.from).collect::<Vec<_>>());
        let widths = bars
            .iter()
            .map(|bar| distance(places, bar.sides.0, bar.sides.1));
        trace["width"] = json!(widths.collect::<Vec<_>>());
        trace["orientation"] = json!(if *lying { "h" } else { "v" });
        trace["marker"] = json!({ "color": self.theme.ink(*ink), "line": { "width": 0 } });
        trace["hovertext"] = json!(told);
        plot.traces.push(trace);
        let ends: Vec<(f64, (f64, f64))> = bars
            .iter()
            .filter_map(|bar| Some((centre(bar), whiskers.get(bar.index).copied().flatten()?)))
            .collect();
        self.draw_whiskers(plot, &ends, *lying, self.theme.text());
        let written: Vec<(f64, f64, &str)> = bars
            .iter()
            .filter(|bar| !bar.covered)
            .filter_map(|bar| {
                let label = labels.get(bar.index).filter(|label| !label.is_empty())?;
                let (lower, upper) = whiskers
                    .get(bar.index)
                    .copied()
                    .flatten()
                    .unwrap_or((bar.to, bar.to));
                let end = if bar.to >= bar.from {
                    bar.to.max(upper)
                } else {
                    bar.to.min(lower)
                };
                Some((centre(bar), end, label.as_str()))
            })
            .collect();
        let back = |end: f64, place: f64| {
            bars.iter()
                .any(|bar| centre(bar) == place && bar.to < bar.from && end <= bar.from)
        };
        let sides: Vec<&str> = written
            .iter()
            .map(|(place, end, _)| match (lying, back(*end, *place)) {
                (true, false) => "middle right",
                (true, true) => "middle left",
                (false, false) => "top center",
                (false, true) => "bottom center",
            })
            .collect();
        let points: Vec<(f64, f64, &str)> = written
            .iter()
            .map(|(place, end, label)| match lying {
                true => (*end, *place, *label),
                false => (*place, *end, *label),
            })
            .collect();
        self.draw_words(plot, &points, json!(sides));
    }

    fn draw_points(&self, plot: &mut Plot, seen: &mut Vec<(String, Ink)>, mark: &Mark) {
        let Mark::Points {
            name,
            x,
            y,
            whiskers,
            labels,
            ink,
            shape,
            lying,
        } = mark
        else {
            return;
        };
        let along = if *lying { &self.panel.x } else { &self.panel.y };
        let shown: Vec<(usize, f64, f64)> = x
            .iter()
            .zip(y)
            .enumerate()
            .filter_map(|(i, (x, y))| Some((i, *x, (*y)?)))
            .filter(|(_, x, y)| x.is_finite() && y.is_finite())
            .collect();
        let whisker = |i: usize| whiskers.get(i).copied().flatten();
        let ends: Vec<(f64, (f64, f64))> = shown
            .iter()
            .filter_map(|(i, x, y)| Some((if *lying { *y } else { *x }, whisker(*i)?)))
            .collect();
        self.draw_whiskers(plot, &ends, *lying, self.theme.ink(*ink));
        let mut trace = self.trace("scatter", name, *ink, seen);
        trace["mode"] = json!("markers");
        trace["x"] = json!(
            shown
                .iter()
                .map(|(_, x, _)| position(&self.panel.x, *x))
                .collect::<Vec<_>>()
        );
        trace["y"] = json!(
            shown
                .iter()
                .map(|(.., y)| position(&self.panel.y, *y))
                .collect::<Vec<_>>()
        );
        let symbol = match shape {
            Shape::Circle => "circle",
            Shape::Square => "square",
            Shape::Diamond => "diamond",
            Shape::Triangle => "triangle-up",
            Shape::Ring => "circle-open",
        };
        trace["marker"] = json!({
            "symbol": symbol, "size": if shown.len() > 60 { 6 } else { 10 }, "color": self.theme.ink(*ink),
            "line": { "width": if *shape == Shape::Ring { 1.8 } else { 1.0 }, "color":
                if *shape == Shape::Ring { self.theme.ink(*ink) } else { self.theme.background() } },
        });
        let told = shown.iter().map(|(i, x, y)| {
            let (x, y) = (
                words(&self.panel.x.scale, *x),
                words(&self.panel.y.scale, *y),
            );
            let (place, said) = if *lying { (y, x) } else { (x, y) };
            let interval =
                whisker(*i).map(|ends| (words(&along.scale, ends.0), words(&along.scale, ends.1)));
            tip(&[&place, name], &said, interval)
        });
        trace["text"] = json!(told.collect::<Vec<_>>());
        plot.traces.push(trace);
        let written: Vec<(f64, f64, &str)> = shown
            .iter()
            .filter_map(|(i, x, y)| {
                let label = labels.get(*i).filter(|label| !label.is_empty())?;
                let upper = whisker(*i)
                    .filter(|_| *lying)
                    .map_or(*x, |(_, upper)| upper.max(*x));
                Some((upper, *y, label.as_str()))
            })
            .collect();
        self.draw_words(plot, &written, json!("middle right"));
    }

    /// Intervals as lines between caps, at positions of the other axis.
    fn draw_whiskers(
        &self,
        plot: &mut Plot,
        ends: &[(f64, (f64, f64))],
        lying: bool,
        colour: &str,
    ) {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (place, (lower, upper)) in ends
            .iter()
            .filter(|(_, e)| e.0.is_finite() && e.1.is_finite())
        {
            // Null ends a line, so that neighbours are not joined.
            for end in [Some(*lower), Some(*upper), None] {
                let (along, across) = match lying {
                    true => (&self.panel.x, &self.panel.y),
                    false => (&self.panel.y, &self.panel.x),
                };
                let end = end.map_or(Value::Null, |end| position(along, end));
                let place = position(across, *place);
                let (left, up) = if lying { (end, place) } else { (place, end) };
                x.push(left);
                y.push(up);
            }
        }
        if x.is_empty() {
            return;
        }
        plot.traces.push(json!({
            "type": "scatter", "mode": "lines+markers", "xaxis": self.x, "yaxis": self.y, "x": x, "y": y,
            "hoverinfo": "skip", "showlegend": false, "connectgaps": false,
            "line": { "color": colour, "width": 1.5 },
            "marker": {
                "symbol": if lying { "line-ns-open" } else { "line-ew-open" }, "size": 7, "color": colour,
                "line": { "width": 1.5, "color": colour },
            },
        }));
    }

    fn draw_words(&self, plot: &mut Plot, words: &[(f64, f64, &str)], sides: Value) {
        if words.is_empty() {
            return;
        }
        plot.traces.push(json!({
            "type": "scatter", "mode": "text", "xaxis": self.x, "yaxis": self.y, "hoverinfo": "skip",
            "showlegend": false, "cliponaxis": false,
            "x": words.iter().map(|word| position(&self.panel.x, word.0)).collect::<Vec<_>>(),
            "y": words.iter().map(|word| position(&self.panel.y, word.1)).collect::<Vec<_>>(),
            "text": words.iter().map(|word| format!(" {} ", plain(word.2))).collect::<Vec<_>>(),
            "textposition": sides, "textfont": { "size": TEXT.size, "color": self.theme.text() },
        }));
    }
}

/// Whether a value stands between two gaps, where a line would not show it.
fn lone(values: &[Option<f64>]) -> bool {
    let seen = |i: usize| values.get(i).copied().flatten().is_some_and(f64::is_finite);
    (0..values.len()).any(|i| seen(i) && !(i > 0 && seen(i - 1)) && !seen(i + 1))
}

/// `what: value (lower to upper)`.
fn tip(parts: &[&str], value: &str, interval: Option<(String, String)>) -> String {
    let said: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let interval = interval.map_or(String::new(), |(lower, upper)| {
        format!("<br>{lower} to {upper}")
    });
    let before = if said.is_empty() {
        String::new()
    } else {
        plain(&said.join(", ")) + "<br>"
    };
    format!("{before}<b>{}</b>{interval}", plain(value))
}
