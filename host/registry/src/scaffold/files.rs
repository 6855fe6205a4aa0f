//! What a new plugin's folder holds, by language. All of it is in this program, so that a folder can be made anywhere.

use crate::Language;

/// A file of a new folder.
#[derive(Clone, Copy)]
pub(super) struct File {
    /// From the folder.
    pub(super) path: &'static str,
    pub(super) content: &'static [u8],
}

/// Files of `sdk/` that keep their names under another folder.
macro_rules! copies {
    ($from:literal => $to:literal: $($name:literal)*) => {
        &[$(File {
            path: concat!($to, $name),
            content: include_bytes!(concat!("../../../../sdk/", $from, $name)),
        }),*]
    };
}

/// Files of `sdk/` that get another name.
macro_rules! files {
    ($($from:literal => $to:literal)*) => {
        &[$(File { path: $to, content: include_bytes!(concat!("../../../../sdk/", $from)) }),*]
    };
}

/// What is filled in: the plugin's own files.
pub(super) fn template(language: Language) -> Vec<File> {
    let own: &[File] = match language {
        Language::Rust => files! {
            "rust/template/Cargo.toml.template" => "Cargo.toml"
            "rust/template/src/lib.rs" => "src/lib.rs"
            "rust/template/README.md" => "README.md"
            "rust/template/gitignore.template" => ".gitignore"
            "rust/template/workflow.yml" => ".github/workflows/check.yml"
        },
        Language::Python => files! {
            "python/template/src/check.py" => "src/check.py"
            "python/template/tests/test_check.py" => "tests/test_check.py"
            "python/template/pyproject.toml" => "pyproject.toml"
            "python/template/requirements.in" => "requirements.in"
            "python/template/requirements.lock" => "requirements.lock"
            "python/template/README.md" => "README.md"
            "python/template/gitignore.template" => ".gitignore"
            "python/template/workflow.yml" => ".github/workflows/check.yml"
        },
        Language::Typescript => files! {
            "javascript/template/typescript/src/check.ts" => "src/check.ts"
            "javascript/template/typescript/tests/check.test.ts" => "tests/check.test.ts"
            "javascript/template/typescript/package.json" => "package.json"
            "javascript/template/typescript/package-lock.json" => "package-lock.json"
            "javascript/template/typescript/tsconfig.json" => "tsconfig.json"
            "javascript/template/README.md" => "README.md"
            "javascript/template/gitignore.template" => ".gitignore"
            "javascript/template/workflow.yml" => ".github/workflows/check.yml"
        },
        Language::Javascript => files! {
            "javascript/template/javascript/src/check.js" => "src/check.js"
            "javascript/template/javascript/tests/check.test.js" => "tests/check.test.js"
            "javascript/template/javascript/package.json" => "package.json"
            "javascript/template/javascript/package-lock.json" => "package-lock.json"
            "javascript/template/javascript/jsconfig.json" => "jsconfig.json"
            "javascript/template/README.md" => "README.md"
            "javascript/template/gitignore.template" => ".gitignore"
            "javascript/template/workflow.yml" => ".github/workflows/check.yml"
        },
        Language::Go => files! {
            "go/template/check.go.template" => "check.go"
            "go/template/check_test.go.template" => "check_test.go"
            "go/template/go.mod.template" => "go.mod"
            "go/template/README.md" => "README.md"
            "go/template/gitignore.template" => ".gitignore"
            "go/template/workflow.yml" => ".github/workflows/check.yml"
        },
        Language::C => files! {
            "c/template/src/check.c" => "src/check.c"
            "c/template/compile_flags.txt" => "compile_flags.txt"
            "c/template/README.md" => "README.md"
            "c/template/gitignore.template" => ".gitignore"
            "c/template/workflow.yml" => ".github/workflows/check.yml"
        },
    };
    let shared: &[File] = files! { "template/plugin.yaml" => "plugin.yaml" };
    [shared, own].concat()
}

/// What is copied as it is: the SDK, into the folder `sdk`. The Rust SDK stays where it lies.
pub(super) fn sdk(language: Language) -> &'static [File] {
    match language {
        Language::Rust => &[],
        Language::Python => copies! { "python/" => "sdk/":
            "README.md" "pyproject.toml" "src/scorebox_sdk/__init__.py" "src/scorebox_sdk/about.py"
            "src/scorebox_sdk/component.py" "src/scorebox_sdk/failure.py" "src/scorebox_sdk/finding.py"
            "src/scorebox_sdk/log.py" "src/scorebox_sdk/plugin.py" "src/scorebox_sdk/py.typed"
            "src/scorebox_sdk/sample.py" "src/scorebox_sdk/score.py" "src/scorebox_sdk/settings.py"
            "src/scorebox_sdk/testing.py" "src/scorebox_sdk/text.py"
        },
        Language::Typescript | Language::Javascript => copies! { "javascript/" => "sdk/":
            "README.md" "component.d.ts" "index.d.ts" "package.json" "src/about.js" "src/component.js"
            "src/failure.js" "src/finding.js" "src/index.js" "src/log.js" "src/plugin.js" "src/sample.js"
            "src/score.js" "src/settings.js" "src/testing.js" "src/text.js"
        },
        Language::Go => copies! { "go/" => "sdk/":
            "README.md" "about.go" "component_wasip1.go" "failure.go" "finding.go" "fold_table.go" "go.mod"
            "log.go" "plugin.go" "sample.go" "score.go" "settings.go" "testing.go" "text.go"
            "internal/bindings/exports/exports.go" "internal/bindings/exports/wit_exports_wasip1.go"
            "internal/bindings/log/empty.s" "internal/bindings/log/wit_bindings.go"
            "internal/bindings/metric/metric.go" "internal/bindings/types/wit_bindings.go"
            "internal/wit/LICENSE" "internal/wit/runtime/empty.s" "internal/wit/runtime/runtime.go"
            "internal/wit/types/option.go" "internal/wit/types/result.go" "internal/wit/types/tuple.go"
            "internal/wit/types/unit.go"
        },
        Language::C => copies! { "c/" => "sdk/":
            "README.md" "bindings/plugin.c" "bindings/plugin.h" "bindings/plugin_component_type.o" "component.c"
            "failure.c" "fold_table.c" "internal.h" "json.c" "log.c" "phrases.c" "score.c" "scorebox.h" "settings.c"
            "text.c"
        },
    }
}
