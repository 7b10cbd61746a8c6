//! The responsibility chain: who answers for a household, and who stands in today.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::area::{AreaCode, AreaLevel};
use super::flaw::{Flaws, Look};
use super::words::words;
use crate::ids::{HouseholdId, ResponderId};

words! {
    /// A post of the chain (三级包联), the nearest first.
    ChainPost ("chain post") {
        /// Knows the household by name.
        GridWorker = "grid_worker", "网格员";
        /// Leads the grid.
        GridHead = "grid_head", "网格长";
        /// Leads the community.
        CommunitySecretary = "community_secretary", "社区书记";
    }
}

/// For whom a chain answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainSubject {
    /// Every household of a grid that has no chain of its own.
    Grid(AreaCode),
    /// One household; it goes before the grid's, post by post.
    Household(HouseholdId),
}

/// Who holds a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Which post.
    pub post: ChainPost,
    /// Who holds it when at work.
    pub responder: ResponderId,
}

/// The people answerable for a grid or a household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// For whom.
    pub subject: ChainSubject,
    /// At most one holder a post.
    pub links: Vec<Link>,
}

impl Chain {
    /// Who holds `post` when at work.
    pub fn holder(&self, post: ChainPost) -> Option<ResponderId> {
        self.links.iter().find(|it| it.post == post).map(|it| it.responder)
    }

    /// Posts that nobody holds.
    pub fn vacant(&self) -> Vec<ChainPost> {
        ChainPost::ALL
            .iter()
            .copied()
            .filter(|it| self.holder(*it).is_none())
            .collect()
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        if let ChainSubject::Grid(code) = self.subject {
            look.when(
                code.level() != AreaLevel::Grid,
                "subject",
                "must be the 15-digit code of a grid",
            );
        }
        look.when(self.links.is_empty(), "links", "at least one post must be held");
        for post in ChainPost::ALL {
            if self.links.iter().filter(|it| it.post == *post).count() > 1 {
                look.wrong("links", format!("the post {post} is held twice"));
            }
        }
        look.done()
    }
}

/// Somebody is absent, and somebody else answers in their place: "sick today" is one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandIn {
    /// Who is absent.
    pub absent: ResponderId,
    /// Who answers instead.
    pub by: ResponderId,
    /// First instant.
    pub from: Timestamp,
    /// First instant after it; `None`: until it is ended.
    pub until: Option<Timestamp>,
}

impl StandIn {
    /// Whether it holds at `at`.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.when(self.absent == self.by, "by", "nobody stands in for themselves");
        look.when(
            self.until.is_some_and(|until| until <= self.from),
            "until",
            "must lie after from",
        );
        look.done()
    }
}

/// Who answers for a post now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answerable {
    /// Which post.
    pub post: ChainPost,
    /// Who answers.
    pub responder: ResponderId,
    /// Who holds the post, when that is somebody else.
    pub in_place_of: Option<ResponderId>,
}

/// Who answers in place of `responder` at `at`: the stand-in that began last, and the stand-in's own if that one is
/// absent too. When they only point at each other nobody is there: `None`.
pub fn resolve_stand_in(stand_ins: &[StandIn], responder: ResponderId, at: Timestamp) -> Option<ResponderId> {
    let mut seen = vec![responder];
    let mut present = responder;
    loop {
        let latest = stand_ins
            .iter()
            .filter(|it| it.absent == present && it.covers(at))
            .max_by_key(|it| (it.from, it.by));
        let Some(stand_in) = latest else { return Some(present) };
        if seen.contains(&stand_in.by) {
            return None;
        }
        present = stand_in.by;
        seen.push(present);
    }
}

