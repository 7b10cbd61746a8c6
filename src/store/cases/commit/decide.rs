//! What a batch has in hand while its orders are decided, one after another: each sees what the one before it left.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::Set;

use super::{
    Ask, Begin, Beside, CHAIN_START, Done, Enclosed, Found, Held, KeptCommand, KeptReport, Keys, Once, Opened, Order,
    Outcome, Report, Stored, Verdict, key_of, leads,
};
use crate::case::{Case, Decision, Plan, Record, Severity, State};
use crate::ids::{AlertId, CaseId, ResponderId};
use crate::store::StoreError;
use crate::store::cases::outbox::OutboxRow;
use crate::store::cases::rows::{alert, note, photo};

/// What a batch has in hand while it is decided.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) held: HashMap<CaseId, Held>,
    pub(super) aside: HashMap<CaseId, StoreError>,
    pub(super) joinable: HashMap<String, CaseId>,
    pub(super) beside: HashMap<String, CaseId>,
    pub(super) leads: HashMap<ResponderId, CaseId>,
    pub(super) answers: HashMap<[u8; 32], (Vec<u8>, String)>,
    /// The decisions in their order: case, and which of its runs.
    pub(super) log: Vec<(CaseId, usize)>,
    pub(super) alerts: Vec<alert::ActiveModel>,
    pub(super) notes: Vec<note::ActiveModel>,
    pub(super) photos: Vec<photo::ActiveModel>,
    pub(super) outbox: Vec<OutboxRow>,
    /// Cases that this batch has made critical.
    pub(super) raised: Vec<CaseId>,
    pub(super) new_answers: Vec<(Once, String)>,
    /// The numbers that the runs were given, by case and version of the first record.
    pub(super) numbered: HashMap<(CaseId, i64), i64>,
}

/// An outcome whose case number is not known before the numbers are taken.
pub(super) enum Draft {
    Reported {
        alert: AlertId,
        case: CaseId,
        joined: bool,
        repeat: bool,
        warnings: Vec<String>,
        records: Arc<[Record]>,
        after: Option<Arc<Case>>,
    },
    Done {
        case: CaseId,
        after: Arc<Case>,
        records: Arc<[Record]>,
        answer: Option<String>,
    },
    Ready(Outcome),
}

impl Desk {
    pub(super) fn set_aside(&mut self, row: &Stored, field: &'static str, what: &str) {
        let id = CaseId::new(row.id);
        self.aside.insert(id, StoreError::corrupt("cases", id, field, what));
    }

    pub(super) fn index(&mut self, case: &Case) {
        if case.kind.is_aftercare() {
            return; // no alert joins it or goes on from it
        }
        let key = key_of(case.subject, case.lane, case.kind, case.part, case.drill);
        if case.may_be_joined() {
            self.joinable.insert(key, case.id);
        } else if case.state.is_open() {
            // Where somebody is with them goes before paperwork, then the newer one, in whatever order they were read.
            let rank = |it: &Case| (it.state == State::OnScene, it.opened_at, it.id);
            let seen = self.beside.get(&key).and_then(|it| self.held.get(it));
            if seen.is_none_or(|it| it.case.id == case.id || rank(case) > rank(&it.case)) {
                self.beside.insert(key.clone(), case.id);
            }
            if self.joinable.get(&key) == Some(&case.id) {
                self.joinable.remove(&key);
            }
        } else if self.joinable.get(&key) == Some(&case.id) {
            self.joinable.remove(&key);
        }
    }

    pub(super) fn decide(
        &mut self,
        order: &Order,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        if let Some(repeat) = self.repeat(order) {
            return repeat;
        }
        match &order.ask {
            Ask::Report(report) => self.report(order, report, now, decide),
            Ask::Begin(begin) => self.begin(order, begin, now, decide),
            Ask::Command { case, with, .. } => self.command(order, *case, with.as_ref(), now, decide),
        }
    }

    /// What was said the first time, if there was one.
    fn repeat(&mut self, order: &Order) -> Option<Draft> {
        let once = order.once?;
        let (request, body) = self.answers.get(&once.id)?;
        if request[..] != once.request[..] {
            return Some(Draft::Ready(Outcome::KeyReused));
        }
        if let Ok(KeptReport {
            alert,
            case,
            joined,
            warnings,
        }) = serde_json::from_str(body)
        {
            return Some(Draft::Reported {
                alert,
                case,
                joined,
                repeat: true,
                warnings,
                records: Arc::default(),
                after: None,
            });
        }
        let kept: KeptCommand = serde_json::from_str(body).ok()?;
        let held = self.held.get(&kept.case)?;
        Some(Draft::Done {
            case: kept.case,
            after: held.case.clone(),
            records: Arc::default(),
            answer: kept.answer,
        })
    }

