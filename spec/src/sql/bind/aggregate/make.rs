//! From the options of CREATE AGGREGATE to an aggregate: every support function found, its types checked, one state for
//! all of them.

use super::super::overload::{self, Support};
use super::super::routine::{invalid, refuse};
use super::super::{Bind, unsupported};
use super::{Declared, Options, check_state};
use crate::agg::own::{self, Step, support};
use crate::agg::{Aggregate, StateField};
use crate::catalogue::Catalogue;
use crate::error::{SqlError, sqlstate};
use crate::expr::operator::{self, CastContext, Conversion};
use crate::expr::{Function, Safety};
use crate::sql::ast::CreateAggregate;
use crate::value::{Modifier, Type, Value, text};

/// An aggregate that is being made.
pub(super) struct Maker<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) args: &'a [Declared],
    pub(super) state: &'a Declared,
    pub(super) position: usize,
}

/// The candidates for a support function, each with its result and whether it is strict.
struct Found {
    /// What may do the step; several built-in aggregates may share one function.
    steps: Vec<Step>,
    strict: bool,
}

impl Maker<'_> {
    pub(super) fn make(
        &self,
        definition: &CreateAggregate,
        options: &Options<'_>,
        transition: &str,
        serial: Option<[String; 2]>,
        parallel: Safety,
    ) -> Bind<&'static Aggregate> {
        let initial = options.function(&["initcond", "initcond1"]);
        self.check_initial(self.state, initial.as_deref())?;
        let advance = self.transition(transition, self.state)?;
        self.check_first(&advance, initial.as_deref(), self.state)?;
        let finish = options.function(&["finalfunc"]);
        let extra = options.is_set("finalfunc_extra");
        let finish = finish.map(|name| self.finish(&name, extra)).transpose()?;
        let combine = options.function(&["combinefunc"]);
        let combine = combine.map(|name| self.combine(&name)).transpose()?;
        if let Some([serialize, deserialize]) = &serial {
            self.check_serial(serialize, deserialize)?;
        }
        self.check_sort_operator(options)?;
        let (fields, advance, combine, finish) = self.alike(&advance, combine, finish)?;
        let result = self.result(finish)?;
        let moving = self.moving(options, result)?;
        let splits = combine.is_some() && (!self.state.is_internal() || serial.is_some());
        Ok(own::intern(own::Definition {
            name: definition.name.name.clone(),
            args: self.arguments()?,
            result,
            transition: advance,
            combine,
            finish,
            finish_extra: extra,
            state_type: self.state.catalogue_name(),
            initial: self.initial(&fields, advance, initial.as_deref())?,
            fields,
            parallel,
            splits,
            moving,
        }))
    }

    fn arguments(&self) -> Bind<Vec<Option<Type>>> {
        let any_or_ours = |ty: &Declared| match (ty.ty(), ty) {
            (Some(ty), _) => Ok(Some(ty)),
            (None, Declared::Other(name)) if name == "any" => Ok(None),
            (None, other) => {
                unsupported(format!("arguments of type {}", other.shown()), self.position)
            }
        };
        self.args.iter().map(any_or_ours).collect()
    }

    /// The result type: that of the final function, or the state's.
    pub(super) fn result(&self, finish: Option<Step>) -> Bind<Type> {
        match (finish, self.state.ty()) {
            (Some(Step::Call(function)), _) => Ok(function.result),
            (Some(Step::Machine(aggregate) | Step::Moving(aggregate)), _) => Ok(aggregate.result),
            (None, Some(ty)) => Ok(ty),
            (None, None) if self.state.is_internal() => {
                let error = SqlError::new(
                    sqlstate::INVALID_FUNCTION_DEFINITION,
                    "unsafe use of pseudo-type \"internal\"",
                );
                let detail =
                    "A result of type internal requires at least one input of type internal.";
                Err(error.detail(detail).into())
            }
            (None, None) => {
                unsupported(format!("results of type {}", self.state.shown()), self.position)
            }
        }
    }

    /// The initial state must be a text of its type, if that is one of ours.
    fn check_initial(&self, state: &Declared, initial: Option<&str>) -> Bind<()> {
        if let (Declared::Ours(ty), Some(initial)) = (state, initial) {
            text::input(*ty, Modifier::None, initial)?;
        }
        Ok(())
    }

    /// A support function by name for these argument types.
    fn support(&self, name: &str, inputs: &[&Declared], found: Vec<(Step, bool)>) -> Bind<Found> {
        let Some(&(_, strict)) = found.first() else {
            let shown: Vec<String> = inputs.iter().map(|ty| ty.shown()).collect();
            let signature = format!("{name}({})", shown.join(", "));
            let types: Option<Vec<Type>> = inputs.iter().map(|ty| ty.ty()).collect();
            let polymorphic = inputs.iter().any(|ty| ty.family().is_some());
            // Of polymorphic functions we have all that go by their names.
            let may_be_theirs = match types {
                Some(_) if polymorphic => !overload::is_ours(name),
                Some(types) => overload::postgres_takes(name, &types),
                // What is over our types only takes no internal state.
                None if inputs.iter().any(|ty| ty.is_internal()) => overload::is_foreign(name),
                None => true,
            };
            if may_be_theirs && overload::is_known_to_postgres(name) {
                return unsupported(format!("support functions {signature}"), self.position);
            }
            let message = format!("function {signature} does not exist");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        };
        Ok(Found { steps: found.into_iter().map(|(step, _)| step).collect(), strict })
    }

    /// A function over values, if all types are ours: as a call would find it, without run-time casts.
    fn call(&self, name: &str, inputs: &[&Declared]) -> Bind<Option<&'static Function>> {
        let Some(types) = inputs.iter().map(|ty| ty.ty()).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let theirs = overload::family(name, self.catalogue);
        if inputs.iter().filter_map(|ty| ty.family()).any(|family| family != theirs) {
            return Ok(None);
        }
        let Support::One(function) = overload::support(name, &types, self.catalogue)? else {
            return Ok(None);
        };
        let is_same_bits = |(from, to): (&Type, &Type)| {
            from == to
                || operator::cast(*from, *to).is_some_and(|rule| {
                    matches!(rule.conversion, Conversion::Relabel)
                        && rule.context == CastContext::Implicit
                })
        };
        if !types.iter().zip(function.args).all(is_same_bits) {
            let shown: Vec<_> = function.args.iter().map(|ty| ty.name()).collect();
            let message =
                format!("function {name}({}) requires run-time type coercion", shown.join(", "));
            return refuse(sqlstate::DATATYPE_MISMATCH, message);
        }
        Ok(Some(function))
    }

    fn transition(&self, name: &str, state: &Declared) -> Bind<Found> {
        let inputs: Vec<&Declared> = std::iter::once(state).chain(self.args).collect();
        let plain = support::all()
            .iter()
            .filter(|one| one.transition == name && self.keeps(one.aggregate.state_type))
            .map(|one| Step::Machine(one.aggregate));
        let moving = support::moving()
            .iter()
            .filter(|one| one.transition == name && self.keeps(one.moving.state_type))
            .map(|one| Step::Moving(one.aggregate));
        let mut found = self.taking(plain.chain(moving));
        if found.is_empty()
            && let Some(function) = self.call(name, &inputs)?
        {
            self.check_result(function.result, state, "transition", name)?;
            found.push((Step::Call(function), function.strict));
        }
        self.support(name, &inputs, found)
    }

    /// The inverse transition function: a row leaves as it came. [agg.own.moving]
    fn inverse(&self, name: &str) -> Bind<Found> {
        let inputs: Vec<&Declared> = std::iter::once(self.state).chain(self.args).collect();
        let machines = support::moving()
            .iter()
            .filter(|one| one.inverse == name && self.keeps(one.moving.state_type))
            .map(|one| Step::Moving(one.aggregate));
        let mut found = self.taking(machines);
        if found.is_empty()
            && let Some(function) = self.call(name, &inputs)?
        {
            self.check_result(function.result, self.state, "inverse transition", name)?;
            found.push((Step::Call(function), function.strict));
        }
        self.support(name, &inputs, found)
    }

    /// Whether a state of this catalogue name is the state of the aggregate.
    fn keeps(&self, state_type: &str) -> bool {
        state_type == self.state.catalogue_name()
    }

    /// Of the steps those of built-in aggregates that take the arguments of this one, each with its strictness.
    fn taking(&self, steps: impl Iterator<Item = Step>) -> Vec<(Step, bool)> {
        let takes = |step: &Step| match step {
            Step::Machine(aggregate) | Step::Moving(aggregate) => self.takes(aggregate),
            Step::Call(_) => true,
        };
        steps.filter(takes).map(|step| (step, step.advances_strictly())).collect()
    }

    /// Whether a built-in aggregate takes the arguments of this one.
    fn takes(&self, aggregate: &Aggregate) -> bool {
        aggregate.args.len() == self.args.len()
            && aggregate
                .args
                .iter()
                .zip(self.args)
                .all(|(theirs, mine)| theirs.is_none() || *theirs == mine.ty())
    }

    fn check_result(&self, result: Type, wanted: &Declared, what: &str, name: &str) -> Bind<()> {
        if wanted.ty() == Some(result) {
            return Ok(());
        }
        let message = format!("return type of {what} function {name} is not {}", wanted.shown());
        refuse(sqlstate::DATATYPE_MISMATCH, message)
    }

    /// Without an initial state a strict transition function takes the first argument for it.
    fn check_first(&self, advance: &Found, initial: Option<&str>, state: &Declared) -> Bind<()> {
        if !advance.strict || initial.is_some() {
            return Ok(());
        }
        let fits = match (self.args.first().and_then(Declared::ty), state.ty()) {
            (Some(arg), Some(state)) => {
                arg == state
                    || operator::cast(arg, state)
                        .is_some_and(|rule| matches!(rule.conversion, Conversion::Relabel))
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        invalid(
            "must not omit initial value when transition function is strict and transition type is not compatible with input type",
        )
    }

    /// The moving implementation: checked as the plain one is, and kept for its law. [law.inverse]
    fn moving(&self, options: &Options<'_>, result: Type) -> Bind<Option<Box<own::Moving>>> {
        let Some(state) = options.ty(&["mstype"])? else { return Ok(None) };
        check_state(&state)?;
        let initial = options.function(&["minitcond"]);
        self.check_initial(&state, initial.as_deref())?;
        let forward = options.function(&["msfunc"]).unwrap_or_default();
        let inverse = options.function(&["minvfunc"]).unwrap_or_default();
        let moving = Maker { state: &state, ..*self };
        let forward = moving.transition(&forward, &state)?;
        self.check_first(&forward, initial.as_deref(), &state)?;
        let inverse = moving.inverse(&inverse)?;
        if inverse.strict != forward.strict {
            return invalid(
                "strictness of aggregate's forward and inverse transition functions must match",
            );
        }
        let extra = options.is_set("mfinalfunc_extra");
        let finish = options.function(&["mfinalfunc"]);
        let finish = finish.map(|name| moving.finish(&name, extra)).transpose()?;
        let (fields, advance, inverse, finish) = moving.alike(&forward, Some(inverse), finish)?;
        let Some(inverse) = inverse else { return Ok(None) };
        moving.check_moving_result(finish, result)?;
        let initial = moving.initial(&fields, advance, initial.as_deref())?;
        let steps = own::Moving {
            transition: advance,
            inverse,
            finish,
            finish_extra: extra,
            state_type: state.catalogue_name(),
            fields,
            initial,
        };
        Ok(Some(Box::new(steps)))
    }

    /// Both implementations answer with the same type; without a final function it is the state's.
    fn check_moving_result(&self, finish: Option<Step>, plain: Type) -> Bind<()> {
        let moving = match finish {
            None => self.state.shown(),
            Some(_) => self.result(finish)?.name().into(),
        };
        if moving == plain.name() {
            return Ok(());
        }
        invalid(format!(
            "moving-aggregate implementation returns type {moving}, but plain implementation returns type {plain}"
        ))
    }

    fn finish(&self, name: &str, extra: bool) -> Bind<Found> {
        let mut inputs = vec![self.state];
        if extra {
            inputs.extend(self.args);
        }
        // Those that are declared without the arguments of the aggregate take none.
        let has_extra = inputs.len() > 1;
        let plain = support::all()
            .iter()
            .filter(|one| one.finish == name && self.keeps(one.aggregate.state_type))
            .filter(|one| one.finish_extra() == has_extra)
            .filter(|one| !has_extra || self.takes(one.aggregate))
            .map(|one| (Step::Machine(one.aggregate), one.aggregate.final_strict));
        let moving = support::moving()
            .iter()
            .filter(|one| one.finish == name && self.keeps(one.moving.state_type) && !has_extra)
            .map(|one| (Step::Moving(one.aggregate), false));
        let mut found: Vec<(Step, bool)> = plain.chain(moving).collect();
        if found.is_empty()
            && let Some(function) = self.call(name, &inputs)?
        {
            if extra && function.strict && inputs.len() > 1 {
                return invalid("final function with extra arguments must not be declared STRICT");
            }
            found.push((Step::Call(function), function.strict));
        }
        self.support(name, &inputs, found)
    }

    fn combine(&self, name: &str) -> Bind<Found> {
        let inputs = [self.state, self.state];
        let mut found: Vec<(Step, bool)> = vec![];
        if let Some(function) = self.call(name, &inputs)? {
            self.check_result(function.result, self.state, "combine", name)?;
            found.push((Step::Call(function), function.strict));
        } else {
            let machines = support::all()
                .iter()
                .filter(|one| one.combine == name)
                .filter(|one| one.aggregate.state_type == self.state.catalogue_name());
            found.extend(
                machines.map(|one| (Step::Machine(one.aggregate), one.aggregate.combine_strict)),
            );
        }
        self.support(name, &inputs, found)
    }

    fn check_serial(&self, serialize: &str, deserialize: &str) -> Bind<()> {
        let internal = Declared::Other("internal".into());
        let bytes = Declared::Other("bytea".into());
        let known = |name: &str, of: fn(&support::Support) -> &'static str| {
            support::all().iter().any(|one| of(one) == name)
        };
        if !known(serialize, |one| one.serialize) {
            self.support(serialize, &[&internal], vec![])?;
        }
        if !known(deserialize, |one| one.deserialize) {
            self.support(deserialize, &[&bytes, &internal], vec![])?;
        }
        Ok(())
    }

    fn check_sort_operator(&self, options: &Options<'_>) -> Bind<()> {
        let Some(symbol) = options.function(&["sortop"]) else { return Ok(()) };
        let [arg] = self.args else {
            return invalid("sort operator can only be specified for single-argument aggregates");
        };
        let Some(ty) = arg.ty() else {
            return unsupported("sort operators of this type", self.position);
        };
        if operator::exact(&symbol, Some(ty), ty).is_none() {
            let message = format!("operator does not exist: {ty} {symbol} {ty}");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        }
        Ok(())
    }

    /// Steps that all keep the same state, field for field.
    #[allow(clippy::type_complexity, reason = "three steps and what they share")]
    fn alike(
        &self,
        advance: &Found,
        combine: Option<Found>,
        finish: Option<Found>,
    ) -> Bind<(Vec<StateField>, Step, Option<Step>, Option<Step>)> {
        let pick = |found: &Option<Found>, fields: &[StateField]| match found {
            None => Some(None),
            Some(found) => {
                let fits = |step: &&Step| self.fields(**step) == fields;
                found.steps.iter().find(fits).map(|step| Some(*step))
            }
        };
        let together = advance.steps.iter().find_map(|step| {
            let fields = self.fields(*step);
            Some((fields.clone(), *step, pick(&combine, &fields)?, pick(&finish, &fields)?))
        });
        match together {
            Some(steps) => Ok(steps),
            None => unsupported("support functions of different states", self.position),
        }
    }

    /// The fields of the state that a step works on.
    fn fields(&self, step: Step) -> Vec<StateField> {
        match (step, self.state.ty()) {
            // A state of one value is that value, whatever the machine calls it.
            (_, Some(ty)) => vec![StateField { name: "state", ty }],
            (Step::Machine(aggregate), None) => aggregate.state_fields.to_vec(),
            (Step::Moving(aggregate), None) => {
                aggregate.moving.as_ref().map_or(vec![], |moving| moving.state_fields.to_vec())
            }
            (Step::Call(_), None) => vec![],
        }
    }

    /// INITCOND as a state.
    fn initial(
        &self,
        fields: &[StateField],
        advance: Step,
        initial: Option<&str>,
    ) -> Bind<Vec<Value>> {
        let Some(initial) = initial else { return Ok(vec![Value::Null; fields.len()]) };
        match self.state {
            Declared::Ours(ty) => return Ok(vec![text::input(*ty, Modifier::None, initial)?]),
            // Read when the type is known, as PostgreSQL does it.
            Declared::Polymorphic(..) => return Ok(vec![Value::Null]),
            Declared::Other(_) => {}
        }
        let built_in = support::all()
            .iter()
            .find(|one| advance == Step::Machine(one.aggregate) && one.initial == Some(initial));
        match built_in {
            Some(one) => Ok(one.aggregate.machine.init()),
            None => {
                let what = format!("INITCOND '{initial}' for a state of {}", self.state.shown());
                unsupported(what, self.position)
            }
        }
    }
}
