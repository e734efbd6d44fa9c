//! Containers as reporters send them, and as nobody should.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const XML: &str = "<?xml version=\"1.0\"?><feedback/>";
const JSON: &str = "{\"organization-name\":\"Sender\"}";

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An e-mail with one part of this type, encoded in base64 in lines.
fn mail(kind: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode(content);
    let lines: Vec<_> = encoded
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\r\n");
    let disposition = if name.is_empty() {
        String::new()
    } else {
        format!("Content-Disposition: attachment; filename=\"{name}\"\r\n")
    };
    format!(
        "From: Reporter <dmarc@receiver.test>\r\nTo: rua@example.org\r\nSubject: Report Domain: example.org\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThis is a report.\r\n\
         --b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{disposition}\r\n{lines}\r\n--b--\r\n"
    )
    .into_bytes()
}

fn arf(original: &str) -> String {
    format!(
        "From: r@receiver.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nA message failed.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: auth-failure\r\nReported-Domain: example.org\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\n--b--\r\n"
    )
}

/// What is found, and what is refused, in words.
fn opened_within(bytes: &[u8], limits: &Limits) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    open("f", bytes, limits, &mut |one| match one {
        Ok(one) => found.push(one),
        Err(one) => refused.push(format!("{}: {}", one.place, one.refusal)),
    });
    (found, refused)
}

fn opened(bytes: &[u8]) -> (Vec<Found>, Vec<String>) {
    opened_within(bytes, &Limits::USUAL)
}

/// Every way in which a report may come: what it is, its bytes, where the report stands in it and of which kind it is.
#[expect(clippy::too_many_lines, reason = "one row for each way to come")]
fn containers() -> Vec<(&'static str, Vec<u8>, &'static str, Content)> {
    let forwarded =
        String::from_utf8(mail("application/gzip", "r.xml.gz", &gz(XML.as_bytes()))).unwrap();
    let forwarded = format!(
        "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"c\"\r\n\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n{forwarded}\r\n--c--\r\n"
    );
    let multi = [gz(&XML.as_bytes()[..10]), gz(&XML.as_bytes()[10..])].concat();
    let padded = [gz(XML.as_bytes()), vec![0; 20]].concat();
    vec![
        ("xml", XML.as_bytes().to_vec(), "f", Content::Aggregate),
        (
            "xml with a mark",
            format!("\u{feff} {XML}").into_bytes(),
            "f",
            Content::Aggregate,
        ),
        ("json", format!("\n{JSON}").into_bytes(), "f", Content::Tls),
        ("gz", gz(XML.as_bytes()), "f", Content::Aggregate),
        ("gz of several members", multi, "f", Content::Aggregate),
        ("gz with padding", padded, "f", Content::Aggregate),
        (
            "zip",
            zipped(&[
                ("d/", b""),
                ("__MACOSX/._r.xml", b"x"),
                ("r.xml", XML.as_bytes()),
            ]),
            "f!r.xml",
            Content::Aggregate,
        ),
        (
            "mail with gz",
            mail("application/gzip", "r.xml.gz", &gz(XML.as_bytes())),
            "f!r.xml.gz",
            Content::Aggregate,
        ),
        (
            "mail with gz without a name",
            mail("application/x-gzip", "", &gz(XML.as_bytes())),
            "f",
            Content::Aggregate,
        ),
        (
            "mail with zip",
            mail(
                "application/zip",
                "r.zip",
                &zipped(&[("r.xml", XML.as_bytes())]),
            ),
            "f!r.zip!r.xml",
            Content::Aggregate,
        ),
        (
            "mail with zip of Windows",
            mail(
                "application/x-zip-compressed",
                "r.zip",
                &zipped(&[("r.xml", XML.as_bytes())]),
            ),
            "f!r.zip!r.xml",
            Content::Aggregate,
        ),
        (
            "mail that is the zip itself",
            format!(
                "From: r@receiver.test\r\nMIME-Version: 1.0\r\nContent-Type: application/zip; name=\"r.zip\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                STANDARD.encode(zipped(&[("r.xml", XML.as_bytes())]))
            )
            .into_bytes(),
            "f!r.zip!r.xml",
            Content::Aggregate,
        ),
        (
            "mail with octets",
            mail("application/octet-stream", "", &gz(XML.as_bytes())),
            "f",
            Content::Aggregate,
        ),
        (
            "mail with xml",
            mail("text/xml", "r.xml", XML.as_bytes()),
            "f!r.xml",
            Content::Aggregate,
        ),
        (
            "mail with tls report",
            mail("application/tlsrpt+gzip", "t.json.gz", &gz(JSON.as_bytes())),
            "f!t.json.gz",
            Content::Tls,
        ),
        (
            "mail with plain tls report",
            mail("application/tlsrpt+json", "t.json", JSON.as_bytes()),
            "f!t.json",
            Content::Tls,
        ),
        (
            "forwarded as an attachment",
            forwarded.into_bytes(),
            "f!r.xml.gz",
            Content::Aggregate,
        ),
        (
            "failure report",
            arf("From: x@example.org\r\n\r\nHello").into_bytes(),
            "f",
            Content::Failure,
        ),
    ]
}

