//! Plugins that are compiled and run by processes of their own score the same as in this one, and whatever happens to
//! such a process costs what it held and nothing else.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../../../tests/guests/mod.rs"]
mod guests;

use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use guests::{EATS, LOOPS, NAN, PASSES, TRAPS, guest, guest_with};
use rustix::process::{Pid, Signal, kill_process};
use scorebox_sandbox::{
    CompileLimits, Embeddings, Evaluation, Fault, FaultKind, Grants, Limits, Model, ModelError, Prepared,
    Prompt, Reply, Sample, Sandbox, SandboxConfig, WorkerCommand, Workers, WorkersError,
};

const WORKER: &str = env!("CARGO_BIN_EXE_scorebox-worker");

fn sandbox_with(worker: WorkerCommand, compile: CompileLimits) -> Sandbox {
    let config = SandboxConfig { concurrent: 2, worker: Some(worker), compile, ..SandboxConfig::default() };
    Sandbox::new(config).unwrap()
}

fn sandbox() -> Sandbox {
    sandbox_with(WorkerCommand::new(WORKER), CompileLimits::default())
}

/// A sandbox that does everything in this process.
fn here() -> Sandbox {
    Sandbox::new(SandboxConfig { concurrent: 2, ..SandboxConfig::default() }).unwrap()
}

fn limits() -> Limits {
    Limits { fuel: 2_000_000, memory: 4 << 20, ..Limits::default() }
}

fn sample() -> Sample {
    Sample { id: "s".into(), input: "Tea?".into(), output: "Grüße \"\u{1}\"".into(), ..Sample::default() }
}

fn limits_of_another_use() -> Limits {
    Limits { fuel: 3_000_000, ..limits() }
}

fn prepare(sandbox: &Sandbox, bytes: &[u8]) -> Result<Prepared, Fault> {
    sandbox.load(bytes, &Grants::default()).unwrap().prepare("{}", &limits())
}

fn workers(sandbox: &Sandbox, guests: &[Vec<u8>]) -> Workers {
    Workers::start(sandbox, guests.iter().map(|bytes| prepare(sandbox, bytes).unwrap()).collect()).unwrap()
}

/// The same, with fuel for [`BUSY`].
fn busy_workers(sandbox: &Sandbox, guests: &[Vec<u8>]) -> Workers {
    let limits = Limits { fuel: 1_000_000_000, ..limits() };
    let prepare =
        |bytes: &Vec<u8>| sandbox.load(bytes, &Grants::default()).unwrap().prepare("{}", &limits).unwrap();
    Workers::start(sandbox, guests.iter().map(prepare).collect()).unwrap()
}

fn untimed(evaluation: Evaluation) -> Evaluation {
    Evaluation { elapsed: Duration::ZERO, ..evaluation }
}

/// A pass that takes a while: some 50 million instructions.
const BUSY: &str = "(local.set 0 (i32.const 10000000))
    (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))
    (f64.store (i32.const 4104) (f64.const 1)) (i32.const 4096)";

/// A `configure` that answers with the failure `invalid-settings("hostile")`.
const REFUSES: &str = "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store8 (i32.const 3076) (i32.const 0))
    (i32.store (i32.const 3080) (i32.const 1024)) (i32.store (i32.const 3084) (i32.const 7)) (i32.const 3072)";

#[test]
fn a_process_scores_as_this_one_does() {
    let (here, there) = (here(), sandbox());
    let deep = guest_with("(func $deep (call $deep))", "(i32.const 3072)", "(call $deep) (unreachable)");
    let guests = [
        guest(PASSES),
        guest(TRAPS),
        guest(LOOPS),
        guest(EATS),
        guest(NAN),
        deep,
        guest("(i32.const 70000)"),
    ];
    let configured: Vec<_> =
        guests.iter().map(|bytes| prepare(&here, bytes).unwrap().here().unwrap()).collect();
    let workers = workers(&there, &guests);
    let all: Vec<usize> = (0..guests.len()).collect();
    for _ in 0..3 {
        let expected: Vec<_> = configured.iter().map(|plugin| untimed(plugin.evaluate(&sample()))).collect();
        let together: Vec<_> = workers.evaluate(&sample(), &all).into_iter().map(untimed).collect();
        assert_eq!(together, expected);
        for (plugin, expected) in all.iter().zip(expected) {
            let alone = workers.evaluate(&sample(), &[*plugin]);
            assert_eq!(alone.into_iter().map(untimed).collect::<Vec<_>>(), [expected]);
        }
    }
}

