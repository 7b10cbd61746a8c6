//! Who is there: sign-in with a password, short access tokens, long refresh tokens, device keys.
//!
//! Holds always:
//! - passwords are looked at outside the workers' threads, few at a time, and an unknown name costs the same work;
//! - one answer for an unknown name, a wrong password, a locked and a disabled account: it teaches nobody which;
//! - an access token lives 15 minutes by our clock, and ends within [`SEEN_FOR`] when the account's epoch is raised;
//!   role, scope and responder are those of the account now, not those of the sign-in.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::Api;
use super::problem::{FieldError, Problem};
use super::view::Viewer;
use super::wire::Body;
use crate::ids::{DeviceId, ResponderId, UserId};
use crate::people::{PrefixSet, Role, password_flaw};
use crate::store::seal::random;
use crate::store::{
    Account, DeviceKey, KeptDevice, Lockout, MasterKey, RefreshToken, RegisterEvent, Rotation, SealError, StoreError,
};

/// How long an access token holds.
pub const ACCESS_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How long a refresh token holds when it is not used.
pub const REFRESH_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a look at an account counts before it is looked at again.
pub const SEEN_FOR: SignedDuration = SignedDuration::from_secs(2);
/// How long the last look still counts when the store cannot be asked.
const SEEN_WITHOUT_STORE: SignedDuration = SignedDuration::from_secs(60);
/// Wrong passwords until an account is locked, and for how long.
pub const LOCKOUT: Lockout = Lockout {
    attempts_max: 10,
    lock_for: SignedDuration::from_mins(15),
};
/// Passwords that are looked at at the same time.
const HASHES_AT_ONCE: usize = 2;
/// Sign-ins that may wait for that; one more is told to come back.
pub const SIGN_INS_MAX: usize = 64;
/// Letters of a password or name.
const PASSWORD_MAX: usize = 1_024;
const ISSUER: &str = "eldercare-dispatch";

/// Installs what signs and checks tokens; call it first in `main` and before any token. Twice does no harm.
pub fn install_crypto() {
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
}

/// The text under which a password is kept: argon2id with its parameters and salt. Takes some 50 ms of one core.
///
/// # Errors
/// `NoRandomness`.
pub fn hash_password(password: &str) -> Result<String, SealError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|it| it.to_string())
        .map_err(|_| SealError::NoRandomness)
}

/// How long a made password is, letters of [`ALPHABET`]: 100 bits.
const MADE: usize = 20;
/// Letters and digits that nobody confuses when reading them from paper.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password that nobody has chosen, 20 letters and digits.
///
/// # Errors
/// `NoRandomness`.
pub fn made_password() -> Result<String, SealError> {
    let bytes: [u8; MADE] = random()?;
    // 32 letters: the low five bits of a random byte choose one evenly.
    Ok(bytes
        .iter()
        .map(|it| char::from(ALPHABET[usize::from(it & 31)]))
        .collect())
}

