//! Everything that policies may call, for editors: a definition file (`.d.rhai`) with a comment on each.

/// The definitions, as `waxseal policy definitions` writes them.
pub const DEFINITIONS: &str = include_str!("waxseal.d.rhai");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::language::engine;
    use crate::policy::scores;
    use std::collections::BTreeSet;

    /// Names, each with the number of arguments that it takes.
    type Functions = BTreeSet<(String, usize)>;

    /// What an engine that reads policies has registered.
    fn registered() -> Functions {
        let mut engine = engine::build();
        scores::register(&mut engine);
        let functions = engine.collect_fn_metadata(
            None,
            |function| {
                let about = &function.metadata;
                Some((about.name.to_string(), about.num_params))
            },
            true,
        );
        let named = functions.into_iter();
        named.filter(|(name, _)| !name.contains('$')).collect()
    }

    /// What the definitions define: `fn name(a: T, b: T) -> T;` and `op name(T, T) -> T;`.
    fn defined() -> Functions {
        let lines = DEFINITIONS.lines();
        let defined = lines.filter_map(|line| {
            let rest = line.strip_prefix("fn ").or(line.strip_prefix("op "))?;
            let (name, rest) = rest.split_once('(').unwrap();
            let (parameters, _) = rest.rsplit_once(") ->").unwrap();
            let count = parameters.split(',').filter(|one| !one.trim().is_empty());
            Some((name.to_owned(), count.count()))
        });
        defined.collect()
    }

    #[test]
    fn every_function_that_is_registered_is_defined() {
        let (registered, defined) = (registered(), defined());
        assert!(registered.len() > 30, "{registered:?}");
        let missing: Vec<_> = registered.difference(&defined).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn nothing_is_defined_that_is_not_there() {
        let registered = registered();
        let declares = |name: &str| crate::policy::lint::declared::DECLARES.contains(&name);
        let strange: Vec<_> = defined()
            .into_iter()
            .filter(|function| !registered.contains(function) && !declares(&function.0))
            .collect();
        assert!(strange.is_empty(), "{strange:?}");
    }

    #[test]
    fn every_definition_has_a_comment_before_it() {
        let mut before = "";
        for line in DEFINITIONS.lines() {
            if line.starts_with("fn ") || line.starts_with("op ") {
                assert!(before.starts_with("/// "), "{line}");
            }
            before = line;
        }
    }

    #[test]
    fn statements_and_declarations_are_defined_or_explained() {
        for word in ["require", "recommend", "known"] {
            assert!(DEFINITIONS.contains(&format!("// {word}")), "{word}");
        }
        let defined = defined();
        for name in crate::policy::lint::declared::DECLARES {
            assert!(defined.iter().any(|(known, _)| known == name), "{name}");
        }
    }
}
