(** * When an aggregate may be computed in parts

    An aggregate is a machine: an initial state, a transition that takes in a row, a combine of two states, and a final
    function. Serially, all rows go through one state. In parallel, each participant has a state of its own, takes in the
    rows that it happens to get, and the states are combined in the order in which they happen to arrive.

    Three laws decide whether the answer can tell: right unit, absorption and commutativity of combine, each demanded of
    reachable states only, up to an equivalence that the final function respects. They are sufficient for any
    assignment of rows, any order within a participant and any combine tree ([tree_correct], [gather_correct]), and
    necessary for it ([laws_necessary]); so testing three small laws loses nothing against testing all trees. The first
    two alone are what order-preserving trees need ([ordered_tree_correct]).

    Associativity of combine and indifference of the transition to order are not assumed: they follow ([comb_assoc],
    [trans_comm]). The rest of the file closes lawful aggregates under what SQL does with them (several in one target
    list, FILTER, skipping of NULLs, another final function), and shows when a combine exists at all ([third_hom]).

    Rust: [spec/src/agg/mod.rs] has the machines, [spec/laws] the laws as tests. *)
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

(** A parallel run: a leaf is the rows that a participant took in, in its order; a node is a combine. *)
Inductive tree := Leaf (xs : list row) | Node (l r : tree).
Fixpoint rows_of t := match t with Leaf xs => xs | Node l r => rows_of l ++ rows_of r end.
Fixpoint run t := match t with Leaf xs => partial xs | Node l r => comb a (run l) (run r) end.

