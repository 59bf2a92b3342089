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
Definition isort := Merge.sort (leb o).
Lemma isort_sorts l : sorts (leb o) l (isort l). Proof. apply sort_sorts; [apply leb_total|apply leb_trans]. Qed.
Lemma isort_perm l : Permutation (isort l) l. Proof. symmetry. apply isort_sorts. Qed.
Lemma isort_sorted l : sorted o (isort l). Proof. apply isort_sorts. Qed.
(*@ rel.order *)
Theorem sorted_unique l l' : apart o = true -> sorted o l -> sorted o l' -> Permutation l l' -> l = l'.
Proof.
  intros U S S' P. assert (F := sorted_agree (leb o) (leb_total o) (leb_trans o) l l' S S' P). clear S S' P.
  induction F as [|x y l l' [A B] _ ->]; auto. f_equal. now apply (apart_ok o U).
Qed.

(* Rows r that were dropped, each behind n rows that were kept, are not missed among the first n. *)
(*@ plan.sort.bound *)
Theorem first_kept n l r : sorted o l ->
  (forall x, In x r -> n <= length l /\ forall y, In y (firstn n l) -> y =< x) ->
  exists full, sorted o full /\ Permutation full (l ++ r) /\ firstn n full = firstn n l.
Proof. apply first_rows_kept; [apply leb_total|apply leb_trans]. Qed.
End Order.
