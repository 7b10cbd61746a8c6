//! The few kinds of column that the tables are made of, the same on both stores.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema;

/// The id of a row, made by us.
pub fn id() -> ColumnDef {
    schema::uuid("id").primary_key().take()
}

/// An instant: microseconds since 1970, UTC, the same order on both stores.
pub fn instant(name: &'static str) -> ColumnDef {
    schema::big_integer(name)
}

/// An instant that may be missing.
pub fn instant_null(name: &'static str) -> ColumnDef {
    schema::big_integer_null(name)
}

/// Bytes: a sealed field, a digest.
pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// Bytes that may be missing.
pub fn bytes_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().null().take()
}

/// Makes an index. A unique one is named after its table and columns, so that a collision has one name on both stores.
pub async fn index(
    schema: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    if unique {
        index.unique();
    }
    schema.create_index(index.take()).await
}

/// Makes an index over the rows where `condition` holds (plain SQL that both stores read).
pub async fn index_where(
    schema: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
    condition: &str,
) -> Result<(), DbErr> {
    let unique = if unique { "UNIQUE " } else { "" };
    let name = format!("{table}_{}", columns.join("_"));
    let columns: Vec<String> = columns.iter().map(|it| format!("\"{it}\"")).collect();
    let sql = format!(
        "CREATE {unique}INDEX \"{name}\" ON \"{table}\" ({}) WHERE {condition}",
        columns.join(", ")
    );
    schema.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

/// A calendar day: days since 1970-01-01, the same order on both stores.
pub fn day(name: &'static str) -> ColumnDef {
    schema::integer(name)
}

/// A day that may be missing.
pub fn day_null(name: &'static str) -> ColumnDef {
    schema::integer_null(name)
}

/// `table.column` holds the id of a row of `whole`, without which the row would mean nothing. Nothing cascades: nothing
/// here is deleted.
pub fn part_of(table: &'static str, column: &'static str, whole: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(whole, "id")
        .take()
}
