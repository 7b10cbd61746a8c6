//! From bytes to cells, and from cells to values: every complaint says line, column and what was expected.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::{Date, Time};

use super::{
    CELL_MAX_CHARS, COLUMNS_MAX, Column, ERRORS_MAX, FILE_MAX_BYTES, LIST_MAX, NOT_READ, Parsed, ROWS_MAX, RowError,
    Setting, Sheet,
};
use crate::circle::{Crs, Mode, Point};
use crate::people::UnknownWord;
use crate::people::area::AreaCode;
use crate::people::flaw::Flaws;
use crate::people::secret::{Phone, Private};

/// The text of a file, or why there is none: (line, message).
fn text(bytes: &[u8]) -> Result<&str, (u64, String)> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err((
            0,
            format!("the file is larger than {} MiB: split it", FILE_MAX_BYTES / 1024 / 1024),
        ));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((0, "the file is UTF-16: save it as `CSV UTF-8`".into()));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err((
            0,
            "this is a workbook, not a CSV file: save the sheet as `CSV UTF-8`".into(),
        ));
    }
    let bare = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    match std::str::from_utf8(bare) {
        Ok(text) if text.contains('\0') => Err((0, "the file holds zero bytes: it is not a CSV file".into())),
        Ok(text) => Ok(text),
        Err(at) => {
            let before = bare.get(..at.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|it| **it == b'\n').count() as u64;
            Err((
                line,
                "the file is not UTF-8, probably GBK: save it as `CSV UTF-8`".into(),
            ))
        }
    }
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

/// Whether the last cell of the file opens a quotation mark that nothing closes. The `csv` crate takes the end of the file for its
/// end; a line that is written after it and comes back as anything but a row of its own was swallowed.
fn quote_left_open(text: &str) -> bool {
    const AFTER: &[u8] = b"\n\x1f\n";
    let whole = std::io::Read::chain(text.as_bytes(), AFTER);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(whole);
    let mut record = csv::ByteRecord::new();
    let mut last = false;
    while let Ok(true) = reader.read_byte_record(&mut record) {
        last = record.len() == 1 && record.get(0) == Some(b"\x1f");
    }
    !last
}

/// The cells of the first line, blanks around them cut.
pub(super) fn header(bytes: &[u8]) -> Result<Vec<String>, (u64, String)> {
    let text = text(bytes)?;
    let mut reader = reader(text);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(record.iter().map(str::to_owned).collect()),
        Ok(false) => Err((0, "the file is empty".into())),
        Err(_) => Err((1, "the header cannot be read".into())),
    }
}

/// Counts lines as an editor does. The `csv` crate says where it began to look for a record, which is before blank
/// lines and before the second half of a `\r\n`.
struct LineCounter<'a> {
    rest: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of the first thing written at or after byte `start`; asked in rising order.
    fn line_of(&mut self, start: usize) -> u64 {
        while let Some((first, rest)) = self.rest.split_first() {
            if self.at >= start && !matches!(first, b'\r' | b'\n') {
                break;
            }
            let ends = *first == b'\n' || (*first == b'\r' && rest.first() != Some(&b'\n'));
            self.line += u64::from(ends);
            self.rest = rest;
            self.at += 1;
        }
        self.line
    }
}

/// Complaints, bounded.
#[derive(Default)]
struct Complaints {
    kept: Vec<RowError>,
    left_out: usize,
}

impl Complaints {
    fn push(&mut self, error: RowError) {
        if self.kept.len() < ERRORS_MAX {
            self.kept.push(error);
        } else {
            self.left_out += 1;
        }
    }
    fn count(&self) -> usize {
        self.kept.len() + self.left_out
    }
}

/// One row while it is read. Each method complains about its own cell and answers `None`, so that a reader asks for
/// every cell before it gives up.
pub(super) struct Cells<'a> {
    pub setting: &'a Setting,
    sheet: Sheet,
    record: &'a csv::StringRecord,
    places: &'a HashMap<&'static str, usize>,
    line: u64,
    complaints: &'a mut Complaints,
    warnings: &'a mut Vec<RowError>,
    /// Columns of this row that were complained about: a check afterwards does not repeat it.
    bad: BTreeSet<&'static str>,
}

