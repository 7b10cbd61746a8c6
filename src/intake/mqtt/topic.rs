//! Topics with names in them: `sensors/{device}/alarm` subscribes to `sensors/+/alarm` and says which device it was.

use std::collections::BTreeMap;

/// Letters of a topic in the configuration.
const TOPIC_MAX_CHARS: usize = 512;

/// One level of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Level {
    /// Exactly this.
    Word(String),
    /// Any one level, under a name or none.
    One(Option<String>),
    /// All that follows, under a name or none.
    Rest(Option<String>),
}

/// A topic as it stands in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Level>);

/// What a topic says, by the names of its template.
pub type Names = BTreeMap<String, String>;

impl Template {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().count() > TOPIC_MAX_CHARS || text.contains(char::is_control) {
            return Err(format!("must be 1 to {TOPIC_MAX_CHARS} letters"));
        }
        if text.starts_with("$share/") {
            return Err("the group of a shared subscription is the key `group` of its broker".to_owned());
        }
        let parts: Vec<&str> = text.split('/').collect();
        let last = parts.len() - 1;
        let mut levels = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let braced = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let level = match (*part, braced) {
                ("+", _) => Level::One(None),
                ("#", _) => Level::Rest(None),
                (_, Some(name)) => {
                    let (name, rest) = name.strip_suffix("...").map_or((name, false), |it| (it, true));
                    let sound = !name.is_empty() && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
                    if !sound || names.contains(&name) {
                        return Err(format!(
                            "`{part}` must be a name of small letters that stands there once"
                        ));
                    }
                    names.push(name);
                    if rest {
                        Level::Rest(Some(name.to_owned()))
                    } else {
                        Level::One(Some(name.to_owned()))
                    }
                }
                (word, None) if !word.contains(['{', '}', '+', '#']) => Level::Word(word.to_owned()),
                _ => return Err(format!("`{part}` must be a whole level: {{name}}, +, or a word")),
            };
            if matches!(level, Level::Rest(_)) && at != last {
                return Err(format!("`{part}` must be the last level"));
            }
            levels.push(level);
        }
        Ok(Self(levels))
    }

    /// As the broker is asked for it.
    pub fn filter(&self, group: Option<&str>) -> String {
        let levels: Vec<&str> = self
            .0
            .iter()
            .map(|it| match it {
                Level::Word(word) => word.as_str(),
                Level::One(_) => "+",
                Level::Rest(_) => "#",
            })
            .collect();
        let filter = levels.join("/");
        group.map_or_else(|| filter.clone(), |it| format!("$share/{it}/{filter}"))
    }

    /// Whether a name stands in it.
    pub fn names(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|it| matches!(it, Level::One(Some(known)) | Level::Rest(Some(known)) if known == name))
    }

    /// What `topic` says; none when it is another topic.
    pub fn read_topic(&self, topic: &str) -> Option<Names> {
        let mut names = Names::new();
        let mut rest = Some(topic);
        for level in &self.0 {
            let left = match (level, rest) {
                // `a/#` is `a` as well.
                (Level::Rest(name), left) => {
                    if let (Some(name), Some(left)) = (name, left) {
                        names.insert(name.clone(), left.to_owned());
                    }
                    return Some(names);
                }
                (_, left) => left?,
            };
            let (part, after) = left
                .split_once('/')
                .map_or((left, None), |(part, after)| (part, Some(after)));
            match level {
                Level::Word(word) if word == part => {}
                Level::One(name) => {
                    if let Some(name) = name {
                        names.insert(name.clone(), part.to_owned());
                    }
                }
                Level::Word(_) | Level::Rest(_) => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_a_filter_and_gives_names() {
        for (template, filter, topic, names) in [
            (
                "sensors/{device}/alarm",
                "sensors/+/alarm",
                "sensors/B1/alarm",
                Some("device=B1"),
            ),
            ("sensors/{device}/alarm", "sensors/+/alarm", "sensors/B1/state", None),
            ("sensors/{device}/alarm", "sensors/+/alarm", "sensors/B1", None),
            ("sensors/{device}/alarm", "sensors/+/alarm", "sensors/B1/alarm/x", None),
            (
                "ha/{class}/{device}",
                "ha/+/+",
                "ha/smoke/厨房",
                Some("class=smoke device=厨房"),
            ),
            ("z/{device...}", "z/#", "z/room/smoke 1", Some("device=room/smoke 1")),
            ("z/{device...}", "z/#", "z", Some("")),
            ("a/+/{device}", "a/+/+", "a/b/c", Some("device=c")),
            ("a/#", "a/#", "a/b/c", Some("")),
            ("/a/{device}", "/a/+", "/a/b", Some("device=b")),
            ("a/{device}", "a/+", "a/", Some("device=")),
        ] {
            let read = Template::read(template).unwrap();
            assert_eq!(read.filter(None), filter);
            assert_eq!(read.filter(Some("g")), format!("$share/g/{filter}"));
            let found = read.read_topic(topic).map(|it| {
                let all: Vec<String> = it.iter().map(|(name, value)| format!("{name}={value}")).collect();
                all.join(" ")
            });
            assert_eq!(found.as_deref(), names, "{template} {topic}");
        }
        assert!(Template::read("a/{device}").unwrap().names("device"));
        assert!(!Template::read("a/{device}").unwrap().names("class"));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for wrong in [
            "",
            "a/{}",
            "a/x{device}",
            "a/{device...}/b",
            "a/#/b",
            "a/{d}/{d}",
            "a/b+",
            "$share/g/a",
            "a/{De}",
        ] {
            assert!(Template::read(wrong).is_err(), "{wrong}");
        }
    }
}
