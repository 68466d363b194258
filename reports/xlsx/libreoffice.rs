//! The workbook and the CSV in LibreOffice, cell by cell: what a person who opens them gets to see.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::*;
use crate::sample::{Files, everything};

/// A cell as LibreOffice took it.
#[derive(Debug, Default, Clone)]
struct Cell {
    /// `string`, `float`, `date`; empty for an empty cell.
    kind: String,
    /// Of a number or date, what it is; of a text, its paragraphs.
    value: String,
    formula: bool,
}

type Table = Vec<Vec<Cell>>;

/// Two that start at once have been seen to break off.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Opens files in LibreOffice and reads what it made of them: tables by name. Without a filter it finds out what they are.
#[expect(clippy::disallowed_methods, reason = "the office suite is another program, and writes files")]
fn opened(files: &[(&str, Vec<u8>)], filter: Option<&str>) -> BTreeMap<String, Table> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Command::new("soffice");
    office.arg(format!("-env:UserInstallation=file://{}/profile", folder.path().display()));
    office.args(filter.map(|filter| format!("--infilter={filter}")));
    office.args(["--headless", "--norestore", "--convert-to", "fods", "--outdir"]).arg(folder.path().join("seen"));
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        office.arg(path);
    }
    let output = office.output().expect("soffice does not start; on Debian: apt-get install libreoffice-calc-nogui");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut tables = BTreeMap::new();
    for (name, _) in files {
        let seen = folder.path().join("seen").join(name).with_extension("fods");
        let text = fs::read_to_string(&seen)
            .unwrap_or_else(|error| panic!("{name}: {error}: {}", String::from_utf8_lossy(&output.stdout)));
        tables.extend(tables_of(&text));
    }
    tables
}

/// The tables of a flat OpenDocument spreadsheet.
fn tables_of(text: &str) -> BTreeMap<String, Table> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let attribute = |element: &BytesStart<'_>, wanted: &str| {
        let mut found = element.attributes().map(Result::unwrap);
        let found = found.find(|attribute| attribute.key.as_ref() == wanted)?;
        Some(found.normalized_value(XmlVersion::Explicit1_0).unwrap().into_owned())
    };
    let times = |element: &BytesStart<'_>, wanted: &str| {
        attribute(element, wanted).map_or(1, |times| times.parse::<usize>().unwrap())
    };
    let (mut tables, mut name, mut table) = (BTreeMap::new(), String::new(), Table::new());
    let (mut row, mut rows, mut cell, mut cells) = (Vec::new(), 1, Cell::default(), 1);
    let (mut paragraph, mut paragraphs) = (None::<String>, Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => match element.name().as_ref() {
                "table:table" => name = attribute(&element, "table:name").unwrap(),
                "table:table-row" => rows = times(&element, "table:number-rows-repeated"),
                "table:table-cell" => {
                    paragraphs.clear();
                    cells = times(&element, "table:number-columns-repeated");
                    let value =
                        attribute(&element, "office:value").or_else(|| attribute(&element, "office:date-value"));
                    cell = Cell {
                        kind: attribute(&element, "office:value-type").unwrap_or_default(),
                        value: value.unwrap_or_default(),
                        formula: attribute(&element, "table:formula").is_some(),
                    };
                }
                "text:p" => paragraph = Some(String::new()),
                "text:s" => {
                    let spaces = " ".repeat(times(&element, "text:c"));
                    paragraph.as_mut().unwrap().push_str(&spaces);
                }
                "text:a" => panic!("a link: {element:?}"),
                _ => {}
            },
            Event::Text(said) => {
                if let Some(paragraph) = &mut paragraph {
                    paragraph.push_str(&said.xml10_content());
                }
            }
            Event::GeneralRef(said) => {
                if let Some(paragraph) = &mut paragraph {
                    let entity = format!("&{};", &*said);
                    paragraph.push_str(&quick_xml::escape::unescape(&entity).unwrap());
                }
            }
            Event::End(element) => match element.name().as_ref() {
                "text:p" => paragraphs.extend(paragraph.take()),
                "table:table-cell" => {
                    let said = std::mem::take(&mut paragraphs).join("\n");
                    if cell.kind == "string" {
                        cell.value = said;
                    }
                    // What is repeated thousands of times is the empty rest of the sheet.
                    row.extend(std::iter::repeat_n(std::mem::take(&mut cell), cells.min(100)));
                }
                "table:table-row" => {
                    while row.pop_if(|cell: &mut Cell| cell.kind.is_empty()).is_some() {}
                    let row = std::mem::take(&mut row);
                    if !row.is_empty() {
                        table.extend(std::iter::repeat_n(row, rows));
                    }
                }
                "table:table" => {
                    tables.insert(std::mem::take(&mut name), std::mem::take(&mut table));
                }
                _ => {}
            },
            Event::Eof => return tables,
            _ => {}
        }
    }
}

fn value(row: &[Cell], column: usize) -> Cell {
    row.get(column).cloned().unwrap_or_default()
}

