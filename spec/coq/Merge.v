(** * Merging sorted inputs

    Gather Merge and Merge Append repeatedly take a least head among their inputs. The file proves, for any total
    preorder (keys may be equal in rows that differ), that the result is sorted and has exactly the rows of the inputs; that
    two sorted lists of one bag agree key by key; and that the first [n] rows of sorted parts are enough for the first
    [n] of the whole, which is why a Limit may be handed down to the Sort of each participant. *)
Require Import List Permutation Arith Lia Bool Sorting.Sorted.
Import ListNotations.

Section Merge.
Context {A : Type} (leb : A -> A -> bool).
Hypothesis leb_total : forall a b, leb a b = true \/ leb b a = true.
Hypothesis leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true.
Definition le a b := leb a b = true.
(** Rows that a sort does not tell apart. *)
Definition same_key a b := le a b /\ le b a.
Definition sorted := StronglySorted le.

Lemma leb_refl a : le a a. Proof. now destruct (leb_total a a). Qed.
Lemma not_leb a b : leb a b = false -> le b a.
Proof. destruct (leb_total a b); unfold le; congruence. Qed.
Lemma sorted_app xs ys : sorted xs -> sorted ys -> (forall x y, In x xs -> In y ys -> le x y) -> sorted (xs ++ ys).
Proof.
  induction 1 as [|x xs S IH F]; simpl; auto. intros Y H. constructor; [apply IH; auto|].
  apply Forall_app. split; auto. apply Forall_forall. auto.
Qed.
Lemma sorted_app_inv xs ys : sorted (xs ++ ys) ->
  sorted xs /\ sorted ys /\ forall x y, In x xs -> In y ys -> le x y.
Proof.
  induction xs as [|a xs IH]; simpl; intros S; [repeat split; auto; try constructor; easy|].
  inversion S as [|? ? S' F]; subst. destruct (IH S') as (X & Y & H). apply Forall_app in F. destruct F as [F G].
  repeat split; auto; [now constructor|]. intros x y [->|I] J; auto. rewrite Forall_forall in G. auto.
Qed.

(** ** Merging

    [merges inputs out]: [out] is an outcome of a merge. Any input with a least head may be chosen, so this covers every way
    to break ties: the binary heap of PostgreSQL, a tree of losers, first come first served. *)
Inductive merges : list (list A) -> list A -> Prop :=
| merges_done inputs : Forall (fun l => l = []) inputs -> merges inputs []
| merges_take before x l after out :
    (forall y ys, In (y :: ys) (before ++ after) -> le x y) ->
    merges (before ++ l :: after) out -> merges (before ++ (x :: l) :: after) (x :: out).

(*@ plan.gather-merge *)
Theorem merge_is_permutation inputs out : merges inputs out -> Permutation (concat inputs) out.
Proof.
  induction 1 as [inputs F|before x l after out _ _ IH].
  - induction F as [|l ls -> _ IH]; simpl; auto.
  - rewrite <- IH, !concat_app. simpl. symmetry. apply Permutation_middle.
