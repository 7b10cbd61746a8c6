//! The sheets of responders, of who answers for what, and of the rota.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;

use super::cells::{Cells, sheet};
use super::{Column, Parsed, Setting, Sheet, may, must, secret};
use crate::ids::ResponderId;
use crate::people::{
    Chain, ChainPost, ChainSubject, Duty, Link, PrefixSet, Responder, ResponderKind, ResponderSecrets, Sensitivity,
    Shift, Skill, Tier, household_id, responder_id,
};

pub(super) const RESPONDERS: &[Column] = &[
    must("responder_code", "响应人编号"),
    must("name", "姓名"),
    must("kind", "类别"),
    may("tier", "层级"),
    may("skills", "技能"),
    must("mode", "出行方式"),
    may("party_size", "人数"),
    may("capacity", "同时任务数"),
    may("area_codes", "辖区编码"),
    may("base_lat", "驻点纬度"),
    may("base_lon", "驻点经度"),
    may("base_crs", "驻点坐标系"),
    secret("phones", "电话"),
    may("allowances", "敏感授权"),
    may("on_duty", "在岗"),
];

pub(super) const CHAINS: &[Column] = &[
    may("grid_code", "网格编码"),
    may("household_code", "户编号"),
    may("grid_worker", "网格员"),
    may("grid_head", "网格长"),
    may("community_secretary", "社区书记"),
];

pub(super) const DUTY: &[Column] = &[
    must("responder_code", "响应人编号"),
    must("date", "日期"),
    must("from", "开始"),
    must("until", "结束"),
    may("stands_in_for", "代班"),
];

/// One row of the responders' sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponderRow {
    /// The responder. Position is never in a sheet; duty is off unless the sheet says otherwise.
    pub responder: Responder,
    /// What the store seals.
    pub secrets: ResponderSecrets,
    /// What the sheet says of duty; `None`: nothing, so that whoever is on file already keeps theirs.
    pub on_duty: Option<bool>,
}

/// Reads the responders' sheet.
pub fn responders(bytes: &[u8], setting: &Setting) -> Parsed<ResponderRow> {
    sheet(
        Sheet::Responders,
        bytes,
        setting,
        |row: &ResponderRow| ("responder_code", row.responder.code.clone()),
        responder,
    )
}

fn responder(cells: &mut Cells<'_>) -> Option<ResponderRow> {
    let code = cells.needed("responder_code");
    let name = cells.needed("name");
    let kind = cells.word("kind", ResponderKind::from_sheet);
    let tier = cells.word_or("tier", kind.map_or(Tier::Street, ResponderKind::tier), Tier::from_sheet);
    let skills = cells.words("skills", Skill::from_sheet);
    let mode = cells.mode("mode");
    let party_size = cells.number("party_size", 1);
    let capacity = cells.number("capacity", 1);
    let scope = cells.areas("area_codes");
    let base = cells.point("base_lat", "base_lon", "base_crs");
    let phones = cells.phones("phones");
    let allowances = cells.words("allowances", Sensitivity::from_sheet);
    let on_duty = cells.yes("on_duty");
    let (code, on_duty) = (code?, on_duty?);
    let responder = Responder {
        id: responder_id(&code),
        name: name?,
        kind: kind?,
        tier: tier?,
        skills: skills?,
        mode: mode?,
        party_size: party_size?,
        duty: Duty {
            on: on_duty.unwrap_or(false),
            since: cells.setting.as_of,
        },
        position: None,
        base: base?,
        scope: PrefixSet::from_iter(scope?),
        capacity: capacity?,
        allowances: allowances?,
        code,
    };
    let secrets = ResponderSecrets { phones: phones? };
    cells.adopt(
        responder.check(),
        &[
            ("code", "responder_code"),
            ("scope", "area_codes"),
            ("base", "base_lat"),
        ],
    );
    cells.adopt(secrets.check(), &[]);
    if responder.base.is_none() && responder.kind != ResponderKind::Family {
        cells.warn(
            "base_lat",
            "without a base this responder is only found while the phone sends positions",
        );
    }
    Some(ResponderRow {
        responder,
        secrets,
        on_duty,
    })
}

/// Reads the sheet of responsibility chains: one row a grid or a household.
pub fn chains(bytes: &[u8], setting: &Setting) -> Parsed<Chain> {
    let key = |chain: &Chain| match chain.subject {
        ChainSubject::Grid(code) => ("grid_code", code.to_string()),
        ChainSubject::Household(id) => ("household_code", id.to_string()),
    };
    sheet(Sheet::Chains, bytes, setting, key, chain)
}

