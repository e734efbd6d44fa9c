//! Indicators: SVG files by the profile SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman), read without
//! following anything that they point at.

use crate::facts::bimi::BimiSvg;
use crate::facts::defect::Defect;
use crate::records::tags;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

const PROFILE: &str = "draft-svg-tiny-ps-abrotman §2";
const SIZE: &str = "BIMI draft §7.6";

/// The largest file that receivers are expected to take, in bytes.
const LARGEST: usize = 32 * 1024;
/// At most this many elements, comments and texts are read.
const MOST_EVENTS: usize = 20_000;
/// Elements nested deeper than this are not read.
const DEEPEST: usize = 128;
/// How many characters of the title are kept.
const LONGEST_TITLE: usize = 128;

/// Elements that run, move, play or lead elsewhere, and pictures of pixels.
const FORBIDDEN: [&str; 20] = [
    "script",
    "handler",
    "listener",
    "a",
    "animate",
    "animateColor",
    "animateMotion",
    "animateTransform",
    "animation",
    "set",
    "discard",
    "audio",
    "video",
    "image",
    "foreignImage",
    "foreignObject",
    "prefetch",
    "iframe",
    "object",
    "embed",
];

/// Reads a file. Whatever came, a description comes out; `valid` says what it is worth.
pub fn read(bytes: &[u8]) -> BimiSvg {
    let mut drawing = Drawing::default();
    if bytes.len() > LARGEST {
        let text = format!(
            "the file has {} bytes: at most {LARGEST} are taken",
            bytes.len()
        );
        drawing
            .defects
            .push(Defect::minor("bimi-svg-size", text, SIZE));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => drawing.walk(text.trim_start_matches('\u{feff}')),
        Err(_) => drawing.fault(
            "bimi-svg-unreadable",
            "the file is no text in UTF-8".to_owned(),
        ),
    }
    drawing.finish()
}

#[derive(Default)]
struct Drawing {
    root: bool,
    version: String,
    base_profile: String,
    view_box: String,
    title: Option<String>,
    /// The names of the open elements are not needed, only how many there are.
    depth: usize,
    in_title: bool,
    defects: Vec<Defect>,
}

impl Drawing {
    fn fault(&mut self, code: &str, text: String) {
        self.defects.push(Defect::fatal(code, text, PROFILE));
    }

