(* The oracle extracted from the Coq model: `oracle vectors FOLDER`, `oracle serve`,
   `oracle plans PARTICIPANTS NODES`. *)

let write folder = Aggregates.write folder; Formulas.write folder; Joins.write folder; Plans.write folder

let () = match List.tl (Array.to_list Sys.argv) with
  | ["vectors"; folder] -> write folder
  | ["serve"] -> Serve.run ()
  | ["plans"; participants; nodes] -> Plans.verdicts (int_of_string participants) (int_of_string nodes)
  | _ -> prerr_endline "usage: oracle vectors FOLDER | oracle serve | oracle plans PARTICIPANTS NODES"; exit 2
