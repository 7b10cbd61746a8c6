//! What an office has at hand becomes CSV in UTF-8: a workbook of Excel or WPS, a CSV in GBK, a header in the office's own words.
//! Lines stay lines, so that a complaint about line 12 is about row 12 of the spreadsheet.
//!
//! Pure: bytes in, bytes out. Start at [`read`], then [`renamed`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _};

use calamine::{CellErrorType, Data, DataType as _, Reader as _, SheetVisible, Xlsx};

use crate::people::import::{COLUMNS_MAX, FILE_MAX_BYTES, NOT_READ, ROWS_MAX, Sheet};

/// What a workbook may unpack to, bytes: a small file that unpacks to gigabytes would stop the service.
const UNPACKED_MAX_BYTES: u64 = 512 * 1024 * 1024;

/// How a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// CSV in UTF-8.
    Utf8,
    /// CSV in GBK or GB 18030, as Excel saves it in Chinese.
    Gbk,
    /// CSV in UTF-16, as Excel saves "Unicode text".
    Utf16,
    /// A workbook.
    Workbook,
}

impl Written {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "gbk",
            Self::Utf16 => "utf-16",
            Self::Workbook => "xlsx",
        }
    }
}

/// A file as CSV in UTF-8.
#[derive(Debug, Clone)]
pub struct Read {
    /// The CSV.
    pub csv: Vec<u8>,
    /// How the file was written.
    pub written: Written,
    /// The sheets of a workbook, in its order, those that are hidden left out.
    pub tabs: Vec<String>,
    /// Which of them it is.
    pub tab: Option<String>,
}

/// A file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSheet {
    /// It is larger than a file may be.
    #[error("the file is larger than {} MiB: split it", FILE_MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// The old format of Excel.
    #[error("this is a workbook of the old kind (.xls): save it as .xlsx or as CSV")]
    OldWorkbook,
    /// No workbook that opens.
    #[error("the workbook cannot be opened: {0}")]
    BadWorkbook(String),
    /// It unpacks to more than it may.
    #[error("the workbook holds too much: split it")]
    UnpacksTooLarge,
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet `{0}`")]
    NoTab(String),
    /// Neither UTF-8 nor GBK nor UTF-16.
    #[error("the file is neither UTF-8 nor GBK: save it as `CSV UTF-8`")]
    NotText,
}

/// Reads a file; `tab` names a sheet of a workbook, the first one when left out.
///
/// # Errors
/// Why it cannot be read.
pub fn read(bytes: &[u8], tab: Option<&str>) -> Result<Read, NoSheet> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(NoSheet::TooLarge);
    }
    if bytes.is_empty() {
        return Err(NoSheet::Empty);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook(bytes, tab);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(NoSheet::OldWorkbook);
    }
    let plain = |csv: Vec<u8>, written| Read {
        csv,
        written,
        tabs: Vec::new(),
        tab: None,
    };
    let wide = [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE];
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes).filter(|it| wide.contains(&it.0)) {
        let rest = bytes.get(mark..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
        let text = text.ok_or(NoSheet::NotText)?.into_owned();
        // What Excel calls Unicode text has its cells between tabs.
        let text = if text.lines().next().is_some_and(|it| it.contains('\t')) {
            commas(&text)
        } else {
            text.into_bytes()
        };
        return Ok(plain(text, Written::Utf16));
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Ok(plain(bytes.to_vec(), Written::Utf8));
    }
    // GB 18030 holds GBK and GB 2312.
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    let text = text.ok_or(NoSheet::NotText)?.into_owned();
    Ok(plain(text.into_bytes(), Written::Gbk))
}

/// The cells of a file whose cells stand between tabs, with commas.
fn commas(text: &str) -> Vec<u8> {
    let mut csv = String::with_capacity(text.len() + text.len() / 8);
    for line in text.lines() {
        row(&mut csv, line.split('\t').map(|it| it.trim_matches('"').to_owned()));
    }
    csv.into_bytes()
}

