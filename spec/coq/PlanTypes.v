(* Plans have types: the type system of parallel plans, as a function on the skeleton of a plan.

   A world has n participants; above every Gather stands a world of one. The worlds go down the tree and the types come up.
   The type of a relation says how its rows are spread over the participants, how each participant's rows are ordered, and
   whether they are finished:

     Single      there is one participant, and it has the serial rows
     Partial     the bag union over the participants is the serial bag
     Replicated  every participant has the whole serial bag

     Complete    rows mean what they say
     Top n       of the serial rows only the first n, in this order, are promised: the rest may be incomplete
     Repeated    the right rows, but a row may come more often than it should: one more DISTINCT is due

   A skeleton is the first-order part of a plan, what a checker sees of it: the functions in it (conditions, expressions,
   aggregates) are erased. PlanLang.v gives plans their meaning and their runs, PlanSound.v proves that an accepted plan
   returns a serial answer in every run, PlanWitness.v that refused shapes do not. *)
Require Import Arith Bool.

Inductive dist := Single | Partial | Replicated.
Inductive stage := Complete | Top (n : nat) | Repeated.

(* Sort keys by number; [key_total]: they tell any two different rows apart, so that there is one sorted list of a bag. *)
Record key := Key { key_id : nat; key_total : bool }.
Record rel := Rel { dist_of : dist; order_of : option key; stage_of : stage }.
(* The type of transition states; [keyed]: all states of a group are with one participant. *)
Record srel := SRel { sdist_of : dist; keyed : bool }.

Inductive jkind := Inner | LeftOuter | RightOuter | FullOuter | Semi | Anti | NotIn.
Inductive grouping := Plain | Grouped.

Inductive skel :=
| KScan                                          (* every participant reads all *)
| KParScan                                       (* participants share the blocks *)
| KFilter (p : skel)
| KProject (p : skel)
| KMaterial (p : skel)                           (* Material, Memoize: what was read is read again *)
| KSort (k : key) (bound : option nat) (p : skel) (* with a bound: top-N *)
| KLimit (offset : nat) (limit : option nat) (p : skel)
| KDistinct (p : skel)                           (* Unique, or an aggregate without calls *)
| KJoin (k : jkind) (o i : skel)                 (* each participant joins what it has *)
| KSharedJoin (k : jkind) (o i : skel)           (* Parallel Hash Join: one table of all inner rows, one set of marks *)
| KShared (p : skel)                             (* what all participants have, shared with each *)
| KElect (p : skel)                              (* a whole input of Parallel Append: one participant runs it [plan.append.elect] *)
| KAppend (p q : skel)
| KGather (m : nat) (p : skel)                   (* m participants; single-copy: m = 1 *)
| KGatherMerge (m : nat) (k : key) (p : skel)
| KAgg (g : grouping) (p : skel)                 (* rows to values *)
| KFinal (g : grouping) (s : kstate)             (* states to values *)
with kstate :=
| KPartial (p : skel)                            (* rows to states *)
| KSGather (m : nat) (s : kstate)
| KSAppend (s t : kstate)
| KExchange (s : kstate).                        (* sends each state to the participant that its key hashes to [plan.exchange] *)
Scheme skel_mut := Induction for skel Sort Prop with kstate_mut := Induction for kstate Sort Prop.
Combined Scheme skel_both from skel_mut, kstate_mut.

(* A plain node runs in every participant, a parallel-aware one is shared between them; in a world of one both are Single. *)
Definition whole n := if n =? 1 then Single else Replicated.
Definition share n := if n =? 1 then Single else Partial.
Definition rows d := Rel d None Complete.
Definition complete r := match stage_of r with Complete => true | _ => false end.
Definition key_eqb k l := (key_id k =? key_id l) && Bool.eqb (key_total k) (key_total l).
Definition same_dist d e := match d, e with
  | Single, Single => Some Single | Partial, Partial => Some Partial | Replicated, Replicated => Some Replicated
  | _, _ => None end.
(* inner rows without a partner are part of the answer *)
Definition emits_inner k := match k with RightOuter | FullOuter => true | _ => false end.

Notation "'let*' x := e 'in' b" := (match e with Some x => b | None => None end)
  (at level 200, x name, e at level 100, b at level 200).
Notation "'require' c 'then' b" := (if c then b else None) (at level 200, c at level 100, b at level 200).

Definition filter_rule r := require complete r then Some r.
Definition project_rule r := require complete r then Some (rows (dist_of r)).
Definition sort_rule k b r := match b, r with
  | None, Rel d _ Complete => Some (Rel d (Some k) Complete)
  | None, Rel d _ Repeated => Some (Rel d (Some k) Repeated)
  | Some _, Rel Single _ Complete => Some (Rel Single (Some k) Complete)
  | Some n, Rel Partial _ Complete => Some (Rel Partial (Some k) (Top n))
  | Some _, Rel Replicated _ Complete => require key_total k then Some (Rel Replicated (Some k) Complete)
  | _, _ => None end.
Definition limit_rule m l r := match r, l with
  | Rel Single o Complete, _ => Some r
  | Rel Single o (Top n), Some l => require m + l <=? n then Some (Rel Single o Complete)
  | Rel Replicated (Some k) Complete, _ => require key_total k then Some r
  | _, _ => None end.
Definition distinct_rule r := match r with
  | Rel Single _ (Complete | Repeated) => Some (rows Single)
  | Rel Partial _ (Complete | Repeated) => Some (Rel Partial None Repeated)
  | Rel Replicated _ Complete => Some (rows Replicated)
  | _ => None end.
