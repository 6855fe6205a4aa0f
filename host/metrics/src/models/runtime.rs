//! The one thread that waits for all models. Metrics are polled by whichever thread scores, with an executor that knows no
//! timers and no sockets, so what they wait for is handed over to here.

use std::future::Future;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{Cancel, Fault, FaultKind};

/// How soon somebody who asked to stop is heard.
const TICK: Duration = Duration::from_millis(50);

/// The thread, which ends when this value is dropped.
#[derive(Debug)]
pub(super) struct Runtime {
    handle: Handle,
    _until: oneshot::Sender<()>,
}

impl Runtime {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (sender, until) = oneshot::channel::<()>();
        std::thread::Builder::new().name("models".to_owned()).spawn(move || {
            // An error is the sender's end, which is what is waited for.
            let _ = runtime.block_on(until);
            // Requests under way end where they are; a name that is still being looked up is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _until: sender })
    }

    /// What `work` gives, or a fault as soon as somebody asks to stop. Whoever no longer waits ends the work.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
        cancel: Cancel,
    ) -> Result<T, Fault> {
        let mut task = Task(self.handle.spawn(cancellable(work, cancel)));
        (&mut task.0).await.unwrap_or_else(|error| Err(broken(&error.to_string())))
    }

    /// The same for a thread that waits by itself, until `deadline`; `None` where that came first.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
        deadline: Instant,
    ) -> Option<Result<T, Fault>> {
        let (sender, result) = mpsc::sync_channel(1);
        // It goes on behind the deadline, so that an answer that is paid for is kept for the next who asks.
        self.handle.spawn(async move {
            // Somebody who no longer waits is no error.
            let _ = sender.send(work.await);
        });
        match result.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(done) => Some(done),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => Some(Err(broken("it ended without a result"))),
        }
    }
}

/// Work that ends when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn cancellable<T>(work: impl Future<Output = Result<T, Fault>>, cancel: Cancel) -> Result<T, Fault> {
    let stopped = async {
        while !cancel.is_cancelled() {
            tokio::time::sleep(TICK).await;
        }
    };
    let (work, stopped) = (std::pin::pin!(work), std::pin::pin!(stopped));
    match futures::future::select(work, stopped).await {
        futures::future::Either::Left((done, _)) => done,
        futures::future::Either::Right(_) => {
            Err(Fault::new(FaultKind::Cancelled, "the run was stopped before the model answered"))
        }
    }
}

fn broken(reason: &str) -> Fault {
    Fault::new(FaultKind::Internal, format!("asking the model broke off: {reason}"))
}
