//! Canaries: once a month each way out of the house is tried in earnest, for each street, at named people of the staff who have to
//! confirm it. A way that has quietly stopped working is found on a quiet morning, and not on the night on which it is wanted.
//!
//! ```text
//! waiting ──its hour──▶ sending ──handed over──▶ sent ──a receipt, a key, the link, by hand──▶ confirmed
//!                         │ all refused             └──confirm_min without any of them──▶ failed
//!                         └──▶ failed
//! ```
//!
//! Holds always:
//! - it goes to those whom the configuration names, of the staff and of that street: never to a family, to 120, 110 or 119;
//! - it is no case: it stands in no list and no figure of cases, rings no desk and asks nobody to go;
//! - when it is due is a row: of several nodes one sends it, and after a crash it is sent under the same ids;
//! - what nobody has confirmed has failed, and every place says so until the next one comes through.
//!
//! What is sent to whom is a try of a way like those of [`super::trial`], and receipts find it as they find those. Why: decision 107.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::carry::{Post, Stop};
use super::letter::Carrier;
use super::outbox::Outbox;
use crate::dispatch::told::CanaryRefused;
use crate::ids::{NoticeId, UserId};
use crate::people::{AreaCode, AreaLevel, Reached, Role, Staff};
use crate::store::StoreError;
use crate::store::canaries::{Canary, CanaryState};
use crate::store::channel_tests::ChannelTest;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// A node that has begun to send has this long, or another does it.
const SENDING_FOR: SignedDuration = SignedDuration::from_mins(2);
/// How often one is begun at most.
const ATTEMPTS_MAX: i32 = 3;
/// A receipt that comes so late still counts.
const MENDED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// What failed longer ago than this is of a way that is tried no more.
const FAILS_FOR: SignedDuration = SignedDuration::from_hours(24 * 62);
/// By hand a street is tried so often at most.
pub const BY_HAND_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// Named people of one street at most.
const PEOPLE_MAX: usize = 10;
/// Name space of their ids; a fixed, arbitrary value.
const CANARIES: Uuid = Uuid::from_u128(0x0c6a_7e1b_6d0e_5a1c_9f51_2b8e_44d0_0082);

/// `[notify.canary]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanaryConfig {
    /// On which day of the month, 1 to 28; 0: only when somebody asks for it.
    pub day: u8,
    /// At which hour of the street's day.
    pub hour: u8,
    /// How long somebody has to confirm it, minutes.
    pub confirm_min: u32,
    /// Of each street (9 digits) the accounts that are told: administrators, duty leaders and dispatchers of it. A street that is not
    /// here is not tried.
    pub people: BTreeMap<String, Vec<String>>,
}

impl Default for CanaryConfig {
    fn default() -> Self {
        Self {
            day: 1,
            hour: 10,
            confirm_min: 30,
            people: BTreeMap::new(),
        }
    }
}

impl CanaryConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.day > 28 {
            found.push("notify.canary.day: must be 0 to 28".to_owned());
        }
        if self.hour > 23 {
            found.push("notify.canary.hour: must be 0 to 23".to_owned());
        }
        if !(5..=1_440).contains(&self.confirm_min) {
            found.push("notify.canary.confirm_min: must be 5 to 1440".to_owned());
        }
        for (street, accounts) in &self.people {
            let here = format!("notify.canary.people.{street}");
            let code = street.parse::<AreaCode>();
            if !code.is_ok_and(|it| it.level() == AreaLevel::Street) {
                found.push(format!("{here}: must be the code of a street, 9 digits"));
            }
            if accounts.is_empty() || accounts.len() > PEOPLE_MAX {
                found.push(format!("{here}: must name 1 to {PEOPLE_MAX} accounts"));
            }
        }
        found
    }

    /// The next month's run after `now`: its name and its instant. None: nothing goes by itself.
    fn next(&self, now: Timestamp, utc_offset_hours: i8) -> Option<(String, Timestamp)> {
        let day = i8::try_from(self.day).ok().filter(|it| *it > 0)?;
        let hour = i8::try_from(self.hour).ok()?;
        let offset = jiff::tz::Offset::from_hours(utc_offset_hours).ok()?;
        let first = offset.to_datetime(now).date().first_of_month();
        [first, first.last_of_month().tomorrow().ok()?]
            .into_iter()
            .find_map(|month| {
                let date = jiff::civil::Date::new(month.year(), month.month(), day).ok()?;
                let at = offset.to_timestamp(date.at(hour, 0, 0, 0)).ok()?;
                (at > now).then(|| (month.strftime("%Y-%m").to_string(), at))
            })
    }
}

