//! The Rust toolchain that builds plugins: rustup's target where it is installed, else Debian's compiler, which comes
//! with the sources of the standard library.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target that Rust plugins are compiled for. It has no operating system, so a plugin imports nothing but what the
/// contract names.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A way to compile Rust for [`TARGET`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RustToolchain {
    /// The toolchain that is on the path has the target.
    Installed {
        /// What `rustc --version` says.
        version: String,
    },
    /// Debian's `rustc-web` and `rust-web-src`: the standard library is built along.
    Debian {
        /// What `rustc --version` says.
        version: String,
        /// The compiler.
        rustc: PathBuf,
        /// The linker for WebAssembly, which Debian's compiler does not bring along.
        linker: PathBuf,
    },
}

/// Why no Rust plugin can be built here.
#[derive(Debug, thiserror::Error)]
#[error(
    "no Rust toolchain here compiles for {TARGET}: run `rustup target add {TARGET}`, or, where rustup's server cannot be \
     reached, `apt-get install rustc-web rust-web-src lld` on Debian{reason}"
)]
pub struct ToolchainError {
    reason: &'static str,
}

impl RustToolchain {
    /// `cargo build` for the target, with the flags and the environment that it takes.
    pub(crate) fn cargo_build(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg("build").args(["--target", TARGET]);
        // Without SIMD a check takes twice as long; flags of the host are none of the plugin's business.
        cargo.env("RUSTFLAGS", "-C target-feature=+simd128");
        for name in
            ["CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER"]
        {
            cargo.env_remove(name);
        }
        if let Self::Debian { rustc, linker, .. } = self {
            // The toolchain's cargo builds Debian's standard library, which only unstable flags can ask for.
            cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        cargo
    }
}

impl fmt::Display for RustToolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installed { version } => write!(f, "{version} with the target {TARGET}"),
            Self::Debian { version, rustc, .. } => {
                write!(f, "{version} ({}), which builds the standard library for {TARGET}", rustc.display())
            }
        }
    }
}

/// Looks for a toolchain that can build plugins.
pub fn rust_toolchain() -> Result<RustToolchain, ToolchainError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let rustc = Path::new(&rustc);
    let target = ask(rustc, &["--print", "target-libdir", "--target", TARGET]);
    if let Some(directory) = target
        && has_standard_library(Path::new(&directory))
        && let Some(version) = ask(rustc, &["--version"])
    {
        return Ok(RustToolchain::Installed { version });
    }
    let debian = Path::new(DEBIAN_RUSTC);
    let Some(version) = ask(debian, &["--version"]) else { return Err(ToolchainError { reason: "" }) };
    let sources = ask(debian, &["--print", "sysroot"])
        .map(|root| Path::new(&root).join("lib/rustlib/src/rust/library"));
    if !sources.is_some_and(|path| path.is_dir()) {
        return Err(ToolchainError { reason: " (rustc is here, the sources of rust-web-src are not)" });
    }
    let Some(linker) = linker(rustc) else {
        return Err(ToolchainError { reason: " (the compiler is here, a linker for WebAssembly is not)" });
    };
    Ok(RustToolchain::Debian { version, rustc: debian.to_owned(), linker })
}

/// A linker for WebAssembly: the one of the toolchain on the path, else Debian's.
fn linker(rustc: &Path) -> Option<PathBuf> {
    let of_toolchain = || {
        let root = PathBuf::from(ask(rustc, &["--print", "sysroot"])?);
        let version = ask(rustc, &["--version", "--verbose"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
        Some(root.join("lib/rustlib").join(host).join("bin/rust-lld"))
    };
    let debian = ["rust-lld", "wasm-ld"].map(|name| Path::new("/usr/bin").join(name));
    of_toolchain().into_iter().chain(debian).find(|path| path.is_file())
}

fn has_standard_library(directory: &Path) -> bool {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned())
}
