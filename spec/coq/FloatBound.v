(* How far two float sums of the same bag can be apart, whatever the trees they were added in.

   The model of rounding is fl(a+b) = (a+b)(1+d) with |d| <= u, which IEEE addition meets without an underflow term as long
   as nothing overflows. A tree of height h errs by at most ((1+u)^h - 1) times the sum of the magnitudes ([fl_bound]), so two
   runs differ by at most the sum of their two bounds ([two_runs]). This file alone uses Coq's classical reals. *)
Require Import Reals Lra Lia List Permutation.
Import ListNotations.
Local Open Scope R_scope.
Section FB.
Variable u : R.
Hypothesis u0 : 0 <= u.
Inductive ftree := FLeaf (x : R) | FNode (l r : ftree).
Fixpoint leaves t := match t with FLeaf x => [x] | FNode l r => leaves l ++ leaves r end.
Fixpoint height t := match t with FLeaf _ => 0%nat | FNode l r => S (Nat.max (height l) (height r)) end.
Fixpoint rsum xs := match xs with [] => 0 | x :: r => x + rsum r end.
Definition exact t := rsum (leaves t).
Definition mass t := rsum (map Rabs (leaves t)).
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
Theorem two_runs t s v w : Permutation (leaves t) (leaves s) -> fl t v -> fl s w ->
  Rabs (v - w) <= (gam (height t) + gam (height s)) * mass t.
Proof.
  intros P Ht Hs. assert (A := fl_bound _ _ Ht). assert (B := fl_bound _ _ Hs).
  assert (E : exact t = exact s) by (apply rsum_perm; auto).
  assert (M : mass t = mass s) by (apply rsum_perm, Permutation_map; auto).
  replace (v - w) with ((v - exact t) + - (w - exact s)) by lra.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. rewrite <- M in B. lra.
Qed.
End FB.