#[test]
fn settings_are_refused_before_the_first_sample_wherever_the_plugin_is_configured() {
    // The memory that is imported twice forbids a snapshot, so that it is the workers that find out.
    let there = sandbox();
    let fault = prepare(&there, &guest_with("", REFUSES, PASSES)).unwrap_err();
    assert_eq!(fault.to_string(), "invalid-settings: hostile");

    let table = "(table 1 funcref) (func $grows (drop (table.grow (ref.null func) (i32.const 1))))";
    let prepared = prepare(&there, &guest_with(table, REFUSES, PASSES)).unwrap();
    assert!(prepared.not_snapshotted().is_some());
    let healthy = prepare(&there, &guest(PASSES)).unwrap();
    let WorkersError::Plugins(faults) = Workers::start(&there, vec![healthy, prepared]).unwrap_err() else {
        panic!("another error");
    };
    let faults: Vec<_> = faults.iter().map(|(plugin, fault)| (*plugin, fault.to_string())).collect();
    assert_eq!(faults, [(1, "invalid-settings: hostile".to_owned())]);
}

/// A component of many functions, or of one that is large.
fn bomb(functions: usize, instructions: usize) -> Vec<u8> {
    let mut fields = String::new();
    for function in 0..functions {
        write!(fields, "(func (param i32) (result i32) (local.get 0)").unwrap();
        for instruction in 0..instructions {
            write!(fields, " (i32.const {}) (i32.xor) (i32.const 7) (i32.rotl)", function ^ instruction)
                .unwrap();
        }
        fields.push(')');
    }
    guest_with(&fields, "(i32.const 3072)", PASSES)
}

#[test]
fn a_component_that_takes_long_to_compile_costs_its_limit() {
    let limits = CompileLimits { time: Duration::from_millis(1500), ..CompileLimits::default() };
    let sandbox = sandbox_with(WorkerCommand::new(WORKER), limits);
    let bomb = bomb(40_000, 12);
    let start = Instant::now();
    let fault = prepare(&sandbox, &bomb).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(
        fault.to_string(),
        "compile-limit: compiling the component took more than 1.5 s, which is its limit: make the component smaller, or \
         raise `compile.time` in the policy"
    );
    assert!(!fault.kind.is_deterministic());

    // With other settings it is the same component.
    let again = Instant::now();
    let plugin = sandbox.load(&bomb, &Grants::default()).unwrap();
    for settings in ["{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}"] {
        assert_eq!(plugin.prepare(settings, &limits_of_another_use()).unwrap_err(), fault);
    }
    assert!(again.elapsed() < Duration::from_secs(1), "{:?}", again.elapsed());
    prepare(&sandbox_with(WorkerCommand::new(WORKER), CompileLimits::default()), &guest(PASSES)).unwrap();
}

#[test]
fn a_component_that_takes_much_memory_to_compile_costs_its_limit() {
    let limits = CompileLimits { memory: 160 << 20, ..CompileLimits::default() };
    let sandbox = sandbox_with(WorkerCommand::new(WORKER), limits);
    prepare(&sandbox, &guest(PASSES)).unwrap();
    let fault = prepare(&sandbox, &bomb(1, 200_000)).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "compile-limit: compiling the component took more than 160 MiB of memory, which is its limit: make the component \
         smaller, or raise `compile.memory` in the policy"
    );
    prepare(&sandbox, &guest(TRAPS)).unwrap();
}

#[test]
fn code_has_a_largest_size() {
    let limits = CompileLimits { code_bytes: 1000, ..CompileLimits::default() };
    let fault = prepare(&sandbox_with(WorkerCommand::new(WORKER), limits), &guest(PASSES)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::CompileLimit);
    assert!(fault.message.contains("raise `compile.code_bytes`"), "{fault}");
}

/// A sandbox for the plugins of one author.
fn sandbox_of_one_author(compile: CompileLimits) -> Sandbox {
    let worker = Some(WorkerCommand::new(WORKER));
    Sandbox::new(SandboxConfig {
        concurrent: 2,
        worker,
        compile,
        one_author: true,
        ..SandboxConfig::default()
    })
    .unwrap()
}

