//! Public sample reports, read through `WAXSEAL_REPORT_SAMPLES`: a folder of XML files, gzip and zip. Those that are
//! faulty on purpose have `invalid` in their name.

use std::path::{Path, PathBuf};
use waxseal::outbound::reports::{Content, Limits, open};
use waxseal::records::reports::aggregate;

#[test]
fn samples_are_read_and_faulty_ones_are_named() {
    let Some(folder) = std::env::var_os("WAXSEAL_REPORT_SAMPLES") else {
        println!("left out: WAXSEAL_REPORT_SAMPLES is not set, no samples are there");
        return;
    };
    let mut files = Vec::new();
    gather(Path::new(&folder), &mut files);
    if files.is_empty() {
        println!("left out: {} has no samples", folder.display());
        return;
    }
    let (mut sound, mut faulty) = (0, 0);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let place = file.display().to_string();
        open(&place, &bytes, &Limits::USUAL, &mut |one| {
            let expected = |place: &str| {
                !place.rsplit('/').next().unwrap().contains("invalid")
                    || place.contains("with-valid")
            };
            match one {
                Ok(found) => {
                    assert_eq!(found.content, Content::Aggregate, "{}", found.place);
                    let report = aggregate::parse(&found.bytes);
                    let whole =
                        report.valid && report.records_left_out == 0 && !report.records.is_empty();
                    assert_eq!(whole, expected(&found.place), "{}: {report:?}", found.place);
                    sound += usize::from(whole);
                    faulty += usize::from(!whole);
                }
                Err(refused) => {
                    assert!(
                        !expected(&refused.place),
                        "{}: {}",
                        refused.place,
                        refused.refusal
                    );
                    faulty += 1;
                }
            }
        });
    }
    println!("{sound} sound samples, {faulty} faulty ones");
    assert!(sound > 0);
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            gather(&path, files);
        } else if path
            .extension()
            .is_some_and(|ending| ["xml", "gz", "zip"].iter().any(|known| ending == *known))
        {
            files.push(path);
        }
    }
}
