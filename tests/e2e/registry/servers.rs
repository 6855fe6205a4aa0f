//! Registries: Debian's, and small ones that do what no registry should.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Debian's docker-registry; ends with the test.
pub(crate) struct DockerRegistry {
    child: Child,
    directory: TempDir,
    pub(crate) host: String,
}

impl DockerRegistry {
    /// Starts one on a free port; `None`, and a word about it, where the program is not to be had.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("127.0.0.1", |_| (String::new(), String::new()))
    }

    /// Starts one on a free port of this address; `more` makes files in the directory that it is given, and says what
    /// else stands in the section `http` and in the whole configuration.
    pub(crate) fn start_with(address: &str, more: impl Fn(&Path) -> (String, String)) -> Option<Self> {
        let there = Command::new("docker-registry").arg("--version").stdout(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            eprintln!("left out: there is no docker-registry; apt-get install docker-registry");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let (http, whole) = more(directory.path());
        // Another program may take the port before the registry does.
        for _ in 0..5 {
            let port = TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port();
            let host = format!("{address}:{port}");
            let config = format!(
                "version: 0.1\nlog: {{accesslog: {{disabled: true}}, level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{host}\"{http}}}\n{whole}",
                directory.path().join("data").display()
            );
            let file = directory.path().join("config.yml");
            std::fs::write(&file, config).unwrap();
            let mut child = Command::new("docker-registry")
                .arg("serve")
                .arg(&file)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let start = Instant::now();
            while child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(60) {
                if TcpStream::connect(&host).is_ok() {
                    return Some(Self { child, directory, host });
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("docker-registry does not start");
    }

    /// A file that it was started with.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A reference in it.
    pub(crate) fn reference(&self, name: &str) -> String {
        format!("{}/acme/{name}", self.host)
    }

    /// Publishes a manifest and its blobs, as others than Scorebox do.
    pub(crate) fn put(&self, repository: &str, tag: &str, manifest: &serde_json::Value, blobs: &[Vec<u8>]) {
        let base = format!("/v2/{repository}");
        for blob in blobs {
            let hex: String =
                crate::sigstore::sha256(blob).iter().map(|byte| format!("{byte:02x}")).collect();
            let begun = self.ask("POST", &format!("{base}/blobs/uploads/"), "", b"");
            let location = begun.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap();
            let path = location.split_once(&self.host).unwrap().1;
            let path = format!("{path}&digest=sha256:{hex}");
            let said = self.ask("PUT", &path, "application/octet-stream", blob);
            assert!(said.starts_with("HTTP/1.1 201"), "{said}");
        }
        let kind = manifest["mediaType"].as_str().unwrap();
        let path = format!("{base}/manifests/{tag}");
        let said = self.ask("PUT", &path, kind, manifest.to_string().as_bytes());
        assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let (host, length) = (&self.host, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.replace("\r\n", "\n")
    }

    /// The file that holds the blob with this digest.
    pub(crate) fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let blobs = self.directory.path().join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }

    /// Nobody answers any more.
    pub(crate) fn end(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request, as far as the small servers look at it.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

/// Bytes that a server sends, and whether they come in drips.
pub(crate) enum Answer {
    Whole(Vec<u8>),
    /// Then one byte after the other, for as long as somebody listens.
    Drips(Vec<u8>),
}

/// An answer with a body.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Answer {
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    Answer::Whole([head.as_bytes(), body].concat())
}

/// A server on localhost that answers as `by` says; it goes on until the test's process ends.
pub(crate) fn server(by: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let by = &by;
        std::thread::scope(|scope| {
            for stream in listener.incoming().flatten() {
                scope.spawn(move || serve(&stream, by));
            }
        });
    });
    host
}

fn serve(stream: &TcpStream, by: &dyn Fn(&Request) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let mut request = Request { path, authorization: None, body: String::new() };
    let mut length = 0;
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "authorization" => request.authorization = Some(value.to_owned()),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
    }
    reader.take(length).read_to_string(&mut request.body).ok()?;
    let mut out = stream;
    match by(&request) {
        Answer::Whole(bytes) => out.write_all(&bytes).ok()?,
        Answer::Drips(bytes) => {
            out.write_all(&bytes).ok()?;
            loop {
                std::thread::sleep(Duration::from_millis(50));
                out.write_all(b" ").ok()?;
            }
        }
    }
    // What the other side still says is of no interest, but it has to be able to say it.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink());
    Some(())
}

/// The artifact of a component, as a directory holds it: its manifest, and all blobs by digest.
pub(crate) fn artifact(layout: &Path) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let index: serde_json::Value =
        serde_json::from_slice(&std::fs::read(layout.join("index.json")).unwrap()).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
    let blobs: Vec<(String, Vec<u8>)> = std::fs::read_dir(layout.join("blobs/sha256"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (format!("sha256:{}", path.file_name().unwrap().display()), std::fs::read(path).unwrap()))
        .collect();
    let manifest = blobs.iter().find(|(name, _)| *name == digest).unwrap().1.clone();
    (manifest, blobs)
}
