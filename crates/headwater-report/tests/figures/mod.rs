//! Figures made by hand: one of every kind, and the awkward ones.

use headwater_report::figures::*;

use crate::made;
use crate::recipe_figure::induced_spend;

pub fn number(title: &str, format: NumberFormat, from_zero: bool) -> Axis {
    Axis {
        title: title.into(),
        scale: Scale::Number(format),
        from_zero,
    }
}

pub fn categories(names: &[&str]) -> Axis {
    Axis {
        title: String::new(),
        scale: Scale::Categories(names.iter().map(|name| name.to_string()).collect()),
        from_zero: false,
    }
}

/// Weeks from 3 January 2022, by a calendar of 365 days a year.
pub fn weeks(count: usize) -> Axis {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let name = |week: usize| {
        let day = 2 + 7 * week;
        let (year, mut day) = (2022 + day / 365, day % 365);
        let mut month = 0;
        while day >= lengths[month] {
            day -= lengths[month];
            month += 1;
        }
        format!("{year}-{:02}-{:02}", month + 1, day + 1)
    };
    Axis {
        title: String::new(),
        scale: Scale::Weeks((0..count).map(name).collect()),
        from_zero: false,
    }
}

pub fn panel(title: Option<&str>, x: Axis, y: Axis, marks: Vec<Mark>) -> Panel {
    Panel {
        title: title.map(Into::into),
        x,
        y,
        marks,
        empty: None,
    }
}

pub fn figure(id: &str, title: &str, columns: usize, panels: Vec<Panel>) -> Figure {
    Figure {
        id: id.into(),
        title: title.into(),
        caption:
            "Bars are points, whiskers 95% intervals from 1,000 resamples of blocks of 8 weeks. \
                  Source: analysis.json, 104 weeks from 3 January 2022."
                .into(),
        alt: format!("A made picture: {title}."),
        width: 900.0,
        height: 480.0,
        content: Content::Panels { columns, panels },
    }
}

pub fn line(name: &str, y: Vec<Option<f64>>, ink: Ink, dashed: bool) -> Mark {
    Mark::Line {
        name: name.into(),
        x: (0..y.len()).map(|i| i as f64).collect(),
        y,
        ink,
        dashed,
    }
}

pub fn bars(name: &str, length: Vec<Option<f64>>, ink: Ink) -> Mark {
    Mark::Bars {
        name: name.into(),
        at: (0..length.len()).map(|i| i as f64).collect(),
        base: vec![],
        length,
        whiskers: vec![],
        labels: vec![],
        ink,
        lying: false,
        stack: None,
        width: 0.7,
    }
}

pub fn reference(label: &str, at: f64, upright: bool) -> Mark {
    Mark::Reference {
        label: label.into(),
        at,
        upright,
        ink: Ink::Quiet,
        dashed: true,
    }
}

/// A wave that needs no random numbers.
fn wave(i: usize, size: f64) -> f64 {
    let t = i as f64;
    size * (1.0 + 0.3 * (t / 8.0).sin() + 0.12 * (1.7 * t).sin() + 0.002 * t)
}

pub const CHANNELS: [&str; 6] = [
    "facebook_spend",
    "instagram_followers_new",
    "snapchat_spend",
    "tiktok_spend",
    "email_sends_promotional_and_other",
    "google_spend",
];

pub fn fit_over_time() -> Figure {
    let count = 104;
    let actual = (0..count)
        .map(|i| Some(wave(i, 1.2e6)).filter(|_| i != 40 && i != 41))
        .collect();
    let model: Vec<f64> = (0..count)
        .map(|i| wave(i, 1.2e6) * (1.0 + 0.04 * (i as f64).cos()))
        .collect();
    let band = Mark::Band {
        name: "95% of forecasts".into(),
        x: (60..count).map(|i| i as f64).collect(),
        lower: model[60..].iter().map(|v| Some(v - 2e5)).collect(),
        upper: model[60..].iter().map(|v| Some(v + 2e5)).collect(),
        ink: Ink::Model,
    };
    let mut marks: Vec<Mark> = (0..5)
        .map(|fold| Mark::Span {
            label: format!("fold {}", fold + 1),
            from: 59.5 + 9.0 * f64::from(fold),
            to: 59.5 + 9.0 * f64::from(fold + 1),
            ink: if fold % 2 == 0 {
                Ink::Quiet
            } else {
                Ink::Model
            },
        })
        .collect();
    marks.push(band);
    marks.push(line("observed", actual, Ink::Actual, false));
    marks.push(line(
        "model",
        model.into_iter().map(Some).collect(),
        Ink::Model,
        true,
    ));
    figure(
        "fit_over_time",
        "The model follows revenue from week to week and misses it by 9% in weeks that it has not seen",
        1,
        vec![panel(
            None,
            weeks(count),
            number("Revenue, $ a week", NumberFormat::Money, true),
            marks,
        )],
    )
}

