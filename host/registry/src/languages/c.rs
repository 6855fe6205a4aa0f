//! C, by clang with the C library of WASI, of which nothing is left after linking.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LanguageError, Project, tool};
use crate::manifest::Language;

/// Makes a core module that knows the contract.
pub(super) fn compile(project: &Project) -> Result<PathBuf, LanguageError> {
    let clang = clang().ok_or_else(|| tool::missing("clang with the C library of WASI", Language::C))?;
    let work = project.work()?;
    let module = work.join("core.wasm");
    let mut command = Command::new(&clang.program);
    command.current_dir(&project.folder).args(clang.arguments);
    // A reactor has no `main`.
    command.args(["-mexec-model=reactor", "-std=gnu17", "-O2", "-flto", "-msimd128", "-Wall", "-Wextra"]);
    command.arg("-Isdk");
    // Names and versions hold no quotes.
    command.arg(format!("-DSCOREBOX_NAME=\"{}\"", project.name));
    command.arg(format!("-DSCOREBOX_VERSION=\"{}\"", project.version()));
    let sdk = project.folder.join("sdk");
    let objects = [sources(&sdk, &["c"])?, sources(&sdk.join("bindings"), &["c", "o"])?].concat();
    if objects.is_empty() {
        return Err(LanguageError::Folder {
            path: sdk,
            reason: "the SDK is not there: copy the files of `sdk/c` of a Scorebox checkout".to_owned(),
        });
    }
    command.args(sources(&project.folder.join("src"), &["c"])?).args(objects);
    command.args(["-Wl,--strip-all", "-o"]).arg(&module);
    tool::run(&mut command, "")?;
    Ok(module)
}

/// A clang that can compile for WASI.
pub(super) struct Clang {
    pub(super) program: PathBuf,
    /// What tells it so.
    pub(super) arguments: Vec<String>,
}

/// The clang of the WASI SDK, else one of the path beside the C library of the system.
pub(super) fn clang() -> Option<Clang> {
    let of_sdk = std::env::var_os("WASI_SDK_PATH").map(|sdk| Path::new(&sdk).join("bin/clang"));
    if let Some(program) = of_sdk.filter(|program| program.is_file()) {
        return Some(Clang { program, arguments: vec!["--target=wasm32-wasip1".to_owned()] });
    }
    let debian = Path::new("/usr/include/wasm32-wasi").is_dir();
    let fedora = Path::new("/usr/wasm32-wasi").is_dir();
    if !debian && !fedora {
        return None;
    }
    let versions = ["-21", "-20", "-19", "-18", "-17", "-16", ""];
    versions.iter().find_map(|version| {
        let program = tool::on_path(&format!("clang{version}"))?;
        tool::on_path(&format!("wasm-ld{version}"))?;
        // Debian's compilers come without the built-ins for WebAssembly.
        let builtins = tool::ask(&program, &["--target=wasm32-wasi", "-print-libgcc-file-name"])?;
        Path::new(&builtins).is_file().then_some(())?;
        let mut arguments = vec!["--target=wasm32-wasi".to_owned()];
        if !debian {
            arguments.push("--sysroot=/usr/wasm32-wasi".to_owned());
        }
        Some(Clang { program, arguments })
    })
}

/// The files of a folder with one of these endings, in order.
fn sources(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, LanguageError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(LanguageError::File { path: folder.to_owned(), source }),
    };
    let wanted =
        |path: &PathBuf| path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one));
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| wanted(path)).collect();
    files.sort();
    Ok(files)
}
