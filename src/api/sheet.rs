//! The sheet of a case: what a desk reads out to 120, 110, 119 or the police grid, or prints for whoever comes without a line to us.
//!
//! It holds what helps whoever goes there and nothing else: no telephone, no identity number, no door code, no word about health beyond
//! what carrying and speaking need. Who looked at it is recorded; that it was read out or handed over is a record of the case.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::answer_page::escaped;
use super::auth::SignedIn;
use super::commands::{Asked, CommandDto};
use super::need_labels::labels_of;
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::wire::{Query, path_id, text};
use crate::case::words::SheetWay;
use crate::case::{Agency, Case, Command, Kind, Severity, Subject, Voice};
use crate::circle::{Crs, Point};
use crate::ids::ReferralId;
use crate::people::{Elder, Hearing};
use crate::store::cases::CaseView;

/// An acknowledgement may be told so long after it was given.
const ACKNOWLEDGED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// How it is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `text` (when left out), `html`: to print.
    format: Option<String>,
    /// `zh-CN` (when left out), `en`.
    language: Option<String>,
}

/// In Chinese or in English.
#[derive(Clone, Copy)]
struct In(bool);

impl In {
    const fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        if self.0 { zh } else { en }
    }
    fn yes(self, it: bool) -> &'static str {
        if it {
            self.say("是", "yes")
        } else {
            self.say("否", "no")
        }
    }
}

/// What is the matter, for whoever goes there.
const fn kind_in(it: Kind, language: In) -> &'static str {
    match it {
        Kind::Sos => language.say("紧急呼叫", "call for help"),
        Kind::Fall => language.say("跌倒", "fall"),
        Kind::Smoke => language.say("烟雾报警", "smoke"),
        Kind::Gas => language.say("燃气报警", "gas"),
        Kind::CarbonMonoxide => language.say("一氧化碳报警", "carbon monoxide"),
        Kind::Duress => language.say("工作人员遇险", "a responder is in danger"),
        Kind::Inactivity => language.say("长时间无活动", "no sign of life"),
        Kind::Offline => language.say("设备离线", "device silent"),
        Kind::Vital => language.say("体征异常", "vital signs"),
        Kind::Geofence => language.say("走失", "missing person"),
        Kind::WaterLeak => language.say("漏水", "water leak"),
        Kind::MissedVisit => language.say("巡访未完成", "a visit did not take place"),
        Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::PowerLoss | Kind::SelfCheck => {
            language.say("设备信号", "technical signal")
        }
        Kind::Outage => language.say("多台设备离线", "many devices dark"),
        Kind::AreaAlert => language.say("区域预警", "warning of an area"),
        Kind::ServiceRequest => language.say("服务请求", "request for service"),
        Kind::FollowUp => language.say("回访", "follow-up"),
        Kind::WelfareReview => language.say("关爱核查", "welfare review"),
        Kind::Unknown => language.say("未知报警", "unknown alarm"),
    }
}

const fn agency_in(it: Agency, language: In) -> &'static str {
    match it {
        Agency::Ambulance => "120",
        Agency::Police => "110",
        Agency::Fire => "119",
        Agency::PoliceGrid => language.say("警格", "police grid"),
        Agency::District => language.say("区级", "district"),
    }
}

const fn severity_in(it: Severity, language: In) -> &'static str {
    match it {
        Severity::Critical => language.say("危急", "critical"),
        Severity::Urgent => language.say("紧急", "urgent"),
        Severity::Routine => language.say("一般", "routine"),
        Severity::Technical => language.say("技术", "technical"),
    }
}

const fn voice_in(it: Option<Voice>, language: In) -> &'static str {
    match it {
        None => language.say("尚未通话", "nobody has spoken with them yet"),
        Some(Voice::Fine) => language.say("本人称平安", "says to be well"),
        Some(Voice::NeedsHelp) => language.say("本人求助", "asks for help"),
        Some(Voice::NoAnswer) => language.say("无应答", "no answer"),
        Some(Voice::Unclear) => language.say("听不清", "not understood"),
        Some(Voice::NotTheElder) => language.say("非本人接听", "somebody else answered"),
    }
}

