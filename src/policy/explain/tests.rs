//! Steps, operands and changes over a small document.