/// A street's way that has failed at its last canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The street.
    pub area_code: String,
    /// The carrier.
    pub channel: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
}

/// The canaries of one service. Cheap to clone.
#[derive(Clone)]
pub struct Canaries(Arc<Inner>);

struct Inner {
    outbox: Outbox,
    config: CanaryConfig,
    failing: RwLock<Vec<Failing>>,
}

/// Which row a try of a street's way in a run is.
fn id_of(area_code: &str, channel: &str, run: &str) -> Uuid {
    Uuid::new_v5(&CANARIES, format!("{area_code}\n{channel}\n{run}").as_bytes())
}

fn waiting(area_code: &str, channel: &str, run: &str, due_at: Timestamp, by: Option<UserId>) -> Canary {
    Canary {
        id: id_of(area_code, channel, run),
        area_code: area_code.to_owned(),
        channel: channel.to_owned(),
        run: run.to_owned(),
        state: CanaryState::Waiting,
        due_at,
        began_at: None,
        attempts: 0,
        why: None,
        by,
    }
}

impl Canaries {
    /// Of an outbox. Nothing goes before [`Canaries::work`] or [`Canaries::run_due`].
    pub fn new(outbox: Outbox, config: CanaryConfig) -> Self {
        Self(Arc::new(Inner {
            outbox,
            config,
            failing: RwLock::default(),
        }))
    }

    /// The streets that are tried.
    pub fn streets(&self) -> impl Iterator<Item = &str> {
        self.0.config.people.keys().map(String::as_str)
    }

