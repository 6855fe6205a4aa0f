//! `scorebox plugin test`: cases, properties, what a failure looks like, and what is refused.

use scorebox_registry::{Manifest, embed_manifest, read_manifest};
use serde_json::Value;

use crate::guests::{NAN, PASSES, TRAPS, guest};
use crate::workspace::{Said, Workspace, place_of, root};

const MANIFEST: &str = "\
name: guest
version: 0.1.0
summary: A guest.
licence: MIT
cases:
  - name: passes
    sample: {output: fine}
    expect: {verdict: pass, value: 1, findings: []}
  - name: expects what does not come
    settings: {terms: [\"a\\u001b[2J\"]}
    sample: {output: Try Acme.}
    expect:
      verdict: fail
      value: {max: 0.5}
      findings: [{rule: competitor, quote: Acme}]
  - name: expects that there is no score
    sample: {output: Try Acme.}
    expect: {failure: failed}
";

fn manifest(text: &str) -> Manifest {
    Manifest::parse(text, std::path::Path::new("plugin.yaml")).unwrap()
}

/// A component of `evaluate` with this manifest.
fn component(workspace: &Workspace, evaluate: &str, text: &str) {
    workspace.write("guest.wasm", embed_manifest(guest(evaluate), &manifest(text)).unwrap());
}

/// What a machine would not say twice is left out.
fn snapshot(said: &Said, name: &str) {
    insta::with_settings!({filters => vec![
        (r" +[\d,]+ fuel +[\d.]+ (µs|ms|s)", " [cost]"),
        (r" B [█▏▎▍▌▋▊▉]* ?[\d,]+\n", " B [bar]\n"),
        (r"[\d.]+ a byte at the end, length to the power of [\d.]+", "[growth]"),
    ]}, { insta::assert_snapshot!(name, said.out); });
}

#[test]
fn a_failure_shows_what_was_expected_and_what_came() {
    let workspace = Workspace::new();
    component(&workspace, PASSES, MANIFEST);
    let said = workspace.run(&["plugin", "test", "guest.wasm", "--junit", "out.xml"]).expect(1);
    snapshot(&said, "a_failure_shows_what_was_expected_and_what_came");
    let xml = workspace.read("out.xml");
    assert!(xml.contains(r#"tests="9" failures="2""#), "{xml}");
    assert!(xml.contains("verdict: expected fail, got pass"), "{xml}");
    let json = workspace.run(&["plugin", "test", "guest.wasm", "--json"]).expect(1).json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["cases"][0]["score"]["verdict"], "pass");
    assert_eq!(json["cases"][1]["differences"][0]["field"], "verdict");
}

#[test]
fn a_filter_runs_what_it_names_and_nothing_else() {
    let workspace = Workspace::new();
    component(&workspace, PASSES, MANIFEST);
    let json =
        workspace.run(&["plugin", "test", "guest.wasm", "--filter", "passes", "--json"]).expect(0).json();
    assert_eq!(json["cases"].as_array().unwrap().len(), 1);
    assert_eq!(json["properties"], Value::Array(vec![]));
    let said = workspace.run(&["plugin", "test", "guest.wasm", "--filter", "nothing"]).expect(2);
    assert!(said.err.contains("no case and no property has `nothing` in its name"), "{}", said.err);
}

#[test]
fn a_plugin_that_breaks_what_every_one_has_to_keep_fails() {
    let quadratic = "(local $i i32) (local $j i32)
      (local.set $i (i32.shr_u (local.get 5) (i32.const 7)))
      (block (loop (br_if 1 (i32.eqz (local.get $i)))
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (local.set $j (i32.shr_u (local.get 5) (i32.const 7)))
        (block (loop (br_if 1 (i32.eqz (local.get $j)))
          (local.set $j (i32.sub (local.get $j) (i32.const 1)))
          (br 0)))
        (br 0)))";
    let cases = MANIFEST.split("  - name: expects").next().unwrap();
    let quadratic = format!("{quadratic} {PASSES}");
    for (evaluate, property, reason) in [
        (TRAPS, "robust", "output: empty: trap"),
        (NAN, "sound", "the value is not a number"),
        (quadratic.as_str(), "growth", "times the fuel"),
    ] {
        let workspace = Workspace::new();
        component(&workspace, evaluate, cases);
        let json = workspace.run(&["plugin", "test", "guest.wasm", "--json"]).expect(1).json();
        for tried in json["properties"].as_array().unwrap() {
            let broken = &tried["state"]["broken"];
            // What traps cannot be measured, either.
            let also = tried["name"] == "growth" && property != "growth";
            assert_eq!(broken.is_array(), tried["name"] == property || also, "{property}: {tried}");
            if tried["name"] == property {
                assert!(broken.to_string().contains(reason), "{property}: {tried}");
            }
        }
    }
}

#[test]
fn a_section_that_lies_or_stands_there_twice_is_refused() {
    let workspace = Workspace::new();
    let once = embed_manifest(guest(PASSES), &manifest(MANIFEST)).unwrap();
    workspace.write("twice.wasm", embed_manifest(once, &manifest(MANIFEST)).unwrap());
    let evil = Manifest { name: "../../evil\u{1b}[2J".to_owned(), ..manifest(MANIFEST) };
    workspace.write("lies.wasm", embed_manifest(guest(PASSES), &evil).unwrap());
    for (file, reason) in [("twice.wasm", "there are two of them"), ("lies.wasm", "`name` is")] {
        for command in ["test", "inspect"] {
            let said = workspace.run(&["plugin", command, file]).expect(2);
            assert!(
                said.err.contains(reason) && !said.err.contains('\u{1b}'),
                "{command} {file}: {}",
                said.err
            );
        }
    }
    workspace.write("none.wasm", guest(PASSES));
    let said = workspace.run(&["plugin", "test", "none.wasm"]).expect(0);
    assert!(said.out.contains("no plugin.yaml: no cases to run"), "{}", said.out);
    let said = workspace.run(&["plugin", "test", "none.wasm", "--bless"]).expect(2);
    assert!(said.err.contains("name its folder"), "{}", said.err);
}

#[test]
fn every_plugin_of_this_repository_passes_its_cases() {
    let workspace = Workspace::new();
    let mut tried = 0;
    for (sources, built) in [("plugins", "plugins"), ("examples/porting", "porting")] {
        for entry in std::fs::read_dir(root().join(sources)).unwrap().flatten() {
            if !entry.path().join("Cargo.toml").is_file() {
                continue;
            }
            let name = entry.file_name().into_string().unwrap();
            let path = crate::workspace::built(built, &name);
            let json = workspace.run(&["plugin", "test", path.to_str().unwrap(), "--json"]).expect(0).json();
            assert!(json["cases"].as_array().unwrap().len() > 1, "{name} has cases");
            for property in json["properties"].as_array().unwrap() {
                assert_eq!(property["state"], "holds", "{name}: {property}");
            }
            let manifest = read_manifest(&std::fs::read(&path).unwrap()).unwrap().unwrap();
            let file = Manifest::read(&entry.path()).unwrap().unwrap();
            assert_eq!((manifest.name, manifest.cases.len()), (name, file.cases.len()));
            tried += 1;
        }
    }
    assert!(tried >= 11, "{tried}");
}

/// As components, where their languages' tools are here: natively a check sees packages and files that a component has not.
#[test]
fn the_plugins_in_other_languages_pass_their_cases() {
    let workspace = Workspace::new();
    for entry in std::fs::read_dir(root().join("plugins")).unwrap().flatten() {
        if entry.path().join("Cargo.toml").is_file() || !entry.path().join("plugin.yaml").is_file() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let path = place_of("plugins", &name);
        if !path.is_file() {
            println!("left out {name}: it was not built");
            continue;
        }
        let json = workspace.run(&["plugin", "test", path.to_str().unwrap(), "--json"]).expect(0).json();
        let cases = json["cases"].as_array().unwrap();
        assert!(cases.len() > 5, "{name} has cases");
        for case in cases {
            assert_eq!(case["differences"], serde_json::json!([]), "{name}: {case}");
        }
        for property in json["properties"].as_array().unwrap() {
            assert!(property["state"] == "holds", "{name}: {property}");
        }
    }
}
