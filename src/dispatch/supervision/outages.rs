//! Incidents: many devices dark at once are one case with a round of checks, and each of them none of its own.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::dark::{Group, Place, Threshold, incidents};
use super::{DONE_MAX, Looked, Missed, OpenFaults, Presence, SAY_AGAIN, Supervision, Watched};
use crate::case::{Author, Command, Kind, Opening, Part, State, Subject};
use crate::dispatch::desk::DeskError;
use crate::ids::{CaseId, DeviceId};
use crate::people::{AreaLevel, area_id};
use crate::store::StoreError;
use crate::store::cases::CaseView;
use crate::store::incidents::IncidentDevice;

/// So many of a hundred may still be dark when an incident is over: these have cases of their own then.
const LEFT_PERCENT: usize = 10;

/// What is kept of incidents in memory. Rows say the same; they are read once.
#[derive(Default)]
pub(super) struct Known {
    loaded: bool,
    /// By incident: each device, and when it was last heard before it went dark.
    members: HashMap<CaseId, HashMap<DeviceId, Timestamp>>,
    /// Since when nearly all of an incident's devices are back.
    well: HashMap<CaseId, Timestamp>,
}

impl Supervision {
    /// Opens, fills and closes incidents; answers the devices that are part of one and have no case of their own for their silence.
    pub(super) async fn outages(
        &self,
        watched: &[Watched],
        missed: &[Missed],
        faults: &OpenFaults,
        open: Vec<CaseView>,
        looked: &mut Looked,
    ) -> Result<HashSet<DeviceId>, DeskError> {
        self.load_incidents(&open).await?;
        let open: Vec<(Group, CaseView)> = open.into_iter().filter_map(|it| Some((group_of(&it)?, it))).collect();
        let now = self.0.desk.clock().now();
        // What went dark long ago has a case of its own already.
        let within = SignedDuration::from_secs(self.0.config.dark_within_s.into());
        let at_once = |it: &Missed| {
            let beat = it.it.beat.unwrap_or_default();
            now.duration_since(it.heard_at) <= beat + self.0.config.grace() + within
        };
        // Those that make an incident: in an open one already, or dark of late and in none. Whoever closed one by hand has seen its
        // devices.
        let mut dark: Vec<&Missed> = Vec::new();
        let mut added: Vec<IncidentDevice> = Vec::new();
        {
            let memory = self.memory();
            let part_of = |it: &Missed| {
                let mut of = memory.outages.members.iter();
                of.find(|(_, members)| members.get(&it.it.id) == Some(&it.heard_at))
                    .map(|it| *it.0)
            };
            for it in missed {
                match part_of(it) {
                    Some(case) if open.iter().any(|(_, view)| view.case.id == case) => dark.push(it),
                    Some(_) => {}
                    None if at_once(it) => {
                        dark.push(it);
                        let takes = |group: &Group| group.takes(it.it.grid, it.it.carrier);
                        if let Some((_, view)) = open.iter().find(|(group, _)| takes(group)) {
                            added.push(member(view.case.id, it));
                        }
                    }
                    None => {}
                }
            }
        }
        self.add(added, faults).await?;
        for group in self.groups(watched, &dark) {
            if open.iter().any(|(other, _)| *other == group || other.covers(&group)) {
                continue;
            }
            let theirs: Vec<&&Missed> = dark
                .iter()
                .filter(|it| group.takes(it.it.grid, it.it.carrier))
                .collect();
            let Some(first) = theirs.iter().map(|it| it.heard_at).min() else {
                continue;
            };
            let case = self.open_incident(group, first).await?;
            looked.incidents += 1;
            let mut added: Vec<IncidentDevice> = theirs.iter().map(|it| member(case, it)).collect();
            // A smaller incident goes on in the larger one.
            let smaller: Vec<CaseId> = open
                .iter()
                .filter(|(other, _)| group.covers(other))
                .map(|(_, view)| view.case.id)
                .collect();
            {
                let memory = self.memory();
                for id in &smaller {
                    let members = memory.outages.members.get(id);
                    added.extend(members.into_iter().flatten().map(|(device, heard_at)| IncidentDevice {
                        case,
                        device: *device,
                        heard_at: *heard_at,
                    }));
                }
            }
            self.add(added, faults).await?;
            for id in smaller {
                self.settle(id, Some(case)).await?;
                self.memory().outages.members.remove(&id);
            }
        }
        self.close_incidents(&open, looked).await?;
        let memory = self.memory();
        let mut part_of = HashSet::new();
        for it in missed {
            let heard = |members: &HashMap<DeviceId, Timestamp>| members.get(&it.it.id) == Some(&it.heard_at);
            if memory.outages.members.values().any(heard) {
                part_of.insert(it.it.id);
            }
        }
        Ok(part_of)
    }

