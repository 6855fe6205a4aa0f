//! The system calls that a process of plugins may make, by seccomp: those that a Rust program with threads, the engine
//! and its runtime need once they have started. Everything else is answered with EPERM.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::{ConfineError, Confinement};

/// Allowed with any arguments: they act on memory, on threads of this process, and on what it has open.
const ALWAYS: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    // Answered by the second filter.
    libc::SYS_clone3,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "riscv64")]
    libc::SYS_riscv_flush_icache,
];

/// Allowed where memory may be kept in files without a name, until [`deny_images`].
const IMAGES: &[c_long] = &[libc::SYS_fallocate, libc::SYS_ftruncate, libc::SYS_memfd_create];

/// Allowed where directories were granted. Landlock says which; seccomp sees no paths.
const FILES: &[c_long] = &[
    // What `..` in a path is checked with.
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fstatfs,
    libc::SYS_getdents64,
    libc::SYS_newfstatat,
    // Answered by the second filter.
    libc::SYS_openat2,
    libc::SYS_preadv2,
    libc::SYS_readlinkat,
    libc::SYS_statx,
];

/// `PAGEMAP_SCAN`, which tells the pool of instances which pages a guest wrote.
const PAGEMAP_SCAN: u64 = 0xc060_6610;
/// What `open` may not have: writing, making, emptying, and files without a name.
const OPEN_CHANGES: u64 =
    (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND) as u64 | 0o20_000_000;

/// What `mmap` may not have. No limit counts memory that is shared, a stack that grows by itself, or huge pages.
const UNCOUNTED: u64 = (libc::MAP_SHARED | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB) as u64;

fn arch() -> Option<TargetArch> {
    TargetArch::try_from(std::env::consts::ARCH).ok()
}

pub(super) fn allow(confinement: &Confinement, lacking: &mut Vec<String>) -> Result<(), ConfineError> {
    let Some(arch) = arch() else {
        lacking.push(format!(
            "there is no list of system calls for {}: processes of plugins may make all",
            std::env::consts::ARCH
        ));
        return Ok(());
    };
    let install = || -> Result<(), seccompiler::Error> {
        // Filters look at numbers and not at memory. The two calls with their arguments in memory are answered as an old
        // kernel would, and what they would have done is asked for with the older ones.
        let older: BTreeMap<_, _> =
            [libc::SYS_clone3, libc::SYS_openat2].map(|call| (call, Vec::new())).into();
        let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let older = SeccompFilter::new(older, SeccompAction::Allow, unknown, arch)?;
        let allowed = SeccompFilter::new(allowed(confinement)?, denied, SeccompAction::Allow, arch)?;
        let (older, allowed): (BpfProgram, BpfProgram) = (older.try_into()?, allowed.try_into()?);
        // The list comes last, since it lets at most one further filter in. Of two answers the stricter one counts.
        seccompiler::apply_filter(&older)?;
        seccompiler::apply_filter(&allowed)
    };
    match install() {
        Ok(()) => Ok(()),
        Err(seccompiler::Error::Seccomp(why)) => {
            lacking.push(format!(
                "the kernel has no seccomp ({why}): processes of plugins may make any system call"
            ));
            Ok(())
        }
        Err(why) => Err(ConfineError { what: "system calls", why: why.to_string() }),
    }
}

/// Takes back what [`allow`] allowed for memory images, in all threads. A kernel without seccomp has said so already.
pub(super) fn deny_images() -> Result<(), ConfineError> {
    let Some(arch) = arch() else { return Ok(()) };
    let install = || -> Result<(), seccompiler::Error> {
        let images = IMAGES.iter().map(|call| (*call, Vec::new())).collect();
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let images: BpfProgram =
            SeccompFilter::new(images, SeccompAction::Allow, denied, arch)?.try_into()?;
        seccompiler::apply_filter_all_threads(&images)
    };
    match install() {
        Ok(()) | Err(seccompiler::Error::Seccomp(_)) => Ok(()),
        Err(why) => Err(ConfineError { what: "memory images", why: why.to_string() }),
    }
}

fn allowed(confinement: &Confinement) -> Result<BTreeMap<c_long, Vec<SeccompRule>>, BackendError> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> =
        ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    // Threads, and no processes.
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![rule(&[masked(0, thread, thread)?])?]);
    // Abort is a signal to oneself.
    let this = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![rule(&[equal(0, this)?])?]);
    rules.insert(libc::SYS_ioctl, vec![rule(&[equal(1, PAGEMAP_SCAN)?])?]);
    rules.insert(libc::SYS_mmap, vec![rule(&[masked(3, UNCOUNTED, 0)?])?]);
    let mut options = vec![libc::PR_SET_NAME];
    if confinement.memory_images {
        rules.extend(IMAGES.iter().map(|call| (*call, Vec::new())));
        // For the filter that takes them back. No filter allows what another one denies.
        let filter =
            [equal(0, libc::SECCOMP_SET_MODE_FILTER.into())?, equal(1, libc::SECCOMP_FILTER_FLAG_TSYNC)?];
        rules.insert(libc::SYS_seccomp, vec![rule(&filter)?]);
        options.push(libc::PR_SET_NO_NEW_PRIVS);
    }
    let options = options.into_iter().map(|option| rule(&[equal(0, option as u64)?]));
    rules.insert(libc::SYS_prctl, options.collect::<Result<_, _>>()?);
    // The rest of `fcntl` could send signals to other processes.
    let commands = [
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
        libc::F_DUPFD_CLOEXEC,
        libc::F_ADD_SEALS,
        libc::F_GET_SEALS,
    ];
    let commands = commands.into_iter().map(|command| rule(&[equal(1, command as u64)?]));
    rules.insert(libc::SYS_fcntl, commands.collect::<Result<_, _>>()?);
    // A connection that is open can be used; no message goes to an address.
    for call in [libc::SYS_sendto, libc::SYS_recvfrom] {
        let address = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
        rules.insert(call, vec![rule(&[address])?]);
    }
    if !confinement.read_dirs.is_empty() {
        rules.extend(FILES.iter().map(|call| (*call, Vec::new())));
        rules.insert(libc::SYS_openat, vec![rule(&[masked(2, OPEN_CHANGES, 0)?])?]);
    }
    Ok(rules)
}

fn rule(conditions: &[SeccompCondition]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.to_vec())
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}
