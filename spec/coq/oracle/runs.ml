(* Every way of running an aggregate over a few rows, in a fixed order that `tests/vectors` repeats.

   A run is a shape and a deal. The deals of k rows to three parts are the numbers of k digits to the base 3, from 00…0 on:
   digit i says which part has row i, and a part keeps the order of its rows. Parts may be empty. *)

let parts = 3

let rec deals = function
  | 0 -> [[]]
  | k -> List.concat_map (fun part -> List.map (List.cons part) (deals (k - 1))) (List.init parts Fun.id)

let dealt rows deal =
  let has part = List.filter_map (fun (row, p) -> if p = part then Some row else None) in
  List.init parts (fun part -> has part (List.combine rows deal))

(* Deals in which the parts, one after the other, have the rows in order. *)
let keeps_order deal = List.sort compare deal = deal

let shapes : ('row Extracted.entry -> 'row list list -> Extracted.answer) list =
  let open Extracted in
  let leaf part = Leaf part in
  [ answer_gather;
    (fun entry parts -> match List.map leaf parts with
      | [a; b; c] -> answer_tree entry (Node (Node (a, b), c)) | _ -> assert false);
    (fun entry parts -> match List.map leaf parts with
      | [a; b; c] -> answer_tree entry (Node (a, Node (b, c))) | _ -> assert false) ]
