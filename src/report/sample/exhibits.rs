//! What was seen at the domains of the sample.

use super::HOSTILE;
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine, Mark, Speaker};

/// A record with two faults, a dialogue, a handshake, a certificate and a file.
pub(super) fn plain() -> Vec<Exhibit> {
    let mut record = line(
        Speaker::Nobody,
        "v=DMARC1; p=none; rua=mailto:d@example.org; pct=200",
    );
    record.marks = vec![
        mark(10, 16, "no action is asked for", false),
        mark(44, 51, "`pct` is a number from 0 to 100", true),
    ];
    let dialogue = [
        (Speaker::Server, "220 mx1.b\u{fc}cher.example ESMTP"),
        (Speaker::Client, "EHLO probe.example"),
        (Speaker::Server, "250-mx1.b\u{fc}cher.example"),
        (Speaker::Server, "250 SIZE 10240000"),
    ];
    vec![
        exhibit(
            ExhibitKind::Record,
            &["dmarc"],
            "_dmarc.xn--bcher-kva.example TXT",
            vec![record],
        ),
        exhibit(
            ExhibitKind::Session,
            &["mx", "starttls"],
            "mx1.bcher.example [192.0.2.1]:25",
            dialogue.map(|(from, text)| line(from, text)).to_vec(),
        ),
        exhibit(
            ExhibitKind::Handshake,
            &["starttls"],
            "mx4.bcher.example [192.0.2.4]:25",
            vec![line(
                Speaker::Nobody,
                "TLS 1.3, TLS_AES_256_GCM_SHA384, x25519",
            )],
        ),
        exhibit(
            ExhibitKind::Certificate,
            &["x509", "dane"],
            "mx4.bcher.example [192.0.2.4]:25",
            vec![
                line(Speaker::Nobody, "subject: CN=mx4.bcher.example"),
                line(Speaker::Nobody, "valid until: 2027-02-01T00:00:00Z"),
            ],
        ),
        exhibit(
            ExhibitKind::File,
            &["mta-sts"],
            "https://mta-sts.xn--bcher-kva.example/.well-known/mta-sts.txt",
            vec![
                line(Speaker::Nobody, "version: STSv1"),
                line(Speaker::Nobody, "mode: testing"),
            ],
        ),
    ]
}

/// Texts that want to break out, one of them of 64 KB, and marks that lie where no character begins.
pub(super) fn hostile() -> Vec<Exhibit> {
    let text = |mark: &str| format!("{mark}{HOSTILE}");
    let mut marked = line(Speaker::Server, &text("\u{fc}"));
    marked.marks = vec![
        mark(1, 3, &text("m"), true),
        mark(9, 4, &text("m"), false),
        mark(5, 99_999, &text("m"), false),
    ];
    let long = line(Speaker::Client, &"\u{202e}<a>\0".repeat(9_000));
    vec![
        exhibit(
            ExhibitKind::Record,
            &["spf"],
            &text("s"),
            vec![marked, long],
        ),
        exhibit(ExhibitKind::Session, &[], "", Vec::new()),
    ]
}

fn exhibit(kind: ExhibitKind, areas: &[&str], subject: &str, lines: Vec<ExhibitLine>) -> Exhibit {
    Exhibit {
        kind,
        areas: areas.iter().map(|&area| area.to_owned()).collect(),
        subject: subject.to_owned(),
        lines,
    }
}

fn line(from: Speaker, text: &str) -> ExhibitLine {
    ExhibitLine {
        from,
        text: text.to_owned(),
        marks: Vec::new(),
    }
}

fn mark(start: usize, end: usize, note: &str, fatal: bool) -> Mark {
    Mark {
        start,
        end,
        note: note.to_owned(),
        fatal,
    }
}
