//! The XML of aggregate reports, one element below the root at a time. No entity is expanded but those of XML itself, and
//! depth, number and length are bounded.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest element; a report has seven levels.
const DEEPEST: usize = 20;

/// Most elements of one document.
const MOST_ELEMENTS: usize = 4_000_000;

/// Most elements within one below the root: a record has some twenty.
const MOST_WITHIN: usize = 5_000;

/// Most bytes of text that are kept of an element.
const LONGEST_TEXT: usize = 2_000;

/// An element: names are without prefix and in lower case.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    /// Its own text, white space around it taken off.
    pub(super) text: String,
    /// From the `<` of the start to the `>` of the end, in bytes of the document.
    pub(super) span: [usize; 2],
    pub(super) children: Vec<Self>,
}

impl Element {
    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name; empty where there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }
}

/// Why a document can't be read on.
#[derive(Debug)]
pub(super) struct Broken {
    /// The end of the code of the defect.
    pub(super) code: &'static str,
    /// What is wrong, in words.
    pub(super) text: String,
    /// Where, in bytes.
    pub(super) at: usize,
}

/// Hands every element below the root over as it ends. Gives the name of the root.
///
/// # Errors
/// Where the document is not well formed up to the end of the root, has a document type, or is beyond a limit.
pub(super) fn walk(text: &str, taken: &mut dyn FnMut(Element)) -> Result<String, Broken> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = true;
    let mut walk = Walk {
        text,
        open: Vec::new(),
        root: None,
        elements: 0,
        within: 0,
        taken,
    };
    loop {
        let begin = place(reader.buffer_position());
        let event = reader.read_event().map_err(|error| Broken {
            code: "malformed",
            text: super::prose(&error.to_string()),
            at: place(reader.error_position()),
        })?;
        let end = place(reader.buffer_position());
        if let Some(root) = walk.take(event, begin, end)? {
            return Ok(root);
        }
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

struct Walk<'a> {
    text: &'a str,
    /// The elements that are open below the root.
    open: Vec<Element>,
    root: Option<String>,
    elements: usize,
    within: usize,
    taken: &'a mut dyn FnMut(Element),
}