impl Cells<'_> {
    fn column(&self, name: &'static str) -> Option<&'static Column> {
        self.sheet.columns().iter().find(|it| it.name == name)
    }

    /// What stands in a cell; `None` when blank or when the file has no such column.
    fn raw(&self, name: &'static str) -> Option<&str> {
        debug_assert!(self.column(name).is_some(), "{name} is not a column of {}", self.sheet);
        let at = *self.places.get(name)?;
        self.record.get(at).filter(|it| !it.is_empty())
    }

    fn error(&self, name: &'static str, message: String) -> RowError {
        let open = self.column(name).is_some_and(|it| !it.sensitive);
        let value = self.raw(name).filter(|_| open).map(|it| it.chars().take(40).collect());
        RowError {
            line: self.line,
            column: name.to_owned(),
            value,
            message,
        }
    }

    /// Complains about a cell.
    pub fn wrong(&mut self, name: &'static str, message: impl Into<String>) {
        let error = self.error(name, message.into());
        self.bad.insert(name);
        self.complaints.push(error);
    }

    /// Says that something would be better filled in.
    pub fn warn(&mut self, name: &'static str, message: &str) {
        if self.warnings.len() < ERRORS_MAX {
            self.warnings.push(self.error(name, message.to_owned()));
        }
    }

    /// Complaints of a type's own check, except about cells that were complained about before. `columns` says in which
    /// column a field of the type stands when the names differ.
    pub fn adopt(&mut self, checked: Result<(), Flaws>, columns: &[(&'static str, &'static str)]) {
        for flaw in checked.err().map(|it| it.0).unwrap_or_default() {
            let column = columns
                .iter()
                .find(|it| it.0 == flaw.field)
                .map_or(flaw.field, |it| it.1);
            if !self.bad.contains(column) {
                self.wrong(column, flaw.why);
            }
        }
    }

    /// A text; `None` when blank.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.raw(name)?.to_owned();
        if text.chars().count() > CELL_MAX_CHARS {
            self.wrong(
                name,
                format!("the cell is longer than {CELL_MAX_CHARS} characters; is a quotation mark missing?"),
            );
            return None;
        }
        Some(text)
    }

    /// A text that must be there.
    pub fn needed(&mut self, name: &'static str) -> Option<String> {
        if self.raw(name).is_none() {
            self.wrong(name, "must not be empty");
            return None;
        }
        self.text(name)
    }

    pub fn private(&mut self, name: &'static str) -> Option<Private> {
        self.text(name).map(Private::new)
    }

    /// Reads a cell if it is filled: the outer `None` means that it is wrong, the inner that it is blank.
    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<Option<T>> {
        if self.raw(name).is_none() {
            return Some(None);
        }
        let text = self.text(name)?;
        match read(&text) {
            Ok(value) => Some(Some(value)),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }

    /// Reads a cell that must be filled.
    fn read_needed<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match self.read(name, read) {
            Some(None) => {
                self.wrong(name, "must not be empty");
                None
            }
            Some(value) => value,
            None => None,
        }
    }

    pub fn word<T>(&mut self, name: &'static str, from_sheet: fn(&str) -> Result<T, UnknownWord>) -> Option<T> {
        self.read_needed(name, |it| from_sheet(it).map_err(|e| e.to_string()))
    }

    /// A word that may be left out. The outer `None`: wrong. The inner: blank.
    pub fn parsed_word<T>(
        &mut self,
        name: &'static str,
        from_sheet: fn(&str) -> Result<T, UnknownWord>,
    ) -> Option<Option<T>> {
        self.read(name, |it| from_sheet(it).map_err(|e| e.to_string()))
    }

    pub fn word_or<T>(
        &mut self,
        name: &'static str,
        blank: T,
        from_sheet: fn(&str) -> Result<T, UnknownWord>,
    ) -> Option<T> {
        self.read(name, |it| from_sheet(it).map_err(|e| e.to_string()))
            .map(|it| it.unwrap_or(blank))
    }

    /// The entries of a cell that holds a list; each entry that is wrong is named.
    fn list<T>(&mut self, name: &'static str, read: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let Some(text) = self.text(name) else {
            return (!self.bad.contains(name)).then(Vec::new);
        };
        let entries: Vec<&str> = text
            .split([';', '；', '、', '|', ',', '，'])
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect();
        if entries.len() > LIST_MAX {
            self.wrong(name, format!("has more than {LIST_MAX} entries"));
            return None;
        }
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            match read(entry) {
                Ok(value) => values.push(value),
                Err(message) => self.wrong(name, message),
            }
        }
        (!self.bad.contains(name)).then_some(values)
    }

    pub fn words<T: Ord>(
        &mut self,
        name: &'static str,
        from_sheet: fn(&str) -> Result<T, UnknownWord>,
    ) -> Option<BTreeSet<T>> {
        let found = self.list(name, |it| from_sheet(it).map_err(|e| e.to_string()))?;
        Some(found.into_iter().collect())
    }

    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.list(name, |it| Ok(it.to_owned()))
    }

    pub fn phones(&mut self, name: &'static str) -> Option<Vec<Phone>> {
        self.list(name, |it| {
            shortened(it).and_then(|it| it.parse().map_err(|e: crate::people::BadPhone| e.to_string()))
        })
    }

    pub fn parsed<T: std::str::FromStr<Err: ToString>>(&mut self, name: &'static str) -> Option<Option<T>> {
        self.read(name, |it| shortened(it)?.parse().map_err(|e: T::Err| e.to_string()))
    }

    fn known_area(setting: &Setting, code: AreaCode) -> Result<AreaCode, String> {
        match &setting.known.areas {
            Some(areas) if !areas.contains(&code) => {
                Err(format!("the area {code} is not on file: import the areas first"))
            }
            Some(_) | None => Ok(code),
        }
    }

    /// An area code that is on file.
    pub fn area(&mut self, name: &'static str) -> Option<AreaCode> {
        let setting = self.setting;
        self.read_needed(name, |it| Self::known_area(setting, area_code(it)?))
    }

    /// An area code on file, or blank.
    pub fn area_if_any(&mut self, name: &'static str) -> Option<Option<AreaCode>> {
        let setting = self.setting;
        self.read(name, |it| Self::known_area(setting, area_code(it)?))
    }

    /// An area code that need not be on file.
    pub fn new_area(&mut self, name: &'static str) -> Option<AreaCode> {
        self.read_needed(name, area_code)
    }

    pub fn areas(&mut self, name: &'static str) -> Option<Vec<AreaCode>> {
        let setting = self.setting;
        self.list(name, |it| Self::known_area(setting, area_code(it)?))
    }

    pub fn number(&mut self, name: &'static str, blank: u8) -> Option<u8> {
        self.read(name, |it| {
            it.parse()
                .map_err(|_| "expected a whole number from 0 to 255".to_owned())
        })
        .map(|it| it.unwrap_or(blank))
    }

    pub fn count(&mut self, name: &'static str) -> Option<Option<u16>> {
        self.read(name, |it| {
            it.parse()
                .map_err(|_| "expected a whole number from 0 to 65535".to_owned())
        })
    }

    pub fn yes(&mut self, name: &'static str) -> Option<Option<bool>> {
        self.read(name, |it| match it.to_lowercase().as_str() {
            "yes" | "true" | "1" | "是" | "有" => Ok(true),
            "no" | "false" | "0" | "否" | "无" => Ok(false),
            _ => Err("expected yes or no (是, 否)".to_owned()),
        })
    }

    /// The outer `None`: wrong. The inner: blank.
    pub fn day(&mut self, name: &'static str) -> Option<Option<Date>> {
        self.read(name, day)
    }

    pub fn needed_day(&mut self, name: &'static str) -> Option<Date> {
        self.read_needed(name, day)
    }

    pub fn time(&mut self, name: &'static str) -> Option<Time> {
        self.read_needed(name, time)
    }

    pub fn crs(&mut self, name: &'static str) -> Option<Option<Crs>> {
        self.read(name, crs)
    }

    pub fn mode(&mut self, name: &'static str) -> Option<Mode> {
        self.read_needed(name, |it| match it.to_lowercase().as_str() {
            "walk" | "步行" => Ok(Mode::Walk),
            "ebike" | "电动车" => Ok(Mode::Ebike),
            "car" | "汽车" => Ok(Mode::Car),
            _ => Err(format!(
                "`{}` is not a known mode; known are walk, ebike, car",
                it.chars().take(40).collect::<String>()
            )),
        })
    }

    /// A point in three cells: all filled, or none. Turned to WGS-84. The outer `None`: wrong.
    pub fn point(&mut self, lat: &'static str, lon: &'static str, crs_column: &'static str) -> Option<Option<Point>> {
        let degrees = |limit: f64| {
            move |it: &str| match it.parse::<f64>() {
                Ok(value) if value.is_finite() && value.abs() <= limit => Ok(value),
                Ok(_) => Err(format!(
                    "must lie within {limit} degrees; are latitude and longitude swapped?"
                )),
                Err(_) => Err("expected decimal degrees such as 39.3805".to_owned()),
            }
        };
        let read = (
            self.read(lat, degrees(90.0)),
            self.read(lon, degrees(180.0)),
            self.crs(crs_column),
        );
        match (read.0?, read.1?, read.2?) {
            // A reference system written down the whole column, also where there is no point, does no harm.
            (None, None, _) => Some(None),
            (Some(north), Some(east), Some(crs)) => match crs.to_wgs84(north, east) {
                Ok(point) => Some(Some(point)),
                Err(_) => {
                    self.wrong(lat, "is no place on Earth in this reference system");
                    None
                }
            },
            (Some(_), Some(_), None) => {
                self.wrong(
                    crs_column,
                    "a position needs its reference system: wgs84, gcj02 (高德, 腾讯) or bd09 (百度)",
                );
                None
            }
            (Some(_), None, _) => {
                self.wrong(lon, "a position needs both latitude and longitude");
                None
            }
            (None, Some(_), _) => {
                self.wrong(lat, "a position needs both latitude and longitude");
                None
            }
        }
    }

    /// Whether the row is without a complaint so far.
    pub fn sound(&self) -> bool {
        self.bad.is_empty()
    }
}

