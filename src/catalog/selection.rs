//! Which catalogers run.

use super::Cataloger;

/// The catalogers that were asked for.
pub struct Selection {
    catalogers: Vec<&'static dyn Cataloger>,
}

impl Selection {
    /// Those for images: what is installed.
    #[must_use]
    pub fn image() -> Self {
        Self::tagged("image")
    }

    /// Those for directories: what is declared, and what is installed.
    #[must_use]
    pub fn directory() -> Self {
        Self::tagged("directory")
    }

    /// One alone.
    #[must_use]
    pub fn only(cataloger: &'static dyn Cataloger) -> Self {
        Self { catalogers: vec![cataloger] }
    }

    fn tagged(tag: &str) -> Self {
        let catalogers = super::all().iter().copied();
        Self { catalogers: catalogers.filter(|cataloger| cataloger.tags().contains(&tag)).collect() }
    }

    /// The catalogers.
    #[must_use]
    pub fn catalogers(&self) -> &[&'static dyn Cataloger] {
        &self.catalogers
    }
}
