//! By which ways somebody can be told: one's own, and what the office files for others.
//!
//! Whoever asks for their own sees it whole. The office sees which ways there are and a mailbox by its first letter: it files
//! addresses, need not read them, and takes off the file only what it names. A browser belongs to whoever signed in on it last.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::family_session::FamilyMember;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id, text};
use crate::ids::{ContactId, ElderId, PushId, ResponderId};
use crate::people::{Language, Mailbox, MemberId, Phone, PushAddress, Reach, Reached, Way};
use crate::store::{AgreedOn, Owner};

/// Letters of a device's name at most.
const DEVICE_MAX_CHARS: usize = 60;
/// Telephones of an account at most.
const PHONES_MAX: usize = 4;
/// Nothing is pushed here: pages hide their switch.
const NO_PUSH: &str = "no_push";
const NO_PUSH_SAYS: &str = "this service pushes to no browser";

/// A browser that is pushed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PushDeviceDto {
    #[schema(value_type = String)]
    pub id: PushId,
    /// What its owner calls it.
    pub device: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
}

/// By which ways somebody can be told. Of others the office sees no address but the first letter of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReachDto {
    /// `zh-CN`, `en`; none: the house's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// Ways that are switched off. Of what is critical they are told all the same where no other way is left.
    #[schema(value_type = Vec<String>)]
    pub off: Vec<Way>,
    /// Ways for which an address is on file, telephones of a responder's or contact's own file left out.
    #[schema(value_type = Vec<String>)]
    pub has: Vec<Way>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// Of one's own: the id as a member of the street's WeCom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wecom_member: Option<String>,
    /// Of one's own: the id as a follower of the official account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechat_follower: Option<String>,
    /// Of an account without a responder: its telephones; the office sees their last two digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Browsers that are pushed to; of one's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub push: Vec<PushDeviceDto>,
}

/// By which ways somebody is to be told: what is left out is taken off the file.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachIn {
    /// `zh-CN`, `en`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// `web_push`, `email`, `sms`, `voice`, `wecom_app`, `wechat_template`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub off: Vec<Way>,
    #[serde(default)]
    pub mailbox: Option<String>,
    #[serde(default)]
    pub wecom_member: Option<String>,
    #[serde(default)]
    pub wechat_follower: Option<String>,
    /// Of an account that is no responder; responders and contacts have theirs in their own file.
    #[serde(default)]
    pub phones: Vec<String>,
}

/// What the office files for somebody else. It sees no address whole, so what it leaves out stays on the file.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeReachIn {
    /// `zh-CN`, `en`; left out: as it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// As in [`ReachIn`]; left out: as it is.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub off: Option<Vec<Way>>,
    /// Left out, or as the office is shown it: as it is; empty: taken off the file.
    #[serde(default)]
    pub mailbox: Option<String>,
    /// Left out: as it is; empty: taken off the file.
    #[serde(default)]
    pub wecom_member: Option<String>,
    /// Left out: as it is; empty: taken off the file.
    #[serde(default)]
    pub wechat_follower: Option<String>,
}

impl OfficeReachIn {
    /// The whole that is filed: what is named over what is there.
    fn over(self, there: Reach, who: Reached) -> Result<Reach, Problem> {
        let stays = |it: &Option<String>| {
            let shown = there.mailbox.as_ref().map(Mailbox::masked);
            it.is_none() || it.as_deref().map(str::trim) == shown.as_deref()
        };
        let keeps_mailbox = stays(&self.mailbox);
        let named = reach_of(
            &ReachIn {
                language: self.language.or(there.language),
                off: self.off.unwrap_or_else(|| there.off.iter().copied().collect()),
                mailbox: self.mailbox.filter(|_| !keeps_mailbox),
                wecom_member: self.wecom_member.clone(),
                wechat_follower: self.wechat_follower.clone(),
                phones: vec![],
            },
            who,
        )?;
        Ok(Reach {
            mailbox: if keeps_mailbox { there.mailbox } else { named.mailbox },
            wecom_member: self.wecom_member.map_or(there.wecom_member, |_| named.wecom_member),
            wechat_follower: self
                .wechat_follower
                .map_or(there.wechat_follower, |_| named.wechat_follower),
            phones: there.phones,
            ..named
        })
    }
}

