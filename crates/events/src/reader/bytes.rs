//! From the bytes of a file to text in UTF-8: compression and encoding are seen by the first bytes, never by the name.

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How much is read before the text is looked at. Delivered files are smaller.
pub(super) const BLOCK: usize = 8 << 20;

/// Most delivered files are no longer: to make room once is cheaper than to grow.
const USUAL: usize = 1 << 20;

/// The largest single value; AWS delivers files of some tens of MB.
pub(super) const LARGEST: usize = 1 << 30;

/// Text in pieces, with what was wrong with the bytes it comes from.
pub(super) struct Window {
    source: Box<dyn Read>,
    /// What is in sight.
    pub(super) bytes: Vec<u8>,
    /// Bytes before it.
    before: u64,
    /// Lines before it.
    lines: u64,
    /// Up to where lines have been counted, in `bytes`.
    counted: (usize, u64),
    /// Whether nothing follows.
    pub(super) ended: bool,
    /// Why the source ended early, or what cannot be read of it.
    pub(super) broken: Option<String>,
}

impl Window {
    pub(super) fn open(source: impl Read + 'static) -> Self {
        let mut window = Self {
            source: Box::new(std::io::empty()),
            bytes: Vec::new(),
            before: 0,
            lines: 0,
            counted: (0, 0),
            ended: false,
            broken: None,
        };
        match opened(source) {
            Ok(Opened::Text(source)) => window.source = source,
            Ok(Opened::Not(what)) => (window.ended, window.broken) = (true, Some(what.to_owned())),
            Err(error) => (window.ended, window.broken) = (true, Some(error.to_string())),
        }
        window
    }

    /// Reads on, by `more` bytes.
    pub(super) fn fill(&mut self, more: usize) {
        self.bytes.reserve(more.min(USUAL));
        let mut limited = Read::take(&mut self.source, more as u64);
        match limited.read_to_end(&mut self.bytes) {
            Ok(read) => self.ended = read < more,
            // What came before the fault is in `bytes`.
            Err(error) => {
                self.ended = true;
                self.broken = Some(error.to_string());
            }
        }
    }

    /// Lets go of what has been read.
    pub(super) fn pass(&mut self, upto: usize) {
        self.lines = self.line(upto) - 1;
        self.before += upto as u64;
        self.bytes.drain(..upto);
        self.counted = (0, 0);
    }

    /// The offset in the whole text.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.before + at as u64
    }

    /// The line in the whole text, from 1.
    pub(super) fn line(&mut self, at: usize) -> u64 {
        let (from, mut lines) = if self.counted.0 <= at { self.counted } else { (0, 0) };
        let between = self.bytes.get(from..at).unwrap_or_default();
        lines += memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = (at, lines);
        self.lines + lines + 1
    }

    /// Whatever is left, for a reader of its own.
    pub(super) fn rest(&mut self) -> impl Read {
        let source = std::mem::replace(&mut self.source, Box::new(std::io::empty()));
        Cursor::new(std::mem::take(&mut self.bytes)).chain(source)
    }
}

/// The content of a file, unpacked where its first bytes are those of gzip.
pub fn unpacked(source: impl Read + 'static) -> Box<dyn Read> {
    let mut source = BufReader::with_capacity(64 << 10, source);
    if source.fill_buf().is_ok_and(|start| start.starts_with(&[0x1f, 0x8b])) {
        Box::new(MultiGzDecoder::new(source))
    } else {
        Box::new(source)
    }
}

enum Opened {
    Text(Box<dyn Read>),
    Not(&'static str),
}

fn opened(source: impl Read + 'static) -> std::io::Result<Opened> {
    let mut source = BufReader::with_capacity(64 << 10, source);
    let start = source.fill_buf()?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return encoded(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(source)));
    }
    Ok(match start {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Opened::Not("it is compressed with zstd; unpack it first"),
        [b'P', b'K', 3, 4, ..] => Opened::Not("it is a zip archive; unpack it first"),
        [b'B', b'Z', b'h', ..] => Opened::Not("it is compressed with bzip2; unpack it first"),
        [0xfd, b'7', b'z', ..] => Opened::Not("it is compressed with xz; unpack it first"),
        [b'P', b'A', b'R', b'1', ..] => Opened::Not("it is a Parquet file, not a log"),
        _ => return encoded(source),
    })
}

/// Takes the byte order mark off; UTF-16 becomes UTF-8.
fn encoded(mut source: impl BufRead + 'static) -> std::io::Result<Opened> {
    let (mark, little) = match source.fill_buf()? {
        [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xff, 0xfe, ..] => (2, Some(true)),
        [0xfe, 0xff, ..] => (2, Some(false)),
        _ => (0, None),
    };
    source.consume(mark);
    let Some(little) = little else { return Ok(Opened::Text(Box::new(source))) };
    let mut bytes = Vec::new();
    Read::take(&mut source, LARGEST as u64).read_to_end(&mut bytes)?;
    let unit = |pair: &[u8]| match pair {
        [a, b] if little => u16::from_le_bytes([*a, *b]),
        [a, b] => u16::from_be_bytes([*a, *b]),
        // Half a character at the end shows as one that is not known.
        _ => 0xfffd,
    };
    let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
    Ok(Opened::Text(Box::new(Cursor::new(String::from_utf16_lossy(&units).into_bytes()))))
}
