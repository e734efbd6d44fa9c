//! Lines of exhibits: texts as they came, cut, with their faults marked.

use crate::facts::defect::Defect;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine, Mark, Speaker};

/// The most bytes of one line.
pub(super) const LINE: usize = 4_000;
/// The most bytes of one note.
const NOTE: usize = 240;
/// The most marks of one line.
const MARKS: usize = 16;

/// A line that is being made: offsets are those of the whole text.
pub(super) struct Draft<'a> {
    text: &'a str,
    spots: Vec<Mark>,
    whole: Vec<Mark>,
}

impl<'a> Draft<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self {
            text,
            spots: Vec::new(),
            whole: Vec::new(),
        }
    }

    /// The text with these faults marked.
    pub(super) fn with(text: &'a str, defects: &[Defect]) -> Self {
        let mut draft = Self::of(text);
        for defect in defects {
            draft.defect(defect);
        }
        draft
    }

    /// Marks a fault at its place; one of the text as a whole where there is room beside the others.
    pub(super) fn defect(&mut self, defect: &Defect) {
        match defect.span {
            Some(span) => self.mark(span, note(defect), defect.fatal),
            None => self.whole(note(defect), defect.fatal),
        }
    }

    /// Marks some bytes.
    pub(super) fn mark(&mut self, [start, end]: [usize; 2], note: impl Into<String>, fatal: bool) {
        let note = note.into();
        self.spots.push(Mark {
            start,
            end,
            note,
            fatal,
        });
    }

    /// Marks the first place of a part of the text, or the whole text where it is not in there.
    pub(super) fn part(&mut self, part: &str, note: impl Into<String>, fatal: bool) {
        match self.text.find(part).filter(|_| !part.is_empty()) {
            Some(start) => self.mark([start, start + part.len()], note, fatal),
            None => self.whole(note, fatal),
        }
    }

    /// Says something of the text as a whole.
    pub(super) fn whole(&mut self, note: impl Into<String>, fatal: bool) {
        let (start, end) = (0, self.text.len());
        let note = note.into();
        self.whole.push(Mark {
            start,
            end,
            note,
            fatal,
        });
    }

    /// The line, at most [`LINE`] bytes of its text.
    pub(super) fn line(self) -> ExhibitLine {
        self.cut(LINE)
    }

    /// The line, at most so many bytes of its text: what is marked behind them is marked at the end.
    pub(super) fn cut(self, most: usize) -> ExhibitLine {
        let Self {
            text,
            mut spots,
            whole,
        } = self;
        let shown = shortened(text, most);
        let kept = if shown.len() == text.len() {
            text.len()
        } else {
            text.floor_char_boundary(most)
        };
        spots.retain_mut(|mark| settle(mark, &shown, kept));
        let mut marks = apart(spots);
        if let Some(mark) = together(whole).and_then(|mark| beside(mark, &shown, &mut marks)) {
            marks.push(mark);
            marks.sort_by_key(|mark| mark.start);
        }
        for mark in &mut marks {
            if mark.note.len() > NOTE {
                mark.note = shortened(&mark.note, NOTE);
            }
        }
        ExhibitLine {
            from: Speaker::Nobody,
            text: shown,
            marks: few(marks),
        }
    }
}

/// Puts a mark on borders of characters of the text that is shown; false where nothing can be marked.
fn settle(mark: &mut Mark, shown: &str, kept: usize) -> bool {
    let start = mark.start.min(kept);
    let end = if mark.end > kept {
        shown.len()
    } else {
        mark.end.max(start)
    };
    mark.start = shown.floor_char_boundary(start);
    mark.end = shown.ceil_char_boundary(end);
    if mark.start == mark.end {
        // What is missing is marked at the character behind it, or the one before.
        mark.end = shown.ceil_char_boundary(mark.end + 1);
    }
    if mark.start == mark.end {
        mark.start = shown.floor_char_boundary(mark.start.saturating_sub(1));
    }
    mark.start < mark.end
}

/// Marks in order; those that overlap become one.
fn apart(mut spots: Vec<Mark>) -> Vec<Mark> {
    spots.sort_by_key(|mark| (mark.start, mark.end));
    let mut marks: Vec<Mark> = Vec::with_capacity(spots.len());
    for mark in spots {
        match marks.last_mut() {
            Some(last) if mark.start < last.end => {
                last.end = last.end.max(mark.end);
                join(last, &mark);
            }
            _ => marks.push(mark),
        }
    }
    marks
}

fn together(whole: Vec<Mark>) -> Option<Mark> {
    whole.into_iter().reduce(|mut all, mark| {
        join(&mut all, &mark);
        all
    })
}

fn join(mark: &mut Mark, other: &Mark) {
    mark.fatal |= other.fatal;
    if !mark.note.contains(&other.note) && mark.note.len() <= NOTE {
        mark.note.extend(["; ", &other.note]);
    }
}

