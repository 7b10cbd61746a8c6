//! The hand-over of a desk: looks at what is open, asks the rules, writes the line. Of two who do so at once one looks again.

use std::collections::BTreeSet;

use crate::case::{Author, Command, Severity};
use crate::dispatch::Desk;
use crate::ids::{CaseId, HandoverId, NoteId, UserId};
use crate::people::PrefixSet;
use crate::people::handover::{Act, Handover, Line, NotHandedOver};
use crate::store::cases::{CaseFilter, CaseView};
use crate::store::{HandoverText, StoreError};

/// Open cases of a desk that are looked through: more than that is no desk but a catastrophe, and each page is one query.
const PAGE: u64 = 500;

/// How often a line is tried again after somebody else's has come first.
const TRIES_MAX: u32 = 8;

/// Why a hand-over did not go on.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// There is none of this id.
    #[error("there is no such hand-over")]
    NotFound,
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] NotHandedOver),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What of a desk is open.
#[derive(Debug, Clone, Default)]
pub struct OpenCases {
    /// How many.
    pub count: u32,
    /// The critical ones, oldest first: each is signed.
    pub critical: Vec<CaseView>,
    /// Those that a dispatcher holds, and who.
    pub held: Vec<(CaseId, UserId)>,
}

impl OpenCases {
    fn ids(&self) -> BTreeSet<CaseId> {
        self.critical.iter().map(|it| it.case.id).collect()
    }
}

/// The hand-overs of all desks.
#[derive(Clone)]
pub struct Handovers {
    desk: Desk,
}

impl Handovers {
    /// Those of this service.
    pub fn of(desk: &Desk) -> Self {
        Self { desk: desk.clone() }
    }

    /// What is open in these areas, with what belongs to no street: that is every desk's.
    ///
    /// # Errors
    /// The store's. A case that does not read back is set aside and counted; it cannot be signed.
    pub async fn open_cases(&self, scope: &PrefixSet) -> Result<OpenCases, StoreError> {
        let filter = CaseFilter {
            scope: Some(scope.clone()),
            nowhere_too: true,
            open: true,
            ..CaseFilter::default()
        };
        let mut found = OpenCases::default();
        let mut after = None;
        loop {
            let page = self.desk.store().list_cases(&filter, after, PAGE).await?;
            for error in &page.corrupt {
                self.desk.store().keep_aside(error, self.desk.clock().now()).await?;
            }
            let all = page.items.len() + page.corrupt.len();
            found.count = found.count.saturating_add(u32::try_from(all).unwrap_or(u32::MAX));
            for it in page.items {
                found.held.extend(it.case.holder().map(|holder| (it.case.id, holder)));
                if it.case.severity == Severity::Critical {
                    found.critical.push(it);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.critical.sort_by_key(|it| (it.case.opened_at, it.case.id));
        Ok(found)
    }

    /// Somebody wants to hand over; whoever does already goes on with that one. Answers it, and whether it is new.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(
        &self,
        from: UserId,
        scope: &PrefixSet,
        to: Option<UserId>,
    ) -> Result<(Handover, bool), HandoverError> {
        for _ in 0..TRIES_MAX {
            if let Some(id) = self.desk.store().handover_going_on(from).await? {
                return Ok((self.load(id).await?, false));
            }
            let open = self.open_cases(scope).await?;
            let act = Act::Begun {
                scope: scope.clone(),
                to,
                open: open.count,
                critical: open.critical.iter().map(|it| it.case.id).collect(),
            };
            let line = self.line(from, act);
            let Some(it) = Handover::begin(HandoverId::new(self.desk.ids().make()), &line) else {
                unreachable!("a line that says `begun` begins a hand-over")
            };
            match self.desk.store().begin_handover(&it, &line).await {
                Ok(()) => return Ok((it, true)),
                Err(error) if error.is_unique("handover_from_id") => {} // pressed twice: the other one is there now
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::stale("handover", from).into())
    }

    /// A text for who comes, kept sealed.
    ///
    /// # Errors
    /// As [`HandoverError`] says.
    pub async fn note(&self, id: HandoverId, by: UserId, note: NoteId, text: &str) -> Result<Handover, HandoverError> {
        let kept = HandoverText {
            id: note,
            text: text.to_owned(),
        };
        self.put(id, by, Some(kept), |it| it.note(note)).await
    }

    /// Somebody has read a case, whose log had `version` records.
    ///
    /// # Errors
    /// As [`HandoverError`] says.
    pub async fn sign(
        &self,
        id: HandoverId,
        by: UserId,
        case: CaseId,
        version: u32,
    ) -> Result<Handover, HandoverError> {
        self.put(id, by, None, |it| it.sign(by, case, version)).await
    }

    /// The desk is taken over, and with it the cases that who hands over has in hand. What opens while this is written rings on
    /// the desk of who has taken it.
    ///
    /// # Errors
    /// As [`HandoverError`] says.
    pub async fn complete(&self, id: HandoverId, by: UserId) -> Result<Handover, HandoverError> {
        let Handover { scope, from, .. } = self.load(id).await?;
        let open = self.open_cases(&scope).await?;
        let critical = open.ids();
        let done = self
            .put(id, by, None, |it| it.complete(by, open.count, &critical))
            .await?;
        for (case, _) in open.held.iter().filter(|it| it.1 == from) {
            let take = self.desk.handle(*case, Command::TakeOver { from }, Author::User(by));
            if let Err(error) = take.await {
                // Taken by a third meanwhile, or over. What is left in the hands of somebody who has gone lapses.
                tracing::info!(case.id = %case, %error, "a case was not taken over with its desk");
            }
        }
        Ok(done)
    }

    /// It is not handed over after all.
    ///
    /// # Errors
    /// As [`HandoverError`] says.
    pub async fn withdraw(&self, id: HandoverId, by: UserId) -> Result<Handover, HandoverError> {
        self.put(id, by, None, |it| it.withdraw(by)).await
    }

    async fn load(&self, id: HandoverId) -> Result<Handover, HandoverError> {
        self.desk.store().handover(id).await?.ok_or(HandoverError::NotFound)
    }

    /// Decides on the hand-over as it stands, and writes the line that follows unless another has come first.
    async fn put(
        &self,
        id: HandoverId,
        by: UserId,
        text: Option<HandoverText>,
        decide: impl Fn(&Handover) -> Result<Option<Act>, NotHandedOver>,
    ) -> Result<Handover, HandoverError> {
        for _ in 0..TRIES_MAX {
            let mut it = self.load(id).await?;
            let Some(act) = decide(&it)? else {
                return Ok(it);
            };
            let line = self.line(by, act);
            match self.desk.store().add_handover_line(&it, &line, text.clone()).await {
                Ok(()) => {
                    it.evolve(&line);
                    return Ok(it);
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::stale("handover", id).into())
    }

    fn line(&self, by: UserId, act: Act) -> Line {
        Line {
            at: self.desk.clock().now(),
            by,
            act,
        }
    }
}