/// A line: what it is, and what it says.
type Line = (&'static str, String);

impl Api {
    fn local(&self, at: Timestamp) -> String {
        let offset = Offset::from_seconds(self.utc_offset_min() * 60).unwrap_or(Offset::UTC);
        offset.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn elders_of_case(&self, case: &Case) -> Vec<Elder> {
        let picture = &self.app.picture;
        match case.subject {
            Subject::Elder(id) => picture.elder(id).map(|it| (*it).clone()).into_iter().collect(),
            Subject::Household(id) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                members.iter().map(|it| (**it).clone()).collect()
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
        }
    }

    /// The lines of a sheet, in the order in which they are read out: what, where, who, and then the rest.
    async fn case_sheet(&self, view: &CaseView, language: In) -> Vec<Line> {
        let case = &view.case;
        let today = self.app.picture.today();
        let kinds: Vec<&str> = case.kinds.iter().map(|it| kind_in(*it, language)).collect();
        let mut lines: Vec<Line> = vec![
            (language.say("编号", "Number"), view.number.to_string()),
            (language.say("情况", "What"), kinds.join(language.say("、", ", "))),
            (
                language.say("级别", "How serious"),
                severity_in(case.severity, language).to_owned(),
            ),
            (language.say("发生", "Since"), self.local(case.opened_at)),
        ];
        let area = view
            .area_code
            .parse()
            .ok()
            .and_then(|it| self.app.picture.area_name(it));
        lines.extend(area.map(|it| (language.say("辖区", "Area"), it)));
        let elders = self.elders_of_case(case);
        if let Some(first) = elders.first() {
            let (address, _) = first.door_on(today);
            lines.push((language.say("地址", "Address"), address.to_owned()));
        }
        for (at, place) in self.app.field.destinations(view).await.into_iter().enumerate() {
            let label = match at {
                0 => language.say("位置", "Position"),
                _ => language.say("可能位置", "Or here"),
            };
            lines.push((label, position(place)));
        }
        for it in &elders {
            lines.extend(self.person(it, language));
        }
        lines.push((language.say("通话", "Heard"), voice_in(case.voice, language).to_owned()));
        let there: Vec<String> = case
            .on_the_scene()
            .filter_map(|id| self.app.picture.responder(id).map(|it| it.name.clone()))
            .collect();
        let nobody = language.say("暂无人到场", "nobody yet");
        let there = if there.is_empty() {
            nobody.to_owned()
        } else {
            there.join(language.say("、", ", "))
        };
        lines.push((language.say("现场", "On the scene"), there));
        if case.contact {
            let text = language.say("已见到本人", "somebody is with them");
            lines.push((language.say("接触", "Contact"), text.to_owned()));
        }
        if case.no_entry || case.entry.is_some() {
            lines.push((
                language.say("无人开门", "Nobody opens"),
                language.yes(case.no_entry).to_owned(),
            ));
            let consent = language.yes(self.consent_on_file(case));
            lines.push((
                language.say("破门同意在档", "Consent to force the door"),
                consent.to_owned(),
            ));
            let holders = self.holders_of(case);
            let names = holders.iter().filter_map(|it| self.holder_name(case, it.owner));
            let names: Vec<String> = names.collect();
            if !names.is_empty() {
                lines.push((language.say("钥匙", "Keys"), names.join(language.say("、", ", "))));
            }
        }
        for it in &case.referrals {
            let answered = match (it.acknowledged_at, it.waived_at) {
                (Some(at), _) => format!("{} {}", language.say("已接", "acknowledged"), self.local(at)),
                (None, Some(at)) => format!(
                    "{} {}",
                    language.say("未接，已注明", "not acknowledged, with a reason"),
                    self.local(at)
                ),
                (None, None) => language.say("待确认", "not acknowledged yet").to_owned(),
            };
            let asked = format!("{} {}; {answered}", agency_in(it.to, language), self.local(it.at));
            lines.push((language.say("转交", "Handed to"), asked));
        }
        lines
    }

    fn person(&self, it: &Elder, language: In) -> Vec<Line> {
        let today = self.app.picture.today();
        let age = it.age(today).map(|years| match language.0 {
            true => format!("，{years} 岁"),
            false => format!(", {years}"),
        });
        let mut lines = vec![(
            language.say("姓名", "Who"),
            format!("{}{}", it.name, age.unwrap_or_default()),
        )];
        let labels: Vec<String> = labels_of(&self.app, it, it.needs_on(today).into_iter())
            .into_iter()
            .map(|it| it.label)
            .collect();
        lines.push((language.say("类别", "Needs"), labels.join(language.say("、", ", "))));
        lines.extend(it.dialect.clone().map(|it| (language.say("方言", "Speaks"), it)));
        let hearing = match it.hearing {
            Hearing::Good => None,
            Hearing::Hard => Some(language.say("听力弱", "hard of hearing")),
            Hearing::Deaf => Some(language.say("失聪", "deaf")),
        };
        lines.extend(hearing.map(|it| (language.say("听力", "Hearing"), it.to_owned())));
        if !it.life_support.is_empty() {
            let words: Vec<&str> = it
                .life_support
                .iter()
                .map(|it| if language.0 { it.zh() } else { it.as_str() })
                .collect();
            lines.push((
                language.say("生命支持", "Needs current"),
                words.join(language.say("、", ", ")),
            ));
        }
        if it.lift_helpers > 1 {
            lines.push((language.say("搬抬人数", "To lift"), it.lift_helpers.to_string()));
        }
        lines
    }
}

/// As ambulances and the police read it: GCJ-02 is what Chinese maps show.
fn position(it: Point) -> String {
    let (lat, lon) = Crs::Gcj02.from_wgs84(it);
    format!("{:.6}, {:.6} (WGS-84); {lat:.6}, {lon:.6} (GCJ-02)", it.lat(), it.lon())
}

fn as_text(lines: &[Line], language: In) -> String {
    let line = |it: &Line| format!("{}{}{}\n", it.0, language.say("：", ": "), it.1);
    lines.iter().map(line).collect()
}

fn as_html(lines: &[Line], language: In) -> String {
    let row = |it: &Line| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            escaped(it.0),
            escaped(&it.1)
        )
    };
    let rows: String = lines.iter().map(row).collect();
    let blank = [
        language.say("接收单位", "Received by"),
        language.say("姓名 / 工号", "Name or number"),
        language.say("时间", "Time"),
        language.say("签字", "Signature"),
    ];
    let blank: String = blank
        .iter()
        .map(|it| format!("<tr><th scope=\"row\">{it}</th><td>&nbsp;</td></tr>"))
        .collect();
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><h1>{title}</h1><table>{rows}</table><h2>{}</h2><table>{blank}</table></body></html>",
        language.say("zh-CN", "en"),
        language.say("交接", "Hand-over"),
        title = language.say("处警单", "Case sheet"),
    )
}

