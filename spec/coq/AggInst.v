(** * The exact aggregates, each shown lawful

    Every aggregate here is an instance of the record of [AggLaws.v], so that its law gives: the answer of any parallel run
    is the serial answer. Sums, counts and products of them are commutative monoids; minima and the like have no unit and
    get one by the NULL state of a strict transition; averages and variances are sums with another final function. Two
    families are shown NOT lawful, with what does hold of them: sums that are range-checked at each step, and aggregates
    that show the order of their rows. Floats are in [FloatBound.v]: their additions round, and no law holds exactly.

    Rust: the families of [spec/src/agg]. *)
Require Import List Permutation ZArith QArith Qfield Lia Bool Setoid Morphisms.
Require Import Bothways.AggLaws.
Import ListNotations.
Local Open Scope Z_scope.

#[local] Obligation Tactic := try solve [typeclasses eauto | intros ? ? -> ? ? ->; reflexivity | intros ? ? ->; reflexivity].

(** ** Commutative monoids: counts, sums, power sums *)
Section Mono.
Context {row out M : Type} (e : M) (op : M -> M -> M) (emb : row -> M) (f : M -> out).
Program Definition mono : Agg row out := {|
  st := M; init := e; trans s x := op s (emb x); comb := op; fin := f; eqv := eq |}.
(*@ law.split *)
Theorem mono_laws : (forall x, op x e = x) -> (forall x y, op x y = op y x) ->
  (forall x y z, op x (op y z) = op (op x y) z) -> Laws mono.
Proof. intros U C A. constructor; [constructor|]; simpl; intros; auto. Qed.
End Mono.

(** ** Commutative semigroups under a strict transition

    The initial state is NULL; the first value becomes the state, and NULL gives way to the other state in a combine. Of no
    rows the answer is NULL. So work sum, min, max, bool_and, bool_or and the bitwise aggregates. *)
Section Strict.
Context {A : Type} (op : A -> A -> A).
Definition lift (s t : option A) : option A :=
  match s, t with None, t => t | s, None => s | Some x, Some y => Some (op x y) end.
Program Definition strict : Agg A (option A) := {|
  st := option A; init := None; trans s x := lift s (Some x); comb := lift; fin s := s; eqv := eq |}.
(*@ law.strict *)
Theorem strict_laws : (forall x y, op x y = op y x) ->
  (forall x y z, op x (op y z) = op (op x y) z) -> Laws strict.
Proof.
  intros C As. constructor; [constructor|]; simpl.
  - intros [?|] _; reflexivity.
  - intros [?|] [?|] ? _ _; simpl; try reflexivity. now rewrite As.
  - intros [?|] [?|] _ _; simpl; try reflexivity. now rewrite C.
Qed.
End Strict.
(** A NULL argument is skipped: the partial map before the transition is the identity. *)
Definition nullskip {A B} (a : Agg A B) : Agg (option A) B := pre_agg a (fun x => x).

Definition count_star {R} : Agg R Z := mono 0 Z.add (fun _ => 1) (fun n => n).
Definition count_arg {A} : Agg (option A) Z := nullskip (mono 0 Z.add (fun _ : A => 1) (fun n => n)).
Definition sum_Z := nullskip (strict Z.add).
Definition min_Z := nullskip (strict Z.min).
Definition max_Z := nullskip (strict Z.max).
Definition bool_and := nullskip (strict andb).
Definition bool_or := nullskip (strict orb).
Definition bit_and := nullskip (strict Z.land).
Definition bit_or := nullskip (strict Z.lor).
Definition bit_xor := nullskip (strict Z.lxor).
(*@ agg.count *)
Theorem count_star_ok R : Laws (@count_star R). Proof. apply mono_laws; intros; lia. Qed.
(*@ agg.count *)
Theorem count_arg_ok A : Laws (@count_arg A). Proof. apply pre_laws, mono_laws; intros; lia. Qed.
Ltac strict_ok := apply pre_laws, strict_laws; intros; try lia.
(*@ agg.sum.integer *)
Theorem sum_Z_ok : Laws sum_Z. Proof. strict_ok. Qed.
(*@ agg.min *)
Theorem min_Z_ok : Laws min_Z. Proof. strict_ok. Qed.
(*@ agg.min *)
Theorem max_Z_ok : Laws max_Z. Proof. strict_ok. Qed.
(*@ agg.bool *)
Theorem bool_and_ok : Laws bool_and. Proof. strict_ok. apply andb_comm. apply andb_assoc. Qed.
(*@ agg.bool *)
Theorem bool_or_ok : Laws bool_or. Proof. strict_ok. apply orb_comm. apply orb_assoc. Qed.
(*@ agg.bit *)
Theorem bit_and_ok : Laws bit_and. Proof. strict_ok. apply Z.land_comm. apply Z.land_assoc. Qed.
(*@ agg.bit *)
Theorem bit_or_ok : Laws bit_or. Proof. strict_ok. apply Z.lor_comm. apply Z.lor_assoc. Qed.
(*@ agg.bit *)
Theorem bit_xor_ok : Laws bit_xor. Proof. strict_ok. apply Z.lxor_comm. symmetry. apply Z.lxor_assoc. Qed.

