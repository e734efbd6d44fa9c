//! What there is to say of a policy, for people.

/// Most notes of one kind that are shown.
const MOST_NOTES: usize = 4;

/// Notes for people, each once and not too many.
#[derive(Default)]
pub(super) struct Notes {
    shown: Vec<String>,
    left_out: usize,
}

impl Notes {
    /// Adds a note that is not there yet.
    pub(super) fn add(&mut self, note: String) {
        if self.shown.contains(&note) {
            return;
        }
        if self.shown.len() < MOST_NOTES {
            self.shown.push(note);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// All of them in one line.
    pub(super) fn words(&self) -> String {
        let shown = self.shown.join("; ");
        match self.left_out {
            0 => shown,
            more => format!("{shown}; and {more} more"),
        }
    }
}
