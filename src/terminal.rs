//! The one place that prints: data on stdout, notes and progress on stderr.

use std::io::{self, IsTerminal as _, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Columns where the terminal does not say.
const DEFAULT_WIDTH: usize = 100;

/// stdout and stderr as this process has them.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    quiet: bool,
    bars: Option<MultiProgress>,
}

impl Terminal {
    /// Progress bars are drawn only where a person sees them.
    pub(crate) fn new(quiet: bool) -> Self {
        let bars = (!quiet && io::stderr().is_terminal()).then(MultiProgress::new);
        Self { quiet, bars }
    }

    /// Columns of stdout.
    pub(crate) fn width() -> usize {
        terminal_size::terminal_size_of(io::stdout()).map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
    }

    /// Whether stdout wants colour: a terminal, and neither `NO_COLOR` nor a dumb one.
    pub(crate) fn color() -> bool {
        anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
    }

    /// Whether stderr wants colour.
    pub(crate) fn error_color() -> bool {
        anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
    }

    /// Writes data to stdout. A reader that has gone away is no error.
    pub(crate) fn data(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says something to the person at the terminal; nothing when quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says something that must be said.
    pub(crate) fn say(&self, text: &str) {
        let print = || {
            // A closed stderr leaves nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

/// One bar for work that is counted twice: what is done of it, and what came of that so far.
#[derive(Debug)]
pub(crate) struct Gauge {
    bar: Option<ProgressBar>,
}

impl Gauge {
    pub(crate) fn new(terminal: &Terminal, name: &str) -> Self {
        let bar = terminal.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("  {prefix} {bar:30} {pos:>6}/{len:<6} {msg} {elapsed:>4}");
            let bar = bars.add(ProgressBar::new(0));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
            bar.set_prefix(name.to_owned());
            bar
        });
        Self { bar }
    }

    /// So much is done, and so many things came of it.
    pub(crate) fn show(&self, done: u64, all: u64, things: u64, word: &str) {
        if let Some(bar) = &self.bar {
            let seconds = bar.elapsed().as_secs().max(1);
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(format!("{things} {word}, {} a second", things / seconds));
        }
    }

    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A progress bar per service.
#[derive(Debug)]
pub(crate) struct Bars {
    terminal: Terminal,
    open: std::sync::Mutex<std::collections::BTreeMap<String, ProgressBar>>,
}

impl Bars {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self { terminal: terminal.clone(), open: std::sync::Mutex::default() }
    }

    fn with(&self, service: &str, act: impl FnOnce(&ProgressBar)) {
        let Some(bars) = &self.terminal.bars else { return };
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bar = open.entry(service.to_owned()).or_insert_with(|| {
            let style = ProgressStyle::with_template("  {prefix:<14} {bar:30} {pos:>6}/{len:<6} {elapsed:>4}");
            let bar = bars.add(ProgressBar::new(0));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
            bar.set_prefix(service.to_owned());
            bar
        });
        act(bar);
    }

    /// How many steps there are.
    pub(crate) fn length(&self, service: &str, steps: u64) {
        self.with(service, |bar| bar.set_length(steps));
    }

    /// One step is done.
    pub(crate) fn step(&self, service: &str) {
        self.with(service, |bar| bar.inc(1));
    }

    /// The service is done.
    pub(crate) fn done(&self, service: &str) {
        self.with(service, ProgressBar::finish);
    }

    /// Takes all bars away.
    pub(crate) fn clear(&self) {
        if let Some(bars) = &self.terminal.bars {
            let _ = bars.clear();
        }
    }
}
