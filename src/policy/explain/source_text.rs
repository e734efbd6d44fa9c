//! Places in the text of policy files, for people to find again.

use super::step::Step;

/// How far above its condition a statement begins at most, in lines.
const ABOVE: usize = 10;

/// A line of a text, counted from 1, without the space around it.
pub(super) fn line(text: &str, number: usize) -> String {
    let line = number
        .checked_sub(1)
        .and_then(|index| text.lines().nth(index));
    line.unwrap_or_default().trim().to_owned()
}

/// Gives each step the line on which its statement begins, and the text of that line.
pub(super) fn name_lines(steps: &mut [Step], text: &str) {
    for step in steps {
        match step {
            Step::Item { steps, .. } => name_lines(steps, text),
            Step::Demand(demand) => {
                let first = demand.line.saturating_sub(ABOVE).max(1);
                let begins = (first..=demand.line)
                    .rev()
                    .find(|number| line(text, *number).contains(&demand.statement));
                demand.line = begins.unwrap_or(demand.line);
                demand.source = line(text, demand.line);
            }
        }
    }
}

/// The `when` of the rule that begins on a line: its own line, and its text on one line.
pub(super) fn when(text: &str, rule: usize) -> Option<(usize, String)> {
    let skipped: usize = text
        .split_inclusive('\n')
        .take(rule.checked_sub(1)?)
        .map(str::len)
        .sum();
    let rule_text = text.get(skipped..)?;
    let at = rule_text.find("when:")?;
    // Further rules of the file are not this one's.
    if rule_text.get(..at)?.contains("\n});") {
        return None;
    }
    let number = rule + rule_text.get(..at)?.matches('\n').count();
    let condition = rule_text.get(at + "when:".len()..)?;
    let end = end_of_value(condition);
    let words: Vec<_> = condition.get(..end)?.split_whitespace().collect();
    Some((number, words.join(" ")))
}

/// Where a value of an object ends: at a comma or bracket outside of everything.
fn end_of_value(text: &str) -> usize {
    let (mut depth, mut quote, mut bars, mut escaped) = (0_usize, None, 0_usize, false);
    for (at, letter) in text.char_indices() {
        if let Some(mark) = quote {
            if letter == mark && !escaped {
                quote = None;
            }
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' | '`' => quote = Some(letter),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return at,
            ')' | ']' | '}' => depth -= 1,
            // The parameters of a closure stand between the first two bars.
            '|' => bars += 1,
            ',' if depth == 0 && bars != 1 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_when_of_a_rule_ends_at_its_own_comma() {
        let text = "rule(\"a\", #{\n  when: |mail, want| f(mail, \",\") &&\n     mail.x,\n  applies: \"t\",\n}, |mail| {\n});\nrule(\"b\", #{\n}, |mail| {\n});\nrule(\"c\", #{ when: |m| m.y }, || {\n});\n";
        assert_eq!(
            when(text, 1),
            Some((2, "|mail, want| f(mail, \",\") && mail.x".to_owned()))
        );
        assert_eq!(when(text, 7), None);
        assert_eq!(when(text, 10), Some((10, "|m| m.y".to_owned())));
    }
}
