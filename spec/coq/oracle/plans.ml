(* The verdicts of the model's checker on every skeleton of a plan, as counts and digests.

   A skeleton of so many nodes in a world is one of the constructors of that world, in the order of [constructors], over
   skeletons of the remaining nodes in the world of its inputs; of two inputs, the first is small before it is large. A
   verdict is a letter: S P R for complete rows that are single, partial, replicated, s p r for rows that may repeat,
   1 2 3 for rows of which only the first are promised, and a dot for a refusal. The digest of a sequence of verdicts is
   FNV-1a of 64 bits. tests/conformance.rs enumerates real plans in the same order.

   Left out, since the two languages differ there on purpose: parallel-aware nodes in a world of one, where there is nobody to
   share with; a Gather below a single-copy Gather, since a worker launches no workers; NOT IN, which is no join of a plan
   but an anti join over a condition; Shared, which stands inside Parallel Hash Join; Exchange, which the engine lacks. *)

open Extracted
open Lines

type world =
  | Leader            (* above every Gather *)
  | Copy              (* below a single-copy Gather: one worker *)
  | Many of int       (* below a Gather *)

let participants = function Leader | Copy -> 1 | Many n -> n

type constructor =
  | Leaf of skel
  | Over of world * (skel -> skel)
  | Finish of (kstate -> skel)
  | Pair of (skel -> skel -> skel)

type state_constructor =
  | Begin of (skel -> kstate)
  | Pass of world * (kstate -> kstate)
  | Both of (kstate -> kstate -> kstate)

let by_x = { key_id = 0; key_total = true }
let by_null = { key_id = 1; key_total = false }

(* A parallel-aware Append has an input that is whole run by one participant, and the others by all. *)
let elected w p = match check (participants w) p with
  | Some { dist_of = Replicated; _ } -> KElect p
  | _ -> p

let kinds =
  [ "Inner", Inner; "Left", LeftOuter; "Right", RightOuter; "Full", FullOuter; "Semi", Semi; "Anti", Anti ]

let constructors w =
  let shared = match w with Many _ -> true | Leader | Copy -> false in
  let only condition list = if condition then list else [] in
  [ "Scan", Leaf KScan ]
  @ only shared [ "ParallelScan", Leaf KParScan ]
  @ [ "Filter", Over (w, fun p -> KFilter p);
      "Project", Over (w, fun p -> KProject p);
      "Material", Over (w, fun p -> KMaterial p);
      "Sort x", Over (w, fun p -> KSort (by_x, None, p));
      "Sort null", Over (w, fun p -> KSort (by_null, None, p));
      "Top x", Over (w, fun p -> KSort (by_x, Some 1, p));
      "Top null", Over (w, fun p -> KSort (by_null, Some 1, p));
      "Limit 1", Over (w, fun p -> KLimit (0, Some 1, p));
      "Limit 1 Offset 1", Over (w, fun p -> KLimit (1, Some 1, p));
      "Offset 1", Over (w, fun p -> KLimit (1, None, p));
      "Distinct", Over (w, fun p -> KDistinct p);
      "Aggregate", Over (w, fun p -> KAgg (Plain, p));
      "GroupAggregate", Over (w, fun p -> KAgg (Grouped, p)) ]
  @ only (w = Leader) [ "Gather 1", Over (Copy, fun p -> KGather (1, p)) ]
  @ only (w <> Copy)
      [ "Gather 2", Over (Many 2, fun p -> KGather (2, p));
        "Gather 3", Over (Many 3, fun p -> KGather (3, p));
        "GatherMerge 2 x", Over (Many 2, fun p -> KGatherMerge (2, by_x, p));
        "GatherMerge 2 null", Over (Many 2, fun p -> KGatherMerge (2, by_null, p)) ]
  @ [ "Finalize", Finish (fun s -> KFinal (Plain, s));
      "FinalizeGroup", Finish (fun s -> KFinal (Grouped, s));
      "Append", Pair (fun p q -> KAppend (p, q)) ]
  @ only shared [ "ParallelAppend", Pair (fun p q -> KAppend (elected w p, elected w q)) ]
  @ List.map (fun (name, kind) -> "HashJoin " ^ name, Pair (fun p q -> KJoin (kind, p, q))) kinds
  @ only shared
      (List.map (fun (name, kind) -> "ParallelHashJoin " ^ name, Pair (fun p q -> KSharedJoin (kind, p, q))) kinds)

