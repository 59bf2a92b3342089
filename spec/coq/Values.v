(** * SQL's three-valued logic

    A condition of SQL is TRUE, FALSE or unknown. Here, as in PostgreSQL, the third truth value is the NULL of the type
    boolean: [None]. The connectives are Kleene's strong ones: the answer is definite as soon as the known operands
    alone decide it. The file proves the laws that a planner uses when it moves conditions about, and the traps that it
    must not step into: NULL in a list of [NOT IN], a [WHERE] and its negation that do not cover all rows.

    Rust: [spec/src/expr/eval.rs] and its neighbours; the tables are tested there exhaustively. *)
Require Import List Permutation Bool Setoid.
Import ListNotations.

Definition truth := option bool.

Definition not3 (x : truth) : truth :=
  match x with Some a => Some (negb a) | None => None end.
Definition and3 (x y : truth) : truth :=
  match x, y with
  | Some false, _ | _, Some false => Some false
  | Some true, Some true => Some true
  | _, _ => None
  end.
Definition or3 (x y : truth) : truth :=
  match x, y with
  | Some true, _ | _, Some true => Some true
  | Some false, Some false => Some false
  | _, _ => None
  end.

(** A goal about finitely many truth values is decided by looking at all of them. *)
Ltac cases := repeat match goal with x : truth |- _ => destruct x as [[]|] end;
  simpl in *; try tauto; try congruence; try reflexivity.

(** ** The tables *)

(*@ expr.logic *)
Theorem and_table :
  and3 (Some true) (Some true) = Some true /\ and3 (Some true) (Some false) = Some false /\
  and3 (Some true) None = None /\ and3 (Some false) (Some true) = Some false /\
  and3 (Some false) (Some false) = Some false /\ and3 (Some false) None = Some false /\
  and3 None (Some true) = None /\ and3 None (Some false) = Some false /\ and3 None None = None.
Proof. repeat split. Qed.
(*@ expr.logic *)
Theorem or_table :
  or3 (Some true) (Some true) = Some true /\ or3 (Some true) (Some false) = Some true /\
  or3 (Some true) None = Some true /\ or3 (Some false) (Some true) = Some true /\
  or3 (Some false) (Some false) = Some false /\ or3 (Some false) None = None /\
  or3 None (Some true) = Some true /\ or3 None (Some false) = None /\ or3 None None = None.
Proof. repeat split. Qed.
(*@ expr.logic *)
Theorem not_table : not3 (Some true) = Some false /\ not3 (Some false) = Some true /\ not3 None = None.
Proof. repeat split. Qed.

(** ** Laws *)

(*@ expr.logic.laws *)
Theorem and3_comm x y : and3 x y = and3 y x. Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem and3_assoc x y z : and3 x (and3 y z) = and3 (and3 x y) z. Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem or3_comm x y : or3 x y = or3 y x. Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem or3_assoc x y z : or3 x (or3 y z) = or3 (or3 x y) z. Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem not3_involutive x : not3 (not3 x) = x. Proof. cases. Qed.
(*@ expr.logic, expr.logic.laws *)
Theorem de_morgan_and x y : not3 (and3 x y) = or3 (not3 x) (not3 y). Proof. cases. Qed.
(*@ expr.logic, expr.logic.laws *)
Theorem de_morgan_or x y : not3 (or3 x y) = and3 (not3 x) (not3 y). Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem and3_distributes x y z : and3 x (or3 y z) = or3 (and3 x y) (and3 x z). Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem or3_distributes x y z : or3 x (and3 y z) = and3 (or3 x y) (or3 x z). Proof. cases. Qed.
(*@ expr.logic.laws *)
Theorem logic_absorbs x y : and3 x (or3 x y) = x /\ or3 x (and3 x y) = x. Proof. split; cases. Qed.
(*@ expr.logic.laws *)
Theorem logic_idempotent x : and3 x x = x /\ or3 x x = x. Proof. split; cases. Qed.
Lemma and3_true x : and3 (Some true) x = x. Proof. cases. Qed.
Lemma or3_false x : or3 (Some false) x = x. Proof. cases. Qed.

(** What does not hold: a condition or its negation may both be unknown. *)
(*@ expr.logic.laws *)
Theorem no_excluded_middle : exists x, or3 x (not3 x) <> Some true.
Proof. exists None. discriminate. Qed.

(** NULL decides nothing: a conjunction with it is FALSE or NULL, a disjunction TRUE or NULL. *)
(*@ expr.logic *)
Theorem null_decides_nothing x : and3 None x <> Some true /\ or3 None x <> Some false.
Proof. split; cases. Qed.

