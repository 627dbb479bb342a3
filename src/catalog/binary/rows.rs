//! The rows together.

pub(super) use super::row::Row;

use super::classify::RowNumber;
use super::first;
use super::java;
use super::second;
use super::third;

/// Every row, in the order in which they are tried.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    first::FIRST.iter().chain(&second::SECOND).chain(&third::THIRD).chain(&java::JAVA)
}

pub(super) fn get(number: RowNumber) -> Option<&'static Row> {
    all().nth(number.0)
}
