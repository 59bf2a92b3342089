(* Refused shapes are wrong: for each refusal a plan over a table of two rows, and a run of it that returns no serial answer.

   [refuted p]: the checker refuses p, and p, run anyway, may return what it does not mean. The world has rows and keys that
   are numbers, three small tables, the order of numbers and an order in which all rows are ties.

   The checker also refuses some shapes without need: a filter between DISTINCT within participants and the DISTINCT above
   them, say, would do no harm. A Gather below a Gather has no witness, since [eval] does not say what a worker that launches
   workers would do. *)
Require Import List Permutation Sorted Arith Lia Bool.
Require Import Bothways.AggLaws Bothways.AggInst Bothways.Merge Bothways.PlanTypes Bothways.PlanBags Bothways.PlanOrder Bothways.PlanJoin.
Require Import Bothways.PlanGroup Bothways.PlanLang Bothways.PlanMeaning.
Import ListNotations.

#[local] Obligation Tactic := idtac.
Program Definition numbers : order nat := {| leb := Nat.leb; apart := true |}.
Next Obligation. intros x y. rewrite !Nat.leb_le. lia. Qed.
Next Obligation. intros x y z. rewrite !Nat.leb_le. lia. Qed.
Next Obligation. intros _ x y. rewrite !Nat.leb_le. lia. Qed.
Program Definition ties : order nat := {| leb := fun _ _ => true; apart := false |}.
Next Obligation. auto. Qed.
Next Obligation. auto. Qed.
Next Obligation. discriminate. Qed.
Definition small : world := {|
  row := nat; row_eq := Nat.eq_dec; gkey := nat; gkey_eq := Nat.eq_dec;
  table := fun t => match t with 0 => [1; 2] | 1 => [1; 1] | _ => [1] end;
  sort_by := fun k => match k with 0 => numbers | _ => ties end |}.
Notation P := (plan small).
Definition equal : jcond (row small) := {|
  on := fun a b : nat => Some (a =? b); pair_of := fun a _ => a; pad_outer := fun a => a; pad_inner := fun b => b |}.
Lemma count_laws : Laws (mono 0 Nat.add (fun _ : nat => 1) (fun n => n)).
Proof. apply mono_laws; intros; lia. Qed.
Definition count_by (key : option (nat -> nat)) : gagg (row small) (gkey small) := {|
  g_out := nat; g_agg := mono 0 Nat.add (fun _ : nat => 1) (fun n => n); g_key := key;
  g_row := fun _ n => n; g_laws := count_laws |}.
Definition count_groups := count_by (Some (fun v => v)).
Definition count_all := count_by None.

Definition refuted (p : P) := accepts (erase p) = false /\ exists f, eval 1 p f /\ ~ means p (f 0).
Definition two {A} (a b : list A) i := match i with 0 => a | 1 => b | _ => [] end.

