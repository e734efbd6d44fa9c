//! From the ids that a user names to what they mean.

use crate::cli::failure::Failure;
use crate::policy::Policy;
use crate::results::rule::BaselineInfo;

/// The baseline or profile of that id.
pub(super) fn baseline<'p>(policy: &'p Policy, id: &str) -> Result<&'p BaselineInfo, Failure> {
    let all = policy.baselines();
    all.iter()
        .find(|info| info.id == id)
        .ok_or_else(|| Failure::NoSuchBaseline {
            id: id.to_owned(),
            known: all
                .iter()
                .map(|info| info.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// Whether it is an organisation's own.
pub(super) const fn is_profile(info: &BaselineInfo) -> bool {
    !info.extends.is_empty()
}

/// The chosen ones; without any, all that `fits` takes.
pub(super) fn chosen<'p>(
    policy: &'p Policy,
    ids: &[String],
    fits: fn(&BaselineInfo) -> bool,
) -> Result<Vec<&'p BaselineInfo>, Failure> {
    if ids.is_empty() {
        let all = policy.baselines().iter();
        return Ok(all.filter(|info| fits(info)).collect());
    }
    ids.iter().map(|id| baseline(policy, id)).collect()
}
