//! TypeScript and JavaScript, by esbuild and QuickJS from the folder's own `node_modules`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LanguageError, Project, tool, world};

/// Makes a component of the plugin.
pub(super) fn compile(project: &Project) -> Result<PathBuf, LanguageError> {
    let tools = tools(project)?;
    let work = project.work()?;
    let wit = world::write(&work)?;
    let entry = work.join("entry.mjs");
    // Names and versions hold no quotes.
    let text = format!(
        "import check from \"../{}\";\nimport {{ component }} from \"scorebox-sdk/component\";\n\n\
         export const metric = component(check, \"{}\", \"{}\");\n",
        project.language.source(),
        project.name,
        project.version()
    );
    std::fs::write(&entry, text).map_err(LanguageError::file(&entry))?;
    let module = work.join("plugin.mjs");
    tool::run(
        Command::new(tools.join("esbuild"))
            .current_dir(&project.folder)
            .arg(&entry)
            .args(["--bundle", "--format=esm", "--target=es2022", "--platform=neutral"])
            // Packages that have a form for Node.js and one for all have the latter under `module` or `main`.
            .args(["--main-fields=module,main", "--conditions=module,import", "--minify-syntax"])
            .args(["--log-level=warning", "--external:scorebox:*"])
            .arg(format!("--outfile={}", module.display())),
        "",
    )?;
    let component = work.join("component.wasm");
    tool::run(
        Command::new(tools.join("componentize-qjs"))
            .current_dir(&work)
            .arg("--wit")
            .arg(wit)
            .args(["--world", world::WORLD, "--sync", "--stub-wasi", "--js"])
            .arg(&module)
            .arg("--output")
            .arg(&component),
        "; it runs the module once, and QuickJS has no APIs of a browser or of Node.js",
    )?;
    Ok(component)
}

/// The folder with the programs of `node_modules`, which is filled from the lock file first if they are not there, or if
/// the file changed since.
fn tools(project: &Project) -> Result<PathBuf, LanguageError> {
    let bin = project.folder.join("node_modules/.bin");
    let has_tools = |bin: &Path| ["esbuild", "componentize-qjs"].iter().all(|name| bin.join(name).exists());
    let changed = |path: &str| {
        std::fs::metadata(project.folder.join(path)).and_then(|metadata| metadata.modified()).ok()
    };
    // npm's own note of what it installed.
    let is_current = changed("package-lock.json") <= changed("node_modules/.package-lock.json");
    if has_tools(&bin) && is_current {
        return Ok(bin);
    }
    let npm = tool::needed("npm", project.language)?;
    let lock = project.folder.join("package-lock.json");
    if !lock.is_file() {
        return Err(LanguageError::Folder {
            path: lock,
            reason: "there is no such file: run `npm install --ignore-scripts` once".to_owned(),
        });
    }
    eprintln!("filling node_modules with the packages of package-lock.json");
    // Scripts of packages have no business here, and none of the tools needs one.
    tool::run(
        Command::new(npm).current_dir(&project.folder).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]),
        "",
    )?;
    if !has_tools(&bin) {
        return Err(LanguageError::Folder {
            path: project.folder.join("package.json"),
            reason: "it has no esbuild or no componentize-qjs: run `npm install --ignore-scripts --save-dev --save-exact \
                     esbuild@0.28.2 componentize-qjs@0.4.5`"
                .to_owned(),
        });
    }
    Ok(bin)
}
