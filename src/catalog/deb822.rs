//! Stanzas of `Field: value` lines, as dpkg and Python's metadata have them (RFC 822, loosely).
