//! Nothing is asked twice and no mail server sees more than it must.

use std::sync::Arc;
