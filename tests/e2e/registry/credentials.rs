//! A registry that wants encryption and a password, as most do: Debian's, with a certificate of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::servers::{DockerRegistry, answer, server};
use super::{holds, package};
use crate::workspace::{Said, Workspace};

const PASSWORD: &str = "pa:ss wörd";
/// Name and bcrypt of the password, as `htpasswd -B` writes them.
const USERS: &str = "jo:$2y$05$abcdefghijklmnopqrstuuHYAqSTZaD2G3ZsfHYCUGgOo5vA33Sre\n";
/// `jo:` and the password, in base64.
const RIGHT: &str = "am86cGE6c3Mgd8O2cmQ=";

/// An authority, and a certificate of it for 127.0.0.2; `None` where there is no openssl.
fn certificates(directory: &Path) -> Option<()> {
    let openssl = |arguments: &str| {
        let status =
            Command::new("openssl").args(arguments.split(' ')).current_dir(directory).output().ok()?;
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
        Some(())
    };
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca",
    )?;
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.csr -subj /CN=registry",
    )?;
    std::fs::write(directory.join("san"), "subjectAltName=IP:127.0.0.2\n").unwrap();
    openssl("x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -days 2 -extfile san -out tls.pem")
}

/// The registry, on an address that is not taken for one without encryption.
fn registry() -> Option<DockerRegistry> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("left out: there is no openssl");
        return None;
    }
    DockerRegistry::start_with("127.0.0.2", |directory| {
        certificates(directory).unwrap();
        std::fs::write(directory.join("users"), USERS).unwrap();
        let file = |name: &str| directory.join(name).display().to_string();
        (
            format!(", tls: {{certificate: {}, key: {}}}", file("tls.pem"), file("tls.key")),
            format!("auth: {{htpasswd: {{realm: here, path: {}}}}}\n", file("users")),
        )
    })
}

/// Runs the program on a machine that trusts the registry's authority, with this directory before the others of the path.
fn run(workspace: &Workspace, registry: &DockerRegistry, arguments: &[&str]) -> Said {
    let path = std::env::var("PATH").unwrap();
    let said: Said = workspace
        .command(arguments)
        .env("SSL_CERT_FILE", registry.file("ca.pem"))
        .env("PATH", format!("{}:{path}", workspace.path("bin").display()))
        .output()
        .unwrap()
        .into();
    for secret in [PASSWORD, RIGHT] {
        assert!(!said.out.contains(secret) && !said.err.contains(secret), "{said:?}");
    }
    said
}

fn auths(host: &str, auth: &str) -> String {
    serde_json::json!({"auths": {host: {"auth": auth}}}).to_string()
}

/// A credential helper: what it prints, and how it ends.
fn helper(workspace: &Workspace, answer: &str, code: i32) {
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server\" >> \"$(dirname \"$0\")/asked\"\nprintf '%s' '{answer}'\nexit {code}\n"
    );
    let path = workspace.write("bin/docker-credential-here", script);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_plugin_is_pushed_and_pulled_with_a_password_over_an_encrypted_connection() {
    let Some(registry) = registry() else { return };
    let author = Workspace::new();
    author.write("greets.wasm", package("1.0.0", "{}"));
    let reference = registry.reference("greets:1.0.0");
    let push = ["plugin", "push", "greets.wasm", &reference];

    holds(&author.run(&push).expect(2), &["cannot reach https://127.0.0.2", "ertificate", "--plain-http"]);
    let login = format!("docker login {}", registry.host);
    holds(&run(&author, &registry, &push).expect(2), &["answers 401", &login]);
    author.write("docker/config.json", auths(&registry.host, "am86d3Jvbmc="));
    holds(&run(&author, &registry, &push).expect(2), &["answers 401", &login]);

    author.write("docker/config.json", auths(&registry.host, RIGHT));
    run(&author, &registry, &push).expect(0);
    run(&author, &registry, &["plugin", "pull", &reference]).expect(0);
}

#[test]
fn a_credential_helper_is_asked_as_docker_asks_it() {
    let Some(registry) = registry() else { return };
    let host = registry.host.clone();
    let author = Workspace::new();
    author.write("greets.wasm", package("1.0.0", "{}"));
    let reference = registry.reference("greets:1.0.0");
    let push = ["plugin", "push", "greets.wasm", &reference];
    author.write("docker/config.json", serde_json::json!({"credHelpers": {&host: "here"}}).to_string());
    let login = format!("docker login {host}");
    let unusable = ["the credentials for", "cannot be used", &login];

    holds(&run(&author, &registry, &push).expect(2), &unusable);
    helper(&author, "credentials not found in native keychain", 1);
    run(&author, &registry, &push).expect(2);
    helper(&author, &format!("no JSON, {PASSWORD}"), 0);
    holds(&run(&author, &registry, &push).expect(2), &unusable);

    helper(
        &author,
        &serde_json::json!({"ServerURL": host, "Username": "jo", "Secret": PASSWORD}).to_string(),
        0,
    );
    run(&author, &registry, &push).expect(0);
    let asked = author.read("bin/asked");
    assert!(asked.lines().all(|line| line == format!("get {host}")), "{asked}");
}

/// What `docker login` leaves where a registry gives tokens that are changed for others.
#[test]
fn an_identity_token_is_changed_for_one_that_opens_the_repository() {
    let author = Workspace::new();
    author.write("greets.wasm", package("1.0.0", "{}"));
    let tokens = server(|request| {
        let form = [
            "grant_type=refresh_token",
            "refresh_token=ref%2Fresh",
            "scope=repository%3Aacme%2Fgreets%3Apull",
        ];
        if request.path == "/token" && form.iter().all(|part| request.body.contains(part)) {
            answer("200 OK", "", b"{\"access_token\": \"t-1\"}")
        } else {
            answer("401 Unauthorized", "", b"{}")
        }
    });
    let realm = format!("WWW-Authenticate: Bearer realm=\"http://{tokens}/token\",service=\"s\"\r\n");
    let host = server(move |request| match request.authorization.as_deref() {
        Some("Bearer t-1") => answer("404 Not Found", "", b"{}"),
        _ => answer("401 Unauthorized", &realm, b"{}"),
    });
    let reference = format!("{host}/acme/greets:1.0.0");
    let pull = ["plugin", "pull", &reference];
    let config = |token: &str| {
        let auth = serde_json::json!({"auths": {&host: {"auth": "", "identitytoken": token}}});
        author.write("docker/config.json", auth.to_string());
    };
    config("another");
    holds(&author.run(&pull).expect(2), &["answers 401", "docker login"]);
    config("ref/resh");
    let said = author.run(&pull).expect(2);
    holds(&said, &["the registry has no plugin of that name"]);
    assert!(!said.err.contains("resh"), "{}", said.err);
}
