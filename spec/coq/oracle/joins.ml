(* The vectors of joins: every kind over every two tables of at most two rows of one column, NULL among its values. *)

open Extracted
open Lines

let values = [None; Some (Aggregates.number "1"); Some (Aggregates.number "2")]
let tables = Aggregates.up_to 2 (Aggregates.bags values)

let line (kind_name, kind) (comparison_name, comparison) outer inner =
  let column rows = List (List.map Aggregates.of_integer rows) in
  (* A bag has no order: rows are listed in one that does not depend on how the model finds them. *)
  let rows = List.sort compare (join_rows kind comparison outer inner) in
  1, Object [
    "kind", Text kind_name; "clause", Text (if kind = NotIn then "expr.subquery" else "rel.join"); "comparison", Text comparison_name;
    "outer", column outer; "inner", column inner; "rows", List (List.map column rows) ]

(* PostgreSQL has no FULL JOIN but over equalities. *)
let exists (kind_name, _) (comparison_name, _) = kind_name <> "full" || comparison_name = "="

let write folder =
  let lines = List.concat_map (fun kind -> List.concat_map (fun comparison ->
    if not (exists kind comparison) then [] else
    List.concat_map (fun outer -> List.map (line kind comparison outer) tables) tables)
    (comparisons ())) (kinds ()) in
  Lines.write folder "joins"
    "outer, inner: the only column of each side. rows: the bag of rows of the join, columns of the outer side first; of semi, anti \
     and not in, rows of the outer side" lines
