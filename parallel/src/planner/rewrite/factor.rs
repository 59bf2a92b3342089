//! FactorOr: what stands in every arm of an OR is asked once, beside it (`find_duplicate_ors`).
//!
//! `(a AND b) OR (a AND c)` is `a AND (b OR c)`, in three-valued logic too: a join condition that a query repeats in every
//! arm can be hashed then.

use spec::expr::Expr;

use crate::planner::block::conjuncts;
use crate::planner::safety;

/// The condition with common conjuncts of its ORs taken out, if there are any.
pub(in crate::planner) fn factored(condition: &Expr) -> Option<Expr> {
    match condition {
        Expr::And(operands) => {
            let new: Vec<Option<Expr>> = operands.iter().map(factored).collect();
            let old = |(new, old): (Option<Expr>, &Expr)| new.unwrap_or_else(|| old.clone());
            new.iter()
                .any(Option::is_some)
                .then(|| Expr::And(new.into_iter().zip(operands).map(old).collect()))
        }
        Expr::Or(arms) => of_arms(arms),
        _ => None,
    }
}

fn of_arms(arms: &[Expr]) -> Option<Expr> {
    let parts = |arm| conjuncts(arm).into_iter().map(|part| (placeless(part), part)).collect();
    let arms: Vec<Vec<(Expr, &Expr)>> = arms.iter().map(parts).collect();
    let has = |parts: &[(Expr, &Expr)], part: &Expr| parts.iter().any(|(own, _)| own == part);
    let mut common: Vec<(Expr, &Expr)> = vec![];
    for (part, written) in arms.first()? {
        let everywhere = arms.iter().all(|arm| has(arm, part));
        if everywhere && !has(&common, part) && !safety::is_volatile(part) {
            common.push((part.clone(), written));
        }
    }
    if common.is_empty() {
        return None;
    }
    let rest = arms.iter().map(|arm| {
        let own = arm.iter().filter(|(part, _)| !has(&common, part));
        let mut own: Vec<Expr> = own.map(|(_, written)| (*written).clone()).collect();
        if own.len() == 1 { own.remove(0) } else { Expr::And(own) }
    });
    let rest: Vec<Expr> = rest.collect();
    let mut all: Vec<Expr> = common.iter().map(|(_, written)| (*written).clone()).collect();
    // An arm of nothing else is true beside the common part, and with it the whole OR.
    if !rest.contains(&Expr::And(vec![])) {
        all.push(Expr::Or(rest));
    }
    Some(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
}

/// The expression as if it had been written nowhere: the same words in two places are the same condition.
fn placeless(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    if let Expr::Call { position, .. } | Expr::Cast { position, .. } = &mut expr {
        *position = 0;
    }
    expr.operands_mut().into_iter().for_each(|operand| *operand = placeless(operand));
    expr
}

#[cfg(test)]
mod tests {
    use spec::value::Type;

    use super::*;

    fn column(index: usize) -> Expr {
        Expr::Column { index, ty: Type::Bool }
    }

    #[test]
    fn what_all_arms_ask_is_asked_once() {
        let [a, b, c] = [0, 1, 2].map(column);
        let and = |parts: &[&Expr]| Expr::And(parts.iter().copied().cloned().collect());
        let or = |arms: &[Expr]| Expr::Or(arms.to_vec());
        let both = or(&[and(&[&a, &b]), and(&[&c, &a])]);
        assert_eq!(factored(&both), Some(and(&[&a, &or(&[b.clone(), c.clone()])])));
        assert_eq!(factored(&or(&[a.clone(), and(&[&a, &b])])), Some(a.clone()));
        assert_eq!(factored(&or(&[a.clone(), b.clone()])), None);
        assert_eq!(
            factored(&and(&[&c, &both])),
            Some(and(&[&c, &and(&[&a, &or(&[b.clone(), c.clone()])])]))
        );
    }
}