impl Walk<'_> {
    /// The name of the root, once that has ended.
    fn take(
        &mut self,
        event: Event<'_>,
        begin: usize,
        end: usize,
    ) -> Result<Option<String>, Broken> {
        match event {
            Event::Start(start) => self.start(&start, begin)?,
            Event::Empty(start) => {
                self.start(&start, begin)?;
                return Ok(self.end(end));
            }
            Event::End(_) => return Ok(self.end(end)),
            Event::Text(piece) => self.piece(&piece.decode().unwrap_or_default()),
            Event::CData(piece) => self.piece(&piece.decode().unwrap_or_default()),
            Event::GeneralRef(reference) => self.reference(&reference),
            Event::DocType(_) => {
                return Err(Broken {
                    code: "doctype",
                    text: "it declares a document type, which a report has no use for: nothing in it is expanded".to_owned(),
                    at: begin,
                });
            }
            Event::Eof => {
                let text = match (&self.root, self.open.last()) {
                    (None, _) => "there is no element".to_owned(),
                    (Some(_), Some(open)) => {
                        format!("it ends inside the element `{}`", super::prose(&open.name))
                    }
                    (Some(root), None) => {
                        format!("it ends inside the element `{}`", super::prose(root))
                    }
                };
                return Err(Broken {
                    code: "malformed",
                    text,
                    at: self.text.len(),
                });
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => (),
        }
        Ok(None)
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Broken> {
        let local = start.local_name();
        let name = String::from_utf8_lossy(local.as_ref());
        let name: String = name
            .chars()
            .take(LONGEST_TEXT)
            .collect::<String>()
            .to_ascii_lowercase();
        self.elements += 1;
        self.within += 1;
        let beyond = if self.open.len() + 1 >= DEEPEST {
            Some(format!("elements stand more than {DEEPEST} deep"))
        } else if self.elements > MOST_ELEMENTS {
            Some(format!("it has more than {MOST_ELEMENTS} elements"))
        } else if self.within > MOST_WITHIN {
            Some(format!(
                "one part of it has more than {MOST_WITHIN} elements"
            ))
        } else {
            None
        };
        if let Some(text) = beyond {
            return Err(Broken {
                code: "limit",
                text,
                at,
            });
        }
        if self.root.is_none() {
            self.root = Some(name);
            self.within = 0;
        } else {
            self.open.push(Element {
                name,
                span: [at, at],
                ..Element::default()
            });
        }
        Ok(())
    }

    /// Ends the innermost element. Gives the root's name where it is the root.
    fn end(&mut self, at: usize) -> Option<String> {
        let Some(mut ended) = self.open.pop() else {
            return self.root.take();
        };
        ended.span[1] = at;
        let end = ended.text.trim_end().len();
        ended.text.truncate(end);
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(ended);
        } else {
            self.within = 0;
            (self.taken)(ended);
        }
        None
    }

    fn piece(&mut self, piece: &str) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let room = LONGEST_TEXT.saturating_sub(open.text.len());
        let piece = if open.text.is_empty() {
            piece.trim_start()
        } else {
            piece
        };
        let mut end = room.min(piece.len());
        while !piece.is_char_boundary(end) {
            end -= 1;
        }
        open.text.push_str(piece.get(..end).unwrap_or_default());
    }

    /// A character by number or one of the five names of XML; any other stays as it is written.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.piece(character.encode_utf8(&mut [0; 4]));
            return;
        }
        let name = reference.decode().unwrap_or_default();
        if let Some(text) = resolve_predefined_entity(&name) {
            self.piece(text);
        } else {
            self.piece(&format!("&{name};"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Element>, Broken> {
        let mut found = Vec::new();
        walk(text, &mut |element| found.push(element))?;
        Ok(found)
    }

    #[test]
    fn elements_below_the_root_come_one_by_one_with_their_place() {
        let text = "<?xml version='1.0'?><!-- by --><x:Root xmlns:x='u'> <x:A>1 &amp; 2<b/></x:A>\n<c><![CDATA[<3]]></c></x:Root> rest";
        let found = read(text).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|e| {
                (
                    e.name.as_str(),
                    e.text.as_str(),
                    &text[e.span[0]..e.span[1]],
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("a", "1 & 2", "<x:A>1 &amp; 2<b/></x:A>"),
                ("c", "<3", "<c><![CDATA[<3]]></c>")
            ]
        );
    }

    #[test]
    fn references_of_xml_are_resolved_and_no_others() {
        for (written, read_as) in [
            ("&lt;&gt;&quot;&apos;&#65;&#x42;", "<>\"'AB"),
            ("AT&T", "AT&T"),
            ("a&nbsp;b", "a&nbsp;b"),
            ("&#xD800;", "&#xD800;"),
        ] {
            assert_eq!(
                read(&format!("<r><a>{written}</a></r>")).unwrap()[0].text,
                read_as
            );
        }
    }

    #[test]
    fn what_is_not_well_formed_or_beyond_a_limit_ends_the_reading() {
        let deep = "<a>".repeat(30_000);
        let wide = format!("<r><a>{}</a></r>", "<b/>".repeat(MOST_WITHIN));
        let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><r><a>&b;</a></r>";
        for (text, code) in [
            ("", "malformed"),
            ("no xml", "malformed"),
            ("<r><a></r>", "malformed"),
            ("<r><a>", "malformed"),
            ("<r", "malformed"),
            (deep.as_str(), "limit"),
            (wide.as_str(), "limit"),
            (laughs, "doctype"),
        ] {
            let broken = read(text).unwrap_err();
            assert_eq!(broken.code, code, "{text:.40}: {broken:?}");
            assert!(broken.at <= text.len());
        }
    }

    #[test]
    fn long_texts_are_cut_and_long_attributes_are_passed_over() {
        let text = format!("<r><a b='{0}'>{0}</a></r>", "ü".repeat(100_000));
        assert_eq!(read(&text).unwrap()[0].text.len(), LONGEST_TEXT);
    }
}