Qed.
(*@ plan.gather-merge *)
Theorem merge_is_sorted inputs out : Forall sorted inputs -> merges inputs out -> sorted out.
Proof.
  intros S M. induction M as [inputs F|before x l after out H M IH]; [constructor|].
  apply Forall_app in S. destruct S as [SB SA]. inversion SA as [|? ? SX SA']; subst.
  inversion SX as [|? ? SL FL]; subst.
  constructor.
  - apply IH. apply Forall_app. split; auto.
  - rewrite Forall_forall. intros y I.
    assert (P := merge_is_permutation _ _ M).
    apply (Permutation_in y (Permutation_sym P)), in_concat in I. destruct I as (ys & J & K).
    rewrite Forall_forall in FL.
    assert (D : ys = l \/ In ys (before ++ after)).
    { apply in_app_or in J. simpl in J. rewrite in_app_iff. destruct J as [|[|]]; auto. }
    destruct D as [->|D]; [now apply FL|].
    destruct ys as [|z zs]; [easy|]. assert (L : le x z) by (apply (H z zs D)).
    destruct K as [->|K]; auto.
    assert (SZ : sorted (z :: zs)).
    { rewrite Forall_forall in SB, SA'. apply in_app_or in D. destruct D; auto. }
    inversion SZ as [|? ? _ FZ]; subst. rewrite Forall_forall in FZ. apply (leb_trans x z y L). now apply FZ.
Qed.
Lemma least_head inputs : Forall (fun l => l = []) inputs \/
  exists before x l after, inputs = before ++ (x :: l) :: after /\ forall y ys, In (y :: ys) (before ++ after) -> le x y.
Proof.
  induction inputs as [|l inputs IH]; [now left|].
  destruct l as [|a l].
  - destruct IH as [F|(b & x & r & c & -> & H)]; [left; now constructor|].
    right. exists ([] :: b), x, r, c. split; auto. simpl. intros y ys [E|I]; [discriminate|eauto].
  - right. destruct IH as [F|(b & x & r & c & -> & H)].
    + exists [], a, l, inputs. split; auto. simpl. intros y ys I. rewrite Forall_forall in F. now apply F in I.
    + destruct (leb a x) eqn:L.
      * exists [], a, l, (b ++ (x :: r) :: c). split; auto. simpl. intros y ys I.
        apply in_app_or in I. simpl in I. destruct I as [I|[E|I]].
        -- apply (leb_trans a x y L), (H y ys). apply in_or_app. now left.
        -- injection E as -> ->. exact L.
        -- apply (leb_trans a x y L), (H y ys). apply in_or_app. now right.
      * exists ((a :: l) :: b), x, r, c. split; auto. simpl. intros y ys [E|I]; [|eauto].
        injection E as -> ->. now apply not_leb.
Qed.
(** A merge never gets stuck. *)
(*@ plan.gather-merge *)
Theorem merge_exists inputs : exists out, merges inputs out.
Proof.
  remember (length (concat inputs)) as k eqn:E. revert inputs E.
  induction k as [k IH] using lt_wf_ind. intros inputs E.
  destruct (least_head inputs) as [F|(b & x & l & c & -> & H)]; [exists []; now constructor|].
  destruct (IH (length (concat (b ++ l :: c)))) with (inputs := b ++ l :: c) as [out M]; auto.
  - rewrite E, !concat_app, !app_length. simpl. lia.
  - exists (x :: out). now constructor.
Qed.

(** ** Sorted lists of one bag *)

(** A sort of [l]: its rows in order. Which of two rows with equal keys comes first is left open. *)
Definition sorts l s := sorted s /\ Permutation l s.

Lemma least_first a xs b ys : sorted (a :: xs) -> sorted (b :: ys) -> Permutation (a :: xs) (b :: ys) -> le a b.
Proof.
  intros S _ P. assert (I : In b (a :: xs)) by (apply (Permutation_in b (Permutation_sym P)); now left).
  destruct I as [->|I]; [apply leb_refl|]. inversion S as [|? ? _ F]; subst. rewrite Forall_forall in F. now apply F.
Qed.
Lemma same_key_trans a b c : same_key a b -> same_key b c -> same_key a c.
Proof. unfold same_key, le. intros [] []; split; eauto. Qed.
(** How many rows lie strictly below [x]; it tells the place of a key in a sorted list. *)
Definition below x l := length (filter (fun y => negb (leb x y)) l).
Lemma below_permutation x l l' : Permutation l l' -> below x l = below x l'.
Proof.
  unfold below. induction 1; simpl; auto; repeat destruct (leb _ _); simpl; congruence.
Qed.
Lemma below_app x l l' : below x (l ++ l') = below x l + below x l'.
Proof. unfold below. now rewrite filter_app, app_length. Qed.
Lemma below_none x l : (forall y, In y l -> le x y) -> below x l = 0.
Proof.
  unfold below, le. induction l as [|a l IH]; simpl; intros H; auto.
  rewrite (H a (or_introl eq_refl)). simpl. auto.
Qed.
Lemma below_all x l : (forall y, In y l -> leb x y = false) -> below x l = length l.
Proof.
  unfold below. induction l as [|a l IH]; simpl; intros H; auto.
  rewrite (H a (or_introl eq_refl)). simpl. auto.
Qed.
Lemma below_le x l : below x l <= length l.
Proof. unfold below. induction l as [|a l IH]; simpl; auto. destruct (leb x a); simpl; lia. Qed.
Lemma below_first n : forall s x, sorted s -> In x (firstn n s) -> below x s < n.
Proof.
  intros s x S I.
  assert (P := firstn_skipn n s). rewrite <- P in S. apply sorted_app_inv in S. destruct S as (S1 & _ & H).
  rewrite <- P, below_app, (below_none x (skipn n s)) by auto.
  apply in_split in I. destruct I as (b & c & E). rewrite E in *. rewrite below_app.
  apply sorted_app_inv in S1. destruct S1 as (_ & S2 & _). inversion S2 as [|? ? _ F]; subst.
  rewrite (below_none x (x :: c)).
  - assert (L := below_le x b). assert (N := firstn_le_length n s). rewrite E, app_length in N. simpl in N. lia.
  - intros y [<-|J]; [apply leb_refl|]. rewrite Forall_forall in F. auto.
Qed.
(** Two sorts of one bag agree key by key: only rows with equal keys may have changed places. *)
(*@ bag.ties, rel.limit.ties *)
Theorem sorted_agree xs : forall ys, sorted xs -> sorted ys -> Permutation xs ys -> Forall2 same_key xs ys.
Proof.
  induction xs as [|a xs IH]; intros ys S T P.
  - apply Permutation_nil in P. subst. constructor.
  - destruct ys as [|b ys]; [apply Permutation_sym, Permutation_nil in P; discriminate|].
    assert (AB : same_key a b) by (split; [exact (least_first a xs b ys S T P)|
      exact (least_first b ys a xs T S (Permutation_sym P))]).
    constructor; auto.
    inversion S as [|? ? S' FS]; subst. inversion T as [|? ? T' FT]; subst.
    (* Where a's partner in [ys] stands, [b] may stand as well: both have one key. *)
    destruct (in_app_or [b] ys a (Permutation_in a P (or_introl eq_refl))) as [[->|[]]|I].
    { apply IH; auto. exact (Permutation_cons_inv P). }
    apply in_split in I. destruct I as (ys1 & ys2 & ->).
    assert (P' : Permutation xs (ys1 ++ b :: ys2)).
    { apply (Permutation_cons_inv (a := a)). rewrite P.
      rewrite <- !Permutation_middle. apply perm_swap. }
    assert (T'' : sorted (ys1 ++ b :: ys2)).
    { apply sorted_app_inv in T'. destruct T' as (U & W & H). inversion W as [|? ? W' FW]; subst.
      apply sorted_app; auto.
      - constructor; auto. rewrite Forall_forall in *. intros y J. apply FT. apply in_or_app. right. now right.
      - intros x y J [<-|K]; [|apply H; auto; now right].
        apply (leb_trans x a b); [apply H; auto; now left|apply AB]. }
    assert (G := IH _ S' T'' P'). apply Forall2_app_inv_r in G. destruct G as (x1 & x2 & G1 & G2 & ->).
    inversion G2 as [|x ? x2' ? Gx G3]; subst.
    apply Forall2_app; auto. constructor; auto.
    apply (same_key_trans x b a); auto. split; apply AB.
Qed.
(** So a merge of sorted inputs and one sort of all rows are the same list of keys: a Gather Merge is as good as a Sort
    above a Gather. *)
(*@ plan.gather-merge *)
Theorem merge_agrees_with_sort inputs out l s :
  Forall sorted inputs -> merges inputs out -> Permutation (concat inputs) l -> sorts l s -> Forall2 same_key out s.
Proof.
  intros F M P [S Q]. apply sorted_agree; auto.
  - now apply (merge_is_sorted inputs).
  - rewrite <- (merge_is_permutation _ _ M). now transitivity l.
Qed.
End Merge.

(** The function that PostgreSQL's heap computes, here as merging two by two: it is one of the outcomes. *)
Section Function.
Context {A : Type} (leb : A -> A -> bool).
Fixpoint merge xs :=
  match xs with
  | [] => fun ys => ys
  | x :: xs' => fix inner ys :=
      match ys with [] => x :: xs' | y :: ys' => if leb x y then x :: merge xs' ys else y :: inner ys' end
  end.
Definition merge_all (inputs : list (list A)) : list A := fold_right merge [] inputs.
Lemma merge_cons x xs y ys :
  merge (x :: xs) (y :: ys) = if leb x y then x :: merge xs (y :: ys) else y :: merge (x :: xs) ys.
Proof. reflexivity. Qed.
Lemma merge_permutation xs : forall ys, Permutation (xs ++ ys) (merge xs ys).
Proof.
  induction xs as [|x xs IH]; auto. induction ys as [|y ys IHy]; [now rewrite app_nil_r|].
  rewrite merge_cons. destruct (leb x y); [constructor; apply IH|].
  etransitivity; [symmetry; apply (Permutation_middle (x :: xs))|]. constructor. exact IHy.
Qed.
Hypothesis leb_total : forall a b, leb a b = true \/ leb b a = true.
Hypothesis leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true.
Lemma merge_sorted xs : forall ys, sorted leb xs -> sorted leb ys -> sorted leb (merge xs ys).
Proof.
  induction xs as [|x xs IH]; auto. intros ys S. inversion S as [|? ? S' FS]; subst.
  induction ys as [|y ys IHy]; intros T; auto. inversion T as [|? ? T' FT]; subst.
  assert (Q := merge_permutation xs (y :: ys)). assert (Q' := merge_permutation (x :: xs) ys).
  rewrite merge_cons. destruct (leb x y) eqn:L; constructor; try now apply IH.
  - rewrite Forall_forall in *. intros z I. apply (Permutation_in z (Permutation_sym Q)), in_app_or in I.
    destruct I as [I|[<-|I]]; auto. apply (leb_trans x y z L). now apply FT.
  - now apply IHy.
  - assert (YX : leb y x = true) by (destruct (leb_total x y); congruence).
    rewrite Forall_forall in *. intros z I. apply (Permutation_in z (Permutation_sym Q')), in_app_or in I.
    destruct I as [[<-|I]|I]; auto. apply (leb_trans y x z YX). now apply FS.
Qed.
(*@ plan.gather-merge *)
Theorem merge_all_sorts inputs : Forall (sorted leb) inputs -> sorts leb (concat inputs) (merge_all inputs).
Proof.
  induction 1 as [|l ls S _ [IS IP]]; simpl; [split; constructor|]. split; [now apply merge_sorted|].
  rewrite IP. apply merge_permutation.
Qed.
(** So every list has a sort. *)
Definition sort (l : list A) := merge_all (map (fun x => [x]) l).
Lemma sort_sorts l : sorts leb l (sort l).
Proof.
  assert (E : concat (map (fun x => [x]) l) = l) by (induction l; simpl; congruence). rewrite <- E at 1.
  apply merge_all_sorts, Forall_forall. intros s I. apply in_map_iff in I as (x & <- & _). repeat constructor.
Qed.
End Function.

(** ** The first n rows *)
Section First.
Context {A : Type} (leb : A -> A -> bool).
Hypothesis leb_total : forall a b, leb a b = true \/ leb b a = true.
Hypothesis leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true.
(** If [n] rows of a sorted list precede [x], its first [n] do. *)
Lemma first_rows_precede n l a b x : sorted leb l -> Permutation l (a ++ b) -> n <= length a ->
  (forall y, In y a -> leb y x = true) ->
  n <= length l /\ forall y, In y (firstn n l) -> leb y x = true.
Proof.
  intros S P N H. assert (E := Permutation_length P). rewrite app_length in E.
  split; [lia|]. intros y I. destruct (leb y x) eqn:Y; auto. exfalso.
  (* Otherwise all of [a] lie below [y], which leaves no room for [y] among the first [n]. *)
  assert (L := below_first leb leb_total n l y S I).
  rewrite (below_permutation leb y _ _ P), below_app, (below_all leb y a) in L; [lia|].
  intros z J. destruct (leb y z) eqn:Z; auto. rewrite (leb_trans y z x Z (H z J)) in Y. discriminate.
Qed.
(** Rows [r] that were dropped, each behind [n] rows that were kept, are not missed among the first [n]. *)
Lemma first_rows_kept n l r : sorted leb l ->
  (forall x, In x r -> n <= length l /\ forall y, In y (firstn n l) -> leb y x = true) ->
  exists full, sorted leb full /\ Permutation full (l ++ r) /\ firstn n full = firstn n l.
Proof.
  intros S H. destruct (sort_sorts leb leb_total leb_trans (skipn n l ++ r)) as [Q P].
  exists (firstn n l ++ sort leb (skipn n l ++ r)).
  assert (S' := S). rewrite <- (firstn_skipn n l) in S'. apply sorted_app_inv in S'. destruct S' as (A1 & _ & C).
  split; [|split].
  - apply sorted_app; auto. intros x y I J. apply (Permutation_in _ (Permutation_sym P)) in J.
    apply in_app_iff in J as [J|J]; [now apply C|now apply (H y J)].
  - rewrite <- P, app_assoc. now rewrite firstn_skipn.
  - rewrite firstn_app, firstn_firstn, Nat.min_id. destruct (Nat.le_gt_cases n (length l)) as [L|L].
    + rewrite firstn_length_le, Nat.sub_diag by auto. simpl. apply app_nil_r.
    + rewrite (skipn_all2 l) by lia. simpl. destruct r as [|x r]; [simpl; rewrite firstn_nil; apply app_nil_r|].
      destruct (H x); simpl; auto. lia.
Qed.
Lemma forall2_firstn {B} (R : B -> B -> Prop) n : forall xs ys, Forall2 R xs ys -> Forall2 R (firstn n xs) (firstn n ys).
Proof. induction n; intros xs ys H; simpl; [constructor|]. destruct H; constructor; auto. Qed.
(** Each part hands over its first [n] rows only; the first [n] of those have the keys of the first [n] of all. *)
(*@ rel.limit.parts *)
Theorem top_n_of_parts n (parts tops : list (list A)) whole s t :
  Forall2 (fun part top => exists u, sorts leb part u /\ top = firstn n u) parts tops ->
  Permutation (concat parts) whole -> sorts leb whole s -> sorts leb (concat tops) t ->
  Forall2 (same_key leb) (firstn n t) (firstn n s).
Proof.
  intros F P [S PS] [T PT].
  (* The rows that were held back, part by part. *)
  assert (G : exists rests, Permutation (concat parts) (concat tops ++ concat rests) /\
    forall r, In r (concat rests) -> exists top, In top tops /\ length top = n /\ forall y, In y top -> le leb y r).
  { clear - F. induction F as [|p u ps us (v & [Sv Pv] & ->) _ (rests & P & H)].
    - exists []. simpl. split; auto. easy.
    - exists (skipn n v :: rests). simpl. split.
      + rewrite Pv, P. rewrite <- (firstn_skipn n v) at 1. rewrite <- !app_assoc. apply Permutation_app_head.
        rewrite !app_assoc. apply Permutation_app_tail, Permutation_app_comm.
      + intros r I. apply in_app_or in I. destruct I as [I|I].
        * exists (firstn n v). split; [now left|]. rewrite <- (firstn_skipn n v) in Sv.
          apply sorted_app_inv in Sv. destruct Sv as (_ & _ & K). split; auto.
          apply firstn_length_le. destruct (le_lt_dec n (length v)) as [L|L]; auto.
          rewrite skipn_all2 in I by lia. destruct I.
        * destruct (H r I) as (top & J & K). exists top. split; [now right|exact K]. }
  destruct G as (rests & Q & H).
  destruct (first_rows_kept n t (concat rests) T) as (full & SF & PF & <-).
  { intros r I. destruct (H r I) as (top & K & L & B). apply in_split in K as (t1 & t2 & ->).
    apply (first_rows_precede n t top (concat t1 ++ concat t2) r T); [|lia|exact B].
    rewrite <- PT, concat_app. apply Permutation_app_swap_app. }
  apply forall2_firstn, sorted_agree; auto. now rewrite PF, <- PT, <- Q, P.
Qed.
End First.
