//! The transparency log as a library: admit, sequence, store, prove