/// Black on white, large enough to read in a stairwell.
const STYLE: &str = "body{font:14pt/1.5 sans-serif;margin:12mm}table{border-collapse:collapse;width:100%}\
    th,td{border:1px solid #000;padding:2mm 3mm;text-align:left;vertical-align:top}th{width:38mm}h2{margin-top:8mm}";

/// The sheet of a case, to be read out or printed; the look is recorded.
#[utoipa::path(get, path = "/api/v1/cases/{id}/sheet", tag = "referrals", params(("id" = String, Path), How),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn show(api: web::Data<Api>, who: SignedIn, seen: Seen, asked: Query<How>) -> Result<HttpResponse, Problem> {
    let wrong =
        |field: &str, text: &str| Problem::fields("invalid_value", vec![FieldError::new(field, "invalid_value", text)]);
    let html = match asked.0.format.as_deref() {
        None | Some("text") => false,
        Some("html") => true,
        Some(_) => return Err(wrong("format", "known are text, html")),
    };
    let language = match asked.0.language.as_deref() {
        None | Some("zh-CN") => In(true),
        Some("en") => In(false),
        Some(_) => return Err(wrong("language", "known are zh-CN, en")),
    };
    let it = api.get_ref().clone();
    let lines = api
        .run(async move {
            let case = seen.case.case.id;
            it.record_view(&who, "cases", case.as_uuid(), &["sheet"], Some(case), "sheet")
                .await?;
            Ok(it.case_sheet(&seen.case, language).await)
        })
        .await?;
    let (media, body) = if html {
        ("text/html; charset=utf-8", as_html(&lines, language))
    } else {
        ("text/plain; charset=utf-8", as_text(&lines, language))
    };
    Ok(HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(body))
}

