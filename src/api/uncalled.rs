//! `GET /api/v1/uncalled`: elders at high risk of whose family nobody could be called, and why. A street owes each of them one contact with
//! a telephone that may ring for what is critical.

use std::collections::{BTreeMap, HashSet};

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::view::{ElderBrief, elder_brief};
use super::wire::{Listed, PageDto, Query, limit, read_cursor, write_cursor};
use crate::ids::{ContactId, ElderId};
use crate::people::{AreaCode, Contact, Elder, ElderStatus, Need, Reached, Way};

/// Why nobody of a family could be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoCall {
    /// No contact is on file who may be told.
    NoContact,
    /// None of them has a telephone on file.
    NoTelephone,
    /// Those who have one have switched calls off.
    SwitchedOff,
}

/// An elder of whose family nobody could be called.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UncalledDto {
    #[serde(flatten)]
    pub elder: ElderBrief,
    /// The street's own number for the person.
    pub code: String,
    pub area_code: String,
    #[schema(value_type = String)]
    pub why: NoCall,
}

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Elders at high risk of the caller's area of whose family nobody could be called for what is critical, by id.
#[utoipa::path(get, path = "/api/v1/uncalled", tag = "people", params(Part), responses((status = 200, body = PageDto<UncalledDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = usize::try_from(limit(asked.0.limit)?).unwrap_or(usize::MAX);
            let after = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Elders, it))
                .transpose()?;
            let after = after.map(|it| ElderId::new(it.1));
            let mut found = it.uncalled(|grid| who.scope.contains(grid)).await?;
            found.retain(|one| after.is_none_or(|after| one.0.id > after));
            let more = found.len() > most;
            found.truncate(most);
            let next = found.last().filter(|_| more).map(|it| it.0.id);
            let today = it.app.picture.today();
            let items = found.iter().map(|(elder, why)| UncalledDto {
                elder: elder_brief(&it.app, elder, today),
                code: elder.code.clone(),
                area_code: elder.grid.to_string(),
                why: *why,
            });
            Ok(PageDto {
                items: items.collect::<Vec<_>>(),
                next: next.map(|id| write_cursor(Listed::Elders, None, id.as_uuid())),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

impl Api {
    /// Why nobody of an elder's family could be called now; none: somebody could, or the elder is not at high risk. `without`: if this
    /// contact were not called.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn nobody_to_call(
        &self,
        elder: &Elder,
        without: Option<ContactId>,
    ) -> Result<Option<NoCall>, Problem> {
        let counts =
            elder.status == ElderStatus::Active && elder.needs_on(self.app.picture.today()).contains(&Need::HighRisk);
        if !counts {
            return Ok(None);
        }
        let with_phones = self.app.store.contacts_with_phones(&[elder.id]).await?;
        Ok(self.no_call(elder.id, &with_phones, without))
    }

    fn no_call(&self, elder: ElderId, with_phones: &HashSet<ContactId>, without: Option<ContactId>) -> Option<NoCall> {
        let picture = &self.app.picture;
        let may_ring = |it: &Contact| {
            let outline = picture.outline(Reached::Contact(it.id));
            let off = outline.is_some_and(|it| it.off.contains(&Way::Voice));
            !off && without != Some(it.id) && picture.choices(it.id).critical.voice
        };
        let all = picture.callable_contacts(elder);
        if all.is_empty() {
            return Some(NoCall::NoContact);
        }
        let mut reached = all.iter().filter(|it| with_phones.contains(&it.id)).peekable();
        if reached.peek().is_none() {
            return Some(NoCall::NoTelephone);
        }
        (!reached.any(may_ring)).then_some(NoCall::SwitchedOff)
    }

    /// Those of the grids that `here` names, by id.
    async fn uncalled(&self, here: impl Fn(AreaCode) -> bool) -> Result<Vec<(Elder, NoCall)>, Problem> {
        let picture = &self.app.picture;
        let today = picture.today();
        let mut elders: BTreeMap<ElderId, Elder> = BTreeMap::new();
        picture.each_elder(|it| {
            let counts = it.status == ElderStatus::Active && it.needs_on(today).contains(&Need::HighRisk);
            if counts && here(it.grid) {
                elders.insert(it.id, it.clone());
            }
        });
        let ids: Vec<ElderId> = elders.keys().copied().collect();
        let with_phones = self.app.store.contacts_with_phones(&ids).await?;
        let why = |elder: ElderId| self.no_call(elder, &with_phones, None);
        Ok(elders
            .into_iter()
            .filter_map(|(id, elder)| Some((elder, why(id)?)))
            .collect())
    }
}
