//! JavaScript bindings of the verifier and the client
