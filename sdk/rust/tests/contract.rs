//! The crate carries a copy of the contract, since a published crate cannot reach outside its folder.

#[test]
fn the_copy_of_the_contract_is_the_contract() {
    let read =
        |path: &str| std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + path);
    assert_eq!(read("wit/plugin.wit").unwrap(), read("../../wit/0.1.0/plugin.wit").unwrap());
}
