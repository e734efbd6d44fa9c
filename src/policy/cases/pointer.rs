//! Writing into a JSON document by pointer (RFC 6901), for the documents of cases.

use serde_json::Value;

/// Puts a value at a pointer. Objects that are missing on the way are made; an index one past the end appends.
///
/// # Errors
/// In words, where the pointer leads nowhere.
pub(in crate::policy) fn set(
    document: &mut Value,
    pointer: &str,
    value: Value,
) -> Result<(), String> {
    let mut place = document;
    for token in tokens(pointer)? {
        place =
            step(place, &token).ok_or_else(|| format!("`{pointer}` leads nowhere at `{token}`"))?;
    }
    *place = value;
    Ok(())
}

/// Takes away what stands at a pointer.
///
/// # Errors
/// In words, where nothing stands there.
pub(in crate::policy) fn remove(document: &mut Value, pointer: &str) -> Result<(), String> {
    let nothing = || format!("nothing stands at `{pointer}`");
    let (parent, last) = pointer.rsplit_once('/').ok_or_else(nothing)?;
    let last = unescaped(last);
    let parent = document.pointer_mut(parent).ok_or_else(nothing)?;
    let removed = match parent {
        Value::Object(members) => members.remove(&last),
        Value::Array(items) => last
            .parse()
            .ok()
            .filter(|index| *index < items.len())
            .map(|index: usize| items.remove(index)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    removed.map(|_| ()).ok_or_else(nothing)
}

fn tokens(pointer: &str) -> Result<Vec<String>, String> {
    let rest = pointer
        .strip_prefix('/')
        .ok_or_else(|| format!("`{pointer}` is no JSON pointer: it does not begin with `/`"))?;
    Ok(rest.split('/').map(unescaped).collect())
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

fn step<'a>(place: &'a mut Value, token: &str) -> Option<&'a mut Value> {
    match place {
        Value::Array(items) => {
            let index: usize = token.parse().ok()?;
            if index == items.len() {
                items.push(Value::Object(serde_json::Map::new()));
            }
            items.get_mut(index)
        }
        Value::Object(members) => Some(
            members
                .entry(token)
                .or_insert_with(|| Value::Object(serde_json::Map::new())),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_put_in_place_and_missing_objects_are_made() {
        for (pointer, after) in [
            ("/a", json!({ "a": 7, "l": [1] })),
            (
                "/b/c/d",
                json!({ "a": 1, "b": { "c": { "d": 7 } }, "l": [1] }),
            ),
            ("/l/0", json!({ "a": 1, "l": [7] })),
            ("/l/1", json!({ "a": 1, "l": [1, 7] })),
            ("/x~1y", json!({ "a": 1, "x/y": 7, "l": [1] })),
        ] {
            let mut document = json!({ "a": 1, "l": [1] });
            set(&mut document, pointer, json!(7)).unwrap();
            assert_eq!(document, after, "{pointer}");
        }
    }

    #[test]
    fn a_pointer_that_leads_nowhere_is_said() {
        let mut document = json!({ "a": 1, "l": [1] });
        for pointer in ["a", "/a/b", "/l/2", "/l/x"] {
            assert!(set(&mut document, pointer, json!(7)).is_err(), "{pointer}");
        }
        for pointer in ["", "/b", "/l/1", "/a/b"] {
            assert!(remove(&mut document, pointer).is_err(), "{pointer}");
        }
        remove(&mut document, "/l/0").unwrap();
        remove(&mut document, "/a").unwrap();
        assert_eq!(document, json!({ "l": [] }));
    }
}
