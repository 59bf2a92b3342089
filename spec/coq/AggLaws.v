(* Parallel aggregation: three laws on reachable states are enough for every parallel run to give the serial result, and
   nothing less is.

   An aggregate is a machine (init, transition, combine, final) with an equivalence on its states. A parallel run is a
   tree: a leaf folds the rows that one participant consumed, in its order, and a node combines. [tree_correct]: under the
   laws any assignment of rows, any order and any tree end in the serial result; [laws_necessary]: the laws follow from that.
   Without commutativity the trees that keep the order of the input remain ([ordered_tree_correct]). *)
Require Import List Permutation Setoid Morphisms RelationClasses.
Import ListNotations.

Record Agg (row out : Type) := mkAgg {
  st    : Type;
  init  : st;
  trans : st -> row -> st;
  comb  : st -> st -> st;
  fin   : st -> out;
  eqv   : st -> st -> Prop;
  eqv_equiv : Equivalence eqv;
  trans_proper : Proper (eqv ==> eq ==> eqv) trans;
  comb_proper  : Proper (eqv ==> eqv ==> eqv) comb;
  fin_proper   : Proper (eqv ==> eq) fin
}.
Arguments st {row out} _. Arguments init {row out} _. Arguments trans {row out} _ _ _.
Arguments comb {row out} _ _ _. Arguments fin {row out} _ _. Arguments eqv {row out} _ _ _.
#[export] Existing Instance eqv_equiv.
#[export] Existing Instance trans_proper.
#[export] Existing Instance comb_proper.
#[export] Existing Instance fin_proper.

Section Theory.
Context {row out : Type} (a : Agg row out).
Infix "==" := (eqv a) (at level 70).

Definition fold_from (s : st a) (xs : list row) := fold_left (trans a) xs s.
Definition partial (xs : list row) := fold_from (init a) xs.
Definition serial (xs : list row) : out := fin a (partial xs).
Definition reach (s : st a) := exists xs, s == partial xs.

(* a parallel run: leaves = the rows a participant consumed, in its order *)
Inductive tree := Leaf (xs : list row) | Node (l r : tree).
Fixpoint rows_of t := match t with Leaf xs => xs | Node l r => rows_of l ++ rows_of r end.
Fixpoint run t := match t with Leaf xs => partial xs | Node l r => comb a (run l) (run r) end.

(* the laws, on reachable states only *)
Record HLaws : Prop := {   (* list homomorphism: order-preserving parallelism *)
  L_unit   : forall s, reach s -> comb a s (init a) == s;
  L_absorb : forall s t x, reach s -> reach t ->
               comb a s (trans a t x) == trans a (comb a s t) x
}.
Record Laws : Prop := {    (* multiset homomorphism: arbitrary assignment *)
  L_hom  : HLaws;
  L_comm : forall s t, reach s -> reach t -> comb a s t == comb a t s
}.

Lemma fold_proper : forall xs s t, s == t -> fold_from s xs == fold_from t xs.
Proof.
  induction xs as [|x xs IH]; simpl; intros s t H; auto.
  apply IH. now rewrite H.
Qed.
Lemma reach_partial xs : reach (partial xs). Proof. exists xs. reflexivity. Qed.
Lemma reach_init : reach (init a). Proof. exists []. reflexivity. Qed.
Lemma reach_trans s x : reach s -> reach (trans a s x).
Proof.
  intros [xs H]. exists (xs ++ [x]). unfold partial, fold_from. rewrite fold_left_app. simpl.
  now rewrite H.
Qed.

Section Ordered.
Hypothesis L : HLaws.

Lemma comb_fold : forall ys s t, reach s -> reach t ->
  comb a s (fold_from t ys) == fold_from (comb a s t) ys.
Proof.
  induction ys as [|y ys IH]; intros s t Hs Ht; simpl; [reflexivity|].
  etransitivity. { apply IH; auto using reach_trans. }
  apply fold_proper. now apply (L_absorb L).
