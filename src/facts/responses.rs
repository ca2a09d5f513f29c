//! HTTP responses: which request made one, whether its body is streamed, and whether the body is
//! read in one place only.
//!
//! The client is known where the request is a function of a known library, or a method of a
//! session that a known class made or annotates.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};

use super::Facts;
use super::scopes::{DefinitionKind, Resolution};
use super::usage::Usage;

/// A library that makes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// `requests`
    Requests,
    /// `httpx`
    Httpx,
    /// `urllib.request`
    Urllib,
    /// `aiohttp`
    Aiohttp,
    /// `get_object` of the S3 client of `boto3`
    S3,
}

/// The request that made a response.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The library.
    pub client: Client,
    /// The call.
    pub call: &'a ExprCall,
    /// Whether the body is left on the connection until it is read. `None`: not known.
    pub streams: Option<bool>,
}

/// A body that is read as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    /// The response.
    pub response: &'a Expr,
    /// The attribute or method that reads it.
    pub by: &'a ExprAttribute,
    /// The request.
    pub request: Request<'a>,
}

impl<'a> Facts<'a> {
    /// The request that made the response which an expression gives.
    pub fn request_of(&self, response: &'a Expr) -> Option<Request<'a>> {
        let made = self.origin(response);
        if let Expr::Subscript(it) = made {
            let is_body = matches!(&*it.slice, Expr::StringLiteral(key) if key.value == *"Body");
            let Expr::Call(call) = self.origin(&it.value) else { return None };
            let Expr::Attribute(func) = &*call.func else { return None };
            return (is_body && func.attr.as_str() == "get_object").then_some(Request {
                client: Client::S3,
                call,
                streams: Some(true),
            });
        }
        let Expr::Call(call) = made else { return None };
        let client = self.client_of(call)?;
        let streams = match client {
            Client::Requests => self.streams_by_keyword(call),
            Client::Httpx => Some(false),
            Client::Urllib | Client::Aiohttp | Client::S3 => Some(true),
        };
        Some(Request { client, call, streams })
    }

    fn client_of(&self, call: &'a ExprCall) -> Option<Client> {
        if let Some(name) = self.qualified(&call.func) {
            if name == "urllib.request.urlopen" {
                return Some(Client::Urllib);
            }
            if let Some((module, function)) = name.split_once('.')
                && is_request(function)
            {
                return library(module);
            }
        }
        let Expr::Attribute(func) = &*call.func else { return None };
        if !is_request(func.attr.as_str()) {
            return None;
        }
        let class = match self.origin(&func.value) {
            Expr::Call(made) => self.qualified(&made.func)?,
            Expr::Name(name) => match self.definition_read(name)?.kind {
                DefinitionKind::Parameter { parameter, .. } => {
                    self.qualified(parameter.annotation()?)?
                }
                _ => return None,
            },
            _ => return None,
        };
        let (module, class) = class.split_once('.')?;
        matches!(
            class,
            "Session" | "session" | "sessions.Session" | "Client" | "AsyncClient" | "ClientSession"
        )
        .then(|| library(module))?
    }

    fn streams_by_keyword(&self, call: &'a ExprCall) -> Option<bool> {
        let keywords = &call.arguments.keywords;
        if keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return None;
        }
        match call.arguments.find_keyword("stream").map(|keyword| &keyword.value) {
            None => {
                // `session.stream = True` is the default of the session's requests.
                let set = self.attribute_stores().iter().any(|it| it.attr.as_str() == "stream");
                (!set).then_some(false)
            }
            Some(Expr::BooleanLiteral(it)) => Some(it.value),
            Some(_) => None,
        }
    }

    /// The body that an expression reads as a whole, where nothing else reads it and nobody else
    /// gets the response.
    pub fn whole_body(&self, expr: &'a Expr) -> Option<Body<'a>> {
        let expr = match expr {
            Expr::Await(it) => &it.value,
            _ => expr,
        };
        let by = match expr {
            Expr::Attribute(it) => it,
            Expr::Call(call) if call.arguments.is_empty() => call.func.as_attribute_expr()?,
            _ => return None,
        };
        let request = self.request_of(&by.value)?;
        let method = expr.is_call_expr();
        let reads = match request.client {
            Client::Requests | Client::Httpx => {
                !method && matches!(by.attr.as_str(), "content" | "text")
            }
            Client::Urllib | Client::S3 => method && by.attr.as_str() == "read",
            Client::Aiohttp => method && matches!(by.attr.as_str(), "read" | "text"),
        };
        (reads && self.is_read_only_here(&by.value)).then_some(Body {
            response: &by.value,
            by,
            request,
        })
    }

    /// Whether a response has no other use than to be asked about, and its body read here.
    pub fn is_read_only_here(&self, response: &'a Expr) -> bool {
        let name = match response {
            Expr::Name(name) => name,
            Expr::Call(_) | Expr::Await(_) | Expr::Subscript(_) => return true,
            _ => return false,
        };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let here = self.nodes().id(response);
        self.used_only(binding).is_some_and(|mut uses| {
            uses.all(|used| {
                used.node == here
                    || match used.usage {
                        Usage::Attribute(it) => is_about(it.attr.as_str()),
                        Usage::Receiver(_, method) => {
                            matches!(method, "raise_for_status" | "close" | "getcode" | "info")
                        }
                        Usage::AttributeStored(it) => it.attr.as_str() == "encoding",
                        Usage::Tested(_) | Usage::Compared(_) | Usage::Context(_) => true,
                        _ => false,
                    }
            })
        })
    }
}

fn library(module: &str) -> Option<Client> {
    match module {
        "requests" => Some(Client::Requests),
        "httpx" => Some(Client::Httpx),
        "aiohttp" => Some(Client::Aiohttp),
        _ => None,
    }
}

fn is_request(function: &str) -> bool {
    matches!(function, "get" | "post" | "put" | "patch" | "delete" | "options" | "request")
}

/// What a response tells about itself without its body.
fn is_about(attribute: &str) -> bool {
    matches!(
        attribute,
        "status_code"
            | "status"
            | "ok"
            | "headers"
            | "url"
            | "reason"
            | "history"
            | "elapsed"
            | "encoding"
            | "cookies"
            | "code"
            | "is_success"
            | "is_error"
    )
}
