//! What goes with a command into its transaction: a text or a photo, sealed.

use jiff::Timestamp;

use crate::case::{Author, Command, Subject};
use crate::dispatch::desk::{Desk, DeskError};
use crate::ids::{CallId, CaseId, PhotoId};
use crate::store::cases::{Ask, Done, Enclosed, NoteRow, Once, Order, Outcome, PhotoRow};
use crate::store::{Sealed, StoreError};

impl Desk {
    /// Seals a photo beside a case of `subject`, with the salt before it.
    ///
    /// # Errors
    /// The key ring's.
    pub fn seal_photo(&self, subject: Subject, photo: PhotoId, salted: &[u8]) -> Result<Sealed, StoreError> {
        self.0.seal(subject, "photo", photo.as_uuid(), salted)
    }

    /// Seals where the recording of a call is, for a case of `subject`.
    ///
    /// # Errors
    /// The key ring's.
    pub fn seal_recording(&self, subject: Subject, call: CallId, place: &str) -> Result<Sealed, StoreError> {
        self.0
            .seal(subject, "phone_recording", call.as_uuid(), place.as_bytes())
    }

    /// A command with a photo beside it, under an id that the caller has made.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn add_photo(
        &self,
        case: CaseId,
        photo: PhotoRow,
        digest: String,
        by: Author,
        once: Option<Once>,
    ) -> Result<Done, DeskError> {
        let command = Command::Photo {
            photo: photo.id,
            consent: photo.consent,
            digest,
        };
        self.carry(case, command, by, Some(Enclosed::Photo(Box::new(photo))), once, None)
            .await
    }

    /// As [`Desk::handle_with`], for what was done at `done_at` and could not be said then: the record tells it, no clock goes by it.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn handle_late(
        &self,
        case: CaseId,
        command: Command,
        by: Author,
        note: Option<NoteRow>,
        once: Option<Once>,
        done_at: Option<Timestamp>,
    ) -> Result<Done, DeskError> {
        self.carry(case, command, by, note.map(Enclosed::Note), once, done_at)
            .await
    }

    async fn carry(
        &self,
        case: CaseId,
        command: Command,
        by: Author,
        with: Option<Enclosed>,
        once: Option<Once>,
        done_at: Option<Timestamp>,
    ) -> Result<Done, DeskError> {
        let order = Order {
            by,
            ask: Ask::Command { case, command, with },
            once,
            done_at,
        };
        match self.ask(order).await? {
            Outcome::Done(done) => Ok(done),
            Outcome::Refused(refusal, case) => Err(DeskError::Refused(refusal, case)),
            Outcome::NotFound => Err(DeskError::NotFound("case")),
            Outcome::KeyReused => Err(DeskError::KeyReused),
            Outcome::Corrupt(error) => Err(error.into()),
            Outcome::Reported(_, Some(done)) => Ok(done),
            Outcome::Reported(_, None) => Err(DeskError::NotFound("case")),
        }
    }
}
