(* The language of plans: what a plan means, and what its runs may do.

   [means p l]: the list l is a serial answer of p. A serial answer is a list, since Sort orders it and Limit cuts it; it is
   one of several, since ties may come in any order and a Limit without an order may keep any rows. Parallel nodes mean what
   their serial counterparts do: Gather is a bag of the same rows, Gather Merge sorts.

   [eval n p f]: in a world of n participants a run of p may give participant i the list f i. It is a relation: which
   participant is handed which block, in which order rows arrive, when a Partial Aggregate flushes, who is elected and where
   a key is at home are all left open. The runs say what the executor does, without regard to whether it makes sense: that
   is for the types to say. *)
Require Import List Permutation Arith Lia Bool.
Require Import Bothways.AggLaws Bothways.PlanTypes Bothways.PlanBags Bothways.PlanOrder Bothways.PlanJoin Bothways.PlanGroup.
Import ListNotations.

(* What plans speak of: rows, group keys, the tables and the sort orders by number. *)
Record world := {
  row : Type;
  row_eq : forall x y : row, {x = y} + {x <> y};
  gkey : Type;
  gkey_eq : forall x y : gkey, {x = y} + {x <> y};
  table : nat -> list row;
  sort_by : nat -> order row
}.

Section Lang.
Context {W : world}.
Notation V := (row W).

Inductive plan :=
| Scan (t : nat)
| ParScan (t : nat)
| Filter (b : V -> bool) (p : plan)
| Project (h : V -> V) (p : plan)
| Material (p : plan)
| Sort (k : nat) (bound : option nat) (p : plan)
| Limit (offset : nat) (limit : option nat) (p : plan)
| Distinct (p : plan)
| Join (k : jkind) (c : jcond V) (o i : plan)
| SharedJoin (k : jkind) (c : jcond V) (o i : plan)
| Shared (p : plan)
| Elect (p : plan)
| Append (p q : plan)
| Gather (m : nat) (p : plan)
| GatherMerge (m : nat) (k : nat) (p : plan)
| GroupAgg (g : gagg V (gkey W)) (p : plan)
| Final (g : gagg V (gkey W)) (s : splan)
with splan :=
| SPartial (p : plan)
| SGather (m : nat) (s : splan)
| SAppend (s t : splan)
| SExchange (s : splan).
Scheme plan_mut := Induction for plan Sort Prop with splan_mut := Induction for splan Sort Prop.
Combined Scheme plan_both from plan_mut, splan_mut.

Definition key_of k := Key k (apart (sort_by W k)).
Fixpoint erase p := match p with
  | Scan _ => KScan | ParScan _ => KParScan
  | Filter _ p => KFilter (erase p) | Project _ p => KProject (erase p) | Material p => KMaterial (erase p)
  | Sort k b p => KSort (key_of k) b (erase p) | Limit m l p => KLimit m l (erase p) | Distinct p => KDistinct (erase p)
  | Join k _ o i => KJoin k (erase o) (erase i) | SharedJoin k _ o i => KSharedJoin k (erase o) (erase i)
  | Shared p => KShared (erase p) | Elect p => KElect (erase p) | Append p q => KAppend (erase p) (erase q)
  | Gather m p => KGather m (erase p) | GatherMerge m k p => KGatherMerge m (key_of k) (erase p)
  | GroupAgg g p => KAgg (grouping_of g) (erase p) | Final g s => KFinal (grouping_of g) (serase s) end
with serase s := match s with
  | SPartial p => KPartial (erase p) | SGather m s => KSGather m (serase s)
  | SAppend s t => KSAppend (serase s) (serase t) | SExchange s => KExchange (serase s) end.

Definition take {A} (b : option nat) (l : list A) := match b with Some n => firstn n l | None => l end.
Definition cut {A} m b (l : list A) := take b (skipn m l).
Notation sortedk k := (sorted (sort_by W k)).
Notation grouped g := (groups (gkey_eq W) g).
Notation final g := (finalize (gkey_eq W) g).

