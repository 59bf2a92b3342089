(* Order inside plans: the orders that plans sort by, and the first rows of a whole from those of its parts.

   An order is a total preorder, decided by a boolean function: rows that it holds equal are ties, and sorting leaves their
   sequence open. [apart] says that it has no ties. What holds of sorted lists and their merges in general is in Merge.v. *)
Require Import List Permutation Sorted Arith Lia.
Require Import Bothways.PlanBags Bothways.Merge.
Import ListNotations.

Record order (V : Type) := {
  leb : V -> V -> bool;
  leb_total : forall x y, leb x y = true \/ leb y x = true;
  leb_trans : forall x y z, leb x y = true -> leb y z = true -> leb x z = true;
  apart : bool;
  apart_ok : apart = true -> forall x y, leb x y = true -> leb y x = true -> x = y
}.
Arguments leb {V}. Arguments leb_total {V}. Arguments leb_trans {V}. Arguments apart {V}. Arguments apart_ok {V}.

Notation sorted o := (Merge.sorted (leb o)).
Notation merges o := (Merge.merges (leb o)).

Section Order.
Context {V : Type} (o : order V).
Notation "x =< y" := (leb o x y = true) (at level 70).

Lemma order_refl x : x =< x. Proof. now destruct (leb_total o x x). Qed.
Lemma sorted_filter b l : sorted o l -> sorted o (filter b l).
Proof.
  induction 1 as [|x l S IH F]; simpl; [constructor|]. destruct (b x); auto. constructor; auto.
  rewrite Forall_forall in *. intros y I. apply F. now apply filter_In in I.
Qed.
Lemma sorted_split n l : sorted o l -> sorted o (firstn n l) /\ sorted o (skipn n l) /\
  forall x y, In x (firstn n l) -> In y (skipn n l) -> x =< y.
Proof. intros S. apply sorted_app_inv. now rewrite firstn_skipn. Qed.

(* every bag has a sorted list, and only one if the order has no ties *)
Fixpoint insert x l := match l with [] => [x] | y :: r => if leb o x y then x :: l else y :: insert x r end.
Fixpoint isort l := match l with [] => [] | x :: r => insert x (isort r) end.
Lemma insert_perm x l : Permutation (insert x l) (x :: l).
Proof. induction l as [|y l IH]; simpl; auto. destruct (leb o x y); auto. rewrite IH. apply perm_swap. Qed.
Lemma isort_perm l : Permutation (isort l) l.
Proof. induction l; simpl; auto. rewrite insert_perm. auto. Qed.
Lemma insert_sorted x l : sorted o l -> sorted o (insert x l).
Proof.
  induction 1 as [|y l S IH F]; simpl; [repeat constructor|]. destruct (leb o x y) eqn:E.
  - constructor; [now constructor|]. constructor; auto. rewrite Forall_forall in *. intros z I. eapply leb_trans; eauto.
    now apply F.
  - assert (y =< x) by (destruct (leb_total o x y); congruence). constructor; auto.
    apply (Permutation_Forall (Permutation_sym (insert_perm x l))). now constructor.
Qed.
Lemma isort_sorted l : sorted o (isort l).
Proof. induction l; simpl; [constructor|]. now apply insert_sorted. Qed.
(*@ rel.order *)
Theorem sorted_unique l l' : apart o = true -> sorted o l -> sorted o l' -> Permutation l l' -> l = l'.
Proof.
  intros U S S' P. assert (F := sorted_agree (leb o) (leb_total o) (leb_trans o) l l' S S' P). clear S S' P.
  induction F as [|x y l l' [A B] _ ->]; auto. f_equal. now apply (apart_ok o U).
Qed.

(* ---- the first rows ---- *)
(* If n rows of a sorted list precede x, its first n do. *)
Lemma first_precede n l a b x : sorted o l -> Permutation l (a ++ b) -> n <= length a -> (forall y, In y a -> y =< x) ->
  n <= length l /\ forall y, In y (firstn n l) -> y =< x.
Proof.
  intros S P N H. assert (E := Permutation_length P). rewrite app_length in E.
  split; [lia|]. intros y I. destruct (leb o y x) eqn:Y; auto. exfalso.
  (* otherwise all of a lie below y, which leaves no room for y among the first n *)
  assert (L := below_first (leb o) (leb_total o) n l y S I).
  rewrite (below_permutation (leb o) y _ _ P), below_app, (below_all (leb o) y a) in L; [lia|].
  intros z J. destruct (leb o y z) eqn:Z; auto. rewrite (leb_trans o y z x Z (H z J)) in Y. discriminate.
Qed.
(* Rows r that were dropped, each behind n rows that were kept, are not missed among the first n. *)
(*@ plan.sort.bound *)
Theorem first_kept n l r : sorted o l ->
  (forall x, In x r -> n <= length l /\ forall y, In y (firstn n l) -> y =< x) ->
  exists full, sorted o full /\ Permutation full (l ++ r) /\ firstn n full = firstn n l.
Proof.
  intros S H. exists (firstn n l ++ isort (skipn n l ++ r)). destruct (sorted_split n l S) as (A & B & C).
  split; [|split].
  - apply sorted_app; auto using isort_sorted. intros x y I J.
    apply (Permutation_in _ (isort_perm _)) in J. apply in_app_iff in J as [J|J]; [now apply C|now apply (H y J)].
  - rewrite isort_perm, app_assoc. now rewrite firstn_skipn.
  - rewrite firstn_app, firstn_firstn, Nat.min_id. destruct (Nat.le_gt_cases n (length l)) as [L|L].
    + rewrite firstn_length_le, Nat.sub_diag by auto. simpl. apply app_nil_r.
    + rewrite (skipn_all2 l) by lia. simpl. destruct r as [|x r]; [simpl; rewrite firstn_nil; apply app_nil_r|].
      destruct (H x); simpl; auto. lia.
Qed.
End Order.
