//! What a device says later about a call of its own: found, marked, and told beside the case.

use jiff::Timestamp;

use super::{Desk, DeskError};
use crate::case::{Author, Command, Kind, State, Subject};
use crate::ids::{AlertId, CaseId, DeviceId};
use crate::people::DeviceBinding;
use crate::store::cases::Once;

/// A call of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its case.
    pub case: CaseId,
    /// The alert.
    pub alert: AlertId,
    /// What it said.
    pub kind: Kind,
}

impl Desk {
    /// The newest call of a device in an open case for help: that of a reference, or any. A reference may have been made longer
    /// behind a blank.
    ///
    /// # Errors
    /// The store's.
    pub async fn call_of(&self, device: DeviceId, reference: Option<&str>) -> Result<Option<Call>, DeskError> {
        let subjects = self.subjects_of(device);
        let calls = self.0.store.open_calls(&device.to_string(), &subjects).await?;
        let is_meant = |said: Option<&str>| match (reference, said) {
            (None, _) => true,
            (Some(wanted), Some(said)) => said
                .strip_prefix(wanted)
                .is_some_and(|it| it.is_empty() || it.starts_with(' ')),
            (Some(_), None) => false,
        };
        let found = calls.into_iter().find(|it| is_meant(it.source_ref.as_deref()));
        Ok(found.map(|it| Call {
            case: it.case.case.id,
            alert: it.alert,
            kind: it.kind.parse().unwrap_or(Kind::Unknown),
        }))
    }

    /// Whether another alert would join the case of a call; not where somebody is on the scene, or it is over.
    ///
    /// # Errors
    /// The store's.
    pub async fn may_join(&self, call: &Call) -> Result<bool, DeskError> {
        let view = self.0.store.case(call.case).await?;
        Ok(view.is_some_and(|it| matches!(it.case.state, State::Ringing | State::Engaged)))
    }

    /// When the alert of a call came.
    ///
    /// # Errors
    /// The store's.
    pub async fn came_at(&self, call: &Call) -> Result<Option<Timestamp>, DeskError> {
        let alerts = self.0.store.alerts_of(call.case).await?;
        Ok(alerts.iter().find(|it| it.id == call.alert).map(|it| it.received_at))
    }

    /// The device takes its call back: a mark, a person closes.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn withdrawn(&self, call: &Call, device: DeviceId) -> Result<(), DeskError> {
        let command = Command::Withdrawn { alert: call.alert };
        self.handle(call.case, command, Author::Device(device)).await?;
        Ok(())
    }

    /// What a device says beside a case of its own, as a note that moves no clock. `key`: the same thing said twice is one note.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn said_beside(&self, call: &Call, device: DeviceId, text: &str, key: &[u8]) -> Result<(), DeskError> {
        let Some(view) = self.0.store.case(call.case).await? else {
            return Err(DeskError::NotFound("case"));
        };
        let note = self.note(view.case.subject, text)?;
        let command = Command::Note { note: note.id };
        let once = Once::new(&device.to_string(), &[b"beside", key], b"");
        self.handle_with(call.case, command, Author::Device(device), Some(note), Some(once))
            .await?;
        Ok(())
    }

    /// About whom the alerts of a device may be.
    fn subjects_of(&self, device: DeviceId) -> Vec<Subject> {
        let picture = &self.0.picture;
        let binding = picture.device(device).and_then(|it| it.binding);
        let mut subjects = vec![Subject::Unknown(device)];
        match binding {
            Some(DeviceBinding::Elder(id)) => {
                subjects.push(Subject::Elder(id));
                subjects.extend(picture.elder(id).map(|it| Subject::Household(it.household)));
            }
            Some(DeviceBinding::Household(id)) => {
                subjects.push(Subject::Household(id));
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                subjects.extend(members.iter().map(|it| Subject::Elder(it.id)));
            }
            None => {}
        }
        subjects
    }
}