/// A spreadsheet turns long numbers into `1.20114E+14`, and nothing can bring the digits back.
fn shortened(text: &str) -> Result<&str, String> {
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match text.split_once(['E', 'e']) {
        Some((head, tail)) if digits(head) && digits(tail.trim_start_matches('+')) => {
            Err("the spreadsheet shortened this number: format the column as text and write it again".to_owned())
        }
        _ => Ok(text),
    }
}

fn area_code(text: &str) -> Result<AreaCode, String> {
    shortened(text)?
        .parse()
        .map_err(|e: crate::people::BadAreaCode| e.to_string())
}

fn crs(text: &str) -> Result<Crs, String> {
    match text.to_lowercase().as_str() {
        "wgs84" | "wgs-84" | "cgcs2000" => Ok(Crs::Wgs84),
        "gcj02" | "gcj-02" => Ok(Crs::Gcj02),
        "bd09" | "bd-09" => Ok(Crs::Bd09),
        _ => Err(format!(
            "`{}` is not a known reference system; known are wgs84, gcj02, bd09",
            text.chars().take(40).collect::<String>()
        )),
    }
}

/// `2026-01-05`, or `2026/1/5` as spreadsheets write it.
fn day(text: &str) -> Result<Date, String> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let numbers = parts
        .iter()
        .all(|it| (1..=4).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_digit()));
    let date = match parts.as_slice() {
        [year, month, day] if numbers && year.len() == 4 => {
            let number = |it: &str| it.parse::<i16>().ok();
            let small = |it: &str| it.parse::<i8>().ok();
            number(year)
                .zip(small(month))
                .zip(small(day))
                .and_then(|((y, m), d)| Date::new(y, m, d).ok())
        }
        _ => None,
    };
    date.filter(|it| it.year() >= 1880)
        .ok_or_else(|| "expected a day such as 2026-01-31".to_owned())
}

