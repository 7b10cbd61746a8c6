//! Many rows in one statement, and the few texts that such statements have.
//!
//! The text is put together here and not by the query builder: a batch of 512 cases has 11,776 values, and a tree of as many
//! expressions costs more than the database takes to store them.

use std::fmt::Write as _;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityName as _, EntityTrait, IdenStatic as _,
    Iterable, Statement, Value,
};

use crate::store::{StoreError, rows_per_statement};

/// Inserts rows, all of whose columns are set, many at a time; answers how many were written. `tail` is what follows the values:
/// nothing, or what to do about rows that are there already.
///
/// # Errors
/// The database's.
pub(super) async fn insert<A>(tx: &DatabaseTransaction, rows: Vec<A>, tail: &str) -> Result<u64, StoreError>
where
    A: ActiveModelTrait + Send,
    A::Entity: Default,
    <A::Entity as EntityTrait>::Column: Iterable,
{
    let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
    let names: Vec<String> = columns.iter().map(|it| format!("\"{}\"", it.as_str())).collect();
    let head = format!(
        "INSERT INTO \"{}\" ({}) VALUES ",
        A::Entity::default().table_name(),
        names.join(", ")
    );
    let mut written = 0;
    for chunk in runs(rows, columns.len()) {
        let sql = text(tx.get_database_backend(), &head, chunk.len(), columns.len(), tail);
        let mut values = Vec::with_capacity(chunk.len() * columns.len());
        for mut row in chunk {
            // A column that is not set would be a mistake of ours; as a null it is one that the database refuses.
            let set = columns.iter().map(|it| row.take(*it).into_value());
            values.extend(set.map(|it| it.unwrap_or(Value::String(None))));
        }
        let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
        written += tx.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

fn text(backend: DbBackend, head: &str, rows: usize, columns: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + rows * columns * 8 + tail.len());
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                sql.push_str(", ");
            }
            if backend == DbBackend::Postgres {
                // Writing to a string cannot fail.
                let _ = write!(sql, "${}", row * columns + column + 1);
            } else {
                sql.push('?');
            }
        }
        sql.push(')');
    }
    sql.push_str(tail);
    sql
}

/// A list to look for, its last value repeated until its length is a power of two: as with rows, few texts for the statement
/// cache.
pub(super) fn filled<T: Clone>(values: &[T]) -> Vec<T> {
    let mut all = values.to_vec();
    if let Some(last) = values.last() {
        all.resize(values.len().next_power_of_two(), last.clone());
    }
    all
}

/// Cuts rows into runs of 512, 256, … 1 (fewer where the columns are many), so that the statement cache sees ten texts a
/// table and not five hundred.
fn runs<T>(rows: Vec<T>, columns: usize) -> impl Iterator<Item = Vec<T>> {
    let most = rows_per_statement(columns);
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let size = rows.len().min(most);
        let run: usize = 1 << size.checked_ilog2()?;
        Some(rows.by_ref().take(run).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_powers_of_two_and_lose_nothing() {
        for count in [0_usize, 1, 2, 3, 7, 300, 512, 513, 1_300] {
            let rows: Vec<usize> = (0..count).collect();
            let runs: Vec<Vec<usize>> = runs(rows.clone(), 23).collect();
            assert!(
                runs.iter()
                    .all(|it| it.len().is_power_of_two() && it.len() * 23 <= 10_000)
            );
            assert_eq!(runs.concat(), rows);
        }
    }

    #[test]
    fn lists_to_look_for_have_lengths_of_powers_of_two_and_no_new_value() {
        assert!(filled::<u8>(&[]).is_empty());
        assert_eq!(filled(&[7]), [7]);
        assert_eq!(filled(&[1, 2, 3, 4, 5]), [1, 2, 3, 4, 5, 5, 5, 5]);
    }

    #[test]
    fn each_store_gets_its_own_placeholders() {
        assert_eq!(
            text(DbBackend::Sqlite, "INSERT ", 2, 2, " TAIL"),
            "INSERT (?, ?), (?, ?) TAIL"
        );
        assert_eq!(
            text(DbBackend::Postgres, "INSERT ", 2, 2, ""),
            "INSERT ($1, $2), ($3, $4)"
        );
    }
}
