//! The words of notices: one message for each kind and four forms of it, in each language (Fluent).
//!
//! They are compiled in, and a folder of the configuration may have others in their place. All of them are looked at when the
//! service starts ([`Texts::read`]): a text that asks for a value that there is not, or is missing, is a mistake that is named,
//! and not an empty message at night.
//!
//! Holds always:
//! - what shows on a lock screen, in a group or on a telephone speaks of the case's number, minutes and keys only: the name of a
//!   grid is in mails' bodies alone, and no value is a name, a street or a word about health;
//! - a value that is not known is the word `none` to a text, and no text says that word.

use std::collections::BTreeSet;
use std::path::Path;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource};
use fluent_syntax::ast;
use unic_langid::LanguageIdentifier;

use super::letter::{Language, Letter, Opened, Values};
use crate::case::{NoticeKind, Severity};
use crate::dispatch::told::Sheet;
use crate::people::words::words;

words! {
    /// In which form a notice is worded.
    Form ("form of a text") {
        /// The subject of a mail, the head of an application's message.
        Title = "title",
        /// The text of a mail.
        Body = "body",
        /// One line: a short message, a robot's, a printer's.
        Line = "line",
        /// What a call says.
        Spoken = "spoken",
    }
}

/// What an unknown value is to a text.
const NONE: &str = "none";

/// The values, as texts name them.
pub const VALUES: &[&str] = &[
    "case_number",
    "area_name",
    "severity",
    "minutes",
    "link",
    "key_yes",
    "key_no",
    "opened_what",
    "opened_at",
    "opened_by",
    "sheet_month",
    "sheet_calls",
    "sheet_false",
    "sheet_came",
    "sheet_quiet",
];

/// The message that is said first in an exercise.
const DRILL: &str = "drill";

/// What no text may say: of whom, where, and how they are.
const NEVER_ZH: &[&str] = &[
    "老人", "先生", "女士", "大爷", "大妈", "奶奶", "爷爷", "姓名", "楼", "单元", "室", "栋", "门牌", "胡同", "小区",
    "病", "药", "血", "心脏", "残", "失能", "痴呆", "认知", "跌", "摔", "晕", "伤", "死", "亡", "精神", "抑郁", "瘫",
    "癌", "急救", "医", "火", "烟", "燃气", "失联", "走失",
];
const NEVER_EN: &[&str] = &[
    "elder",
    "mr",
    "mrs",
    "ms",
    "name",
    "road",
    "street",
    "building",
    "apartment",
    "flat",
    "room",
    "floor",
    "fell",
    "fall",
    "fallen",
    "ill",
    "sick",
    "illness",
    "disease",
    "medical",
    "medicine",
    "blood",
    "heart",
    "stroke",
    "dementia",
    "disabled",
    "mental",
    "injured",
    "injury",
    "hurt",
    "dead",
    "died",
    "death",
    "ambulance",
    "doctor",
    "fire",
    "smoke",
    "gas",
    "missing",
    "lost",
];

/// UTF-16 units of one short message.
const SEGMENT_ONE: usize = 70;
/// UTF-16 units of each part of a longer one; the rest is the parts' own number.
const SEGMENT_OF_MANY: usize = 67;

impl Form {
    /// Whether a text of this form may speak of a value.
    pub fn may_say(self, value: &str) -> bool {
        match value {
            "area_name" => self == Self::Body,
            "link" | "opened_what" | "opened_at" | "opened_by" | "sheet_month" | "sheet_calls" | "sheet_false"
            | "sheet_came" | "sheet_quiet" => matches!(self, Self::Body | Self::Line),
            _ => true,
        }
    }
}

/// The words of every notice in every language.
pub struct Texts {
    zh: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

impl Texts {
    /// The ones that are compiled in, or those of a folder: `zh-CN.ftl` and `en.ftl`, each whole.
    ///
    /// # Errors
    /// Every mistake, one sentence each, with its file, its message and its form.
    pub fn read(folder: Option<&Path>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut of = |language: Language, ours: &str| {
            let name = format!("{language}.ftl");
            let (text, name) = match folder {
                None => (ours.to_owned(), name),
                Some(folder) => {
                    let path = folder.join(&name);
                    let name = path.display().to_string();
                    match std::fs::read_to_string(&path) {
                        Ok(text) => (text, name),
                        Err(error) => {
                            mistakes.push(format!("{name}: cannot be read: {error}"));
                            return None;
                        }
                    }
                }
            };
            bundle(language, &text)
                .map_err(|found| mistakes.extend(found.into_iter().map(|it| format!("{name}: {it}"))))
                .ok()
        };
        let zh = of(Language::ZhCn, include_str!("zh-CN.ftl"));
        let en = of(Language::En, include_str!("en.ftl"));
        match (zh, en) {
            (Some(zh), Some(en)) => Ok(Self { zh, en }),
            _ => Err(mistakes),
        }
    }

