//! CREATE AGGREGATE of ordered-set and hypothetical-set aggregates: over the support functions of the built-in ones.
//!
//! PostgreSQL's own are all made of two transition functions, which keep the rows, and final functions, which look at the
//! sorted rows. An aggregate over these is the built-in one under another name. [agg.own.ordered-set] Other transition
//! functions would have to sort by themselves; they are outside the subset.

use super::super::coerce::can_coerce;
use super::super::overload;
use super::super::routine::{invalid, refuse};
use super::super::{Bind, unsupported};
use super::make::Maker;
use super::{Declared, Options};
use crate::agg::{self, Aggregate, own};
use crate::error::sqlstate;
use crate::expr::Safety;
use crate::expr::operator::CastContext;
use crate::sql::ast::CreateAggregate;
use crate::value::{Element, Type};

/// The final functions: of which aggregate each is, and whether it takes the aggregated arguments, too.
const FINAL: [(&str, &str, bool); 11] = [
    ("percentile_disc_final", "percentile_disc", true),
    ("percentile_disc_multi_final", "percentile_disc", true),
    ("percentile_cont_float8_final", "percentile_cont", false),
    ("percentile_cont_interval_final", "percentile_cont", false),
    ("percentile_cont_float8_multi_final", "percentile_cont", false),
    ("percentile_cont_interval_multi_final", "percentile_cont", false),
    ("mode_final", "mode", true),
    ("rank_final", "rank", true),
    ("dense_rank_final", "dense_rank", true),
    ("percent_rank_final", "percent_rank", true),
    ("cume_dist_final", "cume_dist", true),
];

impl Maker<'_> {
    /// The ordered-set aggregate with these direct arguments; `self.args` are those after ORDER BY.
    pub(super) fn ordered_set(
        &self,
        definition: &CreateAggregate,
        direct: &[Declared],
        options: &Options<'_>,
        transition: &str,
        parallel: Safety,
    ) -> Bind<&'static Aggregate> {
        let hypothetical = options.is_set("hypothetical");
        if hypothetical && !direct.ends_with(self.args) {
            return invalid(
                "a hypothetical-set aggregate must have direct arguments matching its aggregated arguments",
            );
        }
        self.check_ordered_transition(transition)?;
        let Some(finish) = options.function(&["finalfunc"]) else {
            self.result(None)?;
            return unsupported("ordered-set aggregates without a final function", self.position);
        };
        let extra = options.is_set("finalfunc_extra");
        let base = self.base(&finish, direct, hypothetical, extra)?;
        Ok(own::ordered_set(&definition.name.name, base, parallel))
    }

    /// One of the two functions that keep rows for sorting.
    fn check_ordered_transition(&self, name: &str) -> Bind<()> {
        let takes = match name {
            "ordered_set_transition" => self.args.len() == 1,
            "ordered_set_transition_multi" => true,
            _ => false,
        };
        let own = self.catalogue.functions_named(name).next().is_some();
        if takes && self.state.is_internal() {
            return Ok(());
        }
        let shown: Vec<String> =
            std::iter::once(self.state).chain(self.args).map(Declared::shown).collect();
        let signature = format!("{name}({})", shown.join(", "));
        if own || overload::is_known_to_postgres(name) && !name.starts_with("ordered_set_") {
            let what = format!("ordered-set aggregates over {signature}");
            return unsupported(what, self.position);
        }
        refuse(sqlstate::UNDEFINED_FUNCTION, format!("function {signature} does not exist"))
    }

    /// The built-in aggregate of a final function for these arguments.
    fn base(
        &self,
        finish: &str,
        direct: &[Declared],
        hypothetical: bool,
        extra: bool,
    ) -> Bind<&'static Aggregate> {
        let mut inputs = vec![self.state];
        inputs.extend(direct);
        if extra {
            inputs.extend(self.args);
        }
        let shown: Vec<String> = inputs.iter().map(|ty| ty.shown()).collect();
        let signature = format!("{finish}({})", shown.join(", "));
        let known = FINAL.iter().find(|(name, ..)| *name == finish);
        let Some(&(_, aggregate, takes_extra)) = known else {
            if overload::is_known_to_postgres(finish) {
                let what = format!("ordered-set aggregates over {signature}");
                return unsupported(what, self.position);
            }
            let message = format!("function {signature} does not exist");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        };
        let is_ranking = agg::of_name(aggregate)
            .any(|one| one.ordered_set.as_ref().is_some_and(|set| set.hypothetical));
        if is_ranking {
            let any = [Declared::Other("any".into())];
            let same = direct == any && self.args == any && hypothetical && extra;
            return match agg::of_name(aggregate).next() {
                Some(base) if same => Ok(base),
                _ => unsupported(
                    format!(
                        "{finish} in other aggregates than hypothetical ones of VARIADIC \"any\""
                    ),
                    self.position,
                ),
            };
        }
        let types = |declared: &[Declared]| declared.iter().map(Declared::ty).collect::<Vec<_>>();
        let wanted: &[Option<Type>] = match aggregate {
            "mode" => &[],
            _ if finish.contains("_multi_") => &[Some(Type::Array(Element::Float8))],
            _ => &[Some(Type::Float8)],
        };
        let by_cast = |(from, to): (&Option<Type>, &Option<Type>)| match (from, to) {
            (Some(from), Some(to)) => can_coerce(*from, *to, CastContext::Implicit),
            _ => false,
        };
        let casts = direct.len() == wanted.len() && types(direct).iter().zip(wanted).all(by_cast);
        if extra == takes_extra && casts && types(direct) != wanted {
            let message = format!(
                "function {finish}(internal, {}{}) requires run-time type coercion",
                wanted.iter().flatten().map(|ty| ty.name()).collect::<String>(),
                if takes_extra { ", anyelement" } else { "" }
            );
            return refuse(sqlstate::DATATYPE_MISMATCH, message);
        }
        if extra != takes_extra || types(direct) != wanted {
            let message = format!("function {signature} does not exist");
            return refuse(sqlstate::UNDEFINED_FUNCTION, message);
        }
        let by_name = |one: &&Aggregate| match finish {
            "percentile_cont_float8_final" | "percentile_cont_float8_multi_final" => {
                one.args == [Some(Type::Float8)]
            }
            "percentile_cont_interval_final" | "percentile_cont_interval_multi_final" => {
                one.args == [Some(Type::Interval)]
            }
            _ => true,
        };
        let takes = |one: &&Aggregate| {
            let asks = one.ordered_set.as_ref().map_or(&[][..], |set| set.direct);
            one.args == types(self.args) && wanted.iter().flatten().eq(asks) && by_name(one)
        };
        match agg::of_name(aggregate).find(takes) {
            Some(base) if !hypothetical => Ok(base),
            _ => {
                let what = format!("ordered-set aggregates over {signature} and these arguments");
                unsupported(what, self.position)
            }
        }
    }
}
