//! Events in memory, column by column.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use forewarn_events::Normal;

use crate::coded::Coded;
use crate::field::{Field, Kind};

/// One column of some rows.
#[derive(Debug, Clone)]
pub enum Column {
    /// Text end to end.
    Text {
        /// All of it.
        all: String,
        /// Where the text of each row ends.
        ends: Vec<usize>,
        /// Whether the row has one.
        present: Vec<bool>,
    },
    /// Text of which each value stands once.
    Coded(Coded),
    /// Numbers and times.
    Number(Vec<i64>),
    /// Booleans.
    Flag(Vec<Option<bool>>),
}

impl Column {
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text { all: String::new(), ends: Vec::new(), present: Vec::new() },
            Kind::Number | Kind::Time => Self::Number(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
        }
    }

    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        self.all().get(self.place(row)?)
    }

    /// The texts of all rows, end to end.
    /// Bytes of text that there is room for.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        if let Self::Text { all, .. } = self { all.capacity() } else { 0 }
    }

    pub(crate) fn all(&self) -> &str {
        match self {
            Self::Text { all, .. } => all,
            Self::Coded(coded) => coded.all(),
            Self::Number(_) | Self::Flag(_) => "",
        }
    }

    /// Where the text of a row stands among all of them.
    pub(crate) fn place(&self, row: usize) -> Option<Range<usize>> {
        let (ends, present) = match self {
            Self::Text { ends, present, .. } => (ends, present),
            Self::Coded(coded) => return coded.place(coded.code(row)?),
            Self::Number(_) | Self::Flag(_) => return None,
        };
        present.get(row).filter(|is_there| **is_there)?;
        let start = row.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
        Some(start..*ends.get(row)?)
    }

    pub(crate) fn number(&self, row: usize) -> i64 {
        match self {
            Self::Number(numbers) => numbers.get(row).copied().unwrap_or_default(),
            _ => 0,
        }
    }

    pub(crate) fn flag(&self, row: usize) -> Option<bool> {
        match self {
            Self::Flag(flags) => flags.get(row).copied().flatten(),
            _ => None,
        }
    }

    pub(crate) fn push_text(&mut self, text: Option<&str>) {
        if let Self::Text { all, ends, present } = self {
            all.push_str(text.unwrap_or_default());
            ends.push(all.len());
            present.push(text.is_some());
        }
    }

    pub(crate) fn push_number(&mut self, number: i64) {
        if let Self::Number(numbers) = self {
            numbers.push(number);
        }
    }

    pub(crate) fn push_flag(&mut self, flag: Option<bool>) {
        if let Self::Flag(flags) = self {
            flags.push(flag);
        }
    }

    /// The values and which row has which, where the column was read so.
    pub(crate) fn coded(&self) -> Option<&Coded> {
        match self {
            Self::Coded(coded) => Some(coded),
            _ => None,
        }
    }

    /// A number that is the same for rows with the same value; rows with the same value may have several.
    pub(crate) fn mark(&self, row: usize) -> i64 {
        match self {
            Self::Text { .. } => i64::try_from(row).unwrap_or(i64::MAX),
            Self::Coded(coded) => coded.code(row).and_then(|code| i64::try_from(code).ok()).unwrap_or(-1),
            Self::Number(numbers) => numbers.get(row).copied().unwrap_or_default(),
            Self::Flag(flags) => flags.get(row).copied().flatten().map_or(-1, i64::from),
        }
    }

    /// Marks the rows whose text passes a test. Each value is asked once, where the column was read so.
    pub(crate) fn marked(&self, test: impl Fn(&str) -> bool, marks: &mut [bool]) {
        let Some(coded) = self.coded() else {
            for (row, mark) in marks.iter_mut().enumerate() {
                *mark |= self.text(row).is_some_and(&test);
            }
            return;
        };
        let passes: Vec<bool> = (0..coded.words()).map(|code| coded.word(code).is_some_and(&test)).collect();
        if passes.contains(&true) {
            for (row, mark) in marks.iter_mut().enumerate() {
                *mark |= coded.code(row).is_some_and(|code| passes.get(code) == Some(&true));
            }
        }
    }

    fn push_from(&mut self, other: &Self, row: usize) {
        match self {
            Self::Text { .. } | Self::Coded(_) => self.push_text(other.text(row)),
            Self::Number(_) => self.push_number(other.number(row)),
            Self::Flag(_) => self.push_flag(other.flag(row)),
        }
    }

    /// Whether it has no row: nobody asked for it.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text { ends, .. } => ends.is_empty(),
            Self::Coded(coded) => coded.rows() == 0,
            Self::Number(numbers) => numbers.is_empty(),
            Self::Flag(flags) => flags.is_empty(),
        }
    }

    /// Makes room for rows, and for so many bytes of text.
    fn reserve(&mut self, rows: usize, bytes: usize) {
        match self {
            Self::Text { all, ends, present } => {
                all.reserve(bytes);
                ends.reserve(rows);
                present.reserve(rows);
            }
            Self::Number(numbers) => numbers.reserve(rows),
            Self::Flag(flags) => flags.reserve(rows),
            Self::Coded(_) => {}
        }
    }

    /// Adds rows that have nothing here.
    pub(crate) fn pad(&mut self, rows: usize) {
        match self {
            Self::Text { all, ends, present } => {
                ends.resize(ends.len() + rows, all.len());
                present.resize(present.len() + rows, false);
            }
            Self::Coded(coded) => coded.pad(rows),
            Self::Number(numbers) => numbers.resize(numbers.len() + rows, 0),
            Self::Flag(flags) => flags.resize(flags.len() + rows, None),
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Text { all, ends, present } => {
                all.clear();
                ends.clear();
                present.clear();
            }
            Self::Coded(coded) => coded.clear(),
            Self::Number(numbers) => numbers.clear(),
            Self::Flag(flags) => flags.clear(),
        }
    }
}