fn is_password(password: &str, hash: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// Signs and reads access tokens (JWT, EdDSA).
pub struct Tokens {
    signs: EncodingKey,
    reads: DecodingKey,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: UserId,
    /// The account's epoch.
    epoch: i64,
    iat: i64,
    exp: i64,
}

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS#8 (RFC 8410).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

impl Tokens {
    /// With the key in a file; makes the file (mode 600) when there is none.
    ///
    /// # Errors
    /// `BadMaster` naming the file.
    pub fn from_file(path: &Path) -> Result<Self, SealError> {
        install_crypto();
        let key = MasterKey::read_or_create(path)?;
        let bad = |what: &str| SealError::BadMaster(format!("{}: {what}", path.display()));
        let signs = EncodingKey::from_ed_der(&[PKCS8_ED25519.as_slice(), key.reveal()].concat());
        let public = Jwk::from_encoding_key(&signs, Algorithm::EdDSA).map_err(|_| bad("no signing key"))?;
        let reads = DecodingKey::from_jwk(&public).map_err(|_| bad("no signing key"))?;
        let text = serde_json::to_vec(&public.algorithm).map_err(|_| bad("no signing key"))?;
        let kid = Sha256::digest(text)
            .iter()
            .take(8)
            .map(|it| format!("{it:02x}"))
            .collect();
        Ok(Self { signs, reads, kid })
    }

    fn sign(&self, account: &Account, now: Timestamp) -> Result<String, Problem> {
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: account.id,
            epoch: account.token_epoch,
            iat: now.as_second(),
            exp: (now + ACCESS_FOR).as_second(),
        };
        jsonwebtoken::encode(&header, &claims, &self.signs).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Problem::internal()
        })
    }

    /// By our clock, not by the library's.
    fn read(&self, token: &str, now: Timestamp) -> Result<Claims, Problem> {
        let bad = || Problem::unauthorized("bad_token", "this is no access token of this service");
        let kid = jsonwebtoken::decode_header(token).map_err(|_| bad())?.kid;
        if kid.as_deref() != Some(self.kid.as_str()) {
            return Err(bad());
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "sub", "iss"]);
        rules.validate_exp = false;
        rules.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.reads, &rules)
            .map_err(|_| bad())?
            .claims;
        if claims.exp <= now.as_second() {
            return Err(Problem::unauthorized(
                "token_expired",
                "the access token has expired: refresh it",
            ));
        }
        Ok(claims)
    }
}

/// What the process remembers of accounts and sign-ins.
pub struct Sessions {
    /// The tokens.
    pub tokens: Tokens,
    seen: Mutex<HashMap<UserId, (Account, Timestamp)>>,
    hashing: Semaphore,
    waiting: Semaphore,
}

impl Sessions {
    /// Nobody seen yet.
    pub fn new(tokens: Tokens) -> Self {
        Self {
            tokens,
            seen: Mutex::new(HashMap::new()),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            waiting: Semaphore::new(SIGN_INS_MAX),
        }
    }

    fn remembered(&self, id: UserId) -> Option<(Account, Timestamp)> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    fn remember(&self, account: Account, now: Timestamp) {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account.id, (account, now));
    }

    /// Looks at the account again at the next request.
    pub fn forget(&self, id: UserId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// Somebody signed in, with the rights of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub user: UserId,
    /// Its name.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// They take part in the practice.
    pub practice: bool,
}

impl SignedIn {
    /// As a viewer of cases.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            user: self.user,
            role: self.role,
            responder: self.responder,
            scope: self.scope.clone(),
            practice: self.practice,
        }
    }

    /// The responder that they are.
    ///
    /// # Errors
    /// 403 `not_a_responder`.
    pub fn responder(&self) -> Result<ResponderId, Problem> {
        self.responder
            .ok_or_else(|| Problem::forbidden("not_a_responder", "this account belongs to no responder"))
    }
}

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    /// The guard of the route has put it there.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = match request.extensions().get::<Caller>() {
            Some(Caller::Person(it)) => Ok(it.clone()),
            Some(Caller::Device(_) | Caller::Family(_) | Caller::Wall(_)) | None => {
                Err(Problem::unauthorized("no_token", "sign in first"))
            }
        };
        std::future::ready(found)
    }
}

/// A device that has shown its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceAuth(pub DeviceId);

/// Who proved to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Somebody signed in.
    Person(SignedIn),
    /// A device with its key.
    Device(DeviceAuth),
    /// Somebody of a family, who has no account.
    Family(Box<super::family_session::FamilyMember>),
    /// A screen on the wall, which is nobody.
    Wall(Box<crate::store::Wall>),
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        std::future::ready(found.ok_or_else(|| Problem::unauthorized("no_token", "sign in first")))
    }
}

/// What an `Authorization` header says.
pub(super) enum Shown {
    Bearer(String),
    Device { claimed: String, key: String },
}

