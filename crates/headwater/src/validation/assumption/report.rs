//! The assessment of the path in words and findings.

use super::direct_path::{DirectPath, LEVEL, RuleTest};
use super::strength::Grade;
use super::{AssessmentSettings, PathAssessment, PathStrength, Power, TwoSlope, Verdict};
use crate::finding::{Bound, Finding, Status};
use crate::words::{either, listed, p_value};

/// What no test of the rule can see (methods brief, 1.6).
pub(super) fn blind_spot(settings: &AssessmentSettings) -> String {
    let AssessmentSettings {
        mediator, outcome, ..
    } = settings;
    format!(
        "direct effects in proportion to the mediated ones (every channel with the same share around {mediator}) \
         fit these data exactly as well as a higher worth of {mediator}: no test and no number of weeks tells \
         them apart. What each channel adds to {outcome} in all is the same either way; the split is not, and \
         an experiment that holds {mediator} fixed would tell"
    )
}

/// One sentence for each test, in the order in which the verdict weighs them.
pub(super) fn reasons(path: &PathAssessment, settings: &AssessmentSettings) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(strength) = &path.strength {
        reasons.push(strength_words(strength, settings));
    }
    if let Some(direct) = &path.direct_path {
        reasons.push(rule_words(direct, path, settings));
    } else if path.strength.is_some() {
        reasons.push(untested_words(path, settings));
    }
    if let Some(power) = &path.power
        && path.verdict != Verdict::DirectPathFound
    {
        reasons.push(power_words(power));
    }
    if let Some(two) = &path.two_slope
        && !is_weak(path)
    {
        reasons.push(two_slope_words(two, settings));
    }
    if let Some(set) = &path.anderson_rubin
        && is_weak(path)
    {
        reasons.push(format!(
            "whatever the strength of the first stage, a unit of {} is worth {} {} if the rule holds \
             ({:.0}% Anderson-Rubin set)",
            settings.mediator,
            set.words(figure),
            settings.outcome,
            100.0 * set.level
        ));
    }
    reasons.extend(
        path.not_assessed
            .iter()
            .map(|why| format!("not assessed: {why}")),
    );
    reasons
}

/// The verdict first, then the tests behind it.
pub(super) fn findings(path: &PathAssessment, settings: &AssessmentSettings) -> Vec<Finding> {
    let mut findings = vec![verdict(path, settings)];
    findings.push(strength(path, settings));
    findings.push(rule(path, settings));
    findings.push(two_slope(path, settings));
    findings.push(given_mediator(path, settings));
    findings.push(gaps(path, settings));
    findings
}

