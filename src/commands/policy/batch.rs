//! `forewarn policy batch`: questions and answers as JSON lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;

use crate::exit::{Exit, Failed};

/// The longest line that is read into memory; a longer one is answered with an error.
const LONGEST_LINE: u64 = 64 << 20;

/// Answers line by line, so that memory does not grow with the number of lines.
pub(super) fn run(file: Option<&Path>) -> Result<Exit, Failed> {
    let output = BufWriter::new(io::stdout().lock());
    match file.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let opened = File::open(path).with_context(|| format!("cannot read `{}`", path.display()));
            answer(BufReader::new(opened.map_err(Failed::usage)?), output)
        }
        None => answer(io::stdin().lock(), output),
    }
}

fn answer(mut input: impl BufRead, mut output: impl Write) -> Result<Exit, Failed> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line);
        if read.context("cannot read the questions").map_err(Failed::usage)? == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let written = writeln!(output, "{}", forewarn_policy::batch::answer_line(&line));
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Clean),
            other => other.context("cannot write the answers").map_err(Failed::internal)?,
        }
    }
    output.flush().context("cannot write the answers").map_err(Failed::internal)?;
    Ok(Exit::Clean)
}