/// Reads the header.
pub(super) fn shown(request: &HttpRequest) -> Result<Shown, Problem> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Err(Problem::unauthorized(
            "no_token",
            "an Authorization header is needed: Bearer for people, Device for devices",
        ));
    };
    let bad = || Problem::unauthorized("bad_token", "the Authorization header is neither Bearer nor Device");
    let (scheme, rest) = value.to_str().ok().and_then(|it| it.split_once(' ')).ok_or_else(bad)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Shown::Bearer(rest.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("device") {
        let (claimed, key) = rest.split_once(':').unwrap_or((rest, ""));
        return Ok(Shown::Device {
            claimed: claimed.to_owned(),
            key: key.to_owned(),
        });
    }
    Err(bad())
}

impl Api {
    /// Whose access token this is, with the rights of now.
    ///
    /// # Errors
    /// 401 with `bad_token`, `token_expired` or `token_revoked`; 503.
    pub async fn signed_in(&self, token: &str) -> Result<SignedIn, Problem> {
        let now = self.app.clock.now();
        let sessions = &self.sessions;
        let claims = sessions.tokens.read(token, now)?;
        let account = match sessions.remembered(claims.sub) {
            Some((account, at)) if now.duration_since(at) < SEEN_FOR => account,
            older => match self.app.store.account(claims.sub).await {
                Ok(Some(account)) => {
                    sessions.remember(account.clone(), now);
                    account
                }
                Ok(None) => return Err(Problem::unauthorized("token_revoked", "this session has ended")),
                Err(error @ StoreError::Unavailable { .. }) => match older {
                    Some((account, at)) if now.duration_since(at) < SEEN_WITHOUT_STORE => account,
                    _ => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            },
        };
        if account.disabled_at.is_some() || account.token_epoch != claims.epoch {
            return Err(Problem::unauthorized(
                "token_revoked",
                "this session has ended: sign in again",
            ));
        }
        Ok(SignedIn {
            user: account.id,
            username: account.username,
            role: account.role,
            responder: account.responder,
            scope: account.scope,
            expires_at: Timestamp::from_second(claims.exp).unwrap_or(now),
            practice: self.app.picture.practises(account.id, now),
        })
    }

    /// Whose device key this is, by the picture in memory alone: no waiting, which is how it is for all but the newest.
    pub(super) fn known_device_of(&self, claimed: &str, key: &str) -> Result<Option<DeviceAuth>, Problem> {
        let (Ok(id), Some(key)) = (claimed.parse::<DeviceId>(), DeviceKey::parse(key)) else {
            return Ok(None);
        };
        let ring = self.app.store.keys()?;
        let hash = self.app.picture.key_hash(id);
        Ok(hash
            .is_some_and(|it| ring.is_device_key(&key, &it))
            .then_some(DeviceAuth(id)))
    }

    /// Whose device key this is; none: nobody's. A device that was filed a moment ago is found in the store.
    pub(super) async fn device_of(&self, claimed: &str, key: &str) -> Result<Option<DeviceAuth>, Problem> {
        let (Ok(id), Some(key)) = (claimed.parse::<DeviceId>(), DeviceKey::parse(key)) else {
            return Ok(None);
        };
        let app = &self.app;
        let ring = app.store.keys()?.clone();
        let fits = |it: &KeptDevice| it.key_hash.as_ref().is_some_and(|it| ring.is_device_key(&key, it));
        let Some(kept) = app.store.device(id).await?.filter(fits) else {
            return Ok(None);
        };
        app.picture.bring_device(&app.store, kept).await?;
        Ok(Some(DeviceAuth(id)))
    }

    async fn sign_in(self, asked: SignIn) -> Result<TokenPair, Problem> {
        let wrong = || {
            Problem::unauthorized(
                "wrong_credentials",
                "the name or the password is wrong, or there were too many tries: then wait 15 minutes",
            )
        };
        if asked.password.len() > PASSWORD_MAX || asked.username.len() > PASSWORD_MAX {
            return Err(wrong());
        }
        let sessions = &self.sessions;
        let crowded = || Problem::unavailable("overloaded", "too many people sign in at once");
        let _place = sessions.waiting.try_acquire().map_err(|_| crowded())?;
        let store = &self.app.store;
        let found = store.account_to_sign_in(&asked.username).await?;
        let _turn = sessions.hashing.acquire().await.map_err(|_| crowded())?;
        let hash = found.as_ref().map(|it| it.1.clone());
        let right = tokio::task::spawn_blocking(move || {
            // An unknown name costs what a known one costs.
            static NOBODY: OnceLock<String> = OnceLock::new();
            match hash {
                Some(hash) => is_password(&asked.password, &hash),
                None => {
                    let hash = NOBODY.get_or_init(|| hash_password("nobody").unwrap_or_default());
                    let _ = is_password(&asked.password, hash);
                    false
                }
            }
        })
        .await
        .map_err(|_| Problem::internal())?;
        let Some((account, _)) = found else { return Err(wrong()) };
        let now = self.app.clock.now();
        // Read again: others may have guessed meanwhile.
        let account = store.account(account.id).await?.ok_or_else(wrong)?;
        if !account.may_try(now) {
            return Err(wrong());
        }
        if !right {
            if store.record_wrong_password(account.id, LOCKOUT, now).await?.is_some() {
                tracing::warn!(user.id = %account.id, "an account is locked after wrong passwords");
            }
            return Err(wrong());
        }
        if account.failed_attempts > 0 || account.locked_until.is_some() {
            store.record_right_password(account.id).await?;
        }
        self.begin_session(account, now).await
    }

    async fn begin_session(&self, account: Account, now: Timestamp) -> Result<TokenPair, Problem> {
        let refresh = RefreshToken::make()?;
        let family = self.app.ids.make();
        self.app
            .store
            .begin_session(account.id, family, &refresh, now, now + REFRESH_FOR)
            .await?;
        self.pair(account, &refresh, now)
    }

    /// Another password by whoever knows the one of now. A wrong one counts like a wrong sign-in, so that a telephone left on a table is
    /// no place to guess. Every session ends; the answer begins the next.
    async fn change_password(self, who: SignedIn, asked: ChangePassword) -> Result<TokenPair, Problem> {
        let wrong = |field: &str, code: &str, why: &str| {
            Problem::fields("invalid_value", vec![FieldError::new(field, code, why)])
        };
        if asked.new_password == asked.current_password {
            return Err(wrong("new_password", "same_password", "is the one of now"));
        }
        if let Some(flaw) = password_flaw("new_password", &asked.new_password) {
            return Err(wrong(flaw.field, "bad_password", &flaw.why));
        }
        let refused = || {
            wrong(
                "current_password",
                "wrong_password",
                "is not the password of now, or there were too many tries",
            )
        };
        if asked.current_password.len() > PASSWORD_MAX {
            return Err(refused());
        }
        let sessions = &self.sessions;
        let crowded = || Problem::unavailable("overloaded", "too many people sign in at once");
        let _place = sessions.waiting.try_acquire().map_err(|_| crowded())?;
        let _turn = sessions.hashing.acquire().await.map_err(|_| crowded())?;
        let store = &self.app.store;
        let ended = || Problem::unauthorized("token_revoked", "this session has ended: sign in again");
        let (account, hash) = store.account_to_sign_in(&who.username).await?.ok_or_else(ended)?;
        let now = self.app.clock.now();
        if !account.may_try(now) {
            return Err(refused());
        }
        let renewed = tokio::task::spawn_blocking(move || {
            let right = is_password(&asked.current_password, &hash);
            right.then(|| hash_password(&asked.new_password)).transpose()
        })
        .await
        .map_err(|_| Problem::internal())??;
        let Some(hash) = renewed else {
            if store.record_wrong_password(account.id, LOCKOUT, now).await?.is_some() {
                tracing::warn!(user.id = %account.id, "an account is locked after wrong passwords");
            }
            return Err(refused());
        };
        let line = RegisterEvent {
            id: self.app.ids.make(),
            subject: account.id.to_string(),
            at: now,
            by: account.id,
            what: "password_changed".to_owned(),
            before: None,
            after: None,
        };
        store.renew_password(account.id, hash, Some(line), now).await?;
        sessions.forget(account.id);
        let account = store.account(account.id).await?.ok_or_else(ended)?;
        self.begin_session(account, now).await
    }

    fn pair(&self, account: Account, refresh: &RefreshToken, now: Timestamp) -> Result<TokenPair, Problem> {
        let access_token = self.sessions.tokens.sign(&account, now)?;
        self.sessions.remember(account, now);
        Ok(TokenPair {
            access_token,
            refresh_token: refresh.reveal(),
            expires_in: ACCESS_FOR.as_secs(),
            token_type: "Bearer".to_owned(),
        })
    }

    async fn refresh(self, asked: RefreshIn) -> Result<TokenPair, Problem> {
        let bad = |detail: &str| Problem::unauthorized("bad_refresh_token", detail);
        let old = RefreshToken::parse(&asked.refresh_token).ok_or_else(|| bad("this is no refresh token"))?;
        let new = RefreshToken::make()?;
        let now = self.app.clock.now();
        match self.app.store.rotate(&old, &new, now, now + REFRESH_FOR).await? {
            Rotation::Rotated(account) => self.pair(*account, &new, now),
            Rotation::Reused(user) => {
                tracing::warn!(user.id = %user, "a refresh token was shown twice: its session has ended");
                Err(bad("this refresh token was used before: the session has ended"))
            }
            Rotation::Unknown | Rotation::Expired | Rotation::Revoked | Rotation::Disabled => {
                Err(bad("this session has ended: sign in again"))
            }
        }
    }
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub username: String,
    pub password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshIn {
    pub refresh_token: String,
}

/// Another password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current_password: String,
    /// 10 to 256 letters.
    pub new_password: String,
}

/// What a sign-in gives.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// `Bearer`.
    pub token_type: String,
}

