//! Evaluations in great number, healthy ones and trapping ones, leave nothing behind: no memory, no file descriptor, no
//! thread, no slot of the pool.
//!
//! 20,000 evaluations as a test; `cargo xtask soak` makes a million of it.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
#[allow(dead_code, reason = "other tests use the other guests")]
mod guests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use guests::{EATS, LOOPS, NAN, PASSES, TRAPS, guest, guest_with};
use scorebox_sandbox::{
    Configured, Embeddings, FaultKind, Grants, Limits, Model, ModelError, Prompt, Reply, Sample, Sandbox,
    SandboxConfig,
};

/// Instances at once.
const CONCURRENT: usize = 4;
/// What the pool has room for: one more than was asked for, see `Sandbox::new`.
const SLOTS: usize = CONCURRENT + 1;
/// What is measured first is what there is after so many evaluations.
const SETTLED: u64 = 10_000;
/// Components that eat memory: more than the pool keeps slots warm for, so that each slot has been filled soon. What a
/// slot keeps resident is bounded, but only then has it reached its bound.
const EATERS: usize = 6 * SLOTS;
/// They are alone with the first evaluations.
const FILLED: u64 = 3_000;
/// One evaluation in so many runs into its deadline, which takes milliseconds.
const SLOW: u64 = 2_000;
/// One evaluation in so many compiles its plugin anew.
const ANEW: u64 = 5_000;

const RECURS: &str = "(call $down) (unreachable)";
/// Takes what memory it gets, and writes to all of it.
const EATS_AND_WRITES: &str = "(loop $more
    (if (i32.ne (memory.grow (i32.const 4)) (i32.const -1)) (then
      (memory.fill
        (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 262144))
        (i32.const 0xA5)
        (i32.const 262144))
      (br $more))))
    (unreachable)";
/// Reads the whole output and passes.
const READS: &str = "(loop $next
    (local.set 5 (i32.sub (local.get 5) (i32.const 1)))
    (drop (i32.load8_u (i32.add (local.get 4) (local.get 5))))
    (br_if $next (local.get 5)))";

struct Guest {
    name: &'static str,
    /// Taken in turn.
    configured: Vec<Configured>,
    /// What comes of every evaluation; `None` for a score.
    fault: Option<FaultKind>,
    evaluations: AtomicU64,
}

/// A model that answers nobody before everybody has asked.
#[derive(Debug, Default)]
struct Gate {
    asked: Mutex<usize>,
    change: Condvar,
}

impl Model for Gate {
    fn complete(&self, _: &Prompt, _: Instant) -> Result<Reply, ModelError> {
        Err(ModelError::Unavailable("it only embeds".to_owned()))
    }

    fn embed(&self, _: &[String], _: Instant) -> Result<Embeddings, ModelError> {
        let mut asked = self.asked.lock().unwrap();
        let everybody = (*asked / SLOTS + 1) * SLOTS;
        *asked += 1;
        self.change.notify_all();
        let patience = Duration::from_secs(30);
        let (asked, _) = self.change.wait_timeout_while(asked, patience, |asked| *asked < everybody).unwrap();
        if *asked < everybody {
            return Err(ModelError::Unavailable("somebody did not ask".to_owned()));
        }
        Ok(Embeddings { vectors: Vec::new(), tokens: 0, cost: None })
    }
}

/// Asks the model for no embeddings, and passes if it gets them.
fn asks() -> Vec<u8> {
    let import = "(import \"scorebox:plugin/model@0.1.0\" \"embed\" (func $embed (param i32 i32 i32)))";
    let evaluate = format!(
        "(call $embed (i32.const 0) (i32.const 0) (i32.const 4800))
         (if (i32.load8_u (i32.const 4800)) (then (unreachable)))
         {PASSES}"
    );
    guest_with(import, "(i32.const 3072)", &evaluate)
}

struct Soak {
    sandbox: Sandbox,
    guests: Vec<Guest>,
    slow: Guest,
    asks: Configured,
    sample: Sample,
    next: AtomicU64,
}

fn limits() -> Limits {
    Limits {
        fuel: 10_000_000,
        fuel_per_byte: 0,
        memory: 2 << 20,
        deadline: Duration::from_secs(60),
        ..Limits::default()
    }
}