/// Puts what is said of the whole text into its longest part that nothing marks, or to the first mark where
/// everything is marked.
fn beside(mut mark: Mark, shown: &str, marks: &mut [Mark]) -> Option<Mark> {
    let starts = marks.iter().map(|mark| mark.start).chain([shown.len()]);
    let ends = [0].into_iter().chain(marks.iter().map(|mark| mark.end));
    let gaps = ends.zip(starts).filter_map(|(start, end)| {
        let gap = shown.get(start..end)?;
        let from = start + (gap.len() - gap.trim_start().len());
        let to = from + gap.trim().len();
        (from < to).then_some((from, to))
    });
    match gaps.max_by_key(|(from, to)| (to - from, usize::MAX - from)) {
        Some((from, to)) => {
            (mark.start, mark.end) = (from, to);
            Some(mark)
        }
        None if marks.is_empty() && !shown.is_empty() => {
            (mark.start, mark.end) = (0, shown.len());
            Some(mark)
        }
        None => {
            if let Some(first) = marks.first_mut() {
                join(first, &mark);
            }
            None
        }
    }
}

/// At most [`MARKS`]: those that make the record invalid before the others.
fn few(mut marks: Vec<Mark>) -> Vec<Mark> {
    let more = marks.len().saturating_sub(MARKS);
    if more > 0 {
        marks.sort_by_key(|mark| (!mark.fatal, mark.start));
        marks.truncate(MARKS);
        marks.sort_by_key(|mark| mark.start);
        if let Some(last) = marks.last_mut() {
            last.note
                .extend(["; … and ", &more.to_string(), " more faults"]);
        }
    }
    marks
}

fn note(defect: &Defect) -> String {
    if defect.reference.is_empty() {
        return defect.text.clone();
    }
    [&defect.text, " (", &defect.reference, ")"].concat()
}

/// At most so many bytes of a text, and `…` where it is longer.
pub(in crate::scan) fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let kept = text
        .get(..text.floor_char_boundary(most))
        .unwrap_or_default();
    [kept, "…"].concat()
}

/// A line of ours, without a mark.
pub(super) fn words(text: impl Into<String>) -> ExhibitLine {
    let mut text = text.into();
    if text.len() > LINE {
        text = shortened(&text, LINE);
    }
    ExhibitLine {
        from: Speaker::Nobody,
        text,
        marks: Vec::new(),
    }
}

/// A line of ours that is a fault as a whole.
pub(super) fn fault(text: impl Into<String>, note: &str, fatal: bool) -> ExhibitLine {
    let mut line = words(text);
    line.marks.push(Mark {
        start: 0,
        end: line.text.len(),
        note: note.to_owned(),
        fatal,
    });
    line
}

/// Some names in one line of ours: the first `most` of them, and how many more there are.
pub(in crate::scan) fn list<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let mut told = String::new();
    for (place, name) in names.iter().take(most).enumerate() {
        if place > 0 {
            told.push_str(", ");
        }
        told.push_str(&shortened(name.as_ref(), 255));
    }
    if names.len() > most {
        told.extend([" … and ", &(names.len() - most).to_string(), " more"]);
    }
    told
}

/// The line behind the first `most` of so many.
pub(super) fn more(count: usize, most: usize) -> Option<ExhibitLine> {
    (count > most).then(|| words(format!("… and {} more", count - most)))
}

/// An exhibit.
pub(super) fn exhibit(
    kind: ExhibitKind,
    areas: &[&str],
    subject: String,
    lines: Vec<ExhibitLine>,
) -> Exhibit {
    Exhibit {
        kind,
        areas: areas.iter().map(|&area| area.to_owned()).collect(),
        subject,
        lines,
    }
}

/// Why there is no value, in words, behind `none` or `not known`; nothing where there is one.
pub(super) fn missing<T>(none: &str, observed: &Observed<T>) -> Option<String> {
    let (begin, why, detail) = match observed {
        Observed::Present { .. } => return None,
        Observed::Absent { proof, detail } => (none, proof_words(*proof), detail),
        Observed::Unknown {
            cause: Cause::NotAttempted,
            detail,
        } if !detail.is_empty() => ("not looked at", detail.as_str(), detail),
        Observed::Unknown { cause, detail } => ("not known", cause_words(*cause), detail),
    };
    let mut told = [begin, ": ", &shortened(why, NOTE)].concat();
    if !detail.is_empty() && !detail.eq_ignore_ascii_case(why) {
        told.extend([": ", &shortened(detail, NOTE)]);
    }
    Some(told)
}

const fn proof_words(proof: Proof) -> &'static str {
    match proof {
        Proof::Nxdomain => "the name does not exist (NXDOMAIN)",
        Proof::NoData => "the name has no record of this type",
        Proof::NoSuchRecord => "there is none of this kind",
        Proof::NoSubject => "there is nothing that could have one",
        Proof::NotOffered => "not offered",
        Proof::Rejected => "rejected",
        Proof::TlsVersion => "only versions below TLS 1.2",
        Proof::TlsAlert => "an alert",
        Proof::TlsClosed => "the connection was closed",
        Proof::ConnectionRefused => "the connection is refused",
        Proof::HttpStatus => "the web server does not give it out",
        Proof::Certificate => "the certificate does not authenticate the host",
        Proof::Malformed => "it is malformed",
        Proof::NotArrived => "it did not arrive",
    }
}

