//! Private names: `__x` in the body of `class A` is the attribute `_A__x`.

use std::hash::{Hash, Hasher};

use ruff_python_ast::StmtClassDef;

/// The name of an attribute as Python knows it. `__x` in `A` equals `_A__x` anywhere.
#[derive(Debug, Clone, Copy)]
pub struct AttrName<'a> {
    /// The class's name without leading underscores; empty for a name that is no private one.
    class: &'a str,
    written: &'a str,
}

impl<'a> AttrName<'a> {
    /// A name that is written in the body of a class.
    pub fn new(class: &'a StmtClassDef, written: &'a str) -> AttrName<'a> {
        let private = written.starts_with("__") && !written.ends_with("__");
        let class = if private { class.name.as_str().trim_start_matches('_') } else { "" };
        AttrName { class, written }
    }

    /// A name that is written outside of every class.
    pub fn outside(written: &'a str) -> AttrName<'a> {
        AttrName { class: "", written }
    }

    fn bytes(self) -> impl Iterator<Item = u8> + 'a {
        let mark = if self.class.is_empty() { "" } else { "_" };
        mark.bytes().chain(self.class.bytes()).chain(self.written.bytes())
    }

    /// Whether the name is changed by the class around it.
    pub fn is_mangled(self) -> bool {
        !self.class.is_empty()
    }
}

impl PartialEq for AttrName<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.class == other.class {
            return self.written == other.written;
        }
        self.bytes().eq(other.bytes())
    }
}

impl Eq for AttrName<'_> {}

impl Hash for AttrName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal names may be split differently: hash what they spell.
        let spelt = self.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        state.write_u64(spelt);
    }
}
