//! Alerts: which device says what, when; and the opening of the day, so that something is to be seen at once.

use std::collections::HashSet;
use std::sync::Arc;

use super::Stage;
use crate::case::{Kind, Subject};
use crate::circle::Point;
use crate::dispatch::report::own_device;
use crate::dispatch::{AlertReport, Position, Sender};
use crate::ids::ElderId;
use crate::people::{Device, DeviceBinding, DeviceKind, Need};
use crate::sim::rates::ALERTS;

/// Seconds after the start at which the first call of the opening comes: time to open the page.
const FIRST_CALL_S: f64 = 6.0;
/// And the second.
const SECOND_CALL_S: f64 = 14.0;
/// The radius of a watch's fixes, metres.
const WATCH_ACCURACY_M: f32 = 20.0;
/// No wait for an alert is longer than this before the hour is looked at again, real seconds.
const HOUR_LOOK_S: f64 = 60.0;

/// Whether a device can say such a thing.
const fn can_say(device: DeviceKind, kind: Kind) -> bool {
    match kind {
        Kind::Sos | Kind::ServiceRequest => matches!(
            device,
            DeviceKind::SosButton | DeviceKind::Pendant | DeviceKind::Watch | DeviceKind::OneKeyPhone
        ),
        Kind::Fall => matches!(device, DeviceKind::FallRadar | DeviceKind::Watch | DeviceKind::Pendant),
        Kind::Smoke => matches!(device, DeviceKind::Smoke),
        Kind::Gas => matches!(device, DeviceKind::Gas),
        Kind::CarbonMonoxide => matches!(device, DeviceKind::Co),
        Kind::Inactivity => matches!(device, DeviceKind::Infrared | DeviceKind::WaterMeter | DeviceKind::Door),
        Kind::WaterLeak => matches!(device, DeviceKind::WaterMeter),
        Kind::Vital => matches!(device, DeviceKind::Vital | DeviceKind::Watch),
        Kind::Geofence => matches!(device, DeviceKind::Watch),
        Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::PowerLoss => true,
        Kind::Outage
        | Kind::AreaAlert
        | Kind::SelfCheck
        | Kind::Duress
        | Kind::Offline
        | Kind::MissedVisit
        | Kind::FollowUp
        | Kind::WelfareReview
        | Kind::Unknown => false,
    }
}

impl Stage {
    async fn devices(&self) -> Vec<Device> {
        let mut devices: Vec<Device> = match self.app.store.all_devices().await {
            Ok(all) => all.items.into_iter().map(|it| it.device.value).collect(),
            Err(error) => {
                tracing::warn!(%error, "the simulator could not read the devices");
                vec![]
            }
        };
        devices.retain(|it| it.in_service && it.id != own_device());
        devices.sort_by(|a, b| a.code.cmp(&b.code)); // the same order on every start
        devices
    }

    /// Alerts at the table's rates, hour by hour.
    pub(super) async fn send_alerts(self: Arc<Self>) {
        let devices = self.devices().await;
        let homes: HashSet<_> = devices
            .iter()
            .filter_map(|it| match it.binding {
                Some(DeviceBinding::Elder(id)) => self.app.picture.elder(id).map(|it| it.household),
                Some(DeviceBinding::Household(id)) => Some(id),
                None => None,
            })
            .collect();
        let homes = homes.len();
        let able: Vec<Vec<&Device>> = ALERTS
            .iter()
            .map(|rate| devices.iter().filter(|it| can_say(it.kind, rate.kind)).collect())
            .collect();
        let mut dice = self.dice("alerts");
        let mut count = 0_u64;
        loop {
            let (_, hour) = self.app.desk.local(self.app.clock.now());
            // What happens at random and independently has no memory: drawing again at each look changes nothing.
            let next = ALERTS
                .iter()
                .enumerate()
                .map(|(at, rate)| {
                    (
                        rate.next_within(homes, usize::from(hour), &mut dice) / self.plan.pace,
                        at,
                    )
                })
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let Some((after, at)) = next else { return };
            if !self.wait_real(after.min(HOUR_LOOK_S)).await {
                return;
            }
            if after > HOUR_LOOK_S {
                continue;
            }
            let Some(device) = dice.pick(&able[at]).copied() else {
                continue;
            };
            let real = dice.chance(ALERTS[at].real_share);
            count += 1;
            self.send(device, ALERTS[at].kind, count, real).await;
        }
    }

    async fn send(&self, device: &Device, kind: Kind, count: u64, real: bool) -> Option<crate::ids::CaseId> {
        let home = match device.binding {
            Some(DeviceBinding::Elder(id)) => self
                .app
                .picture
                .elder(id)
                .and_then(|it| it.door_on(self.app.picture.today()).1),
            Some(DeviceBinding::Household(_)) | None => None,
        };
        let watch = matches!(device.kind, DeviceKind::Watch);
        let position = home.filter(|_| watch).and_then(|home: Point| {
            let crs = device.crs?;
            let (lat, lon) = crs.from_wgs84(home);
            Some(Position {
                lat,
                lon,
                crs: Some(crs),
                accuracy_m: Some(WATCH_ACCURACY_M),
            })
        });
        self.report(Sender::Device(device.id), None, kind, position, count, real)
            .await
    }

