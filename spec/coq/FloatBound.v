(** * How far a float sum may be from the exact one

    Float addition rounds, so no law of [AggLaws.v] holds exactly; but every tree of additions stays close to the sum of the
    real numbers. The model of rounding is fl(a + b) = (a + b)(1 + d) with |d| <= u. IEEE addition meets it, without an
    underflow term, as long as nothing overflows: a sum that is subnormal is exact. Divisions and products may underflow,
    which adds a term of its own.

    A tree of height h errs by at most ((1+u)^h - 1) times the sum of the magnitudes ([fl_bound]); so two runs over one bag
    differ by at most the sum of their bounds ([two_runs]). Each later rounding, such as the division of an average,
    raises the power by one ([float_sum_bound]), and so does a rounding of the addends themselves ([rounded_addends_bound]).
    Nothing here is an estimate to first order, and no constant was chosen by eye.

    Rust: [spec/src/agg/bound.rs] computes the bound of [float_sum_bound] in exact quotients. This file alone uses Coq's
    real numbers, which are classical: two axioms of the standard library, on record in [spec/theorems.lock]. *)
Require Import Reals Lra Lia List Permutation.
Import ListNotations.
Local Open Scope R_scope.
Section FB.
Variable u : R.
Hypothesis u0 : 0 <= u. (* the unit roundoff: 2^-53, or 2^-24 for float4 *)
(** A tree of additions, its height, the numbers that it adds, their exact sum and the sum of their magnitudes. *)
Inductive ftree := FLeaf (x : R) | FNode (l r : ftree).
Fixpoint leaves t := match t with FLeaf x => [x] | FNode l r => leaves l ++ leaves r end.
Fixpoint height t := match t with FLeaf _ => 0%nat | FNode l r => S (Nat.max (height l) (height r)) end.
Fixpoint rsum xs := match xs with [] => 0 | x :: r => x + rsum r end.
Definition exact t := rsum (leaves t).
Definition mass t := rsum (map Rabs (leaves t)).
(** [fl t v]: the tree may compute [v]. *)
Inductive fl : ftree -> R -> Prop :=
| fl_leaf x : fl (FLeaf x) x
| fl_node l r a b d : fl l a -> fl r b -> Rabs d <= u -> fl (FNode l r) ((a + b) * (1 + d)).
Definition gam h := (1 + u) ^ h - 1.
Lemma pow_ge1 h : 1 <= (1 + u) ^ h. Proof. apply pow_R1_Rle. lra. Qed.
Lemma gam_mono h k : (h <= k)%nat -> 0 <= gam h <= gam k.
Proof. intros H. unfold gam. assert (A := pow_ge1 h). assert ((1+u)^h <= (1+u)^k) by (apply Rle_pow; auto; lra). lra. Qed.
Lemma rsum_app xs ys : rsum (xs ++ ys) = rsum xs + rsum ys. Proof. induction xs; simpl; lra. Qed.
Lemma rsum_perm xs ys : Permutation xs ys -> rsum xs = rsum ys. Proof. induction 1; simpl; lra. Qed.
Lemma rsum_abs xs : Rabs (rsum xs) <= rsum (map Rabs xs).
Proof. induction xs; simpl. rewrite Rabs_R0; lra. eapply Rle_trans; [apply Rabs_triang|lra]. Qed.
Lemma mass_ge0 t : 0 <= mass t.
Proof. unfold mass. eapply Rle_trans; [apply Rabs_pos|apply rsum_abs]. Qed.
(*@ agg.float.bound *)
Theorem fl_bound t v : fl t v -> Rabs (v - exact t) <= gam (height t) * mass t.
Proof.
  induction 1 as [x|l r a b d Hl IHl Hr IHr Hd].
  - unfold exact, mass, gam; simpl. replace (x - (x + 0)) with 0 by lra. rewrite Rabs_R0. lra.
  - set (h := Nat.max (height l) (height r)).
    assert (ML := mass_ge0 l). assert (MR := mass_ge0 r).
    assert (GL := gam_mono (height l) h ltac:(unfold h; lia)).
    assert (GR := gam_mono (height r) h ltac:(unfold h; lia)).
    assert (BL : Rabs (a - exact l) <= gam h * mass l) by (eapply Rle_trans; [exact IHl|apply Rmult_le_compat_r; lra]).
    assert (BR : Rabs (b - exact r) <= gam h * mass r) by (eapply Rle_trans; [exact IHr|apply Rmult_le_compat_r; lra]).
    assert (E : exact (FNode l r) = exact l + exact r) by (unfold exact; simpl; apply rsum_app).
    assert (M : mass (FNode l r) = mass l + mass r) by (unfold mass; simpl; now rewrite map_app, rsum_app).
    assert (XL : Rabs (exact l) <= mass l) by apply rsum_abs.
    assert (XR : Rabs (exact r) <= mass r) by apply rsum_abs.
    rewrite E, M. simpl height. fold h.
    replace ((a + b) * (1 + d) - (exact l + exact r))
      with ((a - exact l) * (1 + d) + ((b - exact r) * (1 + d) + (exact l + exact r) * d)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|].
    rewrite !Rabs_mult.
    assert (D1 : Rabs (1 + d) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|rewrite Rabs_R1; lra]).
    assert (DP : 0 <= Rabs (1 + d)) by apply Rabs_pos. assert (DD : 0 <= Rabs d) by apply Rabs_pos.
    assert (S1 : Rabs (exact l + exact r) <= mass l + mass r) by (eapply Rle_trans; [apply Rabs_triang|lra]).
    assert (T1 : Rabs (a - exact l) * Rabs (1 + d) <= (gam h * mass l) * (1 + u)) by (apply Rmult_le_compat; auto using Rabs_pos).
    assert (T2 : Rabs (b - exact r) * Rabs (1 + d) <= (gam h * mass r) * (1 + u)) by (apply Rmult_le_compat; auto using Rabs_pos).
    assert (T3 : Rabs (exact l + exact r) * Rabs d <= (mass l + mass r) * u) by (apply Rmult_le_compat; auto using Rabs_pos).
    unfold gam in *. simpl pow. nra.
