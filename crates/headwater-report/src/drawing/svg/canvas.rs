//! Shapes and words as SVG.

use std::fmt::Write as _;

pub(super) use super::super::rect::Rect;
use super::super::theme::Theme;
use super::super::typeface::{FAMILY, Face};
use crate::figures::Shape;

/// Which end of a line of text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The space a line of text takes whose baseline is at `y`.
pub(super) fn text_box(x: f64, y: f64, anchor: Anchor, face: Face, text: &str) -> Rect {
    let width = face.width(text);
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    Rect {
        x: left,
        y: y - 0.80 * face.size,
        width,
        height: 1.05 * face.size,
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke<'a> {
    pub colour: &'a str,
    pub width: f64,
    pub dashed: bool,
}

impl<'a> Stroke<'a> {
    pub fn solid(colour: &'a str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashed: false,
        }
    }

    fn attributes(self) -> String {
        let dash = match (self.dashed, 3.0 * self.width) {
            (true, dash) => format!(
                r#" stroke-dasharray="{} {}""#,
                number(dash.max(4.0)),
                number(dash.max(4.0))
            ),
            _ => String::new(),
        };
        format!(
            r#"stroke="{}" stroke-width="{}"{dash}"#,
            self.colour,
            number(self.width)
        )
    }
}

/// A picture being written.
pub(super) struct Canvas {
    pub theme: Theme,
    body: String,
}

impl Canvas {
    pub fn new(theme: Theme) -> Self {
        Self {
            theme,
            body: String::new(),
        }
    }

