//! What `scorebox plugin new` copies, compiled and tested as it stands.

#[path = "../template/src/lib.rs"]
mod template;

#[test]
fn the_manifest_has_what_is_filled_in() {
    let manifest = include_str!("../template/Cargo.toml.template");
    assert!(manifest.contains("name = \"{{name}}\"") && manifest.contains("scorebox-sdk = {{sdk}}"));
}
