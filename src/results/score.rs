//! A number that a baseline computes from its findings.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// The highest value that any score may have.
const HIGHEST: f64 = 1000.0;

/// One score of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// The baseline that computes it.
    pub baseline: String,
    /// The id, such as `confidential-delivery`.
    pub id: String,
    /// What it measures.
    pub title: String,
    /// The value, in steps of a half. Absent: what it rests on is not known, and the note says what.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "value"
    )]
    pub value: Option<f64>,
    /// The best value there is: above 0, and at most 1000.
    #[serde(deserialize_with = "best")]
    pub max: f64,
    /// What the value rests on and what it leaves out, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

fn value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let read = Option::<f64>::deserialize(from)?;
    match read {
        Some(value) if !(0.0..=HIGHEST).contains(&value) => Err(beyond()),
        _ => Ok(read),
    }
}

fn best<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let read = f64::deserialize(from)?;
    if read > 0.0 && read <= HIGHEST {
        Ok(read)
    } else {
        Err(beyond())
    }
}

fn beyond<E: serde::de::Error>() -> E {
    E::custom(format!("a score lies between 0 and {HIGHEST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_of_any_size_is_refused_when_it_is_read() {
        let read = |value: &str, max: &str| {
            let text =
                format!(r#"{{"baseline":"b","id":"i","title":"t","value":{value},"max":{max}}}"#);
            serde_json::from_str::<Score>(&text).map(|score| score.value)
        };
        assert_eq!(read("4.5", "5").unwrap(), Some(4.5));
        assert_eq!(read("null", "5").unwrap(), None);
        for (value, max) in [("1e308", "5"), ("-1", "5"), ("1", "0"), ("1", "1e9")] {
            let error = read(value, max).unwrap_err().to_string();
            assert!(error.contains("between 0 and 1000"), "{error}");
        }
    }
}
