//! Rows 11 to 15 and 18 to 21: what breaks the rules between guest and host.

use scorebox_sandbox::FaultKind::{InvalidReturn, InvalidScore, Trap};

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::guest(11, "a list without end", include_str!("returns/11-a-list-without-end.wat"))
            .faults(InvalidReturn),
        Case::guest(11, "a huge string", include_str!("returns/11-a-huge-string.wat"))
            .with(|guest| guest.limits.fuel = 10_000_000)
            .faults(InvalidScore),
        Case::guest(11, "a string beyond the cap", include_str!("returns/11-a-huge-string.wat"))
            .with(|guest| {
                guest.limits.fuel = 10_000_000;
                guest.limits.returned_bytes = 1 << 20;
            })
            .faults(InvalidReturn),
        Case::guest(11, "a flood of findings", include_str!("returns/11-a-flood-of-findings.wat"))
            .faults(InvalidScore),
        Case::guest(11, "a huge list", include_str!("returns/11-a-huge-list.wat")).faults(InvalidScore),
        Case::guest(12, "strings that alias", include_str!("returns/12-strings-that-alias.wat"))
            .faults(InvalidReturn),
        Case::guest(13, "pointer into nowhere", include_str!("returns/13-pointer-into-nowhere.wat"))
            .faults(InvalidReturn),
        Case::guest(13, "pointer not aligned", include_str!("returns/13-pointer-not-aligned.wat"))
            .faults(InvalidReturn),
        Case::guest(13, "string into nowhere", include_str!("returns/13-string-into-nowhere.wat"))
            .faults(InvalidReturn),
        Case::guest(14, "invalid UTF-8", include_str!("returns/14-invalid-utf8.wat")).faults(InvalidReturn),
        Case::guest(15, "unknown verdict", include_str!("returns/15-unknown-verdict.wat"))
            .faults(InvalidReturn),
        Case::guest(
            15,
            "neither score nor failure",
            include_str!("returns/15-neither-score-nor-failure.wat"),
        )
        .faults(InvalidReturn),
        Case::guest(18, "traps in realloc", include_str!("returns/18-traps-in-realloc.wat")).faults(Trap),
        Case::guest(19, "realloc into nowhere", include_str!("returns/19-realloc-into-nowhere.wat"))
            .faults(InvalidReturn),
        Case::guest(19, "realloc not aligned", include_str!("returns/19-realloc-not-aligned.wat"))
            .faults(InvalidReturn),
        Case::guest(
            20,
            "calls the host in realloc",
            include_str!("returns/20-calls-the-host-in-realloc.wat"),
        )
        .faults(Trap),
        Case::guest(
            20,
            "calls the host in a reply",
            include_str!("returns/20-calls-the-host-in-a-reply.wat"),
        )
        .faults(Trap),
        Case::guest(21, "traps once", include_str!("returns/21-traps-once.wat")).faults(Trap),
        Case::guest(21, "reads out of bounds", include_str!("returns/21-reads-out-of-bounds.wat"))
            .faults(Trap),
        Case::guest(21, "divides by zero", include_str!("returns/21-divides-by-zero.wat")).faults(Trap),
    ]
}
