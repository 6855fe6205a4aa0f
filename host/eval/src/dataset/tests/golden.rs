use std::path::Path;

use super::super::{
    GoldenLock, GoldenSamples, LOCK_FILE, LockError, approve, compare, golden_samples, preview,
};
use super::file;

const BEFORE: &str = r#"{"id": "a", "input": "1", "partition": "golden"}
{"id": "b", "input": "2", "partition": "golden"}
{"id": "c", "input": "3", "partition": "golden"}
{"id": "x", "input": "9"}
"#;
const AFTER: &str = r#"{"id": "x", "input": "other"}
{"id": "d", "input": "4", "partition": "golden"}
{"id": "c", "input": "3", "partition": "golden", "output": "recorded"}
{"id": "b", "input": "two", "partition": "golden"}
{"id": "a", "input": "1", "partition": "regression"}
"#;

fn change(dataset: &Path, lock: &Path) -> super::super::GoldenChange {
    compare(&golden_samples(dataset).unwrap(), GoldenLock::read(lock, dataset).unwrap().as_ref())
}

#[test]
fn a_change_since_the_approval_is_named() {
    let (directory, dataset) = file("d.jsonl", BEFORE);
    let lock = directory.path().join(LOCK_FILE);
    assert_eq!(GoldenLock::read(&lock, &dataset).unwrap(), None);
    assert_eq!(change(&dataset, &lock).render(), "3 added (`a`, `b`, `c`)");

    let approval = approve(&dataset, &lock).unwrap();
    assert!(approval.written);
    assert_eq!(
        approval.render(),
        format!(
            "approved 3 golden samples of d.jsonl in {}\n  added       3  `a`, `b`, `c`\n",
            lock.display()
        )
    );
    assert!(change(&dataset, &lock).is_empty());
    assert_eq!(
        GoldenLock::read(&lock, &dataset).unwrap().unwrap().samples(),
        &golden_samples(&dataset).unwrap()
    );

    std::fs::write(&dataset, AFTER).unwrap();
    assert_eq!(change(&dataset, &lock).to_string(), "1 added (`d`), 1 changed (`b`), 1 removed (`a`)");
    let before = std::fs::read(&lock).unwrap();
    let seen = preview(&dataset, &lock).unwrap();
    assert!(seen.render().starts_with("would approve 3 golden samples of d.jsonl in "), "{}", seen.render());
    assert_eq!(std::fs::read(&lock).unwrap(), before);
    approve(&dataset, &lock).unwrap();
    assert!(change(&dataset, &lock).is_empty());
    assert!(
        approve(&dataset, &lock).unwrap().render().starts_with("d.jsonl: all 3 golden samples stand in ")
    );
}

#[test]
fn one_lock_holds_several_datasets_and_what_others_keep() {
    let (directory, dataset) = file("d.jsonl", BEFORE);
    let folder = directory.path().join("suites");
    std::fs::create_dir(&folder).unwrap();
    let lock = folder.join(LOCK_FILE);
    std::fs::write(&lock, r#"{"plugins": {"tone": "sha256:00"}}"#).unwrap();
    let other = folder.join("e.csv");
    std::fs::write(&other, "id,partition,input\ng,golden,q\n").unwrap();
    assert_eq!(approve(&dataset, &lock).unwrap().dataset, "../d.jsonl");
    assert_eq!(approve(&other, &lock).unwrap().dataset, "e.csv");
    assert!(change(&dataset, &lock).is_empty() && change(&other, &lock).is_empty());

    std::fs::write(&other, "id,partition,input\ng,distribution,q\n").unwrap();
    assert_eq!(change(&other, &lock).render(), "1 removed (`g`)");
    approve(&other, &lock).unwrap();
    assert_eq!(GoldenLock::read(&lock, &other).unwrap(), None);
    assert!(
        approve(&other, &lock)
            .unwrap()
            .render()
            .starts_with("e.csv has no golden samples: there is nothing to approve")
    );
    let text = std::fs::read_to_string(&lock).unwrap();
    assert!(text.contains("\"tone\": \"sha256:00\"") && text.contains("../d.jsonl"), "{text}");
}

#[test]
fn a_lock_that_was_edited_is_refused() {
    let (directory, dataset) = file("d.jsonl", BEFORE);
    let lock = directory.path().join(LOCK_FILE);
    approve(&dataset, &lock).unwrap();
    let text = std::fs::read_to_string(&lock).unwrap();
    let line = text.lines().find(|line| line.contains("\"b\"")).unwrap();
    std::fs::write(&lock, text.replace(&format!("{line}\n"), "")).unwrap();
    let error = GoldenLock::read(&lock, &dataset).unwrap_err();
    assert!(matches!(error, LockError::Edited { .. }));
    assert!(error.to_string().ends_with(
        "the samples of d.jsonl do not add up to its digest: the file was edited or merged by hand; \
         review the golden samples and approve them again"
    ));
    approve(&dataset, &lock).unwrap();
    assert_eq!(std::fs::read_to_string(&lock).unwrap(), text, "approving mends it");

    std::fs::write(&lock, "<<<<<<< HEAD").unwrap();
    let error = GoldenLock::read(&lock, &dataset).unwrap_err().to_string();
    assert!(
        error.contains("is no lock file: expected value at line 1 column 1; take the version"),
        "{error}"
    );
    assert!(approve(&dataset, &lock).is_err(), "what others keep in the file is not thrown away");
}

#[test]
fn the_digest_does_not_depend_on_the_order() {
    let mut one = GoldenSamples::new();
    assert_eq!((one.digest(), one.is_empty()), (None, true));
    one.insert_digest("a", [1; 32]);
    one.insert_digest("b", [2; 32]);
    let mut other = GoldenSamples::default();
    other.insert_digest("b", [2; 32]);
    other.insert_digest("a", [1; 32]);
    assert_eq!((one.digest(), one.len()), (other.digest(), 2));
    assert!(one.digest().unwrap().starts_with("blake3:"));
    let mut swapped = GoldenSamples::new();
    swapped.insert_digest("a", [2; 32]);
    swapped.insert_digest("b", [1; 32]);
    assert_ne!(one.digest(), swapped.digest());
}

#[test]
fn many_ids_are_cut_short() {
    let mut golden = GoldenSamples::new();
    (10..30).for_each(|number| golden.insert_digest(&number.to_string(), [0; 32]));
    let text = compare(&golden, None).render();
    assert!(text.starts_with("20 added (`10`, ") && text.ends_with("`19` and 10 more)"), "{text}");
}