(* A determined plan with one serial answer has no answer that is another bag. *)
Lemma wrong (p : P) l f : determined (erase p) = true -> means p l -> ~ Permutation (f 0) l -> ~ means p (f 0).
Proof. intros D M N M'. apply N. now apply (one_bag p). Qed.
Lemma not_perm (l l' : list nat) : length l <> length l' \/ list_sum l <> list_sum l' -> ~ Permutation l l'.
Proof. intros [N|N] P; apply N; [now apply Permutation_length|]. clear N. induction P; simpl; lia. Qed.
Ltac each := intros [|[|?]] ?; simpl in *; try lia; auto using each_row_states, states_nil.
Ltac meant := simpl; repeat match goal with |- exists _, _ => eexists | |- _ /\ _ => split end; try reflexivity;
  repeat constructor.
Ltac runs := simpl; repeat match goal with |- _ /\ _ => split end; simpl; auto; try each.
Ltac refute run answer := split; [reflexivity|exists run; split;
  [|apply (wrong _ answer); [reflexivity|meant|apply not_perm; simpl; lia]]].

(* The neighbours of the refused shapes, as PostgreSQL plans them (the last one excepted), are accepted. *)
Example accepted : forallb accepts
  [KGather 3 (KJoin LeftOuter KParScan KScan);
   KGather 3 (KSharedJoin FullOuter KParScan KParScan);
   KGather 3 (KAppend KParScan (KElect KScan));
   KGatherMerge 3 (Key 0 true) (KSort (Key 0 true) None KParScan);
   KLimit 1 (Some 2) (KGatherMerge 3 (Key 1 false) (KSort (Key 1 false) (Some 3) KParScan));
   KDistinct (KGather 3 (KDistinct KParScan));
   KFinal Plain (KSGather 3 (KPartial KParScan));
   KFinal Grouped (KSGather 3 (KSAppend (KPartial KParScan) (KPartial (KElect KScan))));
   KGather 1 (KLimit 0 (Some 1) KScan);
   KGather 3 (KFinal Grouped (KExchange (KPartial KParScan)))] = true.
Proof. reflexivity. Qed.

(* ---- joins ---- *)
(* A share of the inner side holds only some of the partners: a row may look unmatched, or be matched several times. *)
(*@ plan.join.partial-inner *)
Theorem bad_left : refuted (Gather 2 (Join LeftOuter equal (Scan 2) (ParScan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] [1]), (two [1] []). runs. Qed.
(*@ plan.join.partial-inner *)
Theorem bad_full_inner : refuted (Gather 2 (Join FullOuter equal (Scan 2) (ParScan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] [1]), (two [1] []). runs. Qed.
(*@ plan.join.partial-inner *)
Theorem bad_semi : refuted (Gather 2 (Join Semi equal (Scan 2) (ParScan 1))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] [1]), (two [1] [1]). runs. Qed.
(*@ plan.join.partial-inner *)
Theorem bad_anti : refuted (Gather 2 (Join Anti equal (Scan 2) (ParScan 2))).
Proof. refute (two [1] []) (@nil nat). exists (two [] [1]). split; auto. exists (two [1] [1]), (two [1] []). runs. Qed.
(*@ plan.join.partial-inner *)
Theorem bad_not_in : refuted (Gather 2 (Join NotIn equal (Scan 2) (ParScan 2))).
Proof. refute (two [1] []) (@nil nat). exists (two [] [1]). split; auto. exists (two [1] [1]), (two [1] []). runs. Qed.
(* Partners that are with different participants never meet. *)
(*@ plan.join.partial-pairs *)
Theorem bad_pairs : refuted (Gather 2 (Join Inner equal (ParScan 2) (ParScan 2))).
Proof. refute (two (@nil nat) []) [1]. exists (two [] []). split; auto. exists (two [1] []), (two [] [1]). runs. Qed.
(* Each participant takes the inner rows that it did not match for unmatched. *)
(*@ plan.join.unmatched *)
Theorem bad_right : refuted (Gather 2 (Join RightOuter equal (ParScan 2) (Scan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] []), (two [1] [1]). runs. Qed.
(*@ plan.join.unmatched *)
Theorem bad_full : refuted (Gather 2 (Join FullOuter equal (ParScan 2) (Scan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] []), (two [1] [1]). runs. Qed.
(* Everybody probes the shared table with all outer rows, or fills it with all inner rows. *)
(*@ plan.hash-join.shared *)
Theorem bad_shared_outer : refuted (Gather 2 (SharedJoin Inner equal (Scan 2) (ParScan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] [1]), (two [1] []), 0. runs. Qed.
(*@ plan.hash.shared *)
Theorem bad_shared_inner : refuted (Gather 2 (SharedJoin Inner equal (ParScan 2) (Scan 2))).
Proof. refute (two [1; 1] []) [1]. exists (two [1; 1] []). split; auto. exists (two [1] []), (two [1] [1]), 0. runs. Qed.
(*@ plan.hash.shared *)
Theorem bad_shared : refuted (Gather 2 (Join Inner equal (ParScan 2) (Shared (Scan 2)))).
Proof.
  refute (two [1; 1] []) [1]. exists (two [1; 1] []). split; auto. exists (two [1] []), (two [1; 1] [1; 1]). runs.
  exists (two [1] [1]). runs.
Qed.

(* ---- append and gather ---- *)
(* One participant's share is not all. *)
(*@ plan.append.elect *)
Theorem bad_elect : refuted (Gather 2 (Elect (ParScan 0))).
Proof. refute (two [1] []) [1; 2]. exists (two [1] []). split; auto. exists (two [1] [2]), 0. runs. Qed.
(*@ plan.append.mixed *)
Theorem bad_append : refuted (Gather 2 (Append (ParScan 2) (Scan 2))).
Proof. refute (two [1; 1; 1] []) [1; 1]. exists (two [1; 1] [1]). split; auto. exists (two [1] []), (two [1] [1]). runs. Qed.
(*@ plan.gather.replicated *)
Theorem bad_gather : refuted (Gather 2 (Scan 2)).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). runs. Qed.
(*@ plan.gather.replicated *)
Theorem bad_merge_replicated : refuted (GatherMerge 2 0 (Sort 0 None (Scan 2))).
Proof.
  refute (two [1; 1] []) [1]. exists (two [1] [1]). split.
  - exists (two [1] [1]), (two [1] [1]). runs; repeat constructor.
  - simpl. apply (merges_take Nat.leb [] 1 [] [[1]]); [intros y ys [[= <- <-]|[]]; reflexivity|].
    apply (merges_take Nat.leb [[]] 1 [] []); [intros y ys [[=]|[]]|]. constructor. repeat constructor.
Qed.
(* Merging what is not sorted does not sort. *)
(*@ plan.gather-merge.order *)
Theorem bad_merge : refuted (GatherMerge 2 0 (ParScan 0)).
Proof.
  split; [reflexivity|]. exists (two [2; 1] []). split.
  - exists (two [2; 1] []). split; simpl; [apply perm_swap|].
    apply (merges_take Nat.leb [] 2 [1] [[]]); [intros y ys [[=]|[]]|].
    apply (merges_take Nat.leb [] 1 [] [[]]); [intros y ys [[=]|[]]|]. constructor. repeat constructor.
  - intros (s & _ & _ & S). inversion S as [|? ? _ F]; subst. inversion F; discriminate.
Qed.

(* ---- cuts ---- *)
Lemma first_of_two (l : list nat) : Permutation l [1; 2] -> l = [1; 2] \/ l = [2; 1].
Proof. intros P. now apply Permutation_length_2_inv, Permutation_sym. Qed.
(* Each participant counts its own rows. *)
(*@ plan.limit *)
Theorem bad_limit : refuted (Gather 2 (Limit 0 (Some 1) (ParScan 0))).
Proof.
  split; [reflexivity|]. exists (two [1; 2] []). split.
  - exists (two [1] [2]). split; auto. exists (two [1] [2]). runs.
  - intros (s & (u & M & ->) & Q). simpl in *. apply first_of_two in M as [-> | ->];
      apply Permutation_length in Q; discriminate.
Qed.
(* Participants that cut for themselves may keep different rows, and are no replicas. *)
(*@ plan.replicated.determined *)
Theorem bad_limit_replicated : refuted (Gather 2 (Join Inner equal (ParScan 0) (Limit 0 (Some 1) (Scan 0)))).
Proof.
  split; [reflexivity|]. exists (two [1; 2] []). split.
  - exists (two [1] [2]). split; auto. exists (two [1] [2]), (two [1] [2]). runs.
    exists (two [1; 2] [2; 1]). runs. apply perm_swap.
  - intros (s & (u & v & M & (w & M' & ->) & P) & Q). simpl in *. rewrite P in Q. clear P.
    apply first_of_two in M as [-> | ->], M' as [-> | ->]; apply Permutation_length in Q; discriminate.
Qed.
(*@ plan.replicated.determined *)
Theorem bad_top_replicated : refuted (Gather 2 (Join Inner equal (ParScan 0) (Sort 1 (Some 1) (Scan 0)))).
Proof.
  split; [reflexivity|]. exists (two [1; 2] []). split.
  - exists (two [1] [2]). split; auto. exists (two [1] [2]), (two [1] [2]). runs.
    exists (two [1; 2] [1; 2]), (two [1; 2] [2; 1]). runs; repeat constructor.
  - intros (s & (u & v & M & (w & x & M' & Q' & _ & ->) & P) & Q). simpl in *. rewrite P in Q. clear P.
    rewrite M' in Q'. apply first_of_two in M as [-> | ->], Q' as [-> | ->]; apply Permutation_length in Q; discriminate.
Qed.
(* The first rows of the shares together: not the answer, not in order after a Gather, not enough for a wider limit, and a
   filter above may drop the ones that count. *)
Lemma top_of_shares : @eval small 2 (Sort 0 (Some 1) (ParScan 0)) (two [1] [2]).
Proof. exists (two [1] [2]), (two [1] [2]). runs; repeat constructor. Qed.
Lemma merge_of_tops : merges numbers [[1]; [2]] [1; 2].
Proof.
  apply (merges_take Nat.leb [] 1 [] [[2]]); [intros y ys [[= <- <-]|[]]; reflexivity|].
  apply (merges_take Nat.leb [[]] 2 [] []); [intros y ys [[=]|[]]|]. constructor. repeat constructor.
Qed.
(*@ plan.sort.bound *)
Theorem bad_top_open : refuted (GatherMerge 2 0 (Sort 0 (Some 1) (ParScan 0))).
Proof. refute (two [1; 2] []) [1]. exists (two [1] [2]). split; [apply top_of_shares|apply merge_of_tops]. Qed.
(*@ plan.sort.bound *)
Theorem bad_top_limit : refuted (Limit 0 (Some 2) (GatherMerge 2 0 (Sort 0 (Some 1) (ParScan 0)))).
Proof.
  refute (two [1; 2] []) [1]. exists (two [1; 2] []). split; [|each].
  exists (two [1] [2]). split; [apply top_of_shares|apply merge_of_tops].
Qed.
(*@ plan.sort.bound *)
Theorem bad_top_filter :
  refuted (Limit 0 (Some 1) (GatherMerge 2 0 (Filter (fun v : row small => v =? 2) (Sort 0 (Some 1) (ParScan 0))))).
Proof.
  refute (two [2] []) (@nil nat). exists (two [2] []). split; [|each]. exists (two [] [2]). split.
  - exists (two [1] [2]). split; [apply top_of_shares|each].
  - apply (merges_take Nat.leb [[]] 2 [] []); [intros y ys [[=]|[]]|]. constructor. repeat constructor.
Qed.
(*@ plan.sort.bound *)
Theorem bad_top_gather : refuted (Limit 0 (Some 1) (Gather 2 (Sort 0 (Some 1) (ParScan 0)))).
Proof.
  split; [reflexivity|]. exists (two [2] []). split.
  - exists (two [2; 1] []). split; [|each]. exists (two [1] [2]). split; [apply top_of_shares|apply perm_swap].
  - intros (s & (u & M & Q) & E). assert (u = [1]) as ->.
    { apply (one_list (Sort 0 (Some 1) (ParScan 0) : P)); auto. meant. }
    apply Permutation_sym, Permutation_length_1_inv in Q as ->. discriminate.
Qed.

(* ---- groups ---- *)
(* Rows that are distinct within each participant. *)
(*@ plan.distinct.partial, plan.unique.partial *)
Theorem bad_distinct : refuted (Gather 2 (Distinct (ParScan 1))).
Proof. refute (two [1; 1] []) [1]. exists (two [1] [1]). split; auto. exists (two [1] [1]). runs. Qed.
(*@ plan.stage *)
Theorem bad_distinct_counted : refuted (GroupAgg count_all (Gather 2 (Distinct (ParScan 1)))).
Proof.
  refute (two [2] []) [1]. exists (two [1; 1] []). split; [|each]. exists (two [1] [1]). split; auto.
  exists (two [1] [1]). runs.
Qed.
(* Each participant answers for its share of a group as if it were all of it. *)
(*@ plan.aggregate.simple *)
Theorem bad_groups : refuted (Gather 2 (GroupAgg count_groups (ParScan 1))).
Proof. refute (two [1; 1] []) [2]. exists (two [1] [1]). split; auto. exists (two [1] [1]). runs. Qed.
(*@ plan.aggregate.simple *)
Theorem bad_plain : refuted (Gather 2 (GroupAgg count_all (ParScan 2))).
Proof. refute (two [1; 0] []) [1]. exists (two [1] [0]). split; auto. exists (two [1] []). runs. Qed.
(*@ plan.aggregate.finalize-partial *)
Theorem bad_final : refuted (Gather 2 (Final count_groups (SPartial (ParScan 1)))).
Proof.
  refute (two [1; 1] []) [2]. exists (two [1] [1]). split; auto.
  exists (two (each_row count_groups [1]) (each_row count_groups [1])). split; [|each]. exists (two [1] [1]). runs.
Qed.
(* Without keys there is one row, not one from each participant, even of no states. *)
(*@ plan.exchange *)
Theorem bad_final_plain : refuted (Gather 2 (Final count_all (SExchange (SPartial (ParScan 2))))).
Proof.
  refute (two [1; 0] []) [1]. exists (two [1] [0]). split; auto.
  exists (two (each_row count_all [1]) []). split; [|each].
  exists (two (each_row count_all [1]) []), (fun _ => 0). split; [|split; [auto|each]].
  exists (two [1] []). runs.
Qed.
(* States of replicas count every row once per participant. *)
(*@ plan.gather.replicated *)
Theorem bad_states : refuted (Final count_all (SGather 2 (SPartial (Scan 2)))).
Proof.
  refute (two [2] []) [1]. exists (two (each_row count_all [1; 1]) []). split; [|each].
  exists (two (each_row count_all [1]) (each_row count_all [1])). split; auto. exists (two [1] [1]). runs.
Qed.
(*@ plan.append.mixed *)
Theorem bad_states_append : refuted (Final count_all (SGather 2 (SAppend (SPartial (ParScan 2)) (SPartial (Scan 2))))).
Proof.
  refute (two [3] []) [2]. exists (two (each_row count_all [1; 1; 1]) []). split; [|each].
  exists (two (each_row count_all [1; 1]) (each_row count_all [1])). split; auto.
  exists (two (each_row count_all [1]) []), (two (each_row count_all [1]) (each_row count_all [1])). runs.
  - exists (two [1] []). runs.
  - exists (two [1] [1]). runs.
Qed.
(*@ plan.exchange *)
Theorem bad_exchange : refuted (Gather 2 (Final count_groups (SExchange (SPartial (Scan 2))))).
Proof.
  refute (two [2] []) [1]. exists (two [2] []). split; auto.
  exists (two (each_row count_groups [1; 1]) []). split; [|each].
  exists (two (each_row count_groups [1]) (each_row count_groups [1])), (fun _ => 0).
  split; [|split; [auto|each]]. exists (two [1] [1]). runs.
Qed.