/// `08:00` or `8:00`.
fn time(text: &str) -> Result<Time, String> {
    let read = |it: &str| (1..=2).contains(&it.len()).then(|| it.parse::<i8>().ok()).flatten();
    text.split_once(':')
        .and_then(|(hour, minute)| Some((read(hour)?, read(minute).filter(|_| minute.len() == 2)?)))
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .ok_or_else(|| "expected a time such as 08:30".to_owned())
}

/// Where each column of the sheet stands in the file; complaints about the header come along.
fn places(
    sheet: Sheet,
    header: &csv::StringRecord,
    line: u64,
    complaints: &mut Complaints,
) -> Option<HashMap<&'static str, usize>> {
    let mut complain = |column: &str, value: Option<&str>, message: String| {
        let value = value.map(|it| it.chars().take(40).collect());
        complaints.push(RowError {
            line,
            column: column.to_owned(),
            value,
            message,
        });
    };
    let named = |name: &str| sheet.columns().iter().find(|it| it.name == name || it.zh == name);
    if header.len() > COLUMNS_MAX {
        complain("", None, format!("the header has more than {COLUMNS_MAX} columns"));
        return None;
    }
    if header.len() == 1 && header.iter().all(|it| it.contains([';', '\t'])) {
        complain("", None, "cells must be separated by commas".to_owned());
        return None;
    }
    if header.iter().all(|it| named(it).is_none()) {
        // The first line may be somebody's data: nothing of it is repeated.
        let example = sheet.columns().first().map_or("", |it| it.name);
        let message =
            format!("the first line must be the header of the sheet `{sheet}`, with columns such as `{example}`");
        complain("", None, message);
        return None;
    }
    let mut places = HashMap::new();
    for (at, name) in header.iter().enumerate() {
        match named(name) {
            Some(column) if places.contains_key(column.name) => {
                complain(column.name, Some(name), "the column is there twice".to_owned());
            }
            Some(column) => {
                places.insert(column.name, at);
            }
            None if name.is_empty() => {} // spreadsheets save empty columns; a value below one is complained about
            None if name == NOT_READ => {}
            None => complain("", Some(name), format!("the sheet `{sheet}` has no such column")),
        }
    }
    let mut complete = true;
    for column in sheet
        .columns()
        .iter()
        .filter(|it| it.required && !places.contains_key(it.name))
    {
        complain(
            column.name,
            None,
            format!("the column `{}` ({}) is missing", column.name, column.zh),
        );
        complete = false;
    }
    complete.then_some(places)
}

