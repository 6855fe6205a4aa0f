//! Row 42: ways out of a granted directory.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use scorebox_sandbox::{FileGrant, Grants, Sample};

use crate::case::{Case, Expected, Said, limits};
use crate::guests;
use crate::stage::{Refusal, Stage};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::scene(42, "walks out of its directory", walks_out),
        Case::scene(42, "writes into its directory", writes),
        Case::guest(42, "wants a directory without a grant", &opens(0, 1)).scores(-1.0),
    ]
}

/// Opens what the sample's input names: open flags (1 create, 8 truncate), descriptor flags (1 read, 2 write).
fn opens(open_flags: u8, descriptor_flags: u8) -> String {
    include_str!("files/42-opens.wat")
        .replace("OPEN_FLAGS", &open_flags.to_string())
        .replace("DESCRIPTOR_FLAGS", &descriptor_flags.to_string())
}

/// A directory that is granted, beside one that is not, with every link that leads out of it.
fn directories() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let granted = root.path().join("granted");
    std::fs::create_dir_all(granted.join("inner")).unwrap();
    std::fs::create_dir(root.path().join("secret")).unwrap();
    std::fs::write(granted.join("inner/file"), "granted").unwrap();
    std::fs::write(granted.join("file"), "granted").unwrap();
    std::fs::write(root.path().join("secret/file"), "secret").unwrap();
    symlink("../secret/file", granted.join("link")).unwrap();
    symlink(root.path().join("secret/file"), granted.join("absolute-link")).unwrap();
    symlink("../secret", granted.join("directory-link")).unwrap();
    symlink("inner/../../secret/file", granted.join("winding-link")).unwrap();
    symlink("/etc/passwd", granted.join("passwd")).unwrap();
    symlink("loop", granted.join("loop")).unwrap();
    symlink("inner/file", granted.join("honest-link")).unwrap();
    assert!(Command::new("mkfifo").arg(granted.join("pipe")).status().unwrap().success());
    root
}

fn grants(root: &Path) -> Grants {
    let grant = FileGrant { dir: root.join("granted"), name: "/data".to_owned() };
    Grants { files: vec![grant], ..Grants::default() }
}

/// What each path gave, as the guest's value says it.
fn outcomes(stage: &Stage, root: &Path, guest: &str, paths: &[&str]) -> Result<String, Refusal> {
    let seat = stage.seat(&guests::completed(guest), "{}", &limits(), &grants(root))?;
    let mut text = String::new();
    for path in paths {
        let named = path.replace("ROOT", &root.display().to_string());
        let sample = Sample { id: "s".into(), input: named, output: "Tea.".into(), ..Sample::default() };
        let said = match seat.evaluate(&sample).result.map(|score| score.value) {
            Err(fault) => fault.to_string(),
            Ok(103.0) => "read, and it is a file of the granted directory".to_owned(),
            Ok(115.0) => "READ, AND IT IS THE SECRET".to_owned(),
            Ok(114.0) => "READ, AND IT IS A FILE OF THE SYSTEM".to_owned(),
            Ok(value) if value <= -200.0 => format!("opened; reading it: {}", error(-200.0 - value)),
            Ok(value) if value <= -100.0 => error(-100.0 - value),
            Ok(value) => format!("value {value}"),
        };
        text.push_str(&format!("{path:?}: {said}\n"));
    }
    Ok(text)
}

/// The errors of `wasi:filesystem` that are of interest here, by number.
fn error(number: f64) -> String {
    match number {
        12.0 => "denied: invalid".to_owned(),
        14.0 => "denied: is a directory".to_owned(),
        15.0 => "denied: loop".to_owned(),
        20.0 => "denied: no such entry".to_owned(),
        24.0 => "denied: not a directory".to_owned(),
        31.0 => "denied: not permitted".to_owned(),
        33.0 => "denied: read-only".to_owned(),
        other => format!("denied: error {other}"),
    }
}

fn walks_out(stage: &Stage) -> Said {
    let start = Instant::now();
    let root = directories();
    let paths = [
        "file",
        "inner/file",
        "inner/../file",
        "honest-link",
        "..",
        "../secret/file",
        "inner/../../secret/file",
        "./././../secret/file",
        "ROOT/secret/file",
        "ROOT/granted/file",
        "/etc/passwd",
        "/data/file",
        "link",
        "link/",
        "absolute-link",
        "directory-link/file",
        "directory-link/",
        "winding-link",
        "passwd",
        "passwd/",
        "loop",
        "pipe",
        "file/",
        "inner/",
        "inner/..",
        "inner/../..",
        "",
        ".",
        "file\0/../../secret/file",
    ];
    let text = match outcomes(stage, root.path(), &opens(0, 1), &paths) {
        Ok(text) => text,
        Err(refusal) => return refusal.said(start.elapsed()),
    };
    assert!(!text.contains("AND IT IS THE SECRET") && !text.contains("OF THE SYSTEM"), "{text}");
    Said { outcome: Expected::Score(0.0), text, fuel: None, elapsed: start.elapsed() }
}

fn writes(stage: &Stage) -> Said {
    let start = Instant::now();
    let root = directories();
    let mut text = String::new();
    for (what, open_flags, descriptor_flags, path) in [
        ("writes to a file", 0, 3, "file"),
        ("empties a file", 8, 1, "file"),
        ("makes a file", 1, 3, "new"),
        ("writes through a link", 0, 3, "link"),
    ] {
        match outcomes(stage, root.path(), &opens(open_flags, descriptor_flags), &[path]) {
            Ok(said) => text.push_str(&format!("{what}: {said}")),
            Err(refusal) => return refusal.said(start.elapsed()),
        }
    }
    assert_eq!(std::fs::read_to_string(root.path().join("granted/file")).unwrap(), "granted");
    assert_eq!(std::fs::read_to_string(root.path().join("secret/file")).unwrap(), "secret");
    assert!(!root.path().join("granted/new").exists());
    Said { outcome: Expected::Score(0.0), text, fuel: None, elapsed: start.elapsed() }
}
