//! The month of a street: how fast calls were answered and help was at the door, what was false, who carried the load; as figures, as a
//! workbook, and as the lines from which every figure can be counted again. What is counted, and how: `case::month`.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::history::{first_of, month_bounds};
use super::problem::{FieldError, Problem};
use super::wire::Query;
use crate::case::month::{Counted, Figures, Share, Sheet, Spread};
use crate::case::{Kind, Satisfaction};
use crate::ids::{CaseId, DeviceId, UserId};
use crate::people::{AreaCode, PrefixSet, Tier};
use crate::store::cases::CaseFilter;

/// Cases that are read at once, with their logs.
const PAGE: u64 = 200;
/// Calls that a sheet is made of at most: a year of a large street, so that a month of a district fits.
const CALLS_MAX: usize = 50_000;
/// Devices that are named.
const DEVICES_MAX: usize = 50;

/// Which month, and of which areas.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichReport {
    /// As `2026-03`, by the street's calendar; the one that runs when left out.
    #[serde(default)]
    pub month: Option<String>,
    /// An area of one's own, by its code; all of one's own when left out.
    #[serde(default)]
    pub area: Option<String>,
}

/// How long something took, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportSpreadDto {
    /// Calls that have this time.
    pub count: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<u64>,
    /// The longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportShareDto {
    pub part: usize,
    pub of: usize,
}

/// The figures of some calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportFiguresDto {
    pub calls: usize,
    /// Critical at last.
    pub critical: usize,
    /// To the first answer of a person: somebody at a desk, or the first yes.
    pub to_answer: ReportSpreadDto,
    /// To the first yes.
    pub to_accept: ReportSpreadDto,
    /// To the right door.
    pub to_arrive: ReportSpreadDto,
    /// Rate of response: answered by a person, of all calls.
    pub answered: ReportShareDto,
    /// Rate of solution: ended otherwise than by reaching nobody, of all calls.
    pub solved: ReportShareDto,
    /// At the door within 15 minutes, of the calls for which somebody had to come.
    pub in_time: ReportShareDto,
    /// False alarms, of the calls that have ended.
    pub false_alarms: ReportShareDto,
    /// Faults of a device, of the calls that have ended.
    pub device_faults: ReportShareDto,
}

/// The figures of one part of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportPartDto {
    /// A kind, a tier, or the code of an area.
    pub key: String,
    /// Of an area: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    pub figures: ReportFiguresDto,
}

/// A device, and how often it called for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportDeviceDto {
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    /// The street's own number of it, where it is on file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub false_alarms: usize,
}

/// What somebody at a desk carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportLoadDto {
    #[schema(value_type = String)]
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Calls that they took first, by the hour of the day: 24 of them.
    pub hours: Vec<usize>,
}

/// The worst call of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportWorstDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub number: String,
    /// How long somebody waited for the door, seconds.
    pub waited_s: i64,
    /// Nobody ever stood there.
    pub unreached: bool,
}

/// The month of some areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthReportDto {
    pub month: String,
    /// The areas that it is about.
    pub areas: Vec<String>,
    /// When it was counted.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    pub total: ReportFiguresDto,
    pub kinds: Vec<ReportPartDto>,
    pub tiers: Vec<ReportPartDto>,
    pub grids: Vec<ReportPartDto>,
    /// Calls by the 15 minutes of the day: 96 of them.
    pub bins: Vec<usize>,
    pub false_by_device: Vec<ReportDeviceDto>,
    pub load: Vec<ReportLoadDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<ReportWorstDto>,
    /// Rate of satisfaction: satisfied or mostly satisfied, of those who were asked in a follow-up of the month and answered.
    pub satisfied: ReportShareDto,
    /// More calls than a sheet is made of: these are the first ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl From<Spread> for ReportSpreadDto {
    fn from(it: Spread) -> Self {
        Self {
            count: it.count,
            p50: it.p50,
            p90: it.p90,
            p99: it.p99,
            most: it.most,
        }
    }
}

