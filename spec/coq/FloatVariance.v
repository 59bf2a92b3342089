(** * How far a variance of floats may be from the exact one

    A variance is computed by the steps of Youngs and Cramer: a state is a count, a sum and a sum of squared deviations; a row
    joins a state ([Step]), or two states join ([Combine]). Each operation rounds by a factor 1 + d with |d| <= u, as in
    [FloatBound.v]. Counts are exact. Underflow of products and quotients is left out, and so is overflow.

    At each node the exact sum of squared deviations grows by a square r^2, and the computed one by (r + e)^2 times factors of
    rounding; [r] is exact, [e] comes from the error of the sums below. [FloatSquares.v] adds up the [e] of all nodes.
    The result, [variance_bound], is the bound that [spec/src/agg/bound.rs] computes, less its terms for underflow. *)
Require Import Reals Lra Lia List.
Require Import Bothways.FloatBound Bothways.FloatSquares.
Import ListNotations.
Local Open Scope R_scope.

Section Trees.
Variable u : R.
Hypothesis u0 : 0 <= u.
Hypothesis u1 : u <= 1 / 2.
Inductive vtree := Row (x : R) | Step (t : vtree) (x : R) | Combine (l r : vtree).
(** The additions of a tree of steps: those of the sum that it computes beside. *)
Fixpoint sums t :=
  match t with Row x => FLeaf x | Step t x => FNode (sums t) (FLeaf x) | Combine l r => FNode (sums l) (sums r) end.