    fn report(
        &mut self,
        order: &Order,
        report: &Report,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let opening = &report.opening;
        let key = key_of(
            opening.subject,
            opening.lane,
            opening.alert.kind,
            opening.part,
            opening.drill,
        );
        let join = self.joinable.get(&key).copied();
        let linked = self.beside.get(&key).and_then(|it| self.held.get(it));
        let held = join.and_then(|it| self.held.get(&it));
        let target = join.unwrap_or(opening.case);
        let busy = |it: ResponderId| self.leads.get(&it).is_some_and(|other| *other != target);
        let found = Found {
            case: held.map(|it| &*it.case),
            plan: held.map(|it| &it.plan),
            linked: linked.map(|it| &*it.case),
            now,
            busy: &busy,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, None)),
        };
        let joined = join.is_some();
        let alert = opening.alert.id;
        let Decision { case, records, plan } = decision;
        let (after, records): (_, Arc<[Record]>) = (Arc::new(case), records.into());
        if !joined {
            self.held.insert(
                target,
                Held {
                    case: after.clone(),
                    plan: report.plan.clone(),
                    number: String::new(),
                    stream: report.stream.clone(),
                    area_code: report.area_code.clone(),
                    head: CHAIN_START,
                    stored: 0,
                    keys: Keys::default(),
                    runs: vec![],
                },
            );
        }
        self.alerts.push(alert::ActiveModel {
            id: Set(alert.as_uuid()),
            case_id: Set(target.as_uuid()),
            sender: Set(report.row.sender.clone()),
            source_ref: Set(report.row.source_ref.clone()),
            kind: Set(opening.alert.kind.as_str().to_owned()),
            word: Set(report.row.word.clone()),
            severity: Set(opening.alert.severity.as_str().to_owned()),
            late: Set(opening.alert.late),
            received_at: Set(report.row.received_at.into()),
            occurred_at: Set(report.row.occurred_at.map(Into::into)),
            content: Set(report.row.content.0.clone()),
        });
        self.put(target, after.clone(), records.clone(), plan, verdict.outbox);
        let warnings = report.warnings.clone();
        if let Some(once) = order.once {
            let kept = KeptReport {
                alert,
                case: target,
                joined,
                warnings: warnings.clone(),
            };
            self.keep(once, serde_json::to_string(&kept).unwrap_or_default());
        }
        Draft::Reported {
            alert,
            case: target,
            joined,
            repeat: false,
            warnings,
            records,
            after: Some(after),
        }
    }

    fn command(
        &mut self,
        order: &Order,
        id: CaseId,
        with: Option<&Enclosed>,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let Some(held) = self.held.get(&id) else {
            let aside = self.aside.get(&id).cloned();
            return Draft::Ready(aside.map_or(Outcome::NotFound, Outcome::Corrupt));
        };
        let busy = |it: ResponderId| self.leads.get(&it).is_some_and(|other| *other != id);
        let found = Found {
            case: Some(&*held.case),
            plan: Some(&held.plan),
            linked: None,
            now,
            busy: &busy,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, Some(held.case.clone()))),
        };
        let Decision { case, records, plan } = decision;
        let author = || serde_json::to_string(&order.by).unwrap_or_default();
        match with {
            Some(Enclosed::Note(note)) => self.notes.push(note::ActiveModel {
                id: Set(note.id.as_uuid()),
                case_id: Set(id.as_uuid()),
                author: Set(author()),
                at: Set(now.into()),
                content: Set(note.content.0.clone()),
            }),
            // Its id follows from the sender's key: sent again after its answer was forgotten, it is there already.
            Some(Enclosed::Photo(photo)) if !records.is_empty() => self.photos.push(photo::ActiveModel {
                id: Set(photo.id.as_uuid()),
                case_id: Set(id.as_uuid()),
                author: Set(author()),
                at: Set(now.into()),
                consent: Set(photo.consent.as_str().to_owned()),
                media: Set(photo.media.to_owned()),
                width: Set(i32::try_from(photo.width).unwrap_or(i32::MAX)),
                height: Set(i32::try_from(photo.height).unwrap_or(i32::MAX)),
                size_bytes: Set(i32::try_from(photo.size_bytes).unwrap_or(i32::MAX)),
                content: Set(photo.content.0.clone()),
            }),
            Some(Enclosed::Photo(_)) | None => {}
        }
        let (after, records): (_, Arc<[Record]>) = (Arc::new(case), records.into());
        self.put(id, after.clone(), records.clone(), plan, verdict.outbox);
        if let Some(new) = verdict.beside {
            let place = self.held.get(&id).map(|it| (it.stream.clone(), it.area_code.clone()));
            let (stream, area_code) = place.unwrap_or_default();
            self.put_new(new, stream, area_code);
        }
        if let Some(once) = order.once {
            let kept = KeptCommand {
                case: id,
                answer: verdict.answer.clone(),
            };
            self.keep(once, serde_json::to_string(&kept).unwrap_or_default());
        }
        Draft::Done {
            case: id,
            after,
            records,
            answer: verdict.answer,
        }
    }

    /// Opens a case under an id that follows from its reason. One that is there is answered as it stands.
    fn begin(
        &mut self,
        order: &Order,
        begin: &Begin,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let id = begin.opening.case;
        if let Some(error) = self.aside.get(&id) {
            return Draft::Ready(Outcome::Corrupt(error.clone()));
        }
        if let Some(held) = self.held.get(&id) {
            return Draft::Done {
                case: id,
                after: held.case.clone(),
                records: Arc::default(),
                answer: None,
            };
        }
        let found = Found {
            case: None,
            plan: None,
            linked: None,
            now,
            busy: &|_| false,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, None)),
        };
        let new = Beside {
            decision,
            plan: begin.plan.clone(),
            outbox: verdict.outbox,
        };
        let (after, records) = self.put_new(new, begin.stream.clone(), begin.area_code.clone());
        Draft::Done {
            case: id,
            after,
            records,
            answer: None,
        }
    }

    fn put_new(&mut self, new: Beside, stream: String, area_code: String) -> (Arc<Case>, Arc<[Record]>) {
        let Decision { case, records, plan } = new.decision;
        let (case, records): (_, Arc<[Record]>) = (Arc::new(case), records.into());
        self.held.insert(
            case.id,
            Held {
                case: case.clone(),
                plan: new.plan,
                number: String::new(),
                stream,
                area_code,
                head: CHAIN_START,
                stored: 0,
                keys: Keys::default(),
                runs: vec![],
            },
        );
        self.put(case.id, case.clone(), records.clone(), plan, new.outbox);
        (case, records)
    }

    fn keep(&mut self, once: Once, body: String) {
        self.answers.insert(once.id, (once.request.to_vec(), body.clone()));
        self.new_answers.push((once, body));
    }

    fn put(
        &mut self,
        id: CaseId,
        case: Arc<Case>,
        records: Arc<[Record]>,
        plan: Option<Arc<Plan>>,
        outbox: Vec<OutboxRow>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return };
        let before = leads(&held.case);
        if held.case.severity < Severity::Critical && case.severity == Severity::Critical {
            self.raised.push(id);
        }
        if !records.is_empty() {
            self.log.push((id, held.runs.len()));
            held.runs.push(records);
        }
        held.case = case.clone();
        if let Some(plan) = plan {
            held.plan = plan;
        }
        let after = leads(&case);
        if before != after {
            if let Some(it) = before.filter(|it| self.leads.get(it) == Some(&id)) {
                self.leads.remove(&it);
            }
            if let Some(it) = after {
                self.leads.insert(it, id);
            }
        }
        // A command does not say where its case belongs; the case in hand does.
        self.outbox.extend(outbox.into_iter().map(|mut row| {
            if row.area_code.is_empty() {
                row.area_code.clone_from(&held.area_code);
            }
            row
        }));
        self.index(&case);
    }

    fn done(&self, held: &Held, after: Arc<Case>, records: Arc<[Record]>, answer: Option<String>) -> Done {
        let version = i64::from(after.version) - records.len() as i64 + 1;
        Done {
            number: held.number.as_str().into(),
            area_code: held.area_code.as_str().into(),
            stream: held.stream.as_str().into(),
            first: self.numbered.get(&(after.id, version)).copied().unwrap_or(0),
            case: after,
            records,
            answer,
        }
    }

    pub(super) fn finish(&self, draft: Draft) -> Outcome {
        match draft {
            Draft::Reported {
                alert,
                case,
                joined,
                repeat,
                warnings,
                records,
                after,
            } => {
                let held = self.held.get(&case);
                let number = held.map(|it| it.number.clone()).unwrap_or_default();
                let opened = Opened {
                    alert,
                    case,
                    number,
                    joined,
                    repeat,
                    warnings,
                };
                let done = after
                    .zip(held)
                    .map(|(after, held)| self.done(held, after, records, None));
                Outcome::Reported(opened, done)
            }
            Draft::Done {
                case,
                after,
                records,
                answer,
            } => match self.held.get(&case) {
                Some(held) => Outcome::Done(self.done(held, after, records, answer)),
                None => Outcome::NotFound,
            },
            Draft::Ready(outcome) => outcome,
        }
    }
}
