//! All lints of policy files: the id, how grave it is, and what it says.

use crate::policy::fault::FaultLevel;

/// One lint. Ids are never renamed or used again.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// What is wrong, in words joined by hyphens.
    pub id: &'static str,
    /// Whether it keeps the policies from being used.
    pub level: FaultLevel,
    /// What it finds, in one sentence.
    pub meaning: &'static str,
}

const fn error(id: &'static str, meaning: &'static str) -> Lint {
    let level = FaultLevel::Error;
    Lint { id, level, meaning }
}

const fn warning(id: &'static str, meaning: &'static str) -> Lint {
    let level = FaultLevel::Warning;
    Lint { id, level, meaning }
}

pub(in crate::policy) const SYNTAX: Lint = error(
    "syntax-error",
    "The file is no Rhai, or says what policies can't say. The rest of it is not looked at.",
);
pub(in crate::policy) const FILE: Lint = error(
    "file-unusable",
    "A file can't be used: it is missing, it is no file of cases, or it breaks when it is read.",
);
pub(in crate::policy) const DECLARATION: Lint = error(
    "declaration-invalid",
    "A declaration is not as it has to be: its place, a key, a value or a closure.",
);
pub(in crate::policy) const METADATA_MISSING: Lint = error(
    "metadata-missing",
    "A declaration lacks a key that it can't do without, or leaves it empty.",
);
pub(in crate::policy) const METADATA_UNKNOWN: Lint = error(
    "metadata-unknown",
    "A declaration has a key, or sets a parameter, that nobody reads.",
);
pub(in crate::policy) const METADATA_NOT_LITERAL: Lint = error(
    "metadata-not-literal",
    "The id or a value of a declaration is computed; it has to stand there as it is.",
);
pub(in crate::policy) const DUPLICATE_ID: Lint = error(
    "duplicate-id",
    "Two rules, two scores of a baseline, or a rule and a manual requirement have one id.",
);
pub(in crate::policy) const RETIRED_ID: Lint = error(
    "retired-id",
    "A rule has an id that `retired-ids.txt` lists: ids are never used again.",
);
pub(in crate::policy) const UNKNOWN_RULE: Lint = error(
    "unknown-rule",
    "A baseline, a profile or a score names a rule that there is not.",
);
pub(in crate::policy) const RULE_WITHOUT_VERDICT: Lint = error(
    "rule-without-verdict",
    "Neither the body of a rule nor a function that it calls has `require`, `each` or `unknown`: it passes always.",
);
pub(in crate::policy) const UNKNOWN_FUNCTION: Lint = error(
    "unknown-function",
    "A function is called that there is not.",
);
pub(in crate::policy) const WRONG_ARGUMENTS: Lint = error(
    "wrong-number-of-arguments",
    "A function is called with more or fewer arguments than it takes.",
);
pub(in crate::policy) const RESERVED_NAME: Lint = error(
    "reserved-function-name",
    "A function of the file is called like one of the language.",
);
pub(in crate::policy) const NOT_INTERPOLATED: Lint = error(
    "text-not-interpolated",
    "`${…}` stands in double quotes, which do not fill it in.",
);
pub(in crate::policy) const UNKNOWN_FACT: Lint = error(
    "unknown-fact",
    "A fact is read that the document never has.",
);
pub(in crate::policy) const MEMBER_OF_SCALAR: Lint = error(
    "member-of-scalar",
    "A member is read of text, a number, a list or the like, which has none.",
);
pub(in crate::policy) const UNKNOWN_PARAMETER: Lint = error(
    "unknown-parameter",
    "A rule reads a parameter that its `params` do not declare.",
);
pub(in crate::policy) const CONDITION_NOT_BOOLEAN: Lint = error(
    "condition-not-boolean",
    "A condition is a number, text, an object or an observation, and never true or false.",
);
pub(in crate::policy) const UNLIKE_COMPARISON: Lint = error(
    "unlike-comparison",
    "Values are compared that never compare, such as text with a number or an observation with anything.",
);
pub(in crate::policy) const UNKNOWN_WORD: Lint = error(
    "unknown-word",
    "A fact is compared with a word that it never is.",
);
pub(in crate::policy) const UNORDERED_WORD: Lint = error(
    "unordered-word",
    "`at_least` compares with a word, or with a parameter that is set to one, that has no place in the order of the fact.",
);
pub(in crate::policy) const NOT_A_LIST: Lint = error(
    "not-a-list",
    "`for`, `each`, `any`, `filter` or the like gets something that is no list.",
);
pub(in crate::policy) const WRONG_TYPE: Lint = error(
    "wrong-type",
    "A function gets a value of a kind that it does not take.",
);
pub(in crate::policy) const PARAMETER_NEVER_READ: Lint = warning(
    "parameter-never-read",
    "A rule declares a parameter that neither its body nor its `when` reads.",
);
pub(in crate::policy) const FUNCTION_NEVER_CALLED: Lint = warning(
    "function-never-called",
    "A function of the file is called by nothing that runs.",
);
pub(in crate::policy) const CODE_NEVER_REACHED: Lint = warning(
    "code-never-reached",
    "Something stands behind `return`, `unknown(…)` or `manual(…)` in the same block.",
);
pub(in crate::policy) const CONDITION_CONSTANT: Lint = warning(
    "condition-constant",
    "A condition is always the same: `require true`, `x == x`, or two literals.",
);
pub(in crate::policy) const COMPARED_WITH_BOOLEAN: Lint = warning(
    "compared-with-boolean",
    "Something is compared with `true` or `false`.",
);
pub(in crate::policy) const DOUBLE_NEGATION: Lint = warning(
    "double-negation",
    "Something is negated twice: `!!x` or `!(a != b)`.",
);
pub(in crate::policy) const VARIABLE_NEVER_READ: Lint = warning(
    "variable-never-read",
    "A variable or parameter is never read. One that is meant so begins with `_`.",
);
pub(in crate::policy) const RULE_NEVER_ASKED: Lint = warning(
    "rule-never-asked",
    "No baseline and no profile asks the rule, and it is not built in.",
);

/// All lints, errors first.
pub const LINTS: &[Lint] = &[
    SYNTAX,
    FILE,
    DECLARATION,
    METADATA_MISSING,
    METADATA_UNKNOWN,
    METADATA_NOT_LITERAL,
    DUPLICATE_ID,
    RETIRED_ID,
    UNKNOWN_RULE,
    RULE_WITHOUT_VERDICT,
    UNKNOWN_FUNCTION,
    WRONG_ARGUMENTS,
    RESERVED_NAME,
    NOT_INTERPOLATED,
    UNKNOWN_FACT,
    MEMBER_OF_SCALAR,
    UNKNOWN_PARAMETER,
    CONDITION_NOT_BOOLEAN,
    UNLIKE_COMPARISON,
    UNKNOWN_WORD,
    UNORDERED_WORD,
    NOT_A_LIST,
    WRONG_TYPE,
    PARAMETER_NEVER_READ,
    FUNCTION_NEVER_CALLED,
    CODE_NEVER_REACHED,
    CONDITION_CONSTANT,
    COMPARED_WITH_BOOLEAN,
    DOUBLE_NEGATION,
    VARIABLE_NEVER_READ,
    RULE_NEVER_ASKED,
];