/// The moment of a date cell in the words of our tables: `2026-11-24T06:12:00` is `2026-11-24 06:12:00`.
fn moment(cell: &Cell) -> String {
    let (day, time) = cell.value.split_once('T').unwrap_or((&cell.value, ""));
    // LibreOffice has fractions of a second where the number is not exact.
    let time = time.split('.').next().unwrap_or_default();
    format!("{day} {time}").trim_end().to_owned()
}

#[test]
fn every_cell_of_the_workbook_is_what_was_written() {
    let mut report = everything();
    // What the file format itself would take for a letter and a line break.
    report.compliance.frameworks[0].controls[0].title = "_x0041_ and _x000D_".to_owned();
    let mut bytes = Vec::new();
    write(&report, &mut bytes).unwrap();
    let seen = opened(&[("audit.xlsx", bytes)], None);
    let (results, unseen) = (Results::of(&report), unseen::findings(&report));
    let rows = Rows::new(&report, &results, &unseen);
    let mut compared = BTreeMap::new();
    for framework in &report.compliance.frameworks {
        let table = &seen[&framework.id];
        let header: Vec<&str> = table[0].iter().map(|cell| cell.value.as_str()).collect();
        assert_eq!(header, COLUMNS);
        let wanted: Vec<_> = rows.of(framework).collect();
        assert_eq!(table.len(), wanted.len() + 1, "{}", framework.id);
        for (row, wanted) in std::iter::zip(&table[1..], wanted) {
            for (column, wanted) in wanted.iter().enumerate() {
                let cell = value(row, column);
                let (kind, shown) = match KINDS[column] {
                    _ if wanted.is_empty() => ("", cell.value.clone()),
                    Kind::Text => ("string", cell.value.clone()),
                    Kind::Number => ("float", cell.value.clone()),
                    Kind::Time | Kind::Day => ("date", moment(&cell)),
                };
                assert_eq!((cell.kind.as_str(), shown.as_str()), (kind, &*csv::text(wanted)), "{}", COLUMNS[column]);
                assert!(!cell.formula);
                *compared.entry(kind).or_insert(0) += 1;
            }
        }
    }
    assert!(compared["string"] > 300 && compared["float"] > 50 && compared["date"] > 50, "{compared:?}");
    let summary = &seen["Summary"];
    assert_eq!(summary.len(), report.compliance.frameworks.len() + 1);
    assert_eq!((summary[1][3].kind.as_str(), summary[1][3].value.as_str()), ("string", "1.0"));
    assert_eq!((summary[1][5].kind.as_str(), summary[1][5].value.as_str()), ("float", "5"));
    let accounts: Vec<&str> = seen["Accounts"][1..].iter().map(|row| row[0].value.as_str()).collect();
    let wanted: Vec<&str> = report.coverage.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(accounts, wanted, "an account's id keeps its zero");
    assert_eq!(seen["Denied"].len(), denied(&report).count() + 1);
}

/// A spreadsheet takes the numbers of a CSV for numbers: what loses a zero by that has a text column beside it.
#[test]
fn no_cell_of_the_csv_is_calculated_and_what_loses_a_zero_stands_beside_it() {
    const TWICE: [(&str, &str); 2] = [("control_id", "control_ref"), ("account_id", "account_ref")];
    const NEVER_NAMES: [&str; 3] = ["schema_version", "framework_version", "control_level"];
    let mut written = Files::default();
    crate::compliance::write(&everything(), &mut written).unwrap();
    let files: Vec<_> = written.0.into_iter().filter(|(name, _)| name != "manifest.json").collect();
    let named: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    // Comma, double quote, UTF-8, from the first line.
    let seen = opened(&named, Some("Text - txt - csv (StarCalc):44,34,76,1"));
    let mut compared = 0;
    for (name, bytes) in &files {
        let table = &seen[name.trim_end_matches(".csv")];
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        let wanted: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(table.len(), wanted.len(), "{name}");
        let header = wanted[0].clone();
        let place = |column: &str| header.iter().position(|one| one == column).unwrap();
        for (row, wanted) in std::iter::zip(table, &wanted) {
            for (column, wanted) in wanted.iter().enumerate() {
                let (cell, title) = (value(row, column), &header[column]);
                assert!(!cell.formula, "{title}: {wanted}");
                match cell.kind.as_str() {
                    "string" | "" => assert_eq!(cell.value, wanted, "{title}"),
                    "date" => assert_eq!(moment(&cell), wanted, "{title}"),
                    "float" => {
                        assert_eq!(cell.value.parse::<f64>(), wanted.parse::<f64>(), "{title}");
                        let number = cell.value == wanted || NEVER_NAMES.contains(&title);
                        let beside = TWICE.iter().find(|(one, _)| *one == title).map(|(_, beside)| place(beside));
                        assert!(number || beside.is_some(), "{title}: {wanted} became {}", cell.value);
                        if let Some(beside) = beside {
                            assert!(value(row, beside).value.ends_with(wanted), "{title}: {wanted}");
                        }
                    }
                    other => panic!("{title}: {wanted} became a {other}"),
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}
