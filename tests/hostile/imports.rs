//! Rows 22 to 25, 29, 30, 33, 34, 47, 53, 57 and 58: what a plugin asks of the host.

use scorebox_sandbox::FaultKind::{InvalidReturn, OutOfFuel, OverBudget, Refused, Trap};
use scorebox_sandbox::Grants;

use crate::case::Case;
use crate::loading::by_hand;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::bytes(22, "reenters itself", by_hand(include_str!("imports/22-reenters-itself.wat")))
            .faults(Trap),
        Case::guest(23, "floods the host", include_str!("imports/23-floods-the-host.wat")).faults(OutOfFuel),
        Case::guest(23, "floods it with fuel to spare", include_str!("imports/23-floods-the-host.wat"))
            .with(|guest| guest.limits.fuel = 100_000_000)
            .faults(OverBudget),
        Case::guest(24, "floods handles", include_str!("imports/24-floods-handles.wat")).faults(OverBudget),
        Case::guest(24, "floods pollables", include_str!("imports/24-floods-pollables.wat"))
            .faults(OverBudget),
        Case::guest(24, "makes a handle up", include_str!("imports/24-a-handle-of-its-own-making.wat"))
            .faults(InvalidReturn),
        Case::guest(25, "a line of a megabyte", include_str!("imports/25-a-line-of-a-megabyte.wat"))
            .scores(1.0),
        Case::guest(25, "many lines", include_str!("imports/25-many-lines.wat")).scores(1.0),
        Case::guest(25, "floods standard error", include_str!("imports/25-floods-stderr.wat")).scores(1.0),
        Case::guest(25, "zeroes without end", include_str!("imports/25-zeroes-without-end.wat"))
            .faults(InvalidReturn),
        Case::guest(29, "sleeps", include_str!("imports/29-sleeps.wat")).scores(292.0),
        Case::guest(29, "waits for input", include_str!("imports/29-waits-for-input.wat")).scores(1.0),
        Case::guest(30, "polls what is ready", include_str!("imports/30-polls-what-is-ready.wat"))
            .faults(OutOfFuel),
        Case::guest(30, "polls a million", include_str!("imports/30-polls-a-million.wat")).faults(OutOfFuel),
        Case::guest(33, "random bytes without end", include_str!("imports/33-random-bytes-without-end.wat"))
            .faults(InvalidReturn),
        Case::guest(
            33,
            "insecure bytes without end",
            include_str!("imports/33-insecure-bytes-without-end.wat"),
        )
        .faults(InvalidReturn),
        Case::guest(34, "an unknown interface", include_str!("imports/34-an-unknown-interface.wat")),
        Case::guest(47, "looks a name up", include_str!("imports/47-looks-a-name-up.wat")).faults(Refused),
        Case::guest(53, "exits", include_str!("imports/53-exits.wat")).faults(Trap),
        Case::guest(53, "exits in configure", include_str!("imports/53-exits-in-configure.wat")).faults(Trap),
        Case::guest(57, "the model without a grant", ASKS_THE_MODEL),
        Case::guest(58, "is told that it is over budget", &last_error())
            .with(|guest| {
                guest.grants = Grants { model: true, ..Grants::default() };
                guest.limits.fuel = 100_000_000;
            })
            .scores(OVER_BUDGET),
        Case::guest(58, "asks a question beyond its tokens", ASKS_THE_MODEL)
            .with(|guest| {
                guest.grants = Grants { model: true, ..Grants::default() };
                guest.limits.fuel = 100_000_000;
                // Four bytes a token, and the question has fourteen.
                guest.limits.model_tokens = 3;
            })
            .scores(0.0),
        // The contract's own answer to the eleventh question is that the budget is spent; what comes of that is for the
        // plugin to say.
        Case::guest(58, "asks the model 10,000 times", ASKS_THE_MODEL)
            .with(|guest| {
                guest.grants = Grants { model: true, ..Grants::default() };
                guest.limits.fuel = 100_000_000;
            })
            .scores(10.0),
        Case::guest(58, "asks it without end", ASKS_THE_MODEL)
            .with(|guest| {
                guest.grants = Grants { model: true, ..Grants::default() };
                guest.limits.fuel = 100_000_000;
                guest.limits.host_calls = 5_000;
            })
            .faults(OverBudget),
        Case::guest(58, "asks for more than its tokens", ASKS_THE_MODEL)
            .with(|guest| {
                guest.grants = Grants { model: true, ..Grants::default() };
                guest.limits.fuel = 100_000_000;
                guest.limits.host_calls = 10_100;
                guest.limits.model_calls = 10_000;
                guest.limits.model_tokens = 70;
            })
            .scores(10.0),
    ]
}

/// The same guest, which scores with a hundred and the number of the last error that it got; less for an answer.
fn last_error() -> String {
    let number =
        "(i32.add (i32.mul (i32.const 100) (i32.load8_u (i32.const 4200))) (i32.load8_u (i32.const 4204)))";
    let wat = ASKS_THE_MODEL
        .replace("(f64.convert_i32_u (local.get $answers))", &format!("(f64.convert_i32_u {number})"));
    assert_ne!(wat, ASKS_THE_MODEL);
    wat
}

/// An error, and of the contract's errors the first.
const OVER_BUDGET: f64 = 100.0;

pub(crate) const ASKS_THE_MODEL: &str = include_str!("imports/58-asks-the-model.wat");
