//! The sheet of each month by mail, for whoever of the family wants it: the wish, and the sending of what is due.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::Api;
use super::family::Month;
use super::family_session::FamilyMember;
use super::problem::{FieldError, Problem};
use super::wire::Body;
use crate::dispatch::told::{Sheet, SheetSent};
use crate::ids::ContactId;
use crate::people::{ContactLevel, Mailbox, Reach, Reached};
use crate::store::sheet_mails::SheetMail;

/// At this hour of the first day of a month the sheet of the one before is due: nobody is woken, and the office is there.
const DUE_HOUR: i8 = 9;
/// How often is looked.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(60);
/// Those that one look takes.
const AT_ONCE: u64 = 50;
/// Whoever sends one has it for this long.
const SENDING_FOR: SignedDuration = SignedDuration::from_mins(10);
/// After a try that may go better.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Tries of one sheet at most: for two days.
const TRIES_MAX: i32 = 48;

/// Whether the sheet of each month comes by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetMailDto {
    pub on: bool,
    /// Where to, as they have filed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// The month of the last that was sent, `2026-11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_month: Option<String>,
    /// When the next is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Why the last one was not sent, in stable words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The street sends mails at all.
    pub mails: bool,
}

/// The wish.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetMailIn {
    pub on: bool,
    /// A mailbox; left out: the one on file.
    #[serde(default)]
    pub mailbox: Option<String>,
}

fn fresh(dto: &SheetMailDto) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto)
}

/// Whether the sheet of each month comes by mail.
#[utoipa::path(get, path = "/api/v1/family/sheet-mail", tag = "family", responses((status = 200, body = SheetMailDto)))]
pub async fn show(api: web::Data<Api>, me: FamilyMember) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    Ok(fresh(&api.run(async move { it.sheet_mail(&me).await }).await?))
}

