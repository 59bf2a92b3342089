(* The vectors of aggregates: for every bag of at most four rows, the serial answer and the answer of every run. *)

open Extracted
open Lines

(* Digits with a point before the last [scale] of them. *)
let decimal digits scale =
  let sign = if Big_int_Z.sign_big_int digits < 0 then "-" else "" in
  let all = Big_int_Z.string_of_big_int (Big_int_Z.abs_big_int digits) in
  let all = String.make (max 0 (scale + 1 - String.length all)) '0' ^ all in
  let whole = String.length all - scale in
  let point = if scale > 0 then "." else "" in
  sign ^ String.sub all 0 whole ^ point ^ String.sub all whole scale

let of_codes codes = String.of_seq (Seq.map (fun code -> Char.chr (Big_int_Z.int_of_big_int code)) (List.to_seq codes))
let to_codes text = List.map (fun c -> Big_int_Z.big_int_of_int (Char.code c)) (List.of_seq (String.to_seq text))

let number = Big_int_Z.big_int_of_string

let shown : answer -> json = function
  | Null -> Lines.Null
  | Int z -> Text (Big_int_Z.string_of_big_int z)
  | Ratio (n, d) -> Text (Big_int_Z.string_of_big_int n ^ "/" ^ Big_int_Z.string_of_big_int d)
  | Truth b -> Bool b
  | Raised -> Text "error"
  | Items xs -> List (List.map (fun x -> Number x) xs)
  | Decimal (digits, scale) -> Text (decimal digits scale)
  | Special name -> Text name
  | Chars codes -> Text (of_codes codes)

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

let line ?(ty = []) of_row clause entry rows =
  let deals = Runs.deals (List.length rows) in
  let deals = match entry.law_of with InputOrder -> List.filter Runs.keeps_order deals | _ -> deals in
  let run shape deal = shown (shape entry (Runs.dealt rows deal)) in
  let answers = List.concat_map (fun shape -> List.map (run shape) deals) Runs.shapes in
  let groups = List.map (fun (answer, n) -> List [answer; Count n]) (counted answers) in
  List.length answers, Object ([
    "aggregate", Text entry.name; "clause", Text clause ] @ ty @ [ "rows", List (List.map of_row rows);
    "serial", shown (answer_serial entry rows); "runs", List groups ])

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

let decimals_of =
  [None; Some (Finite (number "15", 1)); Some (Finite (number "-225", 2)); Some NaN; Some Infinity; Some NegInfinity]
let of_decimal = function
  | None -> Lines.Null
  | Some x -> shown (shown_numeric x)

let intervals_of =
  let interval months days microseconds = Some (number months, (number days, number microseconds)) in
  [None; interval "1" "-1" "5"; interval "-14" "30" "0"; interval "0" "0" "86400000000"]
let of_interval = function
  | None -> Lines.Null
  | Some (months, (days, microseconds)) -> List [Number months; Number days; Number microseconds]

let texts_of = [None, to_codes ","; Some (to_codes "a"), to_codes ","; Some (to_codes ""), to_codes "; "; Some (to_codes "bc"), []]
let of_text (value, delimiter) =
  let value = match value with None -> Lines.Null | Some codes -> Text (of_codes codes) in
  List [value; Text (of_codes delimiter)]

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
       (fun entry -> line of_integer "agg.sum.interval" entry));
  let typed name = ["type", Text name] in
  let of_decimals entry =
    line ~ty:(typed "numeric") of_decimal (if entry.name = "avg" then "agg.avg.numeric" else "agg.sum.numeric") entry in
  Lines.write folder "aggregates_of_decimals" (reading ^ ". Decimals as texts, with the digits after the point that they show")
    (every (decimals ()) (fun () -> up_to 4 (bags decimals_of)) of_decimals);
  Lines.write folder "aggregates_of_intervals" (reading ^ ". Intervals as months, days and microseconds")
    (every (intervals ()) (fun () -> up_to 4 (bags intervals_of))
       (fun entry -> line ~ty:(typed "interval") of_interval "agg.sum.interval" entry));
  Lines.write folder "aggregates_of_texts" (reading ^ ", the deals being those that keep the order. Rows are values with their \
    delimiters")
    (every (texts ()) (fun () -> up_to 3 (lists texts_of))
       (fun entry -> line ~ty:(typed "text") of_text "agg.string-agg" entry))
