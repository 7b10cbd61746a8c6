//! Contacts of elders, in call order, and who keeps a key. Their phones are sealed under the elder's key.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::{BINDS_MAX, Store};
use super::error::StoreError;
use super::micros::{Days, Micros};
use super::register_log::{RegisterEvent, put_event};
use super::registry::{
    At, Field, Kept, Loaded, PAGE_MAX, Page, index_phones, json, last_of_each, put_rows, replacing,
    replacing_versioned, require_version, rows,
};
use super::seal::Sealed;
use crate::ids::{ContactId, ElderId, ResponderId, StationId};
use crate::people::{Contact, ContactSecrets, KeyHolder, KeyOwner};

mod contact {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "contact")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub elder_id: Uuid,
        pub name: String,
        pub relation: String,
        pub call_order: i32,
        pub level: String,
        pub restricted: bool,
        pub may_authorise_entry: bool,
        pub responder_id: Option<Uuid>,
        pub phones: Option<Sealed>,
        pub hours: Option<String>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod key_holder {
    use super::{Days, Micros};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "key_holder")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_id: Uuid,
        pub tested_on: Option<Days>,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "contact";

/// A contact to be filed. `secrets: None` leaves what is sealed as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactFile {
    /// The open half.
    pub contact: Contact,
    /// The sealed half.
    pub secrets: Option<ContactSecrets>,
}

impl contact::Model {
    fn read(self) -> Result<Kept<Contact>, StoreError> {
        let id = ContactId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let value = Contact {
            id,
            elder: ElderId::new(self.elder_id),
            relation: at.word("relation", &self.relation)?,
            call_order: at.small("call_order", self.call_order)?,
            level: at.word("level", &self.level)?,
            restricted: self.restricted,
            may_authorise_entry: self.may_authorise_entry,
            responder: self.responder_id.map(ResponderId::new),
            hours: self.hours.as_ref().map(|it| at.json("hours", it)).transpose()?,
            code: self.code,
            name: self.name,
        };
        Ok(Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        })
    }
}

impl key_holder::Model {
    fn read(self) -> Result<KeyHolder, StoreError> {
        let elder = ElderId::new(self.elder_id);
        let at = At {
            table: "key_holder",
            id: &elder,
        };
        let owner = match self.owner_kind.as_str() {
            "contact" => KeyOwner::Contact(ContactId::new(self.owner_id)),
            "responder" => KeyOwner::Responder(ResponderId::new(self.owner_id)),
            "station" => KeyOwner::Station(StationId::new(self.owner_id)),
            other => return Err(at.corrupt("owner_kind", format!("`{other}` is not a known keeper of keys"))),
        };
        let tested_on = self
            .tested_on
            .map(|it| it.read("key_holder", elder, "tested_on"))
            .transpose()?;
        Ok(KeyHolder {
            elder,
            owner,
            tested_on,
        })
    }
}

/// The ids of an elder's contacts.
pub(super) async fn ids_of(db: &impl ConnectionTrait, elder: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let select = contact::Entity::find()
        .select_only()
        .column(contact::Column::Id)
        .filter(contact::Column::ElderId.eq(elder));
    Ok(select.into_tuple().all(db).await?)
}