pub fn effects() -> Figure {
    let through = [420e3, 95e3, -40e3, 310e3, 12e3, 0.0];
    let direct = [0.0, 60e3, 0.0, -55e3, 0.0, 1.9e6];
    let lying = |name: &str, length: &[f64], base: Vec<f64>, ink, whiskers, labels| Mark::Bars {
        name: name.into(),
        at: (0..6).map(f64::from).collect(),
        base,
        length: length.iter().copied().map(Some).collect(),
        whiskers,
        labels,
        ink,
        lying: true,
        stack: Some("effect".into()),
        width: 0.62,
    };
    let base = (0..6)
        .map(|i| {
            if through[i] * direct[i] > 0.0 {
                through[i]
            } else {
                0.0
            }
        })
        .collect();
    let total: Vec<f64> = (0..6).map(|i| through[i] + direct[i]).collect();
    let marks = vec![
        lying(
            "through Google",
            &through,
            vec![],
            Ink::Through,
            vec![],
            vec![],
        ),
        lying("directly", &direct, base, Ink::Direct, vec![], vec![]),
        Mark::Points {
            name: "total with its 95% interval".into(),
            x: total.clone(),
            y: (0..6).map(|i| Some(f64::from(i))).collect(),
            whiskers: total.iter().map(|v| Some((v - 9e4, v + 1.6e5))).collect(),
            labels: total
                .iter()
                .map(|v| NumberFormat::Money.write(*v))
                .collect(),
            ink: Ink::Actual,
            shape: Shape::Diamond,
            lying: true,
        },
    ];
    let x = number("Revenue over 104 weeks, $", NumberFormat::Money, true);
    figure(
        "effects",
        "Google brought most of what spend brought; Snapchat's effect cannot be told from none",
        1,
        vec![panel(None, x, categories(&CHANNELS), marks)],
    )
}

pub fn grouped() -> Figure {
    let with = |name: &str, length: [f64; 6], ink| match bars(name, length.map(Some).into(), ink) {
        Mark::Bars {
            name,
            at,
            base,
            length,
            ink,
            lying,
            stack,
            width,
            ..
        } => Mark::Bars {
            whiskers: length
                .iter()
                .map(|v| v.map(|v| (v - 0.2, v + 0.3)))
                .collect(),
            labels: length
                .iter()
                .map(|v| NumberFormat::Ratio.write(v.unwrap_or(f64::NAN)))
                .collect(),
            name,
            at,
            base,
            length,
            ink,
            lying,
            stack,
            width,
        },
        other => other,
    };
    let marks = vec![
        with("gross return", [1.8, 0.6, 0.9, 2.4, -0.4, 3.1], Ink::Nth(0)),
        with(
            "loaded return",
            [1.1, 0.4, 0.5, 1.6, -0.6, 3.1],
            Ink::Nth(1),
        ),
        reference("a dollar comes back", 1.0, false),
    ];
    let y = number("Revenue a dollar of spend", NumberFormat::Ratio, true);
    figure(
        "returns",
        "Three channels earn back their dollar even when the Google spend they cause is charged to them",
        1,
        vec![panel(None, categories(&CHANNELS), y, marks)],
    )
}

