//! Every target runs over its seeds: real inputs, and what a fuzzer once broke the host with.

use std::path::{Path, PathBuf};

use scorebox_fuzz::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_takes_its_seeds() {
    for (name, run) in TARGETS {
        let seeds = files(&corpus().join(name));
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in seeds {
            let data = std::fs::read(&seed).unwrap_or_else(|error| panic!("{}: {error}", seed.display()));
            println!("{}", seed.display());
            run(&data);
            // And what a fuzzer would try first: the seed cut short.
            run(&data[..data.len() / 2]);
        }
        run(b"");
    }
}

#[test]
fn fuzz_has_these_targets_and_no_others() {
    let targets = files(&corpus().join("../targets"));
    let stems: Vec<_> = targets.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(stems, names, "fuzz/targets and scorebox_fuzz::TARGETS differ");
}