Definition join_dist k d e := match d, e with
  | Single, Single => Some Single
  | Replicated, Replicated => Some Replicated
  | Partial, Replicated => require negb (emits_inner k) then Some Partial
  | Replicated, Partial => match k with Inner | RightOuter => Some Partial | _ => None end
  | _, _ => None end.
Definition join_rule k r s :=
  require complete r && complete s then let* d := join_dist k (dist_of r) (dist_of s) in Some (rows d).
Definition shared_join_rule r s := require complete r && complete s then match dist_of r, dist_of s with
  | Single, Single => Some (rows Single) | Partial, Partial => Some (rows Partial) | _, _ => None end.
Definition shared_rule r := require complete r then match dist_of r with
  | Single => Some (rows Single) | Partial => Some (rows Replicated) | Replicated => None end.
Definition elect_rule r := require complete r then match dist_of r with
  | Single => Some (rows Single) | Partial => None | Replicated => Some (rows Partial) end.
Definition append_rule r s :=
  require complete r && complete s then let* d := same_dist (dist_of r) (dist_of s) in Some (rows d).
Definition gather_rule r := match r with
  | Rel (Single | Partial) _ Complete => Some (rows Single)
  | Rel (Single | Partial) _ Repeated => Some (Rel Single None Repeated)
  | _ => None end.
Definition merge_rule k r := match r with
  | Rel (Single | Partial) (Some l) t => require key_eqb k l then Some (Rel Single (Some k) t)
  | _ => None end.
Definition agg_rule r := require complete r then match dist_of r with
  | Single => Some (rows Single) | Partial => None | Replicated => Some (rows Replicated) end.
Definition final_rule g r := match r, g with
  | SRel Single _, _ => Some (rows Single)
  | SRel Replicated _, _ => Some (rows Replicated)
  | SRel Partial true, Grouped => Some (rows Partial)
  | SRel Partial _, _ => None end.
Definition partial_rule r := require complete r then Some (SRel (dist_of r) false).
Definition sgather_rule r := match sdist_of r with Single | Partial => Some (SRel Single false) | Replicated => None end.
Definition sappend_rule r s := let* d := same_dist (sdist_of r) (sdist_of s) in Some (SRel d false).
Definition exchange_rule r := match sdist_of r with
  | Single => Some (SRel Single true) | Partial => Some (SRel Partial true) | Replicated => None end.

Fixpoint check (n : nat) (p : skel) : option rel :=
  match p with
  | KScan => Some (rows (whole n))
  | KParScan => Some (rows (share n))
  | KFilter p => let* r := check n p in filter_rule r
  | KProject p => let* r := check n p in project_rule r
  | KMaterial p => check n p
  | KSort k b p => let* r := check n p in sort_rule k b r
  | KLimit m l p => let* r := check n p in limit_rule m l r
  | KDistinct p => let* r := check n p in distinct_rule r
  | KJoin k o i => let* r := check n o in let* s := check n i in join_rule k r s
  | KSharedJoin k o i => let* r := check n o in let* s := check n i in shared_join_rule r s
  | KShared p => let* r := check n p in shared_rule r
  | KElect p => let* r := check n p in elect_rule r
  | KAppend p q => let* r := check n p in let* s := check n q in append_rule r s
  | KGather m p => require (n =? 1) && (0 <? m) then let* r := check m p in gather_rule r
  | KGatherMerge m k p => require (n =? 1) && (0 <? m) then let* r := check m p in merge_rule k r
  | KAgg g p => let* r := check n p in agg_rule r
  | KFinal g s => let* r := scheck n s in final_rule g r
  end
with scheck (n : nat) (s : kstate) : option srel :=
  match s with
  | KPartial p => let* r := check n p in partial_rule r
  | KSGather m s => require (n =? 1) && (0 <? m) then let* r := scheck m s in sgather_rule r
  | KSAppend s t => let* r := scheck n s in let* q := scheck n t in sappend_rule r q
  | KExchange s => let* r := scheck n s in exchange_rule r
  end.
(* A query's answer: a plan whose rows, in a world of one, are complete. *)
Definition accepts p := match check 1 p with Some (Rel Single _ Complete) => true | _ => false end.

(* Whether the serial answers of a plan are one bag ([determined]), and even one list ([fixed]): a cut leaves open which rows
   it keeps, unless the order below has no ties. *)
Fixpoint fixed (p : skel) : bool := match p with
  | KFilter p | KProject p | KMaterial p | KLimit _ _ p => fixed p
  | KSort k _ p | KGatherMerge _ k p => key_total k && determined p
  | _ => false end
with determined (p : skel) : bool := match p with
  | KScan | KParScan => true
  | KSort k None p => determined p
  | KSort k (Some _) p => key_total k && determined p
  | KLimit _ _ p => fixed p
  | KFilter p | KProject p | KMaterial p | KDistinct p | KShared p | KElect p | KGather _ p | KGatherMerge _ _ p
  | KAgg _ p => determined p
  | KJoin _ p q | KSharedJoin _ p q | KAppend p q => determined p && determined q
  | KFinal _ s => sdetermined s end
with sdetermined (s : kstate) : bool := match s with
  | KPartial p => determined p
  | KSGather _ s | KExchange s => sdetermined s
  | KSAppend s t => sdetermined s && sdetermined t end.
