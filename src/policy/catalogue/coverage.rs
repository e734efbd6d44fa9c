//! Which clauses of a norm are checked by a machine, by somebody who looks, or not at all.

use crate::policy::Policy;
use crate::results::outcome::Level;

/// How one line of a norm is seen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A rule tests it.
    Checked,
    /// Rules test a part of it; the rest is not, or somebody has to look.
    Partly,
    /// Somebody has to look.
    Manual,
    /// It is not about a mail domain.
    OutOfScope,
    /// The profile does not take it up.
    Dropped,
}

impl Status {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 5] = [
        Self::Checked,
        Self::Partly,
        Self::Manual,
        Self::OutOfScope,
        Self::Dropped,
    ];

    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "machine-checked",
            Self::Partly => "partly checked",
            Self::Manual => "manual",
            Self::OutOfScope => "out of scope",
            Self::Dropped => "dropped",
        }
    }
}

/// One line of a norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'p> {
    /// How it is seen to.
    pub status: Status,
    /// The rule; of what is manual or out of scope, its own id.
    pub id: &'p str,
    /// What it asks, in one short sentence.
    pub title: &'p str,
    /// How binding it is; of what is out of scope, none.
    pub level: Option<Level>,
    /// Why it is out of scope or was dropped.
    pub reason: &'p str,
    /// Whether the clause was checked against the norm's own text.
    pub verified: bool,
}

/// One clause, and all lines that cite it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause<'p> {
    /// The norm that has it; of a profile, the one that it was taken from.
    pub norm: &'p str,
    /// The clause; empty for a line that cites none, which then stands alone.
    pub clause: &'p str,
    /// At least one.
    pub lines: Vec<Line<'p>>,
}

impl Clause<'_> {
    /// How the clause as a whole is seen to.
    pub fn status(&self) -> Status {
        let mut all = self.lines.iter().map(|line| line.status);
        let first = all.next().unwrap_or(Status::OutOfScope);
        all.fold(first, |whole, line| match (whole, line) {
            (one, other) if one == other => one,
            (Status::Checked | Status::Partly, _) | (_, Status::Checked | Status::Partly) => {
                Status::Partly
            }
            (one, other) => one.min(other),
        })
    }

    /// Whether every line was checked against the norm's own text.
    pub fn is_verified(&self) -> bool {
        self.lines.iter().all(|line| line.verified)
    }
}

/// What is covered of one baseline or profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage<'p> {
    /// Its id.
    pub baseline: &'p str,
    /// The clauses in the order of the norm.
    pub clauses: Vec<Clause<'p>>,
}

impl Coverage<'_> {
    /// How many clauses are seen to in this way.
    pub fn count(&self, status: Status) -> usize {
        let clauses = self.clauses.iter();
        clauses.filter(|clause| clause.status() == status).count()
    }

    /// How many clauses have a line that was not checked against the norm's own text.
    pub fn unverified(&self) -> usize {
        let clauses = self.clauses.iter();
        clauses.filter(|clause| !clause.is_verified()).count()
    }
}

/// The coverage of a chosen baseline or profile.
pub fn of<'p>(policy: &'p Policy, baseline: &'p str) -> Coverage<'p> {
    let mut lines = asked(policy, baseline);
    lines.extend(left_out(policy, baseline));
    // Norm by norm, and in each as its file has it; what a profile dropped has no place there and comes last.
    let mut norms: Vec<&str> = Vec::new();
    for (norm, ..) in &lines {
        if !norms.contains(norm) {
            norms.push(norm);
        }
    }
    lines.sort_by_key(|(norm, at, ..)| (norms.iter().position(|known| known == norm), *at));
    let mut clauses: Vec<Clause<'p>> = Vec::new();
    for (norm, _, clause, line) in lines {
        let same = |known: &&mut Clause<'p>| {
            !clause.is_empty() && known.norm == norm && known.clause == clause
        };
        match clauses.iter_mut().find(same) {
            Some(known) => known.lines.push(line),
            None => clauses.push(Clause {
                norm,
                clause,
                lines: vec![line],
            }),
        }
    }
    Coverage { baseline, clauses }
}

/// Norm, line in its file, clause and what stands there.
type Placed<'p> = (&'p str, usize, &'p str, Line<'p>);

