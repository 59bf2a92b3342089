//! Positions in trees: forgetting them, and finding where an expression begins.
//!
//! ```text
//! tree.without_positions()   the same tree with every position 0, for comparing texts that mean the same
//! leftmost(expr)             PostgreSQL's exprLocation: where messages about a whole expression point
//! ```

use super::ast::*;

/// A syntax tree whose positions can be visited and forgotten.
pub trait Positions: Clone {
    /// Shows every position of the tree to `see`, which may change it.
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position));

    /// The same tree with all positions 0, so that `==` compares what was written and not where.
    fn without_positions(&self) -> Self {
        let mut tree = self.clone();
        tree.each_position(&mut |position| *position = 0);
        tree
    }
}

/// Where the text of an expression begins: the smallest position in it (PostgreSQL's `exprLocation`).
///
/// Messages about an operator point at the operator ([`Expr::position`]); messages about a whole expression (its type
/// does not fit a clause) point here. Sub-queries are one node and are not looked into.
pub fn leftmost(expr: &Expr) -> Position {
    let first = match &expr.kind {
        ExprKind::Infix(left, ..)
        | ExprKind::LikeEscape(left, ..)
        | ExprKind::IsDistinct { left, .. }
        | ExprKind::IsNull { operand: left, .. }
        | ExprKind::IsTruth { operand: left, .. }
        | ExprKind::Between { operand: left, .. }
        | ExprKind::InList { operand: left, .. }
        | ExprKind::InQuery { operand: left, .. }
        | ExprKind::Quantified { operand: left, .. }
        | ExprKind::QuantifiedArray { operand: left, .. }
        | ExprKind::Subscript(left, _)
        | ExprKind::Slice(left, _)
        | ExprKind::Cast(left, _) => leftmost(left),
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            operands.first().map_or(expr.position, leftmost)
        }
        _ => expr.position,
    };
    first.min(expr.position)
}

impl<T: Positions> Positions for Vec<T> {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.iter_mut().for_each(|item| item.each_position(see));
    }
}

impl<T: Positions> Positions for Option<T> {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.iter_mut().for_each(|item| item.each_position(see));
    }
}

impl<T: Positions> Positions for Box<T> {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        (**self).each_position(see);
    }
}

impl<A: Positions, B: Positions> Positions for (A, B) {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.0.each_position(see);
        self.1.each_position(see);
    }
}

impl Positions for Ident {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        see(&mut self.position);
    }
}

impl Positions for TypeName {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        see(&mut self.position);
    }
}

impl Positions for Parsed {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.statement.each_position(see);
    }
}

impl Positions for Statement {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            Statement::Select(query) => query.each_position(see),
            Statement::Explain { statement, .. } => statement.each_position(see),
            Statement::CreateTable { name, columns, keys, options, .. } => {
                name.each_position(see);
                columns.each_position(see);
                keys.each_position(see);
                options.iter_mut().for_each(|(name, _)| name.each_position(see));
            }
            Statement::Insert { table, columns, query, returning } => {
                table.each_position(see);
                columns.each_position(see);
                query.each_position(see);
                returning.each_position(see);
            }
            Statement::CreateTableAs { name, columns, query, .. } => {
                name.each_position(see);
                columns.each_position(see);
                query.each_position(see);
            }
            Statement::CopyFrom { table, columns, .. } => {
                table.each_position(see);
                columns.each_position(see);
            }
            Statement::CreateIndex { name, table, columns, .. } => {
                name.each_position(see);
                table.each_position(see);
                columns.iter_mut().for_each(|(column, ..)| column.each_position(see));
            }
            Statement::Drop { names, .. }
            | Statement::Analyze { tables: names, .. }
            | Statement::Truncate { tables: names } => {
                names.each_position(see);
            }
            Statement::CreateFunction(function) => function.each_position(see),
            Statement::CreateAggregate(aggregate) => aggregate.each_position(see),
            Statement::DropRoutine { routines, .. } => {
                for routine in routines {
                    routine.name.each_position(see);
                    routine.args.iter_mut().flatten().for_each(|ty| ty.each_position(see));
                }
            }
            Statement::Set { name, .. } => name.each_position(see),
            Statement::Reset { name } | Statement::Show { name } => name.each_position(see),
            Statement::Transaction(kind) => kind.each_position(see),
            Statement::CreateView(view) => {
                view.name.each_position(see);
                view.columns.each_position(see);
                view.query.each_position(see);
            }
            Statement::AlterTable(alter) => {
                alter.name.each_position(see);
                alter.actions.iter_mut().for_each(|action| action.each_position(see));
            }
            Statement::Update(update) => {
                update.table.each_position(see);
                update.alias.each_position(see);
                update.assignments.each_position(see);
                update.filter.each_position(see);
                update.returning.each_position(see);
            }
            Statement::Delete(delete) => {
                delete.table.each_position(see);
                delete.alias.each_position(see);
                delete.filter.each_position(see);
                delete.returning.each_position(see);
            }
            Statement::Prepared(prepared) => prepared.each_position(see),
            Statement::Cursor(cursor) => cursor.each_position(see),
        }
    }
}

impl Positions for TransactionKind {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        use TransactionKind::*;
        match self {
            Begin { .. } | Commit { .. } | Rollback { .. } | Set(_) => {}
            Savepoint(name) | RollbackTo(name) | Release(name) => name.each_position(see),
        }
    }
}

impl Positions for AlterAction {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            AlterAction::Set(options) => {
                options.iter_mut().for_each(|(name, _)| name.each_position(see));
            }
            AlterAction::Reset(names) => names.each_position(see),
        }
    }
}

