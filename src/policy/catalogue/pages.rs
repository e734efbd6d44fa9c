//! All rules and baselines as pages: what is told, without a form. Markdown and HTML are made of it.

use crate::policy::{Policy, Requirement};
use crate::results::outcome::Level;
use crate::results::rule::{BaselineInfo, RuleInfo};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name, for a file or an anchor.
    pub name: String,
    /// What is on it, in order.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The page's own title.
    Title(String),
    /// A part with a title and, where it is linked to, a target.
    Heading {
        /// 2 or 3.
        level: usize,
        /// The title.
        text: Line,
        /// What a link to it names.
        target: Option<Target>,
    },
    /// A paragraph.
    Text(Line),
    /// A list.
    Items(Vec<Line>),
    /// A table; every row has as many cells as the head.
    Table {
        /// The names of the columns.
        head: Vec<Line>,
        /// The rows.
        rows: Vec<Vec<Line>>,
    },
}

/// Text on one line.
pub type Line = Vec<Piece>;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words, in which what stands between backticks is code.
    Words(String),
    /// Code.
    Code(String),
    /// Words that stand out.
    Strong(String),
    /// The name of a rule, an area or a baseline, as a link.
    Link(Target),
    /// An address, which is a link where it is one of the web.
    Address(String),
}

/// What can be linked to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A rule, and the area in whose page it stands.
    Rule {
        /// Its id.
        id: String,
        /// Its area.
        area: String,
    },
    /// An area.
    Area(String),
    /// A baseline or profile.
    Baseline(String),
}

impl Target {
    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Rule { id, .. } => id,
            Self::Area(name) | Self::Baseline(name) => name,
        }
    }

    /// Its anchor, which no target of another kind has.
    pub fn anchor(&self) -> String {
        match self {
            Self::Rule { id, .. } => format!("rule-{id}"),
            Self::Area(name) => format!("area-{name}"),
            Self::Baseline(id) => format!("baseline-{id}"),
        }
    }

    /// The name of the page on which it stands.
    pub fn page(&self) -> String {
        match self {
            Self::Rule { area, .. } | Self::Area(area) => format!("area-{area}"),
            Self::Baseline(id) => format!("baseline-{id}"),
        }
    }
}

/// The name of the first page.
pub const INDEX: &str = "index";

/// The pages of a policy: the index, one for each area, the table of rules and baselines, one for each of these.
pub fn of(policy: &Policy) -> Vec<Page> {
    let mut areas: BTreeMap<&str, Vec<&RuleInfo>> = BTreeMap::new();
    for rule in policy.library() {
        areas.entry(&rule.area).or_default().push(rule);
    }
    let mut pages = vec![index(policy, &areas)];
    pages.extend(areas.iter().map(|(area, rules)| {
        Page {
            name: Target::Area((*area).to_owned()).page(),
            blocks: std::iter::once(Block::Heading {
                level: 2,
                text: vec![words(&format!("Rules: {area}"))],
                target: Some(Target::Area((*area).to_owned())),
            })
            .chain(rules.iter().flat_map(|info| rule(policy, info)))
            .collect(),
        }
    }));
    pages.push(matrix(policy));
    pages.extend(policy.baselines().iter().map(|info| baseline(policy, info)));
    pages
}

fn words(text: &str) -> Piece {
    Piece::Words(text.to_owned())
}

fn strong(text: &str) -> Piece {
    Piece::Strong(text.to_owned())
}

fn code(text: impl Into<String>) -> Piece {
    Piece::Code(text.into())
}

fn rule_link(policy: &Policy, id: &str) -> Piece {
    let rule = policy.library().iter().find(|rule| rule.id == id);
    rule.map_or_else(|| code(id), |rule| Piece::Link(of_rule(rule)))
}

fn of_rule(rule: &RuleInfo) -> Target {
    Target::Rule {
        id: rule.id.clone(),
        area: rule.area.clone(),
    }
}

fn index(policy: &Policy, areas: &BTreeMap<&str, Vec<&RuleInfo>>) -> Page {
    let about = "A rule says how one requirement is tested; a baseline says which rules it asks, how strictly, and in \
                 which clause; a profile is an organisation's own. The words are this project's, not those of the norms.";
    let area_rows = areas.iter().map(|(area, rules)| {
        vec![
            vec![Piece::Link(Target::Area((*area).to_owned()))],
            vec![words(&rules.len().to_string())],
        ]
    });
    let norm_rows = policy.baselines().iter().map(|info| {
        let mut row = vec![
            vec![Piece::Link(Target::Baseline(info.id.clone()))],
            vec![words(&info.title)],
            vec![words(&info.publisher)],
            vec![words(&dated(info))],
        ];
        let counts = counts(policy, &info.id);
        row.extend(counts.map(|count| vec![words(&count.to_string())]));
        row
    });
    Page {
        name: INDEX.to_owned(),
        blocks: vec![
            Block::Title("Rules and baselines".to_owned()),
            Block::Text(vec![words(about)]),
            heading("Areas"),
            table(&["area", "rules"], area_rows.collect()),
            heading("Baselines and profiles"),
            table(
                &[
                    "id",
                    "title",
                    "publisher",
                    "version",
                    "must",
                    "should",
                    "may",
                    "manual",
                ],
                norm_rows.collect(),
            ),
        ],
    }
}

