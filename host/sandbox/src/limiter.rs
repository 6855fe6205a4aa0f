//! Counts the memory and the tables of one instance in total, where wasmtime's own limits count each alone.

use wasmtime::ResourceLimiter;

use crate::limits::{Limits, MAX_MEMORIES, MAX_TABLES};

#[derive(Debug)]
pub(crate) struct Limiter {
    memory_left: usize,
    elements_left: usize,
    instances: usize,
    /// Whether the guest was refused anything, so that the trap that follows can be named after its cause.
    pub(crate) refused: bool,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let clamp = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            memory_left: clamp(limits.memory),
            elements_left: clamp(limits.table_elements),
            instances: clamp(limits.instances),
            refused: false,
        }
    }

    /// Lets each memory grow by one page more.
    pub(crate) fn allow_a_page_each(&mut self) {
        /// Bytes.
        const PAGE: usize = 64 << 10;
        self.memory_left = self.memory_left.saturating_add(PAGE * MAX_MEMORIES as usize);
    }

    fn take(left: &mut usize, refused: &mut bool, current: usize, desired: usize) -> bool {
        match left.checked_sub(desired.saturating_sub(current)) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => {
                *refused = true;
                false
            }
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(Self::take(&mut self.memory_left, &mut self.refused, current, desired))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(Self::take(&mut self.elements_left, &mut self.refused, current, desired))
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_memories_share_one_total() {
        let mut limiter = Limiter::new(&Limits { memory: 3 << 16, ..Limits::default() });
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        assert!(!limiter.memory_growing(0, 2 << 16, None).unwrap());
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
    }
}