    /// Which incidents the dark devices make.
    fn groups(&self, watched: &[Watched], dark: &[&Missed]) -> Vec<Group> {
        let threshold = Threshold {
            min: usize::try_from(self.0.config.dark_min).unwrap_or(usize::MAX),
            percent: self.0.config.dark_percent.into(),
        };
        if dark.len() < threshold.min {
            return vec![];
        }
        // All that are awaited here: who was never heard is not missed.
        let mut awaited = Vec::with_capacity(watched.len());
        self.0.signs.each(
            watched,
            |it| it.id,
            |it, sign| {
                if it.beat.is_some() && sign.is_some() {
                    awaited.push(place(it));
                }
            },
        );
        let dark: Vec<Place> = dark.iter().map(|it| place(&it.it)).collect();
        incidents(awaited.into_iter(), &dark, threshold)
    }

    /// Reads once which devices belong to incidents: of those that are open, and of those that a person has closed within the day.
    async fn load_incidents(&self, open: &[CaseView]) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let unknown: Vec<CaseId> = {
            let memory = self.memory();
            let unknown = open.iter().map(|it| it.case.id);
            unknown.filter(|it| !memory.outages.members.contains_key(it)).collect()
        };
        let mut found = store.incident_devices(&unknown).await?;
        if !self.memory().outages.loaded {
            let since = self.0.desk.clock().now() - SAY_AGAIN;
            let late = store.incident_devices_since(since).await?;
            let ids: HashSet<CaseId> = late.iter().map(|it| it.case).collect();
            let ids: Vec<CaseId> = ids.into_iter().collect();
            let cases = store.cases(&ids).await?.0;
            // Whoever was still dark when an incident was over has a case of its own.
            let over = cases
                .iter()
                .filter(|it| it.case.state == State::Closed && it.case.recovered);
            let over: HashSet<CaseId> = over.map(|it| it.case.id).collect();
            found.extend(late.into_iter().filter(|it| !over.contains(&it.case)));
        }
        let mut memory = self.memory();
        memory.outages.loaded = true;
        for it in unknown {
            memory.outages.members.entry(it).or_default();
        }
        for it in found {
            memory
                .outages
                .members
                .entry(it.case)
                .or_default()
                .insert(it.device, it.heard_at);
        }
        Ok(())
    }

    async fn open_incident(&self, group: Group, first: Timestamp) -> Result<CaseId, DeskError> {
        let area = self
            .0
            .desk
            .picture()
            .area_id(group.area)
            .unwrap_or_else(|| area_id(&group.area.to_string()));
        let part = group.part();
        let name = format!(
            "outage {} {}",
            part.map(Part::key).unwrap_or_default(),
            first.as_microsecond()
        );
        let case = CaseId::derive(area.as_uuid(), &name);
        let code = group.area.to_string();
        let stream = group
            .area
            .at(AreaLevel::Street)
            .map_or_else(|| code.clone(), |it| it.to_string());
        let opening = Opening::outage(case, area, part);
        self.0.desk.begin(opening, &stream, &code).await?;
        metrics::counter!("ecd_outages_total").increment(1);
        Ok(case)
    }

    /// Adds devices to their incidents; the cases that they have for their silence go on there.
    async fn add(&self, added: Vec<IncidentDevice>, faults: &OpenFaults) -> Result<(), DeskError> {
        if added.is_empty() {
            return Ok(());
        }
        let now = self.0.desk.clock().now();
        self.0.desk.store().put_incident_devices(added.clone(), now).await?;
        {
            let mut memory = self.memory();
            for it in &added {
                memory
                    .outages
                    .members
                    .entry(it.case)
                    .or_default()
                    .insert(it.device, it.heard_at);
            }
        }
        let own = |it: &IncidentDevice| Some((faults.get(&(it.device, Kind::LinkLoss))?.case.id, it.case));
        for (case, incident) in added.iter().filter_map(own).take(DONE_MAX) {
            self.settle(case, Some(incident)).await?;
        }
        Ok(())
    }

    async fn settle(&self, case: CaseId, within: Option<CaseId>) -> Result<bool, DeskError> {
        match self
            .0
            .desk
            .handle(case, Command::Recovered { within }, Author::System)
            .await
        {
            Ok(done) => Ok(!done.records.is_empty()),
            // A person was quicker.
            Err(DeskError::Refused(..) | DeskError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// An incident is over when nearly all of its devices have been heard again, and stay.
    async fn close_incidents(&self, open: &[(Group, CaseView)], looked: &mut Looked) -> Result<(), DeskError> {
        let now = self.0.desk.clock().now();
        let mut over = Vec::new();
        {
            let listening = self.listening().clone();
            let mut memory = self.memory();
            let watched: HashMap<DeviceId, Option<SignedDuration>> = if open.is_empty() {
                HashMap::new()
            } else {
                memory.watched.iter().map(|it| (it.id, it.beat)).collect()
            };
            let before = std::mem::take(&mut memory.outages.well);
            for (_, view) in open {
                let id = view.case.id;
                let Some(members) = memory.outages.members.get(&id) else {
                    continue;
                };
                let members: Vec<(DeviceId, Timestamp)> = members.iter().map(|it| (*it.0, *it.1)).collect();
                let mut dark = 0;
                self.0.signs.each(
                    &members,
                    |it| it.0,
                    |(device, heard_at), sign| {
                        // Taken out of service meanwhile: nobody waits for it.
                        let Some(beat) = watched.get(device) else { return };
                        let heard = sign.map(|it| it.heard_at);
                        let again = heard.is_some_and(|it| it > *heard_at);
                        let here = self.presence_at(&listening, *beat, heard, now);
                        if !again || matches!(here, Presence::Late | Presence::Silent) {
                            dark += 1;
                        }
                    },
                );
                // Without any it was begun by a process that ended there: the next look fills it, or it is over.
                if dark * 100 > members.len() * LEFT_PERCENT {
                    continue;
                }
                let since = before.get(&id).copied().unwrap_or(now);
                memory.outages.well.insert(id, since);
                if now.duration_since(since) >= self.0.config.recovered() {
                    over.push(id);
                }
            }
        }
        for case in over {
            looked.recovered += usize::from(self.settle(case, None).await?);
            let view = self.0.desk.store().case(case).await?;
            if view.is_none_or(|it| it.case.state == State::Closed) {
                self.memory().outages.members.remove(&case);
            }
        }
        Ok(())
    }
}

fn place(it: &Watched) -> Place {
    Place {
        grid: it.grid,
        carrier: it.carrier,
    }
}

fn member(case: CaseId, it: &Missed) -> IncidentDevice {
    IncidentDevice {
        case,
        device: it.it.id,
        heard_at: it.heard_at,
    }
}

/// Where an open incident is.
fn group_of(view: &CaseView) -> Option<Group> {
    let of_area = matches!(view.case.subject, Subject::Area(_));
    let carrier = match view.case.part {
        Some(Part::Carrier(it)) => Some(it),
        Some(Part::Device(_) | Part::Test(_)) => return None,
        None => None,
    };
    let area = view.area_code.parse().ok().filter(|_| of_area)?;
    Some(Group { area, carrier })
}