(* ---- the meaning ---- *)
Fixpoint means p (l : list V) : Prop := match p with
  | Scan t | ParScan t => Permutation l (table W t)
  | Filter b p => exists s, means p s /\ l = filter b s
  | Project h p => exists s, means p s /\ l = map h s
  | Material p => means p l
  | Sort k b p => exists s r, means p s /\ Permutation r s /\ sortedk k r /\ l = take b r
  | Limit m b p => exists s, means p s /\ l = cut m b s
  | Distinct p => exists s, means p s /\ Permutation l (nodup (row_eq W) s)
  | Join k c o i | SharedJoin k c o i => exists s t, means o s /\ means i t /\ Permutation l (join k c s t)
  | Shared p | Elect p | Gather _ p => exists s, means p s /\ Permutation l s
  | Append p q => exists s t, means p s /\ means q t /\ Permutation l (s ++ t)
  | GatherMerge _ k p => exists s, means p s /\ Permutation l s /\ sortedk k l
  | GroupAgg g p => exists s, means p s /\ Permutation l (grouped g s)
  | Final g s => exists r, smeans s r /\ Permutation l (grouped g r) end
(* the rows that the states are of *)
with smeans s (l : list V) : Prop := match s with
  | SPartial p => means p l
  | SGather _ s | SExchange s => smeans s l
  | SAppend s t => exists r q, smeans s r /\ smeans t q /\ l = r ++ q end.

(* ---- the runs ---- *)
Fixpoint eval n p (f : nat -> list V) : Prop := match p with
  | Scan t => forall i, i < n -> Permutation (f i) (table W t)
  | ParScan t => Permutation (gat n f) (table W t)
  | Filter b p => exists g, eval n p g /\ forall i, i < n -> f i = filter b (g i)
  | Project h p => exists g, eval n p g /\ forall i, i < n -> f i = map h (g i)
  | Material p => eval n p f
  | Sort k b p => exists g h, eval n p g /\
      forall i, i < n -> Permutation (h i) (g i) /\ sortedk k (h i) /\ f i = take b (h i)
  | Limit m b p => exists g, eval n p g /\ forall i, i < n -> f i = cut m b (g i)
  | Distinct p => exists g, eval n p g /\ forall i, i < n -> Permutation (f i) (nodup (row_eq W) (g i))
  | Join k c o i => exists g h, eval n o g /\ eval n i h /\
      forall j, j < n -> Permutation (f j) (join k c (g j) (h j))
  (* one table of all inner rows, marked by all; the participant that is last emits the unmarked *)
  | SharedJoin k c o i => exists g h w, eval n o g /\ eval n i h /\ w < n /\
      forall j, j < n -> Permutation (f j)
        (probe k c (g j) (gat n h) ++ if j =? w then unmatched k c (gat n g) (gat n h) else [])
  | Shared p => exists g, eval n p g /\ forall i, i < n -> Permutation (f i) (gat n g)
  | Elect p => exists g w, eval n p g /\ w < n /\ Permutation (f w) (g w) /\ forall i, i < n -> i <> w -> f i = []
  | Append p q => exists g h, eval n p g /\ eval n q h /\ forall i, i < n -> Permutation (f i) (g i ++ h i)
  | Gather m p => exists g, eval m p g /\ Permutation (f 0) (gat m g)
  | GatherMerge m k p => exists g, eval m p g /\ merges (sort_by W k) (map g (seq 0 m)) (f 0)
  | GroupAgg g p => exists h, eval n p h /\ forall i, i < n -> Permutation (f i) (grouped g (h i))
  | Final g s => exists F, seval g n s F /\ forall i, i < n -> Permutation (f i) (final g (F i)) end
with seval g n s (F : nat -> list (state g)) : Prop := match s with
  | SPartial p => exists h, eval n p h /\ forall i, i < n -> states_of g (F i) (h i)
  | SGather m s => exists G, seval g m s G /\ Permutation (F 0) (gat m G)
  | SAppend s t => exists G H, seval g n s G /\ seval g n t H /\ forall i, i < n -> Permutation (F i) (G i ++ H i)
  | SExchange s => exists G home, seval g n s G /\ (forall k, home k < n) /\
      forall i, i < n -> Permutation (F i) (filter (fun c => home (fst c) =? i) (gat n G)) end.
End Lang.
Arguments plan : clear implicits.
Arguments splan : clear implicits.
