//! The results, which are nearly all of a large report, are turned into text on every processor.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use forewarn_findings::{CheckCard, Finding, Report};
use serde::Serialize as _;
use serde_json::ser::Formatter as _;
use serde_json::value::RawValue;

use super::pretty::Readable;
use super::wire;

/// So many results are turned into text at a time.
const PIECE: usize = 128;

/// How deep a result stands in the document: in the list of a field.
const DEPTH: usize = 2;

/// Writes the entries of the list of results, without its brackets.
pub(super) fn write<W: ?Sized + Write>(report: &Report, out: &mut W) -> io::Result<()> {
    let pieces: Vec<&[Finding]> = report.findings.chunks(PIECE).collect();
    let helpers = thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
    thread::scope(|scope| {
        let helped: Vec<Option<Helper>> = (0..helpers)
            .map(|helper| {
                let (sender, made) = sync_channel(1);
                let (spent, empty) = sync_channel::<Vec<u8>>(2);
                let mut own = pieces.iter().skip(helper).step_by(helpers);
                // Once nobody listens any more, because the disk is full, nothing more is made.
                let work = move || {
                    own.try_for_each(|piece| {
                        let place = empty.try_recv().unwrap_or_default();
                        sender.send(text(piece, report, place)).map_err(drop)
                    })
                };
                thread::Builder::new().spawn_scoped(scope, work).ok().map(|_| Helper { made, spent })
            })
            .collect();
        for (place, piece) in pieces.iter().enumerate() {
            let helper = helped.get(place % helpers).and_then(Option::as_ref);
            // A thread that cannot be had leaves its work to this one.
            let made = helper.and_then(|helper| helper.made.recv().ok());
            let text = made.unwrap_or_else(|| text(piece, report, Vec::new()))?;
            if place > 0 {
                out.write_all(b",")?;
            }
            out.write_all(&text)?;
            // One that has done all its work needs no place for more.
            helper.map(|helper| helper.spent.try_send(text));
        }
        Ok(())
    })
}

/// A thread that turns results into text.
struct Helper {
    made: Receiver<io::Result<Vec<u8>>>,
    /// Gives the place of a text back.
    spent: SyncSender<Vec<u8>>,
}

/// The check whose results are written.
struct Known<'r> {
    check: &'r str,
    /// Its card, and how to fix it as JSON.
    card: Option<(&'r CheckCard, Box<RawValue>)>,
}

impl<'r> Known<'r> {
    fn of(check: &'r str, report: &'r Report) -> io::Result<Self> {
        let Some(card) = report.checks.get(check) else { return Ok(Self { check, card: None }) };
        let mut fix = Vec::new();
        card.fix.serialize(&mut serde_json::Serializer::with_formatter(&mut fix, Readable::default()))?;
        let fix = String::from_utf8(fix).map_err(io::Error::other)?;
        Ok(Self { check, card: Some((card, RawValue::from_string(fix)?)) })
    }

    fn card(&self) -> Option<(&CheckCard, wire::Prose<'_>)> {
        self.card.as_ref().map(|(card, fix)| (*card, wire::Prose::Written(fix)))
    }
}

/// Some results as they stand in the list, in the place of an earlier text.
fn text(piece: &[Finding], report: &Report, mut text: Vec<u8>) -> io::Result<Vec<u8>> {
    text.clear();
    // Results stand by check.
    let mut known: Option<Known<'_>> = None;
    for (place, finding) in piece.iter().enumerate() {
        if known.as_ref().is_none_or(|known| *known.check != *finding.check) {
            known = Some(Known::of(&finding.check, report)?);
        }
        let card = known.as_ref().and_then(Known::card);
        let mut readable = Readable::at(DEPTH);
        readable.begin_array_value(&mut text, place == 0)?;
        wire::Finding::beside(finding, card, report)
            .serialize(&mut serde_json::Serializer::with_formatter(&mut text, readable))?;
    }
    Ok(text)
}