impl From<Share> for ReportShareDto {
    fn from(it: Share) -> Self {
        Self {
            part: it.part,
            of: it.of,
        }
    }
}

impl From<Figures> for ReportFiguresDto {
    fn from(it: Figures) -> Self {
        Self {
            calls: it.calls,
            critical: it.critical,
            to_answer: it.to_answer.into(),
            to_accept: it.to_accept.into(),
            to_arrive: it.to_arrive.into(),
            answered: it.answered.into(),
            solved: it.solved.into(),
            in_time: it.in_time.into(),
            false_alarms: it.false_alarms.into(),
            device_faults: it.device_faults.into(),
        }
    }
}

/// The month that is asked for.
struct Asked {
    first: civil::Date,
    from: Timestamp,
    until: Timestamp,
    offset: Offset,
    scope: PrefixSet,
}

/// The lines of a month.
struct Lines {
    asked: Asked,
    now: Timestamp,
    all: Vec<Counted>,
    satisfied: Share,
    cut: bool,
}

impl Api {
    fn asked_month(&self, who: &SignedIn, asked: &WhichReport) -> Result<Asked, Problem> {
        let now = self.app.clock.now();
        let offset = Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
        let first = first_of(asked.month.as_deref(), offset.to_datetime(now).date())?;
        let (from, until) = month_bounds(first, offset)?;
        let scope = match &asked.area {
            None => who.scope.clone(),
            Some(text) => {
                let wrong = |why: &str| Problem {
                    errors: vec![FieldError::new("area", "invalid_value", why)],
                    ..Problem::bad_request("bad_query", format!("area: {why}"))
                };
                let code: AreaCode = text.parse().map_err(|_| wrong("6, 9, 12 or 15 digits"))?;
                if !who.scope.contains(code) {
                    return Err(wrong("beyond your own areas"));
                }
                PrefixSet::from_iter([code])
            }
        };
        Ok(Asked {
            first,
            from,
            until,
            offset,
            scope,
        })
    }

