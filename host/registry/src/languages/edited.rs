//! A Python component that takes the text of its check afterwards.
//!
//! componentize-py compiles the interpreter anew for every component, which takes longer than somebody who edits a check
//! wants to wait. A component that is made for editing leaves room in its memory instead, and the next save writes the
//! text of `check.py` there. That is enough as long as nothing else changed that componentize-py looks at: the SDK, other
//! modules, packages, and what the check imports, since only modules that were imported then are in the component.

use std::path::{Path, PathBuf};

use super::{LanguageError, Project};
use crate::digest;

/// What the room begins with.
const MARK: &str = "scorebox: the text of the edited check\n";
/// Bytes of text that there is room for.
const ROOM: usize = 256 << 10;
/// What stands in the room before a text does, and after it.
const EMPTY: u8 = b' ';
/// Files of a folder that are looked at.
const MAX_FILES: usize = 10_000;

/// What a component's first module ends with, so that its check can be exchanged: `describe` fails where the new text
/// does, except for a syntax error, which is the same however a component is made, and which `configure` tells.
pub(super) fn entry() -> String {
    format!(
        r#"
import sys
import types

MARK = {MARK:?}.encode()
ROOM = MARK + b" " * {ROOM}


def renew():
    text = ROOM[len(MARK):].rstrip(b" ")
    if not text:
        return None
    try:
        code = compile(text, check.__file__, "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    module = types.ModuleType("check")
    module.__file__ = check.__file__
    sys.modules["check"] = module
    exec(code, module.__dict__)
    return None


class Metric(component.Metric):
    def describe(self):
        renew()
        return super().describe()

    def configure(self, settings):
        error = renew()
        if error is not None:
            component._fail(error)
        super().configure(settings)
"#
    )
}

/// A component for editing, kept in a directory.
pub(super) struct Edited<'a> {
    kept: &'a Path,
    check: PathBuf,
    text: Vec<u8>,
    /// A hash over all that a text of the check cannot change.
    rest: String,
}

impl<'a> Edited<'a> {
    /// Looks at a project whose check lies at `check`; `others` are the folders with its other modules.
    pub(super) fn read(
        kept: &'a Path,
        project: &Project,
        check: PathBuf,
        others: &[&Path],
    ) -> Result<Self, LanguageError> {
        let text = std::fs::read(&check).map_err(LanguageError::file(&check))?;
        let mut rest = format!("{}\n{}\n", project.name, project.version());
        let imports = String::from_utf8_lossy(&text);
        for line in imports.lines().filter(|line| line.contains("import")) {
            rest.push_str(line);
            rest.push('\n');
        }
        let mut files = vec![project.folder.join("requirements.lock")];
        for folder in others {
            modules(folder, &mut files);
        }
        files.retain(|file| *file != check);
        files.sort();
        for file in files {
            let content = std::fs::read(&file).unwrap_or_default();
            rest.push_str(&format!("{}\n{}\n", file.display(), digest::of(&content)));
        }
        Ok(Self { kept, check, text, rest: digest::of(rest.as_bytes()) })
    }

    /// The kept component with the text as it is now; `None` where that would not be the plugin.
    pub(super) fn renewed(&self) -> Result<Option<PathBuf>, LanguageError> {
        if std::fs::read_to_string(self.key()).ok().as_ref() != Some(&self.rest) {
            return Ok(None);
        }
        let mut component =
            std::fs::read(self.component()).map_err(LanguageError::file(&self.component()))?;
        if !write(&mut component, &self.text) {
            return Ok(None);
        }
        let path = self.kept.join("renewed.component");
        std::fs::write(&path, component).map_err(LanguageError::file(&path))?;
        Ok(Some(path))
    }

    /// Keeps a component that was made of the text as it was read, unless the text has changed since.
    pub(super) fn keep(&self, component: &Path) -> Result<(), LanguageError> {
        // A hash without its component would be worse than none.
        let _ = std::fs::remove_file(self.key());
        if std::fs::read(&self.check).ok().as_ref() != Some(&self.text) {
            return Ok(());
        }
        std::fs::copy(component, self.component()).map_err(LanguageError::file(component))?;
        std::fs::write(self.key(), &self.rest).map_err(LanguageError::file(&self.key()))
    }

