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
    let arms: Vec<Vec<&Expr>> = arms.iter().map(conjuncts).collect();
    let is_common = |part: &&Expr| arms.iter().all(|arm| arm.contains(part));
    let mut common: Vec<Expr> = vec![];
    for part in arms.first()?.iter().copied().filter(is_common) {
        if !common.contains(part) && !safety::is_volatile(part) {
            common.push(part.clone());
        }
    }
    if common.is_empty() {
        return None;
    }
    let rest = arms.iter().map(|arm| {
        let own: Vec<Expr> =
            arm.iter().filter(|part| !common.contains(part)).copied().cloned().collect();
        if own.len() == 1 { own.into_iter().next() } else { Some(Expr::And(own)) }
    });
    let rest: Vec<Expr> = rest.flatten().collect();
    // An arm of nothing else is true beside the common part, and with it the whole OR.
    if !rest.contains(&Expr::And(vec![])) {
        common.push(Expr::Or(rest));
    }
    Some(if common.len() == 1 { common.remove(0) } else { Expr::And(common) })
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
