//! What the live face must be told about people: who holds a token, whether it still counts, what they may see of a case.

use std::sync::Arc;

use actix_web::http::StatusCode;
use async_trait::async_trait;

use super::Api;
use super::problem::Problem;
use super::view::{self, case_view};
use crate::live::{Ended, Hub, HubConfig, NotSignedIn, Sight, Viewer};
use crate::store::cases::CaseView;
use crate::store::{Reason, StoreError};

/// The API's rules, as the live face asks for them.
struct ByRights(Api);

impl Api {
    /// Reads the open cases and begins to follow the store; every socket is closed when the service stops. Once a process.
    ///
    /// # Errors
    /// The store's.
    pub async fn go_live(&self) -> Result<Hub, StoreError> {
        let app = &self.app;
        // Subscribe first, read second.
        let hints = app.desk.changes();
        let sight = Arc::new(ByRights(self.clone()));
        let stop = app.stopping().clone();
        let hub = Hub::start(
            app.store.clone(),
            app.clock.clone(),
            app.ids.clone(),
            sight,
            HubConfig::default(),
            stop,
        )
        .await?;
        self.runtime.spawn(hub.clone().follow(hints, |it| it.news()));
        let (mut calls, listening, stopping) = (app.phone.changes(), hub.clone(), app.stopping().clone());
        self.runtime.spawn(async move {
            loop {
                let changed = tokio::select! {
                    () = stopping.cancelled() => return,
                    it = calls.recv() => it,
                };
                match changed {
                    Ok(call) => listening.call_changed(&call),
                    // A call that was missed is told with its next change; the case's own list has it.
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        Ok(hub)
    }

    async fn live_viewer(&self, token: &str) -> Result<Viewer, Problem> {
        // A frame shows people.
        self.register_read().await?;
        let user = self.signed_in(token).await?.user;
        let gone = || Problem::unauthorized("token_revoked", "this session has ended");
        // The epoch is read before the rights are, and these not from memory: rights that change in between end the socket
        // at its next look, and never the other way round.
        let epoch = self.app.store.account(user).await?.ok_or_else(gone)?.token_epoch;
        self.sessions.forget(user);
        let who = self.signed_in(token).await?;
        Ok(Viewer {
            user: who.user,
            role: who.role,
            scope: who.scope,
            responder: who.responder,
            rights: epoch,
            expires_at: who.expires_at,
            practice: who.practice,
        })
    }
}

#[async_trait]
impl Sight for ByRights {
    async fn verify(&self, token: &str) -> Result<Viewer, NotSignedIn> {
        let (api, token) = (self.0.clone(), token.to_owned());
        let found = self.0.run(async move { api.live_viewer(&token).await }).await;
        found.map_err(|problem| match problem.status {
            StatusCode::UNAUTHORIZED => NotSignedIn::BadToken,
            _ => StoreError::unavailable(Reason::Lost).into(),
        })
    }

    async fn ended(&self, viewer: &Viewer) -> Result<Option<Ended>, StoreError> {
        let (store, user, rights) = (self.0.app.store.clone(), viewer.user, viewer.rights);
        let found = self.0.runtime.spawn(async move { store.account(user).await }).await;
        let account = found.map_err(|_| StoreError::unavailable(Reason::Stopped))??;
        let app = &self.0.app;
        // Joining or leaving the practice changes what may be seen like any other right.
        let practice = app.picture.practises(viewer.user, app.clock.now()) == viewer.practice;
        let same = practice && account.is_some_and(|it| it.disabled_at.is_none() && it.token_epoch == rights);
        Ok((!same).then_some(Ended::RightsChanged))
    }

    fn alarms_fail_since(&self) -> Option<jiff::Timestamp> {
        self.0.app.self_check.failing().map(|it| it.0)
    }

    fn notices_late_since(&self) -> Option<jiff::Timestamp> {
        self.0.app.outbox.late_since()
    }

    fn canary_failed_since(&self) -> Option<jiff::Timestamp> {
        self.0.app.canaries.failing_since()
    }

    fn see(&self, viewer: &Viewer, case: &CaseView) -> Option<String> {
        let viewer = view::Viewer {
            user: viewer.user,
            role: viewer.role,
            responder: viewer.responder,
            scope: viewer.scope.clone(),
            practice: viewer.practice,
        };
        let seen = case_view(&self.0.app, &viewer, case)?;
        serde_json::to_string(&seen)
            .inspect_err(|error| tracing::error!(%error, "a case view could not be written"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::api::view::CaseDto;
    use crate::live::ServerFrame;

    /// The frames that the web clients' own tests are fed with (`web/tests/live.test.ts`) are those that the service sends: each
    /// reads as one and is written back to the letter. Whoever changes a frame changes the file too.
    #[test]
    fn the_clients_are_tested_with_the_frames_that_the_service_sends() {
        let kept = include_str!("../../web/tests/fixtures/live.json");
        let values: Vec<Value> = serde_json::from_str(kept).unwrap();
        let mut words = BTreeSet::new();
        for value in values {
            let frame: ServerFrame<CaseDto> = serde_json::from_value(value.clone()).unwrap();
            words.insert(match &frame {
                ServerFrame::Welcome { .. } => "welcome",
                ServerFrame::Snapshot { .. } => "snapshot",
                ServerFrame::Changed { .. } => "changed",
                ServerFrame::Gone { .. } => "gone",
                ServerFrame::Lookers { .. } => "lookers",
                ServerFrame::Calls { .. } => "calls",
                ServerFrame::Ping { .. } => "ping",
            });
            assert_eq!(serde_json::to_value(&frame).unwrap(), value);
        }
        assert_eq!(words.len(), 7, "one of each: {words:?}");
    }
}
