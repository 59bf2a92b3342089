(* Lines of JSON, and files of them whose first line says how many there are.

   Written by hand: the text must be the same on every machine, byte for byte. *)

type json =
  | Null
  | Bool of bool
  | Count of int
  | Number of Big_int_Z.big_int
  | Text of string
  | List of json list
  | Object of (string * json) list

let quoted text =
  let escaped = Buffer.create (String.length text + 2) in
  String.iter (function
    | '"' -> Buffer.add_string escaped "\\\""
    | '\\' -> Buffer.add_string escaped "\\\\"
    | c -> Buffer.add_char escaped c) text;
  "\"" ^ Buffer.contents escaped ^ "\""

let rec show = function
  | Null -> "null"
  | Bool truth -> string_of_bool truth
  | Count n -> string_of_int n
  | Number z -> Big_int_Z.string_of_big_int z
  | Text text -> quoted text
  | List items -> "[" ^ String.concat "," (List.map show items) ^ "]"
  | Object fields ->
    let field (name, value) = quoted name ^ ":" ^ show value in
    "{" ^ String.concat "," (List.map field fields) ^ "}"

(* [write folder name reading lines] makes [name].jsonl; each line comes with the number of vectors in it. *)
let write folder name reading lines =
  let vectors = List.fold_left (fun sum (count, _) -> sum + count) 0 lines in
  let header = Object [
    "file", Text name; "lines", Count (List.length lines); "vectors", Count vectors;
    "made_by", Text "spec/coq/oracle/check --update"; "reading", Text reading ] in
  let out = open_out_bin (Filename.concat folder (name ^ ".jsonl")) in
  List.iter (fun line -> output_string out (show line ^ "\n")) (header :: List.map snd lines);
  close_out out
