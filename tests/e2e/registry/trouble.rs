//! What goes wrong on this side: a disk that fills up, two at once, a lock file that somebody edited.

use std::process::Stdio;

use super::servers::DockerRegistry;
use super::{holds, stored, team};
use crate::workspace::{Said, Workspace, plugin};

/// A registry with a plugin of half a megabyte, and a team that has it in its lock file and not in its store.
fn pinned(registry: &DockerRegistry) -> Workspace {
    let reference = registry.reference("required-phrase:0.1.0");
    let user = team(&reference);
    user.run(&["plugin", "push", plugin("required-phrase").to_str().unwrap(), &reference]).expect(0);
    user.run(&["plugin", "add", &reference]).expect(0);
    std::fs::remove_dir_all(user.path("store")).unwrap();
    user
}

#[test]
fn a_disk_that_fills_up_leaves_nothing_half_written() {
    let Some(registry) = DockerRegistry::start() else { return };
    let user = pinned(&registry);
    let scorebox = user.command(&["plugin", "pull"]);
    // No file may grow beyond 64 blocks, and who tries is told so instead of being ended.
    let mut limited = user.command_of("sh", &["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]);
    limited.arg(scorebox.get_program()).args(scorebox.get_args());
    let said: Said = limited.output().unwrap().into();
    holds(&said.expect(2), &["store/components/", "nothing half-written is left"]);
    assert_eq!(stored(&user), [""; 0]);
    user.run(&["plugin", "pull"]).expect(0);
    assert_eq!(stored(&user).len(), 2);
}

#[test]
fn two_who_fetch_the_same_at_once_both_have_it() {
    let Some(registry) = DockerRegistry::start() else { return };
    let user = pinned(&registry);
    for _ in 0..5 {
        let pull = || user.command(&["plugin", "pull"]);
        let children: Vec<_> = (0..4).map(|_| pull().stdout(Stdio::null()).spawn().unwrap()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(stored(&user).len(), 2, "{:?}", stored(&user));
        let listed = user.run(&["plugin", "list", "--json"]).expect(0).json();
        assert_eq!(listed[0]["fetched"], true);
        std::fs::remove_dir_all(user.path("store")).unwrap();
    }
}

#[test]
fn a_lock_file_that_somebody_edited_is_told_by_its_line() {
    let user = team("dir:plugins#greets:1.0.0");
    user.write("greets.wasm", super::package("1.0.0", "{}"));
    user.run(&["plugin", "push", "greets.wasm", "dir:plugins#greets:1.0.0"]).expect(0);
    user.run(&["plugin", "add", "dir:plugins#greets:1.0.0"]).expect(0);
    let sound = user.read("scorebox.lock");
    let component = sound.lines().find(|line| line.contains("\"component\":")).unwrap();
    for (from, to, expected) in [
        (
            component,
            "        \"component\": \"sha256:12\",",
            "scorebox.lock:10:22: `component` is \"sha256:12\", and has to be `sha256:` and 64 digits",
        ),
        ("\"version\": 1,", "\"version\": 7,", "scorebox.lock:3:16: `version` is 7, this Scorebox reads 1"),
        ("\"name\":", "\"naem\":", "scorebox.lock:7:9: unknown field"),
        ("\"pinned\": [", "\"pinned\": [,", "scorebox.lock:"),
    ] {
        user.write("scorebox.lock", sound.replacen(from, to, 1));
        for arguments in [&["run"][..], &["plugin", "list"], &["plugin", "pull"], &["plugin", "update"]] {
            holds(&user.run(arguments).expect(2), &[expected]);
        }
        assert!(!user.path(".scorebox").exists(), "no run began");
    }
    // Another digest in the right form.
    let zeroes = format!("        \"component\": \"sha256:{}\",", "0".repeat(64));
    user.write("scorebox.lock", sound.replacen(component, &zeroes, 1));
    holds(
        &user.run(&["run"]).expect(2),
        &["is not what scorebox.lock pins", "digest pinned sha256:0000", "found sha256:"],
    );
    user.write("scorebox.lock", sound);
    user.run(&["run"]).expect(0);
    user.run(&["plugin", "remove", "dir:plugins#greets:1.0.0", "--store"]).expect(0);
    assert_eq!(stored(&user), [""; 0]);
    holds(&user.run(&["run"]).expect(2), &["does not pin"]);
}