fn asked<'p>(policy: &'p Policy, baseline: &str) -> Vec<Placed<'p>> {
    let asked = policy.requirements().iter();
    asked
        .filter(|asked| asked.baseline == baseline)
        .map(|asked| {
            let line = Line {
                status: if asked.manual {
                    Status::Manual
                } else {
                    Status::Checked
                },
                id: &asked.rule,
                title: &asked.title,
                level: Some(asked.level),
                reason: "",
                verified: asked.verified,
            };
            let norm = asked.origin.as_ref().unwrap_or(&asked.baseline);
            (norm.as_str(), asked.line, asked.clause.as_str(), line)
        })
        .collect()
}

fn left_out<'p>(policy: &'p Policy, baseline: &'p str) -> Vec<Placed<'p>> {
    let outside = policy.out_of_scope().iter();
    let outside = outside
        .filter(|line| line.baseline == baseline)
        .map(|line| {
            let told = Line {
                status: Status::OutOfScope,
                id: &line.id,
                title: &line.title,
                level: None,
                reason: &line.reason,
                verified: line.verified,
            };
            let norm = line.origin.as_ref().unwrap_or(&line.baseline);
            (norm.as_str(), line.line, line.clause.as_str(), told)
        });
    let info = policy.baselines().iter().find(|info| info.id == baseline);
    let dropped = info.into_iter().flat_map(|info| &info.dropped).map(|line| {
        let told = Line {
            status: Status::Dropped,
            id: &line.rule,
            title: &line.title,
            level: Some(line.level),
            reason: &line.reason,
            verified: true,
        };
        let norm = line.baseline.as_str();
        (norm, usize::MAX, line.clause.as_str(), told)
    });
    outside.chain(dropped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts_for_tests::{rule, source};

    #[test]
    fn each_clause_is_counted_once_by_how_its_lines_are_seen_to() {
        let rules = [
            rule("r", "require true else \"no\";"),
            rule("s", "require true else \"no\";"),
        ]
        .concat();
        let norm = "baseline(\"n\", #{ title: \"N\", publisher: \"P\", version: \"1\", source: \"s\" });\n\
             must(\"r\", #{ clause: \"1\" });\n\
             out_of_scope(\"people\", #{ clause: \"2\", title: \"People\", reason: \"no domain\" });\n\
             should(\"s\", #{ clause: \"3\", verified: false });\n\
             manual(\"look\", #{ clause: \"1\", title: \"Look\", area: \"spf\" });\n\
             manual(\"listen\", #{ clause: \"4\", title: \"Listen\", area: \"spf\" });\n\
             may(\"r\", #{});\nmay(\"s\", #{});";
        let profile = "profile(\"p\", #{ title: \"P\", owner: \"o\", version: \"1\", extends: [\"n\"] });\n\
             drop(\"listen\", #{ reason: \"nobody can\" });\nmust(\"s\", #{ clause: \"own\" });";
        let files = [
            ("rules/r.rhai", rules.as_str()),
            ("baselines/n.rhai", norm),
            ("profiles/p.rhai", profile),
        ];
        let policy = Policy::load(&source(&files), &["n".to_owned(), "p".to_owned()]).unwrap();
        let table = |id: &'static str| {
            let coverage = of(&policy, id);
            let clauses = coverage.clauses.iter();
            let clauses: Vec<String> = clauses
                .map(|clause| {
                    let status = clause.status().as_str();
                    format!("{} {} {status}", clause.norm, clause.clause)
                })
                .collect();
            (clauses, coverage.unverified())
        };
        let alike = [
            "n 1 partly checked",
            "n 2 out of scope",
            "n 3 machine-checked",
        ];
        let (norm, unverified) = table("n");
        assert_eq!(norm[..3], alike);
        assert_eq!(
            norm[3..],
            ["n 4 manual", "n  machine-checked", "n  machine-checked"]
        );
        assert_eq!(unverified, 1);
        let (profile, _) = table("p");
        assert_eq!(profile[..3], alike);
        assert_eq!(
            profile[3..],
            [
                "n  machine-checked",
                "n  machine-checked",
                "n 4 dropped",
                "p own machine-checked"
            ]
        );
        assert_eq!(of(&policy, "p").count(Status::Checked), 4);
    }
}
