use headwater::analysis::{Settings, run};
use headwater::data::Dataset;
use headwater::effects::{Bootstrap, SMOOTH_STEP, TREE_STEP};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};

fn main() {
    let ridge = |k: &str| format!("[stages.mediator]\nkind='{k}'\n[stages.outcome]\nkind='{k}'\n");
    let direct = |s: &str| format!("{s}");
    let cases: Vec<(&str, String, usize, bool)> = vec![
        ("ridge_tuned", String::new(), 1000, false),
        ("ridge_tuned_direct", String::new(), 300, true),
        ("ridge_fixed", "[features.adstock]\ndecay=0.3\n[stages.mediator]\nkind='ridge'\npenalty=0.01\n[stages.outcome]\nkind='ridge'\npenalty=0.01\n".into(), 1000, false),
        ("ridge_fixed_direct", "[features.adstock]\ndecay=0.3\n[stages.mediator]\nkind='ridge'\npenalty=0.01\n[stages.outcome]\nkind='ridge'\npenalty=0.01\n".into(), 300, true),
        ("ols", ridge("ols"), 300, false),
        ("ols_direct", ridge("ols"), 300, true),
        ("lasso", ridge("lasso"), 20, false),
        ("enet_direct", ridge("elastic_net"), 10, true),
        ("log", "[mediation]\nlink='log'\n".into(), 300, true),
        ("predicted_log1p", "[mediation]\nreading='predicted'\n[features]\nsaturation='log1p'\n".into(), 300, true),
        ("observed_flags", "[mediation]\nreading='observed'\n[features]\nzero_flags=true\n".into(), 300, false),
        ("crossfit", "[mediation]\ncross_fit='always'\n".into(), 200, false),
        ("residual", "[bootstrap]\nresampling='residual'\n".into(), 300, true),
        ("interactions", "[features]\ninteractions=[['facebook_spend','sms_sends'],['google_spend','sms_sends'],['facebook_spend','google_spend']]\n".into(), 300, true),
        ("boosting", ridge("boosting"), 12, false),
        ("boosting_pairs_direct", format!("{}[bootstrap]\nresampling='pairs'\n", ridge("boosting")), 12, true),
        ("boosting_log", format!("{}[mediation]\nlink='log'\n", ridge("boosting")), 12, true),
        ("boosting_ridge", "[stages.mediator]\nkind='boosting'\n[stages.outcome]\nkind='ridge'\n".into(), 12, true),
        ("boosting_sampled", "[stages.mediator]\nkind='boosting'\nsubsample=0.8\ncolsample_bytree=0.8\nrounds=60\n[stages.outcome]\nkind='boosting'\nmonotone=false\nsubsample=0.7\n".into(), 12, true),
    ];
    let market = simulate(&MarketSettings::default()).unwrap();
    let only = std::env::args().nth(1);
    let mut all = serde_json::Map::new();
    for (name, text, replicates, edges) in cases {
        if only.as_deref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let text = direct(&text);
        let mut settings = Settings::from_toml("x", &text).unwrap();
        settings.bootstrap.replicates = Some(replicates);
        settings.bootstrap.level = 0.5;
        let mut dataset: Dataset = market.dataset.clone();
        if edges {
            let mut roles = dataset.roles().clone();
            roles.columns["facebook_spend"].direct = true;
            roles.columns["tiktok_spend"].direct = true;
            let columns: indexmap::IndexMap<String, std::sync::Arc<[f64]>> = dataset
                .columns()
                .map(|(n, v)| (n.to_string(), v.clone()))
                .collect();
            dataset = Dataset::new(
                dataset.source().clone(),
                roles,
                dataset.weeks().to_vec(),
                columns,
            )
            .unwrap();
        }
        let start = std::time::Instant::now();
        let fit = match run(&dataset, Vec::new(), &settings, &Silent) {
            Ok(f) => f,
            Err(e) => {
                eprintln!("{name}: {e}");
                all.insert(name.into(), format!("{e}").into());
                continue;
            }
        };
        let ms = start.elapsed().as_millis();
        let model = settings.model();
        let trees = model.mediator.overfits() || model.outcome.overfits();
        let b = Bootstrap::run(
            &model,
            &fit.model,
            &settings.bootstrap,
            settings.seed,
            if trees { TREE_STEP } else { SMOOTH_STEP },
            &Silent,
        )
        .unwrap();
        let draws: Vec<Vec<[f64; 6]>> = b
            .draws
            .iter()
            .map(|d| {
                d.iter()
                    .map(|e| {
                        [
                            e.total,
                            e.direct,
                            e.indirect,
                            e.induced_mediator,
                            e.marginal,
                            e.clamped as f64,
                        ]
                    })
                    .collect()
            })
            .collect();
        eprintln!("{name}: {ms} ms, redraws {}", b.redraws);
        all.insert(name.into(), serde_json::json!({"analysis": fit.analysis, "draws": draws, "redraws": b.redraws, "block": b.block_length}));
    }
    println!("{}", serde_json::to_string(&all).unwrap());
}