fn verdict(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    let AssessmentSettings {
        mediator, outcome, ..
    } = settings;
    let weak_path = path.strength.as_ref().is_some_and(|strength| {
        strength.grade == Grade::Weak || strength.p.is_nan() || strength.p >= LEVEL
    });
    let unsupported = if weak_path {
        format!("the path through {mediator} is not supported, the exposures hardly move it, and ")
    } else {
        String::new()
    };
    let found = path.direct_path.as_ref();
    let (status, said) = match path.verdict {
        Verdict::PathSupported => (
            Status::Passed,
            format!(
                "path supported: the exposures move {mediator}, {outcome} follows, and no test finds a way \
                 around it{}",
                path.power
                    .as_ref()
                    .map(|power| format!(" (not a proof: {})", power_words(power)))
                    .unwrap_or_else(|| {
                        " (not a proof: one exposure leaves nothing to check the rule against)"
                            .into()
                    })
            ),
        ),
        Verdict::NotSeparable => (
            Status::Warning,
            format!(
                "not separable: a unit of {mediator} that the exposures induced is not worth what any other \
                 unit is, so either hidden demand moves {mediator} and {outcome} together or the exposures \
                 also act around {mediator} in proportion; these data cannot say which. Total effects stand, \
                 the split does not"
            ),
        ),
        Verdict::DirectPathFound => {
            let channels = found
                .map(|direct| direct.channels.as_slice())
                .unwrap_or_default();
            let alternatives = found
                .map(|direct| direct.alternatives.as_slice())
                .unwrap_or_default();
            let who = match (channels, alternatives) {
                ([], _) => "some exposure reaches it another way, which one these data cannot tell"
                    .to_string(),
                (channels, []) => format!("{} reaches it another way", listed(channels)),
                (channels, others) => format!(
                    "{} reaches it another way, or {} does: these data cannot tell which",
                    listed(channels),
                    either(others)
                ),
            };
            let proviso = found
                .and_then(|direct| direct.holds_up_to)
                .map(|most| {
                    format!(
                        " (unless hidden demand correlates what the two stages leave unexplained beyond {most:.2})"
                    )
                })
                .unwrap_or_default();
            (
                Status::Failed,
                format!(
                    "direct path found: {unsupported}{outcome} does not follow through {mediator} alone: \
                     {who}{proviso}. Read total effects without the rule"
                ),
            )
        }
        Verdict::TooWeakToSay if weak_path => (
            Status::Failed,
            format!(
                "too weak to say: the path through {mediator} is not supported: {}",
                path.strength
                    .as_ref()
                    .map(|strength| strength_words(strength, settings))
                    .unwrap_or_default()
            ),
        ),
        Verdict::TooWeakToSay => (
            Status::Failed,
            format!(
                "too weak to say: the exposures move {mediator}, but {outcome} does not visibly follow: the \
                 worth of a unit of {mediator} may be 0"
            ),
        ),
        Verdict::NotAssessed => (
            Status::NotAssessed,
            format!(
                "the path through {mediator} could not be tested: {}",
                path.not_assessed
                    .first()
                    .map_or("its moments are singular", String::as_str)
            ),
        ),
    };
    let finding = Finding::new("mediation.path", status, said)
        .with("verdict", path.verdict.words())
        .with("reasons", path.reasons.clone())
        .with("blind_spot", path.blind_spot.clone());
    match path.config.is_empty() {
        true => finding,
        false => finding.with("config", path.config.clone()),
    }
}

fn strength(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    const ID: &str = "mediation.strength";
    let Some(strength) = &path.strength else {
        return missing(ID, path);
    };
    let status = match strength.grade {
        Grade::Strong | Grade::Moderate if strength.p < LEVEL => Status::Passed,
        Grade::Weak if strength.p < LEVEL => Status::Warning,
        _ => Status::Failed,
    };
    Finding::new(ID, status, strength_words(strength, settings))
        .measured("HAC F", strength.f_hac, Bound::AtLeast(Grade::WEAK_BELOW))
        .with("instruments", strength.instruments)
        .with("f", strength.f)
        .with("f_hac", strength.f_hac)
        .with("p", strength.p)
        .with("partial_r2", strength.partial_r2)
        .with("hac_lags", strength.lags)
        .with("grade", strength.grade.name())
}

fn rule(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    const ID: &str = "mediation.direct_path";
    let Some(direct) = &path.direct_path else {
        return match path.strength {
            Some(_) => Finding::new(ID, Status::NotAssessed, untested_words(path, settings)),
            None => missing(ID, path),
        };
    };
    let power = path.power.as_ref().map(power_words);
    let (status, said) = match (direct.p < LEVEL, direct.test) {
        (true, _) => (Status::Failed, rule_words(direct, path, settings)),
        (false, RuleTest::HansenJ) => (
            Status::Passed,
            format!(
                "{}; {}",
                rule_words(direct, path, settings),
                power.unwrap_or_else(|| "how often it would be is not known".into())
            ),
        ),
        (false, RuleTest::PlausibleWorth) => (
            Status::NotAssessed,
            format!(
                "{}; with a first stage this weak only a gross violation would show",
                rule_words(direct, path, settings)
            ),
        ),
    };
    let mut finding = Finding::new(ID, status, said)
        .measured("p value", direct.p, Bound::AtLeast(LEVEL))
        .with("test", direct.test.name())
        .with("p", direct.p)
        .with("channels", direct.channels.clone())
        .with("alternatives", direct.alternatives.clone());
    if let Some(over) = &path.overidentification {
        finding = finding
            .with("hansen_j", over.hansen_j.statistic)
            .with("df", over.hansen_j.df)
            .with("sargan", over.sargan.statistic)
            .with("sargan_p", over.sargan.p);
    }
    if let Some(power) = &path.power {
        let (least, most) = power.range();
        finding = finding
            .with("power_least", least)
            .with("power_most", most)
            .with("power_share", power.direct_share);
    }
    finding
}