/// Adds a line; one of blank cells is a blank line.
fn row(csv: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    if cells.iter().any(|it| !it.is_empty()) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                csv.push(',');
            }
            if cell.contains(['"', ',']) {
                csv.push('"');
                csv.push_str(&cell.replace('"', "\"\""));
                csv.push('"');
            } else {
                csv.push_str(cell);
            }
        }
    }
    csv.push('\n');
}

fn workbook(bytes: &[u8], tab: Option<&str>) -> Result<Read, NoSheet> {
    let bad = |error: &dyn std::fmt::Display| NoSheet::BadWorkbook(error.to_string());
    unpacks(bytes)?;
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|it: calamine::XlsxError| bad(&it))?;
    let shown = book
        .sheets_metadata()
        .iter()
        .filter(|it| it.visible == SheetVisible::Visible);
    let tabs: Vec<String> = shown.map(|it| it.name.clone()).collect();
    let tab = match tab {
        Some(it) if tabs.iter().any(|one| one == it) => it.to_owned(),
        Some(it) => return Err(NoSheet::NoTab(it.to_owned())),
        None => tabs.first().cloned().ok_or(NoSheet::Empty)?,
    };
    let range = book.worksheet_range(&tab).map_err(|it| bad(&it))?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    if range.height() > ROWS_MAX + 1 {
        return Err(NoSheet::UnpacksTooLarge);
    }
    let mut csv = String::new();
    for _ in 0..first_row {
        csv.push('\n');
    }
    let before = usize::try_from(first_column).unwrap_or(0).min(COLUMNS_MAX);
    for cells in range.rows() {
        let blank = std::iter::repeat_n(String::new(), before);
        row(&mut csv, blank.chain(cells.iter().take(COLUMNS_MAX * 4).map(cell)));
    }
    Ok(Read {
        csv: csv.into_bytes(),
        written: Written::Workbook,
        tabs,
        tab: Some(tab),
    })
}

/// Unpacks once into nothing: what the directory of an archive says of sizes may be a lie.
fn unpacks(bytes: &[u8]) -> Result<(), NoSheet> {
    let bad = |error: &dyn std::fmt::Display| NoSheet::BadWorkbook(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|it| bad(&it))?;
    let mut left = UNPACKED_MAX_BYTES;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|it| bad(&it))?;
        let count = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|it| bad(&it))?;
        left = left.checked_sub(count).ok_or(NoSheet::UnpacksTooLarge)?;
    }
    Ok(())
}

/// A cell as somebody would have typed it into a CSV file.
fn cell(it: &Data) -> String {
    match it {
        Data::Empty => String::new(),
        Data::String(text) => text.replace(['\r', '\n'], " ").trim().to_owned(),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => float(*number),
        Data::DateTime(_) | Data::DateTimeIso(_) => moment(it),
        Data::DurationIso(text) => text.clone(),
        Data::Error(error) => fault(error).to_owned(),
    }
}

/// Whole numbers without a point. A number of more digits than a spreadsheet keeps is written as the spreadsheet shows it, and so
/// refused as one that was shortened.
fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() >= 1e15 {
        return format!("{number:E}").replacen('E', "E+", 1);
    }
    format!("{number}")
}

fn moment(it: &Data) -> String {
    let Data::DateTime(at) = it else {
        // `2026-01-31T08:30:00`: the day, and the time where there is one.
        let text = it.get_datetime_iso().unwrap_or_default();
        return text.split('T').next().unwrap_or_default().to_owned();
    };
    let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
    let mut text = String::new();
    // A time of day alone stands on day 0.
    let written = if at.as_f64() < 1.0 {
        write!(text, "{hour:02}:{minute:02}")
    } else {
        write!(text, "{year:04}-{month:02}-{day:02}")
    };
    written.map(|()| text).unwrap_or_default()
}

const fn fault(it: &CellErrorType) -> &'static str {
    match it {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#DATA!",
    }
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headed {
    /// As the spreadsheet names it: `A`, `B`, … `AA`.
    pub letters: String,
    /// What stands in the header.
    pub header: String,
    /// The column of the sheet that it is read as.
    pub column: Option<&'static str>,
}