Qed.
(** Two runs over one bag, whatever their trees: the serial answer and a parallel one. *)
(*@ agg.float.bound *)
Theorem two_runs t s v w : Permutation (leaves t) (leaves s) -> fl t v -> fl s w ->
  Rabs (v - w) <= (gam (height t) + gam (height s)) * mass t.
Proof.
  intros P Ht Hs. assert (A := fl_bound _ _ Ht). assert (B := fl_bound _ _ Hs).
  assert (E : exact t = exact s) by (apply rsum_perm; auto).
  assert (M : mass t = mass s) by (apply rsum_perm, Permutation_map; auto).
  replace (v - w) with ((v - exact t) + - (w - exact s)) by lra.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. rewrite <- M in B. lra.
Qed.

(** Without a record of the tree its height is at most the number of addends, less one. *)
Lemma leaves_pos t : (0 < length (leaves t))%nat.
Proof. induction t; simpl; [lia|]. rewrite app_length. lia. Qed.
(*@ agg.float.bound *)
Theorem height_below_rows t : (height t < length (leaves t))%nat.
Proof.
  induction t as [x|l IHl r IHr]; simpl; [lia|]. rewrite app_length.
  assert (A := leaves_pos l). assert (B := leaves_pos r). lia.
Qed.

(** ** Roundings after the sum

    [later k c v w]: [w] comes from the sum [v] by [k] operations that each multiply by a known factor (the division of an
    average by N is the factor 1/N) and round; [c] is the product of the factors. A rounding may underflow, by at most
    [eta]; from the second operation on we ask that the factor does not magnify what underflowed before. *)
Variable eta : R.
Hypothesis eta0 : 0 <= eta. (* half of the least positive number: 2^-1075 *)
Inductive later : nat -> R -> R -> R -> Prop :=
| later_none v : later 0 1 v v
| later_step k c v w q d e : later k c v w -> Rabs d <= u -> Rabs e <= eta ->
    (k = 0%nat \/ Rabs q * (1 + u) <= 1) -> later (S k) (c * q) v (w * q * (1 + d) + e).
(** The bound that the oracle computes: ((1+u)^(height + extra) - 1) * magnitude + extra * eta, where exact value and
    magnitude are those of the sum times [c]. *)