Definition num t := INR (length (leaves (sums t))).
Definition squares t := rsum (map Rsqr (leaves (sums t))).
(** What is to be computed: the sum of the squared distances from the mean. *)
Definition deviations t := rsum (map (fun x => (x - exact (sums t) / num t)²) (leaves (sums t))).
Definition small d := Rabs d <= u.
(** [yc t s v]: the tree may compute the sum [s] and the sum of squared deviations [v]. Counts are exact; all else rounds. *)
Inductive yc : vtree -> R -> R -> Prop :=
| yc_row x : yc (Row x) x 0
| yc_step t x s v s' w p d1 d2 d3 d4 d5 d6 d7 : yc t s v ->
    small d1 -> small d2 -> small d3 -> small d4 -> small d5 -> small d6 -> small d7 ->
    s' = (s + x) * (1 + d1) ->
    w = (x * (num t + 1) * (1 + d2) - s') * (1 + d3) ->
    p = w * w * (1 + d4) / ((num t + 1) * num t * (1 + d5)) * (1 + d6) ->
    yc (Step t x) s' ((v + p) * (1 + d7))
| yc_combine l r sl vl sr vr w p d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 : yc l sl vl -> yc r sr vr ->
    small d1 -> small d2 -> small d3 -> small d4 -> small d5 ->
    small d6 -> small d7 -> small d8 -> small d9 -> small d10 ->
    w = (sl / num l * (1 + d2) - sr / num r * (1 + d3)) * (1 + d4) ->
    p = num l * num r * (1 + d5) * w * (1 + d6) * w * (1 + d7) / (num l + num r) * (1 + d8) ->
    yc (Combine l r) ((sl + sr) * (1 + d1)) (((vl + vr) * (1 + d9) + p) * (1 + d10)).

Lemma num_ge1 t : 1 <= num t.
Proof. unfold num. change 1 with (INR 1). apply le_INR. assert (H := leaves_pos (sums t)). lia. Qed.
Lemma num_step t x : num (Step t x) = num t + 1.
Proof. unfold num. simpl. now rewrite app_length, plus_INR. Qed.
Lemma num_combine l r : num (Combine l r) = num l + num r.
Proof. unfold num. simpl. now rewrite app_length, plus_INR. Qed.
Lemma exact_step t x : exact (sums (Step t x)) = exact (sums t) + x.
Proof. unfold exact. simpl. rewrite rsum_app. simpl. ring. Qed.
Lemma exact_combine l r : exact (sums (Combine l r)) = exact (sums l) + exact (sums r).
Proof. unfold exact. simpl. now rewrite rsum_app. Qed.
Lemma squares_step t x : squares (Step t x) = squares t + x².
Proof. unfold squares. simpl. rewrite map_app, rsum_app. simpl. ring. Qed.
Lemma squares_combine l r : squares (Combine l r) = squares l + squares r.
Proof. unfold squares. simpl. now rewrite map_app, rsum_app. Qed.
Lemma squares_ge0 t : 0 <= squares t.
Proof. apply (total_ge0 Rsqr (leaves (sums t))), Rle_0_sqr. Qed.
Lemma around m xs : rsum (map (fun x => (x - m)²) xs) = rsum (map Rsqr xs) - 2 * m * rsum xs + INR (length xs) * m².
Proof. induction xs as [|x xs IH]; [simpl; ring|]. cbn [map rsum length]. rewrite IH, S_INR. unfold Rsqr. ring. Qed.
Lemma deviations_sums t : deviations t = squares t - (exact (sums t))² / num t.
Proof.
  unfold deviations. rewrite around. fold (squares t). fold (num t). fold (exact (sums t)). unfold Rsqr, Rdiv.
  assert (N := num_ge1 t). field. lra.
Qed.
Lemma deviations_ge0 t : 0 <= deviations t.
Proof. apply (total_ge0 (fun x => (x - exact (sums t) / num t)²) (leaves (sums t))). intros i. apply Rle_0_sqr. Qed.
Lemma abs_inv a b : Rabs a <= b -> - b <= a <= b.
Proof. intros H. assert (P := Rle_abs a). assert (M := Rle_abs (- a)). rewrite Rabs_Ropp in M. lra. Qed.
(** What a node adds (Chan, Golub and LeVeque 1983, 1.5). *)
Lemma deviations_step t x c : c² = / ((num t + 1) * num t) ->
  deviations (Step t x) = deviations t + (c * (x * (num t + 1) - (exact (sums t) + x)))².
Proof.
  intros C. rewrite !deviations_sums, num_step, exact_step, squares_step, Rsqr_mult, C. assert (N := num_ge1 t).
  unfold Rsqr. field. lra.
Qed.
Lemma deviations_combine l r c : c² = num l * num r / (num l + num r) ->
  deviations (Combine l r) = deviations l + deviations r + (c * (exact (sums l) / num l - exact (sums r) / num r))².
Proof.
  intros C. rewrite !deviations_sums, num_combine, exact_combine, squares_combine, Rsqr_mult, C.
  assert (N := num_ge1 l). assert (M := num_ge1 r). unfold Rsqr. field. lra.
Qed.
(** Cauchy and Schwarz: the sum of the magnitudes against the sum of the squares. *)
Lemma mass_squares t : (mass (sums t))² <= num t * squares t.
Proof.
  assert (C := cauchy (fun _ : R => 1) Rabs (leaves (sums t))). cbv beta in C. assert (M := mass_ge0 (sums t)).
  assert (N := num_ge1 t).
  replace (total (fun i => 1 * Rabs i) (leaves (sums t))) with (mass (sums t)) in C
    by (unfold total, mass; f_equal; apply map_ext; intros; ring).
  replace (total (fun i => (Rabs i)²) (leaves (sums t))) with (squares t) in C
    by (unfold total, squares; f_equal; apply map_ext; intros i; apply Rsqr_abs).
  replace (total (fun _ : R => 1²) (leaves (sums t))) with (num t) in C.
  - apply rsqr_mono in C; auto. rewrite Rsqr_mult, !Rsqr_sqrt in C by (try lra; apply squares_ge0). exact C.
  - unfold num, total. clear. induction (leaves (sums t)) as [|x xs IH]; [reflexivity|]. cbn [length map rsum]. rewrite S_INR, IH.
    unfold Rsqr. ring.
Qed.
Lemma yc_sum t s v : yc t s v -> fl u (sums t) s.
Proof. induction 1; subst; simpl; [apply fl_leaf|apply fl_node|apply fl_node]; auto using fl_leaf. Qed.

Lemma gam_times m f d : Rabs (f - 1) <= gam u m -> small d -> Rabs (f * (1 + d) - 1) <= gam u (S m).
Proof.
  intros F D. unfold gam in *. replace (f * (1 + d) - 1) with ((f - 1) * (1 + d) + d) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult.
  assert (D1 : Rabs (1 + d) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|rewrite Rabs_R1; unfold small in D; lra]).
  assert (T : Rabs (f - 1) * Rabs (1 + d) <= ((1 + u) ^ m - 1) * (1 + u)) by (apply Rmult_le_compat; auto using Rabs_pos).
  unfold small in D. simpl. lra.
