//! A dataset is larger than the memory that reading it takes. A test of its own, for the peak is that of a process.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::path::Path;

use scorebox_eval::dataset;

/// Samples in the file, and bytes of each.
const SAMPLES: usize = 20_000;
const LENGTH: usize = 8_000;
/// Most memory that the reading may add: a fifth of the file.
const ALLOWED: u64 = 32 << 20;

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn write(path: &Path, start: &str, between: &str, end: &str) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let text = "word ".repeat(LENGTH / 5);
    file.write_all(start.as_bytes()).unwrap();
    for number in 0..SAMPLES {
        let between = if number == 0 { "" } else { between };
        write!(file, "{between}{{\"id\": \"s-{number}\", \"input\": \"{text}\"}}").unwrap();
    }
    file.write_all(end.as_bytes()).unwrap();
    file.flush().unwrap();
}

#[test]
fn memory_does_not_grow_with_the_dataset() {
    let directory = tempfile::tempdir().unwrap();
    for (name, start, between, end) in
        [("d.jsonl", "", "\n", "\n"), ("d.json", "{\"name\": \"large\", \"examples\": [\n", ",\n", "\n]}")]
    {
        let path = directory.path().join(name);
        write(&path, start, between, end);
        let before = peak();
        let mut lengths = 0;
        let mut count = 0;
        for entry in dataset::open(&path).unwrap() {
            lengths += entry.unwrap().sample.input.len();
            count += 1;
        }
        assert_eq!((count, lengths), (SAMPLES, SAMPLES * LENGTH));
        let grown = peak() - before;
        assert!(grown < ALLOWED, "{name}: reading {} MB took {} MB", (SAMPLES * LENGTH) >> 20, grown >> 20);
        std::fs::remove_file(&path).unwrap();
    }
}