(** Of no rows a count is 0 and everything else is NULL. *)
(*@ agg.empty *)
Theorem empty_answers :
  serial (@count_star unit) [] = 0 /\ serial (@count_arg unit) [] = 0 /\ serial sum_Z [] = None /\
  serial min_Z [] = None /\ serial max_Z [] = None /\ serial bool_and [] = None /\ serial bool_or [] = None /\
  serial bit_and [] = None /\ serial bit_or [] = None /\ serial bit_xor [] = None.
Proof. repeat split. Qed.

(** ** Averages of exact numbers: the state is (N, sum) *)
Definition padd (p q : Z * Z) := (fst p + fst q, snd p + snd q).
Definition avg_Z : Agg (option Z) (option (Z * Z)) :=
  nullskip (mono (0,0) padd (fun x => (1, x)) (fun s => if fst s =? 0 then None else Some (snd s, fst s))).
(*@ agg.avg.numeric *)
Theorem avg_Z_ok : Laws avg_Z.
Proof. apply pre_laws, mono_laws; intros; unfold padd; repeat match goal with p : Z*Z |- _ => destruct p end; simpl; f_equal; lia. Qed.

(** ** Sums that may leave the range of their type

    sum(int8) of PostgreSQL accumulates wider than its type and checks once; some sums check at each step (money, sums of a
    user). The second kind is not lawful: whether it raises depends on the tree. But it never lies: what it returns is the
    exact sum, and it can only raise if the positives alone, or the negatives alone, leave the range. *)
Section Overflow.
Variables lo hi : Z.
Hypothesis lohi : lo <= 0 <= hi.
Definition inr (z : Z) : bool := (lo <=? z) && (z <=? hi).
Lemma inr_spec z : inr z = true <-> lo <= z <= hi.
Proof. unfold inr. rewrite andb_true_iff, !Z.leb_le. tauto. Qed.
(** In a state, [None] is an error that has been raised. *)
Definition cadd (s t : option Z) : option Z :=
  match s, t with Some x, Some y => if inr (x + y) then Some (x + y) else None | _, _ => None end.
Program Definition sum_step : Agg Z (option Z) := {|
  st := option Z; init := Some 0; trans s x := cadd s (Some x); comb := cadd; fin s := s; eqv := eq |}.
Definition sum_final : Agg Z (option Z) :=
  mono 0 Z.add (fun x => x) (fun s => if inr s then Some s else None).
(*@ agg.sum.integer *)
Theorem sum_final_ok : Laws sum_final. Proof. apply mono_laws; intros; lia. Qed.
(** A sum that is checked at each step is not lawful, whenever the type can overflow at all. *)
(*@ agg.sum.overflow *)
Theorem sum_step_not_lawful : lo < 0 -> 0 < hi -> ~ Laws sum_step.
Proof.
  intros Hl Hh L.
  assert (T := tree_correct sum_step L (Node (Leaf [hi; -1]) (Leaf [1])) [hi; 1; -1]).
  simpl in T. specialize (T (perm_skip _ (perm_swap _ _ _))).
  unfold serial, partial, fold_from in T. simpl in T. unfold cadd in T.
  assert (I : forall z, inr z = true \/ inr z = false) by (intros z; destruct (inr z); auto).
  assert (E0 : inr hi = true) by (apply inr_spec; lia).
  assert (E1 : inr (hi + -1) = true) by (apply inr_spec; lia).
  assert (E2 : inr (hi + 1) = false) by (unfold inr; apply andb_false_iff; right; apply Z.leb_gt; lia).
  assert (E3 : inr 1 = true) by (apply inr_spec; lia).
  assert (E4 : inr (hi + -1 + 1) = true) by (apply inr_spec; lia).
  repeat (simpl in T; rewrite ?E0, ?E1, ?E2, ?E3, ?E4 in T). discriminate.