fn heading(text: &str) -> Block {
    Block::Heading {
        level: 2,
        text: vec![words(text)],
        target: None,
    }
}

fn table(head: &[&str], rows: Vec<Vec<Line>>) -> Block {
    Block::Table {
        head: head.iter().map(|name| vec![words(name)]).collect(),
        rows,
    }
}

/// How many requirements a baseline has at each strength, and how many of all somebody has to look at.
pub fn counts(policy: &Policy, baseline: &str) -> [usize; 4] {
    let count = |fits: &dyn Fn(&Requirement) -> bool| {
        let asked = policy.requirements().iter();
        asked
            .filter(|asked| asked.baseline == baseline && fits(asked))
            .count()
    };
    [
        count(&|asked| asked.level.strength() == Level::Must),
        count(&|asked| asked.level.strength() == Level::Should),
        count(&|asked| asked.level == Level::May),
        count(&|asked| asked.manual),
    ]
}

/// The version, with its date where that is known.
pub fn dated(info: &BaselineInfo) -> String {
    if info.date.is_empty() || info.version.contains(&info.date) {
        info.version.clone()
    } else {
        format!("{} ({})", info.version, info.date)
    }
}

fn rule(policy: &Policy, info: &RuleInfo) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading {
            level: 3,
            text: vec![code(&info.id)],
            target: Some(of_rule(info)),
        },
        Block::Text(vec![words(&format!(
            "{} ({})",
            info.title,
            info.severity.as_str()
        ))]),
    ];
    let labelled =
        |label: &str, text: &str| Block::Text(vec![strong(label), words(&format!(" {text}"))]);
    blocks.push(labelled("Why", &info.why));
    blocks.push(labelled("Fix", &info.fix));
    if let Some(applies) = policy.applies(&info.id) {
        blocks.push(labelled("Applies", &applies));
    }
    blocks.push(labelled("Rests on", &info.refs.join("; ")));
    let defaults = policy.defaults(&info.id);
    if let Some(defaults) = defaults.filter(|defaults| !defaults.is_empty()) {
        let mut line = vec![strong("Parameters"), words(" ")];
        line.extend(parameters(defaults, None));
        blocks.push(Block::Text(line));
    }
    if !info.contradicts.is_empty() {
        let mut line = vec![strong("Contradicts"), words(" ")];
        line.extend(joined(
            info.contradicts
                .iter()
                .map(|id| vec![rule_link(policy, id)]),
        ));
        blocks.push(Block::Text(line));
    }
    let asked: Vec<Line> = policy
        .requirements()
        .iter()
        .filter(|asked| asked.rule == info.id)
        .map(|asked| asker(asked, defaults))
        .collect();
    if asked.is_empty() {
        blocks.push(Block::Text(vec![words("No baseline asks it.")]));
    } else {
        blocks.push(Block::Text(vec![strong("Asked by")]));
        blocks.push(Block::Items(asked));
    }
    blocks
}

fn joined(lines: impl Iterator<Item = Line>) -> Line {
    let mut joined = Line::new();
    for line in lines {
        if !joined.is_empty() {
            joined.push(words(", "));
        }
        joined.extend(line);
    }
    joined
}

/// Parameters as `name: value`; only those that are not the defaults, where these are given.
fn parameters(of: &Map<String, Value>, defaults: Option<&Map<String, Value>>) -> Line {
    let differ = |name: &String, value: &Value| {
        defaults.is_none_or(|defaults| defaults.get(name) != Some(value))
    };
    joined(
        of.iter()
            .filter(|(name, value)| differ(name, value))
            .map(|(name, value)| vec![code(format!("{name}: {value}"))]),
    )
}

fn asker(asked: &Requirement, defaults: Option<&Map<String, Value>>) -> Line {
    let mut line = vec![
        Piece::Link(Target::Baseline(asked.baseline.clone())),
        words(&format!(" {}", asked.level.as_str())),
    ];
    if !asked.clause.is_empty() {
        line.push(words(&format!(", clause {}", asked.clause)));
    }
    line.extend(remarks(asked, defaults));
    line
}

