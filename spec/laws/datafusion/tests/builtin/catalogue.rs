//! DataFusion's own aggregates, over many types of arguments.

use std::sync::Arc;

use bothways_laws_datafusion::{Adapted, Row, inputs, rows_from, values};
use datafusion_common::ScalarValue;
use datafusion_common::arrow::compute::SortOptions;
use datafusion_common::arrow::datatypes::{DataType, FieldRef, IntervalUnit, Schema, TimeUnit};
use datafusion_expr::AggregateUDF;
use datafusion_functions_aggregate as functions;
use datafusion_physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion_physical_expr::expressions::{Column, Literal};
use datafusion_physical_expr::{PhysicalExpr, PhysicalSortExpr};
use proptest::prelude::{BoxedStrategy, Strategy};

use super::agreement;

/// One aggregate with arguments of these types.
pub struct Case {
    /// As a user would write it, with types for columns: `sum(DISTINCT Int64)`.
    pub name: String,
    aggregate: AggregateFunctionExpr,
    inputs: Vec<FieldRef>,
    pools: Vec<Vec<ScalarValue>>,
    in_input_order: bool,
    agree: Option<agreement::Rule>,
}

/// Which accumulators a case is tested through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Through {
    Accumulator,
    GroupsAccumulator,
}

impl Case {
    /// The aggregate under the laws, through these accumulators; `None` if it has none of them.
    pub fn adapted(&self, through: Through) -> Option<Adapted> {
        let grouped = through == Through::GroupsAccumulator;
        if grouped && !self.aggregate.groups_accumulator_supported() {
            return None;
        }
        let [single, sliding, groups] = [(); 3].map(|()| self.aggregate.clone());
        let mut adapted = Adapted::new(self.inputs.clone())
            .accumulator(move || single.create_accumulator())
            .returns(self.aggregate.field().data_type().clone());
        if let Ok(fields) = self.aggregate.state_fields() {
            adapted = adapted.state_fields(fields);
        }
        // Windows pass arguments only, without the columns to order by.
        let arguments_only = self.aggregate.order_bys().is_empty();
        if !grouped && arguments_only && self.aggregate.create_sliding_accumulator().is_ok() {
            adapted = adapted.sliding_accumulator(move || sliding.create_sliding_accumulator());
        }
        if grouped {
            adapted = adapted.groups_accumulator(move || groups.create_groups_accumulator());
        }
        if self.in_input_order {
            adapted = adapted.in_input_order();
        }
        Some(match self.agree.clone() {
            Some(rule) => adapted.agreeing(move |rows, left, right| rule.agree(rows, left, right)),
            None => adapted,
        })
    }

    /// Rows for it; the last column is the one to order by, if there is one, and the first once more.
    pub fn rows(&self) -> BoxedStrategy<Row> {
        let ordered = !self.aggregate.order_bys().is_empty();
        let order = move |mut row: Row| {
            if ordered && let Some(by) = row.len().checked_sub(1) {
                row[by] = row[0].clone();
            }
            row
        };
        rows_from(self.pools.clone()).prop_map(order).boxed()
    }
}

/// What is said in the parentheses of a call.
#[derive(Default)]
struct Call {
    types: Vec<DataType>,
    pools: Option<Vec<Vec<ScalarValue>>>,
    literals: Vec<ScalarValue>,
    distinct: bool,
    ignore_nulls: bool,
    /// ORDER BY the first argument, downwards if true.
    order_by: Option<bool>,
    in_input_order: bool,
    agree: Option<agreement::Rule>,
}