/// How to sign out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOut {
    /// The session to end.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// Every session of the account, access tokens as well.
    #[serde(default)]
    pub everywhere: bool,
}

/// Who is signed in.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct MeDto {
    #[schema(value_type = String)]
    pub user_id: UserId,
    pub username: String,
    #[schema(value_type = String)]
    pub role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
    /// Area codes that are theirs.
    pub areas: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The street's own clocks: minutes that they are ahead of UTC.
    pub utc_offset_min: i32,
}

fn fresh(pair: TokenPair) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(pair)
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "auth", request_body = SignIn,
    responses((status = 200, body = TokenPair), (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn token(api: web::Data<Api>, body: Body<SignIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(it.sign_in(body.value)).await.map(fresh)
}

/// Puts a new pair of tokens in the place of a refresh token, which is good once.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshIn,
    responses((status = 200, body = TokenPair), (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn refresh(api: web::Data<Api>, body: Body<RefreshIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(it.refresh(body.value)).await.map(fresh)
}

/// Ends a session, or all of one's own. Without `everywhere` the access token goes on until it ends by itself.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", request_body = SignOut, responses((status = 204)))]
pub async fn logout(api: web::Data<Api>, who: SignedIn, body: Body<SignOut>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(async move {
        let now = it.app.clock.now();
        if let Some(token) = body.value.refresh_token.as_deref().and_then(RefreshToken::parse) {
            it.app.store.end_session(&token, now).await?;
        }
        if body.value.everywhere {
            it.app.store.revoke_sessions(who.user, now).await?;
            it.sessions.forget(who.user);
        }
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives oneself another password. Every session ends, this one too: the answer begins a new one.
#[utoipa::path(post, path = "/api/v1/auth/password", tag = "auth", request_body = ChangePassword,
    responses((status = 200, body = TokenPair), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn password(api: web::Data<Api>, who: SignedIn, body: Body<ChangePassword>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(it.change_password(who, body.value)).await.map(fresh)
}

/// Who is signed in, with the rights of now.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = MeDto)))]
pub async fn me(api: web::Data<Api>, who: SignedIn) -> HttpResponse {
    HttpResponse::Ok().json(MeDto {
        user_id: who.user,
        username: who.username,
        role: who.role,
        responder_id: who.responder,
        areas: who.scope.iter().map(|it| it.to_string()).collect(),
        expires_at: who.expires_at,
        utc_offset_min: api.utc_offset_min(),
    })
}
