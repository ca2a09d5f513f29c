//! The definitions of each name of each scope, as dense tables.
//!
//! A name that begins with two underscores and does not end with two is another name in each
//! class: `__x` in the body of `class C`, and in all that stands in it, is `_C__x`.

use rustc_hash::FxHashMap;

use super::index::Index;
use super::symbols::{Symbol, Symbols};
use super::{BindingId, Declared, DefinitionId, Resolution, ScopeId, ScopeKind, Scopes};
use crate::facts::Arena;

/// The name of no binding.
const NO_BINDING: BindingId = BindingId(u32::MAX);

/// Lists of ids, one for each of a dense range of keys.
#[derive(Debug)]
pub(in crate::facts) struct Lists<T> {
    /// Where the list of each key begins; two more than there are keys.
    offsets: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Lists { offsets: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    /// Groups items by their keys, and keeps their order within each. Items whose key is out of
    /// range are left out.
    pub(in crate::facts) fn group(
        keys: usize,
        items: impl Iterator<Item = (usize, T)> + Clone,
    ) -> Lists<T> {
        // Counted two places on, so that the sums stand one place on: filling a list moves where
        // it begins to where the next one does.
        let mut offsets = vec![0_u32; keys + 2];
        let mut filler = None;
        for (key, item) in items.clone() {
            if key < keys {
                offsets[key + 2] += 1;
                filler = Some(item);
            }
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += *offset;
            *offset = sum;
        }
        let Some(filler) = filler else { return Lists { offsets, items: Vec::new() } };
        let mut grouped = vec![filler; sum as usize];
        for (key, item) in items {
            if key < keys {
                let at = &mut offsets[key + 1];
                grouped[*at as usize] = item;
                *at += 1;
            }
        }
        Lists { offsets, items: grouped }
    }

    /// The list of a key; empty for none.
    #[inline]
    pub(in crate::facts) fn of(&self, key: usize) -> &[T] {
        match self.offsets.get(key..).and_then(<[u32]>::first_chunk) {
            Some(&[from, to]) => self.items.get(from as usize..to as usize).unwrap_or_default(),
            None => &[],
        }
    }
}

/// The index of the definitions.
#[derive(Debug, Default)]
pub(in crate::facts) struct Bindings<'a> {
    symbols: Symbols<'a>,
    /// The bindings by scope and symbol.
    by_name: Index,
    declared: FxHashMap<(ScopeId, Symbol), Declared>,
    /// The scope and the name of each binding.
    owners: Vec<(ScopeId, Symbol)>,
    /// The binding of each definition.
    of_definition: Vec<BindingId>,
    /// The definitions of each binding.
    definitions: Lists<DefinitionId>,
}