impl Soak {
    fn new() -> Self {
        let model: Arc<dyn Model> = Arc::new(Gate::default());
        let config = SandboxConfig { concurrent: CONCURRENT, model: Some(model), ..SandboxConfig::default() };
        let sandbox = Sandbox::new(config).unwrap();
        let make = |name, components: &[Vec<u8>], fault, limits: Limits| {
            let configure = |bytes: &Vec<u8>| {
                sandbox.load(bytes, &Grants::default()).unwrap().configure("{}", &limits).unwrap()
            };
            let configured = components.iter().map(configure).collect();
            Guest { name, configured, fault, evaluations: AtomicU64::new(0) }
        };
        let ok = "(i32.const 3072)";
        let recurs = guest_with("(func $down (call $down))", ok, RECURS);
        let eaters = (0..EATERS).map(|number| {
            guest_with(&format!("(data (i32.const 1100) \"eater {number}\")"), ok, EATS_AND_WRITES)
        });
        let guests = [
            ("eats", eaters.collect(), Some(FaultKind::OutOfMemory)),
            ("reads", vec![guest(&format!("{READS} {PASSES}"))], None),
            ("traps", vec![guest(TRAPS)], Some(FaultKind::Trap)),
            ("passes", vec![guest(PASSES)], None),
            ("loops", vec![guest(LOOPS)], Some(FaultKind::OutOfFuel)),
            ("grows", vec![guest(EATS)], Some(FaultKind::OutOfMemory)),
            ("not a number", vec![guest(NAN)], Some(FaultKind::InvalidScore)),
            ("recurs", vec![recurs], Some(FaultKind::StackOverflow)),
            ("points nowhere", vec![guest("(i32.const -8)")], Some(FaultKind::InvalidReturn)),
        ];
        let little = Limits { fuel: 50_000, ..limits() };
        let guests = guests.map(|(name, components, fault)| {
            let limits = if fault == Some(FaultKind::OutOfFuel) { little } else { limits() };
            make(name, &components, fault, limits)
        });
        let late = Limits { fuel: Limits::MOST.fuel, deadline: Duration::from_millis(1), ..limits() };
        let slow = make("runs late", &[guest(LOOPS)], Some(FaultKind::Deadline), late);
        let model = Grants { model: true, ..Grants::default() };
        let asks = sandbox.load(&asks(), &model).unwrap().configure("{}", &limits()).unwrap();
        let sample = Sample { id: "s".into(), output: "All of it. ".repeat(60), ..Sample::default() };
        Self { sandbox, guests: guests.into(), slow, asks, sample, next: AtomicU64::new(0) }
    }

    /// Evaluates on all threads until there were `total` evaluations.
    fn up_to(&self, total: u64) {
        std::thread::scope(|scope| {
            for _ in 0..CONCURRENT {
                scope.spawn(|| {
                    loop {
                        let number = self.next.fetch_add(1, Ordering::Relaxed);
                        if number >= total {
                            return;
                        }
                        self.one(number);
                    }
                });
            }
        });
        self.next.store(total, Ordering::Relaxed);
    }

    fn one(&self, number: u64) {
        if number % ANEW == 1 {
            let bytes = guest(&format!("(drop (i64.const {number})) {PASSES}"));
            let plugin = self.sandbox.load(&bytes, &Grants::default()).unwrap();
            let configured = plugin.configure("{}", &limits()).unwrap();
            assert!(configured.evaluate(&self.sample).result.is_ok());
        }
        let guest = if number % SLOW == 2 {
            &self.slow
        } else {
            let kinds = if number < FILLED { 1 } else { self.guests.len() };
            &self.guests[usize::try_from(number).unwrap() % kinds]
        };
        let count = guest.evaluations.fetch_add(1, Ordering::Relaxed);
        let configured = &guest.configured[usize::try_from(count).unwrap() % guest.configured.len()];
        let result = configured.evaluate(&self.sample).result;
        assert_eq!(result.map_err(|fault| fault.kind).err(), guest.fault, "{} at {number}", guest.name);
    }

    /// Fails unless all instances that the pool has room for can run at once: each asks the model, which answers none
    /// before all have asked.
    fn every_slot_is_free(&self) {
        std::thread::scope(|scope| {
            for _ in 0..SLOTS {
                scope.spawn(|| {
                    let result = self.asks.evaluate(&self.sample).result;
                    assert!(result.is_ok(), "somebody got no slot: {result:?}");
                });
            }
        });
    }
}

/// What this process holds.
#[derive(Debug)]
struct Held {
    /// Resident memory, bytes.
    memory: u64,
    files: usize,
    threads: usize,
}

impl Held {
    fn now() -> Self {
        // A thread that was waited for is not yet gone.
        std::thread::sleep(Duration::from_millis(200));
        let entries = |path: &str| std::fs::read_dir(path).unwrap().count();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
        Self {
            memory: kilobytes * 1024,
            files: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn evaluations_leave_nothing_behind() {
    let total: u64 = match std::env::var("SCOREBOX_SOAK") {
        Ok(total) => total.parse().unwrap(),
        Err(_) => 20_000,
    };
    let soak = Soak::new();
    soak.every_slot_is_free();
    soak.up_to(SETTLED);
    let settled = Held::now();
    let start = Instant::now();
    soak.up_to(total);
    let took = start.elapsed();
    let end = Held::now();
    soak.every_slot_is_free();

    for guest in soak.guests.iter().chain([&soak.slow]) {
        let fault = guest.fault.map_or("a score", FaultKind::name);
        println!("{:>9}  {:16} {fault}", guest.evaluations.load(Ordering::Relaxed), guest.name);
    }
    println!("after {SETTLED}: {settled:?}");
    println!(
        "after {total}: {end:?}, {:.0} evaluations a second",
        (total - SETTLED) as f64 / took.as_secs_f64()
    );
    assert_eq!((end.files, end.threads), (settled.files, settled.threads));
    let most = settled.memory + settled.memory / 20;
    assert!(end.memory <= most, "{} bytes resident, more than 5 % over {}", end.memory, settled.memory);
}
