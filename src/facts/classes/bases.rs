//! What the expressions in a list of bases and the decorators of a class are.

use ruff_python_ast::{Decorator, Expr, ExprCall, StmtClassDef};

use super::table::{BaseClass, Class, ClassId, ClassKind, Options, called};
use crate::catalog::classes::{Family, is_exception, known_base, made_base};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};

impl<'a> Facts<'a> {
    /// What an expression in a list of bases is, for the class of this position.
    pub(super) fn base_class(&self, expr: &'a Expr, index: usize, depth: u32) -> BaseClass {
        let Some(depth) = depth.checked_sub(1) else { return BaseClass::Unknown };
        if let Some(def) = self.class_named(expr) {
            let node = self.nodes().id(def);
            let statements = self.class_statements();
            let found = statements.binary_search_by_key(&node, |other| self.nodes().id(*other));
            return match found {
                // A class that stands below cannot be a base at this time.
                Ok(at) if at < index => BaseClass::Module(ClassId::new(at)),
                _ => BaseClass::Unknown,
            };
        }
        match expr {
            Expr::Subscript(it) => self.base_class(&it.value, index, depth),
            Expr::Call(call) => self.made_base(call),
            Expr::Name(_) | Expr::Attribute(_) => {
                if let Some(name) = self.qualified(expr) {
                    return library(name);
                }
                if let Expr::Attribute(it) = expr {
                    // `db.Model` of `db = SQLAlchemy()`.
                    return match self.assigned(&it.value) {
                        Some(Expr::Call(call)) if it.attr.as_str() == "Model" => {
                            self.made_base(call)
                        }
                        _ => BaseClass::Unknown,
                    };
                }
                match self.assigned(expr) {
                    Some(value) => self.base_class(value, index, depth),
                    None => BaseClass::Unknown,
                }
            }
            _ => BaseClass::Unknown,
        }
    }

    fn made_base(&self, call: &'a ExprCall) -> BaseClass {
        let made = self.qualified(&call.func).and_then(|name| made_base(name));
        made.map_or(BaseClass::Unknown, BaseClass::Library)
    }

    /// The value of a name that is assigned once.
    fn assigned(&self, expr: &'a Expr) -> Option<&'a Expr> {
        let Expr::Name(name) = expr else { return None };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        match names.only_definition(binding)?.kind {
            DefinitionKind::Assign { value, .. } => Some(value),
            _ => None,
        }
    }

    /// What a decorator of a dataclass or of `attrs` makes.
    pub(super) fn record_decorator(&self, decorator: &'a Decorator) -> Option<ClassKind> {
        let name = self.qualified(called(&decorator.expression))?;
        let no = Some(false);
        let mut options = Options {
            slots: no,
            frozen: no,
            eq: Some(true),
            order: no,
            init: Some(true),
            kw_only: no,
            weakref_slot: no,
        };
        let attrs = match name {
            "dataclasses.dataclass" => false,
            "attr.s" | "attr.attrs" | "attr.attributes" | "attr.dataclass" => {
                options.weakref_slot = Some(true);
                true
            }
            "attr.define" | "attrs.define" | "attr.mutable" | "attrs.mutable" => {
                (options.slots, options.weakref_slot) = (Some(true), Some(true));
                true
            }
            "attr.frozen" | "attrs.frozen" => {
                (options.slots, options.weakref_slot) = (Some(true), Some(true));
                options.frozen = Some(true);
                true
            }
            _ => return None,
        };
        if let Expr::Call(call) = &decorator.expression {
            for keyword in &call.arguments.keywords {
                let value = match &keyword.value {
                    Expr::BooleanLiteral(it) => Some(it.value),
                    _ => None,
                };
                match keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str) {
                    Some("slots") => options.slots = value,
                    Some("frozen") => options.frozen = value,
                    Some("eq" | "cmp") => options.eq = value,
                    Some("order") => options.order = value,
                    Some("init") => options.init = value,
                    Some("kw_only") => options.kw_only = value,
                    Some("weakref_slot") => options.weakref_slot = value,
                    // `**options` may say anything.
                    None => {
                        options = Options {
                            slots: None,
                            frozen: None,
                            eq: None,
                            order: None,
                            init: None,
                            kw_only: None,
                            weakref_slot: None,
                        };
                    }
                    Some(_) => {}
                }
            }
        }
        Some(if attrs { ClassKind::Attrs(options) } else { ClassKind::Dataclass(options) })
    }

    /// The decorator that makes a class a dataclass.
    pub fn dataclass_decorator(&self, class: &'a StmtClassDef) -> Option<&'a Decorator> {
        class.decorator_list.iter().find(|decorator| {
            matches!(self.record_decorator(decorator), Some(ClassKind::Dataclass(_)))
        })
    }

    /// Whether `slots=True` can be added to a dataclass: nothing is said of slots yet, `**options` may not say it, it
    /// is no frozen generic, which fails on `Class[int](..)` before 3.13, and no method names the class
    /// by `super` or `__class__`, which find the class as it was before the slots.
    pub fn takes_slots(&self, class: &Class<'a>, decorator: &'a Decorator) -> bool {
        let names_class = self.nodes().descendants(class.node).any(|id| {
            matches!(self.nodes().get(id), Some(Node::Expr(Expr::Name(name)))
                if matches!(name.id.as_str(), "super" | "__class__"))
        });
        let Expr::Call(call) = &decorator.expression else { return !names_class };
        let keywords = &call.arguments.keywords;
        let said = keywords
            .iter()
            .any(|keyword| keyword.arg.as_ref().is_none_or(|name| name.as_str() == "slots"));
        let frozen = call.arguments.find_keyword("frozen").is_some();
        let generic = class.is(Family::Generic) || class.def.type_params.is_some();
        !(names_class || said || frozen && generic) && call.arguments.args.is_empty()
    }
}

fn library(name: &str) -> BaseClass {
    if let Some(base) = known_base(name) {
        return BaseClass::Library(base);
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    // Whoever exports it, a class called so is an exception.
    let is_error = ["Error", "Exception", "Warning"]
        .iter()
        .any(|end| last.len() > end.len() && last.ends_with(end));
    let exception = (is_error || is_exception(name)).then(|| known_base("Exception"));
    exception.flatten().map_or(BaseClass::Unknown, BaseClass::Library)
}
