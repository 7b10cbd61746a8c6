//! Photos from the scene: what is known of those of a case, and one of them, sealed.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::rows::photo;
use crate::ids::{CaseId, PhotoId};
use crate::store::{Micros, Sealed, Store, StoreError};

/// What is known of a photo without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoView {
    /// Its id.
    pub id: PhotoId,
    /// Who added it, as JSON of the author.
    pub author: String,
    /// When it came.
    pub at: Timestamp,
    /// By what right it was taken, a stable word.
    pub consent: String,
    /// Its media type.
    pub media: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes of the photo itself.
    pub size_bytes: u32,
}

/// The columns of a [`PhotoView`], in its order: the content stays where it is.
type Row = (Uuid, String, Micros, String, String, i32, i32, i32);

fn view((id, author, at, consent, media, width, height, size): Row) -> PhotoView {
    let count = |it| u32::try_from(it).unwrap_or(0);
    PhotoView {
        id: PhotoId::new(id),
        author,
        at: at.into(),
        consent,
        media,
        width: count(width),
        height: count(height),
        size_bytes: count(size),
    }
}

impl Store {
    /// The photos of a case that are kept still, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn photos_of(&self, case: CaseId) -> Result<Vec<PhotoView>, StoreError> {
        use photo::Column as C;
        let rows: Vec<Row> = photo::Entity::find()
            .select_only()
            .columns([
                C::Id,
                C::Author,
                C::At,
                C::Consent,
                C::Media,
                C::Width,
                C::Height,
                C::SizeBytes,
            ])
            .filter(C::CaseId.eq(case.as_uuid()))
            .order_by_asc(C::At)
            .order_by_asc(C::Id)
            .limit(crate::case::PHOTOS_MAX as u64)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// The media type of a photo of this case, and its salt and bytes sealed for table `photo`, column `content`, row the
    /// photo's id.
    ///
    /// # Errors
    /// The database's.
    pub async fn photo(&self, case: CaseId, id: PhotoId) -> Result<Option<(String, Sealed)>, StoreError> {
        let row = photo::Entity::find_by_id(id.as_uuid())
            .filter(photo::Column::CaseId.eq(case.as_uuid()))
            .one(self.reader())
            .await?;
        Ok(row.map(|it| (it.media, Sealed(it.content))))
    }
}