(** The laws, on reachable states only. [HLaws] makes [partial] a homomorphism of lists, [Laws] one of bags. *)
Record HLaws : Prop := {
  L_unit   : forall s, reach s -> comb a s (init a) == s;
  L_absorb : forall s t x, reach s -> reach t ->
               comb a s (trans a t x) == trans a (comb a s t) x
}.
Record Laws : Prop := {
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
(** Associativity is derived, not assumed. *)
(*@ law.associative *)
Theorem comb_assoc s t u : reach s -> reach t -> reach u ->
  comb a s (comb a t u) == comb a (comb a s t) u.
Proof.
  intros [x Hx] [y Hy] [z Hz]. rewrite Hx, Hy, Hz, !comb_partial, app_assoc. reflexivity.
Qed.
(** Trees that keep the order of rows need no commutativity (string_agg, array_agg). *)
(*@ law.order *)
Theorem ordered_tree_correct t : run t == partial (rows_of t).
Proof.
  induction t as [xs|l IHl r IHr]; simpl; [reflexivity|].
  now rewrite IHl, IHr, comb_partial.
Qed.
(** A part that saw no row may stand on either side of a combine. *)
(*@ law.unit, law.empty *)
Theorem empty_part_neutral t : run (Node t (Leaf [])) == run t /\ run (Node (Leaf []) t) == run t.
Proof.
  split; rewrite !ordered_tree_correct; simpl; [now rewrite app_nil_r|reflexivity].
Qed.
End Ordered.

Section Sufficiency.
Hypothesis L : Laws.
Local Notation H := (L_hom L).
(** So is the indifference of the serial pass to the order of rows. *)
(*@ law.commutative *)
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
(*@ law.split *)
Theorem tree_correct_state t rows :
  Permutation (rows_of t) rows -> run t == partial rows.
Proof.
  intros P. rewrite (ordered_tree_correct H). unfold partial. apply partial_perm; auto using reach_init.
Qed.
(** The main theorem: any number of participants, any assignment of rows, any order in each, any combine tree. *)
(*@ law.split, law.enough *)
Theorem tree_correct t rows :
  Permutation (rows_of t) rows -> fin a (run t) = serial rows.
Proof. intros P. unfold serial. now rewrite (tree_correct_state t rows P). Qed.

(** The shape of PostgreSQL: the leader folds combine over the participants' states, in the order of arrival. *)
(*@ law.split, law.enough, plan.aggregate.finalize *)
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

(** Two states look alike if they finish alike, now and after any further rows. This is all that a test can see of a
    state from outside, and coarser than the equivalence of the model. *)
Definition look_alike s t := forall xs, fin a (fold_from s xs) = fin a (fold_from t xs).
(*@ law.state.observable *)
Theorem equivalent_states_look_alike s t : s == t -> look_alike s t.
Proof. intros E xs. apply fin_proper. now apply fold_proper. Qed.
Lemma comb_is_fold s ys : reach s -> comb a s (partial ys) == fold_from s ys.
Proof.
  intros R. unfold partial. rewrite (comb_fold H) by auto using reach_init. apply fold_proper. now apply (L_unit H).
Qed.
(** Combining cannot tell apart what looks alike, so comparing states by their looks is enough to test the laws. *)
(*@ law.state.observable *)
Theorem look_alike_congruence s s' t : reach s -> reach s' -> reach t -> look_alike s s' ->
  look_alike (comb a s t) (comb a s' t) /\ look_alike (comb a t s) (comb a t s').
Proof.
  intros R R' T E.
  assert (K : look_alike (comb a s t) (comb a s' t)).
  { destruct T as [ys T]. intros zs.
    assert (G : forall r, reach r -> fin a (fold_from (comb a r t) zs) = fin a (fold_from r (ys ++ zs))).
    { intros r Rr. apply fin_proper. unfold fold_from at 2. rewrite fold_left_app. apply fold_proper.
      rewrite T. now apply comb_is_fold. }
    rewrite !G by auto. apply E. }
  split; auto. intros zs.
  rewrite (equivalent_states_look_alike _ _ (L_comm L t s T R) zs).
  rewrite (equivalent_states_look_alike _ _ (L_comm L t s' T R') zs). apply K.
Qed.
End Sufficiency.

(** The converse: if every parallel run reaches the serial state, the laws hold. *)
(*@ law.enough, law.absorption *)
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

(** ** Several aggregates in one target list: products *)
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
(*@ law.product *)
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

(** ** FILTER, argument expressions, skipping of NULLs: a partial map of the rows before the transition *)
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
(*@ law.argument, agg.filter *)
Theorem pre_laws : Laws a -> Laws pre_agg.
Proof.
  intros [A C]. constructor; [constructor|]; simpl.
  - intros s R. apply (L_unit a A). now apply pre_reach.
  - intros s t x R R'. destruct (f x); [|reflexivity]. apply (L_absorb a A); now apply pre_reach.
  - intros s t R R'. apply C; now apply pre_reach.
Qed.
End Pre.

(** ** Another final function over the same states

    Aggregates of PostgreSQL share their state machines: avg, sum and the variances of one type differ in the final
    function only, and a Partial Aggregate shows the state itself. *)
Section WithFinal.
Context {row o1 o2 : Type} (a : Agg row o1) (f : st a -> o2) (P : Proper (eqv a ==> eq) f).
Definition with_final : Agg row o2 :=
  mkAgg row o2 (st a) (init a) (trans a) (comb a) f (eqv a) (eqv_equiv _ _ a) (trans_proper _ _ a) (comb_proper _ _ a) P.
Lemma with_final_reach s : reach with_final s -> reach a s.
Proof. intros [xs H]. now exists xs. Qed.
(*@ agg.machine *)
Theorem with_final_hlaws : HLaws a -> HLaws with_final.
Proof.
  intros [U A]. constructor; simpl.
  - intros s R. apply U. now apply with_final_reach.
  - intros s t x R R'. apply A; now apply with_final_reach.
Qed.
(*@ agg.machine *)
Theorem with_final_laws : Laws a -> Laws with_final.
Proof.
  intros [H C]. constructor; [now apply with_final_hlaws|]. simpl.
  intros s t R R'. apply C; now apply with_final_reach.
Qed.
End WithFinal.
(** A function of the result is a final function. *)
Definition map_result {row o1 o2} (a : Agg row o1) (f : o1 -> o2) : Agg row o2.
Proof. refine (with_final a (fun s => f (fin a s)) _). intros s t H. now rewrite (fin_proper _ _ a s t H). Defined.
Lemma map_result_laws {row o1 o2} (a : Agg row o1) (f : o1 -> o2) : Laws a -> Laws (map_result a f).
Proof. apply with_final_laws. Qed.

(** ** When a combine exists at all

    The third homomorphism theorem, by a weak inverse: if the order of rows does not matter to the serial pass, and some [g]
    rebuilds from each reachable state an input that leads to it, then there is a lawful combine: take in what [g] rebuilds
    from the other side. *)
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
(*@ law.exists *)
Theorem third_hom : Laws replay.
Proof.
  assert (R : forall s, reach replay s -> reach a s) by (intros s [xs E]; exists xs; exact E).
  apply (laws_necessary replay); [apply comb_proper|].
  intros t rows P. transitivity (partial a (rows_of t)); [|now apply fold_perm].
  clear P. induction t as [xs|l IHl r IHr]; simpl; [reflexivity|].
  rewrite <- replay_partial. rewrite (g_proper _ _ IHr). now apply fold_proper.
Qed.
End ThirdHom.