#[test]
fn what_one_author_s_plugins_share_changes_nothing_about_them() {
    let (apart, together) = (sandbox(), sandbox_of_one_author(CompileLimits::default()));
    let guests = [
        guest(PASSES),
        guest(TRAPS),
        guest_with("", REFUSES, PASSES),
        guest(PASSES),
        guest(LOOPS),
        bomb(50, 10),
    ];
    for bytes in &guests {
        for settings in ["{}", r#"{"a": 1}"#] {
            let [apart, together] = [&apart, &together].map(|sandbox| {
                let plugin = sandbox.load(bytes, &Grants::default()).unwrap();
                assert_eq!(
                    plugin.describe(&limits()),
                    here().load(bytes, &Grants::default()).unwrap().describe(&limits())
                );
                let prepared = plugin.prepare(settings, &limits())?;
                Ok::<_, Fault>(untimed(prepared.here().unwrap().evaluate(&sample())))
            });
            assert_eq!(apart, together);
        }
    }
}

#[test]
fn a_plugin_beyond_its_limits_takes_nothing_from_its_author_s_others() {
    let limits = CompileLimits { time: Duration::from_millis(1500), ..CompileLimits::default() };
    let sandbox = sandbox_of_one_author(limits);
    prepare(&sandbox, &guest(PASSES)).unwrap();
    assert_eq!(prepare(&sandbox, &bomb(40_000, 12)).unwrap_err().kind, FaultKind::CompileLimit);
    prepare(&sandbox, &guest(TRAPS)).unwrap();

    let sandbox = sandbox_of_one_author(CompileLimits { code_bytes: 60_000, ..CompileLimits::default() });
    prepare(&sandbox, &guest(PASSES)).unwrap();
    assert_eq!(prepare(&sandbox, &bomb(300, 30)).unwrap_err().kind, FaultKind::CompileLimit);
    prepare(&sandbox, &guest(TRAPS)).unwrap();
}

#[test]
fn a_process_that_compiles_says_what_a_plugin_can_cause_and_nothing_else() {
    for kind in ["cancelled", "internal", "subject"] {
        let fault = format!(r#"{{"Fault":{{"kind":"{kind}","message":""}}}}"#);
        let pretender = Pretender::raw(&[frame(b"[]"), frame(fault.as_bytes())].concat());
        let sandbox = sandbox_with(pretender.command(), CompileLimits::default());
        let fault = prepare(&sandbox, &guest(PASSES)).unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!(
                "crashed: the process that compiled the component failed: a message came that is none: no plugin causes \
                 the fault `{kind}`; try again, and if it happens again, do not use the component and report it"
            )
        );
    }
}

#[test]
fn what_the_kernel_lacks_to_confine_a_process_that_compiles_is_said_once() {
    let refused = r#"{"Fault":{"kind":"refused","message":"no"}}"#;
    let pretender = Pretender::raw(&[frame(br#"["there is no moon"]"#), frame(refused.as_bytes())].concat());
    let sandbox = sandbox_with(pretender.command(), CompileLimits::default());
    assert_eq!(sandbox.warnings(), [""; 0]);
    for _ in 0..2 {
        assert_eq!(prepare(&sandbox, &guest(PASSES)).unwrap_err().to_string(), "refused: no");
        assert_eq!(sandbox.warnings(), ["compiling: there is no moon"]);
    }
}

/// The worker under another name, by which its processes can be told from those of other tests.
fn own_worker(directory: &Path) -> PathBuf {
    let program = directory.join("worker");
    std::os::unix::fs::symlink(WORKER, &program).unwrap();
    program
}

/// The processes of `program` that evaluate.
fn processes(program: &Path) -> Vec<i32> {
    let name = program.to_str().unwrap();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id: &i32| {
            let command = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let mut words = command.split(|byte| *byte == 0);
            words.next() == Some(name.as_bytes()) && words.any(|word| word == b"evaluate")
        })
        .collect()
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_process_that_is_killed_costs_what_it_held() {
    let directory = tempfile::tempdir().unwrap();
    let program = own_worker(directory.path());
    let sandbox = sandbox_with(WorkerCommand::new(&program), CompileLimits::default());
    let workers = busy_workers(&sandbox, &[guest(BUSY)]);
    let expected = untimed(workers.evaluate(&sample(), &[0]).remove(0));
    assert!(expected.result.is_ok(), "{expected:?}");

    let mut kills = 0;
    let evaluations: Vec<Evaluation> = std::thread::scope(|scope| {
        let evaluating = scope.spawn(|| {
            (0..200).map(|_| untimed(workers.evaluate(&sample(), &[0]).remove(0))).collect::<Vec<_>>()
        });
        while !evaluating.is_finished() && kills < 5 {
            std::thread::sleep(Duration::from_millis(60));
            if let [id] = processes(&program)[..] {
                kills += usize::from(kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).is_ok());
            }
        }
        evaluating.join().unwrap()
    });
    let crashed: Vec<&Fault> =
        evaluations.iter().filter_map(|evaluation| evaluation.result.as_ref().err()).collect();
    assert!(!crashed.is_empty() && crashed.len() <= kills, "{} of {kills} kills", crashed.len());
    for fault in crashed {
        assert_eq!(
            fault.to_string(),
            "crashed: the process that ran the plugin was ended by signal 9 (SIGKILL); run the sample again, and if it \
             happens again, do not use the plugin and report it"
        );
    }
    let others = evaluations.iter().filter(|evaluation| evaluation.result.is_ok());
    others.for_each(|evaluation| assert_eq!(*evaluation, expected));
}

#[test]
fn several_plugins_that_lose_their_process_are_asked_again_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let program = own_worker(directory.path());
    let sandbox = sandbox_with(WorkerCommand::new(&program), CompileLimits::default());
    let workers = busy_workers(&sandbox, &[guest(BUSY), guest(PASSES), guest(TRAPS)]);
    let expected: Vec<_> = workers.evaluate(&sample(), &[0, 1, 2]).into_iter().map(untimed).collect();
    for id in processes(&program) {
        kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).unwrap();
    }
    let again: Vec<_> = workers.evaluate(&sample(), &[0, 1, 2]).into_iter().map(untimed).collect();
    assert_eq!(again, expected);
}

