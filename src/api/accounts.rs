//! Accounts of people: who may sign in, with which rights, and what was changed of that; and the log of the whole register.
//!
//! Holds always:
//! - an administrator keeps the accounts whose every area is among their own; one without areas is the machine's and keeps all.
//!   So nobody gives a right that they do not have;
//! - nobody changes their own rights: two are needed, and the last administrator cannot shut themselves out;
//! - a password is made here, told once and kept nowhere; whoever has it chooses another ([`super::auth::password`]);
//! - each change and its line in the log are one transaction.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::{SignedIn, hash_password, made_password};
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, Listed, PageDto, Query, limit, path_id, read_cursor, write_cursor};
use crate::ids::{ResponderId, UserId};
use crate::people::{AreaCode, PrefixSet, Role, rights_flaw, sound_username};
use crate::store::{Account, LinesWanted, NewAccount, PAGE_MAX, RegisterEvent, Rights};

/// Areas of one account at most.
const AREAS_MAX: usize = 50;
/// Pages of the store that one answer looks through for what the caller may see; the next answer goes on from there.
const LOOKED_THROUGH: usize = 20;

/// An account. The `ETag` of one is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountDto {
    #[schema(value_type = String)]
    pub id: UserId,
    pub username: String,
    #[schema(value_type = String)]
    pub role: Role,
    /// Codes of areas; none: sees no case and no elder.
    pub areas: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_name: Option<String>,
    /// `active`, `locked` (too many wrong passwords), `disabled`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub locked_until: Option<Timestamp>,
    /// It is the caller's own, which somebody else changes.
    pub own: bool,
    pub version: i64,
}

/// The rights that an account is to have.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountIn {
    /// `admin`, `duty_leader`, `dispatcher`, `grid_worker`, `caregiver`, `auditor`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Codes of areas, 50 at most.
    #[serde(default)]
    pub areas: Vec<String>,
    /// The responder that they are; whoever walks is one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
    /// They may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

/// A new account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountIn {
    /// Kept in small letters; 64 at most, no blanks.
    pub username: String,
    pub rights: AccountIn,
}