/// A cause in words.
pub(in crate::scan) const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout => "no answer in time",
        Cause::Servfail => "the lookup failed (SERVFAIL)",
        Cause::Refused => "the lookup was refused (REFUSED)",
        Cause::Bogus => "the answer does not validate (bogus)",
        Cause::MalformedAnswer => "the answer could not be read",
        Cause::ConnectionRefused => "the connection was refused",
        Cause::ConnectionTimeout => "no connection in time",
        Cause::ConnectionClosed => "the connection was closed",
        Cause::NetworkUnreachable => "no route from here",
        Cause::SmtpTransient => "turned away for now",
        Cause::SmtpPermanent => "turned away",
        Cause::SmtpProtocol => "no SMTP",
        Cause::TlsAlert => "an alert",
        Cause::TlsProtocol => "the TLS handshake failed",
        Cause::HttpProtocol => "no HTTP",
        Cause::HttpServerError => "the web server failed",
        Cause::BlockedEgress => "port 25 can't be reached from here",
        Cause::LimitReached => "a limit was reached",
        Cause::Unresolved => "what to look at is not known",
        Cause::NotAttempted => "not looked at",
        Cause::NotObservable => "nothing from outside settles it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(text: &str, spans: &[[usize; 2]], most: usize) -> ExhibitLine {
        let mut draft = Draft::of(text);
        for (number, span) in spans.iter().enumerate() {
            draft.mark(*span, number.to_string(), number == 0);
        }
        draft.cut(most)
    }

    fn told(line: &ExhibitLine) -> Vec<(&str, &str)> {
        let marks = line.marks.iter();
        marks
            .map(|mark| (&line.text[mark.start..mark.end], mark.note.as_str()))
            .collect()
    }

    #[test]
    fn marks_stand_at_their_faults() {
        for (spans, shown) in [
            (&[[0, 2]][..], &[("ab", "0")][..]),
            (&[[3, 5], [0, 1]], &[("a", "1"), ("de", "0")]),
            (&[[0, 3], [2, 5]], &[("ab de", "0; 1")]),
            (&[[6, 7]], &[("ü", "0")]),
            (&[[2, 2]], &[(" ", "0")]),
            (&[[8, 8]], &[("ü", "0")]),
            (&[[90, 99]], &[("ü", "0")]),
        ] {
            assert_eq!(told(&marked("ab de ü", spans, 99)), shown, "{spans:?}");
        }
    }

    #[test]
    fn a_cut_text_keeps_what_was_wrong_behind_its_end() {
        let line = marked("0123456789", &[[1, 3], [2, 9], [8, 10]], 4);
        assert_eq!(line.text, "0123…");
        assert_eq!(told(&line), [("123…", "0; 1; 2")]);
        let line = marked("0123456789", &[[1, 3], [8, 10]], 4);
        assert_eq!(told(&line), [("12", "0"), ("…", "1")]);
    }

    #[test]
    fn a_fault_of_the_whole_text_stands_where_no_other_does() {
        let mut draft = Draft::of("v=DMARC1; p=x");
        draft.whole("no policy", false);
        draft.mark([10, 13], "no such policy", true);
        draft.whole("no policy", true);
        let line = draft.line();
        assert_eq!(
            told(&line),
            [("v=DMARC1;", "no policy"), ("p=x", "no such policy")]
        );
        assert!(line.marks[0].fatal);
        let mut draft = Draft::of("ab");
        draft.mark([0, 2], "one", false);
        draft.whole("two", true);
        assert_eq!(told(&draft.line()), [("ab", "one; two")]);
        let mut draft = Draft::of("");
        draft.whole("empty", true);
        assert_eq!(told(&draft.line()), []);
    }

    #[test]
    fn of_many_faults_the_gravest_are_shown() {
        let text = "x ".repeat(40);
        let mut draft = Draft::of(&text);
        for place in 0..40 {
            draft.mark([place * 2, place * 2 + 1], "x", place == 39);
        }
        let line = draft.line();
        assert_eq!(line.marks.len(), MARKS);
        let last = line.marks.last().unwrap();
        assert!(last.fatal && last.note.ends_with("and 24 more faults"));
    }

    proptest! {
        #[test]
        fn marks_lie_in_the_text_in_order_and_apart(
            text in "[aü€😀 ]{0,12}", most in 0_usize..20, whole: bool,
            spans in proptest::collection::vec([0_usize..40, 0_usize..40], 0..6),
        ) {
            let mut draft = Draft::of(&text);
            if whole {
                draft.whole("w", false);
            }
            for span in spans {
                draft.mark(span, "n", false);
            }
            let line = draft.cut(most);
            let mut end = 0;
            for mark in &line.marks {
                prop_assert!(mark.start >= end && mark.start < mark.end);
                prop_assert!(line.text.get(mark.start..mark.end).is_some());
                end = mark.end;
            }
        }
    }
}