    async fn lines_of(&self, asked: Asked) -> Result<Lines, Problem> {
        let store = &self.app.store;
        let filter = CaseFilter {
            scope: Some(asked.scope.clone()),
            opened_from: Some(asked.from),
            opened_until: Some(asked.until),
            ..CaseFilter::default()
        };
        let mut lines = Lines {
            now: self.app.clock.now(),
            asked,
            all: Vec::new(),
            satisfied: Share::default(),
            cut: false,
        };
        let mut after = None;
        loop {
            let page = store.list_cases(&filter, after, PAGE).await?;
            let ids: Vec<CaseId> = page.items.iter().map(|it| it.case.id).collect();
            let (logs, corrupt) = store.logs_of(&ids).await?;
            for error in page.corrupt.iter().chain(&corrupt) {
                tracing::error!(%error, "a case does not read back, and is in no sheet");
                store.keep_aside(error, lines.now).await?;
            }
            let alerts = store.alerts_of_all(&ids).await?;
            for it in &page.items {
                if it.case.kind == Kind::FollowUp && !it.case.drill {
                    if let Some((said, _)) = it.case.satisfaction {
                        lines.satisfied.of += 1;
                        lines.satisfied.part += usize::from(said != Satisfaction::Dissatisfied);
                    }
                    continue;
                }
                let device = alerts.get(&it.case.id).and_then(|it| it.first());
                let device = device.and_then(|it| it.sender.parse::<DeviceId>().ok());
                let log = logs.get(&it.case.id).map_or(&[][..], Vec::as_slice);
                lines
                    .all
                    .extend(Counted::of(&it.case, &it.number, &it.area_code, device, log));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
            if lines.all.len() >= CALLS_MAX {
                lines.cut = true;
                break;
            }
        }
        lines.all.sort_by_key(|it| (it.opened_at, it.case));
        Ok(lines)
    }

    async fn month_report(&self, lines: Lines) -> Result<MonthReportDto, Problem> {
        let (now, offset) = (lines.now, lines.asked.offset);
        let all = lines.all;
        let (sheet, all) = self.compute(move || (Sheet::of(&all, offset, now), all)).await?;
        let names = self.account_names(sheet.load.keys().copied()).await?;
        let part = |key: &str, name: Option<String>, figures: Figures| ReportPartDto {
            key: key.to_owned(),
            name,
            figures: figures.into(),
        };
        let area_name = |code: &str| code.parse().ok().and_then(|it| self.app.picture.area_name(it));
        let kinds = Kind::ALL.iter().filter_map(|it| Some((it, sheet.kinds.get(it)?)));
        let tiers = Tier::ALL.iter().filter_map(|it| Some((it, sheet.tiers.get(it)?)));
        let worst = sheet.worst.and_then(|(case, waited)| {
            let line = all.iter().find(|it| it.case == case)?;
            Some(ReportWorstDto {
                case_id: case,
                number: line.number.clone(),
                waited_s: waited.as_secs(),
                unreached: line.times.arrived_at.is_none(),
            })
        });
        let mut devices: HashMap<DeviceId, String> = HashMap::new();
        for (id, _) in sheet.false_by_device.iter().take(DEVICES_MAX) {
            if let Some(it) = self.app.store.device(*id).await? {
                devices.insert(*id, it.device.value.code);
            }
        }
        Ok(MonthReportDto {
            month: lines.asked.first.strftime("%Y-%m").to_string(),
            areas: lines.asked.scope.iter().map(|it| it.to_string()).collect(),
            as_of: now,
            total: sheet.total.into(),
            kinds: kinds.map(|(key, it)| part(key.as_str(), None, *it)).collect(),
            tiers: tiers.map(|(key, it)| part(key.as_str(), None, *it)).collect(),
            grids: sheet
                .areas
                .iter()
                .map(|(code, it)| part(code, area_name(code), *it))
                .collect(),
            bins: sheet.bins,
            false_by_device: sheet
                .false_by_device
                .iter()
                .take(DEVICES_MAX)
                .map(|(device_id, false_alarms)| ReportDeviceDto {
                    device_id: *device_id,
                    code: devices.get(device_id).cloned(),
                    false_alarms: *false_alarms,
                })
                .collect(),
            load: sheet
                .load
                .iter()
                .map(|(user_id, hours)| ReportLoadDto {
                    user_id: *user_id,
                    username: names.get(user_id).cloned(),
                    hours: hours.to_vec(),
                })
                .collect(),
            worst,
            satisfied: lines.satisfied.into(),
            cut: lines.cut,
        })
    }

    /// The names of accounts.
    async fn account_names(&self, ids: impl Iterator<Item = UserId>) -> Result<HashMap<UserId, String>, Problem> {
        let mut names = HashMap::new();
        for id in ids {
            if let Some(account) = self.app.store.account(id).await? {
                names.insert(id, account.username);
            }
        }
        Ok(names)
    }
}

/// The month of one's own areas in figures. Exercises, calls that came late and what is no call for help are not counted.
#[utoipa::path(get, path = "/api/v1/reports/month", tag = "reports", params(WhichReport),
    responses((status = 200, body = MonthReportDto), (status = 400, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn month(api: web::Data<Api>, who: SignedIn, asked: Query<WhichReport>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let lines = it.lines_of(it.asked_month(&who, &asked.0)?).await?;
            it.month_report(lines).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The same as a workbook: the sheet, its parts, and the lines from which it was counted.
#[utoipa::path(get, path = "/api/v1/reports/month.xlsx", tag = "reports", params(WhichReport),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn workbook(api: web::Data<Api>, who: SignedIn, asked: Query<WhichReport>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let (name, bytes) = api
        .run(async move {
            let lines = it.lines_of(it.asked_month(&who, &asked.0)?).await?;
            let (all, offset) = (lines.all.clone(), lines.asked.offset);
            let dto = it.month_report(lines).await?;
            let name = format!("eldercare-{}.xlsx", dto.month);
            let bytes = it.compute(move || written(&dto, &all, offset)).await?;
            let bytes = bytes.map_err(|error| {
                tracing::error!(%error, "a workbook could not be written");
                Problem::internal()
            })?;
            Ok((name, bytes))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bytes))
}

/// The lines of the month, one a call, as CSV in UTF-8: from them every figure of the sheet can be counted again.
#[utoipa::path(get, path = "/api/v1/reports/calls.csv", tag = "reports", params(WhichReport),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 400, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn calls(api: web::Data<Api>, who: SignedIn, asked: Query<WhichReport>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let (name, text) = api
        .run(async move {
            let lines = it.lines_of(it.asked_month(&who, &asked.0)?).await?;
            let name = format!("eldercare-{}.csv", lines.asked.first.strftime("%Y-%m"));
            Ok((name, csv_of(&lines.all, lines.asked.offset, lines.now)?))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// The columns of a line.
const COLUMNS: [&str; 16] = [
    "number",
    "area_code",
    "kind",
    "severity",
    "tier",
    "opened_at",
    "answer_s",
    "accept_s",
    "arrive_s",
    "ended_s",
    "in_time",
    "outcome",
    "false_reason",
    "taken_by",
    "device_id",
    "case_id",
];

fn cells(it: &Counted, offset: Offset, now: Timestamp) -> [String; COLUMNS.len()] {
    let seconds = |it: Option<SignedDuration>| it.map_or_else(String::new, |it| it.as_secs().to_string());
    let ended = it.times.ended_at.map(|end| end.duration_since(it.opened_at));
    let in_time = it.times.in_time(crate::case::month::DOOR, now);
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    [
        it.number.clone(),
        it.area.clone(),
        it.kind.as_str().to_owned(),
        it.severity.as_str().to_owned(),
        it.tier.as_str().to_owned(),
        offset
            .to_datetime(it.opened_at)
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        seconds(it.to_answer()),
        seconds(it.times.to_accept()),
        seconds(it.times.to_arrive()),
        seconds(ended),
        in_time.map_or_else(String::new, |it| if it { "yes" } else { "no" }.to_owned()),
        text(it.outcome.as_ref().map(|it| it.as_str())),
        text(it.false_reason.as_ref().map(|it| it.as_str())),
        it.taken_by.map_or_else(String::new, |it| it.to_string()),
        it.device.map_or_else(String::new, |it| it.to_string()),
        it.case.to_string(),
    ]
}

fn csv_of(all: &[Counted], offset: Offset, now: Timestamp) -> Result<String, Problem> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let broken = |error: csv::Error| {
        tracing::error!(%error, "a list could not be written");
        Problem::internal()
    };
    writer.write_record(COLUMNS).map_err(broken)?;
    for it in all {
        writer.write_record(cells(it, offset, now)).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| Problem::internal())?;
    // Excel takes a file without this mark for one in GBK.
    Ok(format!("\u{feff}{}", String::from_utf8_lossy(&bytes)))
}

/// A workbook in the words of the district's sheet, Chinese and English beside each other.
fn written(dto: &MonthReportDto, all: &[Counted], offset: Offset) -> Result<Vec<u8>, XlsxError> {
    let bold = Format::new().set_bold();
    let mut book = Workbook::new();
    let percent = |it: &ReportShareDto| {
        if it.of == 0 {
            "–".to_owned()
        } else {
            format!("{:.1} % ({}/{})", 100.0 * it.part as f64 / it.of as f64, it.part, it.of)
        }
    };
    let spread = |it: &ReportSpreadDto| {
        let one = |it: Option<u64>| it.map_or_else(|| "–".to_owned(), |it| it.to_string());
        format!("{} / {} / {} / {}", one(it.p50), one(it.p90), one(it.p99), one(it.most))
    };
    let sheet = book.add_worksheet().set_name("月报 month")?;
    let total = &dto.total;
    let rows: Vec<(&str, String)> = vec![
        ("月份 month", dto.month.clone()),
        ("区域 areas", dto.areas.join(", ")),
        (
            "统计时间 counted at",
            offset.to_datetime(dto.as_of).strftime("%Y-%m-%d %H:%M").to_string(),
        ),
        ("求助 calls", total.calls.to_string()),
        ("其中危急 critical", total.critical.to_string()),
        ("响应率 answered", percent(&total.answered)),
        ("解决率 solved", percent(&total.solved)),
        ("满意率 satisfied", percent(&dto.satisfied)),
        ("15分钟到场率 at the door in 15 min", percent(&total.in_time)),
        ("误报率 false alarms", percent(&total.false_alarms)),
        ("设备故障 device faults", percent(&total.device_faults)),
        ("响应用时(秒) 50/90/99/最长 to answer, s", spread(&total.to_answer)),
        ("接单用时(秒) to accept, s", spread(&total.to_accept)),
        ("到场用时(秒) to arrive, s", spread(&total.to_arrive)),
        (
            "最久等候 worst call",
            dto.worst.as_ref().map_or_else(
                || "–".to_owned(),
                |it| {
                    format!(
                        "{} · {} s{}",
                        it.number,
                        it.waited_s,
                        if it.unreached { " · 未到场 nobody came" } else { "" }
                    )
                },
            ),
        ),
    ];
    for (row, (name, value)) in (0u32..).zip(&rows) {
        sheet.write_string_with_format(row, 0, *name, &bold)?;
        sheet.write_string(row, 1, value)?;
    }
    sheet.set_column_width(0, 40)?.set_column_width(1, 40)?;
    for (name, parts) in [
        ("类型 kinds", &dto.kinds),
        ("层级 tiers", &dto.tiers),
        ("网格 grids", &dto.grids),
    ] {
        let sheet = book.add_worksheet().set_name(name)?;
        heads(
            sheet,
            &[
                "key",
                "名称 name",
                "求助 calls",
                "危急 critical",
                "响应率 answered",
                "解决率 solved",
                "15分钟到场 in time",
                "误报 false",
                "响应 s",
                "接单 s",
                "到场 s",
            ],
            &bold,
        )?;
        for (row, it) in (1u32..).zip(parts) {
            sheet.write_string(row, 0, &it.key)?;
            sheet.write_string(row, 1, it.name.as_deref().unwrap_or_default())?;
            sheet.write_number(row, 2, it.figures.calls as f64)?;
            sheet.write_number(row, 3, it.figures.critical as f64)?;
            let figures = &it.figures;
            let shares = [
                &figures.answered,
                &figures.solved,
                &figures.in_time,
                &figures.false_alarms,
            ];
            for (column, share) in (4u16..).zip(shares) {
                sheet.write_string(row, column, percent(share))?;
            }
            for (column, one) in (8u16..).zip([&figures.to_answer, &figures.to_accept, &figures.to_arrive]) {
                sheet.write_string(row, column, spread(one))?;
            }
        }
        sheet.set_column_width(1, 24)?;
    }
    let sheet = book.add_worksheet().set_name("时段 hours")?;
    heads(sheet, &["时段 from", "求助 calls"], &bold)?;
    for (row, (n, calls)) in (1u32..).zip(dto.bins.iter().enumerate()) {
        sheet.write_string(row, 0, format!("{:02}:{:02}", n / 4, n % 4 * 15))?;
        sheet.write_number(row, 1, *calls as f64)?;
    }
    let sheet = book.add_worksheet().set_name("明细 calls")?;
    heads(sheet, &COLUMNS, &bold)?;
    for (row, it) in (1u32..).zip(all) {
        for (column, cell) in (0u16..).zip(cells(it, offset, dto.as_of)) {
            sheet.write_string(row, column, cell)?;
        }
    }
    book.save_to_buffer()
}

fn heads(sheet: &mut Worksheet, names: &[&str], bold: &Format) -> Result<(), XlsxError> {
    for (column, name) in (0u16..).zip(names) {
        sheet.write_string_with_format(0, column, *name, bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}