/// What stands in the header of a file, and as what it is read. Empty when the file holds nothing.
pub fn header(csv: &[u8], sheet: Option<Sheet>) -> Vec<Headed> {
    let Some((cells, ..)) = first_record(csv) else {
        return Vec::new();
    };
    let known = |name: &str| {
        let columns = sheet.map(Sheet::columns).unwrap_or_default();
        columns
            .iter()
            .find(|it| it.name == name || it.zh == name)
            .map(|it| it.name)
    };
    let headed = cells.into_iter().enumerate();
    headed
        .map(|(at, header)| Headed {
            letters: letters(at),
            column: known(&header),
            header,
        })
        .collect()
}

/// The header's cells, where it begins and ends, and over how many lines it goes.
fn first_record(csv: &[u8]) -> Option<(Vec<String>, usize, usize, usize)> {
    let mark = if csv.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
    let text = csv.get(mark..)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text);
    let mut record = csv::StringRecord::new();
    // Empty rows above the header may be saved as commas.
    while reader.read_record(&mut record).ok()? {
        if record.iter().all(str::is_empty) {
            continue;
        }
        let start = usize::try_from(record.position()?.byte()).ok()?;
        let mut end = usize::try_from(reader.position().byte()).ok()?;
        // The `csv` crate stops between the two halves of a `\r\n`.
        if text.get(..end)?.ends_with(b"\r") && text.get(end) == Some(&b'\n') {
            end += 1;
        }
        let bytes = text.get(start..end)?;
        let blank = bytes.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
        let lines = bytes.iter().skip(blank).filter(|it| **it == b'\n').count();
        let cells = record.iter().map(str::to_owned).collect();
        return Some((cells, mark + start + blank, mark + end, lines));
    }
    None
}

/// The file with its header in the sheet's own words: `names` says by what stands there what it is read as; nothing: it is not read.
/// What `names` does not know stays.
pub fn renamed(csv: Vec<u8>, names: &BTreeMap<String, Option<String>>) -> Vec<u8> {
    if names.is_empty() {
        return csv;
    }
    let Some((cells, start, end, lines)) = first_record(&csv) else {
        return csv;
    };
    let named = cells.into_iter().map(|it| match names.get(&it) {
        Some(Some(column)) => column.clone(),
        Some(None) => NOT_READ.to_owned(),
        None => it.replace(['\r', '\n'], " "),
    });
    let mut head = String::new();
    row(&mut head, named);
    // A header over several lines leaves blank ones, so that the lines below keep their numbers.
    for _ in 1..lines {
        head.push('\n');
    }
    let (before, after) = (csv.get(..start).unwrap_or_default(), csv.get(end..).unwrap_or_default());
    [before, head.as_bytes(), after].concat()
}

