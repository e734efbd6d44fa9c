//! The HTML report in a real browser: nothing is requested, nothing is refused by its policy, nothing overflows, and the
//! counts are those of the results. Without Chromium the test says so and passes, unless `WAXSEAL_INTEROP=require`.

use crate::interop::daemons;
use crate::support::app::App;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const CHROMIUM: &str = "/usr/bin/chromium";

/// Widths of a telephone and of a desk, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1280];

/// A page around the report that looks into it; the report itself has no script. What it found is the text of `told`.
const HARNESS: &str = r#"<!DOCTYPE html><meta charset="utf-8">
<iframe id="frame" height="900" width="WIDTH" src="report.html"></iframe><pre id="told"></pre>
<script>
const frame = document.getElementById("frame");
frame.onload = () => {
  const view = frame.contentWindow, page = view.document, root = page.documentElement;
  const told = { width: view.innerWidth, refused: 0 };
  new view.ReportingObserver((reports) => { told.refused += reports.length; tell(); },
    { types: ["csp-violation"], buffered: true }).observe();
  told.requested = view.performance.getEntriesByType("resource").length;
  told.styled = view.getComputedStyle(page.body).marginTop === "0px";
  told.closed = root.scrollWidth - root.clientWidth;
  page.querySelectorAll("details").forEach((one) => { one.open = true; });
  told.open = root.scrollWidth - root.clientWidth;
  told.rows = page.querySelectorAll("table.domains tbody tr").length;
  told.sections = [...page.querySelectorAll("section.domain")].map((one) => ({
    domain: one.querySelector("h2").textContent,
    counts: [...one.querySelectorAll(".counts li")].map((li) => li.textContent.replace(/^\S+ /, "")),
    findings: one.querySelector("table.all tbody").rows.length,
  }));
  const tell = () => { document.getElementById("told").textContent = JSON.stringify(told); };
  tell();
};
</script>"#;

fn has_browser() -> bool {
    let is_there = Path::new(CHROMIUM).exists();
    assert!(
        is_there || !daemons::required(),
        "WAXSEAL_INTEROP=require, but {CHROMIUM} is not installed"
    );
    if !is_there {
        println!("left out: {CHROMIUM} not installed");
    }
    is_there
}

#[test]
fn on_paper_a_domain_takes_less_than_twelve_pages() {
    if !has_browser() {
        return;
    }
    let app = App::new();
    let args = ["scan", "--lab", "fifteen-faults.test", "-q"];
    app.run(args.iter().chain(&["--report", "html=report.html"]));
    let folder = app.folder().display();
    let done = Command::new(CHROMIUM)
        .args("--headless --no-sandbox --disable-gpu --no-first-run".split(' '))
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={folder}/browser"))
        .arg(format!("--print-to-pdf={folder}/report.pdf"))
        .arg(format!("file://{folder}/report.html"))
        .output()
        .unwrap();
    let printed = std::fs::read(app.folder().join("report.pdf"));
    let printed = printed.unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let text = String::from_utf8_lossy(&printed);
    let pages = text.matches("/Type /Page\n").count();
    assert!((1..12).contains(&pages), "{pages} pages");
}

#[test]
fn a_browser_shows_the_report_whole_and_asks_nobody_for_anything() {
    if !has_browser() {
        return;
    }
    let app = App::new();
    let domains = [
        "fifteen-faults.test",
        "hostile-txt.test",
        "hostile-banner.test",
        "sslv3-only.test",
    ];
    let reports = [
        "-q",
        "--report",
        "html=report.html",
        "--report",
        "json=results.json",
    ];
    let run = app.run(["scan", "--lab"].iter().chain(&domains).chain(&reports));
    assert!([0, 1, 4].contains(&run.code), "{run:?}");
    let results: Value = serde_json::from_str(&app.read("results.json")).unwrap();
    for width in WIDTHS {
        let told = shown(&app, width);
        assert_eq!(told["width"], width, "{told}");
        assert_eq!(
            told["styled"], true,
            "the page's policy refuses its style: {told}"
        );
        for nothing in ["requested", "refused"] {
            assert_eq!(told[nothing], 0, "{nothing} at {width}: {told}");
        }
        for overflow in ["closed", "open"] {
            assert_eq!(
                told[overflow], 0,
                "wider than {width}, folds {overflow}: {told}"
            );
        }
        compare(&told, &results);
    }
}

/// What the browser makes of the report at some width.
fn shown(app: &App, width: u32) -> Value {
    let harness = HARNESS.replace("WIDTH", &width.to_string());
    app.file("harness.html", harness);
    let folder = app.folder().display();
    let done = Command::new(CHROMIUM)
        .args(
            "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
                .split(' '),
        )
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--allow-file-access-from-files",
        ])
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--window-size=1500,1000",
        ])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .args([
            format!("--user-data-dir={folder}/browser"),
            format!("--log-net-log={folder}/net.json"),
        ])
        .arg(format!("file://{folder}/harness.html"))
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&done.stdout).into_owned();
    let told = page.split("<pre id=\"told\">").nth(1);
    let told = told.and_then(|rest| rest.split("</pre>").next());
    let told = told
        .filter(|told| !told.is_empty())
        .unwrap_or_else(|| panic!("{done:?}"));
    alone(&app.read("net.json"));
    let plain = told
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&plain).unwrap()
}

/// The browser's own log names no host but those that it asks for itself.
fn alone(log: &str) {
    for asked in log.split("\"url\":\"http").skip(1) {
        let host = asked
            .split("://")
            .nth(1)
            .unwrap()
            .split(['/', '"', ':'])
            .next()
            .unwrap();
        let own = [".google.com", ".googleapis.com", ".gstatic.com"];
        assert!(
            own.iter().any(|own| host.ends_with(own)),
            "{host} was asked"
        );
    }
}

fn compare(told: &Value, results: &Value) {
    let targets = results["targets"].as_array().unwrap();
    assert_eq!(told["rows"], targets.len());
    let sections = told["sections"].as_array().unwrap();
    assert_eq!(sections.len(), targets.len());
    for target in targets {
        let domain = &target["target"]["domain"];
        let section = sections
            .iter()
            .find(|one| one["domain"] == *domain)
            .unwrap();
        assert_eq!(
            section["findings"],
            target["findings"].as_array().unwrap().len()
        );
        let summary = &target["summary"];
        for outcome in [
            "fail",
            "error",
            "unknown",
            "manual",
            "waived",
            "pass",
            "not-applicable",
        ] {
            let counts = section["counts"].as_array().unwrap();
            let words = counts.iter().map(|one| one.as_str().unwrap().split(' '));
            let mut named = words.filter(|words| words.clone().nth(1) == Some(outcome));
            let count = named.next().map_or("0", |mut words| words.next().unwrap());
            let expected = summary[outcome.replace('-', "_")].to_string();
            assert_eq!(count, expected, "{domain} {outcome}");
        }
    }
}
