//! What an account may be called, how long its password is, and which rights could be used at all.

use super::area::PrefixSet;
use super::flaw::{Flaw, Flaws, Look};
use super::responder::Role;

/// The longest name to sign in with, characters.
pub const USERNAME_MAX_CHARS: usize = 64;
/// The shortest password, characters. NIST SP 800-63B asks for at least 8 of what a person chooses.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// The longest password, characters: hashing must not become a way to keep the service busy.
pub const PASSWORD_MAX_CHARS: usize = 256;

/// The name to sign in with as it is kept: small letters, without blanks around.
///
/// # Errors
/// `username`: empty, too long, or with blanks or control characters inside.
pub fn sound_username(text: &str) -> Result<String, Flaws> {
    let name = text.trim().to_lowercase();
    let mut look = Look::default();
    look.when(name.is_empty(), "username", "must not be empty");
    if name.chars().count() > USERNAME_MAX_CHARS {
        look.wrong("username", format!("is longer than {USERNAME_MAX_CHARS} characters"));
    }
    look.when(
        name.chars().any(|it| it.is_whitespace() || it.is_control()),
        "username",
        "must not hold blanks or control characters",
    );
    look.done().map(|()| name)
}

/// A password that somebody has chosen, where it can be one; `field` is how the one who asked calls it.
pub fn password_flaw(field: &'static str, password: &str) -> Option<Flaw> {
    let length = password.chars().count();
    let why = if length < PASSWORD_MIN_CHARS {
        format!("has {length} characters, at least {PASSWORD_MIN_CHARS} are needed")
    } else if length > PASSWORD_MAX_CHARS {
        format!("has {length} characters, at most {PASSWORD_MAX_CHARS} are taken")
    } else {
        return None;
    };
    Some(Flaw { field, why })
}

/// Why these rights could not be used, if so: who walks is a responder, and whoever sits at a desk sees some area. An administrator
/// without an area is the machine's own: sees no case and no elder, and keeps every account.
pub fn rights_flaw(role: Role, scope: &PrefixSet, is_responder: bool) -> Option<Flaw> {
    let (field, why) = match role {
        Role::GridWorker | Role::Caregiver if !is_responder => {
            ("responder", format!("a {role} is a responder: name whom"))
        }
        Role::DutyLeader | Role::Dispatcher | Role::Auditor if scope.is_empty() => (
            "areas",
            format!("a {role} without an area would see nothing: name at least one"),
        ),
        Role::Device => ("role", "a device signs in with its key".to_owned()),
        _ => return None,
    };
    Some(Flaw { field, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::WUQING;

    #[test]
    fn names_are_folded_and_bounded() {
        assert_eq!(sound_username(" Wang.Li ").unwrap(), "wang.li");
        assert_eq!(sound_username("王丽").unwrap(), "王丽");
        for bad in ["", "  ", "a b", "a\tb", "a\0"] {
            assert!(sound_username(bad).is_err(), "{bad:?}");
        }
        assert!(sound_username(&"x".repeat(USERNAME_MAX_CHARS)).is_ok());
        assert!(sound_username(&"x".repeat(USERNAME_MAX_CHARS + 1)).is_err());
    }

    #[test]
    fn passwords_are_counted_in_letters() {
        assert_eq!(password_flaw("password", "十个字的密码也够长了"), None);
        let short = password_flaw("new_password", "123456789").unwrap();
        assert_eq!((short.field, short.why.starts_with("has 9 ")), ("new_password", true));
        assert_eq!(password_flaw("password", &"x".repeat(PASSWORD_MAX_CHARS)), None);
        assert!(password_flaw("password", &"x".repeat(PASSWORD_MAX_CHARS + 1)).is_some());
    }

    #[test]
    fn nobody_is_given_rights_that_could_not_be_used() {
        let (some, none) = (PrefixSet::from_iter([WUQING]), PrefixSet::nothing());
        let field = |role, scope: &PrefixSet, is_responder| rights_flaw(role, scope, is_responder).map(|it| it.field);
        for (role, at_home, nowhere) in [
            (Role::Admin, None, None),
            (Role::DutyLeader, None, Some("areas")),
            (Role::Dispatcher, None, Some("areas")),
            (Role::Auditor, None, Some("areas")),
            (Role::GridWorker, Some("responder"), Some("responder")),
            (Role::Caregiver, Some("responder"), Some("responder")),
            (Role::Device, Some("role"), Some("role")),
        ] {
            assert_eq!(field(role, &some, false), at_home, "{role}");
            assert_eq!(field(role, &none, false), nowhere, "{role}");
        }
        assert_eq!(field(Role::Caregiver, &none, true), None);
    }
}