/// The name of a column in a spreadsheet: `A` is 0.
pub fn letters(at: usize) -> String {
    let mut name = Vec::new();
    let mut rest = at + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        name.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    name.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        let names: Vec<String> = [0, 1, 25, 26, 51, 52, 701, 702].into_iter().map(letters).collect();
        assert_eq!(names, ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn gbk_utf_16_and_a_mark_are_read_as_what_they_say() {
        let text = "老人编号,姓名\nE1,张桂芳\n";
        let gbk = encoding_rs::GBK.encode(text).0.into_owned();
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (bytes, written) in [
            (text.as_bytes().to_vec(), Written::Utf8),
            (gbk, Written::Gbk),
            (utf16, Written::Utf16),
        ] {
            let read = read(&bytes, None).unwrap();
            assert_eq!(
                (read.written, String::from_utf8(read.csv).unwrap().as_str()),
                (written, text)
            );
        }
        assert_eq!(read(&[0xff, 0xff, 0x80], None).unwrap_err(), NoSheet::NotText);
        assert_eq!(read(b"", None).unwrap_err(), NoSheet::Empty);
        assert_eq!(
            read(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1], None).unwrap_err(),
            NoSheet::OldWorkbook
        );
        assert!(matches!(
            read(b"PK\x03\x04rubbish", None).unwrap_err(),
            NoSheet::BadWorkbook(_)
        ));
    }

    #[test]
    fn a_renamed_header_moves_no_line_and_leaves_out_what_is_not_wanted() {
        let csv = "\u{feff}\n,,\n\"户主\n姓名\",备注,编号\n张,x,1\n";
        let names = BTreeMap::from([
            ("户主\n姓名".to_owned(), Some("name".to_owned())),
            ("备注".to_owned(), None),
        ]);
        let read = renamed(csv.as_bytes().to_vec(), &names);
        assert_eq!(
            String::from_utf8(read).unwrap(),
            "\u{feff}\n,,\nname,-,编号\n\n张,x,1\n"
        );
        let windows = "户主,备注\r\n张,x\r\n".as_bytes().to_vec();
        let names = BTreeMap::from([("户主".to_owned(), Some("name".to_owned()))]);
        assert_eq!(
            String::from_utf8(renamed(windows, &names)).unwrap(),
            "name,备注\n张,x\r\n"
        );
        let found = header(csv.as_bytes(), Some(Sheet::Elders));
        assert_eq!(found[1].letters, "B");
        assert_eq!(
            header("姓名,编号\n".as_bytes(), Some(Sheet::Elders))[0].column,
            Some("name")
        );
    }

    #[test]
    fn numbers_and_days_of_a_workbook_read_as_typed() {
        assert_eq!(cell(&Data::Float(39.3805)), "39.3805");
        assert_eq!(cell(&Data::Float(12_011_400.0)), "12011400");
        assert_eq!(cell(&Data::Float(120_114_194_001_011_230.0)), "1.2011419400101123E+17");
        assert_eq!(cell(&Data::Bool(true)), "是");
        assert_eq!(cell(&Data::String(" 张\n桂芳 ".to_owned())), "张 桂芳");
        let at = |value| {
            Data::DateTime(calamine::ExcelDateTime::new(
                value,
                calamine::ExcelDateTimeType::DateTime,
                false,
            ))
        };
        assert_eq!(
            (cell(&at(46053.0)), cell(&at(0.354_166_67))),
            ("2026-01-31".to_owned(), "08:30".to_owned())
        );
    }

    /// A workbook of two sheets, the second hidden; the first has its header on line 2 and a blank line.
    fn workbook_file() -> Vec<u8> {
        let rels = |body: &str| {
            format!(
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>"#
            )
        };
        let of = |kind: &str, id: &str, to: &str| {
            format!(
                r#"<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{to}"/>"#
            )
        };
        let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
        let text = |at: &str, it: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{it}</t></is></c>"#);
        let sheet = |rows: &str| format!("<worksheet {main}><sheetData>{rows}</sheetData></worksheet>");
        let rows = format!(
            r#"<row r="2">{}{}</row><row r="4">{}<c r="C4"><v>7</v></c></row>"#,
            text("B2", "老人编号"),
            text("C2", "呼叫顺序"),
            text("B4", "E1, 甲")
        );
        let kinds = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
        let parts = [
            ("[Content_Types].xml", kinds.to_owned()),
            ("_rels/.rels", rels(&of("officeDocument", "r1", "xl/workbook.xml"))),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook {main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="老人" sheetId="1" r:id="r1"/><sheet name="旧" sheetId="2" state="hidden" r:id="r2"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                rels(
                    &(of("worksheet", "r1", "worksheets/sheet1.xml") + &of("worksheet", "r2", "worksheets/sheet2.xml")),
                ),
            ),
            ("xl/worksheets/sheet1.xml", sheet(&rows)),
            ("xl/worksheets/sheet2.xml", sheet("")),
        ];
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, body) in parts {
            archive
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            std::io::Write::write_all(&mut archive, body.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_keeps_its_lines_and_columns_and_its_hidden_sheets_are_left_out() {
        let read = super::read(&workbook_file(), None).unwrap();
        assert_eq!(
            (read.written, read.tab.as_deref(), read.tabs.len()),
            (Written::Workbook, Some("老人"), 1)
        );
        assert_eq!(
            String::from_utf8(read.csv).unwrap(),
            "\n,老人编号,呼叫顺序\n\n,\"E1, 甲\",7\n"
        );
        let hidden = super::read(&workbook_file(), Some("旧")).unwrap_err();
        assert_eq!(hidden, NoSheet::NoTab("旧".to_owned()));
    }
}
