//! Profiles as they are declared: what an organisation takes from norms, what it changes, drops and adds.

use super::adjust::{Adjustment, Change};
use super::baselines::{Baseline, level};
use super::header::Header;
use super::loading::{Declaration, Script};
use super::rules::Library;
use crate::policy::fault::Faults;
use crate::policy::lint::table;
use crate::policy::suggest::did_you_mean;
use crate::results::outcome::Level;
use crate::results::rule::BaselineInfo;
use rhai::Position;

/// The folder of profiles.
pub(in crate::policy) const FOLDER: &str = "profiles/";

/// What a profile says of itself; none, with a fault, where its file does not begin with that.
pub(in crate::policy) fn head(script: &Script, faults: &mut Faults<'_>) -> Option<BaselineInfo> {
    let first = script.declarations.first();
    let Some(first) = first.filter(|first| first.function == "profile") else {
        let message = "the file does not begin with `profile(…)`";
        let help =
            "write `profile(\"id\", #{ title: …, owner: …, version: …, extends: [\"…\"] });` first";
        faults.add(&script.file, Position::NONE, message, help);
        return None;
    };
    let (id, mut header) = Header::of(script, first, faults)?;
    header.check_file(&id, (FOLDER, "profile"), faults);
    let info = BaselineInfo {
        title: header.text("title", faults),
        publisher: header.text("owner", faults),
        version: header.text("version", faults),
        extends: header.texts("extends", faults),
        source: script.file.clone(),
        date: header.optional_text("date", faults).unwrap_or_default(),
        licence: String::new(),
        dropped: Vec::new(),
        file: script.file.clone(),
        sha256: String::new(),
        id,
    };
    header.end(faults);
    Some(info)
}

/// The profile: what the norms that it extends ask, with its own changes and additions, in order.
pub(in crate::policy) fn read(
    script: &Script,
    mut info: BaselineInfo,
    extended: Vec<Baseline>,
    (library, faults): (&Library, &mut Faults<'_>),
) -> Baseline {
    let files: Vec<&str> = std::iter::once(script.file.as_str())
        .chain(extended.iter().map(|norm| norm.info.file.as_str()))
        .collect();
    info.sha256 = faults.source().digest(&files);
    let mut profile = Baseline::new(info);
    for norm in extended {
        take(&mut profile, norm);
    }
    for declaration in script.declarations.iter().skip(1) {
        match declaration.function {
            "rule" => {}
            "change" | "drop" => {
                let Some(adjustment) = adjustment(script, declaration, faults) else {
                    continue;
                };
                if adjustment.apply(&mut profile, library, faults) == 0 {
                    let place = (script.file.as_str(), declaration.position);
                    let (message, help) = not_met(&adjustment, &profile);
                    faults.note(&table::UNKNOWN_RULE, place, message, help);
                }
            }
            _ => profile.add(script, declaration, library, faults),
        }
    }
    profile
}

/// Why a change meets nothing, and what to do about it.
fn not_met(adjustment: &Adjustment, profile: &Baseline) -> (String, String) {
    let norms = &profile.info.extends;
    if let Some(from) = adjustment.from.as_ref()
        && !norms.contains(from)
        && !profile.asks_for(from)
    {
        let message = format!("`{from}` in `from` is not in `extends`");
        return (message, format!("it extends {}", norms.join(", ")));
    }
    let asked = profile.requirements.iter().map(|one| one.rule.as_str());
    let close = did_you_mean(&adjustment.rule, asked);
    let help = if close.is_empty() {
        "only what the norms in `extends` ask can be changed or dropped; add with `must(…)`, `should(…)` or `may(…)`".to_owned()
    } else {
        close
    };
    let message = format!("this profile does not ask `{}`", adjustment.rule);
    (message, help)
}

/// Takes up all that a norm asks.
fn take(profile: &mut Baseline, norm: Baseline) {
    let own = profile.info.id.clone();
    for mut requirement in norm.requirements {
        let norm = std::mem::replace(&mut requirement.baseline, own.clone());
        requirement.origin.get_or_insert(norm);
        profile.requirements.push(requirement);
    }
    for mut line in norm.out_of_scope {
        let norm = std::mem::replace(&mut line.baseline, own.clone());
        line.origin.get_or_insert(norm);
        profile.out_of_scope.push(line);
    }
    profile.info.dropped.extend(norm.info.dropped);
    for score in norm.scores {
        if !profile.scores.iter().any(|known| known.id == score.id) {
            profile.scores.push(score);
        }
    }
}

fn adjustment(
    script: &Script,
    declaration: &Declaration,
    faults: &mut Faults<'_>,
) -> Option<Adjustment> {
    let (rule, mut header) = Header::of_pattern(script, declaration, faults)?;
    let reason = header.text("reason", faults);
    let from = header.optional_text("from", faults);
    let at = word(&mut header, "at", faults);
    let change = if declaration.function == "drop" {
        Change::Drop
    } else {
        let level = word(&mut header, "level", faults);
        let severity = header.severity(faults);
        Change::Set {
            level,
            severity,
            parameters: header.rest(),
        }
    };
    header.end(faults);
    Some(Adjustment {
        rule,
        from,
        at,
        change,
        reason,
        file: script.file.clone(),
        line: declaration.position.line().unwrap_or(0),
        column: declaration.position.position().unwrap_or(0),
    })
}

fn word(header: &mut Header<'_>, key: &'static str, faults: &mut Faults<'_>) -> Option<Level> {
    let word = header.optional_text(key, faults)?;
    let named = level(&word);
    if named.is_none() {
        let help = "there are must, must_not, should, should_not and may";
        let message = format!("`{word}` is no level");
        faults.add(header.file, header.place(key), message, help);
    }
    named
}