#[test]
fn reports_are_found_in_every_container() {
    for (name, bytes, place, content) in containers() {
        let (found, refused) = opened(&bytes);
        assert!(
            refused.is_empty() && found.len() == 1,
            "{name}: {found:?} {refused:?}"
        );
        assert_eq!(
            (found[0].place.as_str(), found[0].content),
            (place, content),
            "{name}"
        );
        if content == Content::Failure {
            assert!(found[0].bytes.starts_with(b"Feedback-Type"), "{name}");
        } else {
            let text = String::from_utf8_lossy(&found[0].bytes).into_owned();
            assert!(
                text.ends_with(if content == Content::Tls { JSON } else { XML }),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn nothing_in_the_message_that_failed_is_a_report() {
    let planted =
        String::from_utf8(mail("application/gzip", "r.xml.gz", &gz(XML.as_bytes()))).unwrap();
    let (found, refused) = opened(arf(&planted).as_bytes());
    assert_eq!(
        (found.len(), found[0].content, refused.len()),
        (1, Content::Failure, 0)
    );
}

#[test]
fn archives_and_mailboxes_give_all_their_reports_and_the_rest_is_named() {
    let archive = zipped(&[
        ("a.xml", XML.as_bytes()),
        ("b.txt", b"note"),
        ("c.json", JSON.as_bytes()),
        ("d.xml", b""),
    ]);
    let (found, refused) = opened(&archive);
    let places: Vec<_> = found.iter().map(|found| found.place.as_str()).collect();
    assert_eq!(places, ["f!a.xml", "f!c.json"]);
    assert_eq!(refused.len(), 2);
    let one = String::from_utf8(mail("application/gzip", "r.xml.gz", &gz(XML.as_bytes()))).unwrap();
    let mailbox = format!(
        "From a@b Mon\r\n{one}\r\nFrom c@d Tue\r\nSubject: hello\r\n\r\nIt goes\r\nFrom here to there\r\n\r\nFrom e@f Wed\r\n{one}"
    );
    let (found, refused) = opened(mailbox.as_bytes());
    let places: Vec<_> = found.iter().map(|found| found.place.as_str()).collect();
    assert_eq!(places, ["f!message 1!r.xml.gz", "f!message 3!r.xml.gz"]);
    assert_eq!(refused, ["f!message 2: it is an e-mail without a report"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row for each way to be a bomb")]
fn bombs_are_refused_with_their_limit() {
    let small = Limits {
        packed: 10_000,
        unpacked: 3 << 20,
        file: 200_000,
        ..Limits::USUAL
    };
    let blank = vec![b' '; 2 << 20];
    let blanks: Vec<(String, Vec<u8>)> = (0..4)
        .map(|number| {
            (
                format!("{number}.xml"),
                [XML.as_bytes(), &blank[..900_000]].concat(),
            )
        })
        .collect();
    let blanks: Vec<(&str, &[u8])> = blanks
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let many: Vec<(String, &[u8])> = (0..10_000)
        .map(|number| (format!("{number}.xml"), XML.as_bytes()))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bytes)| (name.as_str(), *bytes))
        .collect();
    // Noise that no compression makes small.
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_be_bytes()[0]
    };
    let noise: Vec<u8> = (0..20_000).map(|_| next()).collect();
    let parts = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n".repeat(2_000)
    );
    for (name, bytes, words) in [
        ("zeros", gz(&blank), "250 to 1"),
        (
            "too much",
            gz(&blank),
            "too much comes out of it, and the limit is 500000 octets",
        ),
        ("too much in all", zipped(&blanks), "250 to 1"),
        ("entries", zipped(&many), "1000 entries"),
        ("packed", gz(&noise), "10000 octets"),
        ("file", vec![b'<'; 200_001], "200000 octets"),
        (
            "gz in gz",
            gz(&gz(XML.as_bytes())),
            "inside a compressed file",
        ),
        (
            "zip in zip",
            zipped(&[("a.zip", &zipped(&[("r.xml", XML.as_bytes())]))]),
            "inside a compressed file",
        ),
        (
            "mail in gz",
            gz(&mail("text/xml", "r.xml", XML.as_bytes())),
            "inside a compressed file",
        ),
        ("parts", parts.into_bytes(), "1000 parts"),
    ] {
        let limits = match name {
            "entries" => Limits::USUAL,
            "too much" => Limits {
                unpacked: 500_000,
                ..small
            },
            _ => small,
        };
        let (found, refused) = opened_within(&bytes, &limits);
        let told = refused
            .last()
            .unwrap_or_else(|| panic!("{name}: {} found", found.len()));
        assert!(
            told.contains("refused") && told.contains(words),
            "{name}: {told}"
        );
    }
}

#[test]
fn what_is_broken_or_something_else_is_named() {
    let whole = gz(XML.as_bytes());
    let mut flipped = whole.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    for (bytes, words) in [
        (whole[..whole.len() - 4].to_vec(), "ends too early"),
        (flipped, "can't be unpacked"),
        (b"\x1f\x8b".to_vec(), "ends too early"),
        (b"PK\x03\x04".to_vec(), "can't be unpacked"),
        (zipped(&[]), "empty"),
        (Vec::new(), "empty"),
        (b"  \n".to_vec(), "empty"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (b"BZh91AY".to_vec(), "bzip2"),
        (b"hello world".to_vec(), "begins as neither"),
        (gz(b"hello world"), "begins as neither"),
        (
            b"Subject: hello\r\n\r\nno report".to_vec(),
            "an e-mail without a report",
        ),
    ] {
        let (found, refused) = opened(&bytes);
        assert!(
            found.is_empty() && refused.len() == 1 && refused[0].contains(words),
            "{words}: {refused:?}"
        );
    }
}

/// A message with these gzip files attached.
fn attached(files: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(number, file)| {
            format!(
                "--b\r\nContent-Type: application/gzip; name=\"{number}.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
                STANDARD.encode(file)
            )
        })
        .collect();
    format!(
        "From: r@receiver.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        parts.concat()
    )
    .into_bytes()
}

#[test]
fn what_comes_out_of_a_file_is_metered_as_a_whole_and_the_rest_is_named() {
    let file = gz(&[XML.as_bytes(), &vec![b' '; 100_000]].concat());
    let mail = attached(&vec![file; 6]);
    let small = Limits {
        whole: 350_000,
        ..Limits::USUAL
    };
    let (found, refused) = opened_within(&mail, &small);
    assert_eq!(found.len(), 3);
    let told = |number: usize| {
        format!(
            "f!{number}.gz: it is refused: too much comes out of the file that holds it, and the limit is 350000 octets"
        )
    };
    assert_eq!(refused, [told(3), told(4), told(5)]);
    let few = Limits {
        attachments: 4,
        ..Limits::USUAL
    };
    let (found, refused) = opened_within(&mail, &few);
    assert_eq!((found.len(), refused.len()), (4, 2));
    assert!(refused[0].starts_with("f!4.gz: ") && refused[0].ends_with("4 attachments"));
    let mailbox = [b"From a@b Mon\r\n".as_slice(), &mail, b"\r\n"].concat();
    let (found, refused) = opened_within(&mailbox.repeat(3), &small);
    assert_eq!((found.len(), refused.len()), (3, 4));
    assert!(
        refused[3].starts_with("f!message 2 and all behind it: "),
        "{refused:?}"
    );
    let two = Limits {
        messages: 2,
        ..Limits::USUAL
    };
    let (found, refused) = opened_within(&mailbox.repeat(4), &two);
    assert_eq!((found.len(), refused.len()), (12, 1));
    assert!(
        refused[0].starts_with("f!message 3 and all behind it: ")
            && refused[0].ends_with("2 messages"),
        "{refused:?}"
    );
}

#[test]
fn entries_behind_the_limit_of_an_archive_are_named() {
    let large = [XML.as_bytes(), &vec![b' '; 100_000]].concat();
    let archive = zipped(&[
        ("a.xml", &large),
        ("b.xml", &large),
        ("d/", b""),
        ("c.xml", XML.as_bytes()),
    ]);
    let small = Limits {
        unpacked: 150_000,
        ..Limits::USUAL
    };
    let (found, refused) = opened_within(&archive, &small);
    let places: Vec<_> = refused
        .iter()
        .map(|one| one.split(':').next().unwrap())
        .collect();
    assert_eq!((found.len(), places), (1, vec!["f!b.xml", "f!c.xml"]));
}

#[test]
fn a_gzip_file_has_a_bounded_number_of_members() {
    let empty = gz(b"");
    let of = |members: usize| [gz(XML.as_bytes()), empty.repeat(members - 1)].concat();
    assert_eq!(opened(&of(64)).0.len(), 1);
    let (found, refused) = opened(&of(65));
    assert!(
        found.is_empty() && refused[0].ends_with("too many members, and the limit is 64 members"),
        "{refused:?}"
    );
    // As many as fit into a file: refused at once, not unpacked one by one.
    let flood = empty.repeat((16 << 20) / empty.len());
    assert_eq!(
        opened(&flood).1,
        ["f: it is refused: the gzip file has too many members, and the limit is 64 members"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_of_a_container_is_opened_or_refused(which in 0_usize..4, at in any::<prop::sample::Index>(), by in any::<Vec<u8>>(), length in 0_usize..20) {
        let packed = gz(XML.as_bytes());
        let mut bytes = match which {
            0 => packed,
            1 => zipped(&[("a.xml", XML.as_bytes()), ("b.xml", XML.as_bytes())]),
            2 => mail("application/gzip", "r.xml.gz", &packed),
            _ => arf("From: a@b\r\n\r\nx").into_bytes(),
        };
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        drop(bytes.splice(at..end, by));
        let (found, refused) = opened(&bytes);
        prop_assert!(found.len() + refused.len() > 0 || which == 1);
    }
}
