//! The frame of the document: what the run was, with what it was made, and the lists in their order.

use super::super::{audit, escape, uids, words};
use super::index::Index;
use super::model::{
    Assets, BackMatter, Component, ControlId, Controls, Embedded, Hash, Item, Link, Metadata,
    ObjectiveId, Objectives, Observation, Operational, Platform, Prop, Reference, Resource,
    Reviewed, Risk, Subject, Uses, props,
};
use super::text::{href, markup};
use super::{Stream, VERSION, model, observed};
use crate::results::Run;
use crate::results::notice::Notice;
use crate::results::rule::PolicyFile;
use crate::results::targets::Results;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use uuid::Uuid;

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document<'a> {
    assessment_results: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Body<'a> {
    uuid: Uuid,
    metadata: Metadata,
    import_ap: Reference,
    results: [RunResult<'a>; 1],
    back_matter: BackMatter,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RunResult<'a> {
    uuid: Uuid,
    title: &'static str,
    description: String,
    start: String,
    end: String,
    props: Vec<Prop>,
    local_definitions: Local<'a>,
    reviewed_controls: Reviewed,
    #[serde(skip_serializing_if = "Option::is_none")]
    observations: Option<Stream<'a, Observation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risks: Option<Stream<'a, Risk>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Stream<'a, model::Finding>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Local<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    inventory_items: Option<Stream<'a, Item>>,
    assessment_assets: Assets,
}

/// The document of these results.
pub(super) fn whole<'a>(results: Results<'a>, index: &Index) -> Document<'a> {
    let run = results.run;
    Document {
        assessment_results: Body {
            uuid: index.uuid,
            metadata: metadata(run, index),
            import_ap: Reference {
                href: format!("#{}", policy()),
            },
            results: [result(results, index)],
            back_matter: BackMatter {
                resources: resources(run),
            },
        },
    }
}

fn metadata(run: &Run, index: &Index) -> Metadata {
    let ended = index.ended.to_string();
    Metadata {
        title: format!("E-mail security of {} mail domains", index.targets),
        last_modified: ended.clone(),
        version: ended,
        oscal_version: VERSION,
        props: props(&[("waxseal", &run.waxseal), ("results", &run.schema)]),
    }
}

fn result<'a>(results: Results<'a>, index: &Index) -> RunResult<'a> {
    let run = results.run;
    let notices: Vec<Observation> = run
        .notices
        .iter()
        .enumerate()
        .map(|notice| told(notice, index))
        .collect();
    let any = index.observations || !notices.is_empty();
    RunResult {
        uuid: uids::within(index.uuid, "result"),
        title: "waxseal",
        description: description(run),
        start: index.started.to_string(),
        end: index.ended.to_string(),
        props: properties(run),
        local_definitions: Local {
            inventory_items: (index.targets > 0).then(|| stream(results, observed::items)),
            assessment_assets: assets(run),
        },
        reviewed_controls: reviewed(index),
        observations: any.then(|| Stream {
            rest: notices,
            ..stream(results, observed::observations)
        }),
        risks: index.risks.then(|| stream(results, observed::risks)),
        findings: index.findings.then(|| stream(results, observed::findings)),
    }
}

