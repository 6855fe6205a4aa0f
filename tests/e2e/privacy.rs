//! What a run leaves is read by nobody but who ran it.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::workspace::{Said, Workspace, sample};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o777
}

fn workspace() -> Workspace {
    Workspace::with(
        &[sample("a", "golden", "Tea."), sample("b", "distribution", "Tea.")],
        "  contains: {settings: {all_of: [Tea]}}",
    )
}

/// Runs the binary as a user whose new files everybody can read.
fn run(workspace: &Workspace, arguments: &[&str]) -> Said {
    let scorebox = workspace.command(arguments);
    let mut open = Command::new("sh");
    open.args(["-c", "umask 022; exec \"$0\" \"$@\""]).arg(scorebox.get_program()).args(scorebox.get_args());
    open.current_dir(workspace.path("")).env("SCOREBOX_CACHE", workspace.path("cache"));
    open.env_remove("SCOREBOX_POLICY");
    open.output().unwrap().into()
}

#[test]
fn a_run_is_its_owners_alone() {
    let workspace = workspace();
    run(&workspace, &["run", "--report", "junit=junit.xml"]).expect(0);
    let runs = std::fs::read_dir(workspace.path(".scorebox/runs")).unwrap();
    let run = runs.map(|entry| entry.unwrap().path()).next().unwrap();
    assert_eq!(mode(&run), 0o700);
    let mut files: Vec<_> = std::fs::read_dir(&run)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| format!("{} {:o}", file.file_name().display(), mode(&file.path())))
        .collect();
    files.sort();
    assert_eq!(files, [".lock 600", "report.html 600", "run.json 600", "samples.jsonl 600"]);
    assert_eq!(mode(&workspace.path("junit.xml")), 0o644, "what goes elsewhere follows the umask");
}

#[test]
fn a_directory_that_was_there_keeps_its_mode_and_gives_none_to_new_files() {
    let workspace = workspace();
    std::fs::create_dir(workspace.path("out")).unwrap();
    std::fs::set_permissions(workspace.path("out"), Permissions::from_mode(0o755)).unwrap();
    workspace.write("elsewhere", "not yours");
    std::os::unix::fs::symlink(workspace.path("elsewhere"), workspace.path("out/samples.jsonl")).unwrap();
    let report = workspace.write("out/report.html", "an older one");
    std::fs::set_permissions(report, Permissions::from_mode(0o644)).unwrap();
    run(&workspace, &["run", "--out", "out"]).expect(0);
    assert_eq!(mode(&workspace.path("out")), 0o755);
    for file in ["run.json", "samples.jsonl", "report.html", ".lock"] {
        assert_eq!(mode(&workspace.path("out").join(file)), 0o600, "{file}");
    }
    assert_eq!(workspace.read("elsewhere"), "not yours", "no link is followed");
}
