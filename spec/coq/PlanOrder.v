(* Order inside plans: sorted lists, the k-way merge of Gather Merge, and the first rows of a whole from those of its parts.

   An order is a total preorder, decided by a boolean function: rows that it holds equal are ties, and sorting leaves their
   sequence open. [apart] says that it has no ties. *)
Require Import List Permutation Sorted Arith Lia.
Require Import Bothways.PlanBags.
Import ListNotations.

Record order (V : Type) := {
  leb : V -> V -> bool;
  leb_total : forall x y, leb x y = true \/ leb y x = true;
  leb_trans : forall x y z, leb x y = true -> leb y z = true -> leb x z = true;
  apart : bool;
  apart_ok : apart = true -> forall x y, leb x y = true -> leb y x = true -> x = y
}.
Arguments leb {V}. Arguments leb_total {V}. Arguments leb_trans {V}. Arguments apart {V}. Arguments apart_ok {V}.

Section Order.
Context {V : Type} (o : order V).
Notation "x =< y" := (leb o x y = true) (at level 70).
Definition sorted := StronglySorted (fun x y => x =< y).

Lemma leb_refl x : x =< x. Proof. now destruct (leb_total o x x). Qed.
Lemma sorted_app l l' : sorted l -> sorted l' -> (forall x y, In x l -> In y l' -> x =< y) -> sorted (l ++ l').
Proof.
  intros S S' H. induction S as [|x l S IH F]; simpl; auto. constructor.
  - apply IH. simpl in H. auto.
  - apply Forall_app. split; auto. apply Forall_forall. intros y I. apply H; simpl; auto.
