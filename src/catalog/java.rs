//! Java: archives, runtimes, and the files of build tools.

mod archive;
mod cataloger;
mod classes;
mod groups;
mod identity;
mod license;
mod manifest;
mod pom;
mod properties;
mod repository;
#[cfg(test)]
mod testing;
mod zip;

pub(super) use archive::JavaArchive;
pub(super) use archive::examine;
pub(super) use archive::is_wanted;
pub(super) use cataloger::JavaArchives;