fn two_slope(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    const ID: &str = "mediation.two_slope";
    let Some(two) = &path.two_slope else {
        return missing(ID, path);
    };
    let (status, said) = if is_weak(path) {
        (
            Status::NotAssessed,
            format!(
                "the exposures move {} too little to say what an induced unit of it is worth",
                settings.mediator
            ),
        )
    } else if two.test.p < LEVEL {
        let words = two_slope_words(two, settings);
        (
            Status::Warning,
            format!(
                "{words}: hidden demand, or direct effects; the split of effects depends on which"
            ),
        )
    } else {
        (Status::Passed, two_slope_words(two, settings))
    };
    Finding::new(ID, status, said)
        .measured("p value", two.test.p, Bound::AtLeast(LEVEL))
        .with("b_ind", two.b_ind)
        .with("b_ind_se", two.b_ind_se)
        .with("b_auto", two.b_auto)
        .with("b_auto_se", two.b_auto_se)
        .with("p", two.test.p)
        .with("p_wald", two.wald.p)
}

/// Direct effects under A2: says what it rests on, and decides nothing alone.
fn given_mediator(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    const ID: &str = "mediation.direct_given_mediator";
    let joint = path.direct_path.as_ref();
    let Some((direct, joint)) =
        joint.and_then(|direct| Some((direct, direct.joint_given_mediator.as_ref()?)))
    else {
        return missing(ID, path);
    };
    let AssessmentSettings {
        mediator, outcome, ..
    } = settings;
    let clear: Vec<String> = direct
        .given_mediator
        .iter()
        .filter(|effect| effect.p_holm < LEVEL)
        .map(|effect| effect.channel.clone())
        .collect();
    let condition = format!("if nothing unmeasured moves {mediator} and {outcome} together (A2)");
    let (status, said) = if joint.p >= LEVEL && clear.is_empty() {
        (
            Status::Passed,
            format!(
                "{condition}, no direct effect shows (HAC score test {})",
                p_value(joint.p)
            ),
        )
    } else {
        let who = match clear.as_slice() {
            [] => "the exposures together have direct effects, none clearly by itself".to_string(),
            clear => format!("{} has a direct effect", listed(clear)),
        };
        (
            Status::Warning,
            format!(
                "{condition}, {who} (HAC score test of all {}); where it does not hold, hidden demand looks the same",
                p_value(joint.p)
            ),
        )
    };
    let effects = direct.given_mediator.iter().map(|effect| {
        serde_json::json!({
            "channel": effect.channel, "effect": effect.effect, "share": effect.share,
            "p": effect.p, "p_holm": effect.p_holm,
        })
    });
    let by_channel = direct.given_mediator.iter().map(|effect| effect.p_holm);
    let least = by_channel.fold(joint.p, f64::min);
    Finding::new(ID, status, said)
        .measured(
            "least p value, joint or by channel",
            least,
            Bound::AtLeast(LEVEL),
        )
        .with("channels", clear)
        .with("effects", effects.collect::<Vec<_>>())
}

/// How far mediated totals are from unrestricted ones.
fn gaps(path: &PathAssessment, settings: &AssessmentSettings) -> Finding {
    const ID: &str = "mediation.totals";
    let assessed: Vec<_> = path
        .totals
        .iter()
        .filter_map(|total| Some((total, total.gap.excludes(0.0)?)))
        .collect();
    if assessed.is_empty() {
        let why = "totals without the rule have no interval: no bootstrap was run, or they could not be computed";
        return Finding::new(ID, Status::NotAssessed, why);
    }
    let apart: Vec<String> = assessed
        .iter()
        .filter(|(_, excludes)| *excludes)
        .map(|(total, _)| total.channel.clone())
        .collect();
    let (status, said) = match apart.as_slice() {
        [] => (
            Status::Passed,
            format!(
                "no channel's total effect changes visibly when the rule that all goes through {} is lifted",
                settings.mediator
            ),
        ),
        apart => (
            Status::Warning,
            format!(
                "the total effect of {} changes when the rule that all goes through {} is lifted: see the \
                 totals without the rule",
                listed(apart),
                settings.mediator
            ),
        ),
    };
    Finding::new(ID, status, said).with("channels", apart)
}