fn chain(cells: &mut Cells<'_>) -> Option<Chain> {
    let grid = cells.area_if_any("grid_code");
    let household = cells.text("household_code").as_deref().map(household_id);
    let mut links = Vec::new();
    for (column, post) in [
        ("grid_worker", ChainPost::GridWorker),
        ("grid_head", ChainPost::GridHead),
        ("community_secretary", ChainPost::CommunitySecretary),
    ] {
        if let Some(responder) = known_responder(cells, column) {
            links.push(Link { post, responder });
        }
    }
    let subject = match (grid?, household) {
        (Some(_), Some(_)) => {
            cells.wrong("household_code", "a row is for a grid or for a household, not for both");
            return None;
        }
        (None, None) => {
            cells.wrong("grid_code", "either a grid or a household must be named");
            return None;
        }
        (Some(code), None) => ChainSubject::Grid(code),
        (None, Some(id)) => {
            if cells
                .setting
                .known
                .households
                .as_ref()
                .is_some_and(|it| !it.contains(&id))
            {
                cells.wrong(
                    "household_code",
                    "no such household is on file: import the elders first",
                );
            }
            ChainSubject::Household(id)
        }
    };
    let chain = Chain { subject, links };
    if cells.sound() {
        cells.adopt(chain.check(), &[("subject", "grid_code"), ("links", "grid_worker")]);
    }
    Some(chain)
}

/// A responder that is on file; `None` when blank or complained about.
fn known_responder(cells: &mut Cells<'_>, column: &'static str) -> Option<ResponderId> {
    let id = responder_id(&cells.text(column)?);
    if cells
        .setting
        .known
        .responders
        .as_ref()
        .is_some_and(|it| !it.contains(&id))
    {
        cells.wrong(column, "no such responder is on file: import the responders first");
        return None;
    }
    Some(id)
}

/// Reads the rota: one row a person and span. A span that ends at or before its beginning ends on the next day.
pub fn duty(bytes: &[u8], setting: &Setting) -> Parsed<Shift> {
    // Spans that do not overlap, by their beginning.
    let mut spans: HashMap<ResponderId, BTreeMap<Timestamp, Timestamp>> = HashMap::new();
    sheet(
        Sheet::Duty,
        bytes,
        setting,
        |it: &Shift| ("responder_code", format!("{} {}", it.responder, it.from)),
        |cells| {
            let shift = shift(cells)?;
            let own = spans.entry(shift.responder).or_default();
            // The very same beginning is a double, which the key reports; a span that runs backwards is reported already.
            if own.contains_key(&shift.from) || shift.until <= shift.from {
                return Some(shift);
            }
            let runs_on = own
                .range(..shift.from)
                .next_back()
                .is_some_and(|(_, until)| shift.from < *until);
            let runs_into = own.range(shift.from..shift.until).next().is_some();
            if runs_on || runs_into {
                cells.wrong("from", "overlaps another span of the same person");
            } else {
                own.insert(shift.from, shift.until);
            }
            Some(shift)
        },
    )
}

fn shift(cells: &mut Cells<'_>) -> Option<Shift> {
    let responder = if cells.needed("responder_code").is_some() {
        known_responder(cells, "responder_code")
    } else {
        None
    };
    let date = cells.needed_day("date");
    let from = cells.time("from");
    let until = cells.time("until");
    let stands_in_for = known_responder(cells, "stands_in_for");
    let (date, from, until) = (date?, from?, until?);
    let last_day = if until <= from {
        date.checked_add(1.day()).ok()?
    } else {
        date
    };
    let from = instant(cells, "from", date.to_datetime(from));
    let until = instant(cells, "until", last_day.to_datetime(until));
    let shift = Shift {
        responder: responder?,
        from: from?,
        until: until?,
        stands_in_for,
    };
    cells.adopt(shift.check(), &[]);
    Some(shift)
}

/// A time on the street's clocks as an instant; one that the clocks skip or show twice is not guessed.
fn instant(cells: &mut Cells<'_>, column: &'static str, at: DateTime) -> Option<Timestamp> {
    let found = cells
        .setting
        .zone
        .to_ambiguous_zoned(at)
        .unambiguous()
        .ok()
        .map(|it| it.timestamp());
    if found.is_none() {
        cells.wrong(column, "the clocks are changed at this time: write another");
    }
    found
}