    /// A letter's words in one form.
    pub fn of(&self, letter: &Letter, form: Form) -> String {
        self.say(letter.language, letter.kind, form, &letter.values, letter.drill)
    }

    /// The words of a kind.
    pub fn say(&self, language: Language, kind: NoticeKind, form: Form, values: &Values, drill: bool) -> String {
        let bundle = match language {
            Language::ZhCn => &self.zh,
            Language::En => &self.en,
        };
        let args = args(values, form);
        // Every message was tried when it was read: errors are not possible any more, and a text is never held back for one.
        let text = format(bundle, kind.as_str(), form, &args, &mut vec![]).unwrap_or_default();
        if !drill {
            return text;
        }
        let first = format(bundle, DRILL, form, &args, &mut vec![]).unwrap_or_default();
        let between = if first.is_ascii() { " " } else { "" };
        format!("{first}{between}{text}")
    }
}

/// In how many short messages a text goes, as the networks count that carry Chinese: 70 UTF-16 units in one, 67 in each of many.
pub fn segments(text: &str) -> usize {
    let units = text.encode_utf16().count();
    if units <= SEGMENT_ONE {
        1
    } else {
        units.div_ceil(SEGMENT_OF_MANY)
    }
}

/// A value in words, for a template that lies with a provider; none: it is not known, or there is no such value.
pub fn value(values: &Values, name: &str) -> Option<String> {
    match name {
        "case_number" => values.case_number.clone(),
        "area_name" => values.area_name.clone(),
        "severity" => values.severity.map(|it| it.as_str().to_owned()),
        "minutes" => values.minutes.map(|it| it.to_string()),
        "link" => values.link.clone(),
        "key_yes" => values.keys.map(|it| it.0.to_string()),
        "key_no" => values.keys.map(|it| it.1.to_string()),
        "opened_what" => values.opened.as_ref().map(|it| it.what.clone()),
        "opened_at" => values.opened.as_ref().map(|it| it.at.clone()),
        "opened_by" => values.opened.as_ref().map(|it| it.by.clone()),
        "sheet_month" => values.sheet.as_ref().map(|it| it.month.clone()),
        "sheet_calls" => values.sheet.as_ref().map(|it| it.calls.to_string()),
        "sheet_false" => values.sheet.as_ref().map(|it| it.false_alarms.to_string()),
        "sheet_came" => values.sheet.as_ref().map(|it| it.came.to_string()),
        "sheet_quiet" => values.sheet.as_ref().map(|it| it.quiet_days.to_string()),
        _ => None,
    }
}

fn args(values: &Values, form: Form) -> FluentArgs<'static> {
    let mut args = FluentArgs::new();
    for name in VALUES {
        match (form.may_say(name), *name, values.minutes) {
            // A number, so that a language can choose its plural.
            (true, "minutes", Some(minutes)) => args.set(*name, f64::from(minutes)),
            (true, name, _) => args.set(name, value(values, name).unwrap_or_else(|| NONE.to_owned())),
            // What several texts share may speak of more than this form may.
            (false, name, _) => args.set(name, NONE),
        }
    }
    args
}

fn format(
    bundle: &FluentBundle<FluentResource>,
    message: &str,
    form: Form,
    args: &FluentArgs<'_>,
    errors: &mut Vec<FluentError>,
) -> Option<String> {
    let pattern = bundle.get_message(message)?.get_attribute(form.as_str())?.value();
    let text = bundle.format_pattern(pattern, Some(args), errors);
    Some(text.trim().to_owned())
}

/// Reads a file and tries every text of it.
fn bundle(language: Language, text: &str) -> Result<FluentBundle<FluentResource>, Vec<String>> {
    let mut mistakes = Vec::new();
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            mistakes.extend(errors.iter().map(|it| {
                let line = text.get(..it.pos.start).map_or(0, |it| it.matches('\n').count()) + 1;
                format!("line {line}: {it}")
            }));
            resource
        }
    };
    for entry in resource.entries() {
        if let ast::Entry::Message(message) = entry {
            asked_for(message, &mut mistakes);
        }
    }
    let id: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Marks around values are letters that nobody sees, that are paid for, and that some telephones show as boxes.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        mistakes.extend(errors.iter().map(ToString::to_string));
    }
    if mistakes.is_empty() {
        tried(language, &bundle, &mut mistakes);
    }
    if mistakes.is_empty() { Ok(bundle) } else { Err(mistakes) }
}

/// The first word of whom, where or how they are in a text.
fn never_said(language: Language, text: &str) -> Option<&'static str> {
    match language {
        Language::ZhCn => NEVER_ZH.iter().find(|it| text.contains(**it)).copied(),
        Language::En => {
            let small = text.to_lowercase();
            let said = |word: &&&str| small.split(|it: char| !it.is_ascii_alphabetic()).any(|it| it == **word);
            NEVER_EN.iter().find(said).copied()
        }
    }
}