fn missing(id: &str, path: &PathAssessment) -> Finding {
    let why = path.not_assessed.first();
    let why = why.map_or("the moments of the test are singular", String::as_str);
    Finding::new(id, Status::NotAssessed, format!("not assessed: {why}"))
}

fn is_weak(path: &PathAssessment) -> bool {
    path.strength
        .as_ref()
        .is_none_or(|strength| Verdict::rule_test(strength) == RuleTest::PlausibleWorth)
}

fn strength_words(strength: &PathStrength, settings: &AssessmentSettings) -> String {
    format!(
        "the exposures without a drawn edge explain {:.0}% of what the controls leave of {} ({}: HAC F {:.1}; \
         HAC score test {})",
        100.0 * strength.partial_r2,
        settings.mediator,
        strength.grade.name(),
        strength.f_hac,
        p_value(strength.p)
    )
}

/// Why the rule could not be tested.
fn untested_words(path: &PathAssessment, settings: &AssessmentSettings) -> String {
    if is_weak(path) {
        return "with a first stage this weak, and the columns that these weeks hold, no test of the rule is left"
            .into();
    }
    format!(
        "a single exposure without a drawn edge leaves nothing to check the rule against: that it reaches {} \
         through {} alone is assumed",
        settings.outcome, settings.mediator
    )
}

fn rule_words(direct: &DirectPath, path: &PathAssessment, settings: &AssessmentSettings) -> String {
    let figures = match (direct.test, &path.overidentification) {
        (RuleTest::HansenJ, Some(over)) => format!(
            "HAC Hansen J {:.1} on {} degrees, {}",
            over.hansen_j.statistic,
            over.hansen_j.df,
            p_value(direct.p)
        ),
        _ => format!("{}, {}", direct.test.name(), p_value(direct.p)),
    };
    let figures = match direct.holds_up_to {
        Some(most) => format!(
            "{figures}; it holds unless what the two stages leave unexplained correlates beyond {most:.2}"
        ),
        None => figures,
    };
    let AssessmentSettings {
        mediator, outcome, ..
    } = settings;
    if direct.p >= LEVEL {
        return format!("no direct path shows ({figures})");
    }
    let freed = match direct.channels.as_slice() {
        [] => "; no choice of direct edges that could be checked makes it fit".to_string(),
        channels => format!("; with a direct edge for {} it fits", listed(channels)),
    };
    let others = match direct.alternatives.as_slice() {
        [] => String::new(),
        others => format!(", and as well with one for {} instead", either(others)),
    };
    format!(
        "that the exposures reach {outcome} through {mediator} alone does not fit ({figures}){freed}{others}"
    )
}

fn power_words(power: &Power) -> String {
    let (least, most) = power.range();
    let (least, most) = (100.0 * least, 100.0 * most);
    let often = if most - least < 1.5 {
        format!("{most:.0}%")
    } else {
        format!("{least:.0}% to {most:.0}%, by channel,")
    };
    format!(
        "at {} weeks a {:.0}% direct share of one channel would be caught {often} of the time",
        power.weeks,
        100.0 * power.direct_share
    )
}

fn two_slope_words(two: &TwoSlope, settings: &AssessmentSettings) -> String {
    format!(
        "a unit of {} that the exposures induced is worth {} {} (95% {} to {}), any other unit {}; {} (HAC score \
         test {})",
        settings.mediator,
        figure(two.b_ind),
        settings.outcome,
        figure(two.b_ind_interval().lower),
        figure(two.b_ind_interval().upper),
        figure(two.b_auto),
        if two.test.p < LEVEL {
            "they differ"
        } else {
            "they do not differ visibly"
        },
        p_value(two.test.p)
    )
}

/// Three significant digits.
fn figure(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = (2 - size.log10().floor() as i32).clamp(0, 12) as usize;
    format!("{value:.digits$}")
}