pub fn waterfall() -> Figure {
    let names = [
        "base", "season", "facebook", "tiktok", "google", "price", "sales",
    ];
    let steps = [9e6, 1.2e6, 8e5, 3e5, 2.2e6, -1.6e6];
    let mut at = 0.0;
    let base: Vec<f64> = steps
        .iter()
        .map(|step| {
            at += step;
            at - step
        })
        .collect();
    let one = |name: &str, keep: fn(f64) -> bool, ink| {
        let chosen: Vec<usize> = (0..6).filter(|i| keep(steps[*i])).collect();
        Mark::Bars {
            name: name.into(),
            at: chosen.iter().map(|i| *i as f64).collect(),
            base: chosen.iter().map(|i| base[*i]).collect(),
            length: chosen.iter().map(|i| Some(steps[*i])).collect(),
            whiskers: vec![],
            labels: chosen
                .iter()
                .map(|i| NumberFormat::Money.write(steps[*i]))
                .collect(),
            ink,
            lying: false,
            stack: Some("steps".into()),
            width: 0.7,
        }
    };
    let end = Mark::Bars {
        name: String::new(),
        at: vec![6.0],
        base: vec![],
        length: vec![Some(at)],
        whiskers: vec![],
        labels: vec![NumberFormat::Money.write(at)],
        ink: Ink::Actual,
        lying: false,
        stack: Some("steps".into()),
        width: 0.7,
    };
    let marks = vec![
        one("adds", |step| step > 0.0, Ink::Good),
        one("takes", |step| step < 0.0, Ink::Bad),
        end,
    ];
    let y = number("Revenue over 104 weeks, $", NumberFormat::Money, true);
    figure(
        "waterfall",
        "Two thirds of revenue would have come without any spend",
        1,
        vec![panel(None, categories(&names), y, marks)],
    )
}

pub fn residuals() -> Figure {
    let points = |x: Vec<f64>, y: Vec<f64>| Mark::Points {
        name: String::new(),
        x,
        y: y.into_iter().map(Some).collect(),
        whiskers: vec![],
        labels: vec![],
        ink: Ink::Model,
        shape: Shape::Circle,
        lying: false,
    };
    let spread: Vec<f64> = (0..90).map(|i| 8e4 * (f64::from(i) * 2.4).sin()).collect();
    let histogram = Mark::Bars {
        name: String::new(),
        at: (0..11).map(|i| -1e5 + 2e4 * f64::from(i)).collect(),
        base: vec![],
        length: (0..11)
            .map(|i| Some(f64::from(30 - (i - 5_i32).pow(2))))
            .collect(),
        whiskers: vec![],
        labels: vec![],
        ink: Ink::Model,
        lying: false,
        stack: None,
        width: 1.0,
    };
    let acf = bars(
        "",
        (0..26)
            .map(|i| Some(0.4 * (f64::from(i) * 0.9).cos() / f64::from(i + 1)))
            .collect(),
        Ink::Model,
    );
    let panels = vec![
        panel(
            Some("Distribution"),
            number("Residual, $", NumberFormat::Money, false),
            number("Weeks", NumberFormat::Count, true),
            vec![histogram],
        ),
        panel(
            Some("Against a normal distribution"),
            number("Normal quantile", NumberFormat::Ratio, false),
            number("Residual, $", NumberFormat::Money, false),
            vec![
                points((0..90).map(|i| f64::from(i - 45) / 20.0).collect(), {
                    let mut sorted = spread.clone();
                    sorted.sort_by(f64::total_cmp);
                    sorted
                }),
                reference("", 0.0, false),
            ],
        ),
        panel(
            Some("Memory from week to week"),
            number("Lag, weeks", NumberFormat::Count, true),
            number("Autocorrelation", NumberFormat::Ratio, true),
            vec![
                acf,
                reference("95% of no memory", 0.2, false),
                reference("", -0.2, false),
            ],
        ),
        panel(
            Some("Against what the model says"),
            number("Fitted revenue, $", NumberFormat::Money, false),
            number("Residual, $", NumberFormat::Money, false),
            vec![points((0..90).map(|i| wave(i, 1e6)).collect(), spread)],
        ),
    ];
    let mut figure = figure(
        "residuals",
        "What the model leaves has no pattern that the tests can see",
        2,
        panels,
    );
    figure.height = 680.0;
    figure
}