/// What is special about a requirement: other parameters, where a profile has it from, doubts.
fn remarks(asked: &Requirement, defaults: Option<&Map<String, Value>>) -> Line {
    let mut line = Line::new();
    let set = parameters(&asked.parameters, Some(defaults.unwrap_or(&Map::new())));
    if !set.is_empty() {
        line.push(words(", "));
        line.extend(set);
    }
    if let Some(origin) = &asked.origin {
        line.push(words(&format!(", from {origin}")));
    }
    if let Some(why) = &asked.changed {
        line.push(words(&format!(", changed: {why}")));
    }
    if !asked.verified {
        line.push(words(" (unverified)"));
    }
    line
}

/// The levels at which a baseline asks a rule: `must, should`.
pub fn levels(policy: &Policy, rule: &str, baseline: &str) -> String {
    let mut levels: Vec<Level> = policy
        .requirements()
        .iter()
        .filter(|asked| asked.rule == rule && asked.baseline == baseline)
        .map(|asked| asked.level)
        .collect();
    levels.sort_unstable();
    levels.dedup();
    let words: Vec<_> = levels.iter().map(|level| level.as_str()).collect();
    words.join(", ")
}

fn matrix(policy: &Policy) -> Page {
    let mut head = vec![vec![words("rule")]];
    let norms = policy.baselines().iter();
    head.extend(norms.map(|info| vec![Piece::Link(Target::Baseline(info.id.clone()))]));
    let rows = policy.library().iter().map(|rule| {
        let mut row = vec![vec![Piece::Link(of_rule(rule))]];
        let norms = policy.baselines().iter();
        row.extend(norms.map(|info| vec![words(&levels(policy, &rule.id, &info.id))]));
        row
    });
    Page {
        name: "matrix".to_owned(),
        blocks: vec![
            heading("Rules and who asks them"),
            Block::Table {
                head,
                rows: rows.collect(),
            },
        ],
    }
}

fn baseline(policy: &Policy, info: &BaselineInfo) -> Page {
    let mut blocks = vec![
        Block::Heading {
            level: 2,
            text: vec![words(&format!("{}: {}", info.id, info.title))],
            target: Some(Target::Baseline(info.id.clone())),
        },
        Block::Text(vec![
            words(&format!("{}, version {}, ", info.publisher, dated(info))),
            Piece::Address(info.source.clone()),
        ]),
    ];
    if !info.licence.is_empty() {
        let licence = format!("Licence of the norm: {}", info.licence);
        blocks.push(Block::Text(vec![words(&licence)]));
    }
    if !info.extends.is_empty() {
        let mut line = vec![words("Extends ")];
        let norms = info.extends.iter();
        line.extend(joined(norms.map(|id| vec![code(id)])));
        blocks.push(Block::Text(line));
    }
    let asked = policy.requirements().iter();
    let rows = asked
        .filter(|asked| asked.baseline == info.id)
        .map(|asked| {
            let mut title = vec![words(&asked.title)];
            title.extend(remarks(asked, policy.defaults(&asked.rule)));
            let rule = if asked.manual {
                vec![code(&asked.rule), words(" (manual)")]
            } else {
                vec![rule_link(policy, &asked.rule)]
            };
            vec![
                vec![words(&asked.clause)],
                vec![words(asked.level.as_str())],
                rule,
                title,
            ]
        });
    blocks.push(table(
        &["clause", "level", "rule", "requirement"],
        rows.collect(),
    ));
    blocks.extend(left_out(policy, info));
    Page {
        name: Target::Baseline(info.id.clone()).page(),
        blocks,
    }
}

/// What is out of scope, and what a profile dropped, with the reasons.
fn left_out(policy: &Policy, info: &BaselineInfo) -> Vec<Block> {
    let outside = policy.out_of_scope().iter();
    let outside = outside.filter(|line| line.baseline == info.id).map(|line| {
        let doubt = if line.verified { "" } else { " (unverified)" };
        vec![
            vec![words(&line.clause)],
            vec![words(&format!("{}{doubt}", line.title))],
            vec![words(&line.reason)],
        ]
    });
    let dropped = info.dropped.iter().map(|line| {
        vec![
            vec![words(&format!("{} {}", line.baseline, line.clause))],
            vec![words(&format!("{} ({})", line.title, line.level.as_str()))],
            vec![words(&line.reason)],
        ]
    });
    let parts: [(&str, Vec<Vec<Line>>); 2] = [
        ("Out of scope", outside.collect()),
        ("Dropped", dropped.collect()),
    ];
    parts
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .flat_map(|(title, rows)| {
            [
                Block::Text(vec![strong(title)]),
                table(&["clause", "requirement", "reason"], rows),
            ]
        })
        .collect()
}