/// What a browser wants to know before it agrees to be pushed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PushKeyDto {
    /// Our public key, `applicationServerKey`: P-256 uncompressed, base64url without padding.
    pub key: String,
}

/// A browser's consent: what `PushSubscription.toJSON()` gives, and a name for the device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushIn {
    /// What its owner calls the device, at most 60 letters.
    pub device: String,
    /// The push service's address for this browser.
    pub endpoint: String,
    pub keys: PushKeysIn,
}

/// The browser's keys, base64url without padding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushKeysIn {
    pub p256dh: String,
    pub auth: String,
}

fn wrong(field: &str, message: impl Into<String>) -> Problem {
    Problem::fields("invalid_value", vec![FieldError::new(field, "invalid_value", message)])
}

/// An empty text is none.
fn read<T: std::str::FromStr<Err: std::fmt::Display>>(field: &str, it: Option<&str>) -> Result<Option<T>, Problem> {
    let given = it.map(str::trim).filter(|it| !it.is_empty());
    given
        .map(|it| it.parse().map_err(|error: T::Err| wrong(field, error.to_string())))
        .transpose()
}

fn reach_of(asked: &ReachIn, who: Reached) -> Result<Reach, Problem> {
    if let Some(fixed) = asked.off.iter().find(|it| it.is_fixed()) {
        let why = format!("{fixed} ends at nobody of their own; it cannot be switched off by one person");
        return Err(wrong("off", why));
    }
    if !matches!(who, Reached::Account(_)) && !asked.phones.is_empty() {
        let why = "telephones of responders and contacts stand in their own file";
        return Err(wrong("phones", why));
    }
    if asked.phones.len() > PHONES_MAX {
        return Err(wrong("phones", format!("at most {PHONES_MAX}")));
    }
    let mut phones: Vec<Phone> = Vec::new();
    for (at, it) in asked.phones.iter().enumerate() {
        phones.extend(read(&format!("phones[{at}]"), Some(it))?);
    }
    Ok(Reach {
        language: asked.language,
        off: asked.off.iter().copied().collect(),
        mailbox: read("mailbox", asked.mailbox.as_deref())?,
        wecom_member: read("wecom_member", asked.wecom_member.as_deref())?,
        wechat_follower: read("wechat_follower", asked.wechat_follower.as_deref())?,
        phones,
    })
}

impl SignedIn {
    /// Whose reach is theirs: the responder's that they are, else the account's.
    fn reached(&self) -> Owner {
        let who = self.responder.map_or(Reached::Account(self.user), Reached::Responder);
        Owner { who, elder: None }
    }
}

impl FamilyMember {
    pub(super) const fn reached(&self) -> Owner {
        Owner {
            who: Reached::Contact(self.contact),
            elder: Some(self.elder),
        }
    }
}

impl Api {
    async fn own_reach(&self, owner: Owner) -> Result<ReachDto, Problem> {
        let reach = self.app.store.reach(owner.who).await?;
        let push = self.app.store.push_subscriptions(owner.who).await?;
        let mut has = reach.has();
        if !push.is_empty() {
            has.insert(Way::WebPush);
        }
        Ok(ReachDto {
            language: reach.language,
            off: reach.off.into_iter().collect(),
            has: has.into_iter().collect(),
            mailbox: reach.mailbox.as_ref().map(|it| Mailbox::reveal(it).to_owned()),
            wecom_member: reach.wecom_member.as_ref().map(|it| MemberId::reveal(it).to_owned()),
            wechat_follower: reach.wechat_follower.as_ref().map(|it| MemberId::reveal(it).to_owned()),
            phones: reach.phones.iter().map(|it| it.reveal().to_owned()).collect(),
            push: push
                .into_iter()
                .map(|it| PushDeviceDto {
                    id: it.id,
                    device: it.device,
                    made_at: it.made_at,
                })
                .collect(),
        })
    }

    /// As the office sees it.
    async fn masked_reach(&self, owner: Owner) -> Result<ReachDto, Problem> {
        let reach = self.app.store.reach(owner.who).await?;
        let whole = self.own_reach(owner).await?;
        Ok(ReachDto {
            mailbox: reach.mailbox.as_ref().map(Mailbox::masked),
            wecom_member: None,
            wechat_follower: None,
            phones: reach.phones.iter().map(Phone::masked).collect(),
            push: vec![],
            ..whole
        })
    }

