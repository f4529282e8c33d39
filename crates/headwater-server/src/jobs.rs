//! Fits, one at a time, in the order in which they were asked for.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use headwater::analysis::{Advisor, Analysis, SavedRun, Settings};
use headwater::error::{Error, Result};
use headwater::progress::{Progress, Silent};
use jiff::Timestamp;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::advisors::{Advisors, Opened};
use crate::error::Problem;
use crate::reading::Reading;
use crate::store::{Datasets, Entry, Id, Record, Run, RunProgress, Runs, Source, State};

/// How many fits may wait.
pub const MOST_WAITING: usize = 20;

/// How often progress is told at most.
const PAUSE: Duration = Duration::from_millis(100);

/// The steps of a fit as the library calls them, and in words.
const STEPS: [(&str, &str); 3] = [
    (
        "cross-validation",
        "fitting the model and scoring it on weeks it has not seen",
    ),
    ("bootstrap", "fitting it again on resampled weeks"),
    ("placebos", "checking how far to trust it"),
];

/// The queue and the thread that works through it.
pub struct Jobs {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    datasets: Arc<Datasets>,
    runs: Arc<Runs>,
    advisors: Arc<Advisors>,
    /// The threads of fits, their own: a question would wait until a fit has nothing left to do.
    threads: ThreadPool,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Id>,
    running: Option<Id>,
    closing: bool,
}

/// Why a fit was not taken.
#[derive(Debug)]
pub enum Refused {
    /// [`MOST_WAITING`] wait already.
    Full,
    /// The disk refused.
    Disk(Error),
}

impl Jobs {
    /// Starts to work, first through what waited when the last server ended.
    pub fn start(
        datasets: Arc<Datasets>,
        runs: Arc<Runs>,
        advisors: Arc<Advisors>,
    ) -> Result<Self> {
        let mut waiting: Vec<Run> = runs.list();
        waiting.retain(|run| run.state == State::Queued);
        waiting.reverse();
        let refused = |why: &dyn std::fmt::Display| {
            Error::setting(
                format!("the threads that fit could not be started: {why}"),
                "end other programs and start again",
            )
        };
        let threads = ThreadPoolBuilder::new()
            .thread_name(|number| format!("fit-{number}"))
            .build()
            .map_err(|why| refused(&why))?;
        let shared = Arc::new(Shared {
            datasets,
            runs,
            advisors,
            threads,
            queue: Mutex::new(Queue {
                waiting: waiting.iter().map(|run| run.id).collect(),
                ..Queue::default()
            }),
            wake: Condvar::new(),
        });
        shared.tell_positions(&shared.queue());
        let work = Arc::clone(&shared);
        let worker = std::thread::Builder::new()
            .name("fits".into())
            .spawn(move || work.work());
        let worker = worker.map_err(|why| refused(&why))?;
        Ok(Jobs {
            shared,
            worker: Mutex::new(Some(worker)),
        })
    }

    /// Takes a fit.
    pub fn submit(
        &self,
        dataset: &Record,
        settings: &Settings,
        name: Option<String>,
    ) -> std::result::Result<Run, Refused> {
        let mut queue = self.shared.queue();
        if queue.waiting.len() >= MOST_WAITING {
            return Err(Refused::Full);
        }
        let stages = (
            settings.stages.mediator.name(),
            settings.stages.outcome.name(),
        );
        let estimator = match stages.0 == stages.1 {
            true => stages.0.to_string(),
            false => format!("{}, {}", stages.0, stages.1),
        };
        let run = Run {
            id: Id::random(),
            name: name.unwrap_or_else(|| format!("{}, {estimator}", dataset.name)),
            dataset: Source {
                id: dataset.id,
                name: dataset.name.clone(),
            },
            state: State::Queued,
            created: Timestamp::now(),
            started: None,
            finished: None,
            seconds: None,
            estimator,
            seed: settings.seed,
            position: Some(queue.waiting.len() + 1),
            progress: None,
            error: None,
            verdict: None,
            skill: None,
            weeks: None,
        };
        let entry = self.shared.runs.add(run, settings).map_err(Refused::Disk)?;
        queue.waiting.push_back(entry.id());
        self.shared.wake.notify_one();
        Ok(entry.run())
    }

