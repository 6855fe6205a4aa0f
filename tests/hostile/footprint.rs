//! What this process and its children take up: memory, threads, open files.

use std::path::Path;

/// Read from `/proc`; all zero where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// Bytes of resident memory, of all processes.
    pub(crate) resident: u64,
    pub(crate) held: Held,
}

/// What may be no more than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Of this process.
    pub(crate) threads: usize,
    /// Of this process.
    pub(crate) files: usize,
    /// Of this process, and theirs.
    pub(crate) children: usize,
}

impl Held {
    /// Whether there is no more of anything than in `other`.
    pub(crate) fn is_within(self, other: Self) -> bool {
        self.threads <= other.threads && self.files <= other.files && self.children <= other.children
    }
}

impl Footprint {
    pub(crate) fn now() -> Self {
        let own = Path::new("/proc/self");
        let children = descendants(std::process::id());
        let resident = children.iter().map(|id| resident(&Path::new("/proc").join(id.to_string())));
        Self {
            resident: resident.sum::<u64>() + self::resident(own),
            held: Held {
                threads: entries(&own.join("task")),
                files: entries(&own.join("fd")),
                children: children.len(),
            },
        }
    }
}

/// The names of this process's threads.
pub(crate) fn threads() -> Vec<String> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    names.map(|name| name.trim_end().to_owned()).collect()
}

fn entries(directory: &Path) -> usize {
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

fn resident(process: &Path) -> u64 {
    /// The kernel counts in pages of this size.
    const PAGE: u64 = 4096;
    let pages = std::fs::read_to_string(process.join("statm"))
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE
}

/// The children of `parent`, and theirs.
fn descendants(parent: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // `id (name) state parent …`, and the name may hold anything.
        let parent = std::fs::read_to_string(process.path().join("stat"))
            .ok()
            .and_then(|text| text.rsplit_once(')')?.1.split(' ').nth(2)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (id, parent)));
    }
    let mut found = vec![parent];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}
