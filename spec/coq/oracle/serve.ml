(* A conversation by lines: `sum 1 null -3 | 4` is answered by the answer of the runs over these parts, gathered.

   aggregates        the names that are known, one line
   NAME VALUES       values are integers, `true`, `false` or `null`; `|` begins another part; the answer is one line of JSON
   anything else     `? ` and what is wrong *)

open Extracted

let integer = function "null" -> None | word -> Some (Big_int_Z.big_int_of_string word)
let truth = function "null" -> None | word -> Some (bool_of_string word)

let rec split_parts = function
  | [] -> [[]]
  | "|" :: rest -> [] :: split_parts rest
  | word :: rest -> match split_parts rest with part :: others -> (word :: part) :: others | [] -> assert false

let ask entries read name words =
  Option.map (fun entry -> answer_gather entry (List.map (List.map read) (split_parts words)))
    (List.find_opt (fun entry -> entry.name = name) entries)

let names () =
  List.map (fun entry -> entry.name) (integers ()) @ List.map (fun entry -> entry.name) (truths ())

let known line = match List.filter ((<>) "") (String.split_on_char ' ' line) with
  | ["aggregates"] -> String.concat " " (List.filter (fun name -> not (String.contains name ' ')) (names ()))
  | [] -> "? a name is missing"
  | name :: words ->
    let answer = match ask (integers ()) integer name words with
      | None -> ask (truths ()) truth name words
      | some -> some in
    match answer with
    | Some answer -> Lines.show (Aggregates.shown answer)
    | None -> "? no aggregate " ^ name

let answer line = try known line with Invalid_argument _ | Failure _ -> "? not a value of its type"

let rec run () = match input_line stdin with
  | line -> print_endline (answer line); run ()
  | exception End_of_file -> ()