    /// What was written, under a title and a description for readers who do not see it.
    pub fn finish(self, id: &str, title: &str, alt: &str, width: f64, height: f64) -> String {
        let theme = match self.theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let id: String = id
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let (width, height) = (number(width), number(height));
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" "#,
                r#"role="img" aria-labelledby="{id}-{theme}-title {id}-{theme}-desc" "#,
                r#"font-family="'{family}', 'Helvetica Neue', Arial, sans-serif" style="max-width:100%;height:auto">"#,
                "\n<title id=\"{id}-{theme}-title\">{title}</title>\n",
                "<desc id=\"{id}-{theme}-desc\">{alt}</desc>\n",
                "<rect width=\"{w}\" height=\"{h}\" fill=\"{ground}\"/>\n",
                "{body}</svg>\n"
            ),
            w = width,
            h = height,
            id = id,
            theme = theme,
            family = FAMILY,
            title = escape(title),
            alt = escape(alt),
            ground = self.theme.background(),
            body = self.body,
        )
    }

    pub fn rect(&mut self, rect: Rect, fill: &str, opacity: f64, radius: f64, tip: &str) {
        let mut more = String::new();
        if opacity < 1.0 {
            let _ = write!(more, r#" fill-opacity="{}""#, number(opacity));
        }
        if radius > 0.0 {
            let _ = write!(more, r#" rx="{}""#, number(radius));
        }
        let shape = format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"{more}"#,
            number(rect.x),
            number(rect.y),
            number(rect.width.max(0.0)),
            number(rect.height.max(0.0)),
        );
        self.element("rect", &shape, tip);
    }

    /// A box with a frame.
    pub fn frame(&mut self, rect: Rect, fill: &str, stroke: Stroke, radius: f64) {
        let shape = format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{fill}" {}"#,
            number(rect.x),
            number(rect.y),
            number(rect.width),
            number(rect.height),
            number(radius),
            stroke.attributes()
        );
        self.element("rect", &shape, "");
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let _ = writeln!(
            self.body,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>"#,
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1),
            stroke.attributes()
        );
    }

    /// A path that is not filled.
    pub fn stroke(&mut self, path: &str, stroke: Stroke, tip: &str) {
        let shape = format!(
            r#"<path d="{path}" fill="none" {} stroke-linejoin="round" stroke-linecap="{}""#,
            stroke.attributes(),
            if stroke.dashed { "butt" } else { "round" }
        );
        self.element("path", &shape, tip);
    }

    /// A path that is filled.
    pub fn fill(&mut self, path: &str, fill: &str, opacity: f64, tip: &str) {
        let opacity = match opacity < 1.0 {
            true => format!(r#" fill-opacity="{}""#, number(opacity)),
            false => String::new(),
        };
        self.element(
            "path",
            &format!(r#"<path d="{path}" fill="{fill}"{opacity}"#),
            tip,
        );
    }

    /// A point of radius `radius`.
    pub fn point(&mut self, (x, y): (f64, f64), shape: Shape, radius: f64, ink: &str, tip: &str) {
        let ground = self.theme.background();
        let edge = format!(r#"stroke="{ground}" stroke-width="1""#);
        let r = radius;
        let polygon = |corners: &[(f64, f64)]| {
            let corners: Vec<String> = corners
                .iter()
                .map(|(dx, dy)| format!("{},{}", number(x + dx), number(y + dy)))
                .collect();
            format!(
                r#"<polygon points="{}" fill="{ink}" {edge}"#,
                corners.join(" ")
            )
        };
        let (name, shape) = match shape {
            Shape::Circle | Shape::Ring => {
                let paint = if shape == Shape::Ring {
                    format!(r#"fill="{ground}" stroke="{ink}" stroke-width="1.8""#)
                } else {
                    format!(r#"fill="{ink}" {edge}"#)
                };
                let circle = format!(
                    r#"<circle cx="{}" cy="{}" r="{}" {paint}"#,
                    number(x),
                    number(y),
                    number(r)
                );
                ("circle", circle)
            }
            Shape::Square => {
                let a = 0.9 * r;
                ("polygon", polygon(&[(-a, -a), (a, -a), (a, a), (-a, a)]))
            }
            Shape::Diamond => {
                let a = 1.3 * r;
                (
                    "polygon",
                    polygon(&[(0.0, -a), (a, 0.0), (0.0, a), (-a, 0.0)]),
                )
            }
            Shape::Triangle => {
                let a = 1.2 * r;
                (
                    "polygon",
                    polygon(&[(0.0, -a), (a, 0.8 * a), (-a, 0.8 * a)]),
                )
            }
        };
        self.element(name, &shape, tip);
    }

    /// A line of text whose baseline is at `y`.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, face: Face, colour: &str, text: &str) {
        self.words(at, anchor, face, colour, text, "");
    }

    /// The same on a halo of the background, where it stands on lines.
    pub fn label(&mut self, at: (f64, f64), anchor: Anchor, face: Face, colour: &str, text: &str) {
        let halo = format!(
            r#" stroke="{}" stroke-width="4" stroke-linejoin="round" paint-order="stroke""#,
            self.theme.background()
        );
        self.words(at, anchor, face, colour, text, &halo);
    }

    /// The same, rising to the right, ending at its position.
    pub fn tilted(&mut self, at: (f64, f64), degrees: f64, face: Face, colour: &str, text: &str) {
        let turn = format!(
            r#" transform="rotate({} {} {})""#,
            number(-degrees),
            number(at.0),
            number(at.1)
        );
        self.words(at, Anchor::End, face, colour, text, &turn);
    }

    fn words(
        &mut self,
        at: (f64, f64),
        anchor: Anchor,
        face: Face,
        colour: &str,
        text: &str,
        more: &str,
    ) {
        if text.trim().is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let weight = if face.bold {
            r#" font-weight="700""#
        } else {
            ""
        };
        let _ = writeln!(
            self.body,
            r#"<text x="{}" y="{}" font-size="{}"{weight}{anchor} fill="{colour}"{more}>{}</text>"#,
            number(at.0),
            number(at.1),
            number(face.size),
            escape(text)
        );
    }

    /// `shape` is an opened tag without its end.
    fn element(&mut self, name: &str, shape: &str, tip: &str) {
        let _ = if tip.is_empty() {
            writeln!(self.body, "{shape}/>")
        } else {
            writeln!(self.body, "{shape}><title>{}</title></{name}>", escape(tip))
        };
    }
}

/// A length or position: two decimals at most, never anything but a number.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".into();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

/// Text as XML holds it: what it may not hold is left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}
