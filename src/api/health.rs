//! Whether we are alive, ready, and what we count.

use std::sync::{Mutex, OnceLock, PoisonError};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::problem::{Problem, RETRY_AFTER_S};
use crate::intake::mqtt::{Link, State};

/// How far our clock may be from the wall before we say that we are not ready.
pub const DRIFT_MAX_MICROS: i64 = 500_000;
/// The store is tried at most this often, however many ask.
const TRY_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// Addresses whose lines are turned away and that are named.
const ADDRESSES_SHOWN: usize = 10;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Counts from now on. Twice does no harm: a process has one recorder.
pub fn install_metrics() {
    METRICS.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is in use; /metrics stays empty");
        }
        handle
    });
}

/// The last try of the store.
pub struct Health(Mutex<Option<(Timestamp, Vec<String>)>>);

impl Health {
    /// Not tried yet.
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the service can do its work.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ReadyDto {
    pub ready: bool,
    /// Why not: `store_not_readable`, `store_not_writable`, `not_migrated`, `clock_drift`, `clock_differs_from_database`,
    /// `alarms_fail` (the service's own alarm does not come through), `stopping`, each with a word more.
    pub reasons: Vec<String>,
    /// What does not hinder its work and wants somebody's look: `mqtt_link_down`, `mqtt_subscriptions_refused`, each with the
    /// broker's name and since when; `notices_late`: somebody has not been told of what is critical for more than 10 s, by whichever
    /// way; `dead_man_missing`: nobody outside is told that the service is well, `dead_man_unheard`: the outside could not be told, since
    /// when; `device_lines_refused`: lines of devices from an address of the network are turned away, since when; `canary_failed`: the
    /// monthly try of a way out of the house has not come through for a street, since when and why;
    /// `district_link_down`, since when and how many records behind: the line of this street to its district;
    /// `register_not_read`, with how many rows have been read: it has just been started, takes
    /// alerts, and whoever looks at people waits a moment.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = String)))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// Whether the service can do its work: the store takes writes, its tables are ours, the clock is right.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = ReadyDto), (status = 503, body = ReadyDto)))]
pub async fn readyz(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let mut reasons = api.run(async move { Ok(store_reasons(&it).await) }).await?;
    let drift = api.app.clock.drift_micros();
    if drift.abs() > DRIFT_MAX_MICROS {
        reasons.push(format!("clock_drift: {} ms", drift / 1_000));
    }
    if let Some((since, why)) = api.app.self_check.failing() {
        reasons.push(format!("alarms_fail: since {since}, {why}"));
    }
    if api.app.stopping().is_cancelled() {
        reasons.push("stopping".to_owned());
    }
    let mut warnings = link_warnings(&api);
    if let Some(since) = api.app.outbox.late_since() {
        warnings.push(format!("notices_late: a critical one waits since {since}"));
    }
    warnings.extend(outside_warning(&api));
    warnings.extend(line_warnings(&api));
    for it in api.app.canaries.failing() {
        warnings.push(format!(
            "canary_failed: {} of {} since {}, {}",
            it.channel, it.area_code, it.since, it.why
        ));
    }
    if let Some(it) = api.app.uplink.as_ref().map(crate::link::Uplink::standing)
        && it.down.is_some()
    {
        warnings.push(format!(
            "district_link_down: since {}, {} records behind",
            it.since, it.behind
        ));
    }
    if !api.app.picture.is_whole() {
        warnings.push(format!(
            "register_not_read: {} rows so far",
            api.app.picture.rows_read()
        ));
    }
    if reasons.is_empty() {
        let ready = true;
        return Ok(HttpResponse::Ok().json(ReadyDto {
            ready,
            reasons,
            warnings,
        }));
    }
    Ok(HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, RETRY_AFTER_S.to_string()))
        .json(ReadyDto {
            ready: false,
            reasons,
            warnings,
        }))
}

/// A broker that cannot be reached keeps nobody else's alarms from coming in: a balancer must not take the node away for it.
fn link_warnings(api: &Api) -> Vec<String> {
    let warning = |link: &std::sync::Arc<Link>| {
        let (state, since) = link.state();
        let name = &link.config.name;
        match state {
            State::Up => None,
            State::Lacking(refused) => Some(format!("mqtt_subscriptions_refused: {name} {refused} since {since}")),
            State::Starting | State::Down(_) => Some(format!("mqtt_link_down: {name} since {since}")),
        }
    };
    api.app.links().iter().filter_map(warning).collect()
}

