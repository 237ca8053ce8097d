//! Whole-system tests: browser, command line against server, real inputs, other people's clients
