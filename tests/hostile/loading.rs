//! Rows 35 to 41 and 56: files that are no plugins, or more than one.

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use scorebox_sandbox::{CompileLimits, FaultKind, Grants, MAX_COMPONENT_BYTES};

use crate::case::{Case, Expected, Said, limits, sample};
use crate::guests::{self, NAN, PASSES};
use crate::stage::{self, Stage};

pub(crate) fn cases() -> Vec<Case> {
    let plugin = guests::guest(PASSES);
    let noise: Vec<u8> = (0..1000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    vec![
        Case::bytes(35, "built for a later contract", exports("scorebox:plugin/metric@0.3.0")),
        Case::bytes(35, "built for an earlier contract", exports("scorebox:plugin/metric@0.0.9")),
        Case::bytes(35, "exports something else", exports("wasi:cli/run@0.2.0")),
        Case::bytes(35, "exports nothing", wat::parse_str("(component)").unwrap()),
        Case::bytes(36, "999 core instances", core_instances(999)),
        Case::bytes(37, "5000 core instances", core_instances(5000)),
        Case::bytes(37, "5000 in nested components", nested_instances(5000)),
        Case::bytes(38, "cut in the middle", plugin[..plugin.len() / 2].to_vec()),
        Case::bytes(38, "cut after its header", plugin[..8].to_vec()),
        Case::bytes(38, "random bytes", noise.clone()),
        Case::bytes(38, "random bytes behind a header", [&plugin[..8], &noise].concat()),
        Case::bytes(38, "a core module", wat::parse_str("(module)").unwrap()),
        Case::bytes(38, "nothing", Vec::new()),
        Case::bytes(38, "a text", b"I am a plugin, honestly.".to_vec()),
        Case::bytes(
            39,
            "an ELF file",
            std::fs::read(std::env::current_exe().unwrap()).unwrap()[..4096].to_vec(),
        ),
        Case::scene(39, "precompiled code", precompiled),
        Case::bytes(39, "a ZIP archive", b"PK\x03\x04 and so on".to_vec()),
        Case::scene(40, "a compile bomb, by time", bomb_in_time),
        Case::scene(40, "a compile bomb, by memory", bomb_in_memory),
        Case::scene(41, "tampers with compiled code", tampered),
        Case::scene(41, "shares the cache with others", shared_cache),
        Case::bytes(56, "too large", vec![0; MAX_COMPONENT_BYTES + 1]),
        Case::bytes(56, "a second component behind it", [plugin.clone(), plugin.clone()].concat()),
        Case::bytes(56, "a hundred nested components", nested_components(100)),
        Case::bytes(
            56,
            "a custom section of 50 MB",
            [plugin.clone(), custom_section("x", &vec![0; 50_000_000])].concat(),
        )
        .scores(1.0),
        Case::bytes(
            56,
            "a name section of 50 MB",
            [plugin.clone(), custom_section("component-name", &vec![0xff; 50_000_000])].concat(),
        )
        .scores(1.0),
        Case::bytes(
            56,
            "a section that lies about its size",
            [plugin, vec![0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, b'x']].concat(),
        ),
    ]
}

/// Exports this, and there is nothing behind it.
fn exports(name: &str) -> Vec<u8> {
    wat::parse_str(format!(
        "(component (component $c) (instance $i (instantiate $c)) (export \"{name}\" (instance $i)))"
    ))
    .unwrap()
}

fn core_instances(count: usize) -> Vec<u8> {
    let instances = "(core instance (instantiate $m))".repeat(count);
    wat::parse_str(format!(
        "(component (core module $m) {instances} (component $c) (instance $i (instantiate $c))
           (export \"scorebox:plugin/metric@0.1.0\" (instance $i)))"
    ))
    .unwrap()
}

/// The same number, but a hundred in each of many instances of a component.
fn nested_instances(count: usize) -> Vec<u8> {
    let inner = "(core instance (instantiate $m))".repeat(100);
    let outer = "(instance (instantiate $c))".repeat(count / 100);
    wat::parse_str(format!(
        "(component (component $c (core module $m) {inner}) {outer} (instance $i (instantiate $c))
           (export \"scorebox:plugin/metric@0.1.0\" (instance $i)))"
    ))
    .unwrap()
}

/// A component in a component in a component; the text format would not nest as deep.
fn nested_components(depth: usize) -> Vec<u8> {
    const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
    const COMPONENT_SECTION: u8 = 4;
    (0..depth).fold(HEADER.to_vec(), |inner, _| {
        [HEADER, &[COMPONENT_SECTION], &leb128(inner.len()), &inner].concat()
    })
}

/// A custom section: id 0, size, name, content.
pub(crate) fn custom_section(name: &str, content: &[u8]) -> Vec<u8> {
    let length = leb128(name.len());
    let size = leb128(length.len() + name.len() + content.len());
    [&[0], &size[..], &length, name.as_bytes(), content].concat()
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A plugin with so many functions, each of which is small to read and slow to compile.
fn bomb(functions: usize) -> Vec<u8> {
    let step = "(local.set 0 (select (i64.rotl (local.get 0) (local.get 1)) (local.get 1) (i64.lt_s (local.get 0) (local.get 1))))";
    let function = format!("(func (param i64 i64) (result i64) {} (local.get 0))", step.repeat(20));
    guests::completed(&format!("(module {})", function.repeat(functions)))
}

/// Compiles the bomb under limits that it exceeds; and then a healthy plugin in the same sandbox.
fn explode(compile: CompileLimits, functions: usize) -> Said {
    let start = Instant::now();
    let bytes = bomb(functions);
    let sandbox = stage::sandbox(None, compile);
    let fault = sandbox.load(&bytes, &Grants::default()).unwrap().prepare("{}", &limits()).unwrap_err();
    let elapsed = start.elapsed();
    let healthy = sandbox.load(&stage::healthy(), &Grants::default()).unwrap();
    healthy.prepare("{}", &limits()).unwrap();
    let outcome = Expected::Fault(fault.kind);
    assert_eq!(outcome, Expected::Fault(FaultKind::CompileLimit), "{fault}");
    Said { outcome, text: format!("configure: {fault}\n"), fuel: None, elapsed }
}

fn bomb_in_time(_: &Stage) -> Said {
    explode(CompileLimits { time: Duration::from_secs(1), ..CompileLimits::default() }, 20_000)
}

fn bomb_in_memory(_: &Stage) -> Said {
    explode(CompileLimits { memory: 96 << 20, ..CompileLimits::default() }, 20_000)
}

/// The files of compiled code in a cache.
fn code(cache: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(cache).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "code")).collect();
    files.sort();
    files
}

/// What a plugin that is configured through `cache` says.
fn through(cache: &Path, bytes: &[u8]) -> Said {
    let plugin =
        stage::sandbox(Some(cache), CompileLimits::default()).load(bytes, &Grants::default()).unwrap();
    stage::said(&plugin.configure("{}", &limits()).unwrap().evaluate(&sample()))
}

/// Code that Scorebox itself compiled, under the name of a plugin.
fn precompiled(stage: &Stage) -> Said {
    let start = Instant::now();
    let cache = tempfile::tempdir().unwrap();
    through(cache.path(), &guests::guest(PASSES));
    let entry = std::fs::read(&code(cache.path())[0]).unwrap();
    let elf = entry.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
    let mut text = String::new();
    for (name, bytes) in [("the whole entry", &entry[..]), ("the code in it", &entry[elf..])] {
        let refused = stage.sandbox.load(bytes, &Grants::default()).unwrap_err();
        writeln!(text, "{name}: load: {refused}").unwrap();
    }
    Said { outcome: Expected::AtLoad, text, fuel: None, elapsed: start.elapsed() }
}

/// A flipped bit anywhere, a truncation, an entry under another's name: none is loaded, all are made anew.
fn tampered(_: &Stage) -> Said {
    let start = Instant::now();
    let cache = tempfile::tempdir().unwrap();
    let honest = guests::guest(PASSES);
    let mut text = String::new();
    let first = through(cache.path(), &honest);
    let entry = code(cache.path()).remove(0);
    let sound = std::fs::read(&entry).unwrap();
    let mut forge = |what: &str, forged: Vec<u8>| {
        std::fs::write(&entry, &forged).unwrap();
        let again = through(cache.path(), &honest);
        let anew = std::fs::read(&entry).unwrap();
        let made = if anew.len() == sound.len() && anew != forged { "made anew" } else { "LEFT AS IT WAS" };
        writeln!(text, "{what}: {made}; {}", again.text.lines().next().unwrap_or_default()).unwrap();
        assert_eq!(again.text, first.text);
    };
    for place in [0, 20, sound.len() / 2, sound.len() - 1] {
        let mut forged = sound.clone();
        forged[place] ^= 1;
        let name = if place == sound.len() - 1 { "the last byte" } else { "a byte" };
        forge(&format!("{name} is another"), forged);
    }
    forge("half of it is gone", sound[..sound.len() / 2].to_vec());
    forge("all of it is gone", Vec::new());

    let other = guests::guest(NAN);
    through(cache.path(), &other);
    let swapped = code(cache.path()).into_iter().find(|path| *path != entry).unwrap();
    std::fs::copy(&entry, &swapped).unwrap();
    let said = through(cache.path(), &other);
    writeln!(text, "another plugin's code under its name: {}", said.text.lines().next().unwrap_or_default())
        .unwrap();
    Said { outcome: said.outcome, text, fuel: None, elapsed: start.elapsed() }
}

/// A directory that others can write to holds code that others wrote.
fn shared_cache(_: &Stage) -> Said {
    let start = Instant::now();
    let mut text = String::new();
    for mode in [0o777, 0o770, 0o702] {
        let cache = tempfile::tempdir().unwrap();
        std::fs::set_permissions(cache.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let sandbox = stage::sandbox(Some(cache.path()), CompileLimits::default());
        let path = cache.path().display().to_string();
        let warnings = sandbox.warnings().join("; ").replace(&path, "CACHE");
        let said = through(cache.path(), &guests::guest(PASSES));
        writeln!(text, "{mode:o}: {warnings}\n  {}", said.text.lines().next().unwrap_or_default()).unwrap();
        assert!(code(cache.path()).is_empty(), "code was written to a directory of mode {mode:o}");
    }
    Said { outcome: Expected::Score(1.0), text, fuel: None, elapsed: start.elapsed() }
}