    async fn file_reach(&self, owner: Owner, asked: &ReachIn) -> Result<(), Problem> {
        let reach = reach_of(asked, owner.who)?;
        self.put_reach(owner, reach).await
    }

    async fn put_reach(&self, owner: Owner, reach: Reach) -> Result<(), Problem> {
        if reach.off.contains(&Way::Voice)
            && let Reached::Contact(contact) = owner.who
            && self.is_last_call(owner.elder, contact).await?
        {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "last_call",
                "nobody else of the family of an elder at high risk would be called: a call stays on",
            ));
        }
        let outline = self.app.store.put_reach(owner, reach, self.app.clock.now()).await?;
        self.app.picture.put_outline(owner.who, outline);
        Ok(())
    }

    /// Whether a contact is the only one who could be called for what is critical of an elder at high risk.
    async fn is_last_call(&self, elder: Option<ElderId>, contact: ContactId) -> Result<bool, Problem> {
        let Some(elder) = elder.and_then(|it| self.app.picture.elder(it)) else {
            return Ok(false);
        };
        let now = self.nobody_to_call(&elder, None).await?;
        let then = self.nobody_to_call(&elder, Some(contact)).await?;
        Ok(now.is_none() && then.is_some())
    }

    async fn file_push(&self, owner: Owner, on: AgreedOn, asked: PushIn) -> Result<PushDeviceDto, Problem> {
        let device = text("device", &asked.device)?;
        if device.chars().count() > DEVICE_MAX_CHARS {
            let why = format!("may have {DEVICE_MAX_CHARS} letters");
            return Err(Problem::fields(
                "too_long",
                vec![FieldError::new("device", "too_long", why)],
            ));
        }
        let address = PushAddress {
            endpoint: asked.endpoint,
            p256dh: asked.keys.p256dh,
            auth: asked.keys.auth,
        };
        if let Some(flaw) = address.flaw() {
            let field = if flaw == "endpoint" {
                flaw.to_owned()
            } else {
                format!("keys.{flaw}")
            };
            return Err(wrong(&field, "is not what a browser gives"));
        }
        if self.app.browsers.key().is_none() {
            return Err(Problem::new(StatusCode::CONFLICT, NO_PUSH, NO_PUSH_SAYS));
        }
        if !self.app.browsers.reaches(&address.endpoint) {
            // Kept, it would look like a way to this person and never be one.
            return Err(wrong("endpoint", "is of a push service that this service does not use"));
        }
        let now = self.app.clock.now();
        let (id, changed) = self.app.store.add_push(owner, on, device.clone(), address, now).await?;
        for (who, outline) in changed {
            self.app.picture.put_outline(who, outline);
        }
        Ok(PushDeviceDto {
            id,
            device,
            made_at: now,
        })
    }

    async fn end_own_push(&self, owner: Owner, id: PushId) -> Result<(), Problem> {
        let now = self.app.clock.now();
        let ended = self.app.store.end_push(id, Some(owner.who), "ended", now).await?;
        let (who, outline) = ended.ok_or_else(|| {
            Problem::not_found("push_subscription_not_found", "there is no such subscription of yours")
        })?;
        self.app.picture.put_outline(who, outline);
        Ok(())
    }

    /// The contact that the path names, if they are the elder's.
    fn contact_of(&self, request: &HttpRequest) -> Result<Owner, Problem> {
        let elder: ElderId = path_id(request, "id")?;
        let contact: ContactId = path_id(request, "rid")?;
        let theirs = self.app.picture.elder_of_contact(contact) == Some(elder);
        let none = || Problem::not_found("contact_not_found", "there is no such contact of this elder");
        theirs.then_some(()).ok_or_else(none)?;
        Ok(Owner {
            who: Reached::Contact(contact),
            elder: Some(elder),
        })
    }
}

/// Addresses stay in no browser's cache.
fn fresh(dto: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto)
}

async fn show(api: &Api, owner: Owner) -> Result<HttpResponse, Problem> {
    let it = api.clone();
    Ok(fresh(&api.run(async move { it.own_reach(owner).await }).await?))
}

