//! The engine: every setting of wasmtime that this host chooses, with its reason; and the clock behind deadlines.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{
    CacheStore, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::SandboxError;
use crate::functions::Functions;
use crate::limits::{Limits, MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_STACK_BYTES, MAX_TABLES};

/// Grain of deadlines.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Builds the engine for what runs once, `describe` and `configure`: compiling takes most of the time there, so the code
/// is not optimised. Fuel and results are the same. Where functions are kept, what is optimised here need not be compiled
/// for the samples once more.
pub(crate) fn draft_engine(functions: Option<&Arc<Functions>>) -> Result<Engine, SandboxError> {
    let mut config = config();
    if functions.is_none() {
        config.cranelift_opt_level(OptLevel::None);
    }
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        // An image is worth making for many instances; and files in memory are what no limit of a process counts.
        .memory_init_cow(false);
    new(config, functions)
}

/// Builds the engine for `concurrent` instances at once.
pub(crate) fn engine(concurrent: u32, functions: Option<&Arc<Functions>>) -> Result<Engine, SandboxError> {
    let mut config = config();

    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(concurrent)
        .total_core_instances(concurrent.saturating_mul(MAX_CORE_INSTANCES))
        .total_memories(concurrent.saturating_mul(MAX_MEMORIES))
        .total_tables(concurrent.saturating_mul(MAX_TABLES))
        // Stacks of asynchronous calls: there are none, and the default of 1,000 would take 2 GB of addresses.
        .total_stacks(concurrent)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_memories_per_module(MAX_MEMORIES)
        .max_tables_per_module(MAX_TABLES)
        .max_memory_size(Limits::MOST.memory as usize)
        .table_elements(Limits::MOST.table_elements as usize)
        .max_component_instance_size(2 << 20)
        .max_core_instance_size(2 << 20)
        // Pages that stay mapped between instances; the scan then resets only those that were written. Rust guests have
        // one megabyte of stack before their data, so less would unmap every heap again and again.
        .linear_memory_keep_resident(16 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto)
        // A slot that last held the same module needs no new mapping.
        .max_unused_warm_slots(concurrent.saturating_mul(4));
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    new(config, functions)
}

/// What a guest can notice, and is the same wherever it runs.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Fuel is the budget; the epoch is the backstop for what fuel does not count.
        .consume_fuel(true)
        .epoch_interruption(true)
        // The same bytes on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Synchronous guests alone: without the bookkeeping for concurrent tasks a call is three times as fast.
        .concurrency_support(false)
        // A trap is shown by its kind; addresses in a backtrace would differ between builds.
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(MAX_STACK_BYTES)
        // Snapshots are mapped copy on write, so a fresh instance touches only what the guest writes.
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(256 << 20);
    config
}

fn new(mut config: Config, functions: Option<&Arc<Functions>>) -> Result<Engine, SandboxError> {
    let kept = functions.map_or(Ok(()), |functions| {
        config.enable_incremental_compilation(Arc::clone(functions) as Arc<dyn CacheStore>).map(drop)
    });
    kept.and_then(|()| Engine::new(&config))
        .map_err(|error| SandboxError::Engine(error.root_cause().to_string()))
}

/// Advances the engine's epoch until the engine is gone: without it, deadlines never come. One thread serves all stores,
/// since deadlines are relative. It is started apart from the engine, because a process confines itself after it has
/// its engines and before it has threads.
pub(crate) fn tick(engine: &Engine) -> Result<(), SandboxError> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("scorebox-clock".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })
        .map(drop)
        .map_err(|error| SandboxError::Engine(error.to_string()))
}

/// Deadlines in ticks. One more than asked for, since the first tick comes at any moment.
pub(crate) fn ticks(deadline: Duration) -> u64 {
    u64::try_from(deadline.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX / 2).saturating_add(1)
}
