//! How many rows a query may give, as far as its text says so.

use crate::catalog::drivers::SYSTEM_TABLES;

/// Whether the rows of a query are few: their number is limited, they are groups, they describe
/// the database, they are found by their key, or the query is none that reads a table.
pub(super) fn is_small(sql: &str) -> bool {
    let words: Vec<String> = words(sql);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let Some(start) = words.iter().position(|word| matches!(&**word, "select" | "with")) else {
        return true;
    };
    if start > 0 && is_statement(word(0)) {
        return true;
    }
    let limited = words.iter().any(|word| {
        word.contains("limit")
            || matches!(&**word, "rownum" | "group" | "distinct" | "returning" | "offset")
            || word.starts_with("pragma")
            || SYSTEM_TABLES.contains(&&**word)
    });
    let first = words.windows(2).any(|pair| pair[0] == "fetch" && pair[1] != "all")
        || word(start + 1) == "top";
    let aggregate = matches!(word(start + 1), "count" | "sum" | "avg" | "min" | "max" | "exists")
        && word(start + 2) == "(";
    let condition = words.iter().position(|word| word == "where").unwrap_or(words.len());
    // A column that equals a parameter finds what belongs to one thing; a constant may be a flag.
    let keyed = words[condition..].windows(3).any(|triple| match &*triple[1] {
        "=" => is_key(&triple[0]) || is_name(&triple[0]) && is_parameter(&triple[2]),
        "in" => triple[2] == "(",
        _ => false,
    });
    let nested = words[condition..]
        .windows(3)
        .any(|triple| triple[0] == "in" && triple[1] == "(" && triple[2] == "select");
    let keyed = keyed && !nested;
    limited || first || aggregate || keyed || !words.iter().any(|word| word == "from")
}

fn is_key(word: &str) -> bool {
    matches!(word, "id" | "rowid" | "oid" | "pk" | "uuid" | "guid")
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Whether a placeholder or a field of a template begins with this.
fn is_parameter(word: &str) -> bool {
    matches!(word, "?" | "%" | ":" | "{" | "$" | "@")
}

/// Whether a query that begins so gives few rows or none, even with a `select` in it.
fn is_statement(word: &str) -> bool {
    matches!(
        word,
        "insert"
            | "update"
            | "delete"
            | "replace"
            | "pragma"
            | "show"
            | "describe"
            | "desc"
            | "explain"
            | "create"
            | "call"
            | "values"
    )
}

/// The words of a query in lower case, with each sign that matters as a word of its own.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in sql.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if matches!(c, '=' | '(' | '?' | '%' | ':' | '{' | '$' | '@' | '<' | '>' | '!') {
            words.push(c.to_string());
        }
    }
    words
}
