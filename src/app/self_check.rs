//! The service's own alarm: every minute one comes in by HTTP as a device's would, is committed, and must stand in the live feed.
//!
//! ```text
//! POST /api/v1/alerts with a device's key → Desk → commit → the live hub shows it → the outside is told that we are well
//! ```
//!
//! It is a signal of its own kind in the technical lane: a case a day that no viewer sees, that rings nobody and asks nobody.
//! What fails is told by `/readyz`, by `/metrics`, by the pings of every live socket, and by silence to the outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::api::alerts::ReportedDto;
use crate::case::{Author, Command, Kind};
use crate::clock::Clock;
use crate::dispatch::report::own_device;
use crate::live::Hub;
use crate::notify::dead_man::{DeadMan, DeadManUrl, client};
use crate::people::{Device, DeviceKind};
use crate::store::{DeviceKey, StoreError};

/// How long the alarm may take to be answered, and then to stand in the live feed.
const WITHIN: Duration = Duration::from_secs(10);

/// How often is looked whether it stands there.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A case that collects them is closed after this long.
const CASE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// `[self_check]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelfCheckConfig {
    /// How often the service's own alarm is sent, seconds; 0: never.
    pub every_s: u32,
    /// Who outside is told while it comes through; none: nobody.
    pub dead_man_url: Option<DeadManUrl>,
}

impl Default for SelfCheckConfig {
    fn default() -> Self {
        Self {
            every_s: 60,
            dead_man_url: None,
        }
    }
}

impl SelfCheckConfig {
    /// The service checks itself, and nobody outside hears that it does: when its machine is gone, nobody is told.
    pub const fn lacks_outside(&self) -> bool {
        self.every_s != 0 && self.dead_man_url.is_none()
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.every_s != 0 && !(10..=3_600).contains(&self.every_s) {
            found.push("self_check.every_s: must be 0, or 10 to 3600".to_owned());
        }
        if self.dead_man_url.as_ref().is_some_and(|it| !it.is_sound()) {
            found.push("self_check.dead_man_url: must be an https address".to_owned());
        }
        found
    }
}

/// Whether the service's own alarm comes through. Cheap to clone; asked by whoever shows it.
#[derive(Clone)]
pub struct Pulse(Arc<Mutex<State>>, Clock);

#[derive(Default)]
struct State {
    every: Option<SignedDuration>,
    /// When it came through last, or when the checks began.
    well_at: Option<Timestamp>,
    failing: Option<(Timestamp, String)>,
    /// Since when the outside takes no word of it.
    unheard: Option<Timestamp>,
}

impl Pulse {
    pub(super) fn new(clock: Clock) -> Self {
        Self(Arc::default(), clock)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begins(&self, every: SignedDuration) {
        let mut state = self.state();
        state.every = Some(every);
        state.well_at = Some(self.1.now());
    }

    fn came_through(&self) {
        let mut state = self.state();
        state.well_at = Some(self.1.now());
        if state.failing.take().is_some() {
            tracing::info!("the service's own alarm comes through again");
        }
    }

    fn failed(&self, why: String) {
        let now = self.1.now();
        let mut state = self.state();
        if state.failing.is_none() {
            tracing::error!(why, "the service's own alarm does not come through");
        }
        let since = state.failing.as_ref().map_or(now, |it| it.0);
        state.failing = Some((since, why));
    }

    fn said_outside(&self, taken: bool) {
        let now = self.1.now();
        let mut state = self.state();
        if taken {
            state.unheard = None;
        } else {
            state.unheard.get_or_insert(now);
        }
    }

    /// Since when the outside could not be told that we are well; none: it was told the last time, or nobody is to be told.
    pub fn unheard(&self) -> Option<Timestamp> {
        self.state().unheard
    }

    /// Since when it does not come through, and why; none: it does, or nobody checks. Checks that have stopped are a failure too.
    pub fn failing(&self) -> Option<(Timestamp, String)> {
        let state = self.state();
        if let Some(it) = &state.failing {
            return Some(it.clone());
        }
        let (every, well_at) = (state.every?, state.well_at?);
        let late = self.1.now().duration_since(well_at) > every + every + SignedDuration::from_secs(30);
        late.then(|| (well_at, "no check".to_owned()))
    }
}

/// What sends it.
pub struct SelfCheck {
    app: App,
    hub: Hub,
    client: Client,
    url: String,
    authorization: String,
    outside: Option<DeadMan>,
}

impl SelfCheck {
    /// Files the device that it speaks as. `address`: where the service listens.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(app: App, hub: Hub, address: SocketAddr) -> Result<Self, StoreError> {
        let ring = app.store.keys()?.clone();
        // The same key on every node, from the keys that all of them have; it is kept nowhere.
        let secret = ring.search_hash("self-check", "device key");
        let key = DeviceKey::parse(&URL_SAFE_NO_PAD.encode(secret))
            .ok_or_else(|| StoreError::corrupt("setting", "self-check", "key", "is no key"))?;
        let id = own_device();
        let kept = app.store.device(id).await?;
        let has_key = kept
            .and_then(|it| it.key_hash)
            .is_some_and(|it| ring.is_device_key(&key, &it));
        let authorization = format!("Device {id}:{}", key.reveal());
        if !has_key {
            let now = app.clock.now();
            app.store.put_devices(vec![device()], now).await?;
            app.store.set_device_keys(vec![(id, key)], now).await?;
            app.device_of(id).await?;
        }
        let broken = |why: String| StoreError::corrupt("setting", "self-check", "client", why);
        let outside = app.config.self_check.dead_man_url.clone();
        Ok(Self {
            client: client(WITHIN).map_err(broken)?,
            outside: outside.map(DeadMan::new).transpose().map_err(broken)?,
            url: format!("http://{}/api/v1/alerts", reached_at(address)),
            authorization,
            app,
            hub,
        })
    }

