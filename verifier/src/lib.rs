//! Checks link files, log proofs and signatures: bytes in, report out
