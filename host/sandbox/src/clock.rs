//! Clocks that are the same on every machine. Time stands still but for what the guest itself does with it: each reading
//! takes a microsecond, so that waiting in a loop ends, and sleeping takes no time at all but moves the clock on.

use std::time::Duration;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// 2000-01-01 00:00:00 UTC, in seconds.
const EPOCH: u64 = 946_684_800;
/// What a reading takes.
const READING: Duration = Duration::from_micros(1);

/// The clock of one evaluation.
#[derive(Debug, Default)]
pub(crate) struct Clock(Duration);

impl Clock {
    fn read(&mut self) -> Duration {
        self.0 = self.0.saturating_add(READING);
        self.0
    }
}

pub(crate) struct ClockView<'a> {
    pub(crate) clock: &'a mut Clock,
    pub(crate) table: &'a mut ResourceTable,
}

pub(crate) struct HasClock;

impl HasData for HasClock {
    type Data<'a> = ClockView<'a>;
}

/// Nanoseconds; the clock would have to run for 584 years to overflow them.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl wall_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = self.clock.read();
        Ok(wall_clock::Datetime {
            seconds: EPOCH.saturating_add(now.as_secs()),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: READING.subsec_nanos() })
    }
}

impl monotonic_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(nanos(self.clock.read()))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(nanos(READING))
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.clock.0 = self.clock.0.max(Duration::from_nanos(when));
        self.over()
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.clock.0 = self.clock.0.saturating_add(Duration::from_nanos(duration));
        self.over()
    }
}

impl ClockView<'_> {
    fn over(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let over = self.table.push(Over)?;
        subscribe(self.table, over)
    }
}

/// A sleep, which is over as soon as it is asked for.
struct Over;

#[wasmtime_wasi::async_trait]
impl Pollable for Over {
    async fn ready(&mut self) {}
}