    fn walk(&mut self, text: &str) {
        let mut reader = Reader::from_str(text);
        for _ in 0..MOST_EVENTS {
            match reader.read_event() {
                Ok(Event::Eof) if self.depth > 0 => {
                    let text = "the file ends within an element".to_owned();
                    return self.fault("bimi-svg-unreadable", text);
                }
                Ok(Event::Eof) => return,
                Ok(event) => self.event(&event),
                Err(error) => {
                    return self.fault(
                        "bimi-svg-unreadable",
                        format!("the file is no XML: {error}"),
                    );
                }
            }
            if self.depth > DEEPEST {
                let text = format!("elements stand within each other more than {DEEPEST} deep");
                return self.fault("bimi-svg-unreadable", text);
            }
        }
        let text = format!("the file has more than {MOST_EVENTS} parts");
        self.fault("bimi-svg-unreadable", text);
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => {
                self.element(element);
                self.depth += 1;
            }
            Event::Empty(element) => {
                self.element(element);
                self.in_title = false;
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                self.in_title = false;
            }
            Event::Text(text) => self.add_title(text),
            Event::CData(text) => self.add_title(text),
            Event::DocType(text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                if text.contains('[') || text.contains("ENTITY") {
                    let text = "the file declares entities".to_owned();
                    self.fault("bimi-svg-entities", text);
                }
            }
            Event::PI(_) => {
                let text = "the file has an instruction for a processor".to_owned();
                self.fault("bimi-svg-instruction", text);
            }
            Event::Comment(_) | Event::Decl(_) | Event::GeneralRef(_) | Event::Eof => {}
        }
    }

    fn add_title(&mut self, text: &[u8]) {
        if let Some(title) = self.title.as_mut().filter(|_| self.in_title) {
            let room = LONGEST_TITLE.saturating_sub(title.chars().count());
            title.extend(String::from_utf8_lossy(text).chars().take(room));
        }
    }

    fn element(&mut self, element: &BytesStart<'_>) {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        if self.depth == 0 {
            self.open_root(&name);
        }
        if FORBIDDEN.contains(&name.as_str()) {
            let text = format!("the element `{}` is not allowed", tags::quote(&name));
            self.fault("bimi-svg-element", text);
        }
        self.in_title = name == "title" && self.depth == 1 && self.title.is_none();
        if self.in_title {
            self.title = Some(String::new());
        }
        for attribute in element.attributes() {
            let Ok(attribute) = attribute else {
                let text = format!("an attribute of `{}` can't be read", tags::quote(&name));
                self.fault("bimi-svg-unreadable", text);
                continue;
            };
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let raw = String::from_utf8_lossy(&attribute.value);
            let value = unescape(&raw).unwrap_or(Cow::Borrowed(&*raw));
            self.attribute(&key, &value);
        }
    }

    fn open_root(&mut self, name: &str) {
        if self.root {
            return self.fault("bimi-svg-root", "there is a second root".to_owned());
        }
        self.root = true;
        if name != "svg" {
            let text = format!("the root is `{}`, not `svg`", tags::quote(name));
            self.fault("bimi-svg-root", text);
        }
    }

    fn attribute(&mut self, key: &str, value: &str) {
        if self.depth == 0 {
            match key {
                "version" => value.clone_into(&mut self.version),
                "baseProfile" => value.clone_into(&mut self.base_profile),
                "viewBox" => value.clone_into(&mut self.view_box),
                "x" | "y" => {
                    let text = format!("the root has the attribute `{key}`");
                    self.fault("bimi-svg-root-position", text);
                }
                _ => {}
            }
        }
        let local = key.rsplit(':').next().unwrap_or(key);
        if local.len() > 2 && local.starts_with("on") {
            let text = format!("the attribute `{}` runs a script", tags::quote(key));
            self.fault("bimi-svg-event", text);
        }
        let reference = matches!(local, "href" | "src" | "base") && !value.starts_with('#');
        let is_namespace = key == "xmlns" || key.starts_with("xmlns:");
        if !is_namespace && (reference || leads_out(value)) {
            let text = format!("`{}` leads out of the file", tags::quote(value));
            self.fault("bimi-svg-external", text);
        }
    }

    fn finish(mut self) -> BimiSvg {
        let readable = self
            .defects
            .iter()
            .all(|one| one.code != "bimi-svg-unreadable");
        if readable && !self.root {
            self.fault("bimi-svg-root", "there is no root element".to_owned());
        } else if readable {
            self.root_attributes();
        }
        let square = sides(&self.view_box).map(|[width, height]| same(width, height));
        if square != Some(true) && readable {
            let text = format!(
                "the view box `{}` is no square",
                tags::quote(&self.view_box)
            );
            self.defects
                .push(Defect::minor("bimi-svg-not-square", text, PROFILE));
        }
        BimiSvg {
            valid: tags::holds(&self.defects),
            version: tags::quote(&self.version),
            base_profile: tags::quote(&self.base_profile),
            title: self.title.unwrap_or_default(),
            view_box: tags::quote(&self.view_box),
            square,
            defects: tags::bounded(self.defects),
        }
    }

    fn root_attributes(&mut self) {
        if self.version != "1.2" {
            let text = format!("the version is `{}`, not `1.2`", tags::quote(&self.version));
            self.fault("bimi-svg-version", text);
        }
        if self.base_profile != "tiny-ps" {
            let text = format!(
                "the base profile is `{}`, not `tiny-ps`",
                tags::quote(&self.base_profile)
            );
            self.fault("bimi-svg-profile", text);
        }
        if self
            .title
            .as_ref()
            .is_none_or(|title| title.trim().is_empty())
        {
            self.fault("bimi-svg-title", "there is no `title`".to_owned());
        }
    }
}

/// Whether a value has a `url(…)` that is no place in the file itself.
fn leads_out(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.contains("javascript:")
        || lower.match_indices("url(").any(|(at, found)| {
            let inside = lower.get(at + found.len()..).unwrap_or_default();
            !inside.trim_start_matches([' ', '"', '\'']).starts_with('#')
        })
}