/// How the sheet went over.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedIn {
    /// `read_out`, `printed`, `sent` (by a way of the desk's own; what we send by webhook and CAP is in the notices).
    #[schema(value_type = String)]
    pub way: SheetWay,
}

/// The sheet was read out, handed over on paper or sent: a record of the case. It is no acknowledgement.
#[utoipa::path(post, path = "/api/v1/cases/{id}/referrals/{rid}/handed", tag = "referrals", params(("id" = String, Path), ("rid" = String, Path)),
    request_body = HandedIn, responses((status = 200, body = CommandDto)))]
pub async fn handed(asked: Asked<HandedIn>) -> Result<HttpResponse, Problem> {
    let referral: ReferralId = path_id(&asked.request, "rid")?;
    let way = asked.body.way;
    if way == SheetWay::Line {
        let wrong = FieldError::new("way", "invalid_value", "is said by the line to the district alone");
        return Err(Problem::fields("invalid_value", vec![wrong]));
    }
    asked.by_desk(Command::HandReferral { referral, way }, None).await
}

/// Who has acknowledged, and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeIn {
    /// Name or number of whoever said so over there, and the other side's own number of it. Sealed; the note of the record.
    #[serde(default)]
    pub by: Option<String>,
    /// When they said so, within the last 24 hours; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// The other body has acknowledged: who over there, and when.
#[utoipa::path(post, path = "/api/v1/cases/{id}/referrals/{rid}/acknowledge", tag = "commands",
    params(("id" = String, Path), ("rid" = String, Path)), request_body = AcknowledgeIn, responses((status = 200, body = CommandDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn acknowledge(asked: Asked<AcknowledgeIn>) -> Result<HttpResponse, Problem> {
    let referral: ReferralId = path_id(&asked.request, "rid")?;
    let (mut asked, body) = asked.parted();
    let now = asked.api.app.clock.now();
    if let Some(at) = body.at {
        let asked_at = asked
            .case
            .case
            .referrals
            .iter()
            .find(|it| it.id == referral)
            .map(|it| it.at);
        if at > now || now.duration_since(at) > ACKNOWLEDGED_WITHIN || asked_at.is_some_and(|it| at < it) {
            let text = "must lie after the hand-over, within the last 24 hours";
            let wrong = FieldError::new("at", "out_of_range", text);
            return Err(Problem::fields("out_of_range", vec![wrong]));
        }
        asked.done_at = Some(at);
    }
    let said = body.by.map(|it| text("by", &it)).transpose()?;
    let subject = asked.case.case.subject;
    let note = said.map(|it| asked.api.app.desk.note(subject, &it)).transpose()?;
    let command = Command::AcknowledgeReferral {
        referral,
        note: note.as_ref().map(|it| it.id),
    };
    asked.by_desk(command, note).await
}

/// Why nothing more is waited for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiveIn {
    /// In words. Sealed.
    pub reason: String,
}

/// No acknowledgement comes, or none is waited for any more: the reason stands in the case, and it can be closed.
#[utoipa::path(post, path = "/api/v1/cases/{id}/referrals/{rid}/waive", tag = "referrals", params(("id" = String, Path), ("rid" = String, Path)),
    request_body = WaiveIn, responses((status = 200, body = CommandDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn waive(asked: Asked<WaiveIn>) -> Result<HttpResponse, Problem> {
    let referral: ReferralId = path_id(&asked.request, "rid")?;
    let said = text("reason", &asked.body.reason)?;
    let note = asked.api.app.desk.note(asked.case.case.subject, &said)?;
    let reason = note.id;
    asked
        .by_desk(Command::WaiveReferral { referral, reason }, Some(note))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_sheet_says_what_was_written_and_runs_nothing() {
        let lines: Vec<Line> = vec![("姓名", "<script>alert(1)</script> & \"王\"".to_owned())];
        let html = as_html(&lines, In(true));
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;王&quot;") && !html.contains("<script"),
            "{html}"
        );
        assert_eq!(
            as_text(&lines[..], In(false)),
            "姓名: <script>alert(1)</script> & \"王\"\n"
        );
    }
}
