//! The words and numbers that stand in the text of a rule.

use serde_json::Value;

/// The values that a rule writes down, each once, in order. What its header says to people is left out.
pub(super) fn of_rule(text: &str, line: usize) -> Vec<Value> {
    let rest: Vec<&str> = text.lines().skip(line.saturating_sub(1)).collect();
    let rest = rest.join("\n");
    let end = rest.find("\n});").unwrap_or(rest.len());
    let rule = rest.get(..end).unwrap_or_default();
    let body = rule.find("}, |").unwrap_or(0);
    let mut values = Vec::new();
    for value in words(rule.get(body..).unwrap_or_default()) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn words(body: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for (index, piece) in body.split('"').enumerate() {
        if index % 2 == 1 {
            values.push(Value::from(piece));
            continue;
        }
        let numbers = piece
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
            .filter_map(|word| word.parse::<i64>().ok());
        values.extend(numbers.map(Value::from));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_numbers_of_the_body_are_found_and_not_those_of_its_neighbours() {
        let text = "rule(\"a\", #{ title: \"T 9\" }, |mail, want| {\n  require mail.x1 <= 10 && mail.p == \"reject\" else \"no\";\n});\nrule(\"b\", #{}, |m| { 7; \n});";
        assert_eq!(of_rule(text, 1), [json!(10), json!("reject"), json!("no")]);
        assert_eq!(of_rule(text, 4), [json!(7)]);
    }
}
