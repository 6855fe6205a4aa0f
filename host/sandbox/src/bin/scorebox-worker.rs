//! The processes of a sandbox, for programs that use this crate and do not want to be their own worker: its tests and
//! benchmarks. `scorebox` calls [`worker_main`](scorebox_sandbox::worker_main) itself.

use std::process::ExitCode;

fn main() -> ExitCode {
    scorebox_sandbox::worker_main().unwrap_or_else(|| {
        eprintln!("this program is started by a sandbox, and does nothing else");
        ExitCode::FAILURE
    })
}
