//! The tables of TPC-H, made by the `tpchgen` crate, row by row into columns: nothing is held twice.
//!
//! Types are those of the benchmark's own text: keys `integer` (`bigint` for order keys), money `numeric(15,2)`, dates,
//! `char(n)` and `varchar(n)`.

use std::fmt::Display;

use parallel::table::{ColumnarTable, TableBuilder};
use spec::catalogue::{Column, Statistics, Table};
use spec::value::{Modifier, Numeric, Row, Type, Value};
use tpchgen::dates::TPCHDate;
use tpchgen::decimal::TPCHDecimal;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};

use crate::database::Database;

/// The tables, largest last.
pub const TABLES: [&str; 8] =
    ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"];

/// Days from 1970-01-01 to PostgreSQL's 2000-01-01.
const EPOCH: i32 = 10_957;

/// The text of a table: a line per column.
fn columns(name: &str) -> &'static str {
    match name {
        "region" => "r_regionkey i, r_name c25, r_comment v152",
        "nation" => "n_nationkey i, n_name c25, n_regionkey i, n_comment v152",
        "supplier" => {
            "s_suppkey i, s_name c25, s_address v40, s_nationkey i, s_phone c15, s_acctbal m, s_comment v101"
        }
        "customer" => {
            "c_custkey i, c_name v25, c_address v40, c_nationkey i, c_phone c15, c_acctbal m, c_mktsegment c10, \
             c_comment v117"
        }
        "part" => {
            "p_partkey i, p_name v55, p_mfgr c25, p_brand c10, p_type v25, p_size i, p_container c10, \
             p_retailprice m, p_comment v23"
        }
        "partsupp" => "ps_partkey i, ps_suppkey i, ps_availqty i, ps_supplycost m, ps_comment v199",
        "orders" => {
            "o_orderkey b, o_custkey i, o_orderstatus c1, o_totalprice m, o_orderdate d, o_orderpriority c15, \
             o_clerk c15, o_shippriority i, o_comment v79"
        }
        "lineitem" => {
            "l_orderkey b, l_partkey i, l_suppkey i, l_linenumber i, l_quantity m, l_extendedprice m, l_discount m, \
             l_tax m, l_returnflag c1, l_linestatus c1, l_shipdate d, l_commitdate d, l_receiptdate d, \
             l_shipinstruct c25, l_shipmode c10, l_comment v44"
        }
        other => panic!("TPC-H has no table {other}"),
    }
}

/// The shape of a table, without statistics.
///
/// # Panics
/// If TPC-H has no such table.
pub fn table(name: &str) -> Table {
    let column = |text: &str| {
        let (name, code) = text.trim().split_once(' ').expect("a name and a code");
        let length = || Modifier::Length(code[1..].parse().expect("a length"));
        let (ty, modifier) = match &code[..1] {
            "i" => (Type::Int4, Modifier::None),
            "b" => (Type::Int8, Modifier::None),
            "m" => (Type::Numeric, Modifier::Precision { precision: 15, scale: 2 }),
            "d" => (Type::Date, Modifier::None),
            "c" => (Type::Bpchar, length()),
            _ => (Type::Varchar, length()),
        };
        Column { name: name.into(), ty, modifier, not_null: true }
    };
    Table {
        name: name.into(),
        columns: columns(name).split(',').map(column).collect(),
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    }
}

fn key(number: i64) -> Value {
    Value::Int4(i32::try_from(number).expect("keys up to SF 1000 are integers"))
}

fn money(amount: TPCHDecimal) -> Value {
    hundredths(amount.into_inner())
}

fn hundredths(units: i64) -> Value {
    Value::Numeric(Numeric::Finite { coefficient: units.into(), scale: 2 })
}

fn day(date: TPCHDate) -> Value {
    Value::Date(date.to_unix_epoch() - EPOCH)
}

fn text(value: impl Display) -> Value {
    Value::text(value.to_string())
}

/// `char(n)`: with its blanks.
fn padded<const N: usize>(value: impl Display) -> Value {
    // The generator's own types ignore a width.
    Value::Bpchar(format!("{:<N$}", value.to_string()).into())
}