Qed.
Lemma gam_over m f d : Rabs (f - 1) <= gam u m -> small d -> Rabs (f / (1 + d) - 1) <= gam u (S (S m)).
Proof.
  intros F D. unfold small in D. assert (D' := D). apply abs_inv in D'.
  assert (I : 0 < / (1 + d)) by (apply Rinv_0_lt_compat; lra).
  assert (J : / (1 + d) <= (1 + u) * (1 + u)).
  { apply (Rmult_le_reg_l (1 + d)); [lra|]. rewrite Rinv_r by lra.
    assert ((1 - u) * ((1 + u) * (1 + u)) <= (1 + d) * ((1 + u) * (1 + u))) by (apply Rmult_le_compat_r; nra). nra. }
  assert (K : u * / (1 + d) <= (1 + u) * (1 + u) - 1).
  { apply (Rmult_le_reg_l (1 + d)); [lra|]. replace ((1 + d) * (u * / (1 + d))) with u by (field; lra).
    assert ((1 - u) * ((1 + u) * (1 + u) - 1) <= (1 + d) * ((1 + u) * (1 + u) - 1)) by (apply Rmult_le_compat_r; nra). nra. }
  replace (f / (1 + d) - 1) with ((f - 1) * / (1 + d) + - (d * / (1 + d))) by (field; lra).
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, !Rabs_mult, (Rabs_pos_eq (/ (1 + d))) by lra.
  unfold gam in *.
  assert (A : Rabs (f - 1) * / (1 + d) <= ((1 + u) ^ m - 1) * ((1 + u) * (1 + u))).
  { apply Rmult_le_compat; auto using Rabs_pos. lra. }
  assert (B : Rabs d * / (1 + d) <= u * / (1 + d)) by (apply Rmult_le_compat_r; lra). simpl. lra.
Qed.
Lemma gam_none : Rabs (1 - 1) <= gam u 0.
Proof. unfold gam. simpl. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. lra. Qed.

(** Parts go through one more addition. *)
Lemma rounded k m d l : Forall (near u k (gam u m)) l -> small d -> exists l',
  total exact_part l' = total exact_part l /\ total computed_part l' = total computed_part l * (1 + d) /\
  total size l' = total size l /\ Forall (near u k (gam u (S m))) l'.
Proof.
  intros F D. exists (map (fun p => Part (root p) (err p) (factor p * (1 + d)) (size p)) l).
  split; [unfold total; rewrite map_map; reflexivity|]. split; [|split; [unfold total; rewrite map_map; reflexivity|]].
  - rewrite Rmult_comm, <- total_scale. unfold total. rewrite map_map. f_equal. apply map_ext. intros p.
    unfold computed_part. simpl. ring.
  - apply Forall_map. eapply Forall_impl; [|exact F]. intros p (A & B & C). unfold near. simpl.
    split; [now apply gam_times|]. split; auto.
Qed.
Lemma wider k m m' l : (m <= m')%nat -> Forall (near u k (gam u m)) l -> Forall (near u k (gam u m')) l.
Proof.
  intros M F. eapply Forall_impl; [|exact F]. intros p (A & B & C). assert (G := gam_mono u u0 m m' M).
  unfold near. repeat split; auto. lra.
Qed.

(** The error of a new root: [c] scales a difference, of which [w] was computed for [d]; a rounding of [w] and errors below. *)
Lemma root_error c d w e a : 0 <= c -> small e -> 0 <= a -> Rabs (w / (1 + e) - d) <= a -> 1 + e <> 0 ->
  Rabs (c * (w - d)) <= u * Rabs (c * d) + (1 + u) * (c * a).
Proof.
  intros C E A W N. replace (c * (w - d)) with (c * ((w / (1 + e) - d) * (1 + e) + d * e)) by (field; auto).
  rewrite !Rabs_mult, (Rabs_pos_eq c) by auto.
  assert (D1 : Rabs (1 + e) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|rewrite Rabs_R1; unfold small in E; lra]).
  replace (u * (c * Rabs d) + (1 + u) * (c * a)) with (c * (a * (1 + u) + Rabs d * u)) by ring.
  apply Rmult_le_compat_l; auto. eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult. apply Rplus_le_compat.
  - apply Rmult_le_compat; auto using Rabs_pos.
  - apply Rmult_le_compat_l; auto using Rabs_pos.
Qed.
Lemma twice a b : (a + b)² <= 2 * a² + 2 * b².
Proof. assert (H := Rle_0_sqr (a - b)). unfold Rsqr in *. lra. Qed.
Lemma nonzero d : small d -> 1 + d <> 0.
Proof. intros D. apply abs_inv in D. lra. Qed.

Section Height.
Variable h : nat. (* no tree is higher *)
Let g := gam u (h + 1).
Let k := (1 + u) * g.
Lemma g_ge_u : u <= g.
Proof. unfold g. assert (G := gam_mono u u0 1 (h + 1) ltac:(lia)). unfold gam in G at 2. simpl in G. lra. Qed.
Lemma sum_error t s : fl u (sums t) s -> (height (sums t) <= h)%nat -> Rabs (s - exact (sums t)) <= g * mass (sums t).
Proof.
  intros F H. eapply Rle_trans; [exact (fl_bound u u0 _ _ F)|]. apply Rmult_le_compat_r; [apply mass_ge0|].
  apply gam_mono; auto. lia.
Qed.
(** A row joins: its new root, scaled by [c]. *)
Lemma step_error t x s' w d2 d3 c : 0 <= c -> c² = / ((num t + 1) * num t) -> small d2 -> small d3 ->
  fl u (sums (Step t x)) s' -> (height (sums (Step t x)) <= h)%nat ->
  w = (x * (num t + 1) * (1 + d2) - s') * (1 + d3) ->
  let d := x * (num t + 1) - (exact (sums t) + x) in let q := sqrt 2 * Rabs x + sqrt (squares (Step t x)) in
  Rabs (c * (w - d)) <= u * Rabs (c * d) + k * sqrt (q²) /\ q² <= 6 * squares (Step t x).
Proof.
  intros C CC D2 D3 F H W d q. assert (N := num_ge1 t). assert (Q0 := squares_ge0 (Step t x)). assert (X0 := Rabs_pos x).
  assert (S2 := sqrt_pos 2). assert (SQ := sqrt_pos (squares (Step t x))). assert (G := g_ge_u).
  assert (E := sum_error _ _ F H). assert (M := mass_squares (Step t x)). assert (M0 := mass_ge0 (sums (Step t x))).
  rewrite num_step in M. set (A := mass (sums (Step t x))) in *. set (Q := squares (Step t x)) in *.
  rewrite exact_step in E. set (n := num t) in *.
  assert (I : 0 < / ((n + 1) * n)) by (apply Rinv_0_lt_compat; nra). split.
  - rewrite sqrt_Rsqr by (unfold q; assert (0 <= sqrt 2 * Rabs x) by (now apply Rmult_le_pos); lra).
    eapply Rle_trans; [apply (root_error c d w d3 (g * ((n + 1) * Rabs x + A))); auto using nonzero|].
    + apply Rmult_le_pos; [lra|]. assert (0 <= (n + 1) * Rabs x) by (apply Rmult_le_pos; lra). lra.
    + rewrite W. replace ((x * (n + 1) * (1 + d2) - s') * (1 + d3) / (1 + d3) - d)
        with (x * (n + 1) * d2 + - (s' - (exact (sums t) + x))) by (unfold d; field; now apply nonzero).
      eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, !Rabs_mult, (Rabs_pos_eq (n + 1)) by lra.
      assert (Rabs x * (n + 1) * Rabs d2 <= Rabs x * (n + 1) * g).
      { apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. unfold small in D2. lra. } lra.
    + apply Rplus_le_compat_l. unfold k. rewrite !Rmult_assoc. apply Rmult_le_compat_l; [lra|].
      replace (c * (g * ((n + 1) * Rabs x + A))) with (g * (c * (n + 1) * Rabs x + c * A)) by ring.
      apply Rmult_le_compat_l; [lra|]. unfold q. apply Rplus_le_compat.
      * apply Rmult_le_compat_r; auto. apply below_sqrt; [lra|]. rewrite Rsqr_mult, CC.
        replace (/ ((n + 1) * n) * (n + 1)²) with ((n + 1) * / n) by (unfold Rsqr; field; lra).
        apply (Rmult_le_reg_r n); [lra|]. rewrite Rmult_assoc, Rinv_l by lra. lra.
      * apply below_sqrt; auto. rewrite Rsqr_mult, CC.
        apply (Rmult_le_reg_l ((n + 1) * n)); [nra|]. rewrite <- Rmult_assoc, Rinv_r by nra.
        assert ((n + 1) * Q <= (n + 1) * n * Q) by (apply Rmult_le_compat_r; nra). lra.
  - unfold q. eapply Rle_trans; [apply twice|]. rewrite Rsqr_mult, !Rsqr_sqrt by lra. rewrite <- Rsqr_abs.
    assert (x² <= Q) by (unfold Q; rewrite squares_step; assert (P := squares_ge0 t); lra). lra.
Qed.
(** Two states join. *)
Lemma mean_error t s d c : fl u (sums t) s -> (S (height (sums t)) <= h)%nat -> small d -> 0 <= c -> c² <= num t ->
  Rabs (s / num t * (1 + d) - exact (sums t) / num t) <= g * (mass (sums t) / num t) /\
  c * (mass (sums t) / num t) <= sqrt (squares t).
Proof.
  intros F H D C CC. assert (N := num_ge1 t). assert (M0 := mass_ge0 (sums t)). split.
  - assert (B := float_avg_bound u u0 0 (Rle_refl 0) (sums t) s (num t) d 0 F ltac:(lra) D ltac:(rewrite Rabs_R0; lra)).
    rewrite !Rplus_0_r in B. eapply Rle_trans; [exact B|]. apply Rmult_le_compat_r.
    + apply Rmult_le_pos; auto. apply Rlt_le, Rinv_0_lt_compat. lra.
    + apply (gam_mono u u0 (height (sums t) + 1) (h + 1)). lia.
  - apply below_sqrt; [apply squares_ge0|]. assert (M := mass_squares t). unfold Rdiv. rewrite !Rsqr_mult.
    assert (I : 0 < / num t) by (apply Rinv_0_lt_compat; lra).
    assert (S0 := Rle_0_sqr (mass (sums t))). assert (I0 := Rle_0_sqr (/ num t)).
    eapply Rle_trans; [apply Rmult_le_compat; [apply Rle_0_sqr| |exact CC|apply Rmult_le_compat_r; [exact I0|exact M]]|].
    { now apply Rmult_le_pos. }
    right. unfold Rsqr. field. lra.
Qed.
Lemma combine_error l r sl sr w d2 d3 d4 c : 0 <= c -> c² = num l * num r / (num l + num r) ->
  small d2 -> small d3 -> small d4 -> fl u (sums l) sl -> fl u (sums r) sr -> (height (sums (Combine l r)) <= h)%nat ->
  w = (sl / num l * (1 + d2) - sr / num r * (1 + d3)) * (1 + d4) ->
  let d := exact (sums l) / num l - exact (sums r) / num r in let q := sqrt (squares l) + sqrt (squares r) in
  Rabs (c * (w - d)) <= u * Rabs (c * d) + k * sqrt (q²) /\ q² <= 6 * squares (Combine l r).
Proof.
  intros C CC D2 D3 D4 Fl Fr H W d q. assert (N := num_ge1 l). assert (M := num_ge1 r). simpl in H.
  assert (I : 0 < / (num l + num r)) by (apply Rinv_0_lt_compat; lra). assert (G := g_ge_u).
  assert (Cl : c² <= num l).
  { rewrite CC. apply (Rmult_le_reg_r (num l + num r)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra. }
  assert (Cr : c² <= num r).
  { rewrite CC. apply (Rmult_le_reg_r (num l + num r)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra. }
  destruct (mean_error l sl d2 c Fl ltac:(lia) D2 C Cl) as [L1 L2].
  destruct (mean_error r sr d3 c Fr ltac:(lia) D3 C Cr) as [R1 R2].
  assert (Q1 := sqrt_pos (squares l)). assert (Q2 := sqrt_pos (squares r)).
  set (al := mass (sums l) / num l) in *. set (ar := mass (sums r) / num r) in *. split.
  - rewrite sqrt_Rsqr by (unfold q; lra).
    eapply Rle_trans; [apply (root_error c d w d4 (g * (al + ar))); auto using nonzero|].
    + eapply Rle_trans; [apply Rplus_le_le_0_compat; [eapply Rle_trans; [apply Rabs_pos|exact L1]|
        eapply Rle_trans; [apply Rabs_pos|exact R1]]|]. lra.
    + rewrite W. replace ((sl / num l * (1 + d2) - sr / num r * (1 + d3)) * (1 + d4) / (1 + d4) - d) with
        ((sl / num l * (1 + d2) - exact (sums l) / num l) + - (sr / num r * (1 + d3) - exact (sums r) / num r))
        by (unfold d; field; repeat split; try lra; now apply nonzero).
      eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
    + apply Rplus_le_compat_l. unfold k. rewrite !Rmult_assoc. apply Rmult_le_compat_l; [lra|].
      replace (c * (g * (al + ar))) with (g * (c * al + c * ar)) by ring.
      apply Rmult_le_compat_l; [lra|]. unfold q. lra.
  - unfold q. eapply Rle_trans; [apply twice|]. rewrite !Rsqr_sqrt, squares_combine by apply squares_ge0.
    assert (P := squares_ge0 l). assert (P' := squares_ge0 r). lra.
Qed.
Lemma grows a b q r : (a <= b)%nat -> 0 <= q <= r -> INR a * q <= INR b * r.
Proof. intros A [Q R]. apply Rmult_le_compat; auto using pos_INR. now apply le_INR. Qed.
(** Every tree is a sum of parts: a root of each node, a factor of all roundings above it. *)
Lemma yc_parts t s v : yc t s v -> (height (sums t) <= h)%nat -> exists l,
  total exact_part l = deviations t /\ total computed_part l = v /\
  total size l <= 6 * (INR (height (sums t)) * squares t) /\ Forall (near u k (gam u (2 * height (sums t) + 4))) l.
Proof.
  induction 1 as [x|t x s v s' w p d1 d2 d3 d4 d5 d6 d7 Y IH D1 D2 D3 D4 D5 D6 D7 Es Ew Ep
    |l r sl vl sr vr w p d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 Yl IHl Yr IHr D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 Ew Ep]; intros H.
  - exists []. rewrite deviations_sums. unfold total, squares, num, exact. simpl. repeat split; auto; unfold Rsqr; try field; lra.
  - destruct IH as (ps & E & C & Z & F); [simpl in H; lia|]. assert (N := num_ge1 t).
    assert (I : 0 <= / ((num t + 1) * num t)) by (apply Rlt_le, Rinv_0_lt_compat; nra).
    set (c := sqrt (/ ((num t + 1) * num t))). assert (CC : c² = / ((num t + 1) * num t)) by (apply Rsqr_sqrt, I).
    assert (Fl : fl u (sums (Step t x)) s').
    { subst s'. simpl. apply fl_node; auto using fl_leaf. exact (yc_sum _ _ _ Y). }
    destruct (step_error t x s' w d2 d3 c (sqrt_pos _) CC D2 D3 Fl H Ew) as [Er Sz].
    set (d := x * (num t + 1) - (exact (sums t) + x)) in *.
    set (q := sqrt 2 * Rabs x + sqrt (squares (Step t x))) in *.
    set (new := Part (c * d) (c * (w - d)) (1 * (1 + d4) / (1 + d5) * (1 + d6)) q²).
    assert (Cn : computed_part new = p).
    { rewrite Ep. unfold computed_part, new. simpl. replace (c * d + c * (w - d)) with (c * w) by ring. rewrite Rsqr_mult, CC.
      unfold Rsqr. field. split; [now apply nonzero|lra]. }
    destruct (rounded k (2 * height (sums t) + 4) d7 (new :: ps)) as (ps' & E' & C' & Z' & F'); auto.
    { constructor; auto. split; [|split; [apply Rle_0_sqr|exact Er]]. simpl.
      eapply Rle_trans; [|apply (gam_mono u u0 4); lia].
      apply gam_times; auto. apply gam_over; auto. apply gam_times; auto. apply gam_none. }
    exists ps'. unfold total in E', C', Z'. cbn [map rsum] in E', C', Z'. fold (total exact_part ps') in E'.
    fold (total computed_part ps') in C'. fold (total size ps') in Z'. fold (total exact_part ps) in E'.
    fold (total computed_part ps) in C'. fold (total size ps) in Z'. split; [|split; [|split]].
    + rewrite E', E, (deviations_step t x c CC). unfold exact_part, new. simpl. fold d. ring.
    + rewrite C', Cn, C. ring.
    + rewrite Z'. unfold new. simpl size. simpl height. rewrite S_INR.
      assert (P := squares_ge0 t). assert (X := Rle_0_sqr x).
      assert (L : squares t <= squares (Step t x)) by (rewrite squares_step; lra).
      assert (G := grows _ (Nat.max (height (sums t)) 0) _ _ (Nat.le_max_l _ _) (conj P L)). lra.
    + eapply wider; [|exact F']. simpl. lia.
  - destruct IHl as (pl & El & Cl & Zl & Fl); [simpl in H; lia|]. destruct IHr as (pr & Er & Cr & Zr & Fr); [simpl in H; lia|].
    assert (N := num_ge1 l). assert (M := num_ge1 r).
    assert (I : 0 <= num l * num r / (num l + num r)).
    { apply Rmult_le_pos; [nra|]. apply Rlt_le, Rinv_0_lt_compat. lra. }
    set (c := sqrt (num l * num r / (num l + num r))).
    assert (CC : c² = num l * num r / (num l + num r)) by (apply Rsqr_sqrt, I).
    destruct (combine_error l r sl sr w d2 d3 d4 c (sqrt_pos _) CC D2 D3 D4 (yc_sum _ _ _ Yl) (yc_sum _ _ _ Yr) H Ew) as [Err Sz].
    set (d := exact (sums l) / num l - exact (sums r) / num r) in *. set (q := sqrt (squares l) + sqrt (squares r)) in *.
    set (new := Part (c * d) (c * (w - d)) (1 * (1 + d5) * (1 + d6) * (1 + d7) * (1 + d8)) q²).
    set (m := Nat.max (height (sums l)) (height (sums r))).
    assert (Cn : computed_part new = p).
    { rewrite Ep. unfold computed_part, new. simpl. replace (c * d + c * (w - d)) with (c * w) by ring. rewrite Rsqr_mult, CC.
      unfold Rsqr. field. lra. }
    destruct (rounded k (2 * m + 4) d9 (pl ++ pr)) as (p1 & E1 & C1 & Z1 & F1); auto.
    { apply Forall_app. split; eapply wider; [|exact Fl| |exact Fr]; subst m; lia. }
    destruct (rounded k (S (2 * m + 4)) d10 (new :: p1)) as (ps' & E' & C' & Z' & F'); auto.
    { constructor; auto. split; [|split; [apply Rle_0_sqr|exact Err]]. simpl factor.
      eapply Rle_trans; [|apply (gam_mono u u0 4); lia]. repeat (apply gam_times; auto). apply gam_none. }
    exists ps'. unfold total in E', C', Z'. cbn [map rsum] in E', C', Z'. fold (total exact_part ps') in E'.
    fold (total computed_part ps') in C'. fold (total size ps') in Z'. fold (total exact_part p1) in E'.
    fold (total computed_part p1) in C'. fold (total size p1) in Z'. rewrite total_app in E1, C1, Z1. split; [|split; [|split]].
    + rewrite E', E1, El, Er, (deviations_combine l r c CC). unfold exact_part, new. simpl. fold d. ring.
    + rewrite C', C1, Cn, Cl, Cr. ring.
    + rewrite Z', Z1. unfold new. simpl size. simpl height. fold m. rewrite S_INR, squares_combine in *.
      assert (P := squares_ge0 l). assert (P' := squares_ge0 r).
      assert (Gl := grows (height (sums l)) m (squares l) (squares l) ltac:(subst m; lia) ltac:(lra)).
      assert (Gr := grows (height (sums r)) m (squares r) (squares r) ltac:(subst m; lia) ltac:(lra)). lra.
    + eapply wider; [|exact F']. simpl. fold m. lia.
Qed.
End Height.

(** The sum of squared deviations, after one more rounding. *)
(*@ agg.variance.float *)
Theorem deviations_bound t s v d h : yc t s v -> small d -> (height (sums t) <= h)%nat ->
  Rabs (v * (1 + d) - deviations t) <=
    (1 + gam u (2 * h + 5)) *
      ((1 + u) * sqrt (deviations t) + (1 + u) * gam u (h + 1) * sqrt (6 * (INR h * squares t)))² - deviations t.
Proof.
  intros Y D H. destruct (yc_parts h t s v Y H) as (l & E & C & Z & F).
  destruct (rounded _ _ d l F D) as (l' & E' & C' & Z' & F').
  assert (G := gam_mono u u0 0 (h + 1) ltac:(lia)). assert (G' := gam_mono u u0 0 (2 * h + 5) ltac:(lia)).
  assert (K : 0 <= (1 + u) * gam u (h + 1)) by (apply Rmult_le_pos; lra).
  assert (W : Forall (near u ((1 + u) * gam u (h + 1)) (gam u (2 * h + 5))) l') by (eapply wider; [|exact F']; lia).
  assert (B := sum_of_squares_bound u u0 _ (gam u (2 * h + 5)) l' K ltac:(lra) W).
  rewrite C', C, E', E, Z' in B. eapply Rle_trans; [exact B|]. apply Rplus_le_compat_r, Rmult_le_compat_l; [lra|].
  assert (S0 := sqrt_pos (deviations t)). assert (L := sqrt_pos (total size l)). apply rsqr_mono.
  - apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra.
  - apply Rplus_le_compat_l, Rmult_le_compat_l; auto. apply sqrt_le_1_alt.
    assert (Q := squares_ge0 t). assert (I := grows _ h _ _ H (conj Q (Rle_refl _))). lra.
Qed.
(** The variance: [n] is the number of rows, or one less. The quotients by [n] are what the oracle computes with. *)
(*@ agg.variance.float *)
Theorem variance_bound t s v n d h : yc t s v -> 0 < n -> small d -> (height (sums t) <= h)%nat ->
  Rabs (v / n * (1 + d) - deviations t / n) <=
    (1 + gam u (2 * h + 5)) *
      ((1 + u) * sqrt (deviations t / n) + (1 + u) * gam u (h + 1) * sqrt (6 * (INR h * (squares t / n))))²
    - deviations t / n.
Proof.
  intros Y N D H. assert (B := deviations_bound t s v d h Y D H). assert (I : 0 < / n) by now apply Rinv_0_lt_compat.
  replace (v / n * (1 + d) - deviations t / n) with ((v * (1 + d) - deviations t) * / n) by (unfold Rdiv; ring).
  rewrite Rabs_mult, (Rabs_pos_eq (/ n)) by lra. apply (Rmult_le_compat_r (/ n)) in B; [|lra].
  eapply Rle_trans; [exact B|]. right. unfold Rdiv.
  replace (6 * (INR h * (squares t * / n))) with (6 * (INR h * squares t) * / n) by ring.
  assert (P : 0 <= INR h * squares t) by (apply Rmult_le_pos; auto using pos_INR, squares_ge0).
  rewrite (sqrt_mult (deviations t)), (sqrt_mult (6 * (INR h * squares t))) by (try lra; apply deviations_ge0).
  set (a := sqrt (deviations t)). set (b := sqrt (6 * (INR h * squares t))).
  rewrite Rmult_minus_distr_r. f_equal. rewrite !Rmult_assoc. f_equal.
  rewrite <- (Rsqr_sqrt (/ n)) at 1 by lra. unfold Rsqr. ring.
Qed.
End Trees.
