(* The oracle extracted from the Coq model: `oracle vectors FOLDER`, `oracle serve`. *)

let () = match List.tl (Array.to_list Sys.argv) with
  | ["vectors"; folder] -> Aggregates.write folder
  | ["serve"] -> Serve.run ()
  | _ -> prerr_endline "usage: oracle vectors FOLDER | oracle serve"; exit 2
