//! The properties of `fuzz/` hold for every stored seed and for its neighbours, the same ones each time.

use crate::properties::{TARGETS, Target};
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use waxseal::facts::timestamp::Timestamp;
use waxseal::net::dnssec::anchors::TrustAnchors;
use waxseal::net::smtp::replies;
use waxseal::net::tls::hello::{End, flight};
use waxseal::outbound::server::command::{Command, parse};
use waxseal::outbound::server::{Limits, data};
use waxseal::records;
use waxseal::records::reports::{aggregate, failure, tls};
use waxseal::report::stored::Stored;
use waxseal::scan::stored;

/// How many neighbours of a seed are tried where a run costs little.
const NEIGHBOURS: usize = 200;

/// No neighbour is longer, in bytes.
const LONGEST: usize = 16 * 1024;

#[test]
fn properties_hold_for_every_seed_and_its_neighbours() {
    for target in TARGETS {
        let seeds = seeds(target.name);
        for (number, (name, seed)) in seeds.iter().enumerate() {
            hold(target, name, seed);
            let mut dice = Dice::new(number as u64);
            for _ in 0..NEIGHBOURS / target.cost {
                let other = &seeds[dice.below(seeds.len())].1;
                hold(target, name, &neighbour(seed, other, &mut dice));
            }
        }
    }
}

#[test]
fn every_target_has_seeds_and_a_program_and_nothing_else_has() {
    let targets: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(targets.len(), TARGETS.len());
    let named = |folder: &str| -> BTreeSet<String> {
        let paths = entries(&fuzz().join(folder)).into_iter();
        paths
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(named("seeds"), targets);
    assert_eq!(named("targets"), targets);
    let manifest: toml::Table = fs::read_to_string(fuzz().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    let programs = programs.map(|program| program["name"].as_str().unwrap().to_owned());
    assert_eq!(programs.collect::<BTreeSet<_>>(), targets);
    for target in TARGETS {
        assert!(
            !seeds(target.name).is_empty(),
            "{} has no seeds",
            target.name
        );
        let program = fuzz()
            .join("targets")
            .join(target.name)
            .with_extension("rs");
        let text = fs::read_to_string(program).unwrap();
        assert!(
            text.contains(&format!("waxseal_fuzz::{}(bytes)", target.name)),
            "{text}"
        );
    }
}

/// Otherwise the properties of what is sound would hold of nothing.
#[test]
#[expect(clippy::too_many_lines, reason = "a table: one entry a seed")]
fn sound_seeds_are_read_as_such() {
    let bytes = |path: &str| fs::read(fuzz().join("seeds").join(path)).unwrap();
    let text = |path: &str| String::from_utf8(bytes(path)).unwrap();
    let now = Timestamp::from_unix(1_796_000_000);
    let (documents, error) = stored::read(&text("facts/sound.json"));
    let tlsa = bytes("tlsa/full-certificate");
    let (replies, failure) = replies([bytes("smtp_reply/sound").as_slice()]);
    for (seed, sound) in [
        ("facts", documents.len() == 1 && error.is_none()),
        ("results", Stored::parse(text("results/sound.json")).is_ok()),
        ("spf", records::spf::parse(&text("spf/sound")).valid),
        ("dmarc", records::dmarc::parse(&text("dmarc/sound")).valid),
        ("dkim", records::dkim::parse_key(&text("dkim/sound")).usable),
        (
            "certificate",
            records::certificate::read(&bytes("certificate/leaf.der"), now).is_ok(),
        ),
        (
            "ocsp",
            records::ocsp::read(&bytes("ocsp/good.der")).is_some(),
        ),
        (
            "tlsa",
            records::tlsa::read(tlsa[0], tlsa[1], tlsa[2], &tlsa[3..]).usable,
        ),
        (
            "mta_sts_record",
            records::mta_sts::parse_record(&text("mta_sts_record/sound")).valid,
        ),
        (
            "mta_sts_policy",
            records::mta_sts::parse_policy(&text("mta_sts_policy/sound"), "text/plain").valid,
        ),
        (
            "tls_rpt",
            records::tls_rpt::parse(&text("tls_rpt/sound")).valid,
        ),
        (
            "anchors",
            TrustAnchors::parse(&text("anchors/sound")).is_ok(),
        ),
        (
            "tls_flight",
            ["curve", "field", "old", "retry", "split"]
                .iter()
                .all(|seed| {
                    flight([bytes(&format!("tls_flight/{seed}")).as_slice()]).end == End::Whole
                }),
        ),
        (
            "aggregate_report",
            ["sound", "older", "utf-16"]
                .iter()
                .all(|seed| aggregate::parse(&bytes(&format!("aggregate_report/{seed}"))).valid),
        ),
        (
            "failure_report",
            failure::parse(&bytes("failure_report/sound")).valid,
        ),
        (
            "tls_report",
            ["sound", "loose"]
                .iter()
                .all(|seed| tls::parse(&bytes(&format!("tls_report/{seed}"))).valid),
        ),
        ("smtp_reply", replies.len() == 3 && failure.is_none()),
        (
            "smtp_command",
            text("smtp_command/sound").lines().all(|line| {
                !matches!(
                    parse(line.as_bytes()),
                    Command::Faulty(_) | Command::Unknown
                )
            }),
        ),
        (
            "smtp_data",
            data::read([bytes("smtp_data/sound").as_slice()], &Limits::default())
                .1
                .is_some(),
        ),
    ] {
        assert!(sound, "{seed}");
    }
}

/// Holds the property, or says of which bytes it does not hold.
fn hold(target: &Target, seed: &str, bytes: &[u8]) {
    let property = target.property;
    assert!(
        catch_unwind(|| property(bytes)).is_ok(),
        "{} does not hold near the seed {seed}: b\"{}\"",
        target.name,
        bytes.escape_ascii()
    );
}

/// The seed with one to four changes: cut, changed, repeated or crossed with another seed.
fn neighbour(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let from = dice.below(bytes.len() + 1);
        let to = (from + 1 + dice.below(16)).min(bytes.len());
        match dice.below(6) {
            0 => drop(bytes.drain(from..to)),
            1 => bytes.truncate(from),
            2 => bytes.insert(from, dice.byte()),
            3 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            4 => {
                let again = bytes[from..to].repeat(1 + dice.below(8));
                drop(bytes.splice(from..from, again));
            }
            _ => {
                let cross = dice.below(other.len() + 1);
                bytes.truncate(from);
                bytes.extend(&other[cross..]);
            }
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

/// Numbers that look thrown and are the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    const fn throw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below this one, or 0.
    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.throw()).unwrap() % most.max(1)
    }

    /// Any byte; one in two has a meaning to some parser.
    fn byte(&mut self) -> u8 {
        const MEANING: &[u8] = b" \t\r\n\0;:=,/.%{}()\"\\!@-+~\x1b\x7f\x80\xc0\xff019aZ";
        let byte = u8::try_from(self.below(256)).unwrap();
        if self.below(2) == 0 {
            MEANING[self.below(MEANING.len())]
        } else {
            byte
        }
    }
}

/// The seeds of a target by name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let paths = entries(&fuzz().join("seeds").join(target)).into_iter();
    let read = |path: PathBuf| (path.display().to_string(), fs::read(&path).unwrap());
    paths.map(read).collect()
}

/// What is in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}