#[test]
fn processes_end_with_those_who_started_them() {
    let directory = tempfile::tempdir().unwrap();
    let program = own_worker(directory.path());
    let sandbox = sandbox_with(WorkerCommand::new(&program), CompileLimits::default());
    let workers = workers(&sandbox, &[guest(PASSES)]);
    assert_eq!(processes(&program).len(), 1);
    drop(workers);
    assert_eq!(processes(&program), [0; 0]);

    // Another process starts one, keeps it busy, and is killed.
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["host_of_another_test", "--exact", "--ignored", "--nocapture"])
        .env("SCOREBOX_TEST_WORKER", &program)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(host.stdout.take().unwrap());
    assert!(stdout.lines().any(|line| line.unwrap().ends_with("evaluating")), "the host started");
    assert_eq!(processes(&program).len(), 1);
    host.kill().unwrap();
    host.wait().unwrap();
    wait_until("the process of a host that was killed is still there", || processes(&program).is_empty());
}

#[test]
#[ignore = "the other half of the test before it"]
fn host_of_another_test() {
    let program = std::env::var_os("SCOREBOX_TEST_WORKER").unwrap();
    let sandbox = sandbox_with(WorkerCommand::new(program), CompileLimits::default());
    let limits = Limits { fuel: 100_000_000_000, deadline: Duration::from_secs(600), ..limits() };
    let plugin = sandbox.load(&guest(LOOPS), &Grants::default()).unwrap().prepare("{}", &limits).unwrap();
    let workers = Workers::start(&sandbox, vec![plugin]).unwrap();
    println!("evaluating");
    workers.evaluate(&sample(), &[0]);
}

