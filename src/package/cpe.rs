//! CPE 2.3 names by rule.
