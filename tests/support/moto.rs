//! The public AWS emulator as a child process of the test.

use std::ffi::OsStr;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running emulator; it ends with the value.
pub struct Moto {
    child: Child,
    pub url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that `cargo xtask test` made for the tests.
pub fn python() -> PathBuf {
    let told = std::env::var_os("FOREWARN_PYTHON");
    told.map(PathBuf::from).expect("FOREWARN_PYTHON names no Python: run the tests with `cargo xtask test`")
}

/// A script of `tests/moto`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto").join(name)
}

impl Moto {
    /// Starts `serve.py`, which holds what no API call can bring about.
    pub fn start() -> Self {
        Self::run(&[script("serve.py").as_os_str()])
    }

    /// Starts a plain `moto_server`.
    pub fn plain() -> Self {
        Self::run(&["-m".as_ref(), "moto.server".as_ref()])
    }

    /// Starts a server on a free port and waits until the port is the child's own.
    fn run(program: &[&OsStr]) -> Self {
        // Another process may take the port between the look and the start; then another one is looked for.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = Command::new(python())
                .args(program)
                .args(["-H", "127.0.0.1", "-p", &port.to_string()])
                .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut moto = Self { child, url: format!("http://127.0.0.1:{port}") };
            if moto.is_up(port) {
                return moto;
            }
        }
        panic!("the emulator does not start");
    }

    fn is_up(&mut self, port: u16) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(90) {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return owns(self.child.id(), port);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    /// Seeds the account that `seed.py` describes; the name of the file with what is expected of it.
    pub fn seed(&self, arguments: &[&str]) -> PathBuf {
        script(&self.said_by("seed.py", arguments))
    }

    /// Runs a script of `tests/moto` on the server; the last line that it prints.
    pub fn said_by(&self, name: &str, arguments: &[&str]) -> String {
        let output =
            Command::new(python()).arg(script(name)).args(["--endpoint", &self.url]).args(arguments).output().unwrap();
        let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}\n{failed}");
        said.lines().last().expect("the script says what it did").trim().to_owned()
    }
}

/// Whether a process listens on a port itself, by the kernel's own tables.
fn owns(pid: u32, port: u16) -> bool {
    let listening = format!("0100007F:{port:04X}");
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let inodes: Vec<&str> = table
        .lines()
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (fields.get(1) == Some(&listening.as_str()) && fields.get(3) == Some(&"0A"))
                .then(|| fields.get(9).copied())?
        })
        .collect();
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    links.into_iter().any(|link| inodes.iter().any(|inode| link == Path::new(&format!("socket:[{inode}]"))))
}