Qed.
(** What is true of each of its runs, serial or parallel. *)
Fixpoint sumZ xs := match xs with [] => 0 | x :: r => x + sumZ r end.
Definition pos xs := sumZ (map (Z.max 0) xs).
Definition neg xs := sumZ (map (Z.min 0) xs).
Lemma sumZ_app xs ys : sumZ (xs ++ ys) = sumZ xs + sumZ ys. Proof. induction xs; simpl; lia. Qed.
Lemma pos_app xs ys : pos (xs ++ ys) = pos xs + pos ys. Proof. unfold pos. now rewrite map_app, sumZ_app. Qed.
Lemma neg_app xs ys : neg (xs ++ ys) = neg xs + neg ys. Proof. unfold neg. now rewrite map_app, sumZ_app. Qed.
Lemma pos_ge xs : 0 <= pos xs /\ neg xs <= 0 /\ neg xs <= sumZ xs <= pos xs.
Proof.
  induction xs as [|x xs IH]; unfold pos, neg in *; cbn [map sumZ]; [lia|].
  assert (A := Z.max_spec 0 x). assert (B := Z.min_spec 0 x). lia.
Qed.
Lemma sumZ_perm xs ys : Permutation xs ys -> sumZ xs = sumZ ys.
Proof. induction 1; simpl; lia. Qed.
Definition ok (s : option Z) (xs : list Z) :=
  match s with Some z => z = sumZ xs | None => hi < pos xs \/ neg xs < lo end.
Lemma ok_cadd s t xs ys : ok s xs -> ok t ys -> ok (cadd s t) (xs ++ ys).
Proof.
  intros H K. assert (A := pos_ge xs). assert (B := pos_ge ys).
  assert (P := pos_app xs ys). assert (N := neg_app xs ys). assert (Sm := sumZ_app xs ys).
  destruct s as [x|], t as [y|]; simpl in *; try lia.
  destruct (inr (x + y)) eqn:E; simpl; [lia|]. unfold inr in E. apply andb_false_iff in E.
  rewrite !Z.leb_gt in E. lia.
Qed.
(*@ agg.sum.overflow *)
Theorem sum_step_sound t : ok (run sum_step t) (rows_of t).
Proof.
  induction t as [xs|l IHl r IHr]; simpl.
  - unfold partial, fold_from. simpl.
    assert (G : forall xs s ys, ok s ys -> ok (fold_left (fun s x => cadd s (Some x)) xs s) (ys ++ xs)).
    { induction xs0 as [|x xs0 IH]; simpl; intros s ys H; [now rewrite app_nil_r|].
      replace (ys ++ x :: xs0) with ((ys ++ [x]) ++ xs0) by (rewrite <- app_assoc; reflexivity).
      apply IH. apply ok_cadd; simpl; auto; lia. }
    apply (G xs (Some 0) []). reflexivity.
  - now apply ok_cadd.
Qed.
(** So two runs that both answer agree ... *)
(*@ agg.sum.overflow *)
Theorem sum_step_agree t u : Permutation (rows_of t) (rows_of u) ->
  forall x y, run sum_step t = Some x -> run sum_step u = Some y -> x = y.
Proof.
  intros P x y H K. assert (A := sum_step_sound t). assert (B := sum_step_sound u).
  rewrite H in A. rewrite K in B. simpl in *. rewrite A, B. now apply sumZ_perm.
Qed.
(** ... and a run cannot raise where neither the positives nor the negatives alone leave the range. *)
(*@ agg.sum.overflow *)
Theorem sum_step_no_spurious t : lo <= neg (rows_of t) -> pos (rows_of t) <= hi ->
  run sum_step t = Some (sumZ (rows_of t)).
Proof. intros A B. assert (H := sum_step_sound t). destruct (run sum_step t); simpl in H; [congruence|lia]. Qed.
End Overflow.

(** ** Aggregates that show the order of their rows: lawful for order-preserving trees only *)
Program Definition array_agg {A} : Agg A (list A) := {|
  st := list A; init := []; trans s x := s ++ [x]; comb := @app A; fin s := s; eqv := eq |}.
(*@ law.order *)
Theorem array_agg_hom A : HLaws (@array_agg A).
Proof. constructor; simpl; intros. apply app_nil_r. apply app_assoc. Qed.
(*@ law.order *)
Theorem array_agg_not_comm : ~ Laws (@array_agg bool).
Proof.
  intros [_ C]. specialize (C [true] [false] (ex_intro _ [true] eq_refl) (ex_intro _ [false] eq_refl)).
  discriminate.
Qed.

