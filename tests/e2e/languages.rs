//! Plugins in every language, as far as it goes without their tools: `cargo xtask conformance` has the rest.

use std::process::Command;

use crate::workspace::{Said, Workspace};

const LANGUAGES: [&str; 6] = ["rust", "python", "typescript", "javascript", "go", "c"];

/// A machine without any tool.
fn on_a_bare_machine(workspace: &Workspace, arguments: &[&str]) -> Said {
    let empty = workspace.path("bin");
    std::fs::create_dir_all(&empty).unwrap();
    let mut command: Command = workspace.command(arguments);
    command.env("PATH", empty).env_remove("WASI_SDK_PATH").env_remove("VIRTUAL_ENV").env_remove("RUSTC");
    command.output().unwrap().into()
}

#[test]
fn names_that_no_package_can_have_make_no_folder() {
    let workspace = Workspace::new();
    for language in LANGUAGES {
        for (name, suggestion) in
            [("tone/check", "tone-check"), ("../up", "up"), ("NoJargon", "nojargon"), ("🦀", "my-check")]
        {
            let said = workspace.run(&["plugin", "new", name, "--lang", language]).expect(2);
            assert!(said.err.contains("is no name for a plugin"), "{language}: {}", said.err);
            assert!(said.err.contains(&format!("such as `{suggestion}`")), "{language}: {}", said.err);
        }
    }
    assert!(!workspace.path("tone").exists() && !workspace.path("NoJargon").exists());
    let said = workspace.run(&["plugin", "new", "a-check", "--lang", "cobol"]).expect(2);
    assert!(said.err.contains("rust, python, typescript, javascript, go, c"), "{}", said.err);
}

#[test]
fn a_missing_tool_is_named_with_how_to_get_it() {
    let workspace = Workspace::new();
    for (language, tool, get) in [
        ("python", "python3", "python3"),
        ("typescript", "npm", "nod"),
        ("javascript", "npm", "nod"),
        ("go", "go", "1.27.1"),
        ("c", "clang", "wasi"),
    ] {
        let name = format!("in-{language}");
        workspace.run(&["plugin", "new", &name, "--lang", language]).expect(0);
        let said = on_a_bare_machine(&workspace, &["plugin", "build", &name]).expect(2);
        let missing = format!("{tool} is not here, and plugins in {language} need it");
        let missing = if language == "c" { "clang with the C library of WASI is not here" } else { &missing };
        assert!(said.err.contains(missing), "{language}: {}", said.err);
        assert!(said.err.to_lowercase().contains(get), "{language}: {}", said.err);
        let said =
            on_a_bare_machine(&workspace, &["plugin", "doctor", "--lang", language, "--json"]).expect(1);
        assert_eq!(said.json()[0]["ready"], false, "{language}");
        assert_eq!(said.json()[0]["language"], language);
    }
    // Who asks about all of them wants to know, and not to be told off.
    let said = on_a_bare_machine(&workspace, &["plugin", "doctor"]).expect(0);
    assert!(said.out.contains("python not ready"), "{}", said.out);
}

#[test]
fn a_folder_that_says_too_little_is_told_what_it_lacks() {
    let workspace = Workspace::new();
    workspace.write("empty/readme.txt", "");
    let said = workspace.run(&["plugin", "build", "empty"]).expect(2);
    assert!(said.err.contains("is no plugin"), "{}", said.err);
    workspace.write("bare/src/check.py", "");
    let said = workspace.run(&["plugin", "build", "bare"]).expect(2);
    assert!(said.err.contains("is written in python and has no plugin.yaml"), "{}", said.err);
    workspace.run(&["plugin", "new", "a-check", "--lang", "c"]).expect(0);
    std::fs::remove_dir_all(workspace.path("a-check/sdk")).unwrap();
    let manifest = workspace.read("a-check/plugin.yaml");
    workspace.write("a-check/plugin.yaml", manifest.replace("language: c", "language: cobol"));
    let said = workspace.run(&["plugin", "build", "a-check"]).expect(2);
    assert!(said.err.contains("plugin.yaml:5: `language`"), "{}", said.err);
}