impl Positions for PreparedStatement {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            PreparedStatement::Prepare { name, types, statement } => {
                name.each_position(see);
                types.each_position(see);
                statement.each_position(see);
            }
            PreparedStatement::Execute { name, args } => {
                name.each_position(see);
                args.each_position(see);
            }
            PreparedStatement::Deallocate { name } => name.each_position(see),
        }
    }
}

impl Positions for CursorStatement {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            CursorStatement::Declare { name, query, .. } => {
                name.each_position(see);
                query.each_position(see);
            }
            CursorStatement::Fetch { name, .. } => name.each_position(see),
            CursorStatement::Close { name } => name.each_position(see),
        }
    }
}

impl Positions for RoutineType {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            RoutineType::Ours(ty) => ty.each_position(see),
            RoutineType::Other(name) => name.each_position(see),
        }
    }
}

impl Positions for RoutineArg {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.iter_mut().for_each(|name| name.each_position(see));
        self.ty.each_position(see);
    }
}

impl Positions for CreateFunction {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.args.iter_mut().for_each(|arg| arg.each_position(see));
        self.result.each_position(see);
        self.language.each_position(see);
    }
}

impl Positions for CreateAggregate {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.args.iter_mut().flatten().for_each(|arg| arg.each_position(see));
        for option in &mut self.options {
            option.name.each_position(see);
            match &mut option.value {
                Some(OptionValue::Name(name)) => name.each_position(see),
                Some(OptionValue::Type(ty)) => ty.each_position(see),
                Some(OptionValue::Text(_) | OptionValue::Operator(_)) | None => {}
            }
        }
    }
}

impl Positions for ColumnDef {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.ty.each_position(see);
    }
}

impl Positions for Query {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.with.each_position(see);
        self.body.each_position(see);
        self.order_by.each_position(see);
        self.limit.each_position(see);
        self.offset.each_position(see);
    }
}

impl Positions for Cte {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.columns.each_position(see);
        self.query.each_position(see);
    }
}

impl Positions for Body {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            Body::Select(select) => select.each_position(see),
            Body::Values(rows, position) => {
                rows.each_position(see);
                see(position);
            }
            Body::SetOperation { left, right, position, .. } => {
                left.each_position(see);
                right.each_position(see);
                see(position);
            }
            Body::Nested(query) => query.each_position(see),
        }
    }
}

impl Positions for Select {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.items.each_position(see);
        self.from.each_position(see);
        self.filter.each_position(see);
        self.group_by.each_position(see);
        self.having.each_position(see);
        see(&mut self.position);
    }
}

impl Positions for SelectItem {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            SelectItem::Star(table, position) => {
                table.each_position(see);
                see(position);
            }
            SelectItem::Expr(expr, alias) => {
                expr.each_position(see);
                alias.each_position(see);
            }
        }
    }
}

impl Positions for TableRef {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            TableRef::Table { name, alias } => {
                name.each_position(see);
                alias.each_position(see);
            }
            TableRef::Subquery { query, alias } => {
                query.each_position(see);
                alias.each_position(see);
            }
            TableRef::Function { name, args, alias } => {
                name.each_position(see);
                args.each_position(see);
                alias.each_position(see);
            }
            TableRef::Join { left, right, condition, position, .. } => {
                left.each_position(see);
                right.each_position(see);
                condition.each_position(see);
                see(position);
            }
        }
    }
}

impl Positions for Alias {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.columns.each_position(see);
    }
}

impl Positions for JoinCondition {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        match self {
            JoinCondition::None | JoinCondition::Natural => {}
            JoinCondition::On(condition) => condition.each_position(see),
            JoinCondition::Using(columns) => columns.each_position(see),
        }
    }
}

impl Positions for OrderBy {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.expr.each_position(see);
    }
}

impl Positions for Expr {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        see(&mut self.position);
        self.kind.each_position(see);
    }
}

impl Positions for ExprKind {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        use ExprKind::*;
        match self {
            Null | Bool(_) | Number(_) | String(_) | Parameter(..) => {}
            Typed(ty, _) => ty.each_position(see),
            Column { table, column } => {
                table.each_position(see);
                column.each_position(see);
            }
            Prefix(_, x) | Not(x) | IsNull { operand: x, .. } | IsTruth { operand: x, .. } => {
                x.each_position(see);
            }
            Infix(left, _, right) | IsDistinct { left, right, .. } => {
                left.each_position(see);
                right.each_position(see);
            }
            LikeEscape(x, _, y, z) | Between { operand: x, low: y, high: z, .. } => {
                x.each_position(see);
                y.each_position(see);
                z.each_position(see);
            }
            And(operands) | Or(operands) | Row(operands) | Array(operands) => {
                operands.each_position(see);
            }
            Subscript(array, subscripts) => {
                array.each_position(see);
                subscripts.each_position(see);
            }
            Slice(array, bounds) => {
                array.each_position(see);
                bounds.each_position(see);
            }
            QuantifiedArray { operand, array, .. } => {
                operand.each_position(see);
                array.each_position(see);
            }
            InList { operand, list, .. } => {
                operand.each_position(see);
                list.each_position(see);
            }
            InQuery { operand, query, .. } | Quantified { operand, query, .. } => {
                operand.each_position(see);
                query.each_position(see);
            }
            Exists(query) | Scalar(query) => query.each_position(see),
            Case { operand, branches, otherwise } => {
                operand.each_position(see);
                branches.each_position(see);
                otherwise.each_position(see);
            }
            Cast(x, ty) => {
                x.each_position(see);
                ty.each_position(see);
            }
            Call(call) => call.each_position(see),
        }
    }
}

impl Positions for Call {
    fn each_position(&mut self, see: &mut dyn FnMut(&mut Position)) {
        self.name.each_position(see);
        self.args.each_position(see);
        self.order_by.each_position(see);
        self.filter.each_position(see);
    }
}