fn case(function: Arc<AggregateUDF>, call: Call) -> Case {
    let schema = Arc::new(Schema::new(inputs(call.types.clone())));
    let column = |place: usize| -> Arc<dyn PhysicalExpr> {
        Arc::new(Column::new(&format!("x{}", place + 1), place))
    };
    let mut args: Vec<_> = (0..call.types.len()).map(column).collect();
    for literal in &call.literals {
        args.push(Arc::new(Literal::new(literal.clone())));
    }
    let options = SortOptions::new(call.order_by.unwrap_or(false), false);
    let order = call.order_by.map(|_| PhysicalSortExpr { expr: column(0), options });
    let name = written(function.name(), &call);
    let aggregate = AggregateExprBuilder::new(function, args)
        .schema(schema)
        .alias(&name)
        .order_by(order.into_iter().collect())
        .with_distinct(call.distinct)
        .with_ignore_nulls(call.ignore_nulls)
        .build()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    // Behind the arguments come the columns by which the accumulator orders, as in `aggregate_expressions`.
    let mut types = call.types.clone();
    let mut pools = call.pools.unwrap_or_else(|| call.types.iter().map(values).collect());
    for literal in call.literals {
        types.push(literal.data_type());
        pools.push(vec![literal]);
    }
    if !aggregate.order_bys().is_empty() {
        types.push(call.types[0].clone());
        pools.push(pools[0].clone());
    }
    Case {
        name,
        aggregate,
        inputs: inputs(types),
        pools,
        in_input_order: call.in_input_order,
        agree: call.agree,
    }
}

/// The call as SQL has it, with types for columns.
fn written(function: &str, call: &Call) -> String {
    let mut args: Vec<String> = call.types.iter().map(DataType::to_string).collect();
    args.extend(call.literals.iter().map(ScalarValue::to_string));
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let nulls = if call.ignore_nulls { " IGNORE NULLS" } else { "" };
    let order = match call.order_by {
        Some(down) => format!(" ORDER BY 1{}", if down { " DESC" } else { "" }),
        None => String::new(),
    };
    format!("{function}({distinct}{}{order}){nulls}", args.join(", "))
}

fn plain(functions: &[Arc<AggregateUDF>], types: &[DataType]) -> Vec<Case> {
    let each = |function: &Arc<AggregateUDF>| {
        let of = |t: &DataType| {
            case(Arc::clone(function), Call { types: vec![t.clone()], ..Call::default() })
        };
        types.iter().map(of).collect::<Vec<_>>()
    };
    functions.iter().flat_map(each).collect()
}