fn stream<T>(results: Results<'_>, items: super::Items<T>) -> Stream<'_, T> {
    Stream {
        results,
        items,
        rest: Vec::new(),
    }
}

/// The counts, and first of all that the run is not whole, where it is not.
fn description(run: &Run) -> String {
    let counts: Vec<String> = words::counts(&run.summary)
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    let verdict = run.verdict.as_str();
    let told = markup(&format!("{verdict}: {}", counts.join(", ")));
    match &run.partial {
        Some(why) => format!("The run is not whole: {}\n\n{told}", markup(why)),
        None => told,
    }
}

fn properties(run: &Run) -> Vec<Prop> {
    let mut all = props(&[
        ("verdict", run.verdict.as_str()),
        ("partial", run.partial.as_deref().unwrap_or_default()),
    ]);
    let mut block = audit::of_run(run);
    // The back matter has these, and the two above stand for theirs.
    block.retain(|entry| !["policy-files", "verdict", "partial"].contains(&entry.name));
    all.extend(observed::audited(&block));
    all
}

fn assets(run: &Run) -> Assets {
    let title = "waxseal";
    let uuid = observed::tool();
    Assets {
        components: [Component {
            uuid,
            kind: "software",
            title,
            description: "Checks the e-mail security of mail domains by policies that are code.",
            props: Prop::standard("version", &run.waxseal)
                .into_iter()
                .collect(),
            status: Operational {
                state: "operational",
            },
        }],
        assessment_platforms: [Platform {
            uuid: uids::of(&["platform"]),
            title,
            uses_components: [Uses {
                component_uuid: uuid,
            }],
        }],
    }
}

/// The clauses that were asked as controls, the requirements as objectives with their sentences.
fn reviewed(index: &Index) -> Reviewed {
    let id = |control_id: &String| ControlId {
        control_id: control_id.clone(),
    };
    let objectives = index.controls.values().flatten();
    let objectives: Vec<ObjectiveId> = objectives
        .map(|(objective_id, title)| ObjectiveId {
            objective_id: objective_id.clone(),
            remarks: markup(title),
        })
        .collect();
    let none = index.controls.is_empty();
    Reviewed {
        control_selections: [if none {
            Controls::IncludeAll {}
        } else {
            Controls::IncludeControls(index.controls.keys().map(id).collect())
        }],
        control_objective_selections: (!none)
            .then_some(Objectives {
                include_objectives: objectives,
            })
            .into_iter()
            .collect(),
    }
}

/// The name of the policy that stands for an assessment plan.
fn policy() -> Uuid {
    uids::of(&["policy"])
}

fn file(path: &str) -> Uuid {
    uids::of(&["file", path])
}

/// What the settings need: an observation about the file that says it.
fn told((number, notice): (usize, &Notice), index: &Index) -> Observation {
    let text = words::place(notice);
    Observation {
        uuid: uids::within(index.uuid, &format!("notice {number}")),
        title: markup(&format!("{text}: {}", notice.id)),
        description: markup(&notice.text),
        props: props(&[
            ("notice", &notice.id),
            ("level", notice.level.as_str()),
            ("place", &text),
        ]),
        methods: ["EXAMINE"],
        types: ["finding"],
        origins: observed::origins(),
        subjects: [Subject {
            subject_uuid: file(&notice.file),
            kind: "resource",
        }],
        relevant_evidence: Vec::new(),
        collected: index.ended.to_string(),
    }
}

/// The policy as a whole, and each file that has a part in it, with its digest.
fn resources(run: &Run) -> Vec<Resource> {
    let baselines = run.baselines.iter().flat_map(|baseline| {
        let name = |what: &str| format!("baseline.{}.{what}", baseline.id);
        [
            Prop::ours(&name("version"), &baseline.version),
            Prop::ours(&name("sha256"), &baseline.sha256),
            Prop::ours(&name("source"), &baseline.source),
        ]
    });
    let whole = Resource {
        uuid: policy(),
        title: "Policy in force".to_owned(),
        description: Some("No assessment plan was imported: the policy files below say what is assessed, and how.".to_owned()),
        props: baselines.flatten().collect(),
        rlinks: Vec::new(),
        base64: Some(manifest(run)),
    };
    let mut paths = std::collections::BTreeMap::new();
    for of_notice in &run.notices {
        paths.entry(of_notice.file.as_str()).or_insert(None);
    }
    for PolicyFile { path, sha256 } in run.policy_files.iter().chain(&run.settings) {
        paths.insert(path, Some(sha256.as_str()));
    }
    let files = paths
        .into_iter()
        .map(|(path, digest)| resource(path, digest));
    std::iter::once(whole).chain(files).collect()
}

/// The digests of all files, as `sha256sum --check` reads them.
fn manifest(run: &Run) -> Embedded {
    let files = run.policy_files.iter().chain(&run.settings);
    let lines = files.map(|PolicyFile { path, sha256 }| {
        format!("{}  {}\n", escape::line(sha256), escape::line(path))
    });
    let lines: String = std::iter::once("# SHA-256 of the policy files in force\n".to_owned())
        .chain(lines)
        .collect();
    Embedded {
        filename: "policy.sha256",
        media_type: "text/plain",
        value: STANDARD.encode(lines),
    }
}

fn resource(path: &str, digest: Option<&str>) -> Resource {
    let hashes = digest.map(|value| Hash {
        algorithm: "SHA-256",
        value: super::text::string(value).unwrap_or_else(|| "-".to_owned()),
    });
    Resource {
        uuid: file(path),
        title: markup(path),
        description: None,
        props: Vec::new(),
        rlinks: vec![Link {
            href: href(path),
            hashes: hashes.into_iter().collect(),
        }],
        base64: None,
    }
}