/// A password that was made, told once: it is kept nowhere as it stands here.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct MadePasswordDto {
    pub account: AccountDto,
    pub password: String,
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountsWanted {
    /// A part of the name.
    q: Option<String>,
    #[param(value_type = Option<String>)]
    role: Option<Role>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

pub(super) fn no_account() -> Problem {
    Problem::not_found("account_not_found", "there is no such account")
}

fn wrong(field: &str, code: &str, why: impl Into<String>) -> Problem {
    Problem::fields("invalid_value", vec![FieldError::new(field, code, why)])
}

fn outside() -> Problem {
    wrong(
        "areas",
        "outside_scope",
        "an administrator gives areas, and responders who work, within their own only",
    )
}

fn rights_json(role: Role, scope: &PrefixSet, responder: Option<ResponderId>, disabled: bool) -> serde_json::Value {
    json!({"role": role, "areas": scope, "responder_id": responder, "disabled": disabled})
}

impl Api {
    /// Whether somebody keeps, or reads, accounts of this reach: every area of it, and of the responder, is among their own.
    fn reaches(&self, who: &SignedIn, scope: &PrefixSet, responder: Option<ResponderId>) -> bool {
        if who.scope.is_empty() {
            return who.role == Role::Admin;
        }
        let works = responder.and_then(|it| self.app.picture.responder(it));
        let mut places = scope
            .iter()
            .chain(works.iter().flat_map(|it| it.scope.iter()))
            .peekable();
        places.peek().is_some() && places.all(|it| who.scope.contains(it))
    }

    /// The account, for whoever keeps it or whose it is.
    ///
    /// # Errors
    /// 404 `account_not_found`.
    pub(super) async fn account_for(&self, who: &SignedIn, id: UserId) -> Result<Account, Problem> {
        let found = self.app.store.account(id).await?.ok_or_else(no_account)?;
        let seen = id == who.user || self.reaches(who, &found.scope, found.responder);
        if seen { Ok(found) } else { Err(no_account()) }
    }

    fn account_dto(&self, who: &SignedIn, it: &Account) -> AccountDto {
        let locked_until = it.locked_until.filter(|until| *until > self.app.clock.now());
        let state = match (it.disabled_at, locked_until) {
            (Some(_), _) => "disabled",
            (None, Some(_)) => "locked",
            (None, None) => "active",
        };
        let responder = it.responder.and_then(|id| self.app.picture.responder(id));
        AccountDto {
            id: it.id,
            username: it.username.clone(),
            role: it.role,
            areas: it.scope.iter().map(|code| code.to_string()).collect(),
            responder_id: it.responder,
            responder_name: responder.map(|it| it.name.clone()),
            state: state.to_owned(),
            locked_until,
            own: it.id == who.user,
            version: it.version,
        }
    }

    /// What is asked for, as rights that the caller may give.
    fn rights_of(&self, who: &SignedIn, asked: &AccountIn) -> Result<Rights, Problem> {
        if asked.areas.len() > AREAS_MAX {
            return Err(wrong("areas", "too_many", format!("at most {AREAS_MAX} areas")));
        }
        let mut scope = PrefixSet::nothing();
        for text in &asked.areas {
            let code: AreaCode = text
                .parse()
                .map_err(|error: crate::people::BadAreaCode| wrong("areas", "invalid_value", error.to_string()))?;
            if !who.scope.is_empty() && !who.scope.contains(code) {
                // Before it is said whether there is such an area.
                return Err(outside());
            }
            if self.app.picture.area_id(code).is_none() {
                return Err(wrong(
                    "areas",
                    "unknown_area",
                    format!("{code}: no such area is on file"),
                ));
            }
            scope.insert(code);
        }
        let on_file = |id| self.app.picture.responder(id).is_some();
        if asked.responder_id.is_some_and(|it| !on_file(it)) {
            return Err(wrong(
                "responder_id",
                "unknown_responder",
                "no such responder is on file",
            ));
        }
        if let Some(flaw) = rights_flaw(asked.role, &scope, asked.responder_id.is_some()) {
            let (field, code) = match flaw.field {
                "responder" => ("responder_id", "responder_needed"),
                "areas" => ("areas", "area_needed"),
                field => (field, "invalid_value"),
            };
            return Err(wrong(field, code, flaw.why));
        }
        if !self.reaches(who, &scope, asked.responder_id) {
            return Err(outside());
        }
        Ok(Rights {
            role: asked.role,
            scope,
            responder: asked.responder_id,
            disabled: asked.disabled,
        })
    }

    fn account_line(&self, who: &SignedIn, id: UserId, what: &str) -> RegisterEvent {
        RegisterEvent {
            id: self.app.ids.make(),
            subject: id.to_string(),
            at: self.app.clock.now(),
            by: who.user,
            what: what.to_owned(),
            before: None,
            after: None,
        }
    }

    async fn accounts(&self, who: &SignedIn, asked: AccountsWanted) -> Result<PageDto<AccountDto>, Problem> {
        let most = usize::try_from(limit(asked.limit)?).unwrap_or(usize::MAX);
        let cursor = asked.cursor.as_deref().map(|it| read_cursor(Listed::Accounts, it));
        let mut after = cursor.transpose()?.map(|(_, id)| UserId::new(id));
        let part = asked.q.unwrap_or_default().trim().to_lowercase();
        let wanted = |it: &Account| {
            asked.role.is_none_or(|role| role == it.role)
                && it.username.contains(&part)
                && (it.id == who.user || self.reaches(who, &it.scope, it.responder))
        };
        let mut items: Vec<AccountDto> = Vec::new();
        for _ in 0..LOOKED_THROUGH {
            let page = self.app.store.accounts_by_name(after, PAGE_MAX).await?;
            for error in page.aside {
                tracing::warn!(%error, "an account was set aside");
            }
            for it in page.items {
                if items.len() == most {
                    return Ok(PageDto {
                        next: after.map(|it| write_cursor(Listed::Accounts, None, it.as_uuid())),
                        items,
                    });
                }
                after = Some(it.id);
                if wanted(&it) {
                    items.push(self.account_dto(who, &it));
                }
            }
            if page.next.is_none() {
                return Ok(PageDto { items, next: None });
            }
            after = page.next.map(UserId::new);
        }
        Ok(PageDto {
            items,
            next: after.map(|it| write_cursor(Listed::Accounts, None, it.as_uuid())),
        })
    }

    /// A made password and its argon2id text, off the threads that serve.
    async fn new_password(&self) -> Result<(String, String), Problem> {
        let password = made_password()?;
        let text = password.clone();
        let hash = tokio::task::spawn_blocking(move || hash_password(&text)).await;
        Ok((password, hash.map_err(|_| Problem::internal())??))
    }

    async fn file_account(&self, who: &SignedIn, asked: NewAccountIn) -> Result<MadePasswordDto, Problem> {
        let username =
            sound_username(&asked.username).map_err(|it| wrong("username", "bad_username", it.to_string()))?;
        let rights = self.rights_of(who, &asked.rights)?;
        if rights.disabled {
            return Err(wrong("rights.disabled", "invalid_value", "a new account may sign in"));
        }
        let id = UserId::new(self.app.ids.make());
        let mut after = rights_json(rights.role, &rights.scope, rights.responder, false);
        after["username"] = json!(username);
        let line = RegisterEvent {
            after: Some(after),
            ..self.account_line(who, id, "filed")
        };
        let (password, password_hash) = self.new_password().await?;
        let new = NewAccount {
            id,
            username,
            password_hash,
            role: rights.role,
            scope: rights.scope,
            responder: rights.responder,
        };
        let filed = self.app.store.file_account(new, Some(line), self.app.clock.now()).await;
        filed.map_err(|error| {
            if error.is_unique("account_username") {
                Problem::conflict("username_taken", "there is an account of this name already")
            } else {
                error.into()
            }
        })?;
        let account = self.app.store.account(id).await?.ok_or_else(no_account)?;
        Ok(MadePasswordDto {
            account: self.account_dto(who, &account),
            password,
        })
    }

    /// An account of somebody else.
    async fn other_account(&self, who: &SignedIn, id: UserId) -> Result<Account, Problem> {
        if id == who.user {
            return Err(Problem::conflict(
                "own_account",
                "somebody else changes your account; your own password you change yourself",
            ));
        }
        self.account_for(who, id).await
    }

    async fn edit_account(
        &self,
        who: &SignedIn,
        id: UserId,
        asked: &AccountIn,
        version: i64,
    ) -> Result<AccountDto, Problem> {
        let was = self.other_account(who, id).await?;
        let rights = self.rights_of(who, asked)?;
        let json = |it: &Rights| rights_json(it.role, &it.scope, it.responder, it.disabled);
        let disabled = was.disabled_at.is_some();
        let line = RegisterEvent {
            before: Some(rights_json(was.role, &was.scope, was.responder, disabled)),
            after: Some(json(&rights)),
            ..self.account_line(who, id, "edited")
        };
        let store = &self.app.store;
        store
            .edit_account(id, rights, version, Some(line), self.app.clock.now())
            .await
            .map_err(stale)?;
        self.changed_account(who, id).await
    }

    /// As it stands after a change; its sessions are looked at again at once.
    async fn changed_account(&self, who: &SignedIn, id: UserId) -> Result<AccountDto, Problem> {
        self.sessions.forget(id);
        let account = self.app.store.account(id).await?.ok_or_else(no_account)?;
        Ok(self.account_dto(who, &account))
    }
}

/// The accounts that the caller keeps, by name.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(AccountsWanted), responses((status = 200, body = PageDto<AccountDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<AccountsWanted>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api.run(async move { it.accounts(&who, asked.0).await }).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Makes an account, and a password that is told once.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccountIn, responses((status = 201, body = MadePasswordDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn file(api: web::Data<Api>, who: SignedIn, body: Body<NewAccountIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let made = api.run(async move { it.file_account(&who, body.value).await }).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(made))
}

