//! Who of a family was told of a case, when and by what: for each contact and step the best that came of it.
//!
//! Of the others of the family whoever looks reads what they are to the elder, and neither their name nor what they answered, nor the
//! provider's number of it, in which a dialler may have written their telephone. A contact who is restricted is told nothing, and is not here.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::family_session::FamilyMember;
use super::problem::Problem;
use super::rights::Seen;
use crate::case::NoticeKind;
use crate::ids::ContactId;
use crate::people::{ContactLevel, Way};
use crate::store::cases::NoticeView;

/// Somebody of the family was told of a step, is being told, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToldDto {
    /// What they are to the elder, as in `relation` of the contacts.
    pub relation: String,
    /// It is whoever looks.
    pub you: bool,
    /// What of: `family_ask`, `family_opened`, `family_raised`, `family_accepted`, `family_arrived`, `family_closed`,
    /// `family_false_alarm`; of a guardian who looks: `file_opened`.
    pub kind: String,
    /// By which way: `voice`, `sms`, `web_push`, `email`, …; `other`: by another system. Absent while nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// `read`, `received`, `sent`: handed to the provider; `waiting`, `failed`.
    pub state: String,
    /// The provider's own number of the message or call, where it was handed over and has one; of whoever looks alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// When it came to that; of what waits or failed, when it was written.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Who of the family was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyToldDto {
    /// Oldest first.
    pub items: Vec<ToldDto>,
}

/// What came of one row: how good it is, in a word, and when. None: it says nothing of whether somebody was told.
fn came(it: &NoticeView) -> Option<(u8, &'static str, Timestamp)> {
    let row = &it.row;
    if let Some(at) = it.read_at {
        return Some((4, "read", at));
    }
    match row.state.as_str() {
        "received" => Some((3, "received", row.receipt_at.or(row.sent_at).unwrap_or(row.made_at))),
        "sent" => Some((2, "sent", row.sent_at.unwrap_or(row.made_at))),
        "waiting" | "sending" => Some((1, "waiting", row.made_at)),
        "failed" => Some((0, "failed", row.made_at)),
        // The case had moved on, or the same was said anew.
        _ => None,
    }
}

/// The way of a carrier's or channel's name: `voice:second` is a call.
fn way_of(channel: &str) -> String {
    let word = channel.split(':').next().unwrap_or_default();
    let way = word.parse::<Way>().ok().filter(|it| *it != Way::Webhook);
    way.map_or("other", |it| it.as_str()).to_owned()
}

/// For each contact and step the best that came of it, oldest first. `who`: what a contact is; none: not for this page.
fn told(rows: &[NoticeView], who: impl Fn(ContactId) -> Option<(String, bool)>) -> Vec<ToldDto> {
    let mut best: BTreeMap<(ContactId, &str), (u8, ToldDto)> = BTreeMap::new();
    let shown = |kind: &str| kind.starts_with("family_") || kind == NoticeKind::FileOpened.as_str();
    for it in rows.iter().filter(|it| shown(&it.row.kind)) {
        let Ok(contact) = it.row.target.parse::<ContactId>() else {
            continue;
        };
        let (Some((relation, you)), Some((rank, state, at))) = (who(contact), came(it)) else {
            continue;
        };
        if it.row.kind == NoticeKind::FileOpened.as_str() && !you {
            continue; // theirs alone, who answer for the elder
        }
        let dto = ToldDto {
            relation,
            you,
            kind: it.row.kind.clone(),
            way: (rank >= 2).then(|| way_of(&it.row.channel)),
            state: state.to_owned(),
            proof: it.proof.clone().filter(|_| you && rank >= 2),
            at,
        };
        let kept = best.entry((contact, &it.step)).or_insert_with(|| (rank, dto.clone()));
        if rank > kept.0 {
            *kept = (rank, dto);
        }
    }
    let mut items: Vec<ToldDto> = best.into_values().map(|it| it.1).collect();
    items.sort_by_key(|it| it.at);
    items
}

/// Who of the family was told of a case, when, by what.
#[utoipa::path(get, path = "/api/v1/family/cases/{id}/told", tag = "family", params(("id" = String, Path)),
    responses((status = 200, body = FamilyToldDto)))]
pub async fn list(api: web::Data<Api>, me: FamilyMember, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let rows = it.app.store.notices_of(seen.case.case.id).await?;
            let contacts = it.app.picture.facts(me.elder).map(|it| it.contacts).unwrap_or_default();
            let who = |id: ContactId| {
                let found = contacts
                    .iter()
                    .find(|it| it.id == id && it.hears(ContactLevel::Status))?;
                Some((found.relation.as_str().to_owned(), id == me.contact))
            };
            Ok(FamilyToldDto {
                items: told(&rows, who),
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::NoticeId;
    use crate::store::cases::OutboxView;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn row(target: &str, kind: &str, channel: &str, state: &str, second: i64) -> NoticeView {
        NoticeView {
            row: OutboxView {
                id: NoticeId::new(Uuid::nil()),
                case_version: 1,
                kind: kind.to_owned(),
                target: target.to_owned(),
                channel: channel.to_owned(),
                state: state.to_owned(),
                attempts: 1,
                last_error: None,
                made_at: at(second),
                sent_at: Some(at(second + 1)).filter(|_| matches!(state, "sent" | "received")),
                receipt_at: Some(at(second + 2)).filter(|_| state == "received"),
            },
            step: format!("1:{kind}"),
            proof: Some(format!("{channel}-{second}")),
            whom: None,
            read_at: None,
            reply: None,
        }
    }

    #[test]
    fn of_each_contact_and_step_the_best_is_told_and_of_nobody_else() {
        let [a, b, barred] = [1, 2, 3].map(|n| ContactId::new(Uuid::from_u128(n)));
        let rows = [
            row(&a.to_string(), "family_opened", "voice", "failed", 10),
            row(&a.to_string(), "family_opened", "sms:second", "received", 20),
            row(&b.to_string(), "family_opened", "webhook:city", "sent", 11),
            row(&barred.to_string(), "family_opened", "sms", "sent", 12),
            row("desk", "ring_desk", "sms", "sent", 13),
            row(&a.to_string(), "family_closed", "none", "failed", 40),
            row(&b.to_string(), "family_closed", "sms", "stale", 41),
        ];
        let who = |id: ContactId| (id != barred).then(|| ("child".to_owned(), id == a));
        let found: Vec<_> = told(&rows, who)
            .into_iter()
            .map(|it| (it.you, it.kind, it.way, it.state, it.proof, it.at.as_second()))
            .collect();
        let wanted = [
            (false, "family_opened", Some("other"), "sent", None, 12),
            (
                true,
                "family_opened",
                Some("sms"),
                "received",
                Some("sms:second-20"),
                22,
            ),
            (true, "family_closed", None, "failed", None, 40),
        ];
        let owned = |it: Option<&str>| it.map(str::to_owned);
        let wanted = wanted.map(|(you, kind, way, state, proof, at)| {
            (you, kind.to_owned(), owned(way), state.to_owned(), owned(proof), at)
        });
        assert_eq!(found, wanted);
    }
}
