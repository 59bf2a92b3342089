//! Groups and aggregates.
//!
//! ```text
//! groups     = the input rows by key (NULLs are alike); without keys one group, even of no rows
//! row        = the key, then for each call the meaning of its aggregate over the bag of its argument rows
//! bag        = the group's rows that pass FILTER, each as its arguments; distinct ones only, if so written
//! ```

use std::collections::BTreeMap;

use spec::agg::Meaning;
use spec::agg::ordered_set::{KeyOrder, OrderedSet, Set};
use spec::error::{Failure, SqlError, Unsupported};
use spec::expr::Expr;
use spec::expr::eval::Scope;
use spec::permitted::Cell;
use spec::query::{Call, Rel};
use spec::value::order::Key;
use spec::value::{Row, Value};

use super::distinct::representatives;
use crate::Reference;
use crate::answer::{Answer, Field, Mark, Tuple};
use crate::expression::every;

impl Reference<'_> {
    /// One row per group. [rel.aggregate]
    pub(super) fn aggregate(
        &self,
        input: &Rel,
        keys: &[Expr],
        calls: &[Call],
        outer: Option<&Scope<'_>>,
    ) -> Result<Answer, Failure> {
        let answer = self.answer(input, outer)?;
        let mut failure = answer.failure.clone();
        let mut groups: BTreeMap<Key, Vec<Tuple>> = BTreeMap::new();
        if keys.is_empty() {
            groups.insert(Key(vec![]), vec![]);
        }
        for tuple in answer.into_tuples()? {
            match every(keys.iter().map(|key| self.value(key, &tuple, outer))) {
                Ok(key) => groups.entry(Key(key)).or_default().push(tuple),
                Err(Failure::Sql(error)) => failure = failure.or(Some(error)),
                Err(unable) => return Err(unable),
            }
        }
        let mut rows = Vec::new();
        for (Key(key), tuples) in groups {
            let mut fields = self.key_fields(keys, key, &tuples, outer)?;
            for call in calls {
                fields.push(self.call(call, &tuples, outer)?);
            }
            rows.push(Tuple::of(fields));
        }
        Ok(Answer::bag(rows).failing(failure))
    }

    /// The key as fields: up to equality where the group holds equal keys that differ (1.0 and 1.00). [bag.group.key]
    fn key_fields(
        &self,
        keys: &[Expr],
        key: Row,
        tuples: &[Tuple],
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Field>, Failure> {
        let mut fields = Vec::new();
        for (expr, value) in keys.iter().zip(key) {
            let mut differs = false;
            if expr.ty().equal_may_differ() {
                for tuple in tuples {
                    let (other, mark) = self.field(expr, tuple, outer)?;
                    differs |= mark.is_some() || other != value;
                }
            }
            let mark = differs.then(|| Mark::Cell(Cell::EqualTo(value.clone())));
            fields.push((value, mark));
        }
        Ok(fields)
    }

    /// What an aggregate call may answer for a group.
    fn call(
        &self,
        call: &Call,
        tuples: &[Tuple],
        outer: Option<&Scope<'_>>,
    ) -> Result<Field, Failure> {
        match self.bag(call, tuples, outer) {
            Err(Failure::Sql(error)) => Ok((Value::Null, Some(Mark::Poison(error)))),
            Err(unable) => Err(unable),
            Ok((rows, ordered)) => match &call.aggregate.ordered_set {
                Some(set) => self.of_set(call, set, rows, tuples, outer),
                None => self.meaning(call, rows, ordered),
            },
        }
    }

    /// What an ordered-set aggregate may answer for a group. [agg.ordered-set]
    fn of_set(
        &self,
        call: &Call,
        set: &OrderedSet,
        rows: Vec<Row>,
        tuples: &[Tuple],
        outer: Option<&Scope<'_>>,
    ) -> Result<Field, Failure> {
        let direct = match self.direct(call, tuples, outer) {
            Err(Failure::Sql(error)) => return Ok((Value::Null, Some(Mark::Poison(error)))),
            direct => direct?,
        };
        let order: Vec<KeyOrder> = call.order_by.iter().map(KeyOrder::from).collect();
        let bag = Set { direct: &direct, values: &rows.concat(), order: &order };
        self.field_of((set.meaning)(&bag), call, false)
    }

    /// The direct arguments, which are the same for every row of the group. [agg.ordered-set.direct]
    fn direct(
        &self,
        call: &Call,
        tuples: &[Tuple],
        outer: Option<&Scope<'_>>,
    ) -> Result<Row, Failure> {
        // A group of no rows has no keys either: nothing is read from this row.
        let none = Tuple::default();
        let mut rows = tuples.iter();
        let first = self.arguments(&call.direct, rows.next().unwrap_or(&none), outer)?;
        for tuple in rows {
            if self.arguments(&call.direct, tuple, outer)? != first {
                return Err(Unsupported::new("direct arguments over keys that differ").into());
            }
        }
        Ok(first)
    }

    /// The argument rows of a call, and whether their order is decided.
    fn bag(
        &self,
        call: &Call,
        tuples: &[Tuple],
        outer: Option<&Scope<'_>>,
    ) -> Result<(Vec<Row>, bool), Failure> {
        let filter: Vec<Expr> = call.filter.iter().cloned().collect();
        let holds = every(tuples.iter().map(|tuple| self.holds(&filter, tuple, outer)))?;
        let kept = tuples.iter().zip(holds).filter(|(_, holds)| *holds);
        let kept = kept.map(|(tuple, _)| tuple.clone()).collect();
        let groups = self.ordered(kept, &call.order_by, outer)?;
        let args = |tuple: &Tuple| self.arguments(&call.args, tuple, outer);
        let rows: Vec<Vec<Row>> = every(groups.iter().map(|ties| every(ties.iter().map(args))))?;
        let ordered = !call.order_by.is_empty()
            && rows.iter().all(|ties| ties.windows(2).all(|pair| pair[0] == pair[1]));
        Ok((rows.concat(), ordered))
    }

    /// The arguments of a call for a row: exact ones, since a sum of inexact values is not determined.
    fn arguments(
        &self,
        args: &[Expr],
        tuple: &Tuple,
        outer: Option<&Scope<'_>>,
    ) -> Result<Row, Failure> {
        let argument = |arg| match self.field(arg, tuple, outer)? {
            (value, None) => Ok(value),
            (_, Some(Mark::Poison(error))) => Err(error.into()),
            (_, Some(Mark::Cell(_))) => {
                Err(Unsupported::new("aggregates over values that are not determined").into())
            }
        };
        every(args.iter().map(argument))
    }

    /// The meaning of the call's aggregate over argument rows.
    fn meaning(&self, call: &Call, rows: Vec<Row>, ordered: bool) -> Result<Field, Failure> {
        let (rows, blurred) = if call.distinct { representatives(rows) } else { (rows, false) };
        let meaning = call.aggregate.answers(&rows, ordered);
        self.field_of(meaning, call, blurred)
    }

    /// A meaning as a field; `blurred` if its rows are known up to equality only.
    fn field_of(&self, meaning: Meaning, call: &Call, blurred: bool) -> Result<Field, Failure> {
        if let Some(unable) = meaning.unable {
            return Err(Unsupported::new(unable).into());
        }
        self.errors.borrow_mut().extend(&meaning.errors);
        Ok(match (meaning.cell, meaning.errors.first()) {
            (Some(Cell::Exactly(value)), _) => {
                let may_differ = !value.is_null() && call.aggregate.result.equal_may_differ();
                let blurred = blurred && may_differ;
                let mark = blurred.then(|| Mark::Cell(Cell::EqualTo(value.clone())));
                (value, mark)
            }
            (Some(Cell::EqualTo(value)), _) => {
                (value.clone(), Some(Mark::Cell(Cell::EqualTo(value))))
            }
            // Members that are known up to equality only: alone, one is the whole array; in any order, they are more
            // answers than a cell can say.
            (Some(Cell::AnyOrderOfMembers(array)), _)
                if blurred && call.aggregate.result.equal_may_differ() =>
            {
                if array.elements().len() > 1 {
                    let what = "lists of distinct values of which equal ones differ";
                    return Err(Unsupported::new(what).into());
                }
                let value = Value::Array(array);
                (value.clone(), Some(Mark::Cell(Cell::EqualTo(value))))
            }
            (Some(inexact), _) => (Value::Null, Some(Mark::Cell(inexact))),
            (None, Some(&state)) => {
                let error = SqlError::new(state, format!("{}: error", call.aggregate.name));
                (Value::Null, Some(Mark::Poison(error)))
            }
            (None, None) => unreachable!("an aggregate has a value or an error"),
        })
    }
}