/// One account.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path)), responses((status = 200, body = AccountDto)))]
pub async fn one(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let account = it.account_for(&who, id).await?;
            Ok(it.account_dto(&who, &account))
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Gives an account other rights; every session of it ends. 412 when somebody was quicker, 409 for one's own.
#[utoipa::path(put, path = "/api/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = AccountIn, responses((status = 200, body = AccountDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<AccountIn>,
) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.edit_account(&who, id, &body.value, version).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Makes another password for somebody who has lost theirs, told once; every session of the account ends.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/password", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = MadePasswordDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn password(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let made = api
        .run(async move {
            it.other_account(&who, id).await?;
            let (password, hash) = it.new_password().await?;
            let line = it.account_line(&who, id, "password_renewed");
            let now = it.app.clock.now();
            it.app.store.renew_password(id, hash, Some(line), now).await?;
            let account = it.changed_account(&who, id).await?;
            Ok(MadePasswordDto { account, password })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(made))
}

/// Ends every session of an account: a telephone was lost.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/end-sessions", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountDto)))]
pub async fn end_sessions(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            it.account_for(&who, id).await?;
            let line = it.account_line(&who, id, "sessions_ended");
            let now = it.app.clock.now();
            it.app.store.end_account_sessions(id, Some(line), now).await?;
            it.changed_account(&who, id).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Ends the lock of an account after too many wrong passwords.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/unlock", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = AccountDto)))]
pub async fn unlock(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            it.account_for(&who, id).await?;
            let line = it.account_line(&who, id, "unlocked");
            it.app.store.unlock_account(id, Some(line)).await?;
            it.changed_account(&who, id).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Who has changed what of an account, the last first.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/log", tag = "accounts", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(api: web::Data<Api>, request: HttpRequest, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let id: UserId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&id.to_string(), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A line of the register's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegisterLineDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    pub by_name: String,
    /// The id of what was changed, or the words by which it is filed.
    pub subject: String,
    /// `filed`, `edited`, `imported`, `password_renewed`, …
    pub what: String,
    /// As it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegisterLinesWanted {
    /// Written by this account.
    #[param(value_type = Option<String>)]
    by: Option<UserId>,
    /// About the thing of this id.
    subject: Option<String>,
    /// With this word.
    what: Option<String>,
    /// Not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl Api {
    async fn register_lines(
        &self,
        who: &SignedIn,
        asked: RegisterLinesWanted,
    ) -> Result<PageDto<RegisterLineDto>, Problem> {
        let most = usize::try_from(limit(asked.limit)?).unwrap_or(usize::MAX);
        let cursor = asked.cursor.as_deref().map(|it| read_cursor(Listed::RegisterLines, it));
        let mut before = cursor.transpose()?;
        let wanted = LinesWanted {
            by: asked.by,
            subject: asked.subject,
            what: asked.what,
            from: asked.from,
            until: asked.until,
        };
        let mut authors: HashMap<UserId, Option<String>> = HashMap::new();
        let mut items = Vec::new();
        let next = |it: (Timestamp, uuid::Uuid)| write_cursor(Listed::RegisterLines, Some(it.0), it.1);
        for _ in 0..LOOKED_THROUGH {
            let found = self.app.store.register_lines(&wanted, before, PAGE_MAX).await?;
            let whole = found.len() as u64 >= PAGE_MAX;
            for it in found {
                if items.len() == most {
                    return Ok(PageDto {
                        items,
                        next: before.map(next),
                    });
                }
                before = Some((it.at, it.id));
                let known = authors.get(&it.by).cloned();
                let name = match known {
                    Some(known) => known,
                    None => {
                        let author = self.app.store.account(it.by).await?;
                        let seen =
                            author.filter(|one| one.id == who.user || self.reaches(who, &one.scope, one.responder));
                        let name = seen.map(|one| one.username);
                        authors.insert(it.by, name.clone());
                        name
                    }
                };
                if let Some(name) = name {
                    items.push(RegisterLineDto {
                        at: it.at,
                        by: it.by,
                        by_name: name,
                        subject: it.subject,
                        what: it.what,
                        before: it.before,
                        after: it.after,
                    });
                }
            }
            if !whole {
                return Ok(PageDto { items, next: None });
            }
        }
        Ok(PageDto {
            items,
            next: before.map(next),
        })
    }
}

/// What was changed in the register by those whose accounts the caller keeps or reads, the last first. What somebody beyond them has
/// changed stands in the log of the thing itself.
#[utoipa::path(get, path = "/api/v1/register-log", tag = "accounts", params(RegisterLinesWanted),
    responses((status = 200, body = PageDto<RegisterLineDto>)))]
pub async fn lines(
    api: web::Data<Api>,
    who: SignedIn,
    asked: Query<RegisterLinesWanted>,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api.run(async move { it.register_lines(&who, asked.0).await }).await?;
    Ok(HttpResponse::Ok().json(page))
}