async fn put(api: &Api, owner: Owner, asked: ReachIn) -> Result<HttpResponse, Problem> {
    let it = api.clone();
    let dto = api.run(async move {
        it.file_reach(owner, &asked).await?;
        it.own_reach(owner).await
    });
    Ok(fresh(&dto.await?))
}

fn push_key(api: &Api) -> Result<HttpResponse, Problem> {
    let key = api.app.browsers.key();
    let key = key.ok_or_else(|| Problem::not_found(NO_PUSH, NO_PUSH_SAYS))?;
    Ok(HttpResponse::Ok().json(PushKeyDto { key: key.to_owned() }))
}

async fn add_push(api: &Api, owner: Owner, on: AgreedOn, asked: PushIn) -> Result<HttpResponse, Problem> {
    let it = api.clone();
    let dto = api.run(async move { it.file_push(owner, on, asked).await }).await?;
    Ok(HttpResponse::Created().json(dto))
}

async fn end_push(api: &Api, owner: Owner, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let id: PushId = path_id(request, "rid")?;
    let it = api.clone();
    api.run(async move { it.end_own_push(owner, id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn show_masked(api: &Api, owner: Owner) -> Result<HttpResponse, Problem> {
    let it = api.clone();
    Ok(fresh(&api.run(async move { it.masked_reach(owner).await }).await?))
}

async fn put_masked(api: &Api, who: &SignedIn, owner: Owner, asked: OfficeReachIn) -> Result<HttpResponse, Problem> {
    let (it, by) = (api.clone(), who.user);
    let dto = api.run(async move {
        let there = it.app.store.reach(owner.who).await?;
        it.put_reach(owner, asked.over(there, owner.who)?).await?;
        tracing::info!(of = %owner.who, user.id = %by, "the office has filed how somebody is reached");
        it.masked_reach(owner).await
    });
    Ok(fresh(&dto.await?))
}

/// By which ways the caller can be told.
#[utoipa::path(get, path = "/api/v1/me/reach", tag = "reach", responses((status = 200, body = ReachDto)))]
pub async fn mine(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    show(&api, who.reached()).await
}

/// Files by which ways the caller can be told; what is left out is taken off the file.
#[utoipa::path(put, path = "/api/v1/me/reach", tag = "reach", request_body = ReachIn, responses((status = 200, body = ReachDto)))]
pub async fn put_mine(api: web::Data<Api>, who: SignedIn, body: Body<ReachIn>) -> Result<HttpResponse, Problem> {
    put(&api, who.reached(), body.value).await
}

/// In which language a contact is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyLanguageDto {
    /// `zh-CN`, `en`.
    #[schema(value_type = String)]
    pub language: Language,
}

/// Keeps in which language one is told, as it was chosen on the page; addresses and ways stay as they are.
#[utoipa::path(put, path = "/api/v1/family/language", tag = "family", request_body = FamilyLanguageDto,
    responses((status = 200, body = FamilyLanguageDto)))]
pub async fn put_family_language(
    api: web::Data<Api>,
    me: FamilyMember,
    body: Body<FamilyLanguageDto>,
) -> Result<HttpResponse, Problem> {
    let (it, owner, dto) = (api.get_ref().clone(), me.reached(), body.value);
    api.run(async move {
        let there = it.app.store.reach(owner.who).await?;
        let language = Some(dto.language);
        let reach = Reach { language, ..there };
        let outline = it.app.store.put_reach(owner, reach, it.app.clock.now()).await?;
        it.app.picture.put_outline(owner.who, outline);
        Ok::<_, Problem>(())
    })
    .await?;
    Ok(fresh(&dto))
}

/// The key that this browser wants before it agrees to be pushed to. 404 `no_push`: nobody is pushed to.
#[utoipa::path(get, path = "/api/v1/me/push-key", tag = "reach", responses((status = 200, body = PushKeyDto),
    (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn my_push_key(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    push_key(&api)
}

/// The caller agrees to be pushed to in this browser, until they sign out everywhere. With more than ten the oldest ends.
#[utoipa::path(post, path = "/api/v1/me/push-subscriptions", tag = "reach", request_body = PushIn,
    responses((status = 201, body = PushDeviceDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn add_my_push(api: web::Data<Api>, who: SignedIn, body: Body<PushIn>) -> Result<HttpResponse, Problem> {
    add_push(&api, who.reached(), AgreedOn::Account(who.user), body.value).await
}

/// The caller is pushed to in this browser no more.
#[utoipa::path(post, path = "/api/v1/me/push-subscriptions/{rid}/end", tag = "reach", params(("rid" = String, Path)),
    responses((status = 204)))]
pub async fn end_my_push(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    end_push(&api, who.reached(), &request).await
}

fn responder_of(request: &HttpRequest) -> Result<Owner, Problem> {
    let id: ResponderId = path_id(request, "id")?;
    Ok(Owner {
        who: Reached::Responder(id),
        elder: None,
    })
}

/// By which ways a responder can be told; addresses are masked.
#[utoipa::path(get, path = "/api/v1/responders/{id}/reach", tag = "reach", params(("id" = String, Path)),
    responses((status = 200, body = ReachDto)))]
