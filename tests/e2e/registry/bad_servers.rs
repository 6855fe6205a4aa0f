//! Registries that do what no registry should.

use super::servers::{Answer, answer, artifact, server};
use super::{holds, package, stored};
use crate::workspace::{Said, Workspace};

const NO: &[u8] = b"";

/// Whether it is asked for what stands beside the artifact: signatures, and what refers to it.
fn is_beside(path: &str) -> bool {
    path.contains("/sha256-") || path.contains("/referrers/")
}

/// A workspace with the artifact of a plugin in `layout`.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("greets.wasm", package("1.0.0", "{}"));
    workspace.run(&["plugin", "push", "greets.wasm", "dir:layout#greets:1.0.0"]).expect(0);
    workspace
}

/// Asks a server for the plugin; nothing may come of it.
#[track_caller]
fn refused(workspace: &Workspace, host: &str, parts: &[&str]) -> Said {
    let said = workspace.run(&["plugin", "pull", &format!("{host}/acme/greets:1.0.0"), "--timeout", "60"]);
    let said = said.expect(2);
    holds(&said, parts);
    assert_eq!(stored(workspace), [""; 0]);
    said
}

/// Serves the artifact as it is, except for what `instead` answers.
fn serving(
    workspace: &Workspace,
    instead: impl Fn(&str, &[u8]) -> Option<Answer> + Send + Sync + 'static,
) -> String {
    let (manifest, blobs) = artifact(&workspace.path("layout"));
    server(move |request| {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let body = match blobs.iter().find(|(digest, _)| digest == name) {
            Some((_, blob)) => blob,
            None if name == "1.0.0" => &manifest,
            None => return answer("404 Not Found", "", NO),
        };
        instead(&request.path, body).unwrap_or_else(|| answer("200 OK", "", body))
    })
}

#[test]
fn an_honest_one_is_believed() {
    let workspace = workspace();
    let host = serving(&workspace, |_, _| None);
    workspace.run(&["plugin", "pull", &format!("{host}/acme/greets:1.0.0")]).expect(0);
    assert_eq!(stored(&workspace).len(), 2);
}

#[test]
fn answers_500() {
    let workspace = workspace();
    let said = br#"{"errors":[{"code":"UNKNOWN","message":"out of \u001b[31mtea"}]}"#;
    let host = server(|_| answer("500 Internal Server Error", "", said));
    let said =
        refused(&workspace, &host, &["answers 500, UNKNOWN: out of \\u{1b}[31mtea", "try again later"]);
    assert!(!said.err.contains("\u{1b}[31mtea"), "an escape of a stranger reaches the terminal");
}

#[test]
fn sends_elsewhere() {
    let workspace = workspace();
    for (to, reason) in [
        ("http://169.254.169.254/latest/meta-data/", "nobody has any business"),
        ("http://[::ffff:169.254.169.254]/", "nobody has any business"),
        ("file:///etc/passwd", "it would leave https"),
        ("/again", "one redirect too many"),
        ("http://user:secret@127.0.0.1:1/", "holds a user's name"),
    ] {
        let host = server(move |_| answer("302 Found", &format!("Location: {to}\r\n"), NO));
        let said = refused(&workspace, &host, &["which is not followed", reason]);
        assert!(!said.err.contains("secret"), "{}", said.err);
    }
    let host = server(|_| answer("302 Found", "", NO));
    refused(&workspace, &host, &["says not where to go"]);
    // To another registry, which is followed, without what the first one was told.
    let (manifest, blobs) = artifact(&workspace.path("layout"));
    let second = server(move |request| {
        assert_eq!(request.authorization, None, "credentials went to another server");
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let blob = blobs.iter().find(|(digest, _)| digest == name).map_or(&manifest, |(_, blob)| blob);
        if is_beside(&request.path) { answer("404 Not Found", "", NO) } else { answer("200 OK", "", blob) }
    });
    let first = server(move |request| match &request.authorization {
        None => answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", NO),
        Some(_) => {
            answer("307 Temporary Redirect", &format!("Location: http://{second}{}\r\n", request.path), NO)
        }
    });
    workspace.write(
        "docker/config.json",
        format!("{{\"auths\": {{\"{first}\": {{\"auth\": \"am86cGFzcw==\"}}}}}}"),
    );
    workspace.run(&["plugin", "pull", &format!("{first}/acme/greets:1.0.0")]).expect(0);
}

#[test]
fn serves_the_wrong_length() {
    let workspace = workspace();
    let cut = serving(&workspace, |path, body| {
        let whole = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        path.contains("/blobs/").then(|| Answer::Whole([whole.as_bytes(), &body[..body.len() / 2]].concat()))
    });
    refused(&workspace, &cut, &["the answer ends before it is whole"]);
    let short = serving(&workspace, |path, body| {
        path.contains("/blobs/").then(|| answer("200 OK", "", &body[..body.len() / 2]))
    });
    refused(&workspace, &short, &["has the digest", "is not used"]);
    let long = serving(&workspace, |path, body| {
        path.contains("/blobs/").then(|| answer("200 OK", "", &[body, b"more"].concat()))
    });
    refused(&workspace, &long, &["sends more than the"]);
    let endless =
        server(|_| Answer::Whole([b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b' '; 4 << 20]].concat()));
    refused(&workspace, &endless, &["sends more than the 262144 bytes that it may"]);
}