let state_constructors w =
  [ Begin (fun p -> KPartial p) ]
  @ (if w = Leader then [ Pass (Copy, fun s -> KSGather (1, s)) ] else [])
  @ (if w = Copy then [] else
     [ Pass (Many 2, fun s -> KSGather (2, s)); Pass (Many 3, fun s -> KSGather (3, s)) ])
  @ [ Both (fun s t -> KSAppend (s, t)) ]

let known_rows, known_states = Hashtbl.create 64, Hashtbl.create 64
let remembered known key make = match Hashtbl.find_opt known key with
  | Some all -> List.to_seq all
  | None -> let all = List.of_seq (make ()) in Hashtbl.add known key all; List.to_seq all

let pairs size make of_size =
  Seq.concat_map (fun first ->
    Seq.concat_map (fun p -> Seq.map (make p) (of_size (size - 1 - first))) (of_size first))
    (List.to_seq (List.init (max 0 (size - 2)) succ))

let rec of_constructor w size = function
  | Leaf p -> if size = 1 then Seq.return p else Seq.empty
  | Over (inside, make) -> if size = 1 then Seq.empty else Seq.map make (rows inside (size - 1))
  | Finish make -> if size = 1 then Seq.empty else Seq.map make (states w (size - 1))
  | Pair make -> pairs size make (rows w)
and rows w size = remembered known_rows (w, size) (fun () ->
  Seq.concat_map (fun (_, c) -> of_constructor w size c) (List.to_seq (constructors w)))
and states w size =
  let of_constructor = function
    | Begin make -> if size = 1 then Seq.empty else Seq.map make (rows w (size - 1))
    | Pass (inside, make) -> if size = 1 then Seq.empty else Seq.map make (states inside (size - 1))
    | Both make -> pairs size make (states w) in
  remembered known_states (w, size) (fun () -> Seq.concat_map of_constructor (List.to_seq (state_constructors w)))

let letters = function
  | Complete -> "SPR"
  | Repeated -> "spr"
  | Top _ -> "123"
let place = function Single -> 0 | Partial -> 1 | Replicated -> 2
let verdict w p = match check (participants w) p with
  | None -> '.'
  | Some { dist_of; stage_of; _ } -> (letters stage_of).[place dist_of]

let fnv hash letter = Int64.mul (Int64.logxor hash (Int64.of_int (Char.code letter))) 0x100000001b3L

let line w nodes (name, constructor) =
  let skeletons, refused, accepted = ref 0, ref 0, Array.make 3 0 in
  let note hash p =
    let letter = verdict w p in
    incr skeletons;
    (match letter with
     | '.' -> incr refused
     | 'S' | 's' | '1' -> accepted.(0) <- accepted.(0) + 1
     | 'P' | 'p' | '2' -> accepted.(1) <- accepted.(1) + 1
     | _ -> accepted.(2) <- accepted.(2) + 1);
    fnv hash letter in
  let digest = Seq.fold_left note 0xcbf29ce484222325L (of_constructor w nodes constructor) in
  !skeletons, Object [
    "world", Count (participants w); "nodes", Count nodes; "root", Text name; "skeletons", Count !skeletons;
    "refused", Count !refused; "single", Count accepted.(0); "partial", Count accepted.(1);
    "replicated", Count accepted.(2); "digest", Text (Printf.sprintf "%016Lx" digest) ]

let worlds = [ Leader; Many 2; Many 3 ]
let most_nodes = 5

let write folder =
  let lines = List.concat_map (fun w -> List.concat_map (fun nodes ->
    List.filter (fun (count, _) -> count > 0) (List.map (line w nodes) (constructors w)))
    (List.init most_nodes succ)) worlds in
  Lines.write folder "plans"
    "skeletons of this many nodes with this root in a world of so many participants: how many there are, are refused, and are \
     accepted as single, partial and replicated; and the FNV-1a digest of their verdicts, in the order of spec/coq/oracle/plans.ml"
    lines

(* The verdicts themselves, for who looks for a difference. *)
let verdicts participants nodes =
  let w = if participants = 1 then Leader else Many participants in
  let show (name, constructor) =
    let letters = Seq.map (verdict w) (of_constructor w nodes constructor) in
    Printf.printf "%s: %s\n" name (String.of_seq letters) in
  List.iter show (constructors w)