    fn component(&self) -> PathBuf {
        self.kept.join("edited.component")
    }

    fn key(&self) -> PathBuf {
        self.kept.join("edited.key")
    }
}

/// Writes a text into the room of a component; whether there was one room, and the text fits.
fn write(component: &mut [u8], text: &[u8]) -> bool {
    let mut rooms = places(component, MARK.as_bytes()).filter_map(|mark| {
        let start = mark + MARK.len();
        let room = component.get(start..start + ROOM)?;
        room.iter().all(|byte| *byte == EMPTY).then_some(start)
    });
    let (Some(start), None) = (rooms.next(), rooms.next()) else { return false };
    drop(rooms);
    // An empty text would leave the check as it was.
    if text.len() > ROOM || text.iter().all(|byte| *byte == EMPTY) {
        return false;
    }
    component[start..start + text.len()].copy_from_slice(text);
    true
}

/// Where `wanted` stands in `bytes`.
fn places<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(wanted.len()).enumerate().filter(move |(_, here)| *here == wanted).map(|(at, _)| at)
}

/// The files in a folder and below, but for what the interpreter made.
fn modules(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.is_ok_and(|kind| kind.is_dir()) {
                if path.file_name().is_some_and(|name| name != "__pycache__") {
                    open.push(path);
                }
            } else if files.len() < MAX_FILES {
                files.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Language, Manifest};

    fn room() -> Vec<u8> {
        [b"code", MARK.as_bytes(), b"not the room, ", MARK.as_bytes(), &[EMPTY; ROOM], b"more"].concat()
    }

    #[test]
    fn a_text_is_written_into_the_one_room_that_is_empty() {
        let mut component = room();
        let length = component.len();
        assert!(write(&mut component, b"export(Check)\n"));
        assert_eq!(component.len(), length);
        let text = String::from_utf8(component.clone()).unwrap();
        assert!(text.contains(&format!("{MARK}export(Check)\n   ")) && text.ends_with(" more"));

        assert!(!write(&mut component, b"again"), "the room is taken");
        assert!(!write(&mut room(), &vec![b'a'; ROOM + 1]), "the text is too long");
        assert!(!write(&mut room(), b"  "), "a text that says nothing");
        assert!(!write(&mut [room(), room()].concat(), b"two"), "two rooms");
        assert!(!write(&mut b"none".to_vec(), b"none"));
        assert!(write(&mut room(), &vec![b'a'; ROOM]));
    }

    #[test]
    fn only_the_text_of_the_check_may_change() {
        let folder = tempfile::tempdir().unwrap();
        let kept = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let manifest = "name: a-check\nversion: 1.0.0\nsummary: It checks.\nlicence: MIT\nlanguage: python\n";
        file("src/check.py", "import re\n\nONE = 1\n");
        file("src/other.py", "TWO = 2\n");
        file("plugin.yaml", manifest);
        let read = || {
            let project = Project::read(folder.path()).unwrap();
            let check = project.folder.join(Language::Python.source());
            Edited::read(kept.path(), &project, check, &[&project.folder.join("src")]).unwrap()
        };
        let renewed = || read().renewed().unwrap().map(|path| std::fs::read(path).unwrap());
        assert!(renewed().is_none(), "nothing is kept yet");
        let component = folder.path().join("component");
        std::fs::write(&component, room()).unwrap();
        read().keep(&component).unwrap();

        file("src/check.py", "import re\n\nONE = 2\n");
        file("src/__pycache__/check.pyc", "made");
        let bytes = renewed().unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains("import re\n\nONE = 2\n "));
        for (name, changed, back) in [
            ("src/check.py", "import json\n\nONE = 2\n", "import re\n\nONE = 2\n"),
            ("src/other.py", "TWO = 3\n", "TWO = 2\n"),
            ("plugin.yaml", &manifest.replace("1.0.0", "1.0.1"), manifest),
        ] {
            file(name, changed);
            assert!(renewed().is_none(), "{name}");
            file(name, back);
            assert!(renewed().is_some(), "{name}");
        }
        assert!(Manifest::path(folder.path()).is_file());

        let stale = read();
        file("src/check.py", "import re\n\nONE = 3\n");
        stale.keep(&component).unwrap();
        assert!(renewed().is_none(), "the component may have been made of either text");
    }
}
