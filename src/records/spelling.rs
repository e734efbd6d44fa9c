//! "Did you mean": the known word that is closest to a misspelt one.

/// A help line that names the closest word; empty where none is close.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(wrong, known).map_or_else(String::new, |word| format!("did you mean `{word}`?"))
}

/// The closest word, where at most a third of its letters differ.
fn closest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (distance(wrong, word), word))
        .filter(|(far, word)| *far > 0 && *far <= (word.chars().count() / 3).max(1))
        .min()
        .map(|(_, word)| word)
}

/// How many letters have to be put in, taken out, replaced or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut best = (at(&last, column) + usize::from(letter != *other))
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let swapped = column
                .checked_sub(1)
                .is_some_and(|left| right.get(left) == Some(&letter) && previous == Some(*other));
            if swapped {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        previous = Some(letter);
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_taken_out_replaced_and_swapped_count_one_each() {
        for (left, right, far) in [
            ("record", "record", 0),
            ("recrod", "record", 1),
            ("recod", "record", 1),
            ("recoord", "record", 1),
            ("rekord", "record", 1),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(left, right), far, "{left} {right}");
        }
    }

    #[test]
    fn a_word_that_is_far_from_all_gets_no_suggestion() {
        assert_eq!(did_you_mean("banana", ["record", "walk"]), "");
        assert_eq!(
            did_you_mean("recrod", ["walk", "record"]),
            "did you mean `record`?"
        );
    }
}