Qed.
Lemma sorted_parts l l' : sorted (l ++ l') -> sorted l /\ sorted l' /\ forall x y, In x l -> In y l' -> x =< y.
Proof.
  induction l as [|a l IH]; simpl; intros S.
  - split; [constructor|]. split; [exact S|easy].
  - inversion S as [|? ? S' F]; subst. apply IH in S' as (A & B & C). apply Forall_app in F as [F F'].
    rewrite Forall_forall in F'. repeat split; auto; [now constructor|]. intros x y [->|I] J; auto.
Qed.
Lemma sorted_filter b l : sorted l -> sorted (filter b l).
Proof.
  induction 1 as [|x l S IH F]; simpl; [constructor|]. destruct (b x); auto. constructor; auto.
  rewrite Forall_forall in *. intros y I. apply F. now apply filter_In in I.
Qed.
Lemma sorted_split n l : sorted l -> sorted (firstn n l) /\ sorted (skipn n l) /\
  forall x y, In x (firstn n l) -> In y (skipn n l) -> x =< y.
Proof. intros S. apply sorted_parts. now rewrite firstn_skipn. Qed.

(* every bag has a sorted list, and only one if the order has no ties *)
Fixpoint insert x l := match l with [] => [x] | y :: r => if leb o x y then x :: l else y :: insert x r end.
Fixpoint isort l := match l with [] => [] | x :: r => insert x (isort r) end.
Lemma insert_perm x l : Permutation (insert x l) (x :: l).
Proof. induction l as [|y l IH]; simpl; auto. destruct (leb o x y); auto. rewrite IH. apply perm_swap. Qed.
Lemma isort_perm l : Permutation (isort l) l.
Proof. induction l; simpl; auto. rewrite insert_perm. auto. Qed.
Lemma insert_sorted x l : sorted l -> sorted (insert x l).
Proof.
  induction 1 as [|y l S IH F]; simpl; [repeat constructor|]. destruct (leb o x y) eqn:E.
  - constructor; [now constructor|]. constructor; auto. rewrite Forall_forall in *. intros z I. eapply leb_trans; eauto.
  - assert (y =< x) by (destruct (leb_total o x y); congruence). constructor; auto.
    apply (Permutation_Forall (Permutation_sym (insert_perm x l))). now constructor.
Qed.
Lemma isort_sorted l : sorted (isort l).
Proof. induction l; simpl; [constructor|]. now apply insert_sorted. Qed.
Theorem sorted_unique l l' : apart o = true -> sorted l -> sorted l' -> Permutation l l' -> l = l'.
Proof.
  intros U S. revert l'. induction S as [|x l S IH F]; intros l' S' P.
  - now apply Permutation_nil in P.
  - destruct S' as [|y l' S' F']; [now apply Permutation_sym, Permutation_nil in P|].
    assert (x = y) as ->.
    { rewrite Forall_forall in F, F'. apply (apart_ok o U).
      - assert (I : In y (x :: l)) by (apply (Permutation_in _ (Permutation_sym P)); now left).
        destruct I as [->|I]; auto using leb_refl.
      - assert (I : In x (y :: l')) by (apply (Permutation_in _ P); now left).
        destruct I as [->|I]; auto using leb_refl. }
    f_equal. apply IH; auto. eapply Permutation_cons_inv; eauto.
Qed.

(* ---- the k-way merge ---- *)
(* Always emits a head that no other source's head precedes; an exhausted source is one without a head. *)
Inductive merges : list (list V) -> list V -> Prop :=
| merges_done ls : Forall (fun l => l = []) ls -> merges ls []
| merges_next pre x xs post l : (forall y ys, In (y :: ys) (pre ++ post) -> x =< y) ->
    merges (pre ++ xs :: post) l -> merges (pre ++ (x :: xs) :: post) (x :: l).
Theorem merges_perm ls l : merges ls l -> Permutation l (concat ls).
Proof.
  induction 1 as [ls F|pre x xs post l _ _ IH].
  - induction F as [|? ? -> _ IH]; simpl; auto.
  - rewrite IH, !concat_app. simpl. apply Permutation_middle.
Qed.
Theorem merges_sorted ls l : Forall sorted ls -> merges ls l -> sorted l.
Proof.
  intros F M. induction M as [|pre x xs post l H M IH]; [constructor|].
  apply Forall_app in F as [F1 F2]. inversion F2 as [|? ? Fx F3]; subst. inversion Fx as [|? ? Sx Lx]; subst.
  constructor. { apply IH. apply Forall_app. split; auto. }
  apply (Permutation_Forall (Permutation_sym (merges_perm _ _ M))). apply Forall_forall. intros z I.
  apply in_concat in I as (ys & I & J). rewrite in_app_iff in I. simpl in I.
  assert (K : ys = xs \/ In ys (pre ++ post)) by (rewrite in_app_iff; intuition congruence). clear I.
  rewrite Forall_forall in Lx. destruct K as [->|K]; auto.
  assert (Sy : sorted ys). { rewrite Forall_forall in F1, F3. apply in_app_iff in K as [K|K]; auto. }
  destruct ys as [|y ys]; [easy|]. apply (leb_trans o x y); [now apply (H y ys)|].
  inversion Sy as [|? ? _ Fy]; subst. rewrite Forall_forall in Fy. destruct J as [->|J]; auto using leb_refl.
Qed.
(* some head is first, so a merge never gets stuck *)
Lemma least_head ls : Forall (fun l => l = []) ls \/
  exists pre x xs post, ls = pre ++ (x :: xs) :: post /\ forall y ys, In (y :: ys) (pre ++ post) -> x =< y.
Proof.
  induction ls as [|[|a l] ls IH]; [left; auto| |].
  - destruct IH as [F|(pre & x & xs & post & -> & H)]; [left; auto|right].
    exists ([] :: pre), x, xs, post. split; auto. intros y ys [I|I]; [discriminate|eauto].
  - right. destruct IH as [F|(pre & x & xs & post & -> & H)].
    + exists [], a, l, ls. split; auto. simpl. intros y ys I. rewrite Forall_forall in F. now apply F in I.
    + destruct (leb o a x) eqn:E.
      * exists [], a, l, (pre ++ (x :: xs) :: post). split; auto. simpl. intros y ys I.
        apply in_app_iff in I as [I|[I|I]].
        -- apply (leb_trans o a x); auto. apply (H y ys), in_app_iff. auto.
        -- now injection I as -> ->.
        -- apply (leb_trans o a x); auto. apply (H y ys), in_app_iff. auto.
      * assert (x =< a) by (destruct (leb_total o a x); congruence).
        exists ((a :: l) :: pre), x, xs, post. split; auto. intros y ys [I|I]; [now injection I as -> ->|eauto].
Qed.
Theorem merges_exist ls : exists l, merges ls l.
Proof.
  remember (length (concat ls)) as n eqn:E. revert ls E. induction n as [n IH] using lt_wf_ind. intros ls ->.
  destruct (least_head ls) as [F|(pre & x & xs & post & -> & H)]; [exists []; now constructor|].
  destruct (IH (length (concat (pre ++ xs :: post)))) with (ls := pre ++ xs :: post) as [l M]; auto.
  - rewrite !concat_app. simpl. rewrite !app_length. simpl. rewrite !app_length. lia.
  - exists (x :: l). now constructor.
Qed.

(* ---- the first rows ---- *)
(* If n rows of a sorted list precede x, its first n do. *)
Lemma first_precede n l a x : sorted l -> n <= length a -> (forall y, In y a -> y =< x) ->
  (exists b, Permutation l (a ++ b)) -> n <= length l /\ forall y, In y (firstn n l) -> y =< x.
Proof.
  intros S N H (b & P). assert (E := Permutation_length P). rewrite app_length in E.
  split; [lia|]. intros y I.
  (* otherwise all rows from y on, and y, exceed x: fewer than n precede x *)
  destruct (leb o y x) eqn:Y; auto. exfalso.
  apply in_split in I as (u & v & U).
  assert (L : length (firstn n l) = n) by (apply firstn_length_le; lia).
  assert (F : l = u ++ y :: (v ++ skipn n l)) by (rewrite <- (firstn_skipn n l) at 1; rewrite U, <- app_assoc; reflexivity).
  assert (G : filter (fun z => leb o z x) (y :: (v ++ skipn n l)) = []).
  { rewrite F in S. apply sorted_parts in S as (_ & S & _). inversion S as [|? ? _ Fy]; subst.
    rewrite Forall_forall in Fy. clear -Fy Y. simpl. rewrite Y. revert Fy. generalize (v ++ skipn n l) as r.
    induction r as [|z r IH]; simpl; intros Fy; auto. destruct (leb o z x) eqn:Z.
    - assert (leb o y x = true) by (apply (leb_trans o y z); auto). congruence.
    - apply IH. auto. }
  assert (C : length (filter (fun z => leb o z x) l) <= length u).
  { rewrite F, filter_app, G, app_nil_r. apply (Nat.le_trans _ _ _ (Nat.eq_le_incl _ _ eq_refl)).
    clear. induction u as [|z u IH]; simpl; auto. destruct (leb o z x); simpl; lia. }
  assert (D : length a <= length (filter (fun z => leb o z x) l)).
  { rewrite (Permutation_length (filter_perm _ _ _ P)), filter_app, app_length.
    replace (filter (fun z => leb o z x) a) with a; [lia|]. clear -H. induction a as [|z a IH]; simpl in *; auto.
    rewrite H by auto. f_equal. auto. }
  rewrite U, app_length in L. simpl in L. lia.
Qed.
(* Rows r that were dropped, each behind n rows that were kept, are not missed among the first n. *)
Theorem first_kept n l r : sorted l ->
  (forall x, In x r -> n <= length l /\ forall y, In y (firstn n l) -> y =< x) ->
  exists full, sorted full /\ Permutation full (l ++ r) /\ firstn n full = firstn n l.
Proof.
  intros S H. exists (firstn n l ++ isort (skipn n l ++ r)). destruct (sorted_split n l S) as (A & B & C). repeat split.
  - apply sorted_app; auto using isort_sorted. intros x y I J.
    apply (Permutation_in _ (isort_perm _)) in J. apply in_app_iff in J as [J|J]; auto. now apply (H y J).
  - rewrite isort_perm, app_assoc. now rewrite firstn_skipn.
  - rewrite firstn_app, firstn_firstn, Nat.min_id. destruct (Nat.le_gt_cases n (length l)) as [L|L].
    + rewrite firstn_length_le, Nat.sub_diag by auto. simpl. apply app_nil_r.
    + rewrite (skipn_all2 l) by lia. simpl. destruct r as [|x r]; [simpl; rewrite firstn_nil; apply app_nil_r|].
      destruct (H x); simpl; auto. lia.
Qed.
End Order.