/// The people answerable for a household at `at`, nearest post first: its own chain goes before the grid's, post by post.
/// A post that nobody holds, or whose people are all absent, is left out.
pub fn answerable(own: Option<&Chain>, grid: Option<&Chain>, stand_ins: &[StandIn], at: Timestamp) -> Vec<Answerable> {
    let holder = |post| {
        own.and_then(|it| it.holder(post))
            .or_else(|| grid.and_then(|it| it.holder(post)))
    };
    let answer = |post: ChainPost| {
        let held_by = holder(post)?;
        let responder = resolve_stand_in(stand_ins, held_by, at)?;
        Some(Answerable {
            post,
            responder,
            in_place_of: (responder != held_by).then_some(held_by),
        })
    };
    ChainPost::ALL.iter().copied().filter_map(answer).collect()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;
    use crate::people::samples::{GRID, NOON, code, fields};
    use crate::people::{household_id, responder_id};

    fn link(post: ChainPost, who: &str) -> Link {
        Link {
            post,
            responder: responder_id(who),
        }
    }

    fn stand_in(absent: &str, by: &str, from: i64, until: Option<i64>) -> StandIn {
        let hour = |it: i64| NOON + it.hours();
        StandIn {
            absent: responder_id(absent),
            by: responder_id(by),
            from: hour(from),
            until: until.map(hour),
        }
    }

    fn grid() -> Chain {
        let links = vec![
            link(ChainPost::GridWorker, "worker"),
            link(ChainPost::GridHead, "head"),
            link(ChainPost::CommunitySecretary, "secretary"),
        ];
        Chain {
            subject: ChainSubject::Grid(code(GRID)),
            links,
        }
    }

    fn names(found: &[Answerable]) -> Vec<ResponderId> {
        found.iter().map(|it| it.responder).collect()
    }

    #[test]
    fn a_household_of_its_own_goes_before_the_grid_post_by_post() {
        let own = Chain {
            subject: ChainSubject::Household(household_id("H1")),
            links: vec![link(ChainPost::GridWorker, "aunt")],
        };
        let found = answerable(Some(&own), Some(&grid()), &[], NOON);
        assert_eq!(names(&found), ["aunt", "head", "secretary"].map(responder_id));
        assert!(answerable(None, None, &[], NOON).is_empty());
    }

    #[test]
    fn a_sick_worker_is_replaced_for_the_time_of_it() {
        let away = [stand_in("worker", "cousin", 0, Some(8))];
        for (hour, who) in [(-1, "worker"), (0, "cousin"), (7, "cousin"), (8, "worker")] {
            let found = answerable(None, Some(&grid()), &away, NOON + i64::from(hour).hours());
            assert_eq!(found[0].responder, responder_id(who), "hour {hour}");
            assert_eq!(
                found[0].in_place_of,
                (who == "cousin").then(|| responder_id("worker")),
                "hour {hour}"
            );
        }
    }

    #[test]
    fn the_last_word_wins_and_a_stand_in_may_be_absent_too() {
        let latest = [
            stand_in("worker", "first", 0, None),
            stand_in("worker", "second", 1, None),
        ];
        assert_eq!(
            resolve_stand_in(&latest, responder_id("worker"), NOON + 2.hours()),
            Some(responder_id("second"))
        );
        let further = [
            stand_in("worker", "first", 0, None),
            stand_in("first", "second", 0, None),
        ];
        assert_eq!(
            resolve_stand_in(&further, responder_id("worker"), NOON),
            Some(responder_id("second"))
        );
        let circle = [
            stand_in("worker", "first", 0, None),
            stand_in("first", "worker", 0, None),
        ];
        assert_eq!(resolve_stand_in(&circle, responder_id("worker"), NOON), None);
        assert_eq!(
            names(&answerable(None, Some(&grid()), &circle, NOON)),
            ["head", "secretary"].map(responder_id)
        );
    }

    #[test]
    fn each_wrong_field_is_named() {
        assert_eq!(grid().check(), Ok(()));
        assert!(grid().vacant().is_empty());
        let community = ChainSubject::Grid(code("120114001003"));
        assert_eq!(
            fields(
                Chain {
                    subject: community,
                    ..grid()
                }
                .check()
            ),
            ["subject"]
        );
        assert_eq!(
            fields(
                Chain {
                    links: vec![],
                    ..grid()
                }
                .check()
            ),
            ["links"]
        );
        let twice = vec![link(ChainPost::GridHead, "a"), link(ChainPost::GridHead, "b")];
        let twice = Chain { links: twice, ..grid() };
        assert_eq!(fields(twice.check()), ["links"]);
        assert_eq!(twice.vacant(), [ChainPost::GridWorker, ChainPost::CommunitySecretary]);
        assert_eq!(fields(stand_in("a", "a", 0, Some(0)).check()), ["by", "until"]);
    }

    proptest! {
        #[test]
        fn whoever_answers_is_not_absent(pairs in prop::collection::vec((0_u8..5, 0_u8..5), 0..12)) {
            let name = |it: u8| it.to_string();
            let away: Vec<StandIn> = pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| stand_in(&name(*a), &name(*b), 0, None)).collect();
            for who in 0_u8..5 {
                if let Some(found) = resolve_stand_in(&away, responder_id(&name(who)), NOON) {
                    prop_assert!(away.iter().all(|it| it.absent != found));
                }
            }
        }
    }
}