(*@ agg.float.bound *)
Theorem float_sum_bound t v extra c w : fl t v -> later extra c v w ->
  Rabs (w - c * exact t) <= ((1 + u) ^ (height t + extra) - 1) * (Rabs c * mass t) + INR extra * eta.
Proof.
  intros F L. induction L as [v|k c v w q d e L IH D E Q].
  - rewrite Rabs_R1, Nat.add_0_r. simpl INR. assert (B := fl_bound t v F). unfold gam in B.
    replace (v - 1 * exact t) with (v - exact t) by ring. lra.
  - specialize (IH F). set (m := (height t + k)%nat) in *. replace (height t + S k)%nat with (S m) by (subst m; lia).
    assert (M := mass_ge0 t). assert (X : Rabs (exact t) <= mass t) by apply rsum_abs.
    assert (P := pow_ge1 m). rewrite Rabs_mult, S_INR.
    replace (w * q * (1 + d) + e - c * q * exact t)
      with ((w - c * exact t) * (q * (1 + d)) + (c * q * exact t * d + e)) by ring.
    eapply Rle_trans; [apply Rabs_triang|]. eapply Rle_trans; [apply Rplus_le_compat_l, Rabs_triang|].
    rewrite !Rabs_mult.
    assert (D1 : Rabs (1 + d) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|rewrite Rabs_R1; lra]).
    assert (C0 := Rabs_pos c). assert (Q0 := Rabs_pos q). assert (D0 := Rabs_pos d). assert (DP := Rabs_pos (1 + d)).
    assert (W0 := Rabs_pos (w - c * exact t)). assert (X0 := Rabs_pos (exact t)).
    assert (K0 : 0 <= INR k) by apply pos_INR.
    set (A := Rabs c) in *. set (B := Rabs q) in *. set (mm := mass t) in *.
    assert (CM : 0 <= A * B * mm) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; auto).
    assert (T1 : Rabs (w - c * exact t) * (B * Rabs (1 + d)) <=
      (((1 + u) ^ m - 1) * (A * mm) + INR k * eta) * (B * (1 + u))).
    { apply Rmult_le_compat; auto. { now apply Rmult_le_pos. } now apply Rmult_le_compat_l. }
    assert (T2 : A * B * Rabs (exact t) * Rabs d <= A * B * mm * u).
    { apply Rmult_le_compat; auto. { apply Rmult_le_pos; auto. now apply Rmult_le_pos. }
      apply Rmult_le_compat_l; auto. now apply Rmult_le_pos. }
    assert (T3 : INR k * eta * (B * (1 + u)) <= INR k * eta).
    { destruct Q as [->|Q]; [simpl; lra|]. rewrite <- (Rmult_1_r (INR k * eta)) at 2.
      apply Rmult_le_compat_l; auto. now apply Rmult_le_pos. }
    replace ((((1 + u) ^ m - 1) * (A * mm) + INR k * eta) * (B * (1 + u)))
      with (((1 + u) ^ S m - 1 - u) * (A * B * mm) + INR k * eta * (B * (1 + u))) in T1 by (simpl; ring).
    lra.
Qed.
(** An average: one division after the sum. *)
(*@ agg.float.bound, agg.avg.float *)
Theorem float_avg_bound t v n d e : fl t v -> 0 < n -> Rabs d <= u -> Rabs e <= eta ->
  Rabs (v / n * (1 + d) + e - exact t / n) <= ((1 + u) ^ (height t + 1) - 1) * (mass t / n) + eta.
Proof.
  intros F N D E.
  assert (L : later 1 (1 * / n) v (v * / n * (1 + d) + e)) by (apply (later_step 0 1 v v); auto; apply later_none).
  assert (B := float_sum_bound t v 1 _ _ F L). simpl INR in B.
  rewrite Rmult_1_l, (Rabs_pos_eq (/ n)) in B by (apply Rlt_le, Rinv_0_lt_compat, N).
  unfold Rdiv. replace (exact t * / n) with (/ n * exact t) by ring. replace (mass t * / n) with (/ n * mass t) by ring.
  lra.
