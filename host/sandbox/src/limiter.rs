//! Counts the memory and the tables of one instance in total, where wasmtime's own limits count each alone.

use wasmtime::ResourceLimiter;

use crate::limits::{Limits, MAX_MEMORIES, MAX_TABLES};

#[derive(Debug)]
pub(crate) struct Limiter {
    memory_left: usize,
    /// Bytes of all memories together.
    pub(crate) memory: usize,
    elements_left: usize,
    instances: usize,
    /// What the guest was refused last, so that the trap that follows can be named after its cause.
    pub(crate) refused: Option<Refused>,
}

/// What an instance gets no more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Memory,
    Elements,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let clamp = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            memory_left: clamp(limits.memory),
            memory: 0,
            elements_left: clamp(limits.table_elements),
            instances: clamp(limits.instances),
            refused: None,
        }
    }

    /// Lets each memory grow by one page more.
    pub(crate) fn allow_a_page_each(&mut self) {
        /// Bytes.
        const PAGE: usize = 64 << 10;
        self.memory_left = self.memory_left.saturating_add(PAGE * MAX_MEMORIES as usize);
    }

    fn take(left: &mut usize, current: usize, desired: usize) -> bool {
        match left.checked_sub(desired.saturating_sub(current)) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let taken = Self::take(&mut self.memory_left, current, desired);
        if taken {
            self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        } else {
            self.refused = Some(Refused::Memory);
        }
        Ok(taken)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let taken = Self::take(&mut self.elements_left, current, desired);
        if !taken {
            self.refused = Some(Refused::Elements);
        }
        Ok(taken)
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
        assert_eq!(limiter.refused, Some(Refused::Memory));
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
        assert_eq!(limiter.memory, 3 << 16, "what was refused does not count");
    }
}