#[test]
fn drips() {
    let workspace = workspace();
    for path in ["/manifests/", "/blobs/"] {
        let host = serving(&workspace, move |asked, body| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            asked.contains(path).then(|| Answer::Drips(head.into_bytes()))
        });
        let said = workspace.run(&["plugin", "pull", &format!("{host}/acme/greets:1.0.0"), "--timeout", "1"]);
        holds(&said.expect(2), &["has not answered in full within 1 seconds", "--timeout"]);
        assert_eq!(stored(&workspace), [""; 0]);
    }
}

#[test]
fn asks_for_credentials() {
    let workspace = workspace();
    let (manifest, blobs) = artifact(&workspace.path("layout"));
    let host = server(move |request| {
        if request.authorization.as_deref() != Some("Basic am86cGFzcw==") {
            return answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", NO);
        }
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let blob = blobs.iter().find(|(digest, _)| digest == name).map_or(&manifest, |(_, blob)| blob);
        if is_beside(&request.path) { answer("404 Not Found", "", NO) } else { answer("200 OK", "", blob) }
    });
    let login = format!("docker login {host}");
    refused(&workspace, &host, &["answers 401", &login]);
    workspace.write(
        "docker/config.json",
        format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"am86d3Jvbmc=\"}}}}}}"),
    );
    refused(&workspace, &host, &["answers 401", &login]);
    workspace.write("docker/config.json", "{\"auths\": ");
    refused(&workspace, &host, &["the credentials for", "cannot be used", &login]);
    workspace.write(
        "docker/config.json",
        format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"am86cGFzcw==\"}}}}}}"),
    );
    let said = workspace.run(&["plugin", "pull", &format!("{host}/acme/greets:1.0.0")]).expect(0);
    assert!(!said.out.contains("am86"), "{}", said.out);
}

#[test]
fn gives_tokens() {
    let workspace = workspace();
    let (manifest, blobs) = artifact(&workspace.path("layout"));
    let host = server(move |request| {
        if request.path.starts_with("/token?") {
            let right = request.path.contains("scope=repository%3Aacme%2Fgreets%3Apull");
            return if right && request.authorization.as_deref() == Some("Basic am86cGFzcw==") {
                answer("200 OK", "", b"{\"token\": \"t-1\"}")
            } else {
                answer("403 Forbidden", "", NO)
            };
        }
        if request.authorization.as_deref() != Some("Bearer t-1") {
            return answer(
                "401 Unauthorized",
                "WWW-Authenticate: Bearer realm=\"http://HOST/token\",service=\"s\"\r\n",
                NO,
            );
        }
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let blob = blobs.iter().find(|(digest, _)| digest == name).map_or(&manifest, |(_, blob)| blob);
        if is_beside(&request.path) { answer("404 Not Found", "", NO) } else { answer("200 OK", "", blob) }
    });
    // The address is known once the server is there, so another one in front of it says where tokens are.
    let behind = host.clone();
    let front = server(move |request| {
        let mut stream = std::net::TcpStream::connect(&behind).unwrap();
        let authorization = request
            .authorization
            .as_ref()
            .map(|value| format!("Authorization: {value}\r\n"))
            .unwrap_or_default();
        use std::io::{Read, Write};
        write!(stream, "GET {} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n", request.path).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        if let Some(at) = bytes.windows(4).position(|window| window == b"HOST") {
            bytes.splice(at..at + 4, behind.bytes());
        }
        Answer::Whole(bytes)
    });
    refused(&workspace, &front, &["answers 403", "docker login"]);
    workspace.write(
        "docker/config.json",
        format!("{{\"auths\": {{\"{front}\": {{\"auth\": \"am86cGFzcw==\"}}}}}}"),
    );
    workspace.run(&["plugin", "pull", &format!("{front}/acme/greets:1.0.0")]).expect(0);
}

#[test]
fn serves_something_else() {
    let workspace = workspace();
    let image = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:12","size":1},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:12","size":1}]}"#;
    let wasm = |layer: &str| {
        format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.wasm.config.v0+json","digest":"sha256:12","size":1}},"layers":[{layer}]}}"#
        )
    };
    let huge = r#"{"mediaType":"application/wasm","digest":"sha256:12","size":99999999999}"#;
    let path = r#"{"mediaType":"application/wasm","digest":"sha256:../../../../etc/passwd","size":1}"#;
    for (manifest, expected) in [
        ("no manifest".to_owned(), "its manifest cannot be read"),
        (
            r#"{"schemaVersion":1,"config":{"mediaType":"","digest":"","size":0},"layers":[]}"#.to_owned(),
            "version 1",
        ),
        (image.to_owned(), "it is no plugin"),
        (wasm(""), "it has 0 layers"),
        (wasm(huge), "more than the 67108864 that are allowed"),
        (wasm(path), "is no digest that this Scorebox knows"),
    ] {
        let host = server(move |_| answer("200 OK", "", manifest.as_bytes()));
        refused(&workspace, &host, &[expected]);
    }
    // A component that is none, by its right digest.
    let text = Workspace::new();
    text.write("text.wasm", "\0asm no");
    let said = text.run(&["plugin", "push", "text.wasm", "dir:layout#x:1"]).expect(2);
    holds(&said, &["dir:layout#x:1: "]);
    assert!(!text.path("layout").exists());
}