pub fn correlation() -> Figure {
    let values = (0..6)
        .map(|i| {
            (0..6)
                .map(|j| match (i, j) {
                    (4, 2) | (2, 4) => None,
                    _ => Some(f64::cos(0.9 * f64::from(i - j))),
                })
                .collect()
        })
        .collect();
    let heat = Mark::Heat {
        values,
        format: NumberFormat::Ratio,
        most: 1.0,
    };
    figure(
        "correlation",
        "Facebook and Instagram move together, so their effects are hard to tell apart",
        1,
        vec![panel(
            None,
            categories(&CHANNELS),
            categories(&CHANNELS),
            vec![heat],
        )],
    )
}

pub fn response_curves(count: usize) -> Figure {
    let panels = (0..count)
        .map(|i| {
            let spend: Vec<f64> = (0..40).map(|k| 1e3 * f64::from(k)).collect();
            let answer = |x: f64| 9e4 * (1.0 - (-x / (9e3 + 2e3 * i as f64)).exp());
            let curve = Mark::Line {
                name: "what the model expects".into(),
                x: spend.clone(),
                y: spend.iter().map(|x| Some(answer(*x))).collect(),
                ink: Ink::Model,
                dashed: false,
            };
            let band = Mark::Band {
                name: "95% interval".into(),
                lower: spend.iter().map(|x| Some(0.8 * answer(*x))).collect(),
                upper: spend.iter().map(|x| Some(1.3 * answer(*x))).collect(),
                x: spend,
                ink: Ink::Model,
            };
            let today = Mark::Points {
                name: "spend of today".into(),
                x: vec![12e3],
                y: vec![Some(answer(12e3))],
                whiskers: vec![],
                labels: vec![],
                ink: Ink::Direct,
                shape: Shape::Circle,
                lying: false,
            };
            panel(
                Some(CHANNELS[i % 6]),
                number("Spend a week, $", NumberFormat::Money, true),
                number("Revenue a week, $", NumberFormat::Money, true),
                vec![band, curve, today, reference("seen up to here", 30e3, true)],
            )
        })
        .collect();
    figure(
        "response_curves",
        "Every channel answers less to its next dollar",
        3,
        panels,
    )
}

pub fn graph(exposures: usize) -> Figure {
    let name = |i: usize| match i < 6 {
        true => CHANNELS[i % 5].to_string(),
        false => format!("channel_number_{i}"),
    };
    let mut nodes: Vec<Node> = (0..exposures)
        .map(|i| Node {
            id: format!("x{i}"),
            lines: vec![name(i), "$12k a week".into()],
            column: 0,
            ink: Ink::Nth(0),
            aside: false,
        })
        .collect();
    let node = |id: &str, words: &str, column, aside| Node {
        id: id.into(),
        lines: words.lines().map(Into::into).collect(),
        column,
        ink: if aside { Ink::Quiet } else { Ink::Model },
        aside,
    };
    nodes.push(node("google", "google_spend\n$31k a week", 1, false));
    nodes.push(node("revenue", "revenue\n$1.2M a week", 2, false));
    nodes.push(node("price", "price, promotions", 1, true));
    nodes.push(node("season", "season, trend, holidays", 1, true));
    let mut edges: Vec<Edge> = (0..exposures)
        .map(|i| Edge {
            from: format!("x{i}"),
            to: "google".into(),
            label: format!("0.{} (0.0{} to 0.6{})", 21 + i, i % 9, i % 9),
            weight: 1.0 / (1.0 + i as f64),
            ink: Ink::Through,
            dashed: i % 4 == 3,
        })
        .collect();
    let edge = |from: &str, to: &str, label: &str, weight, ink| Edge {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        weight,
        ink,
        dashed: false,
    };
    edges.push(edge(
        "google",
        "revenue",
        "2.40 (1.90 to 2.85) $ of revenue a $ of Google",
        1.0,
        Ink::Through,
    ));
    edges.push(edge(
        "x1",
        "revenue",
        "0.31 (-0.10 to 0.72)",
        0.2,
        Ink::Direct,
    ));
    for from in ["price", "season"] {
        edges.push(edge(from, "google", "", 0.1, Ink::Quiet));
        edges.push(edge(from, "revenue", "", 0.1, Ink::Quiet));
    }
    let mut graph = figure(
        "graph",
        "Social spend works through Google search; Instagram may also work directly",
        1,
        vec![],
    );
    graph.content = Content::Graph(Graph { nodes, edges });
    graph
}

