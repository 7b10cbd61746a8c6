//! What went wrong, for the caller: RFC 9457 problem+json with a stable `code` and a sentence, nothing of our insides.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::case::Refusal;
use crate::dispatch::{DeskError, HandoverError};
use crate::ids::CaseId;
use crate::people::handover::NotHandedOver;
use crate::store::{Conflict, SealError, StoreError};

/// Seconds after which a caller may try again when we cannot serve now.
pub const RETRY_AFTER_S: u32 = 2;

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Which, as `position.lat`.
    pub field: String,
    /// A stable word: `unknown_field`, `missing_field`, `invalid_value`, `out_of_range`, `too_long`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

impl FieldError {
    /// A field with a stable word and a sentence.
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// A problem on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable word that callers may rely on.
    pub code: &'static str,
    /// A sentence.
    pub detail: String,
    /// Wrong fields.
    pub errors: Vec<FieldError>,
    /// Seconds after which the same request may do better.
    pub retry_after_s: Option<u32>,
    /// Who leads the case (a responder), or holds it at a desk (an account), when that is why.
    pub taken_by: Option<String>,
}

/// A problem as it travels: `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDto {
    /// `urn:eldercare-dispatch:problem:` and the code.
    pub r#type: String,
    /// What the status says.
    pub title: String,
    pub status: u16,
    /// A stable word that callers may rely on.
    pub code: String,
    /// A sentence.
    pub detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Who leads the case (a responder), or holds it at a desk (an account), when that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
}

impl Problem {
    /// A problem with a stable code and a sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
            taken_by: None,
        }
    }

    /// 400.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401.
    pub fn unauthorized(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 403.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 404.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 with the wrong fields; the problem's code is that of the first.
    pub fn fields(code: &'static str, errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(String::new, |it| {
            if it.field.is_empty() {
                it.message.clone()
            } else {
                format!("{}: {}", it.field, it.message)
            }
        });
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
        }
    }

    /// 503 with Retry-After.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            retry_after_s: Some(RETRY_AFTER_S),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
        }
    }

    /// 500: a mistake of ours. What it was is in the log, not here.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the service made a mistake; it is in its log",
        )
    }

    /// As it travels.
    pub fn dto(&self) -> ProblemDto {
        ProblemDto {
            r#type: format!("urn:eldercare-dispatch:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            taken_by: self.taken_by.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after_s {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer, Device"));
        }
        // A struct of texts always serialises.
        answer.body(serde_json::to_string(&self.dto()).unwrap_or_default())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::NoSuchOffer | Refusal::NoSuchReferral => StatusCode::NOT_FOUND,
            Refusal::OutcomeMissing | Refusal::ReasonMissing => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Over
            | Refusal::NotNow
            | Refusal::TakenBy(_)
            | Refusal::Busy
            | Refusal::NotOffered
            | Refusal::NotAssigned
            | Refusal::NotArrived
            | Refusal::ProofMissing
            | Refusal::ReferralOpen
            | Refusal::EntryOpen
            | Refusal::EntryIncomplete
            | Refusal::SameSeverity
            | Refusal::Drill
            | Refusal::NoReview
            | Refusal::WrongOutcome
            | Refusal::HeldBy(_)
            | Refusal::NotHeld
            | Refusal::TooManyPhotos
            | Refusal::UrgedLately
            | Refusal::UrgedEnough
            | Refusal::NotTheStation
            | Refusal::TopTier => StatusCode::CONFLICT,
        };
        let taken_by = match refusal {
            Refusal::TakenBy(who) => Some(who.to_string()),
            Refusal::HeldBy(who) => Some(who.to_string()),
            _ => None,
        };
        Self {
            taken_by,
            ..Self::new(status, refusal.code(), refusal.to_string())
        }
    }
}

impl From<HandoverError> for Problem {
    fn from(error: HandoverError) -> Self {
        match error {
            HandoverError::NotFound => Self::not_found("handover_not_found", "there is no such hand-over"),
            HandoverError::Refused(no) => {
                let unsigned =
                    |it: &CaseId| FieldError::new(it.to_string(), "unsigned", "you have not signed this case");
                let errors = match &no {
                    NotHandedOver::Unsigned(cases) => cases.iter().map(unsigned).collect(),
                    NotHandedOver::Over | NotHandedOver::Own | NotHandedOver::NotTheirs => vec![],
                };
                Self {
                    errors,
                    ..Self::new(StatusCode::CONFLICT, no.code(), no.to_string())
                }
            }
            HandoverError::Store(error) => error.into(),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Refused(refusal, _) => refusal.into(),
            DeskError::NotFound(what) => {
                let code = match what {
                    "elder" => "elder_not_found",
                    "device" => "device_not_found",
                    "case" => "case_not_found",
                    _ => "not_found",
                };
                Self::not_found(code, format!("there is no such {what}"))
            }
            DeskError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                "this Idempotency-Key was used for another request",
            ),
            DeskError::Full => Self::unavailable("overloaded", "too many requests are waiting; nothing was written"),
            DeskError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(Conflict::Serialization) => {
                Self::unavailable("store_busy", "others wrote at the same time; nothing was written")
            }
            StoreError::Conflict(why) => {
                tracing::debug!(%why, "a request collided");
                Self::new(
                    StatusCode::CONFLICT,
                    "conflict",
                    "somebody else has changed this meanwhile",
                )
            }
            StoreError::Unavailable { reason, .. } => {
                tracing::warn!(reason = reason.word(), "the store cannot serve a request");
                Self::unavailable("store_unavailable", reason.to_string())
            }
            StoreError::Flawed { flaws, .. } => {
                let errors = flaws.0.iter();
                let errors = errors.map(|it| FieldError::new(it.field, "invalid_value", it.why.clone()));
                Self::fields("invalid_value", errors.collect())
            }
            StoreError::Sealed(SealError::Erased(_)) => Self::new(
                StatusCode::GONE,
                "erased",
                "this was erased and cannot be read any more",
            ),
            StoreError::Corrupt { table, id, field, .. } => {
                tracing::error!(table, id, field, "a row that was asked for does not read back");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "row_set_aside",
                    "this row does not read back and was set aside",
                )
            }
            error @ (StoreError::Sealed(_) | StoreError::Schema(_) | StoreError::Refused(_)) => {
                tracing::error!(%error, "a request failed in the store");
                Self::internal()
            }
        }
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        StoreError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ResponderId;
    use crate::store::Reason;

    #[test]
    fn a_problem_says_its_code_and_when_to_try_again() {
        let problem = Problem::from(StoreError::unavailable(Reason::DiskFull));
        let answer = problem.error_response();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers().get("retry-after").unwrap(), "2");
        assert_eq!(
            answer.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
        assert_eq!(problem.dto().r#type, "urn:eldercare-dispatch:problem:store_unavailable");
    }

    #[test]
    fn a_taken_case_says_who_leads() {
        let who = ResponderId::new(uuid::Uuid::from_u128(7));
        let problem = Problem::from(DeskError::Refused(Refusal::TakenBy(who), None));
        assert_eq!((problem.status.as_u16(), problem.code), (409, "taken"));
        assert_eq!(problem.dto().taken_by, Some(who.to_string()));
    }
}
