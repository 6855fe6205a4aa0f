//! Work on many processors, results in order, within a window.
//!
//! The window is bounded by items and by bytes, both those of items that are under way and those of results that wait for
//! their turn, so that memory grows neither with the number of items nor with what a stranger makes of one. A worker whose
//! results do not fit waits, unless it is the one that everybody waits for: that one hands on what it has, part by part.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Sender, bounded};

/// Something that takes room in memory.
pub(crate) trait Weigh {
    /// Bytes, about.
    fn bytes(&self) -> usize;
}

/// How much may be under way at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Items that are read and not yet taken.
    pub(crate) items: usize,
    /// Bytes of those items, and as many again of results that wait. A single item or part may be larger.
    pub(crate) bytes: usize,
}

/// Takes parts of the result of one item, for a worker that has many bytes together before it is done.
pub(crate) struct Parts<'a, R> {
    room: &'a Room,
    done: &'a Sender<Done<R>>,
    index: usize,
}

impl<R: Weigh> Parts<'_, R> {
    /// Hands a part on, which comes before those that follow.
    pub(crate) fn send(&mut self, part: R) {
        self.hand_on(Ok(part), None);
    }

    /// `false` where nobody takes results any more. `taken` are the item's bytes, with the last part.
    fn hand_on(&self, part: std::thread::Result<R>, taken: Option<usize>) -> bool {
        let bytes = part.as_ref().map_or(0, Weigh::bytes);
        self.room.admit(self.index, bytes, taken);
        self.done.send(Done { index: self.index, part, bytes, last: taken.is_some() }).is_ok()
    }
}

struct Done<R> {
    index: usize,
    part: std::thread::Result<R>,
    bytes: usize,
    last: bool,
}

/// What is under way. It is locked some times for each item, which are chunks where they are quick.
struct Room {
    window: Window,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The item whose results are taken now.
    next: usize,
    /// Items that are read and not yet taken.
    items: usize,
    item_bytes: usize,
    /// Of the results that wait to be taken.
    result_bytes: usize,
    /// Nobody takes results any more.
    closed: bool,
}

impl Room {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, full: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let full = |state: &mut State| full(state) && !state.closed;
        self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for room for one more item; `false` where none is wanted any more.
    fn wait_for_item(&self) -> bool {
        let Window { items, bytes } = self.window;
        !self.wait_while(|state| state.items >= items || state.item_bytes >= bytes).closed
    }

    fn enter(&self, bytes: usize) {
        let mut state = self.state();
        state.items += 1;
        state.item_bytes += bytes;
    }

    /// Waits for room for a part of the result of item `index`, of which `taken` bytes end to be under way.
    fn admit(&self, index: usize, bytes: usize, taken: Option<usize>) {
        let most = self.window.bytes;
        let full = |state: &State| {
            state.next != index && state.result_bytes > 0 && state.result_bytes + bytes > most
        };
        let mut state = self.wait_while(full);
        state.result_bytes += bytes;
        state.item_bytes -= taken.unwrap_or(0);
    }

    /// A part was taken.
    fn leave(&self, bytes: usize, last: bool) {
        let mut state = self.state();
        state.result_bytes -= bytes;
        if last {
            state.next += 1;
            state.items -= 1;
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// Sends everybody home who waits for room.
struct Close<'a>(&'a Room);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.changed.notify_all();
    }
}

