(* The vectors of aggregates: for every bag of at most four rows, the serial answer and the answer of every run. *)

open Extracted
open Lines

let number = Big_int_Z.big_int_of_string

let shown : answer -> json = function
  | Null -> Lines.Null
  | Int z -> Text (Big_int_Z.string_of_big_int z)
  | Ratio (n, d) -> Text (Big_int_Z.string_of_big_int n ^ "/" ^ Big_int_Z.string_of_big_int d)
  | Truth b -> Bool b
  | Raised -> Text "error"
  | Items xs -> List (List.map (fun x -> Number x) xs)

(* Bags as lists in the order of [values], which a value may enter several times; shorter bags first. *)
let rec bags values size = match values, size with
  | _, 0 -> [[]]
  | [], _ -> []
  | value :: rest, _ -> List.map (List.cons value) (bags values (size - 1)) @ bags rest size

let rec lists values = function
  | 0 -> [[]]
  | size -> List.concat_map (fun value -> List.map (List.cons value) (lists values (size - 1))) values

let up_to size all = List.concat_map all (List.init (size + 1) Fun.id)

(* Equal neighbours, counted. *)
let rec counted = function
  | [] -> []
  | x :: rest -> match counted rest with
    | (y, n) :: others when x = y -> (y, n + 1) :: others
    | others -> (x, 1) :: others

let line of_row clause entry rows =
  let deals = Runs.deals (List.length rows) in
  let deals = match entry.law_of with InputOrder -> List.filter Runs.keeps_order deals | _ -> deals in
  let run shape deal = shown (shape entry (Runs.dealt rows deal)) in
  let answers = List.concat_map (fun shape -> List.map (run shape) deals) Runs.shapes in
  let groups = List.map (fun (answer, n) -> List [answer; Count n]) (counted answers) in
  List.length answers, Object [
    "aggregate", Text entry.name; "clause", Text clause; "rows", List (List.map of_row rows);
    "serial", shown (answer_serial entry rows); "runs", List groups ]

(* The clause that a wrong vector speaks against. *)
let clause name = match List.hd (String.split_on_char ' ' name) with
  | "count" | "count(*)" -> "agg.count"
  | "sum" -> "agg.sum.integer"
  | "avg" -> "agg.avg.numeric"
  | "min" | "max" -> "agg.min"
  | "bit_and" | "bit_or" | "bit_xor" -> "agg.bit"
  | "bool_and" | "bool_or" | "every" -> "agg.bool"
  | "var_pop" | "var_samp" -> "agg.variance"
  | "array_agg" -> "agg.order"
  | other -> failwith (other ^ " has no clause")

let of_integer = function None -> Lines.Null | Some z -> Number z
let of_truth = function None -> Lines.Null | Some b -> Bool b

let small = [None; Some (number "-2"); Some (number "1"); Some (number "3")]
let least, most = number "-9223372036854775808", number "9223372036854775807"
let wide = [None; Some least; Some most; Some (number "-1")]
let months = [Some (number "-1"); Some (number "1"); Some (number "2147483647"); Some (number "-2147483648")]

let every entries rows_of to_line =
  List.concat_map (fun entry -> List.map (to_line entry) (rows_of ())) entries

let reading =
  "rows: the arguments. serial: the answer of one pass; null, an integer, an exact quotient, a truth value, a list, or error. \
   runs: the answers of every shape (gather, (a b) c, a (b c)) and, for each, every deal of the rows to three parts, \
   equal neighbours counted"

let write folder =
  let wide_bags () =
    List.filter (List.exists (fun x -> x = Some least || x = Some most)) (up_to 4 (bags wide)) in
  let of_integers entry = line of_integer (clause entry.name) entry in
  let of_truths entry = line of_truth (clause entry.name) entry in
  Lines.write folder "aggregates" reading
    (every (integers ()) (fun () -> up_to 4 (bags small) @ wide_bags ()) of_integers
     @ every (truths ()) (fun () -> up_to 4 (bags [None; Some true; Some false])) of_truths);
  Lines.write folder "aggregates_in_order" (reading ^ ", the deals being those that keep the order")
    (every (ordered ()) (fun () -> up_to 4 (lists [None; Some (number "1"); Some (number "2")])) of_integers);
  Lines.write folder "aggregates_with_errors" (reading ^ ". Months of intervals, each sum checked")
    (every (checked ()) (fun () -> up_to 3 (lists months) @ bags months 4)
       (fun entry -> line of_integer "agg.sum.interval" entry))