/// Whoever hears nothing of us any more must have heard of us before.
fn outside_warning(api: &Api) -> Option<String> {
    if api.app.config.self_check.lacks_outside() {
        return Some("dead_man_missing".to_owned());
    }
    let unheard = api.app.self_check.unheard()?;
    Some(format!("dead_man_unheard: since {unheard}"))
}

/// Whoever is turned away is heard of nowhere else.
fn line_warnings(api: &Api) -> Vec<String> {
    let refused = api.app.seats.refused(api.app.clock.now());
    let more = refused.len().saturating_sub(ADDRESSES_SHOWN);
    let mut warnings: Vec<String> = (refused.iter().take(ADDRESSES_SHOWN))
        .map(|(address, since)| format!("device_lines_refused: {address} since {since}"))
        .collect();
    if more > 0 {
        warnings.push(format!("device_lines_refused: {more} more addresses"));
    }
    warnings
}

async fn store_reasons(api: &Api) -> Vec<String> {
    let now = api.app.clock.now();
    let last = |it: &Health| it.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, reasons)) = last(&api.health)
        && now.duration_since(at) < TRY_EVERY
        // What was broken is looked at each time, so that recovery shows at once.
        && reasons.is_empty()
    {
        return reasons;
    }
    let store = &api.app.store;
    let mut reasons = Vec::new();
    match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {}
        Ok(pending) => reasons.push(format!("not_migrated: {}", pending.join(", "))),
        Err(error) => reasons.push(format!("store_not_readable: {error}")),
    }
    if reasons.is_empty()
        && let Err(error) = store.put_setting("ready.tried", now.to_string(), now).await
    {
        reasons.push(format!("store_not_writable: {error}"));
    }
    if reasons.is_empty() && api.app.clock.follows_the_wall() {
        let before = api.app.clock.now();
        match store.database_clock().await {
            Ok(Some(theirs)) => reasons.extend(apart(before, theirs, api.app.clock.now())),
            Ok(None) => {}
            Err(error) => reasons.push(format!("store_not_readable: {error}")),
        }
    }
    *api.health.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, reasons.clone()));
    reasons
}

/// Several nodes share one database: each compares its clock with the database's, so that a deadline is the same instant for
/// all. The database answered at some instant between `before` and `after`, both ours.
fn apart(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Option<String> {
    let (before, theirs, after) = (before.as_microsecond(), theirs.as_microsecond(), after.as_microsecond());
    let off = theirs - theirs.clamp(before, after);
    (off.abs() > DRIFT_MAX_MICROS).then(|| format!("clock_differs_from_database: {} ms", off / 1_000))
}

/// What we count, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, body = String)))]
pub async fn metrics(api: web::Data<Api>) -> HttpResponse {
    metrics::gauge!("ecd_orders_waiting").set(api.app.desk.waiting() as f64);
    metrics::gauge!("ecd_clock_drift_seconds").set(api.app.clock.drift_micros() as f64 / 1e6);
    let refused = api.app.seats.refused(api.app.clock.now()).len();
    metrics::gauge!("ecd_device_addresses_refused").set(refused as f64);
    let (elders, devices, responders) = api.app.picture.counts();
    metrics::gauge!("ecd_register_rows", "of" => "elders").set(elders as f64);
    metrics::gauge!("ecd_register_rows", "of" => "devices").set(devices as f64);
    metrics::gauge!("ecd_register_rows", "of" => "responders").set(responders as f64);
    let text = METRICS.get().map(|it| {
        it.run_upkeep();
        it.render()
    });
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_apart_only_by_what_the_way_to_the_database_does_not_explain() {
        let at = |millis: i64| Timestamp::from_millisecond(1_772_000_000_000 + millis).unwrap();
        for (theirs, after, off) in [
            (5, 10, None),
            (-499, 10, None),
            (509, 10, None),
            (900, 1_000, None),
            (-501, 10, Some(-501)),
            (511, 10, Some(501)),
            (4_000, 1_000, Some(3_000)),
        ] {
            let found = apart(at(0), at(theirs), at(after));
            assert_eq!(
                found,
                off.map(|it| format!("clock_differs_from_database: {it} ms")),
                "{theirs}"
            );
        }
    }
}