Qed.
(** Without a record of the tree: any height that is not less than the tree's gives a bound that holds. *)
(*@ agg.float.bound *)
Theorem float_sum_bound_any_height t v extra c w h : fl t v -> later extra c v w -> (height t <= h)%nat ->
  Rabs (w - c * exact t) <= ((1 + u) ^ (h + extra) - 1) * (Rabs c * mass t) + INR extra * eta.
Proof.
  intros F L H. eapply Rle_trans; [exact (float_sum_bound t v extra c w F L)|]. apply Rplus_le_compat_r, Rmult_le_compat_r.
  - apply Rmult_le_pos; [apply Rabs_pos|apply mass_ge0].
  - assert ((1 + u) ^ (height t + extra) <= (1 + u) ^ (h + extra)) by (apply Rle_pow; [lra|lia]). lra.
Qed.

(** ** Addends that are rounded themselves

    Squares, products of pairs, values that were converted: if each addend is off by [j] roundings, the whole is a sum of
    height [height t + j]. *)
Lemma approximate_sum j ys xs : Forall2 (fun y x => Rabs (y - x) <= gam j * Rabs x) ys xs ->
  Rabs (rsum ys - rsum xs) <= gam j * rsum (map Rabs xs) /\
  rsum (map Rabs ys) <= (1 + gam j) * rsum (map Rabs xs).
Proof.
  induction 1 as [|y x ys xs H _ [IH1 IH2]]; simpl.
  - replace (0 - 0) with 0 by ring. rewrite Rabs_R0. lra.
  - split.
    + replace (y + rsum ys - (x + rsum xs)) with ((y - x) + (rsum ys - rsum xs)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. lra.
    + assert (Rabs y <= Rabs (y - x) + Rabs x) by (replace y with ((y - x) + x) at 1 by ring; apply Rabs_triang). lra.
Qed.
(*@ agg.float.bound *)
Theorem rounded_addends_bound t v xs j : fl t v ->
  Forall2 (fun y x => Rabs (y - x) <= gam j * Rabs x) (leaves t) xs ->
  Rabs (v - rsum xs) <= ((1 + u) ^ (height t + j) - 1) * rsum (map Rabs xs).
Proof.
  intros F A. apply approximate_sum in A. destruct A as [A1 A2]. assert (B := fl_bound t v F).
  fold (exact t) in A1. fold (mass t) in A2.
  replace (v - rsum xs) with ((v - exact t) + (exact t - rsum xs)) by ring.
  eapply Rle_trans; [apply Rabs_triang|].
  assert (G := proj1 (gam_mono 0 (height t) ltac:(lia))). assert (Z : gam 0 = 0) by (unfold gam; simpl; ring).
  assert (G0 := proj2 (gam_mono 0 (height t) ltac:(lia))). rewrite Z in G0.
  assert (C : gam (height t) * mass t <= gam (height t) * ((1 + gam j) * rsum (map Rabs xs))) by now apply Rmult_le_compat_l.
  rewrite pow_add. unfold gam in *.
  replace (((1 + u) ^ height t * (1 + u) ^ j - 1) * rsum (map Rabs xs)) with
    (((1 + u) ^ height t - 1) * ((1 + ((1 + u) ^ j - 1)) * rsum (map Rabs xs)) + ((1 + u) ^ j - 1) * rsum (map Rabs xs)) by ring.
  lra.
Qed.
(** A sum of products of pairs, each product rounded once. *)
(*@ agg.float.bound *)
Theorem float_products_bound t v ps : fl t v ->
  Forall2 (fun y p => exists d, Rabs d <= u /\ y = fst p * snd p * (1 + d)) (leaves t) ps ->
  Rabs (v - rsum (map (fun p => fst p * snd p) ps)) <=
    ((1 + u) ^ (height t + 1) - 1) * rsum (map (fun p => Rabs (fst p * snd p)) ps).
Proof.
  intros F A. assert (B := rounded_addends_bound t v (map (fun p => fst p * snd p) ps) 1 F). rewrite map_map in B. apply B.
  clear - A. induction A as [|y p ys ps (d & D & ->) _ IH]; simpl; constructor; auto.
  unfold gam. simpl. replace (fst p * snd p * (1 + d) - fst p * snd p) with (d * (fst p * snd p)) by ring.
  rewrite Rabs_mult. replace ((1 + u) * 1 - 1) with u by ring. apply Rmult_le_compat_r; auto. apply Rabs_pos.
Qed.
End FB.