pub async fn of_responder(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    show_masked(&api, responder_of(&request)?).await
}

/// Files by which ways a responder can be told; what is left out stays as it is.
#[utoipa::path(put, path = "/api/v1/responders/{id}/reach", tag = "reach", params(("id" = String, Path)), request_body = OfficeReachIn,
    responses((status = 200, body = ReachDto)))]
pub async fn put_of_responder(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<OfficeReachIn>,
) -> Result<HttpResponse, Problem> {
    put_masked(&api, &who, responder_of(&request)?, body.value).await
}

/// By which ways a contact of an elder can be told; addresses are masked.
#[utoipa::path(get, path = "/api/v1/elders/{id}/contacts/{rid}/reach", tag = "reach",
    params(("id" = String, Path), ("rid" = String, Path)), responses((status = 200, body = ReachDto)))]
pub async fn of_contact(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    show_masked(&api, api.contact_of(&request)?).await
}

/// Files by which ways a contact of an elder can be told; what is left out stays as it is.
#[utoipa::path(put, path = "/api/v1/elders/{id}/contacts/{rid}/reach", tag = "reach",
    params(("id" = String, Path), ("rid" = String, Path)), request_body = OfficeReachIn, responses((status = 200, body = ReachDto)))]
pub async fn put_of_contact(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<OfficeReachIn>,
) -> Result<HttpResponse, Problem> {
    put_masked(&api, &who, api.contact_of(&request)?, body.value).await
}

/// By which ways the contact can be told who looks.
#[utoipa::path(get, path = "/api/v1/family/reach", tag = "family", responses((status = 200, body = ReachDto)))]
pub async fn of_family(api: web::Data<Api>, me: FamilyMember) -> Result<HttpResponse, Problem> {
    show(&api, me.reached()).await
}

/// Files by which ways the contact can be told who looks. Which level is told by which is said by `choices`.
#[utoipa::path(put, path = "/api/v1/family/reach", tag = "family", request_body = ReachIn, responses((status = 200, body = ReachDto)))]
pub async fn put_of_family(
    api: web::Data<Api>,
    me: FamilyMember,
    body: Body<ReachIn>,
) -> Result<HttpResponse, Problem> {
    put(&api, me.reached(), body.value).await
}

/// The key that this browser wants before it agrees to be pushed to. 404 `no_push`: nobody is pushed to.
#[utoipa::path(get, path = "/api/v1/family/push-key", tag = "family", responses((status = 200, body = PushKeyDto),
    (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn family_push_key(api: web::Data<Api>, _: FamilyMember) -> Result<HttpResponse, Problem> {
    push_key(&api)
}

/// The contact agrees to be pushed to in this browser, until this device is shut out.
#[utoipa::path(post, path = "/api/v1/family/push-subscriptions", tag = "family", request_body = PushIn,
    responses((status = 201, body = PushDeviceDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn add_family_push(
    api: web::Data<Api>,
    me: FamilyMember,
    body: Body<PushIn>,
) -> Result<HttpResponse, Problem> {
    add_push(&api, me.reached(), AgreedOn::FamilyDevice(me.device.id), body.value).await
}

/// The contact is pushed to in this browser no more.
#[utoipa::path(post, path = "/api/v1/family/push-subscriptions/{rid}/end", tag = "family", params(("rid" = String, Path)),
    responses((status = 204)))]
pub async fn end_family_push(
    api: web::Data<Api>,
    me: FamilyMember,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    end_push(&api, me.reached(), &request).await
}