Qed.
Lemma comb_partial xs ys : comb a (partial xs) (partial ys) == partial (xs ++ ys).
Proof.
  unfold partial at 2. rewrite comb_fold by auto using reach_partial, reach_init.
  transitivity (fold_from (partial xs) ys).
  - apply fold_proper, (L_unit L), reach_partial.
  - unfold partial, fold_from. rewrite fold_left_app. reflexivity.
Qed.
(* derived, not assumed: *)
Theorem comb_assoc s t u : reach s -> reach t -> reach u ->
  comb a s (comb a t u) == comb a (comb a s t) u.
Proof.
  intros [x Hx] [y Hy] [z Hz]. rewrite Hx, Hy, Hz, !comb_partial, app_assoc. reflexivity.
Qed.
(* order-preserving trees need no commutativity (array_agg, string_agg under an ordered gather) *)
Theorem ordered_tree_correct t : run t == partial (rows_of t).
Proof.
  induction t as [xs|l IHl r IHr]; simpl; [reflexivity|].
  now rewrite IHl, IHr, comb_partial.
Qed.
End Ordered.

Section Sufficiency.
Hypothesis L : Laws.
Local Notation H := (L_hom L).
Theorem trans_comm s x y : reach s -> trans a (trans a s x) y == trans a (trans a s y) x.
Proof.
  intros Hs.
  assert (K : forall s x, reach s -> trans a s x == comb a s (partial [x])).
  { intros s0 x0 H0. unfold partial. simpl.
    rewrite (L_absorb H) by auto using reach_init. now rewrite (L_unit H). }
  assert (Rx := reach_partial [x]). assert (Ry := reach_partial [y]).
  rewrite (K (trans a s x) y) by now apply reach_trans.
  rewrite (K (trans a s y) x) by now apply reach_trans.
  rewrite (K s x), (K s y) by auto.
  rewrite <- !(comb_assoc H) by auto. rewrite (L_comm L (partial [x]) (partial [y])) by auto. reflexivity.
Qed.
Lemma partial_perm xs ys : Permutation xs ys -> forall s, reach s -> fold_from s xs == fold_from s ys.
Proof.
  induction 1; intros s Hs; simpl.
  - reflexivity.
  - apply IHPermutation. now apply reach_trans.
  - apply fold_proper. now apply trans_comm.
  - etransitivity; eauto.
Qed.
Theorem tree_correct_state t rows :
  Permutation (rows_of t) rows -> run t == partial rows.
Proof.
  intros P. rewrite (ordered_tree_correct H). unfold partial. apply partial_perm; auto using reach_init.
Qed.
(* MAIN: n workers, any assignment, any order, any combine tree *)
Theorem tree_correct t rows :
  Permutation (rows_of t) rows -> fin a (run t) = serial rows.
Proof. intros P. unfold serial. now rewrite (tree_correct_state t rows P). Qed.

(* PostgreSQL shape: leader folds combine over worker states arriving in any order *)
Theorem gather_correct (parts : list (list row)) rows :
  Permutation (concat parts) rows ->
  fin a (fold_left (comb a) (map partial parts) (init a)) = serial rows.
Proof.
  intros P.
  assert (G : forall ps s xs, s == partial xs ->
             fold_left (comb a) (map partial ps) s == partial (xs ++ concat ps)).
  { induction ps as [|p ps IH]; simpl; intros s xs Hs.
    - now rewrite app_nil_r.
    - rewrite app_assoc. apply IH. rewrite Hs. apply (comb_partial H). }
  unfold serial. rewrite (G parts (init a) []) by reflexivity. simpl.
  now rewrite (partial_perm _ _ P _ reach_init).
Qed.
End Sufficiency.

(* Necessity: if every parallel run agrees with the serial state, the laws hold. So testing the
   three laws on reachable states loses nothing against testing every tree. *)
Theorem laws_necessary :
  Proper (eqv a ==> eqv a ==> eqv a) (comb a) ->
  (forall t rows, Permutation (rows_of t) rows -> run t == partial rows) -> Laws.