/// The rows of a table at a scale factor, in the generator's order.
///
/// # Panics
/// If TPC-H has no such table.
pub fn rows(name: &str, scale: f64) -> Box<dyn Iterator<Item = Row>> {
    match name {
        "region" => Box::new(
            RegionGenerator::new(scale, 1, 1)
                .into_iter()
                .map(|r| vec![key(r.r_regionkey), padded::<25>(r.r_name), text(r.r_comment)]),
        ),
        "nation" => Box::new(NationGenerator::new(scale, 1, 1).into_iter().map(|n| {
            vec![key(n.n_nationkey), padded::<25>(n.n_name), key(n.n_regionkey), text(n.n_comment)]
        })),
        "supplier" => Box::new(SupplierGenerator::new(scale, 1, 1).into_iter().map(|s| {
            vec![
                key(s.s_suppkey),
                padded::<25>(s.s_name),
                text(s.s_address),
                key(s.s_nationkey),
                padded::<15>(s.s_phone),
                money(s.s_acctbal),
                text(s.s_comment),
            ]
        })),
        "customer" => Box::new(CustomerGenerator::new(scale, 1, 1).into_iter().map(|c| {
            vec![
                key(c.c_custkey),
                text(c.c_name),
                text(c.c_address),
                key(c.c_nationkey),
                padded::<15>(c.c_phone),
                money(c.c_acctbal),
                padded::<10>(c.c_mktsegment),
                text(c.c_comment),
            ]
        })),
        "part" => Box::new(PartGenerator::new(scale, 1, 1).into_iter().map(|p| {
            vec![
                key(p.p_partkey),
                text(p.p_name),
                padded::<25>(p.p_mfgr),
                padded::<10>(p.p_brand),
                text(p.p_type),
                Value::Int4(p.p_size),
                padded::<10>(p.p_container),
                money(p.p_retailprice),
                text(p.p_comment),
            ]
        })),
        "partsupp" => Box::new(PartSuppGenerator::new(scale, 1, 1).into_iter().map(|p| {
            vec![
                key(p.ps_partkey),
                key(p.ps_suppkey),
                Value::Int4(p.ps_availqty),
                money(p.ps_supplycost),
                text(p.ps_comment),
            ]
        })),
        "orders" => Box::new(OrderGenerator::new(scale, 1, 1).into_iter().map(|o| {
            vec![
                Value::Int8(o.o_orderkey),
                key(o.o_custkey),
                padded::<1>(o.o_orderstatus),
                money(o.o_totalprice),
                day(o.o_orderdate),
                padded::<15>(o.o_orderpriority),
                padded::<15>(o.o_clerk),
                Value::Int4(o.o_shippriority),
                text(o.o_comment),
            ]
        })),
        "lineitem" => Box::new(LineItemGenerator::new(scale, 1, 1).into_iter().map(|l| {
            vec![
                Value::Int8(l.l_orderkey),
                key(l.l_partkey),
                key(l.l_suppkey),
                Value::Int4(l.l_linenumber),
                hundredths(l.l_quantity * 100),
                money(l.l_extendedprice),
                money(l.l_discount),
                money(l.l_tax),
                padded::<1>(l.l_returnflag),
                padded::<1>(l.l_linestatus),
                day(l.l_shipdate),
                day(l.l_commitdate),
                day(l.l_receiptdate),
                padded::<25>(l.l_shipinstruct),
                padded::<10>(l.l_shipmode),
                text(l.l_comment),
            ]
        })),
        other => panic!("TPC-H has no table {other}"),
    }
}

/// A table at a scale factor, as columns.
pub fn columnar(table: &Table, scale: f64) -> ColumnarTable {
    let mut builder = TableBuilder::new(table);
    rows(&table.name, scale).for_each(|row| builder.push_row(&row));
    builder.finish()
}

/// Adds a table at a scale factor to a database, analysed.
pub fn load(database: &mut Database, name: &str, scale: f64) {
    let table = table(name);
    let columns = columnar(&table, scale);
    database.put_columns(table, columns, true);
}