/// One figure of every kind, as a run would draw them.
pub fn ordinary() -> Vec<Figure> {
    vec![
        fit_over_time(),
        effects(),
        grouped(),
        waterfall(),
        residuals(),
        correlation(),
        response_curves(6),
        graph(4),
        // The worked recipe of CONTRIBUTING.md.
        induced_spend(&made::good()),
    ]
}

/// Panels without words of why, one point, equal values, extremes, gaps, many panels and many weeks.
pub fn awkward() -> Vec<Figure> {
    let money = || number("Revenue, $ a week", NumberFormat::Money, false);
    let one = |id: &str, x: Axis, y: Axis, marks: Vec<Mark>| {
        figure(id, id, 1, vec![panel(None, x, y, marks)])
    };
    let mut empty = panel(Some("Price"), weeks(3), money(), vec![]);
    empty.empty = Some("There is no price column in these data, so there is no price curve. Give a column the role `lever` to get one.".into());
    let values = |size: f64| (0..30).map(|i| Some(wave(i, size))).collect();
    let mut many = response_curves(20);
    many.id = "twenty_panels".into();
    let mut twenty = graph(20);
    twenty.id = "twenty_exposures".into();
    let mut lone = graph(1);
    lone.id = "one_exposure".into();
    if let Content::Graph(graph) = &mut lone.content {
        graph.edges.retain(|edge| edge.from != "x1");
        graph.edges.push(Edge {
            from: "x0".into(),
            to: "revenue".into(),
            label: "0.31 (-0.10 to 0.72)".into(),
            weight: 0.4,
            ink: Ink::Direct,
            dashed: true,
        });
    }
    let names: Vec<String> = (0..20)
        .map(|i| format!("a_very_long_name_of_channel_{i}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let spend: Vec<Option<f64>> = (0..20).map(|i| Some(1e3 * f64::from(20 - i))).collect();
    let lying = match bars("spend", spend.clone(), Ink::Nth(0)) {
        Mark::Bars {
            name,
            at,
            base,
            length,
            ink,
            stack,
            width,
            ..
        } => Mark::Bars {
            labels: length
                .iter()
                .map(|v| NumberFormat::Money.write(v.unwrap_or(0.0)))
                .collect(),
            whiskers: vec![],
            lying: true,
            name,
            at,
            base,
            length,
            ink,
            stack,
            width,
        },
        other => other,
    };
    let gaps = vec![
        Some(1.0),
        None,
        Some(2.0),
        Some(f64::NAN),
        Some(f64::INFINITY),
        Some(1.5),
        Some(1.6),
    ];
    vec![
        figure(
            "empty_panel",
            "There is no price to look at",
            1,
            vec![empty],
        ),
        one("no_marks", weeks(10), money(), vec![]),
        one(
            "one_point",
            weeks(1),
            money(),
            vec![line("observed", vec![Some(3e5)], Ink::Actual, false)],
        ),
        one(
            "all_equal",
            weeks(60),
            money(),
            vec![line("observed", vec![Some(3e5); 60], Ink::Actual, false)],
        ),
        one(
            "gaps",
            weeks(7),
            money(),
            vec![line("observed", gaps, Ink::Actual, false)],
        ),
        one(
            "huge",
            weeks(30),
            money(),
            vec![line("observed", values(1e12), Ink::Actual, false)],
        ),
        one(
            "tiny",
            weeks(30),
            money(),
            vec![line("observed", values(1e-6), Ink::Actual, false)],
        ),
        one(
            "thousand_weeks",
            weeks(1_000),
            money(),
            vec![line(
                "observed",
                (0..1_000).map(|i| Some(wave(i, 1e6))).collect(),
                Ink::Actual,
                false,
            )],
        ),
        one(
            "twenty_channels",
            number("Spend, $", NumberFormat::Money, true),
            categories(&names),
            vec![lying],
        ),
        one(
            "twenty_upright",
            categories(&names),
            number("Spend, $", NumberFormat::Money, true),
            vec![bars("spend", spend, Ink::Nth(1))],
        ),
        many,
        twenty,
        lone,
    ]
}