Proof.
  intros _ T. constructor; [constructor|].
  - intros s [xs H]. rewrite H.
    apply (T (Node (Leaf xs) (Leaf []))). simpl. now rewrite app_nil_r.
  - intros s t x [xs H] [ys H']. rewrite H, H'.
    assert (E1 : trans a (partial ys) x == partial (ys ++ [x])).
    { unfold partial, fold_from. now rewrite fold_left_app. }
    rewrite E1.
    rewrite (T (Node (Leaf xs) (Leaf (ys ++ [x]))) ((xs ++ ys) ++ [x])) by (simpl; now rewrite app_assoc).
    rewrite (T (Node (Leaf xs) (Leaf ys)) (xs ++ ys)) by reflexivity.
    unfold partial, fold_from. now rewrite !fold_left_app.
  - intros s t [xs H] [ys H']. rewrite H, H'.
    rewrite (T (Node (Leaf xs) (Leaf ys)) (ys ++ xs)) by (simpl; apply Permutation_app_comm).
    now rewrite (T (Node (Leaf ys) (Leaf xs)) (ys ++ xs)) by reflexivity.
Qed.
End Theory.

(* closure: product of lawful aggregates is lawful (a target list of several aggregates) *)
Section Prod.
Context {row o1 o2 : Type} (a : Agg row o1) (b : Agg row o2).
Definition prod_eqv (p q : st a * st b) := eqv a (fst p) (fst q) /\ eqv b (snd p) (snd q).
Program Definition prod_agg : Agg row (o1 * o2) := {|
  st := st a * st b; init := (init a, init b);
  trans s x := (trans a (fst s) x, trans b (snd s) x);
  comb s t := (comb a (fst s) (fst t), comb b (snd s) (snd t));
  fin s := (fin a (fst s), fin b (snd s)); eqv := prod_eqv |}.
Next Obligation.
  constructor; unfold prod_eqv.
  - intros [? ?]; split; reflexivity.
  - intros [? ?] [? ?] [? ?]; split; now symmetry.
  - intros ? ? ? [? ?] [? ?]; split; etransitivity; eauto.
Qed.
Next Obligation. intros [? ?] [? ?] [H K] x ? <-. split; simpl in *; [now rewrite H|now rewrite K]. Qed.
Next Obligation. intros [? ?] [? ?] [H K] [? ?] [? ?] [H' K']. split; simpl in *; [now rewrite H,H'|now rewrite K,K']. Qed.
Next Obligation. intros [? ?] [? ?] [H K]. simpl in *. now rewrite H, K. Qed.
Lemma prod_partial xs : forall s, fold_left (trans prod_agg) xs s =
   (fold_left (trans a) xs (fst s), fold_left (trans b) xs (snd s)).
Proof. induction xs; intros [s t]; simpl; auto. rewrite IHxs. reflexivity. Qed.
Lemma prod_reach s : reach prod_agg s -> reach a (fst s) /\ reach b (snd s).
Proof.
  intros [xs [H K]]. unfold partial, fold_from in *. rewrite prod_partial in *. simpl in *.
  split; exists xs; auto.
Qed.
Theorem prod_laws : Laws a -> Laws b -> Laws prod_agg.
Proof.
  intros [A CA] [B CB]. constructor; [constructor|].
  - intros s R. apply prod_reach in R. destruct R. split; simpl; [apply (L_unit a A)|apply (L_unit b B)]; auto.
  - intros s t x R R'. apply prod_reach in R. apply prod_reach in R'. destruct R, R'.
    split; simpl; [apply (L_absorb a A)|apply (L_absorb b B)]; auto.
  - intros s t R R'. apply prod_reach in R. apply prod_reach in R'. destruct R, R'.
    split; simpl; [apply CA|apply CB]; auto.
Qed.
End Prod.

(* closure: FILTER (WHERE ..) / argument expression / NULL skipping = precomposition by a partial map *)
Section Pre.
Context {r1 r2 o : Type} (a : Agg r2 o) (f : r1 -> option r2).
Program Definition pre_agg : Agg r1 o := {|
  st := st a; init := init a;
  trans s x := match f x with Some y => trans a s y | None => s end;
  comb := comb a; fin := fin a; eqv := eqv a |}.
Next Obligation. intros s t H x ? <-. destruct (f x); auto. now rewrite H. Qed.
Fixpoint omap (xs : list r1) := match xs with [] => [] | x :: r =>
   match f x with Some y => y :: omap r | None => omap r end end.
Lemma pre_partial xs : forall s, fold_left (trans pre_agg) xs s = fold_left (trans a) (omap xs) s.
Proof. induction xs as [|x xs IH]; intros s; simpl; auto. rewrite IH. destruct (f x); reflexivity. Qed.
Lemma pre_reach s : reach pre_agg s -> reach a s.
Proof. intros [xs H]. unfold partial, fold_from in H. rewrite pre_partial in H. exists (omap xs). exact H. Qed.
Theorem pre_laws : Laws a -> Laws pre_agg.
Proof.
  intros [A C]. constructor; [constructor|]; simpl.
  - intros s R. apply (L_unit a A). now apply pre_reach.
  - intros s t x R R'. destruct (f x); [|reflexivity]. apply (L_absorb a A); now apply pre_reach.
  - intros s t R R'. apply C; now apply pre_reach.
Qed.
End Pre.

(* Existence (weak-inverse form of the third homomorphism theorem): if the serial transition is
   order-insensitive and some g rebuilds a representative input for each reachable state,
   a lawful combine exists and is "replay the other side's representative". *)
Section ThirdHom.
Context {row out : Type} (a : Agg row out) (g : st a -> list row).
Hypothesis g_proper : Proper (eqv a ==> eq) g.
Hypothesis g_inv : forall s, reach a s -> eqv a (partial a (g s)) s.
Hypothesis comm : forall s x y, eqv a (trans a (trans a s x) y) (trans a (trans a s y) x).
Program Definition replay : Agg row out := {|
  st := st a; init := init a; trans := trans a; fin := fin a; eqv := eqv a;
  comb s t := fold_from a s (g t) |}.
Next Obligation. intros s s' H t t' H'. rewrite (g_proper _ _ H'). now apply fold_proper. Qed.
Lemma fold_perm xs ys : Permutation xs ys -> forall s, eqv a (fold_from a s xs) (fold_from a s ys).
Proof.
  induction 1; intros s; simpl; [reflexivity|apply IHPermutation|apply fold_proper, comm|].
  etransitivity; eauto.
Qed.
Lemma replay_partial xs ys : eqv a (fold_from a (partial a xs) (g (partial a ys))) (partial a (xs ++ ys)).
Proof.
  transitivity (partial a (g (partial a ys) ++ xs)).
  { unfold partial, fold_from. rewrite <- fold_left_app. apply fold_perm, Permutation_app_comm. }
  transitivity (partial a (ys ++ xs)).
  - transitivity (fold_from a (partial a (g (partial a ys))) xs).
    { unfold partial, fold_from. rewrite fold_left_app. reflexivity. }
    transitivity (fold_from a (partial a ys) xs); [apply fold_proper, g_inv, reach_partial|].
    unfold partial, fold_from. rewrite fold_left_app. reflexivity.
  - apply fold_perm, Permutation_app_comm.
Qed.
Theorem third_hom : Laws replay.
Proof.
  assert (R : forall s, reach replay s -> reach a s) by (intros s [xs E]; exists xs; exact E).
  apply (laws_necessary replay); [apply comb_proper|].
  intros t rows P. transitivity (partial a (rows_of t)); [|now apply fold_perm].
  clear P. induction t as [xs|l IHl r IHr]; simpl; [reflexivity|].
  rewrite <- replay_partial. rewrite (g_proper _ _ IHr). now apply fold_proper.
Qed.
End ThirdHom.
