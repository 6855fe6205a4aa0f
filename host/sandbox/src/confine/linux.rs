//! Limits, privileges and files, on Linux.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Gid, Resource, Rlimit, Uid};
use rustix::thread::CapabilitySet;

use super::{ADDRESSES, ConfineError, Confinement, THREADS, syscalls};

/// The user and group `nobody`, by number: the names may be missing in a container.
const NOBODY: u32 = 65_534;
/// The Landlock that is asked for: that of Linux 6.12, with files, TCP, signals and abstract sockets.
const LANDLOCK: ABI = ABI::V6;

pub(super) fn confine(confinement: &Confinement) -> Result<Vec<String>, ConfineError> {
    let mut lacking = Vec::new();
    limits(confinement, &mut lacking)?;
    privileges(&mut lacking)?;
    files(confinement, &mut lacking)?;
    // Last, since the steps before it are not on the list of what it allows.
    syscalls::allow(confinement, &mut lacking)?;
    Ok(lacking)
}

pub(super) fn close_inherited() -> Option<String> {
    const FIRST: libc::c_uint = 3;
    // SAFETY: nothing in this process owns a file yet beside its three streams, which stay.
    #[expect(unsafe_code, reason = "files that nobody here opened have no owner that could close them")]
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) };
    let why = (closed != 0).then(std::io::Error::last_os_error)?;
    Some(format!(
        "the kernel has no close_range ({why}): processes of plugins can use files that were open when scorebox was started"
    ))
}

fn error<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> ConfineError {
    move |why| ConfineError { what, why: why.to_string() }
}

fn limit(resource: Resource, wanted: u64) -> Result<(), ConfineError> {
    limit_within(resource, wanted, wanted)
}

fn limit_within(resource: Resource, current: u64, maximum: u64) -> Result<(), ConfineError> {
    // Somebody else may have set a lower one.
    let most = rustix::process::getrlimit(resource).maximum.map_or(maximum, |most| most.min(maximum));
    rustix::process::setrlimit(resource, Rlimit { current: Some(most.min(current)), maximum: Some(most) })
        .map_err(error("its share of the machine"))
}

fn limits(confinement: &Confinement, lacking: &mut Vec<String>) -> Result<(), ConfineError> {
    match addresses() {
        Some(taken) => {
            limit(Resource::As, taken.saturating_add(confinement.memory).saturating_add(ADDRESSES))?;
        }
        None => lacking.push(
            "there is no /proc: tables of the kernel for processes of plugins have no limit".to_owned(),
        ),
    }
    limit(Resource::Data, confinement.memory)?;
    // What memory images are made of counts as a file.
    limit(Resource::Fsize, confinement.memory)?;
    limit(Resource::Nofile, confinement.open_files)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Memlock, 0)?;
    limit(Resource::Msgqueue, 0)?;
    if let Some(seconds) = confinement.cpu_seconds {
        // The kernel kills without a word at the maximum. At the lower one its signal says why.
        limit_within(Resource::Cpu, seconds, seconds.saturating_add(1))?;
    }
    Ok(())
}

/// Bytes of addresses that this process has taken so far.
fn addresses() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').next()?.parse().ok()?;
    pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
}

/// Root becomes nobody, and whoever has capabilities loses them. The calls are those for one thread: there is no other.
fn privileges(lacking: &mut Vec<String>) -> Result<(), ConfineError> {
    const WHAT: &str = "its privileges";
    if rustix::process::geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        let become_nobody = || {
            rustix::thread::set_thread_groups(&[])?;
            rustix::thread::set_thread_res_gid(group, group, group)?;
            rustix::thread::set_thread_res_uid(user, user, user)
        };
        match become_nobody() {
            // Counted by user. What a user's own programs run counts as well, so nobody else gets a new limit.
            Ok(()) => limit(Resource::Nproc, THREADS)?,
            // A container may have no other user, or take the right to change it away.
            Err(why) => {
                lacking.push(format!(
                    "processes of plugins stay root, since user {NOBODY} cannot be had: {why}"
                ));
            }
        }
    }
    let mut sets = rustix::thread::capabilities(None).map_err(error(WHAT))?;
    sets.effective = CapabilitySet::empty();
    sets.permitted = CapabilitySet::empty();
    sets.inheritable = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, sets).map_err(error(WHAT))?;
    rustix::thread::set_no_new_privs(true).map_err(error(WHAT))?;
    // No other process of this user looks into this one.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(error(WHAT))
}

fn files(confinement: &Confinement, lacking: &mut Vec<String>) -> Result<(), ConfineError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(LANDLOCK)))
        .and_then(|rules| rules.scope(Scope::from_all(LANDLOCK)))
        .and_then(Ruleset::create)
        // A directory that cannot be opened is no directory that can be read; the guest's grant says so.
        .and_then(|rules| rules.add_rules(path_beneath_rules(&confinement.read_dirs, read)))
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(error("files and the network"))?;
    let left = match confinement.read_dirs.as_slice() {
        [] => "seccomp alone keeps files and the network away",
        _ => "a process of plugins that breaks out of the engine could read whatever its user can read",
    };
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced, _) => {}
        (RulesetStatus::PartiallyEnforced, LandlockStatus::Available { effective_abi, .. }) => {
            lacking.push(format!(
                "the kernel's Landlock is of version {}, and {} is asked for",
                effective_abi as i32, LANDLOCK as i32
            ));
        }
        _ => lacking.push(format!("the kernel has no Landlock: {left}")),
    }
    Ok(())
}