/// How much room a table takes: its rows, and the bytes of text in each column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    rows: usize,
    texts: Vec<usize>,
}

impl Room {
    /// The room of the larger one, by rows.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.rows > self.rows { other } else { self }
    }
}

/// Some rows. A column that nobody asked for is empty.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { columns: Field::ALL.iter().map(|field| Column::of(field.kind())).collect(), rows: 0, bytes: 0 }
    }
}

impl Table {
    /// An empty table with as much room as another took: to grow means to copy.
    pub(crate) fn with_room_of(room: &Room) -> Self {
        let mut table = Self::default();
        for (column, bytes) in table.columns.iter_mut().zip(&room.texts) {
            column.reserve(room.rows, *bytes);
        }
        table
    }

    /// How much room it takes.
    pub(crate) fn room(&self) -> Room {
        Room { rows: self.rows, texts: self.columns.iter().map(|column| column.all().len()).collect() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// About as many bytes as the rows take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    #[expect(clippy::indexing_slicing, reason = "INVARIANT: a table has a column for each field")]
    pub(crate) fn column(&self, field: Field) -> &Column {
        &self.columns[field.index()]
    }

    #[expect(clippy::indexing_slicing, reason = "INVARIANT: a table has a column for each field")]
    pub(crate) fn column_mut(&mut self, field: Field) -> &mut Column {
        &mut self.columns[field.index()]
    }

    /// Some of the columns by themselves.
    pub(crate) fn take(mut self, fields: &[Field]) -> Vec<Column> {
        let taken = |field: &Field| std::mem::replace(self.column_mut(*field), Column::of(field.kind()));
        fields.iter().map(taken).collect()
    }

    pub(crate) fn text(&self, field: Field, row: usize) -> Option<&str> {
        self.column(field).text(row)
    }

    pub(crate) fn number(&self, field: Field, row: usize) -> i64 {
        self.column(field).number(row)
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.columns.iter_mut().for_each(Column::clear);
        (self.rows, self.bytes) = (0, 0);
    }

    /// Says that all columns that were asked for have so many rows now.
    pub(crate) fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, event: &Normal<'_>, uid: &str, hash: u64, raw: &str) {
        for field in Field::ALL.iter().copied() {
            let text: Option<&str> = match field {
                Field::MetadataUid => Some(uid),
                Field::Operation => Some(&event.operation),
                Field::Service => Some(&event.service),
                Field::Error => event.error.as_deref(),
                Field::ErrorMessage => event.error_message.as_deref(),
                Field::RequestUid => event.request_id.as_deref(),
                Field::UserType => event.user_type.as_deref(),
                Field::User => event.user.as_deref(),
                Field::UserName => event.user_name.as_deref(),
                Field::UserAccount => event.user_account.as_deref(),
                Field::Key => event.key.as_deref(),
                Field::Session => event.session.as_deref(),
                Field::Issuer => event.issuer.as_deref(),
                Field::SourceIdentity => event.source_identity.as_deref(),
                Field::InvokedBy => event.invoked_by.as_deref(),
                Field::Ip => event.ip.as_deref(),
                Field::Domain => event.domain.as_deref(),
                Field::Endpoint => event.endpoint.as_deref(),
                Field::UserAgent => event.user_agent.as_deref(),
                Field::Region => event.region.as_deref(),
                Field::Account => event.account.as_deref(),
                Field::EventType => event.event_type.as_deref(),
                Field::EventCategory => Some(&event.event_category),
                Field::EventVersion => event.version.as_deref(),
                Field::SharedUid => event.shared_id.as_deref(),
                Field::Raw => Some(raw),
                Field::Resources => {
                    let lines = joined(&event.resources);
                    self.column_mut(field).push_text(lines.as_deref());
                    continue;
                }
                Field::ReadOnly | Field::Mfa => {
                    let flag = if field == Field::Mfa { event.mfa } else { event.read_only };
                    self.column_mut(field).push_flag(flag);
                    continue;
                }
                Field::Time
                | Field::ClassUid
                | Field::ActivityId
                | Field::TypeUid
                | Field::StatusId
                | Field::RawHash => {
                    let number = match field {
                        Field::Time => event.time.as_millisecond(),
                        Field::ClassUid => event.class_uid.into(),
                        Field::ActivityId => event.activity_id.into(),
                        Field::TypeUid => event.type_uid(),
                        Field::StatusId => 1 + i64::from(event.failed),
                        _ => hash.cast_signed(),
                    };
                    self.column_mut(field).push_number(number);
                    continue;
                }
            };
            self.column_mut(field).push_text(text);
        }
        self.rows += 1;
        self.bytes += raw.len() + 512;
    }

    /// Adds a row of another table that has all columns.
    pub(crate) fn push_from(&mut self, other: &Self, row: usize) {
        for (column, from) in self.columns.iter_mut().zip(&other.columns) {
            column.push_from(from, row);
        }
        self.rows += 1;
        self.bytes += other.text(Field::Raw, row).map_or(0, str::len) + 512;
    }

    /// Some rows of it; what nobody asked for stays empty.
    pub(crate) fn only(&self, rows: &[usize]) -> Self {
        let mut some = Self::default();
        for (column, from) in some.columns.iter_mut().zip(&self.columns).filter(|(_, from)| !from.is_empty()) {
            for row in rows {
                column.push_from(from, *row);
            }
        }
        some.rows = rows.len();
        some
    }
}

/// The order of the store: time, id, then what tells two records with one id apart.
pub(crate) fn compare(one: &Table, row: usize, other: &Table, other_row: usize) -> Ordering {
    let number = |field| one.number(field, row).cmp(&other.number(field, other_row));
    let ids = || one.text(Field::MetadataUid, row).cmp(&other.text(Field::MetadataUid, other_row));
    number(Field::Time).then_with(ids).then_with(|| number(Field::RawHash))
}

/// One a line. A name that has a line break in it loses that.
fn joined(resources: &[Cow<'_, str>]) -> Option<String> {
    const BREAKS: [char; 2] = ['\n', '\r'];
    (!resources.is_empty()).then(|| {
        let mut lines = String::with_capacity(resources.iter().map(|one| one.len() + 1).sum());
        for one in resources {
            if !lines.is_empty() {
                lines.push('\n');
            }
            if one.contains(BREAKS) { lines.push_str(&one.replace(BREAKS, " ")) } else { lines.push_str(one) }
        }
        lines
    })
}
