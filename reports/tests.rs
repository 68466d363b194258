//! What holds for every format.

use super::*;
use crate::sample::{any_report, empty, everything, many};
use proptest::prelude::*;

pub(crate) fn written(format: &str, report: &Report, options: &TextOptions) -> String {
    let mut out = Vec::new();
    write(format.parse().unwrap(), report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Writes a format, the files of a folder one after the other.
fn write(format: Format, report: &Report, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    struct Joined<'a>(&'a mut dyn Write);
    impl FileWriter for Joined<'_> {
        fn file(&mut self, name: &str, content: &mut Content<'_>) -> io::Result<()> {
            writeln!(self.0, "── {name}")?;
            content(self.0)
        }
    }
    if format.is_folder() { format.write_folder(report, &mut Joined(out)) } else { format.write(report, options, out) }
}

#[test]
fn a_format_is_found_by_its_name() {
    for format in Format::ALL {
        assert_eq!(format.name.parse(), Ok(*format));
    }
    assert_eq!(Format::names().collect::<std::collections::BTreeSet<_>>().len(), Format::ALL.len());
    let error = "yaml".parse::<Format>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown format `yaml`; known: text, html, md, csv, compliance, xlsx, json, ndjson, junit, ocsf, asff, sarif"
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for report in [everything(), many(300), empty()] {
        for format in Format::ALL {
            let options = TextOptions { color: true, verbose: true, ..TextOptions::default() };
            let bytes = |report: &Report| {
                let mut out = Vec::new();
                write(*format, report, &options, &mut out).unwrap();
                out
            };
            assert!(bytes(&report) == bytes(&report.clone()), "{}", format.name);
        }
    }
}

/// A writer that is full.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error() {
    for format in Format::ALL {
        let error = write(*format, &everything(), &TextOptions::default(), &mut Full).unwrap_err();
        assert!(error.to_string().contains("full"), "{}: {error}", format.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_hidden_is_written_whatever_the_report(report in any_report(), width in 0usize..250) {
        for format in Format::ALL.iter().filter(|format| !format.is_binary()) {
            let text = written(format.name, &report, &TextOptions { width, verbose: true, ..TextOptions::default() });
            let lines = text.replace("\r\n", "\n");
            prop_assert!(!lines.chars().any(|c| c != '\n' && inert::is_hidden(c)), "{}", format.name);
        }
    }
}