    /// What has failed at its last canary, as last looked at.
    pub fn failing(&self) -> Vec<Failing> {
        self.0.failing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Since when the first of them fails.
    pub fn failing_since(&self) -> Option<Timestamp> {
        let failing = self.0.failing.read().unwrap_or_else(PoisonError::into_inner);
        failing.iter().map(|it| it.since).min()
    }

    /// Tries every way of a street now, because somebody asks for it.
    ///
    /// # Errors
    /// See [`CanaryRefused`]; nothing was sent then.
    pub async fn begin(&self, street: &str, by: UserId) -> Result<(), CanaryRefused> {
        let post = self.0.outbox.post().ok_or(CanaryRefused::NoCarriers)?;
        if !self.0.config.people.contains_key(street) {
            return Err(CanaryRefused::NobodyNamed);
        }
        let (store, now) = (post.desk.store(), post.desk.clock().now());
        let before = store.canaries(&[street.to_owned()], 500).await?;
        let by_hand = before.iter().filter(|it| it.run.starts_with("hand "));
        if let Some(last) = by_hand.filter_map(|it| it.began_at).max()
            && now < last + BY_HAND_EVERY
        {
            let again_at = last + BY_HAND_EVERY;
            return Err(CanaryRefused::TooSoon { again_at });
        }
        let run = format!("hand {now}");
        let rows = post.carriers.iter();
        let rows = rows.map(|it| waiting(street, it.name(), &run, now, Some(by)));
        store.file_canaries(rows.collect()).await?;
        self.run_due().await?;
        Ok(())
    }

    /// Somebody of the staff has seen it where it arrived: on a robot's group, on paper, in a mailbox. Answers whether that was news.
    ///
    /// # Errors
    /// The store's.
    pub async fn seen(&self, id: Uuid, by: UserId) -> Result<bool, StoreError> {
        let Some(post) = self.0.outbox.post() else {
            return Ok(false);
        };
        let (store, now) = (post.desk.store(), post.desk.clock().now());
        let Some(it) = store.canary(id).await? else {
            return Ok(false);
        };
        let late = it.state == CanaryState::Failed && now.duration_since(it.due_at) <= MENDED_WITHIN;
        if it.state != CanaryState::Sent && !late {
            return Ok(false);
        }
        let done = Canary {
            state: CanaryState::Confirmed,
            due_at: now,
            why: None,
            by: Some(by),
            ..it.clone()
        };
        let moved = store.move_canary(&it, done).await?;
        self.look_back().await?;
        Ok(moved)
    }

    /// Files what is to come, sends what is due, ends what is over; answers how many were sent.
    ///
    /// # Errors
    /// The store's.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let Some(post) = self.0.outbox.post() else {
            return Ok(0);
        };
        let now = post.desk.clock().now();
        self.file_next(post, now).await?;
        let mut sent = 0;
        for it in post.desk.store().open_canaries(now).await? {
            match it.state {
                CanaryState::Sent => {}
                _ if self.send(post, it).await? => sent += 1,
                _ => {}
            }
        }
        self.settle(post).await?;
        self.look_back().await?;
        Ok(sent)
    }

    async fn file_next(&self, post: &Post, now: Timestamp) -> Result<(), StoreError> {
        let offset = post.desk.plans().utc_offset_hours;
        let Some((run, at)) = self.0.config.next(now, offset) else {
            return Ok(());
        };
        let store = post.desk.store();
        let streets: Vec<String> = self.streets().map(str::to_owned).collect();
        let known = store.canaries(&streets, 500).await?;
        let mut rows = Vec::new();
        for street in &streets {
            for carrier in &post.carriers {
                let it = waiting(street, carrier.name(), &run, at, None);
                if !known.iter().any(|one| one.id == it.id && one.due_at == at) {
                    rows.push(it);
                }
            }
        }
        store.file_canaries(rows).await
    }

    /// Sends one, if no other node does; answers whether this one did.
    async fn send(&self, post: &Post, it: Canary) -> Result<bool, StoreError> {
        let (store, now) = (post.desk.store(), post.desk.clock().now());
        let mine = Canary {
            state: CanaryState::Sending,
            due_at: now + SENDING_FOR,
            began_at: it.began_at.or(Some(now)),
            attempts: it.attempts + 1,
            ..it.clone()
        };
        if !store.move_canary(&it, mine.clone()).await? {
            return Ok(false);
        }
        let refused = if mine.attempts > ATTEMPTS_MAX {
            Some("could not be sent".to_owned())
        } else {
            self.hand_over(post, &mine).await?
        };
        let now = post.desk.clock().now();
        let confirm = SignedDuration::from_mins(self.0.config.confirm_min.into());
        let next = match refused {
            Some(why) => Canary {
                state: CanaryState::Failed,
                due_at: now,
                why: Some(why),
                ..mine.clone()
            },
            None => Canary {
                state: CanaryState::Sent,
                due_at: now + confirm,
                ..mine.clone()
            },
        };
        store.move_canary(&mine, next).await?;
        Ok(true)
    }

    /// Sends to each who is named; why not, where it has left to nobody.
    async fn hand_over(&self, post: &Post, it: &Canary) -> Result<Option<String>, StoreError> {
        let Some(carrier) = post.carriers.iter().find(|one| one.name() == it.channel) else {
            return Ok(Some("this way is no more in the configuration".to_owned()));
        };
        let run = NoticeId::new(it.id);
        let stops = match carrier.way().is_fixed() {
            true => vec![(post.fixed_place(run), "desk".to_owned())],
            false => self.stops(post, carrier.as_ref(), it, run).await?,
        };
        if stops.is_empty() {
            return Ok(Some("nobody who is named has an address".to_owned()));
        }
        let (store, now) = (post.desk.store(), post.desk.clock().now());
        let begun = stops.iter().map(|(place, owner)| ChannelTest {
            id: place.id,
            owner: owner.clone(),
            run: it.id,
            channel: it.channel.clone(),
            state: "handed".to_owned(),
            proof: None,
            why: None,
            at: now,
            receipt_at: None,
        });
        store.begin_channel_tests(begun.collect()).await?;
        let work = stops
            .into_iter()
            .map(|(place, owner)| async move { post.try_one(carrier.clone(), place, &owner, true).await });
        for done in futures_util::future::join_all(work).await {
            done?;
        }
        let letters = store.channel_tests_of(&[it.id]).await?;
        let left = letters.iter().any(|it| it.state != "failed");
        let why = letters.iter().find_map(|it| it.why.clone());
        Ok((!left).then(|| why.unwrap_or_else(|| "refused".to_owned())))
    }

    async fn stops(
        &self,
        post: &Post,
        carrier: &dyn Carrier,
        it: &Canary,
        run: NoticeId,
    ) -> Result<Vec<(Stop, String)>, StoreError> {
        let mut stops: Vec<(Stop, String)> = Vec::new();
        for who in self.people(post, &it.area_code).await? {
            for place in post.try_places(carrier, who, run).await? {
                if stops.iter().all(|one| one.0.id != place.id) {
                    stops.push((place, who.to_string()));
                }
            }
        }
        Ok(stops)
    }

    /// Who is named of a street and is of its staff. Whoever is not is left out and logged: it goes to nobody else in their place.
    async fn people(&self, post: &Post, street: &str) -> Result<Vec<Reached>, StoreError> {
        let names = self.0.config.people.get(street).cloned().unwrap_or_default();
        let Ok(area) = street.parse::<AreaCode>() else {
            return Ok(vec![]);
        };
        let accounts = post.desk.store().accounts_named(&names).await?;
        let fits = |it: &crate::store::Account| {
            let staff = matches!(it.role, Role::Admin | Role::DutyLeader | Role::Dispatcher);
            staff && it.disabled_at.is_none() && it.scope.contains(area)
        };
        let all: Vec<Reached> = accounts
            .into_iter()
            .filter(fits)
            .map(|it| {
                let staff = Staff {
                    user: it.id,
                    role: it.role,
                    scope: it.scope,
                    responder: it.responder,
                };
                staff.reached()
            })
            .collect();
        if all.len() < names.len() {
            tracing::warn!(
                street,
                named = names.len(),
                of_the_staff = all.len(),
                "not all who are named for the canary are of the street's staff"
            );
        }
        Ok(all)
    }

    /// What was confirmed, and what nobody has confirmed in its time.
    async fn settle(&self, post: &Post) -> Result<(), StoreError> {
        let (store, now) = (post.desk.store(), post.desk.clock().now());
        let mut open = store.open_canaries(now).await?;
        open.retain(|it| it.state == CanaryState::Sent);
        open.extend(store.failed_canaries(now - MENDED_WITHIN).await?);
        let runs: Vec<Uuid> = open.iter().map(|it| it.id).collect();
        let letters = store.channel_tests_of(&runs).await?;
        for it in open {
            let of = || letters.iter().filter(|one| one.run == it.id);
            let received = of().filter(|one| one.state == "received");
            let next = match received.filter_map(|one| one.receipt_at).min() {
                Some(at) => Canary {
                    state: CanaryState::Confirmed,
                    due_at: at,
                    why: None,
                    ..it.clone()
                },
                None if it.state == CanaryState::Sent && it.due_at <= now => Canary {
                    state: CanaryState::Failed,
                    due_at: now,
                    why: Some(
                        of().find_map(|one| one.why.clone())
                            .unwrap_or_else(|| "not confirmed".to_owned()),
                    ),
                    ..it.clone()
                },
                None => continue,
            };
            let outcome = next.state.as_str();
            if store.move_canary(&it, next).await? {
                let channel = it.channel.clone();
                metrics::counter!("ecd_canaries_total", "channel" => channel, "outcome" => outcome).increment(1);
            }
        }
        Ok(())
    }

    /// What fails now, for whoever shows it.
    async fn look_back(&self) -> Result<(), StoreError> {
        let Some(post) = self.0.outbox.post() else {
            return Ok(());
        };
        let now = post.desk.clock().now();
        let since = now.checked_sub(FAILS_FOR).unwrap_or(Timestamp::MIN);
        let last = post.desk.store().last_canaries(since).await?;
        let tried = |it: &Canary| {
            let there = post.carriers.iter().any(|one| one.name() == it.channel);
            there && self.0.config.people.contains_key(&it.area_code)
        };
        let failed = |it: Canary| Failing {
            since: it.due_at,
            why: it.why.unwrap_or_default(),
            area_code: it.area_code,
            channel: it.channel,
        };
        let fails = |it: &Canary| it.state == CanaryState::Failed && tried(it);
        let failing: Vec<Failing> = last.into_iter().filter(fails).map(failed).collect();
        for carrier in &post.carriers {
            let many = failing.iter().filter(|it| it.channel == carrier.name()).count();
            let channel = carrier.name().to_owned();
            metrics::gauge!("ecd_canary_failing", "channel" => channel).set(many as f64);
        }
        let mut kept = self.0.failing.write().unwrap_or_else(PoisonError::into_inner);
        for it in failing.iter().filter(|it| {
            !kept
                .iter()
                .any(|one| one.channel == it.channel && one.area_code == it.area_code)
        }) {
            tracing::error!(
                street = it.area_code,
                channel = it.channel,
                why = it.why,
                "a way out of the house has failed its canary"
            );
        }
        *kept = failing;
        Ok(())
    }

    /// Looks again and again until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let Some(clock) = self.0.outbox.post().map(|it| it.desk.clock().clone()) else {
            return;
        };
        loop {
            if let Err(error) = self.run_due().await {
                tracing::warn!(%error, "the canaries could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(LOOK_EVERY) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_run_is_the_next_month_s_day_and_hour_of_the_street() {
        let config = CanaryConfig::default();
        for (now, run, due) in [
            ("2026-11-27T23:00:00+08:00", "2026-12", "2026-12-01T10:00:00+08:00"),
            ("2026-12-01T09:59:59+08:00", "2026-12", "2026-12-01T10:00:00+08:00"),
            ("2026-12-01T10:00:00+08:00", "2027-01", "2027-01-01T10:00:00+08:00"),
            ("2026-01-31T12:00:00+08:00", "2026-02", "2026-02-01T10:00:00+08:00"),
            // Still the old month in UTC.
            ("2026-12-01T00:30:00+08:00", "2026-12", "2026-12-01T10:00:00+08:00"),
        ] {
            assert_eq!(config.next(at(now), 8), Some((run.to_owned(), at(due))), "{now}");
        }
        let by_hand = CanaryConfig { day: 0, ..config };
        assert_eq!(by_hand.next(at("2026-12-01T10:00:00+08:00"), 8), None);
    }

    #[test]
    fn every_mistake_names_its_key() {
        let text = "day = 29\nhour = 24\nconfirm_min = 1\n[people]\n\"120114\" = [\"a\"]\n\"120114001\" = []\n";
        let config: CanaryConfig = toml::from_str(text).unwrap();
        let found = config.mistakes();
        for key in ["day", "hour", "confirm_min", "people.120114", "people.120114001"] {
            let wanted = format!("notify.canary.{key}: must");
            assert!(found.iter().any(|it| it.starts_with(&wanted)), "{wanted} in {found:?}");
        }
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(CanaryConfig::default().mistakes().is_empty());
    }
}
