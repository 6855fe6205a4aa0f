//! Work on a list, as many pieces at once as there are processors: how many there are is for a stranger's file to say.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What `work` gives for each of `count` pieces, in order. Once `ends` says so of one, no further piece is begun, and what
/// was not is `None`. A panic of `work` is one here.
pub(crate) fn abreast<T: Send>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    ends: impl Fn(&T) -> bool + Sync,
) -> Vec<Option<T>> {
    let done: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors.min(count) {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(place) = done.get(index) else { return };
                    let piece = work(index);
                    if ends(&piece) {
                        ended.store(true, Ordering::Relaxed);
                    }
                    if let Ok(mut place) = place.lock() {
                        *place = Some(piece);
                    }
                }
            });
        }
    });
    done.into_iter().map(|place| place.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ten_thousand_pieces_take_as_many_threads_as_processors() {
        let threads = Mutex::new(HashSet::new());
        let work = |index| {
            threads.lock().unwrap().insert(std::thread::current().id());
            index * 2
        };
        let done = abreast(10_000, work, |_| false);
        assert_eq!(done, (0..10_000).map(|index| Some(index * 2)).collect::<Vec<_>>());
        let processors = std::thread::available_parallelism().unwrap().get();
        assert!(threads.into_inner().unwrap().len() <= processors);
    }

    #[test]
    fn nothing_is_begun_after_the_end() {
        let begun = AtomicUsize::new(0);
        let done =
            abreast(10_000, |index| (begun.fetch_add(1, Ordering::Relaxed), index).1, |index| *index == 5);
        assert_eq!(done[5], Some(5));
        assert_eq!(done.last(), Some(&None));
        assert!(begun.into_inner() < 10_000);
    }
}