/// What `/proc/ID/status` says under `name`.
fn status(id: i32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_process_has_nothing_but_its_task() {
    let directory = tempfile::tempdir().unwrap();
    // What a shell leaves open (`exec 9<secret`) is open in whatever it starts, and in what that starts.
    let secret = File::create(directory.path().join("secret")).unwrap();
    rustix::io::fcntl_setfd(&secret, rustix::io::FdFlags::empty()).unwrap();
    let program = own_worker(directory.path());
    let sandbox = sandbox_with(WorkerCommand::new(&program), CompileLimits::default());
    let workers = workers(&sandbox, &[guest(PASSES)]);
    if !workers.lacking().is_empty() {
        // What cannot be had here is said, and is nothing to test.
        eprintln!("{:?}", workers.lacking());
        return;
    }
    workers.evaluate(&sample(), &[0]);
    let id = processes(&program)[0];
    assert_eq!(status(id, "NoNewPrivs"), "1");
    assert_eq!(status(id, "Seccomp"), "2", "a filter");
    let filters = |id: i32| status(id, "Seccomp_filters").parse::<u32>().unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    assert_eq!(filters(id) - filters(own), 3, "older calls, the list, and no more memory images");
    for capabilities in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status(id, capabilities), "0000000000000000", "{capabilities}");
    }
    if rustix::process::geteuid().is_root() {
        assert_eq!(status(id, "Uid"), "65534 65534 65534 65534");
        assert_eq!(status(id, "Gid"), "65534 65534 65534 65534");
        assert_eq!(status(id, "Groups"), "");
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
        let threads = limits.lines().find_map(|line| line.strip_prefix("Max processes")).unwrap();
        assert!(threads.split_whitespace().next().unwrap().parse::<u32>().unwrap() <= 8192, "{threads}");
        // Only root looks into a process that cannot be dumped.
        assert_eq!(std::fs::read(format!("/proc/{id}/environ")).unwrap(), b"");
        assert_eq!(std::fs::read_link(format!("/proc/{id}/cwd")).unwrap(), Path::new("/"));
        let open = std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().flatten();
        for file in open {
            let target = std::fs::read_link(file.path()).unwrap().display().to_string();
            let known = ["pipe:", "socket:", "anon_inode:", "/memfd:", "/dev/null"];
            let own = target.ends_with("/pagemap") || known.iter().any(|known| target.starts_with(known));
            assert!(own, "{target} is open");
        }
    }
}

/// A program that says what it is told to, and then nothing more.
struct Pretender {
    words: tempfile::NamedTempFile,
}