    async fn report(
        &self,
        sender: Sender,
        elder: Option<ElderId>,
        kind: Kind,
        position: Option<Position>,
        count: u64,
        real: bool,
    ) -> Option<crate::ids::CaseId> {
        let source_ref = format!("sim-{}-{count}", self.started);
        let raw = format!("{{\"kind\":\"{kind}\",\"source_ref\":\"{source_ref}\"}}").into_bytes();
        let report = AlertReport {
            sender,
            kind: kind.as_str().to_owned(),
            elder,
            device: None,
            responder: None,
            source_ref: Some(source_ref),
            occurred_at: Some(self.app.clock.now()),
            position,
            note: None,
            reading: None,
            raw,
            warnings: vec![],
            drill: false,
        };
        match self.app.desk.report(report).await {
            Ok(opened) => {
                let mut known = self.known();
                *known.real.entry(opened.case).or_insert(false) |= real;
                Some(opened.case)
            }
            Err(error) => {
                tracing::warn!(%kind, %error, "a simulated alert was not taken");
                None
            }
        }
    }

    /// Two calls at once: one that nobody of the family or the grid answers, so that it climbs to the street while one
    /// looks; one from across the canal, where the nearest as the crow flies is not the nearest by road.
    pub(super) async fn open_the_day(self: Arc<Self>) {
        let devices = self.devices().await;
        let count = u64::MAX;
        if !self.wait_real(FIRST_CALL_S).await {
            return;
        }
        if let Some(device) = self.unanswered_call(&devices).await
            && let Some(case) = self.send(&device, Kind::Sos, count, true).await
        {
            self.known().unanswered.insert(case);
        }
        if !self.wait_real(SECOND_CALL_S - FIRST_CALL_S).await {
            return;
        }
        let Some((elder, _)) = self.plan.across_the_canal else {
            return;
        };
        if self.has_open_case(elder).await {
            return;
        }
        let theirs = |it: &&Device| it.binding == Some(DeviceBinding::Elder(elder));
        let best = devices
            .iter()
            .filter(theirs)
            .max_by_key(|it| can_say(it.kind, Kind::Fall));
        match best {
            Some(device) => self.send(device, Kind::Fall, count - 1, true).await,
            // No device there: a neighbour phones the desk.
            None => {
                let sender = Sender::User(self.plan.desk);
                self.report(sender, Some(elder), Kind::Fall, None, count - 1, true)
                    .await
            }
        };
    }

    async fn has_open_case(&self, elder: ElderId) -> bool {
        let snapshot = self.app.store.snapshot().await;
        snapshot.is_ok_and(|it| it.cases.iter().any(|it| it.case.subject == Subject::Elder(elder)))
    }

    /// The button of somebody whose plan climbs fast, with family who has the app if there is one.
    async fn unanswered_call(&self, devices: &[Device]) -> Option<Device> {
        let mut dice = self.dice(&format!("opening {}", self.started));
        let mut best: Vec<(u8, &Device)> = Vec::new();
        for device in devices.iter().filter(|it| can_say(it.kind, Kind::Sos)) {
            let Some(DeviceBinding::Elder(id)) = device.binding else {
                continue;
            };
            let needs = self.app.picture.needs(id);
            if needs.contains(&Need::MentalSocial) || needs.contains(&Need::Away) {
                continue;
            }
            let family = self.app.picture.facts(id).is_some_and(|it| {
                let with_app = |it: &Arc<crate::people::Contact>| it.responder.is_some() && !it.restricted;
                it.contacts.iter().any(with_app)
            });
            let quick = needs.contains(&Need::HighRisk);
            let alone = needs.contains(&Need::LivingAlone);
            let rank = match (quick, alone, family) {
                (true, _, true) => 4,
                (true, _, false) => 3,
                (false, true, true) => 2,
                (false, true, false) => 1,
                (false, false, _) => 0,
            };
            best.push((rank, device));
        }
        let top = best.iter().map(|it| it.0).max()?;
        let mut top: Vec<&Device> = best.into_iter().filter(|it| it.0 == top).map(|it| it.1).collect();
        dice.shuffle(&mut top);
        for device in top {
            let Some(DeviceBinding::Elder(id)) = device.binding else {
                continue;
            };
            if !self.has_open_case(id).await {
                return Some(device.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_has_a_device_for_every_rate_of_the_table() {
        for rate in ALERTS {
            assert!(
                DeviceKind::ALL.iter().any(|it| can_say(*it, rate.kind)),
                "{}",
                rate.kind
            );
        }
    }

    #[test]
    fn the_opening_is_over_within_twenty_seconds() {
        const { assert!(SECOND_CALL_S < 20.0 && FIRST_CALL_S < SECOND_CALL_S) };
    }
}