    /// Takes a fit out of the queue, or asks it to stop where it runs. One that has ended stays as it is.
    pub fn cancel(&self, entry: &Entry) -> Result<()> {
        let mut queue = self.shared.queue();
        let id = entry.id();
        if let Some(at) = queue.waiting.iter().position(|waiting| *waiting == id) {
            entry.update(|run| {
                run.state = State::Cancelled;
                run.position = None;
                run.finished = Some(Timestamp::now());
            })?;
            queue.waiting.remove(at);
            self.shared.tell_positions(&queue);
        } else if queue.running == Some(id) {
            entry.stop();
            entry.show(|run| {
                if let Some(progress) = &mut run.progress {
                    progress.what = "stopping".into();
                    progress.seconds_left = None;
                }
            });
        }
        Ok(())
    }

    /// Whether a fit that waits or runs needs this upload.
    pub fn needs(&self, dataset: Id) -> bool {
        let runs = self.shared.runs.list();
        runs.iter()
            .any(|run| run.dataset.id == dataset && !run.state.is_final())
    }

    /// Stops: what runs is recorded as interrupted and asked to stop, what waits will be taken up by the
    /// next server. Waits so long for the thread to end; whether it did.
    pub fn close(&self, patience: Duration) -> bool {
        let running = {
            let mut queue = self.shared.queue();
            queue.closing = true;
            queue.running
        };
        self.shared.wake.notify_all();
        if let Some(entry) = running.and_then(|id| self.shared.runs.get(id)) {
            entry.stop();
        }
        let worker = self
            .worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(worker) = worker else { return true };
        let until = Instant::now() + patience;
        while !worker.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        worker.is_finished() && worker.join().is_ok()
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.close(Duration::from_secs(60));
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fits one after the other until the server closes.
    fn work(&self) {
        while let Some(entry) = self.next() {
            let began = Instant::now();
            entry.record(|run| {
                run.state = State::Running;
                run.started = Some(Timestamp::now());
                run.position = None;
                run.progress = Some(step(0));
            });
            let outcome = catch_unwind(AssertUnwindSafe(|| self.fit(&entry)));
            let closing = {
                let mut queue = self.queue();
                queue.running = None;
                queue.closing
            };
            let (finished, seconds) = (Timestamp::now(), began.elapsed().as_secs_f64());
            entry.record(|run| {
                run.progress = None;
                run.finished = Some(finished);
                run.seconds = Some(seconds);
                match &outcome {
                    Ok(Ok(analysis)) => {
                        run.state = State::Done;
                        run.learn(analysis);
                    }
                    Ok(Err(Error::Cancelled)) if closing => run.state = State::Interrupted,
                    Ok(Err(Error::Cancelled)) => run.state = State::Cancelled,
                    Ok(Err(error)) => {
                        run.state = State::Failed;
                        run.error = Some(Problem::from(error));
                    }
                    Err(_) => {
                        run.state = State::Failed;
                        run.error = Some(Problem {
                            message: "the fit ended by a fault of the program".into(),
                            help: Some("report it as a bug, with the data if you can".into()),
                            report: None,
                        });
                    }
                }
            });
        }
    }

    /// Waits for the next fit; none when the server closes.
    fn next(&self) -> Option<Arc<Entry>> {
        let mut queue = self.queue();
        loop {
            if queue.closing {
                return None;
            }
            if let Some(id) = queue.waiting.pop_front() {
                self.tell_positions(&queue);
                if let Some(entry) = self.runs.get(id) {
                    queue.running = Some(id);
                    return Some(entry);
                }
                continue;
            }
            queue = self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads, fits and writes, as `headwater fit` does.
    fn fit(&self, entry: &Entry) -> Result<Analysis> {
        let dataset = entry.run().dataset;
        let Some(record) = self.datasets.get(dataset.id) else {
            return Err(Error::input(
                format!(
                    "the upload {} was deleted before it was fitted",
                    dataset.name
                ),
                "upload the file again",
            ));
        };
        let settings = entry.settings()?;
        let reading = Reading::of(&self.datasets.file(record.id), &record.name, &settings)?;
        let (loaded, mut findings) = (reading.loaded?, reading.findings);
        findings.extend(loaded.findings);
        let listener = Listener::new(entry);
        let fit = self.threads.install(|| {
            headwater::analysis::run(&loaded.dataset, findings, &settings, &listener)
        })?;
        // A stop after the last look of the library counts as well.
        if entry.stopped() {
            return Err(Error::Cancelled);
        }
        fit.write(&entry.directory(), false)?;
        // The models are still there: who asks first need not wait. What went wrong here goes wrong
        // again when the run is opened for a question, and is told there.
        let opened = SavedRun::open(&entry.directory()).and_then(|run| {
            Ok(Opened {
                run: run.into(),
                advisor: Advisor::of(&fit, &Silent)?,
            })
        });
        if let Ok(opened) = opened {
            self.advisors.keep(entry.id(), opened);
        }
        Ok(fit.analysis)
    }

    /// Writes into each run that waits where it stands.
    fn tell_positions(&self, queue: &Queue) {
        for (ahead, id) in queue.waiting.iter().enumerate() {
            if let Some(entry) = self.runs.get(*id) {
                entry.show(|run| run.position = Some(ahead + 1));
            }
        }
    }
}

/// The beginning of a step.
fn step(index: usize) -> RunProgress {
    RunProgress {
        what: STEPS[index].1.into(),
        done: 0,
        total: 0,
        step: index + 1,
        steps: STEPS.len(),
        seconds_left: None,
    }
}

/// Tells those who follow a run how far it is.
struct Listener<'a> {
    entry: &'a Entry,
    told: Mutex<Option<Told>>,
}

/// What was told last.
struct Told {
    step: usize,
    done: usize,
    last: Instant,
    /// When the step was heard of first, and how much of it was done.
    began: (Instant, usize),
}

impl<'a> Listener<'a> {
    fn new(entry: &'a Entry) -> Self {
        Listener {
            entry,
            told: Mutex::new(None),
        }
    }
}

impl Progress for Listener<'_> {
    fn report(&self, what: &str, done: usize, total: usize) {
        let Some(index) = STEPS.iter().position(|(name, _)| *name == what) else {
            return;
        };
        let now = Instant::now();
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = known.get_or_insert(Told {
            step: 0,
            done: 0,
            last: now,
            began: (now, done),
        });
        let entered = told.step < index || told.done == 0;
        // Threads report out of order.
        if (index, done) < (told.step, told.done) || self.entry.stopped() {
            return;
        }
        if entered {
            told.began = (now, done);
        }
        (told.step, told.done) = (index, done);
        let over = done == total;
        if !entered && !over && now - told.last < PAUSE {
            return;
        }
        told.last = now;
        let (began, before) = told.began;
        // Between the replicates and the placebos lie checks that are not counted.
        let resampled = over && index == 1;
        self.entry.show(|run| {
            run.progress = Some(match resampled {
                true => step(2),
                false => RunProgress {
                    done,
                    total,
                    seconds_left: seconds_left(now - began, done - before, total - done),
                    ..step(index)
                },
            });
        });
    }

    fn cancelled(&self) -> bool {
        self.entry.stopped()
    }
}

/// How long `left` parts take at the rate of those that were `done` so far; none before there is a rate.
fn seconds_left(passed: Duration, done: usize, left: usize) -> Option<f64> {
    let rate = passed.as_secs_f64() / done as f64;
    (done > 0 && passed > PAUSE).then_some(rate * left as f64)
}