fn distinct(functions: &[Arc<AggregateUDF>], types: &[DataType]) -> Vec<Case> {
    let each = |function: &Arc<AggregateUDF>| {
        let of = |t: &DataType| {
            let call = Call { types: vec![t.clone()], distinct: true, ..Call::default() };
            case(Arc::clone(function), call)
        };
        types.iter().map(of).collect::<Vec<_>>()
    };
    functions.iter().flat_map(each).collect()
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// NaN, infinities and zeros of both signs, beside one and NULL.
fn special_floats() -> Vec<ScalarValue> {
    let floats = [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0];
    floats.into_iter().map(ScalarValue::from).chain([ScalarValue::Float64(None)]).collect()
}

/// Every case.
pub fn all() -> Vec<Case> {
    let mut cases = vec![];
    cases.extend(numbers());
    cases.extend(floats());
    cases.extend(pairs());
    cases.extend(extremes());
    cases.extend(counts());
    cases.extend(lists());
    cases.extend(positions());
    cases.extend(quantiles());
    cases
}

fn numbers() -> Vec<Case> {
    use DataType::*;
    let sum = [functions::sum::sum_udaf()];
    let avg = [functions::average::avg_udaf()];
    let mut cases = plain(&sum, &[Int64, UInt64, Float64, Decimal128(10, 2), Decimal128(38, 0)]);
    cases.extend(plain(&sum, &[Decimal256(76, 0), Duration(TimeUnit::Second)]));
    cases.extend(distinct(&sum, &[Int64, Float64, Decimal128(10, 2)]));
    cases.extend(plain(&avg, &[Float64, Decimal128(10, 2), Duration(TimeUnit::Second)]));
    cases.extend(distinct(&avg, &[Float64, Decimal128(10, 2)]));
    let bits = [
        functions::bit_and_or_xor::bit_and_udaf(),
        functions::bit_and_or_xor::bit_or_udaf(),
        functions::bit_and_or_xor::bit_xor_udaf(),
    ];
    cases.extend(plain(&bits, &[Int64, UInt8]));
    cases.extend(distinct(&bits[2..], &[Int64]));
    let bools = [functions::bool_and_or::bool_and_udaf(), functions::bool_and_or::bool_or_udaf()];
    cases.extend(plain(&bools, &[Boolean]));
    cases
}

fn floats() -> Vec<Case> {
    let with_meaning = [
        (functions::variance::var_samp_udaf(), "var_samp"),
        (functions::variance::var_pop_udaf(), "var_pop"),
        (functions::stddev::stddev_udaf(), "stddev_samp"),
        (functions::stddev::stddev_pop_udaf(), "stddev_pop"),
    ];
    let of = |(function, meaning): (Arc<AggregateUDF>, &'static str)| {
        let call = Call {
            types: vec![DataType::Float64],
            agree: Some(agreement::Rule::bounded(meaning, 1)),
            ..Call::default()
        };
        case(function, call)
    };
    with_meaning.into_iter().map(of).collect()
}

fn pairs() -> Vec<Case> {
    use functions::regr::*;
    let with_meaning = [
        (functions::covariance::covar_samp_udaf(), "covar_samp"),
        (functions::covariance::covar_pop_udaf(), "covar_pop"),
        (functions::correlation::corr_udaf(), "corr"),
        (regr_slope_udaf(), "regr_slope"),
        (regr_intercept_udaf(), "regr_intercept"),
        (regr_count_udaf(), "regr_count"),
        (regr_r2_udaf(), "regr_r2"),
        (regr_avgx_udaf(), "regr_avgx"),
        (regr_avgy_udaf(), "regr_avgy"),
        (regr_sxx_udaf(), "regr_sxx"),
        (regr_syy_udaf(), "regr_syy"),
        (regr_sxy_udaf(), "regr_sxy"),
    ];
    let of = |(function, meaning): (Arc<AggregateUDF>, &'static str)| {
        let call = Call {
            types: vec![DataType::Float64; 2],
            agree: Some(agreement::Rule::bounded(meaning, 2)),
            ..Call::default()
        };
        case(function, call)
    };
    with_meaning.into_iter().map(of).collect()
}

fn extremes() -> Vec<Case> {
    use DataType::*;
    let both = [functions::min_max::min_udaf(), functions::min_max::max_udaf()];
    let list =
        List(Arc::new(datafusion_common::arrow::datatypes::Field::new_list_field(Int32, true)));
    let mut cases = plain(
        &both,
        &[
            Int32,
            UInt64,
            Boolean,
            Decimal128(10, 2),
            Utf8,
            Utf8View,
            LargeBinary,
            FixedSizeBinary(2),
            Date32,
            Timestamp(TimeUnit::Nanosecond, None),
            Interval(IntervalUnit::MonthDayNano),
            dictionary(),
            list,
        ],
    );
    for function in both {
        let call =
            Call { types: vec![Float64], pools: Some(vec![special_floats()]), ..Call::default() };
        cases.push(case(function, call));
    }
    cases
}

fn counts() -> Vec<Case> {
    use DataType::*;
    let count = [functions::count::count_udaf()];
    let mut cases = plain(&count, &[Int64, Utf8, dictionary()]);
    let call = Call { types: vec![Int64, Utf8], ..Call::default() };
    cases.push(case(functions::count::count_udaf(), call));
    let types = [
        Boolean,
        Int8,
        UInt16,
        Int64,
        Float64,
        Decimal128(10, 2),
        Utf8,
        Utf8View,
        Binary,
        Date32,
        Interval(IntervalUnit::MonthDayNano),
        dictionary(),
    ];
    cases.extend(distinct(&count, &types));
    let approximate = [functions::approx_distinct::approx_distinct_udaf()];
    cases.extend(plain(&approximate, &[Int64, UInt8]));
    cases
}

fn lists() -> Vec<Case> {
    use DataType::*;
    let array_agg = functions::array_agg::array_agg_udaf;
    let ordered = |types: Vec<DataType>| Call { types, in_input_order: true, ..Call::default() };
    let comma = || vec![ScalarValue::from(",")];
    let string_agg = functions::string_agg::string_agg_udaf;
    let mut cases = vec![
        case(array_agg(), ordered(vec![Int64])),
        case(array_agg(), ordered(vec![Utf8View])),
        case(array_agg(), Call { ignore_nulls: true, ..ordered(vec![Int64]) }),
    ];
    for types in [vec![Int64], vec![Utf8]] {
        let agree = Some(agreement::Rule::SameBag);
        cases.push(case(array_agg(), Call { types, distinct: true, agree, ..Call::default() }));
    }
    for down in [false, true] {
        let order_by = Some(down);
        let call = Call { types: vec![Int64], order_by, ..Call::default() };
        cases.push(case(array_agg(), call));
        let call = Call { types: vec![Int64], order_by, distinct: true, ..Call::default() };
        cases.push(case(array_agg(), call));
        let call = Call { types: vec![Utf8], literals: comma(), order_by, ..Call::default() };
        cases.push(case(string_agg(), call));
    }
    cases.push(case(string_agg(), Call { literals: comma(), ..ordered(vec![Utf8]) }));
    let agree = Some(agreement::Rule::SameParts);
    let call =
        Call { types: vec![Utf8], literals: comma(), distinct: true, agree, ..Call::default() };
    cases.push(case(string_agg(), call));
    cases
}

fn positions() -> Vec<Case> {
    use DataType::*;
    let mut cases = vec![];
    let functions = [
        (functions::first_last::first_value_udaf(), vec![]),
        (functions::first_last::last_value_udaf(), vec![]),
        (functions::nth_value::nth_value_udaf(), vec![ScalarValue::from(2i64)]),
        (functions::nth_value::nth_value_udaf(), vec![ScalarValue::from(-2i64)]),
    ];
    for (function, literals) in functions {
        for t in [Int64, Utf8] {
            for ignore_nulls in [false, true] {
                let types = vec![t.clone()];
                let literals = literals.clone();
                let call = Call { types, literals, ignore_nulls, ..Call::default() };
                let call = Call { in_input_order: true, ..call };
                cases.push(case(Arc::clone(&function), call));
            }
        }
        // With ORDER BY nth_value wants its rows sorted by the plan, which parts of any rows are not.
        if !literals.is_empty() {
            continue;
        }
        for down in [false, true] {
            let call = Call {
                types: vec![Int64],
                literals: literals.clone(),
                order_by: Some(down),
                ..Call::default()
            };
            cases.push(case(Arc::clone(&function), call));
        }
    }
    let any = functions::any_value::any_value_udaf();
    let call =
        Call { types: vec![Int64], agree: Some(agreement::Rule::OneOfThem), ..Call::default() };
    cases.push(case(any, call));
    cases
}

fn quantiles() -> Vec<Case> {
    use DataType::*;
    let mut cases =
        plain(&[functions::median::median_udaf()], &[Int64, Float64, Decimal128(10, 2)]);
    cases.extend(distinct(&[functions::median::median_udaf()], &[Int64]));
    cases.extend(plain(&[functions::approx_median::approx_median_udaf()], &[Float64]));
    let half = || vec![ScalarValue::from(0.25)];
    let of = |types, distinct| Call { types, literals: half(), distinct, ..Call::default() };
    let exact = functions::percentile_cont::percentile_cont_udaf;
    cases.push(case(exact(), of(vec![Float64], false)));
    cases.push(case(exact(), of(vec![Float64], true)));
    let approximate = functions::approx_percentile_cont::approx_percentile_cont_udaf;
    cases.push(case(approximate(), of(vec![Float64], false)));
    let mut call = of(vec![Float64; 2], false);
    // Values and weights; a weight is positive.
    let weights = [1.0, 2.0, 5.0].map(ScalarValue::from).to_vec();
    call.pools = Some(vec![values(&Float64), weights]);
    let weighted =
        functions::approx_percentile_cont_with_weight::approx_percentile_cont_with_weight_udaf;
    cases.push(case(weighted(), call));
    cases
}
