//! Every format beside `serde_json` writing the same results: how long it takes, and how many bytes a second.

use crate::{ROUNDS, cpu, show};
use std::hint::black_box;
use std::io::{self, Write};
use waxseal::facts::Facts;
use waxseal::policy::{Policy, source::Source};
use waxseal::report::{self, Format, Options, Template};
use waxseal::results::gate::Gate;
use waxseal::results::targets::Results;
use waxseal::scan::gather::Gatherer;
use waxseal::scan::{Basis, correct};

/// What a template writes that is asked for the most common thing.
const TEMPLATE: &str = "{% for target in targets %}{% for finding in target.findings %}\
    {{ target.target.domain }} {{ finding.rule }} {{ finding.outcome }}\n{% endfor %}{% endfor %}";

/// Prints a line a format.
pub(crate) fn reports(documents: &[Facts]) {
    let baselines = ["baseline".to_owned(), "mecsa".to_owned()];
    let policy = Policy::load(&Source::shipped(), &baselines).unwrap();
    let mut gatherer = Gatherer::new(Gate::default(), None, tempfile::tempfile);
    let mut targets = Vec::new();
    for facts in documents {
        gatherer.add(correct::judge(&policy, facts)).unwrap();
    }
    let done = gatherer.finish(Basis::of(&[&policy]), None, None).unwrap();
    let read = done.results().targets.each(&mut |_, target| {
        targets.push(target.clone());
        Ok(())
    });
    read.unwrap();
    // In memory, so that only writing is measured.
    let results = Results {
        run: &done.run,
        targets: &targets,
    };
    let mut floor = Counted(0);
    serde_json::to_writer(&mut floor, &targets).unwrap();
    let options = Options {
        width: 100,
        verbose: true,
        template: Some(Template {
            file: "bench.txt".to_owned(),
            text: TEMPLATE.to_owned(),
        }),
        ..Options::default()
    };
    for format in Format::ALL {
        let mut written = Counted(0);
        report::render(format, results, &options, &mut written).unwrap();
        let ratios = (0..ROUNDS)
            .map(|_| {
                let own = cpu::of_process(|| {
                    let mut out = Counted(0);
                    report::render(format, results, &options, &mut out).unwrap();
                    black_box(out.0);
                });
                let serde = cpu::of_process(|| {
                    let mut out = Counted(0);
                    serde_json::to_writer(&mut out, &targets).unwrap();
                    black_box(out.0);
                });
                own / serde
            })
            .collect();
        let share = written.0 as f64 / floor.0 as f64;
        show(
            &format!(
                "{format}: {} KB a domain, {share:.2} of serde_json's bytes; time / serde_json's",
                written.0 / documents.len() as u64 / 1000
            ),
            ratios,
        );
    }
}

/// Takes bytes and counts them.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