/// Wishes for the sheet of each month by mail, or for no more of them. For contacts whom the elder lets know what was before.
#[utoipa::path(put, path = "/api/v1/family/sheet-mail", tag = "family", request_body = SheetMailIn, responses((status = 200, body = SheetMailDto),
    (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(api: web::Data<Api>, me: FamilyMember, body: Body<SheetMailIn>) -> Result<HttpResponse, Problem> {
    let (it, asked) = (api.get_ref().clone(), body.value);
    Ok(fresh(
        &api.run(async move { it.wish_for_sheets(&me, asked).await }).await?,
    ))
}

impl Api {
    async fn sheet_mail(&self, me: &FamilyMember) -> Result<SheetMailDto, Problem> {
        let store = &self.app.store;
        let kept = store.sheet_mail(me.contact).await?;
        let reach = store.reach(Reached::Contact(me.contact)).await?;
        let due_at = kept.as_ref().and_then(|it| it.due_at);
        Ok(SheetMailDto {
            on: due_at.is_some(),
            mailbox: reach.mailbox.as_ref().map(|it| it.reveal().to_owned()),
            sent_month: kept.as_ref().and_then(|it| it.sent_month.clone()),
            why: kept.and_then(|it| it.why),
            due_at,
            mails: self.app.outbox.mails(),
        })
    }

    async fn wish_for_sheets(&self, me: &FamilyMember, asked: SheetMailIn) -> Result<SheetMailDto, Problem> {
        let store = &self.app.store;
        if !asked.on {
            store.put_sheet_mail(me.contact, me.elder, None).await?;
            return self.sheet_mail(me).await;
        }
        me.may_know_what_was()?;
        if !self.app.outbox.mails() {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "no_mail",
                "this service sends no mails",
            ));
        }
        let there = store.reach(Reached::Contact(me.contact)).await?;
        let wished = asked.mailbox.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let wrong =
            |text: String| Problem::fields("invalid_value", vec![FieldError::new("mailbox", "invalid_value", text)]);
        let mailbox: Option<Mailbox> = match wished {
            Some(text) => Some(
                text.parse()
                    .map_err(|error: <Mailbox as std::str::FromStr>::Err| wrong(error.to_string()))?,
            ),
            None => there.mailbox.clone(),
        };
        let Some(mailbox) = mailbox else {
            return Err(wrong("must be a mailbox: there is none on file".to_owned()));
        };
        if there.mailbox.as_ref().map(Mailbox::reveal) != Some(mailbox.reveal()) {
            let reach = Reach {
                mailbox: Some(mailbox),
                ..there
            };
            let outline = store.put_reach(me.reached(), reach, self.app.clock.now()).await?;
            self.app.picture.put_outline(Reached::Contact(me.contact), outline);
        }
        let now = self.app.clock.now();
        let kept = store.sheet_mail(me.contact).await?.and_then(|it| it.due_at);
        // Said again, it is due as it was.
        let due_at = kept.or_else(|| self.next_sheet(now));
        store.put_sheet_mail(me.contact, me.elder, due_at).await?;
        self.sheet_mail(me).await
    }

    /// When the sheet of the month of `now` is due: on the first of the next.
    fn next_sheet(&self, now: Timestamp) -> Option<Timestamp> {
        let day = self.app.desk.local(now).0.last_of_month().tomorrow().ok()?;
        let offset =
            jiff::tz::Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(jiff::tz::Offset::UTC);
        offset.to_timestamp(day.at(DUE_HOUR, 0, 0, 0)).ok()
    }

    /// Sends the sheets that are due; answers how many were sent.
    ///
    /// # Errors
    /// The store's.
    pub async fn mail_sheets(&self) -> Result<usize, Problem> {
        let now = self.app.clock.now();
        let mut sent = 0;
        for was in self.app.store.due_sheet_mails(now, AT_ONCE).await? {
            let mine = SheetMail {
                due_at: Some(now + SENDING_FOR),
                attempts: was.attempts + 1,
                ..was.clone()
            };
            if !self.app.store.move_sheet_mail(&was, mine.clone()).await? {
                continue; // another node
            }
            let came = self.mail_sheet(&mine, now).await?;
            let next = self.next_sheet(now);
            let then = match came {
                (month, SheetSent::Taken) => {
                    sent += 1;
                    SheetMail {
                        due_at: next,
                        sent_month: Some(month),
                        attempts: 0,
                        why: None,
                        ..mine.clone()
                    }
                }
                (_, SheetSent::Later(why)) if mine.attempts < TRIES_MAX => SheetMail {
                    due_at: Some(now + AGAIN_AFTER),
                    why: Some(why),
                    ..mine.clone()
                },
                (_, SheetSent::Later(why) | SheetSent::Not(why)) => SheetMail {
                    due_at: next,
                    attempts: 0,
                    why: Some(why),
                    ..mine.clone()
                },
            };
            let outcome = if then.why.is_none() { "sent" } else { "not_sent" };
            metrics::counter!("ecd_family_sheets_total", "outcome" => outcome).increment(1);
            self.app.store.move_sheet_mail(&mine, then).await?;
        }
        Ok(sent)
    }

    /// The sheet of the month before `now`, and what came of it.
    async fn mail_sheet(&self, it: &SheetMail, now: Timestamp) -> Result<(String, SheetSent), Problem> {
        let first = self.app.desk.local(now).0.first_of_month();
        let month = first.yesterday().unwrap_or(first).strftime("%Y-%m").to_string();
        let picture = &self.app.picture;
        let contact = picture
            .callable_contacts(it.elder)
            .into_iter()
            .find(|one| one.id == it.contact);
        let knows = contact.is_some_and(|one| one.hears(ContactLevel::History));
        let (true, Some(elder)) = (knows, picture.elder(it.elder)) else {
            return Ok((month, SheetSent::Not("they may not be told".to_owned())));
        };
        if it.sent_month.as_ref() == Some(&month) {
            return Ok((month, SheetSent::Not("sent already".to_owned())));
        }
        let asked = Month::of(month.clone());
        let dto = self
            .sheet_of((elder.id, elder.household, ContactLevel::History), asked)
            .await?;
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        let sheet = Sheet {
            month: month.clone(),
            calls: dto.alarms.iter().map(|it| it.count).sum(),
            false_alarms: dto.false_alarms,
            came: count(dto.came.iter().filter(|it| it.role.is_some()).count()),
            quiet_days: dto.quiet_days,
        };
        let contact: ContactId = it.contact;
        Ok((month, self.app.outbox.send_sheet(contact, sheet).await?))
    }

    /// Looks again and again until `stop`.
    pub(super) async fn work_sheets(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.app.clock.sleep(LOOK_EVERY) => {}
            }
            // On half a register nobody is told anything.
            if !self.app.picture.is_whole() {
                continue;
            }
            if let Err(problem) = self.mail_sheets().await {
                tracing::warn!(code = problem.code, "the sheets of the month could not be sent");
            }
        }
    }
}
