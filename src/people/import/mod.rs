//! Sheets: what a street office fills in a spreadsheet becomes checked people, areas, devices, stations and shifts.
//!
//! Pure: bytes come in, rows and errors come out; nothing is written. Every bad cell is reported, not only the first.
//! One file holds one kind of row; [`Sheet::recognise`] tells which by its header. `docs/import.md` is the page for the
//! office. Start at [`elders`]; the others are alike.
//!
//! Holds always:
//! - a row with an error is not among the rows; a caller who wants all or nothing looks at [`Parsed::is_clean`];
//! - the value of a sensitive cell is in no error;
//! - ids follow from the street's own codes, so that the same sheet read twice is the same people;
//! - a point without its reference system is an error: 500 metres are nine minutes on foot.
//!
//! The one room of the pure three that uses the `csv` crate, for the quoting rules; it is given bytes and does no I/O.

mod cells;
mod devices;
mod elders;
mod far;
mod places;
mod responders;
mod uncalled;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::area::AreaCode;
use super::words::words;
use crate::circle::Point;
use crate::ids::{ContactId, ElderId, HouseholdId, ResponderId};

pub use devices::devices;
pub use elders::{ContactRow, ElderRow, contacts, elders};
pub use places::{StationRow, areas, stations};
pub use responders::{ResponderRow, chains, duty, responders};

/// The largest file, bytes: 200,000 elders at 300 bytes a row.
pub const FILE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// The most rows of one file: a district's elders and some.
pub const ROWS_MAX: usize = 250_000;
/// The longest cell, characters.
pub const CELL_MAX_CHARS: usize = 2_000;
/// The most columns of a header.
pub const COLUMNS_MAX: usize = 64;
/// The most entries of a cell that holds a list.
pub const LIST_MAX: usize = 32;
/// The most errors that are kept; what comes after is counted.
pub const ERRORS_MAX: usize = 5_000;

/// Heads a column that is not to be read.
pub const NOT_READ: &str = "-";

words! {
    /// The kinds of sheet.
    Sheet ("sheet") {
        /// Districts, streets, communities, grids.
        Areas = "areas", "区划";
        /// Elders and their households.
        Elders = "elders", "老人";
        /// Their contacts.
        Contacts = "contacts", "联系人";
        /// Responders.
        Responders = "responders", "响应人";
        /// Who answers for which grid or household.
        Chains = "chains", "三级包联";
        /// The rota.
        Duty = "duty", "值班";
        /// Devices.
        Devices = "devices", "设备";
        /// Stations.
        Stations = "stations", "服务站点";
    }
}

/// One column of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its stable name.
    pub name: &'static str,
    /// Its Chinese name; either may stand in the header.
    pub zh: &'static str,
    /// Whether the header must have it, and each row a value.
    pub required: bool,
    /// Whether its values are kept out of every message.
    pub sensitive: bool,
}

pub(super) const fn must(name: &'static str, zh: &'static str) -> Column {
    Column {
        name,
        zh,
        required: true,
        sensitive: false,
    }
}
pub(super) const fn may(name: &'static str, zh: &'static str) -> Column {
    Column {
        name,
        zh,
        required: false,
        sensitive: false,
    }
}
pub(super) const fn secret(name: &'static str, zh: &'static str) -> Column {
    Column {
        name,
        zh,
        required: false,
        sensitive: true,
    }
}

impl Sheet {
    /// The order in which sheets refer only to what came before.
    pub const IMPORT_ORDER: [Self; 8] = [
        Self::Areas,
        Self::Responders,
        Self::Elders,
        Self::Contacts,
        Self::Chains,
        Self::Devices,
        Self::Stations,
        Self::Duty,
    ];

    /// The columns in the order of the template.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Areas => places::AREAS,
            Self::Elders => elders::ELDERS,
            Self::Contacts => elders::CONTACTS,
            Self::Responders => responders::RESPONDERS,
            Self::Chains => responders::CHAINS,
            Self::Duty => responders::DUTY,
            Self::Devices => devices::DEVICES,
            Self::Stations => places::STATIONS,
        }
    }

    /// Which sheet a file is, by its header: the one whose required columns are all there and that leaves the fewest
    /// columns unknown. `None` when there is none, or when the file cannot be read at all.
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        let header = cells::header(bytes).ok()?;
        let is = |column: &Column, name: &String| *name == column.name || *name == column.zh;
        let has = |column: &Column| header.iter().any(|it| is(column, it));
        let known = |it: &Sheet| it.columns().iter().filter(|column| has(column)).count();
        let fits = |it: &Sheet| known(it) > 0 && it.columns().iter().all(|column| !column.required || has(column));
        let unknown = |it: &Sheet| header.len().saturating_sub(known(it));
        Self::ALL.iter().copied().filter(fits).min_by_key(unknown)
    }

    /// The columns of this sheet that a file's header names, by their stable names: what a file leaves out, it says
    /// nothing about. Empty when the header cannot be read.
    pub fn columns_in(self, bytes: &[u8]) -> BTreeSet<&'static str> {
        let header = cells::header(bytes).unwrap_or_default();
        let named = |it: &&Column| header.iter().any(|name| *name == it.name || *name == it.zh);
        self.columns().iter().filter(named).map(|it| it.name).collect()
    }

    /// An empty sheet to fill in: the stable column names, in UTF-8 with the mark by which spreadsheets know it.
    pub fn template(self) -> String {
        let names: Vec<&str> = self.columns().iter().map(|it| it.name).collect();
        format!("\u{feff}{}\r\n", names.join(","))
    }
}

/// What reading needs to know besides the bytes.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The street's time zone, for the rota.
    pub zone: TimeZone,
    /// The instant of the import: duty states without a date hold from here.
    pub as_of: Timestamp,
    /// What is on file already.
    pub known: Known,
}

/// What a sheet may refer to. `None`: not checked, as when a sheet is looked at before there is a register.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Area codes in force.
    pub areas: Option<BTreeSet<AreaCode>>,
    /// Elders on file.
    pub elders: Option<BTreeSet<ElderId>>,
    /// Households on file.
    pub households: Option<BTreeSet<HouseholdId>>,
    /// Elders at high risk on file.
    pub high_risk: Option<BTreeSet<ElderId>>,
    /// Contacts on file who may be told and have a telephone, each with their elder.
    pub reached: Option<BTreeSet<(ElderId, ContactId)>>,
    /// Responders on file.
    pub responders: Option<BTreeSet<ResponderId>>,
    /// The south-western and north-eastern corners of the roads that are loaded.
    pub roads: Option<(Point, Point)>,
    /// Homes on file, with their grids: where a street is.
    pub homes: Vec<(AreaCode, Point)>,
}

/// One thing wrong, where it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowError {
    /// The line of the file on which the row begins, from 1, blank lines counted. 0: the file as a whole.
    pub line: u64,
    /// The column's stable name; empty: the row as a whole.
    pub column: String,
    /// What stood there, cut to 40 characters; never of a sensitive column.
    pub value: Option<String>,
    /// One sentence without a full stop.
    pub message: String,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    /// Sound rows with their line.
    pub rows: Vec<(u64, T)>,
    /// Everything wrong, at most [`ERRORS_MAX`], in the order of the file.
    pub errors: Vec<RowError>,
    /// How many errors more there were.
    pub errors_left_out: usize,
    /// What is not wrong, but missing: an elder without a position is in no circle. At most [`ERRORS_MAX`].
    pub warnings: Vec<RowError>,
}

impl<T> Parsed<T> {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }
}

#[cfg(test)]
mod tests;
