//! A directory of one's own with a suite in it, and the binary run there.

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use scorebox_sandbox::CodeCache;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A plugin of `plugins/`, built.
pub(crate) fn plugin(name: &str) -> PathBuf {
    built("plugins", name)
}

/// A plugin that `cargo xtask plugins` built into this folder of `target`.
pub(crate) fn built(folder: &str, name: &str) -> PathBuf {
    let path = place_of(folder, name);
    assert!(path.is_file(), "{} is not there: run `cargo xtask plugins` first", path.display());
    path
}

/// Where a plugin is once it was built: beside the sources, wherever cargo builds, since suites name it by path.
pub(crate) fn place_of(folder: &str, name: &str) -> PathBuf {
    root().join("target").join(folder).join(format!("{name}.wasm"))
}

/// A directory of one's own, with caches of its own.
pub(crate) struct Workspace {
    directory: TempDir,
    /// Compiled code that workspaces share.
    code: PathBuf,
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the binary writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Scores are each test's own; compiled code is the same for all of them.
        let code = Path::new(env!("CARGO_TARGET_TMPDIR")).join("code");
        let cache = directory.path().join("cache");
        for private in [&code, &cache, &cache.join("code")] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(private).unwrap();
        }
        // Makes the key, under which whatever is shared was written.
        CodeCache::open(&code).unwrap();
        link_all(&code, &cache.join("code"));
        Self { directory, code }
    }

    /// A workspace with a dataset and a suite that runs these metrics on it.
    pub(crate) fn with(samples: &[Value], metrics: &str) -> Self {
        let workspace = Self::new();
        workspace.dataset(samples);
        workspace.suite(metrics, "");
        workspace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn dataset(&self, samples: &[Value]) -> PathBuf {
        let mut lines = Vec::new();
        for sample in samples {
            writeln!(lines, "{sample}").unwrap();
        }
        self.write("dataset.jsonl", lines)
    }

    pub(crate) fn suite(&self, metrics: &str, rest: &str) -> PathBuf {
        self.write(
            "scorebox.yaml",
            format!("name: test\ndataset: dataset.jsonl\nsubject:\n  recorded: dataset\nmetrics:\n{metrics}\n{rest}"),
        )
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_scorebox"), arguments)
    }

    /// Another program that starts the binary.
    pub(crate) fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env("SCOREBOX_CACHE", self.path("cache"))
            .env("SCOREBOX_STORE", self.path("store"))
            .env("DOCKER_CONFIG", self.path("docker"))
            .env_remove("SCOREBOX_KEY_PASSWORD")
            .env_remove("SCOREBOX_INDEX")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("SCOREBOX_MODELS")
            .env_remove("SCOREBOX_POLICY")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// The samples of the record in `out`, by line.
    pub(crate) fn record(&self, out: &str) -> Vec<Value> {
        let text = self.read(&format!("{out}/samples.jsonl"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Workspace {
    /// What was compiled here is there for the workspaces that follow.
    fn drop(&mut self) {
        link_all(&self.path("cache/code"), &self.code);
    }
}

/// Gives every file of `from` a name in `to` as well, unless there is one.
fn link_all(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let _ = std::fs::hard_link(file.path(), to.join(file.file_name()));
    }
}

/// A sample with a recorded output.
pub(crate) fn sample(id: &str, partition: &str, output: &str) -> Value {
    json!({ "id": id, "partition": partition, "input": format!("Question {id}?"), "output": output })
}
