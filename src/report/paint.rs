//! Colour for the pages of single subcommands.

use anstyle::Style;

/// The text in this style where colours are used, else as it is.
pub(super) fn painted(colored: bool, style: Style, text: &str) -> String {
    if colored {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