/// Hands what `items` gives to the workers, each on a thread of its own, and their results to `take` on this thread, in
/// the order of the items, until it breaks. A worker that panics panics here.
pub(crate) fn in_order<T, R, W, B>(
    mut items: impl Iterator<Item = T> + Send,
    workers: Vec<W>,
    window: Window,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> ControlFlow<B>
where
    T: Send + Weigh,
    R: Send + Weigh,
    W: FnMut(T, &mut Parts<'_, R>) -> R + Send,
{
    let room = Room { window, state: Mutex::default(), changed: Condvar::new() };
    let room = &room;
    std::thread::scope(|scope| {
        let _close = Close(room);
        let (items_in, items_out) = bounded(workers.len() * 2);
        let (done_in, done_out) = bounded(window.items);
        scope.spawn(move || {
            for index in 0_usize.. {
                if !room.wait_for_item() {
                    return;
                }
                let Some(item) = items.next() else { return };
                room.enter(item.bytes());
                if items_in.send((index, item)).is_err() {
                    return;
                }
            }
        });
        for mut worker in workers {
            let (items, done) = (items_out.clone(), done_in.clone());
            scope.spawn(move || {
                for (index, item) in items {
                    let taken = item.bytes();
                    let mut parts = Parts { room, done: &done, index };
                    // A result that never came would leave everybody waiting for it.
                    let result = catch_unwind(AssertUnwindSafe(|| worker(item, &mut parts)));
                    if !parts.hand_on(result, Some(taken)) {
                        return;
                    }
                }
            });
        }
        drop((items_out, done_in));

        // At the end of this closure nobody is at the other end of the channels, so that the threads end as well.
        let mut early: HashMap<usize, VecDeque<Done<R>>> = HashMap::new();
        let mut next = 0;
        for done in &done_out {
            early.entry(done.index).or_default().push_back(done);
            while let Some(Done { part, bytes, last, .. }) =
                early.get_mut(&next).and_then(VecDeque::pop_front)
            {
                take(part.unwrap_or_else(|panic| resume_unwind(panic)))?;
                if last {
                    early.remove(&next);
                    next += 1;
                }
                room.leave(bytes, last);
            }
        }
        ControlFlow::Continue(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    impl Weigh for usize {
        fn bytes(&self) -> usize {
            0
        }
    }

    /// So many bytes.
    struct Heavy(usize);

    impl Weigh for Heavy {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn window(items: usize) -> Window {
        Window { items, bytes: 100 }
    }

    fn workers<T, R>(
        count: usize,
        work: impl Fn(T) -> R + Copy,
    ) -> Vec<impl FnMut(T, &mut Parts<'_, R>) -> R> {
        (0..count).map(|_| move |item: T, _: &mut Parts<'_, R>| work(item)).collect()
    }

    #[test]
    fn results_come_in_order_and_the_window_holds() {
        let (read, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = (0..200).inspect(|_| {
            let under_way = read.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
            assert!(under_way <= 8, "{under_way}");
        });
        let slow_first = |item: usize| {
            if item.is_multiple_of(8) {
                std::thread::sleep(Duration::from_millis(2));
            }
            item
        };
        let mut results = Vec::new();
        let ended = in_order(items, workers(4, slow_first), window(8), |item| {
            results.push(item);
            taken.fetch_add(1, Ordering::SeqCst);
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(ended, ControlFlow::Continue(()));
        assert_eq!(results, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn heavy_items_are_read_one_after_the_other() {
        let (read, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = (0..100).map(|_| {
            let under_way = read.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
            // Two of 60 bytes are more than fit, and of what was worked on one result waits, and one is being taken.
            assert!(under_way <= 4, "{under_way}");
            Heavy(60)
        });
        let ended = in_order(items, workers(4, |item: Heavy| item), window(64), |_| {
            std::thread::sleep(Duration::from_micros(200));
            taken.fetch_add(1, Ordering::SeqCst);
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(ended, ControlFlow::Continue(()));
        assert_eq!(taken.into_inner(), 100);
    }

    #[test]
    fn heavy_results_wait_for_room_and_the_one_that_is_next_never_does() {
        let (made, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // The first takes long, and has parts that are larger than everything; meanwhile the others fill the window.
        let work = |item: usize, parts: &mut Parts<'_, Heavy>| {
            let bytes = if item == 0 { 1000 } else { 30 };
            for _ in 0..3 {
                if item == 0 {
                    std::thread::sleep(Duration::from_millis(5));
                }
                parts.send(Heavy(bytes));
                made.fetch_add(bytes, Ordering::SeqCst);
            }
            Heavy(0)
        };
        let mut most = 0;
        let ended = in_order(0..50_usize, vec![work; 4], window(64), |Heavy(bytes)| {
            most = most.max(made.load(Ordering::SeqCst).saturating_sub(taken.load(Ordering::SeqCst)));
            taken.fetch_add(bytes, Ordering::SeqCst);
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(ended, ControlFlow::Continue(()));
        assert_eq!(taken.into_inner(), 3000 + 49 * 90);
        assert!(most <= 3000 + 100 + 4 * 30, "{most}");
    }

    #[test]
    fn who_has_enough_stops_an_endless_source() {
        let ended = in_order(0_usize.., workers(2, |item: usize| item), window(4), |item| match item {
            10 => ControlFlow::Break(item),
            _ => ControlFlow::Continue(()),
        });
        assert_eq!(ended, ControlFlow::Break(10));
    }

    #[test]
    fn who_has_enough_stops_those_who_wait_for_room() {
        let work = |_: usize, parts: &mut Parts<'_, Heavy>| {
            parts.send(Heavy(90));
            Heavy(90)
        };
        let ended = in_order(0_usize.., vec![work; 4], window(64), |_| ControlFlow::Break(()));
        assert_eq!(ended, ControlFlow::Break(()));
    }

    #[test]
    #[should_panic(expected = "the seventh")]
    fn a_panic_of_a_worker_is_a_panic_here() {
        let work = |item: usize| {
            assert!(item != 7, "the seventh");
            item
        };
        let _ = in_order(0_usize.., workers(2, work), window(4), |_| ControlFlow::<()>::Continue(()));
    }
}
