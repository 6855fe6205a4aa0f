//! What a confined process can still do. Each attempt is made twice by a process of its own, this very program: once
//! free, to show that the attempt works at all, and once confined.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use scorebox_sandbox::{Confinement, confine, no_more_images};

type Attempt = fn(&Place) -> std::io::Result<String>;

/// What attempts can reach for.
#[derive(Clone)]
struct Place {
    /// A directory with a file `text`, which was granted.
    granted: PathBuf,
    /// The same, not granted.
    other: PathBuf,
    /// The port of a server on this machine.
    port: u16,
    /// The process that started this one.
    parent: u32,
}

/// What may work where a directory was granted, and nothing else does.
const FILES: [(&str, Attempt); 2] = [
    ("read a granted file", |place| std::fs::read_to_string(place.granted.join("text"))),
    ("list a granted directory", |place| {
        std::fs::read_dir(&place.granted).map(|entries| entries.flatten().count().to_string())
    }),
];

/// What works where some directory was granted, whichever it is: neither Landlock nor seccomp knows a rule for it. It tells
/// what there is, and nothing of what stands in it.
const NAMES: [(&str, Attempt); 3] = [
    ("learn the size and age of a file", |place| {
        std::fs::metadata(place.other.join("text")).map(|file| file.len().to_string())
    }),
    ("learn whether a file exists", |place| {
        let (path, exists) = (place.other.join("text"), rustix::fs::Access::EXISTS);
        rustix::fs::accessat(rustix::fs::CWD, path, exists, rustix::fs::AtFlags::empty())?;
        Ok(String::new())
    }),
    ("learn where a link leads", |place| {
        rustix::fs::readlinkat(rustix::fs::CWD, place.other.join("link"), Vec::new())?;
        Ok(String::new())
    }),
];

/// Memory that only some processes may have, and those until they say that they have it all.
const IMAGE: (&str, Attempt) = ("keep memory in a file without a name", |_| {
    let file = rustix::fs::memfd_create("image", rustix::fs::MemfdFlags::CLOEXEC)?;
    rustix::fs::ftruncate(file, 1 << 20).map(|()| String::new()).map_err(Into::into)
});

const ATTEMPTS: [(&str, Attempt); 28] = [
    IMAGE,
    ("share memory", |_| map(1 << 20, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED)),
    ("take a stack that grows by itself", |_| {
        map(1 << 20, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_GROWSDOWN)
    }),
    ("take a terabyte of addresses", |_| {
        map(1 << 40, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_NORESERVE)
    }),
    ("read a file", |place| std::fs::read_to_string(place.other.join("text"))),
    ("read /etc/passwd", |_| std::fs::read_to_string("/etc/passwd")),
    ("read its own environment", |_| std::fs::read_to_string("/proc/self/environ")),
    ("read the memory of its parent", |place| {
        File::open(format!("/proc/{}/mem", place.parent)).map(|_| String::new())
    }),
    ("read a file beside a granted one by ..", |place| {
        std::fs::read_to_string(place.granted.join("../other/text"))
    }),
    ("read a file by a link in a granted directory", |place| {
        std::fs::read_to_string(place.granted.join("link"))
    }),
    ("list a directory", |place| std::fs::read_dir(&place.other).map(|_| String::new())),
    ("make a file", |place| std::fs::write(place.other.join("new"), "x").map(|()| String::new())),
    ("make a file in a granted directory", |place| {
        std::fs::write(place.granted.join("new"), "x").map(|()| String::new())
    }),
    ("append to a granted file", |place| {
        let mut file = File::options().append(true).open(place.granted.join("text"))?;
        file.write_all(b"").map(|()| String::new())
    }),
    ("make a directory", |place| std::fs::create_dir(place.other.join("d")).map(|()| String::new())),
    ("rename a file", |place| {
        std::fs::rename(place.other.join("old"), place.other.join("older")).map(|()| String::new())
    }),
    ("remove a file", |place| std::fs::remove_file(place.other.join("older")).map(|()| String::new())),
    ("make a link", |place| {
        std::os::unix::fs::symlink("/", place.other.join("to-root")).map(|()| String::new())
    }),
    ("connect", |place| TcpStream::connect(("127.0.0.1", place.port)).map(|_| String::new())),
    ("listen", |_| TcpListener::bind(("127.0.0.1", 0)).map(|_| String::new())),
    ("send a datagram", |_| {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        socket.send_to(b"x", ("127.0.0.1", 9)).map(|_| String::new())
    }),
    ("make a local socket", |place| UnixListener::bind(place.other.join("socket")).map(|_| String::new())),
    ("start a program", |_| Command::new("/bin/true").stdout(Stdio::null()).status().map(|_| String::new())),
    ("signal its parent", |place| {
        let parent = rustix::process::Pid::from_raw(i32::try_from(place.parent).unwrap_or(0));
        parent.map_or(Ok(()), rustix::process::test_kill_process)?;
        Ok(String::new())
    }),
    ("look at the memory of its parent", |place| {
        let parent = rustix::process::Pid::from_raw(i32::try_from(place.parent).unwrap_or(0));
        rustix::process::getpgid(parent)?;
        Ok(String::new())
    }),
    ("change its directory", |_| std::env::set_current_dir("/").map(|()| String::new())),
    ("raise a limit", |_| {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let more = Rlimit { current: Some(512), maximum: Some(512) };
        setrlimit(Resource::Nofile, more).map(|()| String::new()).map_err(Into::into)
    }),
    ("become root again", |_| {
        rustix::thread::set_thread_uid(rustix::process::Uid::ROOT).map(|()| String::new()).map_err(Into::into)
    }),
];

