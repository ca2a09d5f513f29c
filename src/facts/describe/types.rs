//! Types in words.

use super::Teller;
use crate::facts::Facts;

pub(super) fn tell(_facts: &Facts<'_>, _teller: &mut Teller) {}