(** ** Variances over the rationals, by power sums: the state is (N, Sx, Sxx) *)
Local Open Scope Q_scope.
#[local] Arguments Qred : simpl never.
Definition psum := (Z * (Q * Q))%type.
Definition peq (a b : psum) := fst a = fst b /\ fst (snd a) == fst (snd b) /\ snd (snd a) == snd (snd b).
#[export] Instance peq_equiv : Equivalence peq.
Proof.
  constructor; unfold peq.
  - intros [? [? ?]]; simpl; repeat split; reflexivity.
  - intros [? [? ?]] [? [? ?]] (->&->&->); simpl; repeat split; reflexivity.
  - intros [? [? ?]] [? [? ?]] [? [? ?]] (->&->&->) (->&->&->); simpl; repeat split; reflexivity.
Qed.
Definition ps_add (a b : psum) : psum := ((fst a + fst b)%Z, (fst (snd a) + fst (snd b), snd (snd a) + snd (snd b))).
Definition ps_fin (s : psum) : option Q :=
  if (fst s <=? 0)%Z then None
  else Some (Qred ((snd (snd s) - fst (snd s) * fst (snd s) / inject_Z (fst s)) / inject_Z (fst s))).
Program Definition var_ps : Agg Q (option Q) := {|
  st := psum; init := (0%Z, (0, 0)); trans s x := ps_add s (1%Z, (x, x * x)); comb := ps_add;
  fin := ps_fin; eqv := peq |}.