    /// Sends one alarm and waits until it stands in the live feed; tells the outside if it does. Answers whether it did.
    pub async fn once(&self) -> bool {
        let began = self.app.clock.now();
        let done = self.alarm().await;
        let outcome = if done.is_ok() { "through" } else { "failed" };
        metrics::counter!("ecd_self_checks_total", "outcome" => outcome).increment(1);
        metrics::gauge!("ecd_self_check_through").set(if done.is_ok() { 1.0 } else { 0.0 });
        match done {
            Ok(()) => {
                let took = self.app.clock.now().duration_since(began).as_secs_f64();
                metrics::histogram!("ecd_self_check_seconds").record(took);
                self.app.self_check.came_through();
                if let Some(outside) = &self.outside {
                    self.app.self_check.said_outside(outside.say_well().await);
                }
                true
            }
            Err(why) => {
                self.app.self_check.failed(why);
                false
            }
        }
    }

    async fn alarm(&self) -> Result<(), String> {
        let body = format!("{{\"kind\":\"{}\"}}", Kind::SelfCheck);
        let asked = self
            .client
            .post(&self.url)
            .header("authorization", &self.authorization)
            .header("content-type", "application/json")
            .body(body);
        let answer = asked
            .send()
            .await
            .map_err(|it| format!("not answered: {}", it.without_url()))?;
        if !answer.status().is_success() {
            return Err(format!("answered {}", answer.status()));
        }
        let text = answer.bytes().await.map_err(|it| it.without_url().to_string())?;
        let told: ReportedDto = serde_json::from_slice(&text).map_err(|it| it.to_string())?;
        let shows = async {
            loop {
                let shown = self.hub.shows(told.case_id);
                if let Some(view) = shown.filter(|it| it.case.recent.contains(&told.alert_id.as_uuid())) {
                    return view;
                }
                self.app.clock.breathe(LOOK_EVERY).await;
                tokio::task::yield_now().await;
            }
        };
        let view = tokio::select! {
            view = shows => view,
            () = self.app.clock.sleep(WITHIN) => return Err("committed, and not in the live feed".to_owned()),
        };
        if self.app.clock.now().duration_since(view.case.opened_at) > CASE_FOR {
            let over = Command::Recovered { within: None };
            if let Err(error) = self.app.desk.handle(view.case.id, over, Author::System).await {
                tracing::warn!(%error, "the case of the service's own alarms could not be closed");
            }
        }
        Ok(())
    }

    /// Sends one at its time until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let every = self.app.config.self_check.every_s;
        if every == 0 {
            return;
        }
        self.app.self_check.begins(SignedDuration::from_secs(every.into()));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = self.once() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.app.clock.sleep(Duration::from_secs(every.into())) => {}
            }
        }
    }
}

/// From here the service reaches itself.
fn reached_at(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn device() -> Device {
    Device {
        id: own_device(),
        code: crate::dispatch::report::OWN_DEVICE.to_owned(),
        kind: DeviceKind::Other,
        binding: None,
        model: None,
        crs: None,
        voice_path: false,
        place: None,
        terminal: None,
        beat_s: Some(0),
        carrier: None,
        in_service: true,
    }
}
