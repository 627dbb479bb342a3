//! What concerns bills of materials of every family.
