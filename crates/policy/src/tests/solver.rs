//! cvc5 as one process that is asked one script after another.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running solver.
pub(crate) struct Solver {
    child: Child,
    asked: ChildStdin,
    answered: BufReader<ChildStdout>,
}

impl Solver {
    /// Starts it; it gives up on a question after `seconds`.
    #[allow(clippy::disallowed_methods, reason = "the solver is another program")]
    pub(crate) fn start(seconds: u32) -> Self {
        let mut command = Command::new("cvc5");
        command.args(["--lang", "smt2", "--strings-exp", &format!("--tlimit-per={}", seconds * 1000), "-"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cvc5 does not start; on Debian: apt-get install cvc5");
        let (asked, answered) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, asked, answered: BufReader::new(answered) }
    }

    /// `sat`, `unsat`, or `unknown` where it gave up; every other word is an error.
    pub(crate) fn ask(&mut self, script: &str) -> String {
        self.asked.write_all(script.as_bytes()).unwrap();
        self.asked.write_all(b"(reset)\n").unwrap();
        self.asked.flush().unwrap();
        let mut answer = String::new();
        self.answered.read_line(&mut answer).unwrap();
        let answer = answer.trim().to_owned();
        assert!(["sat", "unsat", "unknown"].contains(&answer.as_str()), "cvc5 says {answer}\n{script}");
        answer
    }
}

impl Drop for Solver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
