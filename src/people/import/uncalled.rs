//! Elders at high risk of whose family nobody could be called: warned of where the sheet says so, and not refused. What is missing is not
//! wrong, and may be in the next sheet.

use std::collections::BTreeSet;

use super::{ContactRow, ERRORS_MAX, ElderRow, Parsed, RowError, Setting};
use crate::ids::ElderId;
use crate::people::Need;

const MESSAGE: &str = "nobody of the family of an elder at high risk could be called: file a contact with a telephone";

fn warn<T>(parsed: &mut Parsed<T>, found: impl IntoIterator<Item = (u64, &'static str)>) {
    parsed.warnings.extend(found.into_iter().map(|(line, column)| RowError {
        line,
        column: column.to_owned(),
        value: None,
        message: MESSAGE.to_owned(),
    }));
    parsed.warnings.sort_by_key(|it| it.line);
    parsed.warnings.truncate(ERRORS_MAX);
}

/// Of the elders' sheet: who is at high risk and has no such contact on file. Not looked at where that is not known.
pub(super) fn of_elders(parsed: &mut Parsed<ElderRow>, setting: &Setting) {
    let Some(reached) = &setting.known.reached else { return };
    let found: Vec<(u64, &str)> = parsed
        .rows
        .iter()
        .filter(|(_, row)| row.elder.needs.contains(&Need::HighRisk))
        .filter(|(_, row)| !reached.iter().any(|it| it.0 == row.elder.id))
        .map(|it| (it.0, "needs"))
        .collect();
    warn(parsed, found);
}

/// Of the contacts' sheet: once a family, at its first row, if neither the sheet nor the file has one. A sheet without the column of
/// telephones leaves them as they are, and is not looked at.
pub(super) fn of_contacts(parsed: &mut Parsed<ContactRow>, setting: &Setting, has_phones: bool) {
    let known = &setting.known;
    let (Some(high_risk), Some(reached), true) = (&known.high_risk, &known.reached, has_phones) else {
        return;
    };
    let named: BTreeSet<_> = parsed.rows.iter().map(|it| it.1.contact.id).collect();
    let on_file = reached.iter().filter(|it| !named.contains(&it.1)).map(|it| it.0);
    let by_sheet = parsed
        .rows
        .iter()
        .filter(|it| !it.1.contact.restricted && !it.1.secrets.phones.is_empty())
        .map(|it| it.1.contact.elder);
    let mut reached: BTreeSet<ElderId> = on_file.chain(by_sheet).collect();
    let mut found = Vec::new();
    for (line, row) in &parsed.rows {
        let elder = row.contact.elder;
        if high_risk.contains(&elder) && reached.insert(elder) {
            found.push((*line, "phones"));
        }
    }
    warn(parsed, found);
}
