//! Which way a parameter of a rule gets stricter.

use crate::policy::language::values::ranked;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// What makes a bound stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A higher value: the parameter is a floor.
    Higher,
    /// A lower value: the parameter is a ceiling.
    Lower,
}

/// The direction of a parameter, where the rule's id or the parameter's name tells it. A list, true and false, and
/// words without an order have none.
pub(in crate::policy) fn direction(
    rule: &str,
    parameter: &str,
    value: &Value,
) -> Option<Direction> {
    let ceiling = rule.ends_with("-at-most") || rule.contains("-within-");
    match value {
        Value::Number(_) if rule.ends_with("-at-least") => Some(Direction::Higher),
        Value::Number(_) | Value::String(_) if ceiling && is_ordered(value) => {
            Some(Direction::Lower)
        }
        Value::Number(_) if parameter == "bits" || parameter.ends_with("_bits") => {
            Some(Direction::Higher)
        }
        Value::String(_) if is_ordered(value) => Some(Direction::Higher),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    }
}

fn is_ordered(value: &Value) -> bool {
    value
        .as_str()
        .is_none_or(|word| ranked(word, word).is_some())
}

/// The one parameter of a rule that has a direction; none where there is none or are several.
pub(in crate::policy) fn measured<'p>(
    rule: &str,
    parameters: &'p Map<String, Value>,
) -> Option<(&'p str, &'p Value, Direction)> {
    let mut found = parameters.iter().filter_map(|(name, value)| {
        direction(rule, name, value).map(|way| (name.as_str(), value, way))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// How two values stand to each other: numbers by size, words by their vocabulary.
pub(in crate::policy) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => ranked(left, right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_direction_is_told_by_the_id_the_name_or_the_vocabulary() {
        use Direction::{Higher, Lower};
        for (rule, parameter, value, way) in [
            (
                "dmarc-policy-at-least",
                "policy",
                json!("reject"),
                Some(Higher),
            ),
            ("mx-servers-at-most", "servers", json!(16), Some(Lower)),
            ("spf-lookups-within-limit", "limit", json!(10), Some(Lower)),
            (
                "spf-answer-within-octets",
                "octets",
                json!(512),
                Some(Lower),
            ),
            ("dkim-keys-strong", "bits", json!(2048), Some(Higher)),
            (
                "mx-certificate-key-strong",
                "rsa_bits",
                json!(3072),
                Some(Higher),
            ),
            ("spf-restrictive", "result", json!("softfail"), Some(Higher)),
            (
                "tls-version-at-most",
                "version",
                json!("TLSv1.3"),
                Some(Lower),
            ),
            (
                "mx-tls-groups-grade-at-least",
                "norm",
                json!("ncsc_nl"),
                None,
            ),
            ("mx-certificate-logged", "logs", json!(2), None),
            ("mx-addresses-public", "scopes", json!(["global"]), None),
            ("some-rule-at-least", "strict", json!(true), None),
        ] {
            assert_eq!(
                direction(rule, parameter, &value),
                way,
                "{rule} {parameter}"
            );
        }
    }

    #[test]
    fn a_rule_measures_a_quantity_where_just_one_parameter_has_a_direction() {
        let parameters = |value: Value| value.as_object().cloned().unwrap_or_default();
        for (rule, given, name) in [
            (
                "x-at-least",
                json!({ "bits": 1, "norm": "a" }),
                Some("bits"),
            ),
            ("x-at-least", json!({ "bits": 1, "days": 2 }), None),
            ("x-strong", json!({ "logs": 1 }), None),
        ] {
            let given = parameters(given);
            assert_eq!(measured(rule, &given).map(|(name, ..)| name), name);
        }
    }

    #[test]
    fn values_are_ordered_by_size_or_by_vocabulary() {
        for (left, right, wanted) in [
            (json!(2), json!(10), Some(Ordering::Less)),
            (json!(2.5), json!(2), Some(Ordering::Greater)),
            (json!("reject"), json!("none"), Some(Ordering::Greater)),
            (json!("reject"), json!("TLSv1.2"), None),
            (json!([1]), json!([2]), None),
        ] {
            assert_eq!(order(&left, &right), wanted, "{left} {right}");
        }
    }
}
