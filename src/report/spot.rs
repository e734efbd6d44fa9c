//! Where a report points to: a line of a file in the user's repository, for consumers that show findings
//! beside files.

use crate::results::finding::{Finding, Waiver};
use crate::results::notice::Notice;
use crate::results::{Run, TargetResult};

/// Some characters of a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// A relative path with forward slashes and without `.` and `..`; not empty.
    pub(super) path: String,
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The first character and the one behind the last, counted from 1 in Unicode characters; absent where
    /// the line is meant.
    pub(super) columns: Option<(usize, usize)>,
}

/// The file that settings have where nothing names one.
const SETTINGS: &str = "waxseal.toml";

impl Spot {
    /// Where something can be done about a finding: where the domain is named; else where it is waived; else the
    /// settings, which chose what is asked; else the file of the rule, or of the baseline, which
    /// may lie in no repository. The file of facts is not known to a report.
    pub(super) fn of(run: &Run, target: &TargetResult, finding: &Finding) -> Self {
        Self::near(run, target, finding)
            .or_else(|| {
                let rule = run.rule(&finding.rule)?;
                Self::line(&rule.file, rule.line)
            })
            .or_else(|| {
                let mut baselines = run.baselines.iter();
                let asks = baselines.find(|one| one.id == finding.baseline)?;
                Self::line(&asks.file, 1)
            })
            .unwrap_or_else(|| Self {
                path: SETTINGS.to_owned(),
                line: 1,
                columns: None,
            })
    }

    /// The same, where it lies in a file of the user.
    pub(super) fn near(run: &Run, target: &TargetResult, finding: &Finding) -> Option<Self> {
        Self::named(target)
            .or_else(|| finding.waiver.as_ref().and_then(Self::of_waiver))
            .or_else(|| Self::of_run(run))
    }

    /// Where the user named the domain.
    fn named(target: &TargetResult) -> Option<Self> {
        let place = target.place.as_ref()?;
        let whole = place.column > 0 && place.end_column > place.column;
        Some(Self {
            columns: whole.then_some((place.column, place.end_column)),
            ..Self::line(&place.file, place.line)?
        })
    }

    /// Where a waiver stands.
    pub(super) fn of_waiver(waiver: &Waiver) -> Option<Self> {
        Self::line(&waiver.file, waiver.line)
    }

    /// What a notice is about.
    pub(super) fn of_notice(notice: &Notice) -> Option<Self> {
        Self::line(&notice.file, notice.line)
    }

    /// The settings of the run.
    fn of_run(run: &Run) -> Option<Self> {
        Self::line(&run.settings.as_ref()?.path, 1)
    }

    /// A line of a file; none where nothing of the path is left.
    pub(super) fn line(file: &str, line: usize) -> Option<Self> {
        Some(Self {
            path: relative(file)?,
            line: line.max(1),
            columns: None,
        })
    }

    /// A place as policies tell it: `rules/spf.rhai:31:17`.
    pub(super) fn position(text: &str) -> Option<Self> {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        let column: usize = column.parse().ok()?;
        Some(Self {
            columns: (column > 0).then_some((column, column.saturating_add(1))),
            ..Self::line(file, line.parse().ok()?)?
        })
    }
}

/// The path relative to the repository, as far as that can be told: what leads out of it is left out. Consumers
/// take no absolute path, and none that begins with `./` or `../`.
fn relative(file: &str) -> Option<String> {
    let parts = file.split(['/', '\\']);
    let kept: Vec<&str> = parts
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    Some(kept.join("/")).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn paths_are_relative_and_lead_nowhere_else() {
        for (file, path) in [
            ("domains.txt", Some("domains.txt")),
            ("./a/b.txt", Some("a/b.txt")),
            ("../../waxseal.toml", Some("waxseal.toml")),
            ("/srv/mail/domains.txt", Some("srv/mail/domains.txt")),
            ("a\\b.txt", Some("a/b.txt")),
            ("a/../b", Some("a/b")),
            ("..", None),
            ("", None),
        ] {
            assert_eq!(relative(file).as_deref(), path, "{file}");
        }
    }

    #[test]
    fn a_finding_is_shown_where_the_domain_is_named_and_else_where_something_can_be_done() {
        let mut scan = sample::scan();
        let target = scan.targets.remove(0);
        let finding = target.findings.first().unwrap().clone();
        let told = |run: &Run, target: &TargetResult, finding: &Finding| {
            let spot = Spot::of(run, target, finding);
            format!("{}:{}:{:?}", spot.path, spot.line, spot.columns)
        };
        let mut run = scan.run;
        assert_eq!(told(&run, &target, &finding), "domains.txt:3:Some((1, 15))");
        let mut nameless = target.clone();
        nameless.place = None;
        let mut waived = finding.clone();
        waived.waiver = Some(Waiver {
            file: "waivers.toml".to_owned(),
            line: 7,
            ..Waiver::default()
        });
        assert_eq!(told(&run, &nameless, &waived), "waivers.toml:7:None");
        assert_eq!(told(&run, &nameless, &finding), "waxseal.toml:1:None");
        run.settings = None;
        assert_eq!(told(&run, &nameless, &finding), "rules/dmarc.rhai:12:None");
        run.rules.clear();
        assert_eq!(
            told(&run, &nameless, &finding),
            "baselines/bod-18-01.rhai:1:None"
        );
        run.baselines.clear();
        assert_eq!(told(&run, &nameless, &finding), "waxseal.toml:1:None");
    }

    #[test]
    fn positions_of_policies_are_read() {
        let spot = Spot::position("rules/spf.rhai:31:17").unwrap();
        assert_eq!(
            (spot.path.as_str(), spot.line, spot.columns),
            ("rules/spf.rhai", 31, Some((17, 18)))
        );
        assert_eq!(Spot::position("rules/spf.rhai"), None);
    }
}
