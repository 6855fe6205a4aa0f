//! Work on many processors, results in order.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crossbeam_channel::bounded;

/// Hands what `items` gives to the workers, each on a thread of its own, and their results to `take` on this thread, in
/// the order of the items, until it breaks.
///
/// At most `window` items are under way at once, so that memory does not grow with their number, and one slow item holds
/// the others up only when the window is full. A worker that panics panics here.
pub(crate) fn in_order<T, R, W, B>(
    mut items: impl Iterator<Item = T> + Send,
    workers: Vec<W>,
    window: usize,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> ControlFlow<B>
where
    T: Send,
    R: Send,
    W: FnMut(T) -> R + Send,
{
    std::thread::scope(|scope| {
        let (tickets_in, tickets_out) = bounded::<()>(window);
        let (items_in, items_out) = bounded(workers.len() * 2);
        let (done_in, done_out) = bounded(window);
        scope.spawn(move || {
            for index in 0_usize.. {
                if tickets_in.send(()).is_err() {
                    return;
                }
                let Some(item) = items.next() else { return };
                if items_in.send((index, item)).is_err() {
                    return;
                }
            }
        });
        for mut worker in workers {
            let (items, done) = (items_out.clone(), done_in.clone());
            scope.spawn(move || {
                for (index, item) in items {
                    // A result that never came would leave everybody waiting for it.
                    let result = catch_unwind(AssertUnwindSafe(|| worker(item)));
                    if done.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((items_out, done_in));

        // At the end of this closure nobody is at the other end of the channels, so that the threads end as well.
        let mut early = HashMap::new();
        let mut next = 0;
        for (index, result) in &done_out {
            early.insert(index, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                take(result.unwrap_or_else(|panic| resume_unwind(panic)))?;
                // The window moves on by one item.
                let _ = tickets_out.try_recv();
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

    fn workers<R>(count: usize, work: impl Fn(usize) -> R + Copy) -> Vec<impl FnMut(usize) -> R> {
        vec![work; count]
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
        let ended = in_order(items, workers(4, slow_first), 8, |item| {
            results.push(item);
            taken.fetch_add(1, Ordering::SeqCst);
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(ended, ControlFlow::Continue(()));
        assert_eq!(results, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn who_has_enough_stops_an_endless_source() {
        let ended = in_order(0.., workers(2, |item| item), 4, |item| match item {
            10 => ControlFlow::Break(item),
            _ => ControlFlow::Continue(()),
        });
        assert_eq!(ended, ControlFlow::Break(10));
    }

    #[test]
    #[should_panic(expected = "the seventh")]
    fn a_panic_of_a_worker_is_a_panic_here() {
        let work = |item| assert!(item != 7, "the seventh");
        let _ = in_order(0.., workers(2, work), 4, |()| ControlFlow::<()>::Continue(()));
    }
}
