//! Five queries of TPC-H over a hundredth of its smallest size, many ways.

mod ways;

use oracle::dataset::tpch;
use oracle::session::{EngineChoice, Session};
use ways::{Ways, server};

/// 60,175 line items.
const SCALE: f64 = 0.01;

const Q1: &str = "
select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
       sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
       sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
       avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc,
       count(*) as count_order
from lineitem
where l_shipdate <= date '1998-12-01' - interval '90' day
group by l_returnflag, l_linestatus
order by l_returnflag, l_linestatus";

const Q3: &str = "
select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority
from customer, orders, lineitem
where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
  and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
group by l_orderkey, o_orderdate, o_shippriority
order by revenue desc, o_orderdate
limit 10";

const Q6: &str = "
select sum(l_extendedprice * l_discount) as revenue
from lineitem
where l_shipdate >= date '1994-01-01' and l_shipdate < date '1994-01-01' + interval '1' year
  and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and l_quantity < 24";

const Q12: &str = "
select l_shipmode,
       sum(case when o_orderpriority = '1-URGENT' or o_orderpriority = '2-HIGH' then 1 else 0 end) as high_line_count,
       sum(case when o_orderpriority <> '1-URGENT' and o_orderpriority <> '2-HIGH' then 1 else 0 end) as low_line_count
from orders, lineitem
where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP') and l_commitdate < l_receiptdate
  and l_shipdate < l_commitdate and l_receiptdate >= date '1994-01-01'
  and l_receiptdate < date '1994-01-01' + interval '1' year
group by l_shipmode
order by l_shipmode";

const Q14: &str = "
select 100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 end)
       / sum(l_extendedprice * (1 - l_discount)) as promo_revenue
from lineitem, part
where l_partkey = p_partkey and l_shipdate >= date '1995-09-01'
  and l_shipdate < date '1995-09-01' + interval '1' month";

#[test]
fn all_agree_on_five_queries() {
    spec::clauses!("verdict.meaning", "verdict.schedule");
    let mut session = Session::new(EngineChoice::Both);
    for name in ["customer", "part", "orders", "lineitem"] {
        tpch::load(&mut session.database, name, SCALE);
    }
    let mut ways = Ways::new(session, server("tpch"));
    [Q1, Q3, Q6, Q12, Q14].into_iter().for_each(|query| ways.ask(query));
    ways.report("tpch");
}

#[test]
fn the_tables_have_the_sizes_that_the_benchmark_says() {
    for name in tpch::TABLES {
        let rows = tpch::columnar(&tpch::table(name), SCALE).rows();
        let expected = match name {
            "region" => 5,
            "nation" => 25,
            "supplier" => 100,
            "customer" => 1500,
            "part" => 2000,
            "partsupp" => 8000,
            "orders" => 15_000,
            _ => 60_175,
        };
        assert_eq!(rows, expected, "{name}");
    }
}