impl Store {
    /// The contacts of these elders, restricted ones too.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn contacts_of(&self, elders: &[ElderId]) -> Result<Loaded<Kept<Contact>>, StoreError> {
        use contact::{Column, Entity};
        let mut all = Loaded::default();
        for some in elders.chunks(BINDS_MAX) {
            let select = Entity::find().filter(Column::ElderId.is_in(some.iter().map(|it| it.as_uuid())));
            let found = rows(self.reader(), select.order_by_asc(Column::Id), TABLE, "id").await?;
            all.take(Page::of(found, u64::MAX, contact::Model::read));
        }
        Ok(all)
    }

    /// Those contacts of these elders who may be told and have a telephone on file.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn contacts_with_phones(&self, elders: &[ElderId]) -> Result<HashSet<ContactId>, StoreError> {
        use contact::{Column, Entity};
        let mut all = HashSet::new();
        for some in elders.chunks(BINDS_MAX) {
            let found: Vec<Uuid> = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::ElderId.is_in(some.iter().map(|it| it.as_uuid())))
                .filter(Column::Restricted.eq(false))
                .filter(Column::Phones.is_not_null())
                .into_tuple()
                .all(self.reader())
                .await?;
            all.extend(found.into_iter().map(ContactId::new));
        }
        Ok(all)
    }

    /// A page of contacts, ordered by id. `changed_since`: only those whose row changed then or later.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn contacts(
        &self,
        after: Option<Uuid>,
        changed_since: Option<Timestamp>,
        limit: u64,
    ) -> Result<Page<Kept<Contact>>, StoreError> {
        use contact::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(since) = changed_since {
            select = select.filter(Column::ChangedAt.gte(Micros::from(since)));
        }
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        let found = rows(self.reader(), select.order_by_asc(Column::Id).limit(limit), TABLE, "id").await?;
        Ok(Page::of(found, limit, contact::Model::read))
    }

    /// One contact; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn contact(&self, id: ContactId) -> Result<Option<Kept<Contact>>, StoreError> {
        let found = contact::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        found.map(contact::Model::read).transpose()
    }

    /// Whether a telephone of a contact is on file.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_phones(&self, id: ContactId) -> Result<bool, StoreError> {
        use contact::{Column, Entity};
        let with = Entity::find_by_id(id.as_uuid()).filter(Column::Phones.is_not_null());
        Ok(with.count(self.reader()).await? > 0)
    }

    /// Every contact.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_contacts(&self) -> Result<Loaded<Kept<Contact>>, StoreError> {
        self.contacts_changed(None).await
    }

    /// Every contact whose row changed at `since` or later; none: every one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn contacts_changed(&self, since: Option<Timestamp>) -> Result<Loaded<Kept<Contact>>, StoreError> {
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            after = all.take(self.contacts(after, since, PAGE_MAX).await?);
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Files a batch of contacts, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Reference(..))` when an elder is not filed; `Conflict(Unique("contact_code"))`.
    pub async fn put_contacts(&self, files: Vec<ContactFile>, now: Timestamp) -> Result<(), StoreError> {
        self.put_contacts_if(files, None, now).await
    }

    /// Files one contact over the version that was seen, with the line of the register's log. Telephones stay as they are.
    ///
    /// # Errors
    /// As [`Store::put_contacts`]; `Conflict(Version { .. })` when somebody was quicker.
    pub async fn edit_contact(
        &self,
        contact: Contact,
        version: i64,
        event: RegisterEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let file = ContactFile { contact, secrets: None };
        self.put_contacts_if(vec![file], Some((version, event)), now).await
    }

    async fn put_contacts_if(
        &self,
        files: Vec<ContactFile>,
        edit: Option<(i64, RegisterEvent)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use contact::{ActiveModel, Column, Entity};
        let files = last_of_each(files, |it| it.contact.id);
        for file in &files {
            file.contact.check().map_err(|it| {
                At {
                    table: TABLE,
                    id: &file.contact.id,
                }
                .flawed(it)
            })?;
        }
        let ring = self.keys()?.clone();
        let keys = self
            .write(move |tx| {
                Box::pin(async move {
                    if let (Some((version, event)), Some(file)) = (edit, files.first()) {
                        let id = file.contact.id;
                        let (id_at, version_at) = ((Column::Id, id.as_uuid()), (Column::Version, version));
                        require_version::<Entity>(tx, TABLE, id_at, version_at, id).await?;
                        put_event(tx, event).await?;
                    }
                    let elders: Vec<ElderId> = files
                        .iter()
                        .filter(|it| it.secrets.is_some())
                        .map(|it| it.contact.elder)
                        .collect();
                    let keys = ring.elder_keys(tx, &elders, now).await?;
                    let mut phones = Vec::new();
                    let (mut whole, mut open) = (Vec::new(), Vec::new());
                    for ContactFile { contact: it, secrets } in files {
                        let (id, elder) = (it.id.as_uuid(), it.elder);
                        let mut row = ActiveModel {
                            id: Set(id),
                            code: Set(it.code),
                            elder_id: Set(elder.as_uuid()),
                            name: Set(it.name),
                            relation: Set(it.relation.to_string()),
                            call_order: Set(it.call_order.into()),
                            level: Set(it.level.to_string()),
                            restricted: Set(it.restricted),
                            may_authorise_entry: Set(it.may_authorise_entry),
                            responder_id: Set(it.responder.map(ResponderId::as_uuid)),
                            hours: Set(it.hours.map(|it| json(TABLE, "hours", &it)).transpose()?),
                            changed_at: Set(now.into()),
                            version: Set(1),
                            ..Default::default()
                        };
                        let (Some(secrets), Some(key)) = (secrets, keys.get(&elder)) else {
                            open.push(row);
                            continue;
                        };
                        phones.push((
                            id,
                            secrets.phones.iter().map(|it| ring.phone_hash(it.reveal())).collect(),
                        ));
                        let field = Field {
                            table: TABLE,
                            column: "phones",
                            row: id,
                        };
                        row.phones = Set(field.seal(key, Some(&secrets.phones).filter(|it| !it.is_empty()))?);
                        whole.push(row);
                    }
                    let replace = |keep: &[Column]| replacing_versioned(Entity, &[Column::Id], Column::Version, keep);
                    put_rows(tx, whole, &replace(&[])).await?;
                    put_rows(tx, open, &replace(&[Column::Phones])).await?;
                    index_phones(tx, TABLE, phones).await?;
                    Ok(keys)
                })
            })
            .await?;
        self.keys()?.remember(&keys);
        Ok(())
    }

    /// Opens a contact's phones. Whoever shows them to a person records the view first.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn contact_secrets(&self, id: ContactId) -> Result<Option<ContactSecrets>, StoreError> {
        let Some(row) = contact::Entity::find_by_id(id.as_uuid()).one(self.reader()).await? else {
            return Ok(None);
        };
        let keys = self.keys()?;
        keys.fetch_elder(self, ElderId::new(row.elder_id)).await?;
        let field = Field {
            table: TABLE,
            column: "phones",
            row: row.id,
        };
        Ok(Some(ContactSecrets {
            phones: field.open(keys, row.phones.as_ref())?.unwrap_or_default(),
        }))
    }

    /// Records that somebody looks at the telephones of these contacts of an elder, and opens them in the same order; nothing is
    /// shown when the record cannot be written.
    ///
    /// # Errors
    /// As [`Store::contact_secrets`].
    pub async fn see_contacts(
        &self,
        elder: ElderId,
        contacts: &[ContactId],
        seen: &super::views::Seen,
    ) -> Result<Vec<(ContactId, ContactSecrets)>, StoreError> {
        self.record_views(seen, "elder", elder.as_uuid(), &["contacts"]).await?;
        let mut opened = Vec::with_capacity(contacts.len());
        for id in contacts {
            if let Some(secrets) = self.contact_secrets(*id).await? {
                opened.push((*id, secrets));
            }
        }
        Ok(opened)
    }

    /// Every key in somebody's keeping, by elder.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn key_holders(&self) -> Result<Loaded<KeyHolder>, StoreError> {
        use key_holder::{Column, Entity};
        let select = Entity::find()
            .order_by_asc(Column::ElderId)
            .order_by_asc(Column::OwnerKind)
            .order_by_asc(Column::OwnerId);
        let found = rows(self.reader(), select, "key_holder", "elder_id").await?;
        let mut all = Loaded::default();
        all.take(Page::of(found, u64::MAX, key_holder::Model::read));
        Ok(all)
    }

    /// The keys to the doors of these elders in somebody's keeping.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn key_holders_of(&self, elders: &[ElderId]) -> Result<Loaded<KeyHolder>, StoreError> {
        use key_holder::{Column, Entity};
        let mut all = Loaded::default();
        for some in elders.chunks(BINDS_MAX) {
            let select = Entity::find().filter(Column::ElderId.is_in(some.iter().map(|it| it.as_uuid())));
            let found = rows(self.reader(), select, "key_holder", "elder_id").await?;
            all.take(Page::of(found, u64::MAX, key_holder::Model::read));
        }
        Ok(all)
    }

    /// Replaces the keepers of the keys of these elders, all or none. An elder with an empty list has none any more.
    ///
    /// # Errors
    /// `Conflict(Reference(..))` when an elder is not filed.
    pub async fn put_key_holders(
        &self,
        holders: HashMap<ElderId, Vec<KeyHolder>>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use key_holder::{ActiveModel, Column, Entity};
        self.write(move |tx| {
            Box::pin(async move {
                let elders: Vec<Uuid> = holders.keys().map(|it| it.as_uuid()).collect();
                for some in elders.chunks(BINDS_MAX) {
                    Entity::delete_many()
                        .filter(Column::ElderId.is_in(some.iter().copied()))
                        .exec(tx)
                        .await?;
                }
                let all = last_of_each(
                    holders
                        .into_iter()
                        .flat_map(|(elder, all)| all.into_iter().map(move |it| (elder, it))),
                    |it| (it.0, it.1.owner),
                );
                let all = all.into_iter().map(|(elder, it)| {
                    let (kind, owner) = match it.owner {
                        KeyOwner::Contact(id) => ("contact", id.as_uuid()),
                        KeyOwner::Responder(id) => ("responder", id.as_uuid()),
                        KeyOwner::Station(id) => ("station", id.as_uuid()),
                    };
                    ActiveModel {
                        elder_id: Set(elder.as_uuid()),
                        owner_kind: Set(kind.to_owned()),
                        owner_id: Set(owner),
                        tested_on: Set(it.tested_on.map(Days::from)),
                        changed_at: Set(now.into()),
                    }
                });
                put_rows(
                    tx,
                    all.collect(),
                    &replacing(&[Column::ElderId, Column::OwnerKind, Column::OwnerId], &[]),
                )
                .await
            })
        })
        .await
    }
}
