(* The vectors of three-valued logic: every formula of the model over every choice of small arguments. *)

open Extracted
open Lines

let rec choices values = function
  | 0 -> [[]]
  | n -> List.concat_map (fun value -> List.map (List.cons value) (choices values (n - 1))) values

let truths = [Some true; Some false; None]
let numbers = [None; Some (Aggregates.number "0"); Some (Aggregates.number "1"); Some (Aggregates.number "2")]

(* A line is one formula: for each choice of arguments, these and the answer. *)
let line names values of_value formula =
  let case args = List (List.map of_value args @ [Aggregates.shown (answer_of formula args)]) in
  let cases = List.map case (choices values formula.arity) in
  List.length cases, Object [
    "formula", Text formula.sql; "clause", Text formula.formula_clause;
    "arguments", List (List.filteri (fun i _ -> i < formula.arity) names); "cases", List cases ]

(* WHERE keeps a row or not. *)
let where_line =
  let case p = List [Aggregates.of_truth p; Bool (stays p)] in
  List.length truths, Object [
    "formula", Text "where p"; "clause", Text "rel.filter"; "arguments", List [Text "p"]; "cases", List (List.map case truths) ]

let write folder =
  let named = List.map (fun name -> Text name) in
  Lines.write folder "formulas"
    "arguments: columns, truth values p q r or integers x y z. cases: values of the arguments and then the answer; an integer \
     that is an answer is a text. where p: whether the row stays"
    (List.map (line (named ["p"; "q"; "r"]) truths Aggregates.of_truth) (of_truths ())
     @ List.map (line (named ["x"; "y"; "z"]) numbers Aggregates.of_integer) (of_numbers ())
     @ [where_line])
