//! What the automatic call says, in Fluent, as the notices have it: compiled in, and another folder may take its place. It is tried
//! when the service starts.

use std::path::Path;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::people::Language;

/// The message.
const CHECK: &str = "check";
/// Letters that a telephone reads out at most.
const SPOKEN_MAX: usize = 400;

/// The words in each language.
pub struct Texts {
    zh: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Texts {
    /// Those that are compiled in, or of a folder with `zh-CN.ftl` and `en.ftl`.
    ///
    /// # Errors
    /// Every mistake, one sentence each, with its file.
    pub fn read(folder: Option<&Path>) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut of = |language: Language, ours: &str| {
            let name = format!("{language}.ftl");
            let text = match folder.map(|it| std::fs::read_to_string(it.join(&name))) {
                None => ours.to_owned(),
                Some(Ok(text)) => text,
                Some(Err(error)) => {
                    mistakes.push(format!("{name}: cannot be read: {error}"));
                    return None;
                }
            };
            bundle(language, text)
                .map_err(|why| mistakes.push(format!("{name}: {why}")))
                .ok()
        };
        let zh = of(Language::ZhCn, include_str!("texts/zh-CN.ftl"));
        let en = of(Language::En, include_str!("texts/en.ftl"));
        match (zh, en) {
            (Some(zh), Some(en)) => Ok(Self { zh, en }),
            _ => Err(mistakes),
        }
    }

    /// What is read out to an elder.
    pub fn check(&self, language: Language, dialect: Option<&str>) -> String {
        let bundle = match language {
            Language::ZhCn => &self.zh,
            Language::En => &self.en,
        };
        // It was tried when it was read.
        say(bundle, dialect).unwrap_or_default()
    }
}

fn say(bundle: &FluentBundle<FluentResource>, dialect: Option<&str>) -> Result<String, String> {
    let mut args = FluentArgs::new();
    args.set("key_fine", "1");
    args.set("key_help", "2");
    args.set("dialect", dialect.unwrap_or("none").to_owned());
    let pattern = bundle
        .get_message(CHECK)
        .and_then(|it| it.value())
        .ok_or_else(|| format!("{CHECK}: is missing"))?;
    let mut errors = vec![];
    let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
    match errors.first() {
        Some(error) => Err(format!("{CHECK}: {error}")),
        None => Ok(text.trim().to_owned()),
    }
}

fn bundle(language: Language, text: String) -> Result<FluentBundle<FluentResource>, String> {
    let resource = FluentResource::try_new(text).map_err(|(_, errors)| {
        let first = errors.first().map(ToString::to_string);
        first.unwrap_or_default()
    })?;
    let id: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|it| format!("{it:?}"))?;
    for dialect in [None, Some("天津话")] {
        let text = say(&bundle, dialect)?;
        if !(text.contains('1') && text.contains('2')) {
            return Err(format!("{CHECK}: must say both keys"));
        }
        if text.chars().count() > SPOKEN_MAX {
            return Err(format!("{CHECK}: must be read out in at most {SPOKEN_MAX} letters"));
        }
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_say_both_keys_and_wrong_ones_are_named() {
        let texts = Texts::read(None).unwrap();
        assert!(texts.check(Language::ZhCn, Some("天津话")).contains("请按1"));
        assert!(texts.check(Language::En, None).contains("press 1"));
        for (text, why) in [
            ("other = x", "check: is missing"),
            ("check = Press 1", "check: must say both keys"),
            ("check = 1 2 { $name }", "check: "),
        ] {
            assert!(
                bundle(Language::En, text.to_owned()).err().unwrap().starts_with(why),
                "{text}"
            );
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("en.ftl"),
            "check = { $dialect ->\n  [none] 1 2\n *[other] { $dialect } 1 2\n }\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("zh-CN.ftl"), "check = 按1或2\n").unwrap();
        assert_eq!(
            Texts::read(Some(folder.path()))
                .unwrap()
                .check(Language::En, Some("Wu")),
            "Wu 1 2"
        );
        std::fs::remove_file(folder.path().join("en.ftl")).unwrap();
        assert!(Texts::read(Some(folder.path())).err().unwrap()[0].starts_with("en.ftl: cannot be read"));
    }
}