/// Reads a whole file: `read` makes a row of its cells, `key` names what may be there only once, and in which column.
pub(super) fn sheet<T>(
    sheet: Sheet,
    bytes: &[u8],
    setting: &Setting,
    key: impl Fn(&T) -> (&'static str, String),
    mut read: impl FnMut(&mut Cells<'_>) -> Option<T>,
) -> Parsed<T> {
    let mut complaints = Complaints::default();
    let mut warnings = Vec::new();
    let mut rows: Vec<(u64, T)> = Vec::new();
    let whole = |line, message| RowError {
        line,
        column: String::new(),
        value: None,
        message,
    };
    match text(bytes) {
        Err((line, message)) => complaints.push(whole(line, message)),
        Ok(text) => {
            let mut lines: BTreeMap<String, u64> = BTreeMap::new();
            let mut reader = reader(text);
            let mut counter = LineCounter {
                rest: text.as_bytes(),
                at: 0,
                line: 1,
            };
            let mut record = csv::StringRecord::new();
            let mut columns: Option<(HashMap<&'static str, usize>, Vec<bool>)> = None;
            let mut count = 0_usize;
            let mut last_line = 1;
            loop {
                match reader.read_record(&mut record) {
                    Ok(true) => {}
                    Ok(false) => {
                        if quote_left_open(text) {
                            let message = "a quotation mark is opened here and never closed: the row may lack what stands after it";
                            complaints.push(whole(last_line, message.to_owned()));
                        }
                        break;
                    }
                    Err(error) => {
                        let line = error.position().map_or(0, csv::Position::line);
                        complaints.push(whole(line, "the file cannot be read from here on".to_owned()));
                        break;
                    }
                }
                let start = record
                    .position()
                    .and_then(|it| usize::try_from(it.byte()).ok())
                    .unwrap_or(0);
                let line = counter.line_of(start);
                last_line = line;
                if record.iter().all(str::is_empty) {
                    continue; // spreadsheets save empty rows as commas
                }
                let Some((places, headed)) = &columns else {
                    let Some(found) = places(sheet, &record, line, &mut complaints) else {
                        break;
                    };
                    columns = Some((found, record.iter().map(|it| !it.is_empty()).collect()));
                    continue;
                };
                count += 1;
                if count > ROWS_MAX {
                    complaints.push(whole(line, format!("the file has more than {ROWS_MAX} rows: split it")));
                    break;
                }
                let astray = |(at, cell): (usize, &str)| !cell.is_empty() && !headed.get(at).is_some_and(|it| *it);
                if record.iter().enumerate().any(astray) {
                    let message = "a cell stands under no column name; is a quotation mark missing?";
                    complaints.push(whole(line, message.to_owned()));
                    continue;
                }
                let bad = BTreeSet::new();
                let before = complaints.count();
                let mut cells = Cells {
                    setting,
                    sheet,
                    record: &record,
                    places,
                    line,
                    complaints: &mut complaints,
                    warnings: &mut warnings,
                    bad,
                };
                let row = read(&mut cells);
                let Some(row) = row.filter(|_| cells.sound()) else {
                    // A reader that gives up without a word would be a silent drop.
                    if complaints.count() == before {
                        complaints.push(whole(line, "the row cannot be read".to_owned()));
                    }
                    continue;
                };
                let (column, name) = key(&row);
                if let Some(first) = lines.get(&name) {
                    cells.wrong(column, format!("is on line {first} already"));
                    continue;
                }
                lines.insert(name, line);
                rows.push((line, row));
            }
            if columns.is_none() && complaints.count() == 0 {
                complaints.push(whole(0, "the file is empty".to_owned()));
            }
        }
    }
    Parsed {
        rows,
        errors: complaints.kept,
        errors_left_out: complaints.left_out,
        warnings,
    }
}