/// Every text is there, says something whatever is known, nothing of what is not, and nothing that nobody else may hear.
fn tried(language: Language, bundle: &FluentBundle<FluentResource>, mistakes: &mut Vec<String>) {
    let kinds = NoticeKind::ALL
        .iter()
        .filter(|it| !it.is_for_partners())
        .map(|it| it.as_str());
    for message in kinds.chain([DRILL]) {
        for form in Form::ALL {
            let here = format!("{message}.{form}");
            for values in [full(), Values::default()] {
                let mut errors = Vec::new();
                let Some(said) = format(bundle, message, *form, &args(&values, *form), &mut errors) else {
                    mistakes.push(format!("{here}: is missing"));
                    break;
                };
                mistakes.extend(errors.iter().map(|it| format!("{here}: {it}")));
                if said.is_empty() {
                    mistakes.push(format!("{here}: says nothing"));
                }
                if let Some(word) = never_said(language, &said) {
                    mistakes.push(format!("{here}: `{word}` may not be said in any text"));
                    break;
                }
                let words = |it: &str| it.split(|it: char| !it.is_ascii_alphanumeric()).any(|it| it == NONE);
                if words(&said) {
                    mistakes.push(format!(
                        "{here}: says a value that may not be known, or that this form may not say; choose by `[none]` where it is not"
                    ));
                    break;
                }
            }
        }
    }
}

/// Values as long as they are in life.
fn full() -> Values {
    Values {
        case_number: Some("20261127-120114001-0042".to_owned()),
        area_name: Some("A1".to_owned()),
        severity: Some(Severity::Critical),
        minutes: Some(12),
        link: Some("https://s.example.org/n/7Kq2mX9bT4".to_owned()),
        keys: Some(('1', '2')),
        opened: Some(Opened {
            what: "several".to_owned(),
            at: "11-27 14:05".to_owned(),
            by: "community_worker".to_owned(),
        }),
        sheet: Some(Sheet {
            month: "2026-11".to_owned(),
            calls: 3,
            false_alarms: 2,
            came: 1,
            quiet_days: 27,
        }),
    }
}

/// What a message asks for beyond the values, and values in forms that may not say them.
fn asked_for(message: &ast::Message<&str>, mistakes: &mut Vec<String>) {
    let id = message.id.name;
    if let Some(pattern) = &message.value {
        values_of(id, pattern, None, mistakes);
    }
    let mut seen = BTreeSet::new();
    for attribute in &message.attributes {
        let name = attribute.id.name;
        let here = format!("{id}.{name}");
        let form: Option<Form> = name.parse().ok();
        values_of(&here, &attribute.value, form, mistakes);
        if form.is_none() {
            mistakes.push(format!(
                "{here}: there is no such form; known are title, body, line, spoken"
            ));
        } else if !seen.insert(name) {
            mistakes.push(format!("{here}: is there twice"));
        }
    }
}

fn values_of(here: &str, pattern: &ast::Pattern<&str>, form: Option<Form>, mistakes: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    of_pattern(pattern, &mut names);
    for name in names {
        if !VALUES.contains(&name) {
            let known = VALUES.join(", ");
            mistakes.push(format!("{here}: `{name}` is no value; known are {known}"));
        } else if form.is_some_and(|it| !it.may_say(name)) {
            mistakes.push(format!("{here}: `{name}` may not be said in this form"));
        }
    }
}

fn of_pattern<'a>(pattern: &ast::Pattern<&'a str>, names: &mut BTreeSet<&'a str>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            of_expression(expression, names);
        }
    }
}

fn of_expression<'a>(expression: &ast::Expression<&'a str>, names: &mut BTreeSet<&'a str>) {
    match expression {
        ast::Expression::Inline(inline) => of_inline(inline, names),
        ast::Expression::Select { selector, variants } => {
            of_inline(selector, names);
            for variant in variants {
                of_pattern(&variant.value, names);
            }
        }
    }
}

fn of_inline<'a>(inline: &ast::InlineExpression<&'a str>, names: &mut BTreeSet<&'a str>) {
    use ast::InlineExpression as I;
    let mut of_arguments = |arguments: &ast::CallArguments<&'a str>| {
        for it in &arguments.positional {
            of_inline(it, names);
        }
        for it in &arguments.named {
            of_inline(&it.value, names);
        }
    };
    match inline {
        I::VariableReference { id } => drop(names.insert(id.name)),
        I::Placeable { expression } => of_expression(expression, names),
        I::FunctionReference { arguments, .. } => of_arguments(arguments),
        I::TermReference {
            arguments: Some(arguments),
            ..
        } => of_arguments(arguments),
        I::TermReference { arguments: None, .. }
        | I::MessageReference { .. }
        | I::StringLiteral { .. }
        | I::NumberLiteral { .. } => {}
    }
}

#[cfg(test)]
mod tests;