(** [refines x y]: y knows at least what x knows. The connectives are monotone, so an operand that is still unknown
    may be left out (short-circuit evaluation, folding at plan time) whenever the others decide already. *)
Definition refines (x y : truth) := x = None \/ x = y.
(*@ expr.logic.decided *)
Theorem logic_monotone x x' y y' : refines x x' -> refines y y' ->
  refines (and3 x y) (and3 x' y') /\ refines (or3 x y) (or3 x' y') /\ refines (not3 x) (not3 x').
Proof. unfold refines. intros [-> | ->] [-> | ->]; repeat split; cases. Qed.
(*@ expr.logic.decided *)
Theorem decided_without_operand x y : and3 None x = Some y -> and3 (Some true) x = Some y /\ and3 (Some false) x = Some y.
Proof. cases; intros H; injection H as <-; auto. Qed.

(** ** Tests of truth: IS [NOT] TRUE, FALSE, UNKNOWN *)

Inductive test := IsTrue | IsFalse | IsUnknown.
Definition holds (t : test) (x : truth) : bool :=
  match t, x with
  | IsTrue, Some true | IsFalse, Some false | IsUnknown, None => true
  | _, _ => false
  end.
Definition is_ t x : truth := Some (holds t x).
Definition is_not t x : truth := not3 (is_ t x).
Definition is_true x := holds IsTrue x.

(*@ expr.is-distinct *)
Theorem tests_are_known t x : is_ t x <> None /\ is_not t x <> None.
Proof. unfold is_not, is_. split; destruct t; cases. Qed.
(** Exactly one of the three tests holds. *)
(*@ expr.is-distinct *)
Theorem tests_partition x :
  exists t, holds t x = true /\ forall s, holds s x = true -> s = t.
Proof.
  destruct x as [[]|]; [exists IsTrue|exists IsFalse|exists IsUnknown];
    split; auto; intros []; simpl; congruence.
Qed.
Lemma is_true_and x y : is_true (and3 x y) = is_true x && is_true y. Proof. cases. Qed.
Lemma is_true_or x y : is_true (or3 x y) = is_true x || is_true y. Proof. cases. Qed.
(** ... but a negation is TRUE where the condition is FALSE, not where it is merely not TRUE. *)
(*@ expr.is-distinct *)
Theorem is_true_not x : is_true (not3 x) = holds IsFalse x. Proof. cases. Qed.

(** ** WHERE *)

Section Where.
Context {row : Type}.
Implicit Types (p q : row -> truth) (rows : list row).

(** A row stays if the condition is TRUE; FALSE and unknown are treated alike. *)
Definition where_ p rows := filter (fun r => is_true (p r)) rows.

(*@ rel.filter *)
Theorem where_keeps_true p rows r : In r (where_ p rows) <-> In r rows /\ p r = Some true.
Proof.
  unfold where_. rewrite filter_In. unfold is_true. destruct (p r) as [[]|]; simpl; intuition congruence.
Qed.
(** Filtering may happen on either side of a bag union: in each participant, below each child of an Append. *)
(*@ rel.filter.union, plan.filter *)
Theorem where_union p xs ys : where_ p (xs ++ ys) = where_ p xs ++ where_ p ys.
Proof. apply filter_app. Qed.
(*@ rel.filter.union, plan.filter *)
Theorem where_parts p (parts : list (list row)) : where_ p (concat parts) = concat (map (where_ p) parts).
Proof. induction parts; simpl; auto. now rewrite where_union, IHparts. Qed.
(*@ rel.filter.union *)
Theorem where_permutation p xs ys : Permutation xs ys -> Permutation (where_ p xs) (where_ p ys).
Proof.
  unfold where_. induction 1; simpl; auto; repeat destruct (is_true _); auto using perm_skip, perm_swap.
  etransitivity; eauto.
Qed.
(** A conjunction may be split: its parts filter one after the other ... *)
(*@ rel.filter, rel.filter.conjunction *)
Theorem where_split p q rows : where_ (fun r => and3 (p r) (q r)) rows = where_ p (where_ q rows).
Proof.
  unfold where_. induction rows as [|r rows IH]; simpl; auto. rewrite is_true_and, IH.
  destruct (is_true (q r)) eqn:Q; simpl; [|now rewrite andb_false_r]. now rewrite andb_true_r.
Qed.
(** ... in any order. *)
(*@ rel.filter.conjunction *)
Theorem where_reorder p q rows : where_ p (where_ q rows) = where_ q (where_ p rows).
Proof.
  rewrite <- !where_split. apply filter_ext. intros. now rewrite and3_comm.
Qed.
Definition all3 (ps : list (row -> truth)) r := fold_right (fun p acc => and3 (p r) acc) (Some true) ps.
Definition where_each (ps : list (row -> truth)) rows := fold_right where_ rows ps.
(*@ rel.filter.conjunction *)
Theorem where_conjuncts ps rows : where_ (all3 ps) rows = where_each ps rows.
Proof.
  induction ps as [|p ps IH]; simpl.
  - unfold where_, all3. simpl. induction rows; simpl; congruence.
  - rewrite <- IH. apply (where_split p (all3 ps)).
Qed.
(** A list of conjuncts is a bag: the planner may evaluate the cheap ones first. *)
(*@ rel.filter.conjunction *)
Theorem where_conjuncts_any_order ps qs rows : Permutation ps qs -> where_each ps rows = where_each qs rows.
Proof.
  induction 1; simpl; auto; try congruence. apply where_reorder.
Qed.
(** [WHERE p], [WHERE NOT p] and [WHERE p IS UNKNOWN] together give each row once; without the third, rows are lost.
    Testers use the equation on whole queries (ternary logic partitioning). *)
(*@ rel.filter.partition *)
Theorem where_partition p rows :
  Permutation (where_ p rows ++ where_ (fun r => not3 (p r)) rows ++ where_ (fun r => is_ IsUnknown (p r)) rows) rows.
Proof.
  unfold where_. induction rows as [|r rows IH]; simpl; auto.
  destruct (p r) as [[]|]; simpl.
  - now constructor.
  - etransitivity; [symmetry; apply Permutation_middle|now constructor].
  - rewrite app_assoc. etransitivity; [symmetry; apply Permutation_middle|]. constructor. now rewrite <- app_assoc.
Qed.
(*@ rel.filter.partition *)
Theorem where_or p q rows :
  Permutation (where_ (fun r => or3 (p r) (q r)) rows ++ where_ (fun r => and3 (p r) (q r)) rows)
    (where_ p rows ++ where_ q rows).
Proof.
  unfold where_. induction rows as [|r rows IH]; simpl; auto.
  rewrite is_true_or, is_true_and. destruct (is_true (p r)), (is_true (q r)); simpl.
  - rewrite <- !Permutation_middle. now rewrite IH.
  - now rewrite IH.
  - rewrite <- Permutation_middle. now rewrite IH.
  - exact IH.
Qed.
End Where.

(** ** Comparisons, IN, BETWEEN, CASE

    Values are of any type [V] with a total comparison; an SQL value is an [option V], and [None] is NULL. *)

Section Compare.
Context {V : Type} (veq : V -> V -> bool) (vle : V -> V -> bool).
Hypothesis veq_spec : forall a b, veq a b = true <-> a = b.
Hypothesis vle_total : forall a b, vle a b = true \/ vle b a = true.
Hypothesis vle_antisym : forall a b, vle a b = true -> vle b a = true -> a = b.
Implicit Types x y v : option V.

(** Operators are strict: a NULL operand makes the answer NULL. *)
Definition strict2 (f : V -> V -> bool) x y : truth :=
  match x, y with Some a, Some b => Some (f a b) | _, _ => None end.
Definition eq3 := strict2 veq.
Definition le3 := strict2 vle.
Definition lt3 := strict2 (fun a b => vle a b && negb (veq a b)).

(*@ expr.call.strict, expr.compare.null *)
Theorem comparison_null f x y : strict2 f x y = None <-> x = None \/ y = None.
Proof. destruct x, y; simpl; intuition congruence. Qed.

(** IS DISTINCT FROM is an inequality that treats NULL as one more value: it is never unknown. *)
Definition distinct x y : truth :=
  match x, y with Some a, Some b => Some (negb (veq a b)) | None, None => Some false | _, _ => Some true end.
(*@ expr.is-distinct *)
Theorem distinct_known x y : distinct x y <> None.
Proof. destruct x, y; discriminate. Qed.
(*@ expr.is-distinct *)
Theorem not_distinct_is_identity x y : distinct x y = Some false <-> x = y.
Proof.
  destruct x as [a|], y as [b|]; simpl; try (split; congruence).
  specialize (veq_spec a b). destruct (veq a b); simpl; split; intros H; try congruence.
  - f_equal. now apply veq_spec.
  - injection H as ->. destruct veq_spec as [_ K]. now rewrite K.
Qed.
(*@ expr.is-distinct *)
Theorem distinct_refines_unequal x y : refines (not3 (eq3 x y)) (distinct x y).
Proof. unfold refines. destruct x, y; simpl; auto. Qed.

(** [x IN (list)] is the disjunction of the equalities. *)
Definition in_list x vs := fold_right (fun v acc => or3 (eq3 x v) acc) (Some false) vs.

(*@ expr.in.null *)
Theorem in_list_true x vs : in_list x vs = Some true <-> exists a, x = Some a /\ In (Some a) vs.
Proof.
  induction vs as [|v vs IH]; simpl.
  - split; [discriminate|intros (? & _ & [])].
  - assert (E : or3 (eq3 x v) (in_list x vs) = Some true <-> eq3 x v = Some true \/ in_list x vs = Some true).
    { generalize (eq3 x v), (in_list x vs). intros e r. cases; intuition congruence. }
    rewrite E, IH. split.
    + intros [H|(a & -> & I)]; [|eauto]. destruct x as [a|], v as [b|]; try discriminate.
      injection H as H. apply veq_spec in H. subst. eauto.
    + intros (a & -> & [->|I]); [left|eauto]. simpl. f_equal. now apply veq_spec.
Qed.
(*@ expr.in.null *)
Theorem in_list_false x vs :
  in_list x vs = Some false <-> vs = [] \/ (x <> None /\ ~ In None vs /\ ~ In x vs).
Proof.
  induction vs as [|v vs IH]; simpl; [tauto|].
  assert (E : or3 (eq3 x v) (in_list x vs) = Some false <-> eq3 x v = Some false /\ in_list x vs = Some false).
  { generalize (eq3 x v), (in_list x vs). intros e r. cases; intuition congruence. }
  rewrite E, IH. clear E IH.
  assert (F : eq3 x v = Some false <-> x <> None /\ v <> None /\ v <> x).
  { destruct x as [a|], v as [b|]; simpl; try (intuition congruence).
    specialize (veq_spec a b). destruct (veq a b); split; intros H; try discriminate.
    - destruct H as (_ & _ & N). exfalso. apply N. f_equal. symmetry. now apply veq_spec.
    - repeat split; try discriminate. intros K. injection K as ->. destruct veq_spec as [_ K]. now discriminate K.
    - reflexivity. }
  rewrite F. split.
  - intros ((A & B & C) & [->|(D & G & H)]); right; simpl; intuition congruence.
  - intros [H|(A & B & C)]; [discriminate|]. split; [|right]; intuition congruence.
Qed.
(** The trap: with a NULL in the list, NOT IN is TRUE for no row at all. *)
(*@ expr.in.null *)
Theorem not_in_with_null x vs : In None vs -> not3 (in_list x vs) <> Some true.
Proof.
  intros I H. assert (F : in_list x vs = Some false) by (destruct (in_list x vs) as [[]|]; simpl in H; congruence).
  apply in_list_false in F. destruct F as [->|(_ & N & _)]; [destruct I|now apply N].
Qed.
(*@ expr.in.null *)
Theorem not_in_true x vs :
  not3 (in_list x vs) = Some true <-> vs = [] \/ (x <> None /\ ~ In None vs /\ ~ In x vs).
Proof. rewrite <- in_list_false. destruct (in_list x vs) as [[]|]; simpl; split; congruence. Qed.
(*@ expr.in.null *)
Theorem in_list_app x us vs : in_list x (us ++ vs) = or3 (in_list x us) (in_list x vs).
Proof.
  induction us; simpl. now destruct (in_list x vs) as [[]|]. now rewrite IHus, or3_assoc.
Qed.
(** Neither the order of the list nor its duplicates matter: a hashed list answers alike. *)
(*@ expr.in.null *)
Theorem in_list_is_a_set x us vs : (forall v, In v us <-> In v vs) -> in_list x us = in_list x vs.
Proof.
  intros S.
  assert (T := in_list_true x us). assert (T' := in_list_true x vs).
  assert (F := in_list_false x us). assert (F' := in_list_false x vs).
  assert (E : us = [] <-> vs = []).
  { destruct us as [|u us], vs as [|v vs]; split; intros H; try congruence; exfalso.
    - destruct (S v) as [_ K]. destruct K; now left.
    - destruct (S u) as [K _]. destruct K; now left. }
  assert (TT : in_list x us = Some true <-> in_list x vs = Some true).
  { rewrite T, T'. split; intros (a & H & I); exists a; (split; [exact H|now apply S]). }
  assert (FF : in_list x us = Some false <-> in_list x vs = Some false).
  { rewrite F, F', E, (S None), (S x). reflexivity. }
  destruct (in_list x us) as [[]|], (in_list x vs) as [[]|]; auto; exfalso;
    destruct TT as [A B], FF as [C D];
    try (specialize (A eq_refl); discriminate); try (specialize (B eq_refl); discriminate);
    try (specialize (C eq_refl); discriminate); try (specialize (D eq_refl); discriminate).
Qed.

(** [x BETWEEN low AND high] is a conjunction: one bound may decide though the other is NULL. *)
Definition between x low high := and3 (le3 low x) (le3 x high).
(*@ expr.between *)
Theorem between_null x low : between x low None <> Some true /\ between x None low <> Some true.
Proof. unfold between. destruct x, low; simpl; split; try congruence; destruct (vle _ _); simpl; congruence. Qed.
(*@ expr.between *)
Theorem between_decided_by_one_bound a low : vle low a = false -> between (Some a) (Some low) None = Some false.
Proof. unfold between. simpl. now intros ->. Qed.
(*@ expr.between *)
Theorem not_between x low high : not3 (between x low high) = or3 (lt3 x low) (lt3 high x).
Proof.
  assert (N : forall a b, negb (vle a b) = vle b a && negb (veq b a)).
  { intros a b. destruct (vle a b) eqn:A; simpl.
    - destruct (vle b a) eqn:B; simpl; auto. rewrite (vle_antisym _ _ A B).
      destruct (veq_spec b b) as [_ K]. now rewrite K.
    - destruct (vle_total a b) as [C|C]; [congruence|]. rewrite C. simpl.
      destruct (veq b a) eqn:E; auto. apply veq_spec in E. subst. congruence. }
  unfold between. rewrite de_morgan_and. f_equal.
  - destruct low, x; simpl; auto. now rewrite N.
  - destruct x, high; simpl; auto. now rewrite N.
Qed.

(** ** Choice *)

(** CASE takes the first branch whose condition is TRUE; an unknown condition is passed over like a FALSE one. *)
Fixpoint case_when {A} (branches : list (truth * A)) (otherwise : A) : A :=
  match branches with [] => otherwise | (c, a) :: rest => if is_true c then a else case_when rest otherwise end.
(*@ expr.condition *)
Theorem case_skips_unknown {A} c (a : A) rest e : c <> Some true -> case_when ((c, a) :: rest) e = case_when rest e.
Proof. destruct c as [[]|]; simpl; congruence. Qed.

(** COALESCE: the first operand that is not NULL. *)
Fixpoint coalesce (vs : list (option V)) : option V :=
  match vs with [] => None | Some a :: _ => Some a | None :: rest => coalesce rest end.
(*@ expr.coalesce *)
Theorem coalesce_null vs : coalesce vs = None <-> Forall (fun v => v = None) vs.
Proof.
  induction vs as [|[a|] vs IH]; simpl.
  - split; auto.
  - split; [discriminate|]. intros H. inversion H. discriminate.
  - rewrite IH. split; intros H; [now constructor|now inversion H].
Qed.
(*@ expr.coalesce *)
Theorem coalesce_app us vs : coalesce (us ++ vs) = match coalesce us with Some a => Some a | None => coalesce vs end.
Proof. induction us as [|[a|] us IH]; simpl; auto. Qed.
(*@ expr.coalesce *)
Theorem coalesce_is_case vs :
  coalesce vs = case_when (map (fun v => (Some (match v with Some _ => true | None => false end), v)) vs) None.
Proof. induction vs as [|[a|] vs IH]; simpl; auto. Qed.

(** NULLIF: NULL if the operands are equal, else the first. *)
Definition nullif x y : option V := case_when [(eq3 x y, None)] x.
(*@ expr.coalesce *)
Theorem nullif_null x y : nullif x y = None <-> x = None \/ (x <> None /\ x = y).
Proof.
  unfold nullif. simpl. destruct x as [a|], y as [b|]; simpl; try (intuition congruence).
  specialize (veq_spec a b). unfold is_true; simpl. destruct (veq a b); simpl; split; intros H; try congruence; auto.
  - right. split; [congruence|]. f_equal. now apply veq_spec.
  - destruct H as [H|[_ H]]; [discriminate|]. injection H as ->. destruct veq_spec as [_ K]. now discriminate K.
Qed.
End Compare.
