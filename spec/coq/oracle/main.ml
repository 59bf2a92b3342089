(* The oracle extracted from the Coq model: `oracle vectors FOLDER`, `oracle serve`. *)

let write folder = Aggregates.write folder; Formulas.write folder; Joins.write folder

let () = match List.tl (Array.to_list Sys.argv) with
  | ["vectors"; folder] -> write folder
  | ["serve"] -> Serve.run ()
  | _ -> prerr_endline "usage: oracle vectors FOLDER | oracle serve"; exit 2