impl<'a> Bindings<'a> {
    pub(in crate::facts) fn build(scopes: &Scopes<'a>, arena: &'a Arena) -> Bindings<'a> {
        let count = scopes.definitions.len();
        let mut it = Bindings {
            symbols: Symbols::of(count + scopes.declarations().count()),
            by_name: Index::of(count),
            owners: Vec::with_capacity(count),
            of_definition: vec![NO_BINDING; count],
            ..Bindings::default()
        };
        for (scope, name, declared) in scopes.declarations() {
            let symbol = it.intern(scopes, arena, name, scope);
            it.declared.insert((scope, symbol), declared);
        }
        let mut nonlocal = Vec::new();
        for (index, definition) in scopes.definitions.iter().enumerate() {
            let symbol = it.intern(scopes, arena, definition.name, definition.from);
            if it.declaration(definition.scope, symbol) == Some(Declared::Nonlocal) {
                nonlocal.push((index, symbol));
            } else {
                it.add(definition.scope, symbol, index);
            }
        }
        for (index, symbol) in nonlocal {
            let from = scopes.definitions[index].scope;
            let owner = it.nonlocal_owner(scopes, from, symbol).unwrap_or(from);
            it.add(owner, symbol, index);
        }
        let grouped = it.of_definition.iter().enumerate();
        it.definitions = Lists::group(
            it.owners.len(),
            grouped.map(|(index, binding)| (binding.index(), DefinitionId(index as u32))),
        );
        it
    }

    /// The function whose name a `nonlocal` statement means.
    fn nonlocal_owner(&self, scopes: &Scopes<'a>, from: ScopeId, name: Symbol) -> Option<ScopeId> {
        scopes
            .enclosing(from)
            .skip(1)
            .filter(|(_, scope)| {
                matches!(scope.kind, ScopeKind::Function(_) | ScopeKind::Lambda(_))
            })
            .map(|(id, _)| id)
            .find(|id| self.find(*id, name).is_some())
    }

    fn add(&mut self, scope: ScopeId, symbol: Symbol, definition: usize) {
        let (owners, next) = (&self.owners, self.owners.len() as u32);
        let is = |at: u32| owners.get(at as usize) == Some(&(scope, symbol));
        let at = self.by_name.find_or_put(hash(scope, symbol), next, is);
        if at == next {
            self.owners.push((scope, symbol));
        }
        self.of_definition[definition] = BindingId(at);
    }

    fn intern(
        &mut self,
        scopes: &Scopes<'a>,
        arena: &'a Arena,
        name: &'a str,
        scope: ScopeId,
    ) -> Symbol {
        match mangled(scopes, name, scope) {
            Some(name) => self.symbols.intern(arena.alloc_str(&name)),
            None => self.symbols.intern(name),
        }
    }

    /// The symbol of a name that stands in a scope, if anything binds or declares it.
    #[inline]
    pub(super) fn symbol(&self, scopes: &Scopes<'_>, name: &str, scope: ScopeId) -> Option<Symbol> {
        match mangled(scopes, name, scope) {
            Some(name) => self.symbols.find(&name),
            None => self.symbols.find(name),
        }
    }

    /// How many symbols there are.
    pub(super) fn symbols(&self) -> usize {
        self.symbols.len()
    }

    /// How many bindings there are.
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The scope and the symbol of each binding.
    pub(super) fn owners(&self) -> &[(ScopeId, Symbol)] {
        &self.owners
    }

    pub(super) fn declaration(&self, scope: ScopeId, symbol: Symbol) -> Option<Declared> {
        if self.declared.is_empty() {
            return None;
        }
        self.declared.get(&(scope, symbol)).copied()
    }

    /// Every declaration, in no order.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (ScopeId, Symbol, Declared)> + Clone {
        self.declared.iter().map(|(&(scope, symbol), &declared)| (scope, symbol, declared))
    }

    pub(super) fn find(&self, scope: ScopeId, symbol: Symbol) -> Option<BindingId> {
        let is = |at: u32| self.owners.get(at as usize) == Some(&(scope, symbol));
        self.by_name.find(hash(scope, symbol), is).map(BindingId)
    }

    /// The binding of a definition.
    pub(super) fn of_definition(&self, definition: DefinitionId) -> Option<BindingId> {
        let binding = self.of_definition.get(definition.index()).copied();
        binding.filter(|it| *it != NO_BINDING)
    }

    /// The definitions of a binding in source order.
    pub(super) fn definitions(&self, binding: BindingId) -> &[DefinitionId] {
        self.definitions.of(binding.index())
    }

    /// What a name means when read in a scope, scope by scope: the slow twin of the table of uses.
    pub(super) fn lookup(&self, scopes: &Scopes<'_>, name: &str, from: ScopeId) -> Resolution {
        let unbound = if scopes.star_import { Resolution::Unknown } else { Resolution::Builtin };
        let symbol = self.symbol(scopes, name, from);
        if symbol.is_none() && name != "__class__" {
            return unbound;
        }
        let mut below = None;
        for (id, scope) in scopes.enclosing(from) {
            let visible = match scope.kind {
                // The body itself sees its names, and so do type parameters right in it.
                ScopeKind::Class(_) => below.is_none_or(|below| {
                    below == from && matches!(scopes.get(below).kind, ScopeKind::TypeParams)
                }),
                _ => true,
            };
            below = Some(id);
            if !visible {
                if name == "__class__" {
                    return Resolution::Unknown;
                }
                continue;
            }
            let Some(symbol) = symbol else { continue };
            if self.declaration(id, symbol) == Some(Declared::Global) {
                return self.find(ScopeId::MODULE, symbol).map_or(unbound, Resolution::Binding);
            }
            if let Some(binding) = self.find(id, symbol) {
                return Resolution::Binding(binding);
            }
        }
        unbound
    }
}

fn hash(scope: ScopeId, symbol: Symbol) -> u64 {
    u64::from(scope.0) << 32 | u64::from(symbol.0)
}

/// What a private name of a class is called in the class. `None`: as it is written.
#[inline]
fn mangled(scopes: &Scopes<'_>, name: &str, scope: ScopeId) -> Option<String> {
    if !matches!(name.as_bytes(), [b'_', b'_', ..]) || name.ends_with("__") {
        return None;
    }
    mangled_private(scopes, name, scope)
}

#[cold]
fn mangled_private(scopes: &Scopes<'_>, name: &str, scope: ScopeId) -> Option<String> {
    let class = scopes.enclosing(scope).find_map(|(_, scope)| match scope.kind {
        ScopeKind::Class(def) => Some(def.name.as_str()),
        _ => None,
    })?;
    let class = class.trim_start_matches('_');
    (!class.is_empty()).then(|| format!("_{class}{name}"))
}