/// The width and the height of a view box: four numbers with white space or commas between them.
fn sides(view_box: &str) -> Option<[f64; 2]> {
    let numbers: Option<Vec<f64>> = view_box
        .split([' ', ',', '\t', '\n', '\r'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    match numbers?.as_slice() {
        [_, _, width, height] if *width > 0.0 && *height > 0.0 => Some([*width, *height]),
        _ => None,
    }
}

fn same(width: f64, height: f64) -> bool {
    (width - height).abs() <= f64::EPSILON * width.max(height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<svg version="1.2" baseProfile="tiny-ps" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">
<title>Seal</title><desc>A seal</desc><defs><linearGradient id="g"/></defs>
<circle cx="50" cy="50" r="40" fill="url(#g)"/><use xlink:href="#g"/></svg>"##;

    fn codes(file: &str) -> Vec<String> {
        let found = read(file.as_bytes());
        found
            .defects
            .into_iter()
            .map(|defect| defect.code)
            .collect()
    }

    #[test]
    fn a_drawing_of_the_profile_has_no_fault() {
        let found = read(GOOD.as_bytes());
        assert_eq!(found.defects, []);
        assert!(found.valid);
        assert_eq!(found.title, "Seal");
        assert_eq!(found.square, Some(true));
        assert_eq!(
            (found.version.as_str(), found.base_profile.as_str()),
            ("1.2", "tiny-ps")
        );
    }

    #[test]
    fn every_fault_has_its_code() {
        for (from, to, expected) in [
            ("version=\"1.2\"", "version=\"1.1\"", "bimi-svg-version"),
            ("tiny-ps", "tiny", "bimi-svg-profile"),
            ("<title>Seal</title>", "", "bimi-svg-title"),
            ("Seal</title>", " </title>", "bimi-svg-title"),
            (
                "<desc>",
                "<script>alert(1)</script><desc>",
                "bimi-svg-element",
            ),
            ("<desc>", "<svg:script/><desc>", "bimi-svg-element"),
            (
                "<desc>",
                "<animate attributeName=\"r\"/><desc>",
                "bimi-svg-element",
            ),
            ("<desc>", "<image/><desc>", "bimi-svg-element"),
            ("<desc>", "<a/><desc>", "bimi-svg-element"),
            ("r=\"40\"", "r=\"40\" onload=\"x()\"", "bimi-svg-event"),
            (
                "xlink:href=\"#g\"",
                "xlink:href=\"https://b.test/\"",
                "bimi-svg-external",
            ),
            (
                "xlink:href=\"#g\"",
                "href=\"data:image/png;base64,AA\"",
                "bimi-svg-external",
            ),
            ("url(#g)", "url( 'https://b.test/g')", "bimi-svg-external"),
            ("url(#g)", "url&#40;https://b.test/g)", "bimi-svg-external"),
            ("viewBox=", "x=\"0\" viewBox=", "bimi-svg-root-position"),
            (
                "<svg ",
                "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg ",
                "bimi-svg-entities",
            ),
            (
                "<svg ",
                "<?xml-stylesheet href=\"a.css\"?><svg ",
                "bimi-svg-instruction",
            ),
            ("</svg>", "", "bimi-svg-unreadable"),
            ("</svg>", "</g>", "bimi-svg-unreadable"),
            ("</svg>", "</svg><svg/>", "bimi-svg-root"),
            ("r=\"40\"", "r=\"40\" r=\"41\"", "bimi-svg-unreadable"),
        ] {
            let file = GOOD.replacen(from, to, 1);
            assert_ne!(file, GOOD, "{from}");
            assert!(
                codes(&file).iter().any(|code| code == expected),
                "{to}: {:?}",
                codes(&file)
            );
            assert!(!read(file.as_bytes()).valid, "{to}");
        }
        assert!(codes("<html/>").iter().any(|code| code == "bimi-svg-root"));
        assert!(codes("").iter().any(|code| code == "bimi-svg-root"));
        assert!(!read(b"\x89PNG\xff").valid);
    }

    #[test]
    fn a_drawing_that_is_no_square_or_large_is_only_noted() {
        for (from, to, expected) in [
            ("0 0 100 100", "0 0 100 50", "bimi-svg-not-square"),
            ("0 0 100 100", "0,0,100", "bimi-svg-not-square"),
            ("A seal", &"a".repeat(33_000), "bimi-svg-size"),
        ] {
            let file = GOOD.replacen(from, to, 1);
            assert_eq!(codes(&file), [expected]);
            assert!(read(file.as_bytes()).valid);
        }
    }

    #[test]
    fn a_tower_of_elements_and_a_flood_of_them_end_at_a_limit() {
        for file in [
            "<g>".repeat(9_000),
            format!("<svg>{}", "<g/>".repeat(30_000)),
        ] {
            assert!(
                codes(&file)
                    .iter()
                    .any(|code| code == "bimi-svg-unreadable")
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_markup_is_read(text in "(<svg |</svg>|<title>|x=\"|\">|<!--|-->|<!\\[CDATA\\[|\\]\\]>|&#1;|<\\?|[ -~ü]){0,20}") {
            prop_assert!(read(text.as_bytes()).defects.len() <= 32);
        }
    }
}
