(** * Sums of squares of which each root is a little off

    Cauchy's and Minkowski's inequalities over lists, and what they give for a sum of squares whose roots are computed with an
    error and whose terms are rounded again ([sum_of_squares_bound]). [FloatVariance.v] applies it to the steps of Youngs and
    Cramer. *)
Require Import Reals Lra List.
Require Import Bothways.FloatBound.
Import ListNotations.
Local Open Scope R_scope.

(** ** Sums of squares *)
Section Squares.
Context {A : Type}.
Definition total (f : A -> R) l := rsum (map f l).
Lemma total_app f l k : total f (l ++ k) = total f l + total f k.
Proof. unfold total. now rewrite map_app, rsum_app. Qed.
Lemma total_le f g l : Forall (fun i => f i <= g i) l -> total f l <= total g l.
Proof. unfold total. induction 1; simpl; lra. Qed.
Lemma total_ge0 f l : (forall i, 0 <= f i) -> 0 <= total f l.
Proof. intros H. unfold total. induction l as [|i l IH]; simpl; [lra|]. specialize (H i). lra. Qed.
Lemma total_scale c f l : total (fun i => c * f i) l = c * total f l.
Proof. unfold total. induction l as [|i l IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma total_plus f g l : total (fun i => f i + g i) l = total f l + total g l.
Proof. unfold total. induction l as [|i l IH]; simpl; [ring|]. rewrite IH. ring. Qed.
Lemma cauchy2 a b x y : a * b + x * y <= sqrt (a² + x²) * sqrt (b² + y²).
Proof.
  assert (H := Rle_0_sqr a). assert (H0 := Rle_0_sqr b). assert (H1 := Rle_0_sqr x). assert (H2 := Rle_0_sqr y).
  rewrite <- sqrt_mult by lra. eapply Rle_trans; [apply Rle_abs|]. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt.
  unfold Rsqr. assert (D := Rle_0_sqr (a * y - b * x)). unfold Rsqr in D. lra.
Qed.
Lemma cauchy f g l : total (fun i => f i * g i) l <= sqrt (total (fun i => (f i)²) l) * sqrt (total (fun i => (g i)²) l).
Proof.
  induction l as [|i l IH]; [unfold total; simpl; rewrite sqrt_0; lra|].
  assert (F := total_ge0 (fun i => (f i)²) l (fun i => Rle_0_sqr _)).
  assert (G := total_ge0 (fun i => (g i)²) l (fun i => Rle_0_sqr _)).
  assert (C := cauchy2 (f i) (g i) (sqrt (total (fun i => (f i)²) l)) (sqrt (total (fun i => (g i)²) l))).
  rewrite !Rsqr_sqrt in C by auto. unfold total in *. simpl. lra.
Qed.
Lemma minkowski f g l : total (fun i => (f i + g i)²) l <=
  (sqrt (total (fun i => (f i)²) l) + sqrt (total (fun i => (g i)²) l))².
Proof.
  assert (F := total_ge0 (fun i => (f i)²) l (fun i => Rle_0_sqr _)).
  assert (G := total_ge0 (fun i => (g i)²) l (fun i => Rle_0_sqr _)).
  rewrite Rsqr_plus, !Rsqr_sqrt by auto. assert (C := cauchy f g l).
  replace (total (fun i => (f i + g i)²) l) with
    (total (fun i => (f i)²) l + total (fun i => (g i)²) l + 2 * total (fun i => f i * g i) l); [lra|].
  rewrite <- total_scale, <- !total_plus. unfold total. f_equal. apply map_ext. intros i. unfold Rsqr. ring.
Qed.
End Squares.
Lemma rsqr_mono a b : 0 <= a -> a <= b -> a² <= b². Proof. intros. apply Rsqr_incr_1; lra. Qed.
Lemma below_sqrt a b : 0 <= b -> a² <= b -> a <= sqrt b.
Proof.
  intros B H. eapply Rle_trans; [apply Rle_abs|]. rewrite <- sqrt_Rsqr_abs. now apply sqrt_le_1_alt.
Qed.

(** ** The contributions of the nodes

    An exact root, its error, the factor of the roundings after it, and what bounds the error. *)
Record part := Part { root : R; err : R; factor : R; size : R }.
Definition exact_part p := (root p)².
Definition computed_part p := (root p + err p)² * factor p.
Section Bound.
Variable u : R.
Hypothesis u0 : 0 <= u.
(** Roots that are off by [u] and by [k] times a size, and factors within [g] of 1. *)
Definition near k g p := Rabs (factor p - 1) <= g /\ 0 <= size p /\ Rabs (err p) <= u * Rabs (root p) + k * sqrt (size p).
(*@ agg.variance.float *)
Theorem sum_of_squares_bound k g l : 0 <= k -> 0 <= g -> Forall (near k g) l ->
  Rabs (total computed_part l - total exact_part l) <=
    (1 + g) * ((1 + u) * sqrt (total exact_part l) + k * sqrt (total size l))² - total exact_part l.
Proof.
  intros K G F.
  set (worst := fun p => (Rabs (root p) + (u * Rabs (root p) + k * sqrt (size p)))²).
  assert (One : Rabs (total computed_part l - total exact_part l) <= (1 + g) * total worst l - total exact_part l).
  { induction F as [|p l (Fp & Sp & Ep) _ IH]; [unfold total; simpl; rewrite Rminus_0_r, Rabs_R0; lra|].
    unfold total in *. simpl. set (a := rsum (map computed_part l)) in *. set (b := rsum (map exact_part l)) in *.
    set (c := rsum (map worst l)) in *.
    replace (computed_part p + a - (exact_part p + b)) with ((computed_part p - exact_part p) + (a - b)) by ring.
    eapply Rle_trans; [apply Rabs_triang|].
    enough (Rabs (computed_part p - exact_part p) <= (1 + g) * worst p - exact_part p) by lra.
    unfold computed_part, exact_part, worst. set (r := root p) in *. set (e := err p) in *.
    set (m := u * Rabs r + k * sqrt (size p)) in *.
    replace ((r + e)² * factor p - r²) with ((2 * r * e + e²) + (r + e)² * (factor p - 1)) by (unfold Rsqr; ring).
    eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_mult ((r + e)²)), (Rabs_pos_eq ((r + e)²)) by apply Rle_0_sqr.
    assert (R0 := Rabs_pos r). assert (E0 := Rabs_pos e).
    assert (A1 : Rabs (2 * r * e + e²) <= 2 * (Rabs r * m) + m²).
    { eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (e²)) by apply Rle_0_sqr.
      rewrite Rsqr_abs. assert (X := rsqr_mono _ _ E0 Ep). rewrite !Rabs_mult, (Rabs_pos_eq 2) by lra.
      assert (Rabs r * Rabs e <= Rabs r * m) by now apply Rmult_le_compat_l. lra. }
    assert (A2 : (r + e)² <= (Rabs r + m)²).
    { rewrite (Rsqr_abs (r + e)). apply rsqr_mono; [apply Rabs_pos|]. eapply Rle_trans; [apply Rabs_triang|]. lra. }
    assert (A3 : (r + e)² * Rabs (factor p - 1) <= (Rabs r + m)² * g)
      by (apply Rmult_le_compat; auto using Rle_0_sqr, Rabs_pos).
    assert (A4 : (Rabs r + m)² = r² + 2 * (Rabs r * m) + m²) by (rewrite (Rsqr_abs r); unfold Rsqr; ring). lra. }
  eapply Rle_trans; [exact One|]. apply Rplus_le_compat_r, Rmult_le_compat_l; [lra|].
  assert (X0 := total_ge0 exact_part l (fun p => Rle_0_sqr _)).
  assert (Z : Forall (fun p => 0 <= size p) l) by (eapply Forall_impl; [|exact F]; intros p (_ & S & _); exact S).
  eapply Rle_trans; [apply (total_le worst (fun p => ((1 + u) * Rabs (root p) + k * sqrt (size p))²))|].
  { apply Forall_forall. intros p _. unfold worst. right. f_equal. ring. }
  eapply Rle_trans; [apply minkowski|]. right. f_equal. f_equal.
  - replace (total (fun i => ((1 + u) * Rabs (root i))²) l) with ((1 + u)² * total exact_part l).
    { rewrite sqrt_mult, sqrt_Rsqr; auto using Rle_0_sqr. lra. }
    rewrite <- total_scale. unfold total. f_equal. apply map_ext. intros p. unfold exact_part.
    rewrite Rsqr_mult, <- Rsqr_abs. reflexivity.
  - replace (total (fun i => (k * sqrt (size i))²) l) with (k² * total size l).
    { rewrite sqrt_mult, sqrt_Rsqr; auto using Rle_0_sqr. unfold total. clear - Z. induction Z; simpl; lra. }
    rewrite <- total_scale. unfold total. clear - Z. induction Z as [|p l P _ IH]; simpl; auto.
    rewrite IH, Rsqr_mult, Rsqr_sqrt by auto. reflexivity.
Qed.
End Bound.
