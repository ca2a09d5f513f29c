//! How a fix imports what it needs, as data: `tests/imports.md`.
//!
//! A block `python reach=MODULE` or `python reach=MODULE:MEMBER` holds the name `HERE`; the block
//! `python` after it is the file with `HERE` replaced by what reaches the module or member, and with
//! the import that this needs. A block `text none` says that there is no import without a conflict.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use heaplint::Source;
use heaplint::facts::{Arena, Facts};
use heaplint::fix::{Edit, apply};
use heaplint::imports::reach;
use ruff_python_ast::Expr;
use ruff_python_parser::parse_module;
use ruff_text_size::Ranged;
use support::{Block, import_page};

/// The file after the import, or why there is none.
fn reached(block: &Block) -> String {
    let source = Source::new("example.py", block.text.clone());
    let parsed = parse_module(source.text()).unwrap();
    let arena = Arena::new();
    let facts = Facts::new(&source, parsed.tokens(), parsed.syntax(), &arena);
    let here = (0..facts.nodes().len())
        .find_map(|index| match facts.nodes().nth(index)?.as_expr()? {
            Expr::Name(name) if name.id.as_str() == "HERE" => Some(name),
            _ => None,
        })
        .unwrap();
    let wanted = block.info.split("reach=").nth(1).unwrap();
    let (module, member) = match wanted.split_once(':') {
        Some((module, member)) => (module, Some(member)),
        None => (wanted, None),
    };
    let Some(found) = reach(&facts, module, member, facts.nodes().id(here)) else {
        return "none\n".to_owned();
    };
    let mut edits = vec![Edit::replace(here.range(), found.name)];
    edits.extend(found.edit);
    edits.sort_by_key(|edit| (edit.start(), edit.end()));
    let text = apply(source.text(), &edits);
    parse_module(&text).unwrap();
    text
}

#[test]
fn imports_go_where_a_careful_person_would_put_them() {
    let page = import_page();
    let mut wrong = Vec::new();
    let mut cases = 0;
    let mut blocks = page.blocks.iter();
    while let Some(block) = blocks.next() {
        let expected = blocks.next().unwrap();
        let actual = reached(block);
        cases += 1;
        if actual != expected.text {
            wrong.push(format!("{}:{}: gives\n{actual}", page.path.display(), block.line));
        }
    }
    assert!(cases > 20, "only {cases} cases");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
