//! Directories and files that must be one user's alone, since who can write them decides what is run or believed.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// Why something is not this user's alone.
#[derive(Debug, thiserror::Error)]
pub enum NotPrivate {
    /// It cannot be made or looked at.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Somebody else could have written it.
    #[error("{0}")]
    Shared(String),
}

/// Makes `path` (0700) if it is not there, and refuses one that another user owns or can write, or that is a link. One that
/// others can only read is closed to them.
pub fn private_directory(path: &Path) -> Result<(), NotPrivate> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // Of the directory itself: behind a link could be one of somebody else, now or later.
    let about = std::fs::symlink_metadata(path)?;
    if !about.is_dir() {
        return Err(NotPrivate::Shared("it is a link, and may lead elsewhere tomorrow".to_owned()));
    }
    own(path, &about, 0o700)
}

/// Refuses a file that another user owns or can write, or that is no file (a link, a pipe); one that others can only read is
/// closed to them. `false` where there is nothing.
pub fn private_file(path: &Path) -> Result<bool, NotPrivate> {
    let about = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        about => about?,
    };
    if !about.is_file() {
        return Err(NotPrivate::Shared("it is no file, but a link or something else".to_owned()));
    }
    own(path, &about, 0o600)?;
    Ok(true)
}

fn own(path: &Path, about: &Metadata, mode: u32) -> Result<(), NotPrivate> {
    let (owner, user) = (about.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Err(NotPrivate::Shared(format!("it belongs to user {owner}, this process runs as {user}")));
    }
    if about.mode() & 0o022 != 0 {
        return Err(NotPrivate::Shared(format!("its mode is {:o}", about.mode() & 0o777)));
    }
    if about.mode() & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    Ok(())
}
