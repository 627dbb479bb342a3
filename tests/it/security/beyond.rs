//! What no advisory is about: other ways to make two readers see two things, and to be taken for somebody else.
