//! The office's sheets: what there is to fill in, what a file would do, the writing of it, and who brought in what.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto};
use super::wire::{PageDto, Query, read_body_within};
use crate::dispatch::sheets::file::{self, Headed, NoSheet, letters};
use crate::dispatch::sheets::{Report, Sheets};
use crate::people::import::{Column, FILE_MAX_BYTES, RowError, Sheet};
use crate::store::RegisterEvent;

/// A district's elders over an office's line: 64 MiB in this time are 2 Mbit/s.
const FILE_WITHIN: Duration = Duration::from_secs(300);
/// Files that are looked at at once; more wait. Each is held in memory some times over.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// The subject of an import in the register's log.
const SUBJECT: &str = "import";
/// Errors and warnings that an answer holds; the rest is counted.
const TOLD_MAX: usize = 2_000;

/// A column of a sheet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SheetColumnDto {
    pub name: String,
    pub zh: String,
    /// The header must have it, and each row a value.
    pub required: bool,
    /// Its values are sealed, and in no message.
    pub sealed: bool,
}

/// A sheet that can be brought in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SheetDto {
    /// `areas`, `responders`, `elders`, `contacts`, `chains`, `devices`, `stations`, `duty`.
    pub sheet: String,
    pub zh: String,
    /// In the order of the template.
    pub columns: Vec<SheetColumnDto>,
}

/// The sheets.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SheetsDto {
    /// In the order in which one refers only to what came before.
    pub items: Vec<SheetDto>,
}

/// What file it is, and how to read it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Which sheet; found out by the header when left out.
    sheet: Option<String>,
    /// Which sheet of a workbook; the first when left out.
    tab: Option<String>,
    /// JSON: what stands in the header, and the column as which it is read; `null`: it is not read. What is left out stands for
    /// itself.
    names: Option<String>,
    /// Writes: the `digest` of the look that was agreed to.
    write: Option<String>,
}

/// A column of the file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FileColumnDto {
    /// As a spreadsheet names it: `A`.
    pub letters: String,
    pub header: String,
    /// The column of the sheet as which it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// Something about one cell.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowErrorDto {
    /// From 1, blank lines counted; 0: the file as a whole.
    pub line: u64,
    /// As a spreadsheet names it: `C12`; none for a whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The column of the sheet; empty: the row as a whole.
    pub column: String,
    /// What stands there, cut; never of a sealed column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// One sentence.
    pub message: String,
}

/// What a file would do, or has done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportDto {
    /// None: the header is that of no sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// How the file was written: `utf-8`, `gbk`, `utf-16`, `xlsx`.
    pub written_as: String,
    /// The sheets of a workbook.
    pub tabs: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
    pub columns: Vec<FileColumnDto>,
    /// Sound rows.
    pub rows: usize,
    pub new: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// At most 2,000, by line.
    pub errors: Vec<RowErrorDto>,
    /// All of them.
    pub error_count: usize,
    /// At most 2,000.
    pub warnings: Vec<RowErrorDto>,
    pub warning_count: usize,
    /// Devices of the file that have no key yet.
    pub without_key: usize,
    /// Of what was looked at; the writing names it.
    pub digest: String,
    /// Rows that were written; none: it was a look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<usize>,
}

fn column_dto(it: &Column) -> SheetColumnDto {
    SheetColumnDto {
        name: it.name.to_owned(),
        zh: it.zh.to_owned(),
        required: it.required,
        sealed: it.sensitive,
    }
}

/// What can be brought in.
#[utoipa::path(get, path = "/api/v1/sheets", tag = "people", responses((status = 200, body = SheetsDto)))]
pub async fn sheets() -> Result<HttpResponse, Problem> {
    let items = Sheet::IMPORT_ORDER.into_iter().map(|it| SheetDto {
        sheet: it.to_string(),
        zh: it.zh().to_owned(),
        columns: it.columns().iter().map(column_dto).collect(),
    });
    Ok(HttpResponse::Ok().json(SheetsDto { items: items.collect() }))
}

