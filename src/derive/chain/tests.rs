//! Chains of every fault, made with rcgen and judged.