impl Pretender {
    /// Says that it is ready, and then this.
    fn ready(then: &[u8]) -> Self {
        Self::raw(&[&frame(br#"{"Done":{"lacking":[],"faults":[]}}"#), then].concat())
    }

    fn raw(words: &[u8]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), words).unwrap();
        Self { words: file }
    }

    fn command(&self) -> WorkerCommand {
        shell(&format!("/bin/cat {}; exec /bin/sleep 600", self.words.path().display()))
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&length[..], bytes].concat()
}

fn shell(script: &str) -> WorkerCommand {
    WorkerCommand { program: "/bin/sh".into(), arguments: vec!["-c".to_owned(), script.to_owned()] }
}

/// What comes of a sample that this program is given.
fn pretended(command: WorkerCommand, limits: &Limits) -> Result<Evaluation, String> {
    let prepared = here().load(&guest(PASSES), &Grants::default()).unwrap().prepare("{}", limits).unwrap();
    let sandbox = sandbox_with(command, CompileLimits::default());
    let workers = Workers::start(&sandbox, vec![prepared]).map_err(|error| error.to_string())?;
    Ok(workers.evaluate(&sample(), &[0]).remove(0))
}

#[test]
fn nothing_that_a_process_says_is_believed() {
    let done = |score: &str, log: &str| {
        format!(
            r#"{{"Done":[{{"result":{score},"fuel":5,"memory":0,"elapsed":{{"secs":0,"nanos":1}},"log":[{log}]}}]}}"#
        )
    };
    let ok = |value: &str, finding: &str| {
        format!(r#"{{"Ok":{{"value":{value},"verdict":"pass","findings":[{finding}]}}}}"#)
    };
    let finding = r#"{"rule":"r","message":"m","location":{"field":"output","start":0,"end":99}}"#;
    let long = vec!["\"debug: x\""; 5000].join(",");
    let huge = "\"".to_owned() + &"x".repeat(100_000) + "\"";
    let fault = |kind: &str| done(&format!(r#"{{"Err":{{"kind":"{kind}","message":"m"}}}}"#), "");
    let mut out = String::new();
    for (name, said) in [
        ("a sound score", done(&ok("1.0", ""), "")),
        ("a sound fault", fault("trap")),
        ("a run that was stopped", fault("cancelled")),
        ("a host that failed", fault("internal")),
        ("a fault that there is none of", fault("bad-luck")),
        ("more fuel than there is", fault("trap").replace(":5,", ":18446744073709551615,")),
        ("more time than passed", fault("trap").replace(":0,", ":99999,")),
        ("a span outside of the text", done(&ok("1.0", finding), "")),
        ("no number", done(&ok("\"NaN\"", ""), "")),
        ("too many lines of log", done(&ok("1.0", ""), &long)),
        ("too long a log", done(&ok("1.0", ""), &huge)),
        ("two scores for one", r#"{"Done":[]}"#.to_owned()),
        ("another field", r#"{"Done":[],"more":1}"#.to_owned()),
        (
            "a model that was not granted",
            r#"{"Ask":{"plugin":0,"left_ms":9,"question":{"Embed":["x"]}}}"#.to_owned(),
        ),
        (
            "another plugin's model",
            r#"{"Ask":{"plugin":7,"left_ms":9,"question":{"Embed":["x"]}}}"#.to_owned(),
        ),
        ("no JSON", "\u{0}\u{1}".to_owned()),
    ] {
        let pretender = Pretender::ready(&frame(said.as_bytes()));
        let came = pretended(pretender.command(), &limits()).unwrap().result;
        let came = came.map_or_else(|fault| fault.to_string(), |score| format!("value {}", score.value));
        writeln!(out, "{name}: {came}").unwrap();
    }
    let endless = Pretender::ready(b"\xff\xff\xff\xff{}");
    let noise = Pretender::raw(b"\x00\xff\xfe\x7fnoise");
    let unknown =
        Pretender::raw(&frame(br#"{"Done":{"lacking":[],"faults":[[3,{"kind":"trap","message":""}]]}}"#));
    let stopped = Pretender::raw(&frame(
        br#"{"Done":{"lacking":[],"faults":[[0,{"kind":"cancelled","message":""}]]}}"#,
    ));
    for (name, command) in [
        ("a frame without an end", endless.command()),
        ("noise at the start", noise.command()),
        ("a plugin that there is none of", unknown.command()),
        ("a run that was stopped at the start", stopped.command()),
        ("no worker", shell("exit 1")),
        ("no program", WorkerCommand::new("/nowhere")),
        ("last words", shell("echo ' no\tengine ' >&2; kill -SEGV $$")),
    ] {
        let came = match pretended(command, &limits()) {
            Ok(evaluation) => evaluation.result.unwrap_err().to_string(),
            Err(error) => error,
        };
        writeln!(out, "{name}: {came}").unwrap();
    }
    // How much code there is depends on the processor that it is for.
    insta::with_settings!({filters => vec![(r"more than the \d+ that", "more than the [most] that")]}, {
        insta::assert_snapshot!(out);
    });
}

#[test]
fn a_process_that_says_nothing_is_ended() {
    let start = Instant::now();
    let silent = Pretender::ready(b"");
    let limits = Limits { deadline: Duration::from_millis(100), ..limits() };
    let fault = pretended(silent.command(), &limits).unwrap().result.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "deadline: the process that ran the plugin gave no answer within 5100 ms and was ended: report the plugin, \
         whose deadline should have come first"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// What comes of a process that asks for the account of its requests without end, which needs no grant, and the time
/// that it took.
fn asks_without_end(limits: &Limits) -> (Fault, Duration) {
    let question = frame(br#"{"Ask":{"plugin":0,"left_ms":1,"question":"Account"}}"#);
    let ready = Pretender::ready(b"");
    let many = Pretender::raw(&question.repeat(20_000));
    let (ready, many) = (ready.words.path().display(), many.words.path().display());
    // What the host answers has to be read, or nothing more would be sent.
    let script = format!(
        "exec 3>&1; /bin/cat <&3 >/dev/null & /bin/cat {ready}; while /bin/cat {many}; do :; done; exit 1"
    );
    let start = Instant::now();
    let fault = pretended(shell(&script), limits).unwrap().result.unwrap_err();
    (fault, start.elapsed())
}

#[test]
fn a_process_that_asks_without_end_is_ended() {
    let (fault, _) = asks_without_end(&Limits { host_calls: 100, ..limits() });
    assert_eq!(
        fault.to_string(),
        "crashed: the process that ran the plugin was ended, because it does not keep to the protocol: a message came \
         that is none: it asks more often than a plugin can; run the sample again, and if it happens again, do not use \
         the plugin and report it"
    );
    // As often as it may is not as long as it likes.
    let most = Limits { host_calls: u64::MAX, deadline: Duration::from_millis(100), ..limits() };
    let (fault, took) = asks_without_end(&most);
    assert_eq!(fault.kind, FaultKind::Deadline, "{fault}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_plugin_that_ends_every_process_gets_no_more_of_them() {
    let words = Pretender::ready(b"");
    let ends = shell(&format!("/bin/cat {}; /bin/sleep 0.02; exit 3", words.words.path().display()));
    let prepared = prepare(&here(), &guest(PASSES)).unwrap();
    let workers = Workers::start(&sandbox_with(ends, CompileLimits::default()), vec![prepared]).unwrap();
    let mut faults: Vec<String> = (0..25)
        .map(|_| workers.evaluate(&sample(), &[0]).remove(0).result.unwrap_err().to_string())
        .collect();
    faults.dedup();
    assert_eq!(
        faults,
        [
            "crashed: the process that ran the plugin ended with exit code 3; run the sample again, and if it happens \
             again, do not use the plugin and report it",
            "crashed: no process to run the plugin in: this plugin ended 20 of them"
        ]
    );
}

/// Answers with as many tokens as the prompt has bytes.
#[derive(Debug, Default)]
struct Counting(AtomicU32);

impl Model for Counting {
    fn complete(&self, prompt: &Prompt, _: Instant) -> Result<Reply, ModelError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let tokens = u32::try_from(prompt.user.len()).unwrap();
        Ok(Reply { text: "yes".to_owned(), input_tokens: tokens, output_tokens: 1, cost: None })
    }

    fn embed(&self, _: &[String], _: Instant) -> Result<Embeddings, ModelError> {
        Err(ModelError::Unavailable("no embeddings".to_owned()))
    }
}

/// Asks the model twice, with the sample's output as the question. The score is the tokens of the first question, and
/// the discriminant of what came of the second one.
fn asks() -> Vec<u8> {
    let ask = |to: u32| {
        format!(
            "(call $complete (i32.const 0) (i32.const 0) (i32.const 0) (local.get 4) (local.get 5) (i32.const 0)
               (i32.const 0) (i32.const 0) (i32.const 100) (i32.const {to}))"
        )
    };
    let evaluate = format!(
        "{} {}
         (f64.store (i32.const 4104) (f64.add
           (f64.mul (f64.convert_i32_u (i32.load (i32.const 5012))) (f64.const 10))
           (f64.convert_i32_u (i32.load8_u (i32.const 5100)))))
         (i32.const 4096)",
        ask(5000),
        ask(5100)
    );
    let import = "(import \"scorebox:plugin/model@0.1.0\" \"complete\"
        (func $complete (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))";
    guest_with(import, "(i32.const 3072)", &evaluate)
}

#[test]
fn a_granted_model_is_asked_through_the_host_and_within_the_budget() {
    let grants = Grants { model: true, ..Grants::default() };
    let limits = Limits { model_calls: 1, ..limits() };
    let (near, far) = (Arc::new(Counting::default()), Arc::new(Counting::default()));
    let config = SandboxConfig { concurrent: 2, model: Some(near.clone()), ..SandboxConfig::default() };
    let here = Sandbox::new(config).unwrap();
    let config = SandboxConfig {
        concurrent: 2,
        model: Some(far.clone()),
        worker: Some(WorkerCommand::new(WORKER)),
        ..SandboxConfig::default()
    };
    let there = Sandbox::new(config).unwrap();
    let expected = here.load(&asks(), &grants).unwrap().configure("{}", &limits).unwrap().evaluate(&sample());
    let output = sample().output.len();
    assert_eq!(
        expected.result.as_ref().unwrap().value,
        (output * 10 + 1) as f64,
        "the second one is an error"
    );
    let plugin = there.load(&asks(), &grants).unwrap().prepare("{}", &limits).unwrap();
    let workers = Workers::start(&there, vec![plugin]).unwrap();
    for calls in 1..=3 {
        assert_eq!(untimed(workers.evaluate(&sample(), &[0]).remove(0)), untimed(expected.clone()));
        assert_eq!(far.0.load(Ordering::Relaxed), calls);
    }
    assert_eq!(near.0.load(Ordering::Relaxed), 1);
}

#[test]
fn many_threads_share_few_processes() {
    let directory = tempfile::tempdir().unwrap();
    let program = own_worker(directory.path());
    let sandbox = sandbox_with(WorkerCommand::new(&program), CompileLimits::default());
    let workers = workers(&sandbox, &[guest(PASSES)]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert!(workers.evaluate(&sample(), &[0])[0].result.is_ok());
                }
            });
        }
    });
    assert!(processes(&program).len() <= 2, "as many as run at once");
}