/// Looks at a file (CSV in UTF-8, GBK or UTF-16, or a workbook) as the body, at most 64 MiB: what is wrong with it, cell by cell,
/// and what it would do. Nothing is written but with `write`, and then only if nothing is wrong and it is the file that was
/// looked at: 409 `other_file`. A row about an area that is not the caller's is an error.
#[utoipa::path(post, path = "/api/v1/imports", tag = "people", params(How),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ImportDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(
    api: web::Data<Api>,
    who: SignedIn,
    asked: Query<How>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let how = asked.0.read()?;
    let body = read_body_within(&mut payload.into_inner(), FILE_MAX_BYTES, FILE_WITHIN).await?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.import(&who, how, body.to_vec()).await })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Who has brought in what, the last first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "people", params(Part), responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(api: web::Data<Api>, who: SignedIn, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move { it.register_log(&subject(&who), asked.0.limit, asked.0.cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Of one set of areas: another street's imports are not shown.
fn subject(who: &SignedIn) -> String {
    let areas: Vec<String> = who.scope.iter().map(|it| it.to_string()).collect();
    format!("{SUBJECT}:{}", areas.join(","))
}

/// How a file is read.
struct Reading {
    sheet: Option<Sheet>,
    tab: Option<String>,
    names: BTreeMap<String, Option<String>>,
    write: Option<String>,
}

impl How {
    fn read(self) -> Result<Reading, Problem> {
        let mut wrong = Vec::new();
        let sheet = self
            .sheet
            .map(|it| it.parse::<Sheet>())
            .transpose()
            .unwrap_or_else(|error| {
                wrong.push(FieldError::new("sheet", "invalid_value", error.to_string()));
                None
            });
        let names = self
            .names
            .map(|it| serde_json::from_str(&it))
            .transpose()
            .unwrap_or_else(|_| {
                let message = "JSON: what stands in the header, and the column as which it is read";
                wrong.push(FieldError::new("names", "invalid_value", message));
                None
            });
        if !wrong.is_empty() {
            return Err(Problem::fields("invalid_value", wrong));
        }
        Ok(Reading {
            sheet,
            tab: self.tab,
            names: names.unwrap_or_default(),
            write: self.write,
        })
    }
}

fn no_sheet(why: &NoSheet) -> Problem {
    let code = match why {
        NoSheet::TooLarge => "file_too_large",
        NoSheet::Empty => "file_empty",
        NoSheet::OldWorkbook => "file_xls",
        NoSheet::BadWorkbook(_) => "file_unreadable",
        NoSheet::UnpacksTooLarge => "workbook_too_large",
        NoSheet::NoTab(_) => "no_such_tab",
        NoSheet::NotText => "file_not_text",
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, why.to_string())
}

fn digest(sheet: Option<Sheet>, csv: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(sheet.map_or("", |it| it.as_str()));
    hash.update([0]);
    hash.update(csv);
    let hash = hash.finalize();
    hash.iter().take(16).map(|it| format!("{it:02x}")).collect()
}

fn file_column(it: &Headed) -> FileColumnDto {
    FileColumnDto {
        letters: it.letters.clone(),
        header: it.header.clone(),
        column: it.column.map(str::to_owned),
    }
}

/// Each error with its cell: `C12`.
fn errors(found: &[RowError], columns: &[Headed]) -> Vec<RowErrorDto> {
    let cell = |it: &RowError| {
        let at = columns.iter().position(|one| one.column == Some(it.column.as_str()));
        at.filter(|_| it.line > 0)
            .map(|at| format!("{}{}", letters(at), it.line))
    };
    let told = found.iter().take(TOLD_MAX).map(|it| RowErrorDto {
        line: it.line,
        cell: cell(it),
        column: it.column.clone(),
        value: it.value.clone(),
        message: it.message.clone(),
    });
    told.collect()
}

impl Api {
    async fn import(&self, who: &SignedIn, how: Reading, body: Vec<u8>) -> Result<ImportDto, Problem> {
        // Never closed.
        let _turn = AT_ONCE.acquire().await.map_err(|_| Problem::internal())?;
        let Reading {
            sheet,
            tab,
            names,
            write,
        } = how;
        let (read, file, sheet) = self
            .compute(move || {
                let read = file::read(&body, tab.as_deref())?;
                let csv = file::renamed(read.csv.clone(), &names);
                let sheet = sheet.or_else(|| Sheet::recognise(&csv));
                Ok::<_, NoSheet>((read, csv, sheet))
            })
            .await?
            .map_err(|why| no_sheet(&why))?;
        let headers = file::header(&read.csv, None);
        let columns: Vec<Headed> = file::header(&file, sheet)
            .into_iter()
            .zip(headers)
            .map(|(as_read, in_file)| Headed {
                header: in_file.header,
                ..as_read
            })
            .collect();
        let digest = digest(sheet, &file);
        let mut dto = ImportDto {
            sheet: sheet.map(|it| it.to_string()),
            written_as: read.written.as_str().to_owned(),
            tabs: read.tabs,
            tab: read.tab,
            columns: columns.iter().map(file_column).collect(),
            rows: 0,
            new: 0,
            updated: 0,
            unchanged: 0,
            errors: Vec::new(),
            error_count: 0,
            warnings: Vec::new(),
            warning_count: 0,
            without_key: 0,
            digest,
            written: None,
        };
        if write.as_ref().is_some_and(|it| *it != dto.digest) {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "other_file",
                "this is not the file, or not the columns, that was looked at: look again",
            ));
        }
        let Some(sheet) = sheet else { return Ok(dto) };
        let prepared = self.sheets(who).await?.look(sheet, file, self.app.clock.now()).await?;
        dto.fill(&prepared.report, &columns);
        if write.is_some() && prepared.is_clean() {
            let done = self.sheets(who).await?.write(prepared, || self.app.clock.now()).await;
            let done = done.map_err(|stopped| {
                tracing::error!(done = stopped.done, all = stopped.all, error = %stopped.source, "an import was stopped");
                Problem::from(stopped.source)
            })?;
            self.app.refresh_picture(false).await?;
            self.app
                .store
                .record(RegisterEvent {
                    id: self.app.ids.make(),
                    subject: subject(who),
                    at: self.app.clock.now(),
                    by: who.user,
                    what: sheet.to_string(),
                    before: None,
                    after: Some(serde_json::json!({
                        "rows": done, "new": dto.new, "updated": dto.updated, "digest": dto.digest,
                    })),
                })
                .await?;
            dto.written = Some(done);
        }
        Ok(dto)
    }

    async fn sheets(&self, who: &SignedIn) -> Result<Sheets, Problem> {
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let offset = Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
        Ok(Sheets {
            store: self.app.store.clone(),
            book: self.app.store.area_book(today).await?,
            zone: TimeZone::fixed(offset),
            roads: self.app.ground.load().roads().and_then(|it| it.bounds()),
            scope: Some(who.scope.clone()),
        })
    }
}

impl ImportDto {
    fn fill(&mut self, report: &Report, columns: &[Headed]) {
        self.rows = report.rows;
        self.new = report.new;
        self.updated = report.updated;
        self.unchanged = report.unchanged;
        self.errors = errors(&report.errors, columns);
        self.error_count = report.errors.len() + report.errors_left_out;
        self.warnings = errors(&report.warnings, columns);
        self.warning_count = report.warnings.len();
        self.without_key = report.without_key.len();
    }
}
