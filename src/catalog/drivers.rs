//! Database drivers: where the rows of a query are while a program reads them.
//!
//! By the documentation of each driver, for its default cursor.

/// Where the rows are before they are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// In the database or on their way: each is made when it is asked for.
    Streamed,
    /// In the memory of the client library, not yet as Python objects.
    Client,
    /// In a list of the cursor.
    Buffered,
    /// Its cursors cannot be iterated over.
    NotIterable,
}

/// A function that connects to a database.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    /// The qualified name of the function.
    pub connect: &'static str,
    /// Where the rows are.
    pub rows: Rows,
    /// Whether its cursors are read with `await`.
    pub asynchronous: bool,
}

use Rows::{Buffered, Client, NotIterable, Streamed};

const fn driver(connect: &'static str, rows: Rows) -> Driver {
    Driver { connect, rows, asynchronous: false }
}

const fn asynchronous(connect: &'static str, rows: Rows) -> Driver {
    Driver { connect, rows, asynchronous: true }
}

/// Every driver, by its connecting function.
const DRIVERS: &[Driver] = &[
    driver("MySQLdb.Connect", Buffered),
    driver("MySQLdb.connect", Buffered),
    asynchronous("aiomysql.connect", Buffered),
    asynchronous("aiosqlite.connect", Streamed),
    driver("apsw.Connection", Streamed),
    driver("cx_Oracle.connect", Streamed),
    driver("duckdb.connect", NotIterable),
    driver("mysql.connector.connect", Streamed),
    driver("oracledb.connect", Streamed),
    asynchronous("psycopg.AsyncConnection.connect", Client),
    driver("psycopg.Connection.connect", Client),
    driver("psycopg.connect", Client),
    driver("psycopg2.connect", Client),
    driver("pymysql.Connect", Buffered),
    driver("pymysql.connect", Buffered),
    driver("pyodbc.connect", Streamed),
    driver("snowflake.connector.connect", Streamed),
    driver("sqlite3.connect", Streamed),
    driver("sqlite3.dbapi2.connect", Streamed),
];

/// Annotations that name the class of a driver's connection or cursor, and how it connects.
const CLASSES: &[(&str, &str)] = &[
    ("aiosqlite.Connection", "aiosqlite.connect"),
    ("aiosqlite.Cursor", "aiosqlite.connect"),
    ("apsw.Connection", "apsw.Connection"),
    ("apsw.Cursor", "apsw.Connection"),
    ("duckdb.DuckDBPyConnection", "duckdb.connect"),
    ("psycopg.AsyncConnection", "psycopg.AsyncConnection.connect"),
    ("psycopg.AsyncCursor", "psycopg.AsyncConnection.connect"),
    ("psycopg.Connection", "psycopg.connect"),
    ("psycopg.Cursor", "psycopg.connect"),
    ("psycopg2.extensions.connection", "psycopg2.connect"),
    ("sqlite3.Connection", "sqlite3.connect"),
    ("sqlite3.Cursor", "sqlite3.connect"),
    ("sqlite3.dbapi2.Connection", "sqlite3.connect"),
    ("sqlite3.dbapi2.Cursor", "sqlite3.connect"),
];

/// The driver whose connecting function has a qualified name.
pub fn connecting(name: &str) -> Option<&'static Driver> {
    DRIVERS.iter().find(|driver| driver.connect == name)
}

/// The driver to which a class belongs.
pub fn of_class(name: &str) -> Option<&'static Driver> {
    let (_, connect) = CLASSES.iter().find(|(class, _)| *class == name)?;
    connecting(connect)
}

/// Tables in which a database describes itself, which are small.
pub const SYSTEM_TABLES: &[&str] = &[
    "all_cons_columns",
    "all_constraints",
    "all_ind_columns",
    "all_indexes",
    "all_objects",
    "all_tab_columns",
    "all_tables",
    "geometry_columns",
    "information_schema",
    "pg_attribute",
    "pg_catalog",
    "pg_class",
    "pg_constraint",
    "pg_database",
    "pg_index",
    "pg_namespace",
    "pg_tables",
    "pg_type",
    "sqlite_master",
    "sqlite_schema",
    "sqlite_sequence",
    "sqlite_temp_master",
    "user_cons_columns",
    "user_constraints",
    "user_ind_columns",
    "user_indexes",
    "user_objects",
    "user_sequences",
    "user_tab_cols",
    "user_tab_columns",
    "user_tab_identity_cols",
    "user_tables",
    "user_triggers",
    "user_views",
];