Next Obligation. intros [? [? ?]] [? [? ?]] (E&F&G) x ? <-. unfold peq; simpl in *. subst. rewrite F, G. repeat split; reflexivity. Qed.
Next Obligation. intros [? [? ?]] [? [? ?]] (E&F&G) [? [? ?]] [? [? ?]] (E'&F'&G'). unfold peq; simpl in *. subst. rewrite F, G, F', G'. repeat split; reflexivity. Qed.
Next Obligation. intros [? [? ?]] [? [? ?]] (E&F&G). unfold ps_fin; simpl in *. subst. destruct (_ <=? _)%Z; auto. f_equal. apply Qred_complete. now rewrite F, G. Qed.
(*@ agg.variance.moments *)
Theorem var_ps_ok : Laws var_ps.
Proof.
  constructor; [constructor|]; simpl; unfold peq, ps_add; intros; simpl; repeat split; try lia; ring.
Qed.

(** ** Variances by Youngs and Cramer's updates, in exact arithmetic

    PostgreSQL's float8_accum keeps (N, Sx, Sxx) with Sxx the sum of squared deviations from the mean so far, and
    float8_combine joins two of them. In exact arithmetic every run of it means the power sums of its rows, so every tree
    gives the serial variance. *)
Definition yc_trans (s : psum) (x : Q) : psum :=
  let '(n, (sx, sxx)) := s in
  let n' := (n + 1)%Z in
  let sx' := sx + x in
  let t := x * inject_Z n' - sx' in
  (n', (sx', if (n =? 0)%Z then sxx else sxx + t * t / (inject_Z n' * inject_Z n))).
Definition yc_comb (s t : psum) : psum :=
  let '(n1, (sx1, sxx1)) := s in let '(n2, (sx2, sxx2)) := t in
  if (n1 =? 0)%Z then t else if (n2 =? 0)%Z then s else
  let d := sx1 / inject_Z n1 - sx2 / inject_Z n2 in
  ((n1 + n2)%Z, (sx1 + sx2, sxx1 + sxx2 + inject_Z n1 * inject_Z n2 * d * d / inject_Z (n1 + n2))).
(** What a state means, in terms of power sums [p]. *)
Definition yc_rel (p s : psum) : Prop :=
  fst p = fst s /\ (0 <= fst p)%Z /\ fst (snd p) == fst (snd s) /\
  ((fst p = 0)%Z -> fst (snd p) == 0 /\ snd (snd p) == 0) /\
  snd (snd s) * inject_Z (fst p) == snd (snd p) * inject_Z (fst p) - fst (snd p) * fst (snd p) /\
  ((fst p = 0)%Z -> snd (snd s) == 0).
Lemma injZ_nz n : (n <> 0)%Z -> ~ inject_Z n == 0.
Proof. intros H E. apply H. unfold Qeq in E; simpl in E. lia. Qed.
Lemma yc_rel_sxx p s : yc_rel p s -> fst p <> 0%Z ->
  snd (snd s) == snd (snd p) - fst (snd p) * fst (snd p) / inject_Z (fst p).
Proof.
  intros (E&G&F&Z0&S&_) N. apply injZ_nz in N.
  apply (Qmult_inj_r _ _ (inject_Z (fst p)) N). rewrite S. field. exact N.
Qed.
Lemma yc_trans_rel p s x : yc_rel p s -> yc_rel (ps_add p (1%Z, (x, x * x))) (yc_trans s x).
Proof.
  intros R. destruct p as [n [a b]], s as [m [c d]]. assert (R' := R). destruct R as (E&G&F&Z0&S&D0). simpl in *. subst m.
  unfold yc_rel; simpl. repeat split; try lia; try (rewrite F; ring); try (intros; lia).
  assert (N1 : ~ inject_Z (n + 1) == 0) by (apply injZ_nz; lia).
  destruct (Z.eqb_spec n 0) as [->|N].
  - destruct (Z0 eq_refl) as [A B]. rewrite (D0 eq_refl), A, B. simpl. ring.
  - assert (H := yc_rel_sxx _ _ R' N). simpl in H. rewrite H, <- F.
    assert (N0 := injZ_nz _ N). rewrite inject_Z_plus in *. field. split; auto.
Qed.
Lemma yc_comb_rel p s q t : yc_rel p s -> yc_rel q t -> yc_rel (ps_add p q) (yc_comb s t).
Proof.
  intros R R'. assert (U := R). assert (U' := R').
  destruct p as [n [a b]], s as [m [c d]], q as [n' [a' b']], t as [m' [c' d']].
  destruct R as (E&G&F&Z0&S&D0). destruct R' as (E'&G'&F'&Z0'&S'&D0'). simpl in *. subst m m'.
  destruct (Z.eqb_spec n 0) as [->|N].
  { destruct (Z0 eq_refl) as [A B]. unfold yc_rel; simpl. repeat split; try lia.
    - rewrite A, F'. ring.
    - rewrite A. destruct (Z0' H). rewrite H0. ring.
    - rewrite B. destruct (Z0' H). rewrite H1. ring.
    - rewrite S', A, B. ring.
    - intros; apply D0'; lia. }
  destruct (Z.eqb_spec n' 0) as [->|N'].
  { destruct (Z0' eq_refl) as [A B]. unfold yc_rel; simpl. rewrite Z.add_0_r. repeat split; try lia.
    - rewrite A, F. ring.
    - rewrite S, A, B. ring. }
  assert (H := yc_rel_sxx _ _ U N). assert (H' := yc_rel_sxx _ _ U' N'). simpl in H, H'.
  unfold yc_rel; simpl. repeat split; try lia.
  - rewrite F, F'. ring.
  - rewrite H, H', <- F, <- F'. assert (K := injZ_nz _ N). assert (K' := injZ_nz _ N').
    assert (K2 : ~ inject_Z (n + n') == 0) by (apply injZ_nz; lia).
    rewrite inject_Z_plus in *. field. repeat split; auto.
Qed.
(** Any run, on any tree, means the power sums of its rows. *)
Fixpoint yc_run t := match t with
  | Leaf xs => fold_left yc_trans xs (0%Z, (0, 0)) | Node l r => yc_comb (yc_run l) (yc_run r) end.
(*@ agg.variance.moments *)
Theorem yc_refines t : yc_rel (run var_ps t) (yc_run t).
Proof.
  induction t as [xs|l IHl r IHr]; simpl.
  - unfold partial, fold_from; simpl.
    assert (G : forall xs p s, yc_rel p s ->
      yc_rel (fold_left (fun s x => ps_add s (1%Z, (x, x * x))) xs p) (fold_left yc_trans xs s)).
    { induction xs0; simpl; intros; auto. apply IHxs0. now apply yc_trans_rel. }
    apply G. unfold yc_rel; simpl. repeat split; try lia; try reflexivity.
  - now apply yc_comb_rel.
Qed.
Definition yc_fin (s : psum) : option Q :=
  if (fst s <=? 0)%Z then None else Some (Qred (snd (snd s) / inject_Z (fst s))).
(*@ agg.variance.moments *)
Theorem yc_correct t rows : Permutation (rows_of t) rows -> yc_fin (yc_run t) = serial var_ps rows.
Proof.
  intros P. rewrite <- (tree_correct var_ps var_ps_ok t rows P). assert (R := yc_refines t).
  simpl. unfold yc_fin, ps_fin. assert (R' := R). destruct R as (E&_&_&_&_&_). rewrite <- E.
  destruct (Z.leb_spec (fst (run var_ps t)) 0) as [H|H]; auto. f_equal. apply Qred_complete.
  now rewrite (yc_rel_sxx _ _ R') by lia.
Qed.