/// Takes new memory or addresses.
fn map(bytes: usize, protection: i32, flags: i32) -> std::io::Result<String> {
    // SAFETY: nobody uses what is mapped.
    #[expect(unsafe_code, reason = "the way to memory that no allocator takes")]
    let mapped =
        unsafe { libc::mmap(std::ptr::null_mut(), bytes, protection, flags | libc::MAP_ANONYMOUS, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(String::new()) }
}

/// What any process has to be able to do.
const NEEDED: [(&str, Attempt); 5] = [
    ("start a thread", |_| Ok(std::thread::spawn(|| 7).join().unwrap_or(0).to_string())),
    ("take memory", |_| {
        Ok(vec![1_u8; 32 << 20].iter().map(|byte| u64::from(*byte)).sum::<u64>().to_string())
    }),
    ("give memory back and take it again", |_| {
        Ok((0..64).map(|_| vec![1_u8; 8 << 20].len()).sum::<usize>().to_string())
    }),
    ("sleep", |_| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        Ok(String::new())
    }),
    ("hash with a random key", |_| {
        let map: std::collections::HashMap<_, _> = [(1, 2)].into();
        Ok(map.len().to_string())
    }),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, place @ ..] = arguments.as_slice()
        && mode.starts_with("attempt-")
    {
        return attempt(mode, place);
    }
    let failed = check();
    println!(
        "test a_confined_process_can_do_nothing_else ... {}",
        if failed.is_empty() { "ok" } else { "FAILED" }
    );
    for failure in &failed {
        println!("  {failure}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes every attempt, and says what came of each.
fn attempt(mode: &str, place: &[String]) -> ExitCode {
    let [granted, other, port, parent] = place else { return ExitCode::FAILURE };
    let place = Place {
        granted: granted.into(),
        other: other.into(),
        port: port.parse().unwrap_or(0),
        parent: parent.parse().unwrap_or(0),
    };
    let mut confinement =
        Confinement { cpu_seconds: Some(60), open_files: 64, ..Confinement::with_memory(256 << 20) };
    if mode == "attempt-files" {
        confinement.read_dirs.push(place.granted.clone());
    }
    confinement.memory_images = mode == "attempt-images";
    if mode == "attempt-forever" {
        confinement.cpu_seconds = Some(1);
    }
    if mode != "attempt-free" {
        match confine(&confinement) {
            Ok(lacking) => println!("lacking\t{}", lacking.join("; ")),
            Err(error) => println!("lacking\t{error}"),
        }
    }
    if mode == "attempt-forever" {
        loop {
            std::hint::spin_loop();
        }
    }
    if confinement.memory_images {
        let first = if IMAGE.1(&place).is_ok() { "made" } else { "refused" };
        // What comes then holds for threads that are there already.
        let (say, said) = std::sync::mpsc::channel::<()>();
        let image = place.clone();
        let other = std::thread::spawn(move || said.recv().is_ok() && IMAGE.1(&image).is_ok());
        println!(
            "no more\t{}",
            no_more_images().map_or_else(|error| error.to_string(), |()| "done".to_owned())
        );
        let _ = say.send(());
        let then = if other.join().unwrap_or(true) { "made" } else { "refused" };
        println!("images\t{first}, then {then}");
    }
    for (name, attempt) in FILES.iter().chain(&NAMES).chain(&ATTEMPTS).chain(&NEEDED) {
        match attempt(&place) {
            Ok(_) => println!("{name}\tdone"),
            Err(error) => println!("{name}\t{error}"),
        }
    }
    println!("memory\t{}", if take_too_much() { "taken" } else { "refused" });
    ExitCode::SUCCESS
}

/// Whether 512 MiB can be had.
fn take_too_much() -> bool {
    let mut bytes: Vec<u8> = Vec::new();
    bytes.try_reserve_exact(512 << 20).is_ok()
}

fn check() -> Vec<String> {
    let mut failed = Vec::new();
    let directory = match tempfile::tempdir() {
        Ok(directory) => directory,
        Err(error) => return vec![format!("no directory: {error}")],
    };
    let Ok(server) = TcpListener::bind(("127.0.0.1", 0)) else { return vec!["no server".to_owned()] };
    let port = server.local_addr().map_or(0, |address| address.port());

    let free = attempts("attempt-free", directory.path(), port);
    let files = attempts("attempt-files", directory.path(), port);
    let none = attempts("attempt-none", directory.path(), port);
    let images = attempts("attempt-images", directory.path(), port);
    let of = |said: &[(String, String)], name: &str| {
        said.iter()
            .find(|(attempt, _)| attempt == name)
            .map_or("nothing".to_owned(), |(_, came)| came.clone())
    };
    let lacking = of(&files, "lacking");
    println!("this kernel lacks: {lacking:?}");
    let landlock = !lacking.contains("no Landlock");
    let mut expect = |said: &[(String, String)], how: &str, name: &str, done: bool| {
        let came = of(said, name);
        if (came == "done") != done {
            failed.push(format!("{how}, `{name}`: {came}"));
        }
    };
    let root = rustix::process::geteuid().is_root();
    for (name, _) in FILES.iter().chain(&NAMES).chain(&ATTEMPTS).chain(&NEEDED) {
        expect(&free, "free", name, root || *name != "become root again");
    }
    for (name, _) in &NEEDED {
        expect(&files, "with a directory", name, true);
        expect(&none, "with nothing", name, true);
        expect(&images, "with images", name, true);
    }
    for (name, _) in FILES.into_iter().chain(NAMES) {
        expect(&files, "with a directory", name, true);
        expect(&none, "with nothing", name, false);
    }
    for (name, _) in ATTEMPTS {
        expect(&none, "with nothing", name, false);
        expect(&images, "after its images", name, false);
        // Seccomp sees no paths: which files can be read where some can is Landlock's to say.
        if landlock || !(name.starts_with("read") || name.starts_with("list")) {
            expect(&files, "with a directory", name, false);
        }
    }
    let came = of(&images, "images");
    if came != "made, then refused" {
        failed.push(format!("memory images: {came} ({})", of(&images, "no more")));
    }
    // The signal says that it was the time: one that kills without a word could come from anybody.
    let status = of(&attempts("attempt-forever", directory.path(), port), "status");
    if !status.contains("(SIGXCPU)") {
        failed.push(format!("a second of processors: {status}"));
    }
    for (said, wanted) in [(&free, "taken"), (&files, "refused"), (&none, "refused"), (&images, "refused")] {
        let came = of(said, "memory");
        if came != wanted {
            failed.push(format!("512 MiB: {came}, not {wanted}"));
        }
    }
    failed
}

/// What came of each attempt of a process of its own.
fn attempts(mode: &str, directory: &Path, port: u16) -> Vec<(String, String)> {
    let place = directory.join(mode);
    let (granted, other) = (place.join("granted"), place.join("other"));
    let made = || -> std::io::Result<Vec<(String, String)>> {
        for directory in [&granted, &other] {
            std::fs::create_dir_all(directory)?;
            std::fs::write(directory.join("text"), "words")?;
        }
        std::fs::write(other.join("old"), "words")?;
        for directory in [&granted, &other] {
            std::os::unix::fs::symlink(other.join("text"), directory.join("link"))?;
        }
        // Whoever the process becomes may read, and write: what keeps it from that is not to be its user.
        use std::os::unix::fs::PermissionsExt;
        for path in [directory, &place, &granted, &other] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777))?;
        }
        std::fs::set_permissions(granted.join("text"), std::fs::Permissions::from_mode(0o666))?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(mode)
            .args([&granted, &other])
            .args([port.to_string(), std::process::id().to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(stdout) = &mut child.stdout {
            stdout.read_to_string(&mut said)?;
        }
        let status = child.wait()?;
        let lines = said.lines().filter_map(|line| line.split_once('\t'));
        let mut said: Vec<_> = lines.map(|(name, came)| (name.to_owned(), came.to_owned())).collect();
        said.push(("status".to_owned(), status.to_string()));
        Ok(said)
    };
    made().unwrap_or_else(|error| vec![("status".to_owned(), error.to_string())])
}
