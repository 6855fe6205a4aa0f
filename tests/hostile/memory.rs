//! Rows 6 to 9: what takes memory.

use scorebox_sandbox::FaultKind::{OutOfMemory, Refused};

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::guest(6, "grows and traps", include_str!("memory/06-grows-and-traps.wat")).faults(OutOfMemory),
        // 64 pages are the four megabytes that these cases have.
        Case::guest(6, "grows and goes on", include_str!("memory/06-grows-and-goes-on.wat")).scores(64.0),
        Case::guest(6, "grows in configure", include_str!("memory/06-grows-in-configure.wat"))
            .faults(OutOfMemory),
        Case::guest(7, "grows a table", include_str!("memory/07-grows-a-table.wat")).scores(99_001.0),
        Case::guest(8, "wants four gigabytes", include_str!("memory/08-four-gigabytes.wat"))
            .faults(OutOfMemory),
        Case::guest(8, "wants ten million elements", include_str!("memory/08-ten-million-elements.wat"))
            .faults(OutOfMemory),
        Case::guest(9, "many memories", include_str!("memory/09-many-memories.wat")).faults(OutOfMemory),
        Case::guest(9, "many tables", include_str!("memory/09-many-tables.wat")).faults(OutOfMemory),
        Case::guest(9, "memories that grow in turn", include_str!("memory/09-grows-in-turn.wat"))
            .scores(64.0),
        Case::guest(6, "fills memory to the brim", "(module (memory (export \"memory\") 64))").scores(1.0),
        Case::guest(6, "memory that cannot grow", "(module (memory (export \"memory\") 1 1))").scores(1.0),
        Case::guest(6, "memory that grows by one page", "(module (memory (export \"memory\") 1 2))")
            .scores(1.0),
        Case::guest(
            9,
            "seventeen memories",
            &format!("(module (memory (export \"memory\") 1) {})", "(memory 0) ".repeat(16)),
        )
        .faults(Refused),
    ]
}
